/** What to do about a report's figures. Every piece of advice names the evidence that it rests on. */
import { activityAdvice } from './advice-activity.ts';
import { moneyAdvice } from './advice-money.ts';
import type { ReportFigures } from './figures.ts';
import { type Advice, urgencies } from './urgency.ts';

/** All advice, what is urgent first. */
export function adviceOf(figures: ReportFigures): Advice[] {
  const all = [...activityAdvice(figures), ...moneyAdvice(figures)];
  return urgencies.flatMap((urgency) => all.filter((one) => one.urgency === urgency));
}
