/** What the rule routes have in common: how a rule is shown, who may see it, who may change it. */
import type { FastifyReply } from 'fastify';
import { type Static, Type } from 'typebox';
import { ImpactError } from '../domain/errors.ts';
import { parseRule, type Rule, ruleDocument } from '../domain/rule.ts';
import { type WindowChoice, windowLengths } from '../domain/window-choice.ts';
import { getRule, type RuleVersion, type StoredRule } from '../query/rules.ts';
import type { Scope } from '../query/scope.ts';
import type { ApiDeps } from './deps.ts';
import { instant, nullable } from './schemas.ts';

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

/** @throws ImpactError `not_found` also for a rule that is there and not for this scope to see */
export async function visibleRule(deps: ApiDeps, scope: Scope, id: string): Promise<StoredRule> {
  const stored = await getRule(deps.postgres, id);
  if (stored === null || !visible(scope, stored.rule.tenant)) throw new ImpactError('not_found', `there is no rule ${id}`);
  return stored;
}

/** The rule, its version as its ETag. */
export function answerStored(reply: FastifyReply, stored: StoredRule): Static<typeof Stored> {
  reply.header('etag', `"${stored.rule.version}"`);
  return storedText(stored);
}
