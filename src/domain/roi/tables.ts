/** The calculated rows of the four features' tables: what people read in SQL. Columns as in `schemas/postgres`. */
import type { ValuedFeature } from '../event.ts';
import { pricing, usdOfMicros } from '../roi.ts';
import { totalOf } from './cell.ts';
import { type RoiDay, type ValueRow, valueCells } from './value.ts';

export type TableRow = { date: string; tenant_id: string; estimated_revenue_impact: string } & Record<string, number | string | null>;

export const tableOf: Record<ValuedFeature, string> = {
  realtime_intelligence: 'lead_intelligence_metrics',
  property_intelligence: 'property_intelligence_metrics',
  churn_prevention: 'churn_prevention_metrics',
  ai_coaching: 'ai_coaching_metrics',
};

/** The sums of one metric; nothing measured is a row of zeros. */
type Of = (metric: string) => Pick<ValueRow, 'n' | 'sum' | 'sumSquares' | 'treatedN' | 'treatedSum' | 'controlN' | 'controlSum'>;

const nothing = { n: 0, sum: 0, sumSquares: 0, treatedN: 0, treatedSum: 0, controlN: 0, controlSum: 0 };
const mean = ({ n, sum }: { n: number; sum: number }): number | null => (n === 0 ? null : sum / n);
const counted = ({ n, sum }: { n: number; sum: number }): number | null => (n === 0 ? null : Math.round(sum));
const above = (value: number | null, baseline: number): number | null => (value === null ? null : value - baseline);

/** Treatment's mean less control's; null without both. */
function improvement({ treatedN, treatedSum, controlN, controlSum }: ReturnType<Of>): number | null {
  return treatedN === 0 || controlN === 0 ? null : treatedSum / treatedN - controlSum / controlN;
}

function leadColumns(of: Of): Record<string, number | null> {
  const seconds = mean(of('response_time_seconds'));
  return {
    leads_processed: of('response_time_seconds').n,
    avg_response_time_minutes: seconds === null ? null : seconds / 60,
    avg_scoring_latency_ms: mean(of('scoring_latency_ms')),
    conversion_rate: mean(of('converted')),
    conversion_rate_improvement: improvement(of('converted')),
    avg_agent_productivity_score: mean(of('agent_productivity_score')),
    agent_productivity_improvement: improvement(of('agent_productivity_score')),
  };
}

function propertyColumns(of: Of): Record<string, number | null> {
  const score = mean(of('match_satisfaction_score'));
  return {
    properties_analyzed: of('match_satisfaction_score').n,
    luxury_properties_detected: counted(of('luxury_detected')),
    avg_match_satisfaction_score: score,
    match_satisfaction_improvement: above(score, pricing.property.baselineScore),
    showings_booked: counted(of('showing_booked')),
    showing_rate: mean(of('showing_booked')),
    avg_vision_analysis_ms: mean(of('vision_analysis_ms')),
  };
}

/** How many interventions were of stage 1, 2 and 3: three unknowns in the count, the sum and the sum of squares. */
export function stagesOf({ n, sum, sumSquares }: { n: number; sum: number; sumSquares: number }): [number, number, number] {
  const third = Math.round((sumSquares - 3 * sum + 2 * n) / 2);
  const second = Math.round(sum - n - 2 * third);
  return [n - second - third, second, third];
}

function churnColumns(of: Of): Record<string, number | null> {
  const { n, sum } = of('churned');
  const [stage1, stage2, stage3] = stagesOf(of('intervention_stage'));
  const rate = mean(of('churned'));
  return {
    at_risk_leads_identified: n,
    avg_churn_risk_score: mean(of('churn_risk_score')),
    stage_1_interventions: stage1,
    stage_2_interventions: stage2,
    stage_3_interventions: stage3,
    successful_interventions: Math.round(n - sum),
    intervention_success_rate: rate === null ? null : 1 - rate,
    churn_rate_before: pricing.churn.baselineRate,
    churn_rate_after: rate,
    churns_prevented: n * pricing.churn.baselineRate - sum,
  };
}

function coachingColumns(of: Of): Record<string, number | null> {
  const { n, sum } = of('session_duration_minutes');
  const minutes = mean(of('session_duration_minutes'));
  const { baselineMinutes, baselineProductivity } = pricing.coaching;
  return {
    coaching_sessions_delivered: n,
    avg_session_duration_minutes: minutes,
    training_hours: of('training_hours').n === 0 ? null : of('training_hours').sum,
    training_hours_saved: (n * baselineMinutes - sum) / 60,
    training_time_reduction_percentage: minutes === null ? null : (1 - minutes / baselineMinutes) * 100,
    avg_productivity_score: mean(of('productivity_score')),
    performance_improvement: above(mean(of('productivity_score')), baselineProductivity),
  };
}

const columnsOf: Record<ValuedFeature, (of: Of) => Record<string, number | null>> = {
  realtime_intelligence: leadColumns,
  property_intelligence: propertyColumns,
  churn_prevention: churnColumns,
  ai_coaching: coachingColumns,
};

/** The rows of one feature's table, one for each day and tenant that has any measurement of it. */
export function tableRows(feature: ValuedFeature, days: readonly RoiDay[], rows: readonly ValueRow[]): TableRow[] {
  const own = rows.filter(({ featureId }) => featureId === feature);
  const groups = Map.groupBy(own, ({ day, tenantId }) => JSON.stringify([day, tenantId]));
  return [...groups.values()].flatMap((group) => {
    const value = totalOf(valueCells(days, group, [])).valueUsdMicros;
    const of: Of = (metric) => group.find((row) => row.metric === metric) ?? nothing;
    return group.slice(0, 1).map(({ day, tenantId }) => ({
      date: day,
      tenant_id: tenantId,
      ...columnsOf[feature](of),
      estimated_revenue_impact: usdOfMicros(value),
    }));
  });
}
