//! A past month that is not what an earlier report said, for an audience.
//!
//! Two values of one month are two releases of one table: what lies between them are the records that came late, and
//! readers outside the agency must not be told of one person by subtraction.

use super::ledger::Ledger;
use super::policy::Policy;
use super::records::told_of_records;
use super::sheet::{Layer, place, tables};
use super::{Audience, Released};
use crate::measure::{Estimate, Moved, PeriodLabel, Statistic};
use std::collections::{BTreeMap, BTreeSet};

/// One month of a metric, then and now, before it is released.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// By the present definition, on the records of then and of now.
    pub then: Estimate,
    pub now: Estimate,
    /// The same as released to this audience, each in its own report.
    pub then_released: Option<Released<Estimate>>,
    pub now_released: Option<Released<Estimate>>,
    /// By table; none where the records of then and now cannot be told apart.
    pub records: Option<BTreeMap<String, Moved>>,
}

/// One month of a metric that was restated.
#[derive(Debug, Clone, PartialEq)]
pub struct Restatement {
    pub metric: String,
    pub period: PeriodLabel,
    /// Then and now; none where only that it was restated may be said.
    pub values: Option<(Estimate, Estimate)>,
    pub records: Option<Records>,
}

/// How many records made the difference, as counts of records are told; a number is `None` where withheld.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    pub late: Option<u64>,
    pub changed: Option<u64>,
    pub gone: Option<u64>,
    /// Inside the agency only.
    pub by_table: BTreeMap<String, Moved>,
}

/// Of figures by today's definitions on earlier records, those that readers outside were told then: nothing that was
/// withheld from them comes out because it is out of date. Inside the agency all are.
pub fn told_before(estimates: Vec<Estimate>, policy: Policy, ledger: &Ledger) -> Vec<Option<Released<Estimate>>> {
    if !policy.is_outside() {
        return estimates.into_iter().map(|estimate| Some(Released(estimate))).collect();
    }
    let mut told = BTreeSet::new();
    for (table, sheets) in tables(&estimates).into_iter().filter(|(table, _)| table.layer == Layer::Figures) {
        let before = ledger.of(&table);
        for sheet in sheets {
            if before.iter().any(|(place, parts)| *place == sheet.place && sheet.is_told_by(parts)) {
                told.insert((table.metric.clone(), sheet.place));
            }
        }
    }
    let released = estimates.into_iter().map(|estimate| {
        let was_told = told.contains(&(estimate.metric.clone(), place(&estimate)));
        // As they were released: without what is no one's business outside.
        let counts_of_figures = Estimate { at_risk: None, censored: None, unknown: None, excluded: None, ..estimate };
        was_told.then_some(Released(counts_of_figures))
    });
    released.collect()
}

/// What may be said of the months that were restated; those that were not are left out.
///
/// Outside the agency values are given only if both were released and every count behind them is the same or differs by
/// at least `small_cell`; and of a value that is no share, only if so many more or fewer stand behind it.
pub fn release_restatements(
    comparisons: Vec<Comparison>,
    audience: Audience,
    small_cell: u32,
) -> Vec<Released<Restatement>> {
    let outside = audience.is_outside();
    let restated = comparisons.into_iter().filter(|c| is_restated(&c.then, &c.now));
    restated
        .map(|comparison| {
            let shown = |released: &Option<Released<Estimate>>| {
                let value = released.as_ref().map(|e| e.get().clone()).filter(|e| e.estimate.is_some());
                value.map(|e| Estimate { at_risk: None, censored: None, unknown: None, excluded: None, ..e })
            };
            let values = if outside {
                shown(&comparison.then_released)
                    .zip(shown(&comparison.now_released))
                    .filter(|(then, now)| are_apart(then, now, people_of_each(&comparison.now), small_cell))
            } else {
                Some((comparison.then, comparison.now.clone()))
            };
            let records = comparison.records.map(|by_table| {
                let mut sum = Moved::default();
                for moved in by_table.values() {
                    sum += *moved;
                }
                let told = |n: u64| told_of_records(n, audience, small_cell);
                Records {
                    late: told(sum.late),
                    changed: told(sum.changed),
                    gone: told(sum.gone),
                    by_table: if outside { BTreeMap::new() } else { by_table },
                }
            });
            let Estimate { metric, period, .. } = comparison.now;
            Released(Restatement { metric, period, values, records })
        })
        .collect()
}

/// Whether a month's value, or a count behind it, is another one. What was not collected then was never stated.
pub fn is_restated(then: &Estimate, now: &Estimate) -> bool {
    use crate::measure::Note::NotCollected;
    const ROUNDING: f64 = 1e-12;
    let same = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= ROUNDING * a.abs().max(b.abs()),
        (a, b) => a.is_none() && b.is_none(),
    };
    let stated = ![then, now].iter().any(|estimate| estimate.note == Some(NotCollected));
    stated
        && !(same(then.estimate, now.estimate)
            && then.numerator == now.numerator
            && then.denominator == now.denominator)
}

/// How many people there are for each unit: whose the units are that came late is not known, and taken to be as of all.
fn people_of_each(estimate: &Estimate) -> f64 {
    let units = estimate.denominator.or(estimate.events.map(|n| n as f64)).or(estimate.estimate);
    match (estimate.people, units) {
        (Some(people), Some(units)) if units > 0.0 => (people.all as f64 / units).min(1.0),
        _ => 1.0,
    }
}

/// Whether no difference between two values is about a few.
fn are_apart(then: &Estimate, now: &Estimate, people_of_each: f64, small_cell: u32) -> bool {
    let apart = counts(then).into_iter().zip(counts(now)).all(|pair| match pair {
        (None, None) => true,
        (Some(a), Some(b)) => {
            let apart = (a - b).abs();
            apart <= 0.0 || apart * people_of_each >= f64::from(small_cell)
        }
        _ => false,
    });
    let counted = matches!(now.statistic, Statistic::Events | Statistic::Clients) || now.statistic.is_share();
    // A mean over as many as before says how much the few changed who did.
    apart && (counted || then.denominator != now.denominator)
}

/// What is counted in the value of an estimate, and what follows from that. The table shows no other count.
fn counts(estimate: &Estimate) -> [Option<f64>; 5] {
    let whole = |n: Option<u64>| n.map(|n| n as f64);
    let counted = matches!(estimate.statistic, Statistic::Events | Statistic::Clients);
    let part = estimate.numerator.or(whole(estimate.events));
    [
        estimate.estimate.filter(|_| counted),
        estimate.numerator,
        estimate.denominator,
        estimate.denominator.zip(part).map(|(all, part)| all - part),
        whole(estimate.events),
    ]
}
