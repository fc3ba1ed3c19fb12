/** What is earned, by what, and what it costs. */
import type { ImpactFigures } from '../../api/impact.ts';
import type { RoiFigures } from '../../api/roi-answer.ts';
import { pathOf } from '../ask.ts';
import { useView } from '../context.ts';
import { title } from '../format.ts';
import { Card } from '../parts/card.tsx';
import { Freshness } from '../parts/freshness.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { Tabs } from '../parts/tabs.tsx';
import { type Fall, Waterfall } from '../parts/waterfall.tsx';
import { firstDay, ranges } from '../range.ts';
import { useAnswer } from '../use-answer.ts';
import { useImpact } from './overview.tsx';
import { Costs } from './revenue/costs.tsx';
import { ForecastCard } from './revenue/forecast.tsx';
import { Lifts } from './revenue/lifts.tsx';
import { Sureness } from './revenue/sureness.tsx';
import { Breakdown, Totals } from './revenue/value.tsx';
import { Targets } from './targets.tsx';

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

const tabs = [
  [null, 'Figures'],
  ['targets', 'Targets'],
] as const;

function Figures() {
  const { range, feature, tenant } = useView();
  const impact = useImpact();
  const roi = useAnswer<RoiFigures>(pathOf('/api/v1/roi/report', { tenant, from: firstDay(range) }));
  return (
    <>
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

export function Revenue() {
  const { range, query } = useView();
  const targets = query.get('tab') === 'targets';
  return (
    <>
      <div class="head">
        <div>
          <h1>Revenue impact</h1>
          <p>{targets ? 'What the figures are to reach' : `From value to net, ${ranges[range].label.toLowerCase()}`}</p>
        </div>
      </div>
      <Tabs label="Figures and targets" tabs={tabs} forgets={['metric']} />
      {targets ? <Targets /> : <Figures />}
    </>
  );
}
