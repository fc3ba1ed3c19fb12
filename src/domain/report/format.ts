/** A report in each form in which it can be asked for. */
import type { Report } from '../report.ts';
import { dashboardExport, reportCsv, reportData } from './data.ts';
import { pageHtml } from './html.ts';
import { pageOf } from './layout.ts';
import { pageMarkdown, pageText } from './text.ts';

/** `export` is what "Export Report" of the first dashboard gave. PDF is drawn from the HTML. */
export const reportFormats = ['text', 'json', 'html', 'markdown', 'csv', 'export'] as const;
export type ReportFormat = (typeof reportFormats)[number];

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const forms: Record<ReportFormat, (report: Report) => string> = {
  text: (report) => pageText(pageOf(report)),
  json: (report) => json(reportData(report)),
  html: (report) => pageHtml(pageOf(report)),
  markdown: (report) => pageMarkdown(pageOf(report)),
  csv: reportCsv,
  export: (report) => json(dashboardExport(report)),
};

/** The report as text of that form, with a line break at its end. */
export const formatted = (report: Report, format: ReportFormat): string => forms[format](report);
