/** The alert stage's processor of one partition of the windows. */
import type { AlertSettings, Transition } from '../../src/domain/alert.ts';
import { evaluateDue, setRules, takeUpdate } from '../../src/domain/alerting.ts';
import { restoreAlerting, takeAlertDeltas } from '../../src/domain/alerting-state.ts';
import { topics } from '../../src/domain/topics.ts';
import type { WindowUpdate } from '../../src/domain/window.ts';
import type { Decoder, Encoder } from '../../src/runtime/codec.ts';
import type { Metrics } from '../../src/runtime/metrics.ts';
import { noWork, type Processor, type Work } from '../../src/runtime/stateful.ts';
import type { RuleBook } from './rules.ts';

export type AlertProcessorDeps = {
  settings: AlertSettings;
  decoder: Decoder;
  encode: Encoder;
  rules: Pick<RuleBook, 'rules' | 'edition'>;
  metrics: Metrics;
};

export function createAlertProcessor(partition: number, entries: ReadonlyMap<string, string>, deps: AlertProcessorDeps): Processor {
  const { metrics, rules, decoder, encode } = deps;
  const alerting = restoreAlerting(deps.settings, entries);
  let edition = 0;

  /** Applies a change of the rules at the next step, inside its transaction. */
  function refreshRules(): Transition[] {
    if (edition === rules.edition()) return [];
    edition = rules.edition();
    return setRules(alerting, rules.rules());
  }

  function workOf(transitions: readonly Transition[]): Work {
    for (const { rule, transition, severity } of transitions)
      metrics.count('impact_alert_transitions_total', { rule, transition, severity });
    const firing = [...alerting.alerts.values()].filter(({ told }) => told !== null).length;
    metrics.set('impact_alerts_firing', firing, { partition: String(partition) });
    const outputs = transitions.map((one) => ({ topic: topics.alerts, key: one.fingerprint, value: encode(one) }));
    return { state: takeAlertDeltas(alerting), outputs };
  }

  return {
    prepare: (records) => decoder.prepare(records.map(({ value }) => value)),
    process(records) {
      const transitions = refreshRules();
      for (const { value } of records) {
        const decoded = decoder.decode(value);
        if (decoded.ok) takeUpdate(alerting, decoded.record as WindowUpdate);
        else metrics.count('impact_alert_unreadable_total', { reason: decoded.fault.reason });
      }
      return workOf([...transitions, ...evaluateDue(alerting)]);
    },
    tick() {
      return edition === rules.edition() ? noWork : workOf(refreshRules());
    },
  };
}
