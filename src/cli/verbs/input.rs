//! `attain ingest` and `attain check`: what is in the exports, and what is wrong with them.

use super::super::args::{Check, FailOn, Ingest};
use super::super::assessed;
use super::super::brand::brand;
use super::super::console::{self, Console};
use super::super::everything::{self, Everything};
use super::super::failure::Failure;
use super::super::job::{Context, ingest_job, store};
use super::super::listing::Listing;
use super::super::outputs;
use super::super::style::Style;
use super::super::temporary;
use crate::contract::{Finding, Severity};
use crate::ingest::{IngestError, IngestJob, Outcome, Source};
use crate::quality::{Assessment, Rules};
use crate::query::QueryError;
use crate::store::beside::Beside;
use crate::store::{BirthDates, FindingCount, Key, Snapshot, Store};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// What says nothing about single files: which others there are, and through which day they are complete.
const ABOUT_A_PROJECT: [&str; 2] = ["missing-table", "as-of-guessed"];

pub fn ingest(context: &Context, words: &Ingest) -> Result<(), Failure> {
    let project = context.project(words.folder.as_deref())?;
    // A mistake in a rule is said before minutes are spent on reading.
    let rules = assessed::rules(&project)?;
    let job = ingest_job(context, &project, words.input.as_of, words.input.new_key)?;
    let store = store(&project);
    let mut outcome = read(context, &job, &store)?;
    if let Some(snapshot) = &outcome.snapshot {
        let assessment = assessed::of_snapshot(context, &store, snapshot, &rules, None)?;
        add(&mut outcome, &assessment);
    }
    if words.json {
        give_held(&outcome)?;
    } else {
        say_kept(context, &outcome);
    }
    fail_on(words.input.fail_on, &outcome.counts)
}

/// Puts what the rules found beside what was found in single rows.
pub fn add(outcome: &mut Outcome, assessment: &Assessment) {
    outcome.findings.extend(assessment.findings.iter().cloned());
    outcome.counts.extend(assessment.counts.iter().cloned());
    outcome.not_checked.extend(assessment.not_checked.iter().map(ToString::to_string));
}

/// Reads the exports into a snapshot, with a bar.
pub fn read(context: &Context, job: &IngestJob, store: &crate::store::Store) -> Result<Outcome, Failure> {
    let former = store.made_with();
    let bar = context.console.reading();
    let outcome = crate::ingest::ingest(job, store, &bar)?;
    drop(bar);
    if let Some((former, check_value)) = former
        && check_value != job.key.check_value()
    {
        Console::warn(&format!(
            "warning: the key for pseudonymous ids is not the one of snapshot {former}: the same people have other ids now"
        ));
    }
    if job.encrypt {
        say_in_the_clear(store);
    }
    Ok(outcome)
}

