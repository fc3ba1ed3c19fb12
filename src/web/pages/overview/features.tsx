/** Each feature: use, worth, cost, and its one metric against where it was and where it is to go. */
import type { ImpactFigures } from '../../../api/impact.ts';
import type { AdoptionAnswer } from '../../../api/web/adoption.ts';
import { useView } from '../../context.ts';
import { figure, inUnit, percent, title, usd, whole } from '../../format.ts';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Meter } from '../../parts/meter.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Shown } from '../../parts/states.tsx';
import { Why } from '../../parts/why.tsx';
import { hrefWith } from '../../place.ts';
import type { Answered } from '../../use-answer.ts';
import { FeatureValue } from '../feature-value.tsx';

type Feature = ImpactFigures['features'][number];

const units: [RegExp, string][] = [
  [/_seconds$/, 's'],
  [/_minutes$/, 'min'],
  [/_ms$/, 'ms'],
  [/^churned$/, 'share'],
  [/_score$/, 'points'],
];
export const unitOf = (metric: string): string => units.find(([pattern]) => pattern.test(metric))?.[1] ?? '1';

function KeyMetric({
  of,
  feature,
  figures,
  path,
}: {
  of: Feature['keyMetric'];
  feature: string;
  figures: ImpactFigures;
  path: string | null;
}) {
  if (of === null) return <span class="soft">–</span>;
  const text = (value: number | null): string => inUnit(value, unitOf(of.metric));
  return (
    <span class="stack" style={{ gap: '2px' }}>
      <span class="row">
        <Why
          of={{
            title: `${title(of.metric)} of ${title(feature)}`,
            text: 'The mean over all events of the range. Below it stands what it was before the feature, and what it is to reach.',
            parts: [
              ['Mean', text(of.mean)],
              ['Before', text(of.baseline)],
              ['Target', text(of.target)],
            ],
            basis: figures,
            api: path,
            behind: { metric: of.metric, feature, from: figures.period.from, to: figures.period.to },
          }}
        >
          {text(of.mean)}
        </Why>{' '}
        {of.met !== null && <Badge tone={of.met ? 'good' : 'warn'}>{of.met ? 'met' : 'not met'}</Badge>}
      </span>
      <span class="small soft">
        {title(of.metric)}, from {text(of.baseline)} to {text(of.target)}
      </span>
    </span>
  );
}

type Users = { shown: string; active: number | null; path: string | null };
type RowProps = { one: Feature; figures: ImpactFigures; path: string | null; users: Users };

function Row({ one, figures, path, users }: RowProps) {
  const goal = one.annualTargetUsd;
  // What carries shared costs only is not there to earn, and has no ROI to speak of.
  const earns = goal !== null || Number(one.valueUsd) !== 0;
  const span = { from: figures.period.from, to: figures.period.to };
  return (
    <tr>
      <th scope="row">
        <a href={hrefWith({ feature: one.feature })} data-own>
          {title(one.feature)}
        </a>
      </th>
      <td class="right">{whole(one.n)}</td>
      <td class="right">
        <Why
          of={{
            title: `Users of ${title(one.feature)}`,
            text: 'Different users with an event of the feature, and their share of all users with an event of any feature. Estimated within about 2 %.',
            parts: [['All active users', figure(users.active)]],
            api: users.path,
          }}
        >
          {users.shown}
        </Why>
      </td>
      <td class="right">
        <FeatureValue one={one} figures={figures} path={path} />
      </td>
      <td class="right">
        <Why
          of={{
            title: `Cost of ${title(one.feature)}`,
            text: 'What named the feature, and its part of what named none: those costs are spread over the features in use by what they earned.',
            parts: [
              ['Its own', usd(one.directCostUsd)],
              ['Shared', usd(one.sharedCostUsd)],
            ],
            basis: figures,
            api: path,
            behind: { metric: 'cost_usd', ...(Number(one.directCostUsd) === 0 ? {} : { feature: one.feature }), ...span },
          }}
        >
          {usd(one.costUsd)}
        </Why>
      </td>
      <td class="right">
        {earns ? (
          <Why
            of={{
              title: `ROI of ${title(one.feature)}`,
              text: '(Value − cost) ÷ cost × 100, over the whole range.',
              parts: [
                ['Value', usd(one.valueUsd)],
                ['Cost', usd(one.costUsd)],
              ],
              basis: figures,
              api: path,
            }}
          >
            {percent(one.roiPercent)}
          </Why>
        ) : (
          '–'
        )}
      </td>
      <td style={{ minWidth: '150px' }}>
        <span class="stack" style={{ gap: '4px' }}>
          <span class="number">
            {earns ? usd(one.annualisedValueUsd) : '–'}
            {goal && (
              <span class="soft small">
                {' '}
                {percent((100 * Number(one.annualisedValueUsd)) / Number(goal.conservative))} of {usd(goal.conservative)}
              </span>
            )}
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
        <KeyMetric of={one.keyMetric} feature={one.feature} figures={figures} path={path} />
      </td>
    </tr>
  );
}

export function FeatureBreakdown({ impact, adoption }: { impact: Answered<ImpactFigures>; adoption: Answered<AdoptionAnswer> }) {
  const { feature } = useView();
  const usersOf = (id: string): Users => {
    const found = adoption.data?.features.find((one) => one.feature === id);
    const shown = found === undefined ? '–' : `${figure(found.users)} (${percent(found.adoptionPercent)})`;
    return { shown, active: adoption.data?.activeUsers ?? null, path: adoption.path };
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
