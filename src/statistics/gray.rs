//! Whether groups reach one way out equally, when there are others: Gray's test (1988) for K groups.
//!
//! The log-rank test compares how fast those still waiting leave; this compares the shares that get there ([`super::aalen_johansen`]).
//! Whoever left another way stays in the risk set, with a weight: `R = Y·(1 − F)/S` just before each time. Spells in, chi-square out; weights
//! of the test are all 1 (ρ = 0), and its variance, ties included, is that of R's `cmprsk`.

use super::{
    distributions::chi_square_upper,
    log_rank::{GroupEvents, quadratic_form},
    survival::{Clock, Moment, RiskTable, Spell},
};

/// The test's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Gray {
    /// Chi-square.
    pub statistic: f64,
    /// Groups that take part, less one.
    pub degrees_of_freedom: usize,
    pub p_value: f64,
    /// In the order given; expected are the events of the cause were all groups alike, 0 for a group that takes no part.
    pub groups: Vec<GroupEvents>,
}

/// One group at one time.
#[derive(Debug, Clone, Copy)]
struct Place {
    at_risk: f64,
    /// Events of the cause, and of the others.
    own: f64,
    others: f64,
    /// Share still waiting just before and just after.
    before: f64,
    after: f64,
    /// Share that had got there by the cause just before.
    reached: f64,
}

impl Place {
    /// Those at risk over the share still waiting, at the start of the time.
    fn weight(&self) -> f64 {
        if self.at_risk > 0.0 { self.at_risk / self.before } else { 0.0 }
    }
}

/// One time with an event of any cause in any group.
struct Instant {
    places: Vec<Place>,
    /// Events of the cause in all groups.
    own: f64,
    /// Sum of the groups' weights.
    weight: f64,
    /// Share reached by the cause in all groups taken as one, before and after.
    before: f64,
    after: f64,
}

/// Compares how two or more groups reach a cause (counted from 0); all other causes are taken together.
///
/// A group without events of the cause is legal; one never at risk when any happened takes no part, and the degrees of freedom are fewer.
/// `None` when fewer than two groups take part, with delayed entry, which the test does not know, and where the variance cannot tell the
/// groups apart.
pub fn gray(groups: &[&[Spell]], cause: usize) -> Option<Gray> {
    if groups.iter().copied().flatten().any(|spell| spell.entry.is_some()) {
        return None;
    }
    let clock = Clock::of(groups.iter().copied().flatten());
    let tables: Vec<RiskTable> = groups.iter().map(|spells| RiskTable::with_clock(spells, cause + 1, &clock)).collect();
    let instants = instants(&tables, cause);
    let at_own = |group: usize| instants.iter().any(|instant| instant.own > 0.0 && instant.places[group].at_risk > 0.0);
    let part: Vec<usize> = (0..groups.len()).filter(|group| at_own(*group)).collect();
    let (_, tested) = part.split_first().filter(|(_, others)| !others.is_empty())?;

    let mut observed = vec![0.0; groups.len()];
    let mut expected = vec![0.0; groups.len()];
    for instant in &instants {
        let risk: Vec<f64> = instant.places.iter().map(|place| place.weight() * (1.0 - place.reached)).collect();
        let total: f64 = risk.iter().sum();
        for (group, place) in instant.places.iter().enumerate() {
            observed[group] += place.own;
            expected[group] += if instant.own > 0.0 { instant.own * risk[group] / total } else { 0.0 };
        }
    }
    let variance = variance(&instants, groups.len(), tested);
    let difference: Vec<f64> = tested.iter().map(|&group| observed[group] - expected[group]).collect();
    let statistic = quadratic_form(variance, &difference).filter(|statistic| statistic.is_finite())?;
    let degrees_of_freedom = tested.len();
    let groups = tables
        .iter()
        .zip(observed.iter().zip(&expected))
        .map(|(table, (observed, expected))| GroupEvents {
            spells: table.spells,
            observed: *observed as u64,
            expected: *expected,
        })
        .collect();
    Some(Gray {
        statistic,
        degrees_of_freedom,
        p_value: chi_square_upper(statistic, degrees_of_freedom as f64),
        groups,
    })
}

