//! Intervals made from other intervals, where only an estimate and its limits are left.

use super::{Interval, distributions::normal_deviate};

/// Interval of the difference `one − other` of two independent estimates, each given with its limits: the method of
/// variance estimates recovery (Zou & Donner 2008). With Wilson limits it is Newcombe's method 10.
pub fn difference(one: (f64, Interval), other: (f64, Interval)) -> Interval {
    let ((a, al, au), (b, bl, bu)) = ((one.0, one.1.lower, one.1.upper), (other.0, other.1.lower, other.1.upper));
    let d = a - b;
    Interval { lower: d - (a - al).hypot(bu - b), upper: d + (au - a).hypot(b - bl) }
}

/// A share's log-log limits at another confidence level: `share^exp(±c)` with c in proportion to the normal deviate.
///
/// `None` where the share is 0 or 1 or a limit is, for which the scale has no place.
pub fn at_level(share: f64, limits: Interval, from: f64, to: f64) -> Option<Interval> {
    let ratio = normal_deviate(to) / normal_deviate(from);
    let wider = |limit: f64| {
        let inside = share > 0.0 && share < 1.0 && limit > 0.0 && limit < 1.0;
        inside.then(|| share.powf(((limit.ln() / share.ln()).ln() * ratio).exp()))
    };
    Some(Interval::of_shares(wider(limits.lower)?, wider(limits.upper)?))
}

/// How many independent units a share's Wilson limits speak of: n for those of x of n, the effective n for wider ones.
///
/// Made from their width alone, which says nearly the same where limits are rounded: with m = z²/n half of it, h, solves
/// (h² − ¼) m² + (2h² − pq) m + h² = 0, of which one root is positive. `None` where they are no such limits.
pub fn effective_size(share: f64, limits: Interval, level: f64) -> Option<f64> {
    let half = (limits.upper - limits.lower) / 2.0;
    let (h2, pq) = (half * half, share * (1.0 - share));
    let (a, b) = (h2 - 0.25, 2.0 * h2 - pq);
    let m = 2.0 * h2 / ((b * b - 4.0 * a * h2).sqrt() - b);
    (half > 0.0 && a < 0.0 && m > 0.0 && m.is_finite()).then(|| normal_deviate(level).powi(2) / m)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::LEVEL;
    use crate::statistics::aalen_johansen::aalen_johansen;
    use crate::statistics::proportion::{newcombe, wilson};
    use crate::statistics::survival::{End, RiskTable, Spell};

    #[test]
    fn with_wilson_limits_it_is_newcombe() {
        let (one, other) = (wilson(56, 70, LEVEL).expect("limits"), wilson(48, 80, LEVEL).expect("limits"));
        let found = difference((0.8, one), (0.6, other));
        let expected = newcombe(56, 70, 48, 80, LEVEL).expect("limits").interval;
        assert!((found.lower - expected.lower).abs() < 1e-12 && (found.upper - expected.upper).abs() < 1e-12);
    }

    #[test]
    fn limits_tell_how_many_units_they_speak_of() {
        for (x, n) in [(0, 7), (1, 1), (56, 70), (3, 400), (400, 400), (500, 1000), (77, 123_456)] {
            let found = effective_size(x as f64 / n as f64, wilson(x, n, 0.95).expect("limits"), 0.95);
            assert!((found.expect("a size") / n as f64 - 1.0).abs() < 1e-6, "{x} of {n}: {found:?}");
        }
        assert_eq!(effective_size(0.5, Interval { lower: 0.5, upper: 0.5 }, 0.95), None);
    }

    #[test]
    fn limits_that_are_rounded_speak_of_nearly_as_many() {
        for (x, n) in [(26_u32, 71_u32), (120, 189), (14, 39), (500, 1000), (8, 31)] {
            let share = f64::from(x) / f64::from(n);
            let limits = wilson(x.into(), n.into(), 0.95).expect("limits");
            let rounded = |limit: f64| (limit * 100.0).round() / 100.0;
            let rounded = Interval { lower: rounded(limits.lower), upper: rounded(limits.upper) };
            let found = effective_size(share, rounded, 0.95).expect("a size") / f64::from(n);
            let most = 0.01 / (limits.upper - limits.lower) * 2.1;
            assert!((found - 1.0).abs() < most, "{x} of {n}: {found}");
        }
    }

    #[test]
    fn another_level_is_what_the_curve_gives_at_that_level() {
        let spells: Vec<Spell> = (0..40)
            .map(|i| Spell::days(i, if i % 3 == 0 { End::Censored } else { End::Event((i % 2) as usize) }, 2))
            .collect();
        let table = RiskTable::new(&spells, 2);
        let of = |level| aalen_johansen(&table, level).at(20.0, 0).expect("observed");
        let (narrow, wide) = (of(0.95), of(0.998));
        let found = at_level(narrow.share, narrow.limits.expect("limits"), 0.95, 0.998).expect("inside");
        let expected = wide.limits.expect("limits");
        assert!((found.lower - expected.lower).abs() < 1e-9 && (found.upper - expected.upper).abs() < 1e-9);
    }
}
