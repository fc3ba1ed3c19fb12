-- What readers use: newest versions, active epochs, nothing retracted. They hide FINAL and the epochs from every query.
CREATE OR REPLACE VIEW {{local events_active}} AS
SELECT * EXCEPT (version)
FROM {{local events}} FINAL
WHERE NOT retracted
SETTINGS do_not_merge_across_partitions_select_final = 1;

{{distributed events_active}};

CREATE OR REPLACE VIEW {{local rollup_1m_active}} AS
SELECT * EXCEPT (epoch, version)
FROM {{local rollup_1m}} FINAL
WHERE n > 0 AND if(
    (tenant, toDate(bucket)) IN (SELECT tenant, day FROM {{local epochs}} FINAL WHERE active > 0),
    (tenant, toDate(bucket), epoch) IN (SELECT tenant, day, active FROM {{local epochs}} FINAL WHERE active > 0),
    epoch = 0)
SETTINGS do_not_merge_across_partitions_select_final = 1;

{{distributed rollup_1m_active}};

CREATE OR REPLACE VIEW {{local rollup_1h_active}} AS
SELECT * EXCEPT (epoch, version)
FROM {{local rollup_1h}} FINAL
WHERE n > 0 AND if(
    (tenant, toDate(bucket)) IN (SELECT tenant, day FROM {{local epochs}} FINAL WHERE active > 0),
    (tenant, toDate(bucket), epoch) IN (SELECT tenant, day, active FROM {{local epochs}} FINAL WHERE active > 0),
    epoch = 0)
SETTINGS do_not_merge_across_partitions_select_final = 1;

{{distributed rollup_1h_active}};

CREATE OR REPLACE VIEW {{local rollup_1d_active}} AS
SELECT * EXCEPT (epoch, version)
FROM {{local rollup_1d}} FINAL
WHERE n > 0 AND if(
    (tenant, toDate(bucket)) IN (SELECT tenant, day FROM {{local epochs}} FINAL WHERE active > 0),
    (tenant, toDate(bucket), epoch) IN (SELECT tenant, day, active FROM {{local epochs}} FINAL WHERE active > 0),
    epoch = 0)
SETTINGS do_not_merge_across_partitions_select_final = 1;

{{distributed rollup_1d_active}};
