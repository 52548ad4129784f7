import type { NetworkPeer } from '../../domain/config.ts';
import type { Plan } from '../../domain/plan.ts';

/** Where "the internet" is not: private, shared, link-local and metadata addresses. */
const privateRanges = {
  v4: ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
  v6: ['fc00::/7', 'fe80::/10'],
} as const;

/**
 * Spec of the one NetworkPolicy of a preview. It selects every pod, so nothing passes but: pods of the namespace
 * among each other, from the ingress peers, to DNS, to the database, and HTTPS to public addresses.
 *
 * @param databasePort null without a database.
 */
export function networkRules(network: Plan['network'], databasePort: number | null): object {
  const within = { podSelector: {} };
  return {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [within, ...network.ingress] }],
    egress: [
      { to: [within] },
      ...dnsRules(network.dns),
      ...(databasePort === null || network.database.length === 0
        ? []
        : [{ to: network.database, ports: [{ protocol: 'TCP', port: databasePort }] }]),
      {
        to: [
          { ipBlock: { cidr: '0.0.0.0/0', except: privateRanges.v4 } },
          { ipBlock: { cidr: '::/0', except: privateRanges.v6 } },
        ],
        ports: [{ protocol: 'TCP', port: 443 }],
      },
    ],
  };
}

/** An address block names the resolver itself, which a Service may map to any port; pods are named by selector. */
function dnsRules(peers: readonly NetworkPeer[]): readonly object[] {
  const blocks = peers.filter((peer) => peer['ipBlock'] !== undefined);
  const pods = peers.filter((peer) => peer['ipBlock'] === undefined);
  const ports = [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ];
  return [
    ...(pods.length === 0 ? [] : [{ to: pods, ports }]),
    ...(blocks.length === 0 ? [] : [{ to: blocks, ports: [{ protocol: 'UDP' }, { protocol: 'TCP' }] }]),
  ];
}
