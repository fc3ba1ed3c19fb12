-- Runs at every migration, since retention is configuration. Two days of margin: what a flush may still recompute is never half expired.
ALTER TABLE {{local events}} MODIFY TTL minute + INTERVAL {{rawDays}} DAY;

ALTER TABLE {{local rollup_1m}} MODIFY TTL bucket + INTERVAL {{minuteDays}} DAY;

ALTER TABLE {{local rollup_1h}} MODIFY TTL bucket + INTERVAL {{hourDays}} DAY;
