import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeatureEvent } from '../../src/domain/event.ts';
import { closeByEvents, closeBySilence, newSource } from '../../src/domain/windowing.ts';
import { restoreSource, takeDeltas } from '../../src/domain/windowing-state.ts';
import { eventOf, uuidOf } from '../support/feature-events.ts';
import { effective, feed, HOUR, lastWord, MINUTE, T0, telemetrySource, windowing, windowsOf } from '../support/windowed.ts';

const at = (ms: number): string => new Date(T0 + ms).toISOString();
const request = (ms: number, latencyMs: number, changes: object = {}): FeatureEvent =>
  eventOf('request-telemetry', at(ms), { latencyMs, ok: true, errorCode: null, variant: null, ...changes });

/**
 * Few ids in few minutes, so that duplicates, corrections and retractions of one event meet. What a revision says follows from its
 * identity: were there two payloads of one revision, the first delivery would win, and order would count. Whole values sum exactly.
 */
const statement = fc
  .record({ id: fc.nat(12), minute: fc.nat(3), revision: fc.nat(3), tenantId: fc.constantFrom('a', 'b') })
  .map(({ id, minute, revision, tenantId }) => {
    const dice = (id * 7 + minute * 3 + revision * 11 + (tenantId === 'a' ? 0 : 5)) % 50;
    return request(minute * MINUTE + dice * 1000, dice, {
      eventId: uuidOf(`${id}|${minute}|${tenantId}`),
      revision,
      tenantId,
      variant: dice % 3 === 0 ? null : 'treatment',
      ok: dice % 2 === 0,
      retracted: dice % 4 === 0,
    });
  });

/** Panes of ten seconds: an event and its correction, of one minute, may lie in two of them. */
const shortWindows = [
  { sizeMs: 10_000, hopMs: 10_000 },
  { sizeMs: MINUTE, hopMs: 10_000 },
];

const end = request(20 * MINUTE, 1, { eventId: uuidOf('end') });
const flushed = (events: readonly FeatureEvent[]) => [...events, end];

