/** Writes a rule, with a preview of when it would have fired. */
import { useEffect, useState } from 'preact/hooks';
import type { StoredRuleAnswer } from '../../../api/rule-answer.ts';
import { pathOf } from '../../ask.ts';
import { useView } from '../../context.ts';
import { Card } from '../../parts/card.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { Loading, Shown } from '../../parts/states.tsx';
import { go, hrefWith } from '../../place.ts';
import { mayChange } from '../../session.ts';
import { useAnswer } from '../../use-answer.ts';
import { NEW_RULE } from '../rules.tsx';
import { documentOf, draftOf, type RuleDraft } from './draft.ts';
import { RuleForm } from './form.tsx';
import type { RuleFields } from './limit.ts';
import { RulePreview } from './preview.tsx';

type EditProps = { stored: StoredRuleAnswer | null; onSaved: () => void };

function Edit({ stored, onSaved }: EditProps) {
  const { ask, me } = useView();
  const [draft, setDraft] = useState<RuleDraft>(() => draftOf((stored?.rule ?? { tenant: me.tenant ?? '' }) as RuleFields));
  const [asked, confirm] = useState<'save' | 'delete' | null>(null);
  // The version that was seen when the form was opened, not the one that has come since.
  const [seen] = useState(stored?.version ?? null);
  const id = encodeURIComponent(String(stored?.rule['id'] ?? ''));
  const tenant = stored === null ? null : String(stored.rule['tenant'] ?? '');
  const save = (reason: string): Promise<unknown> =>
    seen === null
      ? ask(pathOf('/api/v1/rules', { reason }), { method: 'POST', body: documentOf(draft) })
      : ask(pathOf(`/api/v1/rules/${id}`, { reason, tenant }), { method: 'PUT', body: documentOf(draft), ifMatch: `"${seen}"` });
  const remove = (reason: string): Promise<unknown> =>
    ask(pathOf(`/api/v1/rules/${id}`, { reason, tenant }), { method: 'DELETE', ifMatch: `"${seen}"` });
  const changeable = mayChange(me) && (me.tenant === null || draft.tenant === me.tenant);
  return (
    <div class="grid">
      <Card
        title={stored === null ? 'New rule' : String(stored.rule['title'])}
        note={stored === null ? '' : `version ${stored.version}`}
        class="w7"
      >
        <RuleForm draft={draft} isNew={stored === null} disabled={!changeable} onChange={setDraft} />
        {changeable ? (
          <div class="actions">
            {stored !== null && (
              <button type="button" class="button danger" onClick={() => confirm('delete')}>
                Delete
              </button>
            )}
            <button type="button" class="button primary" onClick={() => confirm('save')}>
              Save
            </button>
          </div>
        ) : (
          <p class="small soft">Changing this rule takes an operator’s token{me.tenant === null ? '' : ' of all tenants'}.</p>
        )}
      </Card>
      {changeable && <RulePreview rule={documentOf(draft)} />}
      {asked !== null && (
        <Confirm
          title={asked === 'save' ? 'Save this rule' : 'Delete this rule'}
          action={asked === 'save' ? 'Save' : 'Delete'}
          danger={asked === 'delete'}
          onClose={() => confirm(null)}
          act={(reason) => (asked === 'save' ? save : remove)(reason).then(onSaved)}
        >
          <p>{asked === 'save' ? 'The alert stage takes it up within seconds.' : 'What it has told stays; its history stays, too.'}</p>
        </Confirm>
      )}
    </div>
  );
}

export function RuleEditor({ id }: { id: string }) {
  const { query } = useView();
  const answer = useAnswer<StoredRuleAnswer>(
    id === NEW_RULE ? null : pathOf(`/api/v1/rules/${encodeURIComponent(id)}`, { tenant: query.get('tenant') }),
    [],
  );
  const back = (): void => go(hrefWith({ rule: null }));
  useEffect(() => window.scrollTo(0, 0), []);
  if (id === NEW_RULE) return <Edit stored={null} onSaved={back} />;
  if (answer.data === null && answer.error === null) return <Loading height={320} />;
  return <Shown of={answer}>{(stored) => <Edit stored={stored} onSaved={back} />}</Shown>;
}
