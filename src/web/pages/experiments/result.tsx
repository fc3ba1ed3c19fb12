/** One experiment: the recommendation and its reasons, the effect with its intervals, and whether the assignment can be trusted. */
import type { ExperimentResultsAnswer } from '../../../api/experiment-answer.ts';
import { pathOf } from '../../ask.ts';
import { useView } from '../../context.ts';
import { spoken, stageName, title, whole } from '../../format.ts';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { go, hrefWith } from '../../place.ts';
import { useAnswer } from '../../use-answer.ts';
import { Effects } from './effects.tsx';
import { Looks } from './looks.tsx';
import { Trust } from './trust.tsx';

const keyMetrics: Record<string, string> = {
  realtime_intelligence: 'response_time_seconds',
  property_intelligence: 'match_satisfaction_score',
  churn_prevention: 'churned',
  ai_coaching: 'session_duration_minutes',
};

const actions: Record<string, [Tone, string]> = {
  roll_forward: ['good', 'Go forward'],
  continue: ['none', 'Go on measuring'],
  rollback: ['bad', 'Roll back'],
};

type Metrics = { metrics: { feature: string; metric: string }[] };

/** Metrics of the feature that can be a goal, the chosen one among them. */
function useMetrics(feature: string): { chosen: string | null; all: string[] } {
  const { query, tenant } = useView();
  const answer = useAnswer<Metrics>(pathOf('/api/v1/metrics', { tenant }), []);
  const mine = (answer.data?.metrics ?? [])
    .filter((one) => one.feature === feature && one.metric !== 'cost_usd')
    .map(({ metric }) => metric);
  const asked = query.get('metric');
  const usual = keyMetrics[feature];
  const chosen = asked ?? (usual !== undefined && mine.includes(usual) ? usual : (mine[0] ?? null));
  return {
    chosen: answer.data === null && asked === null ? null : chosen,
    all: [...new Set([...(asked === null ? [] : [asked]), ...mine])],
  };
}

function Recommendation({ result }: { result: ExperimentResultsAnswer }) {
  const [tone, word] = result.withheld
    ? (['warn', 'Withheld'] as const)
    : (actions[result.recommendation] ?? (['none', result.recommendation] as const));
  return (
    <Card title="Recommendation" class="w4" action={<Badge tone={tone}>{word}</Badge>}>
      <ul class="stack" style={{ paddingLeft: '18px' }}>
        {result.reasons.map((reason) => (
          <li key={reason}>{spoken(reason)}</li>
        ))}
      </ul>
      <p class="small soft">
        {result.unitsNeeded === null || result.unitsNeeded <= 0
          ? 'There are enough units: more would not change the answer.'
          : `Needs about ${whole(result.unitsNeeded)} more units to tell.`}
      </p>
      <p class="small soft">
        Policy “{result.policy}”, version {result.policyVersion}, error probability {result.alpha}; stage {stageName(result.stage)};{' '}
        <Time at={result.period.from} /> to <Time at={result.period.to} />.
      </p>
    </Card>
  );
}

export function ExperimentResult({ feature }: { feature: string }) {
  const { tenant } = useView();
  const { chosen, all } = useMetrics(feature);
  const path =
    chosen === null
      ? null
      : pathOf(`/api/v1/experiments/${encodeURIComponent(feature)}/results`, { metric: [chosen], looks: 'daily', tenant });
  const answer = useAnswer<ExperimentResultsAnswer>(path, []);
  if (path === null && all.length === 0) return <Empty title="Nothing was measured for this feature">An experiment needs a metric.</Empty>;
  return (
    <>
      <label class="row">
        Goal
        <select
          value={chosen ?? ''}
          onChange={({ currentTarget }) => go(hrefWith({ metric: currentTarget.value }))}
          style={{ width: 'auto' }}
        >
          {all.map((metric) => (
            <option key={metric} value={metric} selected={metric === chosen}>
              {title(metric)}
            </option>
          ))}
        </select>
      </label>
      <Shown of={answer} height={320}>
        {(result) => (
          <div class="grid">
            <Recommendation result={result} />
            <Effects result={result} path={answer.path} />
            <Looks result={result} />
            <Trust result={result} path={answer.path} />
          </div>
        )}
      </Shown>
    </>
  );
}
