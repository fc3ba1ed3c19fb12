/** Which days are to be calculated now, from what is stored and what has changed since. */
import { dueDays } from '../../domain/roi/due.ts';
import { dayAt, plusDays } from '../../domain/zone.ts';
import { type Days, daysOf } from '../costs.ts';
import { firstMeasuredDay } from '../first-day.ts';
import { runsOf } from '../roi.ts';
import { storedDays } from './books.ts';
import { goneBefore, type RoiDeps, roiDays } from './calculate.ts';
import { fingerprints, storedFingerprints } from './inputs.ts';

type PlanDeps = RoiDeps & { config: RoiDeps['config'] & { roiRecalculateDays: number } };

/** Days calculated in one transaction: a week, so that no more than that is held in memory or done again after a death. */
const RUN_DAYS = 7;

const earliest = (...days: (string | null | undefined)[]): string | null => days.filter((day) => typeof day === 'string').sort()[0] ?? null;

const latest = (a: string, b: string): string => (a > b ? a : b);

/** The first day that anything is known of: measured, calculated or entered. */
async function firstDay(deps: PlanDeps): Promise<string | null> {
  const [row] = await deps.postgres.query<{ day: string | null }>('SELECT min(date)::text AS day FROM business_metrics_daily');
  return earliest(row?.day, await firstMeasuredDay(deps));
}

/** Days that were asked for, before the days that are looked at as well. */
async function askedDays({ postgres }: PlanDeps, first: string, today: string): Promise<string[]> {
  const rows = await postgres.query<{ day: string }>(
    'SELECT date::text AS day FROM roi_due WHERE date >= $1 AND date <= $2 ORDER BY date',
    [first, today],
  );
  return rows.map(({ day }) => day);
}

/** A day whose rollups are gone stays as it was calculated while they were there. */
function isKept({ config }: PlanDeps, day: string, now: number): boolean {
  const [one] = roiDays(config.timeZone, { from: day, to: plusDays(day, 1) }, now);
  return one !== undefined && goneBefore(one, config, now) === null;
}

/** Spans of days that are due at `now`, the oldest first; today is always among them, unless nothing is known at all. */
export async function dueSpans(deps: PlanDeps, now: number): Promise<Days[]> {
  const today = dayAt(deps.config.timeZone, now);
  const first = await firstDay(deps);
  if (first === null) return [];
  const reach = plusDays(today, -deps.config.roiRecalculateDays);
  const span = { from: latest(first, reach), to: plusDays(today, 1) };
  const asked = await askedDays(deps, first, today);
  const [stored, before] = [await storedDays(deps.postgres, span), await storedFingerprints(deps.postgres, span)];
  const found = await fingerprints(deps, roiDays(deps.config.timeZone, span, now));
  const older = asked.filter((day) => day < span.from);
  const due = [...older, ...dueDays(daysOf(span), stored, before, found, new Set(asked))];
  return runsOf(
    due.filter((day) => isKept(deps, day, now)),
    RUN_DAYS,
  );
}
