import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { impact } from './terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'impact-guard-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(text: string): string {
  const file = join(folder, `${text.length}.yaml`);
  writeFileSync(file, text);
  return file;
}

describe('impact guard simulate', () => {
  it('prints when a rollout would be rolled back, and by what evidence', async () => {
    const { status, out } = await impact('guard simulate --errors 1:10 --runs 2 --seed 3');
    expect(status).toBe(0);
    expect(out).toMatch(/seed +rolled back after +reason +guardrail +test +n +effect +interval +e value\n/);
    expect(out).toMatch(/ 3 +\d+:\d\d +error-rate spike +request_error +(control|limit) +\d+\+\d+ /);
    expect(out).toMatch(/2 of 2 rolled back within 60 min, the median after \d+:\d\d\n$/);
  });

  it('prints the whole of it as JSON, and rows as CSV', async () => {
    const json = JSON.parse((await impact('guard simulate --metric 10:5 --output json')).out) as Record<string, unknown>;
    expect(json).toMatchObject({
      scenario: { treatment: { metric: 5 } },
      rolledBack: 1,
      runs: [{ seed: 1, rollback: { reason: 'business-metric drop' } }],
    });
    const { out } = await impact('guard simulate --minutes 2 --latency 50 --output csv');
    expect(out).toBe('seed,rolled_back_after,reason,guardrail,test,n,effect,interval,e_value\n1,not rolled back,,,,,,,\n');
  });

  it('reads a described scenario, over which options win', async () => {
    const file = fileOf('minutes: 5\nrequestsPerMinute: 600\ntreatment:\n  errorRatePercent: 50\n');
    expect((await impact(`guard simulate ${file}`)).out).toContain('1 of 1 rolled back within 5 min');
    expect((await impact(`guard simulate ${file} --errors 1 --minutes 1 --requests 60`)).out).toContain(
      '0 of 1 rolled back within 1 min\n',
    );
    expect((await impact(`guard simulate ${fileOf('# nothing but defaults\n')} --minutes 1`)).status).toBe(0);
  });

  it('says what is wrong with a scenario', async () => {
    const { status, err } = await impact('guard simulate --errors 1:x --runs many --seed=');
    expect(status).toBe(1);
    expect(err).toContain('treatment.errorRatePercent: x\n    expected a number from 0 to 100');
    expect(err).toContain('runs: many');
    expect((await impact(`guard simulate ${fileOf('a: [')}`)).err).toContain('the scenario is neither YAML nor JSON');
    expect((await impact(`guard simulate ${fileOf('- 1')}`)).err).toContain('a scenario is an object of its fields');
    expect((await impact('guard simulate nowhere.yaml')).status).toBe(1);
  });
});
