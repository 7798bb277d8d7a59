//! The methods of `attain::statistics` against answers of R survival, lifelines, scipy, statsmodels and numpy.
//!
//! `tests/oracles/` holds small tables with their answers and the scripts that made them. The cases shared between projects are read in
//! place; where they are absent the test says so and passes.

use std::{collections::BTreeMap, fs, path::PathBuf};

use attain::statistics::{
    Interval, LEVEL,
    aalen_johansen::{Incidence, aalen_johansen},
    change::{Better, PairedSums, ReliableChange, classify, paired_change, reliable_change_criterion},
    goal_attainment::{Goal, RHO, t_score},
    kaplan_meier::{CurveOptions, KaplanMeier, LimitsKind, Quantile, QuantileRule, kaplan_meier},
    log_rank::{LogRank, log_rank},
    mean::{Sums, mean, quantile},
    process::{self, Settings, Share},
    proportion::{clopper_pearson, newcombe, wilson},
    rate::garwood,
    survival::{End, RiskTable, Spell},
};
use serde_json::Value;

const KINDS: [(&str, &str, LimitsKind); 3] =
    [("plain", "plain", LimitsKind::Plain), ("log", "log", LimitsKind::Log), ("log-log", "loglog", LimitsKind::LogLog)];

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

#[track_caller]
fn same_quantile(found: Quantile, time: &Value, lower: &Value, upper: &Value, what: &str) {
    same(found.time, time, what);
    same(found.lower, lower, &format!("{what}, lower"));
    same(found.upper, upper, &format!("{what}, upper"));
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

fn spell(entry: Option<f64>, time: f64, code: usize) -> Spell {
    let end = if code == 0 { End::Censored } else { End::Event(code - 1) };
    Spell { entry, time, end, count: 1 }
}

fn curve(table: &RiskTable, limits: LimitsKind) -> KaplanMeier {
    kaplan_meier(table, CurveOptions { limits, level: LEVEL })
}

fn same_log_rank(found: &LogRank, expected: &Value, [n, observed, expected_events]: [&str; 3], name: &str) {
    for (place, group) in found.groups.iter().enumerate() {
        assert_eq!(group.spells, count(&expected[n][place]), "{name}: spells of group {place}");
        assert_eq!(group.observed, count(&expected[observed][place]), "{name}: events of group {place}");
        same(group.expected, &expected[expected_events][place], &format!("{name}: expected in group {place}"));
    }
}

#[test]
fn curves_agree_with_r() {
    let cases = oracle("survival.json");
    assert!(list(&cases).len() >= 11);
    for case in list(&cases) {
        let name = case["name"].as_str().unwrap();
        let mut groups: BTreeMap<u64, Vec<Spell>> = BTreeMap::new();
        let mut spells = Vec::new();
        for row in list(&case["rows"]) {
            let one = spell(row[0].as_f64(), number(&row[1]), usize::try_from(count(&row[2])).unwrap());
            groups.entry(count(&row[3])).or_default().push(one);
            spells.push(one);
        }
        let table = RiskTable::new(&spells, 1);
        let expected = &case["curve"];
        for (key, _, kind) in KINDS {
            let curve = curve(&table, kind);
            let limits = &expected["limits"][key];
            assert_eq!(curve.steps.len(), list(&expected["time"]).len(), "{name}: steps");
            for (place, step) in curve.steps.iter().enumerate() {
                let what = |quantity: &str| format!("{name}, {key}, {quantity} at {}", step.time);
                same(step.time, &expected["time"][place], &what("time"));
                assert_eq!(step.at_risk, count(&expected["at_risk"][place]), "{}", what("at risk"));
                assert_eq!(step.events, count(&expected["events"][place]), "{}", what("events"));
                assert_eq!(step.censored, count(&expected["censored"][place]), "{}", what("censored"));
                same(step.value.survival, &expected["survival"][place], &what("survival"));
                same(step.value.standard_error, &expected["standard_error"][place], &what("standard error"));
                same(step.hazard, &expected["hazard"][place], &what("hazard"));
                same(step.hazard_standard_error, &expected["hazard_standard_error"][place], &what("its error"));
                // Where S is 1 R carries 1 as both limits; ours are not given.
                if step.value.survival < 1.0 {
                    same_limits(step.value.limits, &limits["lower"][place], &limits["upper"][place], &what("limits"));
                } else {
                    assert_eq!(step.value.limits, None);
                }
            }
            let median = &limits["median"];
            same_quantile(
                curve.median(QuantileRule::Midpoint),
                &median[0],
                &median[1],
                &median[2],
                &format!("{name}, {key}, median"),
            );
        }
        let curve = curve(&table, LimitsKind::LogLog);
        let quartiles = &expected["quartiles"];
        for (place, p) in [0.25, 0.5, 0.75].into_iter().enumerate().filter(|_| quartiles.is_array()) {
            let [time, lower, upper] = [0, 1, 2].map(|row| &quartiles[row][place]);
            same_quantile(
                curve.quantile(p, QuantileRule::MidpointOrEnd),
                time,
                lower,
                upper,
                &format!("{name}, quantile {p}"),
            );
        }
        for horizon in list(&expected["restricted_mean"]) {
            let found = curve.restricted_mean(number(&horizon[0])).unwrap();
            same(found.mean, &horizon[1], &format!("{name}: restricted mean"));
            same(found.standard_error, &horizon[2], &format!("{name}: its standard error"));
        }
        if let Some(expected) = case.get("incidence") {
            same_incidence(&table, expected, name);
        }
        if let Some(expected) = case.get("log_rank") {
            let groups: Vec<&[Spell]> = groups.values().map(Vec::as_slice).collect();
            let found = log_rank(&groups).unwrap();
            same(found.statistic, &expected["statistic"], &format!("{name}: log-rank"));
            same(found.p_value, &expected["p_value"], &format!("{name}: p"));
            assert_eq!(found.degrees_of_freedom as u64, count(&expected["degrees_of_freedom"]), "{name}: df");
            same_log_rank(&found, expected, ["spells", "observed", "expected"], name);
        }
    }
}

fn same_incidence(table: &RiskTable, expected: &Value, name: &str) {
    let curves = aalen_johansen(table, LEVEL);
    assert_eq!(curves.causes, list(&expected["causes"]).len(), "{name}: causes");
    for (place, step) in curves.steps.iter().enumerate() {
        for (cause, found) in step.incidence.iter().enumerate() {
            let (expected, what) = (&expected["causes"][cause], format!("{name}: cause {cause} at {}", step.time));
            same(found.share, &expected["share"][place], &what);
            same(found.standard_error, &expected["standard_error"][place], &format!("{what}, standard error"));
            same_limits(found.limits, &expected["lower"][place], &expected["upper"][place], &what);
        }
    }
}

/// Rows of one shared table, by group.
fn shared_spells(csv: &str) -> BTreeMap<String, Vec<Spell>> {
    let mut lines = csv.lines();
    let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut groups: BTreeMap<String, Vec<Spell>> = BTreeMap::new();
    for line in lines.filter(|line| !line.is_empty()) {
        let row: BTreeMap<&str, &str> = columns.iter().copied().zip(line.split(',')).collect();
        let entry = row.get("entry").map(|entry| entry.parse().unwrap());
        let one = spell(entry, row["time"].parse().unwrap(), row["event"].parse().unwrap());
        groups.entry(row["group"].to_owned()).or_default().push(one);
    }
    groups
}

#[test]
fn the_shared_edge_cases_of_time_to_event_hold() {
    let Some(answers) = shared("survival-edges/expected.json") else { return };
    let answers: Value = serde_json::from_str(&answers).unwrap();
    for (name, case) in answers.as_object().unwrap() {
        let Some(csv) = shared(&format!("survival-edges/{name}.csv")) else { continue };
        let groups = shared_spells(&csv);
        let everybody: Vec<Spell> = groups.values().flatten().copied().collect();
        for (group, expected) in case["any_event"].as_object().unwrap() {
            let spells = if group == "ALL" { &everybody } else { &groups[group] };
            shared_curve(&RiskTable::new(spells, 1), expected, number(&case["tau"]), &format!("{name}, {group}"));
        }
        if let Some(expected) = case.get("cif") {
            shared_incidence(&RiskTable::new(&everybody, 2), &expected["ALL"], &case["any_event"]["ALL"]["time"], name);
        }
        if let Some(expected) = case.get("logrank") {
            let spells: Vec<&[Spell]> =
                list(&expected["groups"]).iter().map(|g| groups[g.as_str().unwrap()].as_slice()).collect();
            let found = log_rank(&spells).unwrap();
            same(found.statistic, &expected["chisq"], &format!("{name}: log-rank"));
            same(found.p_value, &expected["p"], &format!("{name}: p"));
            assert_eq!(found.degrees_of_freedom as u64, count(&expected["df"]));
            same_log_rank(&found, expected, ["n", "obs", "exp"], name);
        }
    }
}

fn shared_curve(table: &RiskTable, expected: &Value, tau: f64, name: &str) {
    assert_eq!(
        (table.spells, table.events()),
        (count(&expected["n"]), count(&expected["events"])),
        "{name}: n and events"
    );
    let times = numbers(&expected["time"]);
    let log_log = curve(table, LimitsKind::LogLog);
    let mut events_before = 0;
    for (place, &time) in times.iter().enumerate() {
        let what = |quantity: &str| format!("{name}, {quantity} at {time}");
        // Printed twice where two doubles are one time; the number at risk is that of the first.
        if place == 0 || times[place - 1] < time {
            assert_eq!(table.at_risk(time), count(&expected["n_risk"][place]), "{}", what("at risk"));
        }
        let steps = log_log.steps.partition_point(|step| step.time <= time);
        let events: u64 = log_log.steps[..steps].iter().map(|step| step.events).sum();
        assert_eq!(events - events_before, count(&expected["n_event_cum_interval"][place]), "{}", what("events"));
        events_before = events;

        // R carries the curve on past its end; here that is asked of the last step, and the horizon itself answers "not observed".
        let carried = |curve: &KaplanMeier| steps.checked_sub(1).map(|step| curve.steps[step]);
        let step = carried(&log_log);
        let survival = step.map_or(1.0, |step| step.value.survival);
        same(survival, &expected["surv"][place], &what("survival"));
        same(step.map_or(Some(0.0), |step| step.value.standard_error), &expected["se"][place], &what("standard error"));
        same(step.map_or(0.0, |step| step.hazard), &expected["cumhaz"][place], &what("hazard"));
        same(
            step.map_or(0.0, |step| step.hazard_standard_error),
            &expected["se_cumhaz"][place],
            &what("error of the hazard"),
        );
        let observed = time <= table.last_time().unwrap() || log_log.steps.last().unwrap().value.survival == 0.0;
        assert_eq!(log_log.at(time).map(|value| value.survival), observed.then_some(survival), "{}", what("horizon"));
        for (_, key, kind) in KINDS {
            let limits = carried(&curve(table, kind)).and_then(|step| step.value.limits);
            if survival < 1.0 {
                let (lower, upper) =
                    (&expected[format!("lower_{key}")][place], &expected[format!("upper_{key}")][place]);
                same_limits(limits, lower, upper, &what(key));
            } else {
                assert_eq!(limits, None, "{}", what(key));
            }
        }
        if survival > 0.0 && survival < 1.0 {
            let lifelines = &expected["lifelines_loglog"];
            let limits = step.and_then(|step| step.value.limits);
            same_limits(limits, &lifelines["lower"][place], &lifelines["upper"][place], &what("lifelines"));
        }
    }
    for (_, key, kind) in KINDS {
        let curve = curve(table, kind);
        let median = &expected[format!("median_{key}")];
        let what = format!("{name}, median, {key}");
        same_quantile(curve.median(QuantileRule::Midpoint), &median["q"], &median["lower"], &median["upper"], &what);
        for (place, p) in [0.25, 0.5, 0.75].into_iter().enumerate() {
            let quartiles = &expected[format!("quartiles_{key}")];
            let [time, lower, upper] = ["q", "lower", "upper"].map(|row| &quartiles[row][place]);
            let found = curve.quantile(p, QuantileRule::MidpointOrEnd);
            same_quantile(found, time, lower, upper, &format!("{name}, quantile {p}, {key}"));
        }
    }
    let median = log_log.median(QuantileRule::default());
    same(median.time, &expected["median_lifelines"], &format!("{name}, default median"));
    // lifelines takes [0, 0] as the limits where S is 0, which ends a band that is not there.
    let gone = log_log.steps.iter().find(|step| step.value.survival == 0.0).map(|step| step.time);
    for (found, end) in [median.lower, median.upper].into_iter().zip(list(&expected["median_ci_lifelines"])) {
        if found.is_none() {
            assert!(end.is_null() || end.as_f64() == gone, "{name}: {end}");
        } else {
            same(found, end, &format!("{name}, limit of the default median"));
        }
    }
    let restricted = log_log.restricted_mean(tau).unwrap();
    same(restricted.mean, &expected["rmst"], &format!("{name}, restricted mean"));
    same(restricted.standard_error, &expected["rmst_se"], &format!("{name}, its standard error"));
}

fn shared_incidence(table: &RiskTable, expected: &Value, times: &Value, name: &str) {
    let curves = aalen_johansen(table, LEVEL);
    for (place, time) in numbers(times).into_iter().enumerate() {
        let mut sum = curves.steps[place].survival;
        for cause in 0..2 {
            let Incidence { share, standard_error, limits } = curves.at(time, cause).unwrap();
            let expected = &expected[(cause + 1).to_string()];
            let what = format!("{name}, cause {}, at {time}", cause + 1);
            same(share, &expected["cif"][place], &what);
            same(share, &expected["cuminc_est"][place], &what);
            same(standard_error, &expected["se_ij"][place], &what);
            same(standard_error, &expected["se_delta"][place], &what);
            same_limits(limits, &expected["lower_loglog_delta"][place], &expected["upper_loglog_delta"][place], &what);
            sum += share;
        }
        assert!((sum - 1.0).abs() < 1e-12, "{name}: shares and waiting add up to {sum} at {time}");
    }
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
