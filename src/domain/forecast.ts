/** The forecast of value, cost and ROI. Amounts are in US dollars: a forecast is no money that anybody has, so it need not be exact decimals. */
import { ImpactError } from './errors.ts';
import { type Backtest, backtest, MINIMUM_DAYS } from './forecast/backtest.ts';
import { type Fit, fitForecast } from './forecast/fit.ts';
import { type Prediction, predict } from './forecast/predict.ts';
import { correlation, fieller } from './forecast/ratio.ts';
import type { Smoothing } from './forecast/smooth.ts';
import { plusDays } from './zone.ts';

/** What each of the days before the forecast was worth and cost, US dollars, oldest first, no day left out. */
export type History = { firstDay: string; valueUsd: readonly number[]; costUsd: readonly number[] };

/** Days of history that are used at most: half a year. What was before says little about the next months, and costs time. */
export const MOST_HISTORY_DAYS = 182;

export type Interval = { lower: number; upper: number };
export type Expected = { expected: number; interval80: Interval; interval95: Interval };
export type ForecastDay = { day: string; valueUsd: Expected; costUsd: Expected };
export type SeriesModel = { smoothing: Smoothing; standardErrorUsd: number; backtest: Backtest | null };
export type Forecast = {
  historyDays: number;
  days: ForecastDay[];
  total: {
    valueUsd: Expected;
    costUsd: Expected;
    netUsd: { expected: number };
    /** Null without cost; an interval is null where the cost cannot be told from nothing. */
    roiPercent: { expected: number; interval80: Interval | null; interval95: Interval | null } | null;
  };
  models: { value: SeriesModel; cost: SeriesModel };
};

type Modelled = { fit: Fit; prediction: Prediction; model: SeriesModel };

function modelled(series: readonly number[], horizon: number): Modelled {
  const fit = fitForecast(series);
  const model = {
    smoothing: fit.smoothing,
    standardErrorUsd: Math.sqrt(fit.sse / fit.degreesOfFreedom),
    backtest: backtest(series, horizon),
  };
  return { fit, prediction: predict(fit, horizon), model };
}

const around = (expected: number, half: number): Interval => ({ lower: expected - half, upper: expected + half });

const expectedOf = (estimate: number, standardError: number, { widthOf }: Prediction): Expected => ({
  expected: estimate,
  interval80: around(estimate, widthOf(0.8) * standardError),
  interval95: around(estimate, widthOf(0.95) * standardError),
});

const dayOf = ({ prediction }: Modelled, i: number): Expected =>
  expectedOf(prediction.points[i] as number, prediction.standardErrors[i] as number, prediction);
const totalOf = ({ prediction }: Modelled): Expected => expectedOf(prediction.total, prediction.totalStandardError, prediction);

/** (value / cost - 1) x 100; what moves value and cost together is taken from how their one-step errors went together. */
function roiOf(value: Modelled, cost: Modelled): Forecast['total']['roiPercent'] {
  const uncertain = ({ prediction }: Modelled) => ({ estimate: prediction.total, standardError: prediction.totalStandardError });
  const percent = (ratio: number): number => (ratio - 1) * 100;
  if (!(cost.prediction.total > 0)) return null;
  const together = correlation(value.fit.errors, cost.fit.errors);
  const at = (probability: number): Interval | null => {
    const found = fieller(uncertain(value), uncertain(cost), together, value.prediction.widthOf(probability));
    return found && { lower: percent(found.lower), upper: percent(found.upper) };
  };
  return { expected: percent(value.prediction.total / cost.prediction.total), interval80: at(0.8), interval95: at(0.95) };
}

/** @throws ImpactError `unprocessable` with fewer days than two seasons: a weekly season cannot be told from chance */
export function forecast(history: History, horizon: number): Forecast {
  const present = history.valueUsd.length;
  if (present < MINIMUM_DAYS)
    throw new ImpactError('unprocessable', 'there is too little history for a forecast', {
      problems: [
        {
          field: 'history',
          value: `${present} whole days`,
          expected: `at least ${MINIMUM_DAYS}: two weeks, so that weekdays can be told apart`,
        },
      ],
    });
  const recent = (series: readonly number[]): number[] => series.slice(-MOST_HISTORY_DAYS);
  const [value, cost] = [modelled(recent(history.valueUsd), horizon), modelled(recent(history.costUsd), horizon)];
  const first = plusDays(history.firstDay, present);
  return {
    historyDays: Math.min(present, MOST_HISTORY_DAYS),
    days: Array.from({ length: horizon }, (_, i) => ({ day: plusDays(first, i), valueUsd: dayOf(value, i), costUsd: dayOf(cost, i) })),
    total: {
      valueUsd: totalOf(value),
      costUsd: totalOf(cost),
      netUsd: { expected: value.prediction.total - cost.prediction.total },
      roiPercent: roiOf(value, cost),
    },
    models: { value: value.model, cost: cost.model },
  };
}
