/** Taking an alert up, and silencing it for a while. */
import { useState } from 'preact/hooks';
import type { AlertAnswer } from '../../../api/alerts.ts';
import type { AcknowledgementAnswer } from '../../../api/web/acknowledgement.ts';
import type { MeAnswer } from '../../../api/web/me.ts';
import { useView } from '../../context.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { ChoiceField } from '../../parts/field.tsx';
import { Fault } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { mayChange } from '../../session.ts';
import { useAnswer } from '../../use-answer.ts';

type Props = { alert: AlertAnswer; me: MeAnswer; onDone: () => void };

const lengths = [
  ['1', '1 hour'],
  ['4', '4 hours'],
  ['24', '1 day'],
  ['168', '7 days'],
] as const;

function Silence({ alert, onClose }: { alert: AlertAnswer; onClose: () => void }) {
  const { ask } = useView();
  const [hours, setHours] = useState('4');
  const act = (reason: string): Promise<unknown> => {
    const whose = { tenant: alert.tenant, feature: alert.feature };
    const known = Object.fromEntries(Object.entries(whose).filter(([, value]) => value !== null));
    const endsAt = new Date(Date.now() + Number(hours) * 3_600_000).toISOString();
    return ask('/api/v1/silences', { method: 'POST', body: { ...known, rule: alert.rule, endsAt, reason } });
  };
  return (
    <Confirm title={`Silence ${alert.title}`} action="Silence" onClose={onClose} act={act}>
      <p>Nobody is told of it meanwhile. It still fires, and still stands here.</p>
      <ChoiceField label="For" name="hours" value={hours} onInput={setHours} options={lengths} />
    </Confirm>
  );
}

/** Who has taken it up, or nothing while nobody has, or where nobody was told. */
function Taken({ of }: { of: AcknowledgementAnswer | null }) {
  if (of === null || of.acknowledgedAt === null) return null;
  return (
    <p role="status">
      Acknowledged by <b>{of.acknowledgedBy}</b>, <Time at={of.acknowledgedAt} />
    </p>
  );
}

export function AlertActions({ alert, me, onDone }: Props) {
  const { ask } = useView();
  const [silencing, silence] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const id = encodeURIComponent(alert.id);
  const taken = useAnswer<AcknowledgementAnswer>(`/api/v1/alerts/${id}/acknowledgement`, ['alerts', 'rules']);
  const acknowledge = (): void => {
    ask(`/api/v1/alerts/${id}/acknowledge`, { method: 'POST', body: {} }).then(() => {
      setError(null);
      taken.reload();
      onDone();
    }, setError);
  };
  const firing = alert.resolvedAt === null;
  return (
    <div class="stack">
      <Taken of={taken.data} />
      {firing && mayChange(me) && (
        <div class="row">
          {taken.data !== null && taken.data.acknowledgedAt === null && (
            <button type="button" class="button primary" onClick={acknowledge}>
              Acknowledge
            </button>
          )}
          <button type="button" class="button" onClick={() => silence(true)}>
            Silence
          </button>
        </div>
      )}
      {error && <Fault error={error} />}
      {silencing && <Silence alert={alert} onClose={() => silence(false)} />}
    </div>
  );
}
