/** What nobody is told of at present. */
import { useState } from 'preact/hooks';
import type { SilenceAnswer } from '../../api/silences.ts';
import { useView } from '../context.ts';
import { title } from '../format.ts';
import { Card } from '../parts/card.tsx';
import { Fault } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { mayChange } from '../session.ts';
import { useAnswer } from '../use-answer.ts';

const matched = ({ rule, severity, tenant, feature }: SilenceAnswer): string =>
  [rule, severity, tenant, feature === null ? null : title(feature)].filter((one) => one !== null).join(' · ') || 'every alert';

/** Nothing at all while there is none: silence is not the rule. */
export function Silences() {
  const { ask, me } = useView();
  const answer = useAnswer<{ silences: SilenceAnswer[] }>('/api/v1/silences', ['rules']);
  const [error, setError] = useState<Error | null>(null);
  const end = (id: string): void => {
    ask(`/api/v1/silences/${id}`, { method: 'DELETE' }).then(answer.reload, setError);
  };
  const silences = answer.data?.silences ?? [];
  if (silences.length === 0) return null;
  return (
    <Card title="Silences" note="Nobody is told of these">
      {error && <Fault error={error} />}
      <ul class="list">
        {silences.map((one) => (
          <li key={one.id} class="row spread">
            <span>
              <b>{matched(one)}</b> until <Time at={one.endsAt} />: {one.reason}{' '}
              <span class="small soft">
                ({one.createdBy}, <Time at={one.createdAt} />)
              </span>
            </span>
            {mayChange(me) && (
              <button type="button" class="button" onClick={() => end(one.id)}>
                End<span class="hidden"> the silence of {matched(one)}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
