//! The sample agency's metrics against what its rows were drawn from: the way from exports to figures, end to end.
//!
//! `truth.json` holds the model's own shares. A sound 95 % interval misses its share one time in twenty, so with some
//! eighty comparisons a few must miss and none may miss by much. The rule, fixed before the figures were looked at:
//! at least 90 % of the comparisons hold the truth inside the 95 % interval, and every one inside the 99.9 % interval.
//! Several days of one curve are not independent, which is why nine in ten are asked for and not nineteen in twenty.

use crate::ingest::run;
use attain::ingest::{IngestJob, Source};
use attain::measure::{Catalogue, Collected, Estimate, Request, Statistic, Study, Targets};
use attain::project::{Period, Project};
use attain::query::{Engine, Limits};
use attain::statistics::proportion::{newcombe, wilson};
use attain::statistics::{LEVEL, normal_deviate};
use attain::store::{BirthDates, Key, Store};
use jiff::civil::Date;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The wider interval that no truth may lie outside of.
const WIDE: f64 = 0.999;

/// Before the first of the sample's days.
const FIRST: &str = "2000-01-01";

/// The sample, ingested and open.
pub struct Sample {
    truth: Value,
    pub engine: Engine,
    pub catalogue: Catalogue,
    pub collected: Collected,
    pub as_of: Date,
    /// Where the snapshot's tables are.
    pub snapshot: PathBuf,
    folder: tempfile::TempDir,
}

/// One figure and the truth it estimates.
struct Comparison {
    what: String,
    truth: f64,
    estimate: f64,
    /// At 95 % and at 99.9 %.
    limits: [(f64, f64); 2],
}

impl Sample {
    pub fn open() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
        let text = std::fs::read_to_string(root.join("truth.json")).expect("the sample's truth");
        let truth: Value = serde_json::from_str(&text).expect("json");
        let project = Project::load(&root).expect("the sample's project");
        let as_of = project.as_of.expect("the sample says through which day it is complete");
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::at(folder.path().join("store"));
        let sources = project.sources.iter().map(|s| Source::of_files(&s.name, &s.files)).collect();
        let job = IngestJob {
            root,
            sources,
            as_of: Some(as_of),
            key: Key::new(b"a key for tests"),
            new_key: false,
            encrypt: false,
            birth_dates: BirthDates::Date,
            fiscal_year_starts: 7,
            threads: 2,
            memory: None,
        };
        let snapshot = run(&job, &store).snapshot.expect("a snapshot");
        let tables = snapshot.manifest.tables.iter();
        let collected = tables.flat_map(|t| t.collected.iter().map(|c| (t.name.clone(), c.clone()))).collect();
        let limits = Limits { memory: 256 << 20, threads: 2, scratch: folder.path().join("scratch") };
        let engine = Engine::open(&snapshot.dir, &limits).expect("opens");
        Self {
            truth,
            engine,
            catalogue: Catalogue::load(&[]).expect("built-in"),
            collected,
            as_of,
            snapshot: snapshot.dir,
            folder,
        }
    }

    /// A folder that goes with the sample.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Estimates of a metric by program (and one more dimension), from one day up to another (exclusive).
    fn figures(&self, metric: &str, by: Option<&str>, from: &str, to: &str) -> Vec<Estimate> {
        let study = Study {
            engine: &self.engine,
            catalogue: &self.catalogue,
            as_of: self.as_of,
            collected: &self.collected,
            // The days the truth is about.
            parameters: &self.days(metric).into_iter().collect(),
            targets: &Targets::default(),
            complete_from: &std::collections::BTreeMap::new(),
            not_collected: attain::measure::NotCollected::default(),
        };
        let period = Period::days(from.parse().expect("a date"), to.parse().expect("a date"));
        let breakdown: Vec<String> = ["program"].into_iter().chain(by).map(str::to_string).collect();
        let request = Request { metric, periods: &[period], breakdowns: &[breakdown], curve_to: None };
        study.compute(&request).expect("it computes")
    }

    fn programs(&self) -> impl Iterator<Item = (&str, &Value)> {
        let programs = self.truth["programs"].as_array().expect("programs");
        programs.iter().map(|p| (p["program"].as_str().expect("an id"), p))
    }

    /// From before every case to the day after the export's last.
    fn whole(&self) -> (String, String) {
        let day = |key: &str| self.truth["window"][key].as_str().expect("a day").to_string();
        let after = day("last_day").parse::<Date>().expect("a date").tomorrow().expect("not the last of all days");
        (FIRST.into(), after.to_string())
    }

    /// The horizons that the truth gives for a metric, as a project would set them.
    fn days(&self, metric: &str) -> Option<(String, toml::Table)> {
        let truth = &self.truth["programs"][0][metric];
        let days = truth["share_by_day"].as_object().or_else(|| truth["before"]["share_by_day"].as_object())?;
        let days: Vec<toml::Value> = days.keys().filter_map(|d| d.parse().ok().map(toml::Value::Integer)).collect();
        Some((metric.to_string(), toml::Table::from_iter([("horizons".to_string(), toml::Value::Array(days))])))
    }

    /// When a metric changes in a program, if it does.
    fn change(&self, metric: &str, program: &str) -> Option<&Value> {
        let changes = self.truth["planted_changes"].as_array().expect("changes");
        changes.iter().find(|c| c["metric"] == metric && c["program"] == program)
    }
}

