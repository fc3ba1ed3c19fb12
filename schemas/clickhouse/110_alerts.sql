-- Transitions of alerts as they stand on impact-alerts, for the API and for dashboards. transition_id is deterministic, so a transition that
-- is recorded again after a crash is the same row. tenant, feature, reason and previous_severity are '' where the topic says null.
CREATE TABLE IF NOT EXISTS {{local alerts}}
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
ENGINE = {{engine ReplacingMergeTree(offset)}}
ORDER BY (tenant, alert_id, ordinal, transition_id)
TTL toDateTime(recorded_at) + INTERVAL 730 DAY
SETTINGS index_granularity = 1024;

{{distributed alerts}};

-- Every transition, once.
CREATE OR REPLACE VIEW {{local alerts_final}} AS
SELECT * FROM {{local alerts}} FINAL;

{{distributed alerts_final}};

-- Every alert, as its newest transition left it.
CREATE OR REPLACE VIEW {{local alerts_latest}} AS
SELECT * FROM {{local alerts}} FINAL
ORDER BY alert_id, ordinal DESC
LIMIT 1 BY alert_id;

{{distributed alerts_latest}};

-- What fires at this moment.
CREATE OR REPLACE VIEW {{local alerts_firing}} AS
SELECT * FROM {{local alerts_latest}}
WHERE state = 'firing';

{{distributed alerts_firing}};
