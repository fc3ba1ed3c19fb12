/** The state of a source as texts under keys, so that a changelog can hold it; and back. */
import type { Aggregate } from './aggregate.ts';
import type { Contribution } from './contribution.ts';
import { heldEvent, newPane, type Pane, putIn, takeOut } from './pane.ts';
import { NEVER, type SourceClock } from './watermark.ts';
import { eventsIn, newSource, paneHolding, type Source, type SourceId, type Windowing } from './windowing.ts';

/** Changes of state; null deletes. */
export type Deltas = Map<string, string | null>;

/** `clock|topic`, `events|topic|pane|chunk`, `sums|topic|pane`, `roi|topic|paneMs|pane`. */
const key = (...parts: (string | number)[]): string => parts.join('|');

const clockText = ({ maxTime, arrival, through }: SourceClock): string => JSON.stringify([maxTime, arrival, through]);
function clockOf(text: string): SourceClock {
  // JSON has no infinity: it wrote null for "never".
  const [maxTime, arrival, through] = (JSON.parse(text) as (number | null)[]).map((time) => time ?? NEVER);
  return { maxTime: maxTime ?? NEVER, arrival: arrival ?? NEVER, through: through ?? NEVER };
}

/** How many chunks of events each pane has in the changelog. */
export type Chunks = Map<number, number>;

function forget(source: Source, chunks: Chunks, start: number, deltas: Deltas): void {
  for (let i = 0; i < (chunks.get(start) ?? 0); i++) deltas.set(key('events', source.topic, start, i), null);
  chunks.delete(start);
}

function eventDeltas(source: Source, chunks: Chunks, deltas: Deltas): void {
  for (const [start, events] of source.touched.events) {
    const chunk = chunks.get(start) ?? 0;
    chunks.set(start, chunk + 1);
    deltas.set(key('events', source.topic, start, chunk), JSON.stringify(events));
  }
}

function paneDeltas(source: Source, chunks: Chunks, deltas: Deltas): void {
  for (const start of source.touched.sealed) {
    forget(source, chunks, start, deltas);
    deltas.set(key('sums', source.topic, start), JSON.stringify([...(source.panes.get(start)?.series ?? [])]));
  }
  for (const start of source.touched.dropped) {
    forget(source, chunks, start, deltas);
    deltas.set(key('sums', source.topic, start), null);
  }
}

function roiDeltas(source: Source, deltas: Deltas): void {
  for (const [{ paneMs, panes }, starts] of source.touched.roi)
    for (const [start, series] of starts)
      for (const one of series) deltas.set(key('roi', source.topic, paneMs, start, one), JSON.stringify(panes.get(start)?.get(one)));
}

/** ROI panes older than their longest window; the source goes on without them. */
function dropRoi(source: Source, deltas: Deltas): void {
  for (const { paneMs, keepMs, panes } of source.roi)
    for (const [start, series] of panes)
      if (start + keepMs + source.settings.patience.graceMs < source.clock.maxTime) {
        panes.delete(start);
        for (const one of series.keys()) deltas.set(key('roi', source.topic, paneMs, start, one), null);
      }
}

/** Takes down what has changed since the last time. */
export function takeDeltas(source: Source, chunks: Chunks): Deltas {
  const deltas: Deltas = new Map([[key('clock', source.topic), clockText(source.clock)]]);
  eventDeltas(source, chunks, deltas);
  roiDeltas(source, deltas);
  paneDeltas(source, chunks, deltas);
  dropRoi(source, deltas);
  source.touched = { events: new Map(), roi: new Map(), sealed: [], dropped: [] };
  return deltas;
}

const readers: Record<string, (source: Source, chunks: Chunks, parts: string[], text: string) => void> = {
  clock: (source, _, __, text) => {
    source.clock = clockOf(text);
  },
  events: (source, chunks, [, start, chunk], text) => {
    const pane = source.panes.get(Number(start)) ?? newPane(Number(start));
    source.panes.set(pane.start, pane);
    chunks.set(pane.start, Math.max(chunks.get(pane.start) ?? 0, Number(chunk) + 1));
    for (const event of JSON.parse(text) as Contribution[]) restoreEvent(source, pane, event);
  },
  sums: (source, _, [, start], text) => {
    source.panes.set(Number(start), { start: Number(start), events: null, series: new Map(JSON.parse(text) as [string, Aggregate][]) });
  },
  roi: (source, _, [, paneMs, start, ...series], text) => {
    const panes = source.roi.find((one) => one.paneMs === Number(paneMs))?.panes;
    const pane = panes?.get(Number(start)) ?? new Map<string, Aggregate>();
    panes?.set(Number(start), pane.set(series.join('|'), JSON.parse(text) as Aggregate));
  },
};

/** Chunks of two panes of one batch may come in another order than their events did, so the revision decides here too. */
function restoreEvent(source: Source, pane: Pane, event: Contribution): void {
  const holding = paneHolding(source, event);
  const old = holding && heldEvent(holding, event);
  if (old && old.revision >= event.revision) return;
  if (holding && old) takeOut(holding, old);
  putIn(pane, event);
}

/** A source as it was when these entries were taken down; entries in the order of their writing, those of other topics are passed over. */
export function restoreSource(id: SourceId, settings: Windowing, entries: ReadonlyMap<string, string>): { source: Source; chunks: Chunks } {
  const source = newSource(id, settings);
  const chunks: Chunks = new Map();
  for (const [name, text] of entries) {
    const [kind = '', topic, ...parts] = name.split('|');
    if (topic === id.topic) readers[kind]?.(source, chunks, [topic, ...parts], text);
  }
  source.heldEvents = [...source.panes.values()].reduce((sum, pane) => sum + eventsIn(pane), 0);
  return { source, chunks };
}
