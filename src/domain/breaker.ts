/**
 * The limit of dead-lettering. When too many records in a row, or too large a share of them, fail by what may be our own fault,
 * the partition is stopped: a bad deploy must not empty a topic into the dead letters.
 */

export type BreakerLimits = {
  /** Share of faults, 0 to 1, over the last `sample` records, that trips. */
  share: number;
  sample: number;
  /** Faults in a row that trip. */
  run: number;
};

export type Breaker = {
  /** Faults in a row up to now. */
  run: number;
  /** Records and faults since the count last began; halved when it has grown, so that old records fade. */
  records: number;
  faults: number;
  open: boolean;
  /** After a pause: the next fault trips at once, a sample without one ends the probing. */
  probing: boolean;
};

export const closedBreaker = (): Breaker => ({ run: 0, records: 0, faults: 0, open: false, probing: false });

/** An open breaker that may try again. */
export const probingBreaker = (): Breaker => ({ ...closedBreaker(), probing: true });

function faded({ records, faults }: Breaker, limits: BreakerLimits): Pick<Breaker, 'records' | 'faults'> {
  return records < 2 * limits.sample ? { records, faults } : { records: records / 2, faults: faults / 2 };
}

/** After `count` records without a fault of ours; faults of the records' own producers belong here too. */
export function passed(breaker: Breaker, count: number, limits: BreakerLimits): Breaker {
  const grown = { ...breaker, records: breaker.records + count, run: 0 };
  const counts = grown.records >= 4 * limits.sample ? { records: limits.sample, faults: 0 } : faded(grown, limits);
  return { ...grown, ...counts, probing: breaker.probing && breaker.records + count < limits.sample };
}

/** After one record that failed by what may be our own fault. */
export function failed(breaker: Breaker, limits: BreakerLimits): Breaker {
  const grown = { ...breaker, records: breaker.records + 1, faults: breaker.faults + 1, run: breaker.run + 1 };
  const overShare = grown.records >= limits.sample && grown.faults > limits.share * grown.records;
  return { ...grown, ...faded(grown, limits), open: breaker.open || breaker.probing || grown.run >= limits.run || overShare };
}
