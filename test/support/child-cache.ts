/** Processes that tests start, often to kill them, find their code compiled: half of a start is compiling. */
import { join } from 'node:path';

process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '..', '..', '.stack', 'compiled');
