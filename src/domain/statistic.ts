/** The value that a rule takes of a window's parts. */
import { mergeAll } from './aggregate.ts';
import type { Subject } from './alert.ts';
import { PLATFORM } from './event.ts';
import { roiPercent, satisfactionValueMicros } from './roi.ts';
import type { Rule } from './rule.ts';
import { eventTopics } from './topics.ts';
import type { WindowPart } from './window.ts';

export type Measured = { value: number | null; n: number };

const byTenant = (parts: readonly WindowPart[]): WindowPart[][] => [...Map.groupBy(parts, ({ tenantId }) => tenantId).values()];

/** Satisfaction is worth something only as a tenant's mean over the window; everything else carries its value. */
function roiOf(parts: readonly WindowPart[]): number | null {
  const rated = parts.filter(({ sourceTopic }) => sourceTopic === eventTopics['property-intelligence']);
  const satisfaction = byTenant(rated).map((one) => {
    const { n, sum } = mergeAll(one);
    return satisfactionValueMicros(n, sum, (one[0]?.sizeMs ?? 0) / 1000);
  });
  const { valueUsdMicros, costUsdMicros } = mergeAll(parts);
  return roiPercent(valueUsdMicros + satisfaction.reduce((sum, micros) => sum + micros, 0), costUsdMicros);
}

/** The rule's statistic over parts of one window; null where there is none, such as the mean of nothing. */
export function measure(rule: Pick<Rule, 'statistic'>, parts: readonly WindowPart[]): Measured {
  const whole = mergeAll(parts);
  const mean = whole.n > 0 ? whole.sum / whole.n : null;
  const values: Record<Rule['statistic'], () => number | null> = {
    mean: () => mean,
    percent: () => (mean === null ? null : mean * 100),
    sum: () => whole.sum,
    count: () => whole.n,
    min: () => whole.min,
    max: () => whole.max,
    roi: () => roiOf(parts),
    // A signal tells its value as the extremes: its sums count its evidence.
    latest: () => whole.max,
  };
  return { value: values[rule.statistic](), n: whole.n };
}

const inFilter = ({ tenant, feature }: Rule, part: WindowPart): boolean =>
  (tenant === null || part.tenantId === tenant) && (feature === null || part.featureId === feature);

/** Shared costs belong to no single feature, so they make no ROI of their own. */
const hasOwnRoi = ({ statistic, scope }: Rule, { featureId }: WindowPart): boolean =>
  statistic !== 'roi' || !scope.endsWith('feature') || featureId !== PLATFORM;

/** What a rule looks at of one tenant alone is about that tenant, whatever its scope. */
function subjectOf({ scope, tenant }: Rule, { tenantId, featureId }: WindowPart): Subject {
  return {
    tenantId: scope === 'tenant' || scope === 'tenant_feature' ? tenantId : tenant,
    featureId: scope === 'feature' || scope === 'tenant_feature' ? featureId : null,
  };
}

/** A window's parts by what the rule's alerts are about. */
export function groupParts(rule: Rule, parts: Iterable<WindowPart>): { subject: Subject; parts: WindowPart[] }[] {
  const mine = [...parts].filter((part) => inFilter(rule, part) && hasOwnRoi(rule, part));
  const groups = Map.groupBy(mine, (part) => JSON.stringify(subjectOf(rule, part)));
  return [...groups].map(([subject, group]) => ({ subject: JSON.parse(subject) as Subject, parts: group }));
}
