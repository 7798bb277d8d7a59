//! The methods of `attain::statistics` against answers of R survival, lifelines, scipy, statsmodels and numpy.
//!
//! `tests/oracles/` holds small tables with their answers and the scripts that made them. The cases shared between projects are read in
//! place; where they are absent the test says so and passes.

use std::{collections::BTreeMap, fs, path::PathBuf};

use attain::statistics::{
    Interval, LEVEL,
    change::{Better, PairedSums, ReliableChange, classify, paired_change, reliable_change_criterion},
    goal_attainment::{Goal, RHO, t_score},
    mean::{Sums, mean, quantile},
    process::{self, Rate, Settings, Share},
    proportion::{clopper_pearson, newcombe, wilson},
    rate::garwood,
};
use serde_json::Value;

mod events;
mod false_alarms;
mod sites;
mod time_to_event;

fn oracle(name: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/oracles").join(name);
    serde_json::from_slice(&fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).unwrap()
}

/// A file of the shared cases, or `None` (and a word about it) where they are not beside the project.
fn shared(path: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/cases").join(path);
    let text = fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("skipped: {} is absent", path.display());
    }
    text
}

#[track_caller]
fn same(found: impl Into<Option<f64>>, expected: &Value, what: &str) {
    let (found, expected): (Option<f64>, Option<f64>) = (found.into(), expected.as_f64());
    let agree = match (found, expected) {
        (Some(found), Some(expected)) => (found - expected).abs() <= 1e-9 * found.abs().max(expected.abs()) + 1e-15,
        (None, None) => true,
        _ => false,
    };
    assert!(agree, "{what}: found {found:?}, expected {expected:?}");
}

