/** An alert rule: which measured value, over which window, for whom, is held against which limits. */
import { durationText, parseDuration } from './duration.ts';
import type { Problem } from './errors.ts';

/**
 * What is taken of a window. `percent` is 100 x the mean (of ones and zeros: a rate); `latest` is the last value of a signal;
 * `roi` is (value - cost) / cost x 100. Windows carry sums, not samples, so there are no quantiles here.
 */
export const statistics = ['mean', 'sum', 'count', 'min', 'max', 'percent', 'roi', 'latest'] as const;
export type Statistic = (typeof statistics)[number];

/** One alert for the whole platform, or one for each tenant, each feature, or each feature of each tenant. */
const scopes = ['platform', 'tenant', 'feature', 'tenant_feature'] as const;
export type RuleScope = (typeof scopes)[number];

/** Worse ones first. `success` is good news and stands alone in a rule. */
export const severities = ['critical', 'warning', 'success'] as const;
export type Severity = (typeof severities)[number];

const comparisons = ['above', 'below'] as const;
export type Comparison = (typeof comparisons)[number];

/** Limits are strict: `above 2` holds for 2.1, not for 2. */
export type Rule = {
  id: string;
  /** 1 when created, one more with each change; 0 before it is stored. */
  version: number;
  title: string;
  enabled: boolean;
  metric: string;
  statistic: Statistic;
  scope: RuleScope;
  /** Only this tenant or feature; null for all. */
  tenant: string | null;
  feature: string | null;
  windowMs: number;
  comparison: Comparison;
  levels: Partial<Record<Severity, number>>;
  /** How long the limit must be broken, window after window, before the alert fires. */
  forMs: number;
  /** A window with fewer observations says nothing. */
  minSample: number;
  /** How far back behind the limit the value must be to end the alert, in the metric's unit. */
  resolveMargin: number;
  /** Ends a firing alert when no window has said anything for this long. */
  noDataMs: number;
  runbook: string;
};

/** Tells a rule from all others: ids are unique among the rules of a tenant, and among those of everyone. */
export const ruleKey = ({ id, tenant }: Pick<Rule, 'id' | 'tenant'>): string =>
  tenant === null ? id : `${id}@${encodeURIComponent(tenant)}`;

/** A rule as people write it in YAML and JSON: durations are text. */
export type RuleDocument = Omit<Rule, 'version' | 'levels' | 'windowMs' | 'forMs' | 'noDataMs' | 'tenant' | 'feature'> & {
  window: string;
  for: string;
  noData: string;
  tenant?: string;
  feature?: string;
} & Partial<Record<Severity, number>>;

export type ParsedRule = { ok: true; rule: Rule } | { ok: false; problems: Problem[] };

/** How one field is read: `read` answers undefined when the value is wrong. */
type Field = { expected: string; fallback?: unknown; read: (value: unknown) => unknown };

const text = (pattern: RegExp, expected: string, fallback?: string): Field => ({
  expected,
  ...(fallback === undefined ? {} : { fallback }),
  read: (value) => (typeof value === 'string' && pattern.test(value) ? value : undefined),
});
const choice = (choices: readonly string[], fallback?: string): Field => ({
  expected: `one of ${choices.join(', ')}`,
  ...(fallback === undefined ? {} : { fallback }),
  read: (value) => (choices.includes(value as string) ? value : undefined),
});
const number = (minimum: number, maximum: number, whole: boolean, fallback: number | null): Field => ({
  expected: `a ${whole ? 'whole ' : ''}number from ${minimum} to ${maximum}`,
  fallback,
  read: (value) =>
    typeof value === 'number' && value >= minimum && value <= maximum && (!whole || Number.isInteger(value)) ? value : undefined,
});
const duration = (minimumMs: number, maximumMs: number, fallback?: string): Field => ({
  expected: `a duration from ${durationText(minimumMs)} to ${durationText(maximumMs)}, for example 5m`,
  ...(fallback === undefined ? {} : { fallback }),
  read: (value) => {
    const ms = typeof value === 'string' ? parseDuration(value) : null;
    return ms !== null && ms >= minimumMs && ms <= maximumMs ? ms : undefined;
  },
});
const optional = (field: Field): Field => ({ ...field, fallback: null });

const DAY_MS = 86_400_000;
const anyName = /^[a-z][a-z0-9_]{0,63}$/;
const LIMIT = 1e12;
const level = number(-LIMIT, LIMIT, false, null);

