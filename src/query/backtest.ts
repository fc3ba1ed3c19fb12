/** What alert rules would have told over a range of stored minutes. Nothing is emitted. */
import { type Backtest, backtest } from '../domain/backtest.ts';
import { ImpactError } from '../domain/errors.ts';
import type { Rule } from '../domain/rule.ts';
import { parseWindow, ROI_METRIC, type WindowSpec } from '../domain/window.ts';
import { minuteParts } from './minutes.ts';
import type { Scope } from './scope.ts';
import { ask, type Rows } from './statement.ts';

/** Milliseconds since 1970. */
export type BacktestRange = { from: number; to: number; feature?: string | undefined };
/** How live windows and alerts are made, so that the past is judged alike. */
export type BacktestSettings = {
  windowSizes: readonly string[];
  roiWindowSizes: readonly string[];
  windowGraceMs: number;
  alertRepeatMs: number;
};

/** Metrics that carry value or cost: what ROI is made of. */
const ROI_PARTS = ['response_time_seconds', 'match_satisfaction_score', 'churned', 'session_duration_minutes', 'cost_usd'];
const MINUTE_MS = 60_000;

function specsOf(texts: readonly string[]): WindowSpec[] {
  return texts.map((text) => {
    const spec = parseWindow(text);
    if (spec === null) throw new ImpactError('bad_configuration', `the window ${text} is not a whole number of its hops`);
    return spec;
  });
}

const metricsOf = (rules: readonly Rule[]): string[] => [
  ...new Set(rules.flatMap(({ metric }) => (metric === ROI_METRIC ? ROI_PARTS : [metric]))),
];

/** The given rules over the minutes as they are stored now. */
export async function backtestRules(
  clickhouse: Rows,
  scope: Scope,
  rules: readonly Rule[],
  { from, to, feature }: BacktestRange,
  settings: BacktestSettings,
): Promise<Backtest> {
  const longest = Math.max(MINUTE_MS, ...rules.map(({ windowMs }) => windowMs));
  // The first windows reach back before the range.
  const range = { from: Math.floor((from - longest) / MINUTE_MS) * MINUTE_MS, to: Math.ceil(to / MINUTE_MS) * MINUTE_MS };
  const minutes = await ask(clickhouse, minuteParts(scope, range, metricsOf(rules), feature));
  return backtest(rules, minutes, from, {
    windows: specsOf(settings.windowSizes),
    roiWindows: specsOf(settings.roiWindowSizes),
    alerts: { graceMs: settings.windowGraceMs, repeatMs: settings.alertRepeatMs },
  });
}
