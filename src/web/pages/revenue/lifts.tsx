/** Each feature's one metric: where it was, where it is, where it is to go. */
import type { ImpactFigures } from '../../../api/impact.ts';
import { useView } from '../../context.ts';
import { inUnit, percent, signed, title, whole } from '../../format.ts';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Shown } from '../../parts/states.tsx';
import { Why } from '../../parts/why.tsx';
import { hrefOf } from '../../place.ts';
import type { Answered } from '../../use-answer.ts';
import { unitOf } from '../overview/features.tsx';

export function Lifts({ impact }: { impact: Answered<ImpactFigures> }) {
  const { feature } = useView();
  return (
    <Card title="Lifts" note="The mean of each feature’s own metric against its baseline">
      <Shown of={impact} height={180}>
        {({ features, ...basis }) => (
          <Scroll label="Lifts">
            <table>
              <thead>
                <tr>
                  <th>Feature</th>
                  <th>Metric</th>
                  <th class="right">Baseline</th>
                  <th class="right">Now</th>
                  <th class="right">Lift</th>
                  <th class="right">Target</th>
                  <th>State</th>
                  <th class="right">Events</th>
                </tr>
              </thead>
              <tbody>
                {features.flatMap(({ feature: id, n, keyMetric }) => {
                  if (keyMetric === null || (feature !== null && feature !== id)) return [];
                  const { metric, mean, baseline, target, met } = keyMetric;
                  const text = (value: number | null): string => inUnit(value, unitOf(metric));
                  return [
                    <tr key={id}>
                      <th scope="row">{title(id)}</th>
                      <td>
                        <a href={hrefOf('/experiments', { experiment: id, metric })} data-own>
                          {title(metric)}
                        </a>
                      </td>
                      <td class="right">{text(baseline)}</td>
                      <td class="right">
                        <Why
                          of={{
                            title: `${title(metric)} of ${title(id)}`,
                            text: 'The mean over all events of the range. The lift is its change against the baseline; whether the feature caused it, an experiment shows.',
                            parts: [
                              ['Events', whole(n)],
                              ['Baseline', text(baseline)],
                            ],
                            basis,
                            api: impact.path,
                            behind: { metric, feature: id, from: basis.period.from, to: basis.period.to },
                          }}
                        >
                          {text(mean)}
                        </Why>
                      </td>
                      <td class="right">{mean === null ? '–' : signed((100 * (mean - baseline)) / baseline, percent)}</td>
                      <td class="right">{text(target)}</td>
                      <td>
                        {met === null ? <Badge>no data</Badge> : <Badge tone={met ? 'good' : 'warn'}>{met ? 'met' : 'not met'}</Badge>}
                      </td>
                      <td class="right">{whole(n)}</td>
                    </tr>,
                  ];
                })}
              </tbody>
            </table>
          </Scroll>
        )}
      </Shown>
    </Card>
  );
}
