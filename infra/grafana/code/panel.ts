/** Panels: what they say goes in, how they look is decided here, so that all dashboards look alike. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  AxisPlacement,
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  GraphThresholdsStyleConfigBuilder as LinesBuilder,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { type DynamicConfigValue, FieldColorBuilder, FieldColorModeId, type Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as ChartBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Ask } from './ask.ts';
import { type Levels, plain, thresholds, thresholdsValue } from './look.ts';

/** A panel, as wide (of 24) and as high as it wants to be. */
export type Placed = { width: number; height: number; builder: Builder<Panel> & { id(id: number): unknown } & Grid };
type Grid = { gridPos(at: { x: number; y: number; w: number; h: number }): unknown };
type Common = { title: string; description: string; ask: Ask; width: number; height?: number; levels?: Levels; decimals?: number };

const CHART_HEIGHT = 8;
const STAT_HEIGHT = 4;

const color = (mode: FieldColorModeId) => new FieldColorBuilder().mode(mode);
const fixed = (fixedColor: string): DynamicConfigValue[] => [{ id: 'color', value: { fixedColor, mode: 'fixed' } }];

/** One number of the whole time range. `coloured`: the levels colour its background. */
export function stat(given: Common & { unit: string; coloured?: boolean }): Placed {
  const builder = new StatBuilder()
    .title(given.title)
    .description(given.description)
    .datasource(given.ask.source)
    .withTarget(given.ask.query('table'))
    .unit(given.unit)
    .noValue('no data')
    .thresholds(thresholds(given.levels ?? plain))
    .colorScheme(color(FieldColorModeId.Thresholds))
    .colorMode(given.coloured === false ? BigValueColorMode.Value : BigValueColorMode.Background)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
  if (given.decimals !== undefined) builder.decimals(given.decimals);
  return { width: given.width, height: given.height ?? STAT_HEIGHT, builder };
}

type Chart = Common & {
  unit: string;
  /** Bars instead of lines. */
  bars?: boolean;
  stacked?: boolean;
  /** The levels are drawn as lines. */
  lines?: boolean;
  min?: number;
  max?: number;
  /** No finer than this. */
  interval?: string;
  points?: number;
  calcs?: string[];
  /** Series whose name matches get this colour. */
  colors?: Record<string, string>;
  /** Series of another size have the axis at the right. */
  right?: string;
};

/** Lines or bars over time. */
export function chart(given: Chart): Placed {
  const legend = new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.Table).placement(LegendPlacement.Bottom).showLegend(true);
  const builder = new ChartBuilder()
    .title(given.title)
    .description(given.description)
    .datasource(given.ask.source)
    .withTarget(given.ask.query('series'))
    .unit(given.unit)
    .thresholds(thresholds(given.levels ?? [['green', null]]))
    .colorScheme(color(FieldColorModeId.PaletteClassic))
    .thresholdsStyle(new LinesBuilder().mode(given.lines ? GraphThresholdsStyleMode.Dashed : GraphThresholdsStyleMode.Off))
    .drawStyle(given.bars ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .fillOpacity(given.bars ? 70 : given.stacked ? 25 : 12)
    .lineWidth(given.bars ? 1 : 2)
    .spanNulls(false)
    .stacking(new StackingConfigBuilder().group('A').mode(given.stacked ? StackingMode.Normal : StackingMode.None))
    .legend(legend.calcs(given.calcs ?? ['lastNotNull', 'mean', 'max']))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .interval(given.interval ?? '1m')
    .maxDataPoints(given.points ?? 200);
  if (given.min !== undefined) builder.min(given.min);
  if (given.max !== undefined) builder.max(given.max);
  if (given.decimals !== undefined) builder.decimals(given.decimals);
  for (const [regexp, name] of Object.entries(given.colors ?? {})) builder.overrideByRegexp(regexp, fixed(name));
  if (given.right) builder.overrideByName(given.right, [{ id: 'custom.axisPlacement', value: AxisPlacement.Right }]);
  return { width: given.width, height: given.height ?? CHART_HEIGHT, builder };
}

/** How a column of a table is shown. */
export type Column = readonly DynamicConfigValue[];
const unit = (value: string, decimals?: number): Column => [
  { id: 'unit', value },
  ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
];
export const usd = unit('currencyUSD', 2);
export const count = unit('short');
export const percent = unit('percent', 1);
export const seconds = unit('s');
export const bytes = unit('bytes');
export const moment = unit('dateTimeAsIso');
export const number = (decimals: number): Column => unit('none', decimals);
/** Text in the colour of its level. */
export const level = (levels: Levels, of = 'short'): Column => [
  { id: 'custom.cellOptions', value: { type: 'color-text' } },
  { id: 'thresholds', value: thresholdsValue(levels) },
  { id: 'unit', value: of },
];
/** Words with a background of their own. */
export const badge = (mappings: unknown): Column => [
  { id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } },
  { id: 'mappings', value: mappings },
];
/** `${__value.raw}` and `${__data.fields.Name}` are Grafana's placeholders. */
export const link = (title: string, url: string, targetBlank = false): Column => [{ id: 'links', value: [{ title, url, targetBlank }] }];

/** Rows as they come. */
export function table(given: Common & { columns?: Record<string, Column> }): Placed {
  const builder = new TableBuilder()
    .title(given.title)
    .description(given.description)
    .datasource(given.ask.source)
    .withTarget(given.ask.query('table'))
    .noValue('-')
    .thresholds(thresholds(given.levels ?? [['green', null]]))
    .colorScheme(color(FieldColorModeId.Thresholds))
    .filterable(true);
  for (const [name, properties] of Object.entries(given.columns ?? {})) builder.overrideByName(name, [...properties]);
  return { width: given.width, height: given.height ?? CHART_HEIGHT, builder };
}
