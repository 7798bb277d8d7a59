//! The release of estimates and record counts to an audience.

use super::{Audience, Released};
use crate::measure::{Estimate, Note, Statistic};

/// Releases estimates. For an audience outside the agency, an estimate that rests on, or gives away, a count from
/// 1 to `small_cell` − 1 (its numerator, denominator or their difference, its events, its people at risk) is withheld whole.
pub fn release(estimates: Vec<Estimate>, audience: Audience, small_cell: u32) -> Vec<Released<Estimate>> {
    estimates
        .into_iter()
        .map(|estimate| {
            let outside = audience != Audience::Internal;
            Released(if outside && gives_away(&estimate, small_cell) { withheld(estimate) } else { estimate })
        })
        .collect()
}

/// A count of records (not of people) by what happened to them.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RecordCount {
    pub label: String,
    /// `None` where withheld.
    pub count: Option<u64>,
}

/// Releases counts of records, such as those set aside by reason.
pub fn release_records(counts: Vec<RecordCount>, audience: Audience, small_cell: u32) -> Vec<Released<RecordCount>> {
    counts
        .into_iter()
        .map(|mut record| {
            if audience != Audience::Internal {
                record.count = record.count.filter(|n| !is_small(*n as f64, small_cell));
            }
            Released(record)
        })
        .collect()
}

fn is_small(count: f64, small_cell: u32) -> bool {
    count > 0.0 && count < f64::from(small_cell)
}

fn gives_away(estimate: &Estimate, small_cell: u32) -> bool {
    let count =
        matches!(estimate.statistic, Statistic::Events | Statistic::Clients).then_some(estimate.estimate).flatten();
    let events = estimate.events.map(|n| n as f64);
    // A rate's denominator is time, not people; its events stand in its numerator.
    let people = estimate.denominator.filter(|_| estimate.statistic != Statistic::Rate);
    let rest = people.and_then(|n| estimate.numerator.or(events).map(|x| n - x));
    [
        count,
        events,
        estimate.numerator,
        people,
        rest,
        estimate.at_risk.map(|n| n as f64),
        estimate.censored.map(|n| n as f64),
    ]
    .into_iter()
    .flatten()
    .any(|n| is_small(n, small_cell))
        || [estimate.unknown, estimate.excluded].into_iter().flatten().any(|n| is_small(n as f64, small_cell))
}

/// The estimate without any number.
fn withheld(estimate: Estimate) -> Estimate {
    Estimate {
        estimate: None,
        lower: None,
        upper: None,
        numerator: None,
        denominator: None,
        at_risk: None,
        events: None,
        censored: None,
        unknown: None,
        excluded: None,
        status: None,
        note: Some(Note::Withheld),
        ..estimate
    }
}
