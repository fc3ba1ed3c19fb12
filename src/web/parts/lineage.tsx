/** One event's own story: where it came from, what is stored of it, and which figures it counts in. */
import type { LineageAnswer } from '../../api/lineage.ts';
import { figure, title, usd, whole } from '../format.ts';
import { useAnswer } from '../use-answer.ts';
import { Badge } from './badge.tsx';
import { Scroll } from './scroll.tsx';
import { Shown } from './states.tsx';
import { Time } from './time.tsx';

type Told = LineageAnswer['events'][number];
type Revision = Told['revisions'][number];

const tiers = { '1m': 'Minute', '1h': 'Hour', '1d': 'Day' } as const;

function Facts({ of: { kafka, source, measurements, revision, retracted, storedAt } }: { of: Revision }) {
  return (
    <dl class="facts">
      <dt>Sent by</dt>
      <dd>{source}</dd>
      <dt>Says</dt>
      <dd class="number">
        {measurements.map(({ metric, value, valueUsd }) => `${title(metric)} ${figure(value)}, worth ${usd(valueUsd)}`).join('; ')}
      </dd>
      <dt>Came by</dt>
      <dd>
        <code>
          {kafka.topic} {kafka.partition}:{kafka.offset}
        </code>
        , <Time at={kafka.recordedAt} />
      </dd>
      <dt>Stored</dt>
      <dd>
        <Time at={storedAt} />, revision {revision} {retracted && <Badge tone="warn">taken back</Badge>}
      </dd>
    </dl>
  );
}

function Rollups({ rollups }: Pick<Told, 'rollups'>) {
  return (
    <Scroll label="Figures that it counts in">
      <table>
        <thead>
          <tr>
            <th>Counts in</th>
            <th>From</th>
            <th>Metric</th>
            <th class="right">Observations</th>
            <th class="right">Sum</th>
            <th class="right">Value</th>
          </tr>
        </thead>
        <tbody>
          {rollups.map(({ tier, bucket, metric, n, sum, valueUsd }) => (
            <tr key={`${tier} ${metric}`}>
              <td>{tiers[tier]}</td>
              <td class="nowrap">
                <Time at={bucket} />
              </td>
              <td>{title(metric)}</td>
              <td class="right">{whole(n)}</td>
              <td class="right">{figure(sum)}</td>
              <td class="right">{usd(valueUsd)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

export function EventStory({ id }: { id: string }) {
  const answer = useAnswer<LineageAnswer>(`/api/v1/events/${id}`, []);
  return (
    <section class="story stack" aria-label={`Event ${id}`}>
      <code class="break">{id}</code>
      <Shown of={answer}>
        {({ events }) =>
          events.map(({ tenant, feature, revisions, rollups }) => (
            <div key={`${tenant} ${feature}`} class="stack">
              {revisions[0] && <Facts of={revisions[0]} />}
              <Rollups rollups={rollups} />
            </div>
          ))
        }
      </Shown>
    </section>
  );
}
