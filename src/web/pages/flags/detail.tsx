/** One flag: what it says, who would get what, its history, and changing it. */
import { useState } from 'preact/hooks';
import type { StoredFlag } from '../../../api/flags/answer.ts';
import { useView } from '../../context.ts';
import { percent, usd } from '../../format.ts';
import { Card } from '../../parts/card.tsx';
import { Shown } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { hrefOf } from '../../place.ts';
import { mayChangeAll } from '../../session.ts';
import { useAnswer } from '../../use-answer.ts';
import { Stages } from '../stages.tsx';
import { FlagEdit } from './edit.tsx';
import { FlagEvaluate } from './evaluate.tsx';
import { FlagHistory } from './history.tsx';

const listed = (names: readonly string[]): string => (names.length === 0 ? 'nobody' : names.join(', '));

function Facts({ flag }: { flag: StoredFlag }) {
  return (
    <dl class="facts">
      <dt>Description</dt>
      <dd>{flag.description || '–'}</dd>
      <dt>Owner</dt>
      <dd>{flag.owner || '–'}</dd>
      <dt>Tenants that always have it</dt>
      <dd>{listed(flag.tenantWhitelist)}</dd>
      <dt>Tenants that never have it</dt>
      <dd>{listed(flag.tenantBlacklist)}</dd>
      <dt>Variants</dt>
      <dd class="number">{flag.variants.map(({ name, weight }) => `${name} (weight ${weight})`).join(', ')}</dd>
      <dt>Randomised by</dt>
      <dd>{flag.unit}</dd>
      <dt>Rolls back above</dt>
      <dd class="number">
        {percent(flag.errorRateThresholdPercent)} errors, {flag.latencyThresholdMs} ms, or {percent(flag.metricDropThresholdPercent)} less
        of its metric
      </dd>
      <dt>ROI target</dt>
      <dd class="number">{flag.roiTargetUsd === null ? '–' : `${usd(flag.roiTargetUsd)} a year`}</dd>
      <dt>Version</dt>
      <dd class="number">
        {flag.version}, changed <Time at={flag.updatedAt} />
      </dd>
    </dl>
  );
}

export function FlagDetail({ id }: { id: string }) {
  const { me } = useView();
  const [editing, edit] = useState(false);
  const answer = useAnswer<StoredFlag>(`/api/v1/flags/${encodeURIComponent(id)}`, ['flags']);
  return (
    <Shown of={answer} height={240}>
      {(flag) => (
        <div class="grid">
          <Card
            title={flag.name}
            note={flag.id}
            class="w8"
            action={
              <span class="row">
                <a class="button" href={hrefOf('/rollout', { flag: flag.id })} data-own>
                  Rollout
                </a>
                {mayChangeAll(me) && (
                  <button type="button" class="button" onClick={() => edit(true)}>
                    Edit
                  </button>
                )}
              </span>
            }
          >
            <Stages at={flag.stage} />
            <Facts flag={flag} />
            {editing && <FlagEdit flag={flag} onClose={() => edit(false)} onDone={answer.reload} />}
          </Card>
          <FlagEvaluate flag={flag} />
          {me.tenant === null && (
            <Card title="History" class="w8">
              <FlagHistory flag={flag.id} />
            </Card>
          )}
        </div>
      )}
    </Shown>
  );
}
