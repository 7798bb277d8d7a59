//! A metric: one SQL file whose header says what it means. The catalogue holds every one that a project can use.
//!
//! Long because what a header can say, and what is wrong with one, stand side by side.

use super::dimension::Collapsed;
use super::estimate::{Estimate, Statistic};
use super::stages::Stage;
use crate::project::PeriodWord;
use crate::query::{QueryError, QueryFile};
use jiff::civil::Date;
use serde::Deserialize;
use serde::de::Error as _;
use std::collections::BTreeMap;

/// A metric as declared by its file.
#[derive(Debug, Clone)]
pub struct Metric {
    /// The file's name without `.sql`.
    pub name: String,
    /// The folder it is in: `core`.
    pub family: String,
    pub header: Header,
    pub query: QueryFile,
    /// SHA-256 of the file's text, first 12 hex digits.
    pub version: String,
    /// It comes with the program, not with the project.
    pub built_in: bool,
}

/// The header of a metric's file; its text is what readers see in the report's appendix.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    pub title: String,
    pub question: String,
    pub kind: Kind,
    /// What one row of the query is.
    pub grain: String,
    /// Which way is better. Of a duration, this is about the days: `lower` means the sooner the better.
    pub direction: Direction,
    /// How a unit falls into a period.
    pub period: String,
    #[serde(default)]
    pub excludes: Option<String>,
    #[serde(default)]
    pub source: Option<String>,
    /// Label on a scorecard: "First service within 14 days".
    #[serde(default)]
    pub scorecard: Option<String>,
    /// What is counted, for "of 84 referrals".
    #[serde(default)]
    pub counted: Option<String>,
    /// What ends a duration.
    #[serde(default)]
    pub events: Vec<String>,
    /// What ends it otherwise.
    #[serde(default)]
    pub competing: Vec<String>,
    /// Days at which a duration's share is reported.
    #[serde(default)]
    pub horizons: Vec<u32>,
    /// Grain of the value in a mean's median and quartiles.
    #[serde(default)]
    pub resolution: Option<f64>,
    /// Unit of a mean: "hours".
    #[serde(default)]
    pub unit: Option<String>,
    /// Below this many units no status is given.
    #[serde(default = "ten")]
    pub minimum_n: u64,
    /// How far off the target is still near it, in the statistic's own unit.
    #[serde(default = "five_hundredths")]
    pub tolerance: f64,
    /// The statistic of the scorecard: `share`, `share_by_day.14`.
    #[serde(default)]
    pub headline: Option<Headline>,
    /// Breakdowns given by columns of the query itself.
    #[serde(default)]
    pub dimensions: Vec<String>,
    /// It counts what is there (people enrolled, cases carried), not what happens: the same units stand in it month after
    /// month, so months are not independent and it has no expected range.
    #[serde(default)]
    pub stock: bool,
    /// The months that set what is normal; by default the first of the series.
    #[serde(default)]
    pub baseline: Option<Baseline>,
    /// Recorded changes, after which normal is set anew.
    #[serde(default)]
    pub rebase: Vec<Change>,
    /// What groups are adjusted for when they are compared: who the clients are, as known at intake.
    #[serde(default)]
    pub adjust_for: Vec<String>,
    /// Columns (`table.column`) that refine the figure; an export without them still gets it.
    #[serde(default)]
    pub optional: Vec<String>,
    /// Name → default.
    #[serde(default)]
    pub parameters: toml::Table,
    /// The metric whose parameters this one shares, defaults and what a project sets: two metrics of the same windows
    /// and events are not set apart by accident.
    #[serde(default)]
    pub parameters_of: Option<String>,
    /// Of a duration: the stages of one way, in order. Its rows are waits in a stage, told apart by its dimension `stage`;
    /// what ends one opens the next.
    #[serde(default)]
    pub stages: Vec<Stage>,
    /// Of a proportion: what those who do not meet it are, as work that is still to be done: "open cases without a current
    /// plan".
    #[serde(default)]
    pub overdue: Option<String>,
    /// Of a rate: the dimensions that say something of its events and nothing of the exposure, such as the kind of
    /// partner contacted. Every value has the whole exposure.
    #[serde(default)]
    pub event_dimensions: Vec<String>,
    /// Breakdown → values taken together, where readers outside are to see them so.
    #[serde(skip)]
    pub collapsed: BTreeMap<String, Collapsed>,
}

/// A stretch of time, half-open: `2024-07-01..2025-07-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Baseline {
    pub start: Date,
    pub end: Date,
}

