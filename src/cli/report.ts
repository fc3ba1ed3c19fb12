/** `impact report`: a period's report, to be read here, saved, printed as PDF, or sent. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { Config } from '../config.ts';
import { ImpactError, type Problem } from '../domain/errors.ts';
import { formatted, type ReportFormat, reportFormats } from '../domain/report/format.ts';
import { pageHtml } from '../domain/report/html.ts';
import { pageOf } from '../domain/report/layout.ts';
import { lastWholePeriod, type ReportKind, reportKinds } from '../domain/report/period.ts';
import type { Report } from '../domain/report.ts';
import { dayAt } from '../domain/zone.ts';
import { sendReport } from '../query/report/send.ts';
import { recipientsOf, slackReady } from '../query/report/settings.ts';
import { readReport } from '../query/report.ts';
import { scopeOf } from '../query/scope.ts';
import { tenantOption } from './answer.ts';
import { parseDate } from './argument.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { monitor } from './monitor.ts';
import { runStages } from './run.ts';
import { type System, withSystem } from './system.ts';

const modes = [...reportKinds, 'monitor', 'schedule'] as const;
type Mode = (typeof modes)[number];

type Options = {
  mode?: Mode;
  date?: string;
  email?: true;
  slack?: true;
  to?: string[];
  pdf?: string;
  saveFile?: string;
  tenant?: string;
  continuous?: true;
  output: ReportFormat;
};

/** All of the file is there or nothing. */
function save(context: Context, file: string, content: string | Buffer): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.part`, content);
  renameSync(`${file}.part`, file);
  context.err(`saved as ${file}\n`);
}

const setting = (field: string, expected: string): Problem => ({ field, value: '', expected });

/** Said before anything is asked: a report that cannot be sent would otherwise look as if it had been. */
function checkChannels(config: Config, { email, slack, to }: Options): void {
  const problems = [
    ...(email && config.smtpServer === '' ? [setting('SMTP_SERVER', 'the mail server, since --email is given')] : []),
    ...(slack && !slackReady(config)
      ? [setting('SLACK_WEBHOOK_URL', 'a webhook, or SLACK_BOT_TOKEN, and REPORT_SLACK_CHANNEL, since --slack is given')]
      : []),
    ...(to && !email ? [{ field: '--to', value: to.join(', '), expected: '--email beside it' }] : []),
  ];
  if (problems.length > 0) throw new ImpactError('bad_configuration', 'the report cannot be sent', { problems });
}

async function send(context: Context, { postgres, config }: System, report: Report, options: Options): Promise<void> {
  const usual = recipientsOf(config, report.kind);
  const to = { mail: options.email ? (options.to ?? usual.mail) : [], slack: options.slack ? usual.slack : '' };
  const id = `${report.kind}/${report.period.from}/${randomUUID()}`;
  const sending = { id, report, to, sentBy: 'impact report', at: context.now() };
  const keys = await postgres.transaction((tx) => sendReport(tx, sending));
  const receivers = [...to.mail, to.slack].filter((one) => one !== '').join(', ');
  context.err(keys?.length ? `to be sent by the stage notify: ${receivers}\n` : 'nobody is to be sent it\n');
}

async function make(context: Context, kind: ReportKind, options: Options): Promise<void> {
  const config = context.config();
  checkChannels(config, options);
  const now = context.now();
  const today = dayAt(config.timeZone, now);
  const day = options.date ?? lastWholePeriod(kind, today).from;
  if (day > today) throw new ImpactError('bad_request', `--date ${day} has not begun yet: today is ${today} in ${config.timeZone}`);
  await withSystem(
    context,
    async (system) => {
      const report = await readReport(system, scopeOf(options.tenant ?? null), { kind, day, now });
      const text = formatted(report, options.output);
      if (options.saveFile !== undefined) save(context, options.saveFile, text);
      if (options.pdf !== undefined) save(context, options.pdf, await system.printPdf(pageHtml(pageOf(report))));
      if (options.saveFile === undefined && options.pdf === undefined) context.out(text);
      if (options.email || options.slack) await send(context, system, report, options);
    },
    config,
  );
}

function run(context: Context, named: ReportKind | undefined, { mode, ...options }: Options): Promise<void> {
  if (named !== undefined && mode !== undefined) throw new ImpactError('bad_request', `name a kind or --mode, not both: ${named}, ${mode}`);
  if (mode === 'monitor') return monitor(context, { continuous: options.continuous === true, output: 'text', failOn: 'critical' });
  if (mode === 'schedule') return runStages(context, ['schedule'], {});
  return make(context, named ?? mode ?? 'daily', options);
}

const parseAddress = (text: string, before: string[] = []): string[] => {
  if (!/^[^\s@,;<>"]+@[^\s@,;<>"]+$/.test(text)) throw new InvalidArgumentError('Expected a mail address.');
  return [...before, text];
};

/** The command; `--mode` is how its predecessor was asked. */
export function reportCommand(context: Context): Command {
  const command = new Command('report')
    .description('the report about a day, week, month or quarter: read it, save it, print it, send it')
    .addArgument(
      new Argument('[kind]', 'the newest whole period of this length, or the one with --date (default: daily)').choices(reportKinds),
    )
    .option('--date <date>', 'a day of the period', parseDate)
    .option('--email', 'send it by mail to those whom REPORT_…_TO names')
    .option('--to <address>', 'send it to this address instead; may be repeated', parseAddress)
    .option('--slack', 'send it to REPORT_SLACK_CHANNEL')
    .option('--pdf <file>', 'print it into this file')
    .option('--save-file <file>', 'write it into this file in the form of --output')
    .addOption(new Option('--output <format>', 'export: as the first dashboard exported it').choices(reportFormats).default('text'))
    .addOption(tenantOption())
    .addOption(new Option('--mode <mode>', 'the kind written as an option; or monitor, or schedule: `impact run schedule`').choices(modes))
    .option('--continuous', 'with --mode monitor: look again and again')
    .action((kind: ReportKind | undefined, options: Options) => run(context, kind, options));
  return withExamples(
    command,
    ['report daily', 'yesterday'],
    ['report weekly --date 2026-01-06 --pdf week.pdf', 'the week of that day, on paper'],
    ['report monthly --email --slack', 'to those who get it every month'],
    ['report --mode daily --email', 'as its predecessor was asked'],
  );
}
