/** Value and cost by tenant and feature in coarse panes, kept for as long as the longest ROI window. */
import { type Aggregate, emptyAggregate } from '../aggregate.ts';
import { type Contribution, roiKey } from '../contribution.ts';
import { entry } from '../entry.ts';
import { floorTo, type WindowSpec } from '../window.ts';

/** Panes of one size: start -> series key -> sums. `keepMs`: length of the longest window made of them. */
export type RoiPanes = { paneMs: number; keepMs: number; panes: Map<number, Map<string, Aggregate>> };

/** Panes for these windows; windows of one hop share theirs. */
export function newRoiPanes(specs: readonly WindowSpec[]): RoiPanes[] {
  const hops = [...new Set(specs.map(({ hopMs }) => hopMs))];
  const longest = (hopMs: number) => Math.max(...specs.filter((spec) => spec.hopMs === hopMs).map(({ sizeMs }) => sizeMs));
  return hops.map((paneMs) => ({ paneMs, keepMs: longest(paneMs), panes: new Map() }));
}

/**
 * Adds (`sign` 1) or takes out (-1) an event.
 * @returns the start of the pane that changed; null when the event has neither value nor cost
 */
export function addShare({ paneMs, panes }: RoiPanes, event: Contribution, sign: 1 | -1): number | null {
  if (!event.roi || event.retracted) return null;
  const start = floorTo(event.occurredAt, paneMs);
  const pane = entry(panes, start, () => new Map<string, Aggregate>());
  const aggregate = entry(pane, roiKey(event.featureId, event.tenantId), emptyAggregate);
  aggregate.n += sign * event.roi.n;
  aggregate.sum += sign * event.roi.sum;
  aggregate.valueUsdMicros += sign * event.roi.valueUsdMicros;
  aggregate.costUsdMicros += sign * event.roi.costUsdMicros;
  return start;
}