impl TryFrom<String> for Baseline {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.parse::<PeriodWord>() {
            Ok(PeriodWord::Days(start, end)) => Ok(Self { start, end }),
            _ => Err(format!(
                "\"{text}\" is no baseline; write it as 2024-07-01..2025-07-01, the end being the day after the last"
            )),
        }
    }
}

/// A change that was recorded for its own sake: `{ from = "2025-11-01", why = "new intake team" }`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    #[serde(deserialize_with = "civil")]
    pub from: Date,
    pub why: String,
}

/// A date of TOML, in quotes or not.
fn civil<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Date, D::Error> {
    let value = toml::Value::deserialize(value)?;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse().map_err(|_| D::Error::custom(format!("{text} is no date; write it as 2025-11-01")))
}

/// What the query's rows are and how they are summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Count,
    Proportion,
    Rate,
    Duration,
    Mean,
    Change,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Higher,
    Lower,
    Neutral,
}

/// A statistic with its horizon: `share_by_day.14`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Headline {
    pub statistic: Statistic,
    pub at: Option<u32>,
}

fn ten() -> u64 {
    10
}

fn five_hundredths() -> f64 {
    0.05
}

impl Kind {
    /// Columns the query must give besides its unit and its place in time.
    #[must_use]
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Count => &[],
            Self::Proportion => &["met"],
            Self::Rate => &["events", "exposure_days"],
            Self::Duration => &["days", "outcome"],
            Self::Mean => &["value"],
            Self::Change => &["before", "after", "better", "reliable_threshold"],
        }
    }

    /// The statistic shown where none is named.
    fn headline(self, horizons: &[u32]) -> Headline {
        match self {
            Self::Count => Headline { statistic: Statistic::Events, at: None },
            Self::Proportion => Headline { statistic: Statistic::Share, at: None },
            Self::Rate => Headline { statistic: Statistic::Rate, at: None },
            Self::Duration => match horizons.first() {
                Some(day) => Headline { statistic: Statistic::ShareByDay, at: Some(*day) },
                None => Headline { statistic: Statistic::MedianDays, at: None },
            },
            Self::Mean => Headline { statistic: Statistic::Mean, at: None },
            Self::Change => Headline { statistic: Statistic::ReliablyImproved, at: None },
        }
    }
}

impl Header {
    /// Its label on a scorecard.
    #[must_use]
    pub fn label(&self) -> &str {
        self.scorecard.as_ref().unwrap_or(&self.title)
    }

    /// The statistic that stands for the metric.
    #[must_use]
    pub fn headline(&self) -> Headline {
        self.headline.unwrap_or_else(|| self.kind.headline(&self.horizons))
    }

    /// Which way is better for one statistic.
    #[must_use]
    pub fn direction_of(&self, statistic: Statistic) -> Direction {
        let shares_of_a_duration = matches!(statistic, Statistic::ShareByDay | Statistic::MatureShare);
        match (self.kind, self.direction) {
            (Kind::Duration, Direction::Lower) if shares_of_a_duration => Direction::Higher,
            (Kind::Duration, Direction::Higher) if shares_of_a_duration => Direction::Lower,
            (Kind::Change, Direction::Higher | Direction::Lower) if statistic == Statistic::ReliablyImproved => {
                Direction::Higher
            }
            (Kind::Change, Direction::Higher | Direction::Lower) if statistic == Statistic::ReliablyDeteriorated => {
                Direction::Lower
            }
            (_, direction) => direction,
        }
    }
}

impl Headline {
    /// Whether an estimate is that statistic of the metric, of its first way out.
    #[must_use]
    pub fn is(self, estimate: &Estimate, metric: &Metric) -> bool {
        estimate.statistic == self.statistic
            && estimate.at == self.at
            && (estimate.outcome.is_none() || estimate.outcome.as_ref() == metric.header.events.first())
    }

    /// Reads `share_by_day.14`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, at) = match text.split_once('.') {
            Some((name, day)) => (name, Some(day.parse().ok()?)),
            None => (text, None),
        };
        Some(Self { statistic: Statistic::named(name)?, at })
    }
}

impl TryFrom<String> for Headline {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("\"{text}\" is not a statistic such as share or share_by_day.14"))
    }
}

impl std::fmt::Display for Headline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.statistic.name())?;
        self.at.map_or(Ok(()), |day| write!(f, ".{day}"))
    }
}

/// Where the rules over several rows are, which are no metrics.
const CHECKS: &str = "queries/checks/";

