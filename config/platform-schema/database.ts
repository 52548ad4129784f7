import { z } from 'zod';
import { dnsName, port } from '../scalars.ts';

/** The server that previews have their databases on. */
export const database = z
  .strictObject({
    pattern: z.string().default('preview_{number}').meta({
      description: 'How the database and its role are called, from the tokens `{number}` and `{repository}`.',
      written: 'text with tokens',
      see: 'configuration.md#names',
    }),
    host: dnsName.describe('Host of the server as pods see it.'),
    port: port.default(5432).describe('Port of the server as pods see it.'),
    parameters: z
      .record(z.string(), z.string())
      .default({})
      .meta({
        description: 'Query parameters of the connection URL.',
        samples: [{ sslmode: 'disable' }],
      }),
    connectionLimit: z
      .int()
      .min(1)
      .max(10_000)
      .default(10)
      .describe(
        "Connections that a preview's role may hold. Places × limit should stay below the server's `max_connections`.",
      ),
    template: z.string().min(1).max(63).nullable().default(null).meta({
      description: "Database that each new preview's database is copied from.",
      otherwise: 'an empty database',
    }),
  })
  .nullable()
  .default(null)
  .meta({
    description:
      'The Postgres server that gives each preview a database and a role of its own. Never the production server. Without it, a `preview.yaml` that asks for a database is refused.',
    otherwise: 'none',
    samples: [{ host: 'postgres.preview-infra.svc', parameters: { sslmode: 'disable' } }],
  });
