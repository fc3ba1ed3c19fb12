import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { impact, testContext } from './terminal.ts';

type Found = { path: string; command: Command };

const walk = (command: Command, path: string): Found[] => [
  { path, command },
  ...command.commands.flatMap((child) => walk(child, `${path} ${child.name()}`.trim())),
];
const all = walk(await buildProgram(testContext()), '');

describe('help', () => {
  it('exists at every level', () => {
    expect(all.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['', 'stack up', 'emit', 'dlq replay', 'alerts tail', 'tokens create', 'check', 'migrate', 'run']),
    );
  });

  it('of one command loads that one alone', async () => {
    const first = all.filter(({ path }) => path !== '' && !path.includes(' ')).map(({ path }) => path);
    const loaded = await Promise.all(first.map((name) => buildProgram(testContext(), [name, '--help'])));
    expect(loaded.map(({ commands }) => commands.map((command) => command.name()))).toEqual(first.map((name) => [name]));
  });

  it.each(all.map(({ path }) => path))('shows examples that start with "impact" for "%s"', async (path) => {
    const { status, out } = await impact(`${path} --help`);
    expect(status).toBe(0);
    expect(out).toMatch(/\nExamples:\n {2}\$ impact /);
    expect(out).toMatch(/^Usage: impact/);
  });

  it.each(all.map(({ path }) => path))('describes every option and argument of "%s"', (path) => {
    const command = all.find((one) => one.path === path)?.command;
    expect(command?.options.filter(({ description }) => description === '').map(({ flags }) => flags)).toEqual([]);
    expect(command?.description()).not.toBe('');
  });

  // The output of `archive` is the folder that it writes.
  it('offers JSON with every command that ends by itself', () => {
    const leaves = all.filter(({ path, command }) => command.commands.length === 0 && !['archive', 'demo', 'run'].includes(path));
    const inJson = ({ command }: Found) =>
      command.options.some(({ long, argChoices }) => long === '--output' && argChoices?.includes('json'));
    expect(leaves.filter((leaf) => !inJson(leaf)).map(({ path }) => path)).toEqual([]);
  });

  it('has a place for every command in docs/cli.md', () => {
    const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
    const leaves = all.filter(({ path, command }) => path !== '' && command.commands.length === 0).map(({ path }) => path);
    expect(leaves.filter((path) => !page.includes(`impact ${path}`))).toEqual([]);
  });
});

describe('a wrong command line', () => {
  it('ends with status 2 and says what was expected', async () => {
    const unknown = await impact('nonsense');
    expect(unknown).toMatchObject({ status: 2, out: '' });
    expect(unknown.err).toContain("unknown command 'nonsense'");
    const choice = await impact('tokens create --role king');
    expect(choice.status).toBe(2);
    expect(choice.err).toContain('Allowed choices are emitter, viewer, operator, admin');
  });

  it('is told apart from a failure, which ends with status 1 and no stack trace', async () => {
    const failed = await impact('tokens list');
    expect(failed.status).toBe(1);
    expect(failed.err).toBe('error: this test reaches nothing outside\n');
    expect((await impact('--debug tokens list')).err).toContain('terminal.ts');
  });

  it('is refused for a stage that does not exist', async () => {
    expect((await impact('run stoer')).err).toContain('Allowed choices are store');
  });
});
