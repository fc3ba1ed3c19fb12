/** Four weeks whose worth and cost are known beforehand, counted by hand: no formula of the product's is used here. */
import { Decimal } from 'decimal.js';
import { createClickHouse } from '../../src/adapters/clickhouse.ts';
import { migrateClickHouse } from '../../src/adapters/clickhouse-migrate.ts';
import { createPostgres, migratePostgres } from '../../src/adapters/postgres.ts';
import type { FeatureEvent } from '../../src/domain/event.ts';
import { databaseName } from '../../src/domain/names.ts';
import { plusDays } from '../../src/domain/zone.ts';
import { testConfig } from './config.ts';
import { eventOf } from './feature-events.ts';

/** A Monday, and the Monday after four weeks. */
export const FIRST = '2026-01-05';
export const END = '2026-02-02';
export const allDays = Array.from({ length: 28 }, (_, i) => plusDays(FIRST, i));
const tenants = ['acme', 'globex'];

/** A small number that follows from what it is asked about, always the same. */
const pick = (day: number, tenant: number, salt: number, below: number): number =>
  (day * 31 + tenant * 17 + salt * 13 + ((day * salt) % 7)) % below;

export type Truth = { usd: Record<string, Decimal>; direct: Record<string, Decimal>; shared: Decimal; uses: Record<string, number> };

const zero = (): Truth => ({ usd: {}, direct: {}, shared: new Decimal(0), uses: {} });
const add = (sums: Record<string, Decimal>, name: string, amount: Decimal.Value): void => {
  sums[name] = (sums[name] ?? new Decimal(0)).plus(amount);
};
function use(truth: Truth, name: string): void {
  truth.uses[name] = (truth.uses[name] ?? 0) + 1;
}

/** 50 dollars an hour: a quarter of a dollar for each 18 seconds before the 900th. */
function lead(truth: Truth, at: string, tenantId: string, steps: number): FeatureEvent {
  add(truth.usd, 'realtime_intelligence', new Decimal(50 - steps).times('0.25'));
  use(truth, 'realtime_intelligence');
  return eventOf('lead-intelligence', at, {
    tenantId,
    responseTimeSeconds: 18 * steps,
    variant: steps % 2 === 0 ? 'treatment' : 'control',
  });
}

/** 75 dollars an hour: 1.25 for each minute below 40. */
function coaching(truth: Truth, at: string, tenantId: string, minutes: number): FeatureEvent {
  add(truth.usd, 'ai_coaching', new Decimal(40 - minutes).times('1.25'));
  use(truth, 'ai_coaching');
  return eventOf('ai-coaching', at, { tenantId, sessionDurationMinutes: minutes });
}

/** 3,000 dollars for each churn that 35 % would have let expect and that did not come. */
function churn(truth: Truth, at: string, tenantId: string, churned: boolean): FeatureEvent {
  add(truth.usd, 'churn_prevention', churned ? -1950 : 1050);
  use(truth, 'churn_prevention');
  return eventOf('churn-prevention', at, { tenantId, churned });
}

/** 5,000 dollars a year for each point of the day's mean above 88. */
function property(truth: Truth, at: string, tenantId: string, scores: readonly number[]): FeatureEvent[] {
  const mean = scores.reduce((sum, score) => sum.plus(score), new Decimal(0)).div(scores.length);
  add(truth.usd, 'property_intelligence', mean.minus(88).times(5000).div(365).toDecimalPlaces(6));
  return scores.map((satisfactionScore, i) => {
    use(truth, 'property_intelligence');
    return eventOf('property-intelligence', at, { tenantId, satisfactionScore, entityId: `rating ${i}` });
  });
}

function cost(truth: Truth, at: string, tenantId: string, featureId: string, category: string, amountUsd: string): FeatureEvent {
  if (featureId === 'platform') truth.shared = truth.shared.plus(amountUsd);
  else add(truth.direct, featureId, amountUsd);
  return eventOf('operating-costs', at, { tenantId, featureId, category, amountUsd });
}

function dayOf(truth: Truth, day: string, index: number, tenantId: string, tenant: number): FeatureEvent[] {
  const at = (hour: number, minute: number): string => `${day}T${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}:07Z`;
  const leads = Array.from({ length: 3 + pick(index, tenant, 1, 4) }, (_, i) =>
    lead(truth, at(9, i), tenantId, pick(index, tenant, i + 2, 60)),
  );
  const sessions = Array.from({ length: 1 + pick(index, tenant, 3, 2) }, (_, i) =>
    coaching(truth, at(11, i), tenantId, 12 + pick(index, tenant, i + 5, 34)),
  );
  const outcomes = index % 3 === 0 ? [churn(truth, at(23, 59), tenantId, pick(index, tenant, 7, 4) === 0)] : [];
  const ratings = property(truth, at(0, 0), tenantId, [80 + pick(index, tenant, 4, 20), 85.5, 90 + pick(index, tenant, 6, 10)]);
  const costs = [
    cost(truth, at(1, 0), tenantId, 'ai_coaching', 'anthropic_api', `${3 + pick(index, tenant, 8, 5)}.37`),
    cost(truth, at(2, 0), tenantId, 'property_intelligence', 'vision_api', '4.123457'),
    cost(truth, at(3, 0), tenantId, 'platform', 'licences', `${1 + tenant}.005`),
  ];
  return [...leads, ...sessions, ...outcomes, ...ratings, ...costs];
}

/** The events of the four weeks, and what they come to. */
export function fourWeeks(): { events: FeatureEvent[]; truth: Truth } {
  const truth = zero();
  const events = allDays.flatMap((day, index) => tenants.flatMap((tenantId, tenant) => dayOf(truth, day, index, tenantId, tenant)));
  return { events, truth };
}

/** ClickHouse's TTL goes by the real clock, which is far beyond these weeks. */
const everlasting = { RETENTION_RAW_DAYS: '20000', RETENTION_MINUTE_DAYS: '20000', RETENTION_HOUR_DAYS: '20000' };

/** Migrated databases of a namespace of their own, and what the calculation needs of them. Close it. */
export async function openRoiWorld(env: Record<string, string> = {}) {
  const config = testConfig({ ...everlasting, ...env });
  const [clickhouse, postgres] = [createClickHouse(config), createPostgres(config)];
  await Promise.all([migrateClickHouse(clickhouse, config), migratePostgres(postgres, config)]);
  return {
    config,
    clickhouse,
    postgres,
    async close(): Promise<void> {
      await clickhouse.command(`DROP DATABASE IF EXISTS ${clickhouse.database}`);
      await postgres.query(`DROP SCHEMA IF EXISTS ${databaseName(config.namespace, 'impact')} CASCADE`);
      await Promise.all([clickhouse.close(), postgres.close()]);
    },
  };
}
export type RoiWorld = Awaited<ReturnType<typeof openRoiWorld>>;
