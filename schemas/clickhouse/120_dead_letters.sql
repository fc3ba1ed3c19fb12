-- Records that could not be used. A row is identified by where the original stands and by the step that refused it, so that a stage which
-- repeats its work after a crash sets the same record aside twice without counting it twice. The greatest letter_offset holds: the newest copy.
CREATE TABLE IF NOT EXISTS {{local dead_letters}}
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
ENGINE = {{engine ReplacingMergeTree(letter_offset)}}
ORDER BY (topic, partition, offset, step)
TTL toDateTime(dead_lettered_at) + INTERVAL 90 DAY
SETTINGS index_granularity = 1024;

{{distributed dead_letters by cityHash64(topic, partition, offset)}};

CREATE OR REPLACE VIEW {{local dead_letters_final}} AS
SELECT * FROM {{local dead_letters}} FINAL;

{{distributed dead_letters_final by cityHash64(topic, partition, offset)}};
