//! A project: the folder with `attain.toml` that names an agency, its exports, targets, privacy and reports.
//!
//! Reads the project file and nothing else; exports, keys and snapshots are other rooms' business.

mod file;
mod period;
mod problem;

use crate::language::{self, Words};
use crate::looks::{Kind, OwnColour, OwnColours};
use file::ProjectFile;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use file::{
    AgencyFile, Audience, BenchmarkFile, BirthDate, Content, CrosswalkFile, Direction, IdsOf, InstrumentFile,
    PrivacyFile, ReportFile, SourceFile, Target, Zeros,
};
pub use period::{Every, FiscalYear, Period, PeriodWord};
pub use problem::{ProjectError, nearest};

/// The name of a project's file.
pub const PROJECT_FILE: &str = "attain.toml";

/// The mapping of a source that names none: an export with the contract's own table and column names.
pub const CASE_EXPORT: &str = "case-export";

/// With a smaller threshold a count of one person could be published.
const LEAST_SMALL_CELL: u32 = 3;

/// A project as resolved: every path is absolute or relative to `root`, every value checked.
#[derive(Debug, Clone)]
pub struct Project {
    /// The folder that holds `attain.toml`.
    pub root: PathBuf,
    pub agency: AgencyFile,
    pub fiscal_year: FiscalYear,
    /// The agency's logo, relative to `root`.
    pub logo: Option<String>,
    pub colours: OwnColours,
    /// The day through which the export is complete, if the project says.
    pub as_of: Option<Date>,
    pub sources: Vec<SourceFile>,
    pub privacy: PrivacyFile,
    /// Key (`metric` or `metric.statistic[.at]`) → target.
    pub targets: BTreeMap<String, Target>,
    /// The same keys → what the statistic is elsewhere.
    pub benchmarks: BTreeMap<String, BenchmarkFile>,
    /// Table → the day from which its records are complete.
    pub complete_from: BTreeMap<String, Date>,
    /// Metric → its parameters, as set by this project.
    pub metrics: BTreeMap<String, toml::Table>,
    /// Rule over several rows and tables → its parameters, as set by this project.
    pub checks: BTreeMap<String, toml::Table>,
    /// Instrument → direction, range, reliability.
    pub instruments: BTreeMap<String, InstrumentFile>,
    pub reports: Vec<ReportFile>,
    /// Language → its words, with the project's own over them.
    pub words: BTreeMap<&'static str, Words>,
}

