/** The signals stage: every few minutes the slow figures enter the topic of windows, so that one state machine serves all alerts. */
import type { Config } from '../src/config.ts';
import { PLATFORM } from '../src/domain/event.ts';
import { impactOf } from '../src/domain/impact.ts';
import { topicName } from '../src/domain/names.ts';
import { roiPercent } from '../src/domain/roi.ts';
import {
  adoptionSignals,
  metDays,
  performanceTargets,
  type Signal,
  signalPart,
  signalProgress,
  uptimeSignal,
} from '../src/domain/signal.ts';
import { signalWindow } from '../src/domain/source.ts';
import type { TargetBook } from '../src/domain/target-choice.ts';
import { cover } from '../src/domain/tier.ts';
import { topics } from '../src/domain/topics.ts';
import { floorTo } from '../src/domain/window.ts';
import { dayAt, dayEdges } from '../src/domain/zone.ts';
import { usersOf } from '../src/query/adoption.ts';
import { impactRows } from '../src/query/impact.ts';
import type { Database } from '../src/query/rules.ts';
import { scopeOf } from '../src/query/scope.ts';
import { dayRows, uptimeRow } from '../src/query/signals.ts';
import { ask, type Rows } from '../src/query/statement.ts';
import { readTargets } from '../src/query/targets.ts';
import { carrying } from '../src/runtime/batch-span.ts';
import type { Encoder, Registry } from '../src/runtime/codec.ts';
import type { RunningStage, StageDeps } from '../src/runtime/stage.ts';
import { inSpan, noTracer, type Tracer } from '../src/runtime/tracer.ts';
import type { Leadership } from './signals-leader.ts';

type Message = { key: string | null; value: Buffer; partition?: number; headers?: Record<string, string | Buffer> };

export type SignalsDeps = StageDeps & {
  config: Config;
  registry: Pick<Registry, 'encoder'>;
  clickhouse: Rows;
  /** The targets are there. */
  postgres: Database;
  producer: { send(topic: string, messages: readonly Message[]): Promise<void> };
  /** Partitions of the topic of windows: progress is told in each. */
  windowPartitions: number;
  leadership: Leadership;
  /** Costs within a time that no event tells of, in millionths of a US dollar; without it there are none. */
  unmeteredCost?: (span: { from: number; to: number }) => Promise<number>;
  tracer?: Tracer;
};

const MINUTE_MS = 60_000;
/** A streak is looked for this far back. */
const STREAK_DAYS = 31;
/** What was sent before the tick is in the rollups by then. */
const SETTLE_MS = 3_000;
const POLL_MS = 1_000;

/** Where nothing was used and nothing billed, the estimate of the costs alone would raise an alarm in every new installation. */
const isIdle = ({ n, costUsdMicros }: { n: number; costUsdMicros: number }): boolean => n === 0 && costUsdMicros === 0;

/** The ROI, and by how much it exceeds what it is to be; nothing where there is nothing to divide by. */
function roiSignals(percent: number | null, n: number, target: number): Signal[] {
  if (percent === null) return [];
  return [
    { metric: 'daily_roi_percent', featureId: PLATFORM, value: percent, n },
    { metric: 'roi_above_target_points', featureId: PLATFORM, value: percent - target, n },
  ];
}

/**
 * Every signal as of `tick`, in milliseconds since 1970; days are those of `zone`. A figure without evidence is left out.
 * @param targets everyone's: signals are of the whole platform
 */
