/** How a metric is taken where nobody says it otherwise: by what its name promises. */
import { type Aggregation, aggregations, type Measure } from '../experiment.ts';
import type { Better } from '../stats/margin.ts';

/** Yes or no about a unit. */
const yesOrNo = new Set(['converted', 'churned', 'luxury_detected', 'showing_booked']);
/** Fewer, cheaper, less harm. */
const lowerIsBetter = /^(churned|churn_risk_score|request_error|cost_usd|intervention_stage)$/;

/** Of a time that something took, people ask quantiles. */
export const isDuration = (metric: string): boolean => /(_ms|_seconds|_minutes|_hours)$/.test(metric);

export const betterOf = (metric: string): Better => (isDuration(metric) || lowerIsBetter.test(metric) ? 'lower' : 'higher');

/** Errors are by request: a unit with many requests counts more. */
function usualAggregation(metric: string): Aggregation {
  if (metric === 'request_error') return 'ratio';
  return yesOrNo.has(metric) ? 'proportion' : 'mean';
}

export const measureForm = 'metric, metric:mean, metric:total, metric:proportion, metric:ratio, metric:ratio:denominator or metric:p95';

const form = /^([a-z][a-z0-9_]{0,63})(?::([a-z]+|p\d{1,2}(?:\.\d{1,3})?))?(?::([a-z][a-z0-9_]{0,63}))?$/;

/** "response_time_seconds", "revenue:total", "errors:ratio:visits", "response_time_seconds:p95"; null when it is none of these. */
export function parseMeasure(text: string): Measure | null {
  const [, metric = '', how, denominator = null] = form.exec(text) ?? [];
  if (metric === '') return null;
  const percent = /^p(\d.*)$/.exec(how ?? '')?.[1];
  if (percent !== undefined) {
    const level = Number((Number(percent) / 100).toFixed(5));
    return level > 0 && denominator === null ? { metric, aggregation: 'quantile', denominator, level } : null;
  }
  const aggregation = how === undefined ? usualAggregation(metric) : aggregations.find((one) => one === how && one !== 'quantile');
  if (aggregation === undefined || (denominator !== null && how !== 'ratio')) return null;
  return { metric, aggregation, denominator, level: null };
}

/** The measure as people wrote it; the name that evidence carries. */
export function measureName({ metric, aggregation, denominator, level }: Measure): string {
  if (level !== null) return `${metric}:p${Number((level * 100).toFixed(3))}`;
  if (denominator !== null) return `${metric}:ratio:${denominator}`;
  return aggregation === usualAggregation(metric) ? metric : `${metric}:${aggregation}`;
}
