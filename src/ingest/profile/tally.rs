//! What is counted of a column while its file is read, block by block, in bounded memory.

use super::dates;
use super::names::WORDS;
use super::numbers::{self, WAYS};
use super::sensitive::Looks;
use super::sketch::Sketch;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Different values of a column that are kept as they are, and the length of each.
const MOST_VALUES: usize = 500;
const LONGEST_VALUE: usize = 100;
/// Patterns of a column that are counted.
const MOST_PATTERNS: usize = 50;
/// Separators that may stand between several codes in a cell.
pub const SEPARATORS: [&str; 4] = [" ||| ", ";", "|", ","];

/// Smallest and largest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span<T> {
    pub from: T,
    pub to: T,
}

impl<T: PartialOrd + Copy> Span<T> {
    fn take(span: &mut Option<Self>, value: T) {
        let span = span.get_or_insert(Self { from: value, to: value });
        if value < span.from {
            span.from = value;
        }
        if value > span.to {
            span.to = value;
        }
    }
}

/// What is known of a column. Marks of missing values are counted apart and nowhere else.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    /// Rows with a value.
    pub known: u64,
    pub empty: u64,
    /// Mark → rows.
    pub marks: BTreeMap<String, u64>,
    pub sketch: Sketch,
    /// The values, while there are few short ones.
    pub values: Option<BTreeMap<String, u64>>,
    pub patterns: BTreeMap<String, u64>,
    pub lengths: Option<Span<u64>>,
    pub characters: u64,
    pub spaces: u64,
    pub looks: Looks,
    /// The forms that fit → rows. Which forms fit together tells whether a form is certain.
    pub dates: BTreeMap<Vec<String>, u64>,
    pub date_spans: BTreeMap<String, Option<Span<Date>>>,
    /// The ways that fit (bits of `WAYS`) → rows.
    pub numbers: BTreeMap<u8, u64>,
    pub number_spans: [Option<Span<f64>>; WAYS.len()],
    pub whole: u64,
    pub padded: u64,
    pub decimals: usize,
    pub currencies: BTreeMap<&'static str, u64>,
    /// Rows with each of `SEPARATORS`.
    pub separated: [u64; SEPARATORS.len()],
    /// Letters in it: not a number, not a date of digits.
    pub wordy: u64,
}

impl Tally {
    pub fn new() -> Self {
        Self { values: Some(BTreeMap::new()), ..Self::default() }
    }

    /// A cell that stands in so many rows.
    pub fn add(&mut self, cell: &str, rows: u64) {
        let value = cell.trim();
        if value.is_empty() {
            self.empty += rows;
            return;
        }
        if is_mark(value) {
            *self.marks.entry(value.to_owned()).or_default() += rows;
            return;
        }
        self.known += rows;
        self.sketch.add(value, rows);
        self.keep(value, rows);
        let length = value.chars().count() as u64;
        Span::take(&mut self.lengths, length);
        self.characters += length * rows;
        self.spaces += value.split_whitespace().count().saturating_sub(1) as u64 * rows;
        self.wordy += u64::from(value.chars().any(char::is_alphabetic)) * rows;
        self.looks.add(value, rows);
        for (count, separator) in self.separated.iter_mut().zip(SEPARATORS) {
            *count += u64::from(value.contains(separator)) * rows;
        }
        self.add_date(value, rows);
        self.add_number(value, rows);
    }

    fn keep(&mut self, value: &str, rows: u64) {
        if let Some(values) = &mut self.values {
            *values.entry(value.to_owned()).or_default() += rows;
            if values.len() > MOST_VALUES || value.len() > LONGEST_VALUE {
                self.values = None;
            }
        }
        let pattern = pattern(value);
        if self.patterns.len() < MOST_PATTERNS || self.patterns.contains_key(&pattern) {
            *self.patterns.entry(pattern).or_default() += rows;
        }
    }

    fn add_date(&mut self, value: &str, rows: u64) {
        let read = dates::readings(value);
        if read.forms.is_empty() {
            return;
        }
        for (form, date) in &read.forms {
            Span::take(self.date_spans.entry(form.clone()).or_default(), *date);
        }
        let forms: Vec<String> = read.forms.into_iter().map(|(form, _)| form).collect();
        *self.dates.entry(forms).or_default() += rows;
    }

    fn add_number(&mut self, value: &str, rows: u64) {
        let Some(number) = numbers::number(value) else { return };
        *self.numbers.entry(number.ways).or_default() += rows;
        self.whole += u64::from(number.is_whole) * rows;
        self.padded += u64::from(number.is_padded) * rows;
        self.decimals = self.decimals.max(number.decimals);
        if let Some(currency) = number.currency {
            *self.currencies.entry(currency).or_default() += rows;
        }
        for (at, (span, value)) in self.number_spans.iter_mut().zip(number.values).enumerate() {
            if number.ways & (1 << at) != 0 {
                Span::take(span, value);
            }
        }
    }

    /// Rows in all.
    pub fn rows(&self) -> u64 {
        self.known + self.empty + self.marks.values().sum::<u64>()
    }

    /// The pattern that most values have, and its share.
    pub fn pattern(&self) -> Option<(&str, f64)> {
        let (pattern, rows) = self.patterns.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)))?;
        Some((pattern, *rows as f64 / self.known.max(1) as f64))
    }
}

/// The shape of a value without its length: `C-9…`.
fn pattern(value: &str) -> String {
    let whole = crate::contract::pattern_of(value);
    whole.rsplit_once(" (").map_or(whole.clone(), |(shape, _)| shape.to_owned())
}

/// Whether it stands for an unknown value in any column.
fn is_mark(value: &str) -> bool {
    const LONGEST: usize = 24;
    if value.len() > LONGEST {
        return false;
    }
    (value.len() >= 3 && value.bytes().all(|b| b == b'*')) || {
        let small = value.to_lowercase();
        WORDS.missing.contains(&small)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn marks_are_counted_apart() {
        let mut tally = Tally::new();
        for (cell, rows) in [("", 2), ("N/A", 3), ("*******", 1), ("---", 1), ("x", 4), (" x ", 1)] {
            tally.add(cell, rows);
        }
        assert_eq!((tally.known, tally.empty, tally.rows()), (5, 2, 12));
        assert_eq!(tally.marks.values().sum::<u64>(), 5);
        assert_eq!(tally.sketch.distinct(), (1, true));
    }

    proptest! {
        #[test]
        fn anything_can_be_counted(cells in proptest::collection::vec(("\\PC{0,30}", 1u64..9), 0..40)) {
            let mut tally = Tally::new();
            for (cell, rows) in &cells {
                tally.add(cell, *rows);
            }
            prop_assert_eq!(tally.rows(), cells.iter().map(|(_, rows)| rows).sum::<u64>());
        }
    }
}
