import { type EventDetails, OpenFeature, type Provider, ProviderEvents } from '@openfeature/server-sdk';
import { afterEach, describe, expect, it } from 'vitest';
import { createImpactClient } from '../../src/client/client.ts';
import type { FlagClientOptions } from '../../src/client/flags.ts';
import { createOpenFeatureProvider, type OpenFeatureOptions } from '../../src/client/openfeature.ts';
import { exposureHook } from '../../src/client/openfeature-hook.ts';
import type { Flag } from '../../src/domain/flags/flag.ts';
import { clientOver } from '../support/flag-list.ts';
import { AT, flag } from '../support/flags.ts';
import { testTransport } from '../support/transport.ts';

const transport = testTransport();
const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await OpenFeature.clearProviders();
  OpenFeature.clearHandlers();
  await Promise.all(closing.splice(0).map((one) => one.close()));
  transport.sent.length = 0;
});

const newImpact = () => {
  const impact = createImpactClient({ source: 'lead-router', transport, now: () => AT, strict: true });
  closing.push(impact);
  return impact;
};

async function open(flags: Flag[], options: Partial<OpenFeatureOptions> = {}, clientOptions: Partial<FlagClientOptions> = {}) {
  const opened = await clientOver(flags, { pollMs: 20, ...clientOptions });
  const provider: Provider = createOpenFeatureProvider({ flags: opened.flags, ...options });
  await OpenFeature.setProviderAndWait(provider);
  return { ...opened, provider, client: OpenFeature.getClient() };
}

const coaching = (more: object = {}, stored: Partial<Flag> = {}): Flag => flag({ id: 'ai_coaching', stage: 'beta_50', ...more }, stored);

describe('the OpenFeature provider', () => {
  it('gives the reason of each step that can decide', async () => {
    const lists = { tenantWhitelist: ['vip'], tenantBlacklist: ['banned'], userWhitelist: ['insider'] };
    const { client } = await open([
      coaching(lists),
      flag({ id: 'internal_only', stage: 'internal' }),
      flag({ id: 'everywhere', stage: 'ga' }),
      flag({ id: 'gone', stage: 'ga' }, { archived: true }),
    ]);
    const reasonOf = async (key: string, context: Record<string, string>) => (await client.getBooleanDetails(key, false, context)).reason;
    expect(await reasonOf('ai_coaching', { tenantId: 'vip' })).toBe('TARGETING_MATCH');
    expect(await reasonOf('ai_coaching', { tenantId: 'banned' })).toBe('TARGETING_MATCH');
    expect(await reasonOf('ai_coaching', { tenantId: 'acme', targetingKey: 'insider' })).toBe('TARGETING_MATCH');
    expect(await reasonOf('ai_coaching', { tenantId: 'acme', targetingKey: 'user_1' })).toBe('SPLIT');
    expect(await reasonOf('internal_only', { tenantId: 'acme' })).toBe('DEFAULT');
    expect(await reasonOf('everywhere', { tenantId: 'acme' })).toBe('STATIC');
    expect(await reasonOf('gone', { tenantId: 'acme' })).toBe('DISABLED');
  });

  it('says that the targeting key is missing, and that a rule has failed', async () => {
    const { client } = await open([coaching(), flag({ id: 'wrong_rule', stage: 'ga', targeting: { cat: ['no', '_such'] } })]);
    expect(await client.getBooleanDetails('ai_coaching', true)).toMatchObject({
      value: true,
      reason: 'ERROR',
      errorCode: 'TARGETING_KEY_MISSING',
      errorMessage: 'flag ai_coaching is drawn by an id, and the context has none: give targetingKey, userId or entityId',
    });
    expect(await client.getBooleanDetails('wrong_rule', true)).toMatchObject({ value: true, reason: 'ERROR', errorCode: 'GENERAL' });
  });

  it('gives the same variant for a targeting key as for a user', async () => {
    const { client, flags } = await open([coaching({ stage: 'beta_25' })]);
    for (let i = 0; i < 50; i++) {
      const { value, variant } = await client.getBooleanDetails('ai_coaching', false, { tenantId: 'acme', targetingKey: `user_${i}` });
      expect([value, variant]).toEqual([
        flags.isEnabled('ai_coaching', 'acme', `user_${i}`),
        flags.getVariant('ai_coaching', 'acme', `user_${i}`),
      ]);
    }
  });

  it('hands on where a flag stands as metadata', async () => {
    const { client } = await open([coaching({ unit: 'entity', metadata: { team: 'web' } }, { version: 7 })]);
    const { flagMetadata } = await client.getBooleanDetails('ai_coaching', false, { tenantId: 'acme', entityId: 'lead_1' });
    expect(flagMetadata).toEqual({
      team: 'web',
      featureId: 'ai_coaching',
      rolloutStage: 'beta_50',
      decidedBy: 'percentage',
      inExperiment: true,
      unit: 'entity',
      flagVersion: 7,
    });
  });

  it('tells which flags have changed, when it is stale, and when it is ready again', async () => {
    const { list, client } = await open([coaching({ stage: 'ga' })]);
    const events: [string, unknown][] = [];
    const record = (name: string) => (details?: EventDetails) => void events.push([name, details?.flagsChanged ?? details?.message]);
    for (const event of [ProviderEvents.ConfigurationChanged, ProviderEvents.Stale, ProviderEvents.Ready])
      client.addHandler(event, record(event));
    await expect.poll(() => events).toEqual([[ProviderEvents.Ready, undefined]]);
    list.put(coaching({ stage: 'disabled' }, { version: 2 }));
    expect(await client.getBooleanValue('ai_coaching', true)).toBe(true);
    list.away = true;
    list.connect(false);
    await expect.poll(() => events.length).toBe(3);
    list.away = false;
    list.connect(true);
    await expect
      .poll(() => events)
      .toEqual([
        [ProviderEvents.Ready, undefined],
        [ProviderEvents.ConfigurationChanged, ['ai_coaching']],
        [ProviderEvents.Stale, 'the connection to the source is lost'],
        [ProviderEvents.Ready, undefined],
      ]);
  });

  it('ends its flag client when OpenFeature closes', async () => {
    const { list } = await open([coaching()]);
    let closed = 0;
    list.close = async () => void closed++;
    await OpenFeature.clearProviders();
    await expect.poll(() => closed).toBe(1);
  });
});

