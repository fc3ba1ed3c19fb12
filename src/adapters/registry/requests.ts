/** The registry's HTTP API: few requests. What cannot be asked is `unavailable`, never mistaken for "does not exist". */
import type { Config } from '../../config.ts';
import { ImpactError } from '../../domain/errors.ts';

/** How a request is sent: `fetch`, or what trusts an authority of our own. */
export type Ask = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string; signal: AbortSignal },
) => Promise<Response>;
export type RegistryConfig = Pick<Config, 'registryUrl' | 'registryUsername' | 'registryPassword'>;
export type Requests = {
  /** @returns the id of the schema under this subject, new or not */
  register(subject: string, schemaText: string): Promise<number>;
  requireBackward(subject: string): Promise<void>;
  /** @returns the schema's text, or null where the registry does not know the id or keeps something other than Avro under it */
  schemaText(id: number): Promise<string | null>;
  /** @returns how many subjects there are */
  subjects(): Promise<number>;
  /** @returns every version of a subject, the oldest first; none where there is no such subject */
  versions(subject: string): Promise<{ id: number; text: string }[]>;
};

const TIMEOUT_MS = 10_000;
const SCHEMA_NOT_FOUND = 40_403;
const SUBJECT_NOT_FOUND = 40_401;
const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';

type Answer = { status: number; body: Record<string, unknown> };

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  try {
    return { status: response.status, body: JSON.parse(text) as Record<string, unknown> };
  } catch {
    return { status: response.status, body: { message: text.slice(0, 200) } };
  }
}

function headersOf({ registryUsername, registryPassword }: RegistryConfig): Record<string, string> {
  const headers = { 'content-type': CONTENT_TYPE, accept: `${CONTENT_TYPE}, application/json` };
  if (registryUsername === '') return headers;
  const credentials = Buffer.from(`${registryUsername}:${registryPassword}`).toString('base64');
  return { ...headers, authorization: `Basic ${credentials}` };
}

const unavailable = (what: string, cause?: unknown): ImpactError => new ImpactError('unavailable', `schema registry: ${what}`, { cause });

function refused(path: string, { status, body }: Answer): ImpactError {
  const detail = `${path}: ${status} ${body['message'] ?? ''}`;
  const incompatible = status === 409 || status === 422;
  return incompatible ? new ImpactError('conflict', `schema registry refused the schema, ${detail}`) : unavailable(detail);
}

/**
 * @param ask sends the requests; the default trusts the public authorities
 * @throws (from each request) ImpactError `unavailable`, or `conflict` for a schema that is incompatible or not valid
 */
export function createRequests(config: RegistryConfig, ask: Ask = fetch): Requests {
  const headers = headersOf(config);
  const send = async (method: string, path: string, body?: object): Promise<Answer> => {
    const init = { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS), ...(body ? { body: JSON.stringify(body) } : {}) };
    const response = await ask(`${config.registryUrl}${path}`, init).catch((error: unknown) => {
      throw unavailable(`${method} ${path} got no answer`, error);
    });
    return answerOf(response).catch((error: unknown) => {
      throw unavailable(`the answer to ${method} ${path} broke off`, error);
    });
  };
  return {
    async register(subject, schemaText) {
      const path = `/subjects/${encodeURIComponent(subject)}/versions`;
      const answer = await send('POST', path, { schema: schemaText });
      if (answer.status !== 200 || typeof answer.body['id'] !== 'number') throw refused(path, answer);
      return answer.body['id'];
    },
    async requireBackward(subject) {
      const path = `/config/${encodeURIComponent(subject)}`;
      const answer = await send('PUT', path, { compatibility: 'BACKWARD' });
      if (answer.status !== 200) throw refused(path, answer);
    },
    async schemaText(id) {
      const path = `/schemas/ids/${id}`;
      const answer = await send('GET', path);
      if (answer.status === 404 && answer.body['error_code'] === SCHEMA_NOT_FOUND) return null;
      if (answer.status !== 200 || typeof answer.body['schema'] !== 'string') throw refused(path, answer);
      return (answer.body['schemaType'] ?? 'AVRO') === 'AVRO' ? answer.body['schema'] : null;
    },
    async subjects() {
      const answer = await send('GET', '/subjects');
      if (answer.status !== 200 || !Array.isArray(answer.body)) throw refused('/subjects', answer);
      return answer.body.length;
    },
    async versions(subject) {
      const path = `/subjects/${encodeURIComponent(subject)}/versions`;
      const numbers = await send('GET', path);
      if (numbers.status === 404 && numbers.body['error_code'] === SUBJECT_NOT_FOUND) return [];
      if (numbers.status !== 200 || !Array.isArray(numbers.body)) throw refused(path, numbers);
      const found: { id: number; text: string }[] = [];
      for (const number of numbers.body) {
        const answer = await send('GET', `${path}/${number}`);
        if (answer.status !== 200 || typeof answer.body['schema'] !== 'string') throw refused(`${path}/${number}`, answer);
        found.push({ id: Number(answer.body['id']), text: answer.body['schema'] });
      }
      return found;
    },
  };
}
