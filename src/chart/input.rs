//! What charts are told: a subject, released estimates, and the expected range computed elsewhere.

use super::figure::{Cell, CellFormat, TableColumn};
use crate::language::Words;
use crate::measure::{Estimate, Note, PeriodLabel, Statistic, Status};
use crate::release::Released;

/// What a chart is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// File-name-safe and unique in the document; ids and the table's name are made from it: `time-to-service-trend`.
    pub name: String,
    /// "First service within 14 days, by month"
    pub title: String,
    /// What the denominator counts: "referrals"; empty when there is nothing to say.
    pub counted: String,
    pub unit: Unit,
    /// The language it is told in.
    pub words: Words,
}

impl Subject {
    pub(super) fn printed(&self, value: f64) -> String {
        self.unit.printed(value, &self.words)
    }

    pub(super) fn spoken(&self, value: f64) -> String {
        self.unit.spoken(value, &self.words)
    }

    pub(super) fn span(&self, lower: f64, upper: f64) -> String {
        self.unit.span(lower, upper, &self.words)
    }

    pub(super) fn cell(&self, value: Option<f64>) -> Cell {
        self.unit.cell(value, &self.words)
    }

    pub(super) fn count(&self, value: Option<f64>) -> Cell {
        Cell::count(value, &self.words)
    }

    /// The heading of a column of its values.
    pub(super) fn value_heading(&self) -> String {
        match &self.unit {
            Unit::Share | Unit::FineShare => self.words.of("table.share").to_owned(),
            Unit::Number { of, .. } if !of.is_empty() => self.words.with("table.value-of", &[("of", of)]),
            _ => self.words.of("table.value").to_owned(),
        }
    }

    /// Columns of numbers under these keys of the catalogue.
    pub(super) fn numbers(&self, keys: &[&str]) -> Vec<TableColumn> {
        keys.iter().map(|key| TableColumn::numbers(self.words.of(key))).collect()
    }
}

/// How a value reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit {
    /// 0 to 1, printed as a percentage.
    Share,
    /// The same with one decimal, where without it a value would read as its target and is not.
    FineShare,
    /// Whole things.
    Count,
    /// Means and rates: how many decimals, and of what ("hours", "per 100 client-months").
    Number { decimals: usize, of: String },
}

/// How the value axis stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Axis {
    /// Shares from 0 to 100%, everything else from zero.
    #[default]
    Full,
    /// Only as wide as the values need; the caption says where it starts.
    Fitted,
}

/// One period of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    pub estimate: Released<Estimate>,
    pub expected: Option<Expected>,
    pub signal: Signal,
}

/// The process limits that hold for one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    pub centre: f64,
    pub lower: f64,
    pub upper: f64,
}

/// Whether a rule marked a point, and which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Signal {
    #[default]
    None,
    Better,
    Worse,
}

impl Unit {
    /// Whether values are shares of a whole.
    #[must_use]
    pub fn is_share(&self) -> bool {
        matches!(self, Unit::Share | Unit::FineShare)
    }

    /// The same, or one decimal finer where a value would read as its target and is not: 94.6% misses 95%.
    #[must_use]
    pub fn told_apart(self, value: Option<f64>, target: Option<f64>, words: &Words) -> Self {
        const ROUNDING: f64 = 1e-9;
        let reads_alike = |(value, target): (f64, f64)| {
            (value - target).abs() > ROUNDING && self.printed(value, words) == self.printed(target, words)
        };
        if !value.zip(target).is_some_and(reads_alike) {
            return self;
        }
        match self {
            Unit::Share => Unit::FineShare,
            Unit::Number { decimals, of } => Unit::Number { decimals: decimals + 1, of },
            Unit::FineShare | Unit::Count => self,
        }
    }

    /// A value as printed: "71%", "1,204", "12.4".
    #[must_use]
    pub fn printed(&self, value: f64, words: &Words) -> String {
        match self {
            Unit::Share => words.share(value),
            Unit::FineShare => words.fine_share(value),
            Unit::Count => words.count(value),
            Unit::Number { decimals, .. } => words.decimal(value, *decimals),
        }
    }