/// What a terminal obeys, or turns the text behind it round: it would do so in every report.
fn is_obeyed(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl Project {
    /// Reads `attain.toml` in `folder`.
    ///
    /// # Errors
    /// When there is no such file, or it says something that cannot be meant: located, with the fix.
    pub fn load(folder: &Path) -> Result<Self, ProjectError> {
        let path = folder.join(PROJECT_FILE);
        let text = std::fs::read_to_string(&path).map_err(|error| ProjectError::unreadable(folder, &path, &error))?;
        let file = file::parse(&text).map_err(|problem| problem.in_file(&path))?;
        if file.agency.name.chars().any(is_obeyed) {
            let message = "the agency's name holds characters that are not seen, or turn text round; write it anew";
            return Err(ProjectError::at(&path, &text, "name", message));
        }
        let fiscal_year = FiscalYear::starting_in(file.agency.fiscal_year_starts).ok_or_else(|| {
            ProjectError::at(&path, &text, "fiscal_year_starts", "fiscal_year_starts is a month, 1 to 12")
        })?;
        let as_of = file
            .agency
            .as_of
            .as_ref()
            .map(|date| {
                file::civil_date(date)
                    .ok_or_else(|| ProjectError::at(&path, &text, "as_of", "as_of is a date such as 2026-06-30"))
            })
            .transpose()?;
        for (at, source) in file.sources.iter().enumerate() {
            if file.sources.iter().take(at).any(|earlier| earlier.name == source.name) {
                let message = format!("two sources are called \"{}\"; give each a name of its own", source.name);
                return Err(ProjectError::at(&path, &text, &source.name, &message));
            }
            // A system's name stands before its ids, up to a colon.
            let system = source.system.as_ref().unwrap_or(&source.name);
            if (source.ids == IdsOf::Own || source.crosswalk.is_some()) && system.contains(':') {
                let message =
                    format!("\"{system}\" has ids of its own, so its name has no colon; give it a system = \"…\"");
                return Err(ProjectError::at(&path, &text, system, &message));
            }
            if at == 0 && source.content == Content::Changes {
                let message =
                    format!("\"{}\" holds changes, and no source before it holds what is changed", source.name);
                return Err(ProjectError::at(&path, &text, "changes", &message));
            }
        }
        if file.privacy.small_cell < LEAST_SMALL_CELL {
            let message = format!("small_cell is at least {LEAST_SMALL_CELL}: below it nothing would be withheld");
            return Err(ProjectError::at(&path, &text, "small_cell", &message));
        }
        let mut complete_from = BTreeMap::new();
        for (table, date) in &file.complete_from {
            let day = file::civil_date(date).ok_or_else(|| {
                ProjectError::at(&path, &text, table, &format!("complete_from {table}: a date such as 2024-01-01"))
            })?;
            complete_from.insert(table.clone(), day);
        }
        for (name, instrument) in &file.instruments {
            if let Some(mistake) = instrument.mistake() {
                let place = format!("[instruments.{name}]");
                return Err(ProjectError::at(&path, &text, &place, &format!("{place}: {mistake}")));
            }
        }
        let words = words(&path, &text, &file)?;
        let colour = |colour: &Option<toml::Spanned<String>>, kind: Kind| {
            let read = |given: &toml::Spanned<String>| {
                OwnColour::read(given.get_ref(), kind).map_err(|(message, hint)| {
                    let mut problem = ProjectError::in_text(&text, Some(given.span().start), &message).in_file(&path);
                    problem.hint = Some(hint);
                    problem
                })
            };
            colour.as_ref().map(read).transpose()
        };
        let colours = OwnColours {
            primary: colour(&file.looks.primary, Kind::Text)?,
            accent: colour(&file.looks.accent, Kind::Line)?,
        };
        Ok(Self {
            root: folder.to_path_buf(),
            fiscal_year,
            logo: file.looks.logo,
            colours,
            as_of,
            agency: file.agency,
            sources: file.sources,
            privacy: file.privacy,
            targets: file.targets,
            benchmarks: file.benchmarks,
            complete_from,
            metrics: file.metrics,
            checks: file.checks,
            instruments: file.instruments,
            reports: file.reports,
            words,
        })
    }

    /// What is wrong where `needle` stands in the project's file.
    #[must_use]
    pub fn mistake(&self, needle: &str, message: &str, hint: Option<String>) -> ProjectError {
        let path = self.root.join(PROJECT_FILE);
        // It was read a moment ago; if it is gone, the message is without a line.
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        ProjectError { hint, ..ProjectError::at(&path, &text, needle, message) }
    }
}

/// Every language with the project's own words; each language that the project names must be one of them.
fn words(path: &Path, text: &str, file: &ProjectFile) -> Result<BTreeMap<&'static str, Words>, ProjectError> {
    let known = |tag: &str, place: &str| {
        Words::of_language(tag).ok_or_else(|| {
            let message = format!("reports cannot be written in \"{tag}\"");
            let mut problem = ProjectError::at(path, text, place, &message);
            let near = language_called(tag).map(|near| format!("did you mean \"{near}\"? "));
            let all: Vec<&str> = language::tags().collect();
            problem.hint = Some(format!("{}there is {}", near.unwrap_or_default(), all.join(", ")));
            problem
        })
    };
    known(&file.agency.language, &format!("\"{}\"", file.agency.language))?;
    for tag in file.reports.iter().filter_map(|report| report.language.as_deref()) {
        known(tag, &format!("\"{tag}\""))?;
    }
    let mut all: BTreeMap<&'static str, Words> =
        language::tags().filter_map(|tag| Some((tag, Words::of_language(tag)?))).collect();
    for (tag, own) in &file.words {
        let words = known(tag, &format!("words.{tag}"))?;
        let told = words.with_own(own).map_err(|found| {
            let last = found.key.rsplit('.').next().unwrap_or_default();
            let mut problem = ProjectError::at(path, text, last, &format!("[words.{tag}] {}", found.message));
            let near = nearest(&found.key, words.keys()).filter(|near| *near != found.key);
            problem.hint = near.map(|near| format!("did you mean \"{near}\"?"));
            problem
        })?;
        all.insert(words.tag(), told);
    }
    Ok(all)
}

/// The language that people call so, or nearly so: "Spanish", "español", "es-MX".
fn language_called(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    language::tags().find(|tag| {
        let words = Words::of_language(tag).unwrap_or_default();
        let called = words.of("language.known-as").to_lowercase();
        nearest(&name, called.split(", ").filter(|known| known.chars().next() == name.chars().next())).is_some()
    })
}
