import type { ExaminedArea, Finding } from '../../domain/diagnosis.ts';
import { examinedAreas } from '../../domain/diagnosis.ts';
import type { CommandContext, CommandInput, CommandResult } from './command.ts';
import { examineAddresses } from './doctor/addresses.ts';
import { examineCluster } from './doctor/cluster.ts';
import { examineDatabase } from './doctor/database.ts';
import { examineWithin } from './doctor/examine-within.ts';
import { examineGitHub } from './doctor/git-hub.ts';
import { examineHelm } from './doctor/helm.ts';
import type { Examine, Patient } from './doctor/patient.ts';
import { examineRegistries } from './doctor/registries.ts';
import { examineSettings } from './doctor/settings.ts';
import { examineTemporal } from './doctor/temporal.ts';
import { platformFileOf } from './words.ts';

interface DoctorOptions {
  readonly platform?: string;
}

const examinations: Readonly<Record<Exclude<ExaminedArea, 'settings'>, Examine>> = {
  Temporal: examineTemporal,
  cluster: examineCluster,
  addresses: examineAddresses,
  database: examineDatabase,
  registries: examineRegistries,
  GitHub: examineGitHub,
  Helm: examineHelm,
};

/** Longest time for one area; all are looked at at once. */
const patienceMs = 30_000;

/**
 * `preview doctor`: whether everything that a platform needs is there, from where it is run. Changes nothing. Ends with
 * `refused` when something is wrong; what cannot be seen from where the worker does not run is told, and is no fault.
 */
export async function doctor(
  { options }: CommandInput<DoctorOptions>,
  { env, signal }: CommandContext,
): Promise<CommandResult> {
  const settings = await examineSettings(platformFileOf(options, env));
  const patient: Patient = { platform: settings.platform, env };
  const found = await Promise.all(
    examinedAreas.map(async (area) => ({
      area,
      findings:
        area === 'settings'
          ? settings.findings
          : await examineWithin({ examine: examinations[area], patienceMs }, patient, signal),
    })),
  );
  const all = found.flatMap(({ findings }) => findings);
  const ok = all.every(({ verdict }) => verdict !== 'bad');
  return {
    code: ok ? 'ok' : 'refused',
    json: { ok, areas: found },
    text: [...found.flatMap(linesOf), '', countLine(all)].join('\n'),
  };
}

const marks: Readonly<Record<Finding['verdict'], string>> = {
  good: '✓',
  warning: '!',
  bad: '✗',
  unknown: '?',
};

function linesOf({
  area,
  findings,
}: {
  readonly area: ExaminedArea;
  readonly findings: readonly Finding[];
}): string[] {
  return [
    area,
    ...findings.flatMap(({ verdict, text, advice }) => [
      `  ${marks[verdict]} ${text}`,
      ...(advice === null ? [] : advice.split('\n').map((line) => `      ${line}`)),
    ]),
  ];
}

function countLine(all: readonly Finding[]): string {
  const count = (wanted: Finding['verdict']): number =>
    all.filter(({ verdict }) => verdict === wanted).length;
  const wrong = count('bad');
  const head = wrong === 0 ? 'nothing is wrong' : `${wrong} ${wrong === 1 ? 'thing is' : 'things are'} wrong`;
  return `${head}; ${count('warning')} to look at, ${count('unknown')} not seen from here`;
}
