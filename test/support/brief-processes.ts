/** Processes that tests start live for seconds or minutes, and are often killed: what they start with must be cheap. */
import { join } from 'node:path';

/** Half of a Node process's start is compiling. */
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '..', '..', '.stack', 'compiled');
/** A JVM that optimises for hours to come burns more than it gains: a broker takes 40 % less without. */
process.env['JDK_JAVA_OPTIONS'] ??= '-XX:TieredStopAtLevel=1';
