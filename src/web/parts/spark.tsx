/** A small line without axes. */
type Props = { points: readonly { value: number | null }[]; limit?: number | undefined; label: string; fromZero?: boolean };

const [WIDTH, HEIGHT] = [100, 30];

export function Spark({ points, limit, label, fromZero = true }: Props) {
  const values = points.flatMap(({ value }, i) => (value === null ? [] : [{ value, i }]));
  if (values.length < 2) return <div class="spark" />;
  const all = [...values.map(({ value }) => value), ...(limit === undefined ? [] : [limit]), ...(fromZero ? [0] : [])];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const y = (value: number): number => HEIGHT - 2 - ((value - low) / (high - low || 1)) * (HEIGHT - 4);
  const x = (i: number): number => (i / Math.max(1, points.length - 1)) * WIDTH;
  const path = values.map(({ value, i }, at) => `${at === 0 ? 'M' : 'L'}${x(i).toFixed(2)} ${y(value).toFixed(2)}`).join('');
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {limit !== undefined && <path class="limit" d={`M0 ${y(limit)}H${WIDTH}`} />}
      <path d={path} />
    </svg>
  );
}
