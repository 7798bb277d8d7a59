//! Curves and tests of time to event against R survival and lifelines.

use std::collections::BTreeMap;

use attain::statistics::{
    LEVEL,
    aalen_johansen::{Incidence, aalen_johansen},
    kaplan_meier::{CurveOptions, KaplanMeier, LimitsKind, Quantile, QuantileRule, kaplan_meier},
    log_rank::{LogRank, log_rank},
    survival::{End, RiskTable, Spell},
};
use serde_json::Value;

use super::{count, list, number, numbers, oracle, same, same_limits, shared};

const KINDS: [(&str, &str, LimitsKind); 3] =
    [("plain", "plain", LimitsKind::Plain), ("log", "log", LimitsKind::Log), ("log-log", "loglog", LimitsKind::LogLog)];

#[track_caller]
fn same_quantile(found: Quantile, time: &Value, lower: &Value, upper: &Value, what: &str) {
    same(found.time, time, what);
    same(found.lower, lower, &format!("{what}, lower"));
    same(found.upper, upper, &format!("{what}, upper"));
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
