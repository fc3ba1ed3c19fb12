/** Realistic events for any range of time: the same scenario and range give the same events, and adjoining ranges fit together without a seam. */
import type { EventOf, FeatureEvent } from './event.ts';
import { type CostLine, costLinesOf, hourlyCostUsd } from './generate/costs.ts';
import { randomFor, uuidFrom } from './generate/random.ts';
import type { Scenario } from './generate/scenario.ts';
import { eventsBefore, HOUR_MS } from './generate/season.ts';
import { eventOf, type Stream, streamsOf } from './generate/streams.ts';

/** Events are made slot by slot, so that a fast stream never holds more than this much of it in memory. */
const SLOT_MS = 10_000;

/** The events of one stream in one slot, spread evenly with some jitter, in order of time. */
function* ofSlot(scenario: Scenario, stream: Stream, start: number): Generator<FeatureEvent> {
  const first = Math.floor(eventsBefore(stream.season, stream.perWeek, start));
  const end = Math.floor(eventsBefore(stream.season, stream.perWeek, start + SLOT_MS));
  const step = SLOT_MS / (end - first);
  for (let index = first; index < end; index += 1) {
    const event = eventOf(scenario, stream, index, (unit) => start + Math.floor((index - first + unit) * step));
    const { within } = stream;
    if (within === null || (event.occurredAt >= within.from && event.occurredAt < within.to)) yield event;
  }
}

function costEvent(scenario: Scenario, line: CostLine, hour: number): EventOf<'operating-costs'> {
  const amountUsd = hourlyCostUsd(line, hour);
  const random = randomFor(scenario.seed, `cost|${line.tenantId}|${line.feature}|${line.category}`, hour);
  return {
    kind: 'operating-costs',
    eventId: uuidFrom(random),
    revision: 0,
    retracted: false,
    source: 'billing',
    occurredAt: hour * HOUR_MS,
    tenantId: line.tenantId,
    userId: null,
    entityId: null,
    featureId: line.feature,
    variant: null,
    category: line.category,
    amountUsd,
    usageUnits: line.unitUsd === null ? null : Math.round(Number(amountUsd) / line.unitUsd),
    description: null,
    chargePeriodStart: (hour - 1) * HOUR_MS,
    chargePeriodEnd: hour * HOUR_MS,
  };
}

/** Costs are stated once an hour, for the hour that has ended. */
const costsOfSlot = (scenario: Scenario, lines: CostLine[], start: number): FeatureEvent[] =>
  start % HOUR_MS === 0 ? lines.map((line) => costEvent(scenario, line, start / HOUR_MS)) : [];

const byTime = (a: FeatureEvent, b: FeatureEvent): number => a.occurredAt - b.occurredAt;

/**
 * @param from inclusive, milliseconds since 1970, UTC
 * @param to exclusive
 * @returns the range's events in order of event time, made while they are asked for
 */
export function* generateEvents(scenario: Scenario, from: number, to: number): Generator<FeatureEvent> {
  const streams = streamsOf(scenario);
  const lines = costLinesOf(scenario);
  for (let start = Math.floor(from / SLOT_MS) * SLOT_MS; start < to; start += SLOT_MS) {
    const slot = costsOfSlot(scenario, lines, start);
    for (const stream of streams) slot.push(...ofSlot(scenario, stream, start));
    for (const event of slot.sort(byTime)) if (event.occurredAt >= from && event.occurredAt < to) yield event;
  }
}
