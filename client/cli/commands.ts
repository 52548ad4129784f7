import type { CommandEntry } from './command.ts';

const json = ['--json', 'print one JSON document instead of text'] as const;
const repository = [
  '--repository <owner/name>',
  'repository of a bare number; default: GITHUB_REPOSITORY',
] as const;
const timeout = [
  '--timeout <duration>',
  'how long Temporal may take to answer one call; default: 10s',
] as const;
const platform = ['--platform <file>', "the operator's file; default: PREVIEW_PLATFORM_CONFIG"] as const;
const pullRequest = '<pull-request>';

/** Every command there is. */
export const commands: readonly CommandEntry<never>[] = [
  {
    usage: `deploy ${pullRequest}`,
    description: "bring a pull request's preview to its head commit",
    flags: [
      [
        '--sha <commit>',
        'head commit to expect, 40 hex digits; with --wait, another one is a failure. Default: what GitHub says',
      ],
      ['--event', 'as a push does by itself: a commit that failed is not tried again'],
      ['--wait [duration]', 'until it serves or fails; default 30m'],
      repository,
      timeout,
      json,
    ],
    load: async () => (await import('./deploy.ts')).deploy,
  },
  {
    usage: `status ${pullRequest}`,
    description: 'say where a preview stands',
    flags: [repository, timeout, json],
    load: async () => (await import('./status.ts')).status,
  },
  {
    usage: `close ${pullRequest}`,
    description: 'take a preview away; a push or deploy brings it back while the pull request is open',
    flags: [
      ['--wait [duration]', 'until it is gone, then print the receipt; default 30m'],
      repository,
      timeout,
      json,
    ],
    load: async () => (await import('./wishes.ts')).close,
  },
  {
    usage: `extend ${pullRequest} [duration]`,
    description: 'give a preview more time: so long from now, by default a whole lifetime',
    flags: [repository, timeout, json],
    load: async () => (await import('./extend.ts')).extend,
  },
  {
    usage: `cancel ${pullRequest}`,
    description: 'stop the deploy that runs or waits; what is live stays, where nothing is all is taken away',
    flags: [['--wait [duration]', 'until nothing is under way; default 30m'], repository, timeout, json],
    load: async () => (await import('./wishes.ts')).cancel,
  },
  {
    usage: `reset ${pullRequest}`,
    description: 'drop the database of a preview, make it anew and deploy again',
    flags: [['--wait [duration]', 'until it serves or fails; default 30m'], repository, timeout, json],
    load: async () => (await import('./wishes.ts')).reset,
  },
  {
    usage: `approve ${pullRequest} <commit>`,
    description: "allow one commit of an outsider's pull request to be deployed",
    flags: [repository, timeout, json],
    load: async () => (await import('./approve.ts')).approve,
  },
  {
    usage: 'list',
    description: 'list the previews there are',
    flags: [['--repository <owner/name>', 'only those of one repository; default: all'], timeout, json],
    load: async () => (await import('./list.ts')).list,
  },
  {
    usage: `logs ${pullRequest} [service]`,
    description: "print what a preview's pods say, with your own kubeconfig; nothing is redacted",
    flags: [
      ['--previous', 'of restarted containers, the run before'],
      ['--tail <lines>', 'last lines of each container; default: 100'],
      ['--namespace <name>', 'the preview’s namespace, where you may not list namespaces'],
      ['--context <name>', 'context of the kubeconfig; default: its current one'],
      repository,
      json,
    ],
    load: async () => (await import('./logs.ts')).logs,
  },
  {
    usage: 'setup',
    description:
      'make what Temporal must hold for a platform: search attributes, places, the Schedule of its reaper',
    flags: [
      platform,
      ['--reaper <mode>', 'on, dry-run or off; default: as it is, at first a dry run'],
      timeout,
      json,
    ],
    load: async () => (await import('./setup.ts')).setup,
  },
  {
    usage: 'reap',
    description: 'run the reaper now: compare what exists with what should, and tell previews what differs',
    flags: [
      ['--dry-run', 'send nothing, print what would be sent'],
      ['--wait <duration>', 'how long to wait for its end; default: 10m'],
      timeout,
      json,
    ],
    load: async () => (await import('./reap.ts')).reap,
  },
  {
    usage: 'doctor',
    description:
      'look whether everything that a platform needs is there, and say what to do; changes nothing. Where the worker runs it sees most',
    flags: [platform, json],
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    usage: 'render [folder]',
    description: 'print the manifests that a folder with preview.yaml gives, without any cluster; needs Helm',
    flags: [
      platform,
      ['--number <number>', 'number of the pull request; default: 1'],
      ['--commit <commit>', 'head commit; default: forty zeros'],
      ['--author <login>', 'author of the pull request; default: octocat'],
      ['--branch <name>', 'branch of the pull request; default: branch'],
      ['--place <stem>', 'place in a pool of fixed stems; default: a stand-in'],
      ['--repository <owner/name>', "default: GITHUB_REPOSITORY, else the platform's first"],
      json,
    ],
    load: async () => (await import('./render.ts')).render,
  },
  {
    usage: 'validate [folder]',
    description: 'tell everything that is wrong with preview.yaml and, where given, the platform config',
    flags: [
      platform,
      ['--repository <owner/name>', "default: GITHUB_REPOSITORY, else the platform's first"],
      json,
    ],
    load: async () => (await import('./validate.ts')).validate,
  },
];
