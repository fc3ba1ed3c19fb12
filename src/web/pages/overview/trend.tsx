/** Thirty days: value and cost, or ROI. */
import { useState } from 'preact/hooks';
import type { DaysAnswer } from '../../../api/web/trend.ts';
import { useView } from '../../context.ts';
import { dayStart, percent, usdShort } from '../../format.ts';
import { Card } from '../../parts/card.tsx';
import { type Line, Plot } from '../../parts/plot.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import type { Answered } from '../../use-answer.ts';

type Day = DaysAnswer['days'][number];
const at = ({ date }: { date: string }): string => dayStart(date);

/** The day's own figures, or those of the chosen feature; a day without it has none. */
const figuresOf = (day: Day, feature: string | null) => (feature === null ? day : day.features.find((one) => one.feature === feature));

function linesOf(days: readonly Day[], feature: string | null, what: 'money' | 'roi'): Line[] {
  const points = (pick: (figures: Pick<Day, 'valueUsd' | 'costUsd' | 'roiPercent'>) => number | null) =>
    days.map((day) => {
      const figures = figuresOf(day, feature);
      return { at: at(day), value: figures === undefined ? null : pick(figures) };
    });
  if (what === 'roi') return [{ label: 'ROI', color: 1, points: points(({ roiPercent }) => roiPercent) }];
  return [
    { label: 'Value', color: 1, area: true, points: points(({ valueUsd }) => Number(valueUsd)) },
    { label: 'Cost', color: 3, points: points(({ costUsd }) => Number(costUsd)) },
  ];
}

export function Trend({ days }: { days: Answered<DaysAnswer> }) {
  const { feature, me } = useView();
  const [what, choose] = useState<'money' | 'roi'>('money');
  const target = me.targets['roiPercent'] ?? 0;
  return (
    <Card
      title="30-day trend"
      note="Today, at the right end, is not over yet"
      class="w8"
      action={
        <label class="row small">
          <span class="hidden">What is drawn</span>
          <select value={what} onChange={({ currentTarget }) => choose(currentTarget.value as 'money' | 'roi')} style={{ width: 'auto' }}>
            <option value="money">Value and cost by day</option>
            <option value="roi">ROI by day</option>
          </select>
        </label>
      }
    >
      <Shown of={days} height={250}>
        {({ days: all }) => {
          const known = all.some((day) => day.n > 0 || Number(day.costUsd) > 0);
          if (!known) return <Empty title="Nothing in 30 days">Events make it fill up.</Empty>;
          return (
            <Plot
              label="Trend of 30 days"
              lines={linesOf(all, feature, what)}
              format={what === 'roi' ? percent : usdShort}
              levels={what === 'roi' ? [{ label: `target ${percent(target)}`, value: target, tone: 'good' }] : []}
              height={250}
              byDay
            />
          );
        }}
      </Shown>
    </Card>
  );
}
