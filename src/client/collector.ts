/** Events over HTTP: for services that have no way to Kafka. */
import { cloudEventOf } from '../domain/cloudevent.ts';
import { type ErrorCode, errorCatalogue, ImpactError, type Problem } from '../domain/errors.ts';
import { commonTrace, traceOf } from './trace.ts';
import type { Transport } from './transport.ts';

export type CollectorOptions = {
  /** Where the API is, for example http://127.0.0.1:8000. */
  url: string;
  /** A token that may emit; `impact tokens create --role emitter`. */
  token: string;
  /** One request may take this long, milliseconds. Default 10,000. */
  timeoutMs?: number;
};

type ProblemDocument = { code?: string; detail?: string; problems?: Problem[] };

const isCode = (code: string | undefined): code is ErrorCode => code !== undefined && code in errorCatalogue;

/** What a proxy says instead of the API has no code of ours, and is worth another try. */
async function refusalOf(response: Response): Promise<ImpactError> {
  const document = await response.json().then(
    (body) => body as ProblemDocument,
    (): ProblemDocument => ({}),
  );
  const code = isCode(document.code) ? document.code : 'unavailable';
  return new ImpactError(code, `the collector answered ${response.status}: ${document.detail ?? response.statusText}`, {
    problems: document.problems ?? [],
  });
}

/** A transport to `POST /api/v1/events`, one batch a request, acknowledged by Kafka before the answer. */
export function collectorTransport({ url, token, timeoutMs = 10_000 }: CollectorOptions): Transport {
  const target = new URL('/api/v1/events', url);
  const headers = { 'content-type': 'application/cloudevents-batch+json', authorization: `Bearer ${token}` };
  return {
    async send(events) {
      // Each event's own trace is among its attributes (CloudEvents' distributed tracing extension); the request's is one that all share.
      const body = JSON.stringify(events.map((event) => ({ ...cloudEventOf(event), ...traceOf(event) })));
      const init = { method: 'POST', headers: { ...headers, ...commonTrace(events) }, body, signal: AbortSignal.timeout(timeoutMs) };
      const response = await fetch(target, init).catch((cause: unknown) => {
        throw new ImpactError('unavailable', `no answer from ${target.origin}`, { cause });
      });
      if (!response.ok) throw await refusalOf(response);
      await response.arrayBuffer();
    },
    close: async () => {},
  };
}