/// Encryption does not reach back: older snapshots stay as they were written.
fn say_in_the_clear(store: &Store) {
    let in_the_clear = |id: &String| store.manifest(id).is_some_and(|manifest| !manifest.encrypted);
    let ids: Vec<String> = store.list().unwrap_or_default().into_iter().filter(in_the_clear).collect();
    if !ids.is_empty() {
        Console::warn(&format!(
            "warning: not encrypted, because made before encrypt_store was set: {}\nhint: when you need them no more, delete their folders in {}",
            ids.join(", "),
            store.dir().join("snapshots").display()
        ));
    }
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

/// What was looked at.
struct Checked {
    outcome: Outcome,
    rules: Rules,
    /// What the rules over several rows and tables say; `None` where they could not be run.
    assessment: Option<Assessment>,
    /// Holds the lists of all findings, and goes with the process.
    temporary: Option<(PathBuf, Snapshot)>,
}

/// The list of all that the rules found, in the folder of a check.
const OF_RULES: &str = "rules.jsonl";

pub fn check(context: &Context, words: &Check) -> Result<(), Failure> {
    if words.json && words.csv == Some(None) {
        return Err(Failure::Usage(
            "--json and --csv would both be written to stdout\nhint: name a file, --csv=findings.csv".into(),
        ));
    }
    let checked = match words.paths.as_slice() {
        [] => check_project(context, words, None)?,
        [folder] if folder.is_dir() => check_project(context, words, Some(folder))?,
        files => check_files(context, words, files)?,
    };
    let outcome = &checked.outcome;
    let everything = match &checked.temporary {
        Some((folder, snapshot)) => Everything::of_snapshot(outcome, snapshot, folder.join(OF_RULES)),
        None => Everything::held(outcome),
    };
    if let Some(Some(path)) = &words.csv {
        let rows = csv_file(path, &everything)?;
        context.console.say(&format!("wrote {} to {}", console::counted(rows, "finding", "findings"), path.display()));
    }
    if words.json {
        everything::json(&mut Console::giving(), &outcome.files, &everything, &outcome.not_checked)?;
    } else if words.csv == Some(None) {
        everything::csv(&mut Console::giving(), &everything)?;
    } else {
        list(context, words, &checked, &everything)?;
    }
    if !outcome.unreadable.is_empty() {
        return Err(Failure::Unreadable(outcome.unreadable.clone()));
    }
    fail_on(words.fail_on, &outcome.counts)
}

/// For people: the findings on stdout; on stderr what was not checked, the scores, the sums.
fn list(context: &Context, words: &Check, checked: &Checked, everything: &Everything<'_>) -> Result<(), Failure> {
    let Checked { outcome, rules, assessment, .. } = checked;
    let listing = Listing {
        findings: &outcome.findings,
        counts: &exact(everything.counts()?, outcome),
        files: &outcome.files,
        rules,
        assessment: assessment.as_ref(),
        style: Style::of_stdout(),
        all: match &words.csv {
            Some(Some(_)) if checked.temporary.is_some() => "every one is in the CSV file",
            _ if checked.temporary.is_some() => "--csv=findings.csv writes every one",
            _ => "--csv=findings.csv writes the first thousand of each kind",
        },
    };
    Console::give(listing.text().as_bytes());
    let console = &context.console;
    for unchecked in &outcome.not_checked {
        console.say(&format!("not checked: {unchecked}"));
    }
    if let Some(assessment) = assessment {
        console.say(&format!("\n{}\n", assessed::summary(assessment)));
    }
    console.say(&format!("{}; {}", console::read_line(outcome), console::tally(&outcome.counts)));
    Ok(())
}

/// Of single files only the first findings of each kind are held; how many there are is known by table, and so by file
/// where a table has but one.
fn exact(mut counts: everything::Counts, outcome: &Outcome) -> everything::Counts {
    for count in &outcome.counts {
        let mut files = outcome.files.iter().filter(|file| file.table.is_some() && file.table == count.table);
        if let (Some(only), None) = (files.next(), files.next())
            && let Some(known) = counts.get_mut(&(only.path.clone(), count.severity, count.code.clone()))
        {
            *known = count.count.max(*known);
        }
    }
    counts
}

fn csv_file(path: &Path, everything: &Everything<'_>) -> Result<u64, Failure> {
    let failed = |error| Failure::Write(path.to_path_buf(), error);
    let mut temporary = outputs::beside(path).map_err(failed)?;
    let rows = everything::csv(&mut BufWriter::new(&mut temporary), everything)?;
    temporary.persist(path).map_err(|error| failed(error.error))?;
    Ok(rows)
}

/// A project is read into a store of its own, which nobody else can read and which is removed again: rules over several
/// rows and tables need them all.
fn check_project(context: &Context, words: &Check, folder: Option<&Path>) -> Result<Checked, Failure> {
    let project = context.project(folder)?;
    let rules = assessed::rules(&project)?;
    brand(&project)?;
    // Its store is new, and goes again: with which key it was made matters to nobody.
    let job = ingest_job(context, &project, words.as_of, false)?;
    let temporary = temporary::folder()?;
    let bar = context.console.reading();
    let read = crate::ingest::ingest(&job, &Store::at(temporary.join("store")), &bar);
    drop(bar);
    let mut outcome = match read {
        Ok(outcome) => outcome,
        // What cannot become a snapshot can still be looked at, row by row.
        Err(error @ (IngestError::NoAsOf | IngestError::Read { .. } | IngestError::Open(_))) => {
            let mut outcome = look(context, &job)?;
            let why = match error {
                IngestError::NoAsOf => "no date says through which day the export is complete".to_string(),
                other => other.to_string(),
            };
            outcome.not_checked.push(format!("rules over several rows and tables: {why}"));
            return Ok(Checked { outcome, rules, assessment: None, temporary: None });
        }
        Err(error) => return Err(error.into()),
    };
    let Some(snapshot) = outcome.snapshot.clone() else {
        return Ok(Checked { outcome, rules, assessment: None, temporary: None });
    };
    let path = temporary.join(OF_RULES);
    let failed = |error: &dyn std::fmt::Display| {
        QueryError::new(&path.display().to_string(), format!("cannot be written: {error}"))
    };
    let mut all = Beside::create(&path, snapshot.seal.as_ref()).map_err(|error| failed(&error))?;
    let mut write = |finding: &Finding| {
        serde_json::to_writer(&mut all, finding).map_err(|error| failed(&error))?;
        all.write_all(b"\n").map_err(|error| failed(&error))
    };
    let assessment = assessed::fresh(context, &snapshot, &rules, Some(&mut write))?;
    all.finish().map_err(|error| failed(&error))?;
    add(&mut outcome, &assessment);
    Ok(Checked { outcome, rules, assessment: Some(assessment), temporary: Some((temporary, snapshot)) })
}

fn check_files(context: &Context, words: &Check, files: &[PathBuf]) -> Result<Checked, Failure> {
    let mut outcome = look(context, &file_job(context, words, files)?)?;
    outcome.findings.retain(|finding| !ABOUT_A_PROJECT.contains(&finding.code.as_str()));
    outcome.counts.retain(|count| !ABOUT_A_PROJECT.contains(&count.code.as_str()));
    outcome.not_checked.push("rules over several rows and tables: they need a project's whole export".to_string());
    Ok(Checked { outcome, rules: Rules::load(&[])?, assessment: None, temporary: None })
}

fn look(context: &Context, job: &IngestJob) -> Result<Outcome, Failure> {
    let bar = context.console.reading();
    Ok(crate::ingest::check(job, &bar)?)
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
        key: Key::new(b"nothing is stored"),
        new_key: false,
        encrypt: false,
        birth_dates: BirthDates::Date,
        fiscal_year_starts: 1,
        threads: context.threads(),
        memory: None,
    })
}

/// What is held of an outcome, as JSON.
fn give_held(outcome: &Outcome) -> Result<(), Failure> {
    everything::json(&mut Console::giving(), &outcome.files, &Everything::held(outcome), &outcome.not_checked)
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
