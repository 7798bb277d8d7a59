//! Every rule over a snapshot: findings at their places, exact counts, what could not be checked, the scores.

use super::Dimension;
use super::count::{self, Counts};
use super::rule::{Fitted, Rule, Rules};
use super::score::{Gathered, Score, scores};
use crate::contract::{Finding, escaped};
use crate::query::{Bindings, Engine, QueryError, QueryFile};
use crate::store::{FindingCount, Manifest};
use arrow::array::{Array, RecordBatch};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Findings kept of one rule for one file; all are counted.
const KEPT_PER_FILE: u64 = 1_000;
/// Findings kept of one rule in all.
const KEPT_PER_RULE: usize = 20_000;
/// Columns of the failing rows before those of the message: program, enrollment, file, line.
const BEFORE_MESSAGE: usize = 4;

/// What the rules say of a snapshot.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// Every rule that was run.
    pub rules: Vec<RuleResult>,
    /// The first of each rule for each file, by rule and place.
    pub findings: Vec<Finding>,
    /// All, by rule.
    pub counts: Vec<FindingCount>,
    /// Rules that were not run, and why, those with the same reason together.
    pub not_checked: Vec<NotChecked>,
    /// How many rules of each dimension were not run.
    pub not_run: BTreeMap<Dimension, u64>,
    /// Every program, then all.
    pub scores: Vec<Score>,
}

/// Rules that were not run for one and the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotChecked {
    pub codes: Vec<String>,
    pub why: Why,
}

/// Why a rule was not run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Tables that the export does not have.
    NoTables(Vec<String>),
    /// Columns that are not collected.
    NotCollected(Vec<String>),
    /// The file of which no row could be loaded.
    NothingLoaded(String),
    SwitchedOff,
}

impl fmt::Display for NotChecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.codes.join(", "))?;
        match &self.why {
            Why::NoTables(tables) => write!(f, "the export has no {}", tables.join(", no ")),
            Why::NotCollected(columns) => {
                let are = if columns.len() == 1 { "is" } else { "are" };
                write!(f, "{} {are} not collected", columns.join(", "))
            }
            Why::NothingLoaded(path) => write!(f, "no row of {path} could be loaded"),
            Why::SwitchedOff => f.write_str("switched off in attain.toml"),
        }
    }
}

/// What one rule came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleResult {
    pub code: String,
    pub title: String,
    pub dimension: Dimension,
    /// What was looked at: "open enrollments".
    pub counted: String,
    pub looked_at: u64,
    pub found: u64,
}

/// Told of each finding as it is made.
pub type Every<'a> = &'a mut dyn FnMut(&Finding) -> Result<(), QueryError>;

/// Runs the rules over the snapshot that is open in the engine. Each finding is told to `every`, where there is one, so
/// that all of them can be written although only the first are kept.
///
/// # Errors
/// When a rule is wrong (located), the engine fails, or `every` does.
pub fn assess(
    engine: &Engine,
    rules: &Rules,
    manifest: &Manifest,
    mut every: Option<Every<'_>>,
) -> Result<Assessment, QueryError> {
    let as_of: Date = manifest
        .as_of
        .parse()
        .map_err(|error| QueryError::new("manifest.json", format!("its as-of date cannot be read: {error}")))?;
    let paths = paths(engine)?;
    let collected: BTreeSet<(&str, &str)> = manifest
        .tables
        .iter()
        .flat_map(|table| table.collected.iter().map(|column| (table.name.as_str(), column.as_str())))
        .collect();
    let mut assessment = Assessment::default();
    let mut gathered = Gathered::default();
    let mut not_checked: BTreeMap<Why, Vec<String>> = BTreeMap::new();
    for rule in rules.all() {
        let fitted = rule.fit(engine, as_of)?;
        if let Some(why) = cannot_run(&fitted, &collected, manifest) {
            not_checked.entry(why).or_default().push(rule.code.clone());
            *assessment.not_run.entry(rule.header.quality).or_default() += 1;
            continue;
        }
        let counts = count::counts(engine, rule, &fitted)?;
        gathered.add(rule.header.quality, &counts);
        if counts.fails > 0 {
            let mut taken = Taken { rule, fitted: &fitted, paths: &paths, every: &mut every, kept: BTreeMap::new() };
            taken.run(engine, &mut assessment.findings, &mut gathered)?;
            assessment.counts.push(FindingCount {
                code: rule.code.clone(),
                table: None,
                severity: rule.header.severity,
                count: counts.fails,
            });
        }
        assessment.rules.push(result(rule, &counts));
    }
    if !rules.off().is_empty() {
        not_checked.entry(Why::SwitchedOff).or_default().extend(rules.off().iter().cloned());
    }
    assessment.not_checked = not_checked.into_iter().map(|(why, codes)| NotChecked { codes, why }).collect();
    assessment.scores = scores(engine, manifest, &gathered)?;
    Ok(assessment)
}

