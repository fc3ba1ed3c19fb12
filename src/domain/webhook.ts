/** A webhook as people register it, in the form of the first documents: {webhook_url, events, authentication}. */
import { type AnnouncementType, announcementTypes } from './announcement.ts';
import type { Problem } from './errors.ts';
import { sayInto } from './flags/flag-fields.ts';
import { isPlainObject } from './flags/json.ts';

/** `authentication`: a bearer token to send; null: none. */
export type WebhookForm = { url: string; events: readonly AnnouncementType[]; authentication: string | null };

const known = ['webhook_url', 'events', 'authentication'];

function isWebhookUrl(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > 2_000 || !URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}

const isEvents = (value: unknown): value is AnnouncementType[] =>
  Array.isArray(value) && value.length > 0 && value.every((one) => announcementTypes.includes(one as AnnouncementType));

/** It becomes a header. */
const isToken = (value: unknown): value is string => typeof value === 'string' && /^[\x21-\x7e]{1,2000}$/.test(value);

/**
 * @param partial whether what is left out stays as it is
 * @returns what was given, or everything that is wrong with it
 */
export function parseWebhook(
  document: unknown,
  partial = false,
): { ok: true; form: Partial<WebhookForm> } | { ok: false; problems: Problem[] } {
  const problems: Problem[] = [];
  const say = sayInto(problems);
  const given: Record<string, unknown> = isPlainObject(document) ? document : {};
  if (!isPlainObject(document)) say('body', document, 'an object');
  for (const name of Object.keys(given)) if (!known.includes(name)) say(name, given[name], `no such field; there are ${known.join(', ')}`);
  const { webhook_url: url, events, authentication } = given;
  const wanted = (name: string): boolean => name in given || (!partial && name !== 'authentication');
  if (wanted('webhook_url') && !isWebhookUrl(url)) say('webhook_url', url, 'an https:// or http:// URL without user and password');
  if (wanted('events') && !isEvents(events)) say('events', events, `a list of ${announcementTypes.join(', ')}`);
  // What was sent is not shown again: it may be a token with a typing error.
  if (wanted('authentication') && authentication !== null && !isToken(authentication))
    problems.push({
      field: 'authentication',
      value: '(secret)',
      expected: 'a bearer token of 1 to 2000 visible ASCII characters, or null',
    });
  if (problems.length > 0) return { ok: false, problems };
  const form = {
    ...('webhook_url' in given ? { url: url as string } : {}),
    ...('events' in given ? { events: [...new Set(events as AnnouncementType[])] } : {}),
    ...('authentication' in given ? { authentication: authentication as string | null } : {}),
  };
  return { ok: true, form };
}

type Carried = { id: string; type: AnnouncementType; occurredAt: number; tenantId: string | null; data: object };

/** Alerts of a storm travel together. */
const BUNDLED = 100;
const isAlert = ({ type }: Carried): boolean => type.startsWith('alert_') || type === 'threshold_exceeded';

/** What one webhook gets of some announcements: `ids` identify the message. */
export type WebhookMessage = { ids: readonly string[]; type: AnnouncementType; tenantId: string | null; body: string };

function messageOf(announcements: readonly Carried[]): WebhookMessage {
  const [first, ...rest] = announcements as [Carried, ...Carried[]];
  const data = isAlert(first) ? { alerts: announcements.map(({ data: one }) => one) } : first.data;
  const tenantId = rest.every((one) => one.tenantId === first.tenantId) ? first.tenantId : null;
  const body = { type: first.type, timestamp: new Date(first.occurredAt).toISOString(), tenant: tenantId, data };
  return { ids: announcements.map(({ id }) => id), type: first.type, tenantId, body: JSON.stringify(body) };
}

/** The announcements as messages, in their order: alerts of one type and tenant in bundles, everything else by itself. */
export function webhookMessages(announcements: readonly Carried[]): WebhookMessage[] {
  const bundles = new Map<string, Carried[]>();
  const all: Carried[][] = [];
  for (const one of announcements) {
    const key = JSON.stringify([one.type, one.tenantId]);
    const open = isAlert(one) ? bundles.get(key) : undefined;
    if (open && open.length < BUNDLED) open.push(one);
    else {
      const fresh = [one];
      all.push(fresh);
      bundles.set(key, fresh);
    }
  }
  return all.map(messageOf);
}
