//! Periods: half-open spans of days with a label, and the words people write for them.

use super::problem::ProjectError;
use jiff::civil::Date;
use jiff::{Span, ToSpan};
use std::str::FromStr;

/// `[start, end)` with its label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    pub start: Date,
    /// The day after the last one.
    pub end: Date,
    pub label: String,
}

/// An agency's fiscal year, named after the calendar year in which it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FiscalYear {
    /// First month, 1 to 12.
    first_month: i8,
}

/// A period as typed, before the as-of date is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeriodWord {
    LastMonth,
    Month(i16, i8),
    Quarter(i16, i8),
    FiscalYear(i16),
    /// That many complete months.
    Rolling(u16),
    All,
    Days(Date, Date),
}

/// How a period is cut into a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    Month,
    Quarter,
    Year,
}

const PERIOD_FORMS: &str = "2026-06, 2026-Q2, FY2026, rolling-12, last-month, all, or 2026-01-01..2026-02-01 (the end is the day after the last)";

/// Starting in January.
impl Default for FiscalYear {
    fn default() -> Self {
        Self { first_month: 1 }
    }
}

impl FiscalYear {
    /// A fiscal year that starts in that month (1 to 12).
    #[must_use]
    pub fn starting_in(month: i8) -> Option<Self> {
        (1..=12).contains(&month).then_some(Self { first_month: month })
    }

    /// First month of the year, 1 to 12.
    #[must_use]
    pub fn first_month(self) -> i8 {
        self.first_month
    }

    /// First day of the fiscal year that ends in (or, starting in January, is) `year`.
    fn start(self, year: i16) -> Option<Date> {
        Date::new(if self.first_month == 1 { year } else { year - 1 }, self.first_month, 1).ok()
    }
}

/// The first day of the month.
fn month_start(date: Date) -> Date {
    date.first_of_month()
}

/// `date` moved by whole months, at the calendar's ends kept where it is.
fn months(date: Date, by: i32) -> Date {
    date.saturating_add(Span::new().months(by))
}

impl Period {
    /// The calendar month that holds `date`.
    #[must_use]
    pub fn month_of(date: Date) -> Self {
        let start = month_start(date);
        Self { start, end: months(start, 1), label: format!("{:04}-{:02}", start.year(), start.month()) }
    }

    /// The last month that is complete on the as-of date.
    #[must_use]
    pub fn last_complete_month(as_of: Date) -> Self {
        let this = Self::month_of(as_of);
        if this.is_partial(as_of) { Self::month_of(months(this.start, -1)) } else { this }
    }

    /// Whether it reaches past the as-of date.
    #[must_use]
    pub fn is_partial(&self, as_of: Date) -> bool {
        self.end > as_of.saturating_add(1.day())
    }

    /// The last day.
    #[must_use]
    pub fn last_day(&self) -> Date {
        self.end.saturating_sub(1.day())
    }

    /// The months from the one `count - 1` before this period's last month to its last month.
    #[must_use]
    pub fn months_up_to(&self, count: u16) -> Vec<Self> {
        let last = month_start(self.last_day());
        (0..i32::from(count)).rev().map(|back| Self::month_of(months(last, -back))).collect()
    }

    /// The same span `by` months earlier, called as it is called: months stay months, quarters quarters, years years.
    #[must_use]
    pub fn months_before(&self, by: u16) -> Self {
        let (start, end) = (months(self.start, -i32::from(by)), months(self.end, -i32::from(by)));
        let year = self.label.strip_prefix("FY").and_then(|year| year.parse::<i16>().ok());
        match year {
            _ if *self == Self::month_of(self.start) => Self::month_of(start),
            Some(year) if by.is_multiple_of(12) => {
                Self { start, end, label: format!("FY{}", i32::from(year) - i32::from(by / 12)) }
            }
            None if self.label.contains("-Q") && by.is_multiple_of(3) => {
                Self::quarter(start.year(), (start.month() - 1) / 3 + 1)
            }
            _ => Self::days(start, end),
        }
    }

    /// The period just before, of the same length: as many whole months, else as many days.
    #[must_use]
    pub fn before(&self) -> Self {
        if self.start.day() == 1 && self.end.day() == 1 {
            let apart = (i32::from(self.end.year()) - i32::from(self.start.year())) * 12 + i32::from(self.end.month())
                - i32::from(self.start.month());
            self.months_before(u16::try_from(apart).unwrap_or(0))
        } else {
            let length = self.end.duration_since(self.start);
            Self::days(self.start.checked_sub(length).unwrap_or(Date::MIN), self.start)
        }
    }

