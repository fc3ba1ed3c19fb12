import { describe, expect, it } from 'vitest';
import { MOST_LINKS } from '../../src/domain/trace-context.ts';
import { batchSpan, carrying, countByTopic, tracedConsumer } from '../../src/runtime/batch-span.ts';
import { gatherLinks } from '../../src/runtime/gathered-links.ts';
import type { BatchConsumer, ConsumerHandlers, InRecord } from '../../src/runtime/records.ts';
import { linksOf, recordTrace } from '../../src/runtime/trace-links.ts';
import { tracedFlushes } from '../../src/runtime/traced-flushes.ts';
import { noTracer } from '../../src/runtime/tracer.ts';
import { memoryTracer } from '../support/memory-tracer.ts';
import { runOf } from '../support/runs.ts';

const trace = (number: number, flags = '01') => ({
  traceparent: `00-${number.toString(16).padStart(32, 'a')}-${number.toString(16).padStart(16, 'b')}-${flags}`,
});
const record = (offset: number, headers?: InRecord['headers']): InRecord => ({
  key: null,
  value: null,
  timestamp: '0',
  offset: String(offset),
  ...(headers === undefined ? {} : { headers }),
});
const traced = (offset: number, number = offset) => record(offset, { traceparent: Buffer.from(trace(number).traceparent) });

/** A consumer that a test hands batches to. */
function handedConsumer() {
  let handlers: ConsumerHandlers | undefined;
  const consumer: BatchConsumer = {
    async start(given) {
      handlers = given;
    },
    commit: async () => true,
    owns: () => true,
    seek: () => {},
    pause: () => {},
    resume: () => {},
    stop: async () => {},
  };
  const give = (topic: string, records: InRecord[]) =>
    handlers?.batch(
      { topic, partition: 0, highWatermark: 100, from: Number(records[0]?.offset ?? 0), runs: [runOf(records)] },
      1,
      async () => {},
    );
  return { consumer, give, assign: () => handlers?.assigned(2, []) };
}

const taking = (batch: ConsumerHandlers['batch'] = async () => true): ConsumerHandlers => ({ assigned: () => {}, broken: () => {}, batch });

describe('the trace of a record', () => {
  it('stands in its headers, as bytes or as text; the last one counts', () => {
    const { traceparent } = trace(7);
    expect(recordTrace({ traceparent: Buffer.from(traceparent), tracestate: 'a=b' })).toEqual({ traceparent, tracestate: 'a=b' });
    expect(recordTrace({ traceparent: ['nonsense', traceparent] })).toEqual({ traceparent });
    for (const headers of [undefined, {}, { traceparent: undefined }, { traceparent: [] }, { traceparent: 'nonsense' }])
      expect(recordTrace(headers)).toBeNull();
  });

  it('is linked to once, if somebody records it, and not beyond a few', () => {
    const records = [
      traced(1),
      record(2),
      traced(3, 1),
      record(4, trace(4, '00')),
      ...Array.from({ length: 90 }, (_, i) => traced(10 + i)),
    ];
    const links = linksOf(records);
    expect(links.slice(0, 2)).toEqual([trace(1), trace(10)]);
    expect(links).toHaveLength(MOST_LINKS);
  });

  it('is not looked for without end where nobody records any', () => {
    let looked = 0;
    const unrecorded = Array.from({ length: 5_000 }, (_, i) => ({
      headers: {
        get traceparent() {
          looked += 1;
          return trace(i + 1, '00').traceparent;
        },
      },
    }));
    expect(linksOf(unrecorded)).toEqual([]);
    expect(looked).toBeLessThan(1_000);
  });
});

