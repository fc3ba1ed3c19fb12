/** Insertions, deletions and replacements that make one text of the other (Wagner and Fischer 1974). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1];
    for (const [at, other] of [...to].entries())
      next.push(Math.min((next[at] ?? 0) + 1, (row[at + 1] ?? 0) + 1, (row[at] ?? 0) + (letter === other ? 0 : 1)));
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** What a misspelt name may have meant, in words to follow "a setting that exists"; empty where none is like it. */
export function suggestion(name: string, known: Iterable<string>): string {
  const wanted = name.toUpperCase();
  const [nearest] = [...known].map((one) => [distance(wanted, one), one] as const).sort(([a], [b]) => a - b);
  return nearest !== undefined && nearest[0] <= 3 ? `, perhaps ${nearest[1]}` : '';
}
