/** What an observation is worth, by the seeds' formulas. Money is in integer millionths of a US dollar ("micros"). */

/** Baselines, targets and prices of the four valued features. Sources: the two seed documents' "ROI Calculation" lists. */
export const pricing = {
  lead: { baselineSeconds: 900, targetSeconds: 30, agentUsdPerHour: 50 },
  property: { baselineScore: 88, targetScore: 93, usdPerPointYear: 5000 },
  churn: { baselineRate: 0.35, targetRate: 0.2, usdPerPreventedChurn: 3000 },
  coaching: { baselineMinutes: 40, targetMinutes: 20, trainerUsdPerHour: 75, baselineProductivity: 70, targetProductivity: 87 },
} as const;

export const SECONDS_PER_YEAR = 365 * 86_400;

/** ROI that the product aims at, percent. */
export const TARGET_ROI_PERCENT = 710;

const micros = (usd: number): number => Math.round(usd * 1e6);

/**
 * Worth of one answered lead: agent cost x (900 s - response time).
 * Signed: a slower answer than the baseline costs money; were it cut off at zero, a feature without effect would show a gain.
 */
export function leadValueMicros(responseTimeSeconds: number): number {
  const savedHours = (pricing.lead.baselineSeconds - responseTimeSeconds) / 3600;
  return micros(savedHours * pricing.lead.agentUsdPerHour);
}

/**
 * Worth of one churn outcome: $3,000 x (35 % - churned). Its sum over n outcomes is $3,000 x (expected churns - churns),
 * that is, $3,000 for each prevented churn.
 */
export function churnValueMicros(churned: boolean): number {
  return micros((pricing.churn.baselineRate - Number(churned)) * pricing.churn.usdPerPreventedChurn);
}

/**
 * Worth of one coaching session: $75/h x (40 min - duration). A programme of 60 such sessions is the seeds' "40 h -> 20 h per agent":
 * 60 sessions of 40 min are 40 h, of 20 min are 20 h, so both readings of the seed give the same money.
 */
export function coachingValueMicros(sessionDurationMinutes: number): number {
  const savedHours = (pricing.coaching.baselineMinutes - sessionDurationMinutes) / 60;
  return micros(savedHours * pricing.coaching.trainerUsdPerHour);
}

/**
 * Worth of one tenant's satisfaction over a period: $5,000 for each point of the mean above 88 %, a year.
 * @param n ratings in the period; 0 gives 0
 * @param sum sum of the scores, 0 to 100 each
 * @param periodSeconds length of the period
 */
export function satisfactionValueMicros(n: number, sum: number, periodSeconds: number): number {
  if (n === 0) return 0;
  const points = sum / n - pricing.property.baselineScore;
  return micros((points * pricing.property.usdPerPointYear * periodSeconds) / SECONDS_PER_YEAR);
}

/**
 * ROI % = (value - cost) / cost x 100; null without any cost, for then it has no meaning.
 * $265K of value on $43.2K of cost is 513 %.
 */
export function roiPercent(valueUsdMicros: number, costUsdMicros: number): number | null {
  return costUsdMicros > 0 ? ((valueUsdMicros - costUsdMicros) / costUsdMicros) * 100 : null;
}

/** "24.5" -> 24_500_000. Exact: the decimal text is never a float on the way. Throws RangeError on anything but up to six places. */
export function microsOfUsd(usd: string): number {
  const match = /^(-?)(\d{1,9})(?:\.(\d{1,6}))?$/.exec(usd);
  if (!match) throw new RangeError(`not a decimal amount with at most six places: ${usd}`);
  const [, sign, whole, fraction = ''] = match;
  const size = Number(whole) * 1e6 + Number(fraction.padEnd(6, '0'));
  return sign === '-' ? -size : size;
}

/** 24_500_000 -> "24.500000", exact. */
export function usdOfMicros(amountMicros: number): string {
  const size = Math.abs(amountMicros);
  const sign = amountMicros < 0 ? '-' : '';
  const fraction = size % 1e6;
  return `${sign}${(size - fraction) / 1e6}.${String(fraction).padStart(6, '0')}`;
}
