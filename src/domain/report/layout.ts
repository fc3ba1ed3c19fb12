/** What stands where on a report's page. */
import type { Report } from '../report.ts';
import { roiPercent } from '../roi.ts';
import { activitySections } from './layout-activity.ts';
import { moneySections } from './layout-money.ts';
import type { Block, Page, Section, Tone } from './page.ts';
import { beforeWord, periodTitle } from './period.ts';
import type { Verdict } from './summary.ts';
import { changeText, dollars, minuteText, percentText, shortDollars } from './words.ts';

const toneOfVerdict: Record<Verdict, Tone> = { good: 'good', fair: 'fair', warning: 'warning', critical: 'critical', unknown: 'plain' };
const wordOfVerdict: Record<Verdict, string> = {
  good: 'On target',
  fair: 'Below target, within limits',
  warning: 'Below the warning limit',
  critical: 'Needs action',
  unknown: 'Nothing to judge by',
};
const kindTitles = { daily: 'Daily', weekly: 'Weekly', monthly: 'Monthly', quarterly: 'Quarterly' } as const;

/** "Weekly impact report: 5 to 11 January 2026" */
export function reportTitle({ kind, period }: Pick<Report, 'kind' | 'period'>): string {
  return `${kindTitles[kind]} impact report: ${periodTitle(kind, period)}`;
}

function tiles({ total, previousTotal, kind, roi, alerts, complete }: Report): Block {
  const reached = roiPercent(total.valueUsdMicros, total.costUsdMicros);
  const before = (now: number, then: number): string => (complete ? `${changeText(now, then)} on the ${beforeWord[kind]}` : 'so far');
  const net = total.valueUsdMicros - total.costUsdMicros;
  const bad = alerts.filter(({ severity }) => severity !== 'success');
  const firing = bad.filter((alert) => alert.firing).length;
  const roiTone = reached === null ? 'plain' : reached >= roi.targetPercent ? 'good' : reached < roi.warningPercent ? 'warning' : 'fair';
  return {
    kind: 'tiles',
    tiles: [
      {
        label: 'Value',
        value: dollars(total.valueUsdMicros),
        note: before(total.valueUsdMicros, previousTotal.valueUsdMicros),
        tone: 'plain',
      },
      { label: 'Cost', value: dollars(total.costUsdMicros), note: before(total.costUsdMicros, previousTotal.costUsdMicros), tone: 'plain' },
      {
        label: 'Net',
        value: dollars(net),
        note: before(net, previousTotal.valueUsdMicros - previousTotal.costUsdMicros),
        tone: net < 0 ? 'critical' : 'plain',
      },
      {
        label: 'ROI',
        value: percentText(reached),
        note: `target ${percentText(roi.targetPercent)}`,
        tone: reached !== null && reached < roi.criticalPercent ? 'critical' : roiTone,
      },
      {
        label: 'Alerts firing',
        value: String(firing),
        note: `${bad.length} in the period`,
        tone: firing > 0 ? 'warning' : 'good',
      },
    ],
  };
}

const summarySection = (report: Report): Section => ({
  title: 'Executive summary',
  blocks: [tiles(report), { kind: 'text', text: report.summary.sentences.join(' ') }],
});

const marks = { act: ['Act', 'critical'], consider: ['Consider', 'warning'], note: ['Note', 'plain'] } as const;

function adviceSection({ advice }: Report): Section {
  const items = advice.map(({ urgency, text, evidence }) => ({ mark: marks[urgency][0], text, detail: evidence, tone: marks[urgency][1] }));
  const nothing: Block = { kind: 'text', text: 'Nothing needs attention.' };
  return { title: 'Recommendations', blocks: items.length === 0 ? [nothing] : [{ kind: 'list', items }] };
}

function footerOf({ at, zone, notes, tenantId, quality }: Report): string[] {
  const through = quality?.dataThrough ?? null;
  const seen = through === null ? '' : `, from events up to ${minuteText(through)} UTC`;
  return [
    ...notes,
    `Figures as of ${minuteText(at)} UTC${seen}; late events may still change them. Days begin at midnight in ${zone}. Amounts are US dollars.`,
    ...(tenantId === null ? [] : [`This report is about ${tenantId} only. Figures of the whole platform are left out.`]),
  ];
}

/** The whole page, most important first. */
export function pageOf(report: Report): Page {
  const { summary, total } = report;
  const reached = roiPercent(total.valueUsdMicros, total.costUsdMicros);
  return {
    title: reportTitle(report),
    subtitle: wordOfVerdict[summary.verdict],
    preview: `${shortDollars(total.valueUsdMicros)} value, ROI ${percentText(reached)}. ${summary.sentences.join(' ')}`,
    tone: toneOfVerdict[summary.verdict],
    headline: summary.headline,
    sections: [summarySection(report), adviceSection(report), ...moneySections(report), ...activitySections(report)],
    footer: footerOf(report),
  };
}
