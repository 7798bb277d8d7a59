//! A report's definition: which metrics, in which order, drawn how. A short TOML file.

use super::entries::{Others, ScorecardEntry, SectionEntry};
use super::figures::Figures;
use super::limits;
use super::spoken::spoken;
use crate::language::Words;
use crate::measure::{Catalogue, Kind, Metric};
use crate::project::{Every, FiscalYear, Period, nearest};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How a definition's file ends.
pub const ENDING: &str = ".report.toml";

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
    /// What the first page is about: the month, or the fiscal year up to its end.
    #[serde(default)]
    pub covers: Covers,
    /// Metric → what it is called here, in the words of whoever reads it.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    pub scorecard: Vec<ScorecardEntry>,
    pub sections: Vec<SectionEntry>,
    #[serde(default)]
    pub others: Option<Others>,
    /// The last pages, in this order.
    #[serde(default = "AppendixPart::all")]
    pub appendix: Vec<AppendixPart>,
    /// The agency's; set by [`Definition::read`].
    #[serde(skip)]
    pub fiscal_year: FiscalYear,
    /// It is a program's own edition; set by [`Definition::of_program`].
    #[serde(skip)]
    pub of_one_program: bool,
}

/// What the first page of a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Covers {
    #[default]
    Month,
    /// The fiscal year from its first day to the end of the report's month.
    FiscalYearToDate,
}

/// A part of the last pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppendixPart {
    /// What the data cannot say.
    DataQuality,
    Definitions,
    /// What the report was made from.
    Provenance,
}

impl AppendixPart {
    fn all() -> Vec<Self> {
        vec![Self::DataQuality, Self::Definitions, Self::Provenance]
    }
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
    /// The definition of that name: the project's own, given as (path, text), or a built-in one.
    ///
    /// # Errors
    /// When there is none, or it is not sound; says where, and which there are.
    pub fn read(
        name: &str,
        own: &[(String, String)],
        catalogue: &Catalogue,
        fiscal_year: FiscalYear,
        words: &Words,
    ) -> Result<Self, String> {
        let of = |path: &str| path.trim_start_matches("reports/").trim_end_matches(ENDING).to_string();
        let built_in = crate::built_in::REPORTS.iter().copied();
        let all: Vec<(&str, &str)> =
            own.iter().map(|(path, text)| (path.as_str(), text.as_str())).chain(built_in).collect();
        let Some((path, text)) = all.iter().find(|(path, _)| of(path) == name) else {
            let mut names: Vec<String> = all.iter().map(|(path, _)| of(path)).collect();
            names.sort();
            names.dedup();
            let near = nearest(name, names.iter().map(String::as_str))
                .map_or(String::new(), |n| format!("; did you mean {n}?"));
            return Err(format!("\"{name}\" is no report{near}\nhint: there is {}", names.join(", ")));
        };
        let definition: Self = spoken(text, words.tag()).map_err(|error| format!("{path}: {error}"))?;
        definition.check(catalogue).map_err(|message| format!("{path}: {message}"))?;
        Ok(Self { name: name.to_string(), fiscal_year, ..definition })
    }

    /// What a metric is called in this report.
    pub fn label(&self, metric: &Metric) -> String {
        self.labels.get(&metric.name).map_or(metric.header.label(), String::as_str).to_owned()
    }

    /// The quarters of the fiscal year that have begun by the end of `month`, and the year to date; the last quarter ends
    /// with the month.
    pub fn quarters(&self, month: &Period) -> (Vec<Period>, Period) {
        let year = self.year_to_date(month);
        let mut quarters = Vec::new();
        let mut start = year.start;
        while start < year.end {
            let end = start.saturating_add(3.months()).min(year.end);
            quarters.push(Period::days(start, end));
            start = end;
        }
        (quarters, year)
    }

    /// The quarters and the year to date of a metric: no further than everybody has been followed; a quarter that begins
    /// later is none yet.
    pub fn quarters_of(
        &self,
        entry: &ScorecardEntry,
        month: &Period,
        as_of: Date,
        first: Date,
    ) -> (Vec<Option<Period>>, Option<Period>) {
        let (quarters, year) = self.quarters(month);
        let followed = self.span(entry, month, as_of, first).recent.end;
        let known = |period: &Period| {
            if period.end <= followed {
                Some(period.clone())
            } else {
                (period.start < followed).then(|| Period::days(period.start, followed))
            }
        };
        (quarters.iter().map(known).collect(), known(&year))
    }

