/** How `impact flags` shows flags, answers and histories. */
import { ImpactError } from '../domain/errors.ts';
import { fieldNames } from '../domain/flags/assign.ts';
import type { FlagChange } from '../domain/flags/change.ts';
import { compileFlag, evaluateFlag } from '../domain/flags/compile.ts';
import { type Evaluation, type FlagContext, unknownFlag } from '../domain/flags/evaluation.ts';
import { definitionOf, type Flag, flagDocument } from '../domain/flags/flag.ts';
import type { RolloutStage } from '../domain/flags/stage.ts';
import type { Context } from './context.ts';
import type { Format, Row } from './render.ts';
import { type Said, say, sayDocument, sayRows } from './said.ts';
import { type System, withSystem } from './system.ts';

const minute = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');

const rowOf = (flag: Flag): Row => ({
  id: flag.id,
  stage: flag.archived ? `${flag.stage} (archived)` : flag.stage,
  variants: flag.variants.map(({ name }) => name).join(', '),
  unit: flag.unit,
  allowed: flag.tenantWhitelist.length,
  denied: flag.tenantBlacklist.length,
  internal: flag.userWhitelist.length,
  roi_target_usd: flag.roiTargetUsd,
  limits: `errors ${flag.errorRateThresholdPercent} %, ${flag.latencyThresholdMs} ms, drop ${flag.metricDropThresholdPercent} %`,
  owner: flag.owner,
  version: flag.version,
  updated: minute(flag.updatedAt),
});

const inStore = <T>(context: Context, work: (flags: System['flags']) => Promise<T>): Promise<T> =>
  withSystem(context, ({ flags }) => work(flags));

/** @throws ImpactError `not_found` */
async function one(context: Context, id: string): Promise<Flag> {
  const flag = await inStore(context, (flags) => flags.get(id));
  if (flag === null) throw new ImpactError('not_found', `there is no flag ${id}; \`impact flags list\` shows those that there are`);
  return flag;
}

export async function listFlags(context: Context, options: { stage?: RolloutStage; archived?: true; output: Format }): Promise<void> {
  const { flags } = await inStore(context, (store) => store.list());
  const wanted = flags.filter(({ stage, archived }) => (!archived || options.archived === true) && (options.stage ?? stage) === stage);
  const rows = options.output === 'json' ? wanted.map((flag) => flagDocument(flag)) : wanted.map(rowOf);
  sayRows(context, rows, options.output);
}

export async function getFlag(context: Context, id: string, output: Said): Promise<void> {
  const document = flagDocument(await one(context, id));
  sayDocument(context, output === 'json', document);
}

export async function exportFlags(context: Context, output: 'yaml' | 'json'): Promise<void> {
  const { flags } = await inStore(context, (store) => store.list());
  const document = { flags: flags.filter(({ archived }) => !archived).map(definitionOf) };
  sayDocument(context, output === 'json', document);
}

const answerText = ({ flagId, variant, value, enabled, reason, decidedBy, stage, inExperiment, version }: Evaluation): string => {
  const lines: [string, string][] = [
    ['feature', enabled ? 'on' : 'off'],
    ['variant', variant ?? '(the caller’s default)'],
    ['value', value === undefined ? '' : JSON.stringify(value)],
    ['decided by', `${decidedBy} (${reason})`],
    ['experiment', inExperiment ? 'yes' : 'no'],
    ['flag', `${flagId} at ${stage}, version ${version}`],
  ];
  return lines.map(([name, text]) => `${name.padEnd(11)} ${text}`).join('\n');
};

export async function evaluateOne(context: Context, id: string, asked: FlagContext, output: Said): Promise<void> {
  const flag = await inStore(context, (flags) => flags.get(id));
  const answer = flag === null ? unknownFlag(id) : evaluateFlag(compileFlag(flag, context.now), asked);
  say(context, output, answerText(answer), answer);
}

const changedFields = ({ before, after }: FlagChange): string => {
  if (before === null || after === null) return '';
  const texts = (key: string): string[] => [before, after].map((flag) => JSON.stringify(flag[key as keyof typeof flag]));
  return fieldNames.filter((key) => texts(key)[0] !== texts(key)[1]).join(', ');
};

const changeRow = (change: FlagChange): Row => ({
  version: change.version,
  at: minute(change.occurredAt),
  by: change.by,
  what: change.kind === 'stage_changed' ? `${change.before?.stage} → ${change.after?.stage}` : change.kind.replace('_', ' '),
  fields: changedFields(change),
  reason: change.reason,
  evidence: change.evidence === null ? '' : JSON.stringify(change.evidence),
});

export async function showHistory(context: Context, id: string, output: Format): Promise<void> {
  const changes = await inStore(context, (flags) => flags.history(id));
  if (changes.length === 0) throw new ImpactError('not_found', `there never was a flag ${id}`);
  sayRows(context, output === 'json' ? changes : changes.map(changeRow), output);
}
