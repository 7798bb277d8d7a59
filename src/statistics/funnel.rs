//! Funnel limits: how far from the common value a site of some size may be by chance alone.
//!
//! Target and size in, limits of the site's value out, at [`LEVELS`]. Around the pooled value of all sites, or a given one. Exact limits are
//! made continuous by interpolating between neighboring counts, so that they do not zigzag (Spiegelhalter 2005, appendix). `None` without a size,
//! where the target leaves no room for chance (nobody, or everybody), and for more than ten billion clients or events. Sites often differ more than chance alone would have it: see
//! [`super::overdispersion`] before calling one an outlier.

use super::{
    Interval,
    discrete::{Counts, MOST},
    distributions::normal_deviate,
    run_rules::Side,
};

/// The levels a funnel is drawn at: about two and three standard deviations.
pub const LEVELS: [f64; 2] = [0.95, 0.998];

/// How exact limits are interpolated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Interpolation {
    /// The upper limit is the lower limit of the failures, mirrored. A site lies outside exactly when the chance of a count as far out as its
    /// own, on that side, is less than half of 1 − level. The default.
    #[default]
    Mirrored,
    /// As printed by Spiegelhalter: the upper limit is the interpolated quantile and lies one count lower. It calls some sites high whose count
    /// is not that rare: at a common share of 90 %, a site whose only client succeeded.
    Quantiles,
}

/// How the limits of a share are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareLimits {
    /// From the binomial distribution. The default.
    Binomial(Interpolation),
    /// The shares whose Wilson interval just touches the target: `θ ± z√(θ(1−θ)/n)`, cut to `[0, 1]`. A site lies outside exactly when its
    /// Wilson interval leaves the target out.
    InvertedWilson,
}

impl Default for ShareLimits {
    fn default() -> Self {
        Self::Binomial(Interpolation::default())
    }
}

/// Limits of a site's share among `n` when the common share is `target`, strictly between 0 and 1.
pub fn share_limits(target: f64, n: u64, level: f64, kind: ShareLimits) -> Option<Interval> {
    if n == 0 || n > MOST || !(target > 0.0 && target < 1.0) {
        return None;
    }
    let size = n as f64;
    Some(match kind {
        ShareLimits::Binomial(interpolation) => {
            let (lower, upper) = interpolation.limits(Counts::Binomial { n, p: target }, level);
            Interval::of_shares(lower / size, upper / size)
        }
        ShareLimits::InvertedWilson => {
            let reach = normal_deviate(level) * (target * (1.0 - target) / size).sqrt();
            Interval::of_shares(target - reach, target + reach)
        }
    })
}

/// Limits of observed over expected events when `expected` are expected, from the Poisson distribution. The lower one is 0 where not even none
/// is rare enough.
pub fn ratio_limits(expected: f64, level: f64, interpolation: Interpolation) -> Option<Interval> {
    if !(expected > 0.0 && expected <= MOST as f64) {
        return None;
    }
    let (lower, upper) = interpolation.limits(Counts::Poisson { mean: expected }, level);
    Some(Interval { lower: lower.max(0.0) / expected, upper: upper.max(0.0) / expected })
}

/// Limits of a site's rate over an exposure when the common rate is `target` (above 0), both in the same unit.
pub fn rate_limits(target: f64, exposure: f64, level: f64, interpolation: Interpolation) -> Option<Interval> {
    if !(target > 0.0 && exposure > 0.0) {
        return None;
    }
    ratio_limits(target * exposure, level, interpolation)
        .map(|limits| Interval { lower: limits.lower * target, upper: limits.upper * target })
}

impl Interpolation {
    fn limits(self, counts: Counts, level: f64) -> (f64, f64) {
        let (lower, upper) = counts.limits((1.0 - level) / 2.0);
        match self {
            Self::Mirrored => (lower, upper),
            Self::Quantiles => (lower, upper - 1.0),
        }
    }
}

