/** A request's body and headers -> the CloudEvents in it: one or a batch in JSON, or one whose attributes are headers. */
import type { IncomingHttpHeaders } from 'node:http';
import type { CloudEvent } from '../domain/cloudevent.ts';
import { ImpactError } from '../domain/errors.ts';
import { shownValue } from '../domain/validate.ts';

export const SINGLE_TYPE = 'application/cloudevents+json';
export const BATCH_TYPE = 'application/cloudevents-batch+json';
const JSON_TYPE = 'application/json';

const MAX_BATCH = 1000;

const mediaType = (contentType: string | undefined): string => (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

const wrong = (value: unknown, expected: string): ImpactError =>
  new ImpactError('bad_request', 'the body is not what its content type says', {
    problems: [{ field: 'body', value: shownValue(value), expected }],
  });

const isObject = (value: unknown): value is CloudEvent => typeof value === 'object' && value !== null && !Array.isArray(value);

function batchOf(body: unknown): CloudEvent[] {
  if (!Array.isArray(body)) throw wrong(body, 'an array of CloudEvents');
  if (body.length > MAX_BATCH)
    throw new ImpactError('payload_too_large', `${body.length} events in a batch; at most ${MAX_BATCH} are taken`);
  const stray = body.findIndex((one) => !isObject(one));
  if (stray >= 0) throw wrong(body[stray], `an object at index ${stray}`);
  return body as CloudEvent[];
}

function singleOf(body: unknown): CloudEvent[] {
  if (!isObject(body)) throw wrong(body, 'one CloudEvent, an object');
  return [body];
}

/** Header values are percent-encoded where they are not plain ASCII. */
function headerValue(text: string): unknown {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Headers carry text only; these two attributes of ours are not text. */
const typed: Record<string, (text: unknown) => unknown> = {
  revision: (text) => (typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : text),
  retracted: (text) => (text === 'true' ? true : text === 'false' ? false : text),
};

function binaryOf(headers: IncomingHttpHeaders, body: unknown): CloudEvent[] {
  const attributes = Object.entries(headers)
    .filter(([name]) => name.startsWith('ce-'))
    .map(([name, value]): [string, unknown] => [name.slice(3), headerValue(String(value))])
    .map(([name, value]) => [name, typed[name]?.(value) ?? value]);
  return [{ ...Object.fromEntries(attributes), data: body }];
}

/**
 * @throws ImpactError `bad_request` when the body has not the shape that its type promises, `payload_too_large` beyond 1,000 events
 */
export function cloudEventsOf(headers: IncomingHttpHeaders, body: unknown): { events: CloudEvent[]; batch: boolean } {
  const type = mediaType(headers['content-type']);
  if (type === JSON_TYPE && headers['ce-specversion'] !== undefined) return { events: binaryOf(headers, body), batch: false };
  const batch = type === BATCH_TYPE || (type === JSON_TYPE && Array.isArray(body));
  return { events: batch ? batchOf(body) : singleOf(body), batch };
}
