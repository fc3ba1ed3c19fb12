/** How a dialog's form ends: what went wrong, leaving it, doing it. */
import { Fault } from './states.tsx';

type Props = { action: string; danger: boolean; busy: boolean; error: Error | null; onClose: () => void };

export function Submit({ action, danger, busy, error, onClose }: Props) {
  return (
    <>
      {error && <Fault error={error} />}
      <div class="actions">
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" class={`button ${danger ? 'danger' : 'primary'}`} disabled={busy}>
          {action}
        </button>
      </div>
    </>
  );
}
