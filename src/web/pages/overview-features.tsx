/** Each feature: use, worth, cost, and its one metric against where it was and where it is to go. */
import type { ImpactFigures } from '../../api/impact.ts';
import type { AdoptionAnswer } from '../../api/web-adoption.ts';
import { useView } from '../context.ts';
import { figure, inUnit, percent, title, usd, whole } from '../format.ts';
import { Badge } from '../parts/badge.tsx';
import { Card } from '../parts/card.tsx';
import { Meter } from '../parts/meter.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { Shown } from '../parts/states.tsx';
import { Why } from '../parts/why.tsx';
import { hrefWith } from '../place.ts';
import type { Answered } from '../use-answer.ts';
import { formulas } from './formulas.ts';

type Feature = ImpactFigures['features'][number];

const units: [RegExp, string][] = [
  [/_seconds$/, 's'],
  [/_minutes$/, 'min'],
  [/_ms$/, 'ms'],
  [/^churned$/, 'share'],
  [/_score$/, 'points'],
];
export const unitOf = (metric: string): string => units.find(([pattern]) => pattern.test(metric))?.[1] ?? '1';

function KeyMetric({ of }: { of: Feature['keyMetric'] }) {
  if (of === null) return <span class="soft">–</span>;
  const text = (value: number | null): string => inUnit(value, unitOf(of.metric));
  return (
    <span class="stack" style={{ gap: '2px' }}>
      <span class="row">
        {text(of.mean)} {of.met !== null && <Badge tone={of.met ? 'good' : 'warn'}>{of.met ? 'met' : 'not met'}</Badge>}
      </span>
      <span class="small soft">
        {title(of.metric)}: {text(of.baseline)} → {text(of.target)}
      </span>
    </span>
  );
}

function Row({ one, figures, path, users }: { one: Feature; figures: ImpactFigures; path: string | null; users: string }) {
  const goal = one.annualTargetUsd;
  // What carries shared costs only is not there to earn, and has no ROI to speak of.
  const earns = goal !== null || Number(one.valueUsd) !== 0;
  const metric = one.keyMetric?.metric;
  const span = { from: figures.period.from, to: figures.period.to };
  return (
    <tr>
      <th scope="row">
        <a href={hrefWith({ feature: one.feature })} data-own>
          {title(one.feature)}
        </a>
      </th>
      <td class="right">{whole(one.n)}</td>
      <td class="right">{users}</td>
      <td class="right">
        <Why
          of={{
            title: `Value of ${title(one.feature)}`,
            text: formulas[one.feature]?.text ?? 'The sum of what its events were worth.',
            parts: [
              ['Events', whole(one.n)],
              ['Value', usd(one.valueUsd)],
            ],
            api: path,
            ...(metric === undefined ? {} : { behind: { metric, feature: one.feature, ...span } }),
          }}
        >
          {usd(one.valueUsd)}
        </Why>
      </td>
      <td class="right">{usd(one.costUsd)}</td>
      <td class="right">{earns ? percent(one.roiPercent) : '–'}</td>
      <td style={{ minWidth: '150px' }}>
        <span class="stack" style={{ gap: '4px' }}>
          <span class="number">
            {earns ? usd(one.annualisedValueUsd) : '–'}
            {goal && <span class="soft small"> of {usd(goal.conservative)}</span>}
          </span>
          {goal && (
            <Meter
              value={Number(one.annualisedValueUsd)}
              of={Number(goal.conservative)}
              label={`${title(one.feature)}: value a year, of its target`}
            />
          )}
        </span>
      </td>
      <td>
        <KeyMetric of={one.keyMetric} />
      </td>
    </tr>
  );
}

export function FeatureBreakdown({ impact, adoption }: { impact: Answered<ImpactFigures>; adoption: Answered<AdoptionAnswer> }) {
  const { feature } = useView();
  const usersOf = (id: string): string => {
    const found = adoption.data?.features.find((one) => one.feature === id);
    return found === undefined ? '–' : `${figure(found.users)} (${percent(found.adoptionPercent)})`;
  };
  return (
    <Card title="Features" note="In the chosen range; costs that name no feature are spread over those in use">
      <Shown of={impact} height={220}>
        {(figures) => (
          <Scroll label="Features">
            <table>
              <thead>
                <tr>
                  <th>Feature</th>
                  <th class="right">Uses</th>
                  <th class="right">Users</th>
                  <th class="right">Value</th>
                  <th class="right">Cost</th>
                  <th class="right">ROI</th>
                  <th>Value a year, of its target</th>
                  <th>How it does</th>
                </tr>
              </thead>
              <tbody>
                {figures.features
                  .filter((one) => feature === null || one.feature === feature)
                  .map((one) => (
                    <Row key={one.feature} one={one} figures={figures} path={impact.path} users={usersOf(one.feature)} />
                  ))}
              </tbody>
            </table>
          </Scroll>
        )}
      </Shown>
    </Card>
  );
}
