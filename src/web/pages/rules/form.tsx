/** The fields of a rule. The API says what is wrong with them; the form only offers what there is. */
import { useView } from '../../context.ts';
import { title } from '../../format.ts';
import { ChoiceField, TextField } from '../../parts/field.tsx';
import { useAnswer } from '../../use-answer.ts';
import type { FieldName, RuleDraft } from './draft.ts';

type Props = { draft: RuleDraft; isNew: boolean; disabled: boolean; onChange: (draft: RuleDraft) => void };

const statistics = ['mean', 'sum', 'count', 'min', 'max', 'percent', 'roi', 'latest'].map((one) => [one, one] as const);
const scopes = ['platform', 'tenant', 'feature', 'tenant_feature'].map((one) => [one, title(one)] as const);
const comparisons = [
  ['above', 'above the limit'],
  ['below', 'below the limit'],
] as const;

export function RuleForm({ draft, isNew, disabled, onChange }: Props) {
  const { me } = useView();
  const metrics = useAnswer<{ metrics: { metric: string }[] }>('/api/v1/metrics', []);
  const set = (name: FieldName) => (value: string) => onChange({ ...draft, [name]: value });
  const names = [...new Set(metrics.data?.metrics.map(({ metric }) => metric) ?? [])];
  const lengths = [...new Set(me.windows.map((window) => window.split('/')[0] ?? ''))];
  return (
    <fieldset class="form" disabled={disabled} style={{ border: 0, margin: 0, padding: 0, minWidth: '0' }}>
      <legend class="hidden">Rule</legend>
      {isNew && <TextField label="Id" name="id" hint="lower case letters, digits and -" value={draft.id} onInput={set('id')} required />}
      <TextField label="Title" name="title" value={draft.title} onInput={set('title')} required />
      <TextField label="Metric" name="metric" value={draft.metric} onInput={set('metric')} list={names} required />
      <ChoiceField label="Statistic" name="statistic" value={draft.statistic} onInput={set('statistic')} options={statistics} />
      <ChoiceField label="One alert for" name="scope" value={draft.scope} onInput={set('scope')} options={scopes} />
      <TextField label="Only this tenant" name="tenant" value={draft.tenant} onInput={set('tenant')} />
      <TextField label="Only this feature" name="feature" value={draft.feature} onInput={set('feature')} />
      <ChoiceField
        label="Window"
        name="window"
        value={draft.window}
        onInput={set('window')}
        options={[...new Set([...lengths, draft.window])].map((one) => [one, one] as const)}
      />
      <ChoiceField label="Fires" name="comparison" value={draft.comparison} onInput={set('comparison')} options={comparisons} />
      <TextField label="Warning limit" name="warning" type="number" value={draft.warning} onInput={set('warning')} />
      <TextField label="Critical limit" name="critical" type="number" value={draft.critical} onInput={set('critical')} />
      <TextField
        label="Success limit"
        name="success"
        type="number"
        hint="good news; stands alone"
        value={draft.success}
        onInput={set('success')}
      />
      <TextField label="For" name="for" hint="broken this long before it fires" value={draft.for} onInput={set('for')} />
      <TextField label="Least sample" name="minSample" type="number" value={draft.minSample} onInput={set('minSample')} />
      <TextField
        label="Resolve margin"
        name="resolveMargin"
        type="number"
        hint="back behind the limit by this"
        value={draft.resolveMargin}
        onInput={set('resolveMargin')}
      />
      <TextField label="No data" name="noData" hint="ends after this silence" value={draft.noData} onInput={set('noData')} />
      <TextField label="Runbook" name="runbook" value={draft.runbook} onInput={set('runbook')} wide />
      <label class="row">
        <input
          type="checkbox"
          name="enabled"
          checked={draft.enabled}
          onChange={({ currentTarget }) => onChange({ ...draft, enabled: currentTarget.checked })}
        />
        Switched on
      </label>
    </fieldset>
  );
}
