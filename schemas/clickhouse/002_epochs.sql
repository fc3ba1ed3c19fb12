-- Which generation of a tenant's day readers see, and which one a replay is building (0: none). No row: epoch 0 is active.
-- One insert of many rows is one part, so that a cutover of many days is atomic.
CREATE TABLE IF NOT EXISTS {{local epochs}}
(
    tenant String,
    day Date,
    active UInt32,
    building UInt32,
    highest UInt32,
    version UInt64
)
ENGINE = {{engine ReplacingMergeTree(version)}}
ORDER BY (tenant, day);

{{distributed epochs}};
