-- Events that a replay has read again from Kafka for days whose raw rows have expired. Emptied when the replay is done.
CREATE TABLE IF NOT EXISTS {{local replay_events}} AS {{local events}}
ENGINE = {{engine ReplacingMergeTree(version)}}
PARTITION BY toMonday(minute)
ORDER BY (tenant, feature, minute, event_id)
SETTINGS index_granularity = 2048;

{{distributed replay_events}};
