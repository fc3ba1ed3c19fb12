/** What the stored alert rules would have told over a range of stored minutes. Nothing is emitted. */
import type { Backtest } from '../domain/backtest.ts';
import { backtestRules } from '../query/backtest.ts';
import { listRules } from '../query/rules.ts';
import { scopeOf } from '../query/scope.ts';
import type { System } from './system.ts';

/** Milliseconds since 1970. */
export type BacktestRange = { from: number; to: number; tenant?: string | undefined; feature?: string | undefined };

/** The rules as they are stored now, over the minutes as they are stored now. */
export async function runBacktest({ clickhouse, postgres, config }: System, { tenant, ...range }: BacktestRange): Promise<Backtest> {
  const rules = (await listRules(postgres)).map(({ rule }) => rule).filter(({ enabled }) => enabled);
  return backtestRules(clickhouse, scopeOf(tenant ?? null), rules, range, config);
}
