CREATE TABLE IF NOT EXISTS impact_shard.events
(
    tenant String,
    feature LowCardinality(String),
    minute DateTime('UTC'),
    event_id UUID,
    kind LowCardinality(String),
    revision UInt16,
    retracted Bool,
    version UInt128,
    occurred_at DateTime64(3, 'UTC'),
    user_id String,
    entity_id String,
    variant LowCardinality(String),
    source LowCardinality(String),
    metrics Array(LowCardinality(String)),
    values Array(Float64),
    values_usd Array(Decimal(18, 6)),
    attributes Map(LowCardinality(String), String),
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    recorded_at DateTime64(3, 'UTC'),
    payload_hash UInt64 DEFAULT cityHash64(kind, occurred_at, retracted, user_id, entity_id, variant, source, metrics, values, values_usd, attributes),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    INDEX event_ids event_id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toMonday(minute)
ORDER BY (tenant, feature, minute, event_id)
SETTINGS index_granularity = 2048, ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS impact.events AS impact_shard.events ENGINE = Distributed('impact', 'impact_shard', 'events', cityHash64(tenant));

CREATE TABLE IF NOT EXISTS impact_shard.event_conflicts
(
    tenant String,
    feature LowCardinality(String),
    minute DateTime('UTC'),
    event_id UUID,
    revision UInt16,
    payload_hashes Array(UInt64),
    kept_from String,
    found_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(found_at)
ORDER BY (tenant, feature, minute, event_id, revision);

CREATE TABLE IF NOT EXISTS impact.event_conflicts AS impact_shard.event_conflicts ENGINE = Distributed('impact', 'impact_shard', 'event_conflicts', cityHash64(tenant));

CREATE TABLE IF NOT EXISTS impact_shard.epochs
(
    tenant String,
    day Date,
    active UInt32,
    building UInt32,
    highest UInt32,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tenant, day);

CREATE TABLE IF NOT EXISTS impact.epochs AS impact_shard.epochs ENGINE = Distributed('impact', 'impact_shard', 'epochs', cityHash64(tenant));

CREATE TABLE IF NOT EXISTS impact_shard.rollup_1m
(
    tenant String,
    feature LowCardinality(String),
    metric LowCardinality(String),
    variant LowCardinality(String),
    bucket DateTime('UTC'),
    epoch UInt32,
    n UInt64,
    sum Float64,
    sum_squares Float64,
    min Float64,
    max Float64,
    value_usd Decimal(38, 6),
    quantiles AggregateFunction(quantileDD(0.01), Float64),
    users AggregateFunction(uniqCombined64(12), String),
    version UInt256
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toMonday(bucket)
ORDER BY (tenant, feature, metric, variant, bucket, epoch)
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS impact.rollup_1m AS impact_shard.rollup_1m ENGINE = Distributed('impact', 'impact_shard', 'rollup_1m', cityHash64(tenant));

CREATE TABLE IF NOT EXISTS impact_shard.rollup_1h
(
    tenant String,
    feature LowCardinality(String),
    metric LowCardinality(String),
    variant LowCardinality(String),
    bucket DateTime('UTC'),
    epoch UInt32,
    n UInt64,
    sum Float64,
    sum_squares Float64,
    min Float64,
    max Float64,
    value_usd Decimal(38, 6),
    quantiles AggregateFunction(quantileDD(0.01), Float64),
    users AggregateFunction(uniqCombined64(12), String),
    version UInt256
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(bucket)
ORDER BY (tenant, feature, metric, variant, bucket, epoch)
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS impact.rollup_1h AS impact_shard.rollup_1h ENGINE = Distributed('impact', 'impact_shard', 'rollup_1h', cityHash64(tenant));

CREATE TABLE IF NOT EXISTS impact_shard.rollup_1d
(
    tenant String,
    feature LowCardinality(String),
    metric LowCardinality(String),
    variant LowCardinality(String),
    bucket DateTime('UTC'),
    epoch UInt32,
    n UInt64,
    sum Float64,
    sum_squares Float64,
    min Float64,
    max Float64,
    value_usd Decimal(38, 6),
    quantiles AggregateFunction(quantileDD(0.01), Float64),
    users AggregateFunction(uniqCombined64(12), String),
    version UInt256
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYear(bucket)
ORDER BY (tenant, feature, metric, variant, bucket, epoch)
SETTINGS index_granularity = 1024;

CREATE TABLE IF NOT EXISTS impact.rollup_1d AS impact_shard.rollup_1d ENGINE = Distributed('impact', 'impact_shard', 'rollup_1d', cityHash64(tenant));

CREATE OR REPLACE VIEW impact_shard.events_active AS
SELECT * EXCEPT (version)
FROM impact_shard.events FINAL
WHERE NOT retracted
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE TABLE IF NOT EXISTS impact.events_active AS impact_shard.events_active ENGINE = Distributed('impact', 'impact_shard', 'events_active', cityHash64(tenant));

CREATE OR REPLACE VIEW impact_shard.rollup_1m_active AS
SELECT * EXCEPT (epoch, version)
FROM impact_shard.rollup_1m FINAL
WHERE n > 0 AND if(
    (tenant, toDate(bucket)) IN (SELECT tenant, day FROM impact_shard.epochs FINAL WHERE active > 0),
    (tenant, toDate(bucket), epoch) IN (SELECT tenant, day, active FROM impact_shard.epochs FINAL WHERE active > 0),
    epoch = 0)
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE TABLE IF NOT EXISTS impact.rollup_1m_active AS impact_shard.rollup_1m_active ENGINE = Distributed('impact', 'impact_shard', 'rollup_1m_active', cityHash64(tenant));

CREATE OR REPLACE VIEW impact_shard.rollup_1h_active AS
SELECT * EXCEPT (epoch, version)
FROM impact_shard.rollup_1h FINAL
WHERE n > 0 AND if(
    (tenant, toDate(bucket)) IN (SELECT tenant, day FROM impact_shard.epochs FINAL WHERE active > 0),
    (tenant, toDate(bucket), epoch) IN (SELECT tenant, day, active FROM impact_shard.epochs FINAL WHERE active > 0),
    epoch = 0)
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE TABLE IF NOT EXISTS impact.rollup_1h_active AS impact_shard.rollup_1h_active ENGINE = Distributed('impact', 'impact_shard', 'rollup_1h_active', cityHash64(tenant));

CREATE OR REPLACE VIEW impact_shard.rollup_1d_active AS
SELECT * EXCEPT (epoch, version)
FROM impact_shard.rollup_1d FINAL
WHERE n > 0 AND if(
    (tenant, toDate(bucket)) IN (SELECT tenant, day FROM impact_shard.epochs FINAL WHERE active > 0),
    (tenant, toDate(bucket), epoch) IN (SELECT tenant, day, active FROM impact_shard.epochs FINAL WHERE active > 0),
    epoch = 0)
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE TABLE IF NOT EXISTS impact.rollup_1d_active AS impact_shard.rollup_1d_active ENGINE = Distributed('impact', 'impact_shard', 'rollup_1d_active', cityHash64(tenant));

CREATE TABLE IF NOT EXISTS impact_shard.replay_events AS impact_shard.events
ENGINE = ReplacingMergeTree(version)
PARTITION BY toMonday(minute)
ORDER BY (tenant, feature, minute, event_id)
SETTINGS index_granularity = 2048;

CREATE TABLE IF NOT EXISTS impact.replay_events AS impact_shard.replay_events ENGINE = Distributed('impact', 'impact_shard', 'replay_events', cityHash64(tenant));

CREATE TABLE IF NOT EXISTS impact_shard.alerts
(
    transition_id String,
    alert_id String,
    fingerprint String,
    ordinal UInt32,
    rule LowCardinality(String),
    rule_version UInt32,
    title String,
    severity LowCardinality(String),
    previous_severity LowCardinality(String),
    state LowCardinality(String),
    transition LowCardinality(String),
    reason LowCardinality(String),
    scope LowCardinality(String),
    tenant String,
    feature LowCardinality(String),
    metric LowCardinality(String),
    statistic LowCardinality(String),
    value Nullable(Float64),
    previous_value Nullable(Float64),
    comparison LowCardinality(String),
    threshold Float64,
    window_start DateTime64(3, 'UTC'),
    window_end DateTime64(3, 'UTC'),
    n UInt64,
    opened_at DateTime64(3, 'UTC'),
    runbook String,
    recorded_at DateTime64(3, 'UTC'),
    partition UInt32,
    offset UInt64,
    INDEX by_time window_end TYPE minmax
)
ENGINE = ReplacingMergeTree(offset)
ORDER BY (tenant, alert_id, ordinal, transition_id)
TTL toDateTime(recorded_at) + INTERVAL 730 DAY
SETTINGS index_granularity = 1024;

CREATE TABLE IF NOT EXISTS impact.alerts AS impact_shard.alerts ENGINE = Distributed('impact', 'impact_shard', 'alerts', cityHash64(tenant));

CREATE OR REPLACE VIEW impact_shard.alerts_final AS
SELECT * FROM impact_shard.alerts FINAL;

CREATE TABLE IF NOT EXISTS impact.alerts_final AS impact_shard.alerts_final ENGINE = Distributed('impact', 'impact_shard', 'alerts_final', cityHash64(tenant));

CREATE OR REPLACE VIEW impact_shard.alerts_latest AS
SELECT * FROM impact_shard.alerts FINAL
ORDER BY alert_id, ordinal DESC
LIMIT 1 BY alert_id;

CREATE TABLE IF NOT EXISTS impact.alerts_latest AS impact_shard.alerts_latest ENGINE = Distributed('impact', 'impact_shard', 'alerts_latest', cityHash64(tenant));

CREATE OR REPLACE VIEW impact_shard.alerts_firing AS
SELECT * FROM impact_shard.alerts_latest
WHERE state = 'firing';

CREATE TABLE IF NOT EXISTS impact.alerts_firing AS impact_shard.alerts_firing ENGINE = Distributed('impact', 'impact_shard', 'alerts_firing', cityHash64(tenant));

CREATE TABLE IF NOT EXISTS impact_shard.dead_letters
(
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    step LowCardinality(String),
    reason LowCardinality(String),
    message String,
    field String,
    schema_id Nullable(Int64),
    version LowCardinality(String),
    attempt UInt32,
    tenant String,
    feature String,
    key String,
    size_bytes UInt64,
    produced_at DateTime64(3, 'UTC'),
    dead_lettered_at DateTime64(3, 'UTC'),
    letter_partition UInt32,
    letter_offset UInt64,
    INDEX by_time dead_lettered_at TYPE minmax
)
ENGINE = ReplacingMergeTree(letter_offset)
ORDER BY (topic, partition, offset, step)
TTL toDateTime(dead_lettered_at) + INTERVAL 90 DAY
SETTINGS index_granularity = 1024;

CREATE TABLE IF NOT EXISTS impact.dead_letters AS impact_shard.dead_letters ENGINE = Distributed('impact', 'impact_shard', 'dead_letters', cityHash64(topic, partition, offset));

CREATE OR REPLACE VIEW impact_shard.dead_letters_final AS
SELECT * FROM impact_shard.dead_letters FINAL;

CREATE TABLE IF NOT EXISTS impact.dead_letters_final AS impact_shard.dead_letters_final ENGINE = Distributed('impact', 'impact_shard', 'dead_letters_final', cityHash64(topic, partition, offset));

CREATE TABLE IF NOT EXISTS impact_shard.late_events
(
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    stage LowCardinality(String),
    late_by_seconds Float64,
    tenant String,
    feature String,
    key String,
    size_bytes UInt64,
    produced_at DateTime64(3, 'UTC'),
    reported_at DateTime64(3, 'UTC'),
    late_partition UInt32,
    late_offset UInt64,
    INDEX by_time reported_at TYPE minmax
)
ENGINE = ReplacingMergeTree(late_offset)
ORDER BY (topic, partition, offset, stage)
TTL toDateTime(reported_at) + INTERVAL 90 DAY
SETTINGS index_granularity = 1024;

CREATE TABLE IF NOT EXISTS impact.late_events AS impact_shard.late_events ENGINE = Distributed('impact', 'impact_shard', 'late_events', cityHash64(topic, partition, offset));

CREATE OR REPLACE VIEW impact_shard.late_events_final AS
SELECT * FROM impact_shard.late_events FINAL;

CREATE TABLE IF NOT EXISTS impact.late_events_final AS impact_shard.late_events_final ENGINE = Distributed('impact', 'impact_shard', 'late_events_final', cityHash64(topic, partition, offset));

CREATE TABLE IF NOT EXISTS impact_shard.pipeline_lag
(
    sampled_at DateTime('UTC'),
    stage LowCardinality(String),
    topic LowCardinality(String),
    partition UInt32,
    committed_offset Int64,
    end_offset Int64,
    lag UInt64,
    event_lag_seconds Nullable(Float64)
)
ENGINE = ReplacingMergeTree(end_offset)
PARTITION BY toDate(sampled_at)
ORDER BY (sampled_at, stage, topic, partition)
TTL sampled_at + INTERVAL 7 DAY
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS impact.pipeline_lag AS impact_shard.pipeline_lag ENGINE = Distributed('impact', 'impact_shard', 'pipeline_lag', cityHash64(stage, topic, partition));

CREATE OR REPLACE VIEW impact_shard.pipeline_lag_final AS
SELECT * FROM impact_shard.pipeline_lag FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE TABLE IF NOT EXISTS impact.pipeline_lag_final AS impact_shard.pipeline_lag_final ENGINE = Distributed('impact', 'impact_shard', 'pipeline_lag_final', cityHash64(stage, topic, partition));

CREATE TABLE IF NOT EXISTS impact_shard.pipeline_freshness
(
    sampled_at DateTime('UTC'),
    topic LowCardinality(String),
    n UInt64,
    flushes UInt64,
    delay_p50_seconds Float64,
    delay_p99_seconds Float64,
    delay_max_seconds Float64
)
ENGINE = ReplacingMergeTree(n)
PARTITION BY toDate(sampled_at)
ORDER BY (sampled_at, topic)
TTL sampled_at + INTERVAL 7 DAY
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS impact.pipeline_freshness AS impact_shard.pipeline_freshness ENGINE = Distributed('impact', 'impact_shard', 'pipeline_freshness', cityHash64(topic));

CREATE OR REPLACE VIEW impact_shard.pipeline_freshness_final AS
SELECT * FROM impact_shard.pipeline_freshness FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE TABLE IF NOT EXISTS impact.pipeline_freshness_final AS impact_shard.pipeline_freshness_final ENGINE = Distributed('impact', 'impact_shard', 'pipeline_freshness_final', cityHash64(topic));

ALTER TABLE impact_shard.events ADD INDEX IF NOT EXISTS by_stored_at stored_at TYPE minmax;

CREATE OR REPLACE VIEW impact.rollup_series AS
SELECT toStartOfInterval(bucket, toIntervalSecond({step:UInt32})) AS time, * FROM impact.rollup_1m_active WHERE {step:UInt32} < 3600
UNION ALL
SELECT toStartOfInterval(bucket, toIntervalSecond({step:UInt32})) AS time, * FROM impact.rollup_1h_active WHERE {step:UInt32} >= 3600 AND {step:UInt32} < 86400
UNION ALL
SELECT toStartOfInterval(bucket, toIntervalSecond({step:UInt32})) AS time, * FROM impact.rollup_1d_active WHERE {step:UInt32} >= 86400;

CREATE OR REPLACE VIEW impact.daily_value AS
SELECT
    bucket AS day,
    tenant,
    feature,
    sumIf(n, metric != 'cost_usd') AS events,
    toFloat64(sumIf(rollup.value_usd, metric != 'cost_usd'))
        + if(sumIf(n, metric = 'match_satisfaction_score') = 0, 0,
            (sumIf(sum, metric = 'match_satisfaction_score') / sumIf(n, metric = 'match_satisfaction_score') - 88) * 5000 / 365) AS value_usd,
    toFloat64(-sumIf(rollup.value_usd, metric = 'cost_usd')) AS cost_usd
FROM impact.rollup_1d_active AS rollup
GROUP BY day, tenant, feature;

CREATE OR REPLACE VIEW impact.period_value AS
SELECT
    tenant,
    feature,
    sumIf(n, metric != 'cost_usd') AS events,
    toFloat64(sumIf(rollup.value_usd, metric != 'cost_usd'))
        + if(sumIf(n, metric = 'match_satisfaction_score') = 0, 0,
            (sumIf(sum, metric = 'match_satisfaction_score') / sumIf(n, metric = 'match_satisfaction_score') - 88) * 5000
                * (toFloat64({until:UInt32}) - {from:UInt32}) / 31536000) AS value_usd,
    toFloat64(-sumIf(rollup.value_usd, metric = 'cost_usd')) AS cost_usd
FROM impact.rollup_1d_active AS rollup
WHERE bucket >= toDateTime({from:UInt32}, 'UTC') AND bucket < toDateTime({until:UInt32}, 'UTC')
GROUP BY tenant, feature;

CREATE TABLE IF NOT EXISTS impact_shard.experiment_builds
(
    series UInt64,
    build UInt64,
    part_from DateTime('UTC'),
    part_to DateTime('UTC'),
    stamp String,
    kept_at DateTime('UTC') DEFAULT now('UTC')
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(kept_at)
ORDER BY (series, part_from, build)
TTL kept_at + INTERVAL 30 DAY;

CREATE TABLE IF NOT EXISTS impact.experiment_builds AS impact_shard.experiment_builds ENGINE = Distributed('impact', 'impact_shard', 'experiment_builds', series);

CREATE TABLE IF NOT EXISTS impact_shard.experiment_exposures
(
    series UInt64,
    build UInt64,
    unit UInt64,
    first Int64,
    variant LowCardinality(String),
    stage LowCardinality(String),
    least LowCardinality(String),
    most LowCardinality(String),
    kept_on Date DEFAULT today()
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(kept_on)
ORDER BY (series, build, unit)
TTL kept_on + INTERVAL 40 DAY
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS impact.experiment_exposures AS impact_shard.experiment_exposures ENGINE = Distributed('impact', 'impact_shard', 'experiment_exposures', series);

CREATE TABLE IF NOT EXISTS impact_shard.experiment_cells
(
    series UInt64,
    unit UInt64,
    builds SimpleAggregateFunction(groupArrayArray, Array(UInt64)),
    n_before SimpleAggregateFunction(groupArrayArray, Array(UInt32)),
    n_after SimpleAggregateFunction(groupArrayArray, Array(UInt32)),
    sum_before SimpleAggregateFunction(groupArrayArray, Array(Float64)),
    sum_after SimpleAggregateFunction(groupArrayArray, Array(Float64)),
    positive_before SimpleAggregateFunction(groupArrayArray, Array(UInt32)),
    positive_after SimpleAggregateFunction(groupArrayArray, Array(UInt32)),
    other_before SimpleAggregateFunction(groupArrayArray, Array(Float64)),
    other_after SimpleAggregateFunction(groupArrayArray, Array(Float64)),
    kept_on SimpleAggregateFunction(max, Date) DEFAULT today()
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(kept_on)
ORDER BY (series, unit)
TTL kept_on + INTERVAL 40 DAY
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS impact.experiment_cells AS impact_shard.experiment_cells ENGINE = Distributed('impact', 'impact_shard', 'experiment_cells', series);

CREATE TABLE IF NOT EXISTS impact_shard.experiment_units
(
    series UInt64,
    build UInt64,
    unit UInt64,
    first Int64,
    variant LowCardinality(String),
    stage LowCardinality(String),
    least LowCardinality(String),
    most LowCardinality(String),
    n_post Float64,
    n_pre Float64,
    n_oldest Float64,
    sum_post Float64,
    sum_pre Float64,
    sum_oldest Float64,
    positive_post Float64,
    positive_pre Float64,
    positive_oldest Float64,
    other_post Float64,
    kept_on Date DEFAULT today()
)
ENGINE = MergeTree
PARTITION BY kept_on
ORDER BY (series, build, unit)
TTL kept_on + INTERVAL 3 DAY
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS impact.experiment_units AS impact_shard.experiment_units ENGINE = Distributed('impact', 'impact_shard', 'experiment_units', series);

CREATE TABLE IF NOT EXISTS impact_shard.experiment_values
(
    series UInt64,
    unit UInt64,
    builds SimpleAggregateFunction(groupArrayArray, Array(UInt64)),
    values_before SimpleAggregateFunction(groupArrayArray, Array(Array(Float64))),
    values_after SimpleAggregateFunction(groupArrayArray, Array(Array(Float64))),
    kept_on SimpleAggregateFunction(max, Date) DEFAULT today()
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(kept_on)
ORDER BY (series, unit)
TTL kept_on + INTERVAL 40 DAY
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS impact.experiment_values AS impact_shard.experiment_values ENGINE = Distributed('impact', 'impact_shard', 'experiment_values', series);

CREATE TABLE IF NOT EXISTS impact_shard.cost_events
(
    tenant String,
    feature LowCardinality(String),
    minute DateTime('UTC'),
    event_id UUID,
    revision UInt16,
    retracted Bool,
    version UInt128,
    occurred_at DateTime64(3, 'UTC'),
    source LowCardinality(String),
    entity_id String,
    category LowCardinality(String),
    description String,
    amount_usd Decimal(18, 6)
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYear(minute)
ORDER BY (tenant, feature, minute, event_id)
SETTINGS index_granularity = 2048;

CREATE TABLE IF NOT EXISTS impact.cost_events AS impact_shard.cost_events ENGINE = Distributed('impact', 'impact_shard', 'cost_events', cityHash64(tenant));

CREATE MATERIALIZED VIEW IF NOT EXISTS impact_shard.cost_events_feed TO impact_shard.cost_events AS
SELECT tenant, feature, minute, event_id, revision, retracted, version, occurred_at, source, entity_id,
    attributes['category'] AS category, attributes['description'] AS description, -arrayElement(values_usd, 1) AS amount_usd
FROM impact_shard.events
WHERE kind = 'operating-costs';

INSERT INTO impact_shard.cost_events
SELECT tenant, feature, minute, event_id, revision, retracted, version, occurred_at, source, entity_id,
    attributes['category'] AS category, attributes['description'] AS description, -arrayElement(values_usd, 1) AS amount_usd
FROM impact_shard.events
WHERE kind = 'operating-costs';

CREATE OR REPLACE VIEW impact_shard.cost_events_active AS
SELECT * EXCEPT (version)
FROM impact_shard.cost_events FINAL
WHERE NOT retracted
SETTINGS do_not_merge_across_partitions_select_final = 1;

CREATE TABLE IF NOT EXISTS impact.cost_events_active AS impact_shard.cost_events_active ENGINE = Distributed('impact', 'impact_shard', 'cost_events_active', cityHash64(tenant));

ALTER TABLE impact_shard.events MODIFY TTL minute + INTERVAL 92 DAY;

ALTER TABLE impact_shard.rollup_1m MODIFY TTL bucket + INTERVAL 92 DAY;

ALTER TABLE impact_shard.rollup_1h MODIFY TTL bucket + INTERVAL 732 DAY;
