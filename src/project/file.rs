//! `attain.toml` as written. Unknown keys are errors.

use super::problem::{ProjectError, nearest};
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectFile {
    pub agency: AgencyFile,
    #[serde(default)]
    pub looks: LooksFile,
    #[serde(default)]
    pub sources: Vec<SourceFile>,
    #[serde(default)]
    pub privacy: PrivacyFile,
    #[serde(default)]
    pub targets: BTreeMap<String, Target>,
    #[serde(default)]
    pub benchmarks: BTreeMap<String, BenchmarkFile>,
    /// Table → the day from which its records are complete, where that is later than the export's first day.
    #[serde(default)]
    pub complete_from: BTreeMap<String, toml::value::Datetime>,
    #[serde(default)]
    pub metrics: BTreeMap<String, toml::Table>,
    #[serde(default)]
    pub checks: BTreeMap<String, toml::Table>,
    #[serde(default)]
    pub instruments: BTreeMap<String, InstrumentFile>,
    #[serde(default)]
    pub reports: Vec<ReportFile>,
    /// Language → the project's own words in place of the catalogue's.
    #[serde(default)]
    pub words: BTreeMap<String, toml::Table>,
}

/// `[agency]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgencyFile {
    pub name: String,
    /// Month in which the fiscal year starts, 1 to 12.
    #[serde(default = "january")]
    pub fiscal_year_starts: i8,
    /// The day through which the export is complete.
    pub as_of: Option<toml::value::Datetime>,
    /// What reports are written in, unless they say so themselves.
    #[serde(default = "english")]
    pub language: String,
}

/// `[looks]`: what reports have of the agency's own.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LooksFile {
    /// A PNG, JPEG or SVG, relative to the project file.
    pub logo: Option<String>,
    /// The colour of headings and links: `#rrggbb`.
    pub primary: Option<Spanned<String>>,
    /// The colour of the bar at the head and of rules.
    pub accent: Option<Spanned<String>>,
}

/// `[[sources]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    pub name: String,
    /// A built-in mapping's name, or a mapping file of the project's own.
    #[serde(default = "case_export")]
    pub mapping: String,
    /// A glob, relative to the project file.
    pub files: String,
    #[serde(default)]
    pub content: Content,
    #[serde(default)]
    pub ids: IdsOf,
    /// The system whose ids these are, where several sources come from one: a full export and its changes. By default
    /// the source's name.
    pub system: Option<String>,
    pub crosswalk: Option<CrosswalkFile>,
}

/// What a source's files hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Everything there is.
    #[default]
    Full,
    /// What is new or changed since the sources before it, file by file.
    Changes,
}

/// Whose a source's ids are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdsOf {
    /// The same id means the same in every source.
    #[default]
    Shared,
    /// An id means something else in every other source.
    Own,
}

/// Where it stands who is who: a file with, for each person, this source's id and the one that all sources share.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrosswalkFile {
    /// Relative to the project file.
    pub file: String,
    /// The column of this source's ids.
    pub id: String,
    /// The column of the shared ids.
    pub person: String,
}

/// `[privacy]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivacyFile {
    /// File that holds the key for pseudonymous ids, relative to the project file.
    pub key_file: Option<String>,
    /// Environment variable that holds the key.
    pub key_env: Option<String>,
    /// Audiences outside the agency never see 1 … `small_cell` − 1.
    #[serde(default = "eleven")]
    pub small_cell: u32,
    /// Whether they see that nobody did, or that everybody did.
    #[serde(default)]
    pub zeros: Zeros,
    /// Breakdown → name → the values that readers outside see under that name: fewer groups, and fewer withheld.
    #[serde(default)]
    pub collapse: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// How much of birth dates is kept.
    #[serde(default)]
    pub birth_date: BirthDate,
    /// Whether the store is encrypted, by a key made from the same secret.
    #[serde(default)]
    pub encrypt_store: bool,
}

