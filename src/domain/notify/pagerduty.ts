/** Messages as PagerDuty takes them: Events API v2, https://developer.pagerduty.com/docs/events-api-v2-overview */
import type { Transition } from '../alert.ts';
import type { Telling } from './flush.ts';
import type { PagerDutyPayload } from './payload.ts';
import { alertText, alertUrl, countsText, headline, runbookUrl, severityOf, subjectsOf } from './text.ts';

const SUMMARY_CHARACTERS = 1024;
/** An event may have 512 KB. */
const LISTED = 50;
const LINKED = 5;

const severityNames = { critical: 'critical', warning: 'warning', success: 'info' } as const;

type Link = { href: string; text: string };

function linksOf(alerts: readonly Transition[], publicUrl: string): Link[] {
  const links = alerts.slice(0, LINKED).flatMap((alert): Link[] => {
    const [at, runbook] = [alertUrl(publicUrl, alert), runbookUrl(alert)];
    return [
      ...(at === null ? [] : [{ href: at, text: alert.title }]),
      ...(runbook === null ? [] : [{ href: runbook, text: `Runbook: ${alert.title}` }]),
    ];
  });
  return links.filter(({ href }, i) => links.findIndex((one) => one.href === href) === i);
}

function detailsOf(telling: Telling, alerts: readonly Transition[]): Record<string, unknown> {
  return {
    counts: countsText(telling),
    alerts: alerts.slice(0, LISTED).map((alert) => ({
      id: alert.alertId,
      text: alertText(alert),
      rule: alert.rule,
      tenant: alert.tenantId,
      feature: alert.featureId,
      value: alert.value,
      threshold: alert.threshold,
      n: alert.n,
      opened_at: new Date(alert.openedAt).toISOString(),
      runbook: alert.runbook,
    })),
    not_listed: Math.max(0, alerts.length - LISTED),
  };
}

function triggerOf(telling: Telling, publicUrl: string): PagerDutyPayload {
  const alerts = subjectsOf(telling).map(({ alert }) => alert);
  const [first] = alerts;
  const payload = {
    summary: headline(telling).slice(0, SUMMARY_CHARACTERS),
    source: first?.featureId ?? first?.tenantId ?? 'impactstream',
    severity: severityNames[severityOf(telling)],
    timestamp: new Date(first?.windowEnd ?? telling.at).toISOString(),
    component: first?.metric,
    group: first?.tenantId ?? 'platform',
    class: first?.rule,
    custom_details: detailsOf(telling, alerts),
  };
  const event = { event_action: 'trigger', dedup_key: telling.episode, client: 'impactstream', payload, links: linksOf(alerts, publicUrl) };
  return { kind: 'alert', event: publicUrl === '' ? event : { ...event, client_url: publicUrl } };
}

const following = (event_action: 'acknowledge' | 'resolve', { episode }: Telling): PagerDutyPayload => ({
  kind: 'alert',
  event: { event_action, dedup_key: episode },
});

/**
 * The events of a message, in their order.
 * @param ends whether nothing of the episode fires any more
 */
export function pagerDutyEvents(telling: Telling, ends: boolean, publicUrl: string): PagerDutyPayload[] {
  if (telling.kind === 'acknowledged') return [following('acknowledge', telling)];
  // What began and is over since a backup that was restored has been an incident already, or need not become one any more.
  const brief = telling.restoredFrom === null ? telling.brief.length : 0;
  const tells = telling.news.length + brief > 0 || telling.kind === 'escalated';
  return [...(tells ? [triggerOf(telling, publicUrl)] : []), ...(ends ? [following('resolve', telling)] : [])];
}
