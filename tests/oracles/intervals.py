"""Answers of scipy, statsmodels and numpy for the intervals of src/statistics; where two of them have a method they must agree.

    pip install scipy statsmodels numpy && python tests/oracles/intervals.py > tests/oracles/intervals.json
"""

import json
import math

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
from statsmodels.stats.rates import confint_poisson
from statsmodels.stats.weightstats import DescrStatsW


def same(one, other, tolerance=1e-9):
    for a, b in zip(one, other):
        assert math.isclose(a, b, rel_tol=tolerance, abs_tol=1e-12), (one, other)
    return [float(a) for a in one]


def share(x, n, level):
    wilson = proportion_confint(x, n, 1 - level, "wilson")
    exact = (
        stats.beta.ppf((1 - level) / 2, x, n - x + 1) if x else 0.0,
        stats.beta.ppf((1 + level) / 2, x + 1, n - x) if x < n else 1.0,
    )
    test = stats.binomtest(x, n)
    wilson = same(wilson, test.proportion_ci(level, "wilson"), 1e-8)
    same(exact, test.proportion_ci(level, "exact"), 1e-8)
    return {"x": x, "n": n, "level": level, "wilson": wilson, "clopper_pearson": [float(e) for e in exact]}


def difference(x1, n1, x2, n2, level):
    limits = confint_proportions_2indep(x1, n1, x2, n2, method="newcomb", compare="diff", alpha=1 - level)
    return {"x1": x1, "n1": n1, "x2": x2, "n2": n2, "level": level, "limits": [float(v) for v in limits]}


def rate(events, exposure, level):
    lower = stats.chi2.ppf((1 - level) / 2, 2 * events) / 2 if events else 0.0
    limits = (lower / exposure, stats.chi2.ppf((1 + level) / 2, 2 * events + 2) / 2 / exposure)
    same(limits, confint_poisson(events, exposure, method="exact-c", alpha=1 - level), 1e-8)
    return {"events": events, "exposure": exposure, "level": level, "limits": [float(v) for v in limits]}


def mean(values, level):
    values = np.array(values, dtype=float)
    spread = float(values.std(ddof=1)) if len(values) > 1 else None
    limits = None
    if spread:
        limits = stats.t.interval(level, len(values) - 1, values.mean(), stats.sem(values))
        limits = same(limits, DescrStatsW(values).tconfint_mean(1 - level))
    quantiles = [float(q) for q in np.quantile(values, [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1], method="linear")]
    return {
        "values": values.tolist(), "level": level, "mean": float(values.mean()), "sd": spread, "limits": limits, "quantiles": quantiles,
    }


def many(n, sd, level):
    """A mean of 0 and a spread, given as sums only: for degrees of freedom up to a million."""
    reach = stats.t.ppf((1 + level) / 2, n - 1) * sd / math.sqrt(n)
    return {"n": n, "sum_of_squares": (n - 1) * sd * sd, "level": level, "reach": float(reach)}


def change(before, after):
    before, after = np.array(before, dtype=float), np.array(after, dtype=float)
    test = stats.ttest_rel(after, before)
    limits = test.confidence_interval(0.95) if (after - before).std() > 0 else None
    spread = (before.std(ddof=1) + after.std(ddof=1)) / 2
    return {
        "before": before.tolist(), "after": after.tolist(), "change": float((after - before).mean()),
        "limits": None if limits is None else [float(limits.low), float(limits.high)],
        "d_av": float((after - before).mean() / spread) if spread > 0 else None,
    }


draw = np.random.default_rng(20240229)
counts = [(0, 1), (1, 1), (0, 10), (10, 10), (1, 10), (9, 10), (5, 10), (81, 263), (15, 148), (56, 70), (2351, 7167), (1, 1000), (999, 1000),
          (0, 250_000), (40_000, 100_000), (123_456, 1_000_000), (3, 2_000_000)]
answers = {
    "shares": [share(x, n, level) for x, n in counts for level in (0.95, 0.998)] + [share(20, 400, 0.8)],
    "differences": [
        difference(*case) for case in [
            (56, 70, 48, 80, 0.95), (9, 10, 3, 10, 0.95), (6, 7, 2, 7, 0.95), (5, 56, 0, 29, 0.95), (0, 10, 0, 20, 0.95), (10, 10, 20, 20, 0.95),
            (10, 10, 0, 20, 0.95), (1, 1, 0, 1, 0.95), (610, 1200, 598, 1300, 0.99),
        ]
    ],
    "rates": [
        rate(*case) for case in [
            (0, 1.0, 0.95), (1, 1.0, 0.95), (1, 250.5, 0.998), (5, 12.0, 0.95), (17, 903.25, 0.9), (120, 4000.0, 0.95), (2000, 1e5, 0.95),
            (150_000, 1e6, 0.95),
        ]
    ],
    "means": [
        mean([7.5], 0.95), mean([3.0, 3.0, 3.0, 3.0], 0.95), mean([1.0, 2.0], 0.95), mean([0, 0, 0, 1], 0.95), mean([5, 1, 5, 1, 5, 9], 0.9),
        mean(draw.integers(0, 90, 41).tolist(), 0.95), mean((1e6 + draw.integers(0, 9, 30)).tolist(), 0.95), mean([-2.5, 4.25, 0.0, -1e3, 12.5], 0.99),
    ],
    "many": [many(n, sd, level) for n, sd, level in [
        (2, 1.0, 0.95), (3, 4.0, 0.99), (31, 2.0, 0.95), (1000, 1.5, 0.95), (1001, 1.5, 0.95), (5000, 1.0, 0.998), (1_000_000, 3.0, 0.95)]],
    "changes": [
        change([10, 12, 9, 14, 20, 11], [13, 12, 11, 15, 24, 10]), change([1, 2, 3], [3, 4, 5]), change([5, 5, 5], [1, 2, 9]),
        change(draw.integers(0, 60, 35).tolist(), draw.integers(0, 60, 35).tolist()),
        change([5, 5], [5, 5]),
    ],
}
print(json.dumps(answers, indent=1))
