/** How the pipeline does: lag, what could not be used, what came late, and rebuilding the past. */
import { useView } from '../context.ts';
import { Tabs } from '../parts/tabs.tsx';
import { Lag } from './quality/lag.tsx';
import { Late } from './quality/late.tsx';
import { DeadLetters } from './quality/letters.tsx';
import { Replays } from './replays.tsx';

const tabs = [
  [null, 'Pipeline and bad events'],
  ['replays', 'Replay'],
] as const;

export function Quality() {
  const { query } = useView();
  const tab = query.get('tab');
  return (
    <>
      <div class="head">
        <div>
          <h1>Data quality</h1>
          <p>Whether the figures can be trusted, and mending them</p>
        </div>
      </div>
      <Tabs label="Data quality and replay" tabs={tabs} />
      {tab === 'replays' ? (
        <Replays />
      ) : (
        <div class="grid">
          <Lag />
          <Late />
          <DeadLetters />
        </div>
      )}
    </>
  );
}
