//! Rates: events per exposure, such as incidents per client-month.
//!
//! The exposure's unit is the caller's; rate and limits are per one of it. Events of one client are taken as independent of each other
//! (when they are not, the interval is too narrow; see [`super::recurrent`]).

use super::{
    Interval,
    distributions::{chi_square_quantile, normal_deviate},
};

/// Below this many events [`RateLimits::ByarFromTen`] is exact.
const BYAR_FROM: u64 = 10;

/// How the limits of a count, and of a rate, are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RateLimits {
    /// Exact (Garwood 1936). The default.
    #[default]
    Garwood,
    /// Byar's approximation (Breslow & Day 1987, eq. 2.13). None where its lower limit would be negative or has no value: without events,
    /// and for a few at high levels.
    Byar,
    /// Exact below ten events, Byar's from ten on: the convention of Public Health England.
    ByarFromTen,
}

/// A rate per unit of exposure with its exact interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    pub rate: f64,
    pub interval: Interval,
}

/// Events per exposure with limits by the method named.
///
/// `None` without exposure: nothing was watched. With no events the exact rate and lower end are 0 and the upper end is not.
pub fn rate(events: u64, exposure: f64, level: f64, method: RateLimits) -> Option<Rate> {
    if !(exposure > 0.0 && exposure.is_finite()) {
        return None;
    }
    let limits = limits_of_count(events, level, method)?;
    let interval = Interval { lower: limits.lower / exposure, upper: limits.upper / exposure };
    Some(Rate { rate: events as f64 / exposure, interval })
}

/// Events per exposure with the exact Poisson interval (Garwood 1936). The default for a rate; see [`rate`].
pub fn garwood(events: u64, exposure: f64, level: f64) -> Option<Rate> {
    rate(events, exposure, level, RateLimits::Garwood)
}

/// Limits of the mean of a Poisson variable that came out as `events`.
pub fn limits_of_count(events: u64, level: f64, method: RateLimits) -> Option<Interval> {
    match method {
        RateLimits::ByarFromTen if events >= BYAR_FROM => byar(events, level),
        RateLimits::Byar => byar(events, level),
        RateLimits::Garwood | RateLimits::ByarFromTen => Some(exact(events, level)),
    }
}

fn exact(events: u64, level: f64) -> Interval {
    limits_of_amount(events as f64, level)
}

/// Garwood's limits for an amount that is no whole number: the effective number of events where events are not independent.
pub(super) fn limits_of_amount(count: f64, level: f64) -> Interval {
    let tail = (1.0 - level) / 2.0;
    let none = count <= 0.0;
    let lower = if none { 0.0 } else { chi_square_quantile(tail, 2.0 * count) / 2.0 };
    // With no events the chi-square has two degrees of freedom, whose quantile is a logarithm.
    let upper = if none { -tail.ln() } else { chi_square_quantile(1.0 - tail, 2.0 * count + 2.0) / 2.0 };
    Interval { lower, upper }
}

fn byar(events: u64, level: f64) -> Option<Interval> {
    let z = normal_deviate(level);
    let limit = |count: f64, z: f64| count * (1.0 - 1.0 / (9.0 * count) + z / (3.0 * count.sqrt())).powi(3);
    // Without events the first is not a number.
    let (lower, upper) = (limit(events as f64, -z), limit(events as f64 + 1.0, z));
    (lower >= 0.0).then_some(Interval { lower, upper })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_exposure_is_no_rate() {
        assert_eq!(garwood(3, 0.0, 0.95), None);
        assert_eq!(garwood(3, f64::NAN, 0.95), None);
        assert_eq!(garwood(0, -1.0, 0.95), None);
    }

    #[test]
    fn no_events_is_the_rule_of_three_made_two_sided() {
        let rate = garwood(0, 100.0, 0.95).unwrap();
        assert_eq!((rate.rate, rate.interval.lower), (0.0, 0.0));
        assert!((rate.interval.upper - 0.036_888_794_541_139_36).abs() < 1e-15);
    }

    #[test]
    fn byar_has_no_limits_where_the_lower_would_be_negative() {
        assert_eq!(rate(0, 10.0, 0.95, RateLimits::Byar), None);
        assert_eq!(rate(1, 10.0, 0.998, RateLimits::Byar), None);
        assert!(rate(1, 10.0, 0.95, RateLimits::Byar).is_some());
        assert_eq!(rate(12, 0.0, 0.95, RateLimits::ByarFromTen), None);
    }

    #[test]
    fn the_convention_changes_method_at_ten() {
        for events in [0, 1, 9, 10, 11] {
            let of = |method| rate(events, 2.0, 0.95, method);
            let named = if events < 10 { RateLimits::Garwood } else { RateLimits::Byar };
            assert_eq!(of(RateLimits::ByarFromTen), of(named), "{events}");
        }
    }

    proptest! {
        #[test]
        fn byar_is_near_exact_for_more_than_a_few(events in 10_u64..5000) {
            let (exact, byar) = (exact(events, 0.95), byar(events, 0.95).unwrap());
            prop_assert!((exact.lower / byar.lower - 1.0).abs() < 2e-3 && (exact.upper / byar.upper - 1.0).abs() < 2e-3);
        }

        #[test]
        fn limits_hold_the_rate_and_scale_with_exposure(events in 0_u64..3000, exposure in 0.1..1e6) {
            let rate = garwood(events, exposure, 0.95).unwrap();
            prop_assert!(rate.interval.lower <= rate.rate && rate.rate < rate.interval.upper);
            let doubled = garwood(events, exposure * 2.0, 0.95).unwrap();
            prop_assert!((doubled.interval.upper * 2.0 / rate.interval.upper - 1.0).abs() < 1e-12);
        }
    }
}