export async function readSignals(
  clickhouse: Rows,
  targets: TargetBook,
  zone: string,
  tick: number,
  unmeteredCost: SignalsDeps['unmeteredCost'] = async () => 0,
): Promise<Signal[]> {
  const to = floorTo(tick, MINUTE_MS);
  const span = { from: to - signalWindow.sizeMs, to };
  const ranges = cover(span.from, span.to);
  // Today may still miss its targets: it does not count yet.
  const edges = dayEdges(zone, tick, STREAK_DAYS + 1).slice(0, -1);
  const [impact, uptime, adoption, days, unmetered] = await Promise.all([
    ask(clickhouse, impactRows(scopeOf(null), ranges)),
    ask(clickhouse, uptimeRow(span)),
    ask(clickhouse, usersOf(scopeOf(null), ranges)),
    ask(clickhouse, dayRows(Object.keys(performanceTargets), edges)),
    unmeteredCost(span),
  ]);
  const { total } = impactOf(impact, span);
  const percent = isIdle(total) ? null : roiPercent(total.valueUsdMicros, total.costUsdMicros + unmetered);
  const roi = roiSignals(percent, total.n, targets('roi_percent', { day: dayAt(zone, tick) }).target);
  const met = metDays(days, (metric, day) => targets(metric, { day: dayAt(zone, day) }).target, edges.slice(0, -1));
  const streak: Signal = { metric: 'targets_met_days', featureId: PLATFORM, value: met, n: days.length };
  return [...roi, ...uptime.flatMap(uptimeSignal), ...adoptionSignals(adoption), ...(days.length > 0 ? [streak] : [])];
}

/** Says which component failed: its own words rarely do. */
const from = <T>(component: string, work: Promise<T>): Promise<T> =>
  work.catch((cause: Error) => {
    throw new Error(`${component}: ${cause.message}`, { cause });
  });

/** Rows first: progress promises that they have been told. */
async function tell(deps: SignalsDeps, encode: Encoder, signals: readonly Signal[], tick: number): Promise<void> {
  const topic = topicName(deps.config.namespace, topics.windows);
  const trace = deps.tracer?.active().context() ?? null;
  const send = (messages: readonly Message[]): Promise<void> => deps.producer.send(topic, carrying(messages, trace));
  const parts = signals.map((signal) => signalPart(signal, tick, deps.config.signalsIntervalMs));
  await send(parts.map((window) => ({ key: window.metric, value: encode({ window, progress: [] }) })));
  const value = encode({ window: null, progress: [signalProgress(tick)] });
  await send(Array.from({ length: deps.windowPartitions }, (_, partition) => ({ key: null, value, partition })));
}

/** Starts the stage. Of several processes one tells the signals; the others stand by. */
export async function startSignals(deps: SignalsDeps): Promise<RunningStage> {
  const { config, log, metrics, now, leadership, tracer = noTracer } = deps;
  const encode = await deps.registry.encoder('window');
  let told = floorTo(now() - SETTLE_MS, config.signalsIntervalMs) - config.signalsIntervalMs;
  let trouble: string | null = null;
  let running: Promise<void> | null = null;

  async function tickOnce(tick: number): Promise<void> {
    if (!(await from('postgres', leadership.isLeader()))) return;
    const signals = await inSpan(tracer, 'tell signals', { kind: 'internal', attributes: { 'impact.stage': 'signals' } }, async () => {
      const targets = await from('postgres', readTargets(deps.postgres, scopeOf(null), config));
      const read = await readSignals(deps.clickhouse, targets, config.timeZone, tick, deps.unmeteredCost);
      await from('kafka', tell(deps, encode, read, tick));
      return read;
    });
    for (const { metric, featureId, value } of signals) metrics.set('impact_signal_value', value, { metric, feature: featureId });
    told = tick;
    trouble = null;
    log.debug({ tick, signals: signals.length }, 'signals told');
  }

  const timer = setInterval(() => {
    const tick = floorTo(now() - SETTLE_MS, config.signalsIntervalMs);
    if (running || tick <= told) return;
    running = tickOnce(tick)
      .catch((error: Error) => {
        trouble = error.message;
        log.warn({ tick, error: error.message }, 'the signals could not be told; trying again');
      })
      .finally(() => {
        running = null;
      });
  }, POLL_MS);

  return {
    name: 'signals',
    health: () => ({ ready: trouble === null, reasons: trouble === null ? [] : [trouble] }),
    async stop() {
      clearInterval(timer);
      await running;
      await leadership.resign();
    },
  };
}
