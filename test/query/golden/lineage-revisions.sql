SELECT tenant, feature, kind, revision, retracted, toString(version) AS version, occurred_at AS occurredAt, toUnixTimestamp(minute) AS minute,
  user_id AS userId, entity_id AS entityId, variant, source, metrics, values, arrayMap(usd -> toInt64(usd * 1000000), values_usd) AS valuesUsdMicros, attributes,
  topic, partition, offset, recorded_at AS recordedAt, stored_at AS storedAt, toString(payload_hash) AS payloadHash
FROM events
WHERE tenant = {scopeTenant:String} AND event_id = {eventId:UUID}
ORDER BY events.tenant, events.feature, events.minute, events.version DESC
LIMIT 100
-- {"scopeTenant":"acme","eventId":"0f8fad5b-d9cb-469f-a165-70867728950e"}
