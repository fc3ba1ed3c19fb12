/** Latencies, errors and uptime of the last day against their targets. */
import type { PerformanceAnswer } from '../../../api/performance.ts';
import { finePercent, inUnit } from '../../format.ts';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Spark } from '../../parts/spark.tsx';
import { Shown } from '../../parts/states.tsx';
import { Why } from '../../parts/why.tsx';
import type { Answered } from '../../use-answer.ts';

type Measure = PerformanceAnswer['measures'][number];

const states: Record<Measure['state'], [Tone, string]> = {
  met: ['good', 'met'],
  within: ['warn', 'missed'],
  warning: ['warn', 'warning'],
  critical: ['bad', 'critical'],
  unknown: ['none', 'no data'],
};

const meaning = ({ metric, measuredBy }: Measure): string =>
  metric === 'uptime_percent'
    ? 'The share of the minutes with requests, in the last 24 hours, in which fewer than half of the requests failed. The line shows hours, dashed the target.'
    : `The mean of ${measuredBy} in the last hour that held any, mostly the present one. The line shows the last 24 hours, dashed the target.`;

const textOf = ({ metric, unit }: Measure, value: number | null): string =>
  metric === 'uptime_percent' ? finePercent(value) : inUnit(value, unit);

function Row({ measure, path, span }: { measure: Measure; path: string | null; span: { from: string; to: string } }) {
  const { metric, title, target, value, points, state, better, measuredBy } = measure;
  const [tone, word] = states[state];
  return (
    <tr>
      <th scope="row">{title}</th>
      <td class="right">
        <Why
          of={{
            title,
            text: meaning(measure),
            parts: [
              [metric === 'uptime_percent' ? 'Last 24 hours' : 'This hour', textOf(measure, value)],
              ['Target', textOf(measure, target)],
            ],
            api: path,
            behind: { metric: measuredBy, ...span },
          }}
        >
          {textOf(measure, value)}
        </Why>
      </td>
      <td class="right soft">
        {better === 'lower' ? '≤' : '≥'} {textOf(measure, target)}
      </td>
      <td style={{ width: '34%', minWidth: '90px' }}>
        <Spark points={points} limit={target} fromZero={better === 'lower'} label={`${title}, last 24 hours`} />
      </td>
      <td class="right">
        <Badge tone={tone}>{word}</Badge>
      </td>
    </tr>
  );
}

export function PerformanceCard({ services }: { services: Answered<PerformanceAnswer> }) {
  return (
    <Card id="performance" title="Live performance" note="Means of an hour, last 24 hours" class="w7">
      <Shown of={services} height={330}>
        {({ measures, ...span }) => (
          <Scroll label="Live performance">
            <table class="middle">
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
                {measures.map((measure) => (
                  <Row key={measure.metric} measure={measure} path={services.path} span={span} />
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
      </Shown>
    </Card>
  );
}
