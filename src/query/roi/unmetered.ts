/** Costs that no event tells of, within a time: what people entered and what is estimated, both of whole days, by the part of each day. */
import { dayAt, plusDays } from '../../domain/zone.ts';
import { costsOfDays } from '../costs.ts';
import { scopeOf } from '../scope.ts';
import { type RoiDeps, roiDays } from './calculate.ts';

/** @returns millionths of a US dollar */
export async function unmeteredCost(deps: RoiDeps, { from, to }: { from: number; to: number }): Promise<number> {
  const zone = deps.config.timeZone;
  const span = { from: dayAt(zone, from), to: plusDays(dayAt(zone, to - 1), 1) };
  const days = new Map(roiDays(zone, span, to).map((day) => [day.day, day]));
  const lines = (await costsOfDays(deps, scopeOf(null), span, { features: false, tenants: false })).filter(
    ({ provenance }) => provenance !== 'event',
  );
  return lines.reduce((sum, { day, amountUsdMicros }) => {
    const one = days.get(day);
    if (one === undefined) return sum;
    const within = Math.min(to, one.to) - Math.max(from, one.from);
    return sum + Math.round((amountUsdMicros * within) / (one.to - one.from));
  }, 0);
}
