/** From what people ask of an experiment to a question that can be put to ClickHouse; what they leave out follows from the flag and from the metrics' names. */

import { errorRateThreshold } from '../decision/classic.ts';
import type { PolicyName } from '../decision.ts';
import { ImpactError, type Problem } from '../errors.ts';
import type { Arms, ExperimentQuestion, GoalMeasure, GuardrailMeasure, Measure, TriggerMeasure } from '../experiment.ts';
import type { FlagDefinition, Unit } from '../flags/flag.ts';
import type { Period } from '../impact.ts';
import type { Better } from '../stats/margin.ts';
import { dayAt, plusDays, startOfDay } from '../zone.ts';
import { betterOf, measureForm, parseMeasure } from './measure.ts';

export const MOST_DAYS = 366;
/** Looks are answered together, and each costs as much memory as the first. */
export const MOST_DAILY_LOOKS = 92;
export const MOST_MEASURES = 10;
export const USUAL_PRE_DAYS = 14;
const USUAL_MARGIN_PERCENT = 10;
const DAY_MS = 86_400_000;

export type AskedExperiment = {
  feature: string;
  /** As `parseMeasure` reads them. */
  metrics: readonly string[];
  /** The same, with a margin in percent after an @. */
  guardrails: readonly string[];
  period: Period;
  preDays?: number | undefined;
  policy: PolicyName;
  alpha: number;
  daily: boolean;
  plannedLooks?: number | undefined;
  /** Days of looks begin here. */
  zone: string;
  unit?: Unit | undefined;
  control?: string | undefined;
  treatment?: string | undefined;
  /** Of every goal. */
  better?: Better | undefined;
};

type Flag = Pick<
  FlagDefinition,
  'unit' | 'variants' | 'defaultVariant' | 'gaVariant' | 'errorRateThresholdPercent' | 'latencyThresholdMs' | 'metricDropThresholdPercent'
>;

/** Control is what is served without the feature, treatment what everybody is to get in the end. */
export function armsOfFlag(flag: Pick<Flag, 'variants' | 'defaultVariant' | 'gaVariant'> | null): Arms {
  const names = flag?.variants.map(({ name }) => name) ?? [];
  const control = flag?.defaultVariant ?? 'control';
  const treatment = flag?.gaVariant ?? null;
  return {
    control,
    treatment: treatment !== null && treatment !== control ? treatment : (names.find((name) => name !== control) ?? 'treatment'),
  };
}

function weightsOf(flag: Flag | null, { control, treatment }: Arms): readonly [number, number] | null {
  const weight = (arm: string): number => flag?.variants.find(({ name }) => name === arm)?.weight ?? 0;
  const pair = [weight(control), weight(treatment)] as const;
  return pair.every((one) => one > 0) ? pair : null;
}

type Note = (problem: Problem) => void;

function goalOf(text: string, better: Better | undefined, note: Note, field = 'metric'): GoalMeasure | null {
  const measure = parseMeasure(text);
  if (measure === null) note({ field, value: text, expected: measureForm });
  return measure === null ? null : { ...measure, better: better ?? betterOf(measure.metric) };
}

function guardrailOf(text: string, flag: Flag | null, note: Note): GuardrailMeasure | null {
  const [, name = text, percentText] = /^([^@]*)(?:@(\d+(?:\.\d+)?))?$/.exec(text) ?? [];
  const goal = goalOf(
    name,
    undefined,
    (problem) => note({ ...problem, expected: `${measureForm}, and after an @ the margin in percent` }),
    'guardrail',
  );
  const percent = percentText === undefined ? (flag?.metricDropThresholdPercent ?? USUAL_MARGIN_PERCENT) : Number(percentText);
  return goal === null ? null : { ...goal, margin: { relative: percent / 100, absolute: 0 } };
}

