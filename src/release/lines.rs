//! Numbers that add up over time: how many up to each date, as far as it can be told, and what groups add up to.

use super::sheet::Place;
use super::system::{
    Adding, Breakdown, Derived, Given, Part, Relation, Rule, Sense, System, bound, breakdown, few_together, is_of,
    is_unknown,
};
use crate::measure::Group;
use std::collections::{BTreeMap, BTreeSet};

/// Everything on the line of time of one group: how many up to each date, as far as it can be told.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    /// Date → (a date that stands for all that are tied to it, count from there to here).
    tied: BTreeMap<String, (String, i64)>,
}

impl Line {
    /// Ties two dates; `false` where they are tied already by another count.
    pub(super) fn tie(&mut self, start: &str, end: &str, count: i64) -> bool {
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
                root.clone_from(&from);
                *sum += shift;
            }
        }
        true
    }

    /// Whether a later date never has fewer behind it.
    pub(super) fn grows(&self) -> bool {
        let mut last: BTreeMap<&str, i64> = BTreeMap::new();
        self.tied.values().all(|(root, count)| last.insert(root, *count).is_none_or(|before| before <= *count))
    }

    /// Dates that are tied to each other with none between them that is, and the count from one to the other.
    pub(super) fn steps(&self) -> Vec<(&str, &str, i64)> {
        let mut last: BTreeMap<&str, (&str, i64)> = BTreeMap::new();
        let mut steps = Vec::new();
        for (date, (root, count)) in &self.tied {
            if let Some((before, so_far)) = last.insert(root, (date, *count)) {
                steps.push((before, date.as_str(), count - so_far));
            }
        }
        steps
    }

    /// What a time consists of: its steps, those of few people that follow on each other taken together; with how many units and
    /// how many people at least. Nothing where its steps do not fill it.
    pub(super) fn runs_of_few<'a>(
        &'a self,
        (from, to): (&str, &str),
        people: impl Fn(&str, &str, i64) -> Option<i64>,
        limit: i64,
    ) -> Vec<(&'a str, &'a str, i64, i64)> {
        let steps: Vec<_> = self.steps().into_iter().filter(|(start, end, _)| from <= *start && *end <= to).collect();
        let filled = steps.first().is_some_and(|step| step.0 == from)
            && steps.last().is_some_and(|step| step.1 == to)
            && steps.windows(2).all(|pair| pair[0].1 == pair[1].0);
        let mut runs: Vec<(&str, &str, i64, i64)> = Vec::new();
        for (start, end, n) in steps.into_iter().filter(|_| filled) {
            let of_step = people(start, end, n).unwrap_or(n);
            match runs.last_mut() {
                Some(run) if of_step < limit && run.3 < limit => {
                    let (_, _, units, before) = *run;
                    let least = people(run.0, end, units + n).unwrap_or(before.max(of_step));
                    *run = (run.0, end, units + n, least);
                }
                _ => runs.push((start, end, n, of_step)),
            }
        }
        runs
    }

    /// The count between two dates, where it can be told.
    pub(super) fn between(&self, start: &str, end: &str) -> Option<i64> {
        let ((from, before), (to, after)) = (self.tied.get(start)?, self.tied.get(end)?);
        (from == to).then_some(after - before)
    }
}

/// The lines of all groups, and the dates at which anything of a breakdown begins or ends.
pub(super) struct Lines {
    pub(super) lines: BTreeMap<Group, Line>,
    dates: BTreeMap<Breakdown, Vec<String>>,
}

