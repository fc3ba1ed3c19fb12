/** Other systems that are told: registering them, trying them, renewing their secrets. */
import { useState } from 'preact/hooks';
import type { WebhookAnswer, WebhooksAnswer } from '../../api/webhooks.ts';
import { useView } from '../context.ts';
import { title } from '../format.ts';
import { Badge } from '../parts/badge.tsx';
import { Card } from '../parts/card.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { Empty, Fault, Shown } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { hrefWith } from '../place.ts';
import { mayChange } from '../session.ts';
import { useAnswer } from '../use-answer.ts';
import { RegisterWebhook, RemoveWebhook, RotateSecret } from './webhook-dialogs.tsx';

type Asked = { dialog: 'rotate' | 'remove'; webhook: WebhookAnswer } | { dialog: 'register' };

function State({ of: { enabled, disabledReason } }: { of: WebhookAnswer }) {
  return (
    <>
      <Badge tone={enabled ? 'good' : 'warn'}>{enabled ? 'on' : 'off'}</Badge>
      {disabledReason !== null && <div class="small soft">{disabledReason}</div>}
    </>
  );
}

type ActionsProps = {
  of: WebhookAnswer;
  act: (path: string, options: { method: string; body?: unknown }) => void;
  ask: (asked: Asked) => void;
};

function Actions({ of: webhook, act, ask }: ActionsProps) {
  const named = <span class="hidden"> {webhook.webhook_url}</span>;
  return (
    <span class="row end">
      <button type="button" class="button" onClick={() => act('/test', { method: 'POST', body: {} })}>
        Test{named}
      </button>
      <button type="button" class="button" onClick={() => act('', { method: 'PATCH', body: { enabled: !webhook.enabled } })}>
        {webhook.enabled ? 'Switch off' : 'Switch on'}
        {named}
      </button>
      <button type="button" class="button" onClick={() => ask({ dialog: 'rotate', webhook })}>
        Rotate{named}
      </button>
      <button type="button" class="button danger" onClick={() => ask({ dialog: 'remove', webhook })}>
        Remove{named}
      </button>
    </span>
  );
}

type TableProps = { webhooks: readonly WebhookAnswer[]; actions: ((webhook: WebhookAnswer) => preact.ComponentChildren) | null };

function Table({ webhooks, actions }: TableProps) {
  return (
    <Scroll label="Webhooks">
      <table class="middle">
        <thead>
          <tr>
            <th>Receiver</th>
            <th>Hears of</th>
            <th>State</th>
            <th>Registered</th>
            {actions && <th class="right">Actions</th>}
          </tr>
        </thead>
        <tbody>
          {webhooks.map((webhook) => (
            <tr key={webhook.id}>
              <th scope="row">
                <a class="break" href={hrefWith({ webhook: webhook.id })} data-own>
                  {webhook.webhook_url}
                </a>
                <div class="small soft">
                  {webhook.tenant ?? 'all tenants'}
                  {webhook.authenticated ? ', with a bearer token' : ''}
                </div>
              </th>
              <td>{webhook.events.map(title).join(', ')}</td>
              <td>
                <State of={webhook} />
              </td>
              <td class="small">
                {webhook.createdBy}, <Time at={webhook.createdAt} />
              </td>
              {actions && <td class="right">{actions(webhook)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

export function Webhooks() {
  const { ask, me } = useView();
  const answer = useAnswer<WebhooksAnswer>('/api/v1/webhooks', ['messages']);
  const [asked, open] = useState<Asked | null>(null);
  const [said, say] = useState<string | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const done = (text: string): void => {
    say(text);
    setError(null);
    answer.reload();
  };
  const act =
    ({ id }: WebhookAnswer) =>
    (path: string, options: { method: string; body?: unknown }) => {
      const words = path === '/test' ? 'A test is on its way: what becomes of it stands below.' : 'Changed.';
      ask(`/api/v1/webhooks/${id}${path}`, options).then(() => done(words), setError);
    };
  const close = (): void => open(null);
  return (
    <Card
      title="Webhooks"
      note="Other systems that are told, each message signed as Standard Webhooks says"
      action={
        mayChange(me) && (
          <button type="button" class="button primary" disabled={answer.data === null} onClick={() => open({ dialog: 'register' })}>
            Register
          </button>
        )
      }
    >
      {error && <Fault error={error} />}
      {said && <p role="status">{said}</p>}
      <Shown of={answer}>
        {({ webhooks }) =>
          webhooks.length === 0 ? (
            <Empty title="No receiver is registered">People are told by mail, Slack and PagerDuty, as it was configured.</Empty>
          ) : (
            <Table
              webhooks={webhooks}
              actions={mayChange(me) ? (webhook) => <Actions of={webhook} act={act(webhook)} ask={open} /> : null}
            />
          )
        }
      </Shown>
      {asked?.dialog === 'register' && answer.data !== null && (
        <RegisterWebhook announcements={answer.data.announcements} onClose={close} onDone={() => done('Registered.')} />
      )}
      {asked?.dialog === 'rotate' && <RotateSecret webhook={asked.webhook} onClose={close} />}
      {asked?.dialog === 'remove' && <RemoveWebhook webhook={asked.webhook} onClose={close} onDone={() => done('Removed.')} />}
    </Card>
  );
}
