/** Rollout steps, read from the changes of flags, for those who want to know what was changed when something breaks. */
import type { Entry } from './entries.ts';
import type { Receivers } from './routing.ts';
import { context, escaped, header, section } from './slack.ts';
import { timeText } from './text.ts';

/** A record of schemas/avro/flag-change.avsc. Stages are null where there is no flag. */
export type RolloutChange = {
  changeId: string;
  flagId: string;
  featureId: string;
  version: number;
  kind: string;
  occurredAt: number;
  by: string;
  reason: string;
  evidence: string | null;
  stageBefore: string | null;
  stageAfter: string | null;
};

const stageOf = (stage: string | null): string => stage ?? 'disabled';

/** Steps of a rollout that leave the flag as it is, and that people have to know all the same: they are waited for, or have nothing left to do. */
const plansNews: Readonly<Record<string, string>> = {
  rollout_approval_asked: 'waits for an approval',
  rollout_paused: 'paused',
  rollout_rolled_back: 'rolled back',
  rollout_completed: 'complete',
};

/** Whether somebody gets something else than before. */
const changesService = ({ kind, stageBefore, stageAfter }: RolloutChange): boolean =>
  stageOf(stageBefore) !== stageOf(stageAfter) || kind === 'archived' || kind === 'unarchived';

/** Whether people are to be told. */
export const isRolloutStep = (change: RolloutChange): boolean => changesService(change) || Object.hasOwn(plansNews, change.kind);

function stepText({ flagId, kind, stageBefore, stageAfter }: RolloutChange): string {
  const news = plansNews[kind];
  if (news !== undefined) return `${flagId}: ${news}, at ${stageOf(stageAfter)}`;
  if (kind === 'archived' || kind === 'unarchived') return `${flagId}: ${kind}, at ${stageOf(stageAfter)}`;
  return `${flagId}: ${stageOf(stageBefore)} → ${stageOf(stageAfter)}`;
}

/** What webhooks get, and custom details of change events. */
export function rolloutData(change: RolloutChange): object {
  const { changeId, flagId, featureId, version, kind, by, reason, evidence, stageBefore, stageAfter } = change;
  return { changeId, flagId, featureId, version, kind, stageBefore, stageAfter, by, reason, evidence: evidenceOf(evidence) };
}

/** JSON where it is some; the text where it is none. */
function evidenceOf(evidence: string | null): unknown {
  try {
    return evidence === null ? null : JSON.parse(evidence);
  } catch {
    return evidence;
  }
}

function slackBlocks(change: RolloutChange, title: string): object[] {
  const evidence = change.evidence === null ? [] : [section(`\`\`\`${escaped(change.evidence).slice(0, 1500)}\`\`\``)];
  return [
    header(`:rocket: ${title}`),
    section(escaped(change.reason || 'no reason given')),
    ...evidence,
    context(`${escaped(change.by)} · ${timeText(change.occurredAt)}`),
  ];
}

/** The messages about a rollout step. A pager hears of what changes the service only. @param publicUrl where flags can be looked at, or empty */
export function rolloutEntries(change: RolloutChange, to: Receivers, publicUrl: string): Entry[] {
  const title = stepText(change);
  const subject = `Rollout ${title}, by ${change.by}`.slice(0, 300);
  const keyOf = (channel: string, target: string): string => `rollout/${change.changeId}/${channel}/${target}`;
  const links =
    publicUrl === '' ? [] : [{ href: `${publicUrl.replace(/\/+$/, '')}/flags/${encodeURIComponent(change.flagId)}`, text: change.flagId }];
  const event = {
    payload: {
      summary: subject,
      timestamp: new Date(change.occurredAt).toISOString(),
      source: change.featureId,
      custom_details: rolloutData(change),
    },
    links,
  };
  const text = escaped(`${subject}: ${change.reason}`);
  return [
    ...(changesService(change) ? to.pagerduty : []).map(
      (target): Entry => ({
        key: keyOf('pagerduty', target),
        channel: 'pagerduty',
        target,
        payload: { kind: 'change', event },
        tenantId: null,
        subject,
      }),
    ),
    ...to.slack.map(
      (target): Entry => ({
        key: keyOf('slack', target),
        channel: 'slack',
        target,
        payload: { channel: target, text, blocks: slackBlocks(change, title) },
        lane: `${target}/rollout/${change.flagId}`,
        tenantId: null,
        subject,
      }),
    ),
    ...(to.mail.length === 0
      ? []
      : [
          {
            key: keyOf('mail', ''),
            channel: 'mail' as const,
            target: to.mail.join(', '),
            payload: { to: to.mail, subject, text: `${subject}\n\n${change.reason}` },
            tenantId: null,
            subject,
          },
        ]),
  ];
}
