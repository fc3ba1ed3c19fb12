/** `impact deliveries`: messages to people and other systems, and what became of them. */
import { Command, Option } from 'commander';
import { ImpactError } from '../domain/errors.ts';
import { type Delivery, type DeliveryState, deliveryStates, listDeliveries, readDelivery, redeliver } from '../query/deliveries.ts';
import { type Channel, channels } from '../query/outbox.ts';
import { scopeOf } from '../query/scope.ts';
import { parseWhole } from './argument.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import type { Format } from './render.ts';
import { outputOption, type Said, saidOption, say, sayJson, sayRows } from './said.ts';
import { withSystem } from './system.ts';

type ListOptions = { channel?: Channel; state?: DeliveryState; limit: number; output: Format };
const everyone = scopeOf(null);

const seconds = (at: Date): string => at.toISOString().slice(0, 19).replace('T', ' ');
const rowOf = ({ id, channel, target, subject, state, attempts, createdAt, lastError }: Delivery): Record<string, unknown> => ({
  id,
  created: seconds(createdAt),
  channel,
  target,
  state,
  attempts,
  subject: subject.slice(0, 60),
  error: lastError?.slice(0, 60) ?? '',
});

async function list(context: Context, { channel, state, limit, output }: ListOptions): Promise<void> {
  const deliveries = await withSystem(context, ({ postgres }) => listDeliveries(postgres, everyone, { channel, state }, null, limit));
  sayRows(context, output === 'json' ? deliveries : deliveries.map(rowOf), output);
}

const missing = (id: number): never => {
  throw new ImpactError('not_found', `there is no message ${id}; \`impact deliveries list\` shows the ids`);
};

async function show(context: Context, id: number): Promise<void> {
  const found = (await withSystem(context, ({ postgres }) => readDelivery(postgres, everyone, id))) ?? missing(id);
  sayJson(context, { ...found.delivery, log: found.attempts });
}

async function again(context: Context, id: number, output: Said): Promise<void> {
  const sent = await withSystem(context, async ({ postgres }) => {
    if ((await readDelivery(postgres, everyone, id)) === null) missing(id);
    return redeliver(postgres, everyone, id);
  });
  if (sent === null) throw new ImpactError('conflict', `message ${id} is still on its way`);
  say(context, output, `${sent.key} is sent once more by the notify stage`, sent);
}

/** The command with its subcommands. */
export function deliveriesCommand(context: Context): Command {
  const whole = parseWhole(1, Number.MAX_SAFE_INTEGER);
  const listCommand = new Command('list')
    .description('the youngest first')
    .addOption(new Option('--channel <channel>', 'this channel only').choices(channels))
    .addOption(new Option('--state <state>', 'dead: given up; skipped: its channel is not configured').choices(deliveryStates))
    .option('--limit <n>', 'at most so many', parseWhole(1, 1000), 50)
    .addOption(outputOption())
    .action((options: ListOptions) => list(context, options));
  const showCommand = new Command('show')
    .description('one message with all its attempts, as JSON')
    .argument('<id>', 'as `deliveries list` shows it', whole)
    .addOption(new Option('--output <format>', 'how to print').choices(['json']).default('json'))
    .action((id: number) => show(context, id));
  const againCommand = new Command('redeliver')
    .description('send a finished message once more, under the same key')
    .argument('<id>', 'as `deliveries list` shows it', whole)
    .addOption(saidOption())
    .action((id: number, { output }: { output: Said }) => again(context, id, output));
  const command = new Command('deliveries').description('messages to people and other systems, and what became of them');
  command.addCommand(withExamples(listCommand, ['deliveries list --state dead', 'what was given up']));
  command.addCommand(withExamples(showCommand, ['deliveries show 17', 'why it took so long']));
  command.addCommand(withExamples(againCommand, ['deliveries redeliver 17', 'the receiver is mended']));
  return withExamples(command, ['deliveries list', 'what was sent']);
}
