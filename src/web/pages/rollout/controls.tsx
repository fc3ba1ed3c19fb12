/** Advance, pause, roll back: each asks for a reason first. Who may not, sees that it is not for them. */
import { useState } from 'preact/hooks';
import type { StoredFlag } from '../../../api/flags/answer.ts';
import type { RolloutShown } from '../../../api/rollout-answer.ts';
import { pathOf } from '../../ask.ts';
import { useView } from '../../context.ts';
import { stageName } from '../../format.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { mayChangeAll } from '../../session.ts';
import { stageIndex, stages } from '../stages.tsx';

type Order = { name: string; label: string; says: string; danger?: boolean; body?: object };
type ButtonsProps = { orders: readonly Order[]; send: (order: Order, reason: string) => Promise<unknown>; onDone: () => void };

function Buttons({ orders, send, onDone }: ButtonsProps) {
  const { me } = useView();
  const [asked, ask] = useState<Order | null>(null);
  if (!mayChangeAll(me)) return <p class="small soft">Changing a rollout takes an operator’s token of all tenants.</p>;
  return (
    <>
      <div class="row">
        {orders.map((order) => (
          <button key={order.name} type="button" class={`button ${order.danger ? 'danger' : ''}`} onClick={() => ask(order)}>
            {order.label}
          </button>
        ))}
      </div>
      {asked && (
        <Confirm
          title={asked.label}
          action={asked.label}
          danger={asked.danger ?? false}
          onClose={() => ask(null)}
          act={(reason) => send(asked, reason).then(onDone)}
        >
          <p>{asked.says}</p>
        </Confirm>
      )}
    </>
  );
}

/** What makes sense in each state of a plan. */
function ordersOf({ status }: RolloutShown): Order[] {
  const back = {
    name: 'rollback',
    label: 'Roll back',
    says: 'The feature is switched off for everybody at once, and the plan ends.',
    danger: true,
  };
  const go = { name: 'advance', label: 'Advance', says: 'Goes on to the next stage, if its gates are met.' };
  const pause = { name: 'pause', label: 'Pause', says: 'The present stage is kept until somebody resumes.' };
  const approve = { name: 'approve', label: 'Approve', says: 'Says yes to the stage that the plan asks for.' };
  if (status === 'planned') return [{ name: 'start', label: 'Start', says: 'The plan begins with its first stage.' }];
  if (status === 'paused') return [{ name: 'resume', label: 'Resume', says: 'Goes on from where the flag is.' }, back];
  if (status === 'complete' || status === 'rolled_back') return [];
  return [status === 'waiting_for_approval' ? approve : go, pause, back];
}

export function RolloutControls({ rollout, onDone }: { rollout: RolloutShown; onDone: () => void }) {
  const { ask } = useView();
  const send = (order: Order, reason: string): Promise<unknown> =>
    ask(pathOf(`/api/v1/rollouts/${encodeURIComponent(rollout.flagId)}/${order.name}`, { reason }), {
      method: 'POST',
      body: order.body ?? {},
      ifMatch: `"${rollout.version}"`,
    });
  return <Buttons orders={ordersOf(rollout)} send={send} onDone={onDone} />;
}

/** Of a flag that no plan leads: one stage on, one back, or off. */
export function FlagControls({ flag, onDone }: { flag: StoredFlag; onDone: () => void }) {
  const { ask } = useView();
  const now = stageIndex(flag.stage);
  const [after, before] = [stages[now + 1], stages[now - 1]];
  const to = (stage: string, label: string, danger = false): Order => ({
    name: stage,
    label,
    danger,
    says: `${flag.name} goes from ${stageName(flag.stage)} to ${stageName(stage)}. Every service knows within milliseconds.`,
  });
  const orders = [
    ...(after ? [to(after, `Advance to ${stageName(after)}`)] : []),
    ...(before && before !== 'disabled' ? [to(before, `Back to ${stageName(before)}`)] : []),
    ...(now > 0 ? [to('disabled', 'Switch off', true)] : []),
  ];
  const send = ({ name }: Order, reason: string): Promise<unknown> =>
    ask(pathOf(`/api/v1/flags/${encodeURIComponent(flag.id)}/stage`, { reason }), {
      method: 'POST',
      body: { stage: name },
      // The version that was seen: whoever was quicker is not overwritten. Off is off, whatever there is.
      ifMatch: name === 'disabled' ? '*' : `"${flag.version}"`,
    });
  return <Buttons orders={orders} send={send} onDone={onDone} />;
}
