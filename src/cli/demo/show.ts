/** The demonstration from the first event to the verdict. The place and the stages are there already. */
import { setTimeout as sleep } from 'node:timers/promises';
import pc from 'picocolors';
import { cover } from '../../domain/tier.ts';
import { dayEdges } from '../../domain/zone.ts';
import { dayRows } from '../../query/days.ts';
import { impactRows } from '../../query/impact.ts';
import { scopeOf } from '../../query/scope.ts';
import { ask } from '../../query/statement.ts';
import type { Context } from '../context.ts';
import { whole } from '../money.ts';
import { type Progress, withProgress } from '../progress.ts';
import type { System } from '../system.ts';
import { type Live, type Past, sendPast, startLive } from './emission.ts';
import type { Place } from './place.ts';
import { alertTable, dailyTable, periodTable, transitionLine } from './report.ts';
import { demoRules } from './rules.ts';
import { compareBooks, createSpeedometer, type Sample } from './speed.ts';
import { createTicker, type Ticker } from './ticker.ts';
import { alertPromises, apiPromise, booksPromise, type Promised, promiseLines } from './verdict.ts';
import { type Watch, watchAlerts } from './watch.ts';

export type ShowOptions = { once: boolean; days: number; seed: number };
export type Stage = { context: Context; system: System; place: Place; token: string; options: ShowOptions };
type Show = Stage & { live: Live; watch: Watch; ticker: Ticker; measure: () => Promise<Sample> };

const SAMPLE_MS = 1_000;
const STORED_WITHIN_MS = 60_000;
const BOOKS_WITHIN_MS = 15_000;
/** After the end of the incident: one more window, its delay, and time to spare on a slow machine. */
const RESOLVED_WITHIN_MS = 60_000;
const SHOWN_DAYS = 14;

const phaseOf = ({ live, context, watch }: Show): string => {
  const { from, to } = live.timeline.incident;
  const now = context.now();
  if (now < from) return `incident in ${Math.ceil((from - now) / 1000)} s`;
  if (now < to) return `incident, ${Math.ceil((to - now) / 1000)} s left`;
  return demoRules().every(({ id }) => watch.resolved(id)) ? 'live' : 'recovering';
};

/** Waits until `done`, showing what goes on; ends early when the user wants to leave, or after `limitMs`. */
async function watchUntil(show: Show, done: (sample: Sample) => boolean, limitMs: number): Promise<boolean> {
  const { context, ticker, live, measure } = show;
  const deadline = context.now() + limitMs;
  while (context.now() < deadline && !context.signal.aborted) {
    const sample = await measure();
    if (done(sample)) return true;
    ticker.show(sample, live.totals.events(), phaseOf(show));
    await sleep(SAMPLE_MS, undefined, { signal: context.signal }).catch(() => undefined);
  }
  return false;
}

/**
 * The history is what takes the store a while: its pace is worth showing. It is there when its rollups are, and agree with the books.
 * Where they do not, the show goes on: the verdict will name what differs.
 */
async function waitForHistory(stage: Stage, past: Past, measure: () => Promise<Sample>): Promise<void> {
  const { context, system } = stage;
  const wanted = past.totals.events();
  const deadline = context.now() + STORED_WITHIN_MS;
  const work = async (progress: Progress): Promise<boolean> => {
    while (!context.signal.aborted && context.now() < deadline) {
      const { stored } = await measure();
      progress.update(stored < wanted ? `${whole(stored)} of ${whole(wanted)} events` : 'rolling up by minute, hour and day');
      if (stored >= wanted && (await compareBooks(system, past.totals, past.from, context.now())).found.length === 0) return true;
      await sleep(250);
    }
    return false;
  };
  const last = (all: boolean): string =>
    all ? `stored and rolled up by minute, hour and day: ${whole(wanted)} events` : 'not all of the history is stored yet';
  await withProgress(context, 'storing the history', work, last);
}

function section(context: Context, title: string, lines: readonly string[]): void {
  const colours = pc.createColors(context.terminal);
  context.out(`\n${colours.bold(title)}\n${lines.map((line) => `  ${line}`).join('\n')}\n\n`);
}

