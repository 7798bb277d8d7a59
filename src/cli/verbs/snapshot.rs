//! `attain snapshot`: what the store holds.

use super::super::args::{Snapshot, SnapshotVerb};
use super::super::assessed;
use super::super::console::{Console, grouped};
use super::super::failure::Failure;
use super::super::job::{Context, store};
use super::super::outputs;
use std::fmt::Write as _;

pub fn snapshot(context: &Context, words: Snapshot) -> Result<(), Failure> {
    let project = context.project(None)?;
    let store = store(&project);
    let current = store.current()?;
    let none = || Failure::Usage("there is no snapshot yet\nhint: attain ingest makes one".into());
    match words.verb.unwrap_or(SnapshotVerb::List) {
        SnapshotVerb::List => {
            let ids = store.list()?;
            if ids.is_empty() {
                return Err(none());
            }
            let mut text = String::new();
            for id in ids {
                let mark = if current.as_ref().is_some_and(|c| c.id == id) { "* " } else { "  " };
                // Writing to a String cannot fail.
                let _ = writeln!(text, "{mark}{id}");
            }
            Console::give(text.as_bytes());
        }
        SnapshotVerb::Show { id, json } => {
            let snapshot = match id {
                Some(id) => store.open(&id)?,
                None => current.ok_or_else(none)?,
            };
            let manifest = &snapshot.manifest;
            if json {
                Console::give(&outputs::json(manifest)?);
                return Ok(());
            }
            let mut text = format!("snapshot {}\nas of    {}\n\ntables\n", manifest.id, manifest.as_of);
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
            Console::give(text.as_bytes());
        }
    }
    Ok(())
}
