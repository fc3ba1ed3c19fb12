import { describe, expect, it } from 'vitest';
import { emptyAggregate } from '../../src/domain/aggregate.ts';
import { statistics } from '../../src/domain/rule.ts';
import { groupParts, measure } from '../../src/domain/statistic.ts';
import { eventTopics } from '../../src/domain/topics.ts';
import type { WindowPart } from '../../src/domain/window.ts';
import { partOf, ruleOf } from '../support/alerted.ts';

const DAY = 86_400_000;
const roiPart = (topic: keyof typeof eventTopics, changes: Partial<WindowPart>): WindowPart =>
  partOf(1, 0, 0, { metric: 'roi_percent', sizeMs: DAY, sourceTopic: eventTopics[topic], ...changes });

describe('a statistic', () => {
  it('is taken over all parts of the window', () => {
    const parts = [partOf(1, 3, 10), partOf(1, 1, 10, { sourcePartition: 1 })];
    const values = Object.fromEntries(
      statistics.filter((one) => one !== 'roi').map((statistic) => [statistic, measure({ statistic }, parts).value]),
    );
    expect(values).toEqual({ mean: 0.2, percent: 20, sum: 4, count: 20, min: 0, max: 1, latest: 1 });
    expect(measure({ statistic: 'mean' }, [])).toEqual({ value: null, n: 0 });
  });

  it('of ROI joins value and cost, and values satisfaction by the mean of each tenant over the window', () => {
    const parts = [
      roiPart('lead-intelligence', { n: 10, valueUsdMicros: 90_000_000 }),
      roiPart('operating-costs', { featureId: 'platform', costUsdMicros: 50_000_000 }),
      roiPart('property-intelligence', { n: 1, sum: 98, tenantId: 'acme' }),
      roiPart('property-intelligence', { n: 3, sum: 3 * 90, tenantId: 'acme', sourcePartition: 1 }),
      roiPart('property-intelligence', { n: 1, sum: 88, tenantId: 'zed' }),
    ];
    // acme's mean is 92: 4 points x $5,000 / 365 days; zed's is the baseline.
    const satisfaction = (4 * 5000) / 365;
    expect(measure({ statistic: 'roi' }, parts).value).toBeCloseTo(((90 + satisfaction - 50) / 50) * 100, 5);
    expect(measure({ statistic: 'roi' }, parts.slice(0, 1))).toEqual({ value: null, n: 10 });
  });

  it('of ROI by feature leaves out the platform, whose costs are shared', () => {
    const rule = ruleOf({
      metric: 'roi_percent',
      statistic: 'roi',
      window: '24h',
      comparison: 'below',
      warning: 500,
      critical: 200,
      scope: 'feature',
    });
    const parts = [
      roiPart('operating-costs', { featureId: 'platform' }),
      roiPart('lead-intelligence', { featureId: 'realtime_intelligence' }),
    ];
    expect(groupParts(rule, parts).map(({ subject }) => subject)).toEqual([{ tenantId: null, featureId: 'realtime_intelligence' }]);
  });

  it('needs no values to be empty', () => {
    expect(measure({ statistic: 'roi' }, [{ ...partOf(1, 0, 0), ...emptyAggregate() }])).toEqual({ value: null, n: 0 });
  });
});
