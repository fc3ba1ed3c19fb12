/** The schema registry: schemas registered at start, encoders and decoders with everything cached that can be. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { ImpactError } from '../domain/errors.ts';
import { type SchemaName, schemaNames, subjectOf } from '../domain/schema.ts';
import type { Decoder, Registry } from '../runtime/codec.ts';
import type { Log } from '../runtime/log.ts';
import { avroType, encoderOf, ownSchemaText } from './registry/avro.ts';
import { createDecoder } from './registry/decoder.ts';
import { type Ask, createRequests, type RegistryConfig, type Requests } from './registry/requests.ts';
import { createWriterSchemas } from './registry/writers.ts';

export type { Registry } from '../runtime/codec.ts';

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5000;

/** Keeps what `make` yields for each name, but no failure: the next call tries again. */
function remembered<T>(make: (name: SchemaName) => Promise<T>): (name: SchemaName) => Promise<T> {
  const kept = new Map<SchemaName, Promise<T>>();
  return (name) => {
    const existing = kept.get(name);
    if (existing) return existing;
    const made = make(name);
    kept.set(name, made);
    made.catch(() => kept.delete(name));
    return made;
  };
}

/** Registered first and restricted afterwards: some registries have no configuration for a subject that does not exist yet. */
async function registerOne(requests: Requests, subject: string, text: string): Promise<number> {
  const id = await requests.register(subject, text);
  await requests.requireBackward(subject);
  return id;
}

async function waitingOut<T>(work: () => Promise<T>, log: Log, signal?: AbortSignal): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ImpactError && error.code === 'unavailable')) throw error;
      log.warn({ error: error.message, cause: String(error.cause ?? ''), waitMs }, 'the schema registry is not reachable, trying again');
      await sleep(waitMs, undefined, signal ? { signal } : {});
    }
  }
}

/**
 * @param now milliseconds since 1970; decides when an unknown schema id is asked for again
 * @param ask sends the requests; `main.ts` gives one that trusts the authority of SCHEMA_REGISTRY_CA_FILE
 * @returns a registry, and how many subjects it has, for whoever wants to know whether it is there
 */
export function createRegistry(
  config: RegistryConfig & Pick<Config, 'namespace'>,
  log: Log,
  now: () => number = Date.now,
  ask: Ask = fetch,
): Registry & Pick<Requests, 'subjects'> {
  const requests = createRequests(config, ask);
  const writers = createWriterSchemas(requests, now);
  const decoders = new Map<SchemaName, Decoder>();
  const schemaId = remembered((name) => registerOne(requests, subjectOf(config.namespace, name), ownSchemaText(name)));
  return {
    async registerAll(signal) {
      // One after the other, so that a fresh registry gives the same ids every time.
      for (const name of schemaNames) await waitingOut(() => schemaId(name), log, signal);
    },
    encoder: remembered(async (name) => encoderOf(avroType(ownSchemaText(name)), await schemaId(name))),
    decoder(name) {
      const decoder = decoders.get(name) ?? createDecoder(ownSchemaText(name), writers);
      decoders.set(name, decoder);
      return decoder;
    },
    subjects: requests.subjects,
  };
}