    /// A value in a sentence: "71%", "12.4 hours".
    #[must_use]
    pub fn spoken(&self, value: f64, words: &Words) -> String {
        match self {
            Unit::Number { of, .. } if !of.is_empty() => format!("{} {of}", self.printed(value, words)),
            _ => self.printed(value, words),
        }
    }

    /// "42 to 68%", "1.2 to 3.4"; one number where both ends print alike.
    #[must_use]
    pub fn span(&self, lower: f64, upper: f64, words: &Words) -> String {
        words.range(&self.printed(lower, words), &self.printed(upper, words))
    }

    /// A number as printed, with its value; empty when there is none.
    #[must_use]
    pub fn cell(&self, value: Option<f64>, words: &Words) -> Cell {
        let Some(value) = value.filter(|v| v.is_finite()) else { return Cell::text("") };
        let format = match self {
            Unit::Share => CellFormat::Share,
            Unit::FineShare => CellFormat::FineShare,
            Unit::Count => CellFormat::Count,
            Unit::Number { .. } => CellFormat::Decimal,
        };
        Cell::number(self.printed(value, words), value, format)
    }

    /// An estimate's limits as printed together, with both numbers; empty where it has none.
    #[must_use]
    pub fn limits(&self, estimate: Option<&Estimate>, words: &Words) -> Cell {
        let Some((lower, upper)) = estimate.and_then(interval) else { return Cell::text("") };
        let both = [self.cell(Some(lower), words), self.cell(Some(upper), words)];
        Cell { limits: Some(Box::new(both)), ..Cell::text(self.span(lower, upper, words)) }
    }
}

impl Cell {
    /// Words.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), value: None, format: CellFormat::Text, month: None, limits: None }
    }

    /// A number, as printed and in full.
    #[must_use]
    pub fn number(text: impl Into<String>, value: f64, format: CellFormat) -> Self {
        Self { text: text.into(), value: Some(value), format, month: None, limits: None }
    }

    /// A period in words; one that is not over says so, and is no plain month.
    #[must_use]
    pub fn period(period: &PeriodLabel, words: &Words) -> Self {
        let said = period_words(period, words);
        if period.partial {
            return Self::text(words.with("table.not-over", &[("period", &said)]));
        }
        Self { month: month(period).map(|(year, month)| format!("{year:04}-{month:02}")), ..Self::text(said) }
    }

    /// The head of a row that says more of the row above.
    #[must_use]
    pub fn under(text: impl Into<String>) -> Self {
        Self { format: CellFormat::Under, ..Self::text(text) }
    }

    /// A whole number; empty when there is none.
    #[must_use]
    pub fn count(value: Option<f64>, words: &Words) -> Self {
        Unit::Count.cell(value, words)
    }
}

impl TableColumn {
    #[must_use]
    pub fn words(heading: impl Into<String>) -> Self {
        Self { heading: heading.into(), numeric: false }
    }

    #[must_use]
    pub fn numbers(heading: impl Into<String>) -> Self {
        Self { heading: heading.into(), numeric: true }
    }
}

/// The value, if there is one that can be drawn.
pub(super) fn value(estimate: &Estimate) -> Option<f64> {
    estimate.estimate.filter(|v| v.is_finite())
}

/// The interval, if both ends can be drawn.
pub(super) fn interval(estimate: &Estimate) -> Option<(f64, f64)> {
    let lower = estimate.lower.filter(|v| v.is_finite())?;
    let upper = estimate.upper.filter(|v| v.is_finite())?;
    Some((lower.min(upper), lower.max(upper)))
}

/// Why there is no value, in words.
#[must_use]
pub fn reason<'a>(estimate: &Estimate, words: &'a Words) -> &'a str {
    words.of(reason_key(estimate))
}

/// Its key in the catalogue.
pub(super) fn reason_key(estimate: &Estimate) -> &'static str {
    match estimate.note {
        Some(Note::NotCollected) => "reason.not-collected",
        Some(Note::NotReached) => "reason.not-reached",
        Some(Note::TooFew) => "reason.too-few",
        Some(Note::FollowUpIncomplete) => "reason.follow-up-incomplete",
        Some(Note::Withheld) => "reason.withheld",
        None if estimate.status == Some(Status::TooFew) => "reason.too-few",
        Some(Note::NoData) | None => "reason.no-data",
    }
}

