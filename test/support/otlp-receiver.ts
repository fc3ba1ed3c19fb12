/** A collector of traces for tests: takes OTLP as JSON over HTTP and shows the spans that came. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

type Value = { stringValue?: string; intValue?: number | string; doubleValue?: number; boolValue?: boolean };
type KeyValue = { key: string; value: Value };
type Place = { traceId: string; spanId: string };
type Attributes = Record<string, string | number | boolean | undefined>;
type OtlpSpan = Place & {
  parentSpanId?: string;
  name: string;
  kind: number;
  attributes: KeyValue[];
  links: Place[];
  status: { code: number; message?: string };
};
type Request = { resourceSpans: { resource: { attributes: KeyValue[] }; scopeSpans: { spans: OtlpSpan[] }[] }[] };

/** `failed`: the span's status is an error. */
export type ReceivedSpan = Place & {
  parentSpanId: string | null;
  name: string;
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer' | undefined;
  attributes: Attributes;
  resource: Attributes;
  links: Place[];
  failed: boolean;
};

const kinds = [undefined, 'internal', 'server', 'client', 'producer', 'consumer'] as const;

const plainValue = ({ stringValue, intValue, doubleValue, boolValue }: Value) =>
  stringValue ?? doubleValue ?? boolValue ?? (intValue === undefined ? undefined : Number(intValue));
const attributesOf = (pairs: readonly KeyValue[]): Attributes =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, plainValue(value)]));

const spansOf = ({ resourceSpans }: Request): ReceivedSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ traceId, spanId, parentSpanId, name, kind, attributes, links, status }) => ({
        traceId,
        spanId,
        parentSpanId: parentSpanId || null,
        name,
        kind: kinds[kind],
        attributes: attributesOf(attributes),
        resource: attributesOf(resource.attributes),
        links: links.map((link) => ({ traceId: link.traceId, spanId: link.spanId })),
        failed: status.code === 2,
      })),
    ),
  );

export type OtlpReceiver = Awaited<ReturnType<typeof openOtlpReceiver>>;

/** Listens on a free port. Set `status` to refuse what comes. */
export async function openOtlpReceiver() {
  const spans: ReceivedSpan[] = [];
  const requests: { path: string; headers: IncomingHttpHeaders }[] = [];
  const receiver = { url: '', status: 200, spans, requests, close: async (): Promise<void> => {} };
  const server = createServer(async (request, response) => {
    const body = (await json(request)) as Request;
    requests.push({ path: request.url ?? '', headers: request.headers });
    if (receiver.status === 200) spans.push(...spansOf(body));
    response.writeHead(receiver.status, { 'content-type': 'application/json', connection: 'close' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  receiver.close = () => new Promise((resolve) => server.close(() => resolve()));
  return receiver;
}
