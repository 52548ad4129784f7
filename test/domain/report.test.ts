import { describe, expect, it } from 'vitest';
import { plainReport } from '../../domain/failures.ts';
import { renderComment } from '../../domain/report.ts';
import { previewStatus, receipt, sha } from './support.ts';

const status = previewStatus({
  reason: `serves ${sha(1).slice(0, 7)}`,
  services: [
    { name: 'api', url: 'https://pr-7-api.preview.localhost' },
    { name: 'ui', url: 'https://pr-7.preview.localhost' },
    { name: 'nats', url: null },
  ],
  deadline: Date.UTC(2026, 10, 26, 17, 24),
  deadlineReason: '3d after the last push or command',
});

describe('a warning', () => {
  it('says how near the end is, and how long it can be put off', () => {
    const deadline = status.deadline ?? 0;
    const day = 86_400_000;
    const comment = renderComment({ ...status, warned: day, latestDeadline: deadline + 4 * day });
    expect(comment).toContain('> [!WARNING]\n> In less than 1 d, at 2026-11-26 17:24 UTC, it is taken away.');
    expect(comment).toContain('`/preview extend 1d`');
    expect(comment).toContain('at most until 2026-11-30 17:24 UTC');
    expect(renderComment({ ...status, warned: day, latestDeadline: deadline })).toContain(
      'cannot be extended',
    );
  });
});

describe('the comment', () => {
  it('says what is asked, what is served, until when, and links each service, the page first', () => {
    expect(renderComment(status)).toBe(`### Preview is ready

| State | serves 0000000 |
| --- | --- |
| Asked | \`${sha(1)}\` |
| Served | \`${sha(1)}\` |
| Until | 2026-11-26 17:24 UTC, 3d after the last push or command |

- **ui**: <https://pr-7.preview.localhost>
- **api**: <https://pr-7-api.preview.localhost>

\`/preview extend 2d\` lets it live longer, \`/preview close\` ends it.

<details><summary>Commands</summary>

Each is a comment of its own, by somebody with write permission.

| Comment | What it does |
| --- | --- |
| \`/preview\` | deploy the head commit, also one that failed, and bring back what is gone |
| \`/preview status\` | answer where it stands |
| \`/preview extend 2d\` | let it live two days from now; without a duration, a whole lifetime |
| \`/preview cancel\` | stop the deploy that runs or waits; what is live stays |
| \`/preview reset\` | drop the database, make it anew and deploy again |
| \`/preview close\` | take it away |
| \`/preview approve <sha>\` | allow one commit of an outsider's pull request |
| \`/preview help\` | show this list |

</details>
`);
  });

  it('tells a failure with pod, reason, exit code, folded log and what to do', () => {
    const failure = {
      ...plainReport('ServiceFailed', 'ui: pod ui-1 crashes'),
      service: 'ui',
      pod: 'ui-1',
      reason: 'CrashLoopBackOff',
      exitCode: 1,
      logTail: ['starting', 'panic: no such table'],
    };
    const comment = renderComment({ ...status, phase: 'update-failed', reason: 'failed', failure });
    expect(comment).toContain('**Failure** (ServiceFailed): ui: pod ui-1 crashes');
    expect(comment).toContain('- Pod: ui-1\n- Reason: CrashLoopBackOff\n- Exit code: 1');
    expect(comment).toContain(
      '<details><summary>Last log lines</summary>\n\n```text\nstarting\npanic: no such table\n```',
    );
    expect(comment).toContain('`/preview` tries the same commit again');
  });

  it('shows a manifest in a problem as it stands, with one fence around it', () => {
    const message = 'the secret is missing\nApply this:\n\n```yaml\nkind: Certificate\n```';
    const problems = [{ type: 'TlsSecretMissing' as const, where: 'Secret/tls', message }];
    const failure = { ...plainReport('TlsSecretMissing', 'the secret is missing'), problems };
    const comment = renderComment({ ...status, phase: 'failed', failure });
    expect(comment).toContain(
      '- `Secret/tls`: the secret is missing\n  ```text\n  Apply this:\n  kind: Certificate\n  ```',
    );
  });

  it('lets nothing that others wrote become Markdown, HTML, a table cell or a mention', () => {
    const reason = 'a | b <img src=x> **bold** @everyone [x](y) `c`\nnext';
    const comment = renderComment({ ...status, reason });
    expect(comment).toContain(
      '| State | a \\| b \\<img src=x\\> \\*\\*bold\\*\\* @\u200beveryone \\[x\\](y) \\`c\\` next |',
    );
  });

  it('keeps a log that holds fences inside its own, and only its last words when it is long', () => {
    const logTail = ['```', ...Array.from({ length: 400 }, (_, index) => `line ${index} ${'x'.repeat(40)}`)];
    const failure = { ...plainReport('ServiceFailed', 'crashed'), logTail };
    const comment = renderComment({ ...status, phase: 'failed', failure });
    expect(comment).toContain('line 399');
    expect(comment).not.toContain('line 1 ');
    expect(comment.length).toBeLessThan(12_000);
    const short = renderComment({
      ...status,
      phase: 'failed',
      failure: { ...failure, logTail: ['```', 'end'] },
    });
    expect(short).toContain('````text\n```\nend\n````');
  });

  it('ends with the receipt, item by item', () => {
    const comment = renderComment({ ...status, phase: 'gone', liveCommit: null, receipt });
    expect(comment).toContain('| namespace | `preview-7` | absent |\n| database | `preview_7` | absent |');
    expect(comment).not.toContain('https://');
  });
});
