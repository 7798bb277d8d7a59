//! Indirect standardisation: what a site's clients would have had at everybody's rates, against what they had.
//!
//! Counts by stratum and group in; for each group observed events, expected events `E = Σ n_s·(x_s/n_s of the reference)`, their ratio and
//! the rate it stands for out. A group's ratio compares it to the reference only: two groups' ratios are not comparable to each other, as
//! each has its own mix of strata. Adjust for what was known before the service began, never for what the service did. Missing is a stratum
//! of its own (`None`, where strata are options), not left out.
//!
//! Limits treat observed events as Poisson and the expected number as known; for a common outcome (a large share of clients) they are
//! wider than need be.

use std::collections::BTreeMap;

use super::{
    Interval,
    rate::{RateLimits, limits_of_count},
};

/// What the sizes of cells are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denominator {
    /// People, each with the event at most once: a cell cannot have more events than people, nor an adjusted rate exceed 1.
    People,
    /// Time at risk, or people who can have it several times.
    Exposure,
}

/// One stratum of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell<S, G> {
    pub stratum: S,
    pub group: G,
    pub events: u64,
    pub size: f64,
}

/// One stratum of an outside reference.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference<S> {
    pub stratum: S,
    pub events: u64,
    pub size: f64,
}

/// One group, adjusted.
#[derive(Debug, Clone, PartialEq)]
pub struct Standardised<G> {
    pub group: G,
    /// Events in strata that the reference has.
    pub observed: u64,
    pub expected: f64,
    pub size: f64,
    /// Events and size in strata that the reference lacks, or has nobody in: nothing can be expected there, so they are not in the above.
    pub events_left_out: u64,
    pub size_left_out: f64,
    /// Observed over expected; `None` where nothing is expected.
    pub ratio: Option<f64>,
    /// Of the ratio, after Garwood.
    pub exact: Option<Interval>,
    /// Of the ratio, after Byar; `None` also where his lower limit would be negative.
    pub byar: Option<Interval>,
    /// The ratio times the reference's overall rate; `None` also where it would be above everybody ([`Denominator::People`]).
    pub adjusted_rate: Option<f64>,
    /// Exact limits of the adjusted rate, under the same condition; cut at 1 for people.
    pub adjusted_limits: Option<Interval>,
}

/// Standardises each group, in order of group. The reference is `outside`, or all groups together: then expected events add up to the
/// observed, and each group is part of what it is compared to.
///
/// `None` where a size is negative or not a number, or a cell of people has more events than people. Cells of the same stratum and group
/// are added up.
pub fn indirect<S: Ord + Clone, G: Ord + Clone>(
    cells: &[Cell<S, G>],
    outside: Option<&[Reference<S>]>,
    denominator: Denominator,
    level: f64,
) -> Option<Vec<Standardised<G>>> {
    let possible = |events: u64, size: f64| {
        size >= 0.0 && size.is_finite() && (denominator == Denominator::Exposure || events as f64 <= size)
    };
    let all = cells.iter().map(|cell| (&cell.stratum, cell.events, cell.size));
    let given = outside.unwrap_or_default().iter().map(|part| (&part.stratum, part.events, part.size));
    if !all.clone().chain(given.clone()).all(|(_, events, size)| possible(events, size)) {
        return None;
    }
    let mut reference: BTreeMap<&S, (u64, f64)> = BTreeMap::new();
    let mut add = |(stratum, events, size): (_, u64, f64)| {
        let sums = reference.entry(stratum).or_insert((0, 0.0));
        *sums = (sums.0 + events, sums.1 + size);
    };
    if outside.is_some() {
        given.for_each(&mut add);
    } else {
        all.for_each(&mut add);
    }
    let (events, size) = reference.values().fold((0, 0.0), |(x, n), (events, size)| (x + events, n + size));
    let overall = (size > 0.0).then(|| events as f64 / size);

    let mut groups: BTreeMap<&G, Standardised<G>> = BTreeMap::new();
    for cell in cells {
        let group = groups.entry(&cell.group).or_insert_with(|| Standardised::empty(cell.group.clone()));
        if let Some((events, size)) = reference.get(&cell.stratum).filter(|(_, size)| *size > 0.0) {
            group.observed += cell.events;
            group.size += cell.size;
            group.expected += cell.size * (*events as f64 / size);
        } else {
            group.events_left_out += cell.events;
            group.size_left_out += cell.size;
        }
    }
    Some(groups.into_values().map(|group| group.finished(overall, denominator, level)).collect())
}

impl<G> Standardised<G> {
    fn empty(group: G) -> Self {
        Self {
            group,
            observed: 0,
            expected: 0.0,
            size: 0.0,
            events_left_out: 0,
            size_left_out: 0.0,
            ratio: None,
            exact: None,
            byar: None,
            adjusted_rate: None,
            adjusted_limits: None,
        }
    }