impl Lines {
    /// `None` where the numbers do not add up over time.
    pub(super) fn of(given: &[Given]) -> Option<Self> {
        let mut lines: BTreeMap<Group, Line> = BTreeMap::new();
        let mut dates: BTreeMap<Breakdown, BTreeSet<String>> = BTreeMap::new();
        for Given { place, value, .. } in given {
            let line = lines.entry(place.group.clone()).or_default();
            if value.is_some_and(|value| !line.tie(&place.start, &place.end, value)) {
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

    pub(super) fn system(&self, given: &[Given], rule: Rule<'_>) -> System {
        let mut system = System::default();
        let mut first = BTreeMap::new();
        for group in self.lines.keys() {
            first.insert(group, system.unknowns);
            system.unknowns += self.dates(group).len().saturating_sub(1);
        }
        let span = |group: &Group, start: &str, end: &str| -> Vec<usize> {
            let (dates, first) = (self.dates(group), first.get(group).copied().unwrap_or(0));
            let position = |date: &str| dates.iter().position(|d| d == date).unwrap_or(0);
            (first + position(start)..first + position(end)).collect()
        };
        let coarse = told(given);
        for (group, line) in self.lines.iter().chain(&coarse) {
            for (start, end, n) in line.steps() {
                let people = rule.persons.of(&at(group, start, end), n);
                system.derived.push(Derived { sum: span(group, start, end), n, people });
            }
        }
        let steps = coarse
            .iter()
            .flat_map(|(group, line)| line.steps().into_iter().map(move |(start, end, n)| (at(group, start, end), n)));
        let known =
            given.iter().filter(|given| given.told).filter_map(|given| Some((given.place.clone(), given.value?)));
        let wholes: BTreeMap<Place, i64> = steps.chain(known).collect();
        for (place, n) in &wholes {
            let Some(line) = self.lines.get(&place.group) else { continue };
            let people = rule.persons.of(place, *n);
            let of = |start: &str, end: &str, n: i64| rule.persons.known(&at(&place.group, start, end), n);
            let steps = line.runs_of_few((&place.start, &place.end), of, rule.limit);
            let part = |(start, end, n, people): (&str, &str, i64, i64)| Part {
                sum: span(&place.group, start, end),
                value: Some(n),
                unknown: false,
                people,
            };
            let parts: Vec<Part> = steps.into_iter().map(part).collect();
            system.derived.extend(few_together(people, &parts, rule.limit));
        }
        system.sums = given.iter().map(|g| span(&g.place.group, &g.place.start, &g.place.end)).collect();
        let mut current: BTreeMap<&Group, BTreeSet<(&str, &str)>> = BTreeMap::new();
        for Given { place, .. } in given.iter().filter(|given| given.current) {
            current.entry(&place.group).or_default().insert((place.start.as_str(), place.end.as_str()));
        }
        for (whole, parts) in self.families() {
            let periods = parts.iter().filter_map(|part| current.get(part)).flatten().copied().collect();
            self.relate(&mut system, (&periods, rule), whole, &parts, &span);
        }
        system
    }

    /// Every group with its groups by each breakdown that is the next finer one.
    fn families(&self) -> Vec<(&Group, Vec<&Group>)> {
        let finer = |part: &Breakdown, whole: &Breakdown| {
            part.len() > whole.len() && whole.iter().all(|name| part.contains(name))
        };
        let mut by_breakdown: BTreeMap<Breakdown, Vec<&Group>> = BTreeMap::new();
        for group in self.lines.keys() {
            by_breakdown.entry(breakdown(group)).or_default().push(group);
        }
        let mut families = Vec::new();
        for whole in self.lines.keys() {
            let of = breakdown(whole);
            let parts_by = self.dates.keys().filter(|part| finer(part, &of));
            let next: Vec<&Breakdown> = parts_by
                .filter(|part| !self.dates.keys().any(|between| finer(between, &of) && finer(part, between)))
                .collect();
            for by in next {
                let groups = by_breakdown.get(by).into_iter().flatten();
                let parts: Vec<&Group> = groups.copied().filter(|group| is_of(group, whole)).collect();
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
        (periods, rule): (&BTreeSet<(&str, &str)>, Rule<'_>),
        whole: &Group,
        parts: &[&Group],
        span: &dyn Fn(&Group, &str, &str) -> Vec<usize>,
    ) {
        let between = |group: &Group, start: &str, end: &str| self.lines.get(group)?.between(start, end);
        let parts_between = |start: &str, end: &str| -> Vec<Part> {
            let part = |part: &&Group| {
                let value = between(part, start, end);
                Part {
                    sum: span(part, start, end),
                    value,
                    unknown: is_unknown(part, whole),
                    people: rule.persons.of(&at(part, start, end), value.unwrap_or(0)),
                }
            };
            parts.iter().map(part).collect()
        };
        let mut adding = Adding::Unseen;
        for (start, end) in periods {
            let Some(all) = between(whole, start, end) else { continue };
            let counts: Vec<i64> = parts.iter().filter_map(|part| between(part, start, end)).collect();
            adding = adding.seen(all, &counts);
        }
        match adding {
            Adding::Unseen => {}
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
                    system.relations.push(Relation { terms, sense, right: 0 });
                }
                let steps = self.lines.get(whole).map(Line::steps).unwrap_or_default();
                let times: BTreeSet<(&str, &str)> =
                    steps.iter().map(|(start, end, _)| (*start, *end)).chain(periods.iter().copied()).collect();
                for (start, end) in times {
                    let Some(all) = between(whole, start, end) else { continue };
                    let people = rule.persons.of(&at(whole, start, end), all);
                    system.derived.extend(few_together(people, &parts_between(start, end), rule.limit));
                }
            }
            Adding::Inexact => {
                for (start, end) in periods {
                    let all = between(whole, start, end);
                    let people = rule.persons.of(&at(whole, start, end), all.unwrap_or(0));
                    let parts = parts_between(start, end);
                    bound(system, &span(whole, start, end), (all, people), &parts, rule.limit);
                }
            }
        }
    }
}

/// The lines of what is told: the steps of these are left where it is taken from each other, whatever is withheld for being
/// small.
fn told(given: &[Given]) -> BTreeMap<Group, Line> {
    let mut lines: BTreeMap<Group, Line> = BTreeMap::new();
    for Given { place, value, .. } in given.iter().filter(|given| given.told) {
        if let Some(value) = value {
            lines.entry(place.group.clone()).or_default().tie(&place.start, &place.end, *value);
        }
    }
    lines
}

fn at(group: &Group, start: &str, end: &str) -> Place {
    Place { start: start.to_owned(), end: end.to_owned(), group: group.clone() }
}
