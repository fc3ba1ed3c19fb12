/** Rules from a YAML file. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ImpactError } from '../domain/errors.ts';
import { parseRules, type Rule } from '../domain/rule.ts';

/** The rules that come with the product: every threshold of the seeds. */
export const defaultRulesFile = new URL('../../infra/alerts/rules.yaml', import.meta.url);

/**
 * @param windowsMs lengths of the windows that are computed; leave out to take any
 * @throws ImpactError `unprocessable` with every fault, or when the file is not YAML or cannot be read
 */
export function readRuleFile(file: string | URL, windowsMs: readonly number[] = []): Rule[] {
  const document = readYaml(file);
  const parsed = parseRules(document, windowsMs);
  if (!parsed.ok)
    throw new ImpactError('unprocessable', `${file} has rules that are not valid; none was taken`, { problems: parsed.problems });
  return parsed.rules;
}

function readYaml(file: string | URL): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new ImpactError('unprocessable', `${file} cannot be read as YAML: ${(cause as Error).message}`, { cause });
  }
}
