/**
 * Percentiles and users over time are made of sketches, and reading a month of these costs far more than reading their versions. So the steps of
 * a question are remembered with the versions they were made of, and only those that have changed since are asked again.
 */
import { coarsestTier } from '../domain/tier.ts';
import { secondsOf } from './rollup.ts';
import type { Scope } from './scope.ts';
import { type SeriesQuestion, type SeriesRow, seriesRows, seriesStamps } from './series.ts';
import { ask, type Rows } from './statement.ts';

/** Points remembered, of all questions together; some hundred bytes each. */
const MOST_POINTS = 200_000;

/** `until`: where the step ends, ms; days of two time zones may begin together and end apart. */
type Step = { until: number; stamp: string; rows: readonly SeriesRow[] };
type Steps = ReadonlyMap<number, Step>;

/** Rows of the steps between two edges, both included. */
type Asked = { first: number; last: number; rows: ReadonlyMap<number, SeriesRow[]> };

const noSteps: Steps = new Map();

const isCostly = ({ aggregate }: SeriesQuestion): boolean => aggregate === 'uniques' || aggregate.startsWith('p');

const keyOf = ({ tenantId }: Scope, { metric, feature, variant, aggregate, groupBy, edges }: SeriesQuestion): string =>
  JSON.stringify([tenantId, metric, feature, variant, aggregate, groupBy, coarsestTier(edges)]);

/** Seconds at which the steps begin whose rows are not known, as the first and the last of them among the edges; null when all are known. */
function unknownOf({ edges }: SeriesQuestion, known: Steps, stamps: ReadonlyMap<number, string>): { first: number; last: number } | null {
  const changed = edges.slice(0, -1).flatMap((edge, i) => {
    const [step, stamp] = [known.get(secondsOf(edge)), stamps.get(secondsOf(edge))];
    const same = stamp === undefined || (step?.stamp === stamp && step.until === edges[i + 1]);
    return same ? [] : [i];
  });
  const [first, last] = [changed[0], changed.at(-1)];
  return first === undefined || last === undefined ? null : { first, last };
}

function rowsByStep(rows: readonly SeriesRow[]): Map<number, SeriesRow[]> {
  const steps = new Map<number, SeriesRow[]>();
  for (const row of rows) {
    const step = steps.get(row.at);
    if (step) step.push(row);
    else steps.set(row.at, [row]);
  }
  return steps;
}

/** The order in which ClickHouse answers: by groups, then by time. */
function inOrder(rows: SeriesRow[], groupBy: SeriesQuestion['groupBy']): SeriesRow[] {
  const order = (a: SeriesRow, b: SeriesRow): number => {
    for (const dimension of groupBy) {
      const [one = '', other = ''] = [a[dimension], b[dimension]];
      if (one !== other) return one < other ? -1 : 1;
    }
    return a.at - b.at;
  };
  return rows.sort(order);
}

/** Steps that were asked for are as the answer says, also where it says nothing; the others are as they were known. */
function stepsNow({ edges }: SeriesQuestion, stamps: ReadonlyMap<number, string>, known: Steps, asked: Asked | null): Steps {
  const steps = new Map<number, Step>();
  for (const [i, edge] of edges.slice(0, -1).entries()) {
    const [at, until] = [secondsOf(edge), edges[i + 1] ?? edge];
    const stamp = stamps.get(at);
    const fresh = asked !== null && i >= asked.first && i <= asked.last;
    const rows = (fresh ? asked.rows.get(at) : known.get(at)?.rows) ?? [];
    if (stamp !== undefined) steps.set(at, { until, stamp, rows });
  }
  return steps;
}

export type SeriesAnswers = (clickhouse: Rows, scope: Scope, question: SeriesQuestion) => Promise<SeriesRow[]>;

/** Nothing remembered yet. The answers are those of `seriesRows`, at most `limit` rows. */
export function createSeriesAnswers(mostPoints = MOST_POINTS): SeriesAnswers {
  const kept = new Map<string, Steps>();
  let points = 0;
  function keep(key: string, steps: Steps): void {
    const sizeOf = (one: Steps): number => [...one.values()].reduce((sum, { rows }) => sum + 1 + rows.length, 0);
    points -= sizeOf(kept.get(key) ?? noSteps);
    kept.delete(key);
    kept.set(key, steps);
    points += sizeOf(steps);
    for (const [oldest, its] of kept) {
      if (points <= mostPoints) return;
      kept.delete(oldest);
      points -= sizeOf(its);
    }
  }
  return async (clickhouse, scope, question) => {
    if (!isCostly(question)) return ask(clickhouse, seriesRows(scope, question));
    const { edges, groupBy, limit } = question;
    // Asked before the rows: what is stored in between makes the next stamp another one.
    const stamps = new Map((await ask(clickhouse, seriesStamps(scope, question))).map(({ at, stamp }) => [at, stamp]));
    const key = keyOf(scope, question);
    const known = kept.get(key) ?? noSteps;
    const unknown = unknownOf(question, known, stamps);
    const part = unknown && { ...question, edges: edges.slice(unknown.first, unknown.last + 2) };
    const rows = part ? await ask(clickhouse, seriesRows(scope, part, coarsestTier(edges))) : [];
    if (rows.length >= limit) return rows;
    const steps = stepsNow(question, stamps, known, unknown && { ...unknown, rows: rowsByStep(rows) });
    keep(key, steps);
    return inOrder(
      [...steps.values()].flatMap((step) => step.rows),
      groupBy,
    ).slice(0, limit);
  };
}
