/** `impact track` on the real components. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureTopics } from '../../src/adapters/kafka/admin.ts';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createRegistry } from '../../src/adapters/registry.ts';
import { runProgram } from '../../src/cli/program.ts';
import { openSystem } from '../../src/cli/wiring.ts';
import { type Track, tracks } from '../../src/domain/track.ts';
import { openTestApi, type TestApi } from '../support/api.ts';
import { eventsOn } from '../support/emitted.ts';
import { eventually } from '../support/eventually.ts';
import { definition } from '../support/flags.ts';
import { testContext } from './terminal.ts';

let api: TestApi;
let url: string;
let token: string;
beforeAll(async () => {
  api = await openTestApi({ deps: { now: Date.now } });
  await ensureTopics(createKafka(api.config, api.deps.log), api.config);
  await createRegistry(api.config, api.deps.log).registerAll();
  token = await api.token('emitter');
  url = await api.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => api.close());

async function track(words: readonly string[], environment: Record<string, string> = {}) {
  const context = testContext({ config: () => api.config, open: openSystem, now: Date.now, env: environment });
  const status = await runProgram(['track', ...words], context);
  return { status, ...context.seen };
}

const word = (value: unknown): string => (typeof value === 'object' ? 'plan=pro' : String(value));
/** Every option with its example, the id and the time of its own. */
const optionsOf = ({ fields }: Track, eventId: string, at: string): string[] =>
  fields.flatMap(({ field, option, example }) => [
    `--${option}`,
    field === 'eventId' ? eventId : field === 'occurredAt' ? at : word(example),
  ]);

describe('impact track', () => {
  it.each(tracks.map((one) => [one.name, one] as const))('%s sends the event with every field', async (name, one) => {
    const [eventId, at] = [crypto.randomUUID(), new Date(Date.now() - 5_000).toISOString()];
    const { status, out, err } = await track([name, ...optionsOf(one, eventId, at), '--output', 'json']);
    expect([status, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({ eventId, kind: one.kind, tenantId: 'tenant_123', occurredAt: at });
    const found = (await eventsOn(api.config, one.kind)).find((event) => event.eventId === eventId);
    const stated = Object.fromEntries(one.fields.map(({ field, example }) => [field, example]));
    expect(found).toMatchObject({ ...stated, eventId, occurredAt: Date.parse(at) });
  });

  it('says what the event was worth', async () => {
    const { out } = await track(['response-time', '--tenant', 'tenant_123', '--user', 'user_456', '--seconds', '25']);
    expect(out).toMatch(
      /^lead-intelligence [0-9a-f-]{36} of tenant_123: acknowledged by Kafka\nworth \$12\.15: \(900 s - 25 s\) x \$50\/h\n$/,
    );
    const churned = await track(['churn-intervention', '--tenant', 't', '--stage', '2', '--churned', 'true', '--dry-run']);
    expect(churned.out).toContain('nothing was sent (--dry-run)\nworth −$1,950.00');
  });

  it('names the variant that the unit was given, and none where there is no experiment', async () => {
    const by = { by: 'a test', reason: 'to draw' };
    const half = { stage: 'beta_50', featureId: 'ai_coaching' };
    await api.deps.flags.create(definition({ id: 'ai_coaching', ...half }), by);
    await api.deps.flags.create(definition({ id: 'other_seed', ...half, seed: 'elsewhere' }), by);
    const reader = api.deps.flagReader;
    await eventually(() => expect(reader.get('other_seed')).not.toBeNull());
    const session = ['coaching-session', '--tenant', 't', '--minutes', '18', '--productivity', '87', '--output', 'json'];
    const variantOf = async (agent: string, ...more: string[]) =>
      JSON.parse((await track([...session, '--agent', agent, ...more])).out).variant;
    const agents = Array.from({ length: 4 }, (_, i) => `agent_${i}`);
    const given = agents.map((userId) => reader.evaluate('ai_coaching', { tenantId: 't', userId }).variant);
    expect(new Set(given)).toEqual(new Set(['control', 'treatment']));
    expect(await Promise.all(agents.map((agent) => variantOf(agent)))).toEqual(given);
    const elsewhere = agents.map((userId) => reader.evaluate('other_seed', { tenantId: 't', userId }).variant);
    expect(elsewhere).not.toEqual(given);
    expect(await Promise.all(agents.map((agent) => variantOf(agent, '--flag', 'other_seed')))).toEqual(elsewhere);
    expect(await variantOf('agent_0', '--variant', 'blue')).toBe('blue');
    const found = (await eventsOn(api.config, 'ai-coaching')).filter(({ userId }) => userId === 'agent_1');
    expect(found.map(({ variant }) => variant)).toEqual([given[1], elsewhere[1]]);
    const refused = await track([...session, '--flag', 'nobody']);
    expect([refused.status, refused.err]).toEqual([1, expect.stringContaining('there is no flag nobody')]);
    expect((await track([...session, '--flag', 'other_seed', '--url', url])).err).toContain('--flag');
  });

  it('goes through the API where it is told to, with the token of the environment', async () => {
    const words = ['metric', '--tenant', 'by-http', '--feature', 'my_feature', '--metric', 'upsell', '--value', '1', '--url', url];
    const { status, out, err } = await track([...words, '--data', 'a=1', '--data', 'b=2'], { IMPACT_TOKEN: token });
    expect([status, err, out]).toEqual([0, '', expect.stringContaining('no worth in dollars was stated')]);
    const found = (await eventsOn(api.config, 'custom-metrics')).filter(({ tenantId }) => tenantId === 'by-http');
    expect(found).toEqual([expect.objectContaining({ metric: 'upsell', attributes: { a: '1', b: '2' } })]);
    const refused = await track(words, { IMPACT_TOKEN: 'imp_nobody' });
    expect([refused.status, refused.out, refused.err]).toEqual([1, '', expect.stringContaining('answered 401')]);
    const away = await track([...words.slice(0, -1), 'http://127.0.0.1:1']);
    expect([away.status, away.err]).toEqual([1, expect.stringContaining('no answer from http://127.0.0.1:1')]);
  });

  it('says what is wrong by the words that were typed', async () => {
    const wrong = await track(['churn-intervention', '--tenant', 't', '--stage', '4', '--churned', 'false']);
    expect([wrong.status, wrong.err]).toEqual([1, expect.stringMatching(/--stage: .*4[\s\S]*from 1 to 3/)]);
    const lines = [
      ['churn-intervention', '--tenant', 't', '--stage', '2', '--churned', 'perhaps'],
      ['satisfaction', '--tenant', 't'],
      ['satisfaction', '--tenant', 't', '--score', 'high'],
      ['metric', '--tenant', 't', '--feature', 'f', '--metric', 'm', '--value', '1', '--data', 'pro'],
    ];
    for (const line of lines) expect((await track(line)).status).toBe(2);
  });
});
