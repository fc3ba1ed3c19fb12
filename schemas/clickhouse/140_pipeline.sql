-- Samples of every stage's lag, one row for each partition and slot of five seconds: members that sample the same slot write the same key.
-- committed_offset is -1 where the stage has not committed yet; event_lag_seconds is known only where the stage reports its event time.
CREATE TABLE IF NOT EXISTS {{local pipeline_lag}}
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
ENGINE = {{engine ReplacingMergeTree(end_offset)}}
PARTITION BY toDate(sampled_at)
ORDER BY (sampled_at, stage, topic, partition)
TTL sampled_at + INTERVAL 7 DAY
SETTINGS ttl_only_drop_parts = 1;

{{distributed pipeline_lag by cityHash64(stage, topic, partition)}};

CREATE OR REPLACE VIEW {{local pipeline_lag_final}} AS
SELECT * FROM {{local pipeline_lag}} FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

{{distributed pipeline_lag_final by cityHash64(stage, topic, partition)}};

-- What the store wrote in each slot: live rows, in how many flushes, and how long they took from Kafka to here.
CREATE TABLE IF NOT EXISTS {{local pipeline_freshness}}
(
    sampled_at DateTime('UTC'),
    topic LowCardinality(String),
    n UInt64,
    flushes UInt64,
    delay_p50_seconds Float64,
    delay_p99_seconds Float64,
    delay_max_seconds Float64
)
ENGINE = {{engine ReplacingMergeTree(n)}}
PARTITION BY toDate(sampled_at)
ORDER BY (sampled_at, topic)
TTL sampled_at + INTERVAL 7 DAY
SETTINGS ttl_only_drop_parts = 1;

{{distributed pipeline_freshness by cityHash64(topic)}};

CREATE OR REPLACE VIEW {{local pipeline_freshness_final}} AS
SELECT * FROM {{local pipeline_freshness}} FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

{{distributed pipeline_freshness_final by cityHash64(topic)}};
