import { expect, it } from 'vitest';
import { eventWithinMs } from '../../../client/action/gateway-way.ts';
import { answerWithinMs } from '../../../client/preview-updates.ts';
import { approvalLookMs } from '../../../domain/messages.ts';

it('whoever waits for another waits longer than that one does', () => {
  // a preview for GitHub's word, the gateway for a preview with two requests to GitHub besides, a runner for the gateway
  expect(answerWithinMs).toBeGreaterThan(approvalLookMs);
  expect(eventWithinMs).toBeGreaterThanOrEqual(answerWithinMs + 10_000);
});
