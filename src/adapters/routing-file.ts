/** The routing of alerts from a YAML file. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ImpactError } from '../domain/errors.ts';
import type { Routing } from '../domain/notify/routing.ts';
import { parseRouting } from '../domain/notify/routing-file.ts';

/** The routing that comes with the product. */
export const defaultRoutingFile = new URL('../../infra/alerts/routing.yaml', import.meta.url);

/** @throws ImpactError `unprocessable` with every fault, or when the file is not YAML or cannot be read */
export function readRoutingFile(file: string | URL): Routing {
  const parsed = parseRouting(readYaml(file));
  if (!parsed.ok) throw new ImpactError('unprocessable', `${file} is no valid routing`, { problems: parsed.problems });
  return parsed.routing;
}

function readYaml(file: string | URL): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new ImpactError('unprocessable', `${file} cannot be read as YAML: ${(cause as Error).message}`, { cause });
  }
}
