/** The ROI of any span of days: complete days as they are stored, the others calculated on the spot. A year is a few hundred stored rows a feature. */
import type { CostLine } from '../domain/cost.ts';
import { addSums, noSums, ownSums, type RoiCell, type RoiSums, totalOf } from '../domain/roi/cell.ts';
import { type PropertyRange, projectionsOf } from '../domain/roi/projection.ts';
import { type CategoryCost, type RoiParts, type RoiReport, roiReport } from '../domain/roi/report.ts';
import type { RoiDay } from '../domain/roi/value.ts';
import type { TargetSettings } from '../domain/target-metrics.ts';
import { plusDays } from '../domain/zone.ts';
import type { Days } from './costs.ts';
import { firstKnownDay } from './first-day.ts';
import { type StoredDay, storedCategories, storedDays, sumsOfDays } from './roi/books.ts';
import { calculateDays, type RoiDeps, roiDays } from './roi/calculate.ts';
import { newestEffects } from './roi/effects.ts';
import type { Scope } from './scope.ts';
import { readTargets } from './targets.ts';

export type ReportDeps = RoiDeps & {
  config: RoiDeps['config'] & TargetSettings & { roiPropertyProjection: PropertyRange };
};

const DAY_MS = 86_400_000;
/** So many days are calculated in one go: a year, and a little more. */
const CHUNK_DAYS = 370;

/** Days that follow on each other, as spans; none of them longer than `most`. */
export function runsOf(days: readonly string[], most = Number.POSITIVE_INFINITY): Days[] {
  const runs: Days[] = [];
  let length = 0;
  for (const day of days) {
    const last = runs.at(-1);
    const follows = last?.to === day && length < most;
    length = follows ? length + 1 : 1;
    if (follows) last.to = plusDays(day, 1);
    else runs.push({ from: day, to: plusDays(day, 1) });
  }
  return runs;
}

type Found = { features: Map<string, RoiSums>; days: Map<string, RoiSums>; categories: CategoryCost[] };

const merge = (target: Map<string, RoiSums>, name: string, sums: RoiSums): void =>
  void target.set(name, addSums(target.get(name) ?? noSums, sums));

function addCategory(categories: CategoryCost[], { category, provenance, amountUsdMicros }: CategoryCost): void {
  const known = categories.find((one) => one.category === category && one.provenance === provenance);
  if (known) known.amountUsdMicros += amountUsdMicros;
  else categories.push({ category, provenance, amountUsdMicros });
}

async function addStored(found: Found, { postgres }: RoiDeps, scope: Scope, span: Days): Promise<void> {
  const [sums, categories] = await Promise.all([sumsOfDays(postgres, scope, span), storedCategories(postgres, scope, span)]);
  for (const [feature, one] of sums.features) merge(found.features, feature, one);
  for (const [day, one] of sums.days) merge(found.days, day, one);
  for (const one of categories)
    addCategory(found.categories, { ...one, provenance: one.provenance === 'pipeline' ? 'event' : one.provenance });
}

function addCells(found: Found, cells: readonly RoiCell[], costs: readonly CostLine[], scope: Scope): void {
  for (const cell of cells) {
    const sums = scope.tenantId === null ? cell : ownSums(cell);
    merge(found.features, cell.featureId, totalOf([sums]));
    merge(found.days, cell.day, totalOf([sums]));
  }
  for (const line of costs) addCategory(found.categories, line);
}

/**
 * Only a day that is complete is final: all else is calculated, so that it is as fresh as the rollups.
 * @param first nothing is known of days before it; null: of none
 */
function splitDays(days: readonly string[], stored: readonly StoredDay[], first: string | null): { kept: string[]; open: string[] } {
  const final = new Set(stored.filter(({ complete }) => complete).map(({ day }) => day));
  return { kept: days.filter((day) => final.has(day)), open: days.filter((day) => !final.has(day) && first !== null && day >= first) };
}

/** `from` and `to` are the first and the last day, both part of it, in `zone`; only days of the installation's zone are stored. */
export type RoiQuestion = { from: string; to: string; zone?: string; fresh?: boolean };

/** Sums of every day, from the books where they are final. Only days of the installation's zone are in the books. */
async function gather(deps: RoiDeps, scope: Scope, { kept, open }: { kept: string[]; open: string[] }, now: number): Promise<Found> {
  const found: Found = { features: new Map(), days: new Map(), categories: [] };
  const [calculated] = await Promise.all([
    Promise.all(runsOf(open, CHUNK_DAYS).map((run) => calculateDays(deps, scope, run, now))),
    Promise.all(runsOf(kept).map((run) => addStored(found, deps, scope, run))),
  ]);
  for (const { cells, costs } of calculated) addCells(found, cells, costs, scope);
  found.categories.sort((a, b) => b.amountUsdMicros - a.amountUsdMicros || (a.category < b.category ? -1 : 1));
  return found;
}

const standing = (stored: StoredDay | undefined): Pick<StoredDay, 'revision' | 'provenance'> => ({
  revision: stored?.revision ?? 0,
  provenance: stored?.provenance ?? 'pipeline',
});

/** What is asked before it is known which days are to be calculated. What experiments show is of all tenants together: to one it would tell of the others. */
function background(deps: ReportDeps, scope: Scope, span: Days, ours: boolean) {
  return Promise.all([
    ours ? storedDays(deps.postgres, span) : [],
    firstKnownDay(deps),
    scope.tenantId === null ? newestEffects(deps.postgres) : [],
    readTargets(deps.postgres, scope, deps.config),
  ]);
}

/** The days of the report. That one was revised, or entered by hand, may tell of other tenants too. */
function daysWith(
  days: readonly RoiDay[],
  sums: ReadonlyMap<string, RoiSums>,
  stored: readonly StoredDay[],
  now: number,
): RoiParts['days'] {
  const rows = new Map(stored.map((one) => [one.day, one]));
  return days.map(({ day, to }) => ({ day, sums: sums.get(day) ?? noSums, complete: to <= now, ...standing(rows.get(day)) }));
}

/**
 * The report of a span; days to come are left out.
 * @param question `fresh`: calculate every day on the spot
 * @throws ImpactError `bad_request` when rollups that are needed are no longer kept
 */
export async function readRoi(deps: ReportDeps, scope: Scope, question: RoiQuestion, now: number): Promise<RoiReport> {
  const { from, to, zone = deps.config.timeZone, fresh = false } = question;
  const [span, ours] = [{ from, to: plusDays(to, 1) }, zone === deps.config.timeZone];
  const days = roiDays(zone, span, now);
  const [stored, first, effects, targets] = await background(deps, scope, span, ours);
  // A day of another zone may begin a day before that of ours.
  const known = ours || first === null ? first : plusDays(first, -1);
  const names = days.map(({ day }) => day);
  const split = splitDays(names, fresh ? [] : stored, known);
  const { features, categories, days: sums } = await gather({ ...deps, config: { ...deps.config, timeZone: zone } }, scope, split, now);
  return roiReport({
    from,
    to,
    elapsedDays: days.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0) / DAY_MS,
    features,
    days: daysWith(days, sums, scope.tenantId === null ? stored : [], now),
    categories,
    effects,
    projections: projectionsOf(deps.config.roiPropertyProjection),
    targetRoiPercent: targets('roi_percent', { day: to }).target,
  });
}
