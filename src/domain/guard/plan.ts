/** Which guardrails a flag's rollout has, made of what the flag says and of what its feature is for. */
import type { GuardPlan, Guardrail } from '../decision/guard.ts';
import { type ValuedFeature, valuedFeatures } from '../event.ts';
import type { Flag, FlagDefinition } from '../flags/flag.ts';
import { isPercentageStage } from '../flags/stage.ts';
import { DEFAULT_BUCKETS } from '../stats/buckets.ts';
import { DEFAULT_TUNING_UNITS } from '../stats/confidence-sequence.ts';
import type { Better } from '../stats/margin.ts';

/** Probability that a harmless rollout is ever rolled back, from its first percentage to its last. */
const GUARD_ALPHA = 0.05;

export const ERRORS = 'request_error';
/** Latency of all requests of the feature, whichever service served them. */
export const LATENCY = 'request_latency_ms';

type Goal = { metric: string; kind: Guardrail['kind']; better: Better };

const goals: Record<ValuedFeature, readonly Goal[]> = {
  realtime_intelligence: [
    { metric: 'response_time_seconds', kind: 'mean', better: 'lower' },
    { metric: 'converted', kind: 'rate', better: 'higher' },
  ],
  property_intelligence: [{ metric: 'match_satisfaction_score', kind: 'mean', better: 'higher' }],
  churn_prevention: [{ metric: 'churned', kind: 'rate', better: 'lower' }],
  ai_coaching: [{ metric: 'productivity_score', kind: 'mean', better: 'higher' }],
};

/** Key of a flag's metadata that names further metrics: "order_value:higher, refunds:lower". */
const GUARD_METRICS = 'guardMetrics';

function namedGoals({ metadata }: Pick<FlagDefinition, 'metadata'>): Goal[] {
  const text = metadata[GUARD_METRICS];
  if (typeof text !== 'string') return [];
  return text.split(',').flatMap((part) => {
    const [, metric = '', better] = /^\s*([a-z][a-z0-9_]*)\s*(?::\s*(higher|lower)\s*)?$/.exec(part) ?? [];
    return metric === '' ? [] : [{ metric, kind: 'mean' as const, better: better === 'lower' ? 'lower' : ('higher' as Better) }];
  });
}

const isValued = (feature: string): feature is ValuedFeature => (valuedFeatures as readonly string[]).includes(feature);

function goalsOf(flag: Pick<FlagDefinition, 'featureId' | 'metadata'>): Goal[] {
  const all = [...(isValued(flag.featureId) ? goals[flag.featureId] : []), ...namedGoals(flag)];
  return [...new Map(all.map((goal) => [goal.metric, goal])).values()].filter(({ metric }) => metric !== ERRORS && metric !== LATENCY);
}

/** What the flag's feature is for: its own metrics, the key one first, then those that the flag names. */
export const goalMetricsOf = (flag: Pick<FlagDefinition, 'featureId' | 'metadata'>): string[] => goalsOf(flag).map(({ metric }) => metric);

type Limits = Pick<
  FlagDefinition,
  'featureId' | 'metadata' | 'errorRateThresholdPercent' | 'latencyThresholdMs' | 'metricDropThresholdPercent'
>;

/**
 * Errors and latency may neither be beyond the flag's limit nor worse than control; a metric may not drop below control by more than the flag
 * bears. Errors are compared without a margin, since every one of them is a fault; latency bears what a metric does.
 */
export function guardPlanOf(flag: Limits): GuardPlan {
  const margin = { relative: flag.metricDropThresholdPercent / 100, absolute: 0 };
  const limit = flag.errorRateThresholdPercent / 100;
  const guardrails: Guardrail[] = [
    {
      id: ERRORS,
      kind: 'rate',
      better: 'lower',
      margin: { relative: 0, absolute: 0 },
      // A limit of 0 or of 100 % asks for nothing that a rate can be beyond with confidence.
      limit: limit > 0 && limit < 1 ? limit : null,
      weight: 1,
    },
    { id: LATENCY, kind: 'mean', better: 'lower', margin, limit: flag.latencyThresholdMs, weight: 1 },
    ...goalsOf(flag).map(({ metric, kind, better }) => ({ id: metric, kind, better, margin, limit: null, weight: 1 })),
  ];
  return { alpha: GUARD_ALPHA, guardrails, buckets: DEFAULT_BUCKETS, tuningUnits: DEFAULT_TUNING_UNITS };
}

/** Whether a rollout is under way that can be measured. */
export const isGuarded = (flag: Flag): boolean => !flag.archived && isPercentageStage(flag.stage);
