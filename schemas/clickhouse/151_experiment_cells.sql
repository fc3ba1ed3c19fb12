-- What units did in parts of an experiment's time that are over, kept so that an analysis need not read their raw events again. All of it follows
-- from `events` and may be deleted at any time. `series` names what was asked (whose, which feature, unit, metric), `build` one keeping of one
-- part: its upper half is where the part begins, seconds since 1970. Nothing is ever updated: a part that has changed is kept anew under another
-- build, and only builds that stand in experiment_builds with the present stamp of their day are read.
CREATE TABLE IF NOT EXISTS {{local experiment_builds}}
(
    series UInt64,
    build UInt64,
    part_from DateTime('UTC'),
    part_to DateTime('UTC'),
    stamp String,
    kept_at DateTime('UTC') DEFAULT now('UTC')
)
ENGINE = {{engine MergeTree}}
PARTITION BY toYYYYMM(kept_at)
ORDER BY (series, part_from, build)
TTL kept_at + INTERVAL 30 DAY;

{{distributed experiment_builds by series}};

-- One row for each unit that chance gave a variant in a part: its first such exposure in it (ms), and the least and greatest variant it saw.
CREATE TABLE IF NOT EXISTS {{local experiment_exposures}}
(
    series UInt64,
    build UInt64,
    unit UInt64,
    first Int64,
    variant LowCardinality(String),
    stage LowCardinality(String),
    least LowCardinality(String),
    most LowCardinality(String),
    kept_on Date DEFAULT today()
)
ENGINE = {{engine MergeTree}}
PARTITION BY toYYYYMM(kept_on)
ORDER BY (series, build, unit)
TTL kept_on + INTERVAL 40 DAY
SETTINGS ttl_only_drop_parts = 1;

{{distributed experiment_exposures by series}};

-- A unit's measurements, in cells: one element of each array for each build. Merges put the cells of a unit into one row, which is what makes
-- reading cheap: no cell need be looked up. Columns ending in `_before` and `_after` are about the unit's first exposure in the part; a unit
-- without one has everything in `_before`. `positive`: measurements above 0; `other`: sum of the metric that divides.
CREATE TABLE IF NOT EXISTS {{local experiment_cells}}
(
    series UInt64,
    unit UInt64,
    builds SimpleAggregateFunction(groupArrayArray, Array(UInt64)),
    n_before SimpleAggregateFunction(groupArrayArray, Array(UInt32)),
    n_after SimpleAggregateFunction(groupArrayArray, Array(UInt32)),
    sum_before SimpleAggregateFunction(groupArrayArray, Array(Float64)),
    sum_after SimpleAggregateFunction(groupArrayArray, Array(Float64)),
    positive_before SimpleAggregateFunction(groupArrayArray, Array(UInt32)),
    positive_after SimpleAggregateFunction(groupArrayArray, Array(UInt32)),
    other_before SimpleAggregateFunction(groupArrayArray, Array(Float64)),
    other_after SimpleAggregateFunction(groupArrayArray, Array(Float64)),
    kept_on SimpleAggregateFunction(max, Date) DEFAULT today()
)
ENGINE = {{engine AggregatingMergeTree}}
PARTITION BY toYYYYMM(kept_on)
ORDER BY (series, unit)
TTL kept_on + INTERVAL 40 DAY
SETTINGS ttl_only_drop_parts = 1;

{{distributed experiment_cells by series}};
