/** The door of rollout plans: JSON or YAML becomes a plan, or everything that is wrong with it. What is left out follows the product's guide. */
import { type Check, numberWithin, oneOf, orNull } from '../check.ts';
import { minimumUnitsOf } from '../decision/classic.ts';
import { policies } from '../decision.ts';
import { ImpactError, type Problem } from '../errors.ts';
import { parseMeasure } from '../experiment/measure.ts';
import { MOST_MEASURES } from '../experiment/question.ts';
import { rolloutStages } from '../fields.ts';
import { treatedWeight } from '../flags/arms.ts';
import type { FlagDefinition } from '../flags/flag.ts';
import { type Say, sayInto } from '../flags/flag-fields.ts';
import { isPlainObject } from '../flags/json.ts';
import { isPercentageStage, type RolloutStage } from '../flags/stage.ts';
import { goalMetricsOf } from '../guard/plan.ts';
import { approvals, type GateName, gateNames, type RolloutPlan, type RolloutStep } from '../rollout.ts';

type Document = Readonly<Record<string, unknown>>;
type Defaults = { readonly gates: readonly GateName[]; readonly minimumDays: number; readonly maximumDays: number | null };

const plain: Defaults = { gates: [], minimumDays: 0, maximumDays: null };

/** The guide's path: 7 to 14 days, 7, 7. It names no time for internal testing; a day lets somebody look. */
const guide: Readonly<Record<RolloutStage, Defaults>> = {
  disabled: plain,
  internal: { ...plain, minimumDays: 1 },
  beta_10: { gates: [], minimumDays: 7, maximumDays: 14 },
  beta_25: { gates: ['roi_positive', 'significance'], minimumDays: 7, maximumDays: null },
  beta_50: { gates: ['metrics_stable'], minimumDays: 7, maximumDays: null },
  ga: { gates: ['roi_meets_target'], minimumDays: 0, maximumDays: null },
};

const plannable = rolloutStages.filter((stage) => stage !== 'disabled');
const MOST_DAYS = 366;
const MOST_UNITS = 1e9;

const planFields = ['flagId', 'featureId', 'approval', 'policy', 'alpha', 'metrics', 'guardrails', 'steps'];
const stepFields = ['stage', 'gates', 'minimumDays', 'maximumDays', 'minimumUnitsPerArm'];

function known(document: Document, fields: readonly string[], at: string, say: Say): void {
  for (const [key, value] of Object.entries(document))
    if (!fields.includes(key)) say(`${at}${key}`, value, `no such field; there are ${fields.join(', ')}`);
}

function checked<T>(value: unknown, check: Check, field: string, say: Say): T {
  const refusal = check(value);
  if (refusal) say(field, value, refusal.expected);
  return value as T;
}

function texts(value: unknown, field: string, say: Say): string[] {
  const fine = Array.isArray(value) && value.length <= MOST_MEASURES && value.every((one) => typeof one === 'string');
  if (!fine) say(field, value, `a list of at most ${MOST_MEASURES} metrics`);
  return fine ? [...new Set(value as string[])] : [];
}

function gatesOf(value: unknown, field: string, say: Say): GateName[] {
  if (!Array.isArray(value)) say(field, value, `a list of ${gateNames.join(', ')}`);
  const given: unknown[] = Array.isArray(value) ? value : [];
  for (const one of given) checked(one, oneOf(gateNames), field, say);
  return gateNames.filter((gate) => given.includes(gate));
}

/** `measured`: an experiment runs before the step, so that the guide's gates have something to go by. */
type Place = { readonly at: string; readonly minimumUnits: number; readonly measured: boolean };

function stepOf(value: unknown, { at, minimumUnits, measured }: Place, say: Say): RolloutStep {
  // A stage alone is a step with the guide's values.
  const given: Document = typeof value === 'string' ? { stage: value } : isPlainObject(value) ? value : {};
  known(given, stepFields, `${at}.`, say);
  const stage = checked<RolloutStage>(given['stage'], oneOf(plannable), `${at}.stage`, say);
  const usual = guide[stage] ?? plain;
  const minimumDays = checked<number>(given['minimumDays'] ?? usual.minimumDays, numberWithin(0, MOST_DAYS), `${at}.minimumDays`, say);
  const longest = usual.maximumDays !== null && usual.maximumDays >= minimumDays ? usual.maximumDays : null;
  return {
    stage,
    gates: gatesOf(given['gates'] ?? (measured ? usual.gates : []), `${at}.gates`, say),
    minimumDays,
    maximumDays: checked<number | null>(
      given['maximumDays'] === undefined ? longest : given['maximumDays'],
      orNull(numberWithin(minimumDays, MOST_DAYS)),
      `${at}.maximumDays`,
      say,
    ),
    minimumUnitsPerArm: checked<number>(
      given['minimumUnitsPerArm'] ?? minimumUnits,
      numberWithin(0, MOST_UNITS),
      `${at}.minimumUnitsPerArm`,
      say,
    ),
  };
}

