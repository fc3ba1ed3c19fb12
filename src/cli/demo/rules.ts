/** The demonstration's own rules: the shipped limits on windows of ten seconds, without a waiting time, so that an incident is over in a minute. */
import { durationText } from '../../domain/duration.ts';
import { ImpactError } from '../../domain/errors.ts';
import { parseRules, type Rule } from '../../domain/rule.ts';
import { DEMO_WINDOW_MS } from './timeline.ts';

const common = {
  scope: 'platform',
  comparison: 'above',
  window: durationText(DEMO_WINDOW_MS),
  for: '0s',
  minSample: 50,
  noData: '10m',
  runbook: 'docs/cli.md#demo',
};

const documents = [
  {
    ...common,
    id: 'demo-error-rate',
    title: 'Error rate',
    metric: 'request_error',
    statistic: 'percent',
    warning: 2,
    critical: 5,
    resolveMargin: 0.5,
  },
  {
    ...common,
    id: 'demo-websocket-latency',
    title: 'WebSocket latency',
    metric: 'websocket_latency_ms',
    statistic: 'mean',
    warning: 100,
    critical: 200,
    resolveMargin: 10,
  },
];

/** The rules whose alerts must fire and resolve. */
export function demoRules(): Rule[] {
  const parsed = parseRules({ rules: documents });
  if (!parsed.ok) throw new ImpactError('internal', 'the rules of the demonstration are not valid', { problems: parsed.problems });
  return parsed.rules;
}
