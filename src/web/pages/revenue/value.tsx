/** What each feature earns in the range and in a year, and all of them together. */
import type { ImpactFigures } from '../../../api/impact.ts';
import { useView } from '../../context.ts';
import { percent, title, usd } from '../../format.ts';
import { Meter } from '../../parts/meter.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Stat } from '../../parts/stat.tsx';
import { Why } from '../../parts/why.tsx';
import { FeatureValue } from '../feature-value.tsx';

type Feature = ImpactFigures['features'][number];

const A_YEAR = 'The value of the range, taken to a year of 365 days at the same rate. It is no forecast: seasons and growth are not in it.';

export function Totals({ figures, path }: { figures: ImpactFigures; path: string | null }) {
  const { total, period } = figures;
  const span = { from: period.from, to: period.to };
  const [value, cost] = [
    ['Value', usd(total.valueUsd)],
    ['Cost', usd(total.costUsd)],
  ] as const;
  return (
    <div class="grid">
      <section class="card w4" aria-label="Value a year">
        <Stat
          label="Value a year at this rate"
          value={usd(total.annualisedValueUsd)}
          why={{ title: 'Value a year', text: A_YEAR, parts: [value], basis: figures, api: path }}
          note={`target ${usd(total.annualTargetUsd.conservative)} to ${usd(total.annualTargetUsd.optimistic)}`}
        />
      </section>
      <section class="card w4" aria-label="Net">
        <Stat
          label="Net of the range"
          value={usd(total.netUsd)}
          why={{
            title: 'Net',
            text: 'Value − cost.',
            parts: [value, cost],
            basis: figures,
            api: path,
            behind: { metric: 'cost_usd', ...span },
          }}
          note={`value ${usd(total.valueUsd)}, cost ${usd(total.costUsd)}`}
        />
      </section>
      <section class="card w4" aria-label="ROI">
        <Stat
          label="ROI"
          value={percent(total.roiPercent)}
          why={{
            title: 'ROI',
            text: '(Value − cost) ÷ cost × 100, over the whole range.',
            parts: [value, cost],
            basis: figures,
            api: path,
          }}
          note={`target ${percent(total.targetRoiPercent)}`}
        />
      </section>
    </div>
  );
}

export function Breakdown({ figures, path }: { figures: ImpactFigures; path: string | null }) {
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
  return (
    <tr>
      <th scope="row">{title(one.feature)}</th>
      <td class="right">
        <FeatureValue one={one} figures={figures} path={path} />
      </td>
      <td class="right">
        <Why
          of={{
            title: `${title(one.feature)}: value a year`,
            text: A_YEAR,
            parts: [['Value of the range', usd(one.valueUsd)]],
            basis: figures,
            api: path,
          }}
        >
          {usd(year)}
        </Why>
      </td>
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
