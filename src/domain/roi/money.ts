/** Amounts of money cut and compared without ever losing a part of one. Money is in integer millionths of a US dollar ("micros"). */

/** "-1234.500000" -> -1_234_500_000. @throws RangeError beyond the nine milliard dollars up to which a double counts micros exactly */
export function microsOfNumeric(usd: string): number {
  const match = /^(-?)(\d+)(?:\.(\d{1,6})0*)?$/.exec(usd);
  if (!match) throw new RangeError(`not a decimal amount with at most six places: ${usd}`);
  const [, sign, whole = '', fraction = ''] = match;
  const size = Number(BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0')));
  if (!Number.isSafeInteger(size)) throw new RangeError(`more money than can be counted to the millionth: ${usd}`);
  return sign === '-' ? -size : size;
}

/** The parts rounded towards zero, and how much of its remainder each has lost. */
function floors(amount: bigint, weights: readonly bigint[], total: bigint): { part: bigint; lost: bigint }[] {
  return weights.map((weight) => ({ part: (amount * weight) / total, lost: (amount * weight) % total }));
}

/**
 * Cuts an amount in proportion to weights; the parts add up to the amount exactly. What rounding leaves goes, a micro each, to those that
 * lost most, the first of equals first (Hamilton's method of largest remainders).
 * @param weights whole numbers of 0 or more, not all 0
 */
export function proportional(amountMicros: number, weights: readonly number[]): number[] {
  const size = BigInt(Math.abs(amountMicros));
  const sign = amountMicros < 0 ? -1 : 1;
  const whole = weights.map(BigInt);
  const total = whole.reduce((sum, weight) => sum + weight, 0n);
  if (total <= 0n) throw new RangeError('an amount cannot be cut by weights that are all 0');
  const cut = floors(size, whole, total);
  const left = Number(size - cut.reduce((sum, { part }) => sum + part, 0n));
  const order = [...cut.keys()].sort((a, b) => Number((cut[b]?.lost ?? 0n) - (cut[a]?.lost ?? 0n)) || a - b);
  const favoured = new Set(order.slice(0, left));
  return cut.map(({ part }, i) => sign * (Number(part) + Number(favoured.has(i))) || 0);
}
