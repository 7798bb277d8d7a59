//! The release of estimates: all that one audience is told at a time, judged together and beside what was told before.

use super::ledger::{Figure, Ledger, figure};
use super::nesting::Nesting;
use super::policy::Policy;
use super::protect::{Why, protect};
use super::sheet::{Layer, Place, TableKey, place, tables};
use super::{Audience, Released};
use crate::measure::{Estimate, Note, Statistic};
use serde::Serialize;
use std::collections::BTreeSet;

/// What was released of everything that was judged together.
#[derive(Debug)]
pub struct Release {
    pub figures: Vec<Released<Estimate>>,
    decided: Vec<Decided>,
    exposed: usize,
}

/// What was decided of a sheet.
#[derive(Debug)]
struct Decided {
    told: Figure,
    is_empty: bool,
    why: Option<Why>,
}

/// What readers are told, and an account of what they are not.
#[derive(Debug, Default)]
pub struct Telling {
    pub account: Account,
    /// To be kept in the ledger.
    pub told: Vec<Figure>,
}

impl Release {
    /// What is told where all of it is shown.
    #[must_use]
    pub fn of_all(&self) -> Telling {
        self.of(0..self.figures.len())
    }

    /// What is told where only those of its figures are shown: the others were judged with them, and are told another time.
    #[must_use]
    pub fn of(&self, shown: impl IntoIterator<Item = usize>) -> Telling {
        let sheet = |figure: &Figure| (figure.metric.clone(), figure.version.clone(), figure.place());
        let shown: BTreeSet<(String, String, Place)> = shown
            .into_iter()
            .filter_map(|at| self.figures.get(at))
            .map(|estimate| (estimate.metric.clone(), estimate.version.clone(), place(estimate)))
            .collect();
        let decided = self.decided.iter().filter(|decided| shown.contains(&sheet(&decided.told)));
        let mut telling =
            Telling { account: Account { exposed: self.exposed, ..Account::default() }, told: Vec::new() };
        for decided in decided {
            if decided.told.layer == Layer::Figures {
                telling.account.count(decided);
            }
            telling.told.push(decided.told.clone());
        }
        telling
    }
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

    fn count(&mut self, decided: &Decided) {
        self.figures += usize::from(!decided.is_empty);
        match decided.why {
            None => {}
            Some(Why::Small) => self.small += 1,
            Some(Why::Linked) => self.linked += 1,
            Some(Why::Restated) => self.restated += 1,
            Some(Why::WholeTable) => self.whole_tables += 1,
        }
    }
}

/// Releases estimates that are told together, to an audience that was told nothing before.
#[must_use]
pub fn release(estimates: Vec<Estimate>, audience: Audience, small_cell: u32) -> Vec<Released<Estimate>> {
    release_beside(estimates, &[], Policy::new(audience, small_cell), &Ledger::default(), &Nesting::default()).figures
}

/// Releases estimates that are told together, for an audience that has been told what stands in the ledger. `rest` are those of
/// what is left of one without another, as [`rest_of`](super::rest_of) asks for them: whose the units are there.
#[must_use]
pub fn release_beside(
    estimates: Vec<Estimate>,
    rest: &[Estimate],
    policy: Policy,
    ledger: &Ledger,
    nesting: &Nesting,
) -> Release {
    if !policy.is_outside() {
        let figures = estimates.into_iter().map(Released).collect();
        return Release { figures, decided: Vec::new(), exposed: 0 };
    }
    let (mut decided, mut exposed) = (Vec::new(), 0);
    let mut withheld: BTreeSet<(TableKey, Place)> = BTreeSet::new();
    let rest = tables(rest);
    for (table, sheets) in tables(&estimates) {
        let rest = rest.get(&table).map_or(&[][..], Vec::as_slice);
        let decision = protect(&sheets, rest, &ledger.of(&table), policy, nesting);
        if table.layer == Layer::Figures {
            exposed += decision.exposed;
        }
        for (i, sheet) in sheets.into_iter().enumerate() {
            let why = decision.withheld.get(&i).copied();
            decided.push(Decided { told: figure(&table, &sheet, why.is_some()), is_empty: sheet.is_empty(), why });
            if why.is_some() {
                withheld.insert((table.clone(), sheet.place));
            }
        }
    }
    let is_withheld = |estimate: &Estimate, layer: Layer| {
        let table = TableKey { metric: estimate.metric.clone(), version: estimate.version.clone(), layer };
        withheld.contains(&(table, place(estimate)))
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
                let told = |n: &u64| policy.zeros_shown || *n > 0;
                estimate.unknown = estimate.unknown.filter(|n| !unknown && told(n));
                estimate.excluded = estimate.excluded.filter(|n| !excluded && told(n));
                estimate.people = None;
                coarsen(&mut estimate);
                if matches!(estimate.statistic, Statistic::MedianDays | Statistic::RestrictedMeanDays) {
                    estimate.events = None;
                }
            }
            Released(estimate)
        })
        .collect();
    Release { figures, decided, exposed }
}

/// Limits in full tell, with the count of units and the method, how many people have several of them and how many of each
/// did: so outside they are told in two digits of the interval's width, which is about as they are printed.
///
/// And no number's last digits tell in which order it was added up.
fn coarsen(estimate: &mut Estimate) {
    const DIGITS: f64 = 1e12;
    estimate.estimate = estimate.estimate.map(|value| in_steps(value, DIGITS));
    if estimate.statistic == Statistic::EffectSize {
        estimate.estimate = estimate.estimate.map(|value| in_steps(value, 100.0));
    }
    let Some((lower, upper)) = estimate.lower.zip(estimate.upper) else { return };
    let width = upper - lower;
    if !(width > 0.0 && width.is_finite()) {
        return;
    }
    let of_one = 10_f64.powi(1 - width.log10().floor() as i32);
    let between = |lower: f64, upper: f64| {
        let value = estimate.estimate;
        (Some(value.map_or(lower, |value| lower.min(value))), Some(value.map_or(upper, |value| upper.max(value))))
    };
    (estimate.lower, estimate.upper) = between(in_steps(lower, of_one), in_steps(upper, of_one));
}

/// The nearest of so many steps of one.
fn in_steps(value: f64, of_one: f64) -> f64 {
    (value * of_one).round() / of_one
}
