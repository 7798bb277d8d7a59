//! `attain run` and `attain report`: the monthly batch, and its last step alone.

use super::super::args::{Report, ReportFormat, Run};
use super::super::assessed;
use super::super::commentary;
use super::super::console::{Console, counted, read_line, tally};
use super::super::failure::Failure;
use super::super::job::{Context, ingest_job, store};
use super::super::languages;
use super::super::outputs::{Outputs, Written, json};
use super::super::session::{Declared, Session, own_files};
use super::super::told::{Offered, Told, policy};
use super::input::{add, fail_on, read};
use super::manifest::{manifest, manifest_entry, remove_outdated_tables};
use super::quality::quality_facts;
use crate::contract::Finding;
use crate::ingest::FileRead;
use crate::language::Words;
use crate::measure::{Catalogue, Study};
use crate::project::{self, Period, PeriodWord, Project};
use crate::quality::Assessment;
use crate::release::{Audience, RecordCount, Released, release_curve, release_records};
use crate::report::commentary::Merged;
use crate::report::{
    DEFINITION_ENDING, Definition, Document, Facts, Figures, InputFact, Mark, PrivacyFacts, build, html, pdf, tables,
    translated, workbook,
};
use crate::store::FindingCount;
use serde::Serialize;
use std::collections::BTreeMap;

/// `attain run --json`.
#[derive(Serialize)]
struct Summary<'a> {
    snapshot: &'a str,
    unchanged: bool,
    files: &'a [FileRead],
    findings: &'a [FindingCount],
    reports: Vec<ReportWritten>,
}

/// One report written.
#[derive(Serialize)]
struct ReportWritten {
    report: String,
    folder: String,
    files: Vec<Written>,
    /// Metrics of the first page whose target is not met.
    targets_not_met: Vec<String>,
    /// What is wrong with what people wrote on the report.
    commentary: Vec<Finding>,
}

/// A report of the project, or one asked for by name.
struct Asked {
    definition: Definition,
    audience: Audience,
    /// Where people write on it.
    commentary: Option<String>,
    words: Words,
}

/// A document, and what is to be said of it.
struct Made {
    document: Document,
    targets_not_met: Vec<String>,
    commentary: Merged,
}

pub fn run(context: &Context, words: &Run) -> Result<(), Failure> {
    let period: PeriodWord = words.period.parse()?;
    let project = context.project(words.folder.as_deref())?;
    // A mistake in the project is said before minutes are spent on reading.
    asked(&project, Declared::read(&project, &[])?.catalogue(), &[])?;
    assessed::rules(&project)?;
    let job = ingest_job(context, &project, words.input.as_of)?;
    let mut outcome = read(context, &job, &store(&project))?;
    let session = Session::open(context, project, &[])?;
    add(&mut outcome, &session.assessment(context)?);
    let reports = write_all(context, &session, &[], &period, &words.format, words.override_disclosure.as_deref())?;

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
        let missed: Vec<&str> = reports.iter().flat_map(|r| r.targets_not_met.iter().map(String::as_str)).collect();
        console.say("needs attention");
        if !outcome.counts.is_empty() {
            console.say(&format!(
                "  exports: {}; attain check {} shows each",
                tally(&outcome.counts),
                session.project.root.display()
            ));
        }
        if !missed.is_empty() {
            console.say(&format!("  targets not met: {}", missed.join(", ")));
        }
        let remarks = reports.iter().map(|r| r.commentary.len() as u64).sum();
        if remarks > 0 {
            console.say(&format!("  commentary: {}, said above", counted(remarks, "finding", "findings")));
        }
        if outcome.counts.is_empty() && missed.is_empty() && remarks == 0 {
            console.say("  nothing");
        }
    }
    fail_on(words.input.fail_on, &counts)
}

pub fn report(context: &Context, words: &Report) -> Result<(), Failure> {
    let period: PeriodWord = words.period.parse()?;
    let session = Session::open(context, context.project(None)?, &[])?;
    let reports =
        write_all(context, &session, &words.names, &period, &words.format, words.override_disclosure.as_deref())?;
    say_written(context, &reports);
    Ok(())
}

fn say_written(context: &Context, reports: &[ReportWritten]) {
    for report in reports {
        let bytes: u64 = report.files.iter().map(|f| f.bytes).sum();
        context.console.say(&format!(
            "wrote {} to {}: {}, {} kB",
            report.report,
            report.folder,
            counted(report.files.len() as u64, "file", "files"),
            bytes.div_ceil(1000)
        ));
        for file in report.files.iter().filter(|f| !f.path.contains('/')) {
            context.console.say(&format!("  {}", file.path));
        }
    }
}

