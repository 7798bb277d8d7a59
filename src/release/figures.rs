//! The release of estimates: all that one audience is told at a time, judged together and beside what was told before.

use super::ledger::{Figure, Ledger, figure};
use super::policy::Policy;
use super::protect::{Decision, Why, protect};
use super::sheet::{Layer, Place, Sheet, TableKey, place, tables};
use super::{Audience, Released};
use crate::measure::{Estimate, Note, Statistic};
use serde::Serialize;
use std::collections::BTreeMap;

/// What was released, and an account of what was not.
#[derive(Debug)]
pub struct Release {
    pub figures: Vec<Released<Estimate>>,
    pub account: Account,
    /// What is told by it, to be kept in the ledger.
    pub told: Vec<Figure>,
}

/// How many figures were withheld, and why. A figure is what is told of one metric in one period of one group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Figures that somebody asked for, with a number in them.
    pub figures: usize,
    /// Withheld: they rest on few people.
    pub small: usize,
    /// Withheld: a small number could be worked out from them.
    pub linked: usize,
    /// Withheld: they differ by a few people from what was told before.
    pub restated: usize,
    /// Withheld: their table could not be made safe in parts.
    pub whole_tables: usize,
    /// Small numbers that follow from what was told earlier, which cannot be taken back.
    pub exposed: usize,
}

impl Account {
    /// All that were withheld.
    #[must_use]
    pub fn withheld(&self) -> usize {
        self.small + self.linked + self.restated + self.whole_tables
    }

    fn count(&mut self, sheets: &[Sheet], decision: &Decision) {
        self.figures += sheets.iter().filter(|sheet| !sheet.is_empty()).count();
        self.exposed += decision.exposed;
        for why in decision.withheld.values() {
            match why {
                Why::Small => self.small += 1,
                Why::Linked => self.linked += 1,
                Why::Restated => self.restated += 1,
                Why::WholeTable => self.whole_tables += 1,
            }
        }
    }
}

/// Releases estimates that are told together, to an audience that was told nothing before.
#[must_use]
pub fn release(estimates: Vec<Estimate>, audience: Audience, small_cell: u32) -> Vec<Released<Estimate>> {
    release_beside(estimates, Policy::new(audience, small_cell), &Ledger::default()).figures
}

/// Releases estimates that are told together, for an audience that has been told what stands in the ledger.
#[must_use]
pub fn release_beside(estimates: Vec<Estimate>, policy: Policy, ledger: &Ledger) -> Release {
    if !policy.is_outside() {
        let figures = estimates.into_iter().map(Released).collect();
        return Release { figures, account: Account::default(), told: Vec::new() };
    }
    let mut account = Account::default();
    let mut told = Vec::new();
    let mut withheld: BTreeMap<(TableKey, Place), Why> = BTreeMap::new();
    for (table, sheets) in tables(&estimates) {
        let decision = protect(&sheets, &ledger.of(&table), policy);
        if table.layer == Layer::Figures {
            account.count(&sheets, &decision);
        }
        for (i, sheet) in sheets.into_iter().enumerate() {
            let why = decision.withheld.get(&i);
            told.push(figure(&table, &sheet, why.is_some()));
            if let Some(why) = why {
                withheld.insert((table.clone(), sheet.place), *why);
            }
        }
    }
    let is_withheld = |estimate: &Estimate, layer: Layer| {
        let table = TableKey { metric: estimate.metric.clone(), version: estimate.version.clone(), layer };
        withheld.contains_key(&(table, place(estimate)))
    };
    let figures = estimates
        .into_iter()
        .map(|mut estimate| {
            // Who is out of sight, and who still waits, is no one's business outside; a median's events are not in its sheet.
            let (unknown, excluded) = (is_withheld(&estimate, Layer::Unknown), is_withheld(&estimate, Layer::Excluded));
            if is_withheld(&estimate, Layer::Figures) {
                estimate = Estimate { status: None, ..estimate.without_values(Note::Withheld) };
            } else {
                estimate.at_risk = None;
                estimate.censored = None;
                estimate.unknown = estimate.unknown.filter(|_| !unknown);
                estimate.excluded = estimate.excluded.filter(|_| !excluded);
                if matches!(estimate.statistic, Statistic::MedianDays | Statistic::RestrictedMeanDays) {
                    estimate.events = None;
                }
            }
            Released(estimate)
        })
        .collect();
    Release { figures, account, told }
}
