/**
 * The monitor of the schedule stage. It makes the verdict a metric, and tells Slack when the system itself is in trouble: the road that alerts take
 * is a part of that system, and cannot be relied on to say so. Thresholds of the business are not told here: the alert stage does.
 */
import type { Config } from '../src/config.ts';
import type { CheckState, MonitorCheck, MonitorVerdict } from '../src/domain/monitor.ts';
import { type MonitorDeps, monitorNow } from '../src/query/monitor.ts';
import { type Database, enqueue } from '../src/query/outbox.ts';
import type { Log } from '../src/runtime/log.ts';
import type { Metrics } from '../src/runtime/metrics.ts';

export type MonitorStageDeps = MonitorDeps & {
  config: Config;
  postgres: Database & { transaction<T>(work: (tx: Database) => Promise<T>): Promise<T> };
  log: Log;
  metrics: Metrics;
};

const HOUR_MS = 3_600_000;
const levels: Record<CheckState, number> = { unknown: -1, ok: 0, warning: 1, critical: 2 };

/** Lower case and hyphens: "Lag of the stages" -> "lag-of-the-stages". */
const slug = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

const toldSql = "SELECT key FROM outbox WHERE key LIKE 'monitor/' || $1 || '/%' AND created_at > $2 LIMIT 1";

/** At most once an hour for each check. */
async function tell({ postgres, config }: MonitorStageDeps, { name, seen, hint }: MonitorCheck, at: number): Promise<void> {
  const channel = config.monitorSlackChannel;
  if (channel === '') return;
  await postgres.transaction(async (tx) => {
    if ((await tx.query(toldSql, [slug(name), new Date(at - HOUR_MS)])).length > 0) return;
    const payload = { channel, text: `:red_circle: impactstream itself is in trouble. ${name}: ${seen} (${hint}).` };
    const key = `monitor/${slug(name)}/${new Date(at).toISOString()}`;
    await enqueue(tx, [{ key, channel: 'slack', target: channel, payload, subject: `${name}: ${seen}` }]);
  });
}

/** One look, told as metrics, in the log where something is wrong, and on Slack where the system itself is. @param at ms since 1970 */
export async function monitorOnce(deps: MonitorStageDeps, at: number): Promise<MonitorVerdict> {
  const { log, metrics } = deps;
  const verdict = await monitorNow(deps, at);
  for (const { name, kind, state } of verdict.checks) metrics.set('impact_monitor_state', levels[state], { check: slug(name), kind });
  const bad = verdict.checks.filter(({ state }) => state === 'critical' || state === 'warning');
  if (bad.length > 0)
    log.warn({ state: verdict.state, checks: bad.map(({ name, seen }) => `${name}: ${seen}`) }, 'the monitor is not content');
  // Firing alerts are told by those who raise them.
  const own = bad.filter(({ kind, state, name }) => kind === 'system' && state === 'critical' && name !== 'Alerts firing');
  for (const check of own) await tell(deps, check, at);
  return verdict;
}
