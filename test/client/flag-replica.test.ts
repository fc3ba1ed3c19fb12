/** How a client keeps its copy, told by a source that the test plays. Real Redis: flags.int.test.ts. */
import { afterEach, describe, expect, it } from 'vitest';
import type { FlagSource, SourceListener } from '../../src/client/flag-source.ts';
import { createFlagClient, type FlagClientOptions } from '../../src/client/flags.ts';
import { ImpactError } from '../../src/domain/errors.ts';
import type { FlagCopy } from '../../src/domain/flags/replica.ts';
import { eventually } from '../support/eventually.ts';
import { AT, flag } from '../support/flags.ts';

const copyAt = (count: number, ...flags: FlagCopy['flags']): FlagCopy => ({ revision: `e.${count}`, flags });
const on = flag({ id: 'f', stage: 'ga' });
const off = flag({ id: 'f' }, { version: 2 });

/** A source that answers what the test wants, and a client on it. */
function open(options: Partial<FlagClientOptions> = {}, first: FlagCopy = copyAt(1, on)) {
  let listener: SourceListener | undefined;
  const answers = { next: async (): Promise<FlagCopy | null> => first, asked: 0, closed: false };
  const source: FlagSource = {
    load: () => {
      answers.asked += 1;
      return answers.next();
    },
    watch: (given) => {
      listener = given;
    },
    close: async () => {
      answers.closed = true;
    },
  };
  const client = createFlagClient({ source, pollMs: 60_000, now: () => AT, ...options });
  opened.push(client);
  return { client, answers, told: listener as SourceListener };
}
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.close()));
});
const reasonOf = ({ client }: ReturnType<typeof open>) => client.evaluate('f').reason;

describe('a copy', () => {
  it('is fetched once, and then follows what it is told', async () => {
    const world = open();
    await world.client.ready();
    world.told.connected(true);
    await eventually(() => expect(world.answers.asked).toBe(2), 1000, 1);
    world.told.news({ revision: 'e.2', id: 'f', flag: off });
    expect(world.client.isEnabled('f', 't')).toBe(false);
    expect(world.answers.asked).toBe(2);
    expect(world.client.state()).toMatchObject({ revision: 'e.2', stale: false, confirmedAt: AT, problem: null });
  });

  it('is fetched anew when something was missed', async () => {
    const world = open();
    await world.client.ready();
    world.answers.next = async () => copyAt(5, off);
    world.told.news({ revision: 'e.5', id: 'g', flag: null });
    await eventually(() => expect(world.client.state().revision).toBe('e.5'), 1000, 1);
    expect(world.client.isEnabled('f', 't')).toBe(false);
  });

  it('is fetched once more for what is told while it is being fetched', async () => {
    const world = open();
    await world.client.ready();
    const gate = Promise.withResolvers<void>();
    world.answers.next = () => gate.promise.then(() => copyAt(3, on));
    world.told.connected(true);
    world.told.news({ revision: 'e.7', id: 'f', flag: off });
    world.answers.next = async () => copyAt(7, off);
    gate.resolve();
    await eventually(() => expect(world.client.state().revision).toBe('e.7'), 1000, 1);
  });

  it('is stale while its source is away, and tried again soon', async () => {
    const errors: string[] = [];
    const world = open({ pollMs: 100, onError: ({ message }) => errors.push(message) });
    await world.client.ready();
    world.answers.next = () => Promise.reject(new ImpactError('unavailable', 'Redis does not answer'));
    world.told.connected(false);
    expect(reasonOf(world)).toBe('STALE');
    expect(world.client.state().problem).toBe('the connection to the source is lost');
    await eventually(() => expect(errors).toContain('Redis does not answer'), 2000, 5);
    world.answers.next = async () => null;
    await eventually(() => expect(reasonOf(world)).toBe('STATIC'), 2000, 5);
    expect(world.client.statistics().loadFailures).toBe(errors.length);
  });

  it('that nobody has confirmed for too long is stale by age alone', async () => {
    let clock = AT;
    const world = open({ maxAgeMs: 20, now: () => clock });
    await world.client.ready();
    expect(reasonOf(world)).toBe('STATIC');
    world.answers.next = () => new Promise(() => {});
    clock += 21;
    await eventually(() => expect(reasonOf(world)).toBe('STALE'), 2000, 5);
  });

  it('tells its listeners which flags changed, and when it went stale and fresh', async () => {
    const world = open();
    const heard: [readonly string[], boolean][] = [];
    const stop = world.client.onChange((ids, { stale }) => heard.push([ids, stale]));
    world.client.onChange(() => {
      throw new Error('a listener’s own fault');
    });
    await world.client.ready();
    world.told.connected(true);
    await eventually(() => expect(world.answers.asked).toBe(2), 1000, 1);
    world.told.news({ revision: 'e.2', id: 'f', flag: off });
    world.told.connected(false);
    stop();
    world.told.news({ revision: 'e.3', id: 'f', flag: null });
    expect(heard).toEqual([
      [['f'], true],
      [[], false],
      [['f'], false],
      [[], true],
    ]);
  });

  it('asks no more when it is closed', async () => {
    const world = open({ pollMs: 1 });
    await world.client.ready();
    await world.client.close();
    const { asked } = world.answers;
    world.told.connected(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect([world.answers.asked, world.answers.closed]).toEqual([asked, true]);
    expect(world.client.isEnabled('f', 't')).toBe(true);
  });
});

describe('a question', () => {
  it('before the first copy is answered with off, at once', async () => {
    const world = open();
    expect(world.client.evaluate('f')).toMatchObject({ decidedBy: 'not_ready', enabled: false });
    expect(world.client.state()).toMatchObject({ revision: null, stale: true });
  });

  it('is counted by how it was answered', async () => {
    const world = open();
    await world.client.ready();
    for (let i = 0; i < 128; i++) world.client.isEnabled('f', 't', 'u');
    world.client.getVariant('unknown', 't');
    world.told.connected(false);
    world.client.evaluate('f', { tenantId: 't' });
    const { lookupMicros, ...counted } = world.client.statistics();
    expect(counted).toMatchObject({ lookups: 130, hits: 128, staleLookups: 1, unknown: 1, errors: 0 });
    expect(lookupMicros.samples).toBe(3);
    expect(lookupMicros.p50).toBeGreaterThan(0);
    expect(lookupMicros.p99).toBeGreaterThanOrEqual(lookupMicros.p50 ?? 0);
  });

  it('is an error where the flag cannot decide', async () => {
    const world = open({}, copyAt(1, flag({ id: 'f', stage: 'beta_10' })));
    await world.client.ready();
    expect(world.client.evaluate('f')).toMatchObject({ errorCode: 'TARGETING_KEY_MISSING' });
    expect(world.client.statistics()).toMatchObject({ lookups: 1, hits: 1, errors: 1 });
  });
});
