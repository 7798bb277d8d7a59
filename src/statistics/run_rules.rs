//! Run rules: which points of a chart over time are signal, and by which rule.
//!
//! Four rules in the order of "plot the dots" (NHS Making Data Count): outside limits, trend, two of three, shift. Every point that is part
//! of a run is marked, not only the last. [`super::process`] applies them.

use std::ops::Range;

use super::process::Point;

/// Why a point is not noise. When several hold, the first of these is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    OutsideLimits,
    /// Part of a run of points each above, or each below, the one before. Ties break it.
    Trend,
    /// One of at least two of three neighbors beyond two thirds of the way to the same limit, all three on that side. A point outside
    /// the limit counts as one of the two (Western Electric 1956); some charts leave it out.
    TwoOfThree,
    /// Part of a run on one side of the center. A point on the center breaks it.
    Shift,
}

/// Which rules are read, and how long a run they need. A point outside the limits is always a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleSet {
    /// Points that rise, or fall, in a row to make a trend; `None` reads none. Schools differ between 6 and 7.
    pub trend: Option<usize>,
    pub two_of_three: bool,
    /// Points in a row on one side of the center to make a shift; `None` reads none.
    pub shift: Option<usize>,
}

impl Default for RuleSet {
    fn default() -> Self {
        Self { trend: Some(7), two_of_three: true, shift: Some(7) }
    }
}

/// Which way a point stands from the center; for a trend, which way it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Above,
    Below,
}

/// A rule and its side. Whether that is good news depends on the metric's direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signal {
    pub rule: Rule,
    pub side: Side,
}

/// The side a difference points to; none for no difference.
pub(super) fn side_of(difference: f64) -> Option<Side> {
    if difference > 0.0 {
        Some(Side::Above)
    } else if difference < 0.0 {
        Some(Side::Below)
    } else {
        None
    }
}

/// The first rule, in order, that each point is part of.
pub(super) fn signals(points: &[Point], deviations: &[Option<f64>], rules: RuleSet) -> Vec<Option<Signal>> {
    let mut found: Vec<Option<Signal>> = vec![None; points.len()];
    let mut mark = |places: Range<usize>, rule: Rule, side: Side| {
        for signal in found.iter_mut().skip(places.start).take(places.len()) {
            signal.get_or_insert(Signal { rule, side });
        }
    };
    let beyond = |place: usize, sigmas: f64| {
        deviations.get(place).copied().flatten().filter(|deviation| deviation.abs() > sigmas).and_then(side_of)
    };

    for place in 0..points.len() {
        if let Some(side) = beyond(place, 3.0) {
            mark(place..place + 1, Rule::OutsideLimits, side);
        }
    }

    let steps: Vec<Option<Side>> = points
        .windows(2)
        .map(|pair| match pair {
            [one, next] => side_of(next.value? - one.value?),
            _ => None,
        })
        .collect();
    for (run, side) in runs(&steps) {
        // A run of k steps joins k + 1 points.
        if rules.trend.is_some_and(|length| run.len() + 1 >= length.max(2)) {
            mark(run.start..run.end + 1, Rule::Trend, side);
        }
    }

    let sides: Vec<Option<Side>> = points.iter().map(|point| point.side).collect();
    for (start, three) in sides.windows(3).enumerate().take_while(|_| rules.two_of_three) {
        let Some(side) = three.first().copied().flatten() else { continue };
        let far: Vec<usize> = (start..start + 3).filter(|place| beyond(*place, 2.0) == Some(side)).collect();
        if far.len() >= 2 && three.iter().all(|other| *other == Some(side)) {
            for place in far {
                mark(place..place + 1, Rule::TwoOfThree, side);
            }
        }
    }

    for (run, side) in runs(&sides) {
        if rules.shift.is_some_and(|length| run.len() >= length.max(1)) {
            mark(run, Rule::Shift, side);
        }
    }
    found
}

