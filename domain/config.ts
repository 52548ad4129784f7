/**
 * The types of what people write. The schemas in `config/` satisfy them; all defaults are filled in there.
 * Durations are milliseconds here and words such as `72h` in the files.
 */

/** The operator's file, mounted in the worker. */
export interface PlatformConfig {
  /** Whose previews these are when several platforms share a database server. Default `pr-preview`. */
  readonly name: string;
  /** Every host ends in it. */
  readonly domain: string;
  /** Port in public URLs. Default 443. */
  readonly publicPort: number;
  /** Default `pr-{number}{-suffix}.{domain}`; tokens {number} {-suffix} {domain} {repository} {place}. */
  readonly hosts: { readonly pattern: string };
  /** Default `preview-{number}`; tokens {number} {repository}. */
  readonly namespace: { readonly pattern: string };
  readonly database: PlatformDatabase | null;
  readonly ingress: {
    /** IngressClass of every preview; null leaves it to the charts. */
    readonly className: string | null;
    /** Annotations every Ingress of a preview must carry; apps place them by `{{ ingress.annotations }}`. */
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly tls: PlatformTls;
  readonly capacity: { readonly places: number } | { readonly stems: readonly string[] };
  readonly lifetime: {
    readonly default: number;
    readonly maximum: number;
    /** Distances before the deadline at which people are warned, longest first. */
    readonly warnings: readonly number[];
  };
  readonly quota: ResourceBudget;
  readonly limitRange: ContainerDefaults;
  readonly network: {
    /** NetworkPolicy peers that may reach a preview's pods. */
    readonly ingress: readonly NetworkPeer[];
    /** Peers that answer DNS. */
    readonly dns: readonly NetworkPeer[];
    /** Port that they listen on, behind any Service. Default 53. */
    readonly dnsPort: number;
    /** Peers that are the preview database. */
    readonly database: readonly NetworkPeer[];
    /** Ranges that are never public addresses, besides the private ones. */
    readonly internal: readonly string[];
  };
  /** Which secrets may be copied into previews of which repositories; never to outsiders. */
  readonly sourceSecrets: readonly SourceSecret[];
  readonly registries: readonly RegistryConfig[];
  readonly images: {
    /** How long a missing image is waited for. Default 30 min; 0 makes it an error at once. */
    readonly wait: number;
    /** How long a closed pull request's own images are kept. Default 24 h. */
    readonly keep: number;
  };
  /** Allowed repositories as `owner/name`; at least one. */
  readonly repositories: readonly string[];
  readonly access: {
    readonly trigger: 'auto' | 'command' | 'label';
    /** Label that `trigger: label` goes by. Default `preview`. */
    readonly label: string;
    readonly drafts: 'command' | 'never';
    readonly outsiders: 'approve' | 'never' | 'members';
    readonly configFrom: 'base' | 'head';
    /** Base branches whose pull requests get previews; empty: every one. */
    readonly bases: readonly string[];
  };
  /** Production names that no rendered manifest may contain. */
  readonly forbiddenStrings: readonly string[];
  /** Exceptions to `forbiddenStrings`, removed from a manifest before it is searched. */
  readonly allowedStrings: readonly string[];
  readonly probe: {
    /** `host:port` to dial instead of the public name (which stays SNI and Host); null dials the public name. */
    readonly connect: string | null;
    /** File with the CA that signed the public certificate; null trusts the system's. */
    readonly ca: string | null;
    /** How long a public URL may take to answer. Default 60 s. */
    readonly timeout: number;
  };
}

export interface PlatformDatabase {
  /** Default `preview_{number}`; tokens {number} {repository}. Names the role too. */
  readonly pattern: string;
  /** Host and port as pods see them. */
  readonly host: string;
  readonly port: number;
  /** Query parameters of the connection URL, for example `sslmode: disable`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Connections a preview's role may hold. Default 10. */
  readonly connectionLimit: number;
  /** Database to copy a new preview's database from; null is an empty one. */
  readonly template: string | null;
}

/** `controller` leaves certificates to the ingress controller's default; `secret` is checked and copied, never for outsiders. */
export type PlatformTls =
  | { readonly mode: 'controller' }
  | { readonly mode: 'secret'; readonly namespace: string; readonly name: string };

/** Amounts as Kubernetes writes them, for example `500m` and `1Gi`. */
export interface ResourceBudget {
  readonly requestsCpu: string;
  readonly requestsMemory: string;
  readonly limitsCpu: string;
  readonly limitsMemory: string;
  readonly pods: number;
}

/** What a container gets that names no resources of its own. */
export interface ContainerDefaults {
  readonly requestCpu: string;
  readonly requestMemory: string;
  readonly limitCpu: string;
  readonly limitMemory: string;
}

/** A NetworkPolicyPeer as Kubernetes has it. */
export type NetworkPeer = Readonly<Record<string, unknown>>;

export interface SourceSecret {
  readonly namespace: string;
  readonly name: string;
  /** `owner/name` of the repositories that may have it. */
  readonly repositories: readonly string[];
}

export interface RegistryConfig {
  /** Host in image names, for example `ghcr.io`. */
  readonly host: string;
  /** Base URL to speak to instead of `https://<host>`; for mirrors and registries without TLS. */
  readonly url: string | null;
  /** Secret of type kubernetes.io/dockerconfigjson that pods pull with. */
  readonly pullSecret: { readonly namespace: string; readonly name: string } | null;
  /** Whether images are deleted after the pull request is closed. */
  readonly deleteImages: boolean;
}

/** The application's `preview.yaml`. */
export interface PreviewConfig {
  /** Lifetime asked for; null takes the platform's default. */
  readonly lifetime: number | null;
  /** Null when the application needs no database. */
  readonly database: { readonly secret: { readonly name: string; readonly key: string } } | null;
  readonly secrets: readonly SecretConfig[];
  readonly services: Readonly<Record<string, ServiceConfig>>;
  readonly images: { readonly build: { readonly workflow: string } | null };
}

export type SecretConfig =
  | {
      readonly kind: 'generate';
      readonly name: string;
      /** Random bytes per key, written as base64url. */
      readonly keys: Readonly<Record<string, { readonly bytes: number }>>;
    }
  | { readonly kind: 'copy'; readonly name: string };

export interface ServiceConfig {
  /** Helm release name, templated. Default: the service's name. */
  readonly release: string;
  readonly chart: ChartSource;
  readonly images: Readonly<Record<string, ImageConfig>>;
  /** Suffix of the service's host; `''` is the bare host, null means none. */
  readonly host: string | null;
  readonly needs: readonly string[];
  /** How long the service may take to become ready. Default 5 min. */
  readonly timeout: number;
  readonly probe: { readonly path: string } | null;
  readonly version: { readonly path: string; readonly field: string } | null;
  /** Helm values, untemplated. */
  readonly values: Readonly<Record<string, unknown>>;
}

export type ChartSource =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'oci'; readonly url: string; readonly version: string }
  | { readonly kind: 'repository'; readonly url: string; readonly name: string; readonly version: string };

export interface ImageConfig {
  /** Repository with registry host, templated. */
  readonly repository: string;
  /** Tag, templated. */
  readonly tag: string;
  /** How the image is known to be of the commit; null: reported, else revision. */
  readonly fresh: 'revision' | 'reported' | 'version' | 'any' | null;
  /** Tag of the base branch's image, used when CI says the service was not built; null: none. */
  readonly fallback: string | null;
}
