/** What the configuration says about reports: when they are made, who gets them. */
import { type ReportKind, reportKinds } from '../../domain/report/period.ts';
import type { ReportTimes } from '../../domain/schedule.ts';
import type { Recipients } from './send.ts';

export type TimeSettings = {
  reportDailyAt: number | null;
  reportWeeklyAt: number | null;
  reportMonthlyAt: number | null;
  reportQuarterlyAt: number | null;
};

export type RecipientSettings = {
  reportDailyTo: readonly string[];
  reportWeeklyTo: readonly string[];
  reportMonthlyTo: readonly string[];
  reportQuarterlyTo: readonly string[];
  reportSlackChannel: string;
};

/** The kinds that the clock makes, with their minutes after midnight. */
export function timesOf(settings: TimeSettings): (readonly [ReportKind, number])[] {
  const { reportDailyAt: daily, reportWeeklyAt: weekly, reportMonthlyAt: monthly, reportQuarterlyAt: quarterly } = settings;
  const times: ReportTimes = { daily, weekly, monthly, quarterly };
  return reportKinds.flatMap((kind) => {
    const minutes = times[kind];
    return minutes === null ? [] : [[kind, minutes] as const];
  });
}

/** Who gets the reports of a kind. */
export function recipientsOf(settings: RecipientSettings, kind: ReportKind): Recipients {
  const { reportDailyTo: daily, reportWeeklyTo: weekly, reportMonthlyTo: monthly, reportQuarterlyTo: quarterly } = settings;
  return { mail: { daily, weekly, monthly, quarterly }[kind], slack: settings.reportSlackChannel };
}

export type SlackSettings = {
  slackWebhookUrl: string;
  slackWebhookUrls: Readonly<Record<string, string>>;
  slackBotToken: string;
  reportSlackChannel: string;
};

/** Whether reports can be posted: there is a way to Slack, and a channel. */
export function slackReady({ slackWebhookUrl, slackWebhookUrls, slackBotToken, reportSlackChannel }: SlackSettings): boolean {
  const wayOut = slackWebhookUrl !== '' || slackBotToken !== '' || reportSlackChannel in slackWebhookUrls;
  return wayOut && reportSlackChannel !== '';
}
