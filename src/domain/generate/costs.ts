/** Hourly operating costs. Every line's 8,760 hours of a year add up to its yearly amount, to the millionth of a dollar. */
import { PLATFORM } from '../event.ts';
import { usdOfMicros } from '../roi.ts';
import { COST_USD_PER_YEAR, type Scenario } from './scenario.ts';

const HOURS_PER_YEAR = 8_760;

/** Parts of the yearly costs; the shares add up to 1. */
const costLines = [
  { feature: 'realtime_intelligence', category: 'anthropic_api', share: 0.16, unitUsd: 0.002 },
  { feature: 'property_intelligence', category: 'vision_api', share: 0.22, unitUsd: 0.01 },
  { feature: 'churn_prevention', category: 'anthropic_api', share: 0.1, unitUsd: 0.002 },
  { feature: 'ai_coaching', category: 'anthropic_api', share: 0.12, unitUsd: 0.002 },
  { feature: PLATFORM, category: 'infrastructure', share: 0.3, unitUsd: null },
  { feature: PLATFORM, category: 'observability', share: 0.1, unitUsd: null },
] as const;

export type CostLine = {
  tenantId: string;
  feature: string;
  category: string;
  usdMicrosPerYear: number;
  /** Price of one unit of use, US dollars; null where nothing is metered. */
  unitUsd: number | null;
};

/** One line for each tenant and category. The last one takes what rounding left, so that the lines add up to the whole. */
export function costLinesOf(scenario: Scenario): CostLine[] {
  const total = COST_USD_PER_YEAR * 1e6;
  const lines: CostLine[] = scenario.tenants.flatMap((tenant) =>
    costLines.map(({ feature, category, share, unitUsd }) => {
      const usdMicrosPerYear = Math.round(total * share * tenant.share);
      return { tenantId: tenant.id, feature, category, usdMicrosPerYear, unitUsd };
    }),
  );
  const last = lines.at(-1);
  if (last) last.usdMicrosPerYear += total - lines.reduce((sum, line) => sum + line.usdMicrosPerYear, 0);
  return lines;
}

/**
 * What a line costs in one hour.
 * @param hour hours since 1970
 * @returns US dollars as decimal text
 */
export function hourlyCostUsd(line: CostLine, hour: number): string {
  const ofYear = hour % HOURS_PER_YEAR;
  const until = (hours: number): number => Math.floor((line.usdMicrosPerYear * hours) / HOURS_PER_YEAR);
  return usdOfMicros(until(ofYear + 1) - until(ofYear));
}
