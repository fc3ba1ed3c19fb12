import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutMessage } from '../../src/adapters/kafka/producer.ts';
import type { System } from '../../src/cli/system.ts';
import { loadConfig } from '../../src/config.ts';
import { impact } from './terminal.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'emit-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, lines: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.join('\n'));
  return path;
}

type Sent = { topic: string; message: OutMessage };

/** A system that only takes messages; the encoder keeps the event readable. */
function recording(sent: Sent[]) {
  return async () =>
    ({
      config: loadConfig({ IMPACT_NAMESPACE: 'unit' }),
      registry: { encoder: async () => (record: object) => Buffer.from(JSON.stringify(record)) },
      producer: async () => ({
        send: async (topic: string, messages: OutMessage[]) => {
          sent.push(...messages.map((message) => ({ topic, message })));
        },
      }),
      close: async () => undefined,
    }) as unknown as System;
}

const lead = { kind: 'lead-intelligence', tenantId: 'acme', occurredAt: '2026-01-11T08:00:00Z', responseTimeSeconds: 25 };
const eventOf = ({ message }: Sent) => JSON.parse(String(message.value)) as Record<string, unknown>;

describe('impact emit <file>', () => {
  it('sends JSON lines, completing what may be left out', async () => {
    const sent: Sent[] = [];
    const path = file('leads.jsonl', [JSON.stringify(lead), '', JSON.stringify({ ...lead, responseTimeSeconds: 40, userId: 'u1' })]);
    const { status, out } = await impact(`emit ${path}`, { open: recording(sent) });
    expect({ status, out }).toEqual({ status: 0, out: '2 events acknowledged by Kafka\n' });
    expect(sent.map(({ topic, message }) => [topic, message.key])).toEqual(
      Array(2).fill(['unit.impact-lead-intelligence', 'acme|realtime_intelligence']),
    );
    expect(eventOf(sent[0] as Sent)).toMatchObject({ occurredAt: Date.UTC(2026, 0, 11, 8), revision: 0, userId: null, source: 'file' });
  });

  it('sends CSV, with numbers, truth values, attributes and quoted cells', async () => {
    const sent: Sent[] = [];
    const path = file('custom.csv', [
      'tenantId,occurredAt,featureId,metric,value,attributes.note',
      'acme,2026-01-11T08:00:00Z,search,clicks,3.5,"a ""b"", c"',
    ]);
    expect((await impact(`emit ${path} --kind custom-metrics`, { open: recording(sent) })).status).toBe(0);
    expect(eventOf(sent[0] as Sent)).toMatchObject({ value: 3.5, valueUsd: null, attributes: { note: 'a "b", c' } });
  });

  it('takes files as spreadsheets and other systems write them: a byte order mark, CRLF, a name in capitals', async () => {
    const sent: Sent[] = [];
    const csv = file('LEADS.CSV', ['\uFEFFtenantId,occurredAt,responseTimeSeconds\r', 'acme,2026-01-11T08:00:00Z,25\r', '']);
    const lines = file('leads-bom.jsonl', [`\uFEFF${JSON.stringify(lead)}\r`, '']);
    for (const path of [csv, lines])
      expect((await impact(`emit ${path} --kind lead-intelligence`, { open: recording(sent) })).status, path).toBe(0);
    expect(sent.map((one) => eventOf(one)['responseTimeSeconds'])).toEqual([25, 25]);
  });

  it.each([
    [
      'no names',
      ['lead-intelligence,acme,2026-01-11T08:00:00Z,25'],
      /line 1, \(line\): "acme"\n {4}expected names of fields in the first line/,
    ],
    [
      'a wrong name',
      ['tenant,occurredAt', 'acme,2026-01-11T08:00:00Z'],
      /has 1 fault; .*\n {2}line 1, \(line\): "tenant"\n {4}expected names/,
    ],
    ['a name twice', ['tenantId,tenantId', 'acme,other'], /line 1, \(line\): "tenantId"\n {4}expected each field once/],
    ['semicolons', ['tenantId;occurredAt', 'acme;2026-01-11T08:00:00Z'], /line 1, .*\n {4}expected cells separated by commas/],
  ])('refuses CSV whose first line has %s, rather than lose what it does not understand', async (_, lines, words) => {
    const { status, err } = await impact(`emit ${file('head.csv', lines)} --kind lead-intelligence`, { open: recording([]) });
    expect(err).toMatch(words);
    expect(status).toBe(1);
  });

  it('refuses a file that does not fit, without reading it', async () => {
    const path = file('huge.jsonl', []);
    truncateSync(path, 3_000_000_000);
    expect((await impact(`emit ${path}`, { open: recording([]) })).err).toContain('is larger than 500 MB: split it');
  });

  it('refuses a day that does not exist', async () => {
    const path = file('day.jsonl', [JSON.stringify({ ...lead, occurredAt: '2026-02-30T08:00:00Z' })]);
    expect((await impact(`emit ${path}`, { open: recording([]) })).err).toContain('line 1, occurredAt: "2026-02-30T08:00:00Z"');
  });

  it('names line, field, value and what is right for every fault, and sends nothing', async () => {
    const sent: Sent[] = [];
    const path = file('bad.jsonl', [
      JSON.stringify(lead),
      JSON.stringify({ ...lead, responseTimeSeconds: -1, occurredAt: 'yesterday' }),
      '{"kind":',
      JSON.stringify({ ...lead, kind: 'leads' }),
      JSON.stringify({ ...lead, colour: 'red', tenantId: undefined }),
    ]);
    const { status, out, err } = await impact(`emit ${path}`, { open: recording(sent) });
    expect({ status, out, sent }).toEqual({ status: 1, out: '', sent: [] });
    expect(err).toContain('has 6 faults; nothing was sent');
    expect(err).toMatch(/line 2, responseTimeSeconds: -1\n {4}expected a number from 0/);
    expect(err).toMatch(/line 2, occurredAt: "yesterday"\n {4}expected an ISO 8601 time with its zone, or milliseconds/);
    expect(err).toMatch(/line 3, \(line\): .*\n {4}expected one JSON object/);
    expect(err).toMatch(/line 4, kind: .*leads.*\n {4}expected one of lead-intelligence/);
    expect(err).toMatch(/line 5, colour: "red"\n {4}expected a field of lead-intelligence/);
    expect(err).toMatch(/line 5, tenantId: \(missing\)\n {4}expected text/);
  });

  it('gives the same record the same id, and identical records different ones', async () => {
    const [first, second]: [Sent[], Sent[]] = [[], []];
    const path = file('twice.jsonl', [JSON.stringify(lead), JSON.stringify(lead)]);
    await impact(`emit ${path}`, { open: recording(first) });
    await impact(`emit ${path}`, { open: recording(second) });
    const ids = first.map((one) => eventOf(one)['eventId']);
    expect(second.map((one) => eventOf(one)['eventId'])).toEqual(ids);
    expect(new Set(ids).size).toBe(2);
  });

  it('only checks with --dry-run', async () => {
    const path = file('dry.jsonl', [JSON.stringify(lead)]);
    expect(await impact(`emit ${path} --dry-run`)).toMatchObject({ status: 0, out: '1 valid event; nothing was sent (--dry-run)\n' });
  });

  it('says that a file is missing, and refuses neither file nor rate', async () => {
    expect((await impact('emit nowhere.jsonl')).err).toMatch(/error: nowhere.jsonl cannot be read\n {2}because: ENOENT/);
    expect((await impact('emit')).status).toBe(2);
    expect((await impact('emit --generate 0')).status).toBe(2);
  });
});
