//! Worlds that differ from a known one only near the number that matters.
//!
//! In a large table a number is open because a few others near it may be otherwise: another group, the rest of the quarter, the
//! next program. There they are looked for first, with everything farther away as it is in a world that is known. Where
//! a number's whole neighbourhood was looked at, nothing farther away has to do with it.

use super::system::{Relation, System};
use super::world::{Binding, Search, Wish, World, agrees, search};
use std::collections::{BTreeMap, BTreeSet};

/// How a world differs from the known one: unknowns, in order, and what they are.
pub type Changes = Vec<(usize, i64)>;

/// A world that agrees with all that is known when everything is published, and what of the system each unknown is in.
pub struct Near {
    base: World,
    relations: Vec<Vec<usize>>,
    numbers: Vec<Vec<usize>>,
}

/// What a search near a number found.
pub enum Sought {
    Found {
        changes: Changes,
        /// Which numbers that may be withheld must be for it.
        deviating: Vec<usize>,
    },
    /// There is no such world.
    Impossible,
    /// None near by, or none was found and none was ruled out.
    Unclear,
}

impl Near {
    /// `None` where no world agrees with these bindings, or none was found.
    pub fn of(system: &System, published: &[Binding]) -> Option<Self> {
        let Search::Found { world: base, .. } = search(system, published, &[], Wish::AtLeast(0)) else { return None };
        let mut relations = vec![Vec::new(); system.unknowns];
        for (at, relation) in system.relations.iter().enumerate() {
            for (unknown, _) in &relation.terms {
                if let Some(of) = relations.get_mut(*unknown) {
                    of.push(at);
                }
            }
        }
        let mut numbers = vec![Vec::new(); system.unknowns];
        for (at, sum) in system.sums.iter().enumerate() {
            for unknown in sum {
                if let Some(of) = numbers.get_mut(*unknown) {
                    of.push(at);
                }
            }
        }
        Some(Self { base, relations, numbers })
    }

    /// What an unknown is in a world.
    pub fn value(&self, changes: &Changes, unknown: usize) -> i64 {
        match changes.binary_search_by_key(&unknown, |(unknown, _)| *unknown) {
            Ok(at) => changes.get(at).map_or(0, |(_, n)| *n),
            Err(_) => self.base.get(unknown).copied().unwrap_or(0),
        }
    }

    /// What unknowns add up to in a world.
    pub fn sum(&self, changes: &Changes, sum: &[usize]) -> i64 {
        sum.iter().map(|unknown| self.value(changes, *unknown)).sum()
    }

    /// The numbers in which any of the changed unknowns is.
    pub fn numbers(&self, changes: &Changes) -> BTreeSet<usize> {
        changes.iter().filter_map(|(unknown, _)| self.numbers.get(*unknown)).flatten().copied().collect()
    }

    /// Whether the known world agrees with these bindings, added up.
    pub fn base_agrees(&self, system: &System, bindings: &[Binding]) -> bool {
        agrees(system, bindings, &self.base)
    }

    /// Whether the changed world agrees too: where the known one does, only what holds a changed unknown can differ.
    pub fn agrees(&self, system: &System, bindings: &[Binding], changes: &Changes) -> bool {
        let relations: BTreeSet<usize> =
            changes.iter().filter_map(|(unknown, _)| self.relations.get(*unknown)).flatten().copied().collect();
        changes.iter().all(|(unknown, n)| *n >= 0 && *unknown < system.unknowns)
            && relations.iter().filter_map(|at| system.relations.get(*at)).all(|relation| {
                let terms = relation.terms.iter();
                relation.holds(terms.map(|(unknown, factor)| factor * self.value(changes, *unknown)).sum())
            })
            && self.numbers(changes).iter().all(|at| {
                let sum = system.sums.get(*at).map_or(0, |sum| self.sum(changes, sum));
                bindings.get(*at).is_none_or(|binding| binding.holds(sum))
            })
    }

