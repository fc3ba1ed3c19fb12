/** Records that could not be used: why, which, and another try once the cause is mended. */
import { useState } from 'preact/hooks';
import type { QualityAnswer } from '../../../api/web/quality.ts';
import { useView } from '../../context.ts';
import { title, whole } from '../../format.ts';
import { Card } from '../../parts/card.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { Ago, Time } from '../../parts/time.tsx';
import { mayChangeAll } from '../../session.ts';
import { Redrive } from '../redrive.tsx';
import { useQuality } from './late.tsx';

type Group = QualityAnswer['deadLetters'][number];

function Groups({ groups, onRedrive }: { groups: readonly Group[]; onRedrive: ((group: Group) => void) | null }) {
  return (
    <Scroll label="Dead letters by reason">
      <table class="middle">
        <thead>
          <tr>
            <th>Reason</th>
            <th>Topic</th>
            <th class="right">Records</th>
            <th>First</th>
            <th>Last</th>
            {onRedrive && <th class="right">Another try</th>}
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => (
            <tr key={`${group.reason} ${group.topic}`}>
              <th scope="row">{title(group.reason)}</th>
              <td class="mono">{group.topic}</td>
              <td class="right">{whole(group.n)}</td>
              <td class="nowrap">
                <Time at={group.firstAt} />
              </td>
              <td class="nowrap">
                <Ago at={group.lastAt} />
              </td>
              {onRedrive && (
                <td class="right">
                  <button type="button" class="button" onClick={() => onRedrive(group)}>
                    Redrive<span class="hidden"> {title(group.reason)}</span>
                  </button>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Newest({ newest }: Pick<QualityAnswer, 'newest'>) {
  return (
    <details>
      <summary>The newest {newest.length}</summary>
      <Scroll label="The newest dead letters">
        <table>
          <thead>
            <tr>
              <th>Time</th>
              <th>Reason</th>
              <th>What is wrong</th>
              <th>Tenant</th>
              <th>Where it stands</th>
            </tr>
          </thead>
          <tbody>
            {newest.map((letter) => (
              <tr key={`${letter.topic} ${letter.partition} ${letter.offset}`}>
                <td class="nowrap">
                  <Time at={letter.at} />
                </td>
                <td>{title(letter.reason)}</td>
                <td>{letter.message}</td>
                <td>{letter.tenant ?? '–'}</td>
                <td class="mono small">
                  {letter.topic} {letter.partition}:{letter.offset}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </details>
  );
}

export function DeadLetters() {
  const { me } = useView();
  const answer = useQuality();
  const [group, choose] = useState<Group | null>(null);
  return (
    <Card title="Dead letters" note="Records that could not be used, kept as they came">
      <Shown of={answer} height={200}>
        {({ deadLetters, newest }) =>
          deadLetters.length === 0 ? (
            <Empty title="Every record could be used">None was set aside in this range.</Empty>
          ) : (
            <>
              <Groups groups={deadLetters} onRedrive={mayChangeAll(me) ? choose : null} />
              <Newest newest={newest} />
            </>
          )
        }
      </Shown>
      {group && <Redrive group={group} onClose={() => choose(null)} onDone={answer.reload} />}
    </Card>
  );
}
