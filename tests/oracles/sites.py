"""Answers of scipy, statsmodels, mpmath and numpy for what compares sites and groups: funnels, overdispersion, indirect standardisation,
adjusted p-values, tests of counts and shares, Byar limits, ratios, clustered shares, means and rates. Written apart from src/statistics.

    pip install scipy statsmodels numpy mpmath && python tests/oracles/sites.py > tests/oracles/sites.json
"""

import json
import math
from fractions import Fraction

import numpy as np
import statsmodels.api as sm
from mpmath import mp, mpf
from scipy import stats
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

mp.dps = 40


def same(one, other, tolerance=1e-9):
    assert math.isclose(one, other, rel_tol=tolerance, abs_tol=1e-14), (one, other)
    return float(one)


def pair(interval):
    return [float(end) for end in interval]


# --- funnels -------------------------------------------------------------------------------------------------------------------------------


def interpolated(cdf, pmf, ppf, tail):
    """Where the distribution function, joined by straight lines between counts, takes the tail and its complement; both sides from below."""
    quantile = lambda p: (lambda r: r - (cdf(r) - p) / pmf(r))(int(ppf(p)))
    return quantile(tail), quantile(1 - tail)


def binomial_mp(n, p):
    """Distribution function and probabilities to 40 digits."""
    p = mpf(p)
    terms = [mp.binomial(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    sums = [mpf(0)]
    for term in terms:
        sums.append(sums[-1] + term)
    return (lambda r: sums[r + 1]), (lambda r: terms[r])


def poisson_mp(mean):
    last = int(mean + 40 * math.sqrt(mean) + 60)
    mean = mpf(mean)
    term = mp.exp(-mean)
    terms = [term]
    for k in range(1, last):
        term = term * mean / k
        terms.append(term)
    sums = [mpf(0)]
    for term in terms:
        sums.append(sums[-1] + term)
    return (lambda r: sums[r + 1]), (lambda r: terms[r])


def funnel_share(target, n, level):
    tail = (1 - mpf(level)) / 2
    cdf, pmf = binomial_mp(n, target)
    lower, upper = interpolated(cdf, pmf, lambda p: stats.binom.ppf(float(p), n, target), tail)
    z = stats.norm.ppf((1 + level) / 2)
    reach = z * math.sqrt(target * (1 - target) / n)
    clip = lambda end: float(min(max(end, 0), 1))
    # The defining property of the inverted limits, by another's Wilson interval.
    if reach < min(target, 1 - target):
        touch = proportion_confint((target - reach) * n, n, 1 - level, "wilson")[1]
        assert math.isclose(touch, target, rel_tol=1e-9), (touch, target)
    failures = interpolated(*binomial_mp(n, 1 - mpf(target)), lambda p: stats.binom.ppf(float(p), n, 1 - target), tail)
    mirrored = n - failures[0]
    return {"target": target, "n": n, "level": level, "mirrored": [clip(lower / n), clip(mirrored / n)],
            "quantiles": [clip(lower / n), clip(upper / n)], "wilson": [clip(target - reach), clip(target + reach)]}


def funnel_ratio(expected, level):
    tail = (1 - mpf(level)) / 2
    cdf, pmf = poisson_mp(expected)
    lower, upper = interpolated(cdf, pmf, lambda p: stats.poisson.ppf(float(p), expected), tail)
    return {"expected": expected, "level": level, "mirrored": [float(max(lower, 0) / expected), float((upper + 1) / expected)],
            "quantiles": [float(max(lower, 0) / expected), float(max(upper, 0) / expected)]}


# --- overdispersion ------------------------------------------------------------------------------------------------------------------------


def dispersion(name, observed, size, scale, target=None, extremes="pulled in", share=0.1, at=(25.0, 400.0)):
    x, n = np.array(observed, float), np.array(size, float)
    common = x.sum() / n.sum() if target is None else target
    read, back, s = {
        "share": (lambda v: v, lambda v: np.clip(v, 0, 1), lambda n: np.sqrt(common * (1 - common) / n)),
        "arcsine": (lambda v: np.arcsin(np.sqrt(v)), lambda v: np.sin(np.clip(v, 0, np.pi / 2)) ** 2, lambda n: 1 / (2 * np.sqrt(n))),
        "root": (np.sqrt, lambda v: np.maximum(v, 0) ** 2, lambda n: 1 / (2 * np.sqrt(n))),
        "logarithm": (np.log, np.exp, lambda n: 1 / np.sqrt(common * n)),
    }[scale]
    with np.errstate(divide="ignore"):
        y = read(x / n) - read(common)
    part = np.isfinite(y)
    z, error = y[part] / s(n[part]), s(n[part])
    low, high = np.quantile(z, [share, 1 - share])
    kept = np.full(len(z), True)
    if extremes == "pulled in":
        used = np.clip(z, low, high)
    elif extremes == "left out":
        kept = (low < z) & (z < high)
        used = z[kept]
    else:
        used = z
    count, w = len(used), 1 / error[kept] ** 2
    phi = (used**2).mean()
    tau2 = max(0.0, (count * phi - (count - 1)) / (w.sum() - (w**2).sum() / w.sum()))
    statistic, df = (z**2).sum(), len(z) - (target is None)
    if scale == "share" and target is None:
        same(statistic, stats.chi2_contingency(np.array([x, n - x]), correction=False).statistic)
    limits = [[float(back(read(common) + sign * stats.norm.ppf((1 + level) / 2) * np.sqrt(s(size) ** 2 + tau2))) for sign in (-1, 1)]
              for size in at for level in (0.95, 0.998)]
    column = lambda values: [float(values[part[:i].sum()]) if part[i] else None for i in range(len(x))]
    return {"name": name, "observed": [int(v) for v in observed], "size": [float(v) for v in size], "scale": scale, "target": target,
            "extremes": extremes, "share": share, "phi": float(phi), "tau_squared": float(tau2), "statistic": float(statistic), "df": int(df),
            "p_value": float(stats.chi2.sf(statistic, df)), "scores": column(z), "adjusted": column(y[part] / np.sqrt(error**2 + tau2)),
            "at": list(at), "limits": limits}


# --- indirect standardisation --------------------------------------------------------------------------------------------------------------


def byar(count, level):
    """Breslow & Day's formula as printed; none where its lower end is negative or undefined."""
    z = stats.norm.ppf((1 + level) / 2)
    if count == 0:
        return None
    lower = count * (1 - 1 / (9 * count) - z / (3 * math.sqrt(count))) ** 3
    upper = (count + 1) * (1 - 1 / (9 * (count + 1)) + z / (3 * math.sqrt(count + 1))) ** 3
    return [lower, upper] if lower >= 0 else None


def garwood(count, level):
    return [stats.chi2.ppf((1 - level) / 2, 2 * count) / 2 if count else 0.0, stats.chi2.ppf((1 + level) / 2, 2 * count + 2) / 2]


def rate(count, exposure, level):
    scaled = lambda limits: limits and [float(end / exposure) for end in limits]
    return {"events": count, "exposure": exposure, "level": level, "byar": scaled(byar(count, level)),
            "byar_from_ten": scaled(garwood(count, level) if count < 10 else byar(count, level))}


def standardised(name, cells, level, people, reference=None):
    """Cells and reference as (stratum, group, events, size) and (stratum, events, size); stratum None is missing."""
    table = {}
    for stratum, events, size in reference if reference is not None else [(c[0], c[2], c[3]) for c in cells]:
        x, n = table.get(stratum, (0, 0.0))
        table[stratum] = (x + events, n + size)
    overall = sum(x for x, _ in table.values()) / sum(n for _, n in table.values())
    groups = []
    for group in sorted({c[1] for c in cells}):
        inside = [c for c in cells if c[1] == group and table.get(c[0], (0, 0))[1] > 0]
        expected = sum(Fraction(table[c[0]][0]) / Fraction(table[c[0]][1]) * Fraction(c[3]) for c in inside)
        observed, left = sum(c[2] for c in inside), [c for c in cells if c[1] == group and c not in inside]
        found = {"group": group, "observed": observed, "expected": float(expected), "events_left_out": sum(c[2] for c in left),
                 "size_left_out": float(sum(c[3] for c in left)), "ratio": None, "exact": None, "byar": None, "adjusted": None, "limits": None}
        if expected > 0:
            over = lambda limits, by=1.0: limits and [float(end / float(expected) * by) for end in limits]
            found |= {"ratio": float(observed / expected), "exact": over(garwood(observed, level)), "byar": over(byar(observed, level))}
            adjusted = float(observed / expected) * overall
            if adjusted <= 1 or not people:
                lower, upper = over(garwood(observed, level), overall)
                found |= {"adjusted": adjusted, "limits": [lower, min(upper, 1.0) if people else upper]}
        groups.append(found)
    return {"name": name, "cells": cells, "reference": reference, "level": level, "people": people, "groups": groups}


# --- tests ---------------------------------------------------------------------------------------------------------------------------------


def single_share(x, n, known):
    exact = stats.binomtest(x, n, known).pvalue
    d = stats.binom(n, known)
    half = d.pmf(x) / 2
    mid = min(1.0, 2 * min((d.cdf(x - 1) if x else 0) + half, d.sf(x) + half))
    z = (x / n - known) / math.sqrt(known * (1 - known) / n)
    return {"x": x, "n": n, "known": known, "exact": float(exact), "mid_p": float(mid), "normal": float(2 * stats.norm.sf(abs(z)))}


def single_count(events, expected):
    cdf, pmf = poisson_mp(expected)
    last = int(expected + 40 * math.sqrt(expected) + 59)
    own = pmf(events)
    exact = sum(pmf(k) for k in range(last) if pmf(k) <= own * (1 + mpf(10) ** -7))
    below, above = (cdf(events - 1) if events else mpf(0)), 1 - cdf(events)
    mid = min(mpf(1), 2 * min(below + own / 2, above + own / 2))
    z = (events - expected) / math.sqrt(expected)
    return {"events": events, "expected": expected, "exact": float(exact), "mid_p": float(mid), "normal": float(2 * stats.norm.sf(abs(z)))}


def two_shares(x1, n1, x2, n2):
    table = np.array([[x1, n1 - x1], [x2, n2 - x2]])
    k, n = x1 + x2, n1 + n2
    ways = {i: math.comb(n1, i) * math.comb(n2, k - i) for i in range(max(0, k - n2), min(k, n1) + 1)}
    fisher = Fraction(sum(w for w in ways.values() if w * 10**7 <= ways[x1] * (10**7 + 1)), math.comb(n, k))
    same(fisher, stats.fisher_exact(table)[1])
    chi2 = stats.chi2_contingency(table, correction=False)
    found = {"x1": x1, "n1": n1, "x2": x2, "n2": n2, "fisher": float(fisher), "statistic": float(chi2.statistic), "p_value": float(chi2.pvalue),
             "least_expected": float(chi2.expected_freq.min()), "risk_ratio": None, "odds_ratio": None}
    ratios = Table2x2(table, shift_zeros=False)
    with np.errstate(all="ignore"):
        if x1 and x2:
            found["risk_ratio"] = [float(ratios.riskratio), *pair(ratios.riskratio_confint(0.05))]
        if table.min() > 0:
            found["odds_ratio"] = [float(ratios.oddsratio), *pair(ratios.oddsratio_confint(0.05))]
    return found


def adjusted(p):
    return {"p": p, "bh": multipletests(p, method="fdr_bh")[1].tolist(), "holm": multipletests(p, method="holm")[1].tolist()}


def rate_ratio(x1, t1, x2, t2, level):
    test = stats.binomtest(x1, x1 + x2, t1 / (t1 + t2))
    n, tail = x1 + x2, (1 - level) / 2
    odds = lambda p: p / (1 - p)
    # The share's limits and, for precision near 1, those of its complement.
    lower = 0.0 if x1 == 0 else odds(stats.beta.ppf(tail, x1, x2 + 1))
    upper = None if x2 == 0 else 1 / odds(stats.beta.ppf(tail, x2, x1 + 1))
    per = t2 / t1
    if x1 and x2:
        same(stats.binomtest(x1, n).proportion_ci(level, "exact").low, lower / (1 + lower), 1e-8)
    return {"events": [x1, x2], "exposure": [t1, t2], "level": level, "ratio": x1 / x2 * per if x2 else None, "lower": float(lower * per),
            "upper": None if upper is None else float(upper * per), "p_value": float(test.pvalue)}


# --- clustered -----------------------------------------------------------------------------------------------------------------------------


def rows_of(clusters):
    return [(person, value) for person, values in enumerate(clusters) for value in values]


def robust(clusters):
    """Mean and its error by least squares with clustered errors; generalised estimating equations give the same less the factor m/(m−1)."""
    rows = rows_of(clusters)
    y, groups, m = np.array([v for _, v in rows], float), np.array([p for p, _ in rows]), len(clusters)
    fit = sm.OLS(y, np.ones(len(y))).fit(cov_type="cluster", cov_kwds={"groups": groups})
    if y.std() == 0:
        return float(y[0]), 0.0, y
    gee = sm.GEE(y, np.ones(len(y)), groups, family=sm.families.Gaussian(), cov_struct=sm.cov_struct.Independence()).fit()
    same(fit.bse[0], gee.bse[0] * math.sqrt(m / (m - 1)), 1e-6)
    return float(fit.params[0]), float(fit.bse[0]), y


def clustered_share(clusters, level):
    share, error, y = robust(clusters)
    n, m = len(y), len(clusters)
    independent = share * (1 - share) / n
    effect = error**2 / independent if independent else None
    sizes = np.array([len(c) for c in clusters])
    effective = n / max(effect, 1) if effect is not None else n * n / (sizes**2).sum()
    few = effective * (stats.t.ppf((1 + level) / 2, n - 1) / stats.t.ppf((1 + level) / 2, m - 1)) ** 2
    wilson = lambda size: pair(proportion_confint(share * size, size, 1 - level, "wilson"))
    return {"clusters": [[int(sum(c)), len(c)] for c in clusters], "level": level, "share": share, "error": error, "design_effect": effect,
            "effective_n": float(effective), "interval": wilson(effective), "few": wilson(few)}


def clustered_mean(clusters, level):
    mean, error, y = robust(clusters)
    reach = stats.t.ppf((1 + level) / 2, len(clusters) - 1) * error
    return {"clusters": [[float(v) for v in c] for c in clusters], "level": level, "mean": mean, "error": error,
            "interval": [mean - reach, mean + reach], "design_effect": float(error**2 / (y.var(ddof=1) / len(y)))}


def clustered_rate(persons, level):
    """Poisson regression on an intercept with the exposure as offset, errors clustered by person."""
    y, t = np.array([x for x, _ in persons], float), np.array([t for _, t in persons], float)
    m, tail = len(persons), (1 - level) / 2
    rate, per = y.sum() / t.sum(), t.sum()
    if y.sum() == 0:
        error, effect, effective = 0.0, None, 0.0
    else:
        model = sm.GLM(y, np.ones(m), family=sm.families.Poisson(), exposure=t)
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": np.arange(m)}, tol=1e-14, maxiter=200)
        same(math.exp(fit.params[0]), rate)
        error = float(fit.bse[0] * rate)
        effect = error**2 / (rate / per)
        effective = y.sum() / max(effect, 1) * (stats.norm.ppf(1 - tail) / stats.t.ppf(1 - tail, m - 1)) ** 2
    scale = rate / effective if effective else 1 / per
    lower = stats.chi2.ppf(tail, 2 * effective) / 2 if effective else 0.0
    return {"persons": [[float(x), int(t)] for x, t in persons], "level": level, "rate": float(rate), "error": error, "design_effect": effect,
            "interval": [float(lower * scale), float(stats.chi2.ppf(1 - tail, 2 * effective + 2) / 2 * scale)]}


draw = np.random.default_rng(20240229)
levels = (0.95, 0.998)
site_n = draw.integers(15, 600, 40)
site_x = draw.binomial(site_n, np.clip(draw.normal(0.35, 0.08, 40), 0, 1))
calm_n = draw.integers(20, 300, 25)
calm_x = draw.binomial(calm_n, 0.4)
expected = np.round(draw.gamma(2, 20, 30), 3)
counts = draw.poisson(expected * draw.gamma(20, 1 / 20, 30))
strata = ["young", "old", None]
cells = [[s, g, int(x), float(x + more)] for s in strata for g in "abcd" for x, more in [draw.integers(0, 40, 2)]]
persons = [draw.binomial(1, p, k).tolist() for p, k in zip(draw.beta(1, 1, 60), draw.integers(1, 9, 60))]
totals = [draw.normal(mu, 2, k).tolist() for mu, k in zip(draw.normal(20, 4, 35), draw.integers(1, 7, 35))]
visits_draw = np.random.default_rng(20261127)
visits = [(int(x), int(t)) for x, t in zip(visits_draw.negative_binomial(0.7, 0.2, 80), visits_draw.integers(5, 366, 80))]
answers = {
    "funnel_shares": [funnel_share(t, n, level) for t, n in [
        (0.9, 1), (0.2, 5), (0.5, 2), (0.35, 17), (0.05, 40), (0.95, 40), (0.62, 263), (0.01, 500), (0.34, 2000)] for level in levels],
    "funnel_ratios": [funnel_ratio(e, level) for e in (0.01, 0.5, 1.5, 4.0, 10.0, 37.25, 250.0, 3100.5) for level in levels],
    "dispersion": [
        dispersion("shares that differ", site_x, site_n, "share"), dispersion("the same, arcsine", site_x, site_n, "arcsine"),
        dispersion("the same, none pulled in", site_x, site_n, "share", extremes="kept"),
        dispersion("the same, extremes left out", site_x, site_n, "share", extremes="left out"),
        dispersion("the same, against an outside share", site_x, site_n, "share", target=0.3),
        dispersion("shares alike", calm_x, calm_n, "share"), dispersion("two sites", [3, 9], [10, 12], "share"),
        dispersion("ratios, root", counts, expected, "root"), dispersion("ratios, logarithm, left out", counts, expected, "logarithm", 1.0, "left out"),
        dispersion("a site without events, root", [0, 5, 12, 3], [4.0, 3.5, 9.25, 5.0], "root"),
        dispersion("a site without events, logarithm", [0, 5, 12, 3], [4.0, 3.5, 9.25, 5.0], "logarithm"),
    ],
    "standardised": [
        standardised("all together", cells, 0.95, True), standardised("all together, 99.8 %", cells, 0.998, True),
        standardised("an outside reference that lacks a stratum", cells, 0.95, True, [["young", 300, 1000.0], ["old", 0, 0.0], [None, 12, 100.0]]),
        standardised("time at risk", [[s, g, x, n * 1.25] for s, g, x, n in cells], 0.95, False, [["young", 90, 100.0], ["old", 4, 1e3], [None, 3, 77.5]]),
        standardised("one stratum, one group", [[None, "a", 7, 20.0]], 0.95, True),
        standardised("an adjusted share above everybody", [["rare", "a", 9, 10.0]], 0.95, True, [["rare", 1, 100.0], ["often", 90, 100.0]]),
        standardised("nothing expected", [["rare", "a", 0, 10.0], ["often", "b", 4, 10.0]], 0.95, True),
    ],
    "rates": [rate(c, e, level) for c, e in [(0, 5.0), (1, 1.0), (2, 12.5), (9, 3.0), (10, 3.0), (37, 903.25), (1500, 1e4), (250_000, 1e6)]
              for level in levels],
    "rate_ratios": [rate_ratio(*case) for case in [
        (0, 10.0, 4, 20.0, 0.95), (4, 10.0, 0, 20.0, 0.95), (1, 5.0, 1, 5.0, 0.95), (11, 800.0, 3, 1083.0, 0.95), (37, 4000.5, 61, 3500.25, 0.998),
        (900, 1e5, 700, 9e4, 0.95), (1, 1.0, 400, 300.0, 0.95), (2000, 10.0, 3, 0.5, 0.95)]],
    "share_tests": [single_share(*case) for case in [
        (0, 1, 0.5), (1, 1, 0.2), (0, 10, 0.3), (10, 10, 0.7), (5, 10, 0.5), (3, 40, 0.2), (81, 263, 0.34), (48, 80, 0.7), (30, 1000, 0.05),
        (2351, 7167, 0.32), (700, 1000, 0.5), (60, 100_000, 0.001)]],
    "count_tests": [single_count(*case) for case in [
        (0, 0.5), (0, 5.0), (1, 0.01), (3, 3.0), (12, 4.5), (40, 61.25), (300, 250.0), (1100, 1000.5)]],
    "two_shares": [two_shares(*case) for case in [
        (3, 4, 1, 4), (0, 5, 4, 6), (5, 5, 1, 6), (1, 9, 11, 12), (56, 70, 48, 80), (9, 10, 3, 10), (2, 30, 9, 25), (610, 1200, 598, 1300), (4, 2000, 15, 2100),
        (5, 5, 3, 9), (300, 400, 100, 410)]],
    "adjusted": [
        adjusted([0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]),
        adjusted([0.5]), adjusted([0.03, 0.03, 0.03, 1.0, 0.0]), adjusted(np.round(draw.random(25), 4).tolist())],
    "clustered_shares": [clustered_share(c, level) for c, level in [
        (persons, 0.95), (persons, 0.998), (persons[:5], 0.95), ([[1, 1, 1], [0, 0], [1], [0, 0, 0, 0]], 0.95),
        ([[1, 0], [1, 0, 1], [0, 1], [1, 0]], 0.95), ([[1], [0], [1], [1], [0], [1], [1]], 0.95), ([[1, 1], [1, 1, 1], [1]], 0.95),
        ([[0, 0, 0, 0], [0], [0, 0]], 0.95)]],
    "clustered_means": [clustered_mean(c, 0.95) for c in [totals, totals[:4], [[1.0, 2.0], [4.0]], [[3.0, 5.0, 1.0], [2.0], [8.0, 9.0]]]],
    "clustered_rates": [clustered_rate(p, level) for p, level in [
        (visits, 0.95), (visits, 0.998), (visits[:4], 0.95), ([(40, 30)] + [(0, 30)] * 49, 0.95), ([(1, 30)] * 12, 0.95), ([(0, 31), (0, 12)], 0.95),
        ([(3, 400), (0, 10), (7, 365), (1, 90)], 0.95)]],
}
print(json.dumps(answers, indent=1))
