//! Ratios of two rates or two shares: how many times as often.
//!
//! Counts in, ratios (no unit) with intervals out. For equity ratios, prefer [`risk_ratio`]; odds ratios are not "times as likely" unless the
//! outcome is rare.

use super::{
    Interval,
    comparison::TwoShares,
    discrete::{Counts, MOST},
    distributions::normal_deviate,
    proportion::clopper_pearson,
};

/// A ratio of two rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateRatio {
    /// `None` when the second had no events: the ratio has a lower limit and nothing above.
    pub ratio: Option<f64>,
    pub lower: f64,
    /// `None` when the second had no events.
    pub upper: Option<f64>,
    /// Two-sided, of equal rates: all splits of the events no likelier than this one.
    pub p_value: f64,
}

/// First rate over second, with the exact interval: given all events, how many fell to the first is binomial (Clopper & Pearson's limits; R's
/// `poisson.test`). The exposures are in one unit.
///
/// `None` without exposure on a side, without any event, or with more than ten billion. With none in the first the ratio and its lower limit are 0.
pub fn rate_ratio(events1: u64, exposure1: f64, events2: u64, exposure2: f64, level: f64) -> Option<RateRatio> {
    let watched = |exposure: f64| exposure > 0.0 && exposure.is_finite();
    let n = events1.saturating_add(events2);
    if n == 0 || n > MOST || !watched(exposure1) || !watched(exposure2) {
        return None;
    }
    // The two limits of the second's share are one less those of the first's, without the difference.
    let (first, second) = (clopper_pearson(events1, n, level)?, clopper_pearson(events2, n, level)?);
    let per = exposure2 / exposure1;
    let some = events2 > 0;
    Some(RateRatio {
        ratio: some.then(|| events1 as f64 / events2 as f64 * per),
        lower: first.lower / second.upper * per,
        upper: some.then(|| first.upper / second.lower * per),
        p_value: Counts::Binomial { n, p: exposure1 / (exposure1 + exposure2) }.two_sided(events1),
    })
}

/// A ratio with limits that are symmetric on the logarithm's scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogRatio {
    pub ratio: f64,
    /// Of the ratio's natural logarithm.
    pub standard_error: f64,
    /// `None` where no error could be seen: both shares 1.
    pub interval: Option<Interval>,
}

/// First share over second with Katz's log interval (Katz et al. 1978). `None` where either has no successes, or nobody.
pub fn risk_ratio(two: &TwoShares, level: f64) -> Option<LogRatio> {
    let TwoShares { x1, n1, x2, n2 } = *two;
    if x1 == 0 || x2 == 0 || x1 > n1 || x2 > n2 {
        return None;
    }
    // 1/x − 1/n without the difference.
    let part = |x: u64, n: u64| (n - x) as f64 / (x as f64 * n as f64);
    let ratio = (x1 as f64 / n1 as f64) / (x2 as f64 / n2 as f64);
    Some(log_ratio(ratio, part(x1, n1) + part(x2, n2), level))
}

/// First odds over second with Woolf's log interval (Woolf 1955). `None` where any of the four cells is 0.
pub fn odds_ratio(two: &TwoShares, level: f64) -> Option<LogRatio> {
    let TwoShares { x1, n1, x2, n2 } = *two;
    if x1 == 0 || x2 == 0 || x1 >= n1 || x2 >= n2 {
        return None;
    }
    let cells = [x1, n1 - x1, x2, n2 - x2].map(|cell| cell as f64);
    let [a, b, c, d] = cells;
    Some(log_ratio(a / b * (d / c), cells.iter().map(|cell| cell.recip()).sum(), level))
}

fn log_ratio(ratio: f64, variance: f64, level: f64) -> LogRatio {
    let standard_error = variance.sqrt();
    let reach = (normal_deviate(level) * standard_error).exp();
    let interval = (standard_error > 0.0).then_some(Interval { lower: ratio / reach, upper: ratio * reach });
    LogRatio { ratio, standard_error, interval }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn without_events_in_one_there_is_half_an_interval_and_in_both_none() {
        assert_eq!(rate_ratio(0, 10.0, 0, 10.0, 0.95), None);
        assert_eq!(rate_ratio(1, 0.0, 2, 10.0, 0.95), None);
        assert_eq!(rate_ratio(1, 1.0, 2, f64::INFINITY, 0.95), None);
        let none_first = rate_ratio(0, 10.0, 4, 20.0, 0.95).unwrap();
        assert_eq!((none_first.ratio, none_first.lower), (Some(0.0), 0.0));
        assert!(none_first.upper.is_some_and(|upper| upper > 1.0 && upper.is_finite()));
        let none_second = rate_ratio(4, 10.0, 0, 20.0, 0.95).unwrap();
        assert_eq!((none_second.ratio, none_second.upper), (None, None));
        assert!(none_second.lower > 0.0);
    }

    #[test]
    fn a_zero_makes_no_log_ratio() {
        for (x1, n1, x2, n2) in [(0, 5, 1, 5), (1, 5, 0, 5), (0, 0, 0, 0), (6, 5, 1, 5)] {
            let two = TwoShares { x1, n1, x2, n2 };
            assert_eq!((risk_ratio(&two, 0.95), odds_ratio(&two, 0.95)), (None, None));
        }
        let all = TwoShares { x1: 5, n1: 5, x2: 9, n2: 9 };
        assert_eq!(risk_ratio(&all, 0.95), Some(LogRatio { ratio: 1.0, standard_error: 0.0, interval: None }));
        assert_eq!(odds_ratio(&all, 0.95), None);
        assert!(
            risk_ratio(&TwoShares { x1: 5, n1: 5, x2: 3, n2: 9 }, 0.95).is_some_and(|found| found.interval.is_some())
        );
    }

    proptest! {
        #[test]
        fn turned_round_the_ratio_is_its_reciprocal(x1 in 1_u64..200, x2 in 1_u64..200, more1 in 1_u64..200, more2 in 1_u64..200) {
            let there = rate_ratio(x1, 7.5, x2, more2 as f64, 0.95).unwrap();
            let back = rate_ratio(x2, more2 as f64, x1, 7.5, 0.95).unwrap();
            let (ratio, upper) = (there.ratio.unwrap(), there.upper.unwrap());
            prop_assert!(there.lower < ratio && ratio < upper);
            prop_assert!((there.lower * back.upper.unwrap() - 1.0).abs() < 1e-9);
            prop_assert!((there.p_value - back.p_value).abs() < 1e-9);
            let two = TwoShares { x1, n1: x1 + more1, x2, n2: x2 + more2 };
            let turned = TwoShares { x1: x2, n1: x2 + more2, x2: x1, n2: x1 + more1 };
            for ratio in [risk_ratio, odds_ratio] {
                let (there, back) = (ratio(&two, 0.95).unwrap(), ratio(&turned, 0.95).unwrap());
                let (limits, turned) = (there.interval.unwrap(), back.interval.unwrap());
                prop_assert!(limits.lower < there.ratio && there.ratio < limits.upper);
                prop_assert!((limits.lower * turned.upper - 1.0).abs() < 1e-9);
            }
        }
    }
}
