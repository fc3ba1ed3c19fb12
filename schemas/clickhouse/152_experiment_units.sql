-- What each unit had done up to the last moment before which everything is kept, summed up over its cells (151_experiment_cells.sql): the same
-- question, asked again on the same day, adds raw events of that day to it. All of it follows from cells and exposures and may be deleted at any
-- time. `series` names what was asked, `build` one summing up; only builds that stand in experiment_builds are read, and for a day at most.
-- A unit without a first exposure (0) is there for what it did before. Columns ending in `_post` come after the first exposure, `_pre` before it,
-- `_oldest` are the part of `_pre` that lies on its earliest day.
CREATE TABLE IF NOT EXISTS {{local experiment_units}}
(
    series UInt64,
    build UInt64,
    unit UInt64,
    first Int64,
    variant LowCardinality(String),
    stage LowCardinality(String),
    least LowCardinality(String),
    most LowCardinality(String),
    n_post Float64,
    n_pre Float64,
    n_oldest Float64,
    sum_post Float64,
    sum_pre Float64,
    sum_oldest Float64,
    positive_post Float64,
    positive_pre Float64,
    positive_oldest Float64,
    other_post Float64,
    kept_on Date DEFAULT today()
)
ENGINE = {{engine MergeTree}}
PARTITION BY kept_on
ORDER BY (series, build, unit)
TTL kept_on + INTERVAL 3 DAY
SETTINGS ttl_only_drop_parts = 1;

{{distributed experiment_units by series}};
