//! What compares sites and groups, against scipy, statsmodels, mpmath and numpy.

use attain::statistics::{
    Interval, LEVEL,
    clustered::{MeanClusters, ShareClusters, clustered_mean, clustered_rate, clustered_share},
    comparison::{SingleTest, TwoShares, count_against, share_against},
    funnel::{Interpolation, ShareLimits, ratio_limits, share_limits},
    mean::Sums,
    multiple::{benjamini_hochberg, holm},
    overdispersion::{Extremes, Scale, Site, overdispersion},
    rate::{RateLimits, rate},
    ratio::{LogRatio, odds_ratio, rate_ratio, risk_ratio},
    standardisation::{Cell, Denominator, Reference, indirect},
};
use serde_json::Value;

use super::{count, list, number, numbers, oracle, same, same_limits};

/// Limits given as a pair, or nothing.
#[track_caller]
fn same_pair(found: Option<Interval>, expected: &Value, what: &str) {
    same_limits(found, &expected[0], &expected[1], what);
}

#[test]
fn funnels_agree() {
    let answers = oracle("sites.json");
    for case in list(&answers["funnel_shares"]) {
        let (target, n, level) = (number(&case["target"]), count(&case["n"]), number(&case["level"]));
        for (key, kind) in [
            ("mirrored", ShareLimits::Binomial(Interpolation::Mirrored)),
            ("quantiles", ShareLimits::Binomial(Interpolation::Quantiles)),
            ("wilson", ShareLimits::InvertedWilson),
        ] {
            same_pair(share_limits(target, n, level, kind), &case[key], &format!("{key}: {target}, {n}, {level}"));
        }
    }
    for case in list(&answers["funnel_ratios"]) {
        let (expected, level) = (number(&case["expected"]), number(&case["level"]));
        for (key, kind) in [("mirrored", Interpolation::Mirrored), ("quantiles", Interpolation::Quantiles)] {
            same_pair(ratio_limits(expected, level, kind), &case[key], &format!("{key}: {expected}, {level}"));
        }
    }
}

#[test]
fn overdispersion_agrees() {
    for case in list(&oracle("sites.json")["dispersion"]) {
        let name = case["name"].as_str().unwrap();
        let sites: Vec<Site> = list(&case["observed"])
            .iter()
            .zip(numbers(&case["size"]))
            .map(|(observed, size)| Site { observed: count(observed), size })
            .collect();
        let scale = match case["scale"].as_str().unwrap() {
            "share" => Scale::Share,
            "arcsine" => Scale::Arcsine,
            "root" => Scale::Root,
            _ => Scale::Logarithm,
        };
        let extremes = match case["extremes"].as_str().unwrap() {
            "kept" => Extremes::Kept,
            "pulled in" => Extremes::PulledIn(number(&case["share"])),
            _ => Extremes::LeftOut(number(&case["share"])),
        };
        let found = overdispersion(&sites, scale, case["target"].as_f64(), extremes).unwrap();
        same(found.phi, &case["phi"], name);
        same(found.tau_squared, &case["tau_squared"], name);
        same(found.statistic, &case["statistic"], name);
        same(found.p_value, &case["p_value"], name);
        assert_eq!(found.degrees_of_freedom as u64, count(&case["df"]), "{name}");
        for place in 0..sites.len() {
            same(found.scores[place], &case["scores"][place], &format!("{name}: z of site {place}"));
            same(found.adjusted_scores[place], &case["adjusted"][place], &format!("{name}: adjusted z of {place}"));
        }
        let mut limits = list(&case["limits"]).iter();
        for size in numbers(&case["at"]) {
            for level in [0.95, 0.998] {
                same_pair(found.limits(size, level), limits.next().unwrap(), &format!("{name}: limits at {size}"));
            }
        }
    }
}

#[test]
fn indirect_standardisation_agrees() {
    for case in list(&oracle("sites.json")["standardised"]) {
        let name = case["name"].as_str().unwrap();
        let cells: Vec<Cell<Option<&str>, &str>> = list(&case["cells"])
            .iter()
            .map(|cell| Cell {
                stratum: cell[0].as_str(),
                group: cell[1].as_str().unwrap(),
                events: count(&cell[2]),
                size: number(&cell[3]),
            })
            .collect();
        let reference: Vec<Reference<Option<&str>>> = list(&case["reference"])
            .iter()
            .map(|part| Reference { stratum: part[0].as_str(), events: count(&part[1]), size: number(&part[2]) })
            .collect();
        let outside = (!case["reference"].is_null()).then_some(reference.as_slice());
        let kind = if case["people"] == true { Denominator::People } else { Denominator::Exposure };
        let found = indirect(&cells, outside, kind, number(&case["level"])).unwrap();
        assert_eq!(found.len(), list(&case["groups"]).len());
        for (found, expected) in found.iter().zip(list(&case["groups"])) {
            let what = format!("{name}: group {}", found.group);
            assert_eq!(Some(found.group), expected["group"].as_str());
            assert_eq!(found.observed, count(&expected["observed"]), "{what}");
            assert_eq!(found.events_left_out, count(&expected["events_left_out"]), "{what}");
            same(found.size_left_out, &expected["size_left_out"], &what);
            same(found.expected, &expected["expected"], &what);
            same(found.ratio, &expected["ratio"], &what);
            same_pair(found.exact, &expected["exact"], &what);
            same_pair(found.byar, &expected["byar"], &what);
            same(found.adjusted_rate, &expected["adjusted"], &what);
            same_pair(found.adjusted_limits, &expected["limits"], &what);
        }
    }
}

