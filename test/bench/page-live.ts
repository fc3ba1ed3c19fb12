/** A dashboard that stays open while figures change all the time, and an API with many change streams: both are to stay as large as they are. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { eventOf } from '../support/feature-events.ts';
import { storeEvents } from '../support/warehouse.ts';
import type { Child } from './child.ts';
import { heldBy, openForLong } from './page-browser.ts';
import type { Place } from './place.ts';
import { type BenchRow, benchRow } from './row.ts';

const STREAMS = 50;
const SAMPLES = 20;
/** Samples before this one see the page and the API get as large as they are to be. */
const SETTLED = SAMPLES / 5;

type Sample = { heapBytes: number; nodes: number; listeners: number; apiBytes: number };

/** An answered lead of this moment, as the store would store it. */
async function storeLead({ adapters }: Place, offset: number): Promise<void> {
  const at = new Date().toISOString();
  await storeEvents(adapters.clickhouse, [eventOf('lead-intelligence', at, { tenantId: `tenant-${offset % 20}`, userId: 'live' })], offset);
}

/** Change streams that are read; answers how many changes each has told so far. */
function openStreams(url: string, token: string, signal: AbortSignal): () => number {
  let told = 0;
  const read = async (): Promise<void> => {
    const response = await fetch(`${url}/api/v1/live`, { headers: { authorization: `Bearer ${token}` }, signal });
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) told += chunk.split('event: change').length - 1;
  };
  for (let i = 0; i < STREAMS; i += 1)
    read().catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  return () => told / STREAMS;
}

/** The middle of some values, so that one moment does not decide. */
const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** From the settled part's first samples to its last ones. */
function growth(samples: readonly Sample[], pick: (sample: Sample) => number): number {
  const settled = samples.slice(SETTLED).map(pick);
  return middle(settled.slice(-5)) - middle(settled.slice(0, 5));
}

async function watch(place: Place, api: Child, opened: Awaited<ReturnType<typeof openForLong>>, minutes: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  const begin = Date.now();
  for (let stored = 0; samples.length < SAMPLES; stored += 1) {
    await storeLead(place, 1_000_000_000 + stored);
    const due = begin + ((samples.length + 1) * minutes * 60_000) / SAMPLES;
    if (Date.now() >= due) samples.push({ ...(await heldBy(opened.session)), apiBytes: api.memoryBytes() });
    else await sleep(1_000);
  }
  return samples;
}

export type Running = { place: Place; api: Child; url: string; token: string; browser: Browser };

/** @throws Error when no changes arrive: a page that nothing happens to does not grow */
export async function liveRows({ place, api, url, token, browser }: Running, minutes: number): Promise<BenchRow[]> {
  const ending = new AbortController();
  const told = openStreams(url, token, ending.signal);
  const opened = await openForLong(browser, url, token, '/?range=24h');
  const samples = await watch(place, api, opened, minutes);
  const uses = await opened.page.textContent('section[aria-label=Value] .note');
  if (told() < minutes * 5) throw new Error(`only ${told()} changes were told to each stream: the page shows ${uses}`);
  ending.abort();
  await opened.page.context().close();
  const over = `in ${minutes} minutes of live updates`;
  return [
    benchRow({
      what: `memory of the page after collection, growth ${over}`,
      ours: growth(samples, ({ heapBytes }) => heapBytes) / 1e6,
      unit: 'MB',
      goal: { comparison: '<=', value: 1 },
    }),
    benchRow({
      what: 'the same, nodes and listeners',
      ours: growth(samples, ({ nodes, listeners }) => nodes + listeners),
      unit: 'objects',
      goal: { comparison: '<=', value: 50 },
    }),
    benchRow({
      what: `memory of the API with ${STREAMS} change streams open, growth ${over}`,
      ours: growth(samples, ({ apiBytes }) => apiBytes) / 1e6,
      unit: 'MB',
      goal: { comparison: '<=', value: 30 },
    }),
  ];
}
