/** A rule as the form holds it, all text, and as the API takes it. */
import type { RuleFields } from './limit.ts';

export const textFields = [
  'id',
  'title',
  'metric',
  'statistic',
  'scope',
  'tenant',
  'feature',
  'window',
  'comparison',
  'for',
  'noData',
  'runbook',
] as const;
export const numberFields = ['warning', 'critical', 'success', 'minSample', 'resolveMargin'] as const;
export type FieldName = (typeof textFields)[number] | (typeof numberFields)[number];
export type RuleDraft = Record<FieldName, string> & { enabled: boolean };

const fallbacks: Partial<Record<FieldName, string>> = {
  statistic: 'mean',
  scope: 'platform',
  window: '5m',
  comparison: 'above',
  for: '0s',
  noData: '1h',
  minSample: '1',
  resolveMargin: '0',
};

export function draftOf(rule: RuleFields): RuleDraft {
  const entries = [...textFields, ...numberFields].map((name) => [name, String(rule[name] ?? fallbacks[name] ?? '')]);
  return { ...(Object.fromEntries(entries) as Record<FieldName, string>), enabled: rule['enabled'] !== false };
}

/** Empty fields are left out: the API gives them their defaults, or says that they are missing. */
export function documentOf(draft: RuleDraft): RuleFields {
  const texts = textFields.filter((name) => draft[name].trim() !== '').map((name) => [name, draft[name].trim()]);
  const numbers = numberFields.filter((name) => draft[name].trim() !== '').map((name) => [name, Number(draft[name])]);
  return Object.fromEntries([...texts, ...numbers, ['enabled', draft.enabled]]);
}
