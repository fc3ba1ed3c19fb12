/** What a group says now: the one rule by which alerts become messages. */
import type { Transition } from '../alert.ts';
import { type Group, type Member, shortened, type Told } from './group.ts';
import type { Mute } from './mute.ts';
import type { EscalationLevel, Receivers, Route } from './routing.ts';

/** `firing`: something is new. `resolved`: all of it is over. */
export type TellingKind = 'firing' | 'repeated' | 'resolved' | 'escalated' | 'acknowledged';

/** One message, for all its receivers. */
export type Telling = {
  kind: TellingKind;
  /** The same for the same message. */
  key: string;
  /** What all messages from the first alert to the last resolution share. */
  episode: string;
  to: Receivers;
  /** New, or of another severity than people know. */
  news: readonly Member[];
  /** What fires now, `news` included. */
  firing: readonly Member[];
  /** What fires now and was known before. */
  known: readonly Member[];
  /** Over since the last message. */
  resolved: readonly Member[];
  /** Began and ended since the last message; also in `resolved`. */
  brief: readonly Member[];
  level: EscalationLevel | null;
  at: number;
  /** The moment of a backup that was restored: what came after it may have been told before. Null: no such thing. */
  restoredFrom: number | null;
};

/**
 * `restoredFrom`: what is known of what was told ends there, ms since 1970. A group then says once what has changed since, and nothing is
 * repeated or escalated that may have been so before.
 * `horizonMs`: what was over this long ago is history, and not told if it was not known. */
export type View = {
  route: Route;
  escalation: readonly EscalationLevel[];
  muteOf: (alert: Transition) => Mute | null;
  horizonMs: number;
  now: number;
  restoredFrom?: number;
};

/** `told`: what is known of which alert afterwards. `settled`: alerts of which there is nothing left to tell. */
export type Flushed = { group: Group; tellings: Telling[]; told: Map<string, Told>; settled: string[]; dueAt: number | null };

const byAge = (a: Member, b: Member): number => a.alert.openedAt - b.alert.openedAt || (a.alert.alertId < b.alert.alertId ? -1 : 1);
const nobody: Receivers = { pagerduty: [], slack: [], mail: [] };
const isKnown = ({ told }: Member): boolean => told !== null && !told.resolved;
const isNews = (member: Member): boolean => !isKnown(member) || member.told?.severity !== member.alert.severity;

/** The members by what is to be done with them. */
function sorted(members: readonly Member[], { muteOf, route, horizonMs, now }: View) {
  const inOrder = [...members].sort(byAge);
  const firing = inOrder.filter(({ alert }) => alert.state === 'firing');
  const ended = inOrder.filter(({ alert }) => alert.state === 'resolved');
  // Each is asked once, and looked up in sets: a group may have thousands of members.
  const muted = new Set(firing.filter(({ alert }) => muteOf(alert) !== null));
  const audible = firing.filter((one) => !muted.has(one));
  const isHeld = ({ told, heldUntil }: Member): boolean => told === null && heldUntil !== null && heldUntil > now;
  const paging = route.to.pagerduty.length > 0;
  return {
    firing,
    ended,
    audible,
    muted,
    audibleIds: new Set(audible.map(({ alert }) => alert.alertId)),
    news: audible.filter((one) => isNews(one) && (paging || !isHeld(one))),
    held: new Set(audible.filter((one) => isNews(one) && isHeld(one))),
    over: ended.filter((one) => !isNews(one) && route.resolved),
    brief: ended.filter((one) => isNews(one) && !isHeld(one) && muteOf(one.alert) === null && one.alert.windowEnd > now - horizonMs),
  };
}
type Sorted = ReturnType<typeof sorted>;

/** What only the pager has to know goes to the pager only. */
function receiversOf({ news, held, over, brief }: Sorted, { to }: Route): Receivers {
  const loud = news.some((one) => !held.has(one)) || over.some(({ told }) => !told?.quiet) || brief.length > 0;
  return loud ? to : { ...nobody, pagerduty: to.pagerduty };
}

