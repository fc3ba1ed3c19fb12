/** Changes a flag from the version that was seen; whoever was quicker is not overwritten. */
import { useState } from 'preact/hooks';
import type { StoredFlag } from '../../../api/flags/answer.ts';
import { pathOf } from '../../ask.ts';
import { useView } from '../../context.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { AreaField, TextField } from '../../parts/field.tsx';

type Draft = Record<'name' | 'description' | 'owner' | 'allowed' | 'denied' | 'errorRate' | 'latency' | 'drop' | 'roiTarget', string>;

const draftOf = (flag: StoredFlag): Draft => ({
  name: flag.name,
  description: flag.description,
  owner: flag.owner,
  allowed: flag.tenantWhitelist.join('\n'),
  denied: flag.tenantBlacklist.join('\n'),
  errorRate: String(flag.errorRateThresholdPercent),
  latency: String(flag.latencyThresholdMs),
  drop: String(flag.metricDropThresholdPercent),
  roiTarget: flag.roiTargetUsd === null ? '' : String(flag.roiTargetUsd),
});

/** One tenant a line, or separated by commas. */
export const tenantsOf = (text: string): string[] => [
  ...new Set(
    text
      .split(/[\n,]/)
      .map((one) => one.trim())
      .filter(Boolean),
  ),
];

/** What the form says, as the API takes it; only what differs is sent. */
export function patchOf(flag: StoredFlag, draft: Draft): Record<string, unknown> {
  const wanted = {
    name: draft.name,
    description: draft.description,
    owner: draft.owner,
    tenantWhitelist: tenantsOf(draft.allowed),
    tenantBlacklist: tenantsOf(draft.denied),
    errorRateThresholdPercent: Number(draft.errorRate),
    latencyThresholdMs: Number(draft.latency),
    metricDropThresholdPercent: Number(draft.drop),
    roiTargetUsd: draft.roiTarget.trim() === '' ? null : Number(draft.roiTarget),
  };
  return Object.fromEntries(
    Object.entries(wanted).filter(([name, value]) => JSON.stringify(flag[name as keyof StoredFlag]) !== JSON.stringify(value)),
  );
}

export function FlagEdit({ flag, onClose, onDone }: { flag: StoredFlag; onClose: () => void; onDone: () => void }) {
  const { ask } = useView();
  const [draft, setDraft] = useState(() => draftOf(flag));
  // What was seen when the form was opened, not what has come since.
  const [seen] = useState(flag);
  const set = (name: keyof Draft) => (value: string) => setDraft((before) => ({ ...before, [name]: value }));
  const act = (reason: string): Promise<void> =>
    ask(pathOf(`/api/v1/flags/${encodeURIComponent(flag.id)}`, { reason }), {
      method: 'PATCH',
      body: patchOf(seen, draft),
      ifMatch: `"${seen.version}"`,
    }).then(onDone);
  return (
    <Confirm title={`Edit ${flag.name}`} action="Save" onClose={onClose} act={act}>
      <div class="form">
        <TextField label="Name" name="name" value={draft.name} onInput={set('name')} required />
        <TextField label="Owner" name="owner" value={draft.owner} onInput={set('owner')} />
        <TextField label="Description" name="description" value={draft.description} onInput={set('description')} wide />
        <AreaField label="Tenants that always have it" name="allowed" hint="One a line" value={draft.allowed} onInput={set('allowed')} />
        <AreaField
          label="Tenants that never have it"
          name="denied"
          hint="One a line; wins over the other list"
          value={draft.denied}
          onInput={set('denied')}
        />
        <TextField
          label="Error rate that rolls back, %"
          name="errorRate"
          type="number"
          value={draft.errorRate}
          onInput={set('errorRate')}
          required
        />
        <TextField
          label="Latency that rolls back, ms"
          name="latency"
          type="number"
          value={draft.latency}
          onInput={set('latency')}
          required
        />
        <TextField label="Drop that rolls back, %" name="drop" type="number" value={draft.drop} onInput={set('drop')} required />
        <TextField label="ROI target, USD a year" name="roiTarget" type="number" value={draft.roiTarget} onInput={set('roiTarget')} />
      </div>
    </Confirm>
  );
}
