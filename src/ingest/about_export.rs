//! What is said about an export as a whole: files that are no table, tables without a file, what was not looked at.

use super::discover::{self, Exports};
use super::header::about;
use super::{FileRead, IngestJob};
use crate::contract::{CONTRACT, Finding};
use jiff::civil::Date;
use std::sync::atomic::Ordering;

/// The files of which that was found.
pub fn unreadable(findings: &[Finding]) -> Vec<String> {
    let of_files = findings.iter().filter(|finding| finding.code == "unreadable-file");
    of_files.map(|finding| finding.file.clone()).collect()
}

/// Findings about files that are no table and tables that have no file.
pub fn about_files(exports: &Exports) -> Vec<Finding> {
    let mut findings = exports.findings.clone();
    for (file, is_expected) in &exports.unknown {
        let (code, message) = if *is_expected {
            ("unused-file", "no rule of the mapping reads it")
        } else {
            ("unknown-file", "the name is none of the tables; it is not read")
        };
        findings.push(about(&file.path, None, code, message.to_owned()));
    }
    for (path, what) in &exports.no_files {
        let code = if discover::table_of(path).is_some() { "unreadable-file" } else { "unknown-file" };
        let mut finding = about(path, None, code, format!("it is {what}; it is not read"));
        finding.hint = Some("put the file itself there".to_owned());
        findings.push(finding);
    }
    for (table, files) in CONTRACT.tables.iter().zip(&exports.tables) {
        if files.is_empty() {
            let message = format!("no file of {} ({})", table.name, table.row);
            findings.push(about(&format!("{}.csv", table.name), None, "missing-table", message));
        }
    }
    findings
}

/// How many persons of each source its crosswalk names: one that names hardly any joins nobody, and looks like success.
pub fn about_crosswalks(job: &IngestJob, exports: &Exports) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, source) in job.sources.iter().enumerate() {
        let Some(crosswalk) = &source.crosswalk else { continue };
        let Some(ids) = exports.tables.iter().flatten().find(|e| e.source == at).and_then(|e| e.ids.as_ref()) else {
            continue;
        };
        let (all, absent) = (ids.asked.all.load(Ordering::Relaxed), ids.asked.absent.load(Ordering::Relaxed));
        let code = if all > 0 && absent * 2 > all { "crosswalk-unmatched" } else { "crosswalk-matched" };
        let message = format!(
            "of {all} rows of people from \"{}\" it names {}; the others stand apart",
            source.name,
            all - absent
        );
        findings.push(about(&crosswalk.file, None, code, message));
    }
    findings
}

/// What could not be looked at: said, so that silence is not taken for soundness.
pub fn not_checked(as_of: Option<Date>, exports: &Exports, broken: &[&str]) -> Vec<String> {
    let mut said = Vec::new();
    if as_of.is_none() {
        said.push("dates after the as-of date: no as-of date is given".to_owned());
    }
    let absent = |name: &str| {
        CONTRACT.tables.iter().zip(&exports.tables).any(|(table, files)| table.name == name && files.is_empty())
    };
    for (table, _) in CONTRACT.tables.iter().zip(&exports.tables).filter(|(_, files)| !files.is_empty()) {
        for column in &table.columns {
            if let Some((parent, _)) = column.target().filter(|(parent, _)| absent(parent)) {
                said.push(format!("{}.{}: the export has no {parent}", table.name, column.name));
            }
            if let Some((parent, _)) = column.target().filter(|(parent, _)| broken.contains(parent)) {
                said.push(format!("{}.{}: a file of {parent} could not be loaded", table.name, column.name));
            }
        }
    }
    said.extend(
        exports
            .unknown
            .iter()
            .filter(|(_, is_expected)| !is_expected)
            .map(|(file, _)| &file.path)
            .chain(exports.no_files.iter().map(|(path, _)| path))
            .map(|path| format!("{path}: not read")),
    );
    said
}

/// Of a file that several rules read for one table, one entry.
pub fn one_of_each(files: Vec<FileRead>) -> Vec<FileRead> {
    let mut all: Vec<FileRead> = Vec::new();
    for file in files {
        match all.iter_mut().find(|known| known.path == file.path) {
            Some(known) => {
                known.rows += file.rows;
                known.loaded += file.loaded;
                known.quarantined += file.quarantined;
                known.left_out += file.left_out;
            }
            None => all.push(file),
        }
    }
    all
}
