/** What the flag routes have in common: how a flag is shown and to whom, who may change it, from which version. */
import type { FastifyReply } from 'fastify';
import { type Static, Type } from 'typebox';
import { ImpactError } from '../../domain/errors.ts';
import { rolloutStages } from '../../domain/fields.ts';
import { changeKinds, type FlagChange } from '../../domain/flags/change.ts';
import { deciders } from '../../domain/flags/evaluation.ts';
import { type Flag, type FlagDocument, flagDocument, units } from '../../domain/flags/flag.ts';
import { flagForTenant } from '../../domain/flags/visible.ts';
import { type Scope, seesEveryTenant } from '../../query/scope.ts';
import type { ApiDeps } from '../deps.ts';
import { expectedVersion } from '../rule-answer.ts';
import { instant, nullable } from '../schemas.ts';

const ids = (description: string) => Type.Array(Type.String(), { description });
const tenantsHint = 'For the token of a tenant: its own entry only';

export const FlagId = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$', examples: ['realtime_intelligence'] });
export const Stage = Type.Enum(rolloutStages);
const Metadata = Type.Unsafe<FlagDocument['metadata']>({ type: 'object', additionalProperties: true });
const Variant = Type.Object({ name: Type.String(), value: Type.Unknown(), weight: Type.Number() });
const AnyObject = Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true });

/** A flag in answers. */
export const Stored = Type.Object({
  id: FlagId,
  name: Type.String(),
  description: Type.String(),
  owner: Type.String(),
  featureId: Type.String(),
  stage: Stage,
  roiTargetUsd: nullable(Type.Number({ description: 'US dollars a year' })),
  errorRateThresholdPercent: Type.Number(),
  latencyThresholdMs: Type.Number(),
  metricDropThresholdPercent: Type.Number(),
  tenantWhitelist: ids(tenantsHint),
  tenantBlacklist: ids(tenantsHint),
  userWhitelist: Type.Optional(ids('Not for the token of a tenant')),
  variants: Type.Array(Variant),
  defaultVariant: nullable(Type.String()),
  gaVariant: nullable(Type.String()),
  unit: Type.Enum(units),
  seed: Type.String(),
  targeting: Type.Optional(
    nullable(Type.Unsafe<Record<string, unknown>>({ ...AnyObject, description: 'JSONLogic. Not for the token of a tenant' })),
  ),
  metadata: Metadata,
  version: Type.Integer(),
  archived: Type.Boolean(),
  createdAt: instant(),
  updatedAt: instant(),
});

/** A flag in requests. Checked by `parseDefinition`, which knows more than a schema can say and answers with every fault at once. */
export const Document = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  additionalProperties: true,
  description: 'Fields of a flag; what is left out gets its default',
  examples: [
    {
      id: 'my_feature',
      name: 'My feature',
      stage: 'disabled',
      roiTargetUsd: 50_000,
      latencyThresholdMs: 500,
      tenantWhitelist: ['tenant_123'],
    },
  ],
});

export const Change = Type.Object({
  id: Type.String({ format: 'uuid' }),
  version: Type.Integer(),
  kind: Type.Enum(changeKinds),
  by: Type.String(),
  reason: Type.String(),
  evidence: Type.Unknown(),
  occurredAt: instant(),
  before: nullable(AnyObject),
  after: nullable(AnyObject),
});

/** The answer to a question; `src/domain/flags/evaluation.ts` explains each field. */
export const Answer = Type.Object({
  flagId: Type.String(),
  featureId: Type.String(),
  variant: nullable(Type.String()),
  value: Type.Optional(Type.Unknown()),
  enabled: Type.Boolean(),
  reason: Type.String(),
  decidedBy: Type.Enum(deciders),
  errorCode: nullable(Type.String()),
  stage: Stage,
  inExperiment: Type.Boolean(),
  version: Type.Integer(),
  metadata: Metadata,
});

export type StoredFlag = Static<typeof Stored>;
export type FlagChangeAnswer = Static<typeof Change>;
export type EvaluationAnswer = Static<typeof Answer>;

/** The flag as this scope may see it. */
export function shownTo(scope: Scope, flag: Flag): StoredFlag {
  const document = flagDocument(flag);
  return (scope.tenantId === null ? document : flagForTenant(document, scope.tenantId)) as unknown as StoredFlag;
}

/** The flag, its version as its ETag. */
export function answerFlag(reply: FastifyReply, scope: Scope, flag: Flag): StoredFlag {
  reply.header('etag', `"${flag.version}"`);
  return shownTo(scope, flag);
}

export const shownChange = ({ occurredAt, flagId: _, featureId: _1, ...change }: FlagChange): Static<typeof Change> =>
  ({ ...change, occurredAt: new Date(occurredAt).toISOString() }) as unknown as Static<typeof Change>;

/** A flag is everybody's: a token of one tenant neither changes it nor learns who else is on its lists. @throws ImpactError `forbidden` */
export function requireEveryTenant(scope: Scope, what: string): void {
  if (!seesEveryTenant(scope)) throw new ImpactError('forbidden', `${what} concerns every tenant; this token belongs to one`);
}

/** The version that a change is based on; null for `*`, whatever it is. */
export const basedOn = (header: string | undefined): number | null => (header === '*' ? null : expectedVersion(header));

/** Every flag: from Redis, or while it is away, from this process's own copy. */
export async function knownFlags({
  flags,
  flagReader,
}: Pick<ApiDeps, 'flags' | 'flagReader'>): Promise<{ flags: readonly Flag[]; stale: boolean }> {
  try {
    return { flags: (await flags.list()).flags, stale: false };
  } catch (error) {
    const away = error instanceof ImpactError && error.code === 'unavailable';
    if (!away || flagReader.state().revision === null) throw error;
    return { flags: flagReader.flags(), stale: true };
  }
}
