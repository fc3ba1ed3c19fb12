/** Who changed a flag, when, why, and on what evidence. */
import type { FlagChangeAnswer } from '../../../api/flags/answer.ts';
import { stageName, title } from '../../format.ts';
import { Fault, Loading } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { useAnswer } from '../../use-answer.ts';

/** "10 % → 25 %" where the stage changed, else what kind of change it was. */
function whatOf({ before, after, kind }: FlagChangeAnswer): string {
  const [from, to] = [before?.['stage'], after?.['stage']];
  if (typeof from === 'string' && typeof to === 'string' && from !== to) return `${stageName(from)} → ${stageName(to)}`;
  return title(kind);
}

export function FlagHistory({ flag }: { flag: string }) {
  const history = useAnswer<{ changes: FlagChangeAnswer[] }>(`/api/v1/flags/${encodeURIComponent(flag)}/history`, ['flags']);
  if (history.error && history.data === null) return <Fault error={history.error} />;
  if (history.data === null) return <Loading />;
  return (
    <ol class="timeline">
      {history.data.changes.map((change) => (
        <li key={change.id}>
          <b>{whatOf(change)}</b>
          <span>{change.reason}</span>
          <span class="small soft">
            {change.by}, <Time at={change.occurredAt} />
          </span>
          {change.evidence !== null && change.evidence !== undefined && (
            <details class="small">
              <summary>Evidence</summary>
              <pre class="mono break" style={{ whiteSpace: 'pre-wrap', margin: 0 }}>
                {JSON.stringify(change.evidence, null, 2)}
              </pre>
            </details>
          )}
        </li>
      ))}
    </ol>
  );
}
