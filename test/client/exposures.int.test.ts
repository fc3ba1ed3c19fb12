import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureTopics } from '../../src/adapters/kafka/admin.ts';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createLogs } from '../../src/adapters/log.ts';
import { createRegistry } from '../../src/adapters/registry.ts';
import { createImpactClient } from '../../src/client/client.ts';
import { createFlagClient } from '../../src/client/flags.ts';
import { redisFlags } from '../../src/client/flags-redis.ts';
import { kafkaTransport } from '../../src/client/kafka.ts';
import { withAssignments } from '../../src/domain/flags/assign.ts';
import { eventsOn } from '../support/emitted.ts';
import { eventually } from '../support/eventually.ts';
import { by, type FlagWorld, openFlagWorld } from '../support/flag-world.ts';
import { definition } from '../support/flags.ts';

let world: FlagWorld;
beforeAll(async () => {
  world = await openFlagWorld();
  const logs = createLogs(world.config);
  await Promise.all([
    ensureTopics(createKafka(world.config, logs('kafka')), world.config),
    createRegistry(world.config, logs('registry')).registerAll(),
  ]);
});
afterAll(() => world?.close());

/** A service as its own process would make it. */
function service() {
  const { config } = world;
  const transport = kafkaTransport({ brokers: config.kafkaBrokers, registry: { url: config.registryUrl }, namespace: config.namespace });
  const impact = createImpactClient({ source: 'coach', transport, variants: () => flags });
  const flags = createFlagClient({ source: redisFlags({ url: config.redisUrl, namespace: config.namespace }), exposures: impact });
  return { impact, flags };
}

it('a service’s exposures reach their topic once for each unit and stage, and its events carry the variant', async () => {
  await world.store.create(definition({ id: 'ai_coaching', stage: 'beta_25' }), by);
  const { impact, flags } = service();
  await flags.ready();
  const users = Array.from({ length: 60 }, (_, i) => `user_${i}`);
  const askForAll = () => users.map((userId) => flags.evaluate('ai_coaching', { tenantId: 'acme', userId }));
  const before = askForAll();
  askForAll();
  for (const userId of users) impact.trackCoachingSession({ tenantId: 'acme', userId, sessionDurationMinutes: 18, productivityScore: 87 });

  await world.store.update('ai_coaching', (flag) => withAssignments(flag, [{ field: 'stage', how: 'to', value: 'beta_50' }]), null, by);
  await eventually(() => expect(flags.get('ai_coaching')?.stage).toBe('beta_50'));
  const after = askForAll();
  await impact.close();
  await flags.close();

  const observed = (stage: string, answers: typeof before) =>
    answers.flatMap(({ inExperiment, variant }, i) => (inExperiment ? [`${stage} ${users[i]} ${variant}`] : []));
  const expected = [...observed('beta_25', before), ...observed('beta_50', after)].sort();
  const exposures = (await eventsOn(world.config, 'flag-exposures')).filter((one) => one.kind === 'flag-exposures');
  expect(exposures.map((one) => `${one.rolloutStage} ${one.userId} ${one.variant}`).sort()).toEqual(expected);
  expect(observed('beta_50', after)).toHaveLength(60);
  expect(observed('beta_25', before).length).toBeLessThan(60);

  const sessions = await eventsOn(world.config, 'ai-coaching');
  const variantOf = new Map(sessions.map(({ userId, variant }) => [userId, variant]));
  expect(users.map((user) => variantOf.get(user))).toEqual(before.map(({ inExperiment, variant }) => (inExperiment ? variant : null)));
});
