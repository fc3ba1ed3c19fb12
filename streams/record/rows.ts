/** Records of the alert, dead-letter and late topics as rows of ClickHouse. Pure; nothing in a record can make these throw. */
import type { InRecord } from '../../src/runtime/records.ts';

/** Where the record itself stands; `topic` without its namespace. */
export type Place = { partition: number; offset: string; timestamp: string };
export type Row = Record<string, string | number | null>;

const LONGEST_TEXT = 1_024;
/** DateTime64 counts further, but a time outside of these years is a producer's mistake, and only its being wrong matters here. */
const [FIRST_MS, LAST_MS] = [Date.UTC(1971), Date.UTC(2200)];

const clamped = (value: number, least: number, most: number): number => (value >= least ? Math.min(value, most) : least);

/** ISO 8601 in UTC without its zone, as a DateTime64(3) column reads it. */
export function timeText(ms: number): string {
  return new Date(clamped(ms, FIRST_MS, LAST_MS)).toISOString().slice(0, -1);
}

/** A header as text; '' when it is not there. The last one counts where there are several. */
function headerText(record: InRecord, name: string): string {
  const value = record.headers?.[name];
  const last = Array.isArray(value) ? value.at(-1) : value;
  return (last ?? '').toString().slice(0, LONGEST_TEXT);
}

function headerNumber(record: InRecord, name: string, fallback: number): number {
  const value = Number(headerText(record, name) || Number.NaN);
  return Number.isFinite(value) ? value : fallback;
}

const whole = (value: number): number => Math.trunc(clamped(value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER));

/** Our keys are `tenant|feature`; a feature has no bar in it. Any other key belongs to nobody. */
function keyParts(record: InRecord): { key: string; tenant: string; feature: string } {
  const key = (record.key?.toString('utf8') ?? '').slice(0, LONGEST_TEXT);
  const bar = key.lastIndexOf('|');
  return bar < 0 ? { key, tenant: '', feature: '' } : { key, tenant: key.slice(0, bar), feature: key.slice(bar + 1) };
}

/** "t1.impact-alerts" in namespace "t1" is "impact-alerts". */
export const withoutNamespace = (topic: string, namespace: string): string =>
  namespace !== '' && topic.startsWith(`${namespace}.`) ? topic.slice(namespace.length + 1) : topic;

/**
 * Where the original stood. A letter that does not say so (someone else wrote it) stands for itself:
 * its own coordinates identify it just as well.
 */
function origin(record: InRecord, place: Place, prefix: 'dl' | 'late', fallbackTopic: string, namespace: string): Row {
  const topic = headerText(record, `${prefix}-topic`);
  const own = topic === '';
  return {
    topic: own ? fallbackTopic : withoutNamespace(topic, namespace),
    partition: own ? place.partition : Math.trunc(clamped(headerNumber(record, `${prefix}-partition`, -1), -1, 2 ** 31 - 1)),
    offset: own ? Number(place.offset) : whole(headerNumber(record, `${prefix}-offset`, -1)),
    produced_at: timeText(headerNumber(record, `${prefix}-timestamp`, Number(place.timestamp))),
    size_bytes: record.value?.length ?? 0,
    ...keyParts(record),
  };
}

/** A row of `dead_letters`. */
export function deadLetterRow(record: InRecord, place: Place, topic: string, namespace: string): Row {
  const schemaId = headerNumber(record, 'dl-schema-id', Number.NaN);
  return {
    ...origin(record, place, 'dl', topic, namespace),
    step: headerText(record, 'dl-step'),
    reason: headerText(record, 'dl-reason'),
    message: headerText(record, 'dl-message'),
    field: headerText(record, 'dl-field'),
    schema_id: Number.isNaN(schemaId) ? null : whole(schemaId),
    version: headerText(record, 'dl-version'),
    attempt: Math.trunc(clamped(headerNumber(record, 'dl-attempt', 1), 0, 2 ** 32 - 1)),
    dead_lettered_at: timeText(Number(place.timestamp)),
    letter_partition: place.partition,
    letter_offset: Number(place.offset),
  };
}

/** A row of `late_events`. */
export function lateEventRow(record: InRecord, place: Place, topic: string, namespace: string): Row {
  return {
    ...origin(record, place, 'late', topic, namespace),
    stage: headerText(record, 'late-stage'),
    late_by_seconds: headerNumber(record, 'late-by-ms', 0) / 1000,
    reported_at: timeText(Number(place.timestamp)),
    late_partition: place.partition,
    late_offset: Number(place.offset),
  };
}

const text = (value: unknown): string => (value === null || value === undefined ? '' : String(value));
const time = (value: unknown): string => timeText(value instanceof Date ? value.getTime() : Number(value));
const optional = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

/** A row of `alerts` from a decoded record of schemas/avro/alert.avsc. */
export function alertRow(alert: Record<string, unknown>, place: Place): Row {
  return {
    transition_id: text(alert['transitionId']),
    alert_id: text(alert['alertId']),
    fingerprint: text(alert['fingerprint']),
    ordinal: Number(alert['ordinal']),
    rule: text(alert['rule']),
    rule_version: Number(alert['ruleVersion']),
    title: text(alert['title']),
    severity: text(alert['severity']),
    previous_severity: text(alert['previousSeverity']),
    state: text(alert['state']),
    transition: text(alert['transition']),
    reason: text(alert['reason']),
    scope: text(alert['scope']),
    tenant: text(alert['tenantId']),
    feature: text(alert['featureId']),
    metric: text(alert['metric']),
    statistic: text(alert['statistic']),
    value: optional(alert['value']),
    previous_value: optional(alert['previousValue']),
    comparison: text(alert['comparison']),
    threshold: Number(alert['threshold']),
    window_start: time(alert['windowStart']),
    window_end: time(alert['windowEnd']),
    n: Number(alert['n']),
    opened_at: time(alert['openedAt']),
    runbook: text(alert['runbook']),
    recorded_at: timeText(Number(place.timestamp)),
    partition: place.partition,
    offset: Number(place.offset),
  };
}
