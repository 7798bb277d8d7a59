//! Sufficient statistics: what the engine hands over, by bucket of time and group. They add up.

use crate::statistics::change::PairedSums;
use crate::statistics::mean;
use std::collections::BTreeMap;

/// Where a unit stands in time, as the engine groups it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bucket {
    /// Days since 1970-01-01: the unit's day, or the first day of its month.
    Day(i64),
    /// A period by its label, where a unit belongs to periods and not to a day.
    Period(String),
}

/// One cell: the sums over its units.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sums {
    pub excluded: u64,
    pub unknown: u64,
    pub body: Body,
}

/// The sums by kind of metric.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Body {
    #[default]
    Empty,
    Count {
        events: u64,
        /// Unduplicated; not additive, so never added up.
        clients: u64,
    },
    Proportion {
        n: u64,
        met: u64,
    },
    Rate {
        events: u64,
        exposure_days: u64,
    },
    /// (days, outcome) → units.
    Duration(BTreeMap<(u32, String), u64>),
    Mean {
        sums: Moments,
        /// Value in steps of the metric's resolution → units.
        bins: BTreeMap<i64, u64>,
    },
    Change {
        /// Of the values before, of those after, and of after − before.
        pairs: [Moments; 3],
        improved: u64,
        deteriorated: u64,
        /// Pairs whose instrument has a known reliability.
        classified: u64,
    },
}

impl Sums {
    /// Adds another cell of the same kind.
    pub fn add(&mut self, other: &Self) {
        self.excluded += other.excluded;
        self.unknown += other.unknown;
        match (&mut self.body, &other.body) {
            (_, Body::Empty) => {}
            (mine @ Body::Empty, theirs) => *mine = theirs.clone(),
            (Body::Count { events, clients }, Body::Count { events: e, clients: c }) => {
                *events += e;
                *clients += c;
            }
            (Body::Proportion { n, met }, Body::Proportion { n: n2, met: m2 }) => {
                *n += n2;
                *met += m2;
            }
            (Body::Rate { events, exposure_days }, Body::Rate { events: e, exposure_days: d }) => {
                *events += e;
                *exposure_days += d;
            }
            (Body::Duration(mine), Body::Duration(theirs)) => {
                for (key, n) in theirs {
                    *mine.entry(key.clone()).or_default() += n;
                }
            }
            (Body::Mean { sums, bins }, Body::Mean { sums: s, bins: b }) => {
                sums.add(s);
                for (bin, count) in b {
                    *bins.entry(*bin).or_default() += count;
                }
            }
            (
                Body::Change { pairs, improved, deteriorated, classified },
                Body::Change { pairs: p, improved: i, deteriorated: d, classified: c },
            ) => {
                for (mine, theirs) in pairs.iter_mut().zip(p) {
                    mine.add(theirs);
                }
                *improved += i;
                *deteriorated += d;
                *classified += c;
            }
            // One metric has one kind, so two kinds never meet.
            _ => debug_assert!(false, "sums of two kinds"),
        }
    }
}

/// Decimals of a value, and of its square, that the engine keeps.
pub const PLACES: i8 = 6;

/// A decimal given in units of its last place.
pub fn decimal(units: i128, places: i8) -> f64 {
    units as f64 / 10f64.powi(i32::from(places))
}

/// A sum and a sum of squares, exact to the engine's decimals: they come out the same however the units were divided
/// among threads, months and groups.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moments {
    pub n: u64,
    /// In units of the last decimal kept.
    pub sum: i128,
    /// In units of the last decimal of a square.
    pub sum_of_squares: i128,
}

impl Moments {
    fn add(&mut self, other: &Self) {
        self.n += other.n;
        self.sum += other.sum;
        self.sum_of_squares += other.sum_of_squares;
    }

    pub fn sum(&self) -> f64 {
        decimal(self.sum, PLACES)
    }

    pub fn sum_of_squares(&self) -> f64 {
        decimal(self.sum_of_squares, 2 * PLACES)
    }
}

impl From<Moments> for mean::Sums {
    fn from(moments: Moments) -> Self {
        Self { n: moments.n, sum: moments.sum(), sum_of_squares: moments.sum_of_squares() }
    }
}

/// The sums of pairs, as the method takes them.
pub fn paired([before, after, difference]: &[Moments; 3]) -> PairedSums {
    PairedSums {
        n: difference.n,
        before: before.sum(),
        before_squared: before.sum_of_squares(),
        after: after.sum(),
        after_squared: after.sum_of_squares(),
        difference: difference.sum(),
        difference_squared: difference.sum_of_squares(),
    }
}
