/** What a set of events must add up to once it is stored: the sender's side of the books. */
import type { FeatureEvent } from './event.ts';
import { measurementsOf } from './measurement.ts';

const DAY_MS = 86_400_000;

/** Sums of one tenant's feature on one UTC day. Money in integer millionths of a US dollar. */
export type DayTotal = {
  /** ISO date, UTC. */
  day: string;
  tenantId: string;
  featureId: string;
  events: number;
  measurements: number;
  /** Net worth of the single observations, costs negative; satisfaction, which is valued by its mean, is not in it. */
  valueUsdMicros: number;
  costUsdMicros: number;
  ratings: number;
  ratingsSum: number;
};

/** ISO date of a moment, UTC. */
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

const empty = (day: string, tenantId: string, featureId: string): DayTotal => ({
  day,
  tenantId,
  featureId,
  events: 0,
  measurements: 0,
  valueUsdMicros: 0,
  costUsdMicros: 0,
  ratings: 0,
  ratingsSum: 0,
});

function book(total: DayTotal, event: FeatureEvent): void {
  const measured = measurementsOf(event);
  total.events += 1;
  total.measurements += measured.length;
  for (const { valueUsdMicros } of measured) total.valueUsdMicros += valueUsdMicros;
  if (event.kind === 'operating-costs') for (const { valueUsdMicros } of measured) total.costUsdMicros -= valueUsdMicros;
  if (event.kind !== 'property-intelligence') return;
  total.ratings += 1;
  total.ratingsSum += event.satisfactionScore;
}

export type Totals = { add(event: FeatureEvent): void; rows(): DayTotal[]; events(): number };

/** An empty set of books. First statements only: corrections and retractions are not understood here. */
export function createTotals(): Totals {
  const books = new Map<string, DayTotal>();
  let events = 0;
  return {
    add(event) {
      const day = Math.floor(event.occurredAt / DAY_MS);
      const key = `${day}|${event.tenantId}|${event.featureId}`;
      const total = books.get(key) ?? empty(dayOf(event.occurredAt), event.tenantId, event.featureId);
      books.set(key, total);
      book(total, event);
      events += 1;
    },
    rows: () => [...books.values()],
    events: () => events,
  };
}

/** One figure of one tenant's feature and day that is not stored as it was sent. */
export type Difference = { day: string; tenantId: string; featureId: string; figure: string; sent: number; stored: number };

const figures = ['events', 'measurements', 'valueUsdMicros', 'costUsdMicros', 'ratings', 'ratingsSum'] as const;

const keyOf = ({ day, tenantId, featureId }: DayTotal): string => `${day}|${tenantId}|${featureId}`;

/** Everything in which two sets of books differ; a row that one of them lacks counts as zeros. Empty when they agree, to the last micro. */
export function differences(sent: readonly DayTotal[], stored: readonly DayTotal[]): Difference[] {
  const storedByKey = new Map(stored.map((row) => [keyOf(row), row]));
  const known = new Set(sent.map(keyOf));
  const missing = stored.filter((row) => !known.has(keyOf(row))).map(({ day, tenantId, featureId }) => empty(day, tenantId, featureId));
  return [...sent, ...missing].flatMap((row) => {
    const { day, tenantId, featureId } = row;
    const other = storedByKey.get(keyOf(row)) ?? empty(day, tenantId, featureId);
    return figures
      .filter((figure) => row[figure] !== other[figure])
      .map((figure) => ({ day, tenantId, featureId, figure, sent: row[figure], stored: other[figure] }));
  });
}
