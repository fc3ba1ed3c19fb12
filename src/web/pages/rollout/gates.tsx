/** What a rollout needs for its next stage: each gate, whether it is met, and by which figures. */
import type { RolloutShown } from '../../../api/rollout-answer.ts';
import { spoken, stageName, title } from '../../format.ts';
import { Badge } from '../../parts/badge.tsx';
import { Time } from '../../parts/time.tsx';
import { hrefOf } from '../../place.ts';

export function Gates({ rollout: { evaluation, plan, stage } }: { rollout: RolloutShown }) {
  const at = plan.steps.findIndex((step) => step.stage === stage);
  const next = plan.steps[at + 1];
  const metric = plan.metrics[0]?.split(':')[0];
  if (evaluation === null)
    return (
      <p class="notice info small">The gates of the next stage{next ? ` (${stageName(next.stage)})` : ''} have not been looked at yet.</p>
    );
  return (
    <section class="stack" aria-label="Gates">
      <h3>{next ? `What “${stageName(next.stage)}” takes` : 'Gates'}</h3>
      <ul class="list">
        {evaluation.gates.map(({ gate, met, says }) => (
          <li key={gate} class="row spread top">
            <span>
              <b>{title(gate)}</b> <span class="soft">{spoken(says)}</span>
            </span>
            <Badge tone={met ? 'good' : 'warn'}>{met ? 'met' : 'missing'}</Badge>
          </li>
        ))}
      </ul>
      <p class="small soft">
        {evaluation.gates.length === 0 && `${evaluation.says} `}As of <Time at={evaluation.at} />.{' '}
        <a href={hrefOf('/experiments', { experiment: plan.featureId, ...(metric === undefined ? {} : { metric }) })} data-own>
          The experiment that they go by
        </a>
      </p>
    </section>
  );
}
