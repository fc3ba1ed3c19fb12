/** What is still there of a day, where each tier's rows expire on their own. */
import { type Tier, tierMs } from './tier.ts';

/** Retention of raw events, minute and hour rollups, days, as configured. Day rollups are kept for ever. */
export type RetentionDays = { retentionRawDays: number; retentionMinuteDays: number; retentionHourDays: number };

/** @returns the begin of the first UTC day that is kept whole, milliseconds since 1970 */
export const keptWholeFrom = (now: number, days: number): number => Math.ceil((now - days * tierMs['1d']) / tierMs['1d']) * tierMs['1d'];

/**
 * The finest tier that keeps the day: rows of a finer one would be dropped as they are written. A finer tier is never kept longer than a coarser one
 * (src/domain/ddl.ts).
 * @param day its begin, milliseconds since 1970
 */
export function finestTier(day: number, now: number, { retentionRawDays, retentionMinuteDays, retentionHourDays }: RetentionDays): Tier {
  const minuteDays = Math.max(retentionMinuteDays, retentionRawDays);
  if (day >= keptWholeFrom(now, minuteDays)) return '1m';
  return day >= keptWholeFrom(now, Math.max(retentionHourDays, minuteDays)) ? '1h' : '1d';
}
