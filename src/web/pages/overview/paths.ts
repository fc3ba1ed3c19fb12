/** What the overview asks, by itself, so that it can be asked before anything is drawn. */
import { pathOf } from '../../ask.ts';
import { type RangeName, ranges } from '../../range.ts';

/** An hour says nothing about ROI or adoption, so the day stands in. */
const periodOf = (range: RangeName): string => ranges[range].period ?? 'last24h';

export const impactPath = (range: RangeName, tenant: string | null): string =>
  pathOf('/api/v1/business-impact/current', { period: periodOf(range), tenant });

export const firingPath = (tenant: string | null): string => pathOf('/api/v1/alerts', { state: 'firing', tenant, limit: 100 });

export const overviewPaths = (range: RangeName, tenant: string | null) => ({
  impact: impactPath(range, tenant),
  days: pathOf('/api/v1/business-impact/days', { tenant }),
  performance: pathOf('/api/v1/performance', { tenant }),
  adoption: pathOf('/api/v1/adoption', { period: periodOf(range), tenant }),
  firing: firingPath(tenant),
});