const fields: Record<keyof RuleDocument, Field> = {
  id: text(/^[a-z][a-z0-9-]{0,63}$/, 'lower case letters, digits and -, at most 64, a letter first'),
  title: text(/^[^\p{Cc}]{1,200}$/u, '1 to 200 characters on one line, none of them a control character'),
  enabled: { expected: 'true or false', fallback: true, read: (value) => (typeof value === 'boolean' ? value : undefined) },
  metric: text(anyName, 'a metric name: a-z, 0-9 and _, at most 64, a letter first'),
  statistic: choice(statistics, 'mean'),
  scope: choice(scopes, 'platform'),
  tenant: optional(text(/^[^\p{Cc}]{1,256}$/u, 'a tenant id of 1 to 256 characters')),
  feature: optional(text(anyName, 'a feature name: a-z, 0-9 and _, at most 64, a letter first')),
  window: duration(1000, 31 * DAY_MS),
  comparison: choice(comparisons),
  critical: level,
  warning: level,
  success: level,
  for: duration(0, 31 * DAY_MS, '0s'),
  minSample: number(1, LIMIT, true, 1),
  resolveMargin: number(0, LIMIT, false, 0),
  noData: duration(1000, 31 * DAY_MS, '1h'),
  runbook: text(/^(https?:\/\/[^\s\p{Cc}]{1,500}|[\w./-]{1,200}(#[\w-]{1,100})?)?$/u, 'a URL or a path, at most 500 characters', ''),
};

const shown = (value: unknown): string => (value === undefined ? '' : (JSON.stringify(value) ?? String(value)).slice(0, 200));

function readFields(document: Record<string, unknown>, problems: Problem[]): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, field]) => {
    const given = document[name];
    if (given === undefined || (given === null && field.fallback === null)) {
      if (field.fallback === undefined) problems.push({ field: name, value: '', expected: field.expected });
      if (field.fallback === undefined || field.fallback === null) return [name, field.fallback];
    }
    const value = field.read(given ?? field.fallback);
    if (value === undefined) problems.push({ field: name, value: shown(given), expected: field.expected });
    return [name, value];
  });
  return Object.fromEntries(entries);
}

function unknownFields(document: object): Problem[] {
  return Object.entries(document)
    .filter(([name]) => !(name in fields))
    .map(([name, value]) => ({ field: name, value: shown(value), expected: `no such field; there are ${Object.keys(fields).join(', ')}` }));
}

/** Faults between fields that are each valid by themselves. `windowsMs` are the window lengths that exist; empty: any. */
function contradictions(rule: Rule, windowsMs: readonly number[]): Problem[] {
  const { critical, warning, success } = rule.levels;
  const problems: Problem[] = [];
  const say = (field: string, value: unknown, expected: string) => problems.push({ field, value: shown(value), expected });
  if (Object.keys(rule.levels).length === 0) say('critical', undefined, 'at least one of critical, warning and success');
  if (success !== undefined && (critical !== undefined || warning !== undefined))
    say('success', success, 'alone, without critical and warning');
  if (critical !== undefined && warning !== undefined && (rule.comparison === 'above' ? critical < warning : critical > warning))
    say('critical', critical, `a limit at or beyond the warning limit, ${warning}`);
  if (windowsMs.length > 0 && !windowsMs.includes(rule.windowMs))
    say('window', durationText(rule.windowMs), `one of ${windowsMs.map(durationText).join(', ')}`);
  if ((rule.statistic === 'roi') !== (rule.metric === 'roi_percent'))
    say('statistic', rule.statistic, 'roi for the metric roi_percent, and only there');
  return problems;
}

function assemble(read: Record<string, unknown>): Rule {
  const { window, for: forMs, noData, critical, warning, success, ...rest } = read;
  const given = Object.entries({ critical, warning, success }).filter(([, value]) => value !== null);
  return { ...rest, version: 0, levels: Object.fromEntries(given), windowMs: window, forMs, noDataMs: noData } as Rule;
}

/**
 * @param document one rule as it came from JSON or YAML
 * @param windowsMs lengths of the windows that are computed; leave out where they are not known
 * @returns the rule with version 0, or everything that is wrong with it
 */
export function parseRule(document: unknown, windowsMs: readonly number[] = []): ParsedRule {
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    return { ok: false, problems: [{ field: '', value: shown(document), expected: 'an object' }] };
  const problems = unknownFields(document);
  const read = readFields(document as Record<string, unknown>, problems);
  if (problems.length > 0) return { ok: false, problems };
  const rule = assemble(read);
  const between = contradictions(rule, windowsMs);
  return between.length > 0 ? { ok: false, problems: between } : { ok: true, rule };
}

/** The rule as people write it; `parseRule` of it gives the rule back (version 0). */
export function ruleDocument(rule: Rule): RuleDocument {
  const { version: _, levels, windowMs, forMs, noDataMs, tenant, feature, ...rest } = rule;
  return {
    ...rest,
    ...(tenant === null ? {} : { tenant }),
    ...(feature === null ? {} : { feature }),
    window: durationText(windowMs),
    ...levels,
    for: durationText(forMs),
    noData: durationText(noDataMs),
  };
}

/**
 * A whole file of rules: `{ rules: [...] }`. Either all of it is valid or nothing is taken.
 * @returns the rules, or every fault of every rule, fields named `rules[2].window`
 */
export function parseRules(
  document: unknown,
  windowsMs: readonly number[] = [],
): { ok: true; rules: Rule[] } | { ok: false; problems: Problem[] } {
  const list = (document as { rules?: unknown } | null)?.rules;
  if (!Array.isArray(list)) return { ok: false, problems: [{ field: 'rules', value: shown(list), expected: 'a list of rules' }] };
  const parsed = list.map((one) => parseRule(one, windowsMs));
  const problems = parsed.flatMap((one, i) => (one.ok ? [] : one.problems.map((p) => ({ ...p, field: `rules[${i}].${p.field}` }))));
  const rules = parsed.flatMap((one) => (one.ok ? [one.rule] : []));
  const keys = rules.map(ruleKey);
  keys.forEach((key, i) => {
    if (keys.indexOf(key) !== i)
      problems.push({ field: `rules[${i}].id`, value: key, expected: 'an id that no other rule of the file has' });
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, rules };
}
