import { assert, nat, property, stringMatching } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRef } from '../../domain/preview-input.ts';
import { parsePreviewWorkflowId, previewWorkflowId } from '../../domain/workflow-ids.ts';

describe("a preview's workflow id", () => {
  it('is read back as the pull request that it is of, whatever GitHub lets it be called', () => {
    const owners = stringMatching(/^[abXY09_-]{1,45}$/);
    const names = stringMatching(/^[abXY09_.-]{1,105}$/);
    assert(
      property(owners, names, nat({ max: 1_000_000 }), (owner, repository, number) => {
        const ref = { owner, repository, number };
        if (!isRef(ref)) return;
        expect(parsePreviewWorkflowId(previewWorkflowId(ref))).toEqual({
          owner: owner.toLowerCase(),
          repository: repository.toLowerCase(),
          number,
        });
      }),
      { numRuns: 1_000 },
    );
    expect(isRef({ owner: 'alice_corp', repository: 'app', number: 1 })).toBe(true);
    expect(parsePreviewWorkflowId('preview:alice_corp:app:1')?.owner).toBe('alice_corp');
  });
});
