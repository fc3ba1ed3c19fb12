/** What somebody would get, and why. */
import { useState } from 'preact/hooks';
import type { EvaluationAnswer, StoredFlag } from '../../../api/flags/answer.ts';
import { useView } from '../../context.ts';
import { title } from '../../format.ts';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { TextField } from '../../parts/field.tsx';
import { Fault } from '../../parts/states.tsx';

function Result({ answer }: { answer: EvaluationAnswer }) {
  return (
    <div class="stack" role="status">
      <Badge tone={answer.enabled ? 'good' : 'none'}>{answer.enabled ? 'has it' : 'does not have it'}</Badge>
      <dl class="facts">
        <dt>Variant</dt>
        <dd>{answer.variant ?? 'none'}</dd>
        <dt>Decided by</dt>
        <dd>{title(answer.decidedBy)}</dd>
        <dt>Reason</dt>
        <dd>{answer.reason}</dd>
        <dt>In the experiment</dt>
        <dd>{answer.inExperiment ? 'yes' : 'no'}</dd>
        <dt>Flag version</dt>
        <dd class="number">{answer.version}</dd>
      </dl>
    </div>
  );
}

export function FlagEvaluate({ flag }: { flag: StoredFlag }) {
  const { ask, me, tenant } = useView();
  const [who, setWho] = useState({ tenantId: me.tenant ?? tenant ?? '', userId: '' });
  const [answer, setAnswer] = useState<EvaluationAnswer | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const submit = (event: Event): void => {
    event.preventDefault();
    const body = Object.fromEntries(Object.entries(who).filter(([, value]) => value !== ''));
    ask<EvaluationAnswer>(`/api/v1/flags/${encodeURIComponent(flag.id)}/evaluate`, { method: 'POST', body }).then(
      ({ data }) => {
        setAnswer(data);
        setError(null);
      },
      (caught: Error) => setError(caught),
    );
  };
  return (
    <Card title="Who gets what?" class="w4 short">
      <form class="stack" onSubmit={submit}>
        <TextField
          label="Tenant"
          name="tenantId"
          value={who.tenantId}
          onInput={(tenantId) => setWho((before) => ({ ...before, tenantId }))}
        />
        <TextField label="User" name="userId" value={who.userId} onInput={(userId) => setWho((before) => ({ ...before, userId }))} />
        <button type="submit" class="button primary">
          Evaluate
        </button>
      </form>
      {error && <Fault error={error} />}
      {answer && <Result answer={answer} />}
    </Card>
  );
}
