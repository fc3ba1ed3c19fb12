"""Reference values for the statistics, from scipy and mpmath; nothing of ours is used to make them.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python generate.py

writes the JSON files beside this script. The same versions give the same files.
"""

import json
import math
import pathlib

import mpmath as mp
import numpy as np
from scipy import optimize, stats

HERE = pathlib.Path(__file__).parent
mp.mp.dps = 30
rng = np.random.default_rng(20260111)


def write(name, cases):
    lines = ",\n".join(json.dumps(case, allow_nan=False) for case in cases)
    (HERE / f"{name}.json").write_text(f"[\n{lines}\n]\n")
    print(name, len(cases))


# --- distributions: 40 digits, then rounded to doubles -------------------------------------------------------------


def normal_tail(z):
    return mp.erfc(mp.mpf(z) / mp.sqrt(2)) / 2


def student_tail(t, df):
    t, df = mp.mpf(t), mp.mpf(df)
    return mp.betainc(df / 2, mp.mpf(1) / 2, 0, df / (df + t * t), regularized=True) / 2


def chi_squared_tail(x, df):
    return mp.gammainc(mp.mpf(df) / 2, mp.mpf(x) / 2, mp.inf, regularized=True)


def distributions():
    for z in [0, 1e-6, 0.1, 0.5, 1, 1.5, 1.96, 2.5, 3, 3.9999, 4.0001, 5, 6, 7, 7.5, 8, 10, 15, 20, 30, 37]:
        yield {"of": "normal", "x": z, "upper": float(normal_tail(z))}
    for df in [1, 1.5, 2, 3, 4.7, 10, 30.3, 100, 999.25, 1974.1765623057622, 1e4, 123456.7, 1e6]:
        for t in [1e-6, 0.01, 0.5, 1, 1.96, 2.5, 4, 6, 7.2, 10]:
            yield {"of": "student", "df": df, "x": t, "upper": float(student_tail(t, df))}
    for df in [0.5, 1, 1.5, 2, 3, 5, 10.5, 50, 200, 1000, 10000, 1000000]:
        for share in [0.01, 0.5, 0.9, 1, 1.1, 1.5, 2, 5]:
            upper = chi_squared_tail(share * df, df)
            if 1e-300 < upper < 1 - mp.mpf("1e-6"):
                yield {"of": "chi_squared", "df": df, "x": share * df, "upper": float(upper)}


# --- comparisons ---------------------------------------------------------------------------------------------------


def sums(values):
    return {"n": len(values), "sum": float(np.sum(values)), "sumSquares": float(np.sum(values**2))}


def ratio_sums(values, denominators):
    more = {
        "denominatorSum": float(np.sum(denominators)),
        "denominatorSumSquares": float(np.sum(denominators**2)),
        "crossSum": float(np.sum(values * denominators)),
    }
    return {**sums(values), **more}


def moments(metric, arm):
    n, mean = arm["n"], arm["sum"] / arm["n"]
    if metric == "proportion":
        return n, mean, mean * (1 - mean)
    own = (arm["sumSquares"] - arm["sum"] ** 2 / n) / (n - 1)
    if metric == "mean":
        return n, mean, own
    base = arm["denominatorSum"] / n
    others = (arm["denominatorSumSquares"] - arm["denominatorSum"] ** 2 / n) / (n - 1)
    cross = (arm["crossSum"] - arm["sum"] * arm["denominatorSum"] / n) / (n - 1)
    return n, mean / base, own / base**2 - 2 * cross * mean / base**3 + mean**2 * others / base**4


def rho(alpha, n_star):
    bits = -2 * math.log(alpha)
    return math.sqrt((bits + math.log(bits + 1)) / n_star)


