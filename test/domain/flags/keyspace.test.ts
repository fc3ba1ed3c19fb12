import { describe, expect, it } from 'vitest';
import { flagDocument } from '../../../src/domain/flags/flag.ts';
import {
  copyOf,
  flagField,
  flagKeys,
  isCopy,
  newsOf,
  readStored,
  revisionOf,
  versionField,
  versionsOf,
} from '../../../src/domain/flags/keyspace.ts';
import { emptyReplica, replicaAfter, replicaOf } from '../../../src/domain/flags/replica.ts';
import { AT, flag } from '../../support/flags.ts';

const one = flag({ id: 'one' });
const text = JSON.stringify(flagDocument(one));

describe('the keys of flags', () => {
  it('are in one slot of a cluster, and apart from those of other installations', () => {
    expect(flagKeys('')).toEqual({ flags: 'impact:{flags}', outbox: 'impact:{flags}:outbox', channel: 'impact:{flags}:changes' });
    expect(flagKeys('t1').flags).toBe('impact:t1:{flags}');
  });
});

describe('what is stored', () => {
  const fields = {
    epoch: 'e',
    count: '4',
    [flagField('two')]: JSON.stringify(flagDocument(flag({ id: 'two' }))),
    [flagField('one')]: text,
    [versionField('gone')]: '7',
    [flagField('odd')]: 'not JSON',
  };

  it('is a copy in the order of ids, without what is no flag', () => {
    const copy = copyOf(fields);
    expect([copy?.revision, copy?.flags.map(({ id }) => id), copy?.unreadable]).toEqual(['e.4', ['one', 'two'], ['odd']]);
  });

  it('is nothing, rather than no flags, when it has no epoch', () => {
    expect(copyOf({})).toBeNull();
    expect(copyOf({ count: '3', [flagField('one')]: text })).toBeNull();
    expect(copyOf({ epoch: 'e' })).toEqual({ revision: 'e.0', flags: [], unreadable: [] });
    expect([revisionOf(null, '1'), revisionOf('', '1'), revisionOf('e', null)]).toEqual([null, null, 'e.0']);
  });

  it('remembers the versions of deleted flags', () => {
    expect(versionsOf(fields)).toEqual(new Map([['gone', 7]]));
  });

  it('is read flag by flag', () => {
    expect([readStored(text), readStored('{}'), readStored('{')]).toEqual([one, null, null]);
  });
});

describe('news', () => {
  it('are a flag, or that there is none any more', () => {
    expect(newsOf(JSON.stringify({ revision: 'e.5', id: 'one', flag: flagDocument(one) }))).toEqual({
      revision: 'e.5',
      id: 'one',
      flag: one,
    });
    expect(newsOf('{"revision":"e.5","id":"one","flag":null}')).toEqual({ revision: 'e.5', id: 'one', flag: null });
  });

  it.each(['', '{}', 'null', '{"revision":"e.5","id":"one","flag":{}}', '{"revision":5,"id":"one","flag":null}'])(
    'that cannot be read (%j) make everything be fetched',
    (odd) => {
      const replica = replicaOf({ revision: 'e.4', flags: [one] }, emptyReplica, () => AT);
      expect(replicaAfter(newsOf(odd), replica, () => AT)).toBeNull();
    },
  );
});

describe('a copy from the API', () => {
  it('has a revision and a list', () => {
    expect(isCopy({ revision: 'e-1.5', flags: [] })).toBe(true);
    for (const odd of [null, {}, { revision: 'e', flags: [] }, { revision: 'e.1', flags: {} }]) expect(isCopy(odd)).toBe(false);
  });
});