#[track_caller]
fn same_limits(found: Option<Interval>, lower: &Value, upper: &Value, what: &str) {
    same(found.map(|limits| limits.lower), lower, &format!("{what}, lower"));
    same(found.map(|limits| limits.upper), upper, &format!("{what}, upper"));
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    list(value).iter().map(number).collect()
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

#[test]
fn intervals_agree_with_scipy_and_statsmodels() {
    let answers = oracle("intervals.json");
    for case in list(&answers["shares"]) {
        let (x, n, level) = (count(&case["x"]), count(&case["n"]), number(&case["level"]));
        let what = format!("{x} of {n} at {level}");
        same_limits(wilson(x, n, level), &case["wilson"][0], &case["wilson"][1], &what);
        same_limits(
            clopper_pearson(x, n, level),
            &case["clopper_pearson"][0],
            &case["clopper_pearson"][1],
            &format!("exact, {what}"),
        );
    }
    for case in list(&answers["differences"]) {
        let found = newcombe(
            count(&case["x1"]),
            count(&case["n1"]),
            count(&case["x2"]),
            count(&case["n2"]),
            number(&case["level"]),
        );
        same_limits(found.map(|found| found.interval), &case["limits"][0], &case["limits"][1], &case.to_string());
    }
    for case in list(&answers["rates"]) {
        let found = garwood(count(&case["events"]), number(&case["exposure"]), number(&case["level"]));
        same_limits(found.map(|found| found.interval), &case["limits"][0], &case["limits"][1], &case.to_string());
    }
}

#[test]
fn means_and_changes_agree_with_scipy_and_numpy() {
    let answers = oracle("intervals.json");
    for case in list(&answers["means"]) {
        let values = numbers(&case["values"]);
        let found = mean(&Sums::of(&values), number(&case["level"])).unwrap();
        same(found.mean, &case["mean"], "mean");
        same(found.standard_deviation, &case["sd"], &format!("standard deviation of {values:?}"));
        same_limits(found.interval, &case["limits"][0], &case["limits"][1], &format!("mean of {values:?}"));
        let counts: Vec<(f64, u64)> = values.iter().map(|value| (*value, 1)).collect();
        for (p, expected) in [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0].into_iter().zip(list(&case["quantiles"])) {
            same(quantile(&counts, p), expected, &format!("quantile {p} of {values:?}"));
        }
    }
    for case in list(&answers["many"]) {
        let sums = Sums { n: count(&case["n"]), sum: 0.0, sum_of_squares: number(&case["sum_of_squares"]) };
        let reach = mean(&sums, number(&case["level"])).unwrap().interval.map(|interval| interval.upper);
        same(reach, &case["reach"], &format!("interval of {} values", sums.n));
    }
    for case in list(&answers["changes"]) {
        let pairs: Vec<(f64, f64)> = numbers(&case["before"]).into_iter().zip(numbers(&case["after"])).collect();
        let found = paired_change(&PairedSums::of(&pairs), LEVEL).unwrap();
        same(found.change.mean, &case["change"], "mean change");
        same(found.d_av, &case["d_av"], "d_av");
        same_limits(found.change.interval, &case["limits"][0], &case["limits"][1], &format!("change of {pairs:?}"));
    }
}

#[test]
fn process_limits_agree_with_numpy() {
    let answers = oracle("process.json");
    for case in list(&answers["individuals"]) {
        let values: Vec<Option<f64>> = list(&case["values"]).iter().map(Value::as_f64).collect();
        let window = list(&case["baseline"]);
        let baseline = (!window.is_empty()).then(|| count(&window[0]) as usize..count(&window[1]) as usize);
        let settings = Settings { baseline, screen: case["screen"] == true, ..Settings::default() };
        let chart = process::individuals(&values, &settings);
        same(chart.center, &case["center"], &case["name"].to_string());
        for point in &chart.points {
            same(point.lower, &case["lower"], &case["name"].to_string());
            same(point.upper, &case["upper"], &case["name"].to_string());
        }
    }
    for case in list(&answers["shares"]) {
        let name = case["name"].to_string();
        let pairs = list(&case["x"]).iter().zip(list(&case["n"]));
        let series: Vec<Share> = pairs.map(|(x, n)| Share { numerator: count(x), denominator: count(n) }).collect();
        let (p, laney) =
            (process::shares(&series, &Settings::default()), process::shares_laney(&series, &Settings::default()));
        same(laney.sigma_z, &case["sigma_z"], &name);
        for (chart, key) in [(p, "p"), (laney, "laney")] {
            same(chart.center, &case["center"], &name);
            for (place, point) in chart.points.iter().enumerate() {
                same(point.lower, &case[key]["lower"][place], &format!("{name}, {key}, {place}"));
                same(point.upper, &case[key]["upper"][place], &format!("{name}, {key}, {place}"));
            }
        }
    }
    for case in list(&answers["rates"]) {
        let name = case["name"].to_string();
        let pairs = list(&case["x"]).iter().zip(list(&case["exposure"]));
        let series: Vec<Rate> = pairs.map(|(x, n)| Rate { events: count(x), exposure: number(n) }).collect();
        let (u, laney) =
            (process::rates(&series, &Settings::default()), process::rates_laney(&series, &Settings::default()));
        same(laney.sigma_z, &case["sigma_z"], &name);
        for (chart, key) in [(u, "u"), (laney, "laney")] {
            same(chart.center, &case["center"], &name);
            for (place, point) in chart.points.iter().enumerate() {
                same(point.lower, &case[key]["lower"][place], &format!("{name}, {key}, {place}"));
                same(point.upper, &case[key]["upper"][place], &format!("{name}, {key}, {place}"));
            }
        }
    }
}

#[test]
fn published_goal_attainment_scores_hold() {
    let Some(text) = shared("kpi/gas_t_score.json") else { return };
    let case: Value = serde_json::from_str(&text).unwrap();
    for scenario in list(&case["scenarios"]) {
        let goals: Vec<Goal> = list(&scenario["scores"])
            .iter()
            .zip(list(&scenario["weights"]))
            .map(|(score, weight)| Goal { score: score.as_f64(), weight: weight.as_f64() })
            .collect();
        let found = t_score(&goals, RHO).unwrap();
        let (found, expected) = (found, scenario["expected"].as_f64());
        // Printed with five or six decimals.
        assert_eq!(found.is_some(), expected.is_some(), "{}", scenario["id"]);
        assert!(found.zip(expected).is_none_or(|(a, b)| (a - b).abs() < 1e-5), "{}: {found:?}", scenario["id"]);
    }
}

#[test]
fn published_counts_of_reliable_change_hold() {
    let Some(csv) = shared("kpi/reliable_change_claus2020.csv") else { return };
    let mut scores: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    for line in csv.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        if let ("hamd", Ok(score)) = (fields[2], fields[4].parse()) {
            scores.insert((fields[0].parse().unwrap(), fields[3].parse().unwrap()), score);
        }
    }
    let pairs: Vec<(f64, f64)> = scores
        .iter()
        .filter(|((_, wave), _)| *wave == 1)
        .filter_map(|((client, _), before)| scores.get(&(*client, 4)).map(|after| (*before, *after)))
        .collect();
    let change = paired_change(&PairedSums::of(&pairs), LEVEL).unwrap();
    let sd = change.before.standard_deviation.unwrap();
    assert!((sd - 3.340_121_293_667_380_5).abs() < 1e-9 && (change.before.mean - 24.85).abs() < 1e-9);
    let criterion = reliable_change_criterion(sd, 0.8).unwrap();
    let classes = pairs.iter().map(|(before, after)| classify(*before, *after, Better::Lower, criterion));
    let [improved, unchanged, deteriorated] =
        [ReliableChange::Improved, ReliableChange::Unchanged, ReliableChange::Deteriorated]
            .map(|class| classes.clone().filter(|found| *found == class).count());
    assert_eq!((pairs.len(), improved, unchanged, deteriorated), (40, 29, 10, 1));
}
