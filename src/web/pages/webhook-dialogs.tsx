/** Registering a receiver, a new signing secret for it, and removing it. A secret is shown once. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { WebhookAnswer, WebhooksAnswer } from '../../api/webhooks.ts';
import { useView } from '../context.ts';
import { title } from '../format.ts';
import { Dialog } from '../parts/dialog.tsx';
import { TextField } from '../parts/field.tsx';
import { Submit } from '../parts/submit.tsx';

type AskProps = {
  heading: string;
  action: string;
  danger?: boolean;
  children: ComponentChildren;
  /** What the API answered is shown where it holds a secret; else the dialog closes. */
  act: () => Promise<{ data: unknown }>;
  onClose: () => void;
};

function Secret({ of, onClose }: { of: string; onClose: () => void }) {
  return (
    <div class="stack" role="status">
      <p>The signing secret. It is not shown again: give it to the receiver now.</p>
      <code class="secret break">{of}</code>
      <div class="actions">
        <button type="button" class="button primary" onClick={onClose}>
          Done
        </button>
      </div>
    </div>
  );
}

function AskDialog({ heading, action, danger = false, children, act, onClose }: AskProps) {
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const submit = (event: Event): void => {
    event.preventDefault();
    setBusy(true);
    act()
      .then(({ data }) => {
        const made = (data as { signingSecret?: string } | null)?.signingSecret;
        if (made === undefined) onClose();
        else setSecret(made);
      }, setError)
      .finally(() => setBusy(false));
  };
  return (
    <Dialog title={heading} onClose={onClose}>
      {secret !== null ? (
        <Secret of={secret} onClose={onClose} />
      ) : (
        <form class="stack" onSubmit={submit}>
          {children}
          <Submit action={action} danger={danger} busy={busy} error={error} onClose={onClose} />
        </form>
      )}
    </Dialog>
  );
}

type Announcements = WebhooksAnswer['announcements'];
const usual: Announcements = ['alert_triggered', 'alert_resolved'];
/** What there is to hear of is the API's to say. */
type RegisterProps = { announcements: Announcements; onClose: () => void; onDone: () => void };

export function RegisterWebhook({ announcements, onClose, onDone }: RegisterProps) {
  const { ask, me } = useView();
  const [url, setUrl] = useState('');
  const [token, setToken] = useState('');
  const [events, setEvents] = useState<Announcements>(usual);
  const body = { webhook_url: url.trim(), events, authentication: token.trim() === '' ? null : token.trim() };
  const act = () =>
    ask('/api/v1/webhooks', { method: 'POST', body }).then((answer) => {
      onDone();
      return answer;
    });
  const toggle = (name: Announcements[number]): void =>
    setEvents((before) => announcements.filter((one) => (one === name) !== before.includes(one)));
  return (
    <AskDialog heading="Register a webhook" action="Register" act={act} onClose={onClose}>
      <TextField
        label="URL"
        name="webhook_url"
        hint={me.tenant === null ? 'It hears of every tenant' : `It hears of ${me.tenant} alone`}
        value={url}
        onInput={setUrl}
        required
      />
      <fieldset class="checks">
        <legend>Hears of</legend>
        {announcements.map((name) => (
          <label key={name} class="row">
            <input type="checkbox" name={name} checked={events.includes(name)} onChange={() => toggle(name)} />
            {title(name)}
          </label>
        ))}
      </fieldset>
      <TextField
        label="Bearer token"
        name="authentication"
        hint="Sent along with each message; empty: none"
        value={token}
        onInput={setToken}
      />
    </AskDialog>
  );
}

export function RotateSecret({ webhook, onClose }: { webhook: WebhookAnswer; onClose: () => void }) {
  const { ask } = useView();
  const act = () => ask(`/api/v1/webhooks/${webhook.id}/rotate`, { method: 'POST', body: {} });
  return (
    <AskDialog heading="A new signing secret" action="Rotate" act={act} onClose={onClose}>
      <p class="break">For {webhook.webhook_url}. The present secret signs as well for a day, so that the receiver can change over.</p>
    </AskDialog>
  );
}

type RemoveProps = { webhook: WebhookAnswer; onClose: () => void; onDone: () => void };

export function RemoveWebhook({ webhook, onClose, onDone }: RemoveProps) {
  const { ask } = useView();
  const act = () =>
    ask(`/api/v1/webhooks/${webhook.id}`, { method: 'DELETE' }).then((answer) => {
      onDone();
      return answer;
    });
  return (
    <AskDialog heading="Remove this webhook" action="Remove" danger act={act} onClose={onClose}>
      <p class="break">{webhook.webhook_url} is told nothing more, and the list of what it was told goes with it.</p>
    </AskDialog>
  );
}
