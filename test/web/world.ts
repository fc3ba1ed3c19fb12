/** A small installation that the dashboard can be looked at in: weeks of events, an experiment, alerts, dead letters, tokens; and the API over it. */
import { randomBytes, randomUUID } from 'node:crypto';
import { buildDashboard } from '../../infra/local/dashboard.ts';
import type { StackEndpoints } from '../../infra/stack.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import type { FeatureEvent } from '../../src/domain/event.ts';
import { firstFlags } from '../../src/domain/flags/first-flags.ts';
import { randomFor } from '../../src/domain/generate/random.ts';
import { ordinary } from '../../src/domain/generate/scenario.ts';
import { generateEvents } from '../../src/domain/generate.ts';
import { databaseName } from '../../src/domain/names.ts';
import type { Role } from '../../src/domain/role.ts';
import { type Adapters, openAdapters } from '../../src/main/adapters.ts';
import { prepareOutside } from '../../src/main/prepare.ts';
import { type System, startStages } from '../../src/main.ts';
import { createToken } from '../../src/query/tokens.ts';
import type { StageName } from '../../streams/topology.ts';
import { eventOf } from '../support/feature-events.ts';
import { storeEvents, storeRawEvents } from '../support/warehouse.ts';
import { storeBooks } from './world-books.ts';
import { alertRows, deadLetterRows, lagRows, lateRows } from './world-rows.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;
const iso = (ms: number): string => new Date(ms).toISOString();

export type World = {
  config: Config;
  adapters: Adapters;
  url: string;
  token(role: Role, tenantId?: string | null): Promise<string>;
  /** Stores one event, as the store stage would. */
  store(events: readonly FeatureEvent[]): Promise<void>;
  /** Leaves the event out of every rollup, as an interrupted import would. */
  storeRaw(events: readonly FeatureEvent[]): Promise<void>;
  /** Runs other stages in this process as well. Stop them. */
  start(names: readonly StageName[]): Promise<System>;
  /** The API is gone until it is started again, at the same address. */
  stopApi(): Promise<void>;
  startApi(): Promise<void>;
  close(): Promise<void>;
};

/** The environment of an installation of its own on these components. */
export function worldEnv({ kafka, registry, clickhouse, postgres, redis }: StackEndpoints): Record<string, string> {
  return {
    IMPACT_NAMESPACE: `w${randomBytes(5).toString('hex')}`,
    KAFKA_BROKERS: kafka,
    SCHEMA_REGISTRY_URL: registry,
    CLICKHOUSE_URL: clickhouse,
    DATABASE_URL: postgres,
    REDIS_URL: redis,
    KAFKA_PARTITIONS: '1',
    API_PORT: '0',
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    LOG_PRETTY: 'false',
  };
}

/** Users of AI coaching, half of them without it, who are the better for it. */
function* experiment(now: number): Generator<FeatureEvent> {
  const random = randomFor(7, 'world experiment', 0);
  for (let i = 0; i < 600; i += 1) {
    const treated = i % 2 === 0;
    const at = now - 9 * DAY + Math.floor(random.unit() * 5 * DAY);
    const tenantId = i % 3 === 0 ? 'lakeside-realty' : 'harbor-homes';
    const who = { tenantId, userId: `${tenantId}-user-${i}`, featureId: 'ai_coaching' };
    const variant = treated ? 'treatment' : 'control';
    yield eventOf('flag-exposures', iso(at), { ...who, variant, rolloutStage: 'beta_50', reason: 'percentage' });
    for (let k = 0; k < 2; k += 1) {
      const value = 70 + (treated ? 4 : 0) + 9 * random.normal();
      yield eventOf('custom-metrics', iso(at + Math.floor((0.1 + random.unit()) * 3 * DAY)), {
        ...who,
        variant: null,
        metric: 'productivity_score',
        valueUsd: null,
        value,
      });
    }
  }
}