function introduceLive({ context, live, place, token }: Show): void {
  const { from, to } = live.timeline.incident;
  const at = (time: number): string => new Date(time).toISOString().slice(11, 19);
  section(context, 'Live', [
    `API   ${place.url}`,
    `web   ${place.url}/ (the dashboard; sign in with the token below)`,
    `docs  ${place.url}/docs`,
    `try   curl -H 'Authorization: Bearer ${token}' ${place.url}/api/v1/business-impact/current`,
    '',
    `From ${at(from)} to ${at(to)} UTC 14 % of all requests fail and the WebSocket takes 270 ms instead of 31.`,
    'To be over in a minute, two rules with the shipped limits look at windows of 10 s instead of 1 min.',
  ]);
}

/** Rollups follow their events within the same flush, so books that differ get a few seconds to agree. */
async function settledBooks({ context, system, live }: Show): Promise<Awaited<ReturnType<typeof compareBooks>>> {
  const deadline = context.now() + BOOKS_WITHIN_MS;
  for (;;) {
    const books = await compareBooks(system, live.totals, live.from, context.now());
    if (books.found.length === 0 || context.now() > deadline) return books;
    await sleep(500);
  }
}

/** Stops the stream, waits until all of it is stored, and holds the books against each other. */
async function settle(show: Show): Promise<Promised[]> {
  const { live, watch, ticker, place, token } = show;
  await live.pause();
  const wanted = live.totals.events();
  await watchUntil(show, ({ stored }) => stored >= wanted, STORED_WITHIN_MS);
  ticker.clear();
  const { stored, found } = await settledBooks(show);
  return [...alertPromises(watch, demoRules()), booksPromise(stored, found), await apiPromise(place.url, token)];
}

async function report(show: Show, promises: readonly Promised[]): Promise<void> {
  const { context, system, watch, live, options } = show;
  const now = context.now();
  const edges = dayEdges('UTC', now, options.days + 1);
  const rows = await ask(system.clickhouse, dayRows(scopeOf(null), edges));
  const [first = 0] = edges;
  const today = edges.at(-2) ?? first;
  // Satisfaction is worth what its mean over the whole period says, so the period is a question of its own.
  const all = await ask(system.clickhouse, impactRows(scopeOf(null), cover(first, today)));
  const look = { columns: context.columns, colour: context.terminal };
  context.out(dailyTable(rows, edges, { now, shown: SHOWN_DAYS }, look));
  context.out(periodTable(all, { from: first, to: today }, look));
  const recent = watch.transitions.filter(({ openedAt }) => openedAt >= live.liveFrom);
  context.out(alertTable(recent, look));
  section(
    context,
    'Promises',
    promiseLines(promises, look.colour)
      .split('\n')
      .map((line) => line.slice(2)),
  );
}

/**
 * Runs the whole show.
 * @returns what was promised and whether it came true
 */
export async function runShow(stage: Stage, lost: Promise<never>): Promise<Promised[]> {
  const { context, system, options } = stage;
  const measure = createSpeedometer(system, context.now);
  const ticker = createTicker(context);
  const past = await sendPast(context, system, options);
  await Promise.race([waitForHistory(stage, past, measure), lost]);
  const live = await startLive(context, past);
  const watch = watchAlerts(system, (one) => {
    if (one.openedAt >= live.liveFrom) ticker.keep(transitionLine(one, context.terminal));
  });
  const show: Show = { ...stage, live, watch, ticker, measure };
  try {
    introduceLive(show);
    const resolved = (): boolean => demoRules().every(({ id }) => watch.resolved(id));
    const left = live.timeline.incident.to + RESOLVED_WITHIN_MS - context.now();
    await Promise.race([watchUntil(show, resolved, left), lost, live.failed]);
    const promises = await settle(show);
    await report(show, promises);
    if (options.once || context.signal.aborted) return promises;
    live.resume();
    section(context, 'It stays up until Ctrl-C', []);
    await Promise.race([watchUntil(show, () => false, Number.POSITIVE_INFINITY), lost, live.failed]);
    ticker.clear();
    return promises;
  } finally {
    await live.pause();
    await watch.stop();
  }
}
