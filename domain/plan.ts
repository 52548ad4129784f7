import type { ChartSource, ContainerDefaults, PlatformConfig, ResourceBudget } from './config.ts';
import type { OwnerMark, PullRequestRef, TemplatePullRequest } from './pull-request.ts';

/** An image pinned to what its tag named when it was checked. */
export interface PinnedImage {
  /** With registry host, without tag, lower case. */
  readonly repository: string;
  readonly tag: string;
  /** `sha256:…` of the manifest or index the tag named. */
  readonly digest: string;
  /** Digests a node may report for it: its own, and the manifests of an index. */
  readonly digests: readonly string[];
  /** It is the base branch's image, in place of one that was not built: what it serves is another commit. */
  readonly fallback?: true;
  /** CI named it, and nothing in it says that it is of the commit. */
  readonly unproven?: true;
}

/** Images by service, then by the key in the service's `images`. */
export type PinnedImages = Readonly<Record<string, Readonly<Record<string, PinnedImage>>>>;

/** All that a plan is made from, besides the platform config and the files at `configCommit`. Passes through Temporal; no values, no secrets. */
export interface PlanInputs {
  readonly pullRequest: PullRequestRef;
  readonly repositoryId: number;
  /** As read by the check; what templates see as `pr.*`. */
  readonly pr: TemplatePullRequest;
  readonly outsider: boolean;
  /** Head commit that the preview is to serve. */
  readonly commit: string;
  /** Commit that preview config and charts come from. */
  readonly configCommit: string;
  readonly images: PinnedImages;
  /** The granted place in a pool of fixed stems; null before the grant and in a pool that is a number of places. */
  readonly place: string | null;
}

/** Names a plan and makes sure it is still the same one. */
export interface PlanReference {
  readonly inputs: PlanInputs;
  /**
   * SHA-256 (hex) over the plan's inputs as canonical JSON, as the check computed it. An activity that computes
   * another fails with `PlanChanged`. Null (restoring what was live): no comparison.
   */
  readonly hash: string | null;
}

/** What one preview's things are called. */
export interface PreviewNames {
  readonly namespace: string;
  /** Database and role have one name; null without a database. */
  readonly database: string | null;
  /** Host by service, only of services that have one. */
  readonly hosts: Readonly<Record<string, string>>;
  /** `https://host[:port]` by service, only of services that have a host. */
  readonly urls: Readonly<Record<string, string>>;
}

/** Everything to be done, with templated values. Never passes through Temporal. */
export interface Plan {
  readonly hash: string;
  readonly inputs: PlanInputs;
  readonly names: PreviewNames;
  readonly owner: OwnerMark;
  readonly services: readonly PlannedService[];
  readonly database: PlannedDatabase | null;
  readonly secrets: readonly PlannedSecret[];
  /** Secrets for pulling images, copied from the platform's namespaces. */
  readonly pullSecrets: readonly SecretCopy[];
  /** Certificate to copy; null with the controller's default certificate. */
  readonly tlsSecret: SecretCopy | null;
  readonly quota: ResourceBudget;
  readonly limitRange: ContainerDefaults;
  readonly network: PlatformConfig['network'];
  readonly ingressClassName: string | null;
  readonly ingressAnnotations: Readonly<Record<string, string>>;
  readonly lifetime: PlannedLifetime;
}

export interface PlannedService {
  readonly name: string;
  /** Helm release name, at most 53 characters. */
  readonly release: string;
  readonly chart: ChartSource;
  /** Templated values, as Helm gets them. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly images: Readonly<Record<string, PinnedImage>>;
  readonly host: string | null;
  readonly url: string | null;
  readonly needs: readonly string[];
  /** Its values use `database.*`, so it waits for the database. */
  readonly needsDatabase: boolean;
  readonly timeoutMs: number;
  readonly probe: { readonly path: string } | null;
  readonly version: { readonly path: string; readonly field: string } | null;
}

export interface PlannedDatabase {
  /** Of the database and of its role. */
  readonly name: string;
  readonly secret: { readonly name: string; readonly key: string };
  readonly host: string;
  readonly port: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly connectionLimit: number;
  readonly template: string | null;
}

export type PlannedSecret =
  | {
      readonly kind: 'generate';
      readonly name: string;
      readonly keys: Readonly<Record<string, { readonly bytes: number }>>;
    }
  | ({ readonly kind: 'copy' } & SecretCopy);

export interface SecretCopy {
  readonly from: { readonly namespace: string; readonly name: string };
  /** Name in the preview's namespace. */
  readonly name: string;
}

export interface PlannedLifetime {
  /** Milliseconds a preview lives after the last push or extend. */
  readonly defaultMs: number;
  readonly maximumMs: number;
  readonly warningsMs: readonly number[];
}

/** What makes a preview's quota add up: the sum of all pods and the surges of all changed workloads. */
export interface QuotaRequirement {
  readonly requestsCpuMilli: number;
  readonly requestsMemoryBytes: number;
  readonly limitsCpuMilli: number;
  readonly limitsMemoryBytes: number;
  readonly pods: number;
}
