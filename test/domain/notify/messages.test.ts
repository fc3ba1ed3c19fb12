import { describe, expect, it } from 'vitest';
import { alertAnnouncements } from '../../../src/domain/notify/announce.ts';
import { endOf, entriesOf } from '../../../src/domain/notify/entries.ts';
import type { Telling } from '../../../src/domain/notify/flush.ts';
import type { MailPayload, PagerDutyPayload, SlackPayload } from '../../../src/domain/notify/payload.ts';
import { isRolloutStep, type RolloutChange, rolloutEntries } from '../../../src/domain/notify/rollout.ts';
import { alertText, valueText } from '../../../src/domain/notify/text.ts';
import { alertOf, memberOf, NOON, routeOf } from '../../support/notify-alerts.ts';

const telling = (changes: Partial<Telling> = {}): Telling => {
  const news = changes.news ?? [memberOf()];
  const lists = { news, firing: news, known: [], resolved: [], brief: [] };
  return { kind: 'firing', key: 'k#1', episode: 'k', to: routeOf().to, level: null, at: NOON, restoredFrom: null, ...lists, ...changes };
};
const URL_ = 'https://impact.example/';
const payloads = (one: Telling, ends = false, url = URL_) => {
  const entries = entriesOf(one, ends, url);
  const of = (channel: string) => entries.filter((entry) => entry.channel === channel).map(({ payload }) => payload);
  return {
    entries,
    pagerduty: of('pagerduty') as PagerDutyPayload[],
    slack: of('slack') as SlackPayload[],
    mail: of('mail') as MailPayload[],
  };
};
const hostile = memberOf({ title: '<b>"A" & b</b>', tenantId: "<script>alert('x')</script>" });

describe('after a restore', () => {
  const restoredFrom = NOON - 3_600_000;

  it('a message says why it comes, and that it may be known', () => {
    const { slack, mail } = payloads(telling({ restoredFrom }));
    for (const text of [JSON.stringify(slack), mail[0]?.text, mail[0]?.html])
      expect(text).toContain(
        'A backup of 2026-01-11 11:00 UTC was restored. This is what has changed since; you may have been told of it before.',
      );
  });

  it('what is over wakes nobody, and what fires has the key of the incident that there may be', () => {
    const brief = [memberOf({ state: 'resolved' })];
    const over = telling({ kind: 'resolved', news: [], firing: [], resolved: brief, brief, restoredFrom });
    expect(payloads(over, true).pagerduty.map(({ event }) => event['event_action'])).toEqual(['resolve']);
    expect(payloads({ ...over, restoredFrom: null }, true).pagerduty.map(({ event }) => event['event_action'])).toEqual([
      'trigger',
      'resolve',
    ]);
    expect(payloads(telling({ restoredFrom })).pagerduty[0]?.event).toMatchObject({ event_action: 'trigger', dedup_key: 'k' });
  });
});

describe('the words of an alert', () => {
  it('name its value and its limit in their unit', () => {
    expect(valueText(alertOf())).toBe('7.25 % (limit: above 5 %)');
    expect(valueText(alertOf({ metric: 'websocket_latency_ms', statistic: 'mean', value: 212.4567 }))).toBe('212.5 ms (limit: above 5 ms)');
    expect(valueText(alertOf({ metric: 'response_time_seconds', statistic: 'mean', value: null }))).toBe('no data (limit: above 5 s)');
    expect(valueText(alertOf({ metric: 'cost_usd', statistic: 'sum', comparison: 'below' }))).toBe('7.25 USD (limit: below 5 USD)');
    expect(valueText(alertOf({ metric: 'targets_met_days', statistic: 'latest', value: 7 }))).toBe('7 days (limit: above 5 days)');
  });

  it('name what it is about', () => {
    expect(alertText(alertOf())).toBe('Error rate: the whole platform: 7.25 % (limit: above 5 %)');
    expect(alertText(alertOf({ tenantId: 'acme', featureId: 'ai_coaching' }))).toContain('acme / ai_coaching');
  });
});

