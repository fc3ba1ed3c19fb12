import { inUnit } from '../../format.ts';
import { alertUnit } from '../alerts/unit.ts';

/** The document of a rule, as the API has it. */
export type RuleFields = Partial<Record<string, string | number | boolean>>;

/** A limit in the unit of its metric; null: the rule has none of that name. */
export function limitOf(rule: RuleFields, name: string): string | null {
  if (rule[name] === undefined) return null;
  return inUnit(Number(rule[name]), alertUnit({ statistic: String(rule['statistic']), metric: String(rule['metric']) }));
}
