/** The rows of the topic of windows: their identity, and whether they say what the events were. */
import type { FeatureEvent } from '../../src/domain/event.ts';
import { eventTopics } from '../../src/domain/topics.ts';
import { ROI_METRIC, type WindowPart, type WindowSpec, type WindowUpdate } from '../../src/domain/window.ts';
import { lastWord, windowsOf } from './windowed.ts';

const fromEvents = new Set(Object.values(eventTopics));

/** Rows told by the window stage, without those of signals. */
export const windowParts = (updates: readonly WindowUpdate[]): WindowPart[] =>
  updates.flatMap(({ window }) => (window && fromEvents.has(window.sourceTopic) ? [window] : []));

const identity = ({ metric, featureId, tenantId, variant, sizeMs, end, sourceTopic, sourcePartition, sourceOffset }: WindowPart): string =>
  JSON.stringify([metric, featureId, tenantId, variant, sizeMs, end, sourceTopic, sourcePartition, sourceOffset]);

/** What stands in a list more than once. */
export function doubles(identities: readonly string[]): string[] {
  const seen = new Set<string>();
  return identities.filter((one) => seen.size === seen.add(one).size);
}

export const doubleParts = (parts: readonly WindowPart[]): string[] => doubles(parts.map(identity));

/** The last word about each window, and what it must be, for windows that ended at or before `through`. */
export function compareWindows(
  parts: readonly WindowPart[],
  events: readonly FeatureEvent[],
  specs: readonly WindowSpec[],
  through: number,
) {
  const plain = parts.filter(({ metric, end }) => metric !== ROI_METRIC && end <= through);
  const sorted = <T>(windows: Map<string, T>): [string, T][] => [...windows].sort(([a], [b]) => (a < b ? -1 : 1));
  return { told: sorted(lastWord(plain)), wanted: sorted(windowsOf(events, specs, through)) };
}
