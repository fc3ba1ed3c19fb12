import { describe, expect, it } from 'vitest';
import { clickHouseFault } from '../../src/domain/clickhouse-fault.ts';

const kindsOf = (codes: Record<string, number>): Record<string, string> =>
  Object.fromEntries(Object.entries(codes).map(([name, code]) => [name, clickHouseFault(String(code))]));
const all = (codes: Record<string, number>, kind: string) => Object.fromEntries(Object.keys(codes).map((name) => [name, kind]));

describe('an error of ClickHouse', () => {
  it('is an outage where waiting or an operator can mend it', () => {
    const codes = {
      CANNOT_READ_FROM_SOCKET: 95,
      TIMEOUT_EXCEEDED: 159,
      READONLY: 164,
      TOO_MANY_SIMULTANEOUS_QUERIES: 202,
      SOCKET_TIMEOUT: 209,
      NETWORK_ERROR: 210,
      NO_ZOOKEEPER: 225,
      ABORTED: 236,
      MEMORY_LIMIT_EXCEEDED: 241,
      TABLE_IS_READ_ONLY: 242,
      NOT_ENOUGH_SPACE: 243,
      TOO_MANY_PARTS: 252,
      ALL_CONNECTION_TRIES_FAILED: 279,
      TOO_FEW_LIVE_REPLICAS: 285,
      UNKNOWN_STATUS_OF_INSERT: 319,
      QUERY_WAS_CANCELLED: 394,
      AUTHENTICATION_FAILED: 516,
      SERVER_OVERLOADED: 745,
      KEEPER_EXCEPTION: 999,
      SOMETHING_OF_A_LATER_RELEASE: 31_337,
    };
    expect(kindsOf(codes)).toEqual(all(codes, 'unavailable'));
    expect(clickHouseFault(null)).toBe('unavailable');
  });

  it('is ours where the statement is wrong, and not worth another try', () => {
    const codes = {
      NO_SUCH_COLUMN_IN_TABLE: 16,
      BAD_ARGUMENTS: 36,
      UNKNOWN_FUNCTION: 46,
      UNKNOWN_IDENTIFIER: 47,
      UNKNOWN_TABLE: 60,
      SYNTAX_ERROR: 62,
      UNKNOWN_DATABASE: 81,
      ILLEGAL_DIVISION: 153,
      BAD_QUERY_PARAMETER: 457,
    };
    expect(kindsOf(codes)).toEqual(all(codes, 'internal'));
  });

  it('blames the data where a row or a value is refused', () => {
    const codes = { CANNOT_PARSE_TEXT: 6, TYPE_MISMATCH: 53, VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE: 321, VIOLATED_CONSTRAINT: 469 };
    expect(kindsOf(codes)).toEqual(all(codes, 'unprocessable'));
  });

  it('blames a file that has not the columns it should have', () => {
    expect([clickHouseFault('8'), clickHouseFault('8', 'file'), clickHouseFault('62', 'file')]).toEqual([
      'internal',
      'unprocessable',
      'internal',
    ]);
  });
});
