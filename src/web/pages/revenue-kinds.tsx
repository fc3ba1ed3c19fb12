/** Three figures for the same thing, and what each can be trusted for. */
import { Card } from '../parts/card.tsx';

const kinds = [
  [
    'Observed',
    'What the events were worth by their formulas, against the baselines that were agreed. It does not know what would have happened without the feature.',
  ],
  [
    'Causal',
    'What an experiment says that the feature itself brought: treatment against control, shrunk towards zero for having been looked for.',
  ],
  ['Lower bound', 'The least that the experiment’s interval allows. Who decides by this is surprised for the better.'],
] as const;

export function ValueKinds() {
  return (
    <Card title="How sure is it?" class="w5">
      <dl class="stack">
        {kinds.map(([name, text]) => (
          <div key={name}>
            <dt>
              <b>{name}</b>
            </dt>
            <dd class="soft">{text}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
