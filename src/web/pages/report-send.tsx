/** Sends a report to those who get it by the clock, or to addresses. */
import { useState } from 'preact/hooks';
import { useView } from '../context.ts';
import { title } from '../format.ts';
import { Dialog } from '../parts/dialog.tsx';
import { TextField } from '../parts/field.tsx';
import { Fault } from '../parts/states.tsx';
import { mayChangeAll } from '../session.ts';

type Props = { kind: string; date: string; onSent: () => void };

/** Addresses separated by commas, or none for the usual ones. */
const mailOf = (text: string): boolean | string[] => {
  const addresses = text
    .split(/[,\s]+/)
    .map((one) => one.trim())
    .filter(Boolean);
  return addresses.length === 0 ? true : addresses;
};

function SendForm({ kind, date, onSent, onClose }: Props & { onClose: () => void }) {
  const { ask } = useView();
  const [to, setTo] = useState('');
  const [channels, setChannels] = useState({ email: true, slack: false });
  const [error, setError] = useState<Error | null>(null);
  const submit = (event: Event): void => {
    event.preventDefault();
    const body = { ...(channels.email ? { email: mailOf(to) } : {}), ...(channels.slack ? { slack: true } : {}) };
    ask(`/api/v1/reports/${encodeURIComponent(kind)}/${encodeURIComponent(date)}/send`, { method: 'POST', body }).then(() => {
      onSent();
      onClose();
    }, setError);
  };
  const check = (name: keyof typeof channels, word: string) => (
    <label class="row">
      <input
        type="checkbox"
        checked={channels[name]}
        onChange={({ currentTarget }) => setChannels({ ...channels, [name]: currentTarget.checked })}
      />
      {word}
    </label>
  );
  return (
    <Dialog title={`Send the ${title(kind).toLowerCase()} report`} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        {check('email', 'By mail')}
        <TextField
          label="To"
          name="to"
          hint="Addresses separated by commas; empty: those who get it by the clock"
          value={to}
          onInput={setTo}
        />
        {check('slack', 'To Slack')}
        {error && <Fault error={error} />}
        <div class="actions">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={!channels.email && !channels.slack}>
            Send
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export function SendReport(props: Props) {
  const { me } = useView();
  const [open, setOpen] = useState(false);
  if (!mayChangeAll(me)) return null;
  return (
    <>
      <button type="button" class="button primary" onClick={() => setOpen(true)}>
        Send
      </button>
      {open && <SendForm {...props} onClose={() => setOpen(false)} />}
    </>
  );
}
