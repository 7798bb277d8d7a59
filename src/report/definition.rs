//! A report's definition: which metrics, in which order, drawn how. A short TOML file.

use super::figures::Figures;
use super::limits;
use crate::measure::{Catalogue, Kind, Metric};
use crate::project::{Period, nearest};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A report as defined.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// The file's name without its ending; set by [`Definition::named`].
    #[serde(skip)]
    pub name: String,
    pub title: String,
    /// Months drawn.
    pub history_months: u16,
    /// The first months of the history, from which the expected range is taken.
    pub baseline_months: u16,
    /// Months taken together where one is too few.
    pub recent_months: u16,
    pub scorecard: Vec<ScorecardEntry>,
    pub sections: Vec<SectionEntry>,
    pub others: Others,
}

/// A row of the first page.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScorecardEntry {
    pub group: String,
    pub metric: String,
    /// Show the latest month whose every unit was followed that long.
    #[serde(default)]
    pub follow_up_days: u32,
    /// Show so many months together.
    #[serde(default)]
    pub cohort_months: Option<u16>,
    /// Counts of a breakdown instead of a denominator: "41 new · 271 carried over".
    #[serde(default)]
    pub split: Option<Split>,
}

/// A breakdown said in words.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    pub dimension: String,
    pub values: Vec<String>,
    pub words: Vec<String>,
}

/// A section after the first page.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SectionEntry {
    pub metric: String,
    pub heading: String,
    pub figures: Vec<FigureKind>,
}

/// Metrics that get a line each.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Others {
    pub heading: String,
    pub metrics: Vec<String>,
    /// Metric → show the latest month whose every unit was followed that long.
    #[serde(default)]
    pub follow_up_days: BTreeMap<String, u32>,
}

/// A chart that fits a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureKind {
    Trend,
    ShareByDay,
    ReturnCurve,
    GoalsByDomain,
    Programs,
}

/// What a definition needs computed of one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    pub metric: String,
    pub periods: Vec<Period>,
    pub breakdowns: Vec<Vec<String>>,
    pub curve_to: Option<u32>,
}

/// The periods a metric of the report stands on.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The period of the scorecard.
    pub now: Period,
    /// The month before; a cohort of several months has none that it does not overlap.
    pub before: Option<Period>,
    /// The same a year earlier.
    pub year_before: Period,
    /// Single months up to the one shown, oldest first; only months that are followed long enough, and at most one
    /// provisional month at the end.
    pub history: Vec<Period>,
    /// The recent months taken together.
    pub recent: Period,
    /// From the first day of the data to the report's month: whoever is followed, however long.
    pub everybody: Period,
}

impl Definition {
    /// The built-in definition of that name.
    ///
    /// # Errors
    /// When there is none, or it is not sound; says which there are.
    pub fn named(name: &str) -> Result<Self, String> {
        let of = |path: &str| path.trim_start_matches("reports/").trim_end_matches(".report.toml").to_string();
        let Some((path, text)) = crate::built_in::REPORTS.iter().find(|(path, _)| of(path) == name) else {
            let names: Vec<String> = crate::built_in::REPORTS.iter().map(|(path, _)| of(path)).collect();
            let near = nearest(name, names.iter().map(String::as_str))
                .map_or(String::new(), |n| format!("; did you mean {n}?"));
            return Err(format!("\"{name}\" is no report{near}\nhint: there is {}", names.join(", ")));
        };
        let definition: Self = toml::from_str(text).map_err(|error| format!("{path}: {error}"))?;
        Ok(Self { name: name.to_string(), ..definition })
    }