type Draft = Pick<Telling, 'kind' | 'to' | 'news' | 'resolved' | 'brief' | 'level'>;
const draft = (kind: TellingKind, to: Receivers, rest: Partial<Draft> = {}): Draft => ({
  kind,
  to,
  news: [],
  resolved: [],
  brief: [],
  level: null,
  ...rest,
});

/** What has changed since the last message; null when nothing has. */
function change(parts: Sorted, { route }: View): Draft | null {
  const { news, over, brief, firing } = parts;
  if (news.length + over.length + brief.length === 0) return null;
  const goesOn = news.length > 0 || firing.some(isKnown);
  return draft(goesOn ? 'firing' : 'resolved', receiversOf(parts, route), { news, resolved: [...over, ...brief], brief });
}

const unacknowledged = ({ acknowledgedBy }: Member): boolean => acknowledgedBy === null;

/** The escalation path of those whom nobody has acknowledged; `since`: the first message about the one who waits longest. */
function waiting(known: readonly Member[], escalation: readonly EscalationLevel[]) {
  const left = known.filter(unacknowledged);
  const levels = escalation.filter(({ severity }) => left.some(({ alert }) => severity.includes(alert.severity)));
  return { levels, since: left.reduce((least, { told }) => Math.min(least, told?.at ?? least), Number.POSITIVE_INFINITY) };
}

function escalations(group: Group, known: readonly Member[], { escalation, now }: View): Draft[] {
  const { levels, since } = waiting(known, escalation);
  return levels.slice(group.escalated).flatMap((level) => (since + level.afterMs <= now ? [draft('escalated', level.to, { level })] : []));
}

/** Whether all that fires has been taken up by somebody. */
const allAcknowledged = (known: readonly Member[]): boolean => known.length > 0 && !known.some(unacknowledged);

function drafts(group: Group, parts: Sorted, view: View): Draft[] {
  const { route, now } = view;
  if (view.restoredFrom !== undefined) return [change(parts, view)].filter((one) => one !== null);
  const known = parts.audible.filter((one) => isKnown(one));
  const turn = group.toldAt === null || now >= group.toldAt + route.intervalMs;
  const changed = turn ? change(parts, view) : null;
  const made: Draft[] = changed ? [changed] : [];
  if (!changed && known.some(unacknowledged) && group.toldAt !== null && now >= group.toldAt + route.repeatMs)
    made.push(draft('repeated', { ...route.to, pagerduty: [] }));
  if (!group.acknowledged && !parts.audible.some((one) => !isKnown(one)) && allAcknowledged(known))
    made.push(draft('acknowledged', { ...route.to, mail: [] }));
  return [...made, ...escalations(group, known, view)];
}

/** The alert with which an episode begins that these messages begin. */
const firstOf = (made: readonly Draft[]): string | null => made.flatMap(({ news, brief }) => [...news, ...brief])[0]?.alert.alertId ?? null;

function toldAfter(made: readonly Draft[], { held, audible }: Sorted, { now, restoredFrom }: View): Map<string, Told> {
  const told = new Map<string, Told>();
  // The hours until a repetition and the minutes until an escalation begin anew: both may have happened since.
  for (const { alert, told: before } of restoredFrom === undefined ? [] : audible)
    if (before !== null && !before.resolved) told.set(alert.alertId, { ...before, at: now });
  for (const { news, resolved } of made) {
    for (const one of news) told.set(one.alert.alertId, { severity: one.alert.severity, at: now, resolved: false, quiet: held.has(one) });
    for (const { alert, told: before } of resolved)
      told.set(alert.alertId, { severity: alert.severity, at: before?.at ?? now, resolved: true, quiet: before?.quiet ?? false });
  }
  return told;
}

