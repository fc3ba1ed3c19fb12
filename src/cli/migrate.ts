/** `impact migrate`: topics, schemas and databases. */
import { Command } from 'commander';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { withProgress } from './progress.ts';
import { type Said, saidOption } from './said.ts';

/** Creates and updates what the stages need. Run again, it finds nothing to do. */
export function migrateCommand(context: Context): Command {
  const command = new Command('migrate')
    .description('create topics, register schemas, bring ClickHouse and Postgres up to date; safe to repeat')
    .addOption(saidOption())
    .action(async ({ output }: { output: Said }) => {
      const config = context.config();
      const last = (): string => 'topics, schemas and databases are up to date';
      await withProgress(context, 'migrating', (progress) => context.prepare(config, progress.update), last);
      if (output === 'json') context.out(`${JSON.stringify({ upToDate: true })}\n`);
    });
  return withExamples(command, ['migrate', 'once for every new version'], ['migrate && npx impact run', 'then start every stage']);
}