/// Every report asked for, or every one of the project.
fn write_all(
    context: &Context,
    session: &Session,
    names: &[String],
    word: &PeriodWord,
    formats: &[ReportFormat],
    override_reason: Option<&str>,
) -> Result<Vec<ReportWritten>, Failure> {
    let asked = asked(&session.project, &session.catalogue, names)?;
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
    let assessment = session.assessment(context)?;
    let mut told = Told::open(&session.project, override_reason)?;
    let mut outputs = Outputs::new(session.project.root.join("out").join(&month.label));
    let mut entries = Vec::new();
    let mut written = Vec::new();
    let bar = context.console.making("reports", asked.len() as u64);
    for report in &asked {
        let from = outputs.files.len();
        let Made { document, targets_not_met, commentary } = made(session, &assessment, &mut told, report, &month)?;
        let stem = stem(report, &session.project.agency.language);
        write_one(&document, &stem, formats, &mut outputs)?;
        let files = outputs.files.get(from..).unwrap_or_default().to_vec();
        let entry = manifest_entry(session, &report.definition, report.audience, &commentary.used, &files);
        entries.push((stem.clone(), entry));
        written.push(ReportWritten {
            report: stem,
            folder: outputs.folder.display().to_string(),
            files,
            targets_not_met,
            commentary: commentary.findings,
        });
        bar.inc(1);
    }
    bar.finish_and_clear();
    for report in &written {
        commentary::say(&report.commentary);
    }
    if formats.contains(&ReportFormat::Csv) {
        remove_outdated_tables(&outputs, &entries);
    }
    let manifest = manifest(session, &month, &outputs, entries)?;
    outputs.write("manifest.json", &manifest)?;
    Ok(written)
}

/// The definitions of the reports asked for by name, or of every one of the project.
fn asked(project: &Project, catalogue: &Catalogue, names: &[String]) -> Result<Vec<Asked>, Failure> {
    languages::check(project, catalogue)?;
    let agency = project.agency.language.as_str();
    let mut wanted: Vec<(String, Audience, Option<String>, &str)> = project
        .reports
        .iter()
        .filter(|report| names.is_empty() || names.contains(&report.definition))
        .map(|report| {
            let language = report.language.as_deref().unwrap_or(agency);
            (report.definition.clone(), audience(report.audience), report.commentary.clone(), language)
        })
        .collect();
    for name in names {
        if !wanted.iter().any(|(known, ..)| known == name) {
            wanted.push((name.clone(), Audience::Internal, None, agency));
        }
    }
    if wanted.is_empty() {
        wanted.push(("monthly-review".into(), Audience::Internal, None, agency));
    }
    let own = own_files(&project.root, "reports", DEFINITION_ENDING)?;
    let fiscal_year = project.fiscal_year;
    wanted
        .into_iter()
        .map(|(name, audience, commentary, language)| {
            let words = languages::words(project, language);
            let definition = Definition::read(&name, &own, catalogue, fiscal_year, &words).map_err(Failure::Usage)?;
            Ok(Asked { definition, audience, commentary, words })
        })
        .collect()
}

/// A report's file name: what is for other eyes says for whose, and what is in another language than the agency's, in which.
fn stem(report: &Asked, agency_language: &str) -> String {
    let readers = match report.audience {
        Audience::Internal => "",
        Audience::Board => "-board",
        Audience::Funder => "-funder",
        Audience::Public => "-public",
    };
    let tag = report.words.tag();
    let language = if tag == agency_language { String::new() } else { format!("-{tag}") };
    format!("{}{readers}{language}", report.definition.name)
}

fn write_one(document: &Document, stem: &str, formats: &[ReportFormat], outputs: &mut Outputs) -> Result<(), Failure> {
    let suffix = stem.strip_prefix(document.name.as_str()).unwrap_or("");
    for format in formats {
        match format {
            ReportFormat::Pdf => outputs.write(&format!("{stem}.pdf"), &pdf::render(document)?)?,
            ReportFormat::Html => outputs.write(&format!("{stem}.html"), html::render(document)?.as_bytes())?,
            ReportFormat::Xlsx => outputs.write(&format!("{stem}.xlsx"), &workbook::render(document)?)?,
            ReportFormat::Json => outputs.write(&format!("{stem}.json"), &document.to_json()?)?,
            ReportFormat::Csv => {
                for table in document.tables() {
                    outputs.write(&format!("tables/{}{suffix}.csv", table.name), &tables::csv(table)?)?;
                }
            }
        }
    }
    Ok(())
}

