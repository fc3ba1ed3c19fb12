-- The measurements themselves of a sample of units, for quantiles: as experiment_cells (151_experiment_cells.sql), with the values of a part in place of
-- their sums. `series` also names how large the sample is.
CREATE TABLE IF NOT EXISTS {{local experiment_values}}
(
    series UInt64,
    unit UInt64,
    builds SimpleAggregateFunction(groupArrayArray, Array(UInt64)),
    values_before SimpleAggregateFunction(groupArrayArray, Array(Array(Float64))),
    values_after SimpleAggregateFunction(groupArrayArray, Array(Array(Float64))),
    kept_on SimpleAggregateFunction(max, Date) DEFAULT today()
)
ENGINE = {{engine AggregatingMergeTree}}
PARTITION BY toYYYYMM(kept_on)
ORDER BY (series, unit)
TTL kept_on + INTERVAL 40 DAY
SETTINGS ttl_only_drop_parts = 1;

{{distributed experiment_values by series}};
