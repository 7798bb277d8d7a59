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
    /// It is told, or was, unless it is withheld for another's sake.
    pub told: bool,
}

/// How the sides of a relation stand to each other: the terms add to a number, or to at most that.
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
    pub right: i64,
}

impl Relation {
    /// Whether it holds where the terms add up to this.
    pub fn holds(&self, sum: i64) -> bool {
        match self.sense {
            Sense::Equal => sum == self.right,
            Sense::AtMost => sum <= self.right,
        }
    }
}

/// The unknowns, each 0 or more, and what is known of them whatever is published.
#[derive(Debug, Clone, Default)]
pub struct System {
    pub unknowns: usize,
    pub relations: Vec<Relation>,
    /// For every number given, the unknowns that add up to it.
    pub sums: Vec<Vec<usize>>,
    /// What can be worked out where every number is published.
    pub derived: Vec<Derived>,
}

/// Unknowns of which the sum is told where every number is published.
#[derive(Debug, Clone)]
pub struct Derived {
    pub sum: Vec<usize>,
    pub n: i64,
    /// Whose the units are; as many where each is another's.
    pub people: i64,
}

/// Whose the units of each place are, where a client can have several: of the places that are told, and of what is left of
/// one without another.
#[derive(Debug, Clone, Default)]
pub struct Persons(BTreeMap<Place, i64>);

impl Persons {
    pub fn of_places(places: impl Iterator<Item = (Place, i64)>) -> Self {
        Self(places.collect())
    }

    /// The people of so many units; each has one of them at least.
    pub fn of(&self, place: &Place, units: i64) -> i64 {
        self.known(place, units).unwrap_or(units)
    }

    /// The same, where it is known.
    pub fn known(&self, place: &Place, units: i64) -> Option<i64> {
        self.0.get(place).map(|people| units.min(*people))
    }

    /// How many units more or less of a place are as many people as may be read, at least.
    pub fn least_apart(&self, place: &Place, units: i64, limit: i64) -> i64 {
        least_apart(self.of(place, units), units, limit)
    }
}

/// How many units more or less are those of as many people as may be read, if these have as many each as all have.
pub fn least_apart(people: i64, units: i64, limit: i64) -> i64 {
    let people = people.max(1);
    (limit * units.max(people) + people - 1) / people
}

/// What holds of every place: whose the units are, and from where on a number may be read.
#[derive(Debug, Clone, Copy)]
pub struct Rule<'a> {
    pub persons: &'a Persons,
    pub limit: i64,
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
    pub fn new(given: &[Given], rule: Rule<'_>) -> Self {
        match Lines::of(given) {
            Some(lines) => lines.system(given, rule),
            None => one_by_one(given, rule),
        }
    }

    /// What a world says of a number given.
    pub fn sum(&self, at: usize, world: &[i64]) -> i64 {
        self.sums.get(at).map_or(0, |sum| sum.iter().filter_map(|unknown| world.get(*unknown)).sum())
    }
}

/// Whether numbers of parts add up to that of the whole, in every place where all are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Adding {
    /// Not to be seen.
    Unseen,
    Exact,
    /// Not everywhere.
    Inexact,
}

impl Adding {
    pub(super) fn seen(self, whole: i64, parts: &[i64]) -> Self {
        match self {
            Self::Unseen | Self::Exact if parts.iter().sum::<i64>() == whole => Self::Exact,
            _ => Self::Inexact,
        }
    }
}

/// A group as its whole's part: the unknowns that add up to it, what they truly are, and whether it is of those of whom the
/// value is not known.
pub(super) struct Part {
    pub sum: Vec<usize>,
    pub value: Option<i64>,
    pub unknown: bool,
    /// Whose the units are.
    pub people: i64,
}

