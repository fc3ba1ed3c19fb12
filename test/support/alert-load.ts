/** A stream of requests whose windows and alerts are known beforehand, for tests that disturb the stages: in order within each partition, none late. */
import { evaluate, newAlert, type Transition } from '../../src/domain/alert.ts';
import type { FeatureEvent } from '../../src/domain/event.ts';
import type { Rule } from '../../src/domain/rule.ts';
import type { WindowUpdate } from '../../src/domain/window.ts';
import { ruleOf } from './alerted.ts';
import { randomOf } from './store-load.ts';
import { request, type Sent } from './telemetry.ts';

export const WINDOW_MS = 10_000;
const PER_WINDOW = 20;

export const loadEnv = {
  WINDOW_SIZES: '10s',
  ROI_WINDOW_SIZES: '1h',
  WINDOW_DELAY_MS: '1000',
  // The stream's time is not the wall clock's: silence must not close anything here.
  WINDOW_IDLE_MS: '3600000',
  KAFKA_SESSION_TIMEOUT_MS: '1500',
};

export const loadRule: Rule = ruleOf({ scope: 'tenant', window: '10s', minSample: 5, resolveMargin: 0.5 });

/** `slices`: what is sent one after the other, each a window's time long; the last one closes all windows. */
export type AlertLoad = { slices: Sent[][]; alerts: Transition[]; windows: number };

const tenantsOf = (count: number, partitions: number) =>
  Array.from({ length: count }, (_, i) => ({ tenantId: `tenant_${i}`, partition: i % partitions }));

function transitionsOf(tenantId: string, failures: readonly number[], start: number): Transition[] {
  const state = newAlert(loadRule, { tenantId, featureId: null }, WINDOW_MS);
  return failures.flatMap((failed, i) => {
    const evaluation = { end: start + (i + 1) * WINDOW_MS, value: (failed / PER_WINDOW) * 100, n: PER_WINDOW };
    const told = evaluate(state, evaluation, false, { graceMs: 600_000, repeatMs: 3_600_000 });
    return told ? [told] : [];
  });
}

export function alertLoad(options: { seed: number; start: number; windows: number; tenants: number; partitions: number }): AlertLoad {
  const random = randomOf(options.seed);
  const tenants = tenantsOf(options.tenants, options.partitions);
  const failures = tenants.map(() => Array.from({ length: options.windows }, () => Math.floor(random() * 4)));
  const inWindow = (w: number): Sent[] =>
    Array.from({ length: PER_WINDOW }, (_, i) =>
      tenants.map(({ tenantId, partition }, t) => {
        const at = options.start + w * WINDOW_MS + i * (WINDOW_MS / PER_WINDOW) + t;
        return { event: request(at, i, i >= (failures[t]?.[w] ?? 0), 40, tenantId), partition };
      }),
    ).flat();
  const end = options.start + (options.windows + 1) * WINDOW_MS;
  const last: FeatureEvent[] = Array.from({ length: options.partitions }, () => request(end, 0, true, 40, 'the_end'));
  return {
    slices: [...Array.from({ length: options.windows }, (_, w) => inWindow(w)), last.map((event, partition) => ({ event, partition }))],
    alerts: tenants.flatMap(({ tenantId }, t) => transitionsOf(tenantId, failures[t] ?? [], options.start)),
    windows: options.windows * options.tenants * 2,
  };
}

/** What was told, as text that can be compared: alerts in the order of their ids, and each part of a window with its sums. */
export const alertTexts = (alerts: readonly Transition[]): string[] =>
  alerts.map(({ transitionId, value, previousValue, n }) => `${transitionId} ${value} ${previousValue} ${n}`).sort();

export const windowTexts = (updates: readonly WindowUpdate[]): string[] =>
  updates
    .flatMap(({ window }) =>
      window ? [`${window.metric}|${window.tenantId}|${window.end} n=${window.n} sum=${window.sum} late=${window.late}`] : [],
    )
    .sort();
