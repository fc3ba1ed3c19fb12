/** Effects with their intervals, one row each, on one axis around zero: what lies beyond zero is shown, the rest may be chance. */
import { useWidth } from './use-width.ts';

export type IntervalRow = {
  label: string;
  note: string;
  estimate: number | null;
  /** The always valid one, drawn wide and pale. */
  wide: readonly [number, number] | null;
  /** The one for a single planned look, drawn narrow. */
  narrow: readonly [number, number] | null;
  better: 'higher' | 'lower' | string;
};

const [WIDEST_LABEL, ROW, RIGHT] = [190, 46, 24];

function rangeOf(rows: readonly IntervalRow[]): [number, number] {
  const ends = rows.flatMap(({ estimate, wide, narrow }) => [estimate ?? 0, ...(wide ?? []), ...(narrow ?? [])]).filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const room = (high - low || 1) * 0.06;
  return [low - room, high + room];
}

/** Round steps, about five of them. */
export function ticksOf(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((one) => one * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

const toneOf = ({ wide, better }: IntervalRow): string => {
  if (wide === null || (wide[0] <= 0 && wide[1] >= 0)) return 'flat';
  return wide[0] > 0 === (better === 'higher') ? 'good' : 'bad';
};

type Props = { rows: readonly IntervalRow[]; format: (value: number) => string; label: string };

export function Intervals(props: Props) {
  const [ref, width] = useWidth();
  return (
    <div ref={ref}>
      <Rows {...props} width={width} />
    </div>
  );
}

function Rows({ rows, format, label, width }: Props & { width: number }) {
  const narrow = width < 480;
  const [LABEL, rowHeight] = narrow ? [RIGHT, ROW + 36] : [WIDEST_LABEL, ROW];
  const [low, high] = rangeOf(rows);
  const x = (value: number): number => LABEL + ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * (width - LABEL - RIGHT);
  const height = rows.length * rowHeight + 26;
  const words = rows.map(({ label: name, note }) => `${name} ${note}`).join('; ');
  return (
    <svg class="draw" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${label}: ${words}`}>
      {ticksOf(low, high).map((tick) => (
        <g key={tick}>
          <line class={tick === 0 ? 'zero' : 'rule'} x1={x(tick)} x2={x(tick)} y1={0} y2={height - 20} />
          <text x={x(tick)} y={height - 5} text-anchor="middle">
            {format(tick)}
          </text>
        </g>
      ))}
      {rows.map((row, i) => {
        const y = i * rowHeight + (narrow ? rowHeight - ROW / 2 : rowHeight / 2);
        const top = narrow ? i * rowHeight + 14 : y - 2;
        const tone = toneOf(row);
        return (
          <g key={row.label}>
            <text class="strong" x={0} y={top}>
              {row.label}
            </text>
            <text x={0} y={top + 16}>
              {row.note}
            </text>
            {row.wide && (
              <rect
                class={tone}
                opacity={0.28}
                stroke="none"
                x={x(row.wide[0])}
                width={Math.max(1, x(row.wide[1]) - x(row.wide[0]))}
                y={y - 11}
                height={22}
                rx={4}
              />
            )}
            {row.narrow && (
              <rect
                class={tone}
                opacity={0.6}
                stroke="none"
                x={x(row.narrow[0])}
                width={Math.max(1, x(row.narrow[1]) - x(row.narrow[0]))}
                y={y - 5}
                height={10}
                rx={3}
              />
            )}
            {row.estimate !== null && (
              <line class={tone} stroke-width={3} x1={x(row.estimate)} x2={x(row.estimate)} y1={y - 13} y2={y + 13} />
            )}
          </g>
        );
      })}
    </svg>
  );
}
