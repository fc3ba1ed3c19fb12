/** Where a monotone function is zero. */

const MOST_STEPS = 200;
const PRECISION = 2e-16;

type Point = { x: number; y: number };

/** Two points around the zero of an increasing function, found by growing steps from `start`. */
function bracket(f: (x: number) => number, start: number, step: number): [below: Point, above: Point] {
  let [below, above] = [start, start].map((x) => ({ x, y: f(x) })) as [Point, Point];
  for (let width = step; below.y > 0 && width < 1e300; width *= 2) {
    above = below;
    below = { x: below.x - width, y: f(below.x - width) };
  }
  for (let width = step; above.y < 0 && width < 1e300; width *= 2) {
    below = above;
    above = { x: above.x + width, y: f(above.x + width) };
  }
  return [below, above];
}

/** How far to go from `a` to `b`, as a share: inverse quadratic interpolation where the three points allow it, else half. */
function nextShare(a: Point, b: Point, c: Point): number {
  const position = (a.x - b.x) / (c.x - b.x);
  const height = (a.y - b.y) / (c.y - b.y);
  const smooth = height ** 2 < position && (1 - height) ** 2 < 1 - position;
  if (!smooth) return 0.5;
  const first = (a.y / (b.y - a.y)) * (c.y / (b.y - c.y));
  return first + ((c.x - a.x) / (b.x - a.x)) * (a.y / (c.y - a.y)) * (b.y / (c.y - b.y));
}

/**
 * The zero of an increasing function by Chandrupatla's method (Advances in Engineering Software 28, 1997): it keeps the zero between two
 * points, as bisection does, and needs about eight values of `f` for full precision.
 * @param start a guess
 * @param step roughly how far off the guess may be
 */
export function rootOfIncreasing(f: (x: number) => number, start: number, step: number): number {
  let [a, b] = bracket(f, start, step);
  let share = 0.5;
  for (let i = 0; i < MOST_STEPS; i += 1) {
    const x = a.x + share * (b.x - a.x);
    const found = { x, y: f(x) };
    const sameSide = found.y > 0 === a.y > 0;
    const c = sameSide ? a : b;
    if (!sameSide) b = a;
    a = found;
    const best = Math.abs(a.y) < Math.abs(b.y) ? a : b;
    const least = (PRECISION * Math.abs(best.x) + 1e-300) / Math.abs(b.x - a.x);
    if (best.y === 0 || !(least < 0.5)) return best.x;
    share = Math.min(1 - least, Math.max(least, nextShare(a, b, c)));
  }
  return a.x;
}
