/**
 * The windows of one source (one partition of one topic): events in, parts of closed windows out.
 * Everything is decided by the order of the records, save that a silent source closes its windows by the wall clock.
 */
import { type Aggregate, emptyAggregate, mergeInto } from './aggregate.ts';
import { type Contribution, contributionOf, roiKey, seriesKey, seriesOf } from './contribution.ts';
import { entry } from './entry.ts';
import type { FeatureEvent } from './event.ts';
import { heldEvent, newPane, type Pane, putIn, takeOut } from './pane.ts';
import { addShare, newRoiPanes, type RoiPanes } from './roi/pane.ts';
import { idleThrough, isHistory, newClock, observe, type Patience, type SourceClock, tooLateBy, watermark } from './watermark.ts';
import { endsContaining, endsWithin, floorTo, greatestCommonDivisor, type WindowPart, type WindowSpec } from './window.ts';

/** `ledgerEvents`: how many events a source keeps for recognising duplicates and corrections, before it gives up its oldest panes. */
export type Windowing = { windows: readonly WindowSpec[]; roiWindows: readonly WindowSpec[]; patience: Patience; ledgerEvents: number };

export type SourceId = { topic: string; partition: number };

/** What has to be written down after a batch. */
export type Touched = {
  events: Map<number, Contribution[]>;
  roi: Map<RoiPanes, Map<number, Set<string>>>;
  sealed: number[];
  dropped: number[];
};

export type Source = SourceId & {
  settings: Windowing;
  paneMs: number;
  keepMs: number;
  clock: SourceClock;
  panes: Map<number, Pane>;
  roi: RoiPanes[];
  heldEvents: number;
  /** Windows told already that have changed since: spec -> end -> series. */
  dirty: Map<WindowSpec, Map<number, Set<string>>>;
  touched: Touched;
};

/** `late`: `byMs` after the grace of its windows. `history`: too old for any window when it arrived. */
export type Verdict = { kind: 'counted' | 'duplicate' | 'history' } | { kind: 'late'; byMs: number };

const MINUTE_MS = 60_000;
const nothingTouched = (): Touched => ({ events: new Map(), roi: new Map(), sealed: [], dropped: [] });

/** A source that has seen nothing. Panes are as long as fits every window and the minute, in which an event's identity lies. */
export function newSource(id: SourceId, settings: Windowing): Source {
  const paneMs = settings.windows.reduce((step, { hopMs }) => greatestCommonDivisor(step, hopMs), MINUTE_MS);
  const keepMs = Math.max(MINUTE_MS, ...settings.windows.map(({ sizeMs }) => sizeMs));
  const roi = newRoiPanes(settings.roiWindows);
  return {
    ...id,
    settings,
    paneMs,
    keepMs,
    clock: newClock(),
    panes: new Map(),
    roi,
    heldEvents: 0,
    dirty: new Map(),
    touched: nothingTouched(),
  };
}

/** The pane that holds this event's identity: it may lie in another pane of the same minute than the event itself. */
export function paneHolding(source: Source, event: Contribution): Pane | undefined {
  const minute = floorTo(event.occurredAt, MINUTE_MS);
  for (let start = minute; start < minute + MINUTE_MS; start += source.paneMs) {
    const pane = source.panes.get(start);
    if (pane && heldEvent(pane, event)) return pane;
  }
  return undefined;
}

function markWindows(source: Source, specs: readonly WindowSpec[], occurredAt: number, keys: readonly string[]): void {
  const oldest = source.clock.arrival - source.settings.patience.horizonMs;
  for (const spec of specs)
    for (const end of endsContaining(spec, occurredAt)) {
      if (end > source.clock.through) break;
      if (end < oldest) continue;
      const series = entry(
        entry(source.dirty, spec, () => new Map<number, Set<string>>()),
        end,
        () => new Set<string>(),
      );
      for (const key of keys) series.add(key);
    }
}

