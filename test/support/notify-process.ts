/** A process that runs the notify stage alone, for tests that kill it. Its environment is its configuration. */
import { loadConfig } from '../../src/config.ts';
import { openAdapters } from '../../src/main-adapters.ts';
import { starts } from '../../src/main-stages.ts';

await starts.notify?.(openAdapters(loadConfig(process.env)));
