import { formatDuration } from '../../domain/lifetime.ts';
import type { PoolConfig } from '../../domain/capacity-messages.ts';
import type { PlatformConfig } from '../../domain/config.ts';
import type { ReaperMode, ReapSchedule } from '../reap-schedule.ts';
import { ensureReapSchedule, reaperModes } from '../reap-schedule.ts';
import { configurePool } from '../setup-pool.ts';
import type { SearchAttributesResult } from '../setup-search-attributes.ts';
import { registerSearchAttributes } from '../setup-search-attributes.ts';
import type { CommandContext, CommandInput, CommandResult } from './command.ts';
import { readPlatformConfig, refused } from './local-config.ts';
import { withTemporal } from './with-temporal.ts';
import { platformFileOf, usage } from './words.ts';

interface SetupOptions {
  readonly platform?: string;
  readonly reaper?: string;
  readonly timeout?: string;
}

/** `preview setup`: what Temporal must hold for a platform. Again does no harm, and says what was right already. */
export async function setup(
  { options }: CommandInput<SetupOptions>,
  { env }: CommandContext,
): Promise<CommandResult> {
  const mode = readMode(options.reaper);
  const file = platformFileOf(options, env);
  if (file === undefined) throw usage('wanted the platform config: --platform <file>');
  const parsed = await readPlatformConfig(file);
  if (!parsed.ok) return refused(parsed.problems, []);
  return await withTemporal(options, env, async ({ calls, taskQueue }) => {
    const { name } = parsed.value;
    const attributes = await registerSearchAttributes(calls);
    const config = poolConfig(parsed.value);
    const { workflowId } = await configurePool(calls, { pool: name, config, taskQueue });
    const reaper = await ensureReapSchedule(calls, { platform: name, taskQueue, mode });
    const pool = { workflowId, ...config };
    const said = [attributesLine(attributes), poolLine(pool), reaperLine(reaper)];
    return {
      code: attributes.state === 'not-allowed' ? 'refused' : 'ok',
      json: { platform: name, taskQueue, searchAttributes: attributes, pool, reaper },
      text: [`Platform ${name}, task queue ${taskQueue}`, ...said.map((line) => `  ${line}`)].join('\n'),
    };
  });
}

function readMode(word: string | undefined): ReaperMode | null {
  if (word === undefined) return null;
  const mode = reaperModes.find((one) => one === word);
  if (mode !== undefined) return mode;
  throw usage(`wanted --reaper as ${reaperModes.join(', ')}, got "${word}"`);
}

function poolConfig({ capacity, lifetime }: PlatformConfig): PoolConfig {
  return { size: capacity, holdMs: lifetime.default };
}

function attributesLine(result: SearchAttributesResult): string {
  if (result.state === 'not-allowed') return `search attributes: ${result.advice}`;
  const { registered, present } = result;
  if (registered.length === 0) return 'search attributes: all there already';
  const rest = present.length === 0 ? '' : `; there already: ${present.join(', ')}`;
  return `search attributes: registered ${registered.join(', ')}${rest}`;
}

function poolLine({ workflowId, size, holdMs }: PoolConfig & { readonly workflowId: string }): string {
  const places = 'places' in size ? `${size.places} places` : `the places ${size.stems.join(', ')}`;
  return `${workflowId}: told of ${places}, held for ${formatDuration(holdMs)} by default`;
}

function reaperLine({ scheduleId, mode, change }: ReapSchedule): string {
  const does: Record<ReaperMode, string> = {
    on: 'runs every 10 minutes',
    'dry-run': 'runs every 10 minutes and sends nothing; --reaper on lets it act',
    off: 'is paused; --reaper on or dry-run lets it run',
  };
  const changed = { created: 'made', updated: 'brought up to date', none: 'right already' }[change];
  return `Schedule ${scheduleId}: ${changed}; it ${does[mode]}`;
}
