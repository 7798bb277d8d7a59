//! `truth.json`: what is true of the made-up agency, and every flaw that was planted.
//!
//! The model comes first and the flaws are appended as they are planted, so the file needs no memory however long.

use super::Recipe;
use super::agency::{GONE_REASONS, Model, NEITHER, PROVIDERS, SHORT_CONNECTS, SUCCESSFUL};
use super::canaries;
use super::curve::{Curve, Race};
use super::dice::CERTAIN;
use super::project::private_file;
use super::sheet::{EXTRA_COLUMN, Sheet};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::fs::File;
use std::io::{BufWriter, Result, Write};
use std::path::Path;

const ABOUT: &[(&str, &str)] = &[
    (
        "programs",
        "The model each program's rows were drawn from. Shares are the model's own, not counted from the rows, so a metric computed from the rows should hold them inside its interval about 95 times in 100.",
    ),
    (
        "time_to_service",
        "Share of referrals with a first service other than intake within so many days, when leaving before any service competes. Cases without a referral date are left out. 'after' holds for referrals from the change's date on.",
    ),
    (
        "recidivism",
        "Share of exits of started cases (exit reason other than deceased) followed by an event of one of the kinds, strictly after the exit and within so many days, when death competes.",
    ),
    ("goal_attainment", "Probability that a goal is achieved, of goals that are closed and not discontinued."),
    (
        "successful_exit",
        "Probability that an exit of a started case with a known reason is completed or partially_completed, of exits other than deceased, transferred, moved.",
    ),
    ("referral_completion", "Probability that a referral out is received within 30 days, by date of the referral out."),
    (
        "note_timeliness",
        "Probability that a service is recorded within 3 business days (crisis interventions: 1 calendar day).",
    ),
    ("crisis_response", "Probability that an incident is responded to within 24 hours."),
    (
        "time_to_assessment",
        "Share of started cases with an intake assessment within so many days of intake. Nobody exits in the first 30 days after intake.",
    ),
    ("time_to_plan", "Share of started cases with a first plan within so many days of intake."),
    ("satisfaction", "Probability that an answered item is 4 or 5 of 5."),
    (
        "flaws",
        "Every planted flaw: line is the physical line on which the record starts, column the 1-based cell of the file (null when the row as such is wrong), code the finding it must cause. There are no other flaws.",
    ),
    ("file_findings", "Findings about a whole file that ingest must also report, once each."),
    ("tables", "Rows and bytes of each file; set_aside is the number of rows that ingest must not load."),
];

/// One planted flaw, as it stands in the file.
#[derive(Serialize)]
pub struct PlantedFlaw<'a> {
    pub file: &'a str,
    pub line: u64,
    pub column: Option<usize>,
    pub field: Option<&'a str>,
    pub code: &'a str,
    pub consequence: &'a str,
}

/// The open file.
pub struct TruthFile {
    out: BufWriter<File>,
    flaws: u64,
    set_aside: Vec<(String, u64)>,
    new_code: (u64, String),
}

/// Dates on which the two planted changes begin, as text.
pub struct ChangeDates {
    pub start: String,
    pub improvement: String,
    pub deterioration: String,
}

impl TruthFile {
    /// Opens the file and writes the model. `new_code` is the line and the value of the code that the contract
    /// does not list.
    pub fn create(
        path: &Path,
        recipe: &Recipe,
        models: &[Model],
        dates: &ChangeDates,
        new_code: (u64, String),
    ) -> Result<Self> {
        let about: Map<String, Value> = ABOUT.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
        let mut head = json!({
            "about": about,
            "agency": recipe.agency,
            "clients": recipe.clients,
            "seed": recipe.seed,
            "as_of": recipe.as_of.to_string(),
            "window": { "first_day": dates.start, "last_day": recipe.as_of.to_string() },
            "planted_changes": planted_changes(models, dates),
            "programs": models.iter().map(truth_of).collect::<Vec<_>>(),
        });
        if recipe.canaries
            && let Some(head) = head.as_object_mut()
        {
            // Before the programs, which come last.
            let programs = head.remove("programs").unwrap_or_default();
            head.insert("canaries".to_owned(), canaries::truth());
            head.insert("programs".to_owned(), programs);
        }
        let text = serde_json::to_string_pretty(&head)?;
        let mut out = BufWriter::new(private_file(path)?);
        // The list of programs comes last and ends with a bracket, so only the outer brace is cut off here.
        out.write_all(text.trim_end_matches(['}', '\n']).as_bytes())?;
        out.write_all(b",\n  \"flaws\": [")?;
        Ok(Self { out, flaws: 0, set_aside: Vec::new(), new_code })
    }

    pub fn flaw(&mut self, flaw: &PlantedFlaw) -> Result<()> {
        self.out.write_all(if self.flaws == 0 { b"\n    " } else { b",\n    " })?;
        serde_json::to_writer(&mut self.out, flaw)?;
        self.flaws += 1;
        if flaw.consequence == "row set aside" {
            match self.set_aside.iter_mut().find(|(file, _)| file == flaw.file) {
                Some((_, count)) => *count += 1,
                None => self.set_aside.push((flaw.file.to_owned(), 1)),
            }
        }
        Ok(())
    }

