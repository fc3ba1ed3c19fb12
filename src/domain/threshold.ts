/** Is a value beyond a limit? Strictly, and with hysteresis: what is held must come back by the margin before it is let go. */
import { type Rule, type Severity, severities } from './rule.ts';

type Limits = Pick<Rule, 'comparison' | 'levels' | 'resolveMargin'>;

const beyond = (value: number, limit: number, comparison: Rule['comparison']): boolean =>
  comparison === 'above' ? value > limit : value < limit;

/** A severity counts as held when the alert has it or a worse one. */
const holds = (held: Severity | null, severity: Severity): boolean =>
  held !== null && severities.indexOf(held) <= severities.indexOf(severity);

/** The worst severity that the value calls for; null when none. `held` is the severity that the alert has now. */
export function severityOf(value: number, { comparison, levels, resolveMargin }: Limits, held: Severity | null): Severity | null {
  const back = comparison === 'above' ? -resolveMargin : resolveMargin;
  const broken = (severity: Severity): boolean => {
    const limit = levels[severity];
    return limit !== undefined && (beyond(value, limit, comparison) || (holds(held, severity) && beyond(value, limit + back, comparison)));
  };
  return severities.find(broken) ?? null;
}
