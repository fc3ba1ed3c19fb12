/** Event-time windows: which there are, which contain a moment, and the row that tells one. */
import type { Aggregate } from './aggregate.ts';
import { parseDuration } from './duration.ts';

/** Windows of `sizeMs` that start every `hopMs`; equal for windows that do not overlap. Aligned to 1970-01-01 UTC. */
export type WindowSpec = { sizeMs: number; hopMs: number };

/** "1m" (tumbling) or "5m/1m" (five minutes, one starting each minute); null when it is neither, or the hop does not divide the size. */
export function parseWindow(text: string): WindowSpec | null {
  const [size = '', hop = size] = text.split('/');
  const [sizeMs, hopMs] = [parseDuration(size), parseDuration(hop)];
  return sizeMs && hopMs && sizeMs % hopMs === 0 ? { sizeMs, hopMs } : null;
}

/** The last multiple of `step` at or before `time`. */
export const floorTo = (time: number, step: number): number => Math.floor(time / step) * step;

/** Ends of the windows that contain `time`, earliest first: an event on a border belongs to the window that starts there. */
export function endsContaining({ sizeMs, hopMs }: WindowSpec, time: number): number[] {
  const first = floorTo(time, hopMs) + hopMs;
  return Array.from({ length: sizeMs / hopMs }, (_, i) => first + i * hopMs);
}

/** Ends of the windows that end after `from` and at or before `to`, earliest first. */
export function endsWithin({ hopMs }: WindowSpec, from: number, to: number): number[] {
  const first = floorTo(from, hopMs) + hopMs;
  return first > to ? [] : Array.from({ length: Math.floor((to - first) / hopMs) + 1 }, (_, i) => first + i * hopMs);
}

export const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

/** Value and cost joined in one window. Not a rollup metric: it exists in windows only. */
export const ROI_METRIC = 'roi_percent';

/** What a series of windows is about. */
export type Series = { metric: string; featureId: string; tenantId: string; variant: string | null };

/**
 * One source's part of a closed window, as `schemas/avro/window.avsc` has it. `source` is a partition of a topic; the parts of
 * several sources add up. Of two rows of one window and source, the one with the greater `sourceOffset` counts.
 */
export type WindowPart = Series &
  Aggregate & {
    sizeMs: number;
    hopMs: number;
    start: number;
    end: number;
    sourceTopic: string;
    sourcePartition: number;
    sourceOffset: number;
    late: boolean;
  };

/** Every window of this source that ends at or before `through` has been told. */
export type SourceProgress = { topic: string; partition: number; partitions: number; through: number };

/** A record on the topic of windows. */
export type WindowUpdate = { window: WindowPart | null; progress: SourceProgress[] };
