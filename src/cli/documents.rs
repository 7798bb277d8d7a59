//! Documents made and written, several at a time: one that fails is said, and the rest are done.

use super::args::ReportFormat;
use super::commentary;
use super::computed::{Computed, Run};
use super::console::counted;
use super::editions::{Asked, Edition, MONTHLY_REVIEW};
use super::facts::{findings, inputs, quality_facts};
use super::failure::Failure;
use super::outputs::{Outputs, Written};
use super::parallel::in_parallel;
use super::programs::Programs;
use super::session::Session;
use super::typesetters::Typesetters;
use crate::language::Words;
use crate::looks::Brand;
use crate::project::Period;
use crate::quality::Assessment;
use crate::report::commentary::Merged;
use crate::report::{
    Covers, Document, Facts, Mark, OwnEdition, Restated, build, html, pdf::Manuscript, tables, translated, workbook,
};
use crate::store::BirthDates;
use indicatif::ProgressBar;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// What every document of a run is made from.
pub struct Making<'a> {
    pub session: &'a Session,
    pub brand: &'a Brand,
    pub asked: &'a [Asked],
    /// Every report of the project.
    pub declared: &'a [Asked],
    pub run: &'a Run,
    pub programs: &'a Programs,
    pub assessment: &'a Assessment,
    pub month: &'a Period,
    pub formats: &'a [ReportFormat],
    pub typesetters: &'a Typesetters,
}

/// What came of one document.
pub struct Made {
    /// Those that were written, also of a document that was not finished.
    pub files: Vec<Written>,
    pub outcome: Result<Finished, String>,
}

/// A document that was written, and what is to be said of it.
pub struct Finished {
    /// Metrics of the first page.
    pub targets_not_met: Vec<String>,
    pub commentary: Merged,
    /// The month and the snapshot of the last report, where months of it were restated.
    pub restated_since: Option<(String, String)>,
}

