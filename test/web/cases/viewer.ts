/** Who may only look: sees no control, and is refused by the server whatever it asks. */
import { expect, it } from 'vitest';
import { openPage, visit } from '../browser.ts';
import type { Known } from './opened.ts';

const controls = [
  ['/rollout?flag=ai_coaching', ['Advance', 'Pause', 'Roll back']],
  ['/flags?flag=ai_coaching', ['Edit']],
  ['/alerts?alert=error-rate-1', ['Acknowledge', 'Silence']],
  ['/alerts?tab=rules', ['New rule']],
  ['/alerts?tab=rules&rule=error-rate', ['Save', 'Delete', 'Preview']],
  ['/alerts?tab=notifications', ['Register', 'Test', 'Switch', 'Rotate', 'Remove', 'Send again']],
  ['/quality', ['Redrive']],
  ['/quality?tab=replays', ['Dry run', 'Replay']],
  ['/reports', ['Send']],
  ['/revenue?tab=targets', ['Set', 'Attest']],
] as const;

const some = '00000000-0000-4000-8000-000000000000';
const day = '2026-01-01';
const orders: [string, string, object][] = [
  ['POST', '/api/v1/flags/ai_coaching/stage', { stage: 'ga' }],
  ['PATCH', '/api/v1/flags/ai_coaching', { name: 'x' }],
  ...(['advance', 'pause', 'rollback'] as const).map((order): [string, string, object] => [
    'POST',
    `/api/v1/rollouts/ai_coaching/${order}`,
    {},
  ]),
  ['PUT', '/api/v1/rules/error-rate', {}],
  ['DELETE', '/api/v1/rules/error-rate', {}],
  ['POST', '/api/v1/rules/preview', {}],
  ['POST', '/api/v1/alerts/error-rate-1/acknowledge', {}],
  ['POST', '/api/v1/silences', { endsAt: '2036-01-01T00:00:00Z', reason: 'x' }],
  ['POST', '/api/v1/webhooks', { webhook_url: 'https://example.com', events: ['report_ready'] }],
  ['POST', `/api/v1/webhooks/${some}/test`, {}],
  ['POST', `/api/v1/webhooks/${some}/rotate`, {}],
  ['PATCH', `/api/v1/webhooks/${some}`, { enabled: false }],
  ['DELETE', `/api/v1/webhooks/${some}`, {}],
  ['POST', '/api/v1/deliveries/1/redeliver', {}],
  ['PUT', '/api/v1/targets/roi_percent', { target: 1, reason: 'x' }],
  ['POST', '/api/v1/kpis/attestations', { line: 'stakeholder-confidence', met: true, note: 'x' }],
  ['POST', '/api/v1/replays', { from: day, to: day }],
  ['POST', '/api/v1/dead-letters/redrive', {}],
  ['POST', `/api/v1/reports/daily/${day}/send`, { email: true }],
];

export function viewing(known: Known): void {
  it('sees no control', async () => {
    const page = await openPage(known().viewer, '/rollout?flag=ai_coaching');
    expect(await page.textContent('main')).toContain('takes an operator’s token');
    for (const [path, names] of controls) {
      await visit(page, path);
      const shown = await page.locator('main :is(button, a.button)').allTextContents();
      expect([path, shown.filter((text) => names.some((name) => text.startsWith(name)))]).toEqual([path, []]);
    }
  });

  it.each(orders)('is refused: %s %s', async (method, path, body) => {
    const { world, viewerToken } = known();
    const headers = { authorization: `Bearer ${viewerToken}`, 'content-type': 'application/json', 'if-match': '*' };
    const { status } = await fetch(`${world.url}${path}`, { method, headers, body: JSON.stringify(body) });
    expect(status).toBe(403);
  });
}
