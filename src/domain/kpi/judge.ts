/** How each line of the checklists is judged, with the evidence for it in words. */
import { type ValuedFeature, valuedFeatures } from '../event.ts';
import type { KpiId, KpiVerdict } from '../kpi.ts';
import { roiPercent } from '../roi.ts';
import { reaches } from '../target-choice.ts';
import { type TargetMetric, targetMetrics } from '../target-metrics.ts';
import type { KpiAlert, KpiAttestation, KpiDay, KpiFacts, KpiMeasure, KpiReport } from './facts.ts';

const WEEK = 7;
/** "Updating": what was stored last is at most this old. */
const FRESH_MS = 15 * 60_000;
/** "Consistently met": on so many of the days, percent. One bad hour of a month is no inconsistency. */
const CONSISTENT_PERCENT = 90;

const met = (evidence: string): KpiVerdict => ({ state: 'met', evidence });
const missed = (evidence: string): KpiVerdict => ({ state: 'missed', evidence });
const pending = (evidence: string): KpiVerdict => ({ state: 'pending', evidence });
const verdict = (fulfilled: boolean, evidence: string): KpiVerdict => (fulfilled ? met(evidence) : missed(evidence));

const round = (value: number, places = 1): string => value.toLocaleString('en-US', { maximumFractionDigits: places });
const listed = (items: readonly string[]): string =>
  items.length > 8 ? `${items.slice(0, 8).join(', ')} and ${items.length - 8} more` : items.join(', ');

function roiOperational({ days, todayCalculated }: KpiFacts): KpiVerdict {
  if (days.length === 0)
    return verdict(todayCalculated, todayCalculated ? 'today is calculated; no day is over yet' : 'today has not been calculated');
  const absent = days.filter(({ calculated }) => !calculated).map(({ day }) => day);
  const evidence = `${days.length - absent.length} of ${days.length} days that are over are calculated`;
  return verdict(absent.length === 0, absent.length === 0 ? evidence : `${evidence}; not ${listed(absent)}`);
}

function dashboardUpdating({ dashboard, dataAgeMs }: KpiFacts): KpiVerdict {
  const age = dataAgeMs === null ? 'nothing was stored for a day' : `the newest data is ${round(dataAgeMs / 60_000)} min old (at most 15)`;
  return verdict(dashboard.answers && dataAgeMs !== null && dataAgeMs <= FRESH_MS, `${dashboard.seen}; ${age}`);
}

/** Every report that was due has to be made, and every message of it to have gone out or to be on its way. */
function reportsMade(reports: readonly KpiReport[], kinds: readonly string[]): KpiVerdict {
  const due = reports.filter(({ kind }) => kinds.includes(kind));
  if (due.length === 0) return pending('no report was due yet');
  const faults = due
    .filter(({ outcome, deadMessages }) => outcome !== 'made' || deadMessages > 0)
    .map(({ kind, date, outcome }) => `${kind} of ${date} ${outcome === 'made' ? 'not delivered' : (outcome ?? 'not made')}`);
  const evidence = `${due.length - faults.length} of ${due.length} ${kinds.join(', ')} reports made and delivered`;
  return verdict(faults.length === 0, faults.length === 0 ? evidence : `${evidence}; ${listed(faults)}`);
}

function noAlerts(alerts: readonly KpiAlert[], what: string): KpiVerdict {
  const rules = [...Map.groupBy(alerts, ({ title }) => title)].map(([title, some]) => `${title} (${some.length})`);
  return verdict(alerts.length === 0, alerts.length === 0 ? `no ${what} was opened` : `${alerts.length} opened: ${listed(rules)}`);
}

type Mean = { metric: TargetMetric; value: number };

function meansOf(measures: readonly KpiMeasure[], uptimePercent: number | null): Mean[] {
  const means = [...Map.groupBy(measures, ({ metric }) => metric)].map(([metric, days]): Mean => {
    const n = days.reduce((sum, day) => sum + day.n, 0);
    return { metric, value: days.reduce((sum, day) => sum + day.n * day.mean, 0) / n };
  });
  return uptimePercent === null ? means : [...means, { metric: 'uptime_percent', value: uptimePercent }];
}

const said = ({ metric, value }: Mean, line: number): string =>
  `${targetMetrics[metric].title} ${round(value, 2)} ${targetMetrics[metric].unit} (limit ${round(line, 2)})`;

/** Acceptable is whatever is not a warning. */
function performanceAcceptable({ measures, uptimePercent, targets }: KpiFacts): KpiVerdict {
  const judged = meansOf(measures, uptimePercent).flatMap((mean) => {
    const line = targets[mean.metric]?.warning ?? targets[mean.metric]?.target;
    return line === undefined ? [] : [{ fine: reaches(mean.metric, mean.value, line), text: said(mean, line) }];
  });
  if (judged.length === 0) return pending('no performance was measured');
  const bad = judged.filter(({ fine }) => !fine);
  return verdict(bad.length === 0, listed((bad.length > 0 ? bad : judged).map(({ text }) => text)));
}

