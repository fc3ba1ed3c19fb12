/** Events as framed Avro, by the schemas that the registry holds: a service needs no copy of ours. */
import avro, { type Type } from 'avsc';
import { decimalBytes } from '../domain/decimal.ts';
import { ImpactError } from '../domain/errors.ts';
import { type EventKind, eventKinds, type FeatureEvent } from '../domain/event.ts';
import { FRAME_BYTES, writeFrame } from '../domain/frame.ts';
import { subjectOf } from '../domain/schema.ts';
import { type Ask, askTrusting } from './https.ts';

export type SchemaSource = {
  /** Confluent API of the registry, for example http://127.0.0.1:8081. */
  url: string;
  username?: string;
  password?: string;
  /** Certificate authority of the registry, PEM; default: the public ones. */
  ca?: string;
};

export type EventEncoder = (event: FeatureEvent) => Promise<Buffer>;
type Latest = { id: number; type: Type };

const TIMEOUT_MS = 10_000;
const AMOUNT_SCALE = 6;

async function latestSchema({ url, username, password }: SchemaSource, ask: Ask, subject: string): Promise<Latest> {
  const headers = username === undefined ? {} : { authorization: `Basic ${btoa(`${username}:${password ?? ''}`)}` };
  try {
    const response = await ask(`${url}/subjects/${encodeURIComponent(subject)}/versions/latest`, {
      headers,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    const { id, schema } = (await response.json()) as { id: number; schema: string };
    return { id, type: avro.Type.forSchema(JSON.parse(schema) as avro.Schema) };
  } catch (cause) {
    throw new ImpactError('unavailable', `the schema registry does not yield ${subject}: ${String(cause)}`, { cause });
  }
}

/** Avro knows money as bytes; all else is as it stands in the event. */
function avroRecord(event: FeatureEvent): object {
  if (event.kind !== 'operating-costs') return event;
  return { ...event, amountUsd: Buffer.from(decimalBytes(event.amountUsd, AMOUNT_SCALE)) };
}

function framed({ id, type }: Latest, event: FeatureEvent): Buffer {
  const body = type.toBuffer(avroRecord(event));
  const bytes = Buffer.allocUnsafe(FRAME_BYTES + body.length);
  writeFrame(bytes, id);
  body.copy(bytes, FRAME_BYTES);
  return bytes;
}

/** @returns an encoder that asks for each kind's schema once, and again after a failure. It throws ImpactError `unavailable`. */
export function createEventEncoder(source: SchemaSource, namespace: string): EventEncoder {
  const latest = new Map<EventKind, Promise<Latest>>();
  const ask = askTrusting(source.ca);
  const schemaOf = (kind: EventKind): Promise<Latest> => {
    const known = latest.get(kind);
    if (known) return known;
    const asked = latestSchema(source, ask, subjectOf(namespace, kind));
    latest.set(kind, asked);
    asked.catch(() => latest.delete(kind));
    return asked;
  };
  return async (event) => {
    if (!eventKinds.includes(event.kind)) throw new ImpactError('bad_request', `there is no kind of event ${String(event.kind)}`);
    return framed(await schemaOf(event.kind), event);
  };
}