/// Every time with an event, with what each group and all together had come to.
fn instants(tables: &[RiskTable], cause: usize) -> Vec<Instant> {
    let mut times: Vec<f64> = tables
        .iter()
        .flat_map(|table| &table.moments)
        .filter(|moment| moment.events_of_any_cause() > 0)
        .map(|moment| moment.time)
        .collect();
    times.sort_by(f64::total_cmp);
    times.dedup();
    // Waiting and reached of each group, and reached of all.
    let mut state = vec![(1.0, 0.0); tables.len()];
    let mut pooled = 0.0;
    let step = |time: f64| {
        let mut places = Vec::with_capacity(tables.len());
        for (table, (waiting, reached)) in tables.iter().zip(&mut state) {
            let next = table.moments.partition_point(|moment| moment.time < time);
            let moment = table.moments.get(next);
            let here = moment.filter(|moment| moment.time.total_cmp(&time).is_eq());
            let all = here.map_or(0, Moment::events_of_any_cause);
            let own = here.and_then(|moment| moment.events.get(cause)).copied().unwrap_or(0);
            // Nobody enters late, so who is at risk at the next time they have is at risk now.
            let at_risk = moment.map_or(0.0, |moment| moment.at_risk as f64);
            let mut place = Place {
                at_risk,
                own: own as f64,
                others: (all - own) as f64,
                before: *waiting,
                after: *waiting,
                reached: *reached,
            };
            if all > 0 {
                *reached += *waiting * own as f64 / at_risk;
                *waiting *= (at_risk - all as f64) / at_risk;
                place.after = *waiting;
            }
            places.push(place);
        }
        let own: f64 = places.iter().map(|place| place.own).sum();
        let weight: f64 = places.iter().map(Place::weight).sum();
        let before = pooled;
        pooled += own / weight;
        Instant { places, own, weight, before, after: pooled }
    };
    times.into_iter().map(step).collect()
}

