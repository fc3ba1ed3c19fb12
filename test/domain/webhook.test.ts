import { describe, expect, it } from 'vitest';
import { parseWebhook, webhookMessages } from '../../src/domain/webhook.ts';

const form = {
  webhook_url: 'https://your-system.com/webhooks/roi-updates',
  events: ['roi_calculation_complete', 'alert_triggered', 'threshold_exceeded'],
  authentication: 'bearer_token_here',
};
const fields = (document: unknown, partial = false): string[] => {
  const parsed = parseWebhook(document, partial);
  return parsed.ok ? [] : parsed.problems.map(({ field }) => field);
};

describe('a webhook', () => {
  it('is registered in the form of the first document', () => {
    expect(parseWebhook(form)).toEqual({
      ok: true,
      form: { url: form.webhook_url, events: form.events, authentication: 'bearer_token_here' },
    });
    expect(fields({ webhook_url: form.webhook_url, events: ['report_ready'] })).toEqual([]);
  });

  it('is refused with every fault at once', () => {
    expect(fields({ webhook_url: 'ftp://x', events: [], authentication: 'a b', colour: 1 })).toEqual([
      'colour',
      'webhook_url',
      'events',
      'authentication',
    ]);
    expect(fields({})).toEqual(['webhook_url', 'events']);
    expect(fields('x')).toEqual(['body', 'webhook_url', 'events']);
    expect(fields({ ...form, webhook_url: 'https://user:pass@x.example/' })).toEqual(['webhook_url']);
    expect(fields({ ...form, events: ['alert_triggered', 'other'] })).toEqual(['events']);
  });

  it('is never answered with the token that was wrong', () => {
    expect(JSON.stringify(parseWebhook({ ...form, authentication: 'my secret' }))).not.toContain('my secret');
  });

  it('is changed in what is given', () => {
    expect(parseWebhook({ events: ['report_ready', 'report_ready'] }, true)).toEqual({ ok: true, form: { events: ['report_ready'] } });
    expect(parseWebhook({ authentication: null }, true)).toEqual({ ok: true, form: { authentication: null } });
    expect(fields({ webhook_url: 'x' }, true)).toEqual(['webhook_url']);
  });
});

describe('announcements', () => {
  const one = (id: string, type: 'alert_triggered' | 'alert_resolved' | 'report_ready', tenantId: string | null = null) => ({
    id,
    type,
    occurredAt: Date.UTC(2026, 0, 11),
    tenantId,
    data: { id },
  });

  it('of alerts travel together by type and tenant, a hundred at most, and others by themselves', () => {
    const many = Array.from({ length: 150 }, (_, i) => one(`a${i}`, 'alert_triggered'));
    const messages = webhookMessages([
      ...many,
      one('b', 'alert_triggered', 'acme'),
      one('c', 'alert_resolved'),
      one('d', 'report_ready'),
      one('e', 'report_ready'),
    ]);
    expect(messages.map(({ type, tenantId, ids }) => [type, tenantId, ids.length])).toEqual([
      ['alert_triggered', null, 100],
      ['alert_triggered', null, 50],
      ['alert_triggered', 'acme', 1],
      ['alert_resolved', null, 1],
      ['report_ready', null, 1],
      ['report_ready', null, 1],
    ]);
  });

  it('say their type, time and tenant around what happened', () => {
    const [alert, report] = webhookMessages([one('a', 'alert_triggered', 'acme'), one('d', 'report_ready')]).map(({ body }) =>
      JSON.parse(body),
    );
    expect(alert).toEqual({
      type: 'alert_triggered',
      timestamp: '2026-01-11T00:00:00.000Z',
      tenant: 'acme',
      data: { alerts: [{ id: 'a' }] },
    });
    expect(report).toEqual({ type: 'report_ready', timestamp: '2026-01-11T00:00:00.000Z', tenant: null, data: { id: 'd' } });
  });
});