/// Every metric by name; a project's own stand before the built-in ones of the same name.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    metrics: BTreeMap<String, Metric>,
}

impl Catalogue {
    /// The built-in metrics and a project's own, given as (path, text).
    ///
    /// # Errors
    /// At the place in the file that cannot be read.
    pub fn load(own: &[(String, String)]) -> Result<Self, QueryError> {
        let mut metrics = BTreeMap::new();
        let built_in = crate::built_in::QUERIES.iter().map(|(path, text)| (*path, *text, true));
        let all = built_in.chain(own.iter().map(|(p, t)| (p.as_str(), t.as_str(), false)));
        for (path, text, built_in) in all.filter(|(path, ..)| !path.contains(CHECKS)) {
            let metric = Metric::parse(path, text, built_in)?;
            metrics.insert(metric.name.clone(), metric);
        }
        Ok(Self { metrics })
    }

    pub fn all(&self) -> impl Iterator<Item = &Metric> {
        self.metrics.values()
    }

    /// The metric of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Metric> {
        self.metrics.get(name)
    }

    /// The same metrics with values of breakdowns taken together. A metric that lacks a breakdown is as it was.
    #[must_use]
    pub fn collapsed(&self, breakdowns: &BTreeMap<String, Collapsed>) -> Self {
        self.with_each(|metric| metric.header.collapsed = breakdowns.clone())
    }

    /// The same metrics, each changed: told in another language.
    #[must_use]
    pub fn with_each(&self, mut change: impl FnMut(&mut Metric)) -> Self {
        let mut metrics = self.metrics.clone();
        metrics.values_mut().for_each(&mut change);
        Self { metrics }
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Metric> {
        self.metrics.get_mut(name)
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.metrics.keys().map(String::as_str)
    }

    /// Names of those with a figure of everybody, sorted: a way with stages has one only stage by stage.
    pub fn names_with_figures(&self) -> impl Iterator<Item = &str> {
        self.metrics.values().filter(|metric| metric.header.stages.is_empty()).map(|metric| metric.name.as_str())
    }
}

/// Columns by which figures are told apart, whatever the breakdown.
const TAKEN: [&str; 6] = ["metric", "period", "statistic", "at", "outcome", "estimate"];

impl Metric {
    /// Reads one file.
    ///
    /// # Errors
    /// At the place in the file that cannot be read.
    pub fn parse(path: &str, text: &str, built_in: bool) -> Result<Self, QueryError> {
        let query = QueryFile::parse(path, text)?;
        if query.header.is_empty() {
            return Err(QueryError::new(path, "a metric begins with its header")
                .with_hint(Some("see queries/README.md: /*--- title = \"…\" … ---*/".into())));
        }
        let header: Header = query.header_as()?;
        if header.kind == Kind::Duration && header.events.is_empty() {
            return Err(QueryError::new(path, "a duration names what ends it: events = [\"…\"]"));
        }
        if header.resolution.is_some_and(|step| !step.is_finite() || step <= 0.0) {
            return Err(QueryError::new(path, "the resolution is a number above 0, such as 0.5"));
        }
        if let Some(Headline { statistic, at: Some(day) }) = header.headline
            && !header.horizons.contains(&day)
        {
            return Err(QueryError::new(
                path,
                format!("the headline {}.{day} is at a day that horizons do not name", statistic.name()),
            ));
        }
        if let Some(stray) = header.event_dimensions.iter().find(|name| !header.dimensions.contains(name)) {
            return Err(QueryError::new(path, format!("event_dimensions names {stray}, which is not in dimensions")));
        }
        if !header.event_dimensions.is_empty() && header.kind != Kind::Rate {
            return Err(QueryError::new(path, "event_dimensions are of a rate"));
        }
        header.check_stages().map_err(|message| QueryError::new(path, message))?;
        if header.overdue.is_some() && header.kind != Kind::Proportion {
            return Err(QueryError::new(path, "overdue is said of a proportion: of those who do not meet it"));
        }
        if let Some(taken) = header.dimensions.iter().find(|name| TAKEN.contains(&name.as_str())) {
            return Err(QueryError::new(
                path,
                format!("a breakdown cannot be called {taken}: every figure has a column of that name"),
            ));
        }
        let mut parts = path.trim_end_matches(".sql").rsplit('/');
        let name = parts.next().unwrap_or_default().to_string();
        let family = parts.next().unwrap_or_default().to_string();
        let version = crate::contract::sha256_hex(text.as_bytes())[..12].to_string();
        Ok(Self { name, family, header, query, version, built_in })
    }
}
