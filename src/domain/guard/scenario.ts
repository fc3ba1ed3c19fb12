/** A described rollout for `impact guard simulate`: read, checked, with its defaults. */
import { ImpactError, type Problem } from '../errors.ts';

/** One arm. `metric` is the mean of a goal metric of which more is better, one value a request. */
export type ScenarioArm = { errorRatePercent: number; latencyMs: number; metric: number };

export type Scenario = {
  /** Each arm's. */
  requestsPerMinute: number;
  requestsPerUser: number;
  minutes: number;
  seed: number;
  runs: number;
  errorRateThresholdPercent: number;
  latencyThresholdMs: number;
  metricDropThresholdPercent: number;
  control: ScenarioArm;
  treatment: ScenarioArm;
};

type Range = { least: number; most: number; whole?: true; fallback: number };

const ranges: Record<Exclude<keyof Scenario, 'control' | 'treatment'>, Range> = {
  requestsPerMinute: { least: 1, most: 60_000, fallback: 50 },
  requestsPerUser: { least: 1, most: 1_000, whole: true, fallback: 1 },
  minutes: { least: 1, most: 10_080, fallback: 60 },
  seed: { least: 0, most: 2_147_483_647, whole: true, fallback: 1 },
  runs: { least: 1, most: 1_000, whole: true, fallback: 1 },
  errorRateThresholdPercent: { least: 0, most: 100, fallback: 5 },
  latencyThresholdMs: { least: 1, most: 1e9, fallback: 500 },
  metricDropThresholdPercent: { least: 0, most: 100, fallback: 10 },
};
const armRanges: Record<keyof ScenarioArm, Range> = {
  errorRatePercent: { least: 0, most: 100, fallback: 1 },
  latencyMs: { least: 0.001, most: 1e9, fallback: 80 },
  metric: { least: 1e-6, most: 1e9, fallback: 10 },
};

type Document = Readonly<Record<string, unknown>>;
const isDocument = (value: unknown): value is Document => typeof value === 'object' && value !== null && !Array.isArray(value);

function numberOf(value: unknown, { least, most, whole }: Range, field: string, problems: Problem[]): number {
  const right = typeof value === 'number' && value >= least && value <= most && (!whole || Number.isInteger(value));
  if (!right) problems.push({ field, value: String(value), expected: `a ${whole ? 'whole ' : ''}number from ${least} to ${most}` });
  return Number(value);
}

function fieldsOf<K extends string>(
  given: Document,
  fields: Record<K, Range>,
  fallback: (key: K) => number,
  at: string,
  problems: Problem[],
): Record<K, number> {
  const read = Object.entries<Range>(fields).map(([key, range]) => [
    key,
    numberOf(given[key] ?? fallback(key as K), range, `${at}${key}`, problems),
  ]);
  return Object.fromEntries(read) as Record<K, number>;
}

function strangers(given: Document, known: readonly string[], at: string, problems: Problem[]): void {
  for (const [key, value] of Object.entries(given))
    if (!known.includes(key)) problems.push({ field: `${at}${key}`, value: JSON.stringify(value), expected: `one of ${known.join(', ')}` });
}

function armDocument(value: unknown, field: string, problems: Problem[]): Document {
  if (value === undefined) return {};
  if (!isDocument(value)) {
    problems.push({ field, value: JSON.stringify(value), expected: `an object of ${Object.keys(armRanges).join(', ')}` });
    return {};
  }
  strangers(value, Object.keys(armRanges), `${field}.`, problems);
  return value;
}

/**
 * What is left out of treatment is as in control.
 * @param document from JSON, YAML or the command line
 * @throws ImpactError `unprocessable` with everything that is wrong with it
 */
export function readScenario(document: unknown): Scenario {
  if (!isDocument(document)) throw new ImpactError('unprocessable', 'a scenario is an object of its fields');
  const problems: Problem[] = [];
  strangers(document, [...Object.keys(ranges), 'control', 'treatment'], '', problems);
  const numbers = fieldsOf(document, ranges, (key) => ranges[key].fallback, '', problems);
  const [given, other] = [armDocument(document['control'], 'control', problems), armDocument(document['treatment'], 'treatment', problems)];
  const control = fieldsOf(given, armRanges, (key) => armRanges[key].fallback, 'control.', problems);
  const treatment = fieldsOf(other, armRanges, (key) => control[key], 'treatment.', problems);
  if (problems.length > 0) throw new ImpactError('unprocessable', 'the scenario is not right', { problems });
  return { ...numbers, control, treatment };
}