/** Whole weeks, since one day with a lost customer or a kept one says nothing about consistency. */
function roiAbove(days: readonly KpiDay[], line: number): KpiVerdict {
  const weeks = Array.from({ length: Math.floor(days.length / WEEK) }, (_, i) => days.slice(i * WEEK, (i + 1) * WEEK)).map((week) => {
    const sum = (of: (day: KpiDay) => number): number => week.reduce((total, day) => total + of(day), 0);
    return {
      from: week[0]?.day ?? '',
      roi: roiPercent(
        sum((day) => day.valueUsdMicros),
        sum((day) => day.costUsdMicros),
      ),
    };
  });
  if (weeks.length === 0) return pending(`a whole week is needed; ${days.length} days are over`);
  const text = weeks.map(({ from, roi }) => `${from}: ${roi === null ? 'no cost' : `${round(roi, 0)} %`}`);
  const fulfilled = weeks.every(({ roi }) => roi !== null && roi > line);
  return verdict(fulfilled, `ROI of each week from its first day on, more than ${round(line)} % wanted: ${listed(text)}`);
}

function adoptedAbove({ adoption }: KpiFacts, line: number): KpiVerdict {
  if (adoption.length === 0) return pending('nobody used any feature in the last week');
  const rates = valuedFeatures.map((feature: ValuedFeature) => ({
    feature,
    percent: adoption.find((one) => one.feature === feature)?.percent ?? 0,
  }));
  const text = rates.map(({ feature, percent }) => `${feature} ${round(percent)} %`);
  return verdict(
    rates.every(({ percent }) => percent > line),
    `share of the users of the last week, more than ${round(line)} % wanted: ${listed(text)}`,
  );
}

function targetsMet({ measures, targets }: KpiFacts): KpiVerdict {
  const days = [...Map.groupBy(measures, ({ day }) => day).values()];
  if (days.length === 0) return pending('no performance was measured');
  const good = days.filter((day) => day.every(({ metric, mean }) => reaches(metric, mean, targets[metric]?.target ?? mean)));
  const percent = (100 * good.length) / days.length;
  const worst = listed([
    ...new Set(
      days
        .flat()
        .flatMap(({ metric, mean }) => (reaches(metric, mean, targets[metric]?.target ?? mean) ? [] : [targetMetrics[metric].title])),
    ),
  ]);
  const evidence = `all targets met on ${good.length} of ${days.length} days (${round(percent)} %, at least ${CONSISTENT_PERCENT} % wanted)`;
  return verdict(percent >= CONSISTENT_PERCENT, worst === '' ? evidence : `${evidence}; missed at times: ${worst}`);
}

const isPerformance = ({ metric }: KpiAlert): boolean =>
  metric.endsWith('_latency_ms') || ['request_error', 'uptime_percent'].includes(metric);

const attested = (said: KpiAttestation | null): KpiVerdict => {
  if (said === null) return { state: 'unattested', evidence: 'no machine can judge this; nobody has attested it' };
  return { state: said.met ? 'attested' : 'denied', evidence: `${said.by}, ${new Date(said.at).toISOString().slice(0, 10)}: ${said.note}` };
};

/** Judges a line. A line that is new and not judged here does not compile. */
export function judgeKpi(id: KpiId, facts: KpiFacts, word: KpiAttestation | null): KpiVerdict {
  const { days, targets } = facts;
  switch (id) {
    case 'roi-operational':
      return roiOperational(facts);
    case 'dashboard-updating':
      return dashboardUpdating(facts);
    case 'daily-reports':
      return reportsMade(facts.reports, ['daily']);
    case 'no-critical-alerts':
      return noAlerts(facts.criticalAlerts, 'critical alert');
    case 'performance-acceptable':
      return performanceAcceptable(facts);
    case 'roi-above-500':
      return roiAbove(days, targets.roi_percent?.warning ?? 500);
    case 'adoption-above-60':
      return adoptedAbove(facts, targets.adoption_percent?.warning ?? 60);
    case 'performance-targets':
      return targetsMet(facts);
    case 'reporting-functional':
      return reportsMade(facts.reports, ['daily', 'weekly', 'monthly', 'quarterly']);
    case 'roi-above-710':
      return roiAbove(days, targets.roi_percent?.target ?? 710);
    case 'adoption-above-80':
      return adoptedAbove(facts, targets.adoption_percent?.target ?? 80);
    case 'no-critical-performance':
      return noAlerts(facts.criticalAlerts.filter(isPerformance), 'critical alert about performance');
    case 'stakeholder-confidence':
    case 'impact-validated':
    case 'scale-ready':
      return attested(word);
    default:
      return id satisfies never;
  }
}
