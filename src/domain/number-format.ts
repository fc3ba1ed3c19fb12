/**
 * Writes numbers as English does. The formatter is made at its first use, and once: making one costs a thousand times as much as using it,
 * and the first one of a process loads tables, for a tenth of the time in which a process starts.
 */
export function numberFormat(options: Intl.NumberFormatOptions): (value: number) => string {
  let made: Intl.NumberFormat | undefined;
  return (value) => {
    made ??= new Intl.NumberFormat('en-US', options);
    return made.format(value);
  };
}
