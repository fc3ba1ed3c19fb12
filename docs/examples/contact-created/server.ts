/** HTTP around the service: the webhook of the CRM, the outcome of an intervention, and the processing of a lead. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Service } from './service.ts';

type Answer = { status: number; body: unknown };
type Body = Record<string, unknown>;

const MAX_BODY_BYTES = 64 * 1024;

async function bodyOf(request: IncomingMessage): Promise<Body | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return typeof body === 'object' && body !== null ? (body as Body) : null;
  } catch {
    return null;
  }
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const wrong = (expected: string): Answer => ({ status: 400, body: { expected } });

async function contactCreated(service: Service, body: Body): Promise<Answer> {
  const contactId = text((body['contact'] as Body | undefined)?.['id']);
  const tenantId = text(body['location_id']);
  if (contactId === null || tenantId === null) return wrong('{ "contact": { "id": "…" }, "location_id": "…" }');
  return { status: 200, body: await service.contactCreated(contactId, tenantId) };
}

function interventionEnded(service: Service, contactId: string, body: Body): Answer {
  const [tenantId, churned] = [text(body['tenantId']), body['churned']];
  if (tenantId === null || typeof churned !== 'boolean') return wrong('{ "tenantId": "…", "churned": true or false }');
  const known = service.interventionEnded(contactId, tenantId, churned);
  return known
    ? { status: 200, body: { status: 'processed' } }
    : { status: 404, body: { expected: 'a contact with an open intervention' } };
}

async function processLead(service: Service, leadId: string, body: Body): Promise<Answer> {
  const [tenantId, userId] = [text(body['tenantId']), text(body['userId'])];
  if (tenantId === null || userId === null) return wrong('{ "tenantId": "…", "userId": "…" }');
  return { status: 200, body: await service.processLead(leadId, tenantId, userId) };
}

async function answer(service: Service, request: IncomingMessage): Promise<Answer> {
  const path = new URL(request.url ?? '/', 'http://service').pathname;
  const [, subject, id = '', action] = /^\/api\/(leads|interventions)\/([^/]+)\/(\w+)$/.exec(path) ?? [];
  const route = subject === undefined ? path : `${subject} ${action}`;
  if (request.method !== 'POST' || !['/webhooks/ghl/contact-created', 'interventions outcome', 'leads process'].includes(route))
    return { status: 404, body: { expected: 'POST to one of the routes in README.md' } };
  const body = await bodyOf(request);
  if (body === null) return wrong('a JSON object of at most 64 KiB');
  if (route === 'leads process') return processLead(service, decodeURIComponent(id), body);
  if (route === 'interventions outcome') return interventionEnded(service, decodeURIComponent(id), body);
  return contactCreated(service, body);
}

/** A server that does not listen yet. */
export function buildServer(service: Service): Server {
  return createServer((request, response) => {
    answer(service, request)
      .catch((error: unknown): Answer => {
        console.error(error);
        return { status: 500, body: { expected: 'another try later' } };
      })
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      });
  });
}
