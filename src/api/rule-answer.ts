/** What the rule routes have in common: how a rule is shown, who may see it, who may change it. */
import type { FastifyReply } from 'fastify';
import { type Static, Type } from 'typebox';
import { ImpactError } from '../domain/errors.ts';
import { parseRule, type Rule, ruleDocument } from '../domain/rule.ts';
import { type WindowChoice, windowLengths } from '../domain/window-choice.ts';
import { type RuleVersion, rulesOfId, type StoredRule } from '../query/rules.ts';
import type { Scope } from '../query/scope.ts';
import type { ApiDeps } from './deps.ts';
import { instant, nullable } from './schemas.ts';
import { refuse } from './when.ts';

const example = {
  id: 'websocket-latency-acme',
  title: 'WebSocket latency of acme',
  metric: 'websocket_latency_ms',
  scope: 'tenant',
  tenant: 'acme',
  window: '1m',
  comparison: 'above',
  warning: 100,
  critical: 200,
  for: '1m',
  minSample: 20,
};
/** Checked by `parseRule`, which knows more than a schema can say and answers with every fault at once. */
export const Document = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  additionalProperties: true,
  description: 'A rule as in infra/alerts/rules.yaml',
  examples: [example],
});
export const Stored = Type.Object({ rule: Document, version: Type.Integer(), updatedBy: Type.String(), updatedAt: instant() });
export const Version = Type.Object({
  version: Type.Integer(),
  rule: nullable(Document),
  changedBy: Type.String(),
  changedAt: instant(),
  reason: Type.String(),
});

export type StoredRuleAnswer = Static<typeof Stored>;

export const storedText = ({ rule, updatedBy, updatedAt }: StoredRule): Static<typeof Stored> => ({
  rule: ruleDocument(rule),
  version: rule.version,
  updatedBy,
  updatedAt: updatedAt.toISOString(),
});

export const versionText = ({ version, definition, changedBy, changedAt, reason }: RuleVersion): Static<typeof Version> => ({
  version,
  rule: definition,
  changedBy,
  changedAt: changedAt.toISOString(),
  reason,
});

/** Rules about everyone are everyone's to read; a rule that names a tenant is that tenant's. */
export const visible = (scope: Scope, tenant: string | null | undefined): boolean =>
  scope.tenantId === null || (tenant ?? null) === null || tenant === scope.tenantId;

/** A token of one tenant may change that tenant's rules only: all others would alert, or silence, everyone. */
export function requireOwn(scope: Scope, { tenant }: Pick<Rule, 'tenant'>): void {
  if (scope.tenantId === null || tenant === scope.tenantId) return;
  throw new ImpactError('forbidden', 'this token may only change rules of its own tenant', {
    problems: [{ field: 'tenant', value: tenant ?? '', expected: scope.tenantId }],
  });
}

/** A rule of another tenant is another rule, with a history of its own. @throws ImpactError `bad_request` */
export function keepsTenant(changed: Pick<Rule, 'tenant'>, { tenant }: Pick<Rule, 'tenant'>): void {
  if (changed.tenant === tenant) return;
  refuse('a rule keeps its tenant', { field: 'tenant', value: changed.tenant ?? '(none)', expected: tenant ?? '(none)' });
}

/** @throws ImpactError `unprocessable` with every fault, among them a window that this installation does not compute: the rule would never speak */
export function ruleOf(document: unknown, windows: WindowChoice): Rule {
  const parsed = parseRule(document, windowLengths(windows));
  if (!parsed.ok) throw new ImpactError('unprocessable', 'the rule is not valid', { problems: parsed.problems });
  return parsed.rule;
}

/** The version that the caller has seen. Without it two people would overwrite each other. */
export function expectedVersion(header: string | undefined): number {
  const version = /^(?:W\/)?"(\d{1,9})"$/.exec(header ?? '')?.[1];
  if (version !== undefined) return Number(version);
  throw new ImpactError('precondition_failed', 'send the version that you have seen', {
    problems: [{ field: 'If-Match', value: header ?? '(missing)', expected: 'the ETag of GET, for example "3"' }],
  });
}

/**
 * Whose rule of an id is meant: for a tenant its own, and if it has none, everyone's; for all others everyone's, or the one there is.
 * @param tenants whose rules have the id; null: everyone's
 * @throws ImpactError `not_found` also for a rule that is there and not for this scope to see
 */
export function meantTenant(scope: Scope, id: string, tenants: Iterable<string | null>): string | null {
  const seen = [...new Set(tenants)].filter((tenant) => visible(scope, tenant));
  const [first] = seen;
  if (first === undefined) throw new ImpactError('not_found', `there is no rule ${id}`);
  if (scope.tenantId !== null) return seen.includes(scope.tenantId) ? scope.tenantId : null;
  if (seen.includes(null) || seen.length === 1) return seen.includes(null) ? null : first;
  return refuse('several tenants have a rule of this id', { field: 'tenant', value: '', expected: 'the id of one of them' });
}

/** @throws ImpactError `not_found` also for a rule that is there and not for this scope to see */
export async function visibleRule(deps: ApiDeps, scope: Scope, id: string): Promise<StoredRule> {
  const found = await rulesOfId(deps.postgres, id);
  const meant = meantTenant(
    scope,
    id,
    found.map(({ rule }) => rule.tenant),
  );
  return found.find(({ rule }) => rule.tenant === meant) as StoredRule;
}

/** The rule, its version as its ETag. */
export function answerStored(reply: FastifyReply, stored: StoredRule): Static<typeof Stored> {
  reply.header('etag', `"${stored.rule.version}"`);
  return storedText(stored);
}
