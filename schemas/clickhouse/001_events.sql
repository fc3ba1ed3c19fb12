-- One row per event. The same (tenant, feature, minute, event_id) is the same event; the row with the greatest version is what holds
-- (src/domain/version.ts). Weekly partitions: a flush of months of history stays below 100 partitions, and the TTL drops whole parts.
CREATE TABLE IF NOT EXISTS {{local events}}
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
ENGINE = {{engine ReplacingMergeTree(version)}}
PARTITION BY toMonday(minute)
ORDER BY (tenant, feature, minute, event_id)
SETTINGS index_granularity = 2048, ttl_only_drop_parts = 1;

{{distributed events}};

-- Ids that came with two payloads at one revision. The first delivery holds; a person decides what to make of the other.
CREATE TABLE IF NOT EXISTS {{local event_conflicts}}
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
ENGINE = {{engine ReplacingMergeTree(found_at)}}
ORDER BY (tenant, feature, minute, event_id, revision);

{{distributed event_conflicts}};
