/** What is on the event topics of a namespace, decoded and validated by our own door. */
import { createLogs } from '../../src/adapters/log.ts';
import { createRegistry } from '../../src/adapters/registry.ts';
import type { Config } from '../../src/config.ts';
import type { EventKind, FeatureEvent } from '../../src/domain/event.ts';
import { eventTopics } from '../../src/domain/topics.ts';
import { parseEvent } from '../../src/domain/validate.ts';
import { readTopic } from './topic.ts';

/**
 * The events on a kind's topic.
 * @throws Error naming the fault of the first record that our decoder or validation refuses
 */
export async function eventsOn(config: Config, kind: EventKind, now: number = Date.now()): Promise<FeatureEvent[]> {
  const decoder = createRegistry(config, createLogs(config)('registry')).decoder(kind);
  const values = (await readTopic(config, eventTopics[kind])).map(({ value }) => value);
  await decoder.prepare(values);
  return values.map((value) => {
    const decoded = decoder.decode(value);
    const parsed = decoded.ok ? parseEvent(kind, decoded.record, { now, maxFutureMs: config.maxFutureMs }) : decoded;
    if (!parsed.ok) throw new Error(`${parsed.fault.reason}: ${parsed.fault.message}`);
    return parsed.event;
  });
}