/// Why a series ends without a value.
pub(super) fn reason_of_last<'a>(estimate: Option<&Estimate>, words: &'a Words) -> &'a str {
    estimate.map_or_else(|| words.of("reason.no-data"), |estimate| reason(estimate, words))
}

/// The value as a table shows it, or the reason why there is none.
pub(super) fn value_cell(estimate: &Estimate, subject: &Subject) -> Cell {
    match value(estimate) {
        Some(value) => subject.cell(Some(value)),
        None => Cell::text(reason(estimate, &subject.words)),
    }
}

/// Whether the estimate rests on fewer units than its metric asks for.
pub(super) fn is_thin(estimate: &Estimate) -> bool {
    estimate.status == Some(Status::TooFew) || estimate.note == Some(Note::TooFew)
}

/// "62 of 107", or "84", or nothing; a rate's denominator is time, so it says its events.
pub(super) fn count_words(estimate: &Estimate, words: &Words) -> String {
    if estimate.statistic == Statistic::Rate {
        let events = estimate.events.map(|events| words.counted("count.events", events as f64, &[]));
        return events.unwrap_or_default();
    }
    let whole = |value: Option<f64>| value.filter(|v| v.is_finite());
    match (whole(estimate.numerator), whole(estimate.denominator)) {
        (Some(part), Some(all)) => words.with("count.of", &[("part", &words.count(part)), ("all", &words.count(all))]),
        (None, Some(all)) => words.count(all),
        _ => String::new(),
    }
}

/// The end of a sentence on a value: " (62 of 107 referrals)"; nothing where there is no count.
pub(super) fn counted_words(estimate: &Estimate, subject: &Subject) -> String {
    let count = count_words(estimate, &subject.words);
    let counted = subject.counted.as_str();
    match (count.is_empty(), counted.is_empty() || estimate.statistic == Statistic::Rate) {
        (true, _) => String::new(),
        (false, true) => format!(" ({count})"),
        (false, false) => format!(" ({count} {counted})"),
    }
}

/// Year and month (1 to 12) of a period that is a calendar month: its label is `2026-06`.
pub(super) fn month(period: &PeriodLabel) -> Option<(i32, usize)> {
    let (year, month) = period.label.split_once('-')?;
    let (year, month) = (year.parse().ok()?, month.parse().ok()?);
    (1..=12).contains(&month).then_some((year, month))
}

/// "June 2026", "Q2 2026", or the label as it is.
#[must_use]
pub fn period_words(period: &PeriodLabel, words: &Words) -> String {
    if let Some((year, month)) = month(period) {
        return words.month_of_year(month, year);
    }
    match period.label.split_once("-Q") {
        Some((year, quarter)) => words.with("date.quarter", &[("quarter", &quarter), ("year", &year)]),
        None => period.label.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_misses_its_target_does_not_read_as_if_it_were_there() {
        let words = Words::default();
        let told = |unit: Unit, value: f64, target: f64| {
            let unit = unit.told_apart(Some(value), Some(target), &words);
            (unit.printed(value, &words), unit.printed(target, &words))
        };
        let both = |value: &str, target: &str| (value.to_owned(), target.to_owned());
        assert_eq!(told(Unit::Share, 0.946, 0.95), both("94.6%", "95.0%"));
        assert_eq!(told(Unit::Share, 0.93, 0.95), both("93%", "95%"));
        assert_eq!(told(Unit::Share, 0.95, 0.95), both("95%", "95%"));
        assert_eq!(told(Unit::Count, 94.0, 95.0), both("94", "95"));
        let days = || Unit::Number { decimals: 0, of: "days".into() };
        assert_eq!(told(days(), 14.3, 14.0), both("14.3", "14.0"));
        assert_eq!(Unit::Share.told_apart(None, Some(0.95), &words), Unit::Share);
    }
}
