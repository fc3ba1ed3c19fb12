/** How a tracked event gets its variant and to its topic: straight, or through the API. */
import { ImpactError } from '../domain/errors.ts';
import type { FeatureEvent } from '../domain/event.ts';
import { compileFlag } from '../domain/flags/compile.ts';
import { drawnVariant, isExperiment } from '../domain/flags/variant.ts';
import type { Track } from '../domain/track.ts';
import type { Context } from './context.ts';
import { createSender } from './send.ts';
import { type System, withSystem } from './system.ts';

const TIMEOUT_MS = 15_000;

/** The variant that the event's unit has been given, by this flag or by those of the event's feature. */
async function variantOf({ flags }: System, event: FeatureEvent, flagId: string | undefined, now: () => number): Promise<string | null> {
  const { flags: all } = await flags.list();
  const wanted = all.filter((flag) => (flagId === undefined ? flag.featureId === event.featureId : flag.id === flagId));
  if (flagId !== undefined && wanted.length === 0) throw new ImpactError('not_found', `there is no flag ${flagId}; nothing was sent`);
  for (const flag of wanted.filter(isExperiment)) {
    const variant = drawnVariant(compileFlag(flag, now), event);
    if (variant !== null) return variant;
  }
  return null;
}

/** An event without a variant is worth more than none; a flag that was named is meant. */
async function withVariant(context: Context, system: System, event: FeatureEvent, flagId: string | undefined): Promise<FeatureEvent> {
  if (event.variant !== null) return event;
  try {
    return { ...event, variant: await variantOf(system, event, flagId, context.now) };
  } catch (error) {
    if (flagId !== undefined) throw error;
    context.err(`The flags do not answer, so the event names no variant: ${(error as Error).message}\n`);
    return event;
  }
}

/** @param flagId the flag that gave the unit its variant; undefined: any of the feature's */
export async function toKafka(context: Context, event: FeatureEvent, flagId: string | undefined): Promise<FeatureEvent> {
  return withSystem(context, async (system) => {
    const sent = await withVariant(context, system, event, flagId);
    await (await createSender(system)).send([sent]);
    return sent;
  });
}

/** The event's fields as the route of its track takes them: the API finds the variant. */
function bodyOf(track: Track, event: FeatureEvent): Record<string, unknown> {
  const fields = event as unknown as Record<string, unknown>;
  const given = track.fields
    .map(({ field }) => [field, fields[field]] as const)
    .filter(([, value]) => value !== null && value !== undefined);
  return { ...Object.fromEntries(given), occurredAt: new Date(event.occurredAt).toISOString() };
}

/** @throws ImpactError `unavailable` without an answer, `unprocessable` for a refusal; the id in it makes a repetition count once */
export async function toApi(context: Context, url: string, track: Track, event: FeatureEvent): Promise<void> {
  const target = new URL(`/api/v1/track/${track.name}`, url);
  const headers = { authorization: `Bearer ${context.env['IMPACT_TOKEN'] ?? ''}`, 'content-type': 'application/json' };
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const body = JSON.stringify(bodyOf(track, event));
  const response = await fetch(target, { method: 'POST', headers, body, signal }).catch((cause: unknown) => {
    throw new ImpactError('unavailable', `no answer from ${target.origin} about event ${event.eventId}`, { cause });
  });
  const said = (await response.json().catch(() => null)) as { detail?: string } | null;
  if (response.ok) return;
  throw new ImpactError(
    response.status >= 500 ? 'unavailable' : 'unprocessable',
    `${target.origin} answered ${response.status}: ${said?.detail ?? response.statusText}`,
  );
}
