/** What a replay needs, on the real components. */
import { archiveFiles } from '../../src/adapters/archive-files.ts';
import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createReader } from '../../src/adapters/kafka/reader.ts';
import { createLogs } from '../../src/adapters/log.ts';
import { createPostgres, migratePostgres } from '../../src/adapters/postgres.ts';
import type { Failpoint } from '../../src/runtime/failpoint.ts';
import type { ReplayDeps } from '../../streams/replay.ts';
import type { World } from './store.ts';

export async function openReplay(world: World, failpoint: Failpoint = () => {}): Promise<ReplayDeps & { close(): Promise<void> }> {
  const { config, clickhouse, registry } = world;
  const logs = createLogs(config);
  const postgres = createPostgres(config);
  await migratePostgres(postgres, config);
  const readTopic = createReader(createKafka(config, logs('kafka')));
  return {
    config,
    log: logs('replay'),
    now: Date.now,
    failpoint,
    clickhouse,
    postgres,
    registry,
    readTopic,
    archives: archiveFiles,
    close: () => postgres.close(),
  };
}
