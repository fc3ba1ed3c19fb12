/** A process that runs the record stage alone, for tests that kill it. Its environment is its configuration. */
import { loadConfig } from '../../src/config.ts';
import { openAdapters } from '../../src/main-adapters.ts';
import { startRecordStage } from './record-stage.ts';

await startRecordStage(openAdapters(loadConfig(process.env)));