    /// Writes what is known only at the end; hands back the number of flaws.
    pub fn finish(mut self, sheets: &[Sheet]) -> Result<u64> {
        let (line, code) = &self.new_code;
        let mut findings = vec![json!({
            "file": "exports/providers.csv", "code": "new-code", "field": "partner_type", "column": 3, "value": code, "line": line,
        })];
        findings.push(json!({
            "file": "exports/incidents.csv", "code": "extra-column", "field": EXTRA_COLUMN, "column": 9, "value": null, "line": null,
        }));
        self.out.write_all(b"\n  ],\n  \"file_findings\": [\n    ")?;
        self.out.write_all(lines(&findings)?.as_bytes())?;
        let tables = sheets.iter().map(|sheet| {
            let set_aside = self.set_aside.iter().find(|(file, _)| *file == sheet.path).map_or(0, |(_, count)| *count);
            json!({
                "table": sheet.table.name, "file": sheet.path, "rows": sheet.rows, "set_aside": set_aside,
                "bytes": sheet.bytes,
            })
        });
        self.out.write_all(b"\n  ],\n  \"tables\": [\n    ")?;
        self.out.write_all(lines(&tables.collect::<Vec<_>>())?.as_bytes())?;
        self.out.write_all(b"\n  ]\n}\n")?;
        self.out.flush()?;
        Ok(self.flaws)
    }
}

fn lines(values: &[Value]) -> Result<String> {
    let lines: serde_json::Result<Vec<String>> = values.iter().map(serde_json::to_string).collect();
    Ok(lines?.join(",\n    "))
}

/// Probability that a referral out is connected: before the deterioration, and after it over all partners.
fn connected(model: &Model) -> (f64, f64) {
    let before = model.program.connected;
    let (weights, kept) = PROVIDERS.iter().fold((0, 0), |(weights, kept), provider| {
        let share = if provider.short { SHORT_CONNECTS } else { 1000 };
        (weights + provider.referrals, kept + provider.referrals * share)
    });
    (f64::from(before) / 1000.0, f64::from(before * (kept / weights)) / 1_000_000.0)
}

fn planted_changes(models: &[Model], dates: &ChangeDates) -> Value {
    let mut changes: Vec<Value> = Vec::new();
    for model in models {
        if let Some(improved) = &model.improved_wait {
            changes.push(json!({
                "metric": "time_to_service", "program": model.program.id, "change": "improvement",
                "from": dates.improvement, "statistic": "share_by_day", "at": 14,
                "before": share(model.wait.wanted.by(14)), "after": share(improved.wanted.by(14)),
            }));
        }
        let (before, after) = connected(model);
        changes.push(json!({
            "metric": "referral_completion", "program": model.program.id, "change": "deterioration",
            "from": dates.deterioration, "statistic": "share", "at": null, "before": before, "after": after,
        }));
    }
    changes.into()
}

fn truth_of(model: &Model) -> Value {
    let program = model.program;
    let weight = |wanted: &dyn Fn(&str) -> bool| {
        let reasons = program.exit_reasons.iter().filter(|(reason, _)| wanted(reason));
        reasons.map(|(_, weight)| f64::from(*weight)).sum::<f64>()
    };
    let successful = weight(&|reason| SUCCESSFUL.contains(&reason)) / weight(&|reason| !NEITHER.contains(&reason));
    let (before, after) = connected(model);
    let wait = |race: &Race| {
        json!({ "share_by_day": shares(&race.wanted, &[7, 14, 30, 60]),
            "left_by_day": shares(&race.other, &[7, 14, 30, 60]) })
    };
    let thousandths = |probability: i32| f64::from(probability) / 1000.0;
    json!({
        "program": program.id,
        "name": program.name,
        "setting": program.setting,
        "time_to_service": {
            "left_before_service_as": GONE_REASONS.iter().map(|(reason, _)| *reason).collect::<Vec<_>>(),
            "before": wait(&model.wait),
            "after": model.improved_wait.as_ref().map(wait),
        },
        "recidivism": {
            "kinds": program.return_kinds.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(),
            "share_by_day": shares(&model.after_exit.wanted, &[182, 365, 730]),
            "died_by_day": shares(&model.after_exit.other, &[182, 365, 730]),
        },
        "goal_attainment": thousandths(program.goal_achieved),
        "successful_exit": successful,
        "referral_completion": { "before": before, "after": after },
        "note_timeliness": thousandths(program.noted_in_time),
        "crisis_response": thousandths(program.crisis_answered),
        "time_to_assessment": { "share_by_day": shares(&model.assessed, &[7, 14, 30]) },
        "time_to_plan": { "share_by_day": shares(&model.planned, &[7, 14, 30]) },
        "satisfaction": thousandths(program.satisfied),
    })
}

fn share(millionths: u32) -> f64 {
    f64::from(millionths) / f64::from(CERTAIN)
}

fn shares(curve: &Curve, days: &[i32]) -> Map<String, Value> {
    days.iter().map(|day| (day.to_string(), share(curve.by(*day)).into())).collect()
}