/// What becomes of counts of 0, and of shares of 0 and 100 %, that tell something of everybody in a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Zeros {
    #[default]
    Shown,
    Withheld,
}

/// How much of birth dates is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BirthDate {
    /// The day.
    #[default]
    Date,
    /// Month and year.
    Month,
    /// The year alone.
    Year,
}

impl Default for PrivacyFile {
    fn default() -> Self {
        Self {
            key_file: None,
            key_env: None,
            small_cell: eleven(),
            zeros: Zeros::Shown,
            collapse: BTreeMap::new(),
            birth_date: BirthDate::Date,
            encrypt_store: false,
        }
    }
}

/// A target: one value, or one per program.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged, expecting = "a target is a number, or a table of numbers by program id")]
pub enum Target {
    Everywhere(f64),
    PerProgram(BTreeMap<String, f64>),
}

/// What a statistic is elsewhere: `"recidivism.mature_share.365" = { value = 0.38, source = "state, 2024 cohort" }`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BenchmarkFile {
    pub value: f64,
    /// Who says so, of whom and when: a benchmark without it is hearsay.
    pub source: String,
}

/// `[instruments.NAME]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstrumentFile {
    /// Which way is better: `higher` or `lower`.
    pub direction: Direction,
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    /// Standard deviation in a reference group.
    pub sd: Option<f64>,
    /// Test–retest or internal reliability, 0 to 1.
    pub reliability: Option<f64>,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Higher,
    Lower,
}

impl InstrumentFile {
    /// What cannot be meant, if anything.
    pub(super) fn mistake(&self) -> Option<&'static str> {
        if self.reliability.is_some_and(|r| !(0.0..=1.0).contains(&r)) {
            return Some("reliability is from 0 to 1");
        }
        if self.sd.is_some_and(|sd| !(sd > 0.0 && sd.is_finite())) {
            return Some("sd is greater than 0");
        }
        match (self.minimum, self.maximum) {
            (Some(low), Some(high)) if low >= high => Some("minimum is less than maximum"),
            _ => None,
        }
    }
}

impl Direction {
    /// As written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
        }
    }
}

/// `[[reports]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportFile {
    pub definition: String,
    #[serde(default)]
    pub audience: Audience,
    /// Besides the agency's, an edition for every program.
    #[serde(default)]
    pub each_program: bool,
    /// A folder of Markdown files, relative to the project file: what people write on the report, by period.
    pub commentary: Option<String>,
    /// What it is written in; by default the agency's language.
    pub language: Option<String>,
}

/// Who a report is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    #[default]
    Internal,
    Board,
    Funder,
    Public,
}

fn english() -> String {
    crate::language::DEFAULT.into()
}

fn january() -> i8 {
    1
}

fn case_export() -> String {
    super::CASE_EXPORT.into()
}

fn eleven() -> u32 {
    11
}

/// A TOML date without time, as a civil date.
pub fn civil_date(date: &toml::value::Datetime) -> Option<Date> {
    let day = date.date.filter(|_| date.time.is_none() && date.offset.is_none())?;
    Date::new(i16::try_from(day.year).ok()?, i8::try_from(day.month).ok()?, i8::try_from(day.day).ok()?).ok()
}

/// Parses a project file.
pub fn parse(text: &str) -> Result<ProjectFile, ProjectError> {
    toml::from_str(text).map_err(|error| {
        let mut problem = ProjectError::in_text(text, error.span().map(|s| s.start), error.message());
        problem.hint = did_you_mean(error.message());
        problem
    })
}

/// serde says "unknown field `x`, expected one of `a`, `b`" (or "unknown variant"): the nearest of them, if near.
fn did_you_mean(message: &str) -> Option<String> {
    let mut names = message.split('`').skip(1).step_by(2);
    let unknown = names.next().filter(|_| message.starts_with("unknown "))?;
    nearest(unknown, names).map(|known| format!("did you mean `{known}`?"))
}