describe('a message to PagerDuty', () => {
  it('triggers with what Events v2 asks for, and with links', () => {
    const [event] = payloads(telling({ news: [memberOf({ runbook: 'https://runbooks.example/errors' })] })).pagerduty;
    expect(event).toMatchObject({
      kind: 'alert',
      event: {
        event_action: 'trigger',
        dedup_key: 'k',
        client_url: URL_,
        payload: {
          summary: 'CRITICAL: Error rate: the whole platform: 7.25 % (limit: above 5 %)',
          severity: 'critical',
          class: 'error-rate',
        },
      },
    });
    expect(event?.event['links']).toEqual([
      { href: `https://impact.example/alerts/error-rate%3A${NOON}`, text: 'Error rate' },
      { href: 'https://runbooks.example/errors', text: 'Runbook: Error rate' },
    ]);
  });

  it('ends the same incident when nothing fires any more, and only then', () => {
    const over = telling({ kind: 'resolved', news: [], resolved: [memberOf({ state: 'resolved' })] });
    expect(payloads(over, true).pagerduty.map(({ event }) => event)).toEqual([{ event_action: 'resolve', dedup_key: 'k' }]);
    expect(payloads(over, false).pagerduty).toEqual([]);
  });

  it('triggers and ends what was over before it could be told, in this order', () => {
    const over = [memberOf({ state: 'resolved' })];
    const { pagerduty, entries } = payloads(telling({ kind: 'resolved', news: [], resolved: over, brief: over }), true);
    expect(pagerduty.map(({ event }) => event['event_action'])).toEqual(['trigger', 'resolve']);
    expect(new Set(entries.filter(({ channel }) => channel === 'pagerduty').map(({ lane }) => lane))).toEqual(new Set(['default/k']));
  });

  it('acknowledges what people have acknowledged', () => {
    expect(payloads(telling({ kind: 'acknowledged', news: [] })).pagerduty[0]?.event).toEqual({
      event_action: 'acknowledge',
      dedup_key: 'k',
    });
  });

  it('ends an incident whose alerts are told elsewhere by now', () => {
    expect(
      endOf('k', 3, ['default', 'other']).map(({ key, target, payload }) => [key, target, (payload as PagerDutyPayload).event]),
    ).toEqual([
      ['alert/k#3/pagerduty/default/end', 'default', { event_action: 'resolve', dedup_key: 'k' }],
      ['alert/k#3/pagerduty/other/end', 'other', { event_action: 'resolve', dedup_key: 'k' }],
    ]);
  });
});

describe('a message to Slack', () => {
  it('keeps Block Kit’s limits with thousands of alerts, and says how many it does not list', () => {
    const many = Array.from({ length: 3_000 }, (_, i) => memberOf({ tenantId: `t${i}${'x'.repeat(200)}` }));
    const [message] = payloads(telling({ news: many })).slack;
    const blocks = (message?.blocks ?? []) as { type: string; text?: { text: string } }[];
    expect(blocks.length).toBeLessThanOrEqual(50);
    for (const { type, text } of blocks) expect((text?.text ?? '').length).toBeLessThanOrEqual(type === 'header' ? 150 : 3_000);
    expect(JSON.stringify(blocks)).toMatch(/… and 299\d more/);
    expect(message?.text).toContain('and 2,999 more alerts');
  });

  it('escapes what others have named', () => {
    const text = JSON.stringify(payloads(telling({ news: [hostile] })).slack[0]?.blocks?.slice(1));
    expect(text).not.toContain('<script>');
    expect(text).toContain('&lt;script&gt;');
  });

  it('has buttons only where there is somewhere to go', () => {
    const types = (url: string) => ((payloads(telling(), false, url).slack[0]?.blocks ?? []) as { type: string }[]).map(({ type }) => type);
    expect(types('')).not.toContain('actions');
    expect(types(URL_)).toContain('actions');
  });

  it('belongs to the thread of its episode, and says by whom it was acknowledged', () => {
    const taken = telling({ kind: 'acknowledged', news: [], firing: [memberOf({}, { acknowledgedBy: 'ann' })] });
    const [message] = payloads(taken).slack;
    expect(message).toMatchObject({ channel: '#alerts', thread: 'alert/k' });
    expect(JSON.stringify(message?.blocks)).toContain('Acknowledged by ann.');
  });
});

describe('a mail', () => {
  it('says the same in plain text and in HTML', () => {
    const known = [memberOf({ tenantId: 'old' })];
    const [mail] = payloads(telling({ known, firing: [memberOf(), ...known], resolved: [memberOf({ tenantId: 'gone' })] })).mail;
    expect(mail).toMatchObject({
      to: ['on-call@example.com', 'cto@example.com'],
      subject: expect.stringContaining('CRITICAL: Error rate'),
    });
    for (const part of [mail?.text ?? '', mail?.html ?? ''])
      for (const words of ['New', 'Still firing', 'Resolved', 'old', 'gone', 'docs/operating.md#errors', '2026-01-11 12:00 UTC'])
        expect(part).toContain(words);
  });

  it('escapes what others have named', () => {
    const html = payloads(telling({ news: [hostile] })).mail[0]?.html ?? '';
    expect(html).not.toContain('<script>');
    expect(html).toContain('&lt;b&gt;&quot;A&quot; &amp; b&lt;/b&gt;');
  });

  it('names the level to which it is escalated', () => {
    const level = { name: 'CTO', afterMs: 3_600_000, severity: ['critical' as const], to: routeOf().to };
    const [mail] = payloads(telling({ kind: 'escalated', news: [], firing: [memberOf()], known: [memberOf()], level })).mail;
    expect(mail?.subject).toMatch(/^ESCALATED to CTO: Error rate/);
    expect(mail?.text).toContain('Nobody has acknowledged this for 1h.');
  });
});

