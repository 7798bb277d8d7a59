//! How often on average, when an event can come again: returns, incidents, re-entries (Nelson 1988; Lawless & Nadeau 1995).
//!
//! Persons with their events and the end of their follow-up in; the mean number of events a person had had by each time out. Events of one
//! person may hang together: the variance is robust, from sums over persons, and like all such too small for a handful of them. Times are in any one unit and compared exactly; use whole days.
//!
//! The end of follow-up must not depend on the events. Where a death or another final exit ends a person's events, give the planned end (the
//! extract's date) as the end: the dead then count as persons without further events, and the mean is everybody's. Ended at the death, it would
//! be the mean of people who do not die, which is too high.

use super::{Interval, distributions::normal_deviate};

/// One person.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    /// When follow-up ended; at risk from 0 up to and at this time.
    pub until: f64,
    /// When the events were, in any order; several at one time count each.
    pub events: Vec<f64>,
}

/// The scale on which limits are symmetric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CountLimits {
    /// `M·exp(±z·se/M)`. The default: never below 0.
    #[default]
    Log,
    /// `M ± z·se`, cut at 0.
    Plain,
}

/// The mean number of events by a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanCount {
    pub mean: f64,
    /// Robust.
    pub standard_error: f64,
    /// `None` without events, and where persons showed no difference: no spread seen is not certainty.
    pub limits: Option<Interval>,
}

/// One time with events.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    pub time: f64,
    /// Persons still followed.
    pub at_risk: u64,
    pub events: u64,
    pub value: MeanCount,
}

/// The mean number of events over time.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanCounts {
    pub steps: Vec<Step>,
    pub people: u64,
    /// The last end of follow-up.
    pub last_time: Option<f64>,
    /// Persons left out: their follow-up ended before the start, or at no known time.
    pub rejected_people: u64,
    /// Events left out: before the start, after the person's follow-up, or at no known time. The caller should report both.
    pub rejected_events: u64,
}

/// Estimates it.
pub fn mean_counts(histories: &[History], level: f64, kind: CountLimits) -> MeanCounts {
    let z = normal_deviate(level);
    let (mut rejected_people, mut rejected_events) = (0, 0);
    let mut ends: Vec<f64> = Vec::with_capacity(histories.len());
    // When, and by whom.
    let mut events: Vec<(f64, usize)> = Vec::new();
    for history in histories {
        if !(history.until >= 0.0 && history.until.is_finite()) {
            rejected_people += 1;
            rejected_events += history.events.len() as u64;
            continue;
        }
        let before = events.len();
        let within = history.events.iter().filter(|time| (0.0..=history.until).contains(*time));
        // Adding 0 makes −0, which sorts apart from it, the same time.
        events.extend(within.map(|time| (time + 0.0, ends.len())));
        rejected_events += (history.events.len() - (events.len() - before)) as u64;
        ends.push(history.until);
    }
    events.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut leaving = ends.clone();
    leaving.sort_by(f64::total_cmp);

    let mut mean = 0.0;
    // How far each person moves the mean.
    let mut influence = vec![0.0; ends.len()];
    let steps = events
        .chunk_by(|one, other| one.0.total_cmp(&other.0).is_eq())
        .filter_map(|group| {
            let time = group.first()?.0;
            let at_risk = ends.len() - leaving.partition_point(|end| *end < time);
            let (n, d) = (at_risk as f64, group.len() as f64);
            mean += d / n;
            for (person, end) in influence.iter_mut().zip(&ends) {
                if *end >= time {
                    *person -= d / (n * n);
                }
            }
            for (_, person) in group {
                influence[*person] += n.recip();
            }
            let standard_error = influence.iter().map(|part| part * part).sum::<f64>().sqrt();
            let value = MeanCount { mean, standard_error, limits: limits(mean, standard_error, z, kind) };
            Some(Step { time, at_risk: at_risk as u64, events: group.len() as u64, value })
        })
        .collect();
    MeanCounts {
        steps,
        people: ends.len() as u64,
        last_time: leaving.last().copied(),
        rejected_people,
        rejected_events,
    }
}

fn limits(mean: f64, standard_error: f64, z: f64, kind: CountLimits) -> Option<Interval> {
    // A spread that is only rounding is none.
    if standard_error <= mean * 1e-12 {
        return None;
    }
    Some(match kind {
        CountLimits::Log => {
            let reach = (z * standard_error / mean).exp();
            Interval { lower: mean / reach, upper: mean * reach }
        }
        CountLimits::Plain => {
            let reach = z * standard_error;
            Interval { lower: (mean - reach).max(0.0), upper: mean + reach }
        }
    })
}

