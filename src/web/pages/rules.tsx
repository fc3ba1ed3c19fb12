/** The alert rules. */
import type { StoredRuleAnswer } from '../../api/rule-answer.ts';
import { useView } from '../context.ts';
import { inUnit, title } from '../format.ts';
import { Badge } from '../parts/badge.tsx';
import { Card } from '../parts/card.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { Shown } from '../parts/states.tsx';
import { Ago } from '../parts/time.tsx';
import { hrefWith } from '../place.ts';
import { mayChange } from '../session.ts';
import { useAnswer } from '../use-answer.ts';
import { alertUnit } from './alerts/unit.ts';

export type RuleFields = Partial<Record<string, string | number | boolean>>;
export const NEW_RULE = '(new)';

function limit(rule: RuleFields, name: string): string {
  if (rule[name] === undefined) return '–';
  const unit = alertUnit({ statistic: String(rule['statistic']), metric: String(rule['metric']) });
  return `${rule['comparison']} ${inUnit(Number(rule[name]), unit)}`;
}

function Row({ stored }: { stored: StoredRuleAnswer }) {
  const rule = stored.rule as RuleFields;
  return (
    <tr>
      <th scope="row">
        <a href={hrefWith({ rule: String(rule['id']) })} data-own>
          {rule['title']}
        </a>
        <div class="small soft">{rule['id']}</div>
      </th>
      <td>{title(String(rule['metric']))}</td>
      <td>{[rule['scope'], rule['tenant'], rule['feature']].filter(Boolean).join(' · ')}</td>
      <td class="right">{rule['window']}</td>
      <td class="right">{limit(rule, 'warning')}</td>
      <td class="right">{limit(rule, rule['success'] === undefined ? 'critical' : 'success')}</td>
      <td>{rule['enabled'] === false ? <Badge>off</Badge> : <Badge tone="good">on</Badge>}</td>
      <td class="nowrap small">
        {stored.updatedBy}, <Ago at={stored.updatedAt} />
      </td>
    </tr>
  );
}

export function Rules() {
  const { me } = useView();
  const answer = useAnswer<{ rules: StoredRuleAnswer[] }>('/api/v1/rules', ['alerts']);
  return (
    <Card
      title="Rules"
      action={
        mayChange(me) && (
          <a class="button primary" href={hrefWith({ rule: NEW_RULE })} data-own>
            New rule
          </a>
        )
      }
    >
      <Shown of={answer} height={320}>
        {({ rules }) => (
          <Scroll label="Rules">
            <table>
              <thead>
                <tr>
                  <th>Rule</th>
                  <th>Metric</th>
                  <th>Scope</th>
                  <th class="right">Window</th>
                  <th class="right">Warning</th>
                  <th class="right">Critical or success</th>
                  <th>State</th>
                  <th>Changed</th>
                </tr>
              </thead>
              <tbody>
                {rules.map((stored) => (
                  <Row key={`${stored.rule['id']} ${stored.rule['tenant']}`} stored={stored} />
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
      </Shown>
    </Card>
  );
}
