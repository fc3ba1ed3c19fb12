/** The dashboards under infra/grafana as data: every query that a browser would send. */
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../../infra/grafana/dashboards/', import.meta.url);

export type Source = { type: string; uid: string };
/** SQL for the two databases, PromQL (`expr`) for Prometheus. */
export type Target = {
  datasource: Source;
  rawSql?: string;
  expr?: string;
  queryType?: string;
  format?: number | string;
  editorType?: string;
  pluginVersion?: string;
  refId: string;
};
export type Override = { matcher: { id: string; options: unknown }; properties: { id: string; value: unknown }[] };
type Thresholds = { steps: { color: string; value: number | null }[] };
export type Panel = {
  id: number;
  type: string;
  title: string;
  description?: string;
  datasource?: Source;
  interval?: string;
  maxDataPoints?: number;
  gridPos: { h: number; w: number; x: number; y: number };
  targets?: Target[];
  fieldConfig?: { defaults: { unit?: string; thresholds?: Thresholds; color?: object }; overrides?: Override[] };
};
export type Variable = {
  name: string;
  type: string;
  description?: string;
  datasource?: Source;
  query: string;
  current: { value?: unknown };
};
export type Annotation = { name: string; datasource: Source; target: Target };
export type Dashboard = {
  uid: string;
  title: string;
  timezone: string;
  schemaVersion: number;
  panels: Panel[];
  templating: { list: Variable[] };
  annotations: { list: Annotation[] };
  links: { type: string; tags: string[] }[];
};

/** Every dashboard, by file name. */
export function dashboards(): { file: string; dashboard: Dashboard }[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.map((file) => ({ file, dashboard: JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Dashboard }));
}

/** Panels that ask for data; rows do not. */
export const queried = (dashboard: Dashboard): Panel[] => dashboard.panels.filter(({ type }) => type !== 'row');
