/**
 * The schedule stage: reports on time, and the system's own health every few minutes. A report is read and drawn first; then one transaction
 * records its run, writes its messages into the outbox and announces it. Whoever dies before that leaves nothing, and it is made anew; whoever dies
 * after it has made it, and the record keeps everybody from making it again.
 */
import type { Config } from '../src/config.ts';
import type { Report } from '../src/domain/report.ts';
import { type Due, type Missed, missedReports, nextDue } from '../src/domain/schedule.ts';
import type { Database } from '../src/query/outbox.ts';
import { sendReport } from '../src/query/report/send.ts';
import { recipientsOf, timesOf } from '../src/query/report/settings.ts';
import type { ReportQuestion } from '../src/query/report.ts';
import { newestRuns, recordRun } from '../src/query/reports.ts';
import type { Failpoint } from '../src/runtime/failpoint.ts';
import type { RunningStage, StageDeps } from '../src/runtime/stage.ts';
import type { Leadership } from './signals-leader.ts';

export type ScheduleDeps = StageDeps & {
  config: Config;
  postgres: Database & { transaction<T>(work: (tx: Database) => Promise<T>): Promise<T> };
  /** The report of the whole platform. */
  report(question: ReportQuestion): Promise<Report>;
  /** Checks everything once more; told every MONITOR_INTERVAL_MS in the process that leads. */
  monitor(at: number): Promise<void>;
  leadership: Leadership;
  failpoint: Failpoint;
  /** How often the clock is looked at. */
  pollMs?: number;
};

const POLL_MS = 1_000;
const RETRY_MS = 5_000;
const STANDBY_MS = 30_000;
const DAY_MS = 86_400_000;
const FIRST_TIME = 'the first start: what was due before it is nobody’s report';

/** What is to be made and passed over now, each oldest first. */
async function missedNow({ config, postgres, now }: ScheduleDeps): Promise<Missed> {
  const [runs, at] = [await newestRuns(postgres), now()];
  const when = { zone: config.timeZone, catchUpMs: config.reportCatchUpDays * DAY_MS };
  const missed = timesOf(config).map(([kind, minutes]) => missedReports(kind, { ...when, minutes }, at, runs.get(kind) ?? null));
  return { make: missed.flatMap(({ make }) => make), skip: missed.flatMap(({ skip }) => skip) };
}

/** Until then there is nothing to look for. */
const nextAt = ({ config, now }: ScheduleDeps): number =>
  Math.min(...timesOf(config).map(([kind, minutes]) => nextDue(kind, config.timeZone, minutes, now()).dueAt));

async function skip({ postgres, log, now }: ScheduleDeps, due: Due, first: boolean): Promise<void> {
  const reason = first ? FIRST_TIME : 'due too long ago (REPORT_CATCH_UP_DAYS)';
  if (await recordRun(postgres, due, now(), reason))
    log.info({ kind: due.kind, date: due.period.from, reason }, 'a report was passed over');
}

async function make(deps: ScheduleDeps, due: Due): Promise<void> {
  const { config, postgres, log, metrics, now, failpoint } = deps;
  const { kind, period } = due;
  const report = await deps.report({ kind, day: period.from, now: now() });
  failpoint('schedule.1-before-record');
  const made = await postgres.transaction(async (tx) => {
    if (!(await recordRun(tx, due, now(), null))) return false;
    failpoint('schedule.2-after-record');
    const sending = { id: `${kind}/${period.from}`, report, to: recipientsOf(config, kind), sentBy: 'schedule', at: now() };
    await sendReport(tx, sending);
    failpoint('schedule.3-before-commit');
    return true;
  });
  failpoint('schedule.4-after-commit');
  if (!made) return;
  metrics.count('impact_reports_made_total', { kind });
  log.info({ kind, date: period.from, verdict: report.summary.verdict, lateMs: now() - due.dueAt }, 'a report was made');
}

/** Everything that is due; does nothing in a process that does not lead. @returns whether nothing is left to do */
async function makeDue(deps: ScheduleDeps): Promise<boolean> {
  const seen = await missedNow(deps);
  if (seen.make.length + seen.skip.length === 0) return true;
  if (!(await deps.leadership.isLeader())) return false;
  // Asked again: the one who led before may have made it while we waited for the lead.
  const runs = await newestRuns(deps.postgres);
  const missed = await missedNow(deps);
  for (const due of missed.skip) await skip(deps, due, !runs.has(due.kind));
  for (const due of missed.make) await make(deps, due);
  return true;
}

/** Starts the stage. Of several processes one makes the reports; the others stand by. */
export async function startSchedule(deps: ScheduleDeps): Promise<RunningStage> {
  const { config, log, now, leadership } = deps;
  let [reportsAt, monitorAt] = [0, now()];
  const trouble = new Map<string, string>();
  let running: Promise<void> | null = null;

  async function reports(): Promise<void> {
    if (await makeDue(deps)) reportsAt = nextAt(deps);
  }

  async function monitor(): Promise<void> {
    const leads = await leadership.isLeader();
    // Asking for the lead opens a connection: whoever stands by does not ask every second.
    monitorAt = now() + (leads ? config.monitorIntervalMs : STANDBY_MS);
    if (leads) await deps.monitor(now());
  }

  /** One that fails must not keep the other from being done. */
  async function attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      trouble.delete(what);
    } catch (error) {
      trouble.set(what, (error as Error).message);
      log.warn({ error: String(error) }, `${what}: not possible now, trying again`);
      if (what === 'reports') reportsAt = now() + RETRY_MS;
      else monitorAt = now() + STANDBY_MS;
    }
  }

  async function tick(): Promise<void> {
    if (now() >= reportsAt) await attempt('reports', reports);
    if (now() >= monitorAt) await attempt('the monitor', monitor);
  }

  const look = (): void => {
    running ??= tick().finally(() => {
      running = null;
    });
  };
  look();
  const timer = setInterval(look, deps.pollMs ?? POLL_MS);

  return {
    name: 'schedule',
    health: () => ({ ready: trouble.size === 0, reasons: [...trouble].map(([what, said]) => `${what}: ${said}`) }),
    async stop() {
      clearInterval(timer);
      await running;
      await leadership.resign();
    },
  };
}
