import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { settings } from '../../src/config.ts';
import { testContext } from '../cli/terminal.ts';

const file = new URL('../../docs/seeds.md', import.meta.url);
const page = readFileSync(file, 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| named there'));
/** Cells; a bar in one of them is written with a backslash. */
const cellsOf = (row: string): string[] =>
  row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
const linksOf = (text: string): string[] => [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');

describe('docs/seeds.md', () => {
  it('has a place and a test for every line, or says that it has not', () => {
    expect(rows.length).toBeGreaterThan(70);
    for (const row of rows) {
      const [, here = '', held = ''] = cellsOf(row);
      expect(cellsOf(row), row).toHaveLength(3);
      expect(here, row).not.toBe('');
      if (held === '') expect(here, row).toMatch(/not here|condition of `npm test`/);
    }
  });

  it('names tests that there are', () => {
    for (const row of rows) for (const link of linksOf(cellsOf(row)[2] ?? '')) expect(link, row).toMatch(/^\.\.\/test\//);
  });

  it('leads somewhere', () => {
    for (const link of linksOf(page)) {
      const [path = '', section] = link.split('#');
      expect(existsSync(new URL(path, file)), link).toBe(true);
      if (section === undefined) continue;
      const headings = [...readFileSync(new URL(path, file), 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchor(heading));
      expect(headings, link).toContain(section);
    }
  });

  it('names commands and settings that there are', async () => {
    const program = await buildProgram(testContext());
    for (const [, name = '', next = ''] of page.matchAll(/`impact ([\w-]+)(?: ([a-z][\w-]*))?/g)) {
      const found = program.commands.find((one) => one.name() === name);
      expect(found?.name(), name).toBe(name);
      if (found !== undefined && found.commands.length > 0 && next !== '')
        expect(
          found.commands.map((one) => one.name()),
          name,
        ).toContain(next);
    }
    const known = Object.values(settings).map(({ env }) => env);
    for (const [, name] of page.matchAll(/`([A-Z]+_[A-Z_]+)`/g)) expect(known).toContain(name);
  });
});
