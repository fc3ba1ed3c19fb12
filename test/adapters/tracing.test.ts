import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTracing, type Tracing } from '../../src/adapters/tracing.ts';
import type { Log } from '../../src/runtime/log.ts';
import { inSpan, noTracer } from '../../src/runtime/tracer.ts';
import { eventually } from '../support/eventually.ts';
import { type OtlpReceiver, openOtlpReceiver } from '../support/otlp-receiver.ts';

const caller = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const traceparent = (flags: string) => `00-${caller.traceId}-${caller.spanId}-${flags}`;

let receiver: OtlpReceiver;
let lines: string[];
let tracing: Tracing;
const write = (_: object, message: string) => void lines.push(message);
const log: Log = { debug: write, info: write, warn: write, error: write };
const config = () => ({ otlpEndpoint: `${receiver.url}/`, otlpHeaders: { 'x-key': 'k' }, otelServiceName: 'us', otelSampledShare: 1 });

beforeEach(async () => {
  lines = [];
  receiver = await openOtlpReceiver();
  tracing = await openTracing(config(), log);
});
afterEach(async () => {
  await tracing.stop();
  await receiver.close();
});

describe('tracing', () => {
  it('does nothing without an endpoint', async () => {
    const off = await openTracing({ ...config(), otlpEndpoint: '' }, log);
    expect(off.tracer).toBe(noTracer);
    expect(await inSpan(off.tracer, 'a', { kind: 'internal' }, async (span) => [span.context(), off.tracer.active().context()])).toEqual([
      null,
      null,
    ]);
    await off.stop();
  });

  it('exports spans with their parents, attributes and links, and what has ended when it stops', async () => {
    const { tracer } = tracing;
    const linked = { traceparent: traceparent('01') };
    await inSpan(tracer, 'outer', { kind: 'consumer', attributes: { n: 2 }, links: [linked] }, async (span) => {
      await new Promise((resolve) => setImmediate(resolve));
      expect(tracer.active()).toBe(span);
      await inSpan(tracer, 'inner', { kind: 'client' }, async () => tracer.active().set({ rows: 3 }));
    });
    await tracing.stop();
    const [inner, outer] = receiver.spans;
    expect(outer).toMatchObject({ name: 'outer', kind: 'consumer', parentSpanId: null, attributes: { n: 2 }, links: [caller] });
    expect(outer?.resource).toMatchObject({ 'service.name': 'us', 'service.version': expect.stringMatching(/^\d/) });
    expect(inner).toMatchObject({ name: 'inner', kind: 'client', traceId: outer?.traceId, parentSpanId: outer?.spanId });
    expect(inner?.attributes).toEqual({ rows: 3 });
    expect(receiver.requests[0]).toMatchObject({ path: '/v1/traces', headers: { 'x-key': 'k' } });
  });

  it('continues the trace of a caller, whatever else is active, and says so to whoever comes next', async () => {
    const { tracer } = tracing;
    const parent = { traceparent: traceparent('01'), tracestate: 'vendor=1' };
    await inSpan(tracer, 'other', { kind: 'internal' }, async () => {
      const span = tracer.start('answer', { kind: 'server', parent });
      const { traceparent: next = '', tracestate } = span.context() ?? {};
      expect(next).toMatch(new RegExp(`^00-${caller.traceId}-[0-9a-f]{16}-01$`));
      expect(next).not.toContain(caller.spanId);
      expect(tracestate).toBe('vendor=1');
      span.end();
      tracer.start('alone', { kind: 'internal', parent: null }).end();
    });
    await tracing.stop();
    const named = Object.fromEntries(receiver.spans.map((span) => [span.name, span]));
    expect(named['answer']).toMatchObject({ traceId: caller.traceId, parentSpanId: caller.spanId });
    expect(named['alone']).toMatchObject({ parentSpanId: null });
    expect(named['alone']?.traceId).not.toBe(named['other']?.traceId);
  });

  it('records nothing of a trace that its caller does not record', async () => {
    const span = tracing.tracer.start('answer', { kind: 'server', parent: { traceparent: traceparent('00') } });
    expect(span.context()?.traceparent).toMatch(new RegExp(`^00-${caller.traceId}-.{16}-00$`));
    span.end();
    const never = await openTracing({ ...config(), otelSampledShare: 0 }, log);
    never.tracer.start('root', { kind: 'internal' }).end();
    await Promise.all([tracing.stop(), never.stop()]);
    expect(receiver.spans).toEqual([]);
  });

  it('records a batch in which there is something that others record, whatever its own share', async () => {
    const never = await openTracing({ ...config(), otelSampledShare: 0 }, log);
    never.tracer.start('batch', { kind: 'consumer', parent: null, links: [{ traceparent: traceparent('01') }] }).end();
    await never.stop();
    expect(receiver.spans.map(({ name }) => name)).toEqual(['batch']);
  });

  it('marks what failed, takes nothing after the end, and passes the error on', async () => {
    const { tracer } = tracing;
    const failing = inSpan(tracer, 'fails', { kind: 'internal' }, async () => {
      throw new RangeError('too far');
    });
    await expect(failing).rejects.toThrow('too far');
    const span = tracer.start('ended', { kind: 'internal' });
    span.link([{ traceparent: traceparent('01') }, { traceparent: 'nonsense' }]);
    span.end();
    span.set({ late: true });
    span.failed('late');
    span.end();
    await tracing.stop();
    expect(receiver.spans[0]).toMatchObject({ name: 'fails', failed: true, attributes: { 'error.type': 'RangeError' } });
    expect(receiver.spans[1]).toMatchObject({ name: 'ended', failed: false, attributes: {}, links: [caller] });
    expect(receiver.spans).toHaveLength(2);
  });

  it('says once that nobody takes its traces, and once that somebody does again', async () => {
    const trace = () => tracing.tracer.start('a', { kind: 'internal' }).end();
    const failures = () => lines.filter((line) => line.includes('cannot be exported'));
    receiver.status = 400;
    trace();
    await eventually(() => expect(failures()).toHaveLength(1));
    const asked = receiver.requests.length;
    trace();
    await eventually(() => expect(receiver.requests.length).toBeGreaterThan(asked));
    receiver.status = 200;
    trace();
    await eventually(() => expect(lines.at(-1)).toBe('traces are exported again'));
    expect(failures()).toHaveLength(1);
  });

  it('stops within a few seconds although nobody listens', async () => {
    await receiver.close();
    tracing.tracer.start('a', { kind: 'internal' }).end();
    const started = performance.now();
    await tracing.stop();
    expect(performance.now() - started).toBeLessThan(6_000);
    receiver = await openOtlpReceiver();
  });
});