/// Longest stretches of one side.
fn runs(sides: &[Option<Side>]) -> Vec<(Range<usize>, Side)> {
    let mut start = 0;
    let mut runs = Vec::new();
    for stretch in sides.chunk_by(|one, next| one == next) {
        let places = start..start + stretch.len();
        start = places.end;
        if let Some(side) = stretch.first().copied().flatten() {
            runs.push((places, side));
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::{
        super::process::{Chart, LastingChange, Settings, individuals},
        *,
    };
    use proptest::prelude::*;

    const STEADY: [f64; 12] = [10.0, 12.0, 9.0, 11.0, 10.0, 12.0, 9.0, 11.0, 10.0, 12.0, 9.0, 11.0];

    fn read(values: &[f64], settings: &Settings) -> Chart {
        individuals(&values.iter().copied().map(Some).collect::<Vec<_>>(), settings)
    }

    fn rules(chart: &Chart) -> Vec<Option<Rule>> {
        chart.points.iter().map(|point| point.signal.map(|signal| signal.rule)).collect()
    }

    fn steady_then(later: &[f64]) -> Chart {
        let values: Vec<f64> = STEADY.iter().chain(later).copied().collect();
        read(&values, &Settings { baseline: Some(0..12), ..Settings::default() })
    }

    #[test]
    fn a_point_beyond_the_limits_is_outside_and_nothing_else() {
        let chart = steady_then(&[30.0]);
        assert_eq!(chart.points[12].signal, Some(Signal { rule: Rule::OutsideLimits, side: Side::Above }));
        assert!(rules(&chart)[..12].iter().all(Option::is_none));
    }

    #[test]
    fn six_rising_points_are_a_trend_only_if_asked() {
        let values = [5.0, 9.0, 6.0, 8.0, 5.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 4.0];
        assert!(rules(&read(&values, &Settings::default())).iter().all(Option::is_none));
        let six =
            read(&values, &Settings { rules: RuleSet { trend: Some(6), ..RuleSet::default() }, ..Settings::default() });
        let trend: Vec<usize> = (0..12).filter(|i| rules(&six)[*i] == Some(Rule::Trend)).collect();
        assert_eq!(trend, [5, 6, 7, 8, 9, 10]);
        assert!(trend.iter().all(|i| six.points[*i].signal.is_some_and(|signal| signal.side == Side::Above)));
    }

    #[test]
    fn a_tie_breaks_a_trend() {
        let chart = steady_then(&[8.0, 9.0, 9.5, 10.0, 10.0, 10.4, 10.6, 11.0]);
        assert!(!rules(&chart).contains(&Some(Rule::Trend)));
    }

    #[test]
    fn a_shift_needs_seven_and_a_point_on_the_center_breaks_it() {
        let center = steady_then(&[]).center.unwrap();
        let seven = steady_then(&[12.0, 11.0, 12.0, 11.0, 12.0, 11.0, 12.0]);
        assert_eq!(seven.points[12].signal, Some(Signal { rule: Rule::Shift, side: Side::Above }));
        // The run began with the last point of the baseline, which also stands above the center.
        assert_eq!(seven.lasting_change(), Some(LastingChange { since: 11, side: Side::Above, points: 8 }));
        let broken = steady_then(&[12.0, 11.0, 12.0, center, 12.0, 11.0, 12.0, 11.0]);
        assert!(!rules(&broken).contains(&Some(Rule::Shift)));
        assert_eq!(broken.lasting_change(), None);
    }

    #[test]
    fn six_on_one_side_are_no_shift_and_seven_are() {
        let six = steady_then(&[9.0, 12.0, 11.0, 12.0, 11.0, 12.0, 11.0]);
        assert!(rules(&six).iter().all(Option::is_none));
        assert_eq!(six.lasting_change(), None);
        let seven = steady_then(&[9.0, 12.0, 11.0, 12.0, 11.0, 12.0, 11.0, 12.0]);
        assert_eq!(rules(&seven).iter().filter(|rule| **rule == Some(Rule::Shift)).count(), 7);
        assert_eq!(seven.lasting_change(), Some(LastingChange { since: 13, side: Side::Above, points: 7 }));
    }

    #[test]
    fn two_of_three_far_out_mark_the_far_ones() {
        let chart = steady_then(&[9.0, 15.0, 11.0, 15.0]);
        let limit = chart.points[0].upper.unwrap();
        let center = chart.center.unwrap();
        assert!(15.0 > center + (limit - center) * 2.0 / 3.0 && 15.0 < limit);
        assert_eq!(rules(&chart)[12..], [None, Some(Rule::TwoOfThree), None, Some(Rule::TwoOfThree)]);
        // One of the three on the other side: nothing.
        assert_eq!(rules(&steady_then(&[9.0, 15.0, 9.0, 15.0]))[12..], [None, None, None, None]);
    }

    #[test]
    fn a_rule_not_asked_for_is_not_read() {
        let none = RuleSet { trend: None, two_of_three: false, shift: None };
        for later in [
            &[12.0, 11.0, 12.0, 11.0, 12.0, 11.0, 12.0][..],
            &[9.0, 15.0, 11.0, 15.0],
            &[6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0],
        ] {
            let values: Vec<f64> = STEADY.iter().chain(later).copied().collect();
            let settings = Settings { baseline: Some(0..12), ..Settings::default() };
            assert!(rules(&read(&values, &settings)).iter().any(Option::is_some));
            let silent = read(&values, &Settings { rules: none, ..settings });
            assert!(rules(&silent).iter().all(Option::is_none));
            assert_eq!(silent.lasting_change(), None);
        }
        // Outside is read all the same.
        let values: Vec<f64> = STEADY.iter().copied().chain([30.0]).collect();
        let chart = read(&values, &Settings { baseline: Some(0..12), rules: none, ..Settings::default() });
        assert_eq!(rules(&chart)[12], Some(Rule::OutsideLimits));
    }

    #[test]
    fn the_rule_named_is_the_first_that_holds() {
        // Seven rising points above the center, the last outside: outside, then trend; the shift they also are is not named.
        let chart = steady_then(&[10.6, 10.8, 11.0, 12.0, 13.0, 14.0, 40.0]);
        let named: Vec<Option<Rule>> = rules(&chart)[12..].to_vec();
        assert_eq!(named[..6], [Some(Rule::Trend); 6]);
        assert_eq!(named[6], Some(Rule::OutsideLimits));
    }

    proptest! {
        #[test]
        fn upside_down_gives_the_mirrored_signals(values in prop::collection::vec(-9_i32..10, 6..40)) {
            let values: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
            let mirrored: Vec<f64> = values.iter().map(|value| -value).collect();
            let (one, other) = (read(&values, &Settings::default()), read(&mirrored, &Settings::default()));
            prop_assert_eq!(rules(&one), rules(&other));
            for (one, other) in one.points.iter().zip(&other.points) {
                prop_assert!(one.side != other.side || one.side.is_none());
            }
        }
    }
}