impl Making<'_> {
    /// Every edition, in their order; a thread lets go of a document when it is written.
    pub fn write(&self, editions: &[Edition], threads: usize, bar: &ProgressBar) -> Vec<Made> {
        in_parallel(editions, threads, |edition| {
            let one = self.one(edition);
            bar.inc(1);
            one
        })
    }

    fn one(&self, edition: &Edition) -> Made {
        let mut outputs = match Outputs::new(&self.session.project.root, &Path::new("out").join(&self.month.label)) {
            Ok(outputs) => outputs,
            Err(failure) => return Made::failed(failure.to_string()),
        };
        // A renderer's library that gives up on one document must not cost the others.
        let outcome = catch_unwind(AssertUnwindSafe(|| self.written(edition, &mut outputs)));
        let outcome =
            outcome.unwrap_or_else(|_| Err("the program that renders it stopped; what it said stands above".into()));
        Made { files: outputs.files, outcome }
    }

    fn written(&self, edition: &Edition, outputs: &mut Outputs) -> Result<Finished, String> {
        let (Some(asked), Some(computed)) = (self.asked.get(edition.report), self.run.reports.get(edition.report))
        else {
            return Err("was not asked for".into());
        };
        let computed = computed.as_ref().map_err(ToString::to_string)?;
        let said = |failure: Failure| failure.to_string();
        let (document, commentary, restated) = self.document(asked, computed, edition).map_err(said)?;
        // All of it is made before any of it is written: what cannot be rendered leaves the last one as it was.
        let files = self.rendered(&document, edition, asked).map_err(said)?;
        for (name, bytes) in files {
            outputs.write(&name, &bytes).map_err(said)?;
        }
        let rows = document.first_page.scorecard.groups.iter().flat_map(|g| &g.rows);
        let targets_not_met = rows.filter(|row| row.status.mark == Mark::Open).map(|row| row.metric.clone()).collect();
        let restated_since = restated.map(|restated| (restated.last.label.clone(), restated.snapshot.clone()));
        Ok(Finished { targets_not_met, commentary, restated_since })
    }

    /// The document of one edition, from what was released.
    fn document<'a>(
        &'a self,
        asked: &Asked,
        computed: &Computed,
        edition: &Edition,
    ) -> Result<(Document, Merged, Option<&'a Restated>), Failure> {
        let session = self.session;
        let audience = asked.audience;
        let small_cell = session.project.privacy.small_cell;
        let program = edition.program.as_deref();
        let words = &asked.words;
        let (catalogue, without_words) = translated(&session.catalogue, words);
        let (figures, restated) = self.run.figures(edition.report, asked.audience, program);
        let own = program.zip(computed.of_program.as_ref()).map(|(id, (_, left_out))| OwnEdition {
            id: id.to_owned(),
            name: self.programs.called(id),
            left_out: asked.definition.called(left_out, &catalogue),
        });
        let definition = match (&own, &computed.of_program) {
            (Some(_), Some((definition, _))) => definition,
            _ => &asked.definition,
        };
        let targets = program.map_or_else(|| session.targets().clone(), |id| session.targets().of_program(id));
        let (inputs, set_aside) = inputs(session, audience);
        let quality = quality_facts(self.assessment, audience, small_cell, program, words);
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
            brand: self.brand,
            audience,
            month: self.month,
            as_of: session.as_of,
            first: session.begins,
            snapshot: &session.snapshot.id,
            catalogue: &catalogue,
            targets: &targets,
            programs: &self.programs.names,
            inputs: &inputs,
            set_aside,
            findings: findings(session, audience),
            quality: &quality,
            not_collected: if own.is_some() { &computed.not_collected.programs } else { &computed.not_collected.whole },
            privacy: self.run.privacy(audience, small_cell),
            provenance: provenance(session, words),
            edition: own.as_ref(),
            restated,
        };
        let mut document = build(definition, &figures, &facts);
        let elsewhere = self.sections_elsewhere(asked);
        let names = &self.programs.names;
        let year_to_date = definition.covers == Covers::FiscalYearToDate;
        let whose = commentary::Whose { audience, year_to_date, program, names, elsewhere: &elsewhere };
        let commentary = commentary::add(session, asked.commentary.as_deref(), &whose, self.month, &mut document)?;
        // A heading that waits for somebody's words says nothing without them.
        document.sections.retain(|section| !section.blocks.is_empty());
        Ok((document, commentary, restated))
    }

    /// The files of a document: name and bytes.
    fn rendered(
        &self,
        document: &Document,
        edition: &Edition,
        asked: &Asked,
    ) -> Result<Vec<(String, Vec<u8>)>, Failure> {
        let stem = &edition.stem;
        let mut files = Vec::new();
        for format in self.formats {
            match format {
                ReportFormat::Pdf => {
                    let bytes = self.typesetters.set(&Manuscript::of(document)?)?;
                    files.push((format!("{stem}.pdf"), bytes));
                }
                ReportFormat::Html => files.push((format!("{stem}.html"), html::render(document)?.into_bytes())),
                ReportFormat::Xlsx => files.push((format!("{stem}.xlsx"), workbook::render(document)?)),
                ReportFormat::Json => files.push((format!("{stem}.json"), document.to_json()?)),
                ReportFormat::Csv => {
                    for table in document.tables() {
                        files.push((table_path(&table.name, edition, asked), tables::csv(table, &document.words)?));
                    }
                }
            }
        }
        Ok(files)
    }

    /// The sections of the project's other reports that people write on in the same folder.
    fn sections_elsewhere(&self, asked: &Asked) -> Vec<String> {
        let others = self.declared.iter().filter(|other| other.commentary == asked.commentary);
        let sections = others.flat_map(|other| &other.definition.sections);
        sections.flat_map(|section| [section.id(), section.heading.clone()]).collect()
    }
}

impl Made {
    fn failed(why: String) -> Self {
        Self { files: Vec::new(), outcome: Err(why) }
    }
}

/// Where a table lies. Every document has a "scorecard"; only those of the agency's monthly review stand in the folder itself.
fn table_path(table: &str, edition: &Edition, asked: &Asked) -> String {
    if edition.program.is_some() || asked.definition.name != MONTHLY_REVIEW {
        return format!("tables/{}/{table}.csv", edition.stem);
    }
    format!("tables/{table}{}.csv", edition.stem.strip_prefix(MONTHLY_REVIEW).unwrap_or(""))
}

/// "4 files, 812 kB"
pub fn size(files: &[Written]) -> String {
    let bytes: u64 = files.iter().map(|file| file.bytes).sum();
    format!("{}, {} kB", counted(files.len() as u64, "file", "files"), bytes.div_ceil(1000))
}

/// What else the figures rest on.
fn provenance(session: &Session, words: &Words) -> Vec<(String, String)> {
    let mut provenance = vec![
        ("attain".into(), env!("CARGO_PKG_VERSION").into()),
        (
            words.of("appendix.contract").into(),
            words.with("appendix.contract-version", &[("version", &crate::contract::CONTRACT.version)]),
        ),
    ];
    let kept = match session.snapshot.manifest.birth_dates {
        BirthDates::Date => None,
        BirthDates::Month => Some("appendix.birth-months"),
        BirthDates::Year => Some("appendix.birth-years"),
    };
    provenance.extend(kept.map(|kept| (words.of("appendix.birth-dates").into(), words.of(kept).into())));
    provenance
}
