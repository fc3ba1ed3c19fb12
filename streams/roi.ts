/** The ROI stage: today every few minutes, each day finally after it has closed, and again whenever what it was calculated from changes. */
import type { Config } from '../src/config.ts';
import type { FlagDefinition } from '../src/domain/flags/flag.ts';
import { dayAt } from '../src/domain/zone.ts';
import { refreshEffects } from '../src/query/roi/effects.ts';
import { dueSpans } from '../src/query/roi/plan.ts';
import { type RecordDeps, type RecordedDay, recordDays } from '../src/query/roi/record.ts';
import { repeat } from '../src/runtime/repeat.ts';
import type { RunningStage, StageDeps } from '../src/runtime/stage.ts';
import { inSpan, noTracer, type Tracer } from '../src/runtime/tracer.ts';
import type { Leadership } from './signals-leader.ts';

export type RoiStageDeps = StageDeps &
  RecordDeps & {
    config: Config;
    /** The flags, which say how a feature's variants are called. */
    flags: () => Promise<readonly FlagDefinition[]>;
    /** Of several processes one calculates. Two that believe themselves to be the one do no harm: they take turns, and write the same. */
    leadership: Leadership;
    tracer?: Tracer;
  };

/** Calculates what is due, the oldest days first. Ended by `stopped` between two spans. */
async function calculateDue(deps: RoiStageDeps, stopped: () => boolean = () => false): Promise<RecordedDay[]> {
  const recorded: RecordedDay[] = [];
  for (const span of await dueSpans(deps, deps.now())) {
    if (stopped()) break;
    recorded.push(...(await recordDays(deps, span, deps.now())));
  }
  return recorded;
}

function report({ log, metrics }: RoiStageDeps, recorded: readonly RecordedDay[]): void {
  for (const { outcome } of recorded) metrics.count('impact_roi_days_total', { outcome });
  const revised = recorded.filter(({ outcome }) => outcome === 'revised').map(({ day }) => day);
  if (revised.length > 0) log.info({ days: revised }, 'days that were complete have changed');
  log.debug({ days: recorded.length }, 'the ROI was calculated');
}

/** Starts the stage; the first calculation is at once. */
export async function startRoi(deps: RoiStageDeps): Promise<RunningStage> {
  const { config, log, metrics, now, leadership, tracer = noTracer } = deps;
  let trouble: string | null = null;
  let askedOn: string | null = null;
  let stopping = false;

  async function askOnceADay(): Promise<void> {
    const today = dayAt(config.timeZone, now());
    if (askedOn === today) return;
    const asking = async () => refreshEffects(deps, await deps.flags(), today);
    await asking().catch((error: Error) => log.warn({ error: error.message }, 'the experiments could not be asked what they show'));
    askedOn = today;
  }

  async function calculate(): Promise<void> {
    try {
      if (await leadership.isLeader()) {
        await askOnceADay();
        const attributes = { 'impact.stage': 'roi' };
        report(deps, await inSpan(tracer, 'calculate roi', { kind: 'internal', attributes }, () => calculateDue(deps, () => stopping)));
        metrics.set('impact_roi_calculated_timestamp_seconds', now() / 1000);
      }
      trouble = null;
    } catch (error) {
      trouble = (error as Error).message;
      metrics.count('impact_roi_failures_total');
      throw error;
    }
  }

  const end = repeat('calculating the ROI', calculate, config.roiIntervalMs, log);
  return {
    name: 'roi',
    health: () => ({ ready: trouble === null, reasons: trouble === null ? [] : [trouble] }),
    async stop() {
      stopping = true;
      await end();
      await leadership.resign();
    },
  };
}
