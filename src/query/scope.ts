/**
 * Whose rows a query may see. Every query builder takes a Scope first, and only `scopeOf` makes one, so a query that forgets
 * the tenant does not compile: this file is the one place where tenants are kept apart.
 */
import { ImpactError } from '../domain/errors.ts';

declare const made: unique symbol;
/** `tenantId` null: every tenant. */
export type Scope = { readonly tenantId: string | null; readonly [made]: true };

/** The scope of a token (or, with null, of a process of our own that serves every tenant). */
export function scopeOf(tenantId: string | null): Scope {
  return { tenantId } as Scope;
}

/**
 * The part of a scope that a request asks for.
 * @throws ImpactError `forbidden` when it asks for a tenant outside the scope
 */
export function narrow(scope: Scope, tenantId: string | undefined): Scope {
  if (tenantId === undefined || tenantId === scope.tenantId) return scope;
  if (scope.tenantId === null) return scopeOf(tenantId);
  throw new ImpactError('forbidden', 'this token belongs to another tenant', {
    problems: [{ field: 'tenant', value: tenantId, expected: `${scope.tenantId}, or none` }],
  });
}

/** Whether the scope covers what all tenants share. */
export function seesEveryTenant(scope: Scope): scope is Scope & { tenantId: null } {
  return scope.tenantId === null;
}

/** The condition that keeps a ClickHouse query inside the scope; `params` go with it. */
export function tenantCondition(scope: Scope, column = 'tenant'): { text: string; params: Record<string, string> } {
  return scope.tenantId === null
    ? { text: '1', params: {} }
    : { text: `${column} = {scopeTenant:String}`, params: { scopeTenant: scope.tenantId } };
}
