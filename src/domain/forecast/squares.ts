/** Least squares by Householder reflections: exact enough where normal equations would lose half of the digits. */

/** `columns[k][t]`. The triangle R of the columns' QR decomposition, by rows, and the solution. */
export type Squares = { solution: number[]; triangle: number[][] };

/** Reflects the rows from k on so that column k has nothing below its k-th entry. */
function reflect(columns: number[][], right: number[], k: number): void {
  const own = columns[k] as number[];
  let norm = 0;
  for (let t = k; t < own.length; t++) norm = Math.hypot(norm, own[t] as number);
  if (norm === 0) return;
  const pivot = own[k] as number;
  const diagonal = pivot > 0 ? -norm : norm;
  const mirror = own.slice(k);
  mirror[0] = pivot - diagonal;
  const size = mirror.reduce((sum, value) => sum + value * value, 0);
  for (const column of [...columns.slice(k), right]) {
    let along = 0;
    for (let i = 0; i < mirror.length; i++) along += (mirror[i] as number) * (column[k + i] as number);
    const factor = (2 * along) / size;
    for (let i = 0; i < mirror.length; i++) column[k + i] = (column[k + i] as number) - factor * (mirror[i] as number);
  }
}

/** R x = z, from the last row up. A column that adds nothing gets the coefficient 0. */
function backSubstituted(triangle: readonly number[][], right: readonly number[]): number[] {
  const solution = triangle.map(() => 0);
  const largest = Math.max(...triangle.map((row, i) => Math.abs(row[i] ?? 0)));
  for (let i = triangle.length - 1; i >= 0; i--) {
    const row = triangle[i] as number[];
    const known = row.reduce((sum, value, j) => (j > i ? sum + value * (solution[j] as number) : sum), 0);
    const diagonal = row[i] as number;
    solution[i] = Math.abs(diagonal) > 1e-12 * largest ? ((right[i] as number) - known) / diagonal : 0;
  }
  return solution;
}

/**
 * The coefficients with which the columns come closest to `right`.
 * @param columns no more of them than they are long
 */
export function leastSquares(columns: readonly (readonly number[])[], right: readonly number[]): Squares {
  const [work, rest] = [columns.map((column) => [...column]), [...right]];
  for (let k = 0; k < work.length; k++) reflect(work, rest, k);
  const triangle = work.map((_, i) => work.map((column) => column[i] as number));
  return { solution: backSubstituted(triangle, rest), triangle };
}

/** d' (X'X)^-1 d for the X whose triangle this is: the variance of a combination of the coefficients, in units of the errors' variance. */
export function leverage(triangle: readonly number[][], direction: readonly number[]): number {
  const solved: number[] = [];
  for (let i = 0; i < triangle.length; i++) {
    let value = direction[i] as number;
    for (let j = 0; j < i; j++) value -= ((triangle[j] as number[])[i] as number) * (solved[j] as number);
    const diagonal = (triangle[i] as number[])[i] as number;
    solved.push(diagonal === 0 ? 0 : value / diagonal);
  }
  return solved.reduce((sum, value) => sum + value * value, 0);
}
