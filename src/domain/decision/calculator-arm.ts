/** One arm's sums, and whether there can be units that have them. */

import type { PairedSums } from '../stats/sums.ts';
import type { CalculatorMetric } from './calculator-input.ts';
import type { Reader } from './calculator-reader.ts';

const MOST_UNITS = Number.MAX_SAFE_INTEGER;
/** Sums of many values carry rounding. */
const SLACK = 1 - 1e-9;

/** Sizes whose squares and ratios doubles can hold. */
const LARGEST = 1e100;
const SMALLEST = 1e-100;
const aNumber = `a number, 0 or from ${SMALLEST} to ${LARGEST} in size`;
const holds = (value: number): boolean => value === 0 || (Math.abs(value) >= SMALLEST && Math.abs(value) <= LARGEST);

/** Sum and sum of squares of the units' values under these two names. */
function readMoments(reader: Reader, n: number, sumField: string, squaresField: string): [sum: number, sumSquares: number] {
  const sum = reader.number(
    sumField,
    (found) => (n === 0 ? found === 0 : holds(found)),
    n === 0 ? '0, as there are no units' : aNumber,
    undefined,
  );
  const least = n > 0 && Number.isFinite(sum) ? ((sum * sum) / n) * SLACK : 0;
  const expected = least > 0 ? `a number of at least ${sumField}^2 / n, ${least.toPrecision(6)}` : `${aNumber}, not below 0`;
  return [sum, reader.number(squaresField, (found) => found >= least && (found === 0 || holds(Math.sqrt(found))), expected, undefined)];
}

function readProportion(reader: Reader, n: number): PairedSums {
  const sum = reader.number('sum', (found) => found >= 0 && !(found > n), `a number from 0 to n${n >= 0 ? `, ${n}` : ''}`, undefined);
  const sumSquares = reader.number(
    'sumSquares',
    (found) => Math.abs(found - sum) <= 1e-9 * n,
    `left out, or the same as sum, ${sum}`,
    sum ?? 0,
  );
  return { n, sum, sumSquares, otherSum: 0, otherSumSquares: 0, crossSum: 0 };
}

function readRatio(reader: Reader, n: number): PairedSums {
  const [sum, sumSquares] = readMoments(reader, n, 'sum', 'sumSquares');
  const [otherSum, otherSumSquares] = readMoments(reader, n, 'denominatorSum', 'denominatorSumSquares');
  const most = Math.sqrt(sumSquares * otherSumSquares) / SLACK;
  const possible = (found: number): boolean => Number.isNaN(most) || Math.abs(found) <= most;
  const bounds = Number.isNaN(most) ? '' : ` between -${most.toPrecision(6)} and ${most.toPrecision(6)}`;
  const crossSum = reader.number('crossSum', possible, `a number${bounds}: the sum of value x denominator`, undefined);
  return { n, sum, sumSquares, otherSum, otherSumSquares, crossSum };
}

/** Reads control or treatment. Which sums there must be depends on the metric. */
export function readArm(reader: Reader, metric: CalculatorMetric | undefined): PairedSums {
  const names = ['n', 'sum', 'sumSquares', 'denominatorSum', 'denominatorSumSquares', 'crossSum'];
  reader.checkSpelling(names);
  const n = reader.whole('n', 0, MOST_UNITS, undefined);
  if (metric === 'proportion') return readProportion(reader, n);
  if (metric === 'ratio') return readRatio(reader, n);
  const [sum, sumSquares] = readMoments(reader, n, 'sum', 'sumSquares');
  return { n, sum, sumSquares, otherSum: 0, otherSumSquares: 0, crossSum: 0 };
}