describe('windows of a source', () => {
  it('say the same in the end in whatever order, however often and in whatever batches statements come', () => {
    fc.assert(
      fc.property(
        fc.array(statement, { minLength: 1, maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        fc.constantFrom(windowing.windows, shortWindows),
        (events, sizes, windows) => {
          const source = telemetrySource({ windows, patience: { ...windowing.patience, graceMs: HOUR } });
          const parts = [];
          for (let i = 0, batch = 0; i < events.length; batch++) {
            const size = sizes[batch % sizes.length] ?? 1;
            parts.push(...feed(source, events.slice(i, i + size), i + size).parts);
            i += size;
          }
          parts.push(...feed(source, [end], events.length + 1).parts);
          const expected = windowsOf(effective(flushed(events)), windows, source.clock.through);
          expect(Object.fromEntries(lastWord(parts))).toEqual(Object.fromEntries(expected));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('are the same after a restart between any two batches', () => {
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 5 }), (events, size) => {
        const settings = { ...windowing, patience: { ...windowing.patience, graceMs: HOUR } };
        const id = { topic: 'impact-request-telemetry', partition: 0 };
        const changelog = new Map<string, string>();
        const parts = [];
        for (let i = 0; i <= events.length; i += size) {
          const { source, chunks } = restoreSource(id, settings, changelog);
          const batch = i + size > events.length ? [...events.slice(i), end] : events.slice(i, i + size);
          parts.push(...feed(source, batch, i + size).parts);
          for (const [key, value] of takeDeltas(source, chunks)) {
            changelog.delete(key);
            if (value !== null) changelog.set(key, value);
          }
        }
        const whole = newSource(id, settings);
        const expected = lastWord(feed(whole, flushed(events), 1).parts);
        expect(Object.fromEntries(lastWord(parts))).toEqual(Object.fromEntries(expected));
      }),
      { numRuns: 100 },
    );
  });

  it('close when the watermark passes their end, no sooner', () => {
    const source = telemetrySource();
    expect(feed(source, [request(0, 10), request(59_999, 20), request(61_999, 5)], 3).parts).toEqual([]);
    const { parts } = feed(source, [request(62_000, 5)], 4);
    expect(parts.filter(({ sizeMs, metric }) => sizeMs === MINUTE && metric === 'websocket_latency_ms')).toMatchObject([
      { start: T0, end: T0 + MINUTE, n: 2, sum: 30, min: 10, max: 20, late: false, sourceOffset: 4 },
    ]);
  });

  it('are told again when a late event, a correction or a retraction changes them', () => {
    const source = telemetrySource();
    const first = request(1000, 10);
    feed(source, [first, request(2000, 30), request(70_000, 1)], 3);
    const minute = (offset: number, event: FeatureEvent) =>
      feed(source, [event], offset).parts.find(({ sizeMs, metric }) => sizeMs === MINUTE && metric === 'websocket_latency_ms');
    expect(minute(4, request(3000, 50))).toMatchObject({ n: 3, sum: 90, max: 50, late: true });
    expect(minute(5, { ...request(1000, 20), eventId: first.eventId, revision: 1 })).toMatchObject({ n: 3, sum: 100, min: 20 });
    expect(minute(6, { ...request(1000, 20), eventId: first.eventId, revision: 2, retracted: true })).toMatchObject({
      n: 2,
      sum: 80,
      min: 30,
      max: 50,
    });
    expect(feed(source, [first], 7)).toMatchObject({ verdicts: [{ kind: 'duplicate' }], parts: [] });
  });

  it('tell a window that has become empty as empty', () => {
    const source = telemetrySource();
    const only = request(1000, 10);
    feed(source, [only, request(70_000, 1)], 2);
    const { parts } = feed(source, [{ ...only, revision: 1, retracted: true }], 3);
    expect(parts.filter(({ end: e, sizeMs }) => e === T0 + MINUTE && sizeMs === MINUTE)).toMatchObject([
      { n: 0, sum: 0, min: null },
      { n: 0 },
    ]);
  });

  it('refuse what comes after their grace, and say by how much', () => {
    const source = telemetrySource();
    feed(source, [request(0, 10), request(20 * MINUTE, 1)], 2);
    const { verdicts } = feed(source, [request(30_000, 10), request(9 * MINUTE, 1)], 4);
    expect(verdicts).toEqual([{ kind: 'late', byMs: 20 * MINUTE - 2000 - 11 * MINUTE }, { kind: 'counted' }]);
  });

  it('are not hurried by an event from the future: it counts as arriving when it does', () => {
    const source = telemetrySource();
    feed(source, [request(4 * MINUTE, 1)], 1, T0);
    expect(source.clock.maxTime).toBe(T0);
    expect(feed(source, [request(0, 1)], 2).verdicts).toEqual([{ kind: 'counted' }]);
  });

  it('are not told for history that is imported, save that it feeds the ROI of later windows', () => {
    const settings = { ...windowing, roiWindows: [{ sizeMs: 3 * HOUR, hopMs: 5 * MINUTE }] };
    const source = newSource({ topic: 'impact-lead-intelligence', partition: 0 }, settings);
    const lead = (ms: number) => eventOf('lead-intelligence', at(ms), { responseTimeSeconds: 900, scoringLatencyMs: null });
    const old = Array.from({ length: 60 }, (_, i) => lead(-HOUR - (60 - i) * MINUTE));
    const { verdicts, parts } = feed(source, [...old, lead(-50 * HOUR)], 61, T0);
    expect(parts).toEqual([]);
    expect(verdicts.map(({ kind }) => kind)).toEqual([...old.map(() => 'counted'), 'late']);
    const roi = feed(source, [lead(-50 * MINUTE), lead(2500)], 63, T0 + 3000).parts.filter(({ metric }) => metric === 'roi_percent');
    expect(roi.map(({ n }) => n)).toEqual(roi.map(({ end: e }) => (e > T0 - 50 * MINUTE ? 61 : 60)));
    expect(roi.at(-1)).toMatchObject({ end: T0, start: T0 - 3 * HOUR, n: 61 });
  });

  it('close by the wall clock when the source is silent, and open again for what comes then', () => {
    const source = telemetrySource();
    feed(source, [request(10_000, 10)], 1);
    const silent = closeBySilence(source, T0 + 65_000, 1);
    expect(silent.filter(({ sizeMs }) => sizeMs === MINUTE)).toMatchObject([
      { end: T0 + MINUTE, n: 1 },
      { end: T0 + MINUTE, n: 1 },
    ]);
    expect(closeBySilence(source, T0 + 65_000, 1)).toEqual([]);
    const { verdicts, parts } = feed(source, [request(20_000, 30)], 2);
    expect(verdicts).toEqual([{ kind: 'counted' }]);
    expect(parts.find(({ sizeMs, metric }) => sizeMs === MINUTE && metric === 'websocket_latency_ms')).toMatchObject({ n: 2, late: true });
  });

  it('keep only so many events: the oldest panes give theirs up and take no more', () => {
    const source = telemetrySource({ ledgerEvents: 20 });
    const minute = (m: number) => Array.from({ length: 15 }, (_, i) => request(m * MINUTE + i * 1000, i));
    feed(source, [...minute(0), ...minute(1), ...minute(2)], 45);
    expect(source.heldEvents).toBeLessThanOrEqual(30);
    expect(feed(source, [request(500, 1)], 46).verdicts).toEqual([{ kind: 'late', byMs: 0 }]);
    const { parts } = feed(source, [request(5 * MINUTE + 3000, 1)], 47);
    const five = parts.find(({ end: e, sizeMs, metric }) => sizeMs === 5 * MINUTE && e === T0 + 5 * MINUTE && metric === 'request_error');
    expect(five).toMatchObject({ n: 45 });
  });

  it('forget in memory and in the changelog what no window needs any more', () => {
    const source = telemetrySource();
    const chunks = new Map<number, number>();
    const changelog = new Map<string, string | null>();
    const write = () => {
      for (const [key, value] of takeDeltas(source, chunks)) value === null ? changelog.delete(key) : changelog.set(key, value);
    };
    for (let m = 0; m < 180; m++) {
      feed(source, [request(m * MINUTE, 1)], m + 1);
      write();
    }
    expect(source.panes.size).toBeLessThan(20);
    expect(changelog.size).toBeLessThan(25);
    expect(closeByEvents(source, 180)).toEqual([]);
  });
});
