/** Keeps the parts of an experiment's time that are over, so that only the rest is read from raw events. */
import { entry } from '../../domain/entry.ts';
import { type DayState, type Part, partChunks, partsOf, planParts, rangesOf, readingFrom } from '../../domain/experiment/parts.ts';
import type { ArmRow, ExperimentQuestion, Measure } from '../../domain/experiment.ts';
import { experimentRows } from '../experiment.ts';
import type { Scope } from '../scope.ts';
import { ask, type Rows, type Statement } from '../statement.ts';
import { experimentRowsOfCells, type Sourced } from './cells.ts';
import { experimentRowsOfFold, type Fold, foldName, foldOf, keepFold } from './fold.ts';
import { buildOf, dayStates, type Keeping, keepCells, keepExposures, keptParts, registerBuilds, seriesOf } from './keep.ts';
import { keepValues, keptValues, rawValues } from './values.ts';

/** What answers statements, and may run those that write. Without `command` nothing is kept. */
export type KeepingRows = Rows & { command?(text: string, params?: Record<string, unknown>): Promise<void> };

/** Fewer measurements and exposures than this are read raw sooner than their parts are looked up. */
export const WORTH_KEEPING = 500_000;

type Day = DayState & { nonce: number; now: number };

/** What the measures of one question share: the state of its days, and where each series stands. */
export type Period = {
  parts: readonly Part[];
  days: readonly Day[];
  series: Map<string, Promise<Sourced>>;
  folds: Map<string, Promise<string | null>>;
};

type FoldName = ReturnType<typeof foldName>;
type KeepFold = (as: { series: string; build: string }) => Statement<never>;
type Keep = (keepings: readonly Keeping[], ranges: readonly Part[]) => Statement<never>;

function keepingsOf(parts: readonly Part[], days: readonly Day[]): (Keeping & { stamp: string })[] {
  return parts.map((part) => {
    const { nonce = 0, stamp = '' } = days.findLast(({ day }) => day <= part.from) ?? {};
    return { ...part, build: buildOf(part, nonce), stamp };
  });
}

/** Keeps what is due of a series, and says what then stands where. A part that cannot be kept is read raw. */
async function sourced(clickhouse: Required<KeepingRows>, series: string, { parts, days }: Period, keep: Keep): Promise<Sourced> {
  const range = { from: parts[0]?.from ?? 0, to: parts.at(-1)?.to ?? 0 };
  const plan = planParts(parts, days, await ask(clickhouse, keptParts(series, range)), days[0]?.now);
  const [builds, raw] = [plan.kept.map(({ build }) => build), plan.raw];
  for (const chunk of partChunks(plan.due, days)) {
    const keepings = keepingsOf(chunk, days);
    try {
      for (const { text, params } of [keep(keepings, rangesOf(chunk)), registerBuilds(series, keepings)])
        await clickhouse.command(text, params);
      builds.push(...keepings.map(({ build }) => build));
    } catch {
      // Whoever may not write, or cannot now, may still read; if ClickHouse is away, the question says so.
      raw.push(...chunk);
    }
  }
  return { builds, raw: raw.sort((a, b) => a.from - b.from) };
}

/**
 * What is known of the question's days; null where keeping is not worth it, or not possible.
 * The stamps are asked before anything is read: what is stored in between makes the next stamp another one.
 */
export async function keptPeriod(
  clickhouse: KeepingRows,
  scope: Scope,
  question: ExperimentQuestion,
  least: number,
): Promise<Period | null> {
  if (clickhouse.command === undefined) return null;
  const range = { from: readingFrom(question), to: question.period.to };
  const days = (await ask(clickhouse, dayStates(scope, question.feature, range))).map((row) => ({ ...row, settled: row.settled === 1 }));
  if (days.reduce((sum, { events }) => sum + events, 0) < least) return null;
  return { parts: partsOf(question), days, series: new Map(), folds: new Map() };
}

