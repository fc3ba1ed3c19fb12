/** Gauss-Legendre quadrature: nodes and weights that integrate smooth functions to full precision. */

export type Rule = { nodes: readonly number[]; weights: readonly number[] };

/** The Legendre polynomial of degree n and its derivative at x, by the three-term recurrence, DLMF 18.9.1. */
function legendre(n: number, x: number): { value: number; slope: number } {
  let [before, value] = [1, x];
  for (let k = 2; k <= n; k += 1) [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
  return { value, slope: (n * (x * value - before)) / (x * x - 1) };
}

function zero(n: number, i: number): number {
  let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
  for (let step = 0; step < 8; step += 1) {
    const { value, slope } = legendre(n, x);
    x -= value / slope;
  }
  return x;
}

const rules = new Map<number, Rule>();

/** The rule with n >= 2 points on [-1, 1], the zeros of the Legendre polynomial found by Newton's method. Computed once for each n. */
export function gaussLegendre(n: number): Rule {
  const known = rules.get(n);
  if (known !== undefined) return known;
  const nodes = Array.from({ length: n }, (_, i) => zero(n, i));
  const rule = { nodes, weights: nodes.map((x) => 2 / ((1 - x * x) * legendre(n, x).slope ** 2)) };
  rules.set(n, rule);
  return rule;
}
