/** An experiment's result for people. */
import { percent, probability, shown, signedPercent, whole } from '../domain/decision/words.ts';
import type { GoalEvidence } from '../domain/decision.ts';
import type { ExperimentResult } from '../domain/experiment/result.ts';
import type { ExperimentQuestion } from '../domain/experiment.ts';
import type { Interval } from '../domain/stats/comparison.ts';
import { type Row, renderRows } from './render.ts';

const between = (interval: Interval | null, show: (value: number) => string = shown): string =>
  interval === null ? '–' : `${show(interval[0])} to ${show(interval[1])}`;

const goalRow = (goal: GoalEvidence): Row => ({
  metric: goal.metric,
  control: `${shown(goal.control.mean)} (n ${whole(goal.control.n)})`,
  treatment: `${shown(goal.treatment.mean)} (n ${whole(goal.treatment.n)})`,
  lift: goal.lift === null ? '–' : signedPercent(goal.lift),
  lift_interval: between(goal.liftInterval, signedPercent),
  always_valid_interval: between(goal.sequentialInterval),
  p_of_difference: probability(goal.pValueOfDifference),
  p_of_lift: probability(goal.pValueOfLift),
  p_always_valid: probability(goal.sequentialPValue),
});

function guardrailRows({ guardrails }: ExperimentResult): Row[] {
  return guardrails.map(({ metric, control, treatment, margin, verdict }) => ({
    guardrail: metric,
    control: shown(control.mean),
    treatment: shown(treatment.mean),
    margin: percent(margin.relative),
    verdict: verdict.replaceAll('_', ' '),
  }));
}

function lookRows({ looks }: ExperimentResult): Row[] {
  return looks.flatMap(({ at, action, goals }) =>
    goals.map(({ metric, control, treatment, lift, sequentialInterval, sequentialPValue }) => ({
      until: new Date(at).toISOString().slice(0, 16).replace('T', ' '),
      metric,
      n: whole(control.n + treatment.n),
      lift: lift === null ? '–' : signedPercent(lift),
      always_valid_interval: between(sequentialInterval),
      p_always_valid: probability(sequentialPValue),
      recommendation: action,
    })),
  );
}

function headOf({ period }: ExperimentQuestion, result: ExperimentResult): string[] {
  const { feature, stage, policy, policyVersion, alpha, unit, arms, exposed, crossovers, cuped } = result;
  const minute = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
  const lines: [string, string][] = [
    ['feature', `${feature}${stage === null ? '' : ` at ${stage}`}, ${minute(period.from)} to ${minute(period.to)} UTC`],
    ['recommendation', `${result.action} (${policy} ${policyVersion}, alpha ${alpha}${result.significant ? ', significant' : ''})`],
    [`${unit}s`, `${whole(exposed.control)} in ${arms.control}, ${whole(exposed.treatment)} in ${arms.treatment}`],
    [
      'sample ratio',
      `${probability(result.sampleRatioPValue)}; ${whole(crossovers.units)} of ${whole(crossovers.of)} seen in two variants`,
    ],
    [
      'CUPED',
      cuped.used ? cuped.correlations.map(({ metric, correlation }) => `${metric} r = ${shown(correlation)}`).join(', ') : cuped.why,
    ],
  ];
  return lines.map(([name, text]) => `${name.padEnd(15)} ${text}`);
}

/** Sections one below the other: what to do, why, the figures. */
export function experimentText(question: ExperimentQuestion, result: ExperimentResult, columns: number): string {
  const tables = [result.goals.map(goalRow), guardrailRows(result), result.stages.length > 1 ? result.stages : [], lookRows(result)];
  const shownTables = tables.filter((rows) => rows.length > 0).map((rows) => renderRows(rows, 'table', undefined, columns));
  return [headOf(question, result).join('\n'), result.reasons.map((reason) => `- ${reason}`).join('\n'), ...shownTables].join('\n\n');
}
