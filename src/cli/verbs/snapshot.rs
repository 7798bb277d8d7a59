//! `attain snapshot`: what the store holds.

use super::super::args::{Snapshot, SnapshotVerb};
use super::super::assessed;
use super::super::console::{Console, grouped};
use super::super::failure::Failure;
use super::super::job::{self, Context};
use super::super::key::key;
use super::super::outputs;
use crate::contract::CONTRACT;
use crate::project::nearest;
use crate::store::{self, BirthDates, Store, beside};
use std::fmt::Write as _;
use std::io::ErrorKind;

pub fn snapshot(context: &Context, words: Snapshot) -> Result<(), Failure> {
    let project = context.project(None)?;
    let store = job::store(&project);
    match words.verb.unwrap_or(SnapshotVerb::List) {
        SnapshotVerb::List => {
            let ids = store.list()?;
            if ids.is_empty() {
                return Err(none());
            }
            let key_of = |id: &str| store.manifest(id).map(|manifest| manifest.key_fingerprint);
            let current = store.current_id();
            let key = store.made_with().map(|(_, key)| key);
            let mut text = String::new();
            for id in ids {
                let mark = if current.as_ref() == Some(&id) { "* " } else { "  " };
                let other = if key_of(&id) == key { "" } else { "  (made with another key: its ids are others)" };
                // Writing to a String cannot fail.
                let _ = writeln!(text, "{mark}{id}{other}");
            }
            Console::show(&text);
        }
        SnapshotVerb::SetAside { id, table } => set_aside(&opened(&store, id)?, table.as_deref())?,
        SnapshotVerb::Show { id, json } => {
            let snapshot = opened(&store, id)?;
            let manifest = &snapshot.manifest;
            if json {
                Console::give(&outputs::json(manifest)?);
                return Ok(());
            }
            let mut text = format!("snapshot {}\nas of    {}\n", manifest.id, manifest.as_of);
            let _ = writeln!(text, "files    {}", if manifest.encrypted { "encrypted" } else { "not encrypted" });
            let birth_dates = match manifest.birth_dates {
                BirthDates::Date => "as they are",
                BirthDates::Month => "the month; the day is set to the first",
                BirthDates::Year => "the year; the day is set to 1 January",
            };
            let _ = writeln!(text, "births   {birth_dates}");
            let with = match key(&project).map(|key| key.check_value() == manifest.key_fingerprint) {
                Ok(true) => "the project's key",
                Ok(false) => "another key than the project's",
                Err(_) => "a key; the project's cannot be read",
            };
            let _ = writeln!(text, "ids      made with {with}\n\ntables");
            for table in &manifest.tables {
                let bytes: u64 = table.files.iter().map(|f| f.bytes).sum();
                let _ =
                    writeln!(text, "  {:<16}{:>14} rows{:>16} bytes", table.name, grouped(table.rows), grouped(bytes));
            }
            text.push_str("\ninputs\n");
            for input in &manifest.inputs {
                let _ = writeln!(
                    text,
                    "  {:<32}{:>12} rows{:>8} set aside  sha256 {}",
                    input.path,
                    grouped(input.rows),
                    grouped(input.quarantined),
                    input.sha256.get(..12).unwrap_or(&input.sha256)
                );
            }
            if !manifest.findings.is_empty() {
                text.push_str("\nfindings in single rows and files\n");
            }
            for found in &manifest.findings {
                let table = found.table.as_deref().unwrap_or("files");
                let (severity, code, count) = (found.severity.name(), &found.code, grouped(found.count));
                let _ = writeln!(text, "  {table:<16}{severity:<9}{code:<26}{count:>9}");
            }
            match assessed::kept(&store, &snapshot, &assessed::rules(&project)?) {
                Some(assessment) => {
                    text.push_str("\nfindings of rules over several rows and tables\n");
                    for found in &assessment.counts {
                        let (severity, code, count) = (found.severity.name(), &found.code, grouped(found.count));
                        let _ = writeln!(text, "  {severity:<9}{code:<42}{count:>9}");
                    }
                    for why in &assessment.not_checked {
                        let _ = writeln!(text, "  not checked: {why}");
                    }
                    let _ = writeln!(text, "\n{}", assessed::summary(&assessment));
                }
                None => {
                    text.push_str("\nthe rules over several rows and tables have not been run: attain ingest does\n");
                }
            }
            Console::show(&text);
        }
    }
    Ok(())
}

fn none() -> Failure {
    Failure::Usage("there is no snapshot yet\nhint: attain ingest makes one".into())
}

/// The snapshot of that id, or the current one.
fn opened(store: &Store, id: Option<String>) -> Result<store::Snapshot, Failure> {
    match id {
        Some(id) => Ok(store.open(&id)?),
        None => store.current()?.ok_or_else(none),
    }
}

/// The rows set aside, table by table, as one CSV.
fn set_aside(snapshot: &store::Snapshot, table: Option<&str>) -> Result<(), Failure> {
    let names = || CONTRACT.tables.iter().map(|table| table.name.as_str());
    if let Some(table) = table.filter(|table| names().all(|name| name != *table)) {
        let hint = nearest(table, names()).map_or(String::new(), |near| format!("\nhint: did you mean {near}?"));
        return Err(Failure::Usage(format!("there is no table {table}{hint}")));
    }
    let mut out = csv::WriterBuilder::new().flexible(true).from_writer(Console::giving());
    let mut is_first = true;
    for name in names().filter(|name| table.is_none_or(|table| table == *name)) {
        let path = snapshot.dir.join("quarantine").join(format!("{name}.csv"));
        let failed = |error: csv::Error| Failure::Write(path.clone(), error.into());
        let rows = match beside::open(&path, snapshot.seal.as_ref()) {
            Ok(rows) => rows,
            // Of a table without one there is no file.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(error.into())),
        };
        let mut rows = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(rows);
        for (number, row) in rows.records().enumerate() {
            let row = row.map_err(failed)?;
            if number > 0 || std::mem::take(&mut is_first) {
                let first = if number == 0 { "table" } else { name };
                out.write_record(std::iter::once(first).chain(&row)).map_err(failed)?;
            }
        }
    }
    out.flush().map_err(|error| Failure::Write("stdout".into(), error))
}
