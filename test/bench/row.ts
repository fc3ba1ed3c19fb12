/** One measured line of the benchmark: ours beside its peer, both taken in the same run. */
export type BenchRow = {
  what: string;
  ours: number;
  unit: string;
  /** What ours is held against; null where the goal is absolute. */
  peer: { name: string; value: number } | null;
  /** ours / peer, or ours itself without a peer. */
  figure: number;
  goal: { comparison: '>=' | '<='; value: number };
  met: boolean;
};

type Draft = Pick<BenchRow, 'what' | 'ours' | 'unit' | 'goal'> & { peer?: { name: string; value: number } };

/** Works out the ratio and whether the goal is met. */
export function benchRow({ what, ours, unit, goal, peer }: Draft): BenchRow {
  const figure = peer ? ours / peer.value : ours;
  const met = goal.comparison === '>=' ? figure >= goal.value : figure <= goal.value;
  return { what, ours, unit, peer: peer ?? null, figure, goal, met };
}

const rounded = (value: number): string => (Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3));

/** A Markdown table of the rows. */
export function benchTable(rows: readonly BenchRow[]): string {
  const lines = rows.map((row) => {
    const peer = row.peer ? `${row.peer.name}: ${rounded(row.peer.value)} ${row.unit}` : '-';
    const figure = row.peer ? `${row.figure.toFixed(2)}x` : `${rounded(row.figure)} ${row.unit}`;
    const goal = `${row.goal.comparison} ${row.goal.value}${row.peer ? 'x' : ` ${row.unit}`}`;
    return `| ${row.what} | ${rounded(row.ours)} ${row.unit} | ${peer} | ${figure} | ${goal} | ${row.met ? 'yes' : 'no'} |`;
  });
  return ['| what | ours | peer, same run | figure | goal | met |', '|---|---|---|---|---|---|', ...lines].join('\n');
}
