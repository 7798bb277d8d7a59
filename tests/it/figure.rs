//! Figures beside others and walked back to their units: the counts behind one add up to it exactly.

use crate::project_folder::Folder;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The rows of a CSV file by column name.
fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().expect("a header").clone();
    let record = |record: csv::StringRecord| {
        names.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect::<BTreeMap<_, _>>()
    };
    reader.records().map(|found| record(found.expect("a record"))).collect()
}

/// The estimates of metrics for a year, of everybody or of one program.
fn estimates(folder: &Folder, names: &[&str], program: Option<&str>) -> Vec<Value> {
    let mut words = [&["metrics", "compute", "--period", "FY2026", "--format", "json"], names].concat();
    if program.is_some() {
        words.extend(["--by", "program"]);
    }
    let all = folder.attain(&words).expect(0).json();
    let of = |estimate: &&Value| estimate["group"]["program"].as_str() == program;
    all.as_array().expect("an array").iter().filter(of).cloned().collect()
}

/// Where the units behind a metric's figures do not add up to them.
fn disagreements(folder: &Folder, name: &str, program: Option<&str>, estimates: &[Value]) -> Vec<String> {
    let file = folder.path().join("units.csv");
    let units = file.display().to_string();
    let mut words = vec!["metrics", "explain", name, "--period", "FY2026", "--units", &units];
    if let Some(program) = program {
        words.extend(["--program", program]);
    }
    folder.attain(&words).expect(0);
    let units = rows(&std::fs::read_to_string(&file).expect("units"));
    let counted = |what: &str| units.iter().filter(|unit| unit["counted_as"] == what).count() as f64;
    let kept: Vec<_> = units.iter().filter(|unit| unit["counted_as"] != "excluded").collect();
    let known = kept.iter().filter(|unit| unit["counted_as"] != "unknown").count() as f64;
    let sum = |column: &str| kept.iter().filter_map(|unit| unit.get(column)?.parse::<f64>().ok()).sum::<f64>();
    let clients: BTreeSet<&str> =
        kept.iter().map(|unit| unit["client_id"].as_str()).filter(|id| !id.is_empty()).collect();
    let mut wrong = Vec::new();
    let all: Vec<&Value> = estimates.iter().filter(|estimate| estimate["metric"] == name).collect();
    assert!(!all.is_empty(), "{name} {program:?} has no estimate");
    for estimate in all {
        let statistic = estimate["statistic"].as_str().expect("a statistic");
        let mut check = |what: &str, found: f64| {
            let told = estimate[what].as_f64();
            if told.is_none_or(|told| (told - found).abs() > 1e-6 * found.abs().max(1.0)) {
                wrong.push(format!("{name} {program:?} {statistic} {what}: told {told:?}, units give {found}"));
            }
        };
        check("excluded", counted("excluded"));
        check("unknown", counted("unknown"));
        match statistic {
            "events" => check("estimate", kept.len() as f64),
            "clients" => check("estimate", clients.len() as f64),
            "share" => {
                check("numerator", counted("met"));
                check("denominator", known);
            }
            "rate" => check("numerator", sum("events")),
            "share_by_day" | "median_days" | "mean_change" => check("denominator", known),
            "mean" => {
                check("denominator", known);
                if known > 0.0 {
                    check("estimate", sum("value") / known);
                }
            }
            _ => {}
        }
    }
    wrong
}

