/** Nothing is wrong: what is watched, so that silence can be believed, and what there was last. */
import type { AlertsAnswer } from '../../../api/alerts.ts';
import type { StoredRuleAnswer } from '../../../api/rule-answer.ts';
import { pathOf } from '../../ask.ts';
import { useView } from '../../context.ts';
import { whole } from '../../format.ts';
import { Ago } from '../../parts/time.tsx';
import { hrefOf } from '../../place.ts';
import { useAnswer } from '../../use-answer.ts';
import { limitOf, type RuleFields } from '../rules/limit.ts';
import { subjectOf } from './subject.ts';

type Alert = AlertsAnswer['alerts'][number];

/** Those that are over, the youngest first; `null` while it is not known. */
export function usePast(limit: number): Alert[] | null {
  const { tenant, feature } = useView();
  const path = pathOf('/api/v1/alerts', { state: 'resolved', tenant, feature, limit });
  return useAnswer<AlertsAnswer>(path, ['alerts']).data?.alerts ?? null;
}

type Rule = { id: string; title: string; enabled: boolean; limits: string };

function ruleOf({ rule }: StoredRuleAnswer): Rule {
  const fields = rule as RuleFields;
  const limits = (['warning', 'critical', 'success'] as const).map((name) => limitOf(fields, name)).filter((text) => text !== null);
  const text = limits.length === 0 ? '' : `${fields['comparison']} ${limits.join(' / ')}`;
  return { id: String(fields['id']), title: String(fields['title']), enabled: fields['enabled'] !== false, limits: text };
}

/** @param room how many rules are named; the others are counted */
export function Watched({ room }: { room: number }) {
  const answer = useAnswer<{ rules: StoredRuleAnswer[] }>('/api/v1/rules', ['rules']);
  if (answer.data === null) return null;
  const rules = answer.data.rules.map(ruleOf);
  const on = rules.filter(({ enabled }) => enabled);
  const [named, off] = [on.slice(0, Math.max(0, room)), rules.length - on.length];
  return (
    <>
      <h3>Watched</h3>
      {named.length > 0 && (
        <ul class="list">
          {named.map(({ id, title, limits }) => (
            <li key={id} class="row spread top">
              <a href={hrefOf('/alerts', { tab: 'rules', rule: id })} data-own>
                {title}
              </a>
              <span class="soft small number nowrap">{limits}</span>
            </li>
          ))}
        </ul>
      )}
      <p class="small soft">
        {whole(on.length)} rules{off === 0 ? '' : `, and ${whole(off)} switched off`}.{' '}
        <a href={hrefOf('/alerts', { tab: 'rules' })} data-own>
          All rules
        </a>
      </p>
    </>
  );
}

function Last({ of }: { of: readonly Alert[] | null }) {
  const last = of?.[0];
  if (of === null) return null;
  if (last === undefined) return <span class="small">Nothing has ever fired.</span>;
  return (
    <span class="small">
      The last was{' '}
      <a href={hrefOf('/alerts', { alert: last.id })} data-own>
        {last.title}
      </a>{' '}
      of {subjectOf(last)}
      {last.resolvedAt !== null && (
        <>
          , over <Ago at={last.resolvedAt} />
        </>
      )}
      .
    </span>
  );
}

/** @param room how many rules are named */
export function Quiet({ room = 0 }: { room?: number }) {
  const past = usePast(1);
  return (
    <>
      <div class="quiet">
        <b>
          <span aria-hidden="true">✓</span> Nothing is firing
        </b>
        <Last of={past} />
      </div>
      <Watched room={room} />
    </>
  );
}
