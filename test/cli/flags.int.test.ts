/** `impact flags` on the real components. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runProgram } from '../../src/cli/program.ts';
import { openSystem } from '../../src/cli/wiring.ts';
import { topics } from '../../src/domain/topics.ts';
import { openAdapters } from '../../src/main/adapters.ts';
import { prepareOutside } from '../../src/main/prepare.ts';
import { testConfig } from '../support/config.ts';
import { readTopic } from '../support/topic.ts';
import { testContext } from './terminal.ts';

const config = testConfig();
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'impact-flags-'));
  const adapters = openAdapters(config);
  await prepareOutside(adapters).finally(() => adapters.close());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `impact flags …`. */
async function flags(...args: string[]) {
  const context = testContext({ config: () => config, open: openSystem });
  const status = await runProgram(['flags', ...args], context);
  return { status, ...context.seen };
}
const json = async (...args: string[]) => {
  const { status, out, err } = await flags(...args, '--output', 'json');
  expect([status, err]).toEqual([0, '']);
  return JSON.parse(out);
};
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe('impact flags', () => {
  it('init adds the four features, switched off, and leaves them alone when it is repeated', async () => {
    expect((await flags('init')).out).toMatch(/realtime_intelligence\s+created/);
    await flags('stage', 'ai_coaching', 'internal');
    expect(await json('init')).toEqual(
      ['realtime_intelligence', 'property_intelligence', 'churn_prevention', 'ai_coaching'].map((flag) => ({
        flag,
        happened: 'unchanged',
      })),
    );
    const list = await json('list');
    expect(list.map((flag: { id: string; stage: string }) => [flag.id, flag.stage])).toEqual([
      ['ai_coaching', 'internal'],
      ['churn_prevention', 'disabled'],
      ['property_intelligence', 'disabled'],
      ['realtime_intelligence', 'disabled'],
    ]);
    expect(list.find(({ id }: { id: string }) => id === 'churn_prevention')).toMatchObject({
      errorRateThresholdPercent: 3,
      latencyThresholdMs: 500,
    });
  });

  it('create, get, set and stage change one flag, field by field', async () => {
    const made = await flags('create', 'my_feature', 'name=My feature', 'roiTargetUsd=50000', 'tenantWhitelist=[a, b]');
    expect([made.status, made.out]).toEqual([0, 'my_feature: disabled, version 1\n']);
    await flags('set', 'my_feature', 'tenantWhitelist+=c', 'tenantWhitelist-=a', 'latencyThresholdMs=250', '--reason', 'slower is fine');
    const set = await json('stage', 'my_feature', 'beta_10', '--if-version', '2');
    expect(set).toMatchObject({ stage: 'beta_10', version: 3, tenantWhitelist: ['b', 'c'], latencyThresholdMs: 250, roiTargetUsd: 50_000 });
    expect(parse((await flags('get', 'my_feature')).out)).toEqual(set);
    expect((await flags('list', '--stage', 'beta_10')).out).toMatch(/my_feature\s+beta_10/);
  });

  it('says what is wrong with a change, with the field and what would be right', async () => {
    const refused = await flags('set', 'my_feature', 'stage=beta_99', 'errorRateThresholdPercent=200');
    expect([refused.status, refused.out]).toEqual([1, '']);
    expect(refused.err).toContain('expected one of disabled, internal, beta_10');
    expect(refused.err).toContain('expected a number from 0 to 100');
    expect((await flags('set', 'my_feature', 'colour=red')).status).toBe(2);
    expect((await flags('set', 'my_feature', 'name=[')).err).toContain('The value of name is not YAML');
    expect((await flags('set', 'my_feature', 'id=other')).err).toContain('a flag keeps its id');
    expect((await flags('set', 'my_feature', 'seed=other')).err).toContain('while the stage is beta_10');
    expect((await flags('set', 'my_feature', 'name+=x')).err).toContain('a field that is a list');
    expect((await flags('stage', 'my_feature', 'ga', '--if-version', '1')).err).toContain('at version 3, not at 1');
    expect((await flags('stage', 'nobody', 'ga')).err).toContain('there is no flag nobody');
    expect((await flags('get', 'nobody')).err).toContain('impact flags list');
    expect((await flags('history', 'nobody')).err).toContain('there never was a flag nobody');
  });

  it('evaluate tells who gets what, and why', async () => {
    const listed = await flags('evaluate', 'my_feature', '--tenant', 'b', '--user', 'u');
    expect(listed.out).toMatch(/^feature\s+on\nvariant\s+treatment\nvalue\s+true\ndecided by\s+allow_list \(TARGETING_MATCH\)\n/);
    expect(await json('evaluate', 'nobody')).toMatchObject({ decidedBy: 'unknown_flag', errorCode: 'FLAG_NOT_FOUND' });
    await flags('create', 'ruled', 'stage=ga', 'targeting={"if": [{">": [{"var": "age"}, 17]}, "treatment", "control"]}');
    expect(await json('evaluate', 'ruled', '--attribute', 'age=18')).toMatchObject({ variant: 'treatment', decidedBy: 'targeting' });
    expect(await json('evaluate', 'ruled', '--attribute', 'age=17', 'plan=pro')).toMatchObject({ variant: 'control' });
  });

  it('archive puts a flag away and takes it out again; delete ends it', async () => {
    expect((await flags('archive', 'ruled')).out).toBe('ruled: ga, archived, version 2\n');
    expect((await flags('list')).out).not.toContain('ruled');
    expect((await flags('list', '--archived')).out).toContain('ga (archived)');
    expect(await json('archive', 'ruled', '--undo')).toMatchObject({ archived: false, version: 3 });
    expect((await flags('delete', 'ruled', '--reason', 'typo')).out).toContain('its history stays');
    expect((await json('history', 'ruled')).map(({ kind, reason }: { kind: string; reason: string }) => [kind, reason])).toEqual([
      ['deleted', 'typo'],
      ['unarchived', 'archived on the command line'],
      ['archived', 'archived on the command line'],
      ['created', 'created on the command line'],
    ]);
  });

  it('history shows who changed what from what to what', async () => {
    const { out } = await flags('history', 'my_feature');
    expect(out).toMatch(/3\s+.*disabled → beta_10\s+stage/);
    expect(out).toContain(userInfo().username);
    expect(out).toMatch(/updated\s+latencyThresholdMs, tenantWhitelist\s+slower is fine/);
  });

  it('export is what import takes', async () => {
    const exported = file('flags.yaml', (await flags('export')).out);
    expect((await json('import', exported)).every(({ happened }: { happened: string }) => happened === 'unchanged')).toBe(true);
  });

  it('import creates and changes flags from a file of ours or of flagd, or nothing when one of them is wrong', async () => {
    const ours = file(
      'more.yaml',
      'flags:\n  - { id: my_feature, stage: beta_25, latencyThresholdMs: 250 }\n  - { feature_id: second, rollout_stage: ga, roi_target: 1000 }\n',
    );
    expect(await json('import', ours)).toEqual([
      { flag: 'my_feature', happened: 'updated' },
      { flag: 'second', happened: 'created' },
    ]);
    const flagd = {
      flags: {
        banner: {
          state: 'ENABLED',
          variants: { red: '#f00', blue: '#00f' },
          defaultVariant: 'red',
          targeting: { if: [{ ends_with: [{ var: 'email' }, '@example.com'] }, 'blue', null] },
        },
      },
    };
    await flags('import', file('flags.flagd.json', JSON.stringify(flagd)));
    expect(await json('evaluate', 'banner', '--attribute', 'email=a@example.com')).toMatchObject({
      value: '#00f',
      reason: 'TARGETING_MATCH',
    });
    const wrong = await flags('import', file('wrong.yaml', 'flags: [{ id: third }, { id: fourth, stage: near }]'));
    expect(wrong.err).toContain('no flag was changed');
    expect(wrong.err).toContain('flags[1].stage');
    const moving = await flags('import', file('moving.yaml', 'flags: [{ id: third }, { id: my_feature, stage: beta_25, seed: other }]'));
    expect(moving.err).toContain('my_feature.seed');
    expect((await flags('get', 'third')).status).toBe(1);
    expect((await flags('import', join(folder, 'nowhere.yaml'))).err).toContain('cannot be read');
  });

  it('has told the topic of every change by the time it ends', async () => {
    const told = await readTopic(config, topics.flagChanges);
    const counted = await Promise.all(['my_feature', 'ruled', 'banner', 'second'].map(async (id) => (await json('history', id)).length));
    const keys = told.map(({ key }) => key);
    expect(['my_feature', 'ruled', 'banner', 'second'].map((id) => keys.filter((key) => key === id).length)).toEqual(counted);
  });
});
