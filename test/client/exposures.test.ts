import { afterEach, describe, expect, it } from 'vitest';
import { createImpactClient } from '../../src/client/client.ts';
import { createFlagClient, type FlagClient, type FlagClientOptions } from '../../src/client/flags.ts';
import type { Flag } from '../../src/domain/flags/flag.ts';
import { clientOver, flagList } from '../support/flag-list.ts';
import { flag } from '../support/flags.ts';
import { testTransport } from '../support/transport.ts';

const HOUR_MS = 3_600_000;
const AT = Date.UTC(2026, 0, 10, 9);
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

async function open(definitions: Flag[], options: Partial<FlagClientOptions> = {}) {
  const clock = { now: AT };
  const transport = testTransport();
  const impact = createImpactClient({ source: 'lead-router', transport, now: () => clock.now, variants: () => flags });
  const { flags, list }: { flags: FlagClient; list: ReturnType<typeof flagList> } = await clientOver(definitions, {
    exposures: impact,
    now: () => clock.now,
    maxAgeMs: 1e9,
    ...options,
  });
  opened.push(flags, impact);
  const sent = async () => {
    await impact.flush();
    return transport.sent;
  };
  return { clock, impact, flags, list, sent };
}

const coaching = (more: object = {}, stored: Partial<Flag> = {}): Flag => flag({ id: 'ai_coaching', stage: 'beta_50', ...more }, stored);
/** Users of which some are in each arm. */
const users = Array.from({ length: 40 }, (_, i) => `user_${i}`);

describe('exposures', () => {
  it('are logged once for each unit in a window, with the variant, the stage and the reason', async () => {
    const { flags, sent, clock } = await open([coaching()]);
    const variants = users.map((user) => flags.getVariant('ai_coaching', 'acme', user));
    for (const user of users) flags.isEnabled('ai_coaching', 'acme', user);
    expect((await sent()).map(({ userId, variant }) => [userId, variant])).toEqual(users.map((user, i) => [user, variants[i]]));
    expect(new Set(variants)).toEqual(new Set(['control', 'treatment']));
    expect((await sent())[0]).toMatchObject({
      kind: 'flag-exposures',
      source: 'lead-router',
      tenantId: 'acme',
      featureId: 'ai_coaching',
      rolloutStage: 'beta_50',
      reason: 'percentage',
      occurredAt: AT,
    });
    expect(flags.exposures()).toEqual({ logged: 40, repeated: 40, anonymous: 0, remembered: 40 });
    clock.now += HOUR_MS;
    flags.isEnabled('ai_coaching', 'acme', 'user_0');
    expect(await sent()).toHaveLength(41);
  });

  it('are of those in the experiment only', async () => {
    const lists = { tenantWhitelist: ['vip'], tenantBlacklist: ['banned'], userWhitelist: ['insider'] };
    const { flags, sent } = await open([
      coaching({ stage: 'beta_10', ...lists }),
      flag({ id: 'everywhere', stage: 'ga' }),
      flag({ id: 'nowhere' }),
    ]);
    for (const user of users) {
      flags.isEnabled('everywhere', 'acme', user);
      flags.isEnabled('nowhere', 'acme', user);
      flags.isEnabled('ai_coaching', 'vip', user);
      flags.isEnabled('ai_coaching', 'banned', user);
    }
    flags.isEnabled('ai_coaching', 'acme', 'insider');
    flags.isEnabled('ai_coaching', 'acme');
    flags.isEnabled('unknown', 'acme', 'user_1');
    expect(await sent()).toEqual([]);
    const inside = users.filter((user) => flags.evaluate('ai_coaching', { tenantId: 'acme', userId: user }).inExperiment);
    expect(inside.length).toBeGreaterThan(0);
    expect(inside.length).toBeLessThan(users.length);
    expect((await sent()).map(({ userId }) => userId)).toEqual(inside);
  });

  it('are logged anew when the stage has changed, for stages are analysed apart', async () => {
    const { flags, list, sent } = await open([coaching({ stage: 'beta_25' })]);
    const user = users.find((one) => flags.evaluate('ai_coaching', { userId: one }).inExperiment) ?? '';
    flags.getVariant('ai_coaching', 'acme', user);
    list.put(coaching({ stage: 'beta_50' }, { version: 2 }));
    flags.getVariant('ai_coaching', 'acme', user);
    const stages = (await sent()).map((event) => event.kind === 'flag-exposures' && event.rolloutStage);
    expect(stages).toEqual(['beta_25', 'beta_50']);
  });

  it('name the unit that was drawn: a tenant, a lead, or whatever the targeting key is', async () => {
    const { flags, sent } = await open([
      flag({ id: 'by_tenant', stage: 'beta_50', unit: 'tenant' }),
      flag({ id: 'by_lead', stage: 'beta_50', unit: 'entity' }),
      coaching(),
    ]);
    flags.evaluate('by_tenant', { tenantId: 'acme', userId: 'one' });
    flags.evaluate('by_tenant', { tenantId: 'acme', userId: 'two' });
    flags.evaluate('by_lead', { tenantId: 'acme', targetingKey: 'lead_1' });
    flags.evaluate('ai_coaching', { tenantId: 'acme', targetingKey: 'agent_1' });
    const units = (await sent()).map(({ featureId, userId, entityId }) => [featureId, userId, entityId]);
    expect(units).toEqual([
      ['by_tenant', 'one', null],
      ['by_lead', null, 'lead_1'],
      ['ai_coaching', 'agent_1', null],
    ]);
  });

  it('need a tenant, and are counted when none is named', async () => {
    const { flags, sent } = await open([coaching()]);
    flags.evaluate('ai_coaching', { userId: 'user_1' });
    expect([await sent(), flags.exposures()?.anonymous]).toEqual([[], 1]);
  });

  it('hold a bounded number of units', async () => {
    const { flags } = await open([coaching()], { maxExposedUnits: 10 });
    for (const user of users) flags.getVariant('ai_coaching', 'acme', user);
    expect(flags.exposures()).toMatchObject({ logged: 40, remembered: 10 });
  });

  it('never get in the way of an answer', async () => {
    const errors: string[] = [];
    const trackExposure = () => {
      throw new Error('no');
    };
    const { flags } = await open([coaching()], { exposures: { trackExposure }, onError: ({ message }) => errors.push(message) });
    expect(flags.getVariant('ai_coaching', 'acme', 'user_1')).toMatch(/control|treatment/);
    expect(errors).toEqual(['no']);
  });

  it('are not logged by a client that was not asked to', async () => {
    const { flags } = await clientOver([coaching()]);
    opened.push(flags);
    flags.getVariant('ai_coaching', 'acme', 'user_1');
    expect(flags.exposures()).toBeNull();
  });
});

