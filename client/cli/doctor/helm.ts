import { findHelm } from '../../../activities/helm/find-helm.ts';
import { good } from '../../../domain/diagnosis.ts';
import type { Examine } from './patient.ts';

/** A Helm that the worker would take. */
export const examineHelm: Examine = async ({ env }, signal) => {
  const { executable, version } = await findHelm(env, signal);
  return [good(`${executable} is ${version}`)];
};
