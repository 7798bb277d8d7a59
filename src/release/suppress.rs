//! The release of estimates and record counts to an audience.

use super::{Audience, Released};
use crate::measure::{Estimate, Note, Statistic};

/// Releases estimates. For an audience outside the agency, an estimate that rests on, or gives away, a count from
/// 1 to `small_cell` − 1 is withheld whole: a number that stands in it, or one that follows from those that do.
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

/// A share of records, such as those of a program that are plausible.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RecordShare {
    pub label: String,
    /// How many of how many; `None` where withheld.
    pub good_of: Option<(u64, u64)>,
}

/// Releases shares of one kind that are shown together: those of the parts, and last the one of all.
///
/// For an audience outside the agency a share is withheld that stands on, or leaves, a count from 1 to `small_cell` − 1.
/// Where a single part is withheld, so is the smallest other one: else it would follow from all less the others.
pub fn release_shares(shares: Vec<RecordShare>, audience: Audience, small_cell: u32) -> Vec<Released<RecordShare>> {
    let mut shares = shares;
    if audience != Audience::Internal {
        for share in &mut shares {
            share.good_of = share.good_of.filter(|(good, of)| {
                let counts = [*good, *of, of.saturating_sub(*good)];
                !counts.into_iter().any(|n| is_small(n as f64, small_cell))
            });
        }
        if let Some((all, parts)) = shares.split_last_mut()
            && all.good_of.is_some()
            && parts.iter().filter(|part| part.good_of.is_none()).count() == 1
        {
            let smallest = parts.iter_mut().filter(|part| part.good_of.is_some()).min_by_key(|part| part.good_of);
            smallest.unwrap_or(all).good_of = None;
        }
    }
    shares.into_iter().map(Released).collect()
}

fn is_small(count: f64, small_cell: u32) -> bool {
    count > 0.0 && count < f64::from(small_cell)
}

fn gives_away(estimate: &Estimate, small_cell: u32) -> bool {
    counts(estimate).into_iter().flatten().any(|n| is_small(n, small_cell))
}

/// Every count that stands in the estimate or follows from what stands in it.
///
/// The parts of a whole are enough: where a sum of parts is small, one of the parts is.
fn counts(estimate: &Estimate) -> Vec<Option<f64>> {
    let whole = |n: Option<u64>| n.map(|n| n as f64);
    let (events, censored, at_risk) = (whole(estimate.events), whole(estimate.censored), whole(estimate.at_risk));
    let counted = matches!(estimate.statistic, Statistic::Events | Statistic::Clients);
    // A rate's denominator is time: who was there for less than so many months was fewer than so many people, or a few
    // for a while. The difference of time and events means nothing.
    let people = estimate.denominator.filter(|_| estimate.statistic != Statistic::Rate);
    let rest = people.and_then(|n| estimate.numerator.or(events).map(|x| n - x));
    // Neither at risk nor out of sight: over before the day, in whichever way; and without the events, in another way.
    // Events of the day itself blur the last number, which is withheld all the same.
    let over = people.zip(censored).map(|(n, censored)| n - censored - at_risk.unwrap_or(0.0));
    let otherwise = over.zip(events).map(|(over, events)| over - events);
    vec![
        estimate.estimate.filter(|_| counted),
        estimate.numerator,
        estimate.denominator,
        rest,
        events,
        censored,
        at_risk,
        over,
        otherwise,
        whole(estimate.unknown),
        whole(estimate.excluded),
    ]
}

/// The estimate without any number.
fn withheld(estimate: Estimate) -> Estimate {
    Estimate { status: None, ..estimate.without_values(Note::Withheld) }
}
