/** The effect on each goal and guardrail: intervals drawn, every figure in a table, each p-value by its name. */
import type { ExperimentResultsAnswer } from '../../../api/experiment-answer.ts';
import { figure, percent, pValue, signed, title, whole } from '../../format.ts';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { type IntervalRow, Intervals } from '../../parts/intervals.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Empty } from '../../parts/states.tsx';
import { Why } from '../../parts/why.tsx';

type Goal = ExperimentResultsAnswer['goals'][number];
type Pair = readonly [number, number];

/** An interval of the difference as a share of the control, in percent; null where there is no control to speak of. */
const inPercent = (interval: readonly number[] | null, control: number): Pair | null =>
  interval === null || control === 0
    ? null
    : [(100 * (interval[0] ?? 0)) / Math.abs(control), (100 * (interval[1] ?? 0)) / Math.abs(control)];

const rowOf = (goal: Goal): IntervalRow => ({
  label: title(goal.metric),
  note: `${goal.lift === null ? '–' : signed(100 * goal.lift, percent)}, ${goal.better} is better`,
  estimate: goal.lift === null ? null : 100 * goal.lift,
  wide: inPercent(goal.sequentialInterval, goal.control.mean),
  narrow: goal.liftInterval === null ? null : [100 * (goal.liftInterval[0] ?? 0), 100 * (goal.liftInterval[1] ?? 0)],
  better: goal.better,
});

const explained = [
  ['Always valid', 'Of the difference; holds however often one looks. The recommendation goes by it.'],
  ['After Holm', 'The same, corrected for the number of goals.'],
  ['One planned look, difference', 'Welch’s t-test; right only if this is the one look that was planned.'],
  ['One planned look, lift', 'Of the relative change, by the delta method; the same condition.'],
] as const;

/** "revenue:total" and "latency_ms:p95" are measures of the metrics revenue and latency_ms. */
const measureOf = (goal: string): string => goal.split(':')[0] ?? goal;

type FiguresProps = { goals: readonly Goal[]; feature: string; period: ExperimentResultsAnswer['period']; path: string | null };

function Figures({ goals, feature, period, path }: FiguresProps) {
  return (
    <Scroll label="Figures">
      <table class="close">
        <thead>
          <tr>
            <th>Goal</th>
            <th class="right">Control</th>
            <th class="right">Treatment</th>
            <th class="right">Difference</th>
            <th class="right">p, always valid</th>
            <th class="right">p, one planned look</th>
          </tr>
        </thead>
        <tbody>
          {goals.map((goal) => (
            <tr key={goal.metric}>
              <th scope="row">{title(goal.metric)}</th>
              <td class="right">
                {figure(goal.control.mean)}
                <div class="soft small">n = {whole(goal.control.n)}</div>
              </td>
              <td class="right">
                {figure(goal.treatment.mean)}
                <div class="soft small">n = {whole(goal.treatment.n)}</div>
              </td>
              <td class="right">
                <Why
                  of={{
                    title: `Effect on ${title(goal.metric)}`,
                    text: 'The mean of the treated units − that of the control units, each unit once, joined over the stages by their weights.',
                    parts: explained,
                    api: path,
                    behind: { metric: measureOf(goal.metric), feature, ...period },
                  }}
                >
                  {signed(goal.effect)}
                </Why>
              </td>
              <td class="right">
                <b>{pValue(goal.sequentialPValue)}</b>
                <div class="small soft">after Holm {pValue(goal.adjustedPValue)}</div>
              </td>
              <td class="right soft small">
                <div>difference {pValue(goal.pValueOfDifference)}</div>
                <div>lift {pValue(goal.pValueOfLift)}</div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

const verdicts = { not_inferior: ['good', 'not worse'], undecided: ['none', 'undecided'], inferior: ['bad', 'worse'] } as const;

export function Effects({ result, path }: { result: ExperimentResultsAnswer; path: string | null }) {
  const faults = result.goals.flatMap(({ metric, problem }) => (problem === null ? [] : [`${title(metric)}: ${problem}`]));
  const measured = result.goals.some(({ control, treatment }) => control.n > 0 && treatment.n > 0);
  return (
    <Card
      title="Lift"
      class="w8"
      note="Percent of the control. Wide bar: holds however often one looks. Narrow bar: for one planned look."
      action={
        <Badge tone={result.significant ? 'good' : 'none'}>{result.significant ? 'an effect is shown' : 'no effect is shown yet'}</Badge>
      }
    >
      {faults.map((fault) => (
        <p key={fault} class="notice small">
          {fault}
        </p>
      ))}
      {measured ? (
        <Intervals rows={result.goals.map(rowOf)} format={(value) => percent(value)} label="Lift with intervals" />
      ) : (
        <Empty title="Nothing was measured in both arms yet">It takes some days, or another goal.</Empty>
      )}
      <Figures goals={result.goals} feature={result.feature} period={result.period} path={path} />
      {result.guardrails.length > 0 && (
        <>
          <h3>Guardrails</h3>
          <ul class="list">
            {result.guardrails.map(({ metric, verdict, control, treatment, margin }) => (
              <li key={metric} class="row spread">
                <span>
                  {title(metric)}: {figure(control.mean)} → {figure(treatment.mean)}, margin {percent(margin.relative * 100)}
                </span>
                <Badge tone={verdicts[verdict][0]}>{verdicts[verdict][1]}</Badge>
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}
