/** The decision to roll a feature back, with its evidence, and the alert that tells people. */
import type { Transition } from '../alert.ts';
import type { GuardPlan, Guardrail } from '../decision/guard.ts';
import type { Harm } from '../decision/guard-verdict.ts';
import type { Flag } from '../flags/flag.ts';
import { allowance } from '../stats/margin.ts';
import type { ArmName } from '../stats/safe-test.ts';
import { ERRORS, LATENCY } from './plan.ts';

export type RollbackReason = 'error-rate spike' | 'latency spike' | 'business-metric drop';

/** As in `schemas/avro/rollback.avsc`. Times in milliseconds since 1970; values in the metric's unit, rates as parts of 1. */
export type Rollback = {
  /** Follows from the flag and the version at which its rollout began, so the same decision has the same id. */
  rollbackId: string;
  flagId: string;
  featureId: string;
  /** Of the flag when it was decided. */
  flagVersion: number;
  stage: string;
  reason: RollbackReason;
  guardrail: string;
  test: Harm['test'];
  controlN: number;
  controlMean: number;
  treatmentN: number;
  treatmentMean: number;
  effect: number;
  intervalLow: number | null;
  intervalHigh: number | null;
  pValue: number;
  eValue: number;
  alpha: number;
  /** What treatment is beyond: the hard limit, or control's mean with the margin. */
  threshold: number;
  controlExposures: number;
  treatmentExposures: number;
  startedAt: number;
  decidedAt: number;
  /** A sentence for people. */
  message: string;
};

const reasonOf = ({ guardrail }: Harm): RollbackReason =>
  guardrail === ERRORS ? 'error-rate spike' : guardrail === LATENCY ? 'latency spike' : 'business-metric drop';

/** The harm that is shown most clearly for what it may err. */
const clearest = (harms: readonly Harm[]): Harm =>
  harms.reduce((best, one) => (one.pValue / one.alpha < best.pValue / best.alpha ? one : best));

function thresholdOf({ test, control }: Harm, { better, margin, limit }: Guardrail): number {
  if (test === 'limit') return limit ?? 0;
  const borne = margin === null ? 0 : allowance(margin, control.mean);
  return better === 'lower' ? control.mean + borne : control.mean - borne;
}

/** A number that JSON and people can hold: evidence may be overwhelming. */
const finite = (value: number): number => Math.min(value, Number.MAX_VALUE);

export type Decided = {
  flag: Flag;
  plan: GuardPlan;
  /** Version at which the rollout began. */
  since: number;
  startedAt: number;
  exposures: Record<ArmName, number>;
};

/** @param now milliseconds since 1970 */
export function rollbackOf({ flag, plan, since, startedAt, exposures }: Decided, harms: readonly Harm[], now: number): Rollback {
  const harm = clearest(harms);
  const rail = plan.guardrails.find(({ id }) => id === harm.guardrail) as Guardrail;
  return {
    rollbackId: `${flag.id}:${since}`,
    flagId: flag.id,
    featureId: flag.featureId,
    flagVersion: flag.version,
    stage: flag.stage,
    reason: reasonOf(harm),
    guardrail: harm.guardrail,
    test: harm.test,
    controlN: harm.control.n,
    controlMean: harm.control.mean,
    treatmentN: harm.treatment.n,
    treatmentMean: harm.treatment.mean,
    effect: harm.effect,
    intervalLow: harm.interval?.[0] ?? null,
    intervalHigh: harm.interval?.[1] ?? null,
    pValue: harm.pValue,
    eValue: finite(harm.eValue),
    alpha: harm.alpha,
    threshold: thresholdOf(harm, rail),
    controlExposures: exposures.control,
    treatmentExposures: exposures.treatment,
    startedAt,
    decidedAt: now,
    message: harms.map(({ reason }) => reason).join(' '),
  };
}

const RULE = 'guard_rollback';

type Moment = Pick<Transition, 'transition' | 'state' | 'reason' | 'ordinal' | 'windowEnd'>;

function alertOf(rollback: Rollback, better: Guardrail['better'], kind: Guardrail['kind'], moment: Moment): Transition {
  const { flagId, featureId, rollbackId } = rollback;
  const fingerprint = `${RULE}:feature=${featureId}:flag=${flagId}`;
  const alertId = `${RULE}:${rollbackId}`;
  const [statistic, unit] = kind === 'rate' ? (['percent', 100] as const) : (['mean', 1] as const);
  return {
    transitionId: `${alertId}:${moment.ordinal}:${moment.transition}`,
    alertId,
    fingerprint,
    rule: RULE,
    ruleVersion: 1,
    title: `Rollback of ${flagId} from ${rollback.stage}: ${rollback.reason}. ${rollback.message}`,
    severity: 'critical',
    previousSeverity: moment.transition === 'opened' ? null : 'critical',
    scope: 'feature',
    tenantId: null,
    featureId,
    metric: rollback.guardrail,
    statistic,
    value: rollback.treatmentMean * unit,
    previousValue: moment.transition === 'opened' ? null : rollback.treatmentMean * unit,
    comparison: better === 'lower' ? 'above' : 'below',
    threshold: rollback.threshold * unit,
    windowStart: rollback.startedAt,
    n: rollback.controlN + rollback.treatmentN,
    openedAt: rollback.decidedAt,
    runbook: 'docs/guard.md#after-a-rollback',
    ...moment,
  };
}

type Rail = Pick<Guardrail, 'better' | 'kind'>;

export const openedAlert = (rollback: Rollback, { better, kind }: Rail): Transition =>
  alertOf(rollback, better, kind, { transition: 'opened', state: 'firing', reason: null, ordinal: 1, windowEnd: rollback.decidedAt });

/** Somebody has changed the flag since it was rolled back. @param now milliseconds since 1970 */
export const resolvedAlert = (rollback: Rollback, { better, kind }: Rail, now: number): Transition =>
  alertOf(rollback, better, kind, { transition: 'resolved', state: 'resolved', reason: 'recovered', ordinal: 2, windowEnd: now });
