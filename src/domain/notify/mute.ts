/** Why an alert is not told although it fires: a silence that somebody asked for, or a worse alert of the same cause. */

import type { Severity } from '../rule.ts';
import type { Inhibition, Routed } from './routing.ts';

/** Null in a field matches everything. Times in milliseconds since 1970; `endsAt` is not part of it. */
export type Silence = {
  id: string;
  tenantId: string | null;
  featureId: string | null;
  rule: string | null;
  severity: Severity | null;
  startsAt: number;
  endsAt: number;
};

export type Mute = 'silenced' | 'inhibited';

const covers = (wanted: string | null, value: string | null): boolean => wanted === null || wanted === value;

/** Whether a silence is about this alert now. */
const silences = (silence: Silence, alert: Routed, now: number): boolean =>
  silence.startsAt <= now &&
  now < silence.endsAt &&
  covers(silence.tenantId, alert.tenantId) &&
  covers(silence.featureId, alert.featureId) &&
  covers(silence.rule, alert.rule) &&
  covers(silence.severity, alert.severity);

const part = (value: string | null): string => (value === null ? '*' : `=${value}`);
const causeKey = (alert: Routed, { same }: Inhibition, tenant: string | null, feature: string | null): string =>
  JSON.stringify([...same.map((label) => alert[label]), part(tenant), part(feature)]);

/** The causes of firing alerts, so that each of thousands of others is held against all of them in four look-ups. */
function inhibitor(inhibition: Inhibition, firing: readonly Routed[]): (alert: Routed) => boolean {
  const sources = firing.filter(({ severity }) => severity === inhibition.source);
  const causes = new Set(sources.map((one) => causeKey(one, inhibition, one.tenantId, one.featureId)));
  return (alert) => {
    if (alert.severity !== inhibition.target) return false;
    const [tenants, features] = [
      [alert.tenantId, null],
      [alert.featureId, null],
    ];
    return tenants.some((tenant) => features.some((feature) => causes.has(causeKey(alert, inhibition, tenant, feature))));
  };
}

/**
 * @param firing alerts that fire now; those of the inhibitions' sources suffice
 * @returns what keeps an alert quiet at `now`, or null
 */
export function muter(
  inhibitions: readonly Inhibition[],
  firing: readonly Routed[],
  silenced: readonly Silence[],
  now: number,
): (alert: Routed) => Mute | null {
  const inhibitors = inhibitions.map((one) => inhibitor(one, firing));
  return (alert) => {
    if (silenced.some((silence) => silences(silence, alert, now))) return 'silenced';
    return inhibitors.some((inhibits) => inhibits(alert)) ? 'inhibited' : null;
  };
}
