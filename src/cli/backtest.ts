/** What the alert rules would have told over a range of stored minutes. Nothing is emitted. */
import { type Backtest, backtest } from '../domain/backtest.ts';
import { ImpactError } from '../domain/errors.ts';
import type { Rule } from '../domain/rule.ts';
import { parseWindow, ROI_METRIC, type WindowSpec } from '../domain/window.ts';
import { minuteParts } from '../query/minutes.ts';
import { listRules } from '../query/rules.ts';
import { scopeOf } from '../query/scope.ts';
import { ask } from '../query/statement.ts';
import type { System } from './system.ts';

/** Milliseconds since 1970. */
export type BacktestRange = { from: number; to: number; tenant?: string | undefined; feature?: string | undefined };

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

/** The rules as they are stored now, over the minutes as they are stored now. */
export async function runBacktest(
  { clickhouse, postgres, config }: System,
  { from, to, tenant, feature }: BacktestRange,
): Promise<Backtest> {
  const rules = (await listRules(postgres)).map(({ rule }) => rule).filter(({ enabled }) => enabled);
  const longest = Math.max(MINUTE_MS, ...rules.map(({ windowMs }) => windowMs));
  // The first windows reach back before the range.
  const range = { from: Math.floor((from - longest) / MINUTE_MS) * MINUTE_MS, to: Math.ceil(to / MINUTE_MS) * MINUTE_MS };
  const minutes = await ask(clickhouse, minuteParts(scopeOf(tenant ?? null), range, metricsOf(rules), feature));
  const settings = {
    windows: specsOf(config.windowSizes),
    roiWindows: specsOf(config.roiWindowSizes),
    alerts: { graceMs: config.windowGraceMs, repeatMs: config.alertRepeatMs },
  };
  return backtest(rules, minutes, from, settings);
}
