/** A process that runs the stages it is told, for tests that kill it. Its environment is its configuration. */
import { flushCompileCache } from 'node:module';
import { loadConfig } from '../../src/config.ts';
import { openAdapters } from '../../src/main/adapters.ts';
import { type StatefulStageName, startStatefulStages } from './alerting-stages.ts';

const stages = startStatefulStages(openAdapters(loadConfig(process.env)), process.argv.slice(2) as StatefulStageName[]);
process.on('SIGTERM', async () => {
  for (const stage of await stages) await stage.stop();
  process.exit(0);
});
await stages;
// A process that is killed writes nothing down as it ends.
flushCompileCache();
process.send?.('started');
// The channel to the parent must not keep a stopped process alive.
process.channel?.unref();
