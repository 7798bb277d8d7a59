//! Rates: events per exposure, such as incidents per client-month.
//!
//! The exposure's unit is the caller's; rate and limits are per one of it. Events of one client are taken as independent of each other.

use super::{Interval, distributions::chi_square_quantile};

/// A rate per unit of exposure with its exact interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    pub rate: f64,
    pub interval: Interval,
}

/// Events per exposure with the exact Poisson interval (Garwood 1936). The default for a rate.
///
/// `None` without exposure: nothing was watched. With no events the rate and the lower end are exactly 0 and the upper end is not.
pub fn garwood(events: u64, exposure: f64, level: f64) -> Option<Rate> {
    if !(exposure > 0.0 && exposure.is_finite()) {
        return None;
    }
    let tail = (1.0 - level) / 2.0;
    let count = events as f64;
    let lower = if events == 0 { 0.0 } else { chi_square_quantile(tail, 2.0 * count) / 2.0 };
    // With no events the chi-square has two degrees of freedom, whose quantile is a logarithm.
    let upper = if events == 0 { -tail.ln() } else { chi_square_quantile(1.0 - tail, 2.0 * count + 2.0) / 2.0 };
    Some(Rate { rate: count / exposure, interval: Interval { lower: lower / exposure, upper: upper / exposure } })
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

    proptest! {
        #[test]
        fn limits_hold_the_rate_and_scale_with_exposure(events in 0_u64..3000, exposure in 0.1..1e6) {
            let rate = garwood(events, exposure, 0.95).unwrap();
            prop_assert!(rate.interval.lower <= rate.rate && rate.rate < rate.interval.upper);
            let doubled = garwood(events, exposure * 2.0, 0.95).unwrap();
            prop_assert!((doubled.interval.upper * 2.0 / rate.interval.upper - 1.0).abs() < 1e-12);
        }
    }
}
