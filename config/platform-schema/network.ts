import { z } from 'zod';
import { port } from '../scalars.ts';

const labelSelector = z.looseObject({});

const rangeWritten = 'an address range such as `10.0.0.0/8`';
const addressRange = z
  .union([z.cidrv4(), z.cidrv6()], { error: `expected ${rangeWritten}` })
  .meta({ written: rangeWritten });

const networkPeer = z
  .strictObject({
    podSelector: labelSelector.optional().meta({
      description: 'Pods by their labels, a label selector of Kubernetes.',
      otherwise: 'all pods of the chosen namespaces',
      samples: [{ matchLabels: { 'app.kubernetes.io/name': 'ingress-nginx' } }],
    }),
    namespaceSelector: labelSelector.optional().meta({
      description: 'Namespaces by their labels, a label selector of Kubernetes.',
      otherwise: "the preview's own namespace",
      samples: [{ matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } }],
    }),
    ipBlock: z
      .strictObject({
        cidr: addressRange.describe('The range of addresses.'),
        except: z.array(z.string()).optional().meta({
          description: 'Ranges inside of it that are not meant.',
          otherwise: 'none',
        }),
      })
      .optional()
      .meta({
        description: 'Addresses outside the cluster. It stands alone, without selectors.',
        otherwise: 'none',
        samples: [{ cidr: '203.0.113.7/32' }],
      }),
  })
  .refine((peer) => Object.keys(peer).length > 0, {
    error: 'expected `podSelector`, `namespaceSelector` or `ipBlock`',
  })
  .refine((peer) => peer.ipBlock === undefined || Object.keys(peer).length === 1, {
    error: '`ipBlock` stands alone: remove the selectors, or make two peers.',
  })
  .meta({
    id: 'NetworkPeer',
    description:
      'A NetworkPolicyPeer as Kubernetes has it: `podSelector` and `namespaceSelector` together or one of them, or `ipBlock` alone.',
  });

const peers = z.array(networkPeer);

const namespaces = (...names: string[]) => ({
  namespaceSelector: {
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: names }],
  },
});

/** Whom a preview's pods may be reached by, and whom they may reach. */
export const network = z
  .strictObject({
    ingress: peers.default([namespaces('ingress-nginx', 'traefik')]).meta({
      description: "Who may reach a preview's pods from outside: the ingress controller.",
      samples: [
        [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } },
            podSelector: { matchLabels: { 'app.kubernetes.io/name': 'ingress-nginx' } },
          },
        ],
      ],
    }),
    dns: peers
      .default([{ ...namespaces('kube-system'), podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }])
      .describe("Who answers the DNS questions of a preview's pods."),
    dnsPort: port
      .default(53)
      .describe(
        'Port that they listen on themselves, whatever the port of their Service is: 5353 on OpenShift. It is the only one of theirs that pods reach.',
      ),
    database: peers
      .nullable()
      .default(null)
      .meta({
        description:
          'Who the database is. From `database.host` follows: `<service>.<namespace>.svc` gives that namespace, an IPv4 address gives itself. For any other host this must be set.',
        otherwise: 'what follows from `database.host`',
        samples: [[{ ipBlock: { cidr: '203.0.113.7/32' } }]],
      }),
    internal: z
      .array(
        addressRange.refine((range) => !range.endsWith('/0'), {
          error: 'expected a range that is not all addresses',
        }),
      )
      .default([])
      .meta({
        description:
          "Ranges that are no public addresses to a preview, besides those that are private to everybody: the cluster's own where they are public ones, a company's servers, whatever lets the cluster's address in.",
        otherwise: 'none but the private ones',
        samples: [['203.0.113.0/24']],
      }),
  })
  .prefault({})
  .describe(
    "Which parts of the platform a preview's pods exchange packets with. Besides these they reach their own namespace, and port 443 of public addresses.",
  );