impl MeanCounts {
    /// The mean by a time; `None` when nobody was followed that far.
    pub fn at(&self, time: f64) -> Option<MeanCount> {
        let last = self.last_time?;
        if !(0.0..=last).contains(&time) {
            return None;
        }
        let after = self.steps.partition_point(|step| step.time <= time);
        let before = after.checked_sub(1).and_then(|place| self.steps.get(place));
        Some(before.map_or(MeanCount { mean: 0.0, standard_error: 0.0, limits: None }, |step| step.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(rows: &[(f64, &[f64])]) -> MeanCounts {
        let histories: Vec<History> =
            rows.iter().map(|(until, events)| History { until: *until, events: events.to_vec() }).collect();
        mean_counts(&histories, 0.95, CountLimits::Log)
    }

    #[test]
    fn nobody_or_past_the_last_follow_up_is_not_known() {
        assert_eq!(of(&[]).at(0.0), None);
        let some = of(&[(10.0, &[2.0, 2.0]), (5.0, &[])]);
        assert_eq!(some.at(10.5), None);
        assert_eq!(some.at(-1.0), None);
        assert_eq!(some.at(1.0), Some(MeanCount { mean: 0.0, standard_error: 0.0, limits: None }));
        assert_eq!(some.at(3.0).map(|value| value.mean), Some(1.0));
    }

    #[test]
    fn impossible_times_are_counted_not_used() {
        let some = of(&[(10.0, &[-1.0, 11.0, f64::NAN, 10.0]), (-1.0, &[0.0]), (f64::NAN, &[])]);
        assert_eq!((some.people, some.rejected_people, some.rejected_events), (1, 2, 4));
        assert_eq!(some.at(10.0).map(|value| value.mean), Some(1.0));
    }

    #[test]
    fn without_a_difference_between_persons_there_are_no_limits() {
        assert_eq!(of(&[(9.0, &[1.0, 5.0])]).at(9.0).and_then(|value| value.limits), None);
        let alike = of(&[(9.0, &[1.0]), (9.0, &[1.0]), (9.0, &[1.0])]).at(9.0).unwrap();
        assert_eq!((alike.mean, alike.limits), (1.0, None));
    }

    proptest! {
        #[test]
        fn with_everybody_followed_it_is_the_plain_mean_and_its_error(rows in prop::collection::vec(prop::collection::vec(0_u8..50, 0..6), 2..40)) {
            let histories: Vec<History> = rows
                .iter()
                .map(|events| History { until: 50.0, events: events.iter().copied().map(f64::from).collect() })
                .collect();
            let found = mean_counts(&histories, 0.95, CountLimits::Plain).at(50.0).unwrap();
            let n = rows.len() as f64;
            let mean = rows.iter().map(|row| row.len() as f64).sum::<f64>() / n;
            let variance = rows.iter().map(|row| (row.len() as f64 - mean).powi(2)).sum::<f64>() / (n * n);
            prop_assert!((found.mean - mean).abs() < 1e-9 && (found.standard_error - variance.sqrt()).abs() < 1e-9);
        }

        #[test]
        fn limits_hold_the_mean_and_order_does_not_matter(rows in prop::collection::vec((0_u8..50, prop::collection::vec(0_u8..50, 0..6)), 1..40)) {
            let mut histories: Vec<History> = rows
                .iter()
                .map(|(until, events)| History { until: f64::from(*until), events: events.iter().copied().map(f64::from).collect() })
                .collect();
            for kind in [CountLimits::Log, CountLimits::Plain] {
                let there = mean_counts(&histories, 0.95, kind);
                histories.reverse();
                let back = mean_counts(&histories, 0.95, kind);
                prop_assert_eq!(there.steps.len(), back.steps.len());
                let mut previous = 0.0;
                for (step, other) in there.steps.iter().zip(&back.steps) {
                    prop_assert!(step.value.mean > previous && step.at_risk > 0);
                    previous = step.value.mean;
                    prop_assert!((step.value.standard_error - other.value.standard_error).abs() < 1e-9);
                    if let Some(limits) = step.value.limits {
                        prop_assert!(0.0 <= limits.lower && limits.lower <= previous && previous <= limits.upper);
                    }
                }
                let used: u64 = there.steps.iter().map(|step| step.events).sum();
                let all: u64 = histories.iter().map(|history| history.events.len() as u64).sum();
                prop_assert_eq!(used + there.rejected_events, all);
            }
        }
    }
}