describe('the span of a batch', () => {
  it('is named by its topic, or by its stage where there are several', () => {
    const [name, { kind, attributes, parent }] = batchSpan('record', new Map([['t1.impact-alerts', 3]]), []);
    expect([name, kind, parent]).toEqual(['process t1.impact-alerts', 'consumer', null]);
    expect(attributes).toEqual({
      'messaging.system': 'kafka',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.batch.message_count': 3,
      'messaging.destination.name': 't1.impact-alerts',
      'impact.stage': 'record',
      'impact.topics': 1,
      'impact.records.t1.impact-alerts': 3,
    });
    const counts = countByTopic([{ topic: 'a' }, { topic: 'b' }, { topic: 'a' }]);
    const [several, options] = batchSpan('store', counts, [trace(1)]);
    expect(several).toBe('process store');
    expect(options.links).toEqual([trace(1)]);
    expect(options.attributes).toMatchObject({ 'messaging.batch.message_count': 3, 'impact.records.a': 2, 'impact.records.b': 1 });
    expect(options.attributes).not.toHaveProperty('messaging.destination.name');
  });

  it('surrounds the work on it, failures included', async () => {
    const tracer = memoryTracer();
    const { consumer, give } = handedConsumer();
    await tracedConsumer(consumer, tracer, 'record').start(
      taking(async ({ runs }) => {
        expect(tracer.active().context()).not.toBeNull();
        if ((runs[0]?.count ?? 0) > 1) throw new Error('two are too many');
        return true;
      }),
    );
    expect(await give('a', [traced(1)])).toBe(true);
    await expect(give('a', [record(2), record(3)])).rejects.toThrow('too many');
    expect(tracer.spans.map(({ links, ended, failed }) => [links, ended, String(failed)])).toEqual([
      [[trace(1)], true, 'undefined'],
      [[], true, 'Error: two are too many'],
    ]);
  });

  it('goes along with what follows, unless nobody records it or the message has headers already', () => {
    const messages = [{ value: 1 }, { value: 2, headers: { own: 'x' } }];
    expect(carrying(messages, trace(1))).toEqual([{ value: 1, headers: trace(1) }, messages[1]]);
    expect(carrying(messages, null)).toBe(messages);
    expect(carrying(messages, trace(1, '00'))).toBe(messages);
  });

  it('is none at all where nothing is traced', () => {
    const { consumer } = handedConsumer();
    expect(tracedConsumer(consumer, noTracer, 'record')).toBe(consumer);
  });
});

describe('traces of records that are gathered', () => {
  const at = (offset: number, topic = 'a') => ({ topic, partition: 0, offset });

  it('are linked to by the flush that their records are in, and forgotten then', async () => {
    const { consumer, give } = handedConsumer();
    const gathered = gatherLinks(consumer);
    await gathered.consumer.start(taking());
    await give('a', [traced(1), record(2), traced(3)]);
    await give('b', [traced(1, 21)]);
    await give('a', [traced(4), traced(5, 4)]);
    expect(gathered.upTo([at(4), at(2, 'b'), at(9, 'c')])).toEqual([trace(1), trace(3), trace(21)]);
    expect(gathered.upTo([at(4)])).toEqual([]);
    expect(gathered.upTo([at(6)])).toEqual([trace(4)]);
  });

  it('are seen anew where a partition is read again, and forgotten where it belongs to another generation', async () => {
    const { consumer, give, assign } = handedConsumer();
    const gathered = gatherLinks(consumer);
    await gathered.consumer.start(taking(async () => false));
    await give('a', [traced(1), traced(2)]);
    await give('a', [traced(2)]);
    expect(gathered.upTo([at(3)])).toEqual([trace(1), trace(2)]);
    await give('a', [traced(3)]);
    assign();
    expect(gathered.upTo([at(4)])).toEqual([]);
  });

  it('are no more than a few, however many records wait', async () => {
    const { consumer, give } = handedConsumer();
    const gathered = gatherLinks(consumer);
    await gathered.consumer.start(taking());
    await give(
      'a',
      Array.from({ length: 1000 }, (_, i) => traced(i)),
    );
    expect(gathered.upTo([at(1000)])).toHaveLength(MOST_LINKS);
  });

  it('are those of the flush’s span, which says what is in it', async () => {
    const tracer = memoryTracer();
    const { consumer, give } = handedConsumer();
    const flushes = tracedFlushes(consumer, tracer, 'store');
    await flushes.consumer.start(taking());
    await give('a', [traced(1), record(2), traced(3)]);
    await give('b', [traced(7)]);
    const slots = [
      { topic: 'a', partition: 0, first: 1, next: 3 },
      { topic: 'a', partition: 1, first: 0, next: 10 },
      { topic: 'b', partition: 0, first: 7, next: 8 },
    ];
    const span = flushes.begin?.(slots);
    expect(span?.within(() => tracer.active().context())).toEqual(span?.context());
    span?.end();
    expect(tracer.spans).toMatchObject([{ name: 'process store', links: [trace(1), trace(7)], ended: true }]);
    expect(tracer.spans[0]?.attributes).toMatchObject({
      'messaging.batch.message_count': 13,
      'impact.records.a': 12,
      'impact.records.b': 1,
    });
    expect(tracedFlushes(consumer, noTracer, 'store')).toEqual({ consumer });
  });
});
