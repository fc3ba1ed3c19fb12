/** What a feature earned in the range, and how that comes about. */
import type { ImpactFigures } from '../../api/impact.ts';
import { title, usd, whole } from '../format.ts';
import { Why } from '../parts/why.tsx';
import { formulas } from './formulas.ts';

type Props = { one: ImpactFigures['features'][number]; figures: ImpactFigures; path: string | null };

export function FeatureValue({ one, figures, path }: Props) {
  const { from, to } = figures.period;
  return (
    <Why
      of={{
        title: `Value of ${title(one.feature)}`,
        text: formulas[one.feature]?.text ?? 'The sum of what its events were worth.',
        parts: [
          ['Events', whole(one.n)],
          ['Value', usd(one.valueUsd)],
        ],
        basis: figures,
        api: path,
        ...(one.keyMetric === null ? {} : { behind: { metric: one.keyMetric.metric, feature: one.feature, from, to } }),
      }}
    >
      {usd(one.valueUsd)}
    </Why>
  );
}
