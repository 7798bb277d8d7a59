//! `attain run` and `attain report`: the monthly batch, and its last step alone.

use super::super::args::{Report, ReportFormat, Run};
use super::super::assessed;
use super::super::brand::brand;
use super::super::commentary;
use super::super::computed;
use super::super::console::{Console, counted, read_line, tally};
use super::super::documents::{Finished, Made, Making, size};
use super::super::editions::{Asked, Edition, Whose, asked, editions};
use super::super::failure::Failure;
use super::super::job::{Context, ingest_job, store};
use super::super::outputs::{Outputs, Written, json};
use super::super::programs::{Programs, nesting};
use super::super::session::{Declared, Session};
use super::super::told::Told;
use super::super::typesetters::Typesetters;
use super::input::{add, fail_on, read};
use super::manifest::{Of, manifest, manifest_entry, remove_outdated_tables};
use crate::contract::Finding;
use crate::ingest::FileRead;
use crate::looks::Brand;
use crate::project::{Period, PeriodWord};
use crate::release::Audience;
use crate::store::FindingCount;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::Path;

/// `attain run --json`.
#[derive(Serialize)]
struct Summary<'a> {
    snapshot: &'a str,
    unchanged: bool,
    files: &'a [FileRead],
    findings: &'a [FindingCount],
    reports: Vec<ReportWritten>,
}

/// One report written, or not.
#[derive(Serialize)]
struct ReportWritten {
    report: String,
    /// Of a program's own edition: its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<String>,
    folder: String,
    files: Vec<Written>,
    /// Metrics of the first page whose target is not met.
    targets_not_met: Vec<String>,
    /// What is wrong with what people wrote on the report.
    commentary: Vec<Finding>,
    /// Why it was not written, or not all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    /// What its program is called.
    #[serde(skip)]
    called: String,
}

pub fn run(context: &Context, words: &Run) -> Result<(), Failure> {
    let period: PeriodWord = words.period.parse()?;
    let project = context.project(words.folder.as_deref())?;
    // A mistake in the project is said before minutes are spent on reading.
    asked(&project, Declared::read(&project, &[])?.catalogue(), &[])?;
    assessed::rules(&project)?;
    let looks = brand(&project)?;
    let job = ingest_job(context, &project, words.input.as_of, words.input.new_key)?;
    let mut outcome = read(context, &job, &store(&project))?;
    let session = Session::open(context, project, &[])?;
    add(&mut outcome, &session.assessment(context)?);
    let reports = write_all(
        context,
        &session,
        &looks,
        (&[], &Whose::AsDeclared),
        &period,
        &words.format,
        words.override_disclosure.as_deref(),
    )?;
    let failed = failed(&reports);

    let snapshot = outcome.snapshot.as_ref().map_or("", |s| s.id.as_str());
    let mut counts = outcome.counts.clone();
    counts.extend(reports.iter().flat_map(|report| &report.commentary).map(|finding| FindingCount {
        code: finding.code.clone(),
        table: None,
        severity: finding.severity,
        count: 1,
    }));
    if words.json {
        let summary =
            Summary { snapshot, unchanged: outcome.reused, files: &outcome.files, findings: &outcome.counts, reports };
        Console::give(&json(&summary)?);
    } else {
        let console = &context.console;
        let unchanged = if outcome.reused { " (unchanged)" } else { "" };
        console.say(&read_line(&outcome));
        console.say(&format!("snapshot {snapshot}{unchanged}, as of {}", session.as_of));
        say_written(context, &reports);
        console.say("");
        let of_agency = reports.iter().filter(|report| report.program.is_none());
        console.say("needs attention");
        if !outcome.counts.is_empty() {
            console.say(&format!(
                "  exports: {}; attain check {} shows each",
                tally(&outcome.counts),
                session.project.root.display()
            ));
        }
        // A report on a year may meet what one on a month misses.
        let missing: Vec<&ReportWritten> = of_agency.filter(|report| !report.targets_not_met.is_empty()).collect();
        for report in &missing {
            let label =
                |name: &String| session.catalogue.get(name).map_or(name.as_str(), |m| m.header.label()).to_owned();
            let missed: Vec<String> = report.targets_not_met.iter().map(label).collect();
            console.say(&format!("  targets not met in {}: {}", report.report, missed.join(", ")));
        }
        let remarks = reports.iter().map(|r| r.commentary.len() as u64).sum();
        if remarks > 0 {
            console.say(&format!("  commentary: {}, said above", counted(remarks, "finding", "findings")));
        }
        if outcome.counts.is_empty() && missing.is_empty() && remarks == 0 {
            console.say("  nothing");
        }
    }
    failed?;
    fail_on(words.input.fail_on, &counts)
}

