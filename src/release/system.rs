//! What a reader knows of one part of a table: numbers over periods and groups that add up, or bound each other.
//!
//! Where counts add up over time, the unknowns are the counts between two neighbouring dates at which any period begins
//! or ends: the year to date less the months before tells the last month, whether or not a month was asked for. Groups
//! add up to the group they are groups of. Where numbers do not add up (a client who comes in two months is one client of
//! the quarter), each is an unknown of its own, and what holds in the whole table is that a part is at most the whole, and
//! the whole at most the sum of its parts. Only relations that hold of the true numbers are taken as known.

use super::sheet::Place;
use crate::measure::Group;
use std::collections::{BTreeMap, BTreeSet};

/// A number of the table: of a sheet of this release, or one told earlier.
#[derive(Debug, Clone)]
pub struct Given {
    pub place: Place,
    pub value: i64,
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
    let today: BTreeMap<&Place, i64> = current.iter().map(|given| (&given.place, given.value)).collect();
    for given in earlier {
        let Given { place, value, .. } = &given;
        let now = match &known {
            Some(lines) => lines.get(&place.group).and_then(|line| line.between(&place.start, &place.end)),
            None => today.get(place).copied(),
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

type Breakdown = Vec<String>;

fn breakdown(group: &Group) -> Breakdown {
    group.0.iter().map(|(name, _)| name.clone()).collect()
}

/// Whether `part` is a group of `whole`.
fn is_of(part: &Group, whole: &Group) -> bool {
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
enum Adding {
    /// Not to be seen.
    Unseen,
    Exact,
    /// The whole is at most the sum, and at least each part.
    Bounded,
    Neither,
}

impl Adding {
    fn seen(self, whole: i64, parts: &[i64]) -> Self {
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

// ---- numbers that add up over time

/// Everything on the line of time of one group: how many up to each date, as far as it can be told.
#[derive(Debug, Clone, Default)]
struct Line {
    /// Date → (a date that stands for all that are tied to it, count from there to here).
    tied: BTreeMap<String, (String, i64)>,
}

impl Line {
    /// Ties two dates; `false` where they are tied already by another count.
    fn tie(&mut self, start: &str, end: &str, count: i64) -> bool {
        for date in [start, end] {
            self.tied.entry(date.to_owned()).or_insert_with(|| (date.to_owned(), 0));
        }
        let (Some((from, before)), Some((to, after))) = (self.tied.get(start).cloned(), self.tied.get(end).cloned())
        else {
            return false;
        };
        if from == to {
            return after - before == count;
        }
        let shift = before + count - after;
        for (root, sum) in self.tied.values_mut() {
            if *root == to {
                *root = from.clone();
                *sum += shift;
            }
        }
        true
    }

    /// Whether a later date never has fewer behind it.
    fn grows(&self) -> bool {
        let mut last: BTreeMap<&str, i64> = BTreeMap::new();
        self.tied.values().all(|(root, count)| last.insert(root, *count).is_none_or(|before| before <= *count))
    }

    /// The count between two dates, where it can be told.
    fn between(&self, start: &str, end: &str) -> Option<i64> {
        let ((from, before), (to, after)) = (self.tied.get(start)?, self.tied.get(end)?);
        (from == to).then_some(after - before)
    }
}

/// The lines of all groups, and the dates at which anything of a breakdown begins or ends.
struct Lines {
    lines: BTreeMap<Group, Line>,
    dates: BTreeMap<Breakdown, Vec<String>>,
}

impl Lines {
    /// `None` where the numbers do not add up over time.
    fn of(given: &[Given]) -> Option<Self> {
        let mut lines: BTreeMap<Group, Line> = BTreeMap::new();
        let mut dates: BTreeMap<Breakdown, BTreeSet<String>> = BTreeMap::new();
        for Given { place, value, .. } in given {
            if !lines.entry(place.group.clone()).or_default().tie(&place.start, &place.end, *value) {
                return None;
            }
            dates.entry(breakdown(&place.group)).or_default().extend([place.start.clone(), place.end.clone()]);
        }
        if lines.values().any(|line| !line.grows()) {
            return None;
        }
        // The whole is cut wherever its parts are.
        let all: Vec<Breakdown> = dates.keys().cloned().collect();
        for whole in &all {
            let of_parts: BTreeSet<String> = all
                .iter()
                .filter(|part| part.len() > whole.len() && whole.iter().all(|name| part.contains(name)))
                .filter_map(|part| dates.get(part))
                .flatten()
                .cloned()
                .collect();
            dates.entry(whole.clone()).or_default().extend(of_parts);
        }
        Some(Self {
            lines,
            dates: dates.into_iter().map(|(name, dates)| (name, dates.into_iter().collect())).collect(),
        })
    }

    fn dates(&self, group: &Group) -> &[String] {
        self.dates.get(&breakdown(group)).map_or(&[], Vec::as_slice)
    }

    fn system(&self, given: &[Given]) -> System {
        let mut system = System::default();
        let mut first = BTreeMap::new();
        for (group, line) in &self.lines {
            first.insert(group, system.unknowns);
            for (i, pair) in self.dates(group).windows(2).enumerate() {
                if let [start, end] = pair
                    && let Some(count) = line.between(start, end)
                {
                    system.derived.push((system.unknowns + i, count));
                }
            }
            system.unknowns += self.dates(group).len().saturating_sub(1);
        }
        let span = |group: &Group, start: &str, end: &str| -> Vec<usize> {
            let (dates, first) = (self.dates(group), first.get(group).copied().unwrap_or(0));
            let at = |date: &str| dates.iter().position(|d| d == date).unwrap_or(0);
            (first + at(start)..first + at(end)).collect()
        };
        system.sums = given.iter().map(|g| span(&g.place.group, &g.place.start, &g.place.end)).collect();
        for (whole, parts) in self.families() {
            self.relate(&mut system, given, whole, &parts, &span);
        }
        system
    }

    /// Every group with its groups by each breakdown that is the next finer one.
    fn families(&self) -> Vec<(&Group, Vec<&Group>)> {
        let finer = |part: &Breakdown, whole: &Breakdown| {
            part.len() > whole.len() && whole.iter().all(|name| part.contains(name))
        };
        let mut families = Vec::new();
        for whole in self.lines.keys() {
            let of = breakdown(whole);
            let parts_by = self.dates.keys().filter(|part| finer(part, &of));
            let next: Vec<&Breakdown> = parts_by
                .filter(|part| !self.dates.keys().any(|between| finer(between, &of) && finer(part, between)))
                .collect();
            for by in next {
                let parts: Vec<&Group> =
                    self.lines.keys().filter(|group| breakdown(group) == *by && is_of(group, whole)).collect();
                if !parts.is_empty() {
                    families.push((whole, parts));
                }
            }
        }
        families
    }

    /// Adds what is known of a group and its groups by one breakdown.
    fn relate(
        &self,
        system: &mut System,
        given: &[Given],
        whole: &Group,
        parts: &[&Group],
        span: &dyn Fn(&Group, &str, &str) -> Vec<usize>,
    ) {
        let periods: BTreeSet<(&str, &str)> = given
            .iter()
            .filter(|g| g.current && parts.contains(&&g.place.group))
            .map(|g| (g.place.start.as_str(), g.place.end.as_str()))
            .collect();
        let mut adding = Adding::Unseen;
        for (start, end) in &periods {
            let Some(all) = self.lines.get(whole).and_then(|line| line.between(start, end)) else { continue };
            let counts: Vec<i64> = parts.iter().filter_map(|part| self.lines.get(*part)?.between(start, end)).collect();
            adding = adding.seen(all, &counts);
        }
        match adding {
            Adding::Unseen | Adding::Neither => {}
            Adding::Exact => {
                let dates = parts.first().map_or(&[][..], |part| self.dates(part));
                for pair in dates.windows(2) {
                    let [start, end] = pair else { continue };
                    let inside = periods.iter().any(|(from, to)| *from <= start.as_str() && end.as_str() <= *to);
                    let of_whole = span(whole, start, end);
                    let of_parts = parts.iter().flat_map(|part| span(part, start, end));
                    let terms = of_parts.map(|u| (u, 1)).chain(of_whole.into_iter().map(|u| (u, -1))).collect();
                    // Of a time told earlier not every group need have been told.
                    let sense = if inside { Sense::Equal } else { Sense::AtMost };
                    system.relations.push(Relation { terms, sense });
                }
            }
            Adding::Bounded => {
                for (start, end) in &periods {
                    let of_whole = span(whole, start, end);
                    bound(system, &of_whole, parts.iter().map(|part| span(part, start, end)));
                }
            }
        }
    }
}

/// The whole is at most the sum of its parts, and at least each of them.
fn bound(system: &mut System, whole: &[usize], parts: impl Iterator<Item = Vec<usize>>) {
    let mut sum: Vec<(usize, i64)> = whole.iter().map(|u| (*u, 1)).collect();
    for part in parts {
        let at_most = part.iter().map(|u| (*u, 1)).chain(whole.iter().map(|u| (*u, -1))).collect();
        system.relations.push(Relation { terms: at_most, sense: Sense::AtMost });
        sum.extend(part.into_iter().map(|u| (u, -1)));
    }
    system.relations.push(Relation { terms: sum, sense: Sense::AtMost });
}

// ---- numbers that do not

/// Each place is an unknown; numbers given twice for a place are one.
fn one_by_one(given: &[Given]) -> System {
    let mut places: BTreeMap<&Place, (usize, i64)> = BTreeMap::new();
    // What is told now is the truth of a place.
    let mut ordered: Vec<&Given> = given.iter().collect();
    ordered.sort_by_key(|given| !given.current);
    for Given { place, value, .. } in ordered {
        let next = places.len();
        places.entry(place).or_insert((next, *value));
    }
    let mut system = System { unknowns: places.len(), ..System::default() };
    system.sums =
        given.iter().map(|g| places.get(&g.place).map(|(unknown, _)| *unknown).into_iter().collect()).collect();
    let current: BTreeSet<&Place> = given.iter().filter(|g| g.current).map(|g| &g.place).collect();
    over_time(&mut system, &places);
    over_groups(&mut system, &places, &current);
    system
}

/// A period is at least each period in it, and at most the sum of those that fill it.
fn over_time(system: &mut System, places: &BTreeMap<&Place, (usize, i64)>) {
    let mut groups: BTreeMap<&Group, Vec<(&Place, usize, i64)>> = BTreeMap::new();
    for (place, (unknown, value)) in places {
        groups.entry(&place.group).or_default().push((place, *unknown, *value));
    }
    let inside = |part: &Place, whole: &Place| part != whole && whole.start <= part.start && part.end <= whole.end;
    let (mut nested, mut filled, mut holds) = (Vec::new(), Vec::new(), true);
    for of_group in groups.values() {
        for (whole, all, value) in of_group {
            let mut at = whole.start.as_str();
            let (mut sum, mut terms) = (0, vec![(*all, 1)]);
            for (part, unknown, n) in of_group.iter().filter(|(part, ..)| inside(part, whole)) {
                holds &= n <= value;
                nested.push(Relation { terms: vec![(*unknown, 1), (*all, -1)], sense: Sense::AtMost });
                // Shortest first from each date: places are sorted by start and end.
                if part.start == at {
                    at = part.end.as_str();
                    sum += n;
                    terms.push((*unknown, -1));
                }
            }
            if at == whole.end {
                holds &= sum >= *value;
                filled.push(Relation { terms, sense: Sense::AtMost });
            }
        }
    }
    if holds {
        system.relations.extend(nested.into_iter().chain(filled));
    }
}

/// A group and its groups, at the same period.
fn over_groups(system: &mut System, places: &BTreeMap<&Place, (usize, i64)>, current: &BTreeSet<&Place>) {
    let breakdowns: BTreeSet<Breakdown> = current.iter().map(|place| breakdown(&place.group)).collect();
    for by in &breakdowns {
        for of in &breakdowns {
            let finer = by.len() > of.len() && of.iter().all(|name| by.contains(name));
            let between = |other: &Breakdown| {
                other != by
                    && other != of
                    && by.len() > other.len()
                    && other.len() > of.len()
                    && of.iter().all(|name| other.contains(name))
                    && other.iter().all(|name| by.contains(name))
            };
            if !finer || breakdowns.iter().any(between) {
                continue;
            }
            let wholes: Vec<&&Place> = current.iter().filter(|place| breakdown(&place.group) == *of).collect();
            let parts_of = |whole: &Place| -> Vec<(usize, i64)> {
                current
                    .iter()
                    .filter(|part| part.start == whole.start && part.end == whole.end)
                    .filter(|part| breakdown(&part.group) == *by && is_of(&part.group, &whole.group))
                    .filter_map(|part| places.get(*part).copied())
                    .collect()
            };
            let families: Vec<((usize, i64), Vec<(usize, i64)>)> = wholes
                .iter()
                .filter_map(|whole| Some((places.get(**whole).copied()?, parts_of(whole))))
                .filter(|(_, parts)| !parts.is_empty())
                .collect();
            let adding = families.iter().fold(Adding::Unseen, |adding, ((_, all), parts)| {
                adding.seen(*all, &parts.iter().map(|(_, n)| *n).collect::<Vec<_>>())
            });
            for ((whole, _), parts) in &families {
                match adding {
                    Adding::Unseen | Adding::Neither => {}
                    Adding::Exact => {
                        let terms = parts.iter().map(|(u, _)| (*u, 1)).chain([(*whole, -1)]).collect();
                        system.relations.push(Relation { terms, sense: Sense::Equal });
                    }
                    Adding::Bounded => bound(system, &[*whole], parts.iter().map(|(u, _)| vec![*u])),
                }
            }
        }
    }
}
