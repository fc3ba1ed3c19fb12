/** Rollouts and experiments: where each flag stands, what changed it and why, and how the variants differ. */
import { clickhouse, postgres } from './ask.ts';
import { dashboard } from './frame.ts';
import { errorRateLevels, highIsBad, rolloutStates } from './look.ts';
import { badge, chart, count, moment, number, percent, stat, table } from './panel.ts';
import { ofProduct, series, whole } from './sql.ts';

const one = (title: string, description: string, sql: string, levels: Parameters<typeof stat>[0]['levels'] = [['text', null]]) =>
  stat({ title, description, ask: postgres(sql), width: 6, unit: 'none', decimals: 0, levels, coloured: levels.length > 1 });

const glance = [
  one(
    'Rollouts under way',
    'Rollouts that are running, paused or waiting for an approval, at this moment.',
    `SELECT count(*) AS "Under way" FROM rollouts WHERE status IN ('running', 'paused', 'waiting_for_approval')`,
  ),
  one(
    'Waiting for approval',
    'Rollouts whose gates are met and that wait for a person: `impact rollout approve`.',
    `SELECT count(*) AS "Waiting" FROM rollouts WHERE status = 'waiting_for_approval'`,
    highIsBad(1, 1000),
  ),
  one(
    'Rolled back',
    'Changes in the time range that took a feature away, by the guard or by a person.',
    `SELECT count(*) AS "Rolled back" FROM flag_changes WHERE $__timeFilter(changed_at) AND kind = 'stage_changed' AND after ->> 'stage' = 'disabled'`,
    highIsBad(1, 1),
  ),
  one(
    'Flag changes',
    'Changes of flags of any kind in the time range.',
    'SELECT count(*) AS "Changes" FROM flag_changes WHERE $__timeFilter(changed_at)',
  ),
];

const flags = table({
  title: 'Flags',
  description: 'Every flag that is not archived: its stage, the limits beyond which it is rolled back, and its target.',
  ask: postgres(`SELECT id AS "Flag", document ->> 'featureId' AS "Feature", document ->> 'stage' AS "Stage", document ->> 'owner' AS "Owner",
  (document ->> 'roiTargetUsd')::numeric AS "Target a year", (document ->> 'errorRateThresholdPercent')::numeric AS "Error limit", (document ->> 'latencyThresholdMs')::numeric AS "Latency limit",
  (document ->> 'metricDropThresholdPercent')::numeric AS "Drop limit", version AS "Version", updated_at AS "Changed"
FROM flags
WHERE document IS NOT NULL AND NOT coalesce((document ->> 'archived')::boolean, false)
ORDER BY id`),
  width: 24,
  columns: {
    'Target a year': [{ id: 'unit', value: 'currencyUSD' }],
    'Error limit': percent,
    'Latency limit': [{ id: 'unit', value: 'ms' }],
    'Drop limit': percent,
    Version: number(0),
    Changed: moment,
  },
});

const rollouts = table({
  title: 'Rollouts',
  description:
    'Every rollout plan and where it is. Its gates, met and missing, are in `impact rollout show FLAG` and on the web dashboard.',
  ask: postgres(
    `SELECT flag_id AS "Flag", status AS "Status", state ->> 'stage' AS "Stage", run AS "Run", evaluated_at AS "Looked at", updated_at AS "Changed"\nFROM rollouts\nORDER BY updated_at DESC`,
  ),
  width: 10,
  columns: { Status: badge(rolloutStates), Run: number(0), 'Looked at': moment, Changed: moment },
});

const stepsTaken = table({
  title: 'Steps of rollouts',
  description: 'What happened to rollouts in the time range: who or what moved them, from which stage to which, and why.',
  ask: postgres(`SELECT made_at AS "At", flag_id AS "Flag", kind AS "Step", from_stage AS "From", to_stage AS "To", made_by AS "By", reason AS "Reason", outcome AS "Outcome"
FROM rollout_steps
WHERE $__timeFilter(made_at)
ORDER BY made_at DESC
LIMIT 200`),
  width: 14,
  columns: { At: moment },
});

const changes = table({
  title: 'Changes of flags',
  description: 'The audit of the time range, the newest first: who changed what, and why. The guard signs as `guard`.',
  ask: postgres(`SELECT changed_at AS "At", flag_id AS "Flag", kind AS "Change", before ->> 'stage' AS "From", after ->> 'stage' AS "To", changed_by AS "By", reason AS "Reason"
FROM flag_changes
WHERE $__timeFilter(changed_at)
ORDER BY changed_at DESC
LIMIT 200`),
  width: 24,
  columns: { At: moment },
});

const inExperiment = `variant IN ('control', 'treatment') AND $__timeFilter(bucket)\n  AND ${ofProduct}`;

const variants = table({
  title: 'Treatment against control, as observed',
  description:
    'Means of both variants and the observed lift over the time range. Whether a difference is more than chance is not judged here: ask `impact experiments run`, which aggregates by unit and stratifies by stage.',
  ask: clickhouse(`SELECT feature AS "Feature", metric AS "Metric", sumIf(n, variant = 'control') AS "Control n", sumIf(n, variant = 'treatment') AS "Treatment n",
  sumIf(sum, variant = 'control') / nullIf(sumIf(n, variant = 'control'), 0) AS "Control", sumIf(sum, variant = 'treatment') / nullIf(sumIf(n, variant = 'treatment'), 0) AS "Treatment",
  100 * ("Treatment" - "Control") / nullIf(abs("Control"), 0) AS "Lift"
FROM ${whole}
WHERE metric != 'cost_usd' AND ${inExperiment}
GROUP BY feature, metric
ORDER BY feature, metric
LIMIT 200`),
  width: 24,
  columns: { 'Control n': count, 'Treatment n': count, Control: number(3), Treatment: number(3), Lift: percent },
});

const errorsByVariant = chart({
  title: 'Error rate by variant',
  description:
    'Share of requests that failed, for each feature and variant: what the guard watches, here without its statistics. Dashed lines: 2 % and 5 %.',
  ask: clickhouse(
    `SELECT time, concat(feature, ' ', variant) AS arm, 100 * sum(sum) / sum(n) AS " "\nFROM ${series}\nWHERE metric = 'request_error' AND ${inExperiment}\nGROUP BY time, arm\nORDER BY time`,
  ),
  width: 12,
  unit: 'percent',
  min: 0,
  levels: errorRateLevels,
  lines: true,
});

const usersByVariant = chart({
  title: 'Users by variant',
  description:
    'Different users measured in each step, for each variant of an experiment (an estimate, within about 2 %). Arms of equal size should stay equal.',
  ask: clickhouse(
    `SELECT time, concat(feature, ' ', variant) AS arm, uniqCombined64Merge(12)(users) AS " "\nFROM ${series}\nWHERE metric != 'cost_usd' AND ${inExperiment}\nGROUP BY time, arm\nORDER BY time`,
  ),
  width: 12,
  unit: 'short',
  min: 0,
  interval: '1h',
});

export const rolloutsAndExperiments = dashboard({
  uid: 'impact-rollouts',
  title: 'Rollouts and experiments',
  description: 'Where each flag stands, what changed it and why, and how treatment and control differ.',
  from: 'now-7d',
  refresh: '30s',
  variables: ['tenant', 'feature', 'interval'],
  sections: [
    { title: 'At a glance', panels: glance },
    { title: 'Flags and rollouts', panels: [flags, rollouts, stepsTaken] },
    { title: 'Treatment and control', panels: [errorsByVariant, usersByVariant, variants] },
    { title: 'Audit', panels: [changes] },
  ],
});
