/** Alerts: what fires, what fired, how long it took, and whether people were told. */
import { clickhouse, postgres } from './ask.ts';
import { dashboard } from './frame.ts';
import { highIsBad, severities, states } from './look.ts';
import { badge, chart, level, moment, number, seconds, stat, table } from './panel.ts';
import { firingStat, firingTable } from './product.ts';
import { ofAlert } from './sql.ts';

const inRange = `$__timeFilter(window_end) AND ${ofAlert}`;
const bySeverity = { '.*critical.*': 'dark-red', '.*warning.*': 'dark-orange', '.*success.*': 'dark-green' };

const opened = stat({
  title: 'Opened',
  description: 'Alerts that opened in the time range, success notices left out.',
  ask: clickhouse(`SELECT count() AS "Opened"\nFROM alerts_final\nWHERE transition = 'opened' AND severity != 'success' AND ${inRange}`),
  width: 6,
  unit: 'none',
  decimals: 0,
  coloured: false,
});

const unacknowledged = stat({
  title: 'Not acknowledged',
  description: 'Critical alerts that fire and that nobody has acknowledged, at this moment: `impact alerts ack`, or the web dashboard.',
  ask: postgres(
    `SELECT count(*) AS "Not acknowledged" FROM business_impact_alerts WHERE state = 'firing' AND severity = 'critical' AND acknowledged_at IS NULL`,
  ),
  width: 6,
  unit: 'none',
  decimals: 0,
  levels: [
    ['green', null],
    ['red', 1],
  ],
});

const undelivered = stat({
  title: 'Messages waiting',
  description: 'Messages in the outbox that are not delivered yet. They are tried again until they are, or given up and shown as dead.',
  ask: postgres(`SELECT count(*) AS "Waiting" FROM outbox WHERE state = 'pending'`),
  width: 6,
  unit: 'none',
  decimals: 0,
  levels: highIsBad(50, 500),
});

const transitions = chart({
  title: 'Transitions',
  description: 'Alerts that opened, escalated, were revised, repeated or resolved, by severity.',
  ask: clickhouse(
    `SELECT $__timeInterval(window_end) AS time, severity, count() AS " "\nFROM alerts_final\nWHERE ${inRange}\nGROUP BY time, severity\nORDER BY time`,
  ),
  width: 12,
  unit: 'short',
  decimals: 0,
  min: 0,
  bars: true,
  stacked: true,
  points: 100,
  calcs: ['sum'],
  colors: bySeverity,
});

const rules = table({
  title: 'Which rules fire',
  description:
    'How often each rule opened in the time range, how long its alerts lasted on average, and how many fire now. A rule that opens often and resolves by itself is a rule to mend.',
  ask: clickhouse(`SELECT any(title) AS "Rule", countIf(transition = 'opened') AS "Opened", countIf(transition = 'resolved') AS "Resolved",
  avgIf(dateDiff('second', opened_at, window_end), transition = 'resolved') AS "Lasted", max(window_end) AS "Last"
FROM alerts_final
WHERE ${inRange}
GROUP BY rule
ORDER BY "Opened" DESC
LIMIT 100`),
  width: 12,
  columns: { Opened: number(0), Resolved: number(0), Lasted: seconds, Last: moment },
});

const latest = table({
  title: 'Latest transitions',
  description: 'The newest 200 transitions of the time range, with what the value was before.',
  ask: clickhouse(`SELECT window_end AS "At", transition AS "Transition", severity AS "Severity", state AS "State", title AS "Rule", rule_version AS "Rule version", tenant AS "Tenant", feature AS "Feature", metric AS "Metric", value AS "Value", previous_value AS "Previous", threshold AS "Threshold", n AS "Events"
FROM alerts_final
WHERE ${inRange}
ORDER BY window_end DESC, ordinal DESC
LIMIT 200`),
  width: 24,
  height: 10,
  columns: { Severity: badge(severities), State: badge(states), At: moment },
});

const deliveries = chart({
  title: 'Deliveries',
  description: 'Attempts to deliver messages, by channel and outcome. `retry` is tried again; `dead` was given up.',
  ask: postgres(`SELECT date_bin('5 minutes', attempted_at, timestamptz '2000-01-01 00:00:00+00') AS time, channel || ' ' || outcome AS metric, count(*) AS " "
FROM deliveries JOIN outbox ON outbox.id = deliveries.outbox_id
WHERE $__timeFilter(attempted_at)
GROUP BY 1, 2
ORDER BY 1`),
  width: 12,
  unit: 'short',
  decimals: 0,
  min: 0,
  bars: true,
  stacked: true,
  interval: '5m',
  calcs: ['sum'],
  colors: { '.*dead.*': 'dark-red', '.*retry.*': 'dark-orange' },
});

const waiting = table({
  title: 'Messages that are not delivered',
  description: 'Messages that wait or were given up, the oldest first, with the last error. `impact deliveries redeliver` sends one again.',
  ask: postgres(`SELECT created_at AS "Since", channel AS "Channel", target AS "To", subject AS "About", state AS "State", attempts AS "Attempts", last_error AS "Error"
FROM outbox
WHERE state IN ('pending', 'dead')
ORDER BY created_at
LIMIT 100`),
  width: 12,
  columns: { Since: moment, Attempts: level(highIsBad(3, 8), 'none') },
});

export const alerts = dashboard({
  uid: 'impact-alerts',
  title: 'Alerts',
  description: 'What fires, what fired and how long it took, and whether people were told.',
  from: 'now-7d',
  refresh: '30s',
  variables: ['tenant', 'feature'],
  sections: [
    { title: 'Now', panels: [firingStat(6), opened, unacknowledged, undelivered, firingTable(24)] },
    { title: 'Over the time range', panels: [transitions, rules, latest] },
    { title: 'Notifications', panels: [deliveries, waiting] },
  ],
});
