/** The dashboard over ten million stored events: how soon its first view stands, what that asks, and whether it stays as it is while figures change. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { buildDashboard } from '../../infra/local/dashboard.ts';
import { freePorts } from '../../infra/local/ports.ts';
import type { StackEndpoints } from '../../infra/stack.ts';
import { dashboardFolder } from '../../src/api/static.ts';
import { createToken } from '../../src/query/tokens.ts';
import { openBrowser } from '../web/browser.ts';
import { type Child, runStages } from './child.ts';
import { timeReads } from './history.ts';
import { type Load, loadPage } from './page-browser.ts';
import { storeMonth } from './page-history.ts';
import { liveRows } from './page-live.ts';
import { percentile } from './percentile.ts';
import { type Place, withPlace } from './place.ts';
import { type BenchRow, benchRow } from './row.ts';

const LOADS = 20;
const PATH = '/?range=30d';
const MINUTE_MS = 60_000;
const READY_MS = 2 * MINUTE_MS;

type Api = { child: Child; url: string };

/** The API in a process of its own, once it answers. */
async function startApi({ env }: Place): Promise<Api> {
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const child = runStages(['api'], { ...env, API_PORT: String(port) });
  const answers = (): Promise<boolean> =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  for (const until = Date.now() + READY_MS; !(await answers()); await sleep(100))
    if (Date.now() > until) throw new Error('the API does not start');
  return { child, url };
}

const bundleBytes = (): number =>
  readdirSync(join(dashboardFolder, 'assets'))
    .filter((name) => name.endsWith('.gz'))
    .reduce((sum, name) => sum + statSync(join(dashboardFolder, 'assets', name)).size, 0);

async function loadAll(browser: Browser, url: string, token: string): Promise<Load[]> {
  const loads: Load[] = [];
  // The first one warms the API up; every one comes to a browser that has nothing of the page.
  for (let i = -1; i < LOADS; i += 1) {
    const load = await loadPage(browser, url, token, PATH);
    if (i >= 0) loads.push(load);
  }
  return loads;
}

/** The slowest of the calls behind the first view, by its p99. */
async function slowestCall(paths: readonly string[], url: string, token: string, say: (line: string) => void): Promise<[string, number]> {
  const found: [string, number][] = [];
  for (const path of paths.filter((one) => one.startsWith('/api/') && !one.startsWith('/api/v1/live'))) {
    const sample = await timeReads(url + path, token);
    found.push([path.split('?')[0] ?? path, percentile(sample, 0.99)]);
    say(`${path}: ${percentile(sample, 0.5).toFixed(1)} ms in the median, ${percentile(sample, 0.99).toFixed(1)} ms p99`);
  }
  return found.reduce((slowest, one) => (one[1] > slowest[1] ? one : slowest), ['', 0]);
}

async function firstView(browser: Browser, url: string, token: string, events: number, say: (line: string) => void): Promise<BenchRow[]> {
  const loads = await loadAll(browser, url, token);
  const paths = loads.at(-1)?.paths ?? [];
  const [call, p99] = await slowestCall(paths, url, token, say);
  const p95 = (pick: (load: Load) => number): number => percentile(loads.map(pick), 0.95);
  const row = (what: string, ours: number, unit: string, most: number): BenchRow =>
    benchRow({ what, ours, unit, goal: { comparison: '<=', value: most } });
  const at = `${(events / 1e6).toFixed(0)}M events`;
  return [
    row(
      `first contentful paint of the dashboard, p95 of ${LOADS} at ${at}`,
      p95(({ paintedMs }) => paintedMs),
      'ms',
      500,
    ),
    row(
      'dashboard interactive, all figures of its first view there, p95',
      p95(({ interactiveMs }) => interactiveMs),
      'ms',
      1000,
    ),
    row(
      'layout shift of it, worst',
      p95(({ shift }) => shift),
      'of 1',
      0.1,
    ),
    row('requests of it, the document and the change stream included', paths.length, 'requests', 20),
    row(`slowest API call behind it (${call}), p99 of 100`, p99, 'ms', 100),
    row('its scripts and styles, gzipped', bundleBytes() / 1e3, 'kB', 250),
  ];
}

/**
 * @param events stored
 * @param minutes how long live updates are watched
 */
export async function benchPage(at: StackEndpoints, events: number, minutes: number, say: (line: string) => void): Promise<BenchRow[]> {
  await buildDashboard();
  return withPlace(at, {}, async (place) => {
    say(`storing a month of ${events.toLocaleString('en-US')} events of every kind`);
    await storeMonth(place, events, Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS);
    return measurePage(place, events, minutes, say);
  });
}

/** Of a place whose month is stored. */
export async function measurePage(place: Place, events: number, minutes: number, say: (line: string) => void): Promise<BenchRow[]> {
  const { token } = await createToken(place.adapters.postgres, { role: 'viewer', tenantId: null, name: 'bench', expiresAt: null });
  const [{ child: api, url }, browser] = await Promise.all([startApi(place), openBrowser()]);
  try {
    say(`opening the dashboard ${LOADS} times`);
    const first = await firstView(browser, url, token, events, say);
    say(`${minutes} minutes of live updates`);
    return [...first, ...(await liveRows({ place, api, url, token, browser }, minutes))];
  } finally {
    await browser.close();
    await api.stop();
  }
}
