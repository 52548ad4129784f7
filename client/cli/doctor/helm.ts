import { findHelm, readHelmVersion } from '../../../activities/helm/find-helm.ts';
import { bad, good, isVersionFrom } from '../../../domain/diagnosis.ts';
import type { Examine } from './patient.ts';

/** Older ones drop values whose length is a multiple of 4096 bytes (helm/helm#32506). */
const least = [4, 3] as const;

export const examineHelm: Examine = async ({ env }) => {
  const executable = await findHelm(env);
  const version = await readHelmVersion(executable);
  const found = `${executable} is ${version}`;
  return [isVersionFrom(version, least) === true ? good(found) : bad(found, 'Install Helm 4.3 or newer')];
};
