//! Every worked example of every metric: the tables it gives, as a snapshot, through the real engine → the figures it
//! expects. Also what an export without some column gets.

use attain::measure::examples::run::{self, Drawn, disagreements, everything};
use attain::measure::examples::{Example, Given, parse};
use attain::measure::{Catalogue, Estimate, Metric, Note, Request, Study, Targets};
use attain::project::{FiscalYear, PeriodWord};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// An engine over these tables of the contract; the others are empty.
pub fn session_over(given: &BTreeMap<String, Given>) -> Drawn {
    Drawn::over(given).expect("tables of the contract")
}

/// The examples beside a metric's query.
fn examples_of(metric: &Metric) -> (String, Vec<Example>) {
    let path = format!("queries/{}/{}.examples.md", metric.family, metric.name);
    let text = fs::read_to_string(Path::new(ROOT).join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let examples = parse(&text).unwrap_or_else(|mistakes| {
        panic!("{}", mistakes.iter().map(|m| format!("{path}:{m}")).collect::<Vec<_>>().join("\n"))
    });
    (path, examples)
}

/// Every `*.examples.md` under `queries/`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.to_string_lossy().ends_with(".examples.md") {
            files.push(path);
        }
    }
    files
}

#[test]
fn every_example_gives_the_figures_it_expects() {
    let catalogue = Catalogue::load(&[]).expect("built-in metrics");
    let told: Vec<String> = catalogue
        .all()
        .flat_map(|metric| {
            let (path, examples) = examples_of(metric);
            examples
                .iter()
                .flat_map(|example| disagreements(&catalogue, &metric.name, &path, example))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(told.is_empty(), "{} disagreements\n{}", told.len(), told.join("\n"));
}

#[test]
fn every_metric_has_three_examples_and_every_examples_file_a_metric() {
    let catalogue = Catalogue::load(&[]).expect("built-in metrics");
    for metric in catalogue.all() {
        let (path, examples) = examples_of(metric);
        assert!(examples.len() >= 3, "{path} has {} examples", examples.len());
    }
    let mut files = files(&Path::new(ROOT).join("queries"));
    // Those of rules are read by `quality`.
    files.retain(|path| !path.to_string_lossy().replace('\\', "/").contains("queries/checks/"));
    assert_eq!(files.len(), catalogue.all().count(), "{files:?}");
}

#[test]
fn a_wrong_expectation_is_told_at_its_line() {
    let catalogue = Catalogue::load(&[]).expect("built-in metrics");
    let metric = catalogue.get("time_to_service").expect("the headline metric");
    let (path, examples) = examples_of(metric);
    let right = &examples[0];
    assert_eq!(disagreements(&catalogue, &metric.name, &path, right), [""; 0]);
    for (column, wrong) in
        [("estimate", "0.123"), ("denominator", "99"), ("statistic", "rate"), ("lower", "half"), ("nonsense", "1")]
    {
        let mut example = right.clone();
        let position = example.expect.columns.iter().position(|c| c == column).unwrap_or_else(|| {
            example.expect.columns.push(column.to_string());
            example.expect.columns.len() - 1
        });
        for row in &mut example.expect.rows {
            row.cells.resize(example.expect.columns.len(), None);
        }
        // Only the first row is made wrong; a column that was not drawn is made wrong in every row.
        example.expect.rows.truncate(1);
        example.expect.rows[0].cells[position] = Some(wrong.to_string());
        let told = disagreements(&catalogue, &metric.name, &path, &example);
        let place = format!("{path}:{}: ", right.expect.rows[0].line);
        assert_eq!(told.len(), 1, "{column}: {told:?}");
        assert!(told[0].starts_with(&place), "{column}: {told:?}");
    }
}

/// The first example of a metric, over an export without these columns: its estimates and the columns missed.
fn without(name: &str, columns: &[&str]) -> (Vec<Estimate>, Vec<String>) {
    let catalogue = Catalogue::load(&[]).expect("built-in metrics");
    let (_, examples) = examples_of(catalogue.get(name).expect("a metric"));
    let mut example = examples[0].clone();
    let mut collected = everything();
    for column in columns {
        let (table, column) = column.split_once('.').expect("table.column");
        assert!(
            collected.remove(&(table.to_string(), column.to_string())) || column == "*",
            "{table}.{column} is no column of the contract"
        );
        collected.retain(|(of, _)| column != "*" || of != table);
        // What was not collected is not in the snapshot either.
        if let Some(given) = example.given.get_mut(table) {
            let position = given.columns.iter().position(|c| c == column);
            for row in &mut given.rows {
                row.cells
                    .iter_mut()
                    .enumerate()
                    .filter(|(i, _)| Some(*i) == position)
                    .for_each(|(_, cell)| *cell = None);
            }
            if column == "*" {
                given.rows.clear();
            }
        }
    }
    run::figures(&catalogue, name, &example, &collected).expect("it computes")
}

#[test]
fn a_column_that_only_refines_may_be_absent() {
    for (name, columns) in [
        ("time_to_service", vec!["enrollments.screened_on", "enrollments.eligibility", "enrollments.intake_on"]),
        ("time_to_intake", vec!["enrollments.screened_on", "enrollments.eligibility"]),
        ("eligibility_rate", vec!["enrollments.screened_on", "enrollments.intake_on"]),
        ("recidivism", vec!["clients.*"]),
        ("referral_completion", vec!["providers.*", "referrals.provider_id", "referrals.closed_on"]),
        ("note_timeliness", vec!["services.service_type"]),
        ("crisis_response", vec!["incidents.resolved_at", "incidents.kind"]),
        ("goal_attainment", vec!["goals.status_on", "goals.domain"]),
        ("goal_attainment_scale", vec!["goals.weight"]),
        ("need_change", vec!["assessments.stage"]),
        ("caseload", vec!["staff.team", "enrollments.program_id"]),
    ] {
        let (estimates, missed) = without(name, &columns);
        assert_eq!(missed, [""; 0], "{name} without {columns:?}");
        assert!(estimates.iter().any(|e| e.estimate.is_some()), "{name} without {columns:?} gives no figure");
    }
}

#[test]
fn what_a_figure_stands_on_is_told_when_it_was_not_collected() {
    for (name, column, missing) in [
        ("time_to_service", "enrollments.referred_on", vec!["enrollments.referred_on"]),
        ("time_to_service", "services.provided_on", vec!["services.provided_on"]),
        (
            "recidivism",
            "outcome_events.*",
            vec!["outcome_events.client_id", "outcome_events.kind", "outcome_events.occurred_on"],
        ),
        ("note_timeliness", "services.recorded_at", vec!["services.recorded_at"]),
        ("goal_attainment_scale", "goals.level", vec!["goals.level"]),
    ] {
        let (estimates, missed) = without(name, &[column]);
        assert_eq!(missed, missing, "{name} without {column}");
        assert_eq!(estimates.len(), 1, "{name} without {column}: its headline for the period");
        assert_eq!(
            (estimates[0].note, estimates[0].estimate),
            (Some(Note::NotCollected), None),
            "{name} without {column}"
        );
    }
}

#[test]
fn a_breakdown_that_was_not_collected_takes_no_other_figure_along() {
    let catalogue = Catalogue::load(&[]).expect("built-in metrics");
    let (_, examples) = examples_of(catalogue.get("time_to_service").expect("a metric"));
    let example = &examples[0];
    let mut collected = everything();
    collected.retain(|(table, column)| table != "clients" || column != "gender");
    let session = session_over(&example.given);
    let study = Study {
        engine: &session.engine,
        catalogue: &catalogue,
        as_of: example.as_of,
        collected: &collected,
        parameters: &BTreeMap::new(),
        targets: &Targets::default(),
        complete_from: &BTreeMap::new(),
        not_collected: attain::measure::NotCollected::default(),
    };
    let word: PeriodWord = example.period.parse().expect("a period");
    let period = word.resolve(example.as_of, run::CALENDAR.0, FiscalYear::starting_in(7).expect("a month"));
    let breakdowns = [vec![], vec!["gender".to_string()], vec!["program".to_string()]];
    let request = Request { metric: "time_to_service", periods: &[period], breakdowns: &breakdowns, curve_to: None };
    let estimates = study.compute(&request).expect("it computes");
    let of = |dimension: &str| -> Vec<&Estimate> {
        estimates.iter().filter(|e| e.group.0.first().map_or("", |(d, _)| d.as_str()) == dimension).collect()
    };
    assert!(of("").iter().any(|e| e.estimate.is_some()) && of("program").iter().any(|e| e.estimate.is_some()));
    assert_eq!(
        of("gender").iter().map(|e| (e.note, e.estimate)).collect::<Vec<_>>(),
        [(Some(Note::NotCollected), None)]
    );
    assert_eq!(study.not_collected.take()["Time to first service by gender"], ["clients.gender"]);
}