def expected(metric, control, treatment, alpha, n_star):
    (n_a, m_a, v_a), (n_b, m_b, v_b) = moments(metric, control), moments(metric, treatment)
    variance = v_a / n_a + v_b / n_b
    df = variance**2 / ((v_a / n_a) ** 2 / (n_a - 1) + (v_b / n_b) ** 2 / (n_b - 1))
    effect, lift = m_b - m_a, (m_b - m_a) / m_a
    lift_variance = v_b / (m_a**2 * n_b) + v_a * m_b**2 / (m_a**4 * n_a)
    critical = stats.t.isf(alpha / 2, df)
    total, r = n_a + n_b, rho(alpha, n_star)
    log_e = r**2 * effect**2 * total / (2 * (total * r**2 + 1) * variance) - math.log(math.sqrt(total * r**2 + 1))
    width = math.sqrt(total * variance * 2 * (total * r**2 + 1) * math.log(math.sqrt(total * r**2 + 1) / alpha)) / (total * r)
    even = total / 2
    return {
        "control": {"mean": m_a},
        "treatment": {"mean": m_b},
        "absoluteEffect": effect,
        "absoluteCi": [effect - critical * math.sqrt(variance), effect + critical * math.sqrt(variance)],
        "pValue": float(2 * stats.t.sf(abs(effect) / math.sqrt(variance), df)),
        "degreesOfFreedom": df,
        "relativeLift": lift,
        "relativeCi": [lift - critical * math.sqrt(lift_variance), lift + critical * math.sqrt(lift_variance)],
        "relativePValue": float(2 * stats.t.sf(abs(lift) / math.sqrt(lift_variance), df)),
        "sequentialPValue": min(1, math.exp(-log_e)),
        "sequentialCi": [effect - width, effect + width],
        "srmPValue": float(stats.chi2.sf(((n_a - even) ** 2 + (n_b - even) ** 2) / even, 1)),
    }


def draw_size(most):
    return int(np.exp(rng.uniform(np.log(12), np.log(most))))


def mean_case():
    """Raw values, judged by scipy's own Welch test."""
    n = draw_size(3000)
    m = max(3, int(n * rng.uniform(0.6, 1.6)))
    scale, spread = np.exp(rng.normal(2, 1.5)), rng.uniform(0.1, 1.2)
    a = scale * np.exp(spread * rng.normal(size=n))
    b = scale * np.exp(rng.normal(0, 0.15)) * np.exp(spread * rng.uniform(0.7, 1.4) * rng.normal(size=m))
    test = stats.ttest_ind(b, a, equal_var=False)
    return sums(a), sums(b), test


def comparisons():
    for i in range(480):
        metric = ["mean", "proportion", "ratio"][i % 3]
        alpha, n_star = float(rng.choice([0.01, 0.05, 0.1, 0.2])), float(rng.choice([100, 1000, 5000, 50000]))
        test = None
        if metric == "mean":
            control, treatment, test = mean_case()
        elif metric == "proportion":
            n = draw_size(1000000)
            m = int(n * rng.uniform(0.8, 1.25))
            p = rng.beta(1, 3)
            q = min(0.99, p * np.exp(rng.normal(0, 0.1)))
            control = {"n": n, "sum": int(min(n - 1, max(1, rng.binomial(n, p))))}
            treatment = {"n": m, "sum": int(min(m - 1, max(1, rng.binomial(m, q))))}
        else:
            arms = []
            for _ in range(2):
                units = draw_size(4000)
                events = 1 + rng.poisson(rng.uniform(0.5, 25), size=units)
                own = rng.beta(2, 8, size=units)
                arms.append(ratio_sums(rng.binomial(events, own).astype(float), events.astype(float)))
            control, treatment = arms
        wanted = expected(metric, control, treatment, alpha, n_star)
        if test is not None:
            interval = test.confidence_interval(1 - alpha)
            wanted |= {"pValue": float(test.pvalue), "degreesOfFreedom": float(test.df), "absoluteCi": [float(interval.low), float(interval.high)]}
        yield {"input": {"metric": metric, "control": control, "treatment": treatment, "alpha": alpha, "nStar": n_star}, "expected": wanted}


# --- one-sided confidence sequences: the p-value by searching for the alpha whose bound touches 0 -------------------


def one_sided():
    for _ in range(60):
        units, alpha, n_star = float(draw_size(1000000)), float(rng.choice([0.0125, 0.05, 0.1])), float(rng.choice([500, 5000]))
        r = rho(2 * alpha, n_star)

        def width(level):
            v = units * r**2
            return math.sqrt(2 * (v + 1) / v * math.log(1 + math.sqrt(v + 1) / (2 * level)))

        z = rng.uniform(0.6, 1.7) * width(alpha)
        high = optimize.brentq(lambda log: width(math.exp(log)) - z, -700, 700, xtol=1e-14)
        yield {"units": units, "alpha": alpha, "tuningUnits": n_star, "z": z, "width": width(alpha), "pValue": min(1, math.exp(high))}


# --- group-sequential bounds: the joint density on a dense, even grid (Simpson) ------------------------------------


def spent(kind, alpha, t):
    if kind == "pocock":
        return alpha * math.log(1 + (math.e - 1) * t)
    return 2 * stats.norm.sf(stats.norm.isf(alpha / 2) / math.sqrt(t))