/// The estimate of a program's share; by the day and for the first outcome where there are several.
fn share<'a>(estimates: &'a [Estimate], program: &str, statistic: Statistic, at: Option<u32>) -> &'a Estimate {
    estimates
        .iter()
        .find(|e| e.group.value("program") == Some(program) && e.statistic == statistic && e.at == at)
        .unwrap_or_else(|| panic!("{program} has no {statistic:?} at {at:?}"))
}

/// A share with its counts.
fn of_counts(what: String, truth: &Value, met: u64, n: u64) -> Comparison {
    let limits =
        [LEVEL, WIDE].map(|level| wilson(met, n, level).map(|i| (i.lower, i.upper)).expect("somebody counted"));
    Comparison { what, truth: truth.as_f64().expect("a share"), estimate: met as f64 / n as f64, limits }
}

/// A share of a curve. Every wait here has competing ways out, and an Aalen-Johansen share has limits that are symmetric
/// in log(-log(share)), where they can be widened.
fn of_curve(what: String, truth: &Value, estimate: &Estimate) -> Comparison {
    let (Some(value), Some(lower), Some(upper)) = (estimate.estimate, estimate.lower, estimate.upper) else {
        panic!("{what} has no interval: {estimate:?}");
    };
    let scale = |share: f64| (-share.ln()).ln();
    let back = |scaled: f64| (-scaled.exp()).exp();
    let widen = normal_deviate(WIDE) / normal_deviate(LEVEL);
    let wide = |limit: f64| back(scale(value) + (scale(limit) - scale(value)) * widen);
    let limits = [(lower, upper), (wide(lower), wide(upper))];
    Comparison { what, truth: truth.as_f64().expect("a share"), estimate: value, limits }
}

fn counts(estimate: &Estimate) -> (u64, u64) {
    (estimate.numerator.expect("a numerator") as u64, estimate.denominator.expect("a denominator") as u64)
}

/// Every program's shares.
fn comparisons(sample: &Sample) -> Vec<Comparison> {
    let (first, end) = sample.whole();
    let mut all = Vec::new();
    for metric in ["recidivism", "time_to_assessment", "time_to_plan"] {
        let figures = sample.figures(metric, None, &first, &end);
        for (program, truth) in sample.programs() {
            for (day, share_by_day) in truth[metric]["share_by_day"].as_object().expect("days") {
                let Some(estimate) = figures.iter().find(|e| {
                    e.group.value("program") == Some(program)
                        && e.statistic == Statistic::ShareByDay
                        && e.at == day.parse().ok()
                }) else {
                    panic!("{metric} has no share by day {day}")
                };
                all.push(of_curve(format!("{metric} {program} by day {day}"), share_by_day, estimate));
            }
        }
    }
    for metric in ["successful_exit", "note_timeliness", "crisis_response"] {
        let figures = sample.figures(metric, None, &first, &end);
        for (program, truth) in sample.programs() {
            let (met, n) = counts(share(&figures, program, Statistic::Share, None));
            all.push(of_counts(format!("{metric} {program}"), &truth[metric], met, n));
        }
    }
    // The model's share is of closed goals; the metric also counts those past their due date, so they are left out here.
    let goals = sample.figures("goal_attainment", Some("goal_status"), &first, &end);
    for (program, truth) in sample.programs() {
        let closed = goals.iter().filter(|e| {
            e.group.value("program") == Some(program)
                && !matches!(e.group.value("goal_status"), None | Some("in_progress"))
        });
        let (met, n) = closed.map(counts).fold((0, 0), |(a, b), (x, y)| (a + x, b + y));
        all.push(of_counts(format!("goal_attainment {program}, closed goals"), &truth["goal_attainment"], met, n));
    }
    for metric in ["time_to_service", "referral_completion"] {
        for (program, truth) in sample.programs() {
            let change = sample.change(metric, program).map(|c| c["from"].as_str().expect("a day"));
            for (when, from, to) in
                [("before", first.as_str(), change.unwrap_or(&end)), ("after", change.unwrap_or(&end), &end)]
            {
                let truth = &truth[metric][when];
                if truth.is_null() {
                    continue;
                }
                let figures = sample.figures(metric, None, from, to);
                let what = format!("{metric} {program} {when}");
                if let Some(days) = truth["share_by_day"].as_object() {
                    for (day, share_by_day) in days {
                        let estimate = share(&figures, program, Statistic::ShareByDay, day.parse().ok());
                        all.push(of_curve(format!("{what} by day {day}"), share_by_day, estimate));
                    }
                } else {
                    let (met, n) = counts(share(&figures, program, Statistic::Share, None));
                    all.push(of_counts(what, truth, met, n));
                }
            }
        }
    }
    all
}

