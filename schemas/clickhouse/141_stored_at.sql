-- Freshness is measured over what was stored in the last seconds; without this index that would read every event of the day.
ALTER TABLE {{local events}} ADD INDEX IF NOT EXISTS by_stored_at stored_at TYPE minmax;
