import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configTable } from '../support/config-table.ts';

const readmePath = new URL('../../README.md', import.meta.url);
const table = /(<!-- configuration -->\n)[\s\S]*?(<!-- end of configuration -->)/;

describe('the README', () => {
  it('shows the configuration as config.ts has it (UPDATE_DOCS=1 writes it)', () => {
    const readme = readFileSync(readmePath, 'utf8');
    expect(readme).toMatch(table);
    const current = readme.replace(table, (_, open: string, close: string) => `${open}${configTable()}\n${close}`);
    if (process.env['UPDATE_DOCS']) writeFileSync(readmePath, current);
    else expect(readme).toBe(current);
  });
});
