/** Value, cost, net and ROI of the range, each with its way. */
import type { ImpactFigures } from '../../../api/impact.ts';
import type { DaysAnswer } from '../../../api/web/trend.ts';
import { percent, signed, title, usd, whole } from '../../format.ts';
import { Badge } from '../../parts/badge.tsx';
import { Meter } from '../../parts/meter.tsx';
import { Spark } from '../../parts/spark.tsx';
import { Stat } from '../../parts/stat.tsx';
import { Loading } from '../../parts/states.tsx';

type Days = DaysAnswer['days'];
type Props = { figures: ImpactFigures; path: string | null; days: DaysAnswer | null };

/** Of days that are over: today's part would look like a fall. */
const lineOf = (days: Days, pick: (day: Days[number]) => string | number | null) =>
  days.slice(0, -1).map((day) => {
    const value = pick(day);
    return { value: value === null ? null : Number(value) };
  });

/** How much of the value experiments show to be caused, with the interval that it lies in. */
const shownOf = ({ causalUsd, lowerBoundUsd, upperBoundUsd }: ImpactFigures['total']): string =>
  causalUsd === null
    ? 'No experiment shows yet what is caused'
    : `Experiments show ${usd(causalUsd)} (${usd(lowerBoundUsd)} to ${usd(upperBoundUsd)})`;

/** As high as what it stands for. */
export const SummaryAwaited = () => (
  <div class="grid">
    {['ROI', 'Value', 'Cost', 'Net'].map((label) => (
      <section key={label} class="card w3" aria-label={label}>
        <Loading height={121} />
      </section>
    ))}
  </div>
);

export function Summary({ figures, path, days }: Props) {
  const { total, features, period } = figures;
  const span = { from: period.from, to: period.to };
  const valued = features.filter(({ valueUsd }) => Number(valueUsd) !== 0);
  const parts = valued.map((one) => [title(one.feature), usd(one.valueUsd)] as const);
  const costs = features.filter(({ costUsd }) => Number(costUsd) !== 0).map((one) => [title(one.feature), usd(one.costUsd)] as const);
  const trend = days?.days ?? [];
  return (
    <div class="grid">
      <section class="card w3" aria-label="ROI">
        <Stat
          label="ROI"
          value={percent(total.roiPercent)}
          why={{
            title: 'ROI',
            text: 'Return on investment = (value − cost) ÷ cost × 100, over the whole range.',
            parts: [
              ['Value', usd(total.valueUsd)],
              ['Cost', usd(total.costUsd)],
              ['ROI', percent(total.roiPercent)],
              ['Target', percent(total.targetRoiPercent)],
            ],
            basis: figures,
            api: path,
          }}
          note={
            <span class="row">
              {total.targetMet !== null && (
                <Badge tone={total.targetMet ? 'good' : 'warn'}>{total.targetMet ? 'target met' : 'below target'}</Badge>
              )}
              target {percent(total.targetRoiPercent)}
            </span>
          }
          extra={<Spark points={lineOf(trend, (day) => day.roiPercent)} limit={total.targetRoiPercent} label="ROI by day, 30 days" />}
        />
      </section>
      <section class="card w3" aria-label="Value">
        <Stat
          label="Value"
          value={usd(total.valueUsd)}
          why={{
            title: 'Value',
            text: 'What the events of the four valued features were worth when they happened, by each feature’s own formula. Satisfaction is worth what the mean of the whole range says.',
            parts,
            basis: figures,
            api: path,
          }}
          note={`${whole(total.n)} uses. ${shownOf(total)}`}
          extra={<Spark points={lineOf(trend, (day) => day.valueUsd)} label="Value by day, 30 days" />}
        />
      </section>
      <section class="card w3" aria-label="Cost">
        <Stat
          label="Cost"
          value={usd(total.costUsd)}
          why={{
            title: 'Cost',
            text: 'The operating costs of the range: reported, entered by hand, or estimated where nothing was. Costs that name no feature are spread over the features in use.',
            parts: costs,
            basis: figures,
            api: path,
            behind: { metric: 'cost_usd', ...span },
          }}
          note={total.costUsd === '0.000000' ? 'none reported' : `${usd(Number(total.costUsd) / Math.max(1, total.n))} for each use`}
          extra={<Spark points={lineOf(trend, (day) => day.costUsd)} label="Cost by day, 30 days" />}
        />
      </section>
      <section class="card w3" aria-label="Net and annual target">
        <Stat
          label="Net"
          value={usd(total.netUsd)}
          tone={Number(total.netUsd) < 0 ? 'bad' : ''}
          why={{
            title: 'Net',
            text: 'Value − cost.',
            parts: [
              ['Value', usd(total.valueUsd)],
              ['Cost', usd(total.costUsd)],
              ['Net', signed(Number(total.netUsd), usd)],
            ],
            basis: figures,
            api: path,
          }}
          note={`${usd(total.annualisedValueUsd)} of value a year, target ${usd(total.annualTargetUsd.conservative)} to ${usd(total.annualTargetUsd.optimistic)}`}
          extra={
            <Meter
              value={Number(total.annualisedValueUsd)}
              of={Number(total.annualTargetUsd.optimistic)}
              label="Value a year at this rate, of the optimistic target"
            />
          }
        />
      </section>
    </div>
  );
}
