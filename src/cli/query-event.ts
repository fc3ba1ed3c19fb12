/** `impact query event`: one event's story. */
import { Command } from 'commander';
import { ImpactError } from '../domain/errors.ts';
import { revisionRows, rollupRowsOf } from '../query/lineage.ts';
import { scopeOf } from '../query/scope.ts';
import { ask } from '../query/statement.ts';
import { outputOption } from './answer.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import { type Format, renderRows } from './render.ts';
import { withSystem } from './system.ts';

async function lineage(context: Context, eventId: string, output: Format): Promise<void> {
  await withSystem(
    () => context.open(context.config()),
    async ({ clickhouse }) => {
      const revisions = await ask(clickhouse, revisionRows(scopeOf(null), eventId));
      const [newest] = revisions;
      if (newest === undefined) throw new ImpactError('not_found', `no event ${eventId} is stored`);
      const rollups = await ask(clickhouse, rollupRowsOf(newest));
      if (output === 'json') return context.out(`${JSON.stringify({ revisions, rollups }, null, 2)}\n`);
      const columns = ['tenant', 'feature', 'kind', 'revision', 'retracted', 'occurredAt', 'topic', 'partition', 'offset', 'storedAt'];
      context.out(
        `${renderRows(
          revisions,
          output,
          columns.map((key) => ({ key })),
        )}\n\n${renderRows(rollups, output)}\n`,
      );
    },
  );
}

/** The command. */
export function eventCommand(context: Context): Command {
  const command = new Command('event')
    .description('where one event came from, and which rollup rows it is part of')
    .argument('<id>', 'its UUID')
    .addOption(outputOption())
    .action((id: string, { output }: { output: Format }) => lineage(context, id, output));
  return withExamples(command, ['query event 0f8fad5b-d9cb-469f-a165-70867728950e', 'its whole story']);
}
