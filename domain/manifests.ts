import type { Problem } from './failures.ts';
import type { StringRules } from './manifest-strings.ts';
import { forbiddenStringProblems } from './manifest-strings.ts';
import { imageProblems } from './manifest-images.ts';
import { ingressProblems, serviceProblems } from './manifest-network.ts';
import { kindProblems, repeatedProblems } from './manifest-kinds.ts';
import type { ManifestObject } from './manifest-object.ts';
import { nameOf } from './manifest-object.ts';
import { podProblems } from './manifest-pods.ts';
import type { Plan } from './plan.ts';

/**
 * Everything that rendered charts must not do: leave the preview's namespace, hosts and kinds, take names that are
 * ours, ask for the node, run another image than was checked, or speak of production. Admission and rights refuse most
 * of it again; here it is said before anything is created.
 *
 * @param objects of all services together, hooks included.
 */
export function inspectManifests(
  objects: readonly ManifestObject[],
  plan: Plan,
  rules: StringRules,
): Problem[] {
  const accounts = objects.filter(({ kind }) => kind === 'ServiceAccount').map(nameOf);
  const own = accounts.filter((name) => name !== 'preview-deployer');
  return [
    ...objects.flatMap((object) => [
      ...kindProblems(object, plan),
      ...ingressProblems(object, plan),
      ...serviceProblems(object),
      ...podProblems(object, { plan, accounts: own }),
      ...forbiddenStringProblems(object, rules),
    ]),
    ...repeatedProblems(objects),
    ...imageProblems(objects, plan),
  ];
}
