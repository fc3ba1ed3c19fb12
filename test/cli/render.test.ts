import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { parseDate, parseDuration, parseMoment, parseWhole } from '../../src/cli/argument.ts';
import { describeFailure, hintOf } from '../../src/cli/failure.ts';
import { hexdump } from '../../src/cli/hexdump.ts';
import { renderRows } from '../../src/cli/render.ts';
import { ImpactError } from '../../src/domain/errors.ts';

const rows = [
  { feature: 'ai_coaching', value_usd: 1_024.5, note: null },
  { feature: 'churn, "prevention"', value_usd: -3, note: 'x' },
];

describe('rows', () => {
  it('become a table with numbers to the right and no trailing spaces', () => {
    expect(renderRows(rows, 'table').split('\n')).toEqual([
      'feature              value usd  note',
      '─'.repeat(36),
      'ai_coaching             1024.5',
      'churn, "prevention"         -3  x',
    ]);
    expect(renderRows([], 'table')).toBe('(none)');
  });

  it('become CSV that quotes what it must', () => {
    expect(renderRows(rows, 'csv')).toBe('feature,value_usd,note\nai_coaching,1024.5,\n"churn, ""prevention""",-3,x');
  });

  it('become JSON as they are', () => {
    expect(JSON.parse(renderRows(rows, 'json'))).toEqual(rows);
  });
});

describe('arguments', () => {
  const now = Date.UTC(2026, 0, 11, 12);
  const moment = parseMoment(() => now);

  it('are moments in UTC, or ages', () => {
    expect(moment('2026-01-11')).toBe(Date.UTC(2026, 0, 11));
    expect(moment('2026-01-11T08:30')).toBe(Date.UTC(2026, 0, 11, 8, 30));
    expect(moment('2026-01-11 08:30:05')).toBe(Date.UTC(2026, 0, 11, 8, 30, 5));
    expect(moment('2026-01-11T08:30:00+02:00')).toBe(Date.UTC(2026, 0, 11, 6, 30));
    expect(moment('2h')).toBe(now - 7_200_000);
    expect(moment('now')).toBe(now);
  });

  it('are refused with what would be right', () => {
    for (const wrong of ['soon', '1', 'Jan 5', '2026-1-5', '2026-02-30', '2026-02-30T08:00Z', '2026-01-11T25:00Z'])
      expect(() => moment(wrong), wrong).toThrow(InvalidArgumentError);
    expect(moment('2026-01-11T08:30Z')).toBe(Date.UTC(2026, 0, 11, 8, 30));
    expect(() => parseDuration('5 minutes')).toThrow(/for example 60s/);
    expect(() => parseDate('2026-02-30')).toThrow(/Expected a date/);
    expect(() => parseWhole(1, 5)('6')).toThrow(/from 1 to 5/);
  });
});

describe('failures', () => {
  it('list every problem and the causes', () => {
    const problems = [{ field: 'API_PORT', value: 'x', expected: 'a port' }];
    const error = new ImpactError('bad_configuration', 'the configuration is not valid: API_PORT="x"', {
      problems,
      cause: new Error('deep down'),
    });
    expect(describeFailure(error, { debug: false, colour: false })).toBe(
      'error: the configuration is not valid\n  API_PORT: x\n    expected a port\n  because: deep down',
    );
  });
});

describe('a failure to connect', () => {
  const plain = { debug: false, colour: false };

  it('points to the check, also where it is only the cause', () => {
    const hint = (error: Error): string => hintOf(describeFailure(error, plain));
    expect(hint(new Error('connect ECONNREFUSED 127.0.0.1:1'))).toContain('`npx impact check`');
    expect(hint(new Error('no registry', { cause: new Error('getaddrinfo ENOTFOUND x') }))).toContain('`npx impact check`');
    expect(hint(new Error('no such rule'))).toBe('');
  });

  it('says where a deploy without systemd goes on', () => {
    expect(hintOf('error: systemctl cat impact@store.service: no bus')).toContain('DEPLOY_DRIVER');
  });

  it('says how what has not been prepared is', () => {
    expect(hintOf('error: relation "tokens" does not exist')).toContain('`npx impact migrate`');
    expect(hintOf('error: clickhouse: Database impact does not exist. (UNKNOWN_DATABASE)')).toContain('`npx impact migrate`');
  });

  it('says what a folder that cannot be written is for', () => {
    expect(hintOf("error: EACCES: permission denied, open '/opt/impact/.stack/demo.lock'")).toContain('a clone that you may write');
  });

  it('is not what a signal has ended', () => {
    const aborted = new DOMException('This operation was aborted', 'AbortError');
    expect(describeFailure(aborted, plain)).toBe('error: ended before it was done');
  });
});

describe('hexdump', () => {
  it('shows offset, bytes and text, and counts what it leaves out', () => {
    expect(hexdump(Buffer.from('\0\x01impact stream and more'), 18).split('\n')).toEqual([
      '000000  00 01 69 6d 70 61 63 74 20 73 74 72 65 61 6d 20  ..impact stream ',
      '000010  61 6e                                            an',
      '… and 6 bytes more',
    ]);
  });
});
