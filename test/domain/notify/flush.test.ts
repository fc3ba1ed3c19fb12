import { describe, expect, it } from 'vitest';
import { entriesOf } from '../../../src/domain/notify/entries.ts';
import { type Flushed, flush, type View } from '../../../src/domain/notify/flush.ts';
import { dueAfterChange, type Group, type Member, shortened } from '../../../src/domain/notify/group.ts';
import { groupOf, memberOf, NOON, routeOf } from '../../support/notify-alerts.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const quiet = routeOf({ to: { pagerduty: [], slack: ['#a'], mail: [] } });
const view = (changes: Partial<View> = {}): View => ({
  route: routeOf(),
  escalation: [],
  muteOf: () => null,
  horizonMs: 24 * HOUR,
  now: NOON,
  ...changes,
});

/** The members as they are known after a flush, without those that are settled. */
const known = (members: readonly Member[], { told, settled }: Flushed): Member[] =>
  members.filter(({ alert }) => !settled.includes(alert.alertId)).map((one) => ({ ...one, told: told.get(one.alert.alertId) ?? one.told }));

/** A group whose one alert has been told at noon. */
function told(changes: Parameters<typeof memberOf>[0] = {}, route = routeOf()) {
  const members = [memberOf(changes)];
  const flushed = flush(groupOf(), members, view({ route }));
  return { group: flushed.group, members: known(members, flushed) };
}
const resolvedOne = (member: Member): Member => ({
  ...member,
  alert: { ...member.alert, state: 'resolved', transition: 'resolved', ordinal: 2 },
});
const kinds = ({ tellings }: Flushed) => tellings.map(({ kind }) => kind);

describe('a group', () => {
  it('tells all that is new in one message, the oldest first, and remembers it', () => {
    const members = ['b', 'a', 'c'].map((tenantId, i) => memberOf({ tenantId, openedAt: NOON - i }));
    const flushed = flush(groupOf(), members, view());
    expect(kinds(flushed)).toEqual(['firing']);
    expect(flushed.tellings[0]?.news.map(({ alert }) => alert.tenantId)).toEqual(['c', 'a', 'b']);
    expect(flushed.tellings[0]?.known).toEqual([]);
    expect(flushed.group).toMatchObject({ episode: members[2]?.alert.alertId, toldAt: NOON, tellings: 1 });
    expect(flush(flushed.group, known(members, flushed), view({ now: NOON + 30 * MINUTE })).tellings).toEqual([]);
  });

  it('waits for others first, and for its turn later', () => {
    expect(dueAfterChange(groupOf(), routeOf(), NOON)).toBe(NOON + 5_000);
    expect(dueAfterChange(groupOf({ episode: 'x', toldAt: NOON - 10_000 }), routeOf(), NOON)).toBe(NOON + 50_000);
    expect(dueAfterChange(groupOf({ episode: 'x', toldAt: NOON - HOUR }), routeOf(), NOON)).toBe(NOON);
    expect(dueAfterChange(groupOf({ toldAt: NOON - 58_000 }), routeOf(), NOON)).toBe(NOON + 5_000);
  });

  it('keeps what is new or over until its turn comes', () => {
    const { group, members } = told();
    const later = [...members.map(resolvedOne), memberOf({ tenantId: 'b' })];
    const early = flush(group, later, view({ now: NOON + 1_000 }));
    expect([early.tellings, early.settled, early.dueAt]).toEqual([[], [], NOON + MINUTE]);
    expect(early.group.episode).toBe(group.episode);
    const due = flush(early.group, later, view({ now: NOON + MINUTE }));
    expect([kinds(due), due.tellings[0]?.news.length, due.tellings[0]?.resolved.length]).toEqual([['firing'], 1, 1]);
  });

  it('tells the end when nothing fires any more, and then begins anew', () => {
    const { group, members } = told();
    const over = members.map(resolvedOne);
    const flushed = flush(group, over, view({ now: NOON + 2 * MINUTE }));
    expect(kinds(flushed)).toEqual(['resolved']);
    expect(flushed.group).toMatchObject({ episode: null, tellings: 2 });
    expect([flushed.settled, flushed.dueAt]).toEqual([[over[0]?.alert.alertId], null]);
    expect(flushed.tellings[0]?.episode).toBe(group.episode);
  });

  it('tells what began and ended between two messages, unless it is history', () => {
    const brief = [resolvedOne(memberOf())];
    const flushed = flush(groupOf(), brief, view());
    expect([kinds(flushed), flushed.tellings[0]?.brief.length, flushed.settled.length]).toEqual([['resolved'], 1, 1]);
    const old = flush(groupOf(), [resolvedOne(memberOf({ openedAt: NOON - 25 * HOUR }))], view());
    expect([old.tellings, old.settled.length]).toEqual([[], 1]);
  });

  it('tells an alert that has become worse or better than people know', () => {
    const { group, members } = told({ severity: 'warning' }, quiet);
    const worse = members.map((one): Member => ({ ...one, alert: { ...one.alert, severity: 'critical', transition: 'escalated' } }));
    expect(flush(group, worse, view({ route: quiet, now: NOON + MINUTE })).tellings[0]?.news).toHaveLength(1);
  });

  it('does not end its episode while an alert that is over waits to be told', () => {
    const { group, members } = told();
    expect(flush(group, members.map(resolvedOne), view({ now: NOON + 1 })).group.episode).toBe(group.episode);
  });

  it('settles without a word where the end is not told', () => {
    const route = { ...quiet, resolved: false };
    const { group, members } = told({ severity: 'success' }, route);
    const flushed = flush(group, members.map(resolvedOne), view({ route, now: NOON + MINUTE }));
    expect([flushed.tellings, flushed.settled.length, flushed.group.episode]).toEqual([[], 1, null]);
  });
});

