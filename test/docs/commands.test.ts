/** Every command line in the documents and in the help is one that the program takes. What it would do is not done. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { testContext, UNREACHABLE } from '../cli/terminal.ts';

const root = new URL('../../', import.meta.url);
const pages = ['README.md', 'CONTRIBUTING.md', ...readdirSync(new URL('docs/', root)).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

/** Words as a shell takes them, up to a comment, a pipe, a redirection or a further command. */
function shellWords(line: string): string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)) {
    if (/^(#|\||>|<|&&|;)/.test(word)) break;
    words.push(word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'));
  }
  return words;
}

/** Lines of code blocks that begin with the command, and commands within sentences, unless something is left out of them. */
const commandsIn = (text: string): { line: string; inBlock: boolean }[] =>
  [...text.matchAll(/^(?:npx )?impact +(?!\.)(\S.*)$|`(?:npx )?impact ([^`\n]+)`/gm)]
    .map(([, block, sentence]) => ({ line: block ?? sentence ?? '', inBlock: block !== undefined }))
    .filter(({ line }) => !/…|\.\.\.|[<[]\S*[>\]]|\b(ID|[A-Z]{4,})\b/.test(line.replace(/#.*$/, '')));

function harmless(command: Command): Command {
  if (command.commands.length === 0) command.action(() => {});
  for (const child of command.commands) harmless(child);
  return command;
}

/** A sentence may name a command, or an option, without saying what it is given: `impact flags create`. */
const unsaid = /^commander\.(help|missingArgument|missingMandatoryOptionValue|optionMissingArgument)$/;

/** What the program says against a command line; nothing when it takes it. */
async function refusal(words: readonly string[], { inBlock = true } = {}): Promise<string> {
  const context = testContext();
  const program = harmless(await buildProgram(context, words));
  try {
    await program.parseAsync(words, { from: 'user' });
    return '';
  } catch (error) {
    const { code = '', message } = error as Error & { code?: string };
    if (message === UNREACHABLE || code === 'commander.helpDisplayed' || (!inBlock && unsaid.test(code))) return '';
    return context.seen.err || message;
  }
}

const paths = (command: Command): Command[] => [command, ...command.commands.flatMap(paths)];

/** What the help of a command gives as examples. */
function examplesOf(command: Command): string[] {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  return [...help.matchAll(/^ {2}\$ impact (.*)$/gm)].map(([, line]) => line ?? '');
}

describe('command lines in the documents', () => {
  it.each(pages)('are understood as they stand in %s', async (page) => {
    const wrong: string[] = [];
    for (const { line, inBlock } of commandsIn(readFileSync(new URL(page, root), 'utf8'))) {
      const said = await refusal(shellWords(line), { inBlock });
      if (said !== '') wrong.push(`impact ${line}\n  ${said}`);
    }
    expect(wrong).toEqual([]);
  });

  it('are understood as they stand in the help', async () => {
    const wrong: string[] = [];
    for (const line of paths(await buildProgram(testContext())).flatMap(examplesOf)) {
      const said = await refusal(shellWords(line));
      if (said !== '') wrong.push(`impact ${line}\n  ${said}`);
    }
    expect(wrong).toEqual([]);
  });

  it('are found: in blocks and in sentences, not where something is left out', () => {
    const text = 'Say `npx impact check` or `impact flags …`.\n```bash\nimpact query impact | head   # all\nnpx impact run\n```\n';
    expect(commandsIn(text).map(({ line }) => line)).toEqual(['check', 'query impact | head   # all', 'run']);
    expect(shellWords('set a name="b c" | head   # all')).toEqual(['set', 'a', 'name=b c']);
  });

  it('would be refused with an option that the command does not have', async () => {
    expect(await refusal(['query', '--metric', 'response_time_seconds'])).toContain("unknown option '--metric'");
    expect(await refusal(['run', 'stoer'])).toContain('Allowed choices');
    expect(await refusal(['tokens', 'revoke'])).toContain('missing required argument');
  });
});
