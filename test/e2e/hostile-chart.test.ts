import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FailureReport } from '../../domain/failures.ts';
import { apply, kubectl, leftOvers } from './cluster.ts';
import { exampleWith, keepOnly } from './example-config.ts';
import { hostileObjects } from './hostile-objects.ts';
import type { Scene } from './scene.ts';
import { eventually, startScene } from './scene.ts';

const refusing = 5110;
const looking = 5111;
const victim = 5112;
const template = 'helm/videocall-ui/templates/hostile.yaml';

describe('a hostile chart', { timeout: 120_000 }, () => {
  let scene: Scene;

  beforeAll(async () => {
    const objects = hostileObjects.map(({ object }) => `---\n${JSON.stringify(object)}\n`);
    scene = await startScene({ number: refusing, files: { [template]: objects.join('') } });
  }, 120_000);

  afterAll(async () => {
    await scene.end();
  }, 120_000);

  describe('that asks for what a preview must not have', () => {
    let failure: FailureReport | null;

    beforeAll(async () => {
      await scene.push(await scene.app.open(refusing));
      ({ failure } = await scene.reach('failed', 60_000));
    }, 120_000);

    it.each(hostileObjects)('is refused $what', ({ object, says }) => {
      expect(failure?.problems).toContainEqual({
        type: 'PlanRefused',
        where: `${object.kind} ${object.metadata.name}`,
        message: expect.stringContaining(says),
      });
    });

    it('is refused for these reasons alone, each told once, before anything is created', async () => {
      const asked = hostileObjects.map(({ object }) => `${object.kind} ${object.metadata.name}`);
      expect(failure?.problems.map(({ where }) => where).toSorted()).toEqual(asked.toSorted());
      expect(await leftOvers(refusing)).toEqual([]);
      await eventually(async () => {
        expect(await scene.comment()).toContain('ClusterRoleBinding hidden');
      }, 'the comment');
    });
  });

  it("that looks up another preview's Secret gets nothing, and the failure says what was forbidden", async () => {
    const secret = 'the-password-of-another-preview';
    const namespace = `preview-${victim}`;
    await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const metadata = { name: 'database', namespace };
    await apply({ apiVersion: 'v1', kind: 'Secret', metadata, stringData: { url: secret } });
    try {
      const files = {
        'preview.yaml': await exampleWith((config) => keepOnly(config, ['ui'])),
        [template]: [
          `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: loot }\ndata:`,
          `  loot: {{ lookup "v1" "Secret" "${namespace}" "database" | toJson | quote }}\n`,
        ].join('\n'),
      };
      await scene.app.github.commit({ owner: scene.app.owner, repo: scene.app.repository, files });
      const preview = scene.beside(looking);
      await preview.push(await scene.app.open(looking, { services: ['ui'] }));
      const { failure } = await preview.reach('failed');
      expect(failure).toMatchObject({
        type: 'AdmissionDenied',
        service: 'ui',
        summary: expect.stringContaining('the chart wants something a preview may not have'),
      });
      const denied = `User "system:serviceaccount:preview-${looking}:preview-deployer" cannot get resource "secrets"`;
      expect(failure?.summary).toContain(`${denied} in API group "" in the namespace "${namespace}"`);
      expect(await leftOvers(looking)).toEqual([]);
      const written = [JSON.stringify(failure), await preview.comment(), await scene.worker().log()].join(
        '\n',
      );
      for (const form of [secret, btoa(secret)]) expect(written).not.toContain(form);
    } finally {
      await kubectl('delete', 'namespace', namespace, '--wait=false');
    }
  });
});
