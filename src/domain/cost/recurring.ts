/** Recurring costs: yearly estimates by category, cut into days that add up to the year exactly. */

/** US dollars a calendar year by category, decimal text with at most two places, for example { infrastructure: '24000', api: '19200' }. */
export type RecurringCosts = Readonly<Record<string, string>>;

const MICROS_OF_CENT = 10_000;

/** Words of FOCUS's service categories, and of everyday names, that an estimate of this name stands for. */
const kinds: Record<string, RegExp> = {
  api: /^ai_and_machine_learning$/,
  infrastructure:
    /^(compute|storage|networking|databases|analytics|observability|hosting|cloud|security|web|management_and_governance|multicloud|integration|identity)$/,
};

const isPart = (name: string, category: string): boolean =>
  category === name || category.startsWith(`${name}_`) || category.endsWith(`_${name}`);

/**
 * The estimate that a cost of this category replaces; null when none does. A category belongs to the estimate of its own name first, then to
 * one whose name it begins or ends with ("anthropic_api" is an api cost), then to the one that its kind of service is part of.
 */
export function coveringEstimate(category: string, recurring: RecurringCosts): string | null {
  const names = Object.keys(recurring);
  const found = names.find((name) => name === category) ?? names.find((name) => isPart(name, category));
  return found ?? names.find((name) => kinds[name]?.test(category)) ?? null;
}

const centsOf = (usd: string): number => {
  const match = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(usd);
  if (!match) throw new RangeError(`not a yearly amount with at most two places: ${usd}`);
  return Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'));
};

const daysOfYear = (year: number): number => (Date.UTC(year + 1, 0, 1) - Date.UTC(year, 0, 1)) / 86_400_000;

/**
 * The share of one day in a yearly amount, cents: the difference of two rounded running totals, so that the 365 or 366 shares of a year add up
 * to the year to the cent, and no two of them differ by more than one cent.
 * @param day "2026-01-11"
 */
export function dayShareCents(yearCents: number, day: string): number {
  const year = Number(day.slice(0, 4));
  const days = daysOfYear(year);
  const before = (Date.parse(`${day}T00:00:00Z`) - Date.UTC(year, 0, 1)) / 86_400_000;
  // A year of up to a milliard dollars times 366 stays below 2^53, so the products are exact.
  const until = (count: number): number => Math.floor((yearCents * count) / days);
  return until(before + 1) - until(before);
}

/** What is estimated for one day, each category's own; amounts in millionths of a US dollar. */
export function recurringOfDay(day: string, recurring: RecurringCosts): { category: string; amountUsdMicros: number }[] {
  return Object.entries(recurring).map(([category, usd]) => ({
    category,
    amountUsdMicros: dayShareCents(centsOf(usd), day) * MICROS_OF_CENT,
  }));
}