#[test]
fn the_units_behind_every_figure_add_up_to_it() {
    let folder = Folder::ingested();
    let list = folder.attain(&["metrics", "list"]).expect(0);
    let names: Vec<&str> = list
        .text()
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| word.contains('_') || *word == "caseload" || *word == "recidivism")
        .collect();
    assert!(names.len() >= 17, "{names:?}");
    // The whole of every metric; of one program one metric of each kind.
    let one_of_each = [
        "clients_served",
        "goal_attainment",
        "collateral_contacts",
        "time_to_service",
        "counseling_dose",
        "need_change",
    ];
    let mut wrong = Vec::new();
    for (program, names) in [(None, names.as_slice()), (Some("PRG1"), &one_of_each)] {
        let all = estimates(&folder, names, program);
        wrong.extend(names.iter().flat_map(|name| disagreements(&folder, name, program, &all)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_figure_is_walked_back_to_its_counts() {
    let folder = Folder::ingested();
    let words = ["metrics", "explain", "goal_attainment", "--period", "2026-05", "--only", "program=PRG2"];
    insta::assert_snapshot!(folder.transcript(&[&words]));
    let wrong = folder.attain(&["metrics", "explain", "goal_attainment", "--only", "colour=red"]).expect(2);
    assert!(wrong.said.contains("cannot be broken down by \"colour\""), "{}", wrong.said);
}

#[test]
fn headlines_stand_beside_what_they_are_compared_with() {
    let folder = Folder::ingested();
    let toml = std::fs::read_to_string(folder.path().join("attain.toml")).expect("a project");
    folder.write(
        "attain.toml",
        &format!("{toml}\n[benchmarks]\nsuccessful_exit = {{ value = 0.5, source = \"the state, 2024\" }}\n"),
    );
    let names = ["successful_exit", "crisis_response", "clients_served", "time_to_service"];
    let words: Vec<&str> =
        ["metrics", "compare"].into_iter().chain(names).chain(["--period", "2026-05", "--format", "csv"]).collect();
    insta::assert_snapshot!(folder.attain(&words).expect(0).text());
    let by =
        folder.attain(&["metrics", "compare", "successful_exit", "--by", "program", "--period", "FY2026"]).expect(0);
    assert!(by.text().contains("PRG1") && !by.text().contains("the state"), "{}", by.text());
    folder.write("attain.toml", &format!("{toml}\n[benchmarks]\nsuccesful_exit = {{ value = 0.5, source = \"x\" }}\n"));
    let wrong = folder.attain(&["metrics", "compare"]).expect(2);
    assert!(wrong.said.contains("did you mean successful_exit?"), "{}", wrong.said);
}

#[test]
fn programs_stand_side_by_side_with_limits_and_without_ranks() {
    let folder = Folder::ingested();
    let words = ["metrics", "groups", "successful_exit", "--by", "program", "--period", "FY2026"];
    let adjusted = [&words[..], &["--adjust-for", "gender,age_group"]].concat();
    let rebased = ["metrics", "groups", "collateral_contacts", "--by", "program", "--period", "FY2026"];
    let means =
        ["metrics", "groups", "counseling_dose", "--by", "program", "--period", "FY2026", "--reference", "PRG2"];
    insta::assert_snapshot!(folder.transcript(&[&words, &adjusted, &rebased, &means]));
    // All together had what was expected of them.
    let found = folder.attain(&[&adjusted[..], &["--format", "json"]].concat()).expect(0).json();
    let sum =
        |name: &str| found["groups"].as_array().expect("rows").iter().filter_map(|r| r[name].as_f64()).sum::<f64>();
    assert!((sum("observed") - sum("expected")).abs() < 1e-9, "{found}");
    let late = folder.attain(&[&words[..], &["--adjust-for", "exit_reason"]].concat()).expect(2);
    assert!(late.said.contains("is not known before the service begins"), "{}", late.said);
    let none = folder.attain(&[&words[..], &["--reference", "PRG9"]].concat()).expect(0);
    assert!(none.said.contains("\"PRG9\" is no group of this period"), "{}", none.said);
}

/// `truth.json`: PRG1's waits fell for referrals from January 2026 on, and PRG2's referrals out fail from February.
#[test]
fn planted_changes_are_signals_from_their_month_on() {
    let folder = Folder::ingested();
    let series = |name: &str, more: &[&str]| {
        let words = [&["metrics", "signals", name, "--period", "rolling-24", "--format", "json"], more].concat();
        folder.attain(&words).expect(0).json()[0].clone()
    };
    let first = |series: &Value| {
        let months = series["months"].as_array().expect("months").clone();
        months.into_iter().find(|m| !m["signal"].is_null()).map(|m| (m["period"].clone(), m["signal"].clone()))
    };
    assert_eq!(first(&series("time_to_service", &[])), Some(("2026-01".into(), "better".into())));
    assert_eq!(first(&series("referral_completion", &[])), Some(("2026-02".into(), "worse".into())));
    // Once the change is recorded, normal is what it is since; six months are too few to say more.
    let set = "time_to_service.rebase=[{from=2026-01-01,why=\"a second intake worker\"}]";
    assert_eq!(first(&series("time_to_service", &["--set", set])), None);
    let wrong =
        folder.attain(&["metrics", "signals", "recidivism", "--set", "recidivism.rebase=[{from=\"soon\",why=\"\"}]"]);
    assert!(wrong.expect(2).said.contains("soon is no date"));
}

#[test]
fn worked_examples_of_a_projects_own_metric_are_run() {
    let folder = Folder::empty();
    folder.attain(&["init", "."]).expect(0);
    let header = "/*---\ntitle = \"Open on a Monday\"\nquestion = \"?\"\nkind = \"count\"\ngrain = \"g\"\ndirection = \"neutral\"\nperiod = \"p\"\n---*/\n";
    let body = "select e.enrollment_id, e.intake_on as on_date from enrollments as e inner join calendar as c on c.day = e.intake_on \
        where c.weekday = 1 and c.month_starts_on = date '2026-06-01' and c.fiscal_year = 2026 and c.quarter_starts_on = date '2026-04-01'";
    folder.write("queries/own/monday.sql", &format!("{header}{body}"));
    let alone = folder.attain(&["metrics", "test", "monday"]).expect(0);
    assert!(alone.said.contains("queries/own/monday.examples.md would hold them"), "{}", alone.said);
    let examples = |expected: u8| {
        format!(
            "# Mondays\n\n## one of two\nas of 2026-06-30, period 2026-06\n\ngiven enrollments\n\n| enrollment_id | client_id | intake_on  |\n\
             |---|---|---|\n| E1 | C1 | 2026-06-01 |\n| E2 | C2 | 2026-06-02 |\n\nexpect\n\n| statistic | estimate |\n|---|---|\n| events | {expected} |\n"
        )
    };
    folder.write("queries/own/monday.examples.md", &examples(1));
    let right = folder.attain(&["metrics", "test", "monday"]).expect(0);
    assert_eq!(right.text(), "1 example of 1 metric: all as expected\n");
    folder.write("queries/own/monday.examples.md", &examples(2));
    let wrong = folder.attain(&["metrics", "test", "monday"]).expect(1);
    assert!(
        wrong.text().contains("queries/own/monday.examples.md:17: estimate is 1.0, expected 2"),
        "{}",
        wrong.text()
    );
    assert!(folder.attain(&["metrics", "test", "tuesday"]).expect(2).said.contains("is no metric"));
}

/// A share by program with its interval, as (numerator, denominator, method).
fn by_program(folder: &Folder, name: &str) -> BTreeMap<String, (f64, f64, String)> {
    let words = ["metrics", "compute", name, "--by", "program", "--period", "FY2025", "--format", "json"];
    let found = folder.attain(&words).expect(0).json();
    let number = |e: &Value, what: &str| e[what].as_f64().unwrap_or(-1.0);
    let of = |e: &Value| {
        let counts = (number(e, "numerator"), number(e, "denominator"), e["method"].as_str().unwrap_or("").to_owned());
        (e["group"]["program"].as_str().unwrap_or("unknown").to_owned(), counts)
    };
    found.as_array().expect("an array").iter().map(of).collect()
}

#[test]
fn parameters_are_set_for_one_program_and_leave_the_others_alone() {
    let folder = Folder::ingested();
    let toml = std::fs::read_to_string(folder.path().join("attain.toml")).expect("a project");
    let set = |what: &str| folder.write("attain.toml", &format!("{toml}\n[metrics.referral_completion]\n{what}\n"));
    let before = by_program(&folder, "referral_completion");
    set("programs.PRG2.days = 7");
    let own = by_program(&folder, "referral_completion");
    set("days = 7");
    let all = by_program(&folder, "referral_completion");
    assert_eq!(own["PRG2"], all["PRG2"]);
    assert_eq!(own["PRG1"], before["PRG1"]);
    assert!(own["PRG2"].0 < before["PRG2"].0 && own["PRG1"] != all["PRG1"], "{before:?} {own:?}");
    for (what, said) in [
        ("programs.PRG9.days = 7", "names \"PRG9\", which is no program"),
        ("programs.PRG2.horizons = [7]", "horizons is set for all programs together"),
        ("programs.PRG2.dys = 7", "did you mean days?"),
        ("programs.PRG2.days = \"7\"", "days: is a whole number, not a text"),
        ("programs.PRG2 = 7", "write PRG2.days = 14"),
    ] {
        set(what);
        let wrong = folder.attain(&["metrics", "compute", "referral_completion"]).expect(2);
        assert!(wrong.said.contains(said), "{what}: {}", wrong.said);
    }
    folder.write("attain.toml", &format!("{toml}\n[metrics.caseload]\nprograms.PRG2.minimum_n = 7\n"));
    folder.attain(&["metrics", "compute", "caseload"]).expect(2);
}

/// Two metrics of the same return events are not set apart by setting one of them.
#[test]
fn what_counts_as_a_return_is_set_once() {
    let folder = Folder::ingested();
    let toml = std::fs::read_to_string(folder.path().join("attain.toml")).expect("a project");
    let events = || {
        let words = ["metrics", "compute", "recidivism_events", "--period", "FY2025", "--format", "json"];
        folder.attain(&words).expect(0).json()[0]["events"].as_u64().expect("events")
    };
    let before = events();
    folder.write(
        "attain.toml",
        &format!("{toml}\n[metrics.recidivism]\nevents.probation = [\"incarceration\"]\nprograms.PRG1.events.homeless_services = []\n"),
    );
    assert!(events() < before, "{before}");
}

#[test]
fn clients_with_several_units_make_wider_intervals() {
    let folder = Folder::ingested();
    let goals = by_program(&folder, "goal_attainment");
    assert!(goals.values().all(|(.., method)| method == "wilson, by client"), "{goals:?}");
    let exits = by_program(&folder, "intake_completeness");
    assert!(exits.values().any(|(.., method)| method == "wilson"), "{exits:?}");
}

#[test]
fn months_before_recording_began_are_not_zero() {
    let folder = Folder::ingested();
    let toml = std::fs::read_to_string(folder.path().join("attain.toml")).expect("a project");
    folder.write("attain.toml", &format!("{toml}\n[complete_from]\ncontacts = 2024-02-10\n"));
    let words = [
        "metrics",
        "compute",
        "collateral_contacts",
        "--period",
        "2023-12-01..2024-04-01",
        "--every",
        "month",
        "--format",
        "json",
    ];
    let months = folder.attain(&words).expect(0).json();
    let months: Vec<(bool, bool, &str)> = months
        .as_array()
        .expect("months")
        .iter()
        .map(|e| (e["estimate"].is_null(), e["period"]["partial"] == true, e["note"].as_str().unwrap_or("")))
        .collect();
    assert_eq!(months, [(true, false, "no data"), (true, false, "no data"), (false, true, ""), (false, false, "")]);
    let file = folder.path().join("units.csv");
    let explain = |period| {
        let words =
            ["metrics", "explain", "collateral_contacts", "--period", period, "--units", &file.to_string_lossy()];
        (folder.attain(&words).expect(0), folder.read_text("units.csv").lines().count())
    };
    let (before, units) = explain("2024-01");
    let said = "no data: the records it is made from are complete from 2024-02-10 ([complete_from])";
    assert!(before.text().contains(said) && !before.text().contains("behind it"), "{}", before.text());
    assert!(units <= 1, "a figure that is not there has nothing behind it");
    let (since, units) = explain("2024-02");
    assert!(since.text().contains("behind it") && units > 1);
    folder.write("attain.toml", &format!("{toml}\n[complete_from]\ncontact = 2024-02-10\n"));
    let wrong = folder.attain(&words).expect(2);
    assert!(wrong.said.contains("which is no table") && wrong.said.contains("contacts"), "{}", wrong.said);
    folder.write("attain.toml", &format!("{toml}\n[complete_from]\ncontacts = 2024\n"));
    folder.attain(&words).expect(2);
}