function stepsOf(given: readonly unknown[], minimumUnits: number, say: Say): RolloutStep[] {
  const steps: RolloutStep[] = [];
  given.forEach((one, i) => {
    const before = steps.at(-1)?.stage;
    const measured = before !== undefined && isPercentageStage(before);
    steps.push(stepOf(one, { at: `steps[${i}]`, minimumUnits, measured }, say));
  });
  return steps;
}

/** Stages come in their order: a plan may leave some out, and goes through all that it names. */
function wrongOrder(steps: readonly RolloutStep[], say: Say): void {
  if (steps.length === 0) say('steps', [], `at least one of ${plannable.join(', ')}`);
  steps.forEach(({ stage }, i) => {
    const before = steps[i - 1]?.stage;
    if (before !== undefined && rolloutStages.indexOf(stage) <= rolloutStages.indexOf(before))
      say(`steps[${i}].stage`, stage, `a stage after ${before}`);
  });
}

/** What a gate looks at is measured at a percentage only. */
function blindGates({ steps, metrics }: RolloutPlan, say: Say): void {
  steps.forEach(({ gates }, i) => {
    const before = steps[i - 1]?.stage;
    if (gates.length > 0 && (before === undefined || !isPercentageStage(before)))
      say(`steps[${i}].gates`, gates, 'no gates: there is no experiment before a percentage stage');
  });
  const asking = steps.some(({ gates }) => gates.includes('significance') || gates.includes('metrics_stable'));
  if (asking && metrics.length === 0)
    say('metrics', metrics, 'at least one metric that the gates significance and metrics_stable go by, for example ["order_value"]');
}

function wrongMetrics({ metrics, guardrails }: RolloutPlan, say: Say): void {
  metrics.forEach((text, i) => {
    if (parseMeasure(text) === null) say(`metrics[${i}]`, text, 'a metric such as order_value, revenue:total or latency_ms:p95');
  });
  guardrails.forEach((text, i) => {
    if (!/^[^@]*(@\d+(\.\d+)?)?$/.test(text) || parseMeasure(text.replace(/@.*$/, '')) === null)
      say(`guardrails[${i}]`, text, 'a metric, and after an @ perhaps its margin in percent: refunds@5');
  });
}

function unmeasurable(flag: FlagDefinition, { steps }: RolloutPlan, say: Say): void {
  if (treatedWeight(flag) > 0) return;
  steps.forEach(({ stage }, i) => {
    if (isPercentageStage(stage))
      say(`steps[${i}].stage`, stage, 'internal or ga: no variant of the flag but its default one has a weight');
  });
}

type Flag = FlagDefinition;

function readPlan(document: Document, flag: Flag, say: Say): RolloutPlan {
  known(document, planFields, '', say);
  const metrics = texts(document['metrics'] ?? goalMetricsOf(flag).slice(0, 1), 'metrics', say);
  const minimumUnits = Math.max(0, ...metrics.map((text) => minimumUnitsOf(parseMeasure(text)?.metric ?? '')));
  const steps = document['steps'] ?? plannable;
  if (!Array.isArray(steps)) say('steps', steps, 'a list of stages, or of objects with a stage');
  if ((document['flagId'] ?? flag.id) !== flag.id) say('flagId', document['flagId'], flag.id);
  if ((document['featureId'] ?? flag.featureId) !== flag.featureId) say('featureId', document['featureId'], flag.featureId);
  return {
    flagId: flag.id,
    featureId: flag.featureId,
    approval: checked(document['approval'] ?? 'manual', oneOf(approvals), 'approval', say),
    policy: checked(document['policy'] ?? 'sequential', oneOf(policies), 'policy', say),
    alpha: checked(document['alpha'] ?? 0.05, numberWithin(1e-6, 0.5), 'alpha', say),
    metrics,
    guardrails: texts(document['guardrails'] ?? [], 'guardrails', say),
    steps: stepsOf(Array.isArray(steps) ? steps : [], minimumUnits, say),
  };
}

/**
 * @param document as it came from JSON or YAML; `{}` is the guide's path
 * @param flag whose rollout it is
 * @throws ImpactError `unprocessable` with everything that is wrong with it
 */
export function parseRolloutPlan(document: unknown, flag: Flag): RolloutPlan {
  const problems: Problem[] = [];
  const say = sayInto(problems);
  if (!isPlainObject(document)) say('', document, 'an object');
  const plan = readPlan(isPlainObject(document) ? document : {}, flag, say);
  const rules = [
    () => wrongMetrics(plan, say),
    () => wrongOrder(plan.steps, say),
    () => blindGates(plan, say),
    () => unmeasurable(flag, plan, say),
  ];
  if (problems.length === 0) for (const rule of rules) rule();
  if (problems.length > 0) throw new ImpactError('unprocessable', 'the rollout plan is not valid', { problems });
  return plan;
}
