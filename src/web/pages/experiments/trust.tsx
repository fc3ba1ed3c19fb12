/** Whether the assignment can be trusted: the sample ratio, units in two variants, and what was known beforehand. */
import type { ExperimentResultsAnswer } from '../../../api/experiment-answer.ts';
import { figure, percent, pValue, stageName, title, whole } from '../../format.ts';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Why } from '../../parts/why.tsx';

/** Below it the arms are not what was assigned. */
const MISMATCH = 0.001;

export function Trust({ result, path }: { result: ExperimentResultsAnswer; path: string | null }) {
  const { exposed, crossovers, cuped, stages, sampleRatioPValue } = result;
  const sound = sampleRatioPValue >= MISMATCH;
  return (
    <Card
      title="Can it be trusted?"
      class="w4"
      action={<Badge tone={sound ? 'good' : 'bad'}>{sound ? 'sample ratio sound' : 'sample ratio mismatch'}</Badge>}
    >
      <dl class="facts">
        <dt>Exposed</dt>
        <dd class="number">
          control {whole(exposed.control)}, treatment {whole(exposed.treatment)}
        </dd>
        <dt>Sample ratio, p</dt>
        <dd class="number">
          <Why
            of={{
              title: 'Sample ratio',
              text: 'A chi-squared test of the exposed units against the weights that assigned them, joined over the stages. A small p says that the arms are not what was assigned: then no effect is to be believed, and the recommendation is withheld.',
              parts: [
                ['Control', whole(exposed.control)],
                ['Treatment', whole(exposed.treatment)],
                ['Mismatch', `below ${MISMATCH}`],
              ],
              api: path,
            }}
          >
            {pValue(sampleRatioPValue)}
          </Why>{' '}
          (mismatch below {MISMATCH})
        </dd>
        <dt>In two variants</dt>
        <dd class="number">
          {whole(crossovers.units)} of {whole(crossovers.of)}, left out
        </dd>
        {stages.map((stage) => (
          <>
            <dt>At {stageName(stage.stage)}</dt>
            <dd class="number">
              {whole(stage.control)} / {whole(stage.treatment)}
            </dd>
          </>
        ))}
        <dt>CUPED</dt>
        <dd>
          {cuped.used ? 'used. ' : 'not used. '}
          {cuped.why}
          {cuped.correlations.map(({ metric, correlation }) => (
            <span key={metric}>
              {' '}
              {title(metric)}: variance reduced by {percent(100 * correlation * correlation)} (correlation {figure(correlation)}).
            </span>
          ))}
        </dd>
      </dl>
    </Card>
  );
}
