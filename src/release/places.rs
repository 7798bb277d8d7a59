//! Numbers that do not add up over time, such as different clients: each place is an unknown of its own.

use super::sheet::Place;
use super::system::{
    Adding, Breakdown, Given, Part, Relation, Rule, Sense, System, apart, bound, breakdown, few_together, is_of,
    is_unknown, unknown_apart,
};
use crate::measure::Group;
use std::collections::{BTreeMap, BTreeSet};

/// The unknown of a place, and what it truly is, where that is known here.
type Number = (usize, Option<i64>);

/// Each place is an unknown; numbers given twice for a place are one.
pub(super) fn one_by_one(given: &[Given], rule: Rule<'_>) -> System {
    let mut places: BTreeMap<&Place, Number> = BTreeMap::new();
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
    over_time(&mut system, &places, &current, rule.limit);
    over_groups(&mut system, &places, &current, rule);
    system
}

/// A period is at least each period in it, and at most the sum of those that fill it, as far as that holds of the true
/// numbers. Who came in the rest of a period and not in the part that is known too, is a number of its own: those new to the
/// year since last month's report. Where last month's number was withheld nobody knows here how many these are, but what is
/// told of the others may tell: few who are new to all, less those who are new to the groups shown.
fn over_time(system: &mut System, places: &BTreeMap<&Place, Number>, current: &BTreeSet<&Place>, limit: i64) {
    let mut groups: BTreeMap<&Group, Vec<(&Place, Number)>> = BTreeMap::new();
    for (place, number) in places {
        groups.entry(&place.group).or_default().push((place, *number));
    }
    let inside = |part: &Place, whole: &Place| part != whole && whole.start <= part.start && part.end <= whole.end;
    for of_group in groups.values() {
        for (whole, (all, value)) in of_group {
            let mut at = whole.start.as_str();
            let (mut sum, mut terms) = (Some(0), vec![(*all, 1)]);
            for (part, (unknown, n)) in of_group.iter().filter(|(part, ..)| inside(part, whole)) {
                let rest = value.zip(*n).map(|(value, n)| value - n);
                match rest {
                    Some(rest) if (1..limit).contains(&rest) => {
                        apart(system, &[(*all, 1), (*unknown, -1)], (rest, rest));
                    }
                    // Changed since it was told.
                    Some(..0) => {}
                    None if n.is_none() && part.start == whole.start && current.contains(whole) => {
                        unknown_apart(system, &[(*all, 1), (*unknown, -1)]);
                    }
                    _ => {
                        let terms = vec![(*unknown, 1), (*all, -1)];
                        system.relations.push(Relation { terms, sense: Sense::AtMost, right: 0 });
                    }
                }
                // Shortest first from each date: places are sorted by start and end.
                if part.start == at {
                    at = part.end.as_str();
                    sum = sum.zip(*n).map(|(sum, n)| sum + n);
                    terms.push((*unknown, -1));
                }
            }
            if at == whole.end && sum.zip(*value).is_none_or(|(sum, value)| sum >= value) {
                system.relations.push(Relation { terms, sense: Sense::AtMost, right: 0 });
            }
        }
    }
}

/// Groups that add up now did so in the periods of earlier editions, where some of them were withheld: which of them are new
/// since then is bounded by how many of all are.
fn told_before(
    system: &mut System,
    places: &BTreeMap<&Place, Number>,
    current: &BTreeSet<&Place>,
    (of, by): (&Breakdown, &Breakdown),
) {
    let earlier = AtOnce::of(places.keys().copied().filter(|place| !current.contains(*place)));
    for whole in earlier.by(of) {
        let Some((all, value)) = places.get(whole) else { continue };
        let parts: Vec<&Number> = earlier.parts(whole, by).into_iter().filter_map(|part| places.get(part)).collect();
        let (Some(value), false) = (value, parts.is_empty()) else { continue };
        let known: i64 = parts.iter().filter_map(|(_, n)| *n).sum();
        let complete = parts.iter().all(|(_, n)| n.is_some());
        // Of editions that were made from different records it need not hold.
        let holds = if complete { known == *value } else { known <= *value };
        if holds {
            let terms = parts.iter().map(|(part, _)| (*part, 1)).chain([(*all, -1)]).collect();
            system.relations.push(Relation { terms, sense: Sense::Equal, right: 0 });
        }
    }
}

/// Places by what they are groups by, and their period.
struct AtOnce<'a>(BTreeMap<Breakdown, BTreeMap<(&'a str, &'a str), Vec<&'a Place>>>);

impl<'a> AtOnce<'a> {
    fn of(places: impl Iterator<Item = &'a Place>) -> Self {
        let mut all: BTreeMap<Breakdown, BTreeMap<(&str, &str), Vec<&Place>>> = BTreeMap::new();
        for place in places {
            let by = all.entry(breakdown(&place.group)).or_default();
            by.entry((place.start.as_str(), place.end.as_str())).or_default().push(place);
        }
        Self(all)
    }

    fn by(&self, breakdown: &Breakdown) -> impl Iterator<Item = &'a Place> {
        self.0.get(breakdown).into_iter().flat_map(BTreeMap::values).flatten().copied()
    }

    /// The groups of a group by that breakdown, at its period.
    fn parts(&self, whole: &Place, by: &Breakdown) -> Vec<&'a Place> {
        let period = (whole.start.as_str(), whole.end.as_str());
        let at_once = self.0.get(by).and_then(|by| by.get(&period)).into_iter().flatten();
        at_once.copied().filter(|part| is_of(&part.group, &whole.group)).collect()
    }
}

/// A group and its groups, at the same period.
fn over_groups(system: &mut System, places: &BTreeMap<&Place, Number>, current: &BTreeSet<&Place>, rule: Rule<'_>) {
    let at_once = AtOnce::of(current.iter().copied());
    let breakdowns: BTreeSet<Breakdown> = at_once.0.keys().cloned().collect();
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
            let parts_of = |whole: &Place| -> Vec<Part> {
                let part = |part: &Place| {
                    let (unknown, value) = places.get(part).copied()?;
                    let people = rule.persons.of(part, value.unwrap_or(0));
                    Some(Part { sum: vec![unknown], value, unknown: is_unknown(&part.group, &whole.group), people })
                };
                at_once.parts(whole, by).into_iter().filter_map(part).collect()
            };
            let families: Vec<(&Place, Number, Vec<Part>)> = at_once
                .by(of)
                .filter_map(|whole| Some((whole, places.get(whole).copied()?, parts_of(whole))))
                .filter(|(_, _, parts)| !parts.is_empty())
                .collect();
            let adding = families.iter().fold(Adding::Unseen, |adding, (_, (_, all), parts)| {
                adding.seen(all.unwrap_or(0), &parts.iter().filter_map(|part| part.value).collect::<Vec<_>>())
            });
            if adding == Adding::Exact {
                told_before(system, places, current, (of, by));
            }
            for (place, (whole, value), parts) in &families {
                let people = rule.persons.of(place, value.unwrap_or(0));
                match adding {
                    Adding::Unseen => {}
                    Adding::Exact => {
                        let terms =
                            parts.iter().flat_map(|part| &part.sum).map(|u| (*u, 1)).chain([(*whole, -1)]).collect();
                        system.relations.push(Relation { terms, sense: Sense::Equal, right: 0 });
                        system.derived.extend(few_together(people, parts, rule.limit));
                    }
                    Adding::Inexact => bound(system, &[*whole], (*value, people), parts, rule.limit),
                }
            }
        }
    }
}