/// The parts of a whole that are of few people each, all together, where a reader may take them to be of few too: all of them
/// are withheld, and the others and the whole tell what they add up to.
pub(super) fn few_together(whole: i64, parts: &[Part], limit: i64) -> Option<Derived> {
    let few: Vec<&Part> = parts.iter().filter(|part| part.people < limit && part.value.unwrap_or(0) > 0).collect();
    // Whoever is in several parts is counted in each.
    let twice = (parts.iter().map(|part| part.people).sum::<i64>() - whole).max(0);
    let together = few.iter().map(|part| part.people).sum::<i64>() - twice;
    let people = few.iter().map(|part| part.people).max()?.max(together);
    let n = few.iter().filter_map(|part| part.value).sum();
    let sum = few.iter().flat_map(|part| &part.sum).copied().collect();
    (few.len() > 1 && people < limit && n >= limit).then_some(Derived { sum, n, people })
}

/// Whether the group is of those of whom what sets it apart from the others of the whole is not known.
pub(super) fn is_unknown(part: &Group, whole: &Group) -> bool {
    part.0.iter().any(|pair| pair.1.is_none() && !whole.0.contains(pair))
}

/// What is known of a whole and its parts, as far as it holds of the true numbers: the whole is at most the sum of its parts,
/// and at least each of them.
///
/// Where hardly anybody is in two parts, a reader has no reason to think that anybody is: that all less the others is about the
/// answer is taken as knowing by how much it is not. Who is of no known value is in no other part. And whoever is not in a
/// part is a number of its own.
pub(super) fn bound(
    system: &mut System,
    whole: &[usize],
    (value, people): (Option<i64>, i64),
    parts: &[Part],
    limit: i64,
) {
    let of_whole = |factor: i64| whole.iter().map(move |u| (*u, factor));
    let of_part = |part: &Part, factor: i64| part.sum.iter().map(move |u| (*u, factor)).collect::<Vec<_>>();
    let all_parts = || parts.iter().flat_map(|part| of_part(part, -1));
    let Some((all, sum)) = value.zip(parts.iter().map(|part| part.value).sum::<Option<i64>>()) else {
        return;
    };
    let overlap = sum - all;
    if (0..limit).contains(&overlap) {
        let terms = of_whole(1).chain(all_parts()).collect();
        system.relations.push(Relation { terms, sense: Sense::Equal, right: -overlap });
    } else if overlap > 0 {
        let terms = of_whole(1).chain(all_parts()).collect();
        system.relations.push(Relation { terms, sense: Sense::AtMost, right: 0 });
    }
    let unknown = parts.iter().find(|part| part.unknown);
    for part in parts {
        let n = part.value.unwrap_or(0);
        let beside = unknown.filter(|unknown| !part.unknown && n + unknown.value.unwrap_or(0) <= all);
        // At least so many people have a unit that is not in the part.
        let without = people - part.people;
        if overlap > 0 && n < all && without < limit {
            apart(system, &of_whole(1).chain(of_part(part, -1)).collect::<Vec<_>>(), (all - n, without.max(1)));
        } else if n <= all {
            let others = beside.iter().flat_map(|unknown| of_part(unknown, 1));
            let terms = of_part(part, 1).into_iter().chain(others).chain(of_whole(-1)).collect();
            system.relations.push(Relation { terms, sense: Sense::AtMost, right: 0 });
        }
    }
}

/// Makes what the terms add up to an unknown of its own: with all of them published, everybody can tell it.
pub(super) fn apart(system: &mut System, terms: &[(usize, i64)], (n, people): (i64, i64)) {
    let difference = unknown_apart(system, terms);
    system.derived.push(Derived { sum: vec![difference], n, people });
}

/// The same where nobody knows here what it is.
pub(super) fn unknown_apart(system: &mut System, terms: &[(usize, i64)]) -> usize {
    let difference = system.unknowns;
    system.unknowns += 1;
    let terms = terms.iter().copied().chain([(difference, -1)]).collect();
    system.relations.push(Relation { terms, sense: Sense::Equal, right: 0 });
    difference
}
