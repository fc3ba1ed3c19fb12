/** Which days to rebuild; what that would change is shown before it can be done. */
import { useState } from 'preact/hooks';
import type { ComparisonAnswer } from '../../api/web/replays.ts';
import { useView } from '../context.ts';
import { figure, title, usd, whole } from '../format.ts';
import { Card } from '../parts/card.tsx';
import { TextField } from '../parts/field.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { Fault, Loading } from '../parts/states.tsx';
import { mayChangeAll } from '../session.ts';

type Order = { from: string; to: string; tenant: string; feature: string };
const SHOWN = 50;
const today = (): string => new Date().toISOString().slice(0, 10);

const bodyOf = (order: Order): Partial<Order> => Object.fromEntries(Object.entries(order).filter(([, value]) => value !== ''));

function Changes({ compared }: { compared: ComparisonAnswer }) {
  const { changes, days, tenants } = compared;
  const looked = `${whole(days.length)} days of ${whole(tenants)} tenants looked at`;
  if (changes.length === 0) return <p role="status">{looked}: nothing would change.</p>;
  return (
    <div class="stack" role="status">
      <p>
        {looked}: <b>{whole(changes.length)}</b> series would change.
      </p>
      <Scroll label="What would change">
        <table>
          <thead>
            <tr>
              <th>Tenant</th>
              <th>Feature</th>
              <th>Metric</th>
              <th class="right">Minutes</th>
              <th class="right">Observations</th>
              <th class="right">Sum</th>
              <th class="right">Value</th>
            </tr>
          </thead>
          <tbody>
            {changes.slice(0, SHOWN).map((one) => (
              <tr key={`${one.tenant} ${one.feature} ${one.metric}`}>
                <td>{one.tenant}</td>
                <td>{title(one.feature)}</td>
                <td>{title(one.metric)}</td>
                <td class="right">{whole(one.buckets)}</td>
                <td class="right">
                  {whole(one.n_now)} → {whole(one.n_then)}
                </td>
                <td class="right">
                  {figure(one.sum_now)} → {figure(one.sum_then)}
                </td>
                <td class="right">
                  {usd(one.value_usd_now)} → {usd(one.value_usd_then)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </div>
  );
}

export function ReplayForm({ running, onStarted }: { running: boolean; onStarted: () => void }) {
  const { ask, me, tenant, feature } = useView();
  const [order, setOrder] = useState<Order>({ from: today(), to: today(), tenant: tenant ?? '', feature: feature ?? '' });
  const [compared, setCompared] = useState<ComparisonAnswer | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const set = (name: keyof Order) => (value: string) => {
    setOrder((before) => ({ ...before, [name]: value }));
    // What was compared is not what would be done now.
    setCompared(null);
  };
  const run = <T,>(path: string, then: (data: T) => void): void => {
    setBusy(true);
    setError(null);
    ask<T>(path, { method: 'POST', body: bodyOf(order) })
      .then(({ data }) => then(data), setError)
      .finally(() => setBusy(false));
  };
  const compare = (event: Event): void => {
    event.preventDefault();
    run<ComparisonAnswer>('/api/v1/replays/compare', setCompared);
  };
  const start = (): void => run('/api/v1/replays', onStarted);
  if (!mayChangeAll(me))
    return (
      <Card title="Rebuild days" class="w7">
        <p class="soft">Replaying takes an operator’s token of all tenants.</p>
      </Card>
    );
  return (
    <Card title="Rebuild days" note="From the stored events, beside what is shown, and then put in its place at once" class="w7">
      <form class="stack" onSubmit={compare}>
        <div class="form">
          <TextField label="First day (UTC)" name="from" type="date" value={order.from} onInput={set('from')} required />
          <TextField label="Last day (UTC)" name="to" type="date" value={order.to} onInput={set('to')} required />
          <TextField label="Only this tenant" name="tenant" value={order.tenant} onInput={set('tenant')} />
          <TextField label="Only this feature" name="feature" value={order.feature} onInput={set('feature')} />
        </div>
        <div class="actions">
          <button type="submit" class="button" disabled={busy || running}>
            Dry run
          </button>
          <button type="button" class="button primary" disabled={busy || running || compared === null} onClick={start}>
            Replay
          </button>
        </div>
      </form>
      {compared === null && !busy && error === null && <p class="small soft">A dry run says what would change; then it can be replayed.</p>}
      {busy && <Loading height={60} />}
      {error && <Fault error={error} />}
      {!busy && compared && <Changes compared={compared} />}
    </Card>
  );
}
