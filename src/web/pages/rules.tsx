/** The alert rules. */
import type { StoredRuleAnswer } from '../../api/rule-answer.ts';
import { useView } from '../context.ts';
import { title } from '../format.ts';
import { Badge } from '../parts/badge.tsx';
import { Card } from '../parts/card.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { Shown } from '../parts/states.tsx';
import { Ago } from '../parts/time.tsx';
import { hrefWith } from '../place.ts';
import { mayChange } from '../session.ts';
import { useAnswer } from '../use-answer.ts';
import { limitOf, type RuleFields } from './rules/limit.ts';

export const NEW_RULE = '(new)';

function limit(rule: RuleFields, name: string): string {
  const text = limitOf(rule, name);
  return text === null ? '–' : `${rule['comparison']} ${text}`;
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
      <td class="small">
        <Ago at={stored.updatedAt} />
        <div class="soft">{stored.updatedBy}</div>
      </td>
    </tr>
  );
}

export function Rules() {
  const { me } = useView();
  const answer = useAnswer<{ rules: StoredRuleAnswer[] }>('/api/v1/rules', ['rules']);
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