/** Older ones are of another day's question, and about to go. */
const FOLD_SERVES_MS = 86_400_000;

/** The build under which a question's past is summed up, now if it was not; null where that cannot be done. */
async function folded(
  clickhouse: Required<KeepingRows>,
  { days }: Period,
  fold: Fold,
  name: FoldName,
  keep: KeepFold,
): Promise<string | null> {
  const { series, stamp } = name;
  const known = await ask(clickhouse, keptParts(series, { from: fold.end, to: fold.end + 1000 }));
  const current = known.find((one) => one.stamp === stamp && one.ageMs < FOLD_SERVES_MS);
  if (current) return current.build;
  const part = { from: fold.end, to: fold.end };
  const build = buildOf(part, days.at(-1)?.nonce ?? 0);
  try {
    for (const { text, params } of [keep({ series, build }), registerBuilds(series, [{ ...part, build, stamp }])])
      await clickhouse.command(text, params);
    return build;
  } catch {
    return null;
  }
}

/** A series of the period, once: also where two measures that are made of it are asked for together. */
const seriesIn = (clickhouse: KeepingRows, period: Period, name: string, keep: Keep): Promise<Sourced> =>
  entry(period.series, name, () => sourced(clickhouse as Required<KeepingRows>, name, period, keep));

const exposuresIn = (clickhouse: KeepingRows, scope: Scope, question: ExperimentQuestion, period: Period): Promise<Sourced> =>
  seriesIn(clickhouse, period, seriesOf(scope, question, null), (keepings, ranges) => keepExposures(scope, question, keepings, ranges));

/** The measurements that a quantile is of, as `rawValues` gives them, by way of what is kept if there is any. @param oneIn as of `sampleOf` */
export async function measuredValues(
  clickhouse: KeepingRows,
  scope: Scope,
  question: ExperimentQuestion,
  measure: Measure,
  oneIn: number,
  period: Period | null,
): Promise<Statement<never>> {
  if (period === null) return rawValues(scope, question, measure, oneIn);
  const keep: Keep = (keepings, ranges) => keepValues(scope, question, measure, oneIn, keepings, ranges);
  const [exposures, cells] = await Promise.all([
    exposuresIn(clickhouse, scope, question, period),
    seriesIn(clickhouse, period, seriesOf(scope, question, measure, oneIn), keep),
  ]);
  return keptValues(scope, question, measure, oneIn, { exposures, cells });
}

/** Measures nothing: its rows tell who was exposed to what. */
export const exposuresOnly: Measure = { metric: '', aggregation: 'total', denominator: null, level: null };
const nothing: Sourced = { builds: [], raw: [] };

/** The sums of a measure that is no quantile, by way of what is kept if there is any. */
export async function measureRows(
  clickhouse: KeepingRows,
  scope: Scope,
  question: ExperimentQuestion,
  measure: Measure,
  period: Period | null,
): Promise<ArmRow[]> {
  if (period === null) return ask(clickhouse, experimentRows(scope, question, measure));
  const keepSums: Keep = (keepings, ranges) => keepCells(scope, question, measure, keepings, ranges);
  const [exposures, cells] = await Promise.all([
    exposuresIn(clickhouse, scope, question, period),
    measure === exposuresOnly ? nothing : seriesIn(clickhouse, period, seriesOf(scope, question, measure), keepSums),
  ]);
  const fold = foldOf(question, { exposures, cells });
  if (fold === null) return ask(clickhouse, experimentRowsOfCells(scope, question, measure, { exposures, cells }));
  const name = foldName(scope, question, measure, fold);
  const keep: KeepFold = (as) => keepFold(scope, question, measure, fold, as);
  const build = await entry(period.folds, name.series, () => folded(clickhouse as Required<KeepingRows>, period, fold, name, keep));
  if (build === null) return ask(clickhouse, experimentRowsOfCells(scope, question, measure, { exposures, cells }));
  return ask(clickhouse, experimentRowsOfFold(scope, question, measure, fold, { series: name.series, build }));
}
