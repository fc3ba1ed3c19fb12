/** A group's messages as entries of the outbox: one for each receiver. */
import type { Telling } from './flush.ts';
import { mailMessage } from './mail.ts';
import { pagerDutyEvents } from './pagerduty.ts';
import type { MailPayload, PagerDutyPayload, SlackPayload } from './payload.ts';
import { slackMessage } from './slack.ts';
import { headline, subjectsOf } from './text.ts';

/** As `query/outbox.ts` takes it. */
export type Entry = {
  key: string;
  channel: 'pagerduty' | 'slack' | 'mail';
  target: string;
  payload: MailPayload | SlackPayload | PagerDutyPayload;
  lane?: string;
  tenantId: string | null;
  subject: string;
};

/** The one tenant that a message is about; null: several, or all. */
function tenantOf({ news, firing, resolved }: Telling): string | null {
  const tenants = new Set([...news, ...firing, ...resolved].map(({ alert }) => alert.tenantId));
  const [only = null] = tenants;
  return tenants.size === 1 ? only : null;
}

/**
 * @param ends whether nothing of the episode fires after this message
 * @param publicUrl where people open alerts; empty: there are no links
 */
export function entriesOf(telling: Telling, ends: boolean, publicUrl: string): Entry[] {
  const { to, key, episode } = telling;
  const common = { tenantId: tenantOf(telling), subject: headline(telling).slice(0, 300) };
  const events = to.pagerduty.length === 0 ? [] : pagerDutyEvents(telling, ends, publicUrl);
  const paged = to.pagerduty.flatMap((target) =>
    events.map((payload): Entry => {
      const action = String(payload.event['event_action']);
      return {
        key: `alert/${key}/pagerduty/${target}/${action}`,
        channel: 'pagerduty',
        target,
        payload,
        lane: `${target}/${episode}`,
        ...common,
      };
    }),
  );
  if (subjectsOf(telling).length === 0) return paged;
  const posted = to.slack.map((target): Entry => {
    const payload = slackMessage(telling, target, publicUrl);
    return { key: `alert/${key}/slack/${target}`, channel: 'slack', target, payload, lane: `${target}/${episode}`, ...common };
  });
  const mail: Entry = {
    key: `alert/${key}/mail`,
    channel: 'mail',
    target: to.mail.join(', '),
    payload: mailMessage(telling, to.mail, publicUrl),
    ...common,
  };
  return [...paged, ...posted, ...(to.mail.length === 0 ? [] : [mail])];
}

/** The end of an episode of which people see nothing: its last alerts have become another group's. Incidents end all the same. */
export function endOf(episode: string, tellings: number, services: readonly string[]): Entry[] {
  return services.map((target) => ({
    key: `alert/${episode}#${tellings}/pagerduty/${target}/end`,
    channel: 'pagerduty',
    target,
    payload: { kind: 'alert', event: { event_action: 'resolve', dedup_key: episode } },
    lane: `${target}/${episode}`,
    tenantId: null,
    subject: 'RESOLVED',
  }));
}
