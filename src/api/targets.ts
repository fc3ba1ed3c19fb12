/** /api/v1/targets: what figures are to reach; set for a day and from then on, every change kept. */
import { type Static, Type } from 'typebox';
import { ImpactError } from '../domain/errors.ts';
import { type SetTarget, type TargetInForce, targetProblems, targetsOn } from '../domain/target-choice.ts';
import { type TargetMetric, targetMetricNames, targetMetrics } from '../domain/target-metrics.ts';
import { dayAt, isDay } from '../domain/zone.ts';
import type { Scope } from '../query/scope.ts';
import { readTargets, setTarget, type TargetVersion, targetVersions } from '../query/targets.ts';
import { callerOf, requestScope } from './auth.ts';
import type { ApiDeps, App } from './deps.ts';
import { answers, Day, FeatureId, instant, nullable, numberOrNull, TenantId } from './schemas.ts';
import { refuse } from './when.ts';

const tags = ['targets'];
const exact = { additionalProperties: false } as const;
const Metric = Type.Enum(targetMetricNames, { examples: ['roi_percent'] });
const params = Type.Object({ metric: Metric });
const line = nullable(Type.Number());

const Version = Type.Object({
  tenant: nullable(Type.String()),
  feature: nullable(Type.String()),
  effectiveFrom: Type.String(),
  version: Type.Integer(),
  target: nullable(Type.Number({ description: 'null: withdrawn' })),
  warning: line,
  critical: line,
  setBy: Type.String(),
  setAt: instant(),
  reason: Type.String(),
});
const InForce = Type.Object({
  metric: Metric,
  title: Type.String(),
  unit: Type.String(),
  better: Type.Enum(['higher', 'lower'] as const),
  target: Type.Number(),
  excellent: nullable(Type.Number({ description: 'Beyond the target; only defaults have it' })),
  warning: line,
  critical: line,
  source: Type.Enum(['default', 'set'] as const, { description: 'default: the product’s table, or TARGET_…' }),
  effectiveFrom: nullable(Type.String()),
  version: nullable(Type.Integer()),
});

const versionText = (one: TargetVersion): Static<typeof Version> => ({
  tenant: one.tenantId || null,
  feature: one.featureId || null,
  effectiveFrom: one.effectiveFrom,
  version: one.version,
  target: one.target,
  warning: one.warning,
  critical: one.critical,
  setBy: one.setBy,
  setAt: one.setAt.toISOString(),
  reason: one.reason,
});

function inForceText(found: TargetInForce): Static<typeof InForce> {
  const { set, ...values } = found;
  const source = set === null ? ('default' as const) : ('set' as const);
  return { ...targetMetrics[values.metric], ...values, source, effectiveFrom: set?.effectiveFrom ?? null, version: set?.version ?? null };
}

/** Any day from 2000 on; targets may begin in the future. */
function dayOf(text: string | undefined, field: string, today: string): string {
  const day = text ?? today;
  if (isDay(day) && day >= '2000-01-01' && day < '2100-01-01') return day;
  return refuse('there is no such day', { field, value: day, expected: `a day such as ${today}` });
}

const querystring = Type.Object(
  {
    date: Type.Optional({ ...Day, description: 'In force on this day; default: today' }),
    tenant: Type.Optional(TenantId),
    feature: Type.Optional(FeatureId),
  },
  exact,
);

function addReading(app: App, deps: ApiDeps): void {
  const today = (): string => dayAt(deps.config.timeZone, deps.now());
  app.get(
    '/api/v1/targets',
    {
      schema: {
        tags,
        summary: 'Targets in force on a day',
        description: 'The tenant’s own goes before the feature’s, and both before everyone’s; the latest that has begun counts.',
        querystring,
        response: answers(Type.Object({ date: Type.String(), targets: Type.Array(InForce) })),
      },
    },
    async (request) => {
      const { date, tenant, feature = '' } = request.query;
      const scope = requestScope(request, tenant);
      const day = dayOf(date, 'date', today());
      const found = targetsOn(await readTargets(deps.postgres, scope, deps.config), { day, featureId: feature });
      return { date: day, targets: found.map(inForceText) };
    },
  );

  app.get(
    '/api/v1/targets/:metric/history',
    {
      schema: {
        tags,
        summary: 'Who set a target, when, why and from which day on',
        params,
        response: answers(Type.Object({ versions: Type.Array(Version) })),
      },
    },
    async (request) => ({
      versions: (await targetVersions(deps.postgres, requestScope(request), request.params.metric)).map(versionText),
    }),
  );
}

const body = Type.Object(
  {
    target: numberOrNull('null withdraws what was set for this day'),
    warning: Type.Optional(numberOrNull()),
    critical: Type.Optional(numberOrNull()),
    tenant: Type.Optional(TenantId),
    feature: Type.Optional(FeatureId),
    effectiveFrom: Type.Optional({ ...Day, description: 'Default: today' }),
    reason: Type.String({ pattern: '^[^\\u0000-\\u001f]{1,500}$', examples: ['agreed for the second quarter'] }),
  },
  {
    ...exact,
    examples: [{ target: 800, warning: 600, critical: 300, effectiveFrom: '2026-04-01', reason: 'agreed for the second quarter' }],
  },
);

/** A token of one tenant sets its own; everyone's are for tokens without a tenant. */
function ownTenant(scope: Scope, tenant: string | undefined): string {
  return scope.tenantId ?? tenant ?? '';
}

function wantedOf(metric: TargetMetric, given: Static<typeof body>, scope: Scope, today: string): Omit<SetTarget, 'version'> {
  const { target, warning = null, critical = null, tenant, feature = '', effectiveFrom } = given;
  const problems = targetProblems(metric, { target, warning, critical });
  if (problems.length > 0) throw new ImpactError('unprocessable', 'the lines contradict each other', { problems });
  return {
    metric,
    tenantId: ownTenant(scope, tenant),
    featureId: feature,
    effectiveFrom: dayOf(effectiveFrom, 'effectiveFrom', today),
    target,
    warning,
    critical,
  };
}

export function addTargetRoutes(app: App, deps: ApiDeps): void {
  addReading(app, deps);
  app.put(
    '/api/v1/targets/:metric',
    {
      config: { role: 'operator', idempotent: true },
      schema: { tags, summary: 'Set a target from a day on, or withdraw it', params, body, response: answers(Version) },
    },
    async (request) => {
      const scope = requestScope(request, request.body.tenant);
      const wanted = wantedOf(request.params.metric, request.body, scope, dayAt(deps.config.timeZone, deps.now()));
      return versionText(await setTarget(deps.postgres, wanted, { by: callerOf(request).name, reason: request.body.reason }));
    },
  );
}
