/** The guard stage as one machine: outcomes of a rollout in, its rollback out. */
import { describe, expect, it } from 'vitest';
import { topics } from '../../src/domain/topics.ts';
import { createGuardDriver, flagsInTest, type GuardDriver } from '../support/guard-driver.ts';
import { definitionOf, type Effects, exposuresOf, outcomesOf, storedFlag } from '../support/guard-load.ts';

const at = Date.UTC(2026, 0, 11);
const flag = storedFlag(definitionOf());
const BATCH = 200;

async function sendAll(driver: GuardDriver, effects: Effects, users: number, sent = flag, salt = 'a', restarts = false): Promise<void> {
  const events = outcomesOf(sent, users, at, effects, salt);
  for (let i = 0; i < events.length; i += BATCH) {
    await driver.send(events.slice(i, i + BATCH));
    if (restarts) driver.restart();
  }
}
const failing: Effects = { errors: [0.01, 0.12] };

describe('the guard', () => {
  it('rolls a feature back whose requests fail, once, with its evidence', async () => {
    const driver = createGuardDriver(flagsInTest([flag]));
    await driver.send(exposuresOf(flag, 100, at));
    await sendAll(driver, failing, 3000);
    expect(driver.rollbacks).toHaveLength(1);
    const [rollback] = driver.rollbacks;
    expect(rollback).toMatchObject({
      rollbackId: 'property_intelligence:1',
      stage: 'beta_50',
      reason: 'error-rate spike',
      guardrail: 'request_error',
    });
    expect(rollback?.treatmentMean).toBeGreaterThan(0.05);
    expect(rollback?.eValue).toBeGreaterThan(60);
    expect((rollback?.controlExposures ?? 0) + (rollback?.treatmentExposures ?? 0)).toBe(100);
    expect(rollback?.message).toContain('Guardrail request_error');
    expect(driver.alerts).toMatchObject([
      {
        rule: 'guard_rollback',
        transition: 'opened',
        severity: 'critical',
        metric: 'request_error',
        statistic: 'percent',
        featureId: 'property_intelligence',
      },
    ]);
    expect(driver.alerts[0]?.title).toContain(rollback?.message);
  });

  it('rolls back what is slower than its limit, and what satisfies less', async () => {
    const [slow, bad] = [createGuardDriver(flagsInTest([flag])), createGuardDriver(flagsInTest([flag]))];
    await sendAll(slow, { latencyMs: [80, 900] }, 1500);
    expect(slow.rollbacks).toMatchObject([{ reason: 'latency spike', guardrail: 'request_latency_ms' }]);
    await sendAll(bad, { satisfaction: [75, 45] }, 1500);
    expect(bad.rollbacks).toMatchObject([{ reason: 'business-metric drop', guardrail: 'match_satisfaction_score', test: 'control' }]);
    expect(bad.alerts).toMatchObject([{ comparison: 'below', statistic: 'mean' }]);
  });

  it('leaves a healthy rollout alone', async () => {
    const driver = createGuardDriver(flagsInTest([flag]));
    await sendAll(driver, {}, 6000);
    expect(driver.rollbacks).toEqual([]);
    expect(driver.alerts).toEqual([]);
  });

  it('decides the same when everything crashes after every step', async () => {
    const [steady, crashing] = [createGuardDriver(flagsInTest([flag])), createGuardDriver(flagsInTest([flag]))];
    await sendAll(steady, failing, 2000);
    await sendAll(crashing, failing, 2000, flag, 'a', true);
    expect(crashing.rollbacks).toHaveLength(1);
    expect(crashing.rollbacks).toEqual(steady.rollbacks);
    expect(crashing.alerts).toEqual(steady.alerts);
  });

  it('adds up what partitions know, of which none would be enough', async () => {
    const driver = createGuardDriver(flagsInTest([flag]), 4);
    const events = outcomesOf(flag, 1200, at, failing);
    for (let i = 0; i < events.length; i += 40)
      for (const [p, tenant] of ['tenant_0', 'tenant_1', 'tenant_2', 'tenant_3'].entries())
        await driver.send(
          events.slice(i, i + 40).filter(({ tenantId }) => tenantId === tenant),
          p,
        );
    expect(driver.rollbacks).toHaveLength(1);
  });

  it('counts only whom chance has given the variant that they saw, after the flag became what it is', async () => {
    const listed = storedFlag(definitionOf({ stage: 'beta_10', tenantWhitelist: ['tenant_1'] }), 1, at + 500);
    const driver = createGuardDriver(flagsInTest([listed]));
    const events = outcomesOf(listed, 2000, at);
    await driver.send(events);
    const counted = driver.counted.get('impact_guard_events_total counted') ?? 0;
    expect(counted + (driver.counted.get('impact_guard_events_total outside') ?? 0)).toBe(4000);
    // A tenth in each arm, of three tenants of four, less the first quarter, which was too early.
    expect(counted).toBeGreaterThan(4000 * 0.2 * 0.75 * 0.75 * 0.8);
    expect(counted).toBeLessThan(4000 * 0.2 * 0.75 * 0.75 * 1.2);
    const swapped = outcomesOf(listed, 500, at + 5000, {}, 'b').map((event) => ({
      ...event,
      variant: event.variant === 'control' ? 'treatment' : 'control',
    }));
    await driver.send(swapped);
    expect(driver.counted.get('impact_guard_events_total counted')).toBe(counted);
  });

  it('counts of a flag with a rule only whom an exposure has told to be drawn', async () => {
    const ruled = storedFlag(definitionOf({ targeting: { if: [{ '==': [{ var: 'plan' }, 'pro'] }, 'treatment', null] } }));
    const driver = createGuardDriver(flagsInTest([ruled]));
    const [events, exposures] = [outcomesOf(ruled, 30, at + 100), exposuresOf(ruled, 30, at)];
    await driver.send(events.slice(0, 20));
    expect(driver.counted.get('impact_guard_events_total outside')).toBe(20);
    // Of every third unit the rule has decided: it is a professional.
    await driver.send(exposures.map((event, i) => (i % 3 === 0 ? ({ ...event, reason: 'targeting' } as typeof event) : event)));
    driver.restart();
    await driver.send(events);
    const counted = driver.sums.flatMap(({ cells }) => cells).filter(({ guardrail }) => guardrail === 'request_error');
    expect(counted.reduce((sum, { n }) => sum + n, 0)).toBe(20);
  });

  it('counts an event once, however often it comes, and no correction', async () => {
    const driver = createGuardDriver(flagsInTest([flag]));
    const events = outcomesOf(flag, 50, at);
    await driver.send(events);
    driver.restart();
    await driver.send(events);
    await driver.send(events.map((event) => ({ ...event, revision: 1 })));
    const n = driver.sums.flatMap(({ cells }) => cells).filter(({ guardrail }) => guardrail === 'request_error');
    expect(n.reduce((sum, cell) => sum + cell.n, 0)).toBe(50);
    expect(driver.counted.get('impact_guard_events_total duplicate')).toBe(100);
    expect(driver.counted.get('impact_guard_events_total correction')).toBe(100);
  });

  it('passes over what it cannot read, and what nobody rolls out', async () => {
    const driver = createGuardDriver(flagsInTest([flag]));
    const other = outcomesOf(flag, 10, at).map((event) => ({ ...event, featureId: 'ai_coaching' }));
    await driver.send(other);
    await driver.sendBytes('impact-request-telemetry', null, 'not JSON');
    await driver.sendBytes('impact-request-telemetry', null, '{}');
    await driver.sendBytes('impact-request-telemetry', null, JSON.stringify(other[0]));
    await driver.sendBytes(topics.guardSums, 'x', 'not JSON');
    await driver.sendBytes(topics.guardSums, 'x', JSON.stringify({ flagId: 'x', flagVersion: 1, stage: 'beta_10', cells: [] }));
    expect([driver.sums, driver.rollbacks, driver.changelogs[0]?.size]).toEqual([[], [], 0]);
    expect(Object.fromEntries(driver.counted)).toEqual({
      'impact_guard_events_total not_guarded': 21,
      'impact_guard_events_total invalid': 2,
    });
  });

  it('waits until it knows the flags', async () => {
    const flags = flagsInTest([flag]);
    flags.load(false);
    const driver = createGuardDriver(flags);
    await expect(driver.send(outcomesOf(flag, 1, at))).rejects.toThrow('the flags have not arrived yet');
    await driver.tick();
    flags.load(true);
    await driver.send(outcomesOf(flag, 1, at));
    expect(driver.sums).toHaveLength(1);
  });
});

