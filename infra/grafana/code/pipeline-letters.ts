/** What could not be used, what came late, and what is stored. */
import { clickhouse } from './ask.ts';
import type { Section } from './frame.ts';
import { bytes, chart, count, level, moment, number, seconds, table } from './panel.ts';
import { chosen } from './sql.ts';

const topics = chosen('topic');

const deadLettersByReason = chart({
  title: 'Dead letters by reason',
  description: 'Records that could not be used, by reason, when they were set aside.',
  ask: clickhouse(`SELECT $__timeInterval(dead_lettered_at) AS time, reason, count() AS " "
FROM dead_letters_final
WHERE $__timeFilter(dead_lettered_at)
  AND ${topics}
GROUP BY time, reason
ORDER BY time`),
  width: 12,
  unit: 'short',
  min: 0,
  bars: true,
  stacked: true,
  interval: '1m',
  points: 200,
  calcs: ['sum'],
  decimals: 0,
});

const lateEventsByStage = chart({
  title: 'Late events by stage',
  description: 'Events that came too late, by the stage that said so.',
  ask: clickhouse(`SELECT $__timeInterval(reported_at) AS time, stage, count() AS " "
FROM late_events_final
WHERE $__timeFilter(reported_at)
  AND ${topics}
GROUP BY time, stage
ORDER BY time`),
  width: 12,
  unit: 'short',
  min: 0,
  bars: true,
  stacked: true,
  interval: '1m',
  points: 200,
  calcs: ['sum'],
  decimals: 0,
});

const deadLettersByReasonAndTopic = table({
  title: 'Dead letters by reason and topic',
  description:
    'What to mend first. `impact dlq list --reason ...` shows them, `impact dlq replay --reason ...` sends them again once the cause is gone.',
  ask: clickhouse(`SELECT reason AS "Reason", topic AS "Topic", step AS "Step", count() AS "Records", max(dead_lettered_at) AS "Newest", anyLast(message) AS "Message", anyLast(field) AS "Field"
FROM dead_letters_final
WHERE $__timeFilter(dead_lettered_at)
  AND ${topics}
GROUP BY reason, topic, step
ORDER BY "Records" DESC
LIMIT 100`),
  width: 12,
  columns: { Newest: moment },
});

const howLate = table({
  title: 'How late',
  description: 'How late the late events were, by stage and topic.',
  ask: clickhouse(`SELECT stage AS "Stage", topic AS "Topic", count() AS "Events", quantile(0.5)(late_by_seconds) AS "p50", max(late_by_seconds) AS "Worst"
FROM late_events_final
WHERE $__timeFilter(reported_at)
  AND ${topics}
GROUP BY stage, topic
ORDER BY "Events" DESC
LIMIT 100`),
  width: 12,
  columns: { p50: seconds, Worst: seconds },
});

const newestDeadLetters = table({
  title: 'Newest dead letters',
  description: 'The newest 100, with where the original stands and where its copy is in the dead-letter topic.',
  ask: clickhouse(`SELECT dead_lettered_at AS "At", reason AS "Reason", message AS "Message", field AS "Field", topic AS "Topic", partition AS "Partition", offset AS "Offset", key AS "Key", size_bytes AS "Size", attempt AS "Attempt",
  letter_partition AS "Copy: partition", letter_offset AS "Copy: offset"
FROM dead_letters_final
WHERE $__timeFilter(dead_lettered_at)
  AND ${topics}
ORDER BY dead_lettered_at DESC
LIMIT 100`),
  width: 24,
  columns: { At: moment, Size: bytes },
});

const tables = table({
  title: 'Tables',
  description: 'Rows and bytes on disk of each table of this server. Rows of replaced versions count until a merge removes them.',
  ask: clickhouse(`SELECT table AS "Table", sum(rows) AS "Rows", sum(bytes_on_disk) AS "On disk", sum(data_uncompressed_bytes) / nullIf(sum(data_compressed_bytes), 0) AS "Compression", count() AS "Parts", uniqExact(partition_id) AS "Partitions"
FROM system.parts
WHERE active AND database IN (currentDatabase(), concat(currentDatabase(), '_shard'))
GROUP BY table
ORDER BY "On disk" DESC`),
  width: 24,
  columns: {
    Rows: count,
    'On disk': bytes,
    Compression: number(1),
    Parts: level([
      ['green', null],
      ['orange', 300],
      ['red', 1000],
    ]),
  },
});

export const lettersAndLateEvents: Section = {
  title: 'Dead letters and late events',
  panels: [deadLettersByReason, lateEventsByStage, deadLettersByReasonAndTopic, howLate, newestDeadLetters],
};
export const storage: Section = { title: 'Storage', panels: [tables] };
