import type { Plan } from '../../domain/plan.ts';

/** Where "the internet" is not: private, shared, link-local and metadata addresses, and those nobody should route. */
const privateRanges = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
  'fc00::/7',
  'fe80::/10',
  // stands for IPv4 addresses of a local translator, private ones too
  '64:ff9b:1::/48',
];

/**
 * Spec of the one NetworkPolicy of a preview. It selects every pod, so nothing passes but: pods of the namespace
 * among each other, from the ingress peers, to DNS, to the database, and HTTPS to public addresses.
 *
 * @param databasePort null without a database.
 */
export function networkRules(network: Plan['network'], databasePort: number | null): object {
  const within = { podSelector: {} };
  const closed = [...new Set([...privateRanges, ...network.internal])];
  const dnsPorts = ['UDP', 'TCP'].map((protocol) => ({ protocol, port: network.dnsPort }));
  return {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [within, ...network.ingress] }],
    egress: [
      { to: [within] },
      ...(network.dns.length === 0 ? [] : [{ to: network.dns, ports: dnsPorts }]),
      ...(databasePort === null || network.database.length === 0
        ? []
        : [{ to: network.database, ports: [{ protocol: 'TCP', port: databasePort }] }]),
      {
        to: [
          { ipBlock: { cidr: '0.0.0.0/0', except: closed.filter((range) => !range.includes(':')) } },
          { ipBlock: { cidr: '::/0', except: closed.filter((range) => range.includes(':')) } },
        ],
        ports: [{ protocol: 'TCP', port: 443 }],
      },
    ],
  };
}
