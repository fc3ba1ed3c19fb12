SELECT toUnixTimestamp(part_from) * 1000 AS from, toUnixTimestamp(part_to) * 1000 AS to, toString(build) AS build, stamp,
  (toUnixTimestamp(now()) - toUnixTimestamp(kept_at)) * 1000 AS ageMs
FROM experiment_builds
WHERE series = cityHash64({series:String}) AND part_from >= toDateTime({from:UInt32}, 'UTC') AND part_from < toDateTime({to:UInt32}, 'UTC') AND kept_at > now() - INTERVAL 30 DAY
ORDER BY kept_at DESC, build
-- {"series":"[1,\"acme\",\"ai_coaching\",\"user\",[\"not_ready\",\"unknown_flag\",\"archived\",\"disabled\",\"deny_list\",\"allow_list\",\"internal\",\"not_internal\",\"targeting\",\"targeting_error\",\"tenant_percentage\",\"outside_percentage\",\"no_unit\",\"ga\",\"STATIC\",\"DEFAULT\",\"TARGETING_MATCH\",\"DISABLED\",\"ERROR\"],null]","from":1769904000,"to":1770163200}
