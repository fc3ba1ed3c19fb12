/** `impact tokens`: bearer tokens of the API. */
import { Command, Option } from 'commander';
import { ImpactError } from '../domain/errors.ts';
import { type Role, roles } from '../domain/role.ts';
import { createToken, listTokens, revokeToken, type Token } from '../query/tokens.ts';
import { parseDuration } from './argument.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';
import type { Format } from './render.ts';
import { outputOption, type Said, saidOption, say, sayJson, sayRows } from './said.ts';
import { withSystem } from './system.ts';

type CreateOptions = { role: Role; tenant?: string; name: string; expires?: number; output: Said };

async function create(context: Context, options: CreateOptions): Promise<void> {
  const expiresAt = options.expires === undefined ? null : new Date(context.now() + options.expires);
  const wanted = { role: options.role, tenantId: options.tenant ?? null, name: options.name, expiresAt };
  const { token, row } = await withSystem(context, ({ postgres }) => createToken(postgres, wanted));
  if (options.output === 'json') return sayJson(context, { token, ...row });
  context.out(`${token}\n`);
  const reach = row.tenantId === null ? 'every tenant' : `tenant ${row.tenantId}`;
  context.err(
    `Token ${row.id}: ${row.role}, ${reach}${expiresAt ? `, until ${expiresAt.toISOString()}` : ''}. It cannot be shown again.\n`,
  );
}

const stateOf = (token: Token, now: number): string => {
  if (token.revokedAt) return 'revoked';
  return token.expiresAt && token.expiresAt.getTime() <= now ? 'expired' : 'valid';
};

async function list(context: Context, format: Format): Promise<void> {
  const tokens = await withSystem(context, ({ postgres }) => listTokens(postgres));
  const rows = tokens.map((token) => ({
    id: token.id,
    name: token.name,
    role: token.role,
    tenant: token.tenantId ?? (format === 'table' ? '(every)' : null),
    state: stateOf(token, context.now()),
    created_at: token.createdAt.toISOString(),
    expires_at: token.expiresAt?.toISOString() ?? null,
  }));
  sayRows(context, rows, format);
}

async function revoke(context: Context, id: string, output: Said): Promise<void> {
  const token = await withSystem(context, ({ postgres }) => revokeToken(postgres, id));
  if (token === null) throw new ImpactError('not_found', `there is no token ${id}; \`impact tokens list\` shows the ids`);
  say(context, output, `revoked ${token.id} (${token.name})`, { id: token.id, name: token.name, revoked: true });
}

/** The command with its subcommands. */
export function tokensCommand(context: Context): Command {
  const createCommand = new Command('create')
    .description('make a token and print it, this one time')
    .addOption(
      new Option(
        '--role <role>',
        'emitter sends events and nothing else; viewer reads; operator does both, edits rules and recalculates; admin does all',
      )
        .choices(roles)
        .makeOptionMandatory(),
    )
    .option('--tenant <id>', 'bind it to one tenant; without this it reaches every tenant')
    .option('--name <name>', 'what it is for, for the list', 'made on the command line')
    .option('--expires <duration>', 'for example 30d; without this it never does', parseDuration)
    .addOption(saidOption())
    .action((options: CreateOptions) => create(context, options));
  const listCommand = new Command('list')
    .description('every token, without its secret')
    .addOption(outputOption())
    .action(({ output: format }: { output: Format }) => list(context, format));
  const revokeCommand = new Command('revoke')
    .description('end a token now')
    .argument('<id>', 'the twelve characters after imp_')
    .addOption(saidOption())
    .action((id: string, { output }: { output: Said }) => revoke(context, id, output));
  const command = new Command('tokens').description('bearer tokens of the API');
  command.addCommand(
    withExamples(
      createCommand,
      ['tokens create --role viewer --tenant harbor-homes', 'reads one tenant'],
      ['tokens create --role emitter --name lead-router', 'for a service that sends events over HTTP'],
      ['tokens create --role admin --name ops --expires 30d', 'everything, for a month'],
    ),
  );
  command.addCommand(withExamples(listCommand, ['tokens list', 'who holds what']));
  command.addCommand(withExamples(revokeCommand, ['tokens revoke 0123456789ab', 'refused from now on']));
  return withExamples(command, ['tokens create --role viewer', 'print a new token'], ['tokens list', 'who holds what']);
}
