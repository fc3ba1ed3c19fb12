/** How the first goal looked at the end of each day, with the interval that holds at all of them. */
import type { ExperimentResultsAnswer } from '../../../api/experiment-answer.ts';
import { useView } from '../../context.ts';
import { dayIn, figure, signed, title } from '../../format.ts';
import { Card } from '../../parts/card.tsx';
import { ticksOf } from '../../parts/intervals.tsx';
import { Empty } from '../../parts/states.tsx';
import { useWidth } from '../../parts/use-width.ts';

type Look = { at: number; effect: number; interval: readonly number[] | null };

const [HEIGHT, LEFT, BOTTOM] = [240, 56, 24];

function looksOf({ looks }: ExperimentResultsAnswer): Look[] {
  return looks.flatMap(({ at, goals: [goal] }) =>
    goal === undefined || goal.control.n === 0 || goal.treatment.n === 0
      ? []
      : [{ at: Date.parse(at), effect: goal.effect, interval: goal.sequentialInterval }],
  );
}

/** The first intervals are as wide as nothing is known: the axis goes by the later ones, and cuts those. */
function axisOf(looks: readonly Look[]): [number, number] {
  const last = looks.at(-1);
  const later = looks.slice(Math.floor(looks.length / 3)).flatMap(({ interval }) => interval ?? []);
  const ends = [...later, ...looks.map(({ effect }) => effect), ...(last?.interval ?? []), 0];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const room = (high - low || 1) * 0.08;
  return [low - room, high + room];
}

function Chart({ looks, label }: { looks: readonly Look[]; label: string }) {
  const [ref, width] = useWidth();
  return (
    <div ref={ref}>
      <Band looks={looks} label={label} width={width} />
    </div>
  );
}

function Band({ looks, label, width }: { looks: readonly Look[]; label: string; width: number }) {
  const { timeZone: zone } = useView().me;
  const [low, high] = axisOf(looks);
  const x = (i: number): number => LEFT + (i / Math.max(1, looks.length - 1)) * (width - LEFT - 12);
  const y = (value: number): number => 8 + ((high - Math.min(high, Math.max(low, value))) / (high - low)) * (HEIGHT - BOTTOM - 16);
  const banded = looks.flatMap((look, i) =>
    look.interval === null ? [] : [{ i, from: look.interval[0] ?? 0, to: look.interval[1] ?? 0 }],
  );
  const band = [...banded.map(({ i, to }) => `${x(i)},${y(to)}`), ...banded.toReversed().map(({ i, from }) => `${x(i)},${y(from)}`)].join(
    ' ',
  );
  const every = Math.ceil(looks.length / Math.max(2, Math.floor(width / 90)));
  return (
    <svg class="draw" viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={label}>
      {ticksOf(low, high).map((tick) => (
        <g key={tick}>
          <line class={tick === 0 ? 'zero' : 'rule'} x1={LEFT} x2={width - 12} y1={y(tick)} y2={y(tick)} />
          <text x={LEFT - 8} y={y(tick) + 4} text-anchor="end">
            {figure(tick)}
          </text>
        </g>
      ))}
      {band !== '' && <polygon class="band" points={band} />}
      <polyline
        class="accent"
        style={{ fill: 'none' }}
        stroke-width={2}
        points={looks.map(({ effect }, i) => `${x(i)},${y(effect)}`).join(' ')}
      />
      {looks.map((look, i) => (
        <g key={look.at}>
          <circle class="accent" cx={x(i)} cy={y(look.effect)} r={3} />
          {(looks.length - 1 - i) % every === 0 && (
            <text x={x(i)} y={HEIGHT - 4} text-anchor={i === looks.length - 1 ? 'end' : 'middle'}>
              {dayIn(look.at - 1, zone)}
            </text>
          )}
        </g>
      ))}
    </svg>
  );
}

export function Looks({ result }: { result: ExperimentResultsAnswer }) {
  const looks = looksOf(result);
  const [goal] = result.goals;
  const last = looks.at(-1);
  return (
    <Card
      title="Day by day"
      note="The difference, and the interval that holds at every look: an effect is shown once it leaves zero"
      class="w8"
    >
      {looks.length < 2 ? (
        <Empty title="Too few days to draw" />
      ) : (
        <Chart looks={looks} label={`Difference in ${title(goal?.metric ?? '')} by day, at last ${signed(last?.effect ?? 0)}`} />
      )}
    </Card>
  );
}
