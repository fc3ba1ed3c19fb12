/** A month of every kind of event for the page's benchmark, made by ClickHouse itself in the shape that the store writes, with rollups, ROI, targets and alerts. */
import { recomputeMinutes, recomputeTier } from '../../src/query/recompute.ts';
import { recordDays } from '../../src/query/roi/record.ts';
import type { Place } from './place.ts';

export const DAY_MS = 86_400_000;
export const DAYS = 30;
const TENANTS = 20;
const ALERTS = 500;

const columns = `tenant, feature, minute, event_id, kind, revision, retracted, version, occurred_at, user_id, variant, source, metrics, values, values_usd,
  attributes, topic, partition, offset, recorded_at`;

/** Of twenty events: eight answered leads, three matches, two outcomes, two sessions, five requests. */
const kinds = `multiIf(slot < 8, ('lead-intelligence', 'realtime_intelligence'), slot < 11, ('property-intelligence', 'property_intelligence'),
    slot < 13, ('churn-prevention', 'churn_prevention'), slot < 15, ('ai-coaching', 'ai_coaching'), ('request-telemetry', 'platform'))`;
const measured = `multiIf(
    slot < 8, (['response_time_seconds'], [unit * 60], [toDecimal64((900 - unit * 60) / 3600 * 50, 6)]),
    slot < 11, (['match_satisfaction_score'], [90 + unit * 6], [toDecimal64(0, 6)]),
    slot < 13, (['churned'], [unit < 0.2], [toDecimal64(3000 * (0.35 - (unit < 0.2)), 6)]),
    slot < 15, (['session_duration_minutes'], [20 + unit * 15], [toDecimal64((20 - unit * 15) / 60 * 75, 6)]),
    ([concat(['websocket', 'ml_inference', 'vision_analysis', 'coaching_analysis', 'api'][slot - 14], '_latency_ms'), 'request_error'],
     [[30, 25, 1100, 1500, 60][slot - 14] * (0.6 + unit), cityHash64(number, 3) % 200 = 0], [toDecimal64(0, 6), toDecimal64(0, 6)]))`;

/** Of `events` in the whole month those of one day. */
const generated = (events: number, from: number, day: number): string => `INSERT INTO events (${columns})
  SELECT concat('tenant-', toString(intDiv(number, 20) % ${TENANTS})), kind.2, toStartOfMinute(at), generateUUIDv4(number), kind.1, 0, false, toUInt128(1) + number, at,
    concat('user-', toString(cityHash64(number, 2) % 5000)), '', 'bench', measured.1, measured.2, measured.3, map(), concat('impact-', kind.1), 0, number, at
  FROM (SELECT number, number % 20 AS slot, (cityHash64(number) % 1000) / 1000 AS unit, ${kinds} AS kind, ${measured} AS measured,
    toDateTime64(${from / 1000}, 3, 'UTC') + number * ${(DAYS * DAY_MS) / 1000} / ${events} AS at FROM numbers(${Math.floor((day * events) / DAYS)}, ${Math.floor(((day + 1) * events) / DAYS) - Math.floor((day * events) / DAYS)}))`;

/** What each tenant cost on each day. */
const costs = (from: number): string => `INSERT INTO events (${columns})
  SELECT concat('tenant-', toString(number % ${TENANTS})), 'platform', toStartOfMinute(at), generateUUIDv4(number), 'operating-costs', 0, false, toUInt128(1), at, '', '', 'bench',
    ['cost_usd'], [120], [toDecimal64(-120, 6)], map('category', 'compute'), 'impact-operating-costs', 0, number, at
  FROM (SELECT number, toDateTime64(${from / 1000}, 3, 'UTC') + intDiv(number, ${TENANTS}) * 86400 AS at FROM numbers(${DAYS * TENANTS}))`;

/** Each opened and, save a few, resolved. */
const alerts = (from: number): string => `INSERT INTO alerts
  (transition_id, alert_id, fingerprint, ordinal, rule, rule_version, title, severity, previous_severity, state, transition, reason, scope, tenant, feature, metric,
   statistic, value, previous_value, comparison, threshold, window_start, window_end, n, opened_at, runbook, recorded_at, partition, offset)
  SELECT concat(toString(alert), '-', toString(step)), toString(alert), concat('error-rate|', toString(alert)), step, 'error-rate', 1, 'Error rate', 'warning',
    '', if(step = 1, 'firing', 'resolved'), if(step = 1, 'opened', 'resolved'), '', 'tenant', concat('tenant-', toString(alert % ${TENANTS})), '', 'request_error',
    'percent', 7.5, NULL, 'above', 5, at - 60, at, 480, opened, 'docs/operating.md', at, 0, number
  FROM (SELECT number, intDiv(number, 2) AS alert, number % 2 + 1 AS step, toDateTime64(${from / 1000}, 3, 'UTC') + alert * ${(DAYS * DAY_MS) / 1000 / ALERTS} AS opened,
    opened + (step - 1) * 600 AS at FROM numbers(${2 * ALERTS}) WHERE NOT (step = 2 AND alert % 100 = 0))`;

/** The rollups as flushes would have made them. */
async function rollUp({ adapters: { clickhouse } }: Place, from: number): Promise<void> {
  const tenants = Array.from({ length: TENANTS }, (_, i) => `tenant-${i}`);
  for (let day = Math.floor(from / DAY_MS) * DAY_MS; day < from + DAYS * DAY_MS; day += DAY_MS) {
    const range = { tenants, feature: null, from: day / 1000, to: (day + DAY_MS) / 1000 };
    for (const { text, params } of [recomputeMinutes(range), recomputeTier('1h', range), recomputeTier('1d', range)])
      await clickhouse.command(text, params);
  }
}

/** @param to where the month ends, ms since 1970 */
export async function storeMonth(place: Place, events: number, to: number): Promise<void> {
  const { adapters, config } = place;
  const from = to - DAYS * DAY_MS;
  for (let day = 0; day < DAYS; day += 1) await adapters.clickhouse.command(generated(events, from, day));
  for (const text of [costs(from), alerts(from)]) await adapters.clickhouse.command(text);
  await rollUp(place, from);
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  await recordDays({ ...adapters, config }, { from: day(from), to: day(to + DAY_MS) }, to);
}
