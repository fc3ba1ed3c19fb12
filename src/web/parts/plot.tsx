/** A line chart over time by uPlot, drawn anew when the theme or the width changes. A table of the same is there for screen readers. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { day, hour, moment } from '../format.ts';
import { textScale } from './use-width.ts';

export type Line = { label: string; color: 1 | 2 | 3 | 4 | 5; points: readonly { at: string; value: number | null }[]; area?: boolean };
/** A level that is drawn across, such as a target. */
export type Level = { label: string; value: number; tone: 'good' | 'warn' | 'bad' };
/** Between two lines: how far the figures may be off. */
export type Band = { label: string; points: readonly { at: string; low: number; high: number }[] };
/** A moment that is drawn from top to bottom. */
export type Mark = { at: number; label: string };
type Props = {
  label: string;
  lines: readonly Line[];
  levels?: readonly Level[];
  marks?: readonly Mark[];
  format: (value: number) => string;
  band?: Band;
  height?: number;
  /** Zero is on the axis. */
  fromZero?: boolean;
  /** Every point is a day: its hour says nothing. */
  byDay?: boolean;
};

const DAY_SECONDS = 86_400;

/** The colour that a custom property stands for at this moment, as canvas understands it. */
function colorOf(element: Element, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  element.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}

/** The ends of the band are drawn as lines without a stroke, after all others. */
const drawnOf = ({ lines, band }: Pick<Props, 'lines' | 'band'>): readonly Pick<Line, 'points'>[] =>
  band === undefined
    ? lines
    : [
        ...lines,
        { points: band.points.map(({ at, high }) => ({ at, value: high })) },
        { points: band.points.map(({ at, low }) => ({ at, value: low })) },
      ];

/** Lines may have different times: all of them, and null where a line has none. */
function aligned(lines: readonly Pick<Line, 'points'>[]): uPlot.AlignedData {
  const times = [...new Set(lines.flatMap(({ points }) => points.map(({ at }) => Date.parse(at) / 1000)))].sort((a, b) => a - b);
  const columns = lines.map(({ points }) => {
    const known = new Map(points.map(({ at, value }) => [Date.parse(at) / 1000, value]));
    return times.map((time) => known.get(time) ?? null);
  });
  return [times, ...columns] as uPlot.AlignedData;
}

