/** How far behind a consumer is, from offsets that are sampled now and then. */

/** The end of a partition at a moment; `at` in milliseconds since 1970. */
export type EndSample = { at: number; end: number };

/** Samples kept of each partition: an hour of them, one every five seconds. */
const KEPT_SAMPLES = 720;

/**
 * Records that are there and not committed.
 * @param committed the next offset to read; null when nothing was committed yet
 * @param transactional the topic is written in transactions. Each leaves a marker that takes an offset and is never handed to a consumer,
 *   so a consumer that has read everything stays one behind: that is no lag.
 */
export function lagOf(committed: number | null, start: number, end: number, transactional: boolean): number {
  const behind = Math.max(0, end - Math.max(committed ?? start, start));
  return transactional && behind === 1 ? 0 : behind;
}

/** The samples with one more; the oldest make room. The end of a partition only grows, a lower one means that the topic was made anew. */
export function withSample(samples: readonly EndSample[], sample: EndSample): EndSample[] {
  const last = samples.at(-1);
  if (last !== undefined && sample.end < last.end) return [sample];
  return [...samples.slice(-(KEPT_SAMPLES - 1)), sample];
}

/**
 * For how long the oldest record that is not committed has been there, seconds: since the first sample that saw it.
 * At least so long when it is older than all samples; 0 without lag; null without samples.
 */
export function waitingSeconds(samples: readonly EndSample[], committed: number, lag: number, now: number): number | null {
  if (lag === 0) return 0;
  const seen = samples.find(({ end }) => end > committed);
  return seen === undefined ? null : Math.max(0, (now - seen.at) / 1000);
}
