/** Where every part of one local stack listens. All of it follows from the instance number. */
export interface Addresses {
  readonly instance: number;
  /** Host end of the veth pair: what pods reach (API server, registry, Postgres, DNS). */
  readonly hostIp: string;
  /** The node's end of the veth pair. */
  readonly nodeIp: string;
  readonly podCidr: string;
  /** Addresses of pods on simulated nodes; nothing is reached there. */
  readonly simulatedPodCidr: string;
  readonly serviceCidr: string;
  /** First address of the service range, the one of the `kubernetes` Service. */
  readonly apiServiceIp: string;
  readonly dnsServiceIp: string;
  /** Name of the network namespace and, with a leading slash, of the node's cgroup root. */
  readonly name: string;
  /** Network interface on the host; at most 15 characters. */
  readonly hostInterface: string;
  readonly domain: string;
  /** CoreDNS on the host's end: the port that NetworkPolicies name when they allow DNS. */
  readonly dnsPort: 53;
  readonly ports: Readonly<Record<PortName, number>>;
}

type PortName = keyof typeof BASE_PORTS;

const BASE_PORTS = {
  api: 26443,
  etcd: 22379,
  etcdPeer: 22380,
  controllerManager: 20257,
  scheduler: 20259,
  dnsReady: 20881,
  registry: 25000,
  http: 18080,
  https: 18443,
  postgres: 25432,
  temporal: 27233,
  temporalUi: 28233,
  temporalMetrics: 28234,
  temporalHttp: 28235,
  github: 28080,
  kwok: 20247,
  worker: 28090,
} as const;

/** The highest instance: beyond it, shifted ports would meet another part's. */
export const LAST_INSTANCE = 9;

/**
 * Addresses of one stack. Instance 0 is a person's stack; tests of the stack itself take others, which live
 * beside it: other subnets, ports, namespace and cgroup names.
 */
export function stackAddresses(instance = 0): Addresses {
  if (!Number.isInteger(instance) || instance < 0 || instance > LAST_INSTANCE) {
    throw new RangeError(`A stack's instance is a whole number from 0 to ${LAST_INSTANCE}, not ${instance}.`);
  }
  const services = 96 + instance;
  return {
    instance,
    hostIp: `10.250.${instance}.1`,
    nodeIp: `10.250.${instance}.2`,
    podCidr: `10.244.${instance}.0/24`,
    simulatedPodCidr: `10.${220 + instance}.0.0/16`,
    serviceCidr: `10.${services}.0.0/16`,
    apiServiceIp: `10.${services}.0.1`,
    dnsServiceIp: `10.${services}.0.10`,
    name: instance === 0 ? 'pr-preview' : `pr-preview-${instance}`,
    hostInterface: `pr-preview${instance}`,
    domain: 'preview.localhost',
    dnsPort: 53,
    ports: shifted(instance * 100),
  };
}

function shifted(by: number): Record<PortName, number> {
  const entries = Object.entries(BASE_PORTS).map(([name, port]) => [name, port + by]);
  return Object.fromEntries(entries) as Record<PortName, number>;
}
