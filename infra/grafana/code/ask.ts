/** What panels ask, and whom: the three data sources by the uids that provisioning gives them, and their queries. */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';

export const clickhouseSource = { type: 'grafana-clickhouse-datasource', uid: 'impact-clickhouse' };
export const postgresSource = { type: 'grafana-postgresql-datasource', uid: 'impact-postgres' };
export const prometheusSource = { type: 'prometheus', uid: 'impact-prometheus' };

/** Whether rows are points in time or a table of their own. */
export type Shape = 'series' | 'table';
/** A question that does not know yet which shape its panel needs. */
export type Ask = { source: { type: string; uid: string }; query(shape: Shape): Builder<Dataquery> };

/** The plugin that docker-compose.yml installs. Without it the plugin takes a query for one of its version 3, and rewrites it. */
const PLUGIN_VERSION = '4.5.1';

const built = (query: object): Builder<Dataquery> => ({ build: () => query as Dataquery });

/** SQL for ClickHouse, with the macros of its data source. */
export const clickhouse = (rawSql: string): Ask => ({
  source: clickhouseSource,
  query: (shape) =>
    built({
      datasource: clickhouseSource,
      editorType: 'sql',
      format: shape === 'series' ? 0 : 1,
      pluginVersion: PLUGIN_VERSION,
      queryType: shape === 'series' ? 'timeseries' : 'table',
      rawSql,
      refId: 'A',
    }),
});

/** SQL for Postgres, with the macros of its data source. */
export const postgres = (rawSql: string): Ask => ({
  source: postgresSource,
  query: (shape) =>
    built({
      datasource: postgresSource,
      editorMode: 'code',
      format: shape === 'series' ? 'time_series' : 'table',
      rawQuery: true,
      rawSql,
      refId: 'A',
    }),
});

/** PromQL over what the processes say of themselves. */
export const prometheus = (expr: string, legend: string): Ask => ({
  source: prometheusSource,
  query: () => new DataqueryBuilder().datasource(prometheusSource).expr(expr).legendFormat(legend).refId('A'),
});