    /// The cheapest world in which the sum is as wished, among those that differ in at most so many of the nearest unknowns.
    pub fn search(
        &self,
        system: &System,
        binding: &dyn Fn(usize) -> Binding,
        sum: &[usize],
        wish: Wish,
        most: usize,
    ) -> Sought {
        if wish.holds(self.sum(&Changes::new(), sum)) {
            return Sought::Found { changes: Changes::new(), deviating: Vec::new() };
        }
        let (near, is_all) = self.neighbourhood(system, binding, sum, most);
        let place: BTreeMap<usize, usize> = near.iter().enumerate().map(|(at, unknown)| (*unknown, at)).collect();
        let base = |unknown: usize| self.base.get(unknown).copied().unwrap_or(0);
        let of_near = |of: &[Vec<usize>]| -> BTreeSet<usize> {
            near.iter().filter_map(|unknown| of.get(*unknown)).flatten().copied().collect()
        };
        let mut part = System { unknowns: near.len(), ..System::default() };
        for relation in of_near(&self.relations).iter().filter_map(|at| system.relations.get(*at)) {
            let (mut terms, mut right) = (Vec::new(), relation.right);
            for (unknown, factor) in &relation.terms {
                match place.get(unknown) {
                    Some(at) => terms.push((*at, *factor)),
                    None => right -= factor * base(*unknown),
                }
            }
            part.relations.push(Relation { terms, sense: relation.sense, right });
        }
        let numbers: Vec<usize> = of_near(&self.numbers).into_iter().collect();
        let mut bindings = Vec::new();
        for number in &numbers {
            let (mut inside, mut rest) = (Vec::new(), 0);
            for unknown in system.sums.get(*number).into_iter().flatten() {
                match place.get(unknown) {
                    Some(at) => inside.push(*at),
                    None => rest += base(*unknown),
                }
            }
            part.sums.push(inside);
            bindings.push(binding(*number).less(rest));
        }
        let (mut wished, mut rest) = (Vec::new(), 0);
        for unknown in sum {
            match place.get(unknown) {
                Some(at) => wished.push(*at),
                None => rest += base(*unknown),
            }
        }
        match search(&part, &bindings, &wished, wish.less(rest)) {
            Search::Found { world, deviating } => {
                let mut changes: Changes = near.into_iter().zip(world).filter(|(of, n)| *n != base(*of)).collect();
                changes.sort_unstable();
                let deviating = deviating.into_iter().filter_map(|at| numbers.get(at).copied()).collect();
                Sought::Found { changes, deviating }
            }
            Search::Impossible if is_all => Sought::Impossible,
            _ => Sought::Unclear,
        }
    }

