/** Rules and windows for tests of alerts. */
import { addValue, emptyAggregate } from '../../src/domain/aggregate.ts';
import { parseRule, type Rule } from '../../src/domain/rule.ts';
import { eventTopics } from '../../src/domain/topics.ts';
import type { SourceProgress, WindowPart } from '../../src/domain/window.ts';

export const MINUTE = 60_000;
export const T0 = Date.UTC(2026, 0, 15, 12);

/** Error rate above 2 % warns, above 5 % is critical; in windows of a minute. */
export function ruleOf(changes: object = {}, version = 1): Rule {
  const document = {
    id: 'error-rate',
    title: 'Error rate',
    metric: 'request_error',
    statistic: 'percent',
    window: '1m',
    comparison: 'above',
    warning: 2,
    critical: 5,
  };
  const parsed = parseRule({ ...document, ...changes });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { ...parsed.rule, version };
}

/** The part of the minute that ends `minute` minutes after T0: `failed` of `n` requests failed. */
export function partOf(minute: number, failed: number, n: number, changes: Partial<WindowPart> = {}): WindowPart {
  const sums = emptyAggregate();
  for (let i = 0; i < n; i++) addValue(sums, i < failed ? 1 : 0, 0);
  const end = T0 + minute * MINUTE;
  return {
    ...sums,
    metric: 'request_error',
    featureId: 'platform',
    tenantId: 'acme',
    variant: null,
    sizeMs: MINUTE,
    hopMs: MINUTE,
    start: end - MINUTE,
    end,
    sourceTopic: eventTopics['request-telemetry'],
    sourcePartition: 0,
    sourceOffset: minute,
    late: false,
    ...changes,
  };
}

export const progressOf = (minute: number, partition = 0, partitions = 1): SourceProgress => ({
  topic: eventTopics['request-telemetry'],
  partition,
  partitions,
  through: T0 + minute * MINUTE,
});
