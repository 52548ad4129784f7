import { describe, expect, it } from 'vitest';
import { reportOn } from '../../domain/image-reports.ts';

const one = `sha256:${'1'.repeat(64)}`;
const two = `sha256:${'2'.repeat(64)}`;
const asked = { service: 'ui', image: 'main' };

describe('of several reports on one image', () => {
  it('the last one counts', () => {
    const reported = [one, two].map((digest) => ({ ...asked, digest }));
    expect(reportOn(reported, asked)).toMatchObject({ digest: two });
  });

  it('one that names the image beats one on its whole service, whichever came first', () => {
    const exact = { ...asked, digest: one };
    const whole = { service: 'ui', image: null, digest: null };
    expect(reportOn([exact, whole], asked)).toBe(exact);
    expect(reportOn([whole, exact], asked)).toBe(exact);
    expect(reportOn([whole, exact], { ...asked, image: 'side' })).toBe(whole);
  });

  it('one on another service says nothing', () => {
    expect(reportOn([{ service: 'api', image: null, digest: one }], asked)).toBeNull();
    expect(reportOn([], asked)).toBeNull();
  });
});
