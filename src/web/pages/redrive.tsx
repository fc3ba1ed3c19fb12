/** Sends dead letters again, after it has said how many. */
import { useEffect, useState } from 'preact/hooks';
import type { QualityAnswer, RedriveAnswer } from '../../api/web/quality.ts';
import { useView } from '../context.ts';
import { title, whole } from '../format.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Fault, Loading } from '../parts/states.tsx';

type Props = { group: QualityAnswer['deadLetters'][number]; onClose: () => void; onDone: () => void };

export function Redrive({ group, onClose, onDone }: Props) {
  const { ask } = useView();
  const [found, setFound] = useState<RedriveAnswer | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const send = (dryRun: boolean): Promise<void> =>
    ask<RedriveAnswer>('/api/v1/dead-letters/redrive', { method: 'POST', body: { reason: group.reason, topic: group.topic, dryRun } }).then(
      ({ data }) => setFound(data),
      (caught: Error) => setError(caught),
    );
  useEffect(() => void send(true), []);
  const go = async (): Promise<void> => {
    setBusy(true);
    await send(false);
    setBusy(false);
    onDone();
  };
  return (
    <Dialog title={`Redrive: ${title(group.reason)}`} onClose={onClose}>
      <p>
        Each record goes to <code>{group.topic}</code> again, as it was. What has been stored meanwhile is not stored twice; what still
        cannot be used comes back here.
      </p>
      {error && <Fault error={error} />}
      {!error && found === null && <Loading height={40} />}
      {found && (
        <p role="status">
          {found.dryRun ? (
            <>
              <b>{whole(found.total)}</b> {found.total === 1 ? 'record' : 'records'} would be sent again.
            </>
          ) : (
            <>
              <b>{whole(found.total)}</b> {found.total === 1 ? 'record was' : 'records were'} sent again.
            </>
          )}
        </p>
      )}
      <div class="actions">
        <button type="button" class="button" onClick={onClose}>
          {found !== null && !found.dryRun ? 'Close' : 'Cancel'}
        </button>
        {(found === null || found.dryRun) && (
          <button type="button" class="button primary" disabled={busy || found === null || found.total === 0} onClick={go}>
            Send again
          </button>
        )}
      </div>
    </Dialog>
  );
}
