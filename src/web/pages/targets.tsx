/** What the figures are to reach: in force today, since when and by whom, and the checklists of the first week, month and quarter. */
import { useState } from 'preact/hooks';
import { pathOf } from '../ask.ts';
import { useView } from '../context.ts';
import { inUnit, title } from '../format.ts';
import { Badge } from '../parts/badge.tsx';
import { Card } from '../parts/card.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { Shown } from '../parts/states.tsx';
import { hrefWith } from '../place.ts';
import { mayChange } from '../session.ts';
import { useAnswer } from '../use-answer.ts';
import { Checklists } from './checklists.tsx';
import { SetTarget } from './target-form.tsx';
import { TargetHistory } from './target-history.tsx';

/** As `/api/v1/targets` answers; null: there is no such line. */
export type Target = {
  metric: string;
  title: string;
  unit: string;
  better: string;
  target: number;
  excellent: number | null;
  warning: number | null;
  critical: number | null;
  source: string;
  effectiveFrom: string | null;
};

type RowProps = { target: Target; chosen: boolean; onSet: (() => void) | null };

function Row({ target, chosen, onSet }: RowProps) {
  const text = (value: number | null): string => inUnit(value, target.unit);
  return (
    <tr class={chosen ? 'chosen' : ''}>
      <th scope="row">
        <a href={hrefWith({ metric: target.metric })} data-own aria-current={chosen ? 'true' : undefined}>
          {target.title}
        </a>
      </th>
      <td class="right">
        {target.better === 'higher' ? '≥' : '≤'} {text(target.target)}
      </td>
      <td class="right">{text(target.warning)}</td>
      <td class="right">{text(target.critical)}</td>
      <td>{target.source === 'set' ? <Badge tone="good">{`set, from ${target.effectiveFrom}`}</Badge> : <Badge>default</Badge>}</td>
      {onSet && (
        <td class="right">
          <button type="button" class="button" onClick={onSet}>
            Set<span class="hidden"> the target of {target.title}</span>
          </button>
        </td>
      )}
    </tr>
  );
}

export function Targets() {
  const { me, query, tenant, feature } = useView();
  const whose = me.tenant ?? tenant;
  const answer = useAnswer<{ date: string; targets: Target[] }>(pathOf('/api/v1/targets', { tenant, feature }), ['targets']);
  const [asked, ask] = useState<Target | null>(null);
  const [changes, count] = useState(0);
  const done = (): void => {
    count((before) => before + 1);
    answer.reload();
  };
  const chosen = query.get('metric');
  const of = [whose, feature === null ? null : title(feature)].filter((part) => part !== null).join(', ') || 'everyone';
  const changeable = mayChange(me);
  return (
    <div class="grid">
      <Card
        title="Targets"
        note={`In force today for ${of}. A tenant’s own goes before a feature’s, and both before everyone’s.`}
        class="w8"
      >
        <Shown of={answer} height={320}>
          {({ targets }) => (
            <Scroll label="Targets">
              <table class="middle">
                <thead>
                  <tr>
                    <th>Figure</th>
                    <th class="right">Target</th>
                    <th class="right">Warning</th>
                    <th class="right">Critical</th>
                    <th>Since</th>
                    {changeable && <th class="right">Change</th>}
                  </tr>
                </thead>
                <tbody>
                  {targets.map((target) => (
                    <Row
                      key={target.metric}
                      target={target}
                      chosen={target.metric === chosen}
                      onSet={changeable ? () => ask(target) : null}
                    />
                  ))}
                </tbody>
              </table>
            </Scroll>
          )}
        </Shown>
      </Card>
      <TargetHistory metric={chosen} targets={answer.data?.targets ?? []} changes={changes} />
      {me.tenant === null && <Checklists />}
      {asked && <SetTarget target={asked} tenant={whose} feature={feature} onClose={() => ask(null)} onDone={done} />}
    </div>
  );
}
