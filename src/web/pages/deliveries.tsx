/** What was told to whom, what became of it, and telling it once more. */
import { useState } from 'preact/hooks';
import type { AttemptAnswer, DeliveryAnswer } from '../../api/deliveries.ts';
import type { WebhooksAnswer } from '../../api/webhooks.ts';
import { pathOf } from '../ask.ts';
import { useView } from '../context.ts';
import { title, whole } from '../format.ts';
import { Badge, type Tone } from '../parts/badge.tsx';
import { Card } from '../parts/card.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { Empty, Fault, Shown } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { go, hrefWith } from '../place.ts';
import { mayChange } from '../session.ts';
import { useAnswer } from '../use-answer.ts';

const tones: Record<string, Tone> = { sent: 'good', pending: 'warn', retry: 'warn', dead: 'bad', skipped: 'none' };
const words: Record<string, string> = { dead: 'given up', skipped: 'channel not configured' };
const states = ['pending', 'sent', 'dead', 'skipped'] as const;
/** A message on its way is told of soon. */
const OFTEN_MS = 2_000;

const State = ({ of }: { of: string }) => <Badge tone={tones[of] ?? 'none'}>{words[of] ?? of}</Badge>;

function Attempts({ of: { id, subject }, onClose }: { of: DeliveryAnswer; onClose: () => void }) {
  const answer = useAnswer<DeliveryAnswer & { log: AttemptAnswer[] }>(`/api/v1/deliveries/${id}`, ['messages']);
  return (
    <Dialog title={`Attempts: ${subject}`} onClose={onClose}>
      <Shown of={answer}>
        {({ key, log }) => (
          <>
            <p class="small soft break">
              Message <code>{key}</code>: receivers know by it what they have had already.
            </p>
            {log.length === 0 ? (
              <Empty title="It was not tried yet" />
            ) : (
              <ol class="timeline">
                {log.map((one) => (
                  <li key={one.attempt}>
                    <span class="row">
                      <b>Attempt {one.attempt}</b> <State of={one.outcome} />
                    </span>
                    <span class="small soft break">
                      <Time at={one.attemptedAt} />, {whole(one.durationMs)} ms
                      {one.status === null ? '' : `, status ${one.status}`}
                      {one.error === null ? '' : `: ${one.error}`}
                    </span>
                  </li>
                ))}
              </ol>
            )}
          </>
        )}
      </Shown>
    </Dialog>
  );
}

type RowsProps = {
  deliveries: readonly DeliveryAnswer[];
  /** A receiver's address by its id. */
  addressOf: (target: string) => string;
  again: ((one: DeliveryAnswer) => void) | null;
  open: (one: DeliveryAnswer) => void;
};

function Rows({ deliveries, addressOf, again, open }: RowsProps) {
  return (
    <Scroll label="Messages">
      <table class="middle">
        <thead>
          <tr>
            <th>Time</th>
            <th>Channel</th>
            <th>To</th>
            <th>Message</th>
            <th>State</th>
            <th class="right">Attempts</th>
            {again && <th class="right">Action</th>}
          </tr>
        </thead>
        <tbody>
          {deliveries.map((one) => (
            <tr key={one.id}>
              <td class="nowrap">
                <Time at={one.createdAt} />
              </td>
              <td>{title(one.channel)}</td>
              <td class="address break">{addressOf(one.target)}</td>
              <td>{one.channel === 'webhook' ? title(one.subject) : one.subject}</td>
              <td>
                <State of={one.state} />
                {one.lastError !== null && one.state !== 'sent' && <div class="small soft break">{one.lastError}</div>}
              </td>
              <td class="right">
                <button type="button" class="why" onClick={() => open(one)}>
                  {whole(one.attempts)}
                  <span class="hidden">, each of them</span>
                </button>
              </td>
              {again && (
                <td class="right">
                  {one.state !== 'pending' && (
                    <button type="button" class="button" onClick={() => again(one)}>
                      Send again<span class="hidden"> {one.subject}</span>
                    </button>
                  )}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function StateChoice({ value }: { value: string }) {
  return (
    <label class="row small">
      <span class="hidden">State</span>
      <select
        value={value}
        style={{ width: 'auto' }}
        onChange={({ currentTarget }) => go(hrefWith({ state: currentTarget.value || null }))}
      >
        <option value="">Every state</option>
        {states.map((one) => (
          <option key={one} value={one} selected={one === value}>
            {title(words[one] ?? one)}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Deliveries() {
  const { ask, me, query } = useView();
  const [webhook, state] = [query.get('webhook'), query.get('state')];
  const answer = useAnswer<{ deliveries: DeliveryAnswer[] }>(
    pathOf('/api/v1/deliveries', { webhook, state, limit: 50 }),
    ['messages'],
    OFTEN_MS,
  );
  // The list of the receivers above is the same answer: it is asked for once.
  const webhooks = useAnswer<WebhooksAnswer>('/api/v1/webhooks', ['messages']);
  const urlOf = (target: string): string => webhooks.data?.webhooks.find(({ id }) => id === target)?.webhook_url ?? target;
  const addressOf = (target: string): string => urlOf(target).replace(/^https?:\/\//, '');
  const [opened, open] = useState<DeliveryAnswer | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const again = ({ id }: DeliveryAnswer): void => {
    ask(`/api/v1/deliveries/${id}/redeliver`, { method: 'POST', body: {} }).then(() => {
      setError(null);
      answer.reload();
    }, setError);
  };
  return (
    <Card
      title={webhook === null ? 'Messages' : 'Messages to this webhook'}
      note="The youngest fifty, to people and to other systems, each told once"
      action={
        <span class="row">
          {webhook !== null && (
            <a href={hrefWith({ webhook: null })} data-own>
              All receivers
            </a>
          )}
          <StateChoice value={state ?? ''} />
        </span>
      }
    >
      {error && <Fault error={error} />}
      <Shown of={answer} height={160}>
        {({ deliveries }) =>
          deliveries.length === 0 ? (
            <Empty title="Nobody was told of anything" />
          ) : (
            <Rows deliveries={deliveries} addressOf={addressOf} again={mayChange(me) ? again : null} open={open} />
          )
        }
      </Shown>
      {opened && <Attempts of={opened} onClose={() => open(null)} />}
    </Card>
  );
}