pub fn report(context: &Context, words: &Report) -> Result<(), Failure> {
    let period: PeriodWord = words.period.parse()?;
    let session = Session::open(context, context.project(None)?, &[])?;
    let whose = match &words.program {
        Some(program) => Whose::Program(program.clone()),
        None if words.each_program => Whose::EachProgram,
        None => Whose::AsDeclared,
    };
    let reports = write_all(
        context,
        &session,
        &brand(&session.project)?,
        (&words.names, &whose),
        &period,
        &words.format,
        words.override_disclosure.as_deref(),
    )?;
    say_written(context, &reports);
    failed(&reports)
}

/// An error where not all were written.
fn failed(reports: &[ReportWritten]) -> Result<(), Failure> {
    let failed = reports.iter().filter(|report| report.failure.is_some()).count();
    if failed == 0 { Ok(()) } else { Err(Failure::Editions { failed, of: reports.len() }) }
}

/// What was written: one report after the other, or, where there are programs' own editions or failures, as a table.
fn say_written(context: &Context, reports: &[ReportWritten]) {
    if reports.iter().any(|report| report.program.is_some() || report.failure.is_some()) {
        say_table(context, reports);
        return;
    }
    for report in reports {
        context.console.say(&format!("wrote {} to {}: {}", report.report, report.folder, size(&report.files)));
        for file in report.files.iter().filter(|f| !f.path.contains('/')) {
            context.console.say(&format!("  {}", file.path));
        }
    }
}

fn say_table(context: &Context, reports: &[ReportWritten]) {
    let widest = |cell: &dyn Fn(&ReportWritten) -> usize, heading: &str| {
        reports.iter().map(cell).max().unwrap_or(0).max(heading.len())
    };
    let report_width = widest(&|r| r.report.chars().count(), "report");
    let program_width = widest(&|r| r.called.chars().count(), "program");
    let line = |report: &str, program: &str, rest: &str| {
        format!("{report:<report_width$}  {program:<program_width$}  {rest}").trim_end().to_owned()
    };
    context.console.say(&line("report", "program", "files      kB"));
    for report in reports {
        let kilobytes = report.files.iter().map(|file| file.bytes).sum::<u64>().div_ceil(1000);
        let rest = match &report.failure {
            None => format!("{:>5}  {kilobytes:>6}", report.files.len()),
            Some(_) => "failed".to_owned(),
        };
        context.console.say(&line(&report.report, &report.called, &rest));
    }
    // The same fault of many editions is told once.
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for report in reports {
        if let Some(why) = report.failure.as_deref().filter(|why| told.insert(why)) {
            let same = reports.iter().filter(|other| other.failure.as_deref() == Some(why)).count();
            let others = if same > 1 { format!(" (and {} others)", same - 1) } else { String::new() };
            Console::warn(&format!("error: {}{others}: {why}", report.report));
        }
    }
    let written = reports.iter().filter(|report| report.failure.is_none()).count();
    let folder = reports.first().map_or("", |report| report.folder.as_str());
    let files: Vec<Written> = reports.iter().flat_map(|report| report.files.iter().cloned()).collect();
    context.console.say(&format!(
        "wrote {written} of {} to {folder}: {}",
        counted(reports.len() as u64, "report", "reports"),
        size(&files)
    ));
}