#[test]
fn tests_and_adjusted_p_values_agree() {
    let answers = oracle("sites.json");
    let kinds = [("exact", SingleTest::Exact), ("mid_p", SingleTest::MidP), ("normal", SingleTest::Normal)];
    for case in list(&answers["share_tests"]) {
        for (key, test) in kinds {
            let found = share_against(count(&case["x"]), count(&case["n"]), number(&case["known"]), test);
            same(found, &case[key], &format!("{key} of {case}"));
        }
    }
    for case in list(&answers["count_tests"]) {
        for (key, test) in kinds {
            let found = count_against(count(&case["events"]), number(&case["expected"]), test);
            same(found, &case[key], &format!("{key} of {case}"));
        }
    }
    for case in list(&answers["adjusted"]) {
        let p: Vec<Option<f64>> = list(&case["p"]).iter().map(Value::as_f64).collect();
        for (key, found) in [("bh", benjamini_hochberg(&p)), ("holm", holm(&p))] {
            for (found, expected) in found.into_iter().zip(list(&case[key])) {
                same(found, expected, &format!("{key} of {p:?}"));
            }
        }
    }
}

#[test]
fn two_shares_agree() {
    for case in list(&oracle("sites.json")["two_shares"]) {
        let [x1, n1, x2, n2] = ["x1", "n1", "x2", "n2"].map(|key| count(&case[key]));
        let (two, what) = (TwoShares { x1, n1, x2, n2 }, case.to_string());
        same(two.fisher(), &case["fisher"], &what);
        same(two.pearson().map(|found| found.0), &case["statistic"], &what);
        same(two.pearson().map(|found| found.1), &case["p_value"], &what);
        same(two.least_expected(), &case["least_expected"], &what);
        let same_ratio = |found: Option<LogRatio>, expected: &Value| {
            same(found.map(|found| found.ratio), &expected[0], &what);
            same_limits(found.and_then(|found| found.interval), &expected[1], &expected[2], &what);
        };
        same_ratio(risk_ratio(&two, LEVEL), &case["risk_ratio"]);
        same_ratio(odds_ratio(&two, LEVEL), &case["odds_ratio"]);
    }
}

#[test]
fn rates_and_their_ratios_agree() {
    let answers = oracle("sites.json");
    for case in list(&answers["rates"]) {
        for (key, method) in [("byar", RateLimits::Byar), ("byar_from_ten", RateLimits::ByarFromTen)] {
            let found = rate(count(&case["events"]), number(&case["exposure"]), number(&case["level"]), method);
            same_pair(found.map(|found| found.interval), &case[key], &format!("{key} of {case}"));
        }
    }
    for case in list(&answers["rate_ratios"]) {
        let (events, exposure) = (list(&case["events"]), numbers(&case["exposure"]));
        let level = number(&case["level"]);
        let found = rate_ratio(count(&events[0]), exposure[0], count(&events[1]), exposure[1], level).unwrap();
        let what = case.to_string();
        same(found.ratio, &case["ratio"], &what);
        same(found.lower, &case["lower"], &what);
        same(found.upper, &case["upper"], &what);
        same(found.p_value, &case["p_value"], &what);
    }
}

#[test]
fn clustered_shares_means_and_rates_agree() {
    let answers = oracle("sites.json");
    for case in list(&answers["clustered_shares"]) {
        let clusters: Vec<(u64, u64)> =
            list(&case["clusters"]).iter().map(|pair| (count(&pair[0]), count(&pair[1]))).collect();
        let found = clustered_share(&ShareClusters::of(&clusters), number(&case["level"])).unwrap();
        let what = format!("{clusters:?}");
        same(found.share, &case["share"], &what);
        same(found.standard_error, &case["error"], &what);
        same(found.design_effect, &case["design_effect"], &what);
        same(found.effective_n, &case["effective_n"], &what);
        same_pair(found.interval, &case["interval"], &what);
        same_pair(found.interval_few, &case["few"], &what);
    }
    for case in list(&answers["clustered_means"]) {
        let values: Vec<Vec<f64>> = list(&case["clusters"]).iter().map(numbers).collect();
        let clusters: Vec<(f64, u64)> =
            values.iter().map(|values| (values.iter().sum(), values.len() as u64)).collect();
        let found = clustered_mean(&MeanClusters::of(&clusters), number(&case["level"])).unwrap();
        let what = format!("{values:?}");
        same(found.mean, &case["mean"], &what);
        same(found.standard_error, &case["error"], &what);
        same_pair(found.interval, &case["interval"], &what);
        same(found.design_effect(&Sums::of(&values.concat())), &case["design_effect"], &what);
    }
    for case in list(&answers["clustered_rates"]) {
        let persons: Vec<(f64, u64)> =
            list(&case["persons"]).iter().map(|pair| (number(&pair[0]), count(&pair[1]))).collect();
        let found = clustered_rate(&MeanClusters::of(&persons), number(&case["level"])).unwrap();
        let what = format!("{persons:?}");
        same(found.rate, &case["rate"], &what);
        same(found.standard_error, &case["error"], &what);
        same(found.design_effect, &case["design_effect"], &what);
        same_pair(found.interval, &case["interval"], &what);
    }
}