def simpson(low, high, points=1601):
    grid = np.linspace(low, high, points)
    weights = np.ones(points)
    weights[1:-1:2], weights[2:-1:2] = 4, 2
    return grid, weights * (high - low) / (points - 1) / 3


def group_bounds(kind, alpha, sides, shares):
    used, before, bounds, grid, mass = 0.0, 0.0, [], np.array([0.0]), np.array([1.0])
    for share in shares:
        step, now = math.sqrt(share - before), spent(kind, alpha / sides, share)
        beyond = lambda z: float(mass @ stats.norm.sf((z * math.sqrt(share) - grid) / step)) - (now - used)
        z = optimize.brentq(beyond, 0.01, 12, xtol=1e-13, rtol=1e-14)
        bounds.append(z)
        next_grid, weights = simpson(-z * math.sqrt(share) if sides == 2 else -9 * math.sqrt(share), z * math.sqrt(share))
        density = stats.norm.pdf((next_grid[:, None] - grid[None, :]) / step) / step
        mass, grid = weights * (density @ mass), next_grid
        used, before = now, share
    return bounds


def group_sequential():
    plans = [[1.0], [0.5, 1.0], [0.2, 0.4, 0.6, 0.8, 1.0], [0.3, 0.45, 0.9, 1.0], [i / 10 for i in range(1, 11)]]
    for kind in ["obrien_fleming", "pocock"]:
        for alpha, sides in [(0.05, 2), (0.05, 1), (0.025, 1), (0.01, 2)]:
            for shares in plans:
                yield {"spending": kind, "alpha": alpha, "sides": sides, "information": shares, "bounds": group_bounds(kind, alpha, sides, shares)}


# --- safe Bernoulli test: block by block, the nearest null by numerical minimisation --------------------------------


def safe_tests():
    for i in range(24):
        sizes, block = [1.3, 2.0, 4.0, 9.0], int(rng.choice([1, 5, 20]))
        margin = [{"relative": 0, "absolute": 0}, {"relative": 0, "absolute": 0.02}, {"relative": 0.5, "absolute": 0}, {"relative": 0.2, "absolute": 0.01}][i % 4]
        p, q = rng.uniform(0.01, 0.3, size=2)
        arms = rng.random(400) < 0.5
        bad = rng.random(400) < np.where(arms, p, q)
        outcomes = [["treatment" if arm else "control", int(one)] for arm, one in zip(arms, bad)]
        # One letter an outcome: c or t for the arm, a capital for a bad one.
        letters = "".join(arm[0].upper() if value else arm[0] for arm, value in outcomes)
        test = {"oddsSizes": sizes, "blockSize": block, "margin": margin, "prior": {"n": 20, "events": 0.5}}
        yield {"test": test, "outcomes": letters, **safe_result(outcomes, sizes, block, margin)}


def safe_result(outcomes, sizes, block, margin):
    logs, seen, open_block = [mp.mpf(0)] * len(sizes), [0, 0], {"control": [], "treatment": []}
    for arm, value in outcomes:
        open_block[arm].append(value)
        if min(len(values) for values in open_block.values()) < block:
            continue
        q = (seen[1] + 0.5) / (seen[0] + 20)
        logs = [log + block_log(open_block, q, size, margin) for log, size in zip(logs, sizes)]
        seen = [seen[0] + len(open_block["control"]), seen[1] + sum(open_block["control"])]
        open_block = {"control": [], "treatment": []}
    return {"logEvidence": [float(log) for log in logs], "eValue": float(sum(mp.exp(log) for log in logs) / len(logs))}


def block_log(open_block, q, size, margin):
    p = size * q / (1 - q + size * q)
    edge = lambda rate: (1 + margin["relative"]) * rate + margin["absolute"]
    if p <= edge(q):
        return mp.mpf(0)
    n_c, n_t = len(open_block["control"]), len(open_block["treatment"])
    if margin["relative"] == 0 and margin["absolute"] == 0:
        null_c = null_t = (n_t * mp.mpf(p) + n_c * mp.mpf(q)) / (n_c + n_t)
    else:
        end = (p - margin["absolute"]) / (1 + margin["relative"])
        pull = lambda n, rate, x: n * (x - rate) / (x * (1 - x))
        slope = lambda rate: (1 + margin["relative"]) * pull(n_t, p, edge(rate)) + pull(n_c, q, rate)
        null_c = optimize.brentq(slope, q, end, xtol=1e-16, rtol=1e-15)
        null_t = edge(null_c)
    log = mp.mpf(0)
    for values, rate, null in [(open_block["treatment"], p, null_t), (open_block["control"], q, null_c)]:
        for value in values:
            log += mp.log(rate / null) if value else mp.log((1 - rate) / (1 - null))
    return log