    /// Every metric it names, once, in order.
    pub fn metrics(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        let all =
            self.scorecard.iter().map(|e| e.metric.as_str()).chain(self.sections.iter().map(|s| s.metric.as_str()));
        for name in all.chain(self.others.metrics.iter().map(String::as_str)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The scorecard row of a metric, or how one would stand.
    pub fn entry(&self, metric: &str) -> ScorecardEntry {
        self.scorecard.iter().find(|e| e.metric == metric).cloned().unwrap_or_else(|| ScorecardEntry {
            group: String::new(),
            metric: metric.into(),
            follow_up_days: self.others.follow_up_days.get(metric).copied().unwrap_or(0),
            cohort_months: None,
            split: None,
        })
    }

    /// The periods for a metric, in a report on `month`.
    pub fn span(&self, entry: &ScorecardEntry, month: &Period, as_of: Date, first: Date) -> Span {
        let known_until = as_of.saturating_add(1.day());
        let followed = known_until.saturating_sub(i64::from(entry.follow_up_days).days());
        // The latest month that ends on or before the day up to which everybody was followed.
        let mut latest = month.clone();
        while latest.end > followed && latest.start > first {
            latest = latest.months_before(1);
        }
        let now = match entry.cohort_months {
            Some(count) => Period::whole_months(count, latest.end),
            None => latest.clone(),
        };
        let history = latest.months_up_to(self.history_months).into_iter().filter(|m| m.end > first).collect();
        Span {
            before: entry.cohort_months.is_none().then(|| now.months_before(1)),
            year_before: now.months_before(12),
            history,
            recent: Period::whole_months(self.recent_months, latest.end),
            everybody: Period::days(
                first.first_of_month(),
                month.end.max(first.first_of_month().saturating_add(1.day())),
            ),
            now,
        }
    }

    /// What is to be computed once the signals are known: programs since the change, and in the year before it.
    pub fn wanted_after(
        &self,
        figures: &Figures,
        catalogue: &Catalogue,
        month: &Period,
        as_of: Date,
        first: Date,
    ) -> Vec<Wanted> {
        let mut all = Vec::new();
        for metric in self.metrics().into_iter().filter_map(|name| catalogue.get(name)).filter(|m| by_program(m)) {
            let span = self.span(&self.entry(&metric.name), month, as_of, first);
            if let Some(change) = limits::history(self, figures, metric, &span).now.change(&span) {
                let breakdowns = vec![vec!["program".to_string()]];
                let periods = vec![change.since, change.before];
                all.push(Wanted { metric: metric.name.clone(), periods, breakdowns, curve_to: None });
            }
        }
        all
    }

    /// Everything to be computed for a report on `month`.
    pub fn wanted(&self, catalogue: &Catalogue, month: &Period, as_of: Date, first: Date) -> Vec<Wanted> {
        let mut all = Vec::new();
        for name in self.metrics() {
            let Some(metric) = catalogue.get(name) else { continue };
            let entry = self.entry(name);
            let span = self.span(&entry, month, as_of, first);
            let mut periods = span.history.clone();
            for period in [Some(&span.now), span.before.as_ref(), Some(&span.year_before), Some(&span.recent)]
                .into_iter()
                .flatten()
            {
                if !periods.contains(period) {
                    periods.push(period.clone());
                }
            }
            all.push(Wanted { metric: name.into(), periods, breakdowns: vec![Vec::new()], curve_to: None });
            if by_program(metric) {
                let breakdowns = vec![vec!["program".to_string()]];
                all.push(Wanted {
                    metric: name.into(),
                    periods: vec![span.recent.clone()],
                    breakdowns,
                    curve_to: None,
                });
            }
            if let Some(split) = &entry.split {
                let breakdowns = vec![vec![split.dimension.clone()]];
                all.push(Wanted { metric: name.into(), periods: vec![span.now.clone()], breakdowns, curve_to: None });
            }
            for section in self.sections.iter().filter(|s| s.metric == name) {
                all.extend(section.figures.iter().filter_map(|kind| kind.wanted(metric, &span)));
            }
        }
        all
    }
}

/// Whether its units belong to programs.
fn by_program(metric: &Metric) -> bool {
    metric.header.kind != Kind::Count && !metric.header.stock
}

impl FigureKind {
    /// What the figure needs besides the history.
    fn wanted(self, metric: &Metric, span: &Span) -> Option<Wanted> {
        let (breakdown, curve_to, period) = match self {
            // Programs are computed for every metric.
            Self::Trend | Self::Programs => return None,
            Self::ShareByDay => (Vec::new(), metric.header.horizons.iter().max().copied(), span.recent.clone()),
            Self::ReturnCurve => (Vec::new(), metric.header.horizons.iter().max().copied(), span.everybody.clone()),
            Self::GoalsByDomain => (vec!["domain".to_string()], None, span.recent.clone()),
        };
        Some(Wanted { metric: metric.name.clone(), periods: vec![period], breakdowns: vec![breakdown], curve_to })
    }
}
