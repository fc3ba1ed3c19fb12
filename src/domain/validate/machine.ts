/** Whether the machinery is in order: generations, stages, restores, the record of alerts. */

import { counted } from '../counted.ts';
import { type Finding, finding } from './finding.ts';

/** A tenant's day that a replay has left half done, or rows of a generation that nobody sees. */
export type EpochFault = { tenant: string; day: string; fault: string };

/** @param replaying whether a replay is unfinished, so that some of this is as it should be */
export function epochs(faults: readonly EpochFault[], replaying: boolean): Finding {
  const expected = 'no generation that is being built without a replay, none active without rows, no rows of old ones';
  if (faults.length === 0) return finding('epochs', 'ok', 'every day shows one whole generation', expected);
  if (replaying)
    return finding('epochs', 'warning', 'a replay is not finished; give the same command again, or --cancel', expected, faults);
  return finding(
    'epochs',
    'failed',
    `${counted(faults.length, 'day')} of tenants in disorder; impact replay of these days mends them`,
    expected,
    faults,
  );
}

/** The newest sample of a partition. Times in seconds since 1970. */
export type LagSample = { stage: string; topic: string; partition: number; lag: number; sampledAt: number; eventLagSeconds: number | null };

const LAG_WARNING = 100_000;
const LAG_SECONDS = 300;

export function stageLag(samples: readonly LagSample[]): Finding {
  const expected = `every stage's offsets within ${counted(LAG_WARNING, 'record')} and ${LAG_SECONDS} s of the end of its topics`;
  if (samples.length === 0)
    return finding('lag', 'warning', 'nobody has sampled it in the last minutes: the stage record does not run', expected);
  const behind = samples.filter(({ lag, eventLagSeconds }) => lag > LAG_WARNING || (lag > 0 && (eventLagSeconds ?? 0) > LAG_SECONDS));
  const total = samples.reduce((sum, { lag }) => sum + lag, 0);
  const seen = `${counted(total, 'record')} not read yet by ${counted(new Set(samples.map(({ stage }) => stage)).size, 'stage')}`;
  return finding('lag', behind.length === 0 ? 'ok' : 'warning', seen, expected, behind);
}

export function restores(unfinished: { backup: string; startedAt: Date } | null): Finding {
  const expected = 'no restore that was broken off';
  if (unfinished === null) return finding('restores', 'ok', 'none is unfinished', expected);
  const seen = `the restore of ${unfinished.backup}, begun ${unfinished.startedAt.toISOString()}, did not end: give it again`;
  return finding('restores', 'failed', seen, expected);
}

export type AlertCount = { alert_type: string; count: number };

/**
 * @param opened alerts that were opened, by the topic's record, with the time, ms
 * @param recorded ids of the alerts in business_impact_alerts
 * @param now they are written a moment after they are told
 */
export function alertsRecorded(
  opened: readonly { alertId: string; rule: string; openedAt: number }[],
  recorded: ReadonlySet<string>,
  counts: readonly AlertCount[],
  now: number,
): Finding {
  const expected = 'a row in business_impact_alerts for every alert that was opened';
  const missing = opened.filter(({ alertId, openedAt }) => !recorded.has(alertId) && openedAt < now - 60_000);
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  if (missing.length === 0) return finding('alerts', 'ok', `${counted(total, 'alert')} recorded`, expected, counts);
  return finding('alerts', 'failed', `${counted(missing.length, 'alert')} not recorded: does the stage notify run?`, expected, missing);
}
