//! `attain ingest` and `attain check`: what is in the exports, and what is wrong with them.

use super::super::args::{Check, FailOn, Ingest};
use super::super::console::{self, Console};
use super::super::failure::Failure;
use super::super::job::{Context, ingest_job, store};
use crate::contract::{Finding, Severity};
use crate::ingest::{FileRead, IngestJob, Outcome, Source};
use crate::store::FindingCount;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Findings shown of each kind in each file by `check`.
const SHOWN: usize = 20;

/// What says nothing about single files: which others there are, and through which day they are complete.
const ABOUT_A_PROJECT: [&str; 2] = ["missing-table", "as-of-guessed"];

/// `attain check --json`.
#[derive(Serialize)]
struct Told<'a> {
    files: &'a [FileRead],
    findings: &'a [Finding],
    not_checked: &'a [String],
}

pub fn ingest(context: &Context, words: &Ingest) -> Result<(), Failure> {
    let project = context.project(words.folder.as_deref())?;
    let job = ingest_job(context, &project, words.input.as_of)?;
    let outcome = read(context, &job, &store(&project))?;
    if words.json {
        give(&outcome)?;
    } else {
        say_kept(context, &outcome);
    }
    fail_on(words.input.fail_on, &outcome.counts)
}

/// Reads the exports into a snapshot, with a bar.
pub fn read(context: &Context, job: &IngestJob, store: &crate::store::Store) -> Result<Outcome, Failure> {
    let former = store.current().ok().flatten();
    let bar = context.console.reading();
    let outcome = crate::ingest::ingest(job, store, &bar)?;
    drop(bar);
    if let (Some(former), Some(snapshot)) = (former, &outcome.snapshot)
        && former.manifest.key_fingerprint != snapshot.manifest.key_fingerprint
    {
        Console::warn(&format!(
            "warning: the key for pseudonymous ids is not the one of snapshot {}: the same people have other ids now",
            former.id
        ));
    }
    Ok(outcome)
}

/// What was read and kept, in a few lines.
pub fn say_kept(context: &Context, outcome: &Outcome) {
    let console = &context.console;
    console.say(&console::read_line(outcome));
    if let Some(snapshot) = &outcome.snapshot {
        let how = if outcome.reused { "unchanged: the same exports were read before" } else { "now current" };
        console.say(&format!("snapshot {} {how}", snapshot.id));
    }
    let tally = console::tally(&outcome.counts);
    if outcome.counts.is_empty() {
        console.say(&tally);
    } else {
        console.say(&format!("{tally}; attain check shows each with its place and the fix"));
    }
}

pub fn check(context: &Context, words: &Check) -> Result<(), Failure> {
    let (job, of_a_project) = match words.paths.as_slice() {
        [] => (project_job(context, words, None)?, true),
        [folder] if folder.is_dir() => (project_job(context, words, Some(folder))?, true),
        files => (file_job(context, words, files)?, false),
    };
    let bar = context.console.reading();
    let mut outcome = crate::ingest::check(&job, &bar)?;
    drop(bar);
    if !of_a_project {
        outcome.findings.retain(|finding| !ABOUT_A_PROJECT.contains(&finding.code.as_str()));
        outcome.counts.retain(|count| !ABOUT_A_PROJECT.contains(&count.code.as_str()));
    }
    if words.json {
        give(&outcome)?;
    } else {
        Console::give(console::findings(&outcome.findings, &outcome.counts, SHOWN).as_bytes());
        let console = &context.console;
        for unchecked in &outcome.not_checked {
            console.say(&format!("not checked: {unchecked}"));
        }
        console.say(&format!("{}; {}", console::read_line(&outcome), console::tally(&outcome.counts)));
        if !outcome.counts.is_empty() {
            console.say("attain explain CODE says more about each kind");
        }
    }
    if !outcome.unreadable.is_empty() {
        return Err(Failure::Unreadable(outcome.unreadable));
    }
    fail_on(words.fail_on, &outcome.counts)
}

fn project_job(context: &Context, words: &Check, folder: Option<&Path>) -> Result<IngestJob, Failure> {
    let project = context.project(folder)?;
    ingest_job(context, &project, words.as_of)
}

/// Single files, looked at without a project: nothing is stored, so no key is needed.
fn file_job(context: &Context, words: &Check, files: &[PathBuf]) -> Result<IngestJob, Failure> {
    let mut sources = Vec::new();
    for file in files {
        if !file.is_file() {
            let what = if file.is_dir() {
                "is a folder; name one project, or single files"
            } else {
                "is not there: neither a file nor a project's folder"
            };
            return Err(Failure::Usage(format!("{} {what}", file.display())));
        }
        let name = file.display().to_string();
        sources.push(Source::of_files(&name, &globset::escape(&name)));
    }
    Ok(IngestJob {
        root: PathBuf::from("."),
        sources,
        as_of: words.as_of,
        key: b"nothing is stored".to_vec(),
        fiscal_year_starts: 1,
        threads: context.threads(),
        memory: None,
    })
}

fn give(outcome: &Outcome) -> Result<(), Failure> {
    let told = Told { files: &outcome.files, findings: &outcome.findings, not_checked: &outcome.not_checked };
    let mut json = serde_json::to_vec_pretty(&told).map_err(|error| Failure::Report(error.to_string()))?;
    json.push(b'\n');
    Console::give(&json);
    Ok(())
}

/// Exit code 1 when there is a finding at least as bad as asked.
pub fn fail_on(threshold: FailOn, counts: &[FindingCount]) -> Result<(), Failure> {
    let least = match threshold {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
        FailOn::Note => Severity::Note,
        FailOn::Never => return Ok(()),
    };
    if counts.iter().any(|c| c.severity >= least && c.count > 0) { Err(Failure::Findings) } else { Ok(()) }
}
