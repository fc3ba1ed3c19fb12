/** A report: figures, what they say in short, and what to do about it. */
import { adviceOf } from './report/advice.ts';
import type { ReportFigures } from './report/figures.ts';
import { type Summary, summaryOf } from './report/summary.ts';
import type { Advice } from './report/urgency.ts';

export type Report = ReportFigures & { summary: Summary; advice: Advice[] };

/** The figures with what they say and what to do about it. */
export function reportOf(figures: ReportFigures): Report {
  const advice = adviceOf(figures);
  return { ...figures, advice, summary: summaryOf(figures, advice) };
}
