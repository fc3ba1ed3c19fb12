/**
 * The evaluation scenarios of OpenFeature's specification (specification/assets/gherkin/evaluation_v2.feature and, older,
 * evaluation.feature of open-feature/spec, Apache-2.0) as a table, asked through OpenFeature's own SDK. Not here: the scenario of the
 * reason CACHED, which a provider may give; this one evaluates each time.
 */
import { type Client, type EvaluationContext, type Hook, OpenFeature, ProviderStatus } from '@openfeature/server-sdk';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createFlagClient } from '../../src/client/flags.ts';
import { createOpenFeatureProvider } from '../../src/client/openfeature.ts';
import { clientOver, flagList } from '../support/flag-list.ts';
import { specificationFlags } from '../support/specification-flags.ts';

type Type = 'Boolean' | 'String' | 'Integer' | 'Float' | 'Object';
type Row = [type: Type, key: string, byDefault: unknown, resolved: unknown];

const picture = { showImages: true, title: 'Check out these pics!', imagesPerPage: 100 };

/** "Given a <type>-flag with key and a default value, when the flag was evaluated with details". */
function detailsOf(client: Client, type: Type, key: string, byDefault: unknown, context?: EvaluationContext) {
  if (type === 'Boolean') return client.getBooleanDetails(key, byDefault as boolean, context);
  if (type === 'String') return client.getStringDetails(key, byDefault as string, context);
  if (type === 'Object') return client.getObjectDetails(key, byDefault as object as never, context);
  return client.getNumberDetails(key, byDefault as number, context);
}

let client: Client;
beforeAll(async () => {
  const { flags } = await clientOver(specificationFlags());
  await OpenFeature.setProviderAndWait('stable', createOpenFeatureProvider({ flags }));
  client = OpenFeature.getClient('stable');
});
afterAll(() => OpenFeature.close());

const values: Row[] = [
  ['Boolean', 'boolean-flag', false, true],
  ['String', 'string-flag', 'bye', 'hi'],
  ['Integer', 'integer-flag', 1, 10],
  ['Float', 'float-flag', 0.1, 0.5],
  ['Object', 'object-flag', {}, picture],
];
const zeroValues: Row[] = [
  ['Boolean', 'boolean-zero-flag', true, false],
  ['String', 'string-zero-flag', 'hi', ''],
  ['Integer', 'integer-zero-flag', 1, 0],
  ['Float', 'float-zero-flag', 0.1, 0],
  ['Object', 'object-zero-flag', { a: 1 }, {}],
];
const targeted = zeroValues.map(([type, key, ...rest]): Row => [type, key.replace('-zero', '-targeted-zero'), ...rest]);
const variants = ['on', 'greeting', 'ten', 'half', 'template'];
const missing: [Type, unknown][] = [
  ['Boolean', false],
  ['String', 'bye'],
  ['Integer', 1],
  ['Float', 0.1],
  ['Object', { a: 1 }],
];

