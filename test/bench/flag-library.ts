/** A program: one flag library in a process of its own, as a service has it, that asks it about every user whenever it is told to. */
import { createInterface } from 'node:readline';
import { createFlagClient, type FlagClientOptions } from '../../src/client/flags.ts';
import { redisFlags } from '../../src/client/flags-redis.ts';
import { FEATURE, type FlagPeer, TENANT } from './peers/flag-peer.ts';
import { openGrowthBook } from './peers/growthbook.ts';
import { openInMemory } from './peers/openfeature-in-memory.ts';
import { openUnleash } from './peers/unleash.ts';
import { percentile } from './percentile.ts';

const [library = '', url = '', namespace = '', count = ''] = process.argv.slice(2);
const users = Array.from({ length: Number(count) }, (_, i) => `user_${i}`);

async function openOurs(more: Partial<FlagClientOptions> = {}): Promise<FlagPeer> {
  const flags = createFlagClient({ source: redisFlags({ url, namespace }), ...more });
  await flags.ready();
  return { name: 'impactstream', ask: (user) => flags.isEnabled(FEATURE, TENANT, users[user] as string) };
}

const open: Record<string, () => Promise<FlagPeer>> = {
  ours: openOurs,
  exposing: () => openOurs({ exposures: { trackExposure: () => null } }),
  unleash: () => openUnleash(users),
  growthbook: async () => openGrowthBook(users),
  'in-memory': async () => openInMemory(users),
};

const samples: Float64Array[] = [];

/** Asks about every user once. @returns how many have the feature */
async function round({ ask }: FlagPeer): Promise<number> {
  const took = new Float64Array(users.length);
  let on = 0;
  for (let user = 0; user < users.length; user += 1) {
    const at = performance.now();
    const asked = ask(user);
    // Waiting for what is there already would cost the others what they do not cost.
    const answer = typeof asked === 'boolean' ? asked : (await asked).value;
    took[user] = performance.now() - at;
    if (answer) on += 1;
  }
  samples.push(took);
  return on;
}

/** Microseconds that asking the clock twice takes by itself, which every measured call contains. */
function clockUs(): number {
  const sample = Array.from({ length: 100_000 }, () => {
    const at = performance.now();
    return (performance.now() - at) * 1000;
  });
  return percentile(sample, 0.5);
}

/** @param warmUp rounds at the beginning that do not count */
function cost(name: string, warmUp: number): { name: string; p50: number; p99: number } {
  const clock = clockUs();
  const sample = samples.slice(warmUp).flatMap((took) => [...took].map((ms) => Math.max(0, ms * 1000 - clock)));
  return { name, p50: percentile(sample, 0.5), p99: percentile(sample, 0.99) };
}

const peer = await open[library]?.();
if (!peer) throw new Error(`no library ${library}`);
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const [order, number] = line.split(' ');
  process.stdout.write(`${JSON.stringify(order === 'round' ? await round(peer) : cost(peer.name, Number(number)))}\n`);
}
process.exit(0);
