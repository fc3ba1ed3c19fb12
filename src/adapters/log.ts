/** The log: JSON lines by pino, readable on a terminal, a level for each module. */
import pino from 'pino';
import type { Config } from '../config.ts';
import type { Log } from '../runtime/log.ts';

type LogConfig = Pick<Config, 'logLevel' | 'logLevels' | 'logPretty'>;

function levelOf(config: LogConfig, module: string): string {
  const own = config.logLevels.map((pair) => pair.split('=')).find(([name]) => name === module);
  return own?.[1] ?? config.logLevel;
}

const pretty = (config: LogConfig): boolean =>
  config.logPretty === 'true' || (config.logPretty === 'auto' && process.stderr.isTTY === true);

function rootLogger(config: LogConfig): pino.Logger {
  const options: pino.LoggerOptions = { level: 'trace', base: { service: 'impactstream' }, timestamp: pino.stdTimeFunctions.isoTime };
  if (!pretty(config)) return pino(options, pino.destination({ dest: 2, sync: true }));
  return pino({ ...options, transport: { target: 'pino-pretty', options: { destination: 2, ignore: 'pid,hostname,service' } } });
}

/**
 * @returns a function that gives each module its log; lines go to standard error, so that a command's output stays clean
 */
export function createLogs(config: LogConfig): (module: string) => Log {
  const root = rootLogger(config);
  return (module) => {
    const child = root.child({ module }, { level: levelOf(config, module) });
    return {
      debug: (fields, message) => child.debug(fields, message),
      info: (fields, message) => child.info(fields, message),
      warn: (fields, message) => child.warn(fields, message),
      error: (fields, message) => child.error(fields, message),
    };
  };
}
