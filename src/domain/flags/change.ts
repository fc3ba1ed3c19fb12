/** One change of a flag: who, why, on what evidence, from what to what. Written to the audit and told on a topic. */
import type { Problem } from '../errors.ts';
import { type Flag, type FlagDefinition, type FlagDocument, flagDocument } from './flag.ts';
import { sayInto } from './flag-fields.ts';
import { type Json, sameJson } from './json.ts';
import { isPercentageStage } from './stage.ts';

export const changeKinds = ['created', 'updated', 'stage_changed', 'archived', 'unarchived', 'deleted'] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** Who changes a flag and why. `evidence`: the figures that led to it, for decisions of the machine. */
export type Author = { readonly by: string; readonly reason: string; readonly evidence?: Json };

/** `id` is the same wherever this change is told, and however often. `occurredAt` in milliseconds since 1970. */
export type FlagChange = {
  readonly id: string;
  readonly flagId: string;
  readonly featureId: string;
  readonly version: number;
  readonly kind: ChangeKind;
  readonly by: string;
  readonly reason: string;
  readonly evidence: Json;
  readonly occurredAt: number;
  readonly before: FlagDocument | null;
  readonly after: FlagDocument | null;
};

function changeKind(before: Flag | null, after: Flag | null): ChangeKind {
  if (before === null) return 'created';
  if (after === null) return 'deleted';
  if (before.archived !== after.archived) return after.archived ? 'archived' : 'unarchived';
  return before.stage === after.stage ? 'updated' : 'stage_changed';
}

/**
 * The record of a change that is about to be made.
 * @param id a new UUID
 * @param version the version that the flag has afterwards, deleted or not
 */
export function changeOf(
  id: string,
  { before, after }: { before: Flag | null; after: Flag | null },
  version: number,
  { by, reason, evidence = null }: Author,
  occurredAt: number,
): FlagChange {
  const flag = (after ?? before) as Flag;
  return {
    id,
    flagId: flag.id,
    featureId: flag.featureId,
    version,
    kind: changeKind(before, after),
    by,
    reason,
    evidence,
    occurredAt,
    before: before && flagDocument(before),
    after: after && flagDocument(after),
  };
}

/** The change as a record of `schemas/avro/flag-change.avsc`: what has no fixed form there is JSON text. */
export function changeRecord(change: FlagChange): Record<string, unknown> {
  const { id, before, after, evidence, ...rest } = change;
  const text = (value: Json | FlagDocument | null): string | null => (value === null ? null : JSON.stringify(value));
  return {
    ...rest,
    changeId: id,
    stageBefore: before?.stage ?? null,
    stageAfter: after?.stage ?? null,
    evidence: text(evidence),
    before: text(before),
    after: text(after),
  };
}

/** Whether there is nothing to change. */
export const sameDefinition = (a: FlagDefinition, b: FlagDefinition): boolean => sameJson(a as unknown as Json, b as unknown as Json);

const drawnBy = ({ seed, unit, variants, defaultVariant }: FlagDefinition): Record<string, Json> => ({
  seed,
  unit,
  variants: variants.map(({ name, weight }) => [name, weight]),
  defaultVariant,
});

/**
 * While a rollout is under way, nothing may change that would move units from one variant to another: what was measured until then would be
 * of a mixture. Go back to `internal` or `disabled` first.
 */
export function movedUnits(before: FlagDefinition, after: FlagDefinition): Problem[] {
  if (!isPercentageStage(before.stage) || !isPercentageStage(after.stage)) return [];
  const problems: Problem[] = [];
  const say = sayInto(problems);
  const [was, is] = [drawnBy(before), drawnBy(after)];
  for (const field of Object.keys(was))
    if (!sameJson(was[field] ?? null, is[field] ?? null))
      say(
        field,
        is[field],
        `${JSON.stringify(was[field])}, as before, while the stage is ${before.stage}: it decides who gets which variant`,
      );
  return problems;
}