# --- rates against a hard limit: the mixture by quadrature ----------------------------------------------------------


def log_evidence(n, events, limit):
    """Over the angle whose squared sine is the rate, Jeffreys's prior is even."""
    start, end = mp.asin(mp.sqrt(mp.mpf(limit))), mp.pi / 2

    def likelihood(angle):
        log = events * mp.log(mp.sin(angle) ** 2 / limit)
        return mp.exp(log + (n - events) * mp.log(mp.cos(angle) ** 2 / (1 - limit)) if n > events else log)

    peak = min(end, max(start, mp.asin(mp.sqrt(mp.mpf(events) / n))))
    cuts = sorted({start, *[min(end, max(start, peak + k / (2 * mp.sqrt(n)))) for k in (-12, -6, -2, 0, 2, 6, 12)], end})
    return mp.log(mp.quad(likelihood, cuts) / (end - start))


def rate_limits():
    for n, events, limit, alpha in [(50, 8, 0.05, 0.05), (200, 25, 0.05, 0.0125), (1000, 80, 0.05, 0.01), (30, 30, 0.5, 0.05), (5000, 300, 0.03, 0.001), (400, 1, 0.001, 0.05)]:
        missing = lambda rate: float(log_evidence(n, events, rate)) + math.log(alpha)
        bound = optimize.brentq(missing, events / n / 1e9, events / n * 0.999999, xtol=1e-13)
        yield {"n": n, "events": events, "limit": limit, "alpha": alpha, "logEvidence": float(log_evidence(n, events, limit)), "lowerBound": bound}


# --- CUPED by least squares, shrinkage by a search of its own -------------------------------------------------------


def cuped():
    for _ in range(20):
        arms, raws = [], []
        for shift in [0.0, rng.normal(0, 0.3)]:
            n = draw_size(500)
            before = rng.gamma(2, 3, size=n)
            raws.append((before, 2 + 0.7 * before + shift + rng.normal(0, rng.uniform(0.5, 4), size=n)))
        before = np.concatenate([x - x.mean() for x, _ in raws])
        after = np.concatenate([y - y.mean() for _, y in raws])
        theta = float(np.linalg.lstsq(before[:, None], after, rcond=None)[0][0])
        centre = float(np.mean(np.concatenate([x for x, _ in raws])))
        for x, y in raws:
            adjusted = y - theta * (x - centre)
            pre = {"otherSum": float(x.sum()), "otherSumSquares": float((x**2).sum()), "crossSum": float((x * y).sum())}
            arms.append({"sums": {**sums(y), **pre}, "mean": float(adjusted.mean()), "variance": float(adjusted.var(ddof=1))})
        yield {"control": arms[0], "treatment": arms[1], "theta": theta, "correlation": float(np.corrcoef(before, after)[0, 1])}


def shrinkage():
    for _ in range(20):
        k = int(rng.integers(4, 40))
        errors = rng.uniform(0.01, 0.08, size=k)
        effects = rng.normal(0.01, 0.05, size=k) + errors * rng.normal(size=k)

        def excess(spread):
            weights = 1 / (errors**2 + spread)
            return float(weights @ (effects - np.average(effects, weights=weights)) ** 2) - (k - 1)

        spread = 0.0 if excess(0) <= 0 else optimize.brentq(excess, 0, 10, xtol=1e-18, rtol=1e-14)
        mean = float(np.average(effects, weights=1 / (errors**2 + spread)))
        weight = spread / (spread + errors**2)
        observed = [{"effect": float(e), "standardError": float(s)} for e, s in zip(effects, errors)]
        yield {"observed": observed, "mean": mean, "standardDeviation": math.sqrt(spread), "shrunk": [float(x) for x in mean + weight * (effects - mean)]}


write("distributions", list(distributions()))
write("comparisons", list(comparisons()))
write("one-sided", list(one_sided()))
write("group-sequential", list(group_sequential()))
write("safe-tests", list(safe_tests()))
write("rate-limits", list(rate_limits()))
write("cuped", list(cuped()))
write("shrinkage", list(shrinkage()))
