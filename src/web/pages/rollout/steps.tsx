/** What a plan did and was told to do: also what changed no flag, such as a pause. */
import { useEffect, useRef } from 'preact/hooks';
import type { RolloutStepShown } from '../../../api/rollout-answer.ts';
import { stageName, title } from '../../format.ts';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Shown } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { useAnswer } from '../../use-answer.ts';

const way = ({ kind, from, to }: RolloutStepShown): string =>
  from === to ? title(kind) : `${title(kind)}: ${stageName(from)} → ${stageName(to)}`;

function Evidence({ of: { gates } }: { of: RolloutStepShown }) {
  if (gates.length === 0) return null;
  return (
    <details class="small">
      <summary>Gates as they were found</summary>
      <ul class="list">
        {gates.map(({ gate, met, says }) => (
          <li key={gate} class="row spread">
            <span>
              {title(gate)}: <span class="soft">{says}</span>
            </span>
            <Badge tone={met ? 'good' : 'warn'}>{met ? 'met' : 'missing'}</Badge>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** @param version of the rollout: each step makes another one */
export function RolloutSteps({ flag, version }: { flag: string; version: number }) {
  const answer = useAnswer<{ steps: RolloutStepShown[] }>(`/api/v1/rollouts/${encodeURIComponent(flag)}/history`, ['flags', 'rollouts']);
  const { reload } = answer;
  // A step that changes no flag is told by nobody else.
  const seen = useRef(version);
  useEffect(() => {
    if (seen.current === version) return;
    seen.current = version;
    reload();
  }, [reload, version]);
  return (
    <Card title="Steps of the plan" class="w8">
      <Shown of={answer}>
        {({ steps }) => (
          <ol class="timeline">
            {steps.map((step) => (
              <li key={step.id}>
                <b>{way(step)}</b>
                <span>{step.reason}</span>
                <span class="small soft">
                  {step.by}, <Time at={step.madeAt} />
                </span>
                <Evidence of={step} />
              </li>
            ))}
          </ol>
        )}
      </Shown>
    </Card>
  );
}
