//! Every finding, also those of which only the first are held in memory: as JSON, as CSV, counted by file.

use super::failure::Failure;
use crate::contract::{CONTRACT, Finding, Severity};
use crate::ingest::{FileRead, Outcome};
use crate::report::tables::inert;
use crate::store::{Seal, Snapshot, beside};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, BufRead as _, Write};
use std::path::PathBuf;

/// Where all findings are.
pub struct Everything<'a> {
    /// Held whole, and first.
    held: &'a [Finding],
    /// One JSON object a line.
    lists: Vec<PathBuf>,
    /// What the lists are encrypted with.
    seal: Option<Seal>,
}

impl<'a> Everything<'a> {
    /// Those of an outcome that was only looked at: what it holds is all there is.
    pub fn held(outcome: &'a Outcome) -> Self {
        Self { held: &outcome.findings, lists: Vec::new(), seal: None }
    }

    /// Those of a snapshot: the ones about files as held, those of its tables from its lists, then those of the rules.
    pub fn of_snapshot(outcome: &'a Outcome, snapshot: &Snapshot, of_rules: PathBuf) -> Self {
        let is_about_a_file = |count: &&crate::store::FindingCount| {
            count.table.is_none() && crate::contract::finding_kind(&count.code).is_some()
        };
        let about_files: u64 = outcome.counts.iter().filter(is_about_a_file).map(|count| count.count).sum();
        let about_files = usize::try_from(about_files).unwrap_or(usize::MAX).min(outcome.findings.len());
        let of_table =
            |table: &crate::contract::Table| snapshot.dir.join("findings").join(format!("{}.jsonl", table.name));
        let mut lists: Vec<PathBuf> = CONTRACT.tables.iter().map(of_table).collect();
        lists.push(of_rules);
        let seal = snapshot.seal.clone();
        Self { held: outcome.findings.get(..about_files).unwrap_or_default(), lists, seal }
    }

    /// Hands over each of them.
    pub fn each(&self, mut take: impl FnMut(&Finding) -> io::Result<()>) -> Result<(), Failure> {
        for finding in self.held {
            take(finding).map_err(|error| Failure::Write(PathBuf::from("findings"), error))?;
        }
        for list in &self.lists {
            let failed = |error: io::Error| Failure::Write(list.clone(), error);
            let lines = match beside::open(list, self.seal.as_ref()) {
                Ok(list) => list.lines(),
                // A table without a finding has no list.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(failed(error)),
            };
            for line in lines {
                let finding: Finding =
                    serde_json::from_str(&line.map_err(failed)?).map_err(|error| failed(error.into()))?;
                take(&finding).map_err(failed)?;
            }
        }
        Ok(())
    }

    /// How many there are of each kind in each file.
    pub fn counts(&self) -> Result<Counts, Failure> {
        let mut counts = Counts::new();
        self.each(|finding| {
            *counts.entry(kind_in_file(finding)).or_default() += 1;
            Ok(())
        })?;
        Ok(counts)
    }
}

/// File, severity and code → how many.
pub type Counts = BTreeMap<(String, Severity, String), u64>;

/// What findings are grouped by.
pub fn kind_in_file(finding: &Finding) -> (String, Severity, String) {
    (finding.file.clone(), finding.severity, finding.code.clone())
}

/// Writes `attain check --json`: files, every finding on a line of its own, what was not checked.
pub fn json(
    out: &mut dyn Write,
    files: &[FileRead],
    everything: &Everything<'_>,
    not_checked: &[String],
) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::Write(PathBuf::from("stdout"), error);
    out.write_all(b"{\n  \"files\": ").map_err(failed)?;
    list(out, files).map_err(failed)?;
    out.write_all(b",\n  \"findings\": [").map_err(failed)?;
    let mut first = true;
    everything.each(|finding| {
        out.write_all(if first { b"\n    " } else { b",\n    " })?;
        first = false;
        serde_json::to_writer(&mut *out, finding)?;
        Ok(())
    })?;
    out.write_all(if first { b"],\n  \"not_checked\": " } else { b"\n  ],\n  \"not_checked\": " }).map_err(failed)?;
    list(out, not_checked).map_err(failed)?;
    out.write_all(b"\n}\n").and_then(|()| out.flush()).map_err(failed)
}

/// A JSON array with one element a line.
fn list<T: Serialize>(out: &mut dyn Write, items: &[T]) -> io::Result<()> {
    out.write_all(b"[")?;
    for (number, item) in items.iter().enumerate() {
        out.write_all(if number == 0 { b"\n    " } else { b",\n    " })?;
        serde_json::to_writer(&mut *out, item)?;
    }
    out.write_all(if items.is_empty() { b"]" } else { b"\n  ]" })
}

/// The headings of `attain check --csv`.
const HEADINGS: [&str; 10] =
    ["severity", "code", "place", "file", "line", "column", "field", "record", "message", "hint"];

/// Writes `attain check --csv`: one row for every finding, safe to open in a spreadsheet.
pub fn csv(out: &mut dyn Write, everything: &Everything<'_>) -> Result<u64, Failure> {
    let failed = |error: csv::Error| Failure::Write(PathBuf::from("findings as CSV"), error.into());
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(HEADINGS).map_err(failed)?;
    let number = |n: Option<u64>| n.map_or_else(String::new, |n| n.to_string());
    let mut rows = 0;
    everything.each(|finding| {
        rows += 1;
        writer.write_record([
            finding.severity.name(),
            &finding.code,
            &inert(&finding.place()),
            &inert(&finding.file),
            &number(finding.line),
            &number(finding.column),
            &inert(finding.field.as_deref().unwrap_or_default()),
            &number(finding.record),
            &inert(&finding.message),
            &inert(finding.hint.as_deref().unwrap_or_default()),
        ])?;
        Ok(())
    })?;
    writer.flush().map_err(|error| Failure::Write(PathBuf::from("findings as CSV"), error))?;
    Ok(rows)
}