/** The end of each day up to that of the period. */
export function dailyLooks(zone: string, { from, to }: Period): number[] {
  const ends: number[] = [];
  for (let day = plusDays(dayAt(zone, from), 1); startOfDay(zone, day) < to; day = plusDays(day, 1)) ends.push(startOfDay(zone, day));
  return [...ends, to];
}

const latencies = (measures: readonly Measure[], thresholdMs: number): TriggerMeasure[] =>
  measures.filter(({ metric }) => metric.endsWith('_ms')).map((measure) => ({ ...measure, threshold: thresholdMs, unit: 'ms' }));

/** What rolls back at once by the classic policy: errors of the feature, and latencies that are looked at. */
function triggersOf(feature: string, flag: Flag | null, measures: readonly Measure[]): TriggerMeasure[] {
  const errors = { metric: 'request_error', aggregation: 'ratio', denominator: null, level: null } as const;
  const threshold = flag === null ? errorRateThreshold(feature) : flag.errorRateThresholdPercent / 100;
  return [{ ...errors, threshold, unit: '%' }, ...(flag === null ? [] : latencies(measures, flag.latencyThresholdMs))];
}

function checkLooks(asked: AskedExperiment, measures: readonly Measure[], note: Note): void {
  const days = (asked.period.to - asked.period.from) / DAY_MS;
  if (days > MOST_DAYS + 1) note({ field: 'from', value: `${Math.round(days)} days`, expected: `a period of at most ${MOST_DAYS} days` });
  if (!asked.daily) return;
  if (days > MOST_DAILY_LOOKS + 1)
    note({ field: 'looks', value: `${Math.round(days)} days`, expected: `at most ${MOST_DAILY_LOOKS} days with daily looks` });
  if (measures.some(({ aggregation }) => aggregation === 'quantile'))
    note({ field: 'looks', value: 'daily', expected: 'no daily looks where a quantile is asked for' });
}

const present = <T>(one: T | null): one is T => one !== null;

/**
 * @param flag the feature's flag; null: none is known
 * @throws ImpactError `bad_request` with every fault
 */
export function experimentQuestion(asked: AskedExperiment, flag: Flag | null): ExperimentQuestion {
  const problems: Problem[] = [];
  const note: Note = (problem) => void problems.push(problem);
  const named = armsOfFlag(flag);
  const arms = { control: asked.control ?? named.control, treatment: asked.treatment ?? named.treatment };
  if (arms.control === arms.treatment) note({ field: 'treatment', value: arms.treatment, expected: 'another variant than control' });
  const goals = asked.metrics.map((text) => goalOf(text, asked.better, note)).filter(present);
  const guardrails = asked.guardrails.map((text) => guardrailOf(text, flag, note)).filter(present);
  const [first, ...rest] = goals;
  checkLooks(asked, [...goals, ...guardrails], note);
  if (asked.metrics.length === 0) note({ field: 'metric', value: '(missing)', expected: measureForm });
  if (goals.length + guardrails.length > MOST_MEASURES)
    note({ field: 'metric', value: `${goals.length + guardrails.length}`, expected: `at most ${MOST_MEASURES} metrics and guardrails` });
  if (first === undefined || problems.length > 0)
    throw new ImpactError('bad_request', 'this cannot be asked of an experiment', { problems });
  const preDays = asked.preDays ?? (asked.policy === 'classic' ? 0 : USUAL_PRE_DAYS);
  return {
    feature: asked.feature,
    period: asked.period,
    preMs: preDays * DAY_MS,
    unit: asked.unit ?? flag?.unit ?? 'user',
    arms,
    weights: weightsOf(flag, arms),
    goals: [first, ...rest],
    guardrails,
    triggers: asked.policy === 'classic' ? triggersOf(asked.feature, flag, [...goals, ...guardrails]) : [],
    policy: asked.policy,
    alpha: asked.alpha,
    plannedLooks: asked.plannedLooks ?? null,
    looks: asked.daily ? dailyLooks(asked.zone, asked.period) : [asked.period.to],
  };
}