/// Every report asked for by name, or every one of the project; of the agency, and of programs where that is meant.
fn write_all(
    context: &Context,
    session: &Session,
    looks: &Brand,
    (names, whose): (&[String], &Whose),
    word: &PeriodWord,
    formats: &[ReportFormat],
    override_reason: Option<&str>,
) -> Result<Vec<ReportWritten>, Failure> {
    let asked = asked(&session.project, &session.catalogue, names)?;
    let month = month(session, word)?;
    let programs = Programs::of(session)?;
    let editions = editions(&session.project, &asked, &programs, whose)?;
    let assessment = session.assessment(context)?;
    // Two runs that tell somebody outside something must know of each other.
    let outside = asked.iter().any(|report| report.audience.is_outside());
    let _lock = outside.then(|| store(&session.project).lock()).transpose()?;
    let mut told = Told::open(&session.project, override_reason, nesting(session)?)?;
    if outside {
        told.warnings(&session.project).iter().for_each(|warning| Console::warn(warning));
    }
    // A mistake in a report that is not asked for is no reason not to write the others.
    let declared = super::super::editions::asked(&session.project, &session.catalogue, &[]).unwrap_or_default();
    let earlier = told_earlier(session, &declared, &told);
    let others: Vec<&Asked> = declared.iter().chain(&earlier).filter(|report| report.audience.is_outside()).collect();
    let mut run = computed::run(session, (&asked, &others), &editions, &programs, &month, &mut told)?;
    // Where nothing could be computed, that is all there is to say.
    if run.reports.iter().all(Result::is_err)
        && let Some(Err(failure)) = run.reports.drain(..).next()
    {
        return Err(failure);
    }
    // For whoever runs this, and no reader: it would only invite them to subtract.
    if run.exposed() > 0 {
        let numbers = counted(run.exposed() as u64, "small number follows", "small numbers follow");
        Console::warn(&format!(
            "warning: {numbers} from what readers outside were told before, which cannot be taken back; what would tell them again is withheld\nhint: let the first run write every edition that is ever handed out, those of programs too"
        ));
    }
    let typesetters = Typesetters::for_documents(editions.len());
    let making = Making {
        session,
        brand: looks,
        asked: &asked,
        declared: &declared,
        run: &run,
        programs: &programs,
        assessment: &assessment,
        month: &month,
        formats,
        typesetters: &typesetters,
    };
    let bar = context.console.making("reports", editions.len() as u64);
    let made = making.write(&editions, context.threads(), &bar);
    bar.finish_and_clear();
    let mut outputs = Outputs::new(&session.project.root, &Path::new("out").join(&month.label))?;
    let mut entries = Vec::new();
    let mut written = Vec::new();
    for (edition, made) in editions.iter().zip(made) {
        let Some(of) = asked.get(edition.report) else { continue };
        let (report, entry) = recorded(session, of, edition, made, &programs, &outputs);
        entries.push((edition.stem.clone(), entry));
        written.push(report);
    }
    say_commentary(&mut written);
    if formats.contains(&ReportFormat::Csv) {
        let finished = |(stem, _): &&(String, serde_json::Value)| {
            written.iter().any(|report| report.report == *stem && report.failure.is_none())
        };
        let finished: Vec<_> = entries.iter().filter(finished).cloned().collect();
        remove_outdated_tables(&outputs, &finished);
    }
    let manifest = manifest(session, &month, &outputs, entries)?;
    outputs.write("manifest.json", &manifest)?;
    Ok(written)
}

/// Reports that readers outside were told, and that are not among the project's for them any more: what they withheld stays
/// withheld. One whose definition cannot be read is told to nobody again.
fn told_earlier(session: &Session, declared: &[Asked], told: &Told) -> Vec<Asked> {
    let is_declared = |name: &str| declared.iter().any(|of| of.audience.is_outside() && of.definition.name == name);
    let names = told.definitions().into_keys().filter(|name| !is_declared(name));
    let read = |name: &str| super::super::editions::asked(&session.project, &session.catalogue, &[name.to_owned()]);
    let earlier = names.filter_map(|name| read(name).ok()).flatten();
    earlier.map(|report| Asked { audience: Audience::Public, ..report }).collect()
}

/// The month that the reports are on.
fn month(session: &Session, word: &PeriodWord) -> Result<Period, Failure> {
    let month = word.resolve(session.as_of, session.first, session.project.fiscal_year);
    if month != Period::month_of(month.start) {
        return Err(Failure::Usage(format!(
            "a report is about a month, or about the time up to the end of one, and {} is none\nhint: --period 2026-06, or last-month",
            month.label
        )));
    }
    if month.start > session.as_of {
        return Err(Failure::Usage(format!(
            "{} has not begun on {}, the day the export ends",
            month.label, session.as_of
        )));
    }
    Ok(month)
}

/// What is said of a document, and what the manifest says.
fn recorded(
    session: &Session,
    of: &Asked,
    edition: &Edition,
    made: Made,
    programs: &Programs,
    outputs: &Outputs,
) -> (ReportWritten, serde_json::Value) {
    let Made { files, outcome } = made;
    let (finished, failure) = match outcome {
        Ok(finished) => (Some(finished), None),
        Err(why) => (None, Some(why)),
    };
    let used = finished.as_ref().map_or(&[][..], |finished| finished.commentary.used.as_slice());
    let of = Of {
        definition: &of.definition,
        audience: of.audience,
        program: edition.program.as_deref(),
        restated_since: finished.as_ref().and_then(|finished| finished.restated_since.as_ref()),
    };
    let entry = manifest_entry(session, of, used, &files);
    let (targets_not_met, commentary) = match finished {
        Some(Finished { targets_not_met, commentary, .. }) => (targets_not_met, commentary.findings),
        None => (Vec::new(), Vec::new()),
    };
    let report = ReportWritten {
        report: edition.stem.clone(),
        program: edition.program.clone(),
        folder: outputs.folder.display().to_string(),
        files,
        targets_not_met,
        commentary,
        failure,
        called: edition.program.as_deref().map_or(String::new(), |id| programs.called(id)),
    };
    (report, entry)
}

/// Says what is wrong with commentary; a file that no edition can place is said once.
fn say_commentary(reports: &mut [ReportWritten]) {
    let mut said: Vec<Finding> = Vec::new();
    for report in reports {
        report.commentary.retain(|finding| {
            let is_new = !said.contains(finding);
            if is_new {
                said.push(finding.clone());
            }
            is_new
        });
        commentary::say(&report.commentary);
    }
}
