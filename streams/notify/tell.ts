/** Groups whose time has come: what they say goes into the outbox, in the transaction that remembers that it was said. */
import type { Transition } from '../../src/domain/alert.ts';
import { endOf, entriesOf } from '../../src/domain/notify/entries.ts';
import { type Flushed, flush, type View } from '../../src/domain/notify/flush.ts';
import { type Group, newGroup, shortened } from '../../src/domain/notify/group.ts';
import { type Mute, muter } from '../../src/domain/notify/mute.ts';
import { groupKeyOf, type Route, type Routing, routeNameOf, routeOf } from '../../src/domain/notify/routing.ts';
import {
  allGroups,
  dueGroups,
  firingOf,
  groupsOf,
  keepGroups,
  keepTold,
  lockNotify,
  membersOf,
  openAlerts,
  pagedServices,
  regroup,
} from '../../src/query/notify/store.ts';
import { type Database, enqueue } from '../../src/query/outbox.ts';
import { scopeOf } from '../../src/query/scope.ts';
import { listSilences } from '../../src/query/silences.ts';
import { HORIZON_MS, type IntakeDeps, type Transactions } from './intake.ts';

const GROUPS_AT_ONCE = 20;
const SILENCES = 10_000;

export type TellDeps = Pick<IntakeDeps, 'now' | 'routing' | 'publicUrl' | 'metrics' | 'failpoint'> & { postgres: Database & Transactions };
type MuteOf = (alert: Transition) => Mute | null;
type Restored = Pick<View, 'restoredFrom'>;

/** What keeps alerts quiet now. */
async function mutes({ routing, now }: TellDeps, tx: Database): Promise<MuteOf> {
  const firing = await firingOf(tx, [...new Set(routing.inhibit.map(({ source }) => source))]);
  const silenced = await listSilences(tx, scopeOf(null), now(), SILENCES);
  return muter(routing.inhibit, firing, silenced, now());
}

const routeNamed = ({ routes }: Routing, key: string): Route | undefined => routes.find(({ name }) => name === routeNameOf(key));

/** The messages that follow. An episode that ends without a word still ends its incident. */
function messagesOf({ publicUrl }: TellDeps, before: Group, { group, tellings }: Flushed, route: Route) {
  const ends = group.episode === null;
  const last = tellings.findLast(({ kind }) => kind === 'firing' || kind === 'resolved');
  const entries = tellings.flatMap((telling) => entriesOf(telling, ends && telling === last, publicUrl));
  return ends && before.episode !== null && last === undefined
    ? [...entries, ...endOf(shortened(before.episode, 250), group.tellings, route.to.pagerduty)]
    : entries;
}

/** While processes with another routing start and end, a group may be theirs: it is left to them for this long. */
const THEIRS_MS = 60_000;

/** A group whose route is gone, or not ours: once `reroute` has given its alerts to others, its incident ends. */
async function leaveGroup({ now }: TellDeps, tx: Database, group: Group): Promise<void> {
  const members = await membersOf(tx, group.key, 0, now());
  if (members.length > 0) return keepGroups(tx, [{ group, dueAt: now() + THEIRS_MS }]);
  if (group.episode !== null) {
    const episode = shortened(group.episode, 250);
    await enqueue(tx, endOf(episode, group.tellings, await pagedServices(tx, episode)));
  }
  await keepGroups(tx, [{ group: { ...group, episode: null }, dueAt: null }]);
}

async function tellGroup(deps: TellDeps, tx: Database, group: Group, muteOf: MuteOf, restored: Restored = {}): Promise<number> {
  const route = routeNamed(deps.routing, group.key);
  if (route === undefined) return leaveGroup(deps, tx, group).then(() => 0);
  const now = deps.now();
  const members = await membersOf(tx, group.key, route.repeatMs, now);
  const flushed = flush(group, members, { route, escalation: deps.routing.escalation, muteOf, horizonMs: HORIZON_MS, now, ...restored });
  await enqueue(tx, messagesOf(deps, group, flushed, route));
  await keepTold(tx, flushed.told, flushed.settled);
  await keepGroups(tx, [{ group: flushed.group, dueAt: flushed.dueAt }]);
  for (const { kind } of flushed.tellings) deps.metrics.count('impact_notify_tellings_total', { route: route.name, kind });
  return flushed.tellings.length;
}

/** Lets every group speak whose time has come. @returns whether there may be more; null when there was none */
export async function tellDue(deps: TellDeps): Promise<boolean | null> {
  // Outside of any transaction: nearly always nobody has anything to say.
  if ((await dueGroups(deps.postgres, deps.now(), 1)).length === 0) return null;
  const told = await deps.postgres.transaction(async (tx) => {
    await lockNotify(tx);
    const due = await dueGroups(tx, deps.now(), GROUPS_AT_ONCE);
    const muteOf = await mutes(deps, tx);
    for (const group of due) await tellGroup(deps, tx, group, muteOf);
    if (due.length > 0) deps.failpoint('notify.before-tell');
    return due.length;
  });
  return told === GROUPS_AT_ONCE;
}

/**
 * Lets every group say at once what has changed since a backup that was restored.
 * @param restoredFrom the backup's moment, ms since 1970
 * @returns how many messages of groups that were
 */
export async function tellRestored(deps: TellDeps, restoredFrom: number): Promise<number> {
  return deps.postgres.transaction(async (tx) => {
    await lockNotify(tx);
    const muteOf = await mutes(deps, tx);
    let told = 0;
    for (const group of await allGroups(tx)) told += await tellGroup(deps, tx, group, muteOf, { restoredFrom });
    return told;
  });
}

/** Gives alerts that are open to the groups that the present routing wants: it may be another one than before the start. */
export async function reroute({ postgres, routing, now }: TellDeps): Promise<void> {
  await postgres.transaction(async (tx) => {
    await lockNotify(tx);
    const moved = (await openAlerts(tx)).flatMap(({ alert, groupKey }) => {
      const route = routeOf(routing, alert);
      const wanted = route === null ? '' : groupKeyOf(route, alert);
      return wanted === groupKey ? [] : [{ alert, groupKey: wanted, before: groupKey }];
    });
    await regroup(tx, moved);
    const keys = [...new Set(moved.flatMap(({ groupKey, before }) => [groupKey, before]))].filter((key) => key !== '');
    const known = await groupsOf(tx, keys);
    const dueAt = now();
    await keepGroups(
      tx,
      keys.map((key) => ({ group: known.get(key)?.group ?? newGroup(key), dueAt })),
    );
  });
}
