import { z } from 'zod';
import type { PlatformConfig } from '../../domain/config.ts';
import { cpu, dnsLabel, memory, positiveDuration } from '../scalars.ts';

/** How many previews may exist at once. */
export const capacity = z
  .strictObject({
    places: z
      .int()
      .min(1)
      .max(1_000)
      .optional()
      .meta({ description: 'How many previews may exist at once; more wait in a queue.', default: 3 }),
    stems: z
      .array(dnsLabel)
      .min(1)
      .max(1_000)
      .optional()
      .meta({
        description:
          'Fixed host stems instead of a number, one preview each, for login providers that accept only registered callback addresses. `hosts.pattern` may then use `{place}`. No stem may be another one and `-…`: their hosts could meet.',
        otherwise: 'none',
        samples: [['pr1', 'pr2', 'pr3']],
      }),
  })
  .prefault({})
  .transform((value, context): PlatformConfig['capacity'] => {
    if (value.places !== undefined && value.stems !== undefined) {
      context.addIssue({
        code: 'custom',
        message: 'expected `places` or `stems`, found both: remove one.',
        input: value,
      });
      return z.NEVER;
    }
    return value.stems === undefined ? { places: value.places ?? 3 } : { stems: value.stems };
  })
  .describe(
    'The pool that previews take their places from: either `places` or `stems`. After a change run `preview setup`.',
  );

/** How long a preview may live. */
export const lifetime = z
  .strictObject({
    default: positiveDuration
      .prefault('72h')
      .describe('How long a preview lives after the last push or command.'),
    maximum: positiveDuration
      .prefault('14d')
      .describe('The most that `preview.yaml` or a person may ask for. It may not be less than the default.'),
    warnings: z
      .array(positiveDuration)
      .prefault(['24h', '2h', '30m'])
      .describe('Distances before the deadline at which people are warned.'),
  })
  .prefault({})
  .describe('How long a preview may live without anybody touching it.');

/** What all pods of one preview may take together. */
export const quota = z
  .strictObject({
    requestsCpu: cpu.prefault('500m').describe('CPU that all pods of a preview may request together.'),
    requestsMemory: memory
      .prefault('1Gi')
      .describe('Memory that all pods of a preview may request together.'),
    limitsCpu: cpu.prefault('1000m').describe('What the CPU limits of all pods of a preview may add up to.'),
    limitsMemory: memory
      .prefault('2Gi')
      .describe('What the memory limits of all pods of a preview may add up to.'),
    pods: z.int().min(1).max(10_000).default(10).describe('Pods that a preview may have at once.'),
  })
  .prefault({})
  .meta({
    description: 'ResourceQuota of each preview. It must hold all pods and the surges of an update.',
    see: 'configuration.md#quota',
  });

/** What a container gets that names nothing. */
export const limitRange = z
  .strictObject({
    requestCpu: cpu.prefault('20m').describe('CPU request of a container that names none.'),
    requestMemory: memory.prefault('32Mi').describe('Memory request of a container that names none.'),
    limitCpu: cpu.prefault('100m').describe('CPU limit of a container that names none.'),
    limitMemory: memory.prefault('128Mi').describe('Memory limit of a container that names none.'),
  })
  .prefault({})
  .describe('What a container gets that names no resources: the quota would refuse its pod otherwise.');
