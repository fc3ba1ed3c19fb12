-- Cost events, kept for ever: rollups know what a day cost, and only these rows know which category it was, long after raw events have expired.
-- They are rows like those of `events`, not sums, so a repeated insert changes nothing, and a correction or a retraction wins by its version.
CREATE TABLE IF NOT EXISTS {{local cost_events}}
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
ENGINE = {{engine ReplacingMergeTree(version)}}
PARTITION BY toYear(minute)
ORDER BY (tenant, feature, minute, event_id)
SETTINGS index_granularity = 2048;

{{distributed cost_events}};

CREATE MATERIALIZED VIEW IF NOT EXISTS {{local cost_events_feed}} TO {{local cost_events}} AS
SELECT tenant, feature, minute, event_id, revision, retracted, version, occurred_at, source, entity_id,
    attributes['category'] AS category, attributes['description'] AS description, -arrayElement(values_usd, 1) AS amount_usd
FROM {{local events}}
WHERE kind = 'operating-costs';

-- What was stored before there was a feed. Running it again changes nothing.
INSERT INTO {{local cost_events}}
SELECT tenant, feature, minute, event_id, revision, retracted, version, occurred_at, source, entity_id,
    attributes['category'] AS category, attributes['description'] AS description, -arrayElement(values_usd, 1) AS amount_usd
FROM {{local events}}
WHERE kind = 'operating-costs';

CREATE OR REPLACE VIEW {{local cost_events_active}} AS
SELECT * EXCEPT (version)
FROM {{local cost_events}} FINAL
WHERE NOT retracted
SETTINGS do_not_merge_across_partitions_select_final = 1;

{{distributed cost_events_active}};
