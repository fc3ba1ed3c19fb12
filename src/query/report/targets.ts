/** What was measured of the performance targets over a span of time, of the whole platform. */
import { type Actuals, watchedMetrics } from '../../domain/report/targets.ts';
import { adoptionSignals, uptimeSignal } from '../../domain/signal.ts';
import { cover } from '../../domain/tier.ts';
import { usersOf } from '../adoption.ts';
import { scopeOf } from '../scope.ts';
import { dayRows, uptimeRow } from '../signals.ts';
import { ask, type Rows } from '../statement.ts';

type Span = { from: number; to: number };

const latencies = watchedMetrics.filter((metric) => metric.endsWith('_latency_ms'));

/** Latencies are means; the adoption is that of the least used feature. @param span whole minutes, ms */
export async function measuredTargets(clickhouse: Rows, span: Span): Promise<Actuals> {
  const [sums, uptime, adoption] = await Promise.all([
    ask(clickhouse, dayRows([...latencies, 'request_error'], [span.from, span.to])),
    ask(clickhouse, uptimeRow(span)),
    ask(clickhouse, usersOf(scopeOf(null), cover(span.from, span.to))),
  ]);
  const mean = (metric: string, factor = 1): number | null => {
    const row = sums.find((one) => one.metric === metric);
    return row === undefined || row.n === 0 ? null : (row.sum / row.n) * factor;
  };
  const shares = adoptionSignals(adoption).map(({ value }) => value);
  return {
    ...(Object.fromEntries(latencies.map((metric) => [metric, mean(metric)])) as Actuals),
    error_rate_percent: mean('request_error', 100),
    uptime_percent: uptime.flatMap(uptimeSignal)[0]?.value ?? null,
    adoption_percent: shares.length === 0 ? null : Math.min(...shares),
  };
}
