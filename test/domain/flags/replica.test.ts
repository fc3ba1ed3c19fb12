import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedFlags, emptyReplica, type FlagNews, replicaAfter, replicaOf } from '../../../src/domain/flags/replica.ts';
import { AT, flag } from '../../support/flags.ts';

const now = () => AT;
const one = flag({ id: 'one' });
const news = (count: number, what: Partial<FlagNews> = {}, epoch = 'e'): FlagNews => ({
  revision: `${epoch}.${count}`,
  id: 'one',
  flag: one,
  ...what,
});
const full = replicaOf({ revision: 'e.5', flags: [one, flag({ id: 'two' })] }, emptyReplica, now);

describe('a replica', () => {
  it('takes the next change', () => {
    const after = replicaAfter(news(6, { flag: flag({ id: 'one', stage: 'ga' }, { version: 2 }) }), full, now);
    expect(after?.revision).toBe('e.6');
    expect(after?.flags.get('one')?.flag.stage).toBe('ga');
    expect(after && changedFlags(full, after)).toEqual(['one']);
    expect(full.flags.get('one')?.flag.stage).toBe('disabled');
  });

  it('forgets a deleted flag', () => {
    const after = replicaAfter(news(6, { flag: null }), full, now);
    expect([...(after?.flags.keys() ?? [])]).toEqual(['two']);
    expect(after && changedFlags(full, after)).toEqual(['one']);
  });

  it('ignores what it has seen, and asks for everything when something is missing or the store began anew', () => {
    expect(replicaAfter(news(5), full, now)).toBe(full);
    expect(replicaAfter(news(7), full, now)).toBeNull();
    expect(replicaAfter(news(6, {}, 'other'), full, now)).toBeNull();
    expect(replicaAfter(news(1), emptyReplica, now)).toBeNull();
    expect(replicaAfter({ ...news(6), revision: 'nonsense' }, full, now)).toBeNull();
  });

  it('keeps flags compiled that are as they were', () => {
    const again = replicaOf({ revision: 'f.9', flags: [one, flag({ id: 'two' }, { version: 2 })] }, full, now);
    expect(again.flags.get('one')).toBe(full.flags.get('one'));
    expect(changedFlags(full, again)).toEqual(['two']);
  });

  it('is not taken back by a copy that news has overtaken while it was fetched', () => {
    expect(replicaOf({ revision: 'e.4', flags: [] }, full, now)).toBe(full);
    expect(replicaOf({ revision: 'f.1', flags: [] }, full, now).revision).toBe('f.1');
  });

  it('ends up with what is stored, whatever arrives how often and in which order, if it fetches what it missed', () => {
    const history = Array.from({ length: 8 }, (_, i) => flag({ id: 'one', name: `name ${i}` }, { version: i + 1, updatedAt: AT + i }));
    const copyAt = (count: number) => ({ revision: `e.${count}`, flags: history.slice(0, count).slice(-1) });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 20 }), (arrivals) => {
        let replica = replicaOf(copyAt(1), emptyReplica, now);
        let newest = 1;
        for (const count of [...arrivals, 8]) {
          newest = Math.max(newest, count);
          const next = replicaAfter({ revision: `e.${count}`, id: 'one', flag: history[count - 1] ?? null }, replica, now);
          replica = next ?? replicaOf(copyAt(newest), replica, now);
          expect(replica.flags.get('one')?.flag.version).toBe(newest);
        }
      }),
    );
  });
});