    /// The fiscal year from its first day to the end of `month`.
    fn year_to_date(&self, month: &Period) -> Period {
        let start = month.cut(Every::Year, self.fiscal_year).first().map_or(month.start, |year| year.start);
        Period::days(start, month.end)
    }

    /// Every metric it names, once, in order.
    pub fn metrics<'a>(&'a self) -> Vec<&'a str> {
        let mut names: Vec<&str> = Vec::new();
        let of_section = |section: &'a SectionEntry| {
            let people = section.people.iter().map(|people| people.metric.as_str());
            section.metric.iter().chain(&section.quarters).chain(&section.overdue).map(String::as_str).chain(people)
        };
        let all = self.scorecard.iter().map(|e| e.metric.as_str()).chain(self.sections.iter().flat_map(of_section));
        for name in all.chain(self.others.iter().flat_map(|others| &others.metrics).map(String::as_str)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Whether sentences tell its history; else it stands in tables only.
    fn is_told(&self, metric: &str) -> bool {
        self.scorecard.iter().any(|entry| entry.metric == metric)
            || self.sections.iter().any(|section| section.metric.as_deref() == Some(metric))
            || self.others.iter().any(|others| others.metrics.iter().any(|name| name == metric))
    }

    /// The scorecard row of a metric, or how one would stand.
    pub fn entry(&self, metric: &str) -> ScorecardEntry {
        let of_others = || self.others.as_ref().and_then(|others| others.follow_up_days.get(metric).copied());
        let is_its_own = |section: &&SectionEntry| section.metric.as_deref() == Some(metric);
        let of_section = || self.sections.iter().find(is_its_own).and_then(|section| section.follow_up_days);
        self.scorecard.iter().find(|e| e.metric == metric).cloned().unwrap_or_else(|| ScorecardEntry {
            group: String::new(),
            metric: metric.into(),
            follow_up_days: of_others().or_else(of_section).unwrap_or(0),
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
        let year = self.year_to_date(month);
        let now = match (entry.cohort_months, self.covers) {
            (Some(count), _) => Period::whole_months(count, latest.end),
            (None, Covers::Month) => latest.clone(),
            (None, Covers::FiscalYearToDate) if latest.end > year.start => Period::days(year.start, latest.end),
            // Nobody of this year has been followed long enough yet.
            (None, Covers::FiscalYearToDate) => Period::whole_months(12, latest.end),
        };
        // A year to date that is most of the recent months stands for them: beside each other they would differ by a month or
        // two, which confuses, and for readers outside one of them would be withheld for the few people of those.
        let recent = Period::whole_months(self.recent_months, latest.end);
        let half = Period::whole_months(self.recent_months.div_ceil(2), latest.end);
        let is_most = (recent.start..=half.start).contains(&now.start) && now.end == recent.end;
        let recent = if self.covers == Covers::FiscalYearToDate && is_most { now.clone() } else { recent };
        // A time is named by what there are records of.
        let begin = first.first_of_month();
        let on_record = |time: Period| {
            if time.start < begin && begin < time.end { Period::days(begin, time.end) } else { time }
        };
        let (now, recent) = (on_record(now), on_record(recent));
        let history = latest.months_up_to(self.history_months).into_iter().filter(|m| m.end > first).collect();
        Span {
            before: (entry.cohort_months.is_none() && self.covers == Covers::Month).then(|| now.months_before(1)),
            year_before: now.months_before(12),
            history,
            recent,
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
        if self.of_one_program {
            return all;
        }
        for metric in self.metrics().into_iter().filter_map(|name| catalogue.get(name)).filter(|m| has_programs(m)) {
            let span = self.span(&self.entry(&metric.name), month, as_of, first);
            // Only the verdict is asked for; it has no words.
            let words = Words::default();
            if let Some(change) = limits::change_of_programs(self, figures, metric, &span, &words) {
                let breakdowns = vec![vec!["program".to_string()]];
                let periods = vec![change.since, change.before];
                all.push(Wanted { metric: metric.name.clone(), periods, breakdowns, curve_to: None });
            }
        }
        together(all)
    }

    /// Everything to be computed for a report on `month`.
    pub fn wanted(&self, catalogue: &Catalogue, month: &Period, as_of: Date, first: Date) -> Vec<Wanted> {
        let mut all = Vec::new();
        for name in self.metrics() {
            let Some(metric) = catalogue.get(name) else { continue };
            let entry = self.entry(name);
            let span = self.span(&entry, month, as_of, first);
            let told = self.is_told(name);
            let mut periods = if told { span.history.clone() } else { Vec::new() };
            for period in [Some(&span.now), span.before.as_ref(), Some(&span.year_before), Some(&span.recent)]
                .into_iter()
                .flatten()
                .filter(|period| told || **period == span.now)
            {
                if !periods.contains(period) {
                    periods.push(period.clone());
                }
            }
            if metric.header.stages.is_empty() {
                all.push(Wanted { metric: name.into(), periods, breakdowns: vec![Vec::new()], curve_to: None });
            }
            let by_program = |periods| Wanted {
                metric: name.into(),
                periods,
                breakdowns: vec![vec!["program".to_string()]],
                curve_to: None,
            };
            if told && has_programs(metric) && !self.of_one_program {
                all.push(by_program(vec![span.recent.clone()]));
            }
            if !self.of_one_program
                && self.sections.iter().any(|section| section.overdue.iter().any(|overdue| overdue == name))
            {
                all.push(by_program(vec![span.now.clone()]));
            }
            if let Some(split) = &entry.split {
                let breakdowns = vec![vec![split.dimension.clone()]];
                all.push(Wanted { metric: name.into(), periods: vec![span.now.clone()], breakdowns, curve_to: None });
            }
            for section in &self.sections {
                if section.metric.as_deref() == Some(name) {
                    all.extend(section.figures.iter().flat_map(|kind| kind.wanted(metric, &span)));
                }
                let year = self.quarters(month).1;
                if section.quarters.iter().any(|wanted| wanted == name) {
                    let (quarters, known) = self.quarters_of(&entry, month, as_of, first);
                    let before = known.as_ref().map(|year| year.months_before(12));
                    let periods = quarters.into_iter().chain([known, before]).flatten().collect();
                    all.push(Wanted { metric: name.into(), periods, breakdowns: vec![Vec::new()], curve_to: None });
                }
                if let Some(people) = section.people.iter().find(|people| people.metric == name) {
                    let breakdowns = std::iter::once(Vec::new()).chain(people.by.iter().map(|by| vec![by.clone()]));
                    let periods = vec![year];
                    all.push(Wanted { metric: name.into(), periods, breakdowns: breakdowns.collect(), curve_to: None });
                }
            }
        }
        together(all)
    }
}

/// What is wanted of one metric and breakdown in one question: each costs a reading of the records.
fn together(all: Vec<Wanted>) -> Vec<Wanted> {
    let mut merged: Vec<Wanted> = Vec::new();
    for Wanted { metric, periods, breakdowns, curve_to } in all {
        for breakdown in breakdowns {
            let alike = |w: &&mut Wanted| {
                w.metric == metric
                    && w.curve_to == curve_to
                    && w.breakdowns.as_slice() == std::slice::from_ref(&breakdown)
            };
            match merged.iter_mut().find(alike) {
                Some(wanted) => {
                    let new: Vec<Period> = periods.iter().filter(|p| !wanted.periods.contains(p)).cloned().collect();
                    wanted.periods.extend(new);
                }
                None => merged.push(Wanted {
                    metric: metric.clone(),
                    periods: periods.clone(),
                    breakdowns: vec![breakdown],
                    curve_to,
                }),
            }
        }
    }
    merged
}

/// Whether a sentence may say in which program a change or a missed target lies.
fn has_programs(metric: &Metric) -> bool {
    metric.header.kind != Kind::Count && !metric.header.stock && metric.header.stages.is_empty()
}
