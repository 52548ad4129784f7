import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What a person or a robot may do in a repository, in GitHub's words (its role names). */
export type Role = 'none' | 'read' | 'triage' | 'write' | 'maintain' | 'admin';

export interface User {
  id: number;
  login: string;
  type: 'User' | 'Bot' | 'Organization';
}

export interface Repository {
  id: number;
  owner: string;
  name: string;
  defaultBranch: string;
  private: boolean;
  /** The repository that this one is a fork of. */
  parentId?: number;
  createdAt: string;
  pushedAt: string;
  /** Role by login; who is not listed reads a public repository and nothing else. */
  roles: Record<string, Role>;
}

export interface PullRequest {
  id: number;
  repositoryId: number;
  number: number;
  title: string;
  body: string | null;
  author: string;
  state: 'open' | 'closed';
  draft: boolean;
  /** Names; absent: none. */
  labels?: string[];
  head: { repositoryId: number; branch: string; sha: string };
  /** `sha` is the base branch's commit when the head last moved, as on GitHub: it may be old. */
  base: { branch: string; sha: string };
  /** GitHub's trial merge of head into base; absent when they conflict. */
  mergeCommitSha?: string;
  createdAt: string;
  updatedAt: string;
  closedAt?: string;
  mergedAt?: string;
}

export type ReactionContent = '+1' | '-1' | 'laugh' | 'confused' | 'heart' | 'hooray' | 'rocket' | 'eyes';

export interface Reaction {
  id: number;
  author: string;
  content: ReactionContent;
  createdAt: string;
}

export interface Comment {
  id: number;
  repositoryId: number;
  /** Number of the pull request. */
  number: number;
  author: string;
  body: string;
  createdAt: string;
  updatedAt: string;
  reactions: Reaction[];
}

type DeploymentState = 'error' | 'failure' | 'inactive' | 'in_progress' | 'queued' | 'pending' | 'success';

export interface DeploymentStatus {
  id: number;
  state: DeploymentState;
  creator: string;
  description: string;
  environment: string;
  targetUrl: string;
  environmentUrl: string;
  createdAt: string;
}

export interface Deployment {
  id: number;
  repositoryId: number;
  sha: string;
  ref: string;
  task: string;
  payload: string | Record<string, unknown>;
  environment: string;
  description: string | null;
  transientEnvironment: boolean;
  productionEnvironment: boolean;
  creator: string;
  createdAt: string;
  updatedAt: string;
  statuses: DeploymentStatus[];
}

/** A GitHub App. It logs in by a JWT that its private key signs, and acts by the tokens of its installations. */
export interface App {
  id: number;
  slug: string;
  owner: string;
  clientId: string;
  /** PEM. The private key is its maker's alone. */
  publicKey: string;
  createdAt: string;
}

export interface Installation {
  id: number;
  appId: number;
  /** Login of the account whose repositories the App may use. */
  account: string;
  /** Their names, or all of them, those that are still to come too. */
  repositories: 'all' | string[];
  createdAt: string;
}

export interface InstallationToken {
  installationId: number;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** One attempt to bring an event to an App's webhook. */
export interface HookDelivery {
  id: number;
  appId: number;
  /** The same for all attempts at one event. */
  guid: string;
  event: string;
  action: string | null;
  deliveredAt: string;
  redelivery: boolean;
  /** What the webhook answered; 0 where nothing came. */
  statusCode: number;
  /** What it is going to answer to the next attempt. */
  nextStatusCode: number;
}

/** A container package. Its images are in a real registry, which it is a view of. */
export interface Package {
  owner: string;
  /** May contain slashes. */
  name: string;
  visibility: 'public' | 'private';
  /** URL of its repository in the registry: `http://…/v2/<path>`. */
  repository: string;
  /** All that was ever seen in it and not deleted here; the registry says what is still there, and its tags. */
  versions: PackageVersion[];
}

export interface PackageVersion {
  id: number;
  digest: string;
  createdAt: string;
  downloads: number;
}

/** A GitHub Actions workflow that was started. */
export interface Dispatch {
  repositoryId: number;
  /** Name of its file. */
  workflow: string;
  ref: string;
  inputs: Record<string, string>;
  by: string;
  createdAt: string;
}

/** Everything the stand-in remembers, but for what is in the git repositories. */
export interface State {
  version: 1;
  lastId: number;
  /** The token of `robot`: what a client that is under test logs in with. */
  token: string;
  robot: string;
  /** Login by token. */
  tokens: Record<string, string>;
  /** Scopes by token; a token that is not here has all. */
  scopes: Record<string, string[]>;
  users: User[];
  /** Logins of an organisation's members, by its login; absent: none anywhere. */
  members?: Record<string, string[]>;
  repositories: Repository[];
  pullRequests: PullRequest[];
  comments: Comment[];
  deployments: Deployment[];
  apps: App[];
  installations: Installation[];
  /** By token. */
  installationTokens: Record<string, InstallationToken>;
  hookDeliveries: HookDelivery[];
  packages: Package[];
  dispatches: Dispatch[];
}

export interface Store {
  readonly state: State;
  newId(): number;
  /** Puts the state onto disk; returns when a kill of this process can no longer lose it. */
  save(): void;
}

/** Opens the state in `file`, or starts an empty one where there is no file yet. */
export function openStore({ file, token }: { file: string; token?: string }): Store {
  mkdirSync(dirname(file), { recursive: true });
  // A state that was kept by an older stand-in lacks what this one remembers besides.
  const state = { ...emptyState(token ?? `ghp_${randomBytes(18).toString('hex')}`), ...read(file) };
  if (token !== undefined) {
    state.token = token;
    state.tokens[token] = state.robot;
  }
  return {
    state,
    newId: () => (state.lastId += 1),
    save: () => {
      writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    },
  };
}

function read(file: string): State | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const state = JSON.parse(text) as State;
  if (state.version === 1) return state;
  throw new Error(
    `${file} is of version ${String(state.version)}, this is version 1: delete it to start anew`,
  );
}

function emptyState(token: string): State {
  const robot = 'preview-robot';
  return {
    version: 1,
    lastId: 1000,
    token,
    robot,
    tokens: { [token]: robot },
    scopes: {},
    users: [{ id: 1000, login: robot, type: 'User' }],
    repositories: [],
    pullRequests: [],
    comments: [],
    deployments: [],
    apps: [],
    installations: [],
    installationTokens: {},
    hookDeliveries: [],
    packages: [],
    dispatches: [],
  };
}