/** The group's state after the messages; `left`: its members as they are known by then, without those that are settled. */
function after(group: Group, left: readonly Member[], made: readonly Draft[], view: View): Group {
  const known = left.filter(isKnown);
  const firing = known.filter(({ alert }) => alert.state === 'firing');
  const { levels } = waiting(firing, view.escalation);
  const escalated = group.escalated + made.filter(({ kind }) => kind === 'escalated').length;
  const spoke = made.some(({ kind }) => kind === 'firing' || kind === 'resolved' || kind === 'repeated');
  return {
    key: group.key,
    episode: known.length === 0 ? null : (group.episode ?? firstOf(made)),
    toldAt: spoke || view.restoredFrom !== undefined ? view.now : group.toldAt,
    tellings: group.tellings + made.length,
    escalated: levels.length === 0 ? 0 : escalated,
    acknowledged: allAcknowledged(firing),
  };
}

/** When the group has to be looked at again although nothing happens; null: never. */
function nextLook(group: Group, members: readonly Member[], parts: Sorted, { route, escalation, now }: View): number | null {
  const known = members.filter((one) => parts.audibleIds.has(one.alert.alertId) && isKnown(one));
  const { levels, since } = waiting(known, escalation);
  const next = levels[group.escalated];
  const waits = members.some((one) => one.alert.state === 'firing' && isNews(one)) && group.toldAt !== null;
  const moments = [
    ...(waits && parts.held.size + parts.muted.size === 0 ? [(group.toldAt ?? now) + route.intervalMs] : []),
    ...(parts.muted.size > 0 ? [now + route.intervalMs] : []),
    ...[...parts.held].map(({ heldUntil }) => Math.max(heldUntil ?? now, (group.toldAt ?? 0) + route.intervalMs)),
    ...(known.some(unacknowledged) && group.toldAt !== null ? [group.toldAt + route.repeatMs] : []),
    ...(next === undefined ? [] : [since + next.afterMs]),
  ];
  return moments.length === 0 ? null : Math.max(now + 1, Math.min(...moments));
}

/** The drafts as messages of the episode to which they belong. */
function tellingsOf(group: Group, made: readonly Draft[], firing: readonly Member[], { now: at, restoredFrom }: View): Telling[] {
  const newIds = new Set(made.flatMap(({ news }) => news.map(({ alert }) => alert.alertId)));
  const known = firing.filter(({ alert }) => !newIds.has(alert.alertId));
  const episode = group.episode ?? firstOf(made) ?? group.key;
  return made.map((one, i) => ({
    ...one,
    key: `${shortened(episode, 200)}#${group.tellings + i + 1}`,
    episode: shortened(episode, 250),
    firing,
    known,
    at,
    restoredFrom: restoredFrom ?? null,
  }));
}

/**
 * Decides what a group says at `view.now`.
 * @param members every alert of the group of which there is something to tell or to wait for
 */
export function flush(group: Group, members: readonly Member[], view: View): Flushed {
  const parts = sorted(members, view);
  const made = drafts(group, parts, view);
  const told = toldAfter(made, parts, view);
  // What is new or over and is not told now waits for the group's turn.
  const waits = !made.some(({ kind }) => kind === 'firing' || kind === 'resolved') && change(parts, view) !== null;
  const settled = new Set(waits ? [] : parts.ended.map(({ alert }) => alert.alertId));
  const left = members
    .filter(({ alert }) => !settled.has(alert.alertId))
    .map((one) => ({ ...one, told: told.get(one.alert.alertId) ?? one.told }));
  const next = after(group, left, made, view);
  const firing = left.filter((one) => parts.audibleIds.has(one.alert.alertId) && isKnown(one)).sort(byAge);
  const look = nextLook(next, left, parts, view);
  const turn = waits && group.toldAt !== null ? group.toldAt + view.route.intervalMs : null;
  const dueAt = turn === null ? look : Math.min(turn, look ?? turn);
  return { group: next, tellings: tellingsOf(group, made, firing, view), told, settled: [...settled], dueAt };
}
