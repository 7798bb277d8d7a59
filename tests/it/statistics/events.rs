//! Groups with several ways out, times lost, and events that come again, against R's survival and cmprsk.

use attain::statistics::{
    Interval, LEVEL,
    aalen_johansen::aalen_johansen,
    gray::gray,
    kaplan_meier::{CurveOptions, RestrictedMean, kaplan_meier},
    recurrent::{CountLimits, History, mean_counts},
    survival::{End, RiskTable, Spell},
};
use serde_json::Value;

use super::{count, list, number, numbers, oracle, same, same_limits};

/// A spell of time, end (0 censored) and, last, how many.
fn spell(row: &Value) -> Spell {
    let code = usize::try_from(count(&row[1])).unwrap();
    let end = if code == 0 { End::Censored } else { End::Event(code - 1) };
    let many = list(row).last().map(count).unwrap();
    Spell { entry: None, time: number(&row[0]), end, count: many }
}

/// Rows of time, end, group and how many, by group.
fn grouped(rows: &Value) -> Vec<Vec<Spell>> {
    let mut groups: Vec<Vec<Spell>> = Vec::new();
    for row in list(rows) {
        let group = usize::try_from(count(&row[2])).unwrap();
        groups.resize(groups.len().max(group + 1), Vec::new());
        groups[group].push(spell(row));
    }
    groups
}

#[test]
fn grays_test_agrees_with_cmprsk() {
    for case in list(&oracle("events.json")["gray"]) {
        let name = case["name"].as_str().unwrap();
        let groups = grouped(&case["rows"]);
        let groups: Vec<&[Spell]> = groups.iter().map(Vec::as_slice).collect();
        for (cause, expected) in list(&case["tests"]).iter().enumerate() {
            let found = gray(&groups, cause);
            let what = format!("{name}, cause {cause}");
            same(found.as_ref().map(|found| found.statistic), &expected[0], &what);
            same(found.as_ref().map(|found| found.degrees_of_freedom as f64), &expected[1], &what);
            same(found.as_ref().map(|found| found.p_value), &expected[2], &what);
        }
    }
}

#[test]
fn times_lost_and_quantiles_agree_with_r() {
    for case in list(&oracle("events.json")["lost"]) {
        let name = case["name"].as_str().unwrap();
        let spells: Vec<Spell> = list(&case["rows"]).iter().map(spell).collect();
        let curves = aalen_johansen(&RiskTable::new(&spells, 1), LEVEL);
        for (tau, expected) in numbers(&case["taus"]).into_iter().zip(list(&case["lost"])) {
            for (cause, expected) in list(expected).iter().enumerate() {
                let found = curves.time_lost(tau, cause).unwrap();
                let what = format!("{name}: lost to {cause} before {tau}");
                same(found.mean, &expected[0], &what);
                same(found.standard_error, &expected[1], &format!("{what}, error"));
            }
        }
        for (cause, expected) in list(&case["quantiles"]).iter().enumerate() {
            for (p, expected) in [0.1, 0.25, 0.5].into_iter().zip(list(expected)) {
                let (found, what) = (curves.quantile(p, cause), format!("{name}: quantile {p} of {cause}"));
                same(found.time, &expected[0], &what);
                same(found.lower, &expected[1], &format!("{what}, lower"));
                same(found.upper, &expected[2], &format!("{what}, upper"));
            }
        }
    }
}

#[test]
fn differences_of_mean_times_agree_with_r() {
    for case in list(&oracle("events.json")["means"]) {
        let (name, tau, expected) = (case["name"].as_str().unwrap(), number(&case["tau"]), &case["difference"]);
        let means: Vec<RestrictedMean> = grouped(&case["rows"])
            .iter()
            .map(|spells| {
                kaplan_meier(&RiskTable::new(spells, 1), CurveOptions::default()).restricted_mean(tau).unwrap()
            })
            .collect();
        let found = means[1].difference(&means[0], LEVEL);
        same(found.difference, &expected[0], name);
        same(found.standard_error, &expected[1], name);
        same_limits(found.interval, &expected[2], &expected[3], name);
        same(found.p_value, &expected[4], name);
    }
}

#[test]
fn mean_counts_agree_with_r() {
    for case in list(&oracle("events.json")["counts"]) {
        let name = case["name"].as_str().unwrap();
        let histories: Vec<History> = list(&case["histories"])
            .iter()
            .map(|person| History { until: number(&person["until"]), events: numbers(&person["events"]) })
            .collect();
        for (kind, lower, upper) in
            [(CountLimits::Log, "lower", "upper"), (CountLimits::Plain, "plain_lower", "plain_upper")]
        {
            let found = mean_counts(&histories, LEVEL, kind);
            assert_eq!(found.steps.len(), list(&case["time"]).len(), "{name}");
            for (place, step) in found.steps.iter().enumerate() {
                let what = format!("{name} at {}", step.time);
                same(step.time, &case["time"][place], &what);
                assert_eq!(step.at_risk, count(&case["at_risk"][place]), "{what}");
                same(step.value.mean, &case["mean"][place], &what);
                same(step.value.standard_error, &case["error"][place], &format!("{what}, error"));
                let limits: Option<Interval> = step.value.limits;
                same_limits(limits, &case[lower][place], &case[upper][place], &what);
            }
        }
    }
}