    fn finished(mut self, overall: Option<f64>, denominator: Denominator, level: f64) -> Self {
        if self.expected <= 0.0 {
            return self;
        }
        let scaled = |limits: Interval, by: f64| Interval { lower: limits.lower * by, upper: limits.upper * by };
        let limits =
            |method| limits_of_count(self.observed, level, method).map(|limits| scaled(limits, self.expected.recip()));
        let (exact, byar) = (limits(RateLimits::Garwood), limits(RateLimits::Byar));
        let ratio = self.observed as f64 / self.expected;
        let most = if denominator == Denominator::People { 1.0 } else { f64::INFINITY };
        let adjusted = overall.map(|overall| ratio * overall).filter(|rate| *rate <= most);
        self.adjusted_limits = adjusted.and(exact.zip(overall)).map(|(limits, overall)| {
            let limits = scaled(limits, overall);
            Interval { upper: limits.upper.min(most), ..limits }
        });
        Self { ratio: Some(ratio), exact, byar, adjusted_rate: adjusted, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cell(
        stratum: Option<&'static str>,
        group: &'static str,
        events: u64,
        size: f64,
    ) -> Cell<Option<&'static str>, &'static str> {
        Cell { stratum, group, events, size }
    }

    #[test]
    fn a_group_like_everybody_has_ratio_one_and_everybodys_rate() {
        let cells = [cell(Some("young"), "a", 4, 10.0), cell(Some("young"), "b", 8, 20.0)];
        let found = indirect(&cells, None, Denominator::People, 0.95).unwrap();
        assert_eq!(found.iter().map(|group| group.ratio).collect::<Vec<_>>(), [Some(1.0), Some(1.0)]);
        assert_eq!(found[0].adjusted_rate, Some(0.4));
    }

    #[test]
    fn what_the_reference_lacks_is_told_and_not_counted() {
        let reference = [
            Reference { stratum: Some("young"), events: 10, size: 100.0 },
            Reference { stratum: Some("old"), events: 0, size: 0.0 },
        ];
        let cells = [cell(Some("young"), "a", 4, 20.0), cell(Some("old"), "a", 3, 5.0), cell(None, "a", 1, 2.0)];
        let found = &indirect(&cells, Some(&reference), Denominator::People, 0.95).unwrap()[0];
        assert_eq!((found.observed, found.expected, found.size), (4, 2.0, 20.0));
        assert_eq!((found.events_left_out, found.size_left_out, found.ratio), (4, 7.0, Some(2.0)));
    }

    #[test]
    fn missing_is_a_stratum_of_its_own() {
        let cells = [
            cell(None, "a", 9, 10.0),
            cell(Some("young"), "a", 0, 10.0),
            cell(None, "b", 0, 10.0),
            cell(Some("young"), "b", 0, 10.0),
        ];
        let found = indirect(&cells, None, Denominator::People, 0.95).unwrap();
        assert_eq!((found[0].expected, found[1].expected), (4.5, 4.5));
        assert_eq!(found[1].ratio, Some(0.0));
        assert_eq!(found[1].exact.map(|limits| limits.lower), Some(0.0));
        assert_eq!(found[1].byar, None);
    }

    #[test]
    fn where_nothing_is_expected_there_is_no_ratio() {
        let none = indirect(&[cell(None, "a", 0, 10.0)], None, Denominator::People, 0.95).unwrap();
        assert_eq!((none[0].ratio, none[0].exact, none[0].adjusted_rate), (None, None, None));
        let reference = [Reference { stratum: None, events: 0, size: 50.0 }];
        let some = indirect(&[cell(None, "a", 2, 10.0)], Some(&reference), Denominator::People, 0.95).unwrap();
        assert_eq!((some[0].observed, some[0].expected, some[0].ratio), (2, 0.0, None));
        assert_eq!(indirect::<u8, u8>(&[], None, Denominator::People, 0.95), Some(vec![]));
    }

    #[test]
    fn impossible_cells_are_refused_and_an_adjusted_share_above_everybody_is_not_given() {
        assert_eq!(indirect(&[cell(None, "a", 11, 10.0)], None, Denominator::People, 0.95), None);
        assert!(indirect(&[cell(None, "a", 11, 10.0)], None, Denominator::Exposure, 0.95).is_some());
        assert_eq!(indirect(&[cell(None, "a", 1, f64::NAN)], None, Denominator::Exposure, 0.95), None);
        assert_eq!(indirect(&[cell(None, "a", 1, -3.0)], None, Denominator::Exposure, 0.95), None);
        let reference = [
            Reference { stratum: Some("rare"), events: 1, size: 100.0 },
            Reference { stratum: Some("often"), events: 90, size: 100.0 },
        ];
        let found = indirect(&[cell(Some("rare"), "a", 9, 10.0)], Some(&reference), Denominator::People, 0.95).unwrap();
        assert_eq!((found[0].adjusted_rate, found[0].adjusted_limits), (None, None));
        assert!(found[0].ratio.is_some_and(|ratio| (ratio - 90.0).abs() < 1e-9));
    }

    proptest! {
        #[test]
        fn expected_add_up_to_observed_and_order_does_not_matter(
            rows in prop::collection::vec((0_u8..4, 0_u8..5, 0_u64..30, 0_u64..60), 1..40),
        ) {
            let mut cells: Vec<Cell<u8, u8>> = rows
                .iter()
                .map(|(stratum, group, events, more)| Cell { stratum: *stratum, group: *group, events: *events, size: (events + more) as f64 })
                .collect();
            let there = indirect(&cells, None, Denominator::People, 0.95).unwrap();
            cells.reverse();
            let back = indirect(&cells, None, Denominator::People, 0.95).unwrap();
            let observed: u64 = rows.iter().map(|row| row.2).sum();
            let expected: f64 = there.iter().map(|group| group.expected).sum();
            prop_assert!((observed as f64 - expected).abs() < 1e-9 * (1.0 + expected));
            for (one, other) in there.iter().zip(&back) {
                prop_assert_eq!((one.group, one.observed), (other.group, other.observed));
                prop_assert!((one.expected - other.expected).abs() < 1e-9);
                if let (Some(ratio), Some(limits)) = (one.ratio, one.exact) {
                    prop_assert!(limits.lower <= ratio && ratio <= limits.upper);
                }
            }
        }
    }
}