async function storeHistory(adapters: Adapters, days: number, now: number): Promise<void> {
  const tenants = ordinary.tenants.map((tenant) => ({ ...tenant, users: 8 * tenant.users }));
  const incidents = [
    { from: now - 26 * HOUR, to: now - 25 * HOUR, errorShare: 0.5, websocketLatencyMs: 240 },
    { from: now - 26 * MINUTE, to: now, errorShare: 0.09, websocketLatencyMs: 45 },
  ];
  const scenario = { ...ordinary, tenants, requestsPerDay: 400, incidents };
  const history = generateEvents(scenario, now - days * DAY, now - HOUR);
  // The last hour is busier, so that there is something to look into.
  const lately = generateEvents({ ...scenario, extraPerSecond: 0.25 }, now - HOUR, now);
  const others = [...history, ...lately].filter(({ kind, featureId }) => kind !== 'flag-exposures' || featureId !== 'ai_coaching');
  const events = [...others, ...experiment(now)];
  const SLICE = 20_000;
  for (let at = 0; at < events.length; at += SLICE) await storeEvents(adapters.clickhouse, events.slice(at, at + SLICE), at);
}

/** Flags with a past: each stage was taken by somebody for a reason. */
async function storeFlags({ flags }: Adapters): Promise<void> {
  const steps = {
    realtime_intelligence: ['internal', 'beta_10', 'beta_25', 'beta_50', 'ga'],
    property_intelligence: ['internal', 'beta_10', 'beta_25'],
    churn_prevention: ['internal'],
    ai_coaching: ['internal', 'beta_10', 'beta_50'],
  } as const;
  for (const definition of firstFlags) {
    await flags.create(definition, { by: 'ada', reason: 'first flags' });
    for (const stage of steps[definition.id as keyof typeof steps] ?? [])
      await flags.update(definition.id, (flag) => ({ ...flag, stage }), null, { by: 'ada', reason: 'no harm seen for a week' });
  }
}

/** The alerts that fire, as the notify stage keeps them. */
async function storeTold({ postgres }: Adapters): Promise<void> {
  for (const [id, rule, severity, tenant] of [
    ['error-rate-1', 'error-rate', 'critical', null],
    ['error-rate-2', 'error-rate', 'warning', 'lakeside-realty'],
  ])
    await postgres.query('INSERT INTO business_impact_alerts (alert_id, alert_type, severity, tenant_id) VALUES ($1, $2, $3, $4)', [
      id,
      rule,
      severity,
      tenant,
    ]);
}

async function removeAll({ clickhouse, postgres, config }: Adapters): Promise<void> {
  await clickhouse.command(`DROP DATABASE IF EXISTS ${clickhouse.database}`);
  await postgres.query(`DROP SCHEMA IF EXISTS ${databaseName(config.namespace, 'impact')} CASCADE`);
}

/** Everything seeded and the API listening. Close it. */
export async function openWorld(
  endpoints: StackEndpoints,
  { days = 8, env = {} }: { days?: number; env?: Record<string, string> } = {},
): Promise<World> {
  await buildDashboard();
  const given = { ...worldEnv(endpoints), ...env };
  const config = loadConfig(given);
  const adapters = openAdapters(config);
  await prepareOutside(adapters);
  const now = Date.now();
  await Promise.all([storeHistory(adapters, days, now), storeFlags(adapters)]);
  await adapters.clickhouse.insertRows('alerts', alertRows(now));
  await storeTold(adapters);
  await adapters.clickhouse.insertRows('dead_letters', deadLetterRows(now));
  await adapters.clickhouse.insertRows('late_events', lateRows(now));
  await adapters.clickhouse.insertRows('pipeline_lag', lagRows(now));
  await storeBooks(adapters, now);
  let api: System = await startStages(config, ['api']);
  const url = api.apiUrl ?? '';
  return {
    config,
    adapters,
    url,
    token: async (role, tenantId = null) =>
      (await createToken(adapters.postgres, { role, tenantId, name: `${role} ${randomUUID().slice(0, 4)}`, expiresAt: null })).token,
    store: (events) => storeEvents(adapters.clickhouse, events, 10_000_000 + Math.floor(Math.random() * 1e6)),
    storeRaw: (events) => storeRawEvents(adapters.clickhouse, events),
    start: (names) => startStages(config, names),
    stopApi: () => api.stop(),
    async startApi() {
      api = await startStages(loadConfig({ ...given, API_PORT: new URL(url).port }), ['api']);
    },
    async close() {
      await api.stop();
      await removeAll(adapters);
      await adapters.close();
    },
  };
}
