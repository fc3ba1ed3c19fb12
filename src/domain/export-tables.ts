/** The tables that can be exported, column by column. */
import type { WarehouseField, WarehouseType } from './export.ts';

/** A column: its field in the warehouse, and the expression of ClickHouse that makes it. */
export type ExportColumn = WarehouseField & { sql: string };

/**
 * `from` is the view; `rows` the source of the columns, where `{within}` stands for the day; `day` the UTC day that a row belongs to, by `bucket`;
 * `identity` what a row's stamp is made of; `tier` says for how long it is kept.
 */
export type ClickHouseExport = {
  kind: 'clickhouse';
  from: string;
  rows: string;
  order: string;
  day: string;
  bucket: string;
  identity: string;
  tier: 'raw' | '1m' | '1h' | '1d';
  columns: readonly ExportColumn[];
};
/** Its columns are those that the database has. */
export type PostgresExport = { kind: 'postgres'; from: string; day: string };
export type ExportTable = (ClickHouseExport | PostgresExport) & { does: string };

const required = (name: string, type: WarehouseType, sql: string, description?: string): ExportColumn => ({
  name,
  type,
  mode: 'REQUIRED',
  ...(description === undefined ? {} : { description }),
  sql,
});
const nullable = (name: string, type: WarehouseType, sql: string, description?: string): ExportColumn => ({
  ...required(name, type, sql, description),
  mode: 'NULLABLE',
});

const text = (name: string, description?: string): ExportColumn => required(name, 'STRING', `CAST(${name} AS String)`, description);
/** Empty text stands for nothing. */
const textOrNull = (name: string, description?: string): ExportColumn =>
  nullable(name, 'STRING', `nullIf(CAST(${name} AS String), '')`, description);
const time = (name: string, description?: string, sql = name): ExportColumn =>
  required(name, 'TIMESTAMP', `toDateTime64(${sql}, 3, 'UTC')`, description);
const count = (name: string, sql: string, description?: string): ExportColumn => required(name, 'INT64', `toInt64(${sql})`, description);

const measurement: readonly WarehouseField[] = [
  { name: 'metric', type: 'STRING', mode: 'NULLABLE' },
  { name: 'value', type: 'FLOAT64', mode: 'NULLABLE' },
  { name: 'value_usd', type: 'NUMERIC', mode: 'NULLABLE', description: 'US dollars; costs are negative' },
];
const pair: readonly WarehouseField[] = [
  { name: 'key', type: 'STRING', mode: 'NULLABLE' },
  { name: 'value', type: 'STRING', mode: 'NULLABLE' },
];

const eventColumns: readonly ExportColumn[] = [
  required('event_id', 'STRING', 'toString(event_id)'),
  text('tenant'),
  text('feature'),
  text('kind'),
  time('occurred_at'),
  time('recorded_at', 'When Kafka got it'),
  count('revision', 'revision', 'Corrections raise it'),
  textOrNull('user_id', 'User or agent'),
  textOrNull('entity_id', 'Lead, property, session'),
  textOrNull('variant', 'Of the experiment that the unit is in'),
  text('source', 'The service that sent it'),
  {
    name: 'measurements',
    type: 'RECORD',
    mode: 'REPEATED',
    fields: measurement,
    sql: `CAST(arrayZip(metrics, values, values_usd) AS Array(Tuple(metric String, value Float64, value_usd Decimal(18, 6))))`,
  },
  { name: 'attributes', type: 'RECORD', mode: 'REPEATED', fields: pair, sql: 'CAST(attributes AS Array(Tuple(key String, value String)))' },
];

/** BigQuery's NUMERIC has 29 digits before the point, so an amount with six places may have 35 in all. */
const AMOUNT = 'Decimal(35, 6)';

const levels = [0.5, 0.95, 0.99];
const quantile = (level: number): ExportColumn =>
  nullable(`p${level * 100}`, 'FLOAT64', `toFloat64(levels[${levels.indexOf(level) + 1}])`, 'Within one percent of the exact value');

const rollupColumns: readonly ExportColumn[] = [
  time('bucket', 'Its begin'),
  text('tenant'),
  text('feature'),
  text('metric'),
  textOrNull('variant'),
  count('n', 'found'),
  required('sum', 'FLOAT64', 'total'),
  required('min', 'FLOAT64', 'least'),
  required('max', 'FLOAT64', 'most'),
  ...levels.map(quantile),
  count('users', 'people', 'Distinct users, estimated'),
  required('value_usd', 'NUMERIC', `CAST(usd AS ${AMOUNT})`, 'US dollars; costs are negative'),
];