    /// The unknowns that are not fixed, the nearest first, and whether they are all that have to do with the sum.
    fn neighbourhood(
        &self,
        system: &System,
        binding: &dyn Fn(usize) -> Binding,
        sum: &[usize],
        most: usize,
    ) -> (Vec<usize>, bool) {
        let sums = |number: &usize| system.sums.get(*number).map_or(&[][..], Vec::as_slice);
        let is_fixed = |unknown: usize| {
            let mut numbers = self.numbers.get(unknown).into_iter().flatten();
            numbers.any(|number| sums(number) == [unknown] && matches!(binding(*number), Binding::Known(_)))
        };
        let (mut near, mut seen) = (Vec::new(), BTreeSet::new());
        let mut take = |unknown: usize, near: &mut Vec<usize>| {
            if seen.insert(unknown) && !is_fixed(unknown) {
                near.push(unknown);
            }
        };
        for unknown in sum {
            take(*unknown, &mut near);
        }
        let mut at = 0;
        while let Some(unknown) = near.get(at).copied() {
            if near.len() >= most {
                return (near, false);
            }
            let relations = self.relations.get(unknown).into_iter().flatten();
            for relation in relations.filter_map(|at| system.relations.get(*at)) {
                for (other, _) in &relation.terms {
                    take(*other, &mut near);
                }
            }
            for number in self.numbers.get(unknown).into_iter().flatten() {
                for other in sums(number) {
                    take(*other, &mut near);
                }
            }
            at += 1;
        }
        (near, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::system::Sense;
    use proptest::prelude::*;

    const COLUMNS: usize = 4;
    const ROWS: usize = 3;

    /// A table of counts with its totals, and which of its numbers are withheld.
    fn table() -> impl Strategy<Value = (Vec<i64>, Vec<bool>)> {
        let numbers = ROWS * COLUMNS + ROWS + COLUMNS + 1;
        let counts = proptest::collection::vec(0i64..30, ROWS * COLUMNS);
        (counts, proptest::collection::vec(any::<bool>(), numbers))
    }

    /// Every cell and every total is an unknown of its own, tied by relations, as numbers that do not add up over time are.
    fn system(counts: &[i64]) -> (System, Vec<i64>) {
        let cell = |row: usize, column: usize| row * COLUMNS + column;
        let (of_row, of_column) = (ROWS * COLUMNS, ROWS * COLUMNS + ROWS);
        let all = of_column + COLUMNS;
        let mut system = System { unknowns: all + 1, ..System::default() };
        let mut tie = |parts: Vec<usize>, whole: usize| {
            let terms = parts.into_iter().map(|part| (part, 1)).chain([(whole, -1)]).collect();
            system.relations.push(Relation { terms, sense: Sense::Equal, right: 0 });
        };
        for row in 0..ROWS {
            tie((0..COLUMNS).map(|column| cell(row, column)).collect(), of_row + row);
        }
        for column in 0..COLUMNS {
            tie((0..ROWS).map(|row| cell(row, column)).collect(), of_column + column);
        }
        tie((of_row..of_column).collect(), all);
        tie((of_column..all).collect(), all);
        system.sums = (0..=all).map(|unknown| vec![unknown]).collect();
        let mut truth = counts.to_vec();
        truth.extend((0..ROWS).map(|row| (0..COLUMNS).map(|column| counts[cell(row, column)]).sum::<i64>()));
        truth.extend((0..COLUMNS).map(|column| (0..ROWS).map(|row| counts[cell(row, column)]).sum::<i64>()));
        truth.push(counts.iter().sum());
        (system, truth)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// What is found near by is a world, and where nothing is left to look at there is one just where there is one at all.
        #[test]
        fn near_by_is_the_same_as_anywhere((counts, withheld) in table(), at in 0..ROWS * COLUMNS, by in 1i64..12) {
            let (system, truth) = system(&counts);
            let published: Vec<Binding> = truth.iter().map(|n| Binding::Known(*n)).collect();
            let bindings: Vec<Binding> = truth
                .iter()
                .zip(&withheld)
                .map(|(n, withheld)| if *withheld { Binding::Withheld { at_least: 0, at_most: None } } else { Binding::Known(*n) })
                .collect();
            let near = Near::of(&system, &published).expect("the truth is a world");
            prop_assert!(near.base_agrees(&system, &published));
            let binding = |number: usize| bindings[number];
            for wish in [Wish::AtLeast(truth[at] + by), Wish::AtMost(truth[at] - by)] {
                let anywhere = search(&system, &bindings, &[at], wish);
                let sought = near.search(&system, &binding, &[at], wish, usize::MAX);
                prop_assert_eq!(matches!(anywhere, Search::Found { .. }), matches!(sought, Sought::Found { .. }));
                prop_assert_eq!(matches!(anywhere, Search::Impossible), matches!(sought, Sought::Impossible));
                for most in [2, 6, usize::MAX] {
                    if let Sought::Found { changes, .. } = near.search(&system, &binding, &[at], wish, most) {
                        let world: World = (0..system.unknowns).map(|unknown| near.value(&changes, unknown)).collect();
                        prop_assert!(wish.holds(world[at]) && agrees(&system, &bindings, &world));
                        prop_assert!(near.agrees(&system, &bindings, &changes));
                        // A world is told from one that is none.
                        let wrong: Changes = vec![(at, truth[at] + 1)];
                        let world: World = (0..system.unknowns).map(|unknown| near.value(&wrong, unknown)).collect();
                        prop_assert_eq!(near.agrees(&system, &bindings, &wrong), agrees(&system, &bindings, &world));
                    }
                }
            }
        }
    }
}