/** Windows that were told without this change are told again. Imported history changes no window that was told. */
function markDirty(source: Source, event: Contribution): void {
  const keys = event.measurements.map(({ metric }) => seriesKey(metric, event));
  markWindows(source, source.settings.windows, event.occurredAt, keys);
  if (event.roi && event.measurements.length > 0) markWindows(source, source.settings.roiWindows, event.occurredAt, [roiSeries(event)]);
}

const roiSeries = (event: Contribution): string => roiKey(event.featureId, event.tenantId);

function share(source: Source, event: Contribution, sign: 1 | -1): void {
  for (const panes of source.roi) {
    const start = addShare(panes, event, sign);
    if (start === null) continue;
    entry(
      entry(source.touched.roi, panes, () => new Map<number, Set<string>>()),
      start,
      () => new Set<string>(),
    ).add(roiSeries(event));
  }
}

function replace(source: Source, pane: Pane, old: Contribution): void {
  takeOut(pane, old);
  share(source, old, -1);
  markDirty(source, old);
  source.heldEvents -= 1;
}

/** Puts an event into its pane and its ROI panes, in place of an earlier revision of it. */
function count(source: Source, pane: Pane, event: Contribution): Verdict {
  const holding = paneHolding(source, event);
  const old = holding && heldEvent(holding, event);
  if (old && old.revision >= event.revision) return { kind: 'duplicate' };
  if (holding && old) replace(source, holding, old);
  putIn(pane, event);
  share(source, event, 1);
  markDirty(source, event);
  entry(source.touched.events, pane.start, () => []).push(event);
  source.heldEvents += 1;
  return { kind: 'counted' };
}

/** Gives up the events of the oldest panes that the watermark has left behind, keeping their sums, until few enough are held. */
function sealOldest(source: Source): void {
  const mark = watermark(source.clock, source.settings.patience);
  const left = [...source.panes.values()]
    .filter(({ start, events }) => events && start + source.paneMs <= mark)
    .sort((a, b) => a.start - b.start);
  for (const pane of left) {
    if (source.heldEvents <= source.settings.ledgerEvents) return;
    source.heldEvents -= eventsIn(pane);
    pane.events = null;
    source.touched.events.delete(pane.start);
    source.touched.sealed.push(pane.start);
  }
}

/** How many events a pane still holds. */
export const eventsIn = ({ events }: Pane): number => [...(events?.values() ?? [])].reduce((sum, one) => sum + one.size, 0);

/** Takes one event, whose Kafka record has this timestamp (milliseconds since 1970). */
export function accept(source: Source, event: FeatureEvent, recordTimestamp: number): Verdict {
  const { patience, ledgerEvents, roiWindows } = source.settings;
  observe(source.clock, event.occurredAt, recordTimestamp);
  const start = floorTo(event.occurredAt, source.paneMs);
  const byMs = tooLateBy(source.clock, start + source.paneMs, patience);
  if (byMs > 0) return { kind: 'late', byMs };
  const history = isHistory(source.clock, event.occurredAt, patience);
  const longest = Math.max(0, ...roiWindows.map(({ sizeMs }) => sizeMs));
  if (history && event.occurredAt < source.clock.arrival - longest) return { kind: 'history' };
  const pane = entry(source.panes, start, () => newPane(start));
  if (!pane.events) return { kind: 'late', byMs: 0 };
  const verdict = count(source, pane, contributionOf(event, history));
  if (source.heldEvents > ledgerEvents) sealOldest(source);
  return verdict;
}

type Panes = { paneMs: number; of: (start: number) => ReadonlyMap<string, Aggregate> | undefined };

const eventPanes = (source: Source): Panes => ({ paneMs: source.paneMs, of: (start) => source.panes.get(start)?.series });
const roiPanes = (source: Source, { hopMs }: WindowSpec): Panes => ({
  paneMs: hopMs,
  of: (start) => source.roi.find(({ paneMs }) => paneMs === hopMs)?.panes.get(start),
});

