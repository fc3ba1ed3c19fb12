/** Files of flags: ours (`flags` is a list) and flagd's (`flags` is an object by key). All of a file is valid, or nothing of it is taken. */
import type { Problem } from '../errors.ts';
import type { FlagDefinition } from './flag.ts';
import { sayInto } from './flag-fields.ts';
import { type BadReference, flagOfFlagd, hasState, isFlagd } from './flagd.ts';
import { isPlainObject } from './json.ts';
import { parseDefinition } from './parse.ts';

export type ParsedFile = { ok: true; definitions: FlagDefinition[] } | { ok: false; problems: Problem[] };

/** The names that the product's guide gives these fields. */
const guideNames: Readonly<Record<string, string>> = {
  feature_id: 'id',
  rollout_stage: 'stage',
  roi_target: 'roiTargetUsd',
  error_rate_threshold: 'errorRateThresholdPercent',
  latency_threshold_ms: 'latencyThresholdMs',
  metric_drop_threshold: 'metricDropThresholdPercent',
  tenant_whitelist: 'tenantWhitelist',
  tenant_blacklist: 'tenantBlacklist',
};

const renamed = (flag: unknown): unknown =>
  isPlainObject(flag) ? Object.fromEntries(Object.entries(flag).map(([key, value]) => [guideNames[key] ?? key, value])) : flag;

/** `stateless`: a flag of flagd whose state is none of flagd's. */
type Read = { at: string; document: unknown; bad: BadReference[]; stateless?: unknown };

function readFlagd(document: Readonly<Record<string, unknown>>): Read[] {
  return Object.entries(document['flags'] as object).map(([key, flag]: [string, unknown]) => {
    const bad: BadReference[] = [];
    const read = isPlainObject(flag) ? flagOfFlagd(key, flag, document, bad) : flag;
    const fault = isPlainObject(flag) && !hasState(flag) ? { stateless: flag['state'] ?? null } : {};
    return { at: `flags.${key}`, document: read, bad, ...fault };
  });
}

function parseOne({ at, document, bad, stateless }: Read, problems: Problem[]): FlagDefinition[] {
  const say = sayInto(problems);
  if (stateless !== undefined) say(`${at}.state`, stateless, 'ENABLED or DISABLED');
  for (const { name, reason } of bad)
    say(`${at}.targeting.$ref`, name, reason === 'unknown' ? 'a rule under $evaluators' : 'a rule that does not contain itself');
  const parsed = parseDefinition(document);
  if (parsed.ok) return [parsed.definition];
  problems.push(...parsed.problems.map((problem) => ({ ...problem, field: problem.field === '' ? at : `${at}.${problem.field}` })));
  return [];
}

/**
 * @param document a file as it came from JSON or YAML
 * @returns its flags, or every fault of every flag, fields named `flags[2].stage`
 */
export function parseFlagFile(document: unknown): ParsedFile {
  const problems: Problem[] = [];
  const say = sayInto(problems);
  const list = isPlainObject(document) ? document['flags'] : undefined;
  const reads = isFlagd(document)
    ? readFlagd(document)
    : Array.isArray(list)
      ? list.map((flag: unknown, i) => ({ at: `flags[${i}]`, document: renamed(flag), bad: [] }))
      : null;
  if (reads === null) say('flags', list, 'a list of flags, or flagd’s object of flags by key');
  const definitions = (reads ?? []).flatMap((read) => parseOne(read, problems));
  definitions.forEach(({ id }, i) => {
    if (definitions.findIndex((one) => one.id === id) !== i) say(`flags[${i}].id`, id, 'an id that no other flag of the file has');
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, definitions };
}
