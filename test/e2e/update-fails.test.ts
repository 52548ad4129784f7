import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { kubectl } from './cluster.ts';
import { exampleText, exampleWith, keepOnly } from './example-config.ts';
import type { Scene } from './scene.ts';
import { eventually, startScene } from './scene.ts';
import type { Updates } from './updates.ts';
import { podsOf, releasesOf, startUpdates, told } from './updates.ts';

const broken = 'helm/videocall-ui/templates/broken.yaml';
/** The two describes run side by side, the tests of each one after another. */
const inTurn = { concurrent: false };
const goesOn = 'Update failed, the commit before goes on serving';

/** Two previews side by side; the updates of each follow one another. */
describe('an update', { timeout: 180_000 }, () => {
  let scene: Scene;

  beforeAll(async () => {
    const { ingress } = inject('stack');
    scene = await startScene({
      number: 5140,
      platform: {
        images: { wait: 0 },
        access: { configFrom: 'head' },
        probe: {
          connect: `127.0.0.1:${ingress?.httpsPort ?? 0}`,
          ca: ingress?.caFile ?? null,
          timeout: '10s',
        },
      },
    });
  }, 120_000);

  afterAll(async () => {
    await scene.end();
  }, 180_000);

  describe('that changes code', { concurrent: true }, () => {
    let updates: Updates;

    beforeAll(async () => {
      updates = await startUpdates(scene, scene.beside(5141));
    }, 180_000);

    it(
      'whose image crashes leaves the old commit serving, and says which pod ended how',
      inTurn,
      async () => {
        const { failure } = await updates.fails({ faults: { ui: 'crash-on-start' } }, ['']);
        expect(failure).toMatchObject({
          type: 'ServiceFailed',
          service: 'ui',
          pod: expect.stringMatching(/^ui-pr-5141-/),
          reason: 'CrashLoopBackOff',
          exitCode: 1,
        });
        const log = 'crashing on purpose: FAULT=crash-on-start';
        await told(updates.preview, [goesOn, `Pod: ${failure?.pod ?? '-'}`, 'Exit code: 1', log]);
      },
    );

    it(
      'whose migration fails leaves the old commit serving, and says what is not undone',
      inTurn,
      async () => {
        const { failure, notes } = await updates.fails({ faults: { 'meeting-api': 'migration-fails' } }, [
          '-api',
        ]);
        expect(failure).toMatchObject({
          type: 'ServiceFailed',
          service: 'meeting-api',
          exitCode: 1,
          logTail: expect.arrayContaining([expect.stringContaining('database migration failed')]),
        });
        const note = 'Migrations of the failed commit are not undone';
        expect(notes).toEqual([expect.stringContaining(note)]);
        await told(updates.preview, [goesOn, 'fail_on_purpose', note]);
      },
    );

    it('whose chart is invalid touches nothing', inTurn, async () => {
      const before = await touchable();
      const files = { [broken]: '{{ fail "the page has lost its way" }}\n' };
      const { failure } = await updates.fails({ files }, ['', '-api']);
      expect(failure?.problems).toEqual([
        {
          type: 'ChartInvalid',
          where: 'preview.yaml: services.ui.chart',
          message: expect.stringContaining('the page has lost its way'),
        },
      ]);
      await told(updates.preview, [goesOn, 'the page has lost its way']);
      expect(await touchable()).toEqual(before);
    });

    it('whose images are missing, or of another commit, touches nothing', inTurn, async () => {
      const before = await touchable();
      const text = await exampleWith(({ services }) => {
        services['ui']!.images.main.tag = 'pr-{{ pr.number }}-not-built';
      });
      const change = { files: { [broken]: null, 'preview.yaml': text }, services: ['meeting-api'] } as const;
      const { failure, commit } = await updates.fails(change, ['', '-api']);
      expect(failure?.problems).toEqual([
        {
          type: 'ImageOfAnotherCommit',
          where: 'preview.yaml: services.websocket.images.main',
          message: expect.stringContaining(`wanted ${commit ?? ''}`),
        },
        {
          type: 'ImageMissing',
          where: 'preview.yaml: services.ui.images.main',
          message: expect.stringContaining('videocall-ui:pr-5141-not-built is not there'),
        },
      ]);
      await told(updates.preview, [goesOn, '2 problems stand in the way', 'pr-5141-not-built']);
      expect(await touchable()).toEqual(before);
    });

    it('that is good is served after all of these', inTurn, async () => {
      const { failure, notes } = await updates.succeeds({ files: { 'preview.yaml': await exampleText() } });
      expect({ failure, notes }).toEqual({ failure: null, notes: [] });
      await told(updates.preview, ['Preview is ready', updates.live()]);
    });

    /** Equal means that a refused update has touched nothing. */
    async function touchable(): Promise<unknown> {
      const { preview } = updates;
      return { pods: await podsOf(preview), releases: await releasesOf(preview) };
    }
  });

  describe('that changes services', { concurrent: true }, () => {
    let updates: Updates;
    const socket = 'preview-5142-ws';

    beforeAll(async () => {
      updates = await startUpdates(scene, scene.beside(5142));
    }, 180_000);

    it('takes away what a commit leaves out', inTurn, async () => {
      const text = await exampleWith((config) => keepOnly(config, ['ui', 'meeting-api', 'nats']));
      await updates.succeeds({ files: { 'preview.yaml': text } });
      await expectNoSocket();
      await eventually(async () => {
        await expect(updates.commitAt('-ws')).rejects.toThrow('answered 404');
      }, 'the host to be gone');
    });

    it('takes an added service away again when it fails', inTurn, async () => {
      const files = { 'preview.yaml': await exampleText() };
      const faults = { websocket: 'crash-on-start' } as const;
      const { failure } = await updates.fails({ files, faults }, []);
      expect(failure).toMatchObject({ type: 'ServiceFailed', service: 'websocket', exitCode: 1 });
      await expectNoSocket();
    });

    it('brings the old pod of a StatefulSet back, and says that it was away', inTurn, async () => {
      const nats = async () => (await podsOf(updates.preview)).find(({ name }) => name === 'nats-pr-5142-0');
      const before = await nats();
      const text = await exampleWith((config) => {
        keepOnly(config, ['ui', 'meeting-api', 'nats']);
        config.services['nats']!.images.main = {
          repository: 'ghcr.io/example/videocall-websocket',
          tag: 'pr-5142',
        };
      });
      const faults = { websocket: 'crash-on-start' } as const;
      const { failure, notes } = await updates.fails({ files: { 'preview.yaml': text }, faults }, []);
      expect(failure).toMatchObject({
        type: 'ServiceFailed',
        service: 'nats',
        pod: 'nats-pr-5142-0',
        exitCode: 1,
      });
      const note = 'nats could not keep the old pod meanwhile: away for up to';
      expect(notes[0]).toContain(note);
      // since the update began: crashes have been waited for
      expect(Number(/(\d+) s$/.exec(notes[0] ?? '')?.[1])).toBeGreaterThan(10);
      await told(updates.preview, [goesOn, note]);
      expect((await nats())?.image).toBe(before?.image);
    });

    it('serves an added service', inTurn, async () => {
      await updates.succeeds({ files: { 'preview.yaml': await exampleText() } });
      expect(await updates.commitAt('-ws')).toBe(updates.live());
      expect(await releasesOf(updates.preview)).toContainEqual(expect.stringContaining(socket));
    });

    async function expectNoSocket(): Promise<void> {
      expect(await releasesOf(updates.preview)).not.toContainEqual(expect.stringContaining(socket));
      const { namespace } = updates.preview;
      const names = await kubectl('get', 'deployments,services,ingresses', '-n', namespace, '-o', 'name');
      expect(names).toContain('deployment.apps/ui-pr-5142');
      expect(names).not.toContain('websocket');
    }
  });
});
