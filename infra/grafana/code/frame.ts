/** What dashboards have in common: variables, annotations, links to each other, and panels laid out from left to right. */
import {
  AnnotationQueryBuilder,
  CustomVariableBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { type Ask, clickhouse, clickhouseSource, postgres } from './ask.ts';
import type { Placed } from './panel.ts';
import { chosen, ofAlert } from './sql.ts';

/** Of the Grafana that docker-compose.yml names; later ones bring a dashboard up to theirs by themselves, earlier ones do not know what it says. */
const SCHEMA_VERSION = 41;
const WIDTH = 24;
export const TAG = 'impactstream';

/** A heading and the panels under it. */
export type Section = { title: string; panels: readonly Placed[] };
export type VariableName = 'tenant' | 'feature' | 'variant' | 'metric' | 'interval' | 'stage' | 'topic';
export type Sketch = {
  uid: string;
  title: string;
  description: string;
  from: string;
  refresh: string;
  variables: readonly VariableName[];
  sections: readonly Section[];
};

const since = 'bucket >= now() - INTERVAL 90 DAY';
const sampled = 'sampled_at > now() - INTERVAL 1 DAY';

type Choice = { label: string; description: string; sql: string; multi: boolean };
const choices: Record<Exclude<VariableName, 'interval'>, Choice> = {
  tenant: {
    label: 'Tenant',
    description: 'Tenants with events in the last 90 days',
    sql: `SELECT DISTINCT tenant FROM rollup_1d_active WHERE ${since} ORDER BY tenant`,
    multi: true,
  },
  feature: {
    label: 'Feature',
    description: 'Features with events in the last 90 days',
    sql: `SELECT DISTINCT feature FROM rollup_1d_active WHERE ${since} AND ${chosen('tenant')} ORDER BY feature`,
    multi: true,
  },
  variant: {
    label: 'Variant',
    description: 'Variants with events in the last 90 days; events without one are `none`',
    sql: `SELECT DISTINCT if(variant = '', 'none', variant) AS variant FROM rollup_1d_active WHERE ${since} AND ${chosen('tenant')} ORDER BY variant`,
    multi: true,
  },
  metric: {
    label: 'Metric',
    description: 'The metric of the panels that show any one',
    sql: `SELECT DISTINCT metric FROM rollup_1d_active WHERE ${since} AND ${chosen('tenant')} AND metric != 'cost_usd' ORDER BY metric`,
    multi: false,
  },
  stage: {
    label: 'Stage',
    description: 'Stages that were sampled in the last day',
    sql: `SELECT DISTINCT stage FROM pipeline_lag WHERE ${sampled} ORDER BY stage`,
    multi: true,
  },
  topic: {
    label: 'Topic',
    description: 'Topics that the chosen stages read',
    sql: `SELECT DISTINCT topic FROM pipeline_lag WHERE ${sampled} AND ${chosen('stage')} ORDER BY topic`,
    multi: true,
  },
};

const steps = { '1 minute': 60, '5 minutes': 300, '15 minutes': 900, '1 hour': 3600, '1 day': 86_400 };

function variable(name: VariableName) {
  if (name === 'interval')
    return new CustomVariableBuilder('interval')
      .label('Finest step')
      .description(
        'No chart is finer than this. Wide time ranges are coarser by themselves, and read the minute, hour or day rollups accordingly.',
      )
      .values(
        Object.entries(steps)
          .map(([label, size]) => `${label} : ${size}`)
          .join(', '),
      )
      .current({ selected: true, text: '1 minute', value: '60' });
  const { label, description, sql, multi } = choices[name];
  const builder = new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource(clickhouseSource)
    .query(sql)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
  if (!multi) return builder;
  return builder
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}

const alertsOf = (severity: string): Ask =>
  clickhouse(`SELECT window_end AS time, concat(title, ': ', transition) AS title,
  concat(metric, ' = ', ifNull(toString(round(value, 2)), '-'), ', threshold ', toString(threshold), if(tenant = '', '', concat(', tenant ', tenant)), if(feature = '', '', concat(', feature ', feature))) AS text,
  concat(severity, ',', state) AS tags
FROM alerts_final
WHERE $__timeFilter(window_end) AND severity = '${severity}' AND transition IN ('opened', 'escalated', 'resolved')
  AND ${ofAlert}
ORDER BY window_end
LIMIT 500`);

const rolloutChanges = postgres(`SELECT changed_at AS time, flag_id || ': ' || replace(kind, '_', ' ') AS title,
  coalesce(before ->> 'stage', '-') || ' -> ' || coalesce(after ->> 'stage', '-') || ', by ' || changed_by || ': ' || reason AS text,
  kind || ',rollout' AS tags
FROM flag_changes
WHERE $__timeFilter(changed_at)
ORDER BY changed_at
LIMIT 500`);

const annotation = (name: string, color: string, ask: Ask) =>
  new AnnotationQueryBuilder()
    .name(name)
    .datasource(ask.source)
    .enable(true)
    .hide(false)
    .iconColor(color)
    .target({
      build: () => ({ ...ask.query('table').build(), refId: 'annotation' }),
    });

/** Panels from left to right, the next line below the highest of this one. */
function lay(builder: DashboardBuilder, sections: readonly Section[]): void {
  let [id, y] = [0, 0];
  for (const { title, panels } of sections) {
    id += 1;
    builder.withRow(new RowBuilder(title).id(id).gridPos({ x: 0, y, w: WIDTH, h: 1 }));
    let [x, top, high] = [0, y + 1, 0];
    for (const { width, height, builder: panel } of panels) {
      if (x + width > WIDTH) [x, top, high] = [0, top + high, 0];
      id += 1;
      panel.id(id);
      panel.gridPos({ x, y: top, w: width, h: height });
      builder.withPanel(panel);
      x += width;
      high = Math.max(high, height);
    }
    y = top + high;
  }
}

/** The dashboard as Grafana loads it. */
export function dashboard(sketch: Sketch): Dashboard {
  const aboutProduct = sketch.variables.includes('tenant') && sketch.variables.includes('feature');
  const builder = new DashboardBuilder(sketch.title)
    .uid(sketch.uid)
    .description(sketch.description)
    .tags([TAG])
    .timezone('utc')
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: sketch.from, to: 'now' })
    .refresh(sketch.refresh)
    .link(
      new DashboardLinkBuilder('impactstream')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    )
    .variables(sketch.variables.map(variable))
    .annotation(annotation('Rollout changes', 'blue', rolloutChanges));
  if (aboutProduct)
    builder
      .annotation(annotation('Critical alerts', 'dark-red', alertsOf('critical')))
      .annotation(annotation('Warnings', 'dark-orange', alertsOf('warning')));
  lay(builder, sketch.sections);
  return { ...builder.build(), schemaVersion: SCHEMA_VERSION };
}