/// On which side of the limits a value lies; `None` within them or on one.
pub fn outside(value: f64, limits: Interval) -> Option<Side> {
    if value > limits.upper {
        Some(Side::Above)
    } else if value < limits.lower {
        Some(Side::Below)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::proportion::wilson;
    use proptest::prelude::*;

    const KINDS: [ShareLimits; 3] = [
        ShareLimits::Binomial(Interpolation::Mirrored),
        ShareLimits::Binomial(Interpolation::Quantiles),
        ShareLimits::InvertedWilson,
    ];

    #[test]
    fn no_size_or_no_room_for_chance_is_no_limit() {
        for kind in KINDS {
            assert_eq!(share_limits(0.4, 0, 0.95, kind), None);
            assert_eq!(share_limits(0.0, 50, 0.95, kind), None);
            assert_eq!(share_limits(1.0, 50, 0.95, kind), None);
            assert_eq!(share_limits(f64::NAN, 50, 0.95, kind), None);
        }
        assert_eq!(ratio_limits(0.0, 0.95, Interpolation::Mirrored), None);
        assert_eq!(share_limits(0.5, u64::MAX, 0.95, ShareLimits::default()), None);
        assert_eq!(ratio_limits(1e18, 0.95, Interpolation::Mirrored), None);
        assert_eq!(ratio_limits(f64::INFINITY, 0.95, Interpolation::Mirrored), None);
        assert_eq!(rate_limits(0.0, 10.0, 0.95, Interpolation::Mirrored), None);
        assert_eq!(rate_limits(0.1, f64::NAN, 0.95, Interpolation::Mirrored), None);
    }

    #[test]
    fn a_small_site_cannot_be_low() {
        assert_eq!(share_limits(0.2, 5, 0.998, ShareLimits::default()).map(|limits| limits.lower), Some(0.0));
        assert_eq!(ratio_limits(1.5, 0.998, Interpolation::Mirrored).map(|limits| limits.lower), Some(0.0));
        // One client at a common share of 90 %: neither yes nor no is outside.
        let one = share_limits(0.9, 1, 0.95, ShareLimits::default()).unwrap();
        assert_eq!((outside(0.0, one), outside(1.0, one)), (None, None));
        let printed = share_limits(0.9, 1, 0.95, ShareLimits::Binomial(Interpolation::Quantiles)).unwrap();
        assert_eq!(outside(1.0, printed), Some(Side::Above));
    }

    #[test]
    fn on_a_limit_is_not_outside() {
        let limits = Interval { lower: 0.25, upper: 0.75 };
        assert_eq!(
            [0.2, 0.25, 0.75, 0.8].map(|v| outside(v, limits)),
            [Some(Side::Below), None, None, Some(Side::Above)]
        );
    }

    proptest! {
        #[test]
        fn the_inverted_wilson_limit_is_where_wilson_touches_the_target(target in 0.05..0.95, x in 0_u64..400, more in 1_u64..400) {
            let n = x + more;
            let limits = share_limits(target, n, 0.95, ShareLimits::InvertedWilson).unwrap();
            let wilson = wilson(x, n, 0.95).unwrap();
            let share = x as f64 / n as f64;
            prop_assume!((share - limits.lower).abs() > 1e-9 && (share - limits.upper).abs() > 1e-9);
            prop_assume!(x > 0);
            prop_assert_eq!(outside(share, limits).is_none(), wilson.lower <= target && target <= wilson.upper);
        }

        #[test]
        fn limits_hold_the_target_narrow_with_size_and_widen_with_the_level(target in 0.02..0.98, n in 30_u64..5000, expected in 5.0..5000.0) {
            for kind in KINDS {
                let [two, three] = LEVELS.map(|level| share_limits(target, n, level, kind).unwrap());
                prop_assert!(0.0 <= three.lower && three.lower <= two.lower && two.lower <= target);
                prop_assert!(target <= two.upper && two.upper <= three.upper && three.upper <= 1.0);
                let large = share_limits(target, 16 * n, 0.95, kind).unwrap();
                prop_assert!(large.upper - large.lower < two.upper - two.lower);
            }
            let [two, three] = LEVELS.map(|level| ratio_limits(expected, level, Interpolation::Mirrored).unwrap());
            prop_assert!(three.lower <= two.lower && two.lower <= 1.0 && 1.0 <= two.upper && two.upper <= three.upper);
            let rate = rate_limits(target, expected / target, 0.95, Interpolation::Mirrored).unwrap();
            prop_assert!((rate.upper / target / two.upper - 1.0).abs() < 1e-9);
        }
    }
}
