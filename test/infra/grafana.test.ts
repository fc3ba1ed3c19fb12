import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { generated } from '../../infra/grafana/generate.ts';
import { type Dashboard, dashboards, queried } from '../support/dashboards.ts';
import { ALL, expand, expandPostgres, intervalFor } from '../support/grafana.ts';

const provisioning = new URL('../../infra/grafana/provisioning/', import.meta.url);
const yaml = <T>(path: string): T => parse(readFileSync(new URL(path, provisioning), 'utf8')) as T;

/** Of the ClickHouse data source, as it is installed. */
const pluginVersion = /GF_PLUGINS_PREINSTALL_SYNC: grafana-clickhouse-datasource@([\d.]+)/.exec(
  readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8'),
)?.[1];

type Provisioned = { name: string; uid: string; type: string };
type Sources = { apiVersion: number; datasources: Provisioned[] };
const sources = readdirSync(new URL('datasources/', provisioning)).map((file) => yaml<Sources>(`datasources/${file}`));
const provisioned = sources.flatMap(({ datasources }) => datasources);
const providers = yaml<{ apiVersion: number; providers: { type: string; options: { path: string } }[] }>('dashboards/impactstream.yaml');

const referencesIn = (dashboard: Dashboard) => [
  ...queried(dashboard).flatMap((panel) => [panel.datasource, ...(panel.targets ?? []).map((target) => target.datasource)]),
  ...dashboard.templating.list.filter(({ type }) => type === 'query').map(({ datasource }) => datasource),
  ...dashboard.annotations.list.flatMap(({ datasource, target }) => [datasource, target.datasource]),
];