describe('every message', () => {
  it('is one tenant’s when it is about that tenant alone', () => {
    const tenantOf = (...tenants: (string | null)[]) =>
      payloads(telling({ news: tenants.map((tenantId) => memberOf({ tenantId })) })).entries[0]?.tenantId;
    expect([tenantOf('a', 'a'), tenantOf('a', 'b'), tenantOf('a', null), tenantOf(null)]).toEqual(['a', null, null, null]);
  });

  it('counts what began and ended meanwhile', () => {
    const over = [memberOf({ state: 'resolved' })];
    expect(payloads(telling({ kind: 'resolved', news: [], resolved: over, brief: over })).mail[0]?.text).toContain(
      '1 alert of 1 that ended began since the last message, too.',
    );
  });
});

describe('a rollout step', () => {
  const step: RolloutChange = {
    changeId: 'c1',
    flagId: 'ai_coaching',
    featureId: 'ai_coaching',
    version: 4,
    kind: 'stage_changed',
    occurredAt: NOON,
    by: 'ann',
    reason: 'gates met',
    evidence: '{"lift":0.12}',
    stageBefore: 'beta_10',
    stageAfter: 'beta_25',
  };

  it('is told as a change event, in Slack and by mail', () => {
    const entries = rolloutEntries(step, { pagerduty: ['default'], slack: ['#deploys'], mail: ['a@b.example'] }, URL_);
    expect(entries.map(({ key, channel }) => [key, channel])).toEqual([
      ['rollout/c1/pagerduty/default', 'pagerduty'],
      ['rollout/c1/slack/#deploys', 'slack'],
      ['rollout/c1/mail/', 'mail'],
    ]);
    expect(entries[0]?.payload).toMatchObject({
      kind: 'change',
      event: {
        payload: { summary: 'Rollout ai_coaching: beta_10 → beta_25, by ann', custom_details: { evidence: { lift: 0.12 } } },
        links: [{ href: 'https://impact.example/flags/ai_coaching' }],
      },
    });
  });

  it('is what moves people, and not an edited description', () => {
    expect(isRolloutStep(step)).toBe(true);
    expect(isRolloutStep({ ...step, kind: 'updated', stageAfter: 'beta_10' })).toBe(false);
    expect(isRolloutStep({ ...step, kind: 'created', stageBefore: null, stageAfter: 'disabled' })).toBe(false);
    expect(isRolloutStep({ ...step, kind: 'archived', stageAfter: 'beta_10' })).toBe(true);
    expect(
      rolloutEntries({ ...step, kind: 'archived', evidence: 'no json' }, { pagerduty: ['d'], slack: [], mail: [] }, '')[0]?.subject,
    ).toContain('archived');
  });
});

describe('a step of a plan that leaves the flag as it is', () => {
  const asked: RolloutChange = {
    changeId: 'c2',
    flagId: 'ai_coaching',
    featureId: 'ai_coaching',
    version: 3,
    kind: 'rollout_approval_asked',
    occurredAt: NOON,
    by: 'rollout',
    reason: 'every gate is met',
    evidence: null,
    stageBefore: 'beta_10',
    stageAfter: 'beta_10',
  };

  it('is told to people, who are waited for, and to no pager', () => {
    expect(isRolloutStep(asked)).toBe(true);
    const entries = rolloutEntries(asked, { pagerduty: ['default'], slack: ['#deploys'], mail: ['a@b.example'] }, '');
    expect(entries.map(({ channel }) => channel)).toEqual(['slack', 'mail']);
    expect(entries[0]?.subject).toBe('Rollout ai_coaching: waits for an approval, at beta_10, by rollout');
  });

  it('is not told where it asks nobody for anything', () => {
    expect(isRolloutStep({ ...asked, kind: 'rollout_planned' })).toBe(false);
    expect(isRolloutStep({ ...asked, kind: 'rollout_approval_withdrawn' })).toBe(false);
  });
});

describe('webhooks', () => {
  it('hear of what begins, gets worse and ends, and not of what goes on', () => {
    const types = (transition: 'opened' | 'escalated' | 'deescalated' | 'revised' | 'repeated' | 'resolved') =>
      alertAnnouncements(alertOf({ transition })).map(({ type }) => type);
    expect(types('opened')).toEqual(['alert_triggered', 'threshold_exceeded']);
    expect(types('escalated')).toEqual(['threshold_exceeded']);
    expect(types('resolved')).toEqual(['alert_resolved']);
    expect([...types('revised'), ...types('repeated'), ...types('deescalated')]).toEqual([]);
    expect(alertAnnouncements(alertOf())[0]?.data).toMatchObject({ openedAt: '2026-01-11T12:00:00.000Z', value: 7.25 });
  });
});
