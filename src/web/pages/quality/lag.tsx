/** How far each stage is behind. */
import type { LagFigures } from '../../../api/lag.ts';
import { useView } from '../../context.ts';
import { seconds, title, whole } from '../../format.ts';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { Ago } from '../../parts/time.tsx';
import { useAnswer } from '../../use-answer.ts';

type Stage = LagFigures['stages'][number];

/** Behind by more than this somebody notices. */
const SLOW_SECONDS = 60;

function Row({ stage: { stage, lag, partitions } }: { stage: Stage }) {
  const behind = partitions.flatMap(({ eventLagSeconds }) => (eventLagSeconds === null ? [] : [eventLagSeconds]));
  const worst = behind.length === 0 ? null : Math.max(...behind);
  const sampled = partitions
    .map(({ sampledAt }) => sampledAt)
    .sort()
    .at(-1);
  const slow = worst !== null && worst > SLOW_SECONDS;
  return (
    <tr>
      <th scope="row">{title(stage)}</th>
      <td class="right">{whole(lag)}</td>
      <td class="right">{worst === null ? '–' : seconds(worst)}</td>
      <td class="right">{whole(partitions.length)}</td>
      <td class="nowrap">{sampled === undefined ? '–' : <Ago at={sampled} />}</td>
      <td>
        <Badge tone={slow ? 'warn' : 'good'}>{slow ? 'behind' : 'keeps up'}</Badge>
      </td>
    </tr>
  );
}

export function Lag() {
  const { me } = useView();
  const answer = useAnswer<LagFigures>(me.tenant === null ? '/api/v1/lag' : null, ['data']);
  if (me.tenant !== null) return null;
  return (
    <Card title="Lag" note="Records that wait, and the age of the oldest of them" class="w7">
      <Shown of={answer} height={180}>
        {({ stages }) =>
          stages.length === 0 ? (
            <Empty title="No stage has reported lately">Samples are at most five minutes old.</Empty>
          ) : (
            <Scroll label="Lag">
              <table>
                <thead>
                  <tr>
                    <th>Stage</th>
                    <th class="right">Records to go</th>
                    <th class="right">Behind</th>
                    <th class="right">Partitions</th>
                    <th>Sampled</th>
                    <th>State</th>
                  </tr>
                </thead>
                <tbody>
                  {stages.map((stage) => (
                    <Row key={stage.stage} stage={stage} />
                  ))}
                </tbody>
              </table>
            </Scroll>
          )
        }
      </Shown>
    </Card>
  );
}
