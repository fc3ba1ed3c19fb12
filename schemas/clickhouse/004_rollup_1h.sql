-- Absolute aggregates of one hour (never increments), so that writing a row again changes nothing. The greatest version holds (docs/decisions).
CREATE TABLE IF NOT EXISTS {{local rollup_1h}}
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
ENGINE = {{engine ReplacingMergeTree(version)}}
PARTITION BY toYYYYMM(bucket)
ORDER BY (tenant, feature, metric, variant, bucket, epoch)
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1;

{{distributed rollup_1h}};
