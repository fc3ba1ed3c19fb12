import { describe, expect, it } from 'vitest';
import { noSpan } from '../../../src/runtime/tracer.ts';
import { type Inserted, joinInserted } from '../../../streams/store/inserted.ts';
import { cellsOf, nothingTouched, touch } from '../../../streams/store/touched.ts';

const MINUTE_MS = 60_000;
const WEEK_MS = 7 * 86_400_000;
/** A Monday. */
const START = Date.UTC(2026, 0, 5);

/** A batch of one partition, up to `offset`, that touched these times of one tenant's feature. */
function batch(offset: number, times: readonly number[], { generation = 1, partition = 0 } = {}): Inserted {
  const touched = nothingTouched();
  for (const time of times) touch(touched, 'acme', 'coaching', time);
  const position = { topic: 'events', partition, offset };
  return { generation, touched, positions: new Map([[`events/${partition}`, position]]), startedAt: offset, spans: [noSpan] };
}

const minutesOf = ({ touched }: Inserted): number[] => [...cellsOf(touched, 60)].flat().map(({ bucket }) => bucket * 1000);

describe('inserted batches', () => {
  it('are finished together: each minute once, each partition at its last offset, timed from the first', () => {
    const batches = [batch(10, [START]), batch(20, [START + 1, START + MINUTE_MS]), batch(5, [START], { partition: 1 })];
    const [joined, ...others] = joinInserted(batches);
    expect(others).toEqual([]);
    expect(minutesOf(joined as Inserted)).toEqual([START, START + MINUTE_MS]);
    expect([...(joined?.positions.values() ?? [])]).toEqual([
      { topic: 'events', partition: 0, offset: 20 },
      { topic: 'events', partition: 1, offset: 5 },
    ]);
    expect(joined).toMatchObject({ generation: 1, startedAt: 10, spans: [noSpan, noSpan, noSpan] });
  });

  it('stay apart when they are of different generations', () => {
    const generations = [1, 1, 2, 2].map((generation, i) => batch(i, [START], { generation }));
    expect(joinInserted(generations).map(({ generation, spans }) => [generation, spans.length])).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });

  it('stay apart when their rollups would go into too many partitions at once', () => {
    const weeks = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => START + (from + i) * WEEK_MS);
    const joined = joinInserted([batch(1, weeks(0, 60)), batch(2, weeks(30, 60)), batch(3, weeks(90, 60))]);
    expect(joined.map(({ touched }) => touched.weeks.size)).toEqual([90, 60]);
  });
});
