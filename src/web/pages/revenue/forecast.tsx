/** What the next days are expected to bring, with the room that honesty needs. */
import type { ForecastAnswer } from '../../../api/forecast.ts';
import { pathOf } from '../../ask.ts';
import { useView } from '../../context.ts';
import { dayStart, figure, percent, usd, usdShort } from '../../format.ts';
import { Card } from '../../parts/card.tsx';
import { type Band, type Line, Plot } from '../../parts/plot.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { Why } from '../../parts/why.tsx';
import { useAnswer } from '../../use-answer.ts';

const linesOf = ({ days }: ForecastAnswer): Line[] => [
  { label: 'Expected value', color: 1, points: days.map(({ day, valueUsd }) => ({ at: dayStart(day), value: Number(valueUsd.expected) })) },
  { label: 'Expected cost', color: 3, points: days.map(({ day, costUsd }) => ({ at: dayStart(day), value: Number(costUsd.expected) })) },
];

const bandOf = ({ days }: ForecastAnswer): Band => ({
  label: 'Value, 80 of 100 days',
  points: days.map(({ day, valueUsd: { interval80 } }) => ({
    at: dayStart(day),
    low: Number(interval80.lower),
    high: Number(interval80.upper),
  })),
});

function Backtest({ forecast }: { forecast: ForecastAnswer }) {
  const { backtest } = forecast.models.value;
  if (backtest === null) return <p class="small soft">There is too little history to try it on the past.</p>;
  return (
    <p class="small soft">
      Tried on the past {backtest.origins === 1 ? 'once' : `${backtest.origins} times`}: off by {usd(backtest.meanAbsoluteErrorUsd)} a day
      on average, and {figure(backtest.coverage80)} % of the days lay inside the band of 80 %.
    </p>
  );
}

export function ForecastCard() {
  const { tenant, feature } = useView();
  const answer = useAnswer<ForecastAnswer>(pathOf('/api/v1/forecast', { tenant, feature, days: 30 }), []);
  // Too little history is no fault: it is said as the answer that it is.
  if (answer.data === null && answer.error !== null)
    return (
      <Card title="Forecast" class="w7">
        <Empty title="No forecast">{answer.error.message}</Empty>
      </Card>
    );
  return (
    <Card title="Forecast" note="The next 30 days" class="w7">
      <Shown of={answer} height={260}>
        {(forecast) => (
          <>
            <p>
              Value{' '}
              <Why
                of={{
                  title: 'Forecast of the value',
                  text: `${forecast.method}, from ${forecast.historyDays} days of history.`,
                  parts: [
                    ['Expected', usd(forecast.total.valueUsd.expected)],
                    ['80 %', `${usd(forecast.total.valueUsd.interval80.lower)} to ${usd(forecast.total.valueUsd.interval80.upper)}`],
                    ['95 %', `${usd(forecast.total.valueUsd.interval95.lower)} to ${usd(forecast.total.valueUsd.interval95.upper)}`],
                  ],
                  api: answer.path,
                }}
              >
                <b>{usd(forecast.total.valueUsd.expected)}</b>
              </Why>
              , cost {usd(forecast.total.costUsd.expected)}, ROI {percent(forecast.total.roiPercent?.expected ?? null)}
            </p>
            <Plot label="Forecast of 30 days" lines={linesOf(forecast)} band={bandOf(forecast)} format={usdShort} height={260} byDay />
            <Backtest forecast={forecast} />
          </>
        )}
      </Shown>
    </Card>
  );
}
