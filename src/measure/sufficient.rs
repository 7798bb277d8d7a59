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
    /// Value in steps of the metric's resolution → the sums of the values that round to it. Kept apart until they are
    /// added up in order, since the engine hands them over in whichever order its threads finish.
    Mean(BTreeMap<i64, mean::Sums>),
    Change {
        pairs: PairedSums,
        improved: u64,
        deteriorated: u64,
        /// Pairs whose instrument has a known reliability.
        classified: u64,
    },
}

impl Sums {
    /// Adds another cell of the same kind. Called in the order of buckets, so that sums of floats are the same twice.
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
            (Body::Mean(mine), Body::Mean(theirs)) => {
                for (bin, sums) in theirs {
                    add_values(mine.entry(*bin).or_default(), sums);
                }
            }
            (
                Body::Change { pairs, improved, deteriorated, classified },
                Body::Change { pairs: p, improved: i, deteriorated: d, classified: c },
            ) => {
                pairs.n += p.n;
                pairs.before += p.before;
                pairs.after += p.after;
                pairs.before_squared += p.before_squared;
                pairs.after_squared += p.after_squared;
                pairs.difference += p.difference;
                pairs.difference_squared += p.difference_squared;
                *improved += i;
                *deteriorated += d;
                *classified += c;
            }
            // One metric has one kind, so two kinds never meet.
            _ => debug_assert!(false, "sums of two kinds"),
        }
    }
}

/// Adds the values behind `other` to those behind `sums`.
pub fn add_values(sums: &mut mean::Sums, other: &mean::Sums) {
    sums.n += other.n;
    sums.sum += other.sum;
    sums.sum_of_squares += other.sum_of_squares;
}