#[test]
fn the_sample_s_truth_lies_inside_the_intervals() {
    let sample = Sample::open();
    let all = comparisons(&sample);
    assert!(all.len() >= 70, "only {} comparisons", all.len());
    let shown = |c: &Comparison| {
        format!("{}: {:.4} [{:.4}, {:.4}], true {:.4}", c.what, c.estimate, c.limits[0].0, c.limits[0].1, c.truth)
    };
    let outside = |level: usize| -> Vec<String> {
        let far = all.iter().filter(|c| c.truth < c.limits[level].0 || c.truth > c.limits[level].1);
        far.map(shown).collect()
    };
    let (missed, far_off) = (outside(0), outside(1));
    eprintln!("{} of {} outside {missed:?}", missed.len(), all.len());
    assert!(far_off.is_empty(), "outside the 99.9 % interval:\n{}", far_off.join("\n"));
    let allowed = all.len() / 10;
    assert!(
        missed.len() <= allowed,
        "{} of {} outside, {allowed} allowed:\n{}",
        missed.len(),
        all.len(),
        missed.join("\n")
    );
}

/// A program with few cases after the change cannot show it beyond doubt, so each program must move the right way, with
/// the planted difference inside its wide interval, and all programs of a change together must show it beyond doubt.
#[test]
fn the_planted_changes_are_seen_and_no_others() {
    let sample = Sample::open();
    let (_, end) = sample.whole();
    for (metric, statistic, at, followed) in
        [("time_to_service", Statistic::MatureShare, Some(14), 14), ("referral_completion", Statistic::Share, None, 0)]
    {
        let dates = |program| sample.change(metric, program).and_then(|c| c["from"].as_str());
        let from = sample.programs().find_map(|(program, _)| dates(program)).expect("a planted change");
        // Referrals so late that they were not followed for the whole time have no share yet.
        let last = end.parse::<Date>().expect("a date").saturating_sub(jiff::Span::new().days(followed)).to_string();
        let before = sample.figures(metric, None, FIRST, from);
        let after = sample.figures(metric, None, from, &last);
        let mut together = [0; 4];
        for (program, _) in sample.programs() {
            let (x1, n1) = counts(share(&after, program, statistic, at));
            let (x2, n2) = counts(share(&before, program, statistic, at));
            let wide = newcombe(x1, n1, x2, n2, WIDE).expect("somebody counted");
            let planted = sample.change(metric, program);
            let truth =
                planted.map_or(0.0, |c| c["after"].as_f64().unwrap_or(0.0) - c["before"].as_f64().unwrap_or(0.0));
            let shown = format!("{metric} {program}: {x1}/{n1} after {x2}/{n2}, {wide:?}, true {truth}");
            assert!(wide.interval.lower <= truth && truth <= wide.interval.upper, "{shown}");
            if planted.is_some() {
                assert!(wide.difference * truth > 0.0, "{shown}");
                for (sum, count) in together.iter_mut().zip([x1, n1, x2, n2]) {
                    *sum += count;
                }
            }
        }
        let [x1, n1, x2, n2] = together;
        let all = newcombe(x1, n1, x2, n2, LEVEL).expect("somebody counted");
        let improved = sample.truth["planted_changes"]
            .as_array()
            .and_then(|changes| changes.iter().find(|c| c["metric"] == metric))
            .is_some_and(|c| c["change"] == "improvement");
        let beyond_doubt = if improved { all.interval.lower > 0.0 } else { all.interval.upper < 0.0 };
        assert!(beyond_doubt, "{metric}: {x1}/{n1} after {x2}/{n2}, {all:?}");
    }
}
