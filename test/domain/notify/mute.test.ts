import { describe, expect, it } from 'vitest';
import { muter, type Silence } from '../../../src/domain/notify/mute.ts';
import type { Inhibition } from '../../../src/domain/notify/routing.ts';
import { alertOf, NOON } from '../../support/notify-alerts.ts';

const silence = (changes: Partial<Silence> = {}): Silence => ({
  id: '1',
  tenantId: null,
  featureId: null,
  rule: null,
  severity: null,
  startsAt: NOON,
  endsAt: NOON + 60_000,
  ...changes,
});
const inhibition: Inhibition = { source: 'critical', target: 'warning', same: ['metric'] };

describe('a silence', () => {
  const quiet = (one: Silence, alert = alertOf(), now = NOON) => muter([], [], [one], now)(alert);

  it('begins at its time and has ended at its end', () => {
    const at = (now: number) => quiet(silence(), alertOf(), now);
    expect([NOON - 1, NOON, NOON + 59_999, NOON + 60_000].map(at)).toEqual([null, 'silenced', 'silenced', null]);
  });

  it('is about what it names, and about all of what it does not name', () => {
    const alert = alertOf({ tenantId: 'acme', featureId: 'ai_coaching' });
    expect(quiet(silence({ tenantId: 'acme', featureId: 'ai_coaching', rule: 'error-rate', severity: 'critical' }), alert)).toBe(
      'silenced',
    );
    for (const other of [{ tenantId: 'b' }, { featureId: 'b' }, { rule: 'b' }, { severity: 'warning' as const }])
      expect(quiet(silence(other), alert)).toBeNull();
  });

  it('of one tenant is not about the whole platform', () => {
    expect(quiet(silence({ tenantId: 'acme' }))).toBeNull();
  });
});

describe('a critical alert', () => {
  const warned = (changes: Parameters<typeof alertOf>[0], ...firing: Parameters<typeof alertOf>[0][]) =>
    muter(
      [inhibition],
      firing.map((one) => alertOf(one)),
      [],
      NOON,
    )(alertOf({ severity: 'warning', ...changes }));

  it('keeps the warning of the same cause quiet', () => {
    expect(warned({ rule: 'other' }, {})).toBe('inhibited');
    expect(warned({ metric: 'latency_ms' }, {})).toBeNull();
  });

  it('about all covers its parts, and one about a part covers neither all nor another part', () => {
    expect(warned({ tenantId: 'acme', featureId: 'ai_coaching' }, {})).toBe('inhibited');
    expect(warned({ tenantId: 'acme', featureId: 'ai_coaching' }, { featureId: 'ai_coaching' })).toBe('inhibited');
    expect(warned({}, { tenantId: 'acme' })).toBeNull();
    expect(warned({ tenantId: 'b' }, { tenantId: 'acme' })).toBeNull();
  });

  it('keeps nothing quiet that is critical itself, and a warning keeps nothing quiet', () => {
    expect(warned({ severity: 'critical' }, {})).toBeNull();
    expect(warned({}, { severity: 'warning' })).toBeNull();
  });

  it('is not taken for a tenant that bears a strange name', () => {
    expect(warned({ tenantId: '*' }, { tenantId: '=*' })).toBeNull();
  });
});
