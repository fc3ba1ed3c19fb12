/** A program: a service with a copy of the flags. Writes the version and the moment (monotonic clock of the machine, ns) of each change that it sees. */
import { createFlagClient } from '../../src/client/flags.ts';
import { redisFlags } from '../../src/client/flags-redis.ts';

const [url = '', namespace = '', id = ''] = process.argv.slice(2);
const flags = createFlagClient({ source: redisFlags({ url, namespace }) });
flags.onChange(() => {
  const version = flags.get(id)?.version;
  if (version !== undefined) process.stdout.write(`${version} ${process.hrtime.bigint()}\n`);
});
await flags.ready();
process.stdout.write('ready\n');