describe('exposures through OpenFeature', () => {
  const askForAll = async (client: ReturnType<typeof OpenFeature.getClient>, times: number) => {
    for (let i = 0; i < 20 * times; i++)
      await client.getBooleanValue('ai_coaching', false, { tenantId: i % 2 ? 'acme' : 'globex', targetingKey: `user_${i % 20}` });
  };

  it('are logged by a flag client that was told to', async () => {
    const impact = newImpact();
    const { client } = await open([coaching()], {}, { exposures: impact });
    await askForAll(client, 3);
    await impact.flush();
    expect(transport.sent.map(({ kind, tenantId }) => [kind, tenantId]).slice(0, 2)).toEqual([
      ['flag-exposures', 'globex'],
      ['flag-exposures', 'acme'],
    ]);
    expect(transport.sent).toHaveLength(20);
  });

  it('are logged by a hook, which needs nothing but the answers, and nothing outside of an experiment', async () => {
    const impact = newImpact();
    const { client } = await open([coaching({ tenantWhitelist: ['globex'] }), flag({ id: 'all', stage: 'ga' })], {
      hooks: [exposureHook(impact)],
    });
    await askForAll(client, 3);
    await client.getBooleanValue('all', false, { tenantId: 'acme', targetingKey: 'user_1' });
    await client.getBooleanValue('unknown', false, { tenantId: 'acme', targetingKey: 'user_1' });
    await impact.flush();
    expect(transport.sent).toHaveLength(10);
    expect(transport.sent[0]).toMatchObject({
      kind: 'flag-exposures',
      tenantId: 'acme',
      userId: 'user_1',
      featureId: 'ai_coaching',
      variant: expect.stringMatching(/control|treatment/),
      rolloutStage: 'beta_50',
      reason: 'percentage',
    });
  });
});

describe('tracking through OpenFeature', () => {
  const context = { tenantId: 'acme', targetingKey: 'user_1' };

  it('states a custom metric, with its value and its additional data', async () => {
    const impact = newImpact();
    const { client } = await open([], { events: impact });
    client.track('Checkout completed', context, { value: 99.5, valueUsd: 12, featureId: 'ai_coaching', currency: 'EUR', items: 3 });
    client.track('signupClicked', context);
    await impact.flush();
    expect(transport.sent).toMatchObject([
      {
        kind: 'custom-metrics',
        metric: 'checkout_completed',
        value: 99.5,
        valueUsd: 12,
        featureId: 'ai_coaching',
        tenantId: 'acme',
        userId: 'user_1',
        attributes: { currency: 'EUR', items: '3' },
      },
      { kind: 'custom-metrics', metric: 'signup_clicked', value: 1, valueUsd: null, featureId: 'platform', attributes: {} },
    ]);
  });

  it('states an event of ours under the name of its kind', async () => {
    const impact = newImpact();
    const { client } = await open([], { events: impact, trackedFeatureId: 'my_feature' });
    client.track('ai-coaching', context, { sessionDurationMinutes: 18, productivityScore: 87 });
    client.track('lead-intelligence', { ...context, entityId: 'lead_1' }, { responseTimeSeconds: 25 });
    client.track('opened', context);
    await impact.flush();
    expect(transport.sent).toMatchObject([
      { kind: 'ai-coaching', userId: 'user_1', sessionDurationMinutes: 18 },
      { kind: 'lead-intelligence', entityId: 'lead_1', responseTimeSeconds: 25 },
      { kind: 'custom-metrics', metric: 'opened', featureId: 'my_feature' },
    ]);
  });

  it('has the variant of the unit attached', async () => {
    const { flags, client } = await open([coaching()], {
      events: createImpactClient({ source: 's', transport, now: () => AT, variants: () => flags }),
    });
    client.track('ai-coaching', context, { sessionDurationMinutes: 18, productivityScore: 87 });
    await expect.poll(() => transport.sent.length).toBe(1);
    expect(transport.sent[0]?.variant).toBe(flags.getVariant('ai_coaching', 'acme', 'user_1'));
  });
});
