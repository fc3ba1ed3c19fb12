/** From value to net: each bar begins where the one before it ended. Drawn as rows, so that names are never cut and phones can read it. */
import { usd } from '../format.ts';
import { useWidth } from './use-width.ts';

export type Fall = { label: string; amount: number; total?: boolean };

const [WIDEST_LABEL, VALUE, ROW, BAR] = [190, 76, 34, 20];

/** Where each bar begins and ends; a total begins at zero. */
export function spansOf(falls: readonly Fall[]): { from: number; to: number }[] {
  let at = 0;
  return falls.map(({ amount, total }) => {
    const span = total ? { from: 0, to: amount } : { from: at, to: at + amount };
    at = span.to;
    return span;
  });
}

export function Waterfall({ falls, label }: { falls: readonly Fall[]; label: string }) {
  const [ref, width] = useWidth();
  return (
    <div ref={ref}>
      <Bars falls={falls} label={label} width={width} />
    </div>
  );
}

function Bars({ falls, label, width }: { falls: readonly Fall[]; label: string; width: number }) {
  // A phone has no room for names beside the bars: there they stand above them.
  const narrow = width < 480;
  const [LABEL, rowHeight] = narrow ? [0, ROW + 12] : [WIDEST_LABEL, ROW];
  const spans = spansOf(falls);
  const edges = [0, ...spans.flatMap(({ from, to }) => [from, to])];
  const [low, high] = [Math.min(...edges), Math.max(...edges)];
  const x = (value: number): number => LABEL + ((value - low) / (high - low || 1)) * (width - LABEL - VALUE);
  const height = falls.length * rowHeight + 6;
  return (
    <svg
      class="draw"
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={`${label}: ${falls.map((one) => `${one.label} ${usd(one.amount)}`).join(', ')}`}
    >
      <line class="axis" x1={x(0)} x2={x(0)} y1={0} y2={height} />
      {falls.map((fall, i) => {
        const { from, to } = spans[i] ?? { from: 0, to: 0 };
        const top = i * rowHeight + (narrow ? 20 : 6);
        const tone = fall.total ? 'accent' : fall.amount < 0 ? 'bad' : 'good';
        return (
          <g key={fall.label}>
            <text
              class={fall.total ? 'strong' : ''}
              x={narrow ? 0 : LABEL - 12}
              y={narrow ? top - 5 : top + 15}
              text-anchor={narrow ? 'start' : 'end'}
            >
              {fall.label}
            </text>
            <rect
              class={tone}
              x={Math.min(x(from), x(to))}
              y={top}
              width={Math.max(1.5, Math.abs(x(to) - x(from)))}
              height={BAR}
              rx={3}
              stroke="none"
            />
            {i < falls.length - 1 && <line class="rule" x1={x(to)} x2={x(to)} y1={top + BAR} y2={top + rowHeight} />}
            <text class="strong" x={width} y={top + 15} text-anchor="end">
              {usd(fall.amount)}
            </text>
          </g>
        );
      })}
    </svg>
  );
}
