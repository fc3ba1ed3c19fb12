/** `impact query event`: one event's story. */
import { Command, InvalidArgumentError } from 'commander';
import { ImpactError } from '../domain/errors.ts';
import { revisionRows, rollupRowsOf } from '../query/lineage.ts';
import { scopeOf } from '../query/scope.ts';
import { ask } from '../query/statement.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import type { Format } from './render.ts';
import { outputOption, sayJson, sayRows } from './said.ts';
import { withSystem } from './system.ts';

const parseUuid = (text: string): string => {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text))
    throw new InvalidArgumentError('Expected a UUID, for example 0f8fad5b-d9cb-469f-a165-70867728950e.');
  return text;
};

async function lineage(context: Context, eventId: string, output: Format): Promise<void> {
  await withSystem(context, async ({ clickhouse }) => {
    const revisions = await ask(clickhouse, revisionRows(scopeOf(null), eventId));
    const [newest] = revisions;
    if (newest === undefined) throw new ImpactError('not_found', `no event ${eventId} is stored`);
    const rollups = await ask(clickhouse, rollupRowsOf(newest));
    if (output === 'json') return sayJson(context, { revisions, rollups });
    const columns = ['tenant', 'feature', 'kind', 'revision', 'retracted', 'occurredAt', 'topic', 'partition', 'offset', 'storedAt'];
    sayRows(
      context,
      revisions,
      output,
      columns.map((key) => ({ key })),
    );
    context.out('\n');
    sayRows(
      context,
      rollups.map((row) => ({ ...row, bucket: new Date(row.bucket * 1000).toISOString() })),
      output,
    );
  });
}

/** The command. */
export function eventCommand(context: Context): Command {
  const command = new Command('event')
    .description('where one event came from, and which rollup rows it is part of')
    .argument('<id>', 'its UUID', parseUuid)
    .addOption(outputOption())
    .action((id: string, { output }: { output: Format }) => lineage(context, id, output));
  return withExamples(command, ['query event 0f8fad5b-d9cb-469f-a165-70867728950e', 'its whole story']);
}