/// Computes, releases, writes the document.
fn made(
    session: &Session,
    assessment: &Assessment,
    told: &mut Told,
    asked: &Asked,
    month: &Period,
) -> Result<Made, Failure> {
    let Asked { definition, audience, commentary, words } = asked;
    let audience = *audience;
    let small_cell = session.project.privacy.small_cell;
    // Outside, groups are taken together as the project declares, before anything is withheld.
    let outside = session.catalogue.collapsed(&session.project.privacy.collapse);
    let catalogue = if audience == Audience::Internal { &session.catalogue } else { &outside };
    let study = Study { catalogue, ..session.study() };
    let policy = policy(&session.project, audience);
    let mut offered = Offered::default();
    offered.compute(&study, &definition.wanted(&session.catalogue, month, session.as_of, session.first), audience)?;
    let first = told.release(&offered, policy);
    let figures = Figures::new(first.figures, release_curve(offered.curves.clone(), policy));
    // Where something changed is asked once it is known what did; then everything is judged together.
    let after = definition.wanted_after(&figures, &session.catalogue, month, session.as_of, session.first);
    offered.compute(&study, &after, audience)?;
    let all = told.release(&offered, policy);
    told.keep(session, &stem(asked, &session.project.agency.language), audience, month, &all)?;
    let account = all.account;
    let figures = Figures::new(all.figures, release_curve(offered.curves, policy));
    let programs = programs(session)?;
    let not_collected = study.not_collected.take();
    let inputs = inputs(session, audience);
    let quality = quality_facts(assessment, audience, small_cell, words);
    let (catalogue, without_words) = translated(&session.catalogue, words);
    let ours = definition.metrics();
    let untranslated: Vec<String> = without_words
        .iter()
        .filter(|name| ours.contains(&name.as_str()))
        .filter_map(|name| Some(catalogue.get(name)?.header.title.clone()))
        .collect();
    let facts = Facts {
        words,
        untranslated: &untranslated,
        agency: &session.project.agency.name,
        audience,
        month,
        as_of: session.as_of,
        first: session.first,
        snapshot: &session.snapshot.id,
        catalogue: &catalogue,
        targets: session.targets(),
        programs: &programs,
        inputs: &inputs,
        findings: findings(session, audience),
        quality: &quality,
        not_collected: &not_collected,
        privacy: PrivacyFacts { small_cell, account, overriding: told.overriding(audience).map(str::to_owned) },
        provenance: vec![
            ("attain".into(), env!("CARGO_PKG_VERSION").into()),
            (
                words.of("appendix.contract").into(),
                words.with("appendix.contract-version", &[("version", &crate::contract::CONTRACT.version)]),
            ),
        ],
    };
    let mut document = build(definition, &figures, &facts);
    let commentary = commentary::add(session, commentary.as_deref(), audience, month, &programs, &mut document)?;
    // A heading that waits for somebody's words says nothing without them.
    document.sections.retain(|section| !section.blocks.is_empty());
    let rows = document.first_page.scorecard.groups.iter().flat_map(|g| &g.rows);
    let targets_not_met = rows.filter(|row| row.status.mark == Mark::Open).map(|row| row.label.clone()).collect();
    Ok(Made { document, targets_not_met, commentary })
}

fn audience(audience: project::Audience) -> Audience {
    match audience {
        project::Audience::Internal => Audience::Internal,
        project::Audience::Board => Audience::Board,
        project::Audience::Funder => Audience::Funder,
        project::Audience::Public => Audience::Public,
    }
}

/// Program id → name.
fn programs(session: &Session) -> Result<BTreeMap<String, String>, Failure> {
    let sql = "select p.program_id, p.name from programs as p";
    let rows = session.engine.run(&crate::query::QueryFile::parse("programs", sql)?, &crate::query::Bindings::new())?;
    Ok((0..rows.count()).filter_map(|row| Some((rows.text(row, 0)?, rows.text(row, 1)?))).collect())
}

fn inputs(session: &Session, audience: Audience) -> Vec<InputFact> {
    let small_cell = session.project.privacy.small_cell;
    let released = |label: &str, n: u64| {
        release_records(vec![RecordCount { label: label.into(), count: Some(n) }], audience, small_cell)
    };
    session
        .snapshot
        .manifest
        .inputs
        .iter()
        .filter_map(|input| {
            Some(InputFact {
                path: input.path.clone(),
                sha256: input.sha256.clone(),
                table: input.table.clone(),
                rows: released("rows", input.rows).pop()?,
                loaded: released("loaded", input.loaded).pop()?,
                quarantined: released("set aside", input.quarantined).pop()?,
            })
        })
        .collect()
}

fn findings(session: &Session, audience: Audience) -> Vec<(String, crate::contract::Severity, Released<RecordCount>)> {
    let mut sums: BTreeMap<(crate::contract::Severity, &str), u64> = BTreeMap::new();
    for count in &session.snapshot.manifest.findings {
        *sums.entry((count.severity, &count.code)).or_default() += count.count;
    }
    let small_cell = session.project.privacy.small_cell;
    sums.into_iter()
        .rev()
        .filter_map(|((severity, code), n)| {
            let record = RecordCount { label: code.to_string(), count: Some(n) };
            Some((code.to_string(), severity, release_records(vec![record], audience, small_cell).pop()?))
        })
        .collect()
}
