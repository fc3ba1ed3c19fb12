/** Hours and days straight from raw events, for days whose minutes have expired: rows of those would be dropped as they are written. */
import type { UpperTier } from '../domain/tier.ts';
import { bucketOf, insertInto, minuteAggregates } from './recompute.ts';
import type { Statement } from './statement.ts';
import { type BucketRange, whereDaysTouched } from './touched.ts';

/**
 * The rows of the building epoch that would come of the minutes if they were kept, versions and all: a minute's version is twice the sum of its
 * events' plus one, that of an hour the same of its minutes', that of a day the same again; so hours and minutes give a day one version.
 */
export function recomputeCoarse(tier: UpperTier, range: BucketRange, events: string): Statement<never> {
  const source = `SELECT made.*, known.building AS epoch
  FROM (
    SELECT tenant, feature, metric, variant, coarse AS bucket,
      sum(low.n) AS n, sum(low.sum) AS sum, sum(low.sum_squares) AS sum_squares, minIf(low.min, low.n > 0) AS min, maxIf(low.max, low.n > 0) AS max,
      sum(low.value_usd) AS value_usd, quantileDDMergeState(0.01)(low.quantiles) AS quantiles, uniqCombined64MergeState(12)(low.users) AS users,
      sum(sumIf(bitShiftRight(low.version, 1), low.nth = 1)) OVER (PARTITION BY tenant, feature, coarse) * 2 + 1 AS version
    FROM (
      SELECT *, ${bucketOf[tier]} AS coarse, row_number() OVER (PARTITION BY tenant, feature, bucket) AS nth
      FROM (${minuteAggregates(range, events)})
    ) AS low
    GROUP BY tenant, feature, metric, variant, coarse
  ) AS made
  INNER JOIN (SELECT tenant, day, building FROM epochs FINAL WHERE building > 0 AND ${whereDaysTouched(range)}) AS known
    ON made.tenant = known.tenant AND toDate(made.bucket) = known.day`;
  return insertInto(tier, range, source, 'building');
}