describe('a run of the guard', () => {
  it('asks for the rollback to be applied until it is, and then no more', async () => {
    let answer: { version: number; applied: boolean } | null = null;
    const driver = createGuardDriver(flagsInTest([flag]), 1, () => answer);
    await sendAll(driver, failing, 1500);
    await driver.tick();
    driver.restart();
    await driver.tick();
    expect(driver.applied.map(({ rollbackId }) => rollbackId)).toEqual(Array(2).fill('property_intelligence:1'));
    answer = { version: 2, applied: true };
    for (let i = 0; i < 3; i++) await driver.tick();
    driver.restart();
    await driver.tick();
    expect(driver.applied).toHaveLength(3);
    expect(driver.rollbacks).toHaveLength(1);
  });

  it('ends its alert when somebody changes the flag again, and begins anew', async () => {
    const flags = flagsInTest([flag]);
    const driver = createGuardDriver(flags, 1, () => ({ version: 2, applied: true }));
    await sendAll(driver, failing, 1500);
    await driver.tick();
    flags.set({ ...flag, stage: 'disabled', version: 2 });
    await driver.tick();
    expect(driver.alerts.map(({ transition }) => transition)).toEqual(['opened']);
    const mended = { ...flag, version: 3, updatedAt: at };
    flags.set(mended);
    await driver.tick();
    expect(driver.alerts.map(({ transition, alertId }) => [transition, alertId])).toEqual([
      ['opened', 'guard_rollback:property_intelligence:1'],
      ['resolved', 'guard_rollback:property_intelligence:1'],
    ]);
    await sendAll(driver, {}, 1500, mended, 'b');
    expect(driver.rollbacks).toHaveLength(1);
    await sendAll(driver, failing, 3000, mended, 'c');
    expect(driver.rollbacks.map(({ rollbackId }) => rollbackId)).toEqual(['property_intelligence:1', 'property_intelligence:3']);
  });

  it('goes on through the stages of a rollout, and ends with it', async () => {
    const first = storedFlag(definitionOf({ stage: 'beta_25' }));
    const flags = flagsInTest([first]);
    const driver = createGuardDriver(flags);
    const run = () =>
      JSON.parse(driver.changelogs[0]?.get('run|property_intelligence') ?? 'null') as { since: number; guard: object } | null;
    await sendAll(driver, {}, 500, first);
    const second = { ...first, stage: 'beta_50' as const, version: 2, updatedAt: at };
    flags.set(second);
    await sendAll(driver, {}, 500, second, 'b');
    expect(run()?.since).toBe(1);
    expect(JSON.stringify(run()?.guard)).toMatch(/beta_25.*beta_50/);
    // Other limits are other tests.
    flags.set({ ...second, version: 3, errorRateThresholdPercent: 2 });
    await driver.tick();
    expect(run()).toBeNull();
    await sendAll(driver, {}, 50, { ...second, version: 3 }, 'c');
    expect(run()?.since).toBe(3);
    // A change that was not seen may have ended the rollout.
    flags.set({ ...second, version: 5, errorRateThresholdPercent: 2 });
    await sendAll(driver, {}, 50, { ...second, version: 5 }, 'd');
    expect(run()?.since).toBe(5);
    flags.set({ ...second, version: 4, errorRateThresholdPercent: 2 });
    await driver.tick();
    expect(run()?.since).toBe(5);
    flags.set(null, first.id);
    await driver.tick();
    expect(run()).toBeNull();
  });
});
