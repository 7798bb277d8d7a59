//! What a reader knows of one part of a table: numbers over periods and groups that add up, or bound each other.
//!
//! Where counts add up over time, the unknowns are the counts between two neighbouring dates at which any period begins
//! or ends: the year to date less the months before tells the last month, whether or not a month was asked for. Groups
//! add up to the group they are groups of. Where numbers do not add up (a client who comes in two months is one client of
//! the quarter), each is an unknown of its own, and what holds in the whole table is that a part is at most the whole, and
//! the whole at most the sum of its parts. Only relations that hold of the true numbers are taken as known.

use super::lines::Lines;
use super::places::one_by_one;
use super::sheet::Place;
use crate::measure::Group;
use std::collections::BTreeMap;

/// A number of the table: of a sheet of this release, or one told earlier.
#[derive(Debug, Clone)]
pub struct Given {
    pub place: Place,
    /// None where it was withheld earlier: then it is only known to be there.
    pub value: Option<i64>,
    /// It is of this release, so that it is complete beside the others of its breakdown.
    pub current: bool,
}

/// How the sides of a relation stand to each other: the terms add to 0, or to at most 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sense {
    Equal,
    AtMost,
}

/// A relation between unknowns.
#[derive(Debug, Clone)]
pub struct Relation {
    pub terms: Vec<(usize, i64)>,
    pub sense: Sense,
}

/// The unknowns, each 0 or more, and what is known of them whatever is published.
#[derive(Debug, Clone, Default)]
pub struct System {
    pub unknowns: usize,
    pub relations: Vec<Relation>,
    /// For every number given, the unknowns that add up to it.
    pub sums: Vec<Vec<usize>>,
    /// Unknowns that can be worked out where every number is published, with what they then are.
    pub derived: Vec<(usize, i64)>,
}

/// A number told earlier of which the truth is now another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restated {
    pub place: Place,
    pub told: i64,
    pub now: i64,
}

/// Sets numbers told earlier beside those of today, the latest of them first: those that still hold, and those that have
/// changed since. One that contradicts the others without being comparable tells nothing any more.
pub fn reconciled(current: &[Given], earlier: Vec<Given>) -> (Vec<Given>, Vec<Restated>) {
    let (mut hold, mut restated) = (Vec::new(), Vec::new());
    let mut lines = Lines::of(current).map(|lines| lines.lines);
    let known = lines.clone();
    let today: BTreeMap<&Place, Option<i64>> = current.iter().map(|given| (&given.place, given.value)).collect();
    for given in earlier {
        let place = &given.place;
        let Some(value) = &given.value else {
            // Of a place that is of this release too, this release decides what is known.
            if !today.contains_key(place) {
                hold.push(given);
            }
            continue;
        };
        let now = match &known {
            Some(lines) => lines.get(&place.group).and_then(|line| line.between(&place.start, &place.end)),
            None => today.get(place).copied().flatten(),
        };
        if let Some(now) = now.filter(|now| now != value) {
            restated.push(Restated { place: place.clone(), told: *value, now });
            continue;
        }
        if let Some(lines) = &mut lines {
            let mut line = lines.get(&place.group).cloned().unwrap_or_default();
            if !line.tie(&place.start, &place.end, *value) || !line.grows() {
                continue;
            }
            lines.insert(place.group.clone(), line);
        }
        hold.push(given);
    }
    (hold, restated)
}

pub(super) type Breakdown = Vec<String>;

pub(super) fn breakdown(group: &Group) -> Breakdown {
    group.0.iter().map(|(name, _)| name.clone()).collect()
}

/// Whether `part` is a group of `whole`.
pub(super) fn is_of(part: &Group, whole: &Group) -> bool {
    whole.0.iter().all(|pair| part.0.contains(pair))
}

impl System {
    pub fn new(given: &[Given]) -> Self {
        match Lines::of(given) {
            Some(lines) => lines.system(given),
            None => one_by_one(given),
        }
    }

    /// What a world says of a number given.
    pub fn sum(&self, at: usize, world: &[i64]) -> i64 {
        self.sums.get(at).map_or(0, |sum| sum.iter().filter_map(|unknown| world.get(*unknown)).sum())
    }
}

/// How numbers of parts stand to that of the whole, over every place where all are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Adding {
    /// Not to be seen.
    Unseen,
    Exact,
    /// The whole is at most the sum, and at least each part.
    Bounded,
    Neither,
}

impl Adding {
    pub(super) fn seen(self, whole: i64, parts: &[i64]) -> Self {
        let sum: i64 = parts.iter().sum();
        let most = parts.iter().copied().max().unwrap_or(0);
        match self {
            Self::Neither => Self::Neither,
            _ if most > whole || sum < whole => Self::Neither,
            Self::Unseen | Self::Exact if sum == whole => Self::Exact,
            _ => Self::Bounded,
        }
    }
}

/// The whole is at most the sum of its parts, and at least each of them.
pub(super) fn bound(system: &mut System, whole: &[usize], parts: impl Iterator<Item = Vec<usize>>) {
    let mut sum: Vec<(usize, i64)> = whole.iter().map(|u| (*u, 1)).collect();
    for part in parts {
        let at_most = part.iter().map(|u| (*u, 1)).chain(whole.iter().map(|u| (*u, -1))).collect();
        system.relations.push(Relation { terms: at_most, sense: Sense::AtMost });
        sum.extend(part.into_iter().map(|u| (u, -1)));
    }
    system.relations.push(Relation { terms: sum, sense: Sense::AtMost });
}
