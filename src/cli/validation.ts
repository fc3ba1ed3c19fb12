/** Looks at everything that is stored, one check after the other. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TimeRange } from '../domain/archive.ts';
import { keptWholeFrom } from '../domain/retention.ts';
import { costsThere, type DayCount, dailyFigures, figuresAgree, recentData } from '../domain/validate/days.ts';
import * as events from '../domain/validate/events.ts';
import { type Finding, finding } from '../domain/validate/finding.ts';
import * as machine from '../domain/validate/machine.ts';
import { dayAt, plusDays } from '../domain/zone.ts';
import { unfinishedRestore } from '../query/backup-postgres.ts';
import { costsOfDays, daysOf } from '../query/costs.ts';
import { lagRows } from '../query/lag.ts';
import { storedCells } from '../query/roi/books.ts';
import { calculateDays } from '../query/roi/calculate.ts';
import { type Scope, scopeOf } from '../query/scope.ts';
import { ask } from '../query/statement.ts';
import * as questions from '../query/validation.ts';
import * as tables from '../query/validation-tables.ts';
import type { System } from './system.ts';

/** `betweenMs`: what is just being stored gets this long to arrive everywhere. */
export type Validating = TimeRange & { now(): number; signal: AbortSignal; betweenMs: number; onCheck(what: string): void };
type Look = {
  system: System;
  run: Validating;
  range: TimeRange;
  days: { from: string; to: string };
  counts: readonly DayCount[];
  over: string[];
};

const DAY_MS = 86_400_000;
const everyone = scopeOf(null) as Scope & { tenantId: null };

const total = (counts: readonly DayCount[]): number => counts.reduce((sum, one) => sum + one.events, 0);

/** Whole UTC days whose raw events, and all that is made of them, are kept. */
function comparable({ system, run, range }: Look): TimeRange {
  const from = Math.max(Math.floor(range.from / DAY_MS) * DAY_MS, keptWholeFrom(run.now(), system.config.retentionRawDays));
  return { from, to: Math.max(from, Math.ceil(range.to / DAY_MS) * DAY_MS) };
}

const LOOKS = 4;
const nameOf = (one: events.TierDifference): string => JSON.stringify([one.tier, one.day, one.tenant, one.feature, one.metric]);

/** What is being stored at this moment is in one tier a little before the next, so only what differs at every look counts. */
async function tiers(look: Look): Promise<Finding> {
  const { clickhouse } = look.system;
  const range = comparable(look);
  const [size] = await ask(clickhouse, questions.seriesCount(range));
  let persistent = await ask(clickhouse, questions.tierDifferences(range));
  for (let again = 1; again < LOOKS && persistent.length > 0; again++) {
    await sleep(look.run.betweenMs, undefined, { signal: look.run.signal });
    const before = new Set(persistent.map(nameOf));
    persistent = (await ask(clickhouse, questions.tierDifferences(range))).filter((one) => before.has(nameOf(one)));
  }
  return events.tiersAgree(size?.series ?? 0, persistent);
}

async function dailyRows({ system, days, over }: Look): Promise<Finding> {
  return dailyFigures(over, await tables.businessDays(system.postgres, days));
}

/** Only days that have a row: that others have none is a finding of its own. */
async function figures({ system, days, over, run }: Look): Promise<Finding> {
  const calculated = new Set((await tables.businessDays(system.postgres, days)).map(({ date }) => date));
  const judged = new Set(over.filter((day) => calculated.has(day)));
  const fresh = await calculateDays(system, everyone, days, run.now());
  const of = ({ day }: { day: string }): boolean => judged.has(day);
  return figuresAgree((await storedCells(system.postgres, everyone, days)).filter(of), fresh.cells.filter(of));
}

async function costs({ system, days, over }: Look): Promise<Finding> {
  const lines = await costsOfDays(system, everyone, days, { features: false, tenants: false });
  return costsThere(over, [...new Set(lines.map(({ day }) => day))]);
}

async function alerts({ system, run, range }: Look): Promise<Finding> {
  const opened = await ask(system.clickhouse, questions.openedAlerts(range));
  const recorded = await tables.recordedAlerts(
    system.postgres,
    opened.map(({ alertId }) => alertId),
  );
  return machine.alertsRecorded(opened, recorded, await tables.alertCounts(system.postgres, range), run.now());
}

async function late({ system, range, counts }: Look): Promise<Finding> {
  const [row] = await ask(system.clickhouse, questions.lateCounts(range));
  return events.lateShare(row?.late ?? 0, row?.lost ?? 0, total(counts));
}

async function epochs({ system, range }: Look): Promise<Finding> {
  return machine.epochs(await ask(system.clickhouse, questions.epochFaults(range)), await tables.isReplaying(system.postgres));
}

/** In the order in which they are shown. */
const checks: [string, (look: Look) => Promise<Finding>][] = [
  ['recent data', async ({ run, range, counts }) => recentData(daysOfUtc(range, run.now()), counts)],
  ['tiers against raw events', tiers],
  ['conflicting duplicates', async ({ system, range }) => events.conflicts(await ask(system.clickhouse, questions.conflictCounts(range)))],
  ['late events', late],
  [
    'dead letters',
    async ({ system, range, counts }) => events.deadLetters(await ask(system.clickhouse, questions.deadLetterCounts(range)), total(counts)),
  ],
  [
    'gaps',
    async ({ system, run, range }) =>
      events.silences(await ask(system.clickhouse, questions.activeHours(range)), Math.min(range.to, run.now()) / 1000),
  ],
  ['daily figures', dailyRows],
  ['figures against rollups', figures],
  ['costs', costs],
  ['alerts', alerts],
  ['epochs', epochs],
  ['lag', async ({ system, run }) => machine.stageLag(await ask(system.clickhouse, lagRows(everyone, run.now())))],
  ['restores', async ({ system }) => machine.restores(await unfinishedRestore(system.postgres))],
];

/** The UTC days of the range that have begun. */
function daysOfUtc({ from, to }: TimeRange, now: number): string[] {
  const first = Math.floor(from / DAY_MS) * DAY_MS;
  const count = Math.ceil((Math.min(to, now) - first) / DAY_MS);
  return Array.from({ length: Math.max(0, count) }, (_, n) => new Date(first + n * DAY_MS).toISOString().slice(0, 10));
}

/** A check that cannot be made has failed, and the others are made all the same. */
async function made([check, work]: (typeof checks)[number], look: Look): Promise<Finding> {
  try {
    return await work(look);
  } catch (error) {
    look.run.signal.throwIfAborted();
    return finding(check, 'failed', `could not be looked at: ${error instanceof Error ? error.message : String(error)}`, 'an answer');
  }
}

async function lookAt(system: System, run: Validating): Promise<Look> {
  const { timeZone } = system.config;
  const range = { from: run.from, to: run.to };
  const days = { from: dayAt(timeZone, run.from), to: plusDays(dayAt(timeZone, run.to - 1), 1) };
  const counts = await ask(system.clickhouse, questions.eventCounts(range));
  const [today, withEvents] = [dayAt(timeZone, run.now()), new Set(counts.map(({ day }) => day))];
  return { system, run, range, days, counts, over: daysOf(days).filter((day) => day < today && withEvents.has(day)) };
}

/** Everything that was found, in the order of the checks. @throws ImpactError `unavailable` when ClickHouse does not answer */
export async function validate(system: System, run: Validating): Promise<Finding[]> {
  const look = await lookAt(system, run);
  const findings: Finding[] = [];
  for (const check of checks) {
    run.onCheck(check[0]);
    findings.push(await made(check, look));
  }
  return findings;
}