describe('a firing group', () => {
  it('is told again after the hour and not before', () => {
    const { group, members } = told();
    expect(flush(group, members, view({ now: NOON + HOUR - 1 })).dueAt).toBe(NOON + HOUR);
    const again = flush(group, members, view({ now: NOON + HOUR }));
    expect(kinds(again)).toEqual(['repeated']);
    expect(again.tellings[0]?.to.pagerduty).toEqual([]);
    expect(again.dueAt).toBe(NOON + 2 * HOUR);
  });

  it('is not told again once it is acknowledged, which is told once', () => {
    const { group, members } = told();
    const taken = members.map((one) => ({ ...one, acknowledgedBy: 'ann' }));
    const first = flush(group, taken, view({ now: NOON + 1_000 }));
    expect([kinds(first), first.tellings[0]?.to.mail]).toEqual([['acknowledged'], []]);
    expect(first.dueAt).toBeNull();
    expect(flush(first.group, taken, view({ now: NOON + 2 * HOUR })).tellings).toEqual([]);
  });

  it('is not acknowledged as a whole while one of it is not', () => {
    const { group, members } = told();
    const mixed = [...members.map((one) => ({ ...one, acknowledgedBy: 'ann' })), memberOf({ tenantId: 'b' })];
    const flushed = flush(group, mixed, view({ now: NOON + MINUTE }));
    expect([kinds(flushed), flushed.group.acknowledged]).toEqual([['firing'], false]);
  });
});

describe('a muted alert', () => {
  const muteOf = () => 'silenced' as const;

  it('is not told, and is told once it is not muted any more', () => {
    const silent = flush(groupOf(), [memberOf()], view({ muteOf }));
    expect([silent.tellings, silent.dueAt]).toEqual([[], NOON + MINUTE]);
    expect(kinds(flush(silent.group, [memberOf()], view({ now: NOON + MINUTE })))).toEqual(['firing']);
  });

  it('that ends unheard is settled without a word', () => {
    const flushed = flush(groupOf(), [resolvedOne(memberOf())], view({ muteOf }));
    expect([flushed.tellings, flushed.settled.length, flushed.dueAt]).toEqual([[], 1, null]);
  });

  it('that was told before is neither repeated nor escalated, and its end is told', () => {
    const { group, members } = told();
    expect(flush(group, members, view({ muteOf, now: NOON + HOUR })).tellings).toEqual([]);
    expect(kinds(flush(group, members.map(resolvedOne), view({ muteOf, now: NOON + HOUR })))).toEqual(['resolved']);
  });
});

describe('an alert that begins again within the hour', () => {
  const held = memberOf({ openedAt: NOON }, { heldUntil: NOON + 40 * MINUTE });

  it('is held back until the hour is over', () => {
    const flushed = flush(groupOf(), [held], view({ route: quiet }));
    expect([flushed.tellings, flushed.dueAt]).toEqual([[], NOON + 40 * MINUTE]);
    expect(kinds(flush(flushed.group, [held], view({ route: quiet, now: NOON + 40 * MINUTE })))).toEqual(['firing']);
  });

  it('is not told at all if it ends meanwhile', () => {
    const flushed = flush(groupOf(), [resolvedOne(held)], view({ route: quiet, now: NOON + MINUTE }));
    expect([flushed.tellings, flushed.settled.length]).toEqual([[], 1]);
  });

  it('pages at once where the route pages, and the pager alone', () => {
    const flushed = flush(groupOf(), [held], view());
    expect(flushed.tellings[0]?.to).toEqual({ pagerduty: ['default'], slack: [], mail: [] });
    expect([...flushed.told.values()][0]?.quiet).toBe(true);
    const over = flush(flushed.group, known([held], flushed).map(resolvedOne), view({ now: NOON + MINUTE }));
    expect(over.tellings[0]?.to).toEqual({ pagerduty: ['default'], slack: [], mail: [] });
  });
});

