/** Advice about what happened: alerts, rollbacks, experiments, missed targets, data that did not come. */

import { counted } from '../counted.ts';
import { shown, signedPercent, whole } from '../decision/words.ts';
import { isMissing, type ReportFigures } from './figures.ts';
import { beforeWord } from './period.ts';
import { targetState } from './targets.ts';
import { type Advice, advice } from './urgency.ts';
import { featureTitle, measured, metricTitle, spaced } from './words.ts';

type Figures = ReportFigures;

function firing({ alerts }: Figures): Advice[] {
  return alerts
    .filter((alert) => alert.firing && alert.severity !== 'success')
    .map(({ id, title, severity, feature, tenant, value, threshold }) => {
      const whose = [tenant, feature === '' ? '' : featureTitle(feature)].filter((one) => one !== '').join(', ');
      const level = `${value === null ? 'no value' : shown(value)} against a limit of ${shown(threshold)}`;
      const urgency = severity === 'critical' ? 'act' : 'consider';
      return advice(urgency, `Resolve "${title}"${whose === '' ? '' : ` (${whose})`}, which is still firing.`, `Alert ${id}: ${level}.`);
    });
}

function rollbacks({ stageChanges }: Figures): Advice[] {
  const back = stageChanges.filter(({ by, to }) => by === 'guard' && to === 'disabled');
  return back.map(({ flagId, featureId, reason, from }) =>
    advice(
      'act',
      `Find out why ${featureTitle(featureId)} did harm before it is rolled out again.`,
      `Flag ${flagId} was rolled back from ${spaced(from)}: ${reason}`,
    ),
  );
}

const experimentWords = {
  roll_forward: (feature: string) => `Roll ${feature} out further.`,
  rollback: (feature: string) => `Roll ${feature} back.`,
} as const;

function experiments({ experiments: all }: Figures): Advice[] {
  return all.flatMap(({ feature, metric, lift, liftInterval, units, recommendation, reason }) => {
    if (recommendation === 'continue') return [];
    const interval = liftInterval === null ? '' : ` (${signedPercent(liftInterval[0])} to ${signedPercent(liftInterval[1])})`;
    const effect = `${metricTitle(metric)} ${lift === null ? 'without a lift' : signedPercent(lift)}${interval}`;
    const seen = `${effect} with ${whole(units.control)} and ${whole(units.treatment)} units. ${reason}`;
    return [advice(recommendation === 'rollback' ? 'act' : 'consider', experimentWords[recommendation](featureTitle(feature)), seen)];
  });
}

function missedTargets({ targets }: Figures): Advice[] {
  return (targets ?? []).flatMap((target) => {
    const { title, unit, warning, critical, actual } = target;
    const state = targetState(target);
    if (actual === null || (state !== 'warning' && state !== 'critical')) return [];
    const limit = (state === 'critical' ? critical : warning) as number;
    const evidence = `${measured(actual, unit)} over the period, limit ${measured(limit, unit)}.`;
    return [advice(state === 'critical' ? 'act' : 'consider', `Bring ${title} back within its limits.`, evidence)];
  });
}

function quality({ quality: found, kind }: Figures): Advice[] {
  if (found === null) return [];
  const letters = found.deadLetters.reduce((sum, { n }) => sum + n, 0);
  const [worst] = [...found.deadLetters].sort((a, b) => b.n - a.n);
  const missing = found.sources.filter(isMissing);
  return [
    ...missing.map(({ source, previousN }) =>
      advice(
        'act',
        `Check what sends ${spaced(source)}: nothing has arrived.`,
        `0 measurements after ${whole(previousN)} the ${beforeWord[kind]}.`,
      ),
    ),
    ...(letters === 0
      ? []
      : [
          advice(
            'consider',
            'Mend and redrive the dead letters: `impact dlq list` shows them.',
            `${counted(letters, 'event')} could not be used, most often for ${spaced(worst?.reason ?? '')} (${whole(worst?.n ?? 0)}).`,
          ),
        ]),
  ];
}

export const activityAdvice = (figures: Figures): Advice[] =>
  [firing, rollbacks, experiments, missedTargets, quality].flatMap((rule) => rule(figures));
