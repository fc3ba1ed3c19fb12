/** What `impact top` shows, from samples of the last minutes. Moments in rows are seconds since 1970. */

export type StageSample = { stage: string; at: number; lag: number; committed: number; watermarkSeconds: number | null };
export type StoredSample = { topic: string; at: number; eventsPerSecond: number; delayP99Seconds: number };
export type FigureSample = { metric: string; at: number; n: number; mean: number };

/** `lags` one for each sample, the oldest first; a rate is null where one sample alone says nothing. */
export type StageLine = { stage: string; lag: number; perSecond: number | null; watermarkSeconds: number | null; lags: number[] };
export type TopicLine = { topic: string; eventsPerSecond: number; delayP99Seconds: number; rates: number[] };
export type FigureLine = { metric: string; mean: number; n: number; means: number[] };

function groups<T>(rows: readonly T[], keyOf: (row: T) => string): [string, T[]][] {
  return [...Map.groupBy(rows, keyOf)].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Offsets that were committed a second, over all samples; a topic that was made anew makes it less than nothing, which is no rate. */
function rateOf(samples: readonly StageSample[]): number | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.at <= first.at || last.committed < first.committed) return null;
  return (last.committed - first.committed) / (last.at - first.at);
}

/** @param order stages as they lie on the road; others come last, by name */
export function stageLines(samples: readonly StageSample[], order: readonly string[]): StageLine[] {
  const place = (stage: string): number => (order.includes(stage) ? order.indexOf(stage) : order.length);
  const lines = groups(samples, ({ stage }) => stage).map(([stage, of]) => ({
    stage,
    lag: of.at(-1)?.lag ?? 0,
    perSecond: rateOf(of),
    watermarkSeconds: of.at(-1)?.watermarkSeconds ?? null,
    lags: of.map(({ lag }) => lag),
  }));
  return lines.sort((a, b) => place(a.stage) - place(b.stage));
}

/** A topic that was silent in the newest slot stores nothing now, whatever it did before. */
export function topicLines(samples: readonly StoredSample[]): TopicLine[] {
  const newest = Math.max(...samples.map(({ at }) => at));
  return groups(samples, ({ topic }) => topic).map(([topic, of]) => {
    const last = of.at(-1);
    const now = last?.at === newest ? last : null;
    return {
      topic,
      eventsPerSecond: now?.eventsPerSecond ?? 0,
      delayP99Seconds: last?.delayP99Seconds ?? 0,
      rates: of.map(({ eventsPerSecond }) => eventsPerSecond),
    };
  });
}

export function figureLines(samples: readonly FigureSample[]): FigureLine[] {
  return groups(samples, ({ metric }) => metric).map(([metric, of]) => ({
    metric,
    mean: of.at(-1)?.mean ?? 0,
    n: of.at(-1)?.n ?? 0,
    means: of.map(({ mean }) => mean),
  }));
}