describe('an OpenFeature client over a stable provider', () => {
  it.each(values)('resolves a %s value: %s, by default %j', async (type, key, byDefault, resolved) => {
    expect((await detailsOf(client, type, key, byDefault)).value).toEqual(resolved);
  });

  it.each(zeroValues)('resolves a %s zero value: %s, by default %j', async (type, key, byDefault, resolved) => {
    expect(await detailsOf(client, type, key, byDefault)).toMatchObject({ value: resolved, reason: 'STATIC' });
  });

  it.each(targeted)('resolves a %s zero value with targeting: %s', async (type, key, byDefault, resolved) => {
    const details = await detailsOf(client, type, key, byDefault, { email: 'ballmer@macrosoft.com' });
    expect(details).toMatchObject({ value: resolved, reason: 'TARGETING_MATCH' });
  });

  it.each(targeted)('resolves a %s zero value with targeting that does not match: %s', async (type, key, byDefault, resolved) => {
    const details = await detailsOf(client, type, key, byDefault, { email: 'ballmer@none.com' });
    expect(details).toMatchObject({ value: resolved, reason: 'DEFAULT' });
  });

  it.each(targeted)('takes an empty context, and one with null in it, for a %s: %s', async (type, key, byDefault, resolved) => {
    expect(await detailsOf(client, type, key, byDefault)).toMatchObject({ value: resolved, reason: 'DEFAULT' });
    const withNull = { email: null } as unknown as EvaluationContext;
    expect(await detailsOf(client, type, key, byDefault, withNull)).toMatchObject({ value: resolved, reason: 'DEFAULT' });
  });

  it.each(missing)('answers the default of a %s flag that is not there: %j', async (type, byDefault) => {
    const details = await detailsOf(client, type, 'non-existent-flag', byDefault);
    expect(details).toMatchObject({ value: byDefault, reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND' });
  });

  it.each<[Type, string, unknown]>([
    ['String', 'boolean-flag', 'bye'],
    ['Boolean', 'string-flag', false],
    ['Integer', 'string-flag', 1],
    ['Object', 'string-flag', {}],
    ['Integer', 'boolean-flag', 1],
    ['Float', 'boolean-flag', 0.1],
    ['Integer', 'wrong-flag', 13],
  ])('answers the default of a %s where the flag %s has another type: %j', async (type, key, byDefault) => {
    const details = await detailsOf(client, type, key, byDefault);
    expect(details).toMatchObject({ value: byDefault, reason: 'ERROR', errorCode: 'TYPE_MISMATCH' });
  });

  it.each(values.map((row, i) => [...row, variants[i]] as const))(
    'gives complete details of a %s: %s, by default %j: %j',
    async (type, key, byDefault, resolved, variant) => {
      const details = await detailsOf(client, type, key, byDefault);
      expect(details).toMatchObject({ value: resolved, flagKey: key, variant, reason: 'STATIC' });
    },
  );

  it('hands on the metadata of the flag', async () => {
    const { flagMetadata } = await client.getBooleanDetails('metadata-flag', true);
    expect(flagMetadata).toMatchObject({ string: '1.0.2', integer: 2, float: 0.1, boolean: true });
  });

  it('takes several attributes of the context into account', async () => {
    const context = { email: 'ballmer@macrosoft.com', role: 'admin', age: 65, customer: false };
    expect(await client.getStringDetails('complex-targeted', 'false', context)).toMatchObject({
      value: 'INTERNAL',
      reason: 'TARGETING_MATCH',
    });
  });

  it('resolves by context, and otherwise without it', async () => {
    const context = { fn: 'Sulisław', ln: 'Świętopełk', age: 29, customer: false };
    expect(await client.getStringValue('context-aware', 'EXTERNAL', context)).toBe('INTERNAL');
    expect(await client.getStringValue('context-aware', 'EXTERNAL')).toBe('EXTERNAL');
  });

  it.each(missing)('answers the default of a disabled %s flag: %j', async (type, byDefault) => {
    const details = await detailsOf(client, type, `${type.toLowerCase()}-disabled-flag`, byDefault);
    expect(details).toMatchObject({ value: byDefault, reason: 'DISABLED' });
    expect(details.errorCode).toBeUndefined();
  });

  it('answers the default where the flag leaves it to the caller', async () => {
    expect(await client.getBooleanDetails('null-default-flag', true)).toMatchObject({ value: true, reason: 'DEFAULT' });
    expect(await client.getBooleanDetails('null-default-flag', false)).toMatchObject({ value: false, reason: 'DEFAULT' });
  });

  it('says in an error what was wrong', async () => {
    const { reason, errorMessage } = await client.getBooleanDetails('missing-flag', false);
    expect([reason, errorMessage]).toEqual(['ERROR', 'flag missing-flag not found']);
  });

  it('executes the hooks of an evaluation, in their order', async () => {
    const calls: string[] = [];
    const hook = (name: string): Hook => ({
      before: () => void calls.push(`${name} before`),
      after: () => void calls.push(`${name} after`),
      finally: () => void calls.push(`${name} finally`),
    });
    await client.getBooleanDetails('boolean-flag', false, {}, { hooks: [hook('one'), hook('two')] });
    expect(calls).toEqual(['one before', 'two before', 'two after', 'one after', 'two finally', 'one finally']);
  });

  it('changes neither the context nor the details that it has given', async () => {
    const context = { email: 'ballmer@macrosoft.com', nested: { list: [1, 2] } };
    const before = structuredClone(context);
    const first = await client.getObjectDetails('object-flag', {}, context);
    expect(context).toEqual(before);
    expect(Object.isFrozen(first.value)).toBe(true);
    expect(await client.getObjectDetails('object-flag', {}, context)).toEqual(first);
  });

  it.each(values)('evaluates asynchronously, a %s: %s', async (type, key, byDefault, resolved) => {
    const pending = detailsOf(client, type, key, byDefault);
    expect(pending).toBeInstanceOf(Promise);
    expect((await pending).value).toEqual(resolved);
  });
});

describe('the status of the provider', () => {
  const domain = 'status';
  afterEach(() => OpenFeature.clearProviders());

  const open = (away: boolean, readyTimeoutMs: number) => {
    const list = flagList(specificationFlags());
    list.away = away;
    const flags = createFlagClient({ source: list, pollMs: 20 });
    return { list, flags, provider: createOpenFeatureProvider({ flags, readyTimeoutMs }) };
  };
  const statusOf = () => OpenFeature.getClient(domain).providerStatus;
  const answers = async (errorCode: string) => {
    for (const [type, key, byDefault] of values)
      expect(await detailsOf(OpenFeature.getClient(domain), type, key, byDefault)).toMatchObject({
        value: byDefault,
        reason: 'ERROR',
        errorCode,
      });
  };

  it('is READY once the flags have arrived', async () => {
    await OpenFeature.setProviderAndWait(domain, open(false, 1000).provider);
    expect(statusOf()).toBe(ProviderStatus.READY);
  });

  it('is NOT_READY before, and every flag answers its default', async () => {
    OpenFeature.setProvider(domain, open(true, 60_000).provider);
    expect(statusOf()).toBe(ProviderStatus.NOT_READY);
    await answers('PROVIDER_NOT_READY');
  });

  it('is ERROR when they did not arrive in time, and READY when they do', async () => {
    const { list, provider } = open(true, 30);
    await expect(OpenFeature.setProviderAndWait(domain, provider)).rejects.toThrow('no flags within 30 ms: away');
    expect(statusOf()).toBe(ProviderStatus.ERROR);
    list.away = false;
    await expect.poll(statusOf).toBe(ProviderStatus.READY);
    expect(await OpenFeature.getClient(domain).getBooleanValue('boolean-flag', false)).toBe(true);
  });

  it('is STALE while the flags may be out of date, and they still answer', async () => {
    const { list, provider } = open(false, 1000);
    await OpenFeature.setProviderAndWait(domain, provider);
    list.away = true;
    list.connect(false);
    expect(statusOf()).toBe(ProviderStatus.STALE);
    expect(await OpenFeature.getClient(domain).getStringDetails('string-flag', 'bye')).toMatchObject({ value: 'hi', reason: 'STALE' });
    list.away = false;
    await expect.poll(statusOf).toBe(ProviderStatus.READY);
  });

  it('is FATAL when it was closed before, and every flag answers its default', async () => {
    const { provider } = open(false, 1000);
    await provider.onClose?.();
    await expect(OpenFeature.setProviderAndWait(domain, provider)).rejects.toThrow('closed');
    expect(statusOf()).toBe(ProviderStatus.FATAL);
    await answers('PROVIDER_FATAL');
  });
});
