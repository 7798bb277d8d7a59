//! Shares: `x` of `n` clients, and the difference of two shares.
//!
//! Counts in, shares in `[0, 1]` out. With `n = 0` there is no share and no interval: `None`, not 0 %. `x > n` is not a share either.
//! Several units of one client (episodes, referrals) make these intervals too narrow; that is for the caller to say.

use super::{
    Interval,
    distributions::{beta_quantile, normal_deviate},
};

/// Wilson's score interval without continuity correction (Wilson 1927). The default for a share.
///
/// At `x = 0` the lower end is exactly 0, at `x = n` the upper end exactly 1.
pub fn wilson(x: u64, n: u64, level: f64) -> Option<Interval> {
    if n == 0 || x > n {
        return None;
    }
    let (successes, failures, size) = (x as f64, (n - x) as f64, n as f64);
    Some(score(successes, failures / size, size, normal_deviate(level)))
}

/// Wilson's interval for a share of a number that need not be whole, above 0.
pub fn score_interval(share: f64, size: f64, z: f64) -> Interval {
    score(share * size, 1.0 - share, size, z)
}

fn score(successes: f64, failing: f64, size: f64, z: f64) -> Interval {
    let spread = z * (z * z + 4.0 * successes * failing).sqrt();
    let center = 2.0 * successes + z * z;
    let scale = 2.0 * (size + z * z);
    // (center − spread)·(center + spread) = 4x²(n + z²)/n, so the lower end needs no difference of near-equal numbers.
    let lower = 4.0 * successes * successes * (size + z * z) / size / (center + spread) / scale;
    let upper = if failing == 0.0 { 1.0 } else { (center + spread) / scale };
    Interval { lower, upper }
}

/// The exact interval (Clopper & Pearson 1934): never less than the level asked for, usually more.
///
/// For statements of compliance ("at least 80 % with confidence"). At `x = 0` the upper end is `1 − (α/2)^(1/n)`.
pub fn clopper_pearson(x: u64, n: u64, level: f64) -> Option<Interval> {
    if n == 0 || x > n {
        return None;
    }
    let tail = (1.0 - level) / 2.0;
    let (successes, failures, size) = (x as f64, (n - x) as f64, n as f64);
    let lower = match x {
        0 => 0.0,
        _ if x == n => (tail.ln() / size).exp(),
        _ => beta_quantile(tail, successes, failures + 1.0),
    };
    let upper = match x {
        _ if x == n => 1.0,
        0 => -(tail.ln() / size).exp_m1(),
        _ => beta_quantile(1.0 - tail, successes + 1.0, failures),
    };
    Some(Interval { lower, upper })
}

/// A difference of two shares and its interval, in `[-1, 1]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    pub difference: f64,
    pub interval: Interval,
}

/// First share minus second, with Newcombe's hybrid score interval (Newcombe 1998, method 10). The default for two independent shares.
pub fn newcombe(x1: u64, n1: u64, x2: u64, n2: u64, level: f64) -> Option<Difference> {
    let (first, second) = (wilson(x1, n1, level)?, wilson(x2, n2, level)?);
    let (p1, p2) = (x1 as f64 / n1 as f64, x2 as f64 / n2 as f64);
    let difference = p1 - p2;
    Some(Difference {
        difference,
        interval: Interval {
            lower: difference - (p1 - first.lower).hypot(second.upper - p2),
            upper: difference + (first.upper - p1).hypot(p2 - second.lower),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nobody_counted_is_no_share() {
        assert_eq!(wilson(0, 0, 0.95), None);
        assert_eq!(clopper_pearson(0, 0, 0.95), None);
        assert_eq!(newcombe(1, 2, 0, 0, 0.95), None);
        assert_eq!(wilson(3, 2, 0.95), None);
    }

    #[test]
    fn none_and_all_have_exact_ends() {
        for n in [1, 10, 37, 1_000_003] {
            for interval in [wilson(0, n, 0.95), clopper_pearson(0, n, 0.95)] {
                let interval = interval.unwrap();
                assert_eq!(interval, Interval { lower: 0.0, ..interval });
                assert!(interval.upper > 0.0);
            }
            for interval in [wilson(n, n, 0.95), clopper_pearson(n, n, 0.95)] {
                let interval = interval.unwrap();
                assert_eq!(interval, Interval { upper: 1.0, ..interval });
                assert!(interval.lower < 1.0);
            }
        }
    }

    proptest! {
        #[test]
        fn limits_hold_the_share_and_stay_inside(n in 1_u64..5000, part in 0.0..=1.0, level in 0.5..0.999) {
            let x = (part * n as f64) as u64;
            let share = x as f64 / n as f64;
            let score = wilson(x, n, level).unwrap();
            let exact = clopper_pearson(x, n, level).unwrap();
            for interval in [score, exact] {
                prop_assert!(0.0 <= interval.lower && interval.lower <= share + 1e-12);
                prop_assert!(share - 1e-12 <= interval.upper && interval.upper <= 1.0);
            }
            // The complement's interval is the mirror image.
            let mirror = wilson(n - x, n, level).unwrap();
            prop_assert!((mirror.lower - (1.0 - score.upper)).abs() < 1e-12);
        }

        #[test]
        fn swapping_the_shares_turns_the_difference_round(n1 in 1_u64..500, n2 in 1_u64..500, a in 0.0..=1.0, b in 0.0..=1.0) {
            let (x1, x2) = ((a * n1 as f64) as u64, (b * n2 as f64) as u64);
            let there = newcombe(x1, n1, x2, n2, 0.95).unwrap();
            let back = newcombe(x2, n2, x1, n1, 0.95).unwrap();
            prop_assert!((there.interval.lower + back.interval.upper).abs() < 1e-12);
            prop_assert!(-1.0 - 1e-12 <= there.interval.lower && there.interval.upper <= 1.0 + 1e-12);
            prop_assert!(there.interval.lower <= there.difference && there.difference <= there.interval.upper);
        }
    }
}
