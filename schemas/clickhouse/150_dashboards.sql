-- The rollup tier that fits a step, for dashboards: rollup_series(step = SECONDS). Only the tier whose condition holds is read.
-- In a cluster the tiers are tables over all shards, so this view needs none of its own there.
CREATE OR REPLACE VIEW {{database}}.rollup_series AS
SELECT toStartOfInterval(bucket, toIntervalSecond({step:UInt32})) AS time, * FROM {{database}}.rollup_1m_active WHERE {step:UInt32} < 3600
UNION ALL
SELECT toStartOfInterval(bucket, toIntervalSecond({step:UInt32})) AS time, * FROM {{database}}.rollup_1h_active WHERE {step:UInt32} >= 3600 AND {step:UInt32} < 86400
UNION ALL
SELECT toStartOfInterval(bucket, toIntervalSecond({step:UInt32})) AS time, * FROM {{database}}.rollup_1d_active WHERE {step:UInt32} >= 86400;

-- What a tenant's feature was worth and cost on a UTC day, by the formulas of src/domain/roi.ts (a test holds the two together):
-- satisfaction is worth 5,000 US dollars a year for each point of the day's mean above 88.
CREATE OR REPLACE VIEW {{database}}.daily_value AS
SELECT
    bucket AS day,
    tenant,
    feature,
    sumIf(n, metric != 'cost_usd') AS events,
    toFloat64(sumIf(rollup.value_usd, metric != 'cost_usd'))
        + if(sumIf(n, metric = 'match_satisfaction_score') = 0, 0,
            (sumIf(sum, metric = 'match_satisfaction_score') / sumIf(n, metric = 'match_satisfaction_score') - 88) * 5000 / 365) AS value_usd,
    toFloat64(-sumIf(rollup.value_usd, metric = 'cost_usd')) AS cost_usd
FROM {{database}}.rollup_1d_active AS rollup
GROUP BY day, tenant, feature;

-- The same for a whole period, as the API values it: satisfaction by each tenant's mean over the period. period_value(from = SECONDS, until = SECONDS),
-- `from` at the start of a UTC day; `until` is not part of it.
CREATE OR REPLACE VIEW {{database}}.period_value AS
SELECT
    tenant,
    feature,
    sumIf(n, metric != 'cost_usd') AS events,
    toFloat64(sumIf(rollup.value_usd, metric != 'cost_usd'))
        + if(sumIf(n, metric = 'match_satisfaction_score') = 0, 0,
            (sumIf(sum, metric = 'match_satisfaction_score') / sumIf(n, metric = 'match_satisfaction_score') - 88) * 5000
                * (toFloat64({until:UInt32}) - {from:UInt32}) / 31536000) AS value_usd,
    toFloat64(-sumIf(rollup.value_usd, metric = 'cost_usd')) AS cost_usd
FROM {{database}}.rollup_1d_active AS rollup
WHERE bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({until:UInt32}, 'UTC')
GROUP BY tenant, feature;
