/** The commands of the product's first documents, as printed, but for the program's name. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSystem } from '../../src/cli/wiring.ts';
import type { RoiJson } from '../../src/domain/roi/json.ts';
import { impact, type Run } from '../cli/terminal.ts';
import { fourWeeks, openRoiWorld, type RoiWorld } from '../support/roi-world.ts';
import { storeEvents } from '../support/warehouse.ts';

const folder = mkdtempSync(join(tmpdir(), 'impact-roi-'));
let world: RoiWorld;

/** The documents' script was called scripts/calculate_business_impact.py; what follows its name is theirs, but for the folder of the file. */
const typed = (line: string): Promise<Run> =>
  impact(`roi ${line.replace('--save-file ', `--save-file ${folder}/`)}`, {
    config: () => world.config,
    open: openSystem,
    now: () => Date.parse('2026-01-12T09:00:00Z'),
  });

async function json(line: string): Promise<RoiJson> {
  const { status, out, err } = await typed(line);
  expect([status, err]).toEqual([0, '']);
  return JSON.parse(out) as RoiJson;
}

beforeAll(async () => {
  world = await openRoiWorld({ COSTS_RECURRING: '' });
  await storeEvents(
    world.clickhouse,
    fourWeeks().events.filter(({ occurredAt }) => occurredAt < Date.parse('2026-01-12')),
  );
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await world?.close();
});

describe('the ROI commands of the first documents', () => {
  it('--mode daily calculates today', async () => {
    const { status, out } = await typed('--mode daily');
    expect(status).toBe(0);
    expect(out).toContain('ROI 2026-01-12 (UTC), so far');
  });

  it('--mode daily --output json tells a program', async () => {
    expect((await json('--mode daily --output json')).period).toMatchObject({ from: '2026-01-12', to: '2026-01-12', complete: false });
  });

  it('--mode weekly --start-date 2026-01-06 sums up seven days', async () => {
    const { period, days } = await json('--mode weekly --start-date 2026-01-06 --output json');
    expect([period.from, period.to, days.length]).toEqual(['2026-01-06', '2026-01-12', 7]);
  });

  it('--mode report writes the file that was asked for', async () => {
    const { status, err } = await typed('--mode report --start-date 2026-01-01 --end-date 2026-01-11 --save-file roi_report.json');
    expect([status, err]).toEqual([0, `saved as ${folder}/roi_report.json\n`]);
    const saved = JSON.parse(readFileSync(join(folder, 'roi_report.json'), 'utf8')) as RoiJson;
    expect([saved.period.from, saved.period.to, saved.currency]).toEqual(['2026-01-01', '2026-01-11', 'USD']);
    expect(Number(saved.total.valueUsd)).toBeGreaterThan(0);
  });

  it('--mode report without an end goes up to today, into a folder of its own', async () => {
    await typed('--mode report --start-date 2026-01-01 --save-file backups/roi_backup_20260112.json');
    const saved = JSON.parse(readFileSync(join(folder, 'backups/roi_backup_20260112.json'), 'utf8')) as RoiJson;
    expect(saved.period.to).toBe('2026-01-12');
    expect(existsSync(join(folder, 'backups/roi_backup_20260112.json.part'))).toBe(false);
  });

  it('recalculating each day of a range changes nothing', async () => {
    const before = await json('report --start-date 2026-01-05 --end-date 2026-01-11 --output json');
    for (const day of ['05', '06', '07']) expect((await typed(`--mode daily --date 2026-01-${day}`)).status).toBe(0);
    expect(await json('report --start-date 2026-01-05 --end-date 2026-01-11 --output json')).toEqual(before);
  });
});

describe('impact roi', () => {
  it('prints tables, Markdown and CSV of the same figures', async () => {
    const [table, markdown, csv] = [
      await typed('daily --date 2026-01-05'),
      await typed('daily --date 2026-01-05 --output markdown'),
      await typed('daily --date 2026-01-05 --output csv'),
    ];
    expect(table.out).toMatch(/total +20 +−\$745\.37/);
    expect(markdown.out).toMatch(/^# ROI 2026-01-05 \(UTC\)\n/);
    expect(markdown.out).toContain('| realtime_intelligence |');
    expect(markdown.out).toContain(
      '- Property Intelligence is projected at $75K-150K a year; the documents also say $45K-60K (ROI_PROPERTY_PROJECTION).',
    );
    expect(csv.out.split('\n')[0]).toMatch(/^feature,usage,valueUsd/);
    expect((await typed('report --start-date 2026-01-05 --end-date 2026-01-06 --output csv --by day')).out).toMatch(/\n2026-01-06,/);
  });

  it('shows a tenant its own', async () => {
    const { total } = await json('report --start-date 2026-01-05 --end-date 2026-01-11 --tenant globex --output json');
    expect(total.usage).toBeGreaterThan(0);
    expect((await json('report --start-date 2026-01-05 --end-date 2026-01-11 --output json')).total.usage).toBeGreaterThan(total.usage);
  });

  it('refuses a span that ends before it begins, and days to come', async () => {
    expect((await typed('report --start-date 2026-01-10 --end-date 2026-01-09')).err).toContain(
      '--start-date 2026-01-10 is after --end-date 2026-01-09',
    );
    expect((await typed('daily --start-date 2026-01-05')).err).toContain('--start-date is not for daily, which takes --date');
    expect((await typed('daily --date 2026-02-01')).err).toMatch(/--date 2026-02-01 has not begun yet: today is 2026-01-\d\d in /);
  });
});
