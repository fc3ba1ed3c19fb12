/** Rollouts on the real components, with processes of the stage that a test may kill. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../src/config.ts';
import type { FeatureEvent } from '../../src/domain/event.ts';
import { compileFlag } from '../../src/domain/flags/compile.ts';
import type { Flag } from '../../src/domain/flags/flag.ts';
import { databaseName } from '../../src/domain/names.ts';
import { topics } from '../../src/domain/topics.ts';
import { openAdapters } from '../../src/main/adapters.ts';
import { prepareOutside } from '../../src/main/prepare.ts';
import { follow } from './committed.ts';
import { testEnv } from './config.ts';
import { eventOf } from './feature-events.ts';
import { definition } from './flags.ts';
import { storeEvents } from './warehouse.ts';

const program = fileURLToPath(new URL('../../src/cli/launch.mjs', import.meta.url));
export const by = { by: 'a test', reason: 'to see' };

/** As `schemas/avro/flag-change.avsc` has it. */
export type ToldChange = {
  changeId: string;
  flagId: string;
  kind: string;
  version: number;
  by: string;
  stageAfter: string | null;
  evidence: string | null;
};

export type RolloutPlans = Awaited<ReturnType<typeof openRolloutPlans>>;

/** That many users are shown the flag and are happy with it, treatment more than control, which is worth something. */
export function visitsOf(flag: Flag, users: number, at: number): FeatureEvent[] {
  const compiled = compileFlag(flag, () => at);
  return Array.from({ length: users }, (_, i) => {
    const who = { tenantId: `tenant_${i % 3}`, userId: `user_${i}`, featureId: flag.featureId };
    const { variant, decidedBy, stage } = compiled.decide(false, who.tenantId, who.userId, null);
    const [time, treated] = [new Date(at + i).toISOString(), variant === 'treatment'];
    const worth = { metric: 'happiness', value: (treated ? 90 : 70) + (i % 7), valueUsd: treated ? 3 : 1 };
    return decidedBy === 'percentage'
      ? [
          eventOf('flag-exposures', time, { ...who, variant, reason: decidedBy, rolloutStage: stage }),
          eventOf('custom-metrics', time, { ...who, variant, ...worth }),
        ]
      : [];
  }).flat();
}

export async function openRolloutPlans() {
  const env = testEnv({ ROLLOUT_INTERVAL_MS: '200' });
  const adapters = openAdapters(loadConfig(env));
  await prepareOutside(adapters);
  const told = await follow<ToldChange>(adapters, topics.flagChanges, adapters.registry.decoder('flag-change'));
  let offset = 0;
  return {
    adapters,
    rollouts: adapters.rollouts,
    flags: adapters.flags,
    /** What the topic of flag changes has. */
    told,
    /** A flag, switched off, with a planned rollout. */
    async planned(id: string, plan: object, changes: object = {}): Promise<Flag> {
      const flag = await adapters.flags.create(definition({ id, ...changes }), by);
      await adapters.rollouts.plan(id, plan, null, by);
      return flag;
    },
    /** Users of the flag as it is now; they are in ClickHouse when this resolves. */
    async visited(id: string, users: number): Promise<void> {
      const events = visitsOf((await adapters.flags.get(id)) as Flag, users, Date.now() - users);
      await storeEvents(adapters.clickhouse, events, offset);
      offset += events.length;
    },
    /** A process of the stage that a failpoint ends. @returns the signal that did */
    killedAt: (failpoint: string): Promise<string | number | null> => {
      const child = spawn(process.execPath, [program, 'run', 'rollout'], {
        env: { ...process.env, ...env, IMPACT_FAILPOINT: failpoint },
        stdio: 'ignore',
        timeout: 60_000,
      });
      return new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
    },
    async close(): Promise<void> {
      await told.stop();
      await adapters.clickhouse.command(`DROP DATABASE IF EXISTS ${adapters.clickhouse.database}`);
      await adapters.postgres.query(`DROP SCHEMA IF EXISTS ${databaseName(adapters.config.namespace, 'impact')} CASCADE`);
      await adapters.close();
    },
  };
}
