import { describe, expect, it } from 'vitest';
import { rolloutText, spanText } from '../../src/cli/rollout-show.ts';
import type { Rollout } from '../../src/query/rollouts.ts';
import { convincing, DAY, planOf, START, stateAt } from '../support/rollouts.ts';

const NOW = START + 3 * DAY;
const rollout = (changes: Partial<Rollout> = {}): Rollout => ({
  flagId: 'ai_coaching',
  version: 5,
  run: 1,
  plan: planOf(),
  state: stateAt({ reason: 'spring' }),
  evaluation: {
    gates: [
      { gate: 'minimum_duration', met: false, figures: {}, says: '3 of 7 days at beta_10' },
      { gate: 'significance', met: true, figures: {}, says: 'productivity_score (+24 %): p = 0.001' },
    ],
    says: 'Missing: …',
    evidence: convincing,
    at: NOW,
  },
  createdAt: new Date(START),
  updatedAt: new Date(START),
  ...changes,
});

describe('a rollout in words', () => {
  it('says how long in the unit that fits', () => {
    const texts = [-5, 4_000, 119_000, 150_000, 7_300_000, 50 * 3_600_000, 9.26 * DAY].map(spanText);
    expect(texts).toEqual(['0 s', '4 s', '119 s', '3 min', '2 h', '2.1 days', '9.3 days']);
  });

  it('says where it is, and what the next stage waits for', () => {
    expect(rolloutText(rollout(), NOW)).toBe(
      [
        'ai_coaching: running at beta_10, for 3 days; run 1, version 5',
        'path    internal → [beta_10] → beta_25 → beta_50 → ga',
        'plan    manual approval, policy sequential, by productivity_score',
        'reason  spring',
        'before beta_25, as of 2026-01-13 00:00 UTC:',
        '  ✗ minimum duration   3 of 7 days at beta_10',
        '  ✓ significance       productivity_score (+24 %): p = 0.001',
      ].join('\n'),
    );
  });

  it('says when it is nowhere in its plan, when a change waits, and why it was taken back', () => {
    const pending = { to: 'disabled', flagVersion: 3, step: 6 } as const;
    const text = rolloutText(
      rollout({ state: stateAt({ status: 'rolled_back', stage: 'disabled', rollback: 'latency_spike', pending }) }),
      NOW,
    );
    expect(text).toContain('ai_coaching: rolled back (latency spike) at disabled');
    expect(text).toContain('path    [disabled] → internal → ');
    expect(text).toContain('pending the flag is to go to disabled');
  });

  it('warns when nobody looks at it', () => {
    expect(rolloutText(rollout(), NOW + DAY)).toContain('warning nobody looks at it: `impact run rollout` does');
    expect(rolloutText(rollout({ state: stateAt({ status: 'complete', stage: 'ga' }) }), NOW + DAY)).not.toContain('warning');
    const asked = { gates: [], says: 'Nothing is asked for.', evidence: convincing, at: NOW };
    expect(rolloutText(rollout({ evaluation: asked }), NOW)).toContain('  nothing is asked for');
  });
});
