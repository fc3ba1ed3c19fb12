/** How far every feature is rolled out, what is missing for the next step, and the controls. */
import type { StoredFlag } from '../../api/flags/answer.ts';
import type { RolloutShown } from '../../api/rollout-answer.ts';
import { useView } from '../context.ts';
import { stageName } from '../format.ts';
import { Badge, type Tone } from '../parts/badge.tsx';
import { Card } from '../parts/card.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { Ago } from '../parts/time.tsx';
import { hrefWith } from '../place.ts';
import { useAnswer } from '../use-answer.ts';
import { FlagHistory } from './flags/history.tsx';
import { FlagControls, RolloutControls } from './rollout/controls.tsx';
import { Gates } from './rollout/gates.tsx';
import { RolloutSteps } from './rollout/steps.tsx';
import { Stages } from './stages.tsx';

const tones: Record<string, Tone> = {
  running: 'good',
  complete: 'good',
  paused: 'warn',
  waiting_for_approval: 'warn',
  rolled_back: 'bad',
  planned: 'none',
};

type OneProps = { flag: StoredFlag; rollout: RolloutShown | null; chosen: boolean; reload: () => void };

function One({ flag, rollout, chosen, reload }: OneProps) {
  return (
    <Card
      title={flag.name}
      class={chosen ? 'w8' : ''}
      note={flag.id}
      action={
        <span class="row">
          {rollout && <Badge tone={tones[rollout.status] ?? 'none'}>{rollout.status.replaceAll('_', ' ')}</Badge>}
          {!chosen && (
            <a class="button" href={hrefWith({ flag: flag.id })} data-own>
              Open<span class="hidden"> {flag.name}</span>
            </a>
          )}
        </span>
      }
    >
      <Stages at={flag.stage} />
      <p class="small soft">
        {stageName(flag.stage)}
        {rollout ? (
          <>
            {' '}
            since <Ago at={rollout.enteredAt} />: {rollout.reason}
          </>
        ) : (
          <>
            , last changed <Ago at={flag.updatedAt} />. No plan leads this flag: people do.
          </>
        )}
      </p>
      {chosen && rollout && <Gates rollout={rollout} />}
      {chosen && (rollout ? <RolloutControls rollout={rollout} onDone={reload} /> : <FlagControls flag={flag} onDone={reload} />)}
    </Card>
  );
}

export function Rollout() {
  const { query, me, feature } = useView();
  const flags = useAnswer<{ flags: StoredFlag[]; stale: boolean }>('/api/v1/flags', ['flags']);
  const rollouts = useAnswer<{ rollouts: RolloutShown[] }>(me.tenant === null ? '/api/v1/rollouts' : null, ['flags', 'rollouts', 'data']);
  const chosen = query.get('flag');
  const rolloutOf = (id: string): RolloutShown | null => rollouts.data?.rollouts.find(({ flagId }) => flagId === id) ?? null;
  const led = chosen === null ? null : rolloutOf(chosen);
  const reload = (): void => {
    flags.reload();
    rollouts.reload();
  };
  return (
    <>
      <div class="head">
        <div>
          <h1>Rollout</h1>
          <p>Which share of the users has each feature, and what it takes to go on</p>
        </div>
        {chosen !== null && (
          <a class="button" href={hrefWith({ flag: null })} data-own>
            All features
          </a>
        )}
      </div>
      <Shown of={flags} height={240}>
        {({ flags: all }) => {
          const shown = all.filter(({ id, featureId }) => (chosen === null ? feature === null || featureId === feature : id === chosen));
          if (shown.length === 0) return <Empty title="There is no such flag">impact flags init makes the first ones.</Empty>;
          return (
            <div class="grid">
              {shown.map((flag) => (
                <One key={flag.id} flag={flag} rollout={rolloutOf(flag.id)} chosen={chosen !== null} reload={reload} />
              ))}
              {chosen !== null && me.tenant === null && (
                <Card title="Changes of the flag" class="w4 tall short">
                  <FlagHistory flag={chosen} />
                </Card>
              )}
              {led !== null && <RolloutSteps flag={led.flagId} version={led.version} />}
            </div>
          );
        }}
      </Shown>
    </>
  );
}
