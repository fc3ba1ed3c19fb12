/** Which experiments there are, and what one has shown. */
import type { ExperimentsAnswer } from '../../api/experiment-answer.ts';
import { pathOf } from '../ask.ts';
import { useView } from '../context.ts';
import { stageName, title, whole } from '../format.ts';
import { Card } from '../parts/card.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { hrefWith } from '../place.ts';
import { useAnswer } from '../use-answer.ts';
import { ExperimentResult } from './experiments/result.tsx';

type Experiment = ExperimentsAnswer['experiments'][number];

function List({ experiments }: { experiments: readonly Experiment[] }) {
  if (experiments.length === 0)
    return <Empty title="No experiment yet">A feature is one as soon as units are exposed to two variants of its flag.</Empty>;
  return (
    <Scroll label="Experiments">
      <table>
        <thead>
          <tr>
            <th>Feature</th>
            <th>Stage</th>
            <th>Variants and exposures</th>
            <th>First exposure</th>
            <th>Last exposure</th>
          </tr>
        </thead>
        <tbody>
          {experiments.map(({ feature, stage, variants, firstDay, lastDay }) => (
            <tr key={feature}>
              <th scope="row">
                <a href={hrefWith({ experiment: feature, metric: null })} data-own>
                  {title(feature)}
                </a>
              </th>
              <td>{stageName(stage)}</td>
              <td>
                {variants.map(({ variant, exposures }) => `${variant || 'none'} ${whole(exposures)}`).join(' · ')}
                {variants.length < 2 && <div class="small soft">nothing to compare it with</div>}
              </td>
              <td class="nowrap">{firstDay}</td>
              <td class="nowrap">{lastDay}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

export function Experiments() {
  const { query, tenant, feature } = useView();
  const chosen = query.get('experiment');
  const answer = useAnswer<ExperimentsAnswer>(pathOf('/api/v1/experiments', { tenant }), []);
  return (
    <>
      <div class="head">
        <div>
          <h1>{chosen === null ? 'Experiments' : title(chosen)}</h1>
          <p>
            {chosen === null
              ? 'What rollouts have shown, and what to do about them'
              : 'Treatment against control, by unit; looking every day does not make it wrong'}
          </p>
        </div>
        {chosen !== null && (
          <a class="button" href={hrefWith({ experiment: null, metric: null })} data-own>
            All experiments
          </a>
        )}
      </div>
      {chosen === null ? (
        <Card title="Experiments">
          <Shown of={answer}>
            {({ experiments }) => <List experiments={experiments.filter((one) => feature === null || one.feature === feature)} />}
          </Shown>
        </Card>
      ) : (
        <ExperimentResult feature={chosen} />
      )}
    </>
  );
}