    /// `count` whole months that end with `last` (exclusive).
    #[must_use]
    pub fn whole_months(count: u16, end: Date) -> Self {
        Self::days(months(end, -i32::from(count)), end)
    }

    /// Any span of days.
    #[must_use]
    pub fn days(start: Date, end: Date) -> Self {
        Self { start, end, label: format!("{start}..{end}") }
    }

    /// Cut into months, quarters or years, each whole, the last possibly reaching past the end.
    #[must_use]
    pub fn cut(&self, every: Every, fiscal_year: FiscalYear) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut day = self.start;
        while day < self.end {
            let part = match every {
                Every::Month => Self::month_of(day),
                Every::Quarter => Self::quarter(day.year(), (day.month() - 1) / 3 + 1),
                Every::Year => {
                    let wraps = fiscal_year.first_month > 1 && day.month() >= fiscal_year.first_month;
                    Self::fiscal(day.year() + i16::from(wraps), fiscal_year)
                }
            };
            if part.end <= day {
                break; // the calendar's last day
            }
            day = part.end;
            parts.push(part);
        }
        parts
    }

    fn quarter(year: i16, quarter: i8) -> Self {
        let start = Date::new(year, (quarter - 1) * 3 + 1, 1).unwrap_or(Date::MAX);
        Self { start, end: months(start, 3), label: format!("{year:04}-Q{quarter}") }
    }

    fn fiscal(year: i16, fiscal_year: FiscalYear) -> Self {
        let start = fiscal_year.start(year).unwrap_or(Date::MAX);
        Self { start, end: months(start, 12), label: format!("FY{year}") }
    }
}

impl PeriodWord {
    /// The period meant, given the as-of date and the first date in the data.
    #[must_use]
    pub fn resolve(&self, as_of: Date, first: Date, fiscal_year: FiscalYear) -> Period {
        match *self {
            Self::LastMonth => Period::last_complete_month(as_of),
            Self::Month(year, month) => Period::month_of(Date::new(year, month, 1).unwrap_or(as_of)),
            Self::Quarter(year, quarter) => Period::quarter(year, quarter),
            Self::FiscalYear(year) => Period::fiscal(year, fiscal_year),
            Self::Rolling(count) => {
                let end = Period::last_complete_month(as_of).end;
                Period { label: format!("rolling-{count}"), ..Period::whole_months(count, end) }
            }
            Self::All => Period { start: first, end: as_of.saturating_add(1.day()), label: "all".into() },
            Self::Days(start, end) => Period::days(start, end),
        }
    }
}

impl FromStr for PeriodWord {
    type Err = ProjectError;

