/** The checklists: people's words, and the verdicts. */
import { ImpactError } from '../domain/errors.ts';
import type { KpiAttestation } from '../domain/kpi/facts.ts';
import { judgeKpi } from '../domain/kpi/judge.ts';
import { attestedLines, type KpiChecklist, type KpiId, type KpiPeriod, kpiLines, kpiSpan } from '../domain/kpi.ts';
import { dayAt } from '../domain/zone.ts';
import { firstMeasuredDay } from './first-day.ts';
import { factsOf, type KpiDeps } from './kpi-facts.ts';
import type { Database } from './rules.ts';

type AttestationRow = { line: string; met: boolean; note: string; by: string; at: Date };

/** The newest word on each line. */
async function attestations(database: Database, since: string): Promise<Map<string, KpiAttestation>> {
  const rows = await database.query<AttestationRow>(
    `SELECT DISTINCT ON (line) line, met, note, attested_by AS by, attested_at AS at FROM kpi_attestations WHERE since = $1 ORDER BY line, id DESC`,
    [since],
  );
  return new Map(rows.map(({ line, at, ...word }) => [line, { ...word, at: at.getTime() }]));
}

/** The day from which the checklists count: as asked, as configured, else the first of which anything is stored; null when nothing is. */
export const kpiBegin = async (deps: KpiDeps, asked: string | undefined): Promise<string | null> =>
  asked ?? (deps.config.kpiSince || (await firstMeasuredDay(deps)));

/** The checklist of a period, judged now. Null when the period has not begun. */
export async function checklist(deps: KpiDeps, period: KpiPeriod, since: string, now: number): Promise<KpiChecklist | null> {
  const zone = deps.config.timeZone;
  const span = kpiSpan(period, since, dayAt(zone, now));
  if (span === null) return null;
  const [facts, words] = await Promise.all([factsOf(deps, { ...span, now, zone }), attestations(deps.postgres, since)]);
  const lines = kpiLines
    .filter((line) => line.period === period)
    .map((line) => ({ ...line, ...judgeKpi(line.id, facts, words.get(line.id) ?? null) }));
  return { period, from: span.from, to: span.last, complete: span.complete, lines };
}

/** Keeps a person's word on a line. @throws ImpactError `bad_request` for a line that a machine judges */
export async function attestKpi(
  database: Database,
  { since, line, met, note, by }: { since: string; line: string; met: boolean; note: string; by: string },
): Promise<void> {
  if (!attestedLines.includes(line as Extract<KpiId, 'scale-ready'>))
    throw new ImpactError('bad_request', 'this line is not for people to attest', {
      problems: [{ field: 'line', value: line, expected: `one of ${attestedLines.join(', ')}; the others are judged by what is measured` }],
    });
  await database.query('INSERT INTO kpi_attestations (since, line, met, note, attested_by) VALUES ($1, $2, $3, $4, $5)', [
    since,
    line,
    met,
    note,
    by,
  ]);
}
