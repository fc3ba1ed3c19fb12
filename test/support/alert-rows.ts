/** Rows of the alerts table, as the record stage writes them. */
const time = (text: string): string => new Date(text).toISOString().replace('Z', '');

const opened = {
  ordinal: 1,
  rule: 'error-rate',
  rule_version: 1,
  title: 'Error rate',
  severity: 'warning',
  previous_severity: '',
  state: 'firing',
  transition: 'opened',
  reason: '',
  scope: 'tenant',
  tenant: '',
  feature: '',
  metric: 'request_error',
  statistic: 'percent',
  value: 3.5,
  previous_value: null as number | null,
  comparison: 'above',
  threshold: 2,
  n: 400,
  runbook: 'docs/operating.md#error-rate',
  partition: 0,
};

type Changes = Partial<Omit<typeof opened, 'value'>> & { value?: number | null; openedAt?: string; windowEnd?: string };

/** A transition of the alert; `windowEnd` defaults to when it was opened. */
export function alertRow(alertId: string, { openedAt = '2026-01-15T11:00:00Z', windowEnd = openedAt, ...changes }: Changes = {}): object {
  const row = { ...opened, ...changes };
  return {
    ...row,
    transition_id: `${alertId}/${row.ordinal}`,
    alert_id: alertId,
    fingerprint: `${row.rule}|${row.tenant}|${row.feature}`,
    window_start: time(new Date(Date.parse(windowEnd) - 60_000).toISOString()),
    window_end: time(windowEnd),
    opened_at: time(openedAt),
    recorded_at: time(windowEnd),
    offset: row.ordinal,
  };
}
