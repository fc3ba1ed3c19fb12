import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Dashboard, dashboards, queried } from '../support/dashboards.ts';
import { ALL, expand, intervalFor } from '../support/grafana.ts';

const provisioning = new URL('../../infra/grafana/provisioning/', import.meta.url);
const yaml = <T>(path: string): T => parse(readFileSync(new URL(path, provisioning), 'utf8')) as T;

type Provisioned = { name: string; uid: string; type: string; jsonData: Record<string, string>; secureJsonData: Record<string, string> };
const sources = yaml<{ apiVersion: number; datasources: Provisioned[] }>('datasources/clickhouse.yaml');
const providers = yaml<{ apiVersion: number; providers: { type: string; options: { path: string } }[] }>('dashboards/impactstream.yaml');

const referencesIn = (dashboard: Dashboard) => [
  ...queried(dashboard).flatMap((panel) => [panel.datasource, ...(panel.targets ?? []).map((target) => target.datasource)]),
  ...dashboard.templating.list.filter(({ type }) => type === 'query').map(({ datasource }) => datasource),
  ...dashboard.annotations.list
    .filter(({ builtIn }) => builtIn !== 1)
    .flatMap(({ datasource, target }) => [datasource, target?.datasource]),
];

describe('provisioning', () => {
  it('is one ClickHouse data source whose secrets come from the environment', () => {
    expect(sources.apiVersion).toBe(1);
    expect(sources.datasources.map(({ type }) => type)).toEqual(['grafana-clickhouse-datasource']);
    const [source] = sources.datasources;
    expect(source?.secureJsonData['password']).toMatch(/^\$\{\w+\}$/);
    for (const field of ['host', 'port', 'username', 'defaultDatabase']) expect(source?.jsonData[field]).toMatch(/^\$\{\w+\}$/);
  });

  it('loads dashboards from files', () => {
    expect(providers.apiVersion).toBe(1);
    expect(providers.providers.map(({ type }) => type)).toEqual(['file']);
  });

  it('consists of YAML files that parse', () => {
    for (const folder of readdirSync(provisioning)) {
      for (const file of readdirSync(new URL(`${folder}/`, provisioning))) expect(yaml(`${folder}/${file}`)).toBeTypeOf('object');
    }
  });
});

describe.each(dashboards())('$file', ({ dashboard }) => {
  it('refers to the provisioned data source everywhere', () => {
    const [source] = sources.datasources;
    for (const reference of referencesIn(dashboard)) expect(reference).toEqual({ type: source?.type, uid: source?.uid });
  });

  it('describes every panel and gives it a unit, thresholds and a colour mode', () => {
    for (const panel of queried(dashboard)) {
      expect(panel.description?.length, panel.title).toBeGreaterThan(30);
      expect(panel.fieldConfig?.defaults.thresholds?.steps.length, panel.title).toBeGreaterThan(0);
      expect(panel.fieldConfig?.defaults.color, panel.title).toBeDefined();
      if (panel.type !== 'table') expect(panel.fieldConfig?.defaults.unit, panel.title).toBeDefined();
    }
  });

  it('asks in the model of the data source, version 4', () => {
    for (const panel of queried(dashboard)) {
      for (const target of panel.targets ?? []) {
        const wanted = panel.type === 'timeseries' ? { queryType: 'timeseries', format: 0 } : { queryType: 'table', format: 1 };
        expect(target, panel.title).toMatchObject({ ...wanted, editorType: 'sql' });
      }
    }
  });

  it('has panels that do not lie on each other, each with an id of its own', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos } of dashboard.panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });

  it('shows UTC, as the rollups do', () => {
    expect(dashboard.timezone).toBe('utc');
  });

  it('never reads raw events', () => {
    for (const panel of queried(dashboard))
      for (const { rawSql } of panel.targets ?? []) expect(rawSql).not.toMatch(/\bevents(_active)?\b(?=\s+(WHERE|AS|FINAL|$))/);
  });
});

describe('the seeds’ levels', () => {
  const impact = dashboards().find(({ dashboard }) => dashboard.uid === 'impact-and-alerts')?.dashboard as Dashboard;
  const levels = (title: string) =>
    impact.panels.find((panel) => panel.title === title)?.fieldConfig?.defaults.thresholds?.steps.map(({ value }) => value);

  it.each([
    ['ROI', [null, 200, 500, 710]],
    ['WebSocket latency', [null, 100, 200]],
    ['ML inference latency', [null, 70, 100]],
    ['Vision analysis latency', [null, 2000, 3000]],
    ['Coaching analysis latency', [null, 3000, 5000]],
    ['Error rate by feature', [null, 2, 5]],
    ['Adoption by feature', [null, 40, 60, 80]],
    ['Uptime', [null, 99, 99.5, 99.9]],
  ])('%s is drawn with %j', (title, wanted) => {
    expect(levels(title)).toEqual(wanted);
  });
});

describe('expanding a query', () => {
  const context = { from: 1_000_000, to: 2_000_000, intervalSeconds: 60, variables: { tenant: ['a', "b'c"], step: ['300'] } };

  it('replaces every macro', () => {
    expect(expand('$__timeInterval(at) $__timeFilter(at) $__fromTime $__toTime $__interval_s', context)).toBe(
      'toStartOfInterval(toDateTime(at), INTERVAL 60 second) at >= toDateTime(1000) AND at <= toDateTime(2000) toDateTime(1000) toDateTime(2000) 60',
    );
  });

  it('quotes variables, and drops a condition on all of them', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is Grafana's placeholder
    const sql = '$__conditionalAll(tenant IN (${tenant:singlequote}), $tenant) AND $step';
    expect(expand(sql, context)).toBe("tenant IN ('a','b\\'c') AND 300");
    expect(expand(sql, { ...context, variables: { tenant: [ALL], step: ['300'] } })).toBe('1=1 AND 300');
  });

  it('refuses what it does not know', () => {
    expect(() => expand('$__unheardOf(x)', context)).toThrow(/macro/);
    expect(() => expand('$nobody', context)).toThrow(/variable/);
  });

  it('rounds intervals as Grafana does', () => {
    expect(intervalFor(0, 86_400_000 * 30, 500, 60)).toBe(3600);
    expect(intervalFor(0, 3_600_000, 1000, 60)).toBe(60);
  });
});
