/**
 * A whole ClickHouse server in this process: calls the entry point of chdb's library, which blocks until told to stop.
 * Arguments: data folder, configuration file, HTTP port, and `tcp` when the native port should listen too.
 */
import { libchdbPath } from 'chdb/libchdb';
import { DataType, load, open } from 'ffi-rs';

const [dataDir, configFile, httpPort, tcp] = process.argv.slice(2);
const marker = `stack-wait-${process.pid}`;
// The listeners live as long as the query that follows them; this one ends only when killed.
const wait = `SELECT sleepEachRow(1) FROM system.numbers FORMAT Null SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0, log_comment = '${marker}'`;
const statements = ['SYSTEM START LISTEN HTTP', ...(tcp === 'tcp' ? ['SYSTEM START LISTEN TCP'] : []), wait];
const args = ['clickhouse', '--log-level=warning', `--path=${dataDir}`, `--config-file=${configFile}`, `--query=${statements.join('; ')}`];

process.on('SIGTERM', () => void shutDown());

open({ library: 'chdb', path: libchdbPath() });
// A thread of its own keeps this one free for the signal.
await load({
  library: 'chdb',
  funcName: 'query_stable_v2',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [args.length, args],
  runInNewThread: true,
});

/** Ends the waiting query, upon which the server closes its tables. What it acknowledged is on disk in any case. */
async function shutDown(): Promise<void> {
  // Clients that keep connections alive would hold the server up: do not wait for them.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 3_000).unref();
  const body = `KILL QUERY WHERE Settings['log_comment'] = '${marker}' ASYNC`;
  await fetch(`http://127.0.0.1:${httpPort}/`, { method: 'POST', body, headers: { connection: 'close' } }).catch(() => {});
}
