/** The stages of a rollout, and how far it is. */
import { stageName } from '../format.ts';

export const stages = ['disabled', 'internal', 'beta_10', 'beta_25', 'beta_50', 'ga'] as const;
export const stageIndex = (stage: string): number => (stages as readonly string[]).indexOf(stage);

export function Stages({ at }: { at: string }) {
  const now = stageIndex(at);
  return (
    <ol class="steps" aria-label={`Stage: ${stageName(at)}`}>
      {stages.map((stage, i) => (
        <li key={stage} class={i <= now && now > 0 ? 'done' : ''} aria-current={i === now ? 'step' : undefined}>
          <span>{stageName(stage)}</span>
        </li>
      ))}
    </ol>
  );
}
