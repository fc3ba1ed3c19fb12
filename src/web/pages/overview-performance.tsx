/** Latencies and errors of the last day against their targets. */
import { inUnit } from '../format.ts';
import { Badge } from '../parts/badge.tsx';
import { Card } from '../parts/card.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { Spark } from '../parts/spark.tsx';
import { Loading } from '../parts/states.tsx';
import { Why } from '../parts/why.tsx';
import type { Measure } from './overview-measures.ts';

function Row({ measure }: { measure: Measure }) {
  const { label, value, target, unit, answer, metric } = measure;
  const met = value === null ? null : value <= target;
  const points = answer.data?.series[0]?.points ?? [];
  const span = answer.data ? { from: answer.data.from, to: answer.data.to } : null;
  return (
    <tr>
      <th scope="row">{label}</th>
      <td class="right">
        {span === null ? (
          inUnit(value, unit)
        ) : (
          <Why
            of={{
              title: label,
              text: `The mean of ${metric} in the last half hour that held any. The line shows the last 24 hours, dashed the target.`,
              parts: [
                ['Now', inUnit(value, unit)],
                ['Target', inUnit(target, unit)],
              ],
              api: answer.path,
              behind: { metric, ...span },
            }}
          >
            {inUnit(value, unit)}
          </Why>
        )}
      </td>
      <td class="right soft">≤ {inUnit(target, unit)}</td>
      <td style={{ width: '34%', minWidth: '90px' }}>
        {answer.loading ? (
          <Loading height={36} />
        ) : (
          <Spark points={points} limit={unit === '%' ? target / 100 : target} label={`${label}, last 24 hours`} />
        )}
      </td>
      <td class="right">{met === null ? <Badge>no data</Badge> : <Badge tone={met ? 'good' : 'warn'}>{met ? 'met' : 'over'}</Badge>}</td>
    </tr>
  );
}

export function PerformanceCard({ performance }: { performance: readonly Measure[] }) {
  return (
    <Card title="Live performance" note="Means of half an hour, last 24 hours" class="w6">
      <Scroll label="Live performance">
        <table>
          <thead>
            <tr>
              <th>Service</th>
              <th class="right">Now</th>
              <th class="right">Target</th>
              <th>Last 24 hours</th>
              <th class="right">State</th>
            </tr>
          </thead>
          <tbody>
            {performance.map((measure) => (
              <Row key={measure.metric} measure={measure} />
            ))}
          </tbody>
        </table>
      </Scroll>
    </Card>
  );
}
