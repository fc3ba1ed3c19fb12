/** A process that runs the record stage alone, for tests that kill it. Its environment is its configuration. */
import { flushCompileCache } from 'node:module';
import { loadConfig } from '../../src/config.ts';
import { openAdapters } from '../../src/main/adapters.ts';
import { startRecordStage } from './record-stage.ts';

await startRecordStage(openAdapters(loadConfig(process.env)));
// A process that is killed writes nothing down as it ends.
flushCompileCache();
