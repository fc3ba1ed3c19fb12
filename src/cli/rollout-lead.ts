/** How `impact rollout` plans and leads. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { parse } from 'yaml';
import { ImpactError } from '../domain/errors.ts';
import { isPlainObject } from '../domain/flags/json.ts';
import type { RolloutCommand } from '../domain/rollout/command.ts';
import type { RolloutStore } from '../query/rollouts/store.ts';
import type { Rollout } from '../query/rollouts.ts';
import type { Context } from './context.ts';
import { sayRollout } from './rollout-show.ts';
import type { Said } from './said.ts';
import { withSystem } from './system.ts';

/** `ifVersion`: the version that it is based on, where the caller cares. */
export type LeadOptions = { reason: string; ifVersion?: number; output: Said };
export type PlanOptions = LeadOptions & { file?: string; approval?: string; policy?: string; metric?: string[]; guardrail?: string[] };

const author = ({ reason }: { reason: string }) => ({ by: userInfo().username, reason });

/** Does it, and waits until steps and changes are told; where that is not possible now, says so. */
async function leading(context: Context, output: Said, work: (rollouts: RolloutStore) => Promise<Rollout>): Promise<void> {
  const rollout = await withSystem(context, async ({ rollouts, flags }) => {
    const result = await work(rollouts);
    await Promise.all([rollouts.flush(), flags.flush()]).catch((error: Error) => {
      context.err(`The step is made. Its message waits: ${error.message}\n`);
    });
    return result;
  });
  sayRollout(context, rollout, output);
}

function fileOf(file: string | undefined): Record<string, unknown> {
  if (file === undefined) return {};
  try {
    const document: unknown = parse(readFileSync(file, 'utf8')) ?? {};
    if (isPlainObject(document)) return document;
  } catch (cause) {
    throw new ImpactError('unprocessable', `${file} cannot be read as YAML or JSON`, { cause });
  }
  throw new ImpactError('unprocessable', `${file} is no plan: an object is expected`);
}

/** What stands on the command line wins over the file. */
function documentOf({ file, approval, policy, metric, guardrail }: PlanOptions): Record<string, unknown> {
  const said = { approval, policy, metrics: metric, guardrails: guardrail };
  return { ...fileOf(file), ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) };
}

export async function planRollout(context: Context, flag: string, options: PlanOptions): Promise<void> {
  const document = documentOf(options);
  await leading(context, options.output, (rollouts) => rollouts.plan(flag, document, options.ifVersion ?? null, author(options)));
}

export async function leadRollout(context: Context, flag: string, command: RolloutCommand, options: LeadOptions): Promise<void> {
  await leading(context, options.output, (rollouts) => rollouts.command(flag, command, options.ifVersion ?? null, author(options)));
}