describe('the escalation path', () => {
  const level = (name: string, minutes: number) => ({
    name,
    afterMs: minutes * MINUTE,
    severity: ['critical' as const],
    to: { pagerduty: [], slack: [], mail: [`${name}@example.com`] },
  });
  const escalation = [level('one', 15), level('two', 30)];
  const at = (group: Group, members: Member[], minutes: number) =>
    flush(group, members, view({ escalation, now: NOON + minutes * MINUTE }));

  it('is walked level by level, once each, from the first message on', () => {
    const { group, members } = told();
    expect(flush(groupOf(), [memberOf()], view({ escalation })).dueAt).toBe(NOON + 15 * MINUTE);
    const first = at(group, members, 15);
    expect([kinds(first), first.tellings[0]?.to.mail, first.dueAt]).toEqual([['escalated'], ['one@example.com'], NOON + 30 * MINUTE]);
    expect(at(first.group, members, 29).tellings).toEqual([]);
    const second = at(first.group, members, 31);
    expect(second.tellings.map((one) => one.level?.name)).toEqual(['two']);
    expect(at(second.group, members, 50).tellings).toEqual([]);
  });

  it('is walked at once as far as it is due after a long pause', () => {
    const { group, members } = told();
    expect(at(group, members, 45).tellings.map((one) => one.level?.name)).toEqual(['one', 'two']);
  });

  it('ends with an acknowledgement, and begins anew for what comes after it', () => {
    const { group, members } = told();
    const first = at(group, members, 15);
    const taken = members.map((one) => ({ ...one, acknowledgedBy: 'ann' }));
    const ended = at(first.group, taken, 20);
    expect([kinds(ended), ended.group.escalated]).toEqual([['acknowledged'], 0]);
    expect(at(ended.group, taken, 31).tellings).toEqual([]);
    const late = memberOf({ tenantId: 'b' });
    const more = at(ended.group, [...taken, late], 32);
    expect(kinds(more)).toEqual(['firing']);
    expect(more.dueAt).toBe(NOON + 47 * MINUTE);
  });

  it('is not for a severity that it does not name', () => {
    const { group, members } = told({ severity: 'warning' }, quiet);
    expect(flush(group, members, view({ route: quiet, escalation, now: NOON + 50 * MINUTE })).tellings).toEqual([]);
  });
});

describe('keys', () => {
  it('differ between all messages of a group, and are the same for the same message', () => {
    const { group, members } = told();
    const over = flush(group, members.map(resolvedOne), view({ now: NOON + HOUR }));
    const again = flush(over.group, [memberOf()], view({ now: NOON + 2 * HOUR }));
    const keys = [flush(groupOf(), [memberOf()], view()), over, again].flatMap(({ tellings }) =>
      tellings.flatMap((one) => entriesOf(one, one.kind === 'resolved', '').map(({ key }) => key)),
    );
    expect(new Set(keys).size).toBe(keys.length);
    expect(flush(groupOf(), [memberOf()], view()).tellings[0]?.key).toBe(flush(groupOf(), [memberOf()], view()).tellings[0]?.key);
  });

  it('that are long are shortened, each to one of its own', () => {
    const [a, b] = [shortened(`${'x'.repeat(400)}a`, 250), shortened(`${'x'.repeat(400)}b`, 250)];
    expect([a.length, b.length, a === b, shortened('short', 250)]).toEqual([250, 250, false, 'short']);
  });
});

it('ten thousand alerts of a group are one message within a second', () => {
  const members = Array.from({ length: 10_000 }, (_, i) => memberOf({ tenantId: `t${i}` }));
  // Of the processor's own time: others may be at work beside.
  const from = process.cpuUsage();
  const flushed = flush(groupOf(), members, view());
  const entries = flushed.tellings.flatMap((one) => entriesOf(one, false, 'https://impact.example'));
  const { user, system } = process.cpuUsage(from);
  expect((user + system) / 1000).toBeLessThan(1_000);
  expect([flushed.told.size, entries.length]).toEqual([10_000, 3]);
  expect(JSON.stringify(entries[0]?.payload).length).toBeLessThan(100_000);
});

describe('a group whose memory was set back', () => {
  const restoredFrom = NOON + HOUR;
  const now = NOON + 3 * HOUR;
  const escalation = [{ name: 'boss', severity: ['critical' as const], afterMs: 30 * MINUTE, to: quiet.to }];

  it('says once what has changed since, out of turn, and neither repeats nor escalates what it knows', () => {
    const { group, members } = told();
    const same = flush(group, members, view({ now, restoredFrom, escalation }));
    expect(same.tellings).toEqual([]);
    const changed = flush(group, [...members, memberOf({ tenantId: 'b' })], view({ now, restoredFrom, escalation }));
    expect(kinds(changed)).toEqual(['firing']);
    expect(changed.tellings[0]).toMatchObject({ restoredFrom, episode: group.episode });
  });

  it('counts the hour until a repetition and the time until an escalation from the restore on', () => {
    const { group, members } = told();
    const set = flush(group, members, view({ now, restoredFrom, escalation }));
    expect(set.group.toldAt).toBe(now);
    const later = (ms: number) => kinds(flush(set.group, known(members, set), view({ now: now + ms, escalation })));
    expect(later(29 * MINUTE)).toEqual([]);
    expect(later(30 * MINUTE)).toEqual(['escalated']);
    expect(later(HOUR)).toContain('repeated');
  });
});
