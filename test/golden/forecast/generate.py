"""Reference values of the forecast by statsmodels' ETSModel(add, add, add).

    python -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/python generate.py > cases.json

Each case: a series, given parameters and initial state with what follows from them (one-step errors, forecasts, variances), and the
sum of squared errors at statsmodels' own best fit, which ours must not exceed.
"""

import json
import warnings

import numpy as np
import pandas as pd
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

warnings.simplefilter("ignore")
SEASON = 7
HORIZON = 30


def series(rng, days):
    week = rng.normal(0, 20, SEASON)
    level, trend = 100.0, rng.normal(0, 0.5)
    values = []
    for t in range(days):
        level += trend + rng.normal(0, rng.choice([0, 3]))
        values.append(level + week[t % SEASON] + rng.normal(0, 8))
    return [round(v, 6) for v in values]


def model_of(values, **options):
    return ETSModel(pd.Series(values), error="add", trend="add", seasonal="add", seasonal_periods=SEASON, **options)


def given(values, alpha, beta, gamma, level, trend, season):
    model = model_of(values, initialization_method="known", initial_level=level, initial_trend=trend, initial_seasonal=season)
    result = model.smooth([alpha, beta, gamma])
    if not np.allclose(result.fittedvalues[:SEASON][0], level + trend + season[0]):
        raise SystemExit("the order of the initial seasons is not as expected")
    forecast = result.get_prediction(start=len(values), end=len(values) + HORIZON - 1)
    scale = float(np.mean(np.asarray(result.resid) ** 2))
    return {
        "errors": [float(e) for e in np.asarray(values) - result.fittedvalues],
        "forecasts": [float(f) for f in forecast.predicted_mean],
        "relativeVariances": [float(v) / scale for v in forecast.forecast_variance],
    }


def best(values):
    result = model_of(values, initialization_method="estimated").fit(disp=False, maxiter=5000)
    errors = np.asarray(values) - result.fittedvalues
    return float(np.sum(errors**2))


def main():
    rng = np.random.default_rng(20260111)
    cases = []
    for days in (21, 28, 42, 60, 91, 120, 182):
        for _ in range(2):
            values = series(rng, days)
            alpha = float(np.round(rng.uniform(0.02, 0.9), 4))
            beta = float(np.round(rng.uniform(0.001, 0.5) * alpha, 5))
            gamma = float(np.round(rng.uniform(0.01, 0.9) * (1 - alpha), 5))
            season = [float(s) for s in np.round(rng.normal(0, 15, SEASON), 4)]
            level, trend = float(np.round(values[0], 4)), float(np.round(rng.normal(0, 1), 4))
            smoothing = {"alpha": alpha, "beta": beta, "gamma": gamma}
            state = {"level": level, "trend": trend, "season": season}
            reference = given(values, alpha, beta, gamma, level, trend, season)
            cases.append({"series": values, "smoothing": smoothing, "first": state, **reference, "bestSse": best(values)})
    print(json.dumps({"horizon": HORIZON, "cases": cases}))


main()