describe('the variant of an event', () => {
  const session = { tenantId: 'acme', sessionDurationMinutes: 18, productivityScore: 87 };

  it('is the one that the unit was exposed to', async () => {
    const { flags, impact } = await open([coaching()]);
    for (const userId of users) {
      const variant = flags.getVariant('ai_coaching', 'acme', userId);
      expect(impact.trackCoachingSession({ ...session, userId })?.variant).toBe(variant);
    }
  });

  it('is the same where the exposure happened in another process', async () => {
    const { flags, impact } = await open([coaching({ stage: 'beta_10' })]);
    const stated = users.map((userId) => impact.trackCoachingSession({ ...session, userId })?.variant);
    expect(flags.exposures()?.logged).toBe(0);
    expect(new Set(stated)).toEqual(new Set(['control', 'treatment', null]));
    const answers = users.map((userId) => flags.evaluate('ai_coaching', { tenantId: 'acme', userId }));
    expect(stated).toEqual(answers.map(({ inExperiment, variant }) => (inExperiment ? variant : null)));
  });

  it('is left out where a targeting rule decides and the exposure is not known here', async () => {
    const { flags, impact } = await open([coaching({ targeting: { if: [{ '===': [{ var: 'plan' }, 'pro'] }, 'treatment', null] } })]);
    expect(impact.trackCoachingSession({ ...session, userId: 'user_1' })?.variant).toBeNull();
    const { variant } = flags.evaluate('ai_coaching', { tenantId: 'acme', userId: 'user_1', plan: 'free' });
    expect(impact.trackCoachingSession({ ...session, userId: 'user_1' })?.variant).toBe(variant);
    expect(variant).not.toBeNull();
  });

  it('stays what the caller says, and is none outside of an experiment', async () => {
    const { flags, impact, list } = await open([coaching(), flag({ id: 'other', featureId: 'ai_coaching' })]);
    expect(impact.trackCoachingSession({ ...session, userId: 'user_1', variant: 'mine' })?.variant).toBe('mine');
    expect(impact.trackCoachingSession(session)?.variant).toBeNull();
    expect(impact.trackPropertyMatch({ tenantId: 'acme', userId: 'user_1', satisfactionScore: 9 })?.variant).toBeNull();
    flags.getVariant('ai_coaching', 'acme', 'user_1');
    list.put(coaching({ stage: 'ga' }, { version: 2 }));
    expect(impact.trackCoachingSession({ ...session, userId: 'user_1' })?.variant).toBeNull();
  });

  it('stays with an event that is corrected', async () => {
    const { flags, impact } = await open([coaching()]);
    const event = impact.trackCoachingSession({ ...session, userId: 'user_1' });
    if (!event) throw new Error('it was not accepted');
    expect(impact.correct(event, { productivityScore: 88 })?.variant).toBe(flags.getVariant('ai_coaching', 'acme', 'user_1'));
  });

  it('is left out while there is no flag client yet', async () => {
    const impact = createImpactClient({
      source: 's',
      transport: testTransport(),
      now: () => AT,
      variants: () => {
        throw new ReferenceError('not yet');
      },
    });
    opened.push(impact);
    expect(impact.trackCoachingSession({ ...session, userId: 'user_1' })?.variant).toBeNull();
  });

  it('needs no more than two lines in a service', async () => {
    const impact = createImpactClient({ source: 's', transport: testTransport(), variants: () => flags });
    const flags = createFlagClient({ source: flagList([coaching()]), exposures: impact });
    opened.push(flags, impact);
    await flags.ready();
    const variant = flags.getVariant('ai_coaching', 'acme', 'user_1');
    expect(impact.trackCoachingSession({ ...session, userId: 'user_1' })?.variant).toBe(variant);
  });
});