    fn from_str(word: &str) -> Result<Self, ProjectError> {
        let wrong = || ProjectError::new(format!("\"{word}\" is not a period"), Some(format!("write {PERIOD_FORMS}")));
        let year = |text: &str| {
            (text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()))
                .then(|| text.parse::<i16>().ok())
                .flatten()
                .filter(|year| (1900..=9000).contains(year))
                .ok_or_else(wrong)
        };
        // A year alone could be either.
        if let Ok(number) = year(word) {
            let hint = format!(
                "write FY{number} for the fiscal year, {number}-01-01..{}-01-01 for the calendar year",
                number + 1
            );
            return Err(ProjectError::new(format!("\"{word}\" is not a period"), Some(hint)));
        }
        if word == "last-month" {
            return Ok(Self::LastMonth);
        }
        if word == "all" {
            return Ok(Self::All);
        }
        if let Some(count) = word.strip_prefix("rolling-") {
            return count.parse().ok().filter(|n| (1..=240).contains(n)).map(Self::Rolling).ok_or_else(wrong);
        }
        if let Some(text) = word.strip_prefix("FY") {
            return year(text).map(Self::FiscalYear);
        }
        if let Some((from, to)) = word.split_once("..") {
            let (from, to) = (from.parse::<Date>().map_err(|_| wrong())?, to.parse::<Date>().map_err(|_| wrong())?);
            return if from < to {
                Ok(Self::Days(from, to))
            } else {
                Err(ProjectError::new(format!("\"{word}\" ends before it starts"), None))
            };
        }
        let (first, second) = word.split_once('-').ok_or_else(wrong)?;
        let number = year(first)?;
        if let Some(quarter) = second.strip_prefix('Q') {
            return quarter
                .parse()
                .ok()
                .filter(|q| (1..=4).contains(q))
                .map(|q| Self::Quarter(number, q))
                .ok_or_else(wrong);
        }
        (second.len() == 2)
            .then(|| second.parse().ok())
            .flatten()
            .filter(|m| (1..=12).contains(m))
            .map(|m| Self::Month(number, m))
            .ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().expect("a date in a test")
    }

    fn resolved(word: &str, as_of: &str) -> (String, String) {
        let july = FiscalYear::starting_in(7).expect("a month");
        let period = word.parse::<PeriodWord>().expect("a period").resolve(day(as_of), day("2023-07-03"), july);
        (period.start.to_string(), period.end.to_string())
    }

    #[test]
    fn the_period_before_is_as_long_and_called_alike() {
        let july = FiscalYear::starting_in(7).expect("a month");
        for (word, before, year_before) in [
            ("2026-06", "2026-05", "2025-06"),
            ("2026-01", "2025-12", "2025-01"),
            ("2026-Q1", "2025-Q4", "2025-Q1"),
            ("FY2026", "FY2025", "FY2025"),
            ("rolling-12", "2024-07-01..2025-07-01", "2024-07-01..2025-07-01"),
            ("2026-01-01..2026-01-15", "2025-12-18..2026-01-01", "2025-01-01..2025-01-15"),
        ] {
            let period =
                word.parse::<PeriodWord>().expect("a period").resolve(day("2026-06-30"), day("2023-07-03"), july);
            assert_eq!((period.before().label, period.months_before(12).label), (before.into(), year_before.into()));
        }
    }

    #[test]
    fn words_resolve_to_half_open_spans() {
        for (word, as_of, start, end) in [
            ("2026-06", "2026-06-30", "2026-06-01", "2026-07-01"),
            ("2026-Q2", "2026-06-30", "2026-04-01", "2026-07-01"),
            ("FY2026", "2026-06-30", "2025-07-01", "2026-07-01"),
            ("rolling-12", "2026-06-29", "2025-06-01", "2026-06-01"),
            ("last-month", "2026-06-30", "2026-06-01", "2026-07-01"),
            ("last-month", "2026-06-29", "2026-05-01", "2026-06-01"),
            ("last-month", "2024-02-29", "2024-02-01", "2024-03-01"),
            ("all", "2026-06-30", "2023-07-03", "2026-07-01"),
            ("2026-01-01..2026-01-15", "2026-06-30", "2026-01-01", "2026-01-15"),
        ] {
            assert_eq!(resolved(word, as_of), (start.to_string(), end.to_string()), "{word} as of {as_of}");
        }
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for word in [
            "",
            "2026",
            "2026-13",
            "2026-Q5",
            "FY26",
            "rolling-0",
            "rolling-x",
            "2026-02-30..2026-03-01",
            "2026-03-01..2026-03-01",
            "last month",
            "٢٠٢٦-٠٦",
            "2026-6",
            "-",
        ] {
            assert!(word.parse::<PeriodWord>().is_err(), "{word}");
        }
    }

    #[test]
    fn a_month_a_year_before_is_that_month() {
        let june = Period::month_of(day("2026-06-30"));
        assert_eq!(june.months_before(12).label, "2025-06");
        assert_eq!(
            june.months_up_to(3).iter().map(|p| p.label.as_str()).collect::<Vec<_>>(),
            ["2026-04", "2026-05", "2026-06"]
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,24}") {
            let _ = text.parse::<PeriodWord>();
        }

        #[test]
        fn a_cut_covers_its_period_without_gap_or_overlap(start in 0i32..20_000, length in 1i32..3_000, month in 1i8..=12) {
            let first = day("1970-01-01").saturating_add(start.days());
            let period = Period::days(first, first.saturating_add(length.days()));
            let fiscal = FiscalYear::starting_in(month).expect("1 to 12");
            for every in [Every::Month, Every::Quarter, Every::Year] {
                let parts = period.cut(every, fiscal);
                prop_assert!(parts[0].start <= period.start && parts[0].end > period.start);
                prop_assert!(parts[parts.len() - 1].end >= period.end);
                for pair in parts.windows(2) {
                    prop_assert_eq!(pair[0].end, pair[1].start);
                }
            }
        }
    }
}
