/** Rows of what the stages would have recorded: alerts, dead letters, late events, lag. */

const time = (ms: number): string => new Date(ms).toISOString().replace('Z', '');
const MINUTE = 60_000;
const HOUR = 3_600_000;

type Step = {
  ordinal: number;
  severity: string;
  previous_severity: string;
  state: string;
  transition: string;
  at: number;
  value: number;
  threshold?: number;
};
type Told = {
  id: string;
  rule: string;
  title: string;
  metric: string;
  statistic: string;
  threshold: number;
  feature: string;
  tenant: string;
  steps: Step[];
};

const rowsOf = ({ id, steps, ...alert }: Told): object[] =>
  steps.map(({ at, ...step }, i) => ({
    ...alert,
    ...step,
    transition_id: `${id}-${step.ordinal}`,
    alert_id: id,
    fingerprint: `${alert.rule}|${alert.tenant}|${alert.feature}`,
    rule_version: 1,
    reason: '',
    scope: alert.tenant === '' ? 'platform' : 'tenant',
    previous_value: i === 0 ? null : (steps[i - 1]?.value ?? null),
    comparison: 'above',
    window_start: time(at - MINUTE),
    window_end: time(at),
    n: 480,
    opened_at: time(steps[0]?.at ?? at),
    runbook: 'docs/operating.md#latency',
    recorded_at: time(at + 500),
    partition: 0,
    offset: i,
  }));

const opened = (at: number, severity: string, value: number): Step => ({
  ordinal: 1,
  severity,
  previous_severity: '',
  state: 'firing',
  transition: 'opened',
  at,
  value,
});
const next = (ordinal: number, at: number, transition: string, severity: string, state: string, value: number): Step => ({
  ordinal,
  severity,
  previous_severity: 'warning',
  state,
  transition,
  at,
  value,
});

/** One critical that fires, one warning that fires, and one that is over. */
export function alertRows(now: number): object[] {
  const errors = { rule: 'error-rate', title: 'Error rate', metric: 'request_error', statistic: 'percent' };
  const latency = { rule: 'websocket-latency', title: 'WebSocket latency', metric: 'websocket_latency_ms', statistic: 'mean' };
  return [
    {
      ...errors,
      id: 'error-rate-1',
      tenant: '',
      feature: '',
      threshold: 5,
      steps: [
        { ...opened(now - 26 * MINUTE, 'warning', 3.1), threshold: 2 },
        next(2, now - 18 * MINUTE, 'escalated', 'critical', 'firing', 8.7),
      ],
    },
    {
      ...errors,
      id: 'error-rate-2',
      tenant: 'lakeside-realty',
      feature: 'platform',
      threshold: 2,
      steps: [opened(now - 2 * HOUR, 'warning', 2.6)],
    },
    {
      ...latency,
      id: 'websocket-latency-1',
      tenant: '',
      feature: '',
      threshold: 100,
      steps: [opened(now - 26 * HOUR, 'critical', 238), next(2, now - 25 * HOUR, 'resolved', 'critical', 'resolved', 41)],
    },
  ].flatMap(rowsOf);
}

export const deadLetterRows = (now: number): object[] =>
  Array.from({ length: 24 }, (_, i) => ({
    topic: 'impact-lead-intelligence',
    partition: 0,
    offset: i,
    step: 'decode',
    reason: i % 3 === 0 ? 'invalid_field' : 'not_avro_framed',
    message: i % 3 === 0 ? 'responseTimeSeconds is -4, expected 0 or more' : 'the record does not begin with the byte of the wire format',
    field: i % 3 === 0 ? 'responseTimeSeconds' : '',
    version: '0.1.0',
    attempt: 1,
    tenant: i % 3 === 0 ? 'harbor-homes' : '',
    feature: i % 3 === 0 ? 'realtime_intelligence' : '',
    key: 'harbor-homes|realtime_intelligence',
    size_bytes: 120,
    produced_at: time(now - (i + 1) * HOUR),
    dead_lettered_at: time(now - (i + 1) * HOUR + 400),
    letter_partition: 0,
    letter_offset: i,
  }));

export const lateRows = (now: number): object[] =>
  Array.from({ length: 12 }, (_, i) => ({
    topic: 'impact-lead-intelligence',
    partition: 0,
    offset: 1000 + i,
    stage: 'window',
    late_by_seconds: 640 + 45 * i,
    tenant: 'harbor-homes',
    feature: i % 4 === 0 ? 'ai_coaching' : 'realtime_intelligence',
    key: 'harbor-homes|realtime_intelligence',
    size_bytes: 120,
    produced_at: time(now - (i + 1) * HOUR),
    reported_at: time(now - (i + 1) * HOUR),
    late_partition: 0,
    late_offset: i,
  }));

export function lagRows(now: number): object[] {
  const slot = Math.floor(now / 5000) * 5;
  return ['store', 'window', 'alert', 'record'].map((stage, i) => ({
    sampled_at: slot - 5,
    stage,
    topic: 'impact-lead-intelligence',
    partition: 0,
    committed_offset: 100_000 - i * 12,
    end_offset: 100_000,
    lag: i * 12,
    event_lag_seconds: i < 2 ? 1.4 + i : null,
  }));
}
