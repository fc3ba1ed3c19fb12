-- Events that came too late for a window (stage `window`) or for the raw retention (stage `store`). Identified like dead letters.
CREATE TABLE IF NOT EXISTS {{local late_events}}
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
ENGINE = {{engine ReplacingMergeTree(late_offset)}}
ORDER BY (topic, partition, offset, stage)
TTL toDateTime(reported_at) + INTERVAL 90 DAY
SETTINGS index_granularity = 1024;

{{distributed late_events by cityHash64(topic, partition, offset)}};

CREATE OR REPLACE VIEW {{local late_events_final}} AS
SELECT * FROM {{local late_events}} FINAL;

{{distributed late_events_final by cityHash64(topic, partition, offset)}};
