"""Limits of control charts from their textbook formulas in numpy (Wheeler 1993; Laney 2002), written apart from src/statistics.

    pip install numpy && python tests/oracles/process.py > tests/oracles/process.json
"""

import json

import numpy as np


def individuals(name, values, baseline=None, screen=False):
    base = np.array(values if baseline is None else values[slice(*baseline)], dtype=float)
    ranges = np.abs(np.diff(base))
    if screen:
        ranges = ranges[ranges < 3.267 * ranges.mean()]
    center, reach = base.mean(), 2.66 * ranges.mean()
    return {"name": name, "values": [float(v) for v in values], "baseline": baseline, "screen": screen, "center": center,
            "lower": center - reach, "upper": center + reach}


def shares(name, x, n):
    x, n = np.array(x, dtype=float), np.array(n, dtype=float)
    p, center = x / n, x.sum() / n.sum()
    sd = np.sqrt(center * (1 - center) / n)
    sigma_z = np.abs(np.diff((p - center) / sd)).mean() / 1.128
    ends = lambda reach: {"lower": np.clip(center - reach, 0, 1).tolist(), "upper": np.clip(center + reach, 0, 1).tolist()}
    return {"name": name, "x": x.astype(int).tolist(), "n": n.astype(int).tolist(), "center": center, "sigma_z": sigma_z,
            "p": ends(3 * sd), "laney": ends(3 * sd * sigma_z)}


def rates(name, x, exposure):
    x, n = np.array(x, dtype=float), np.array(exposure, dtype=float)
    u, center = x / n, x.sum() / n.sum()
    sd = np.sqrt(center / n)
    sigma_z = np.abs(np.diff((u - center) / sd)).mean() / 1.128
    ends = lambda reach: {"lower": np.maximum(center - reach, 0).tolist(), "upper": (center + reach).tolist()}
    return {"name": name, "x": x.astype(int).tolist(), "exposure": n.tolist(), "center": center, "sigma_z": sigma_z,
            "u": ends(3 * sd), "laney": ends(3 * sd * sigma_z)}


draw = np.random.default_rng(7)
steady, large = draw.poisson(40, 24).tolist(), draw.integers(2500, 3500, 24)
small = draw.integers(4, 20, 18)
answers = {
    "individuals": [
        individuals("two years of counts", steady),
        individuals("first year as baseline, a jump later", steady[:12] + [v + 30 for v in steady[12:]], [0, 12]),
        individuals("one wild month, screened", steady[:9] + [400] + steady[9:], None, True),
        individuals("six points", [3.5, 4.25, 3.0, 5.5, 4.0, 4.5]),
    ],
    "shares": [
        shares("large denominators that vary more than chance", draw.binomial(large, np.clip(draw.normal(0.62, 0.04, 24), 0, 1)), large),
        shares("small denominators", draw.binomial(small, 0.8), small),
        shares("limits cut at 0", [0, 1, 0, 2, 0, 1, 1, 0, 0, 1, 0, 0], [30, 28, 31, 40, 22, 35, 33, 30, 29, 30, 31, 30]),
    ],
    "rates": [
        rates("large counts that vary more than chance", draw.poisson(900 * draw.gamma(60, 1 / 60, 24)), draw.uniform(800, 1200, 24).round(2)),
        rates("small counts, lower limits cut at 0", draw.poisson(2, 15), draw.uniform(3, 9, 15).round(2)),
        rates("steady, narrower than chance", [50, 51, 50, 49, 50, 50, 51, 50, 50, 49, 50, 51], [10.0] * 12),
    ],
}
print(json.dumps(answers, indent=1))