fn result(rule: &Rule, counts: &Counts) -> RuleResult {
    RuleResult {
        code: rule.code.clone(),
        title: rule.header.title.clone(),
        dimension: rule.header.quality,
        counted: rule.header.counted.clone(),
        looked_at: counts.looked_at,
        found: counts.fails,
    }
}

/// The paths of the snapshot's source files by their numbers.
fn paths(engine: &Engine) -> Result<BTreeMap<i64, String>, QueryError> {
    let query = QueryFile::parse("source files", "select s.file_id, s.path from source_files as s")?;
    let rows = engine.run(&query, &Bindings::new())?;
    let read = |row| Some((rows.text(row, 0)?.parse().ok()?, escaped(&rows.text(row, 1)?)));
    Ok((0..rows.count()).filter_map(read).collect())
}

/// Why a rule cannot be run over this snapshot: for want of columns, or because a file it needs was not loaded.
fn cannot_run(fitted: &Fitted, collected: &BTreeSet<(&str, &str)>, manifest: &Manifest) -> Option<Why> {
    let absent: Vec<String> = fitted
        .needs
        .iter()
        .filter(|(table, column)| !collected.contains(&(table.as_str(), column.as_str())))
        .map(|(table, column)| format!("{table}.{column}"))
        .collect();
    let has_columns = |table: &str| collected.iter().any(|(known, _)| *known == table);
    let mut tables: Vec<&str> = fitted.needs.iter().map(|(table, _)| table.as_str()).collect();
    tables.dedup();
    tables.retain(|table| !has_columns(table));
    if !tables.is_empty() {
        return Some(Why::NoTables(tables.into_iter().map(str::to_owned).collect()));
    }
    if !absent.is_empty() {
        return Some(Why::NotCollected(absent));
    }
    // With half of the services every case would seem to have none.
    let lost = |path: &&crate::store::Input| path.rows > 0 && path.loaded == 0 && fitted.tables.contains(&path.table);
    manifest.inputs.iter().find(lost).map(|input| Why::NothingLoaded(escaped(&input.path)))
}

/// The failing rows of one rule, being taken in.
struct Taken<'a, 'e> {
    rule: &'a Rule,
    fitted: &'a Fitted,
    paths: &'a BTreeMap<i64, String>,
    every: &'a mut Option<Every<'e>>,
    /// File → findings kept.
    kept: BTreeMap<i64, u64>,
}

impl Taken<'_, '_> {
    fn run(&mut self, engine: &Engine, findings: &mut Vec<Finding>, gathered: &mut Gathered) -> Result<(), QueryError> {
        let before = findings.len();
        let (rule, fitted) = (self.rule, self.fitted);
        let against = rule.header.quality == Dimension::Plausibility;
        engine.each(&count::failing(rule, fitted), &fitted.bindings, |batch| {
            for row in 0..batch.num_rows() {
                if against && let (Some(program), Some(unit)) = (text(batch, row, 0), text(batch, row, 1)) {
                    gathered.implausible.entry(program).or_default().insert(unit);
                }
                let file = text(batch, row, 2).and_then(|number| number.parse().ok()).unwrap_or(-1);
                let of_file = self.kept.entry(file).or_default();
                let keeps = *of_file < KEPT_PER_FILE && findings.len() - before < KEPT_PER_RULE;
                *of_file += u64::from(keeps);
                // A message that nobody will read is not written.
                if keeps || self.every.is_some() {
                    let finding = self.finding(batch, row, file);
                    if let Some(every) = self.every {
                        every(&finding)?;
                    }
                    if keeps {
                        findings.push(finding);
                    }
                }
            }
            Ok(())
        })?;
        if against && let Some(query) = count::enrollments_behind(rule, fitted.grain) {
            engine.each(&query, &fitted.bindings, |batch| {
                for row in 0..batch.num_rows() {
                    if let (Some(program), Some(unit)) = (text(batch, row, 0), text(batch, row, 1)) {
                        gathered.implausible.entry(program).or_default().insert(unit);
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    fn finding(&self, batch: &RecordBatch, row: usize, file: i64) -> Finding {
        let header = &self.rule.header;
        let message = self.rule.message(|name| {
            let at = self.fitted.columns.iter().position(|(column, _)| column == name)?;
            let (_, shown) = self.fitted.columns.get(at)?;
            text(batch, row, BEFORE_MESSAGE + at).map(|value| shown.show(&value))
        });
        Finding {
            code: self.rule.code.clone(),
            severity: header.severity,
            file: self.paths.get(&file).cloned().unwrap_or_default(),
            line: text(batch, row, 3).and_then(|line| line.parse().ok()),
            column: None,
            field: header.field.clone(),
            record: None,
            message,
            hint: Some(header.fix.clone()),
        }
    }
}

/// A cell as text; `None` where it is null.
fn text(batch: &RecordBatch, row: usize, column: usize) -> Option<String> {
    let array = batch.columns().get(column)?;
    let value = || arrow::util::display::array_value_to_string(array, row).ok();
    if array.is_valid(row) && *array.data_type() != arrow::datatypes::DataType::Null { value() } else { None }
}