/** Sums of the window that ends at `end`, by series. */
function sumsOf({ paneMs, of }: Panes, { sizeMs }: WindowSpec, end: number, only?: ReadonlySet<string>): Map<string, Aggregate> {
  const sums = new Map<string, Aggregate>();
  for (let start = end - sizeMs; start < end; start += paneMs)
    for (const [key, aggregate] of of(start) ?? []) if (!only || only.has(key)) mergeInto(entry(sums, key, emptyAggregate), aggregate);
  for (const key of only ?? []) entry(sums, key, emptyAggregate);
  return sums;
}

const hasSomething = ({ n, costUsdMicros, valueUsdMicros }: Aggregate): boolean => n > 0 || costUsdMicros !== 0 || valueUsdMicros !== 0;

/** The window's parts as rows; of a window told before also what has become empty. */
function partsOf(
  source: Source,
  spec: WindowSpec,
  end: number,
  sums: Map<string, Aggregate>,
  late: boolean,
  sourceOffset: number,
): WindowPart[] {
  const { topic: sourceTopic, partition: sourcePartition } = source;
  return [...sums]
    .filter(([, sum]) => late || hasSomething(sum))
    .map(([key, sum]) => ({
      ...seriesOf(key),
      ...sum,
      ...spec,
      start: end - spec.sizeMs,
      end,
      sourceTopic,
      sourcePartition,
      sourceOffset,
      late,
    }));
}

function panesFor(source: Source, spec: WindowSpec): Panes {
  return source.settings.roiWindows.includes(spec) ? roiPanes(source, spec) : eventPanes(source);
}

function changedParts(source: Source, sourceOffset: number): WindowPart[] {
  const parts = [...source.dirty].flatMap(([spec, ends]) =>
    [...ends].flatMap(([end, keys]) => partsOf(source, spec, end, sumsOf(panesFor(source, spec), spec, end, keys), true, sourceOffset)),
  );
  source.dirty = new Map();
  return parts;
}

/** Closes what ends up to `through`. A window that had closed before the horizon when its data arrived is told no more. */
function closedParts(source: Source, through: number, sourceOffset: number): WindowPart[] {
  const from = Math.max(source.clock.through, source.clock.arrival - source.settings.patience.horizonMs);
  source.clock.through = through;
  return [...source.settings.windows, ...source.settings.roiWindows].flatMap((spec) =>
    endsWithin(spec, from, through).flatMap((end) =>
      partsOf(source, spec, end, sumsOf(panesFor(source, spec), spec, end), false, sourceOffset),
    ),
  );
}

function dropExpired(source: Source): void {
  const mark = watermark(source.clock, source.settings.patience) - source.settings.patience.graceMs;
  for (const pane of source.panes.values())
    if (pane.start + source.keepMs < mark) {
      source.heldEvents -= eventsIn(pane);
      source.panes.delete(pane.start);
      source.touched.events.delete(pane.start);
      source.touched.dropped.push(pane.start);
    }
}

function advance(source: Source, clockTime: number, sourceOffset: number): WindowPart[] {
  const through = floorTo(clockTime, source.paneMs);
  const changed = changedParts(source, sourceOffset);
  const closed = through > source.clock.through ? closedParts(source, through, sourceOffset) : [];
  dropExpired(source);
  return [...changed, ...closed];
}

/**
 * Tells what a batch has closed or changed.
 * @param sourceOffset offset of the next record of the source
 */
export const closeByEvents = (source: Source, sourceOffset: number): WindowPart[] =>
  advance(source, watermark(source.clock, source.settings.patience), sourceOffset);

/** Tells what closes because the source has been silent. `now` in milliseconds since 1970. */
export function closeBySilence(source: Source, now: number, sourceOffset: number): WindowPart[] {
  source.clock.arrival = Math.max(source.clock.arrival, now);
  return advance(source, idleThrough(now, source.settings.patience), sourceOffset);
}
