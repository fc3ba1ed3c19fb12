/** Numbers and names as a report says them. */
import { shown, whole } from '../decision/words.ts';
import { numberFormat } from '../number-format.ts';

const cents = numberFormat({ minimumFractionDigits: 2, maximumFractionDigits: 2 });
const short = numberFormat({ notation: 'compact', maximumSignificantDigits: 3 });
const MINUS = '−';

const signed = (value: number, text: string): string => (value < 0 && !/^[0.,]+$/.test(text) ? `${MINUS}` : '');

/** "$1,234.50"; cents always, so that columns add up before the reader's eyes. */
export function dollars(micros: number): string {
  const text = cents(Math.abs(micros) / 1e6);
  return `${signed(micros, text)}$${text}`;
}

/** "$75K", "−$1.2M": for headlines and charts. */
export function shortDollars(micros: number): string {
  const size = Math.abs(micros) / 1e6;
  const text = size < 1000 ? whole(size) : short(size);
  return `${signed(micros, text)}$${text}`;
}

/** 710 -> "710 %"; a dash where a percentage has no meaning. */
export function percentText(value: number | null, places = 0): string {
  if (value === null) return '–';
  const text = Math.abs(value).toLocaleString('en-US', { minimumFractionDigits: places, maximumFractionDigits: places });
  return `${signed(value, text)}${text} %`;
}

/** How much more than before, in percent; null where nothing was before. */
export function changePercent(now: number, before: number): number | null {
  return before === 0 ? null : ((now - before) / Math.abs(before)) * 100;
}

/** "+12 %", "−3.4 %", "new", "unchanged". */
export function changeText(now: number, before: number): string {
  const change = changePercent(now, before);
  if (change === null) return now === 0 ? 'unchanged' : 'new';
  const text = percentText(change, Math.abs(change) < 9.95 ? 1 : 0);
  if (/^[−]?[0.]+ %$/.test(text)) return 'unchanged';
  return change > 0 ? `+${text}` : text;
}

/** A measured value with its unit: "41.2 ms", "0.8 %". */
export const measured = (value: number, unit: string): string => `${shown(value).replace('-', MINUS)}${unit === '' ? '' : ` ${unit}`}`;

const names: Record<string, string> = {
  realtime_intelligence: 'Real-Time Intelligence',
  property_intelligence: 'Property Intelligence',
  churn_prevention: 'Churn Prevention',
  ai_coaching: 'AI Coaching',
  platform: 'Platform (shared)',
};

/** "ai_coaching" -> "AI Coaching"; a name that nobody has put into words is only spaced. */
export function featureTitle(feature: string): string {
  return names[feature] ?? feature.replaceAll('_', ' ').replace(/^./, (first) => first.toUpperCase());
}

/** "anthropic_api" -> "anthropic api" */
export const spaced = (name: string): string => name.replaceAll(/[_-]/g, ' ');

const keyWords: Record<string, { title: string; unit: string; scale: number }> = {
  response_time_seconds: { title: 'time to answer', unit: 's', scale: 1 },
  match_satisfaction_score: { title: 'match satisfaction', unit: '%', scale: 1 },
  churned: { title: 'churn', unit: '%', scale: 100 },
  session_duration_minutes: { title: 'session', unit: 'min', scale: 1 },
};

/** What a metric is called in a sentence. */
export const metricTitle = (metric: string): string => keyWords[metric]?.title ?? spaced(metric);

/** A feature's own metric beside its target: "churn 33.33 %, target 20 %". */
export function keyMetricText(metric: string, mean: number, target: number): string {
  const { unit, scale } = keyWords[metric] ?? { unit: '', scale: 1 };
  // A share times 100 is not always the number that is meant: 0.07 makes 7.000000000000001.
  const text = (value: number): string => measured(Number((value * scale).toPrecision(12)), unit);
  return `${metricTitle(metric)} ${text(mean)}, target ${text(target)}`;
}

/** "2026-01-11 09:00" on the clocks of UTC. */
export const minuteText = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');
