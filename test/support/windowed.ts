/** Feeding a source of windows in tests, and what the windows of a set of events must be. */
import { type Aggregate, addValue, emptyAggregate } from '../../src/domain/aggregate.ts';
import { seriesKey } from '../../src/domain/contribution.ts';
import type { FeatureEvent } from '../../src/domain/event.ts';
import { measurementsOf } from '../../src/domain/measurement.ts';
import { endsContaining, type WindowPart, type WindowSpec } from '../../src/domain/window.ts';
import { accept, closeByEvents, newSource, type Source, type Verdict, type Windowing } from '../../src/domain/windowing.ts';

export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const T0 = Date.UTC(2026, 0, 15, 12);

export const windowing: Windowing = {
  windows: [
    { sizeMs: MINUTE, hopMs: MINUTE },
    { sizeMs: 5 * MINUTE, hopMs: MINUTE },
  ],
  roiWindows: [{ sizeMs: HOUR, hopMs: 5 * MINUTE }],
  patience: { delayMs: 2000, graceMs: 10 * MINUTE, idleMs: 10_000, horizonMs: HOUR },
  ledgerEvents: 100_000,
};

export const telemetrySource = (changes: Partial<Windowing> = {}): Source =>
  newSource({ topic: 'impact-request-telemetry', partition: 0 }, { ...windowing, ...changes });

/** One batch: each event arrives `travelMs` after it occurred, or when the one before it did. Answers the verdicts and the rows. */
export function feed(
  source: Source,
  events: readonly FeatureEvent[],
  offset: number,
  arrivedAt?: number,
): { verdicts: Verdict[]; parts: WindowPart[] } {
  const verdicts = events.map((event) => accept(source, event, arrivedAt ?? event.occurredAt + 100));
  return { verdicts, parts: closeByEvents(source, offset) };
}

export const windowKey = (part: Pick<WindowPart, 'sizeMs' | 'end'>, series: string): string => `${part.sizeMs}|${part.end}|${series}`;

/** The last word about each window: a later row replaces an earlier one; what became empty is left out. */
export function lastWord(parts: readonly WindowPart[]): Map<string, Aggregate> {
  const last = new Map<string, WindowPart>();
  for (const part of parts) last.set(windowKey(part, seriesKey(part.metric, part)), part);
  return new Map(
    [...last]
      .filter(([, { n }]) => n > 0)
      .map(([key, { n, sum, sumSquares, min, max, valueUsdMicros, costUsdMicros }]) => [
        key,
        { n, sum, sumSquares, min, max, valueUsdMicros, costUsdMicros },
      ]),
  );
}

/** What counts of a pile of statements: the highest revision of each id, unless it retracts. */
export function effective(events: readonly FeatureEvent[]): FeatureEvent[] {
  const best = new Map<string, FeatureEvent>();
  for (const event of events) {
    const key = `${event.tenantId}|${event.featureId}|${Math.floor(event.occurredAt / MINUTE)}|${event.eventId}`;
    const known = best.get(key);
    if (!known || event.revision > known.revision) best.set(key, event);
  }
  return [...best.values()].filter(({ retracted }) => !retracted);
}

/** Windows by definition: every event put into every window that contains it. */
export function windowsOf(events: readonly FeatureEvent[], specs: readonly WindowSpec[], through: number): Map<string, Aggregate> {
  const windows = new Map<string, Aggregate>();
  for (const event of events)
    for (const spec of specs)
      for (const end of endsContaining(spec, event.occurredAt).filter((one) => one <= through))
        for (const { metric, value, valueUsdMicros } of measurementsOf(event)) {
          const key = windowKey({ sizeMs: spec.sizeMs, end }, seriesKey(metric, event));
          const aggregate = windows.get(key) ?? emptyAggregate();
          windows.set(key, aggregate);
          addValue(aggregate, value, valueUsdMicros);
        }
  return windows;
}
