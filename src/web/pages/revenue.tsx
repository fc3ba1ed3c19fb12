/** What is earned, by what, and what it costs. */
import type { ImpactFigures } from '../../api/impact.ts';
import type { RoiFigures } from '../../api/roi-answer.ts';
import { pathOf } from '../ask.ts';
import { useView } from '../context.ts';
import { percent, title, usd, whole } from '../format.ts';
import { Card } from '../parts/card.tsx';
import { Freshness } from '../parts/freshness.tsx';
import { Meter } from '../parts/meter.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { Stat } from '../parts/stat.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { type Fall, Waterfall } from '../parts/waterfall.tsx';
import { Why } from '../parts/why.tsx';
import { firstDay, ranges } from '../range.ts';
import { useAnswer } from '../use-answer.ts';
import { formulas } from './formulas.ts';
import { useImpact } from './overview.tsx';
import { Costs } from './revenue-costs.tsx';
import { ForecastCard } from './revenue-forecast.tsx';
import { Lifts } from './revenue-lifts.tsx';
import { Sureness } from './revenue-sureness.tsx';

type Feature = ImpactFigures['features'][number];

/** Value feature by feature, then the costs, then what is left. */
function fallsOf(figures: ImpactFigures, feature: string | null): Fall[] {
  const shown = figures.features.filter((one) => feature === null || one.feature === feature);
  const values = shown
    .filter(({ valueUsd }) => Number(valueUsd) !== 0)
    .map((one) => ({ label: title(one.feature), amount: Number(one.valueUsd) }));
  const costs = shown
    .filter(({ costUsd }) => Number(costUsd) !== 0)
    .map((one) => ({ label: `Cost: ${title(one.feature)}`, amount: -Number(one.costUsd) }));
  const value = values.reduce((sum, { amount }) => sum + amount, 0);
  const cost = costs.reduce((sum, { amount }) => sum + amount, 0);
  return [...values, { label: 'Value', amount: value, total: true }, ...costs, { label: 'Net', amount: value + cost, total: true }];
}

function Breakdown({ figures, path }: { figures: ImpactFigures; path: string | null }) {
  const { feature } = useView();
  const total = figures.features.reduce((sum, { annualisedValueUsd }) => sum + Math.max(0, Number(annualisedValueUsd)), 0);
  const earning = figures.features.filter((one) => one.annualTargetUsd !== null && (feature === null || one.feature === feature));
  return (
    <Scroll label="Value a year by feature">
      <table>
        <thead>
          <tr>
            <th>Feature</th>
            <th class="right">In the range</th>
            <th class="right">A year at this rate</th>
            <th class="right">Share</th>
            <th class="right">Target a year</th>
            <th>Of the conservative target</th>
          </tr>
        </thead>
        <tbody>
          {earning.map((one) => (
            <BreakdownRow key={one.feature} one={one} figures={figures} path={path} total={total} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function BreakdownRow({ one, figures, path, total }: { one: Feature; figures: ImpactFigures; path: string | null; total: number }) {
  const year = Number(one.annualisedValueUsd);
  const goal = one.annualTargetUsd ?? { conservative: '0', optimistic: '0' };
  const span = { from: figures.period.from, to: figures.period.to };
  return (
    <tr>
      <th scope="row">{title(one.feature)}</th>
      <td class="right">
        <Why
          of={{
            title: `Value of ${title(one.feature)}`,
            text: formulas[one.feature]?.text ?? '',
            parts: [
              ['Events', whole(one.n)],
              ['Value', usd(one.valueUsd)],
            ],
            api: path,
            ...(one.keyMetric === null ? {} : { behind: { metric: one.keyMetric.metric, feature: one.feature, ...span } }),
          }}
        >
          {usd(one.valueUsd)}
        </Why>
      </td>
      <td class="right">{usd(year)}</td>
      <td class="right">{total > 0 ? percent((100 * Math.max(0, year)) / total) : '–'}</td>
      <td class="right">
        {usd(goal.conservative)} – {usd(goal.optimistic)}
      </td>
      <td style={{ minWidth: '140px' }}>
        <span class="stack" style={{ gap: '4px' }}>
          <span class="small soft number">{percent((100 * year) / Number(goal.conservative))}</span>
          <Meter value={year} of={Number(goal.conservative)} label={`${title(one.feature)}: of its conservative target`} />
        </span>
      </td>
    </tr>
  );
}

function Totals({ figures, path }: { figures: ImpactFigures; path: string | null }) {
  const { total } = figures;
  const way = 'The value of the range, taken to a year of 365 days at the same rate. It is no forecast: seasons and growth are not in it.';
  return (
    <div class="grid">
      <section class="card w4" aria-label="Value a year">
        <Stat
          label="Value a year at this rate"
          value={usd(total.annualisedValueUsd)}
          why={{ title: 'Value a year', text: way, parts: [['Value of the range', usd(total.valueUsd)]], api: path }}
          note={`target ${usd(total.annualTargetUsd.conservative)} to ${usd(total.annualTargetUsd.optimistic)}`}
        />
      </section>
      <section class="card w4" aria-label="Net">
        <Stat label="Net of the range" value={usd(total.netUsd)} note={`value ${usd(total.valueUsd)}, cost ${usd(total.costUsd)}`} />
      </section>
      <section class="card w4" aria-label="ROI">
        <Stat label="ROI" value={percent(total.roiPercent)} note={`target ${percent(total.targetRoiPercent)}`} />
      </section>
    </div>
  );
}

export function Revenue() {
  const { range, feature, tenant } = useView();
  const impact = useImpact();
  const roi = useAnswer<RoiFigures>(pathOf('/api/v1/roi/report', { tenant, from: firstDay(range) }));
  return (
    <>
      <div class="head">
        <div>
          <h1>Revenue impact</h1>
          <p>From value to net, {ranges[range].label.toLowerCase()}</p>
        </div>
      </div>
      <Freshness through={impact.data?.dataThrough} loaded={impact.data !== null} />
      <Shown of={impact} height={120}>
        {(figures) => <Totals figures={figures} path={impact.path} />}
      </Shown>
      <div class="grid">
        <Card title="From value to net" note="Each bar begins where the one before it ended" class="w6">
          <Shown of={impact} height={300}>
            {(figures) =>
              Number(figures.total.valueUsd) === 0 && Number(figures.total.costUsd) === 0 ? (
                <Empty title="Nothing in this range">Choose a longer one.</Empty>
              ) : (
                <Waterfall falls={fallsOf(figures, feature)} label="From value to net" />
              )
            }
          </Shown>
        </Card>
        <Sureness roi={roi} />
        <Card title="Value by feature">
          <Shown of={impact} height={200}>
            {(figures) => <Breakdown figures={figures} path={impact.path} />}
          </Shown>
        </Card>
        <Lifts impact={impact} />
        <Costs roi={roi} />
        <ForecastCard />
      </div>
    </>
  );
}
