/** What days are calculated from, as a text that changes whenever any of it does: so late events, replays and manual entries are noticed. */
import { CALCULATION_VERSION } from '../../domain/roi/report.ts';
import type { RoiDay } from '../../domain/roi/value.ts';
import { tierMs } from '../../domain/tier.ts';
import { floorTo } from '../../domain/window.ts';
import { plusDays } from '../../domain/zone.ts';
import type { Days } from '../costs.ts';
import { firstMeasuredDay, manualTables } from '../first-day.ts';
import { secondsOf } from '../rollup.ts';
import type { Database } from '../rules.ts';
import type { Rows } from '../statement.ts';
import type { RoiDeps } from './calculate.ts';

type Stamp = { at: number; stamp: string };

/**
 * Of each UTC day: the versions of its rollups, which only grow, and the generation that readers see.
 * Rows of a generation that is being built change it as well: then a day is calculated once more than it need be, with the same result.
 */
async function rollupStamps(clickhouse: Rows, from: number, to: number): Promise<Map<number, string>> {
  const rows = await clickhouse.query<Stamp>(
    `SELECT toUnixTimestamp(toDateTime(day, 'UTC')) AS at, toString(sum(part)) AS stamp
FROM (
  SELECT toDate(bucket) AS day, cityHash64(tenant, feature, metric, variant, epoch, toString(version)) AS part FROM rollup_1d FINAL
  WHERE bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({to:UInt32}, 'UTC') AND metric != 'exposure'
  UNION ALL
  SELECT day, cityHash64(tenant, active, 'epoch') AS part FROM epochs FINAL
  WHERE active > 0 AND day >= toDate(toDateTime({from:UInt32}, 'UTC')) AND day < toDate(toDateTime({to:UInt32}, 'UTC'))
)
GROUP BY day`,
    { from: secondsOf(from), to: secondsOf(to) },
  );
  return new Map(rows.map(({ at, stamp }) => [at * 1000, stamp]));
}

const manualSql = `SELECT day, md5(string_agg(line, '|' ORDER BY line)) AS stamp FROM (
${manualTables.map((table) => `SELECT date::text AS day, '${table}' || t::text AS line FROM ${table} AS t WHERE provenance = 'manual' AND date >= $1 AND date < $2`).join('\nUNION ALL\n')}
) AS entered GROUP BY day`;

async function manualStamps(postgres: Database, { from, to }: Days): Promise<Map<string, string>> {
  const rows = await postgres.query<{ day: string; stamp: string }>(manualSql, [from, to]);
  return new Map(rows.map(({ day, stamp }) => [day, stamp]));
}

/** The UTC days that a day of any zone lies in. */
function utcDays({ from, to }: RoiDay): number[] {
  const days: number[] = [];
  for (let at = floorTo(from, tierMs['1d']); at < to; at += tierMs['1d']) days.push(at);
  return days;
}

/** What a fingerprint is made of, each part in its place. */
const fingerprintParts = ['settings', 'manual', 'rollups'] as const;
const PART = '\n';

/** Which parts of a fingerprint have changed. */
export function changedParts(before: string, after: string): (typeof fingerprintParts)[number][] {
  const [one, other] = [before.split(PART), after.split(PART)];
  return fingerprintParts.filter((_, i) => one[i] !== other[i]);
}

/** Days' fingerprints; a day of which nothing is stored and nothing was entered has one, too. */
export async function fingerprints(deps: RoiDeps, days: readonly RoiDay[]): Promise<Map<string, string>> {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return new Map();
  const [rollups, manual] = await Promise.all([
    rollupStamps(deps.clickhouse, floorTo(first.from, tierMs['1d']), last.to + tierMs['1d']),
    manualStamps(deps.postgres, { from: first.day, to: plusDays(last.day, 1) }),
  ]);
  const { roiSharedCosts, costsRecurring, costsRecurringFrom, timeZone } = deps.config;
  const settings = JSON.stringify([CALCULATION_VERSION, roiSharedCosts, costsRecurring, timeZone]);
  // Estimates begin with the first day that anything is known of, which an import of older days moves.
  const estimatedFrom = costsRecurringFrom || (await firstMeasuredDay(deps)) || first.day;
  const rollupsOf = (day: RoiDay): string =>
    utcDays(day)
      .map((at) => rollups.get(at) ?? '')
      .join();
  const stampOf = (day: RoiDay): string => [`${settings}${day.day >= estimatedFrom}`, manual.get(day.day) ?? '', rollupsOf(day)].join(PART);
  return new Map(days.map((day) => [day.day, stampOf(day)]));
}

/** The fingerprints that days were last calculated from. */
export async function storedFingerprints(postgres: Database, { from, to }: Days): Promise<Map<string, string>> {
  const rows = await postgres.query<{ day: string; fingerprint: string }>(
    'SELECT date::text AS day, fingerprint FROM roi_inputs WHERE date >= $1 AND date < $2',
    [from, to],
  );
  return new Map(rows.map(({ day, fingerprint }) => [day, fingerprint]));
}

export async function rememberFingerprints(tx: Database, found: ReadonlyMap<string, string>): Promise<void> {
  await tx.query(
    `INSERT INTO roi_inputs (date, fingerprint) SELECT * FROM unnest($1::date[], $2::text[])
ON CONFLICT (date) DO UPDATE SET fingerprint = EXCLUDED.fingerprint`,
    [[...found.keys()], [...found.values()]],
  );
}
