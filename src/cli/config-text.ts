import { readFileSync } from 'node:fs';
import { ImpactError } from '../domain/errors.ts';

/** `--config FILE` and `--config=FILE`, of which the last one counts, as everywhere on a command line. */
function named(args: readonly string[]): string | undefined {
  const found = args.flatMap((arg, at) => (arg === '--config' ? [args[at + 1]] : arg.startsWith('--config=') ? [arg.slice(9)] : []));
  return found.at(-1);
}

/**
 * The file of `--config`, or of IMPACT_CONFIG_FILE. It is read before the command line is understood, for a command's help may need the settings.
 * @returns its text; empty where none is named
 * @throws ImpactError `bad_configuration` when it cannot be read
 */
export function configText(args: readonly string[], env: Readonly<Record<string, string | undefined>>): string {
  const file = named(args) ?? env['IMPACT_CONFIG_FILE'] ?? '';
  if (file === '') return '';
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ImpactError('bad_configuration', `the configuration file ${file} cannot be read`, { cause });
  }
}