/** There is one row of each key: the sketches alone have to be read out. */
const readOut = (view: string): string => `(
  SELECT tenant, feature, metric, variant, bucket, any(rollup.n) AS found, any(rollup.sum) AS total, any(rollup.min) AS least, any(rollup.max) AS most,
    any(rollup.value_usd) AS usd, quantilesDDMerge(0.01, ${levels.join(', ')})(rollup.quantiles) AS levels, uniqCombined64Merge(12)(rollup.users) AS people
  FROM ${view} AS rollup WHERE {within} GROUP BY tenant, feature, metric, variant, bucket
)`;

const alertColumns: readonly ExportColumn[] = [
  text('transition_id'),
  text('alert_id'),
  text('rule'),
  count('rule_version', 'rule_version'),
  text('title'),
  text('severity'),
  text('state'),
  text('transition'),
  textOrNull('reason'),
  text('scope'),
  textOrNull('tenant'),
  textOrNull('feature'),
  text('metric'),
  text('statistic'),
  nullable('value', 'FLOAT64', 'value'),
  required('threshold', 'FLOAT64', 'threshold'),
  count('n', 'n'),
  time('opened_at'),
  time('window_start'),
  time('window_end'),
  time('recorded_at'),
];

const rollup = (tier: '1m' | '1h' | '1d', does: string): ExportTable => ({
  kind: 'clickhouse',
  does,
  from: `rollup_${tier}_active`,
  rows: readOut(`rollup_${tier}_active`),
  order: 'tenant, feature, metric, variant, bucket',
  day: 'toDate(bucket)',
  bucket: 'bucket',
  identity: 'tenant, feature, metric, variant, bucket, n, sum, min, max, value_usd',
  tier,
  columns: rollupColumns,
});

export const exportTables = {
  events: {
    kind: 'clickhouse',
    does: 'every event as it holds, with its measurements',
    from: 'events_active',
    rows: 'events_active WHERE {within}',
    order: 'tenant, feature, minute, event_id',
    day: 'toDate(minute)',
    bucket: 'minute',
    identity: 'tenant, feature, minute, event_id, revision, payload_hash',
    tier: 'raw',
    columns: eventColumns,
  },
  rollup_1d: rollup('1d', 'days of every series'),
  rollup_1h: rollup('1h', 'hours of every series'),
  rollup_1m: rollup('1m', 'minutes of every series'),
  alerts: {
    kind: 'clickhouse',
    does: 'every transition of every alert',
    from: 'alerts_final',
    rows: 'alerts_final WHERE {within}',
    order: 'recorded_at, transition_id',
    day: 'toDate(recorded_at)',
    bucket: 'recorded_at',
    identity: 'transition_id, recorded_at',
    tier: '1d',
    columns: alertColumns,
  },
  roi: { kind: 'postgres', does: 'value, costs and ROI of each day', from: 'business_metrics_daily', day: 'date' },
  roi_features: { kind: 'postgres', does: 'the same by tenant and feature', from: 'roi_feature_daily', day: 'date' },
  roi_weekly: { kind: 'postgres', does: 'weekly summaries', from: 'roi_weekly_summary', day: 'week_start' },
  costs: { kind: 'postgres', does: 'costs of each day by category', from: 'operating_costs_daily', day: 'date' },
  lead_intelligence: { kind: 'postgres', does: 'daily figures of lead intelligence', from: 'lead_intelligence_metrics', day: 'date' },
  property_intelligence: {
    kind: 'postgres',
    does: 'daily figures of property intelligence',
    from: 'property_intelligence_metrics',
    day: 'date',
  },
  churn_prevention: { kind: 'postgres', does: 'daily figures of churn prevention', from: 'churn_prevention_metrics', day: 'date' },
  ai_coaching: { kind: 'postgres', does: 'daily figures of coaching', from: 'ai_coaching_metrics', day: 'date' },
} as const satisfies Record<string, ExportTable>;

export type ExportName = keyof typeof exportTables;
export const exportNames = Object.keys(exportTables) as ExportName[];

/** A column of Postgres in the warehouse, and the type of ClickHouse through which it goes there. */
export function warehouseOf(name: string, postgres: string, isNullable: boolean): { field: WarehouseField; type: string } {
  const [type, clickhouse] = typeOf(postgres);
  return { field: { name, type, mode: isNullable ? 'NULLABLE' : 'REQUIRED' }, type: isNullable ? `Nullable(${clickhouse})` : clickhouse };
}

function typeOf(postgres: string): [WarehouseType, string] {
  if (/^(smallint|integer|bigint)$/.test(postgres)) return ['INT64', 'Int64'];
  // What BigQuery calls NUMERIC without more words.
  if (/^numeric/.test(postgres)) return ['NUMERIC', 'Decimal(38, 9)'];
  if (/^(double precision|real)$/.test(postgres)) return ['FLOAT64', 'Float64'];
  if (postgres === 'boolean') return ['BOOL', 'Bool'];
  if (postgres === 'date') return ['DATE', 'Date32'];
  if (/^timestamp/.test(postgres)) return ['TIMESTAMP', "DateTime64(6, 'UTC')"];
  return ['STRING', 'String'];
}
