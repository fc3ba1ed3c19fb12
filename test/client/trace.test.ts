import { context, INVALID_SPAN_CONTEXT, isSpanContextValid, trace } from '@opentelemetry/api';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createImpactClient } from '../../src/client/client.ts';
import { commonTrace, traceOf } from '../../src/client/trace.ts';
import { during, manageContexts, someSpan, traceparentOf } from '../support/active-span.ts';
import { callerCost } from '../support/caller-cost.ts';
import { NOW } from '../support/events.ts';
import { testTransport } from '../support/transport.ts';

const lead = { tenantId: 'tenant_123', responseTimeSeconds: 25 };

function open() {
  const transport = testTransport();
  return { transport, client: createImpactClient({ source: 'lead-router', transport, now: () => NOW }) };
}

describe('the trace of a statement', () => {
  it('costs next to nothing where no service takes traces', async () => {
    const { client } = open();
    const cost = callerCost();
    for (let i = 0; i < 5_000; i++) cost.call(() => client.trackLeadResponse(lead));
    expect(cost.worstMs(0.999)).toBeLessThan(10);
    await client.close();
  });

  describe('in a service that takes traces', () => {
    beforeAll(manageContexts);
    afterAll(() => context.disable());

    it('is the one that is active when the tracker is called, not when the event is sent', async () => {
      const { client, transport } = open();
      const [first, second] = [someSpan({ state: 'vendor=1' }), someSpan({ sampled: false })];
      during(first, () => client.trackLeadResponse(lead));
      client.trackLeadResponse(lead);
      during(second, () => client.trackLeadResponse(lead));
      await during(someSpan(), () => client.close());
      expect(transport.sent.map(traceOf)).toEqual([
        { traceparent: traceparentOf(first), tracestate: 'vendor=1' },
        undefined,
        { traceparent: traceparentOf(second) },
      ]);
    });

    it('is a new one for a correction', async () => {
      const { client, transport } = open();
      const span = someSpan();
      const accepted = client.trackLeadResponse(lead);
      if (accepted) during(span, () => client.retract(accepted));
      await client.close();
      expect(transport.sent.map(traceOf)).toEqual([undefined, { traceparent: traceparentOf(span) }]);
    });

    it('is none where the active span is not valid', async () => {
      const { client, transport } = open();
      during(trace.wrapSpanContext(INVALID_SPAN_CONTEXT), () => client.trackLeadResponse(lead));
      await client.close();
      expect(transport.sent.map(traceOf)).toEqual([undefined]);
    });

    it('changes nothing in the event', async () => {
      const { client, transport } = open();
      const accepted = during(someSpan(), () => client.trackLeadResponse(lead));
      await client.close();
      expect(transport.sent[0]).toBe(accepted);
      expect(JSON.stringify(accepted)).not.toContain('trace');
    });

    it('is not what a batch is sent in: no caller gets the spans of the delivery, and instrumentations of the transport make none', async () => {
      const { client, transport } = open();
      const seen: unknown[] = [];
      const instrumentation = new TracerProvider().getTracer('kafka');
      const sent = () => isSpanContextValid(instrumentation.startSpan('send').spanContext());
      transport.behave = async () => {
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(trace.getActiveSpan(), sent());
      };
      during(someSpan(), () => client.trackLeadResponse(lead));
      await during(someSpan(), () => client.close());
      expect(seen).toEqual([undefined, false]);
      expect(sent()).toBe(true);
    });

    it('is that of a request only where all of its events share it', async () => {
      const { client, transport } = open();
      const span = someSpan();
      const both = during(span, () => [client.trackLeadResponse(lead), client.trackLeadResponse(lead)]);
      client.trackLeadResponse(lead);
      await client.close();
      expect(both).toEqual(transport.sent.slice(0, 2));
      expect(commonTrace(transport.sent.slice(0, 2))).toEqual({ traceparent: traceparentOf(span) });
      expect(commonTrace(transport.sent)).toBeUndefined();
      expect(commonTrace([])).toBeUndefined();
    });
  });
});
