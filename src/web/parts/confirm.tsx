/** Asks for a reason, then does it. What people change is kept with its reason, so there is none without. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from './dialog.tsx';
import { Submit } from './submit.tsx';

type Props = {
  title: string;
  children?: ComponentChildren;
  action: string;
  danger?: boolean;
  onClose: () => void;
  act: (reason: string) => Promise<unknown>;
};

export function Confirm({ title, children, action, danger = false, onClose, act }: Props) {
  const [reason, setReason] = useState('');
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await act(reason.trim());
      onClose();
    } catch (caught) {
      setError(caught as Error);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        {children}
        <label class="field">
          <span>Reason</span>
          <input
            name="reason"
            required
            maxLength={500}
            value={reason}
            onInput={({ currentTarget }) => setReason(currentTarget.value)}
            autocomplete="off"
          />
          <small>It is kept in the history, with the name of your token.</small>
        </label>
        <Submit action={action} danger={danger} busy={busy} error={error} onClose={onClose} />
      </form>
    </Dialog>
  );
}