describe('provisioning', () => {
  it('is three data sources whose places and secrets come from the environment', () => {
    expect(provisioned.map(({ type }) => type).sort()).toEqual([
      'grafana-clickhouse-datasource',
      'grafana-postgresql-datasource',
      'prometheus',
    ]);
    const texts = readdirSync(new URL('datasources/', provisioning)).map((file) =>
      readFileSync(new URL(`datasources/${file}`, provisioning), 'utf8'),
    );
    const places = texts.flatMap((text) => [
      ...text.matchAll(/^\s*(?:host|port|url|user|username|database|defaultDatabase|password): (.*)$/gm),
    ]);
    expect(places.length).toBeGreaterThanOrEqual(9);
    for (const [, value] of places) expect(value).toMatch(/^\$\{\w+\}$/);
  });

  it('gets everything that it asks of the environment from docker-compose.yml', () => {
    const folders = readdirSync(provisioning).flatMap((folder) =>
      readdirSync(new URL(`${folder}/`, provisioning)).map((file) => `${folder}/${file}`),
    );
    const names = folders.flatMap((file) =>
      [...readFileSync(new URL(file, provisioning), 'utf8').matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name),
    );
    const compose = parse(readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8'), { merge: true });
    expect(Object.keys(compose.services.grafana.environment)).toEqual(expect.arrayContaining([...new Set(names)]));
  });

  it('asks Prometheus to scrape every process of docker-compose.yml but the API', () => {
    const { scrape_configs: jobs } = parse(readFileSync(new URL('../prometheus.yml', provisioning), 'utf8'));
    const targets: string[] = jobs.flatMap((job: { static_configs: { targets: string[] }[] }) =>
      job.static_configs.flatMap((one) => one.targets),
    );
    const compose = parse(readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8'), { merge: true });
    const running = Object.entries<{ command?: string[] }>(compose.services).filter(
      ([name, { command }]) => command?.[0] === 'run' && name !== 'api',
    );
    expect(targets.sort()).toEqual(running.map(([name]) => `${name}:9090`).sort());
  });

  it('has an alert for the case that the pipeline itself is silent, and somebody to tell', () => {
    const { groups } = yaml<{ groups: { rules: { data: { datasourceUid: string }[] }[] }[] }>('alerting/silence.yaml');
    const asked = groups.flatMap(({ rules }) => rules.flatMap(({ data }) => data.map(({ datasourceUid }) => datasourceUid)));
    expect(asked.filter((uid) => uid !== '__expr__')).toEqual(['impact-clickhouse']);
    const points = yaml<{ contactPoints: { name: string }[]; policies: { receiver: string }[] }>('alerting/contact-points.yaml');
    expect(points.policies.map(({ receiver }) => receiver)).toEqual(points.contactPoints.map(({ name }) => name));
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

describe('the dashboards', () => {
  it('are what the code makes of them: node infra/grafana/generate.ts', () => {
    const files = readdirSync(new URL('../dashboards/', provisioning)).sort();
    const made = generated();
    expect(files).toEqual([...made.keys()].sort());
    for (const file of files) expect(readFileSync(new URL(`../dashboards/${file}`, provisioning), 'utf8'), file).toBe(made.get(file));
  });

  it('link to each other, and show rollout changes over every chart', () => {
    for (const { dashboard } of dashboards()) {
      expect(dashboard.links).toMatchObject([{ type: 'dashboards', tags: ['impactstream'] }]);
      expect(dashboard.annotations.list.map(({ name }) => name)).toContain('Rollout changes');
    }
  });

  it('read metrics of Prometheus that a process exports', () => {
    const asked = dashboards().flatMap(({ dashboard }) =>
      queried(dashboard).flatMap(({ targets }) => (targets ?? []).flatMap(({ expr }) => expr ?? [])),
    );
    const names = asked.flatMap((expr) => expr.match(/impact_\w+/g) ?? []).map((name) => name.replace(/_bucket$/, ''));
    expect(names.length).toBeGreaterThan(0);
    const code = ['src', 'streams'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
    );
    const text = code
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(file, 'utf8'))
      .join('');
    for (const name of names) expect(text).toContain(`'${name}'`);
  });
});

describe.each(dashboards())('$file', ({ dashboard }) => {
  it('refers to provisioned data sources only', () => {
    const known = provisioned.map(({ type, uid }) => ({ type, uid }));
    for (const reference of referencesIn(dashboard)) expect(known).toContainEqual(reference);
  });

  it('describes every panel and gives it a unit, thresholds and a colour mode', () => {
    for (const panel of queried(dashboard)) {
      expect(panel.description?.length, panel.title).toBeGreaterThan(30);
      expect(panel.fieldConfig?.defaults.thresholds?.steps.length, panel.title).toBeGreaterThan(0);
      expect(panel.fieldConfig?.defaults.color, panel.title).toBeDefined();
      if (panel.type !== 'table') expect(panel.fieldConfig?.defaults.unit, panel.title).toBeDefined();
    }
  });

  it('asks in the models of its data sources', () => {
    const models: Record<string, [series: object, table: object]> = {
      'grafana-clickhouse-datasource': [
        { queryType: 'timeseries', format: 0, editorType: 'sql', pluginVersion },
        { queryType: 'table', format: 1, editorType: 'sql', pluginVersion },
      ],
      'grafana-postgresql-datasource': [
        { format: 'time_series', rawQuery: true, editorMode: 'code' },
        { format: 'table', rawQuery: true, editorMode: 'code' },
      ],
      prometheus: [{ expr: expect.any(String) }, { expr: expect.any(String) }],
    };
    for (const panel of queried(dashboard)) {
      for (const target of panel.targets ?? []) {
        const wanted = models[target.datasource.type]?.[panel.type === 'timeseries' ? 0 : 1];
        expect(target, panel.title).toMatchObject(wanted ?? {});
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

  it('overrides fields that its queries have, by properties and units that Grafana knows', () => {
    const properties = ['unit', 'decimals', 'color', 'thresholds', 'mappings', 'links', 'custom.cellOptions', 'custom.axisPlacement'];
    const units = 'currencyUSD percent none short s ms m cps ops reqps bytes dateTimeAsIso'.split(' ');
    for (const { title, fieldConfig, targets } of queried(dashboard)) {
      const sql = (targets ?? []).map(({ rawSql }) => rawSql).join('\n');
      for (const { matcher, properties: set } of fieldConfig?.overrides ?? []) {
        if (matcher.id === 'byName') expect(sql, title).toContain(String(matcher.options));
        else expect(() => new RegExp(String(matcher.options)), title).not.toThrow();
        for (const { id, value } of set) {
          expect(properties, title).toContain(id);
          if (id === 'unit') expect(units, title).toContain(value);
        }
      }
      if (fieldConfig?.defaults.unit !== undefined) expect(units, title).toContain(fieldConfig.defaults.unit);
    }
  });

  it('is of the schema that the installed Grafana knows', () => {
    expect(dashboard.schemaVersion).toBe(41);
  });

  it('shows UTC, as the rollups do', () => {
    expect(dashboard.timezone).toBe('utc');
  });

  it('never reads raw events', () => {
    for (const panel of queried(dashboard))
      for (const { rawSql = '' } of panel.targets ?? []) expect(rawSql).not.toMatch(/\bevents(_active)?\b(?=\s+(WHERE|AS|FINAL|$))/);
  });
});

describe('the levels of the targets', () => {
  const levels = (uid: string, title: string) =>
    dashboards()
      .find(({ dashboard }) => dashboard.uid === uid)
      ?.dashboard.panels.find((panel) => panel.title === title)
      ?.fieldConfig?.defaults.thresholds?.steps.map(({ value }) => value);

  it.each([
    ['impact-executive', 'ROI', [null, 200, 500, 710]],
    ['impact-roi', 'ROI against its target', [null, 200, 500, 710]],
    ['impact-performance', 'WebSocket latency', [null, 100, 200]],
    ['impact-performance', 'ML inference latency', [null, 70, 100]],
    ['impact-performance', 'Vision analysis latency', [null, 2000, 3000]],
    ['impact-performance', 'Coaching analysis latency', [null, 3000, 5000]],
    ['impact-performance', 'Error rate by feature', [null, 2, 5]],
    ['impact-executive', 'Adoption by feature', [null, 40, 60, 80]],
    ['impact-performance', 'Uptime', [null, 99, 99.5, 99.9]],
  ])('%s: %s is drawn with %j', (uid, title, wanted) => {
    expect(levels(uid, title)).toEqual(wanted);
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

  it('does the same for Postgres', () => {
    const sql = 'SELECT 1 WHERE $__timeFilter(at) AND day = $__timeTo()::date';
    expect(expandPostgres(sql, { from: 0, to: 1000 })).toBe(
      "SELECT 1 WHERE at BETWEEN '1970-01-01T00:00:00.000Z' AND '1970-01-01T00:00:01.000Z' AND day = '1970-01-01T00:00:01.000Z'::date",
    );
    expect(() => expandPostgres('$__timeGroup(at, 1m)', { from: 0, to: 1 })).toThrow(/macro/);
  });

  it('rounds intervals as Grafana does', () => {
    expect(intervalFor(0, 86_400_000 * 30, 500, 60)).toBe(3600);
    expect(intervalFor(0, 3_600_000, 1000, 60)).toBe(60);
  });
});
