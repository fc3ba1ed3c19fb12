/** One charge of an invoice, and the cost events that it is stated by: one for each day that it is for. */

import type { EventOf } from '../event.ts';
import { usdOfMicros } from '../roi.ts';
import { type DayShare, spreadOverDays } from './spread.ts';

/** Times in milliseconds since 1970; `end` is not part of the period. */
export type Charge = {
  /** What makes it this charge and no other, whatever it comes to: the same text gets the same id. */
  identity: string;
  /** The dataset that it is part of, as providers deliver them: provider, account, billing period. */
  dataset: string;
  tenantId: string;
  featureId: string;
  category: string;
  start: number;
  end: number;
  amountUsdMicros: number;
  /** As the invoice states it, in its currency, and US dollars for one unit of that. */
  stated: { amount: string; currency: string; rate: string };
  /** For people: service, provider, what for. */
  description: string;
};

/** A charge as it is booked. `zone`: whose days it was spread over first; it keeps them, since an event keeps its minute. */
export type BookedCharge = Charge & { id: string; revision: number; retracted: boolean; zone: string };

const costSource = 'cost-import';

export const sharesOf = ({
  amountUsdMicros,
  start,
  end,
  zone,
}: Pick<BookedCharge, 'amountUsdMicros' | 'start' | 'end' | 'zone'>): DayShare[] => spreadOverDays(amountUsdMicros, start, end, zone);

/**
 * The events of a charge: each day's share at the moment when the charge begins on that day. Same charge, same revision: the same events.
 * @param between only shares that begin from the first moment on and before the second
 * @param idOf a UUID that is always the same for the same text
 */
export function eventsOfCharge(
  charge: BookedCharge,
  between: { from: number; to: number },
  idOf: (text: string) => string,
): EventOf<'operating-costs'>[] {
  return sharesOf(charge)
    .filter(({ at, amountUsdMicros }) => at >= between.from && at < between.to && (amountUsdMicros !== 0 || charge.revision > 0))
    .map(({ at, day, amountUsdMicros }) => ({
      kind: 'operating-costs',
      eventId: idOf(`${charge.id} ${day}`),
      revision: charge.revision,
      retracted: charge.retracted,
      source: costSource,
      occurredAt: at,
      tenantId: charge.tenantId,
      userId: null,
      entityId: charge.id,
      featureId: charge.featureId,
      variant: null,
      category: charge.category,
      amountUsd: usdOfMicros(amountUsdMicros),
      usageUnits: null,
      description: charge.description,
      chargePeriodStart: charge.start,
      chargePeriodEnd: charge.end,
    }));
}
