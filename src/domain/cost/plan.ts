/** What an import changes: decided before anything is written, all of it or nothing. */

import type { Problem } from '../errors.ts';
import { MAX_REVISION } from '../fields.ts';
import { usdOfMicros } from '../roi.ts';
import { type BookedCharge, type Charge, sharesOf } from './charge.ts';

/** A charge as the books have it. Days that begin before `eventsFrom` (ms) are manual rows, the others events. */
export type StoredCharge = BookedCharge & { eventsFrom: number };

/** One day of a charge that is to be a manual row, since its event would come too late. */
export type ManualDay = { chargeId: string; day: string; amountUsdMicros: number };

export type Booking = { charge: StoredCharge; manual: ManualDay[] };
export type PlanRules = {
  zone: string;
  /** An event before this instant is too old to be stored, ms. */
  keptFrom: number;
  /** What becomes of such days: `refuse` says so, `manual` writes them as rows of operating_costs_daily. */
  older: 'refuse' | 'manual';
};
export type ImportPlan = { added: Booking[]; changed: Booking[]; unchanged: number; retracted: Booking[]; problems: Problem[] };

const dayText = (at: number): string => new Date(at).toISOString().slice(0, 10);

const tooOld = (place: string, charge: Charge, { keptFrom }: PlanRules): Problem => ({
  field: `${place}, ChargePeriodStart`,
  value: new Date(charge.start).toISOString(),
  expected: `${dayText(keptFrom)} or later: events of earlier days are past the retention of raw events and would be set aside as late; ask for them to be kept as manual rows of operating_costs_daily (older: manual)`,
});

const uncorrectable = (place: string, charge: StoredCharge, { keptFrom }: PlanRules): Problem => ({
  field: place,
  value: `charge ${charge.id}, booked at ${usdOfMicros(charge.amountUsdMicros)} USD`,
  expected: `the amount that is booked: its events before ${dayText(keptFrom)} are past the retention and cannot be corrected any more; state the difference as a cost of its own`,
});

function withManual(charge: StoredCharge): Booking {
  const manual = sharesOf(charge)
    .filter(({ at }) => at < charge.eventsFrom)
    .map(({ day, amountUsdMicros }) => ({ chargeId: charge.id, day, amountUsdMicros: charge.retracted ? 0 : amountUsdMicros }));
  return { charge, manual };
}

function fresh(charge: Charge, id: string, place: string, rules: PlanRules): Booking | Problem {
  const booked = { ...charge, id, revision: 0, retracted: false, zone: rules.zone };
  const starts = sharesOf(booked).map(({ at }) => at);
  const eventsFrom = starts.find((at) => at >= rules.keptFrom) ?? charge.end;
  if (eventsFrom > charge.start && rules.older === 'refuse') return tooOld(place, charge, rules);
  return withManual({ ...booked, eventsFrom });
}

/** The next revision of a booked charge, unless some of its events are out of reach. */
function revised(stored: StoredCharge, changes: Partial<StoredCharge>, place: string, rules: PlanRules): Booking | Problem {
  const outOfReach = sharesOf(stored).some(({ at }) => at >= stored.eventsFrom && at < rules.keptFrom);
  if (outOfReach || stored.revision >= MAX_REVISION) return uncorrectable(place, stored, rules);
  return withManual({ ...stored, ...changes, revision: stored.revision + 1 });
}

const same = (stored: StoredCharge, charge: Charge): boolean =>
  !stored.retracted && stored.amountUsdMicros === charge.amountUsdMicros && stored.category === charge.category;

const isProblem = (one: Booking | Problem): one is Problem => 'expected' in one;

function sort(planned: (Booking | Problem)[], problems: Problem[]): Booking[] {
  problems.push(...planned.filter(isProblem));
  return planned.filter((one) => !isProblem(one)) as Booking[];
}

/**
 * @param read the charges of a file with their ids and places
 * @param stored those of them that are booked already, by id
 * @param gone booked charges of the same datasets that the file no longer has, when it replaces those datasets; else none
 */
export function planImport(
  read: readonly { charge: Charge; id: string; place: string }[],
  stored: ReadonlyMap<string, StoredCharge>,
  gone: readonly StoredCharge[],
  rules: PlanRules,
): ImportPlan {
  const problems: Problem[] = [];
  const [added, changed]: [(Booking | Problem)[], (Booking | Problem)[]] = [[], []];
  let unchanged = 0;
  for (const { charge, id, place } of read) {
    const present = stored.get(id);
    if (present === undefined) added.push(fresh(charge, id, place, rules));
    else if (same(present, charge)) unchanged += 1;
    else {
      const { amountUsdMicros, category, stated, description } = charge;
      changed.push(revised(present, { amountUsdMicros, category, stated, description, retracted: false }, place, rules));
    }
  }
  const retracted = gone.map((one) => revised(one, { retracted: true }, 'replaced dataset', rules));
  return { added: sort(added, problems), changed: sort(changed, problems), unchanged, retracted: sort(retracted, problems), problems };
}
