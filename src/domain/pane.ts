/** A pane is the smallest piece of time: every window is a row of panes. It keeps its events, so that each counts once and can be corrected. */
import { type Aggregate, addValue, emptyAggregate, removeValue } from './aggregate.ts';
import { type Contribution, seriesKey } from './contribution.ts';
import { entry } from './entry.ts';

/** Events by tenant and feature, then by id; null once sealed, when only the sums are left. */
type Ledger = Map<string, Map<string, Contribution>>;

export type Pane = { start: number; events: Ledger | null; series: Map<string, Aggregate> };

export const newPane = (start: number): Pane => ({ start, events: new Map(), series: new Map() });

const ownerOf = ({ tenantId, featureId }: Contribution): string => `${featureId}\u0000${tenantId}`;

/** What the pane holds under this event's identity. */
export const heldEvent = (pane: Pane, event: Contribution): Contribution | undefined =>
  pane.events?.get(ownerOf(event))?.get(event.eventId);

function* sameSeries(pane: Pane, event: Contribution, metric: string): Generator<number> {
  for (const other of pane.events?.get(ownerOf(event))?.values() ?? []) {
    if (other.retracted || other.variant !== event.variant) continue;
    for (const one of other.measurements) if (one.metric === metric) yield one.value;
  }
}

/** Reads the extremes of a series again from its events, after one that was an extreme is gone. */
function refindExtremes(pane: Pane, event: Contribution, metric: string, aggregate: Aggregate): void {
  aggregate.min = null;
  aggregate.max = null;
  for (const value of sameSeries(pane, event, metric)) {
    if (aggregate.min === null || value < aggregate.min) aggregate.min = value;
    if (aggregate.max === null || value > aggregate.max) aggregate.max = value;
  }
}

/** Takes an event out. Nothing happens when it is not in. */
export function takeOut(pane: Pane, event: Contribution): void {
  if (!pane.events?.get(ownerOf(event))?.delete(event.eventId) || event.retracted) return;
  for (const { metric, value, valueUsdMicros } of event.measurements) {
    const aggregate = pane.series.get(seriesKey(metric, event));
    if (aggregate && !removeValue(aggregate, value, valueUsdMicros)) refindExtremes(pane, event, metric, aggregate);
  }
}

/** Puts an event in; one of its identity must have been taken out before. A retracted one is remembered and counts nothing. */
export function putIn(pane: Pane, event: Contribution): void {
  const owner = ownerOf(event);
  if (pane.events) entry(pane.events, owner, () => new Map<string, Contribution>()).set(event.eventId, event);
  if (event.retracted) return;
  for (const { metric, value, valueUsdMicros } of event.measurements) {
    addValue(entry(pane.series, seriesKey(metric, event), emptyAggregate), value, valueUsdMicros);
  }
}
