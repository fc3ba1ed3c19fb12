import { expect, it } from 'vitest';
import { type Report, tally } from '../../infra/local/tally.ts';

const file = (status: string, ...statuses: string[]): Report['testResults'][number] => ({
  name: 'a.test.ts',
  status,
  assertionResults: statuses.map((each, index) => ({ fullName: `test ${index}`, status: each })),
});

it('counts passed and failed tests over all files', () => {
  const report = { testResults: [file('passed', 'passed', 'passed'), file('failed', 'failed', 'passed')] };
  expect(tally(report)).toEqual({ passed: 3, failed: 1, skipped: [] });
});

it('names every test that did not run', () => {
  const report = { testResults: [file('passed', 'passed', 'skipped', 'todo', 'pending')] };
  expect(tally(report).skipped).toEqual(['a.test.ts: test 1', 'a.test.ts: test 2', 'a.test.ts: test 3']);
});

it('counts a file that could not be loaded as a failure', () => {
  expect(tally({ testResults: [file('failed')] })).toEqual({ passed: 0, failed: 1, skipped: [] });
});
