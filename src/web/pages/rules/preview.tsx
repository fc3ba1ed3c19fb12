/** When the rule would have fired in the last 30 days. */
import { useState } from 'preact/hooks';
import type { PreviewAnswer } from '../../../api/web/preview.ts';
import { useView } from '../../context.ts';
import { figure, title, whole } from '../../format.ts';
import { Severity } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Empty, Fault, Loading } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { subjectOf } from '../alerts/subject.ts';
import type { RuleFields } from './limit.ts';

const SHOWN = 30;

function Told({ preview }: { preview: PreviewAnswer }) {
  if (!preview.tested)
    return (
      <Empty title="Cannot be tested on stored minutes">
        Its window is shorter than a minute, or it watches a figure that is computed every five minutes.
      </Empty>
    );
  const shown = preview.transitions.slice(-SHOWN).toReversed();
  return (
    <div class="stack" role="status">
      <p>
        <b>{whole(preview.alerts)}</b> {preview.alerts === 1 ? 'alert' : 'alerts'} in 30 days.
        {preview.transitions.length > shown.length && ` The newest ${SHOWN} changes:`}
      </p>
      {shown.length === 0 ? (
        <Empty title="It would have been silent" />
      ) : (
        <ol class="timeline">
          {shown.map((one) => (
            <li key={`${one.at} ${one.tenant} ${one.feature} ${one.transition}`}>
              <span class="row">
                <b>{title(one.transition)}</b> <Severity of={one.severity} /> <span class="soft">{subjectOf(one)}</span>
              </span>
              <span class="small soft">
                {figure(one.value)} (limit {figure(one.threshold)}), <Time at={one.at} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

export function RulePreview({ rule }: { rule: RuleFields }) {
  const { ask } = useView();
  const [preview, setPreview] = useState<PreviewAnswer | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const run = (): void => {
    setBusy(true);
    ask<PreviewAnswer>('/api/v1/rules/preview', { method: 'POST', body: rule })
      .then(
        ({ data }) => {
          setPreview(data);
          setError(null);
        },
        (caught: Error) => setError(caught),
      )
      .finally(() => setBusy(false));
  };
  return (
    <Card
      title="When would it have fired?"
      class="w5 short"
      action={
        <button type="button" class="button" disabled={busy} onClick={run}>
          Preview 30 days
        </button>
      }
    >
      <p class="small soft">The same windows and the same states as live, over what is stored. Nothing is sent.</p>
      {busy && <Loading />}
      {!busy && error && <Fault error={error} />}
      {!busy && !error && preview && <Told preview={preview} />}
    </Card>
  );
}