function drawLevels(plot: uPlot, host: Element, levels: readonly Level[], marks: readonly Mark[]): void {
  const { ctx, bbox } = plot;
  const size = devicePixelRatio * textScale();
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.font = `${11 * size}px system-ui, sans-serif`;
  for (const { label, value, tone } of levels) {
    const y = plot.valToPos(value, 'y', true);
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.strokeStyle = ctx.fillStyle = colorOf(host, `--${tone}`);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.textAlign = 'right';
    // Below the line where there is no room above it.
    const above = y - bbox.top > 18 * size;
    const [x, baseline] = [bbox.left + bbox.width - 4, above ? y - 5 * size : y + 13 * size];
    // On the colour of the page, so that it can be read above a line as well.
    ctx.save();
    ctx.setLineDash([]);
    ctx.strokeStyle = colorOf(host, '--surface');
    ctx.lineWidth = 4 * size;
    ctx.lineJoin = 'round';
    ctx.strokeText(label, x, baseline);
    ctx.restore();
    ctx.fillText(label, x, baseline);
  }
  ctx.strokeStyle = colorOf(host, '--ink-soft');
  for (const { at } of marks) {
    const x = plot.valToPos(at / 1000, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

function optionsOf(
  host: HTMLElement,
  tip: HTMLElement,
  { lines, levels = [], marks = [], band, format, height = 220, fromZero = true, byDay = false }: Props,
): uPlot.Options {
  const pale = colorOf(host, '--series-1').replace('rgb(', 'rgba(').replace(')', ', 0.16)');
  const text = Number.parseFloat(getComputedStyle(host).fontSize);
  const [ink, grid] = [colorOf(host, '--ink-soft'), colorOf(host, '--line')];
  const axis = {
    stroke: ink,
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1 },
    font: `${Math.round(text * 0.86)}px system-ui, sans-serif`,
  };
  const withLevels = (lowest: number | null, highest: number | null): uPlot.Range.MinMax => {
    const values = [lowest ?? 0, highest ?? 1, ...levels.map(({ value }) => value), ...(fromZero ? [0] : [])];
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const room = (high - low || 1) * 0.08;
    return [low === 0 ? 0 : low - room, high === 0 ? 0 : high + room];
  };
  return {
    width: host.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    scales: { y: { range: (_, low, high) => withLevels(low, high) } },
    axes: [
      {
        ...axis,
        space: text * 5.3,
        size: text * 3.6,
        values: (_, ticks, _axis, _space, step) => ticks.map((at) => (step >= DAY_SECONDS ? day(at * 1000) : hour(at * 1000))),
      },
      { ...axis, size: text * 4.4, space: text * 2.4, values: (_, ticks) => ticks.map((value) => (value === null ? '' : format(value))) },
    ],
    series: [
      {},
      ...lines.map(({ label, color, area }): uPlot.Series => {
        const stroke = colorOf(host, `--series-${color}`);
        const fill = stroke.replace('rgb(', 'rgba(').replace(')', ', 0.13)');
        return { label, stroke, width: 2, points: { show: false }, spanGaps: true, ...(area ? { fill } : {}) };
      }),
      ...(band === undefined ? [] : [0, 1].map((): uPlot.Series => ({ label: band.label, width: 0, points: { show: false } }))),
    ],
    ...(band === undefined ? {} : { bands: [{ series: [lines.length + 1, lines.length + 2], fill: pale }] }),
    hooks: {
      draw: [(plot) => drawLevels(plot, host, levels, marks)],
      setCursor: [(plot) => showTip(plot, tip, { lines, band, format, byDay })],
    },
  };
}

type Told = { lines: readonly Line[]; band: Band | undefined; format: (value: number) => string; byDay: boolean };

function showTip(plot: uPlot, tip: HTMLElement, { lines, band, format, byDay }: Told): void {
  const { idx, left = -1 } = plot.cursor;
  const at = idx === null || idx === undefined ? undefined : plot.data[0][idx];
  tip.hidden = at === undefined || left < 0;
  if (at === undefined || idx === null || idx === undefined) return;
  const text = (column: number): string => {
    const value = plot.data[column]?.[idx];
    return value === null || value === undefined ? '–' : format(value);
  };
  const rows = lines.map(({ label }, i) => `${label}: ${text(i + 1)}`);
  if (band !== undefined) rows.push(`${band.label}: ${text(lines.length + 2)} to ${text(lines.length + 1)}`);
  tip.replaceChildren(
    ...[byDay ? day(at * 1000) : moment(at * 1000), ...rows].map((words, i) => {
      const line = document.createElement(i === 0 ? 'b' : 'div');
      line.textContent = words;
      return line;
    }),
  );
  const offset = plot.bbox.left / devicePixelRatio + left;
  const flip = offset > plot.width - 190;
  tip.style.left = flip ? '' : `${offset + 12}px`;
  tip.style.right = flip ? `${plot.width - offset + 12}px` : '';
  tip.style.top = '8px';
}

export function Plot(props: Props) {
  const host = useRef<HTMLDivElement>(null);
  const tip = useRef<HTMLDivElement>(null);
  const { label, lines, band } = props;
  // As the text: screens that are read from further away have larger ones.
  const height = Math.round((props.height ?? 220) * textScale());
  const shape = JSON.stringify([lines, band, props.levels, props.marks, height]);
  // `shape` holds all that is drawn.
  useEffect(() => {
    if (!host.current || !tip.current) return;
    const [at, hover] = [host.current, tip.current];
    let plot: uPlot | null = null;
    const draw = (): void => {
      plot?.destroy();
      plot = new uPlot(optionsOf(at, hover, { ...props, height }), aligned(drawnOf(props)), at);
    };
    draw();
    const sized = new ResizeObserver(() => plot && at.clientWidth !== plot.width && plot.setSize({ width: at.clientWidth, height }));
    sized.observe(at);
    const themed = new MutationObserver(draw);
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    const system = matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', draw);
    return () => {
      sized.disconnect();
      themed.disconnect();
      system.removeEventListener('change', draw);
      plot?.destroy();
    };
  }, [shape]);
  return (
    <figure class="stack" aria-label={label}>
      {(lines.length > 1 || band !== undefined) && (
        <ul class="legend">
          {lines.map(({ label: name, color }) => (
            <li key={name}>
              <i class={`swatch c${color}`} />
              {name}
            </li>
          ))}
          {band && (
            <li>
              <i class="swatch pale" />
              {band.label}
            </li>
          )}
        </ul>
      )}
      <div class="plot" ref={host} style={{ minHeight: `${height}px` }}>
        <div class="tip" ref={tip} hidden />
      </div>
      <PlotTable {...props} />
    </figure>
  );
}

/** The same figures in words; hidden from sight only. */
function PlotTable({ label, lines, format }: Props) {
  const summary = lines.map(({ label: name, points }) => {
    const values = points.flatMap(({ value }) => (value === null ? [] : [value]));
    if (values.length === 0) return `${name}: nothing`;
    return `${name}: from ${format(Math.min(...values))} to ${format(Math.max(...values))}, last ${format(values.at(-1) ?? 0)}`;
  });
  return <figcaption class="hidden">{`${label}. ${summary.join('; ')}.`}</figcaption>;
}