/// The covariance of observed less expected between the groups tested: squared influences of each group's events of the cause, and of the
/// others, added up over time.
fn variance(instants: &[Instant], size: usize, tested: &[usize]) -> Vec<Vec<f64>> {
    // How the score of group i answers to the hazard in group k at a time …
    let answer = |instant: &Instant, i: usize, k: usize| {
        let (one, other) = (instant.places[i].weight(), instant.places[k].weight());
        let own = if i == k { one } else { 0.0 };
        own - one * other / instant.weight
    };
    // … and, summed, to all that the pooled share grows by, from a time to the end.
    let growth = |instant: &Instant| instant.own / (instant.weight * (1.0 - instant.before));
    let mut rest = vec![vec![0.0; size]; size];
    for instant in instants.iter().filter(|instant| instant.own > 0.0) {
        for (i, row) in rest.iter_mut().enumerate() {
            for (k, sum) in row.iter_mut().enumerate() {
                *sum += answer(instant, i, k) * growth(instant);
            }
        }
    }
    let mut variance = vec![vec![0.0; tested.len()]; tested.len()];
    let mut add = |influence: Vec<f64>, spread: f64| {
        for (row, one) in variance.iter_mut().zip(&influence) {
            for (sum, other) in row.iter_mut().zip(&influence) {
                *sum += one * other * spread;
            }
        }
    };
    for instant in instants {
        if instant.own > 0.0 {
            for (i, row) in rest.iter_mut().enumerate() {
                for (k, sum) in row.iter_mut().enumerate() {
                    *sum -= answer(instant, i, k) * growth(instant);
                }
            }
        }
        for (k, place) in instant.places.iter().enumerate().filter(|(_, place)| place.at_risk > 0.0) {
            // The share not reached over the share still waiting.
            let ratio = (1.0 - instant.after) / place.after;
            if instant.own > 0.0 {
                let late = if place.after > 0.0 { 1.0 - ratio } else { 1.0 };
                let influence = tested.iter().map(|&i| answer(instant, i, k) + late * rest[i][k]).collect::<Vec<f64>>();
                // Those at risk in all groups, seen with this group's share still waiting; ties as drawn without replacement.
                let alike = instant.weight * place.before;
                let tied = if instant.own > 1.0 { 1.0 - (instant.own - 1.0) / (alike - 1.0) } else { 1.0 };
                add(influence, tied * place.before * instant.own / (instant.weight * place.at_risk));
            }
            if place.others > 0.0 && place.after > 0.0 {
                let influence = tested.iter().map(|&i| ratio * rest[i][k]).collect::<Vec<f64>>();
                let tied = if place.others > 1.0 { 1.0 - (place.others - 1.0) / (place.at_risk - 1.0) } else { 1.0 };
                add(influence, tied * place.before * place.before * place.others / (place.at_risk * place.at_risk));
            }
        }
    }
    variance
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::survival::End;
    use proptest::prelude::*;

    fn spells(rows: &[(i32, usize)]) -> Vec<Spell> {
        let end = |code: usize| if code == 0 { End::Censored } else { End::Event(code - 1) };
        rows.iter().map(|(days, code)| Spell::days(*days, end(*code), 1)).collect()
    }

    #[test]
    fn one_group_no_event_or_late_entry_is_no_comparison() {
        let (some, none) = (spells(&[(1, 1), (2, 2), (3, 1), (5, 0)]), spells(&[(3, 0), (4, 2)]));
        assert_eq!(gray(&[], 0), None);
        assert_eq!(gray(&[&some], 0), None);
        assert_eq!(gray(&[&none, &none], 0), None);
        assert_eq!(gray(&[&some, &[]], 0), None);
        assert_eq!(gray(&[&some, &some], 2), None);
        let late = [Spell { entry: Some(1.0), ..Spell::days(4, End::Event(0), 1) }];
        assert_eq!(gray(&[&some, &late], 0), None);
    }

    #[test]
    fn a_group_gone_before_the_first_event_takes_no_part() {
        let gone = spells(&[(0, 0), (1, 0), (1, 2)]);
        let one = spells(&[(2, 1), (4, 2), (4, 1), (6, 0), (7, 1), (9, 0)]);
        let two = spells(&[(2, 2), (3, 2), (5, 1), (8, 0), (9, 1), (9, 2)]);
        let (three, pair) = (gray(&[&gone, &one, &two], 0).unwrap(), gray(&[&one, &two], 0).unwrap());
        assert_eq!((three.degrees_of_freedom, three.groups[0].expected), (1, 0.0));
        assert!((three.statistic - pair.statistic).abs() < 1e-12);
    }

    #[test]
    fn a_group_without_events_of_the_cause_is_legal() {
        let none = spells(&[(3, 0), (4, 2), (8, 0), (9, 0), (9, 0)]);
        let some = spells(&[(1, 1), (2, 1), (3, 1), (4, 2), (6, 0)]);
        let found = gray(&[&none, &some], 0).unwrap();
        assert_eq!((found.groups[0].observed, found.degrees_of_freedom), (0, 1));
        assert!(found.statistic > 1.0);
    }

    proptest! {
        #[test]
        fn expected_add_up_counts_stand_for_rows_and_order_does_not_matter(
            rows in prop::collection::vec((0_i32..15, 0_usize..3, 0_usize..3), 6..70),
        ) {
            let of = |group: usize| {
                let rows: Vec<(i32, usize)> = rows.iter().filter(|r| r.2 == group).map(|r| (r.0, r.1)).collect();
                spells(&rows)
            };
            let (a, b, c) = (of(0), of(1), of(2));
            let (there, back) = (gray(&[&a, &b, &c], 0), gray(&[&c, &a, &b], 0));
            if let (Some(there), Some(back)) = (there, back) {
                prop_assert!((there.statistic - back.statistic).abs() < 1e-6 * (1.0 + there.statistic));
                let observed: u64 = there.groups.iter().map(|group| group.observed).sum();
                let expected: f64 = there.groups.iter().map(|group| group.expected).sum();
                prop_assert!((observed as f64 - expected).abs() < 1e-9);
                prop_assert!((0.0..=1.0).contains(&there.p_value));
                let gathered = |spells: &[Spell]| {
                    let mut gathered: Vec<Spell> = Vec::new();
                    for spell in spells {
                        match gathered.iter_mut().find(|other| Spell { count: 1, ..**other } == *spell) {
                            Some(other) => other.count += 1,
                            None => gathered.push(*spell),
                        }
                    }
                    gathered
                };
                let turned = gray(&[&gathered(&a), &gathered(&b), &gathered(&c)], 0).unwrap();
                prop_assert!((there.statistic - turned.statistic).abs() < 1e-9 * (1.0 + there.statistic));
            }
        }
    }
}
