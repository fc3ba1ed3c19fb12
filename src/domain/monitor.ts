/** The monitor's verdict: every threshold and the health of the system itself, each as one line that says what it is, how it is, and what to do. */
import { shown, whole } from './decision/words.ts';
import type { ReportTarget } from './report/figures.ts';
import { targetState } from './report/targets.ts';
import { measured } from './report/words.ts';

/** `unknown`: there is nothing to judge by, which is no fault by itself. Worst first. */
export const checkStates = ['critical', 'warning', 'unknown', 'ok'] as const;
export type CheckState = (typeof checkStates)[number];

/** `kind`: a threshold of the business, or the system itself. `hint` says what to do about a fault. */
export type MonitorCheck = { name: string; kind: 'threshold' | 'system'; state: CheckState; seen: string; hint: string };
export type MonitorVerdict = { state: CheckState; checks: MonitorCheck[] };

/** How one stage does in one topic: records that wait, and whether it moved while they did. */
export type StageLag = { stage: string; lag: number; stuck: boolean };
/** Ages in seconds; null: nothing waits, or nothing is known. */
export type SystemFigures = {
  lags: StageLag[];
  /** 99 of 100 events were stored within so many seconds, lately. */
  storedWithinSeconds: number | null;
  newestDataSeconds: number | null;
  outboxWaitingSeconds: number | null;
  outboxDead: number;
  deadLetters: number;
  firing: { critical: number; warning: number };
  /** Kinds of reports that should have been made by now. */
  overdueReports: string[];
};

export type RoiFigures = { percent: number | null; target: number; warning: number | null; critical: number | null };

const threshold = (name: string, state: CheckState, seen: string): MonitorCheck => ({
  name,
  kind: 'threshold',
  state,
  seen,
  hint: 'docs/operating.md has the runbook; `impact alerts tail` shows the alert',
});

const stateOfTarget = { met: 'ok', within: 'ok', warning: 'warning', critical: 'critical', unknown: 'unknown' } as const;

function targetCheck(target: ReportTarget): MonitorCheck {
  const { title, unit, better, warning, critical, actual } = target;
  const state = stateOfTarget[targetState(target)];
  if (actual === null) return threshold(title, state, 'not measured lately');
  const side = better === 'lower' ? 'above' : 'below';
  const limits = [
    warning === null ? '' : `warning ${side} ${shown(warning)}`,
    critical === null ? '' : `critical ${side} ${shown(critical)}`,
  ];
  const said = limits.filter((one) => one !== '').join(', ');
  return threshold(title, state, `${measured(actual, unit)}, target ${shown(target.target)}${said === '' ? '' : ` (${said})`}`);
}

const roiTarget = ({ percent, target, warning, critical }: RoiFigures): ReportTarget => ({
  metric: 'roi_percent',
  title: 'ROI of the last 24 hours',
  unit: '%',
  better: 'higher',
  target,
  warning,
  critical,
  actual: percent,
});

const system = (name: string, state: CheckState, seen: string, hint: string): MonitorCheck => ({ name, kind: 'system', state, seen, hint });

/** Above the first limit it warns, above the second it is critical. */
function byAge(age: number | null, [warning, critical]: readonly [number, number]): CheckState {
  if (age === null) return 'unknown';
  return age > critical ? 'critical' : age > warning ? 'warning' : 'ok';
}

const ageText = (seconds: number): string => (seconds < 120 ? `${shown(seconds)} s` : `${whole(seconds / 60)} min`);

function lagCheck({ lags }: SystemFigures): MonitorCheck {
  const hint = 'see `impact health` for the stage, and its log; start it again with `impact run`';
  if (lags.length === 0) return system('Lag of the stages', 'unknown', 'no samples lately: is the stage `record` running?', hint);
  const stuck = lags.filter((one) => one.stuck).map(({ stage, lag }) => `${stage} does not move with ${whole(lag)} waiting`);
  const most = lags.reduce((a, b) => (b.lag > a.lag ? b : a));
  const seen = stuck.length > 0 ? stuck.join(', ') : `at most ${whole(most.lag)} records (${most.stage}), all moving`;
  return system('Lag of the stages', stuck.length > 0 ? 'critical' : 'ok', seen, hint);
}

function freshnessChecks({ storedWithinSeconds: stored, newestDataSeconds: newest }: SystemFigures): MonitorCheck[] {
  const hint = 'is the stage `store` running, and do the services send?';
  return [
    system(
      'Time to storage',
      byAge(stored, [30, 300]),
      stored === null ? 'nothing was stored lately' : `99 % within ${ageText(stored)}`,
      hint,
    ),
    // Nights may be silent, so that silence alone is never critical.
    system(
      'Newest data',
      byAge(newest, [3600, Number.POSITIVE_INFINITY]),
      newest === null ? 'none within a day' : `${ageText(newest)} old`,
      hint,
    ),
  ];
}

function deliveryCheck({ outboxWaitingSeconds: waiting, outboxDead: dead }: SystemFigures): MonitorCheck {
  const hint = 'is the stage `notify` running? The list of deliveries says what a receiver answered';
  const waits = waiting === null ? 'nothing waits' : `the oldest message waits for ${ageText(waiting)}`;
  const state = waiting === null ? 'ok' : byAge(waiting, [300, 1800]);
  const given = dead === 0 ? '' : `, ${whole(dead)} given up in the last hour`;
  return system('Delivery', state === 'ok' && dead > 0 ? 'warning' : state, `${waits}${given}`, hint);
}

function letterCheck({ deadLetters }: SystemFigures): MonitorCheck {
  const state = deadLetters >= 100 ? 'critical' : deadLetters > 0 ? 'warning' : 'ok';
  return system('Dead letters', state, `${whole(deadLetters)} in the last hour`, '`impact dlq list` shows them by reason');
}

function alertCheck({ firing: { critical, warning } }: SystemFigures): MonitorCheck {
  const state = critical > 0 ? 'critical' : warning > 0 ? 'warning' : 'ok';
  return system('Alerts firing', state, `${whole(critical)} critical, ${whole(warning)} warning`, '`impact alerts tail` shows them');
}

function reportCheck({ overdueReports }: SystemFigures): MonitorCheck {
  const seen = overdueReports.length === 0 ? 'all made' : `overdue: ${overdueReports.join(', ')}`;
  return system('Reports', overdueReports.length === 0 ? 'ok' : 'warning', seen, 'is the stage `schedule` running?');
}

/** All checks, thresholds first, and the worst of them. */
export function monitorVerdict(roi: RoiFigures, targets: readonly ReportTarget[], figures: SystemFigures): MonitorVerdict {
  const checks = [
    ...[roiTarget(roi), ...targets].map(targetCheck),
    lagCheck(figures),
    ...freshnessChecks(figures),
    deliveryCheck(figures),
    letterCheck(figures),
    alertCheck(figures),
    reportCheck(figures),
  ];
  // What nobody can measure yet is not bad news: the worst of what is known counts.
  const worst = checkStates.find((state) => state !== 'unknown' && checks.some((check) => check.state === state));
  return { state: worst ?? 'unknown', checks };
}
