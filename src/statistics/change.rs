//! Change between two measurements of the same client: paired mean change, its standardised size, and who changed reliably.
//!
//! Scores keep the instrument's own unit and sign: change is after minus before. Which way is better is the caller's to say.

use super::mean::{Mean, Sums, mean};

/// The deviate beyond which a change is reliable. Jacobson & Truax print 1.96, not the unrounded normal quantile.
pub const RELIABLE_DEVIATE: f64 = 1.96;

/// What the engine hands over: sums over the clients measured both times.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PairedSums {
    pub n: u64,
    pub before: f64,
    pub after: f64,
    pub before_squared: f64,
    pub after_squared: f64,
    /// Sum of after − before.
    pub difference: f64,
    pub difference_squared: f64,
}

impl PairedSums {
    /// The sums of some pairs (before, after).
    pub fn of(pairs: &[(f64, f64)]) -> Self {
        pairs.iter().fold(Self::default(), |sums, (before, after)| Self {
            n: sums.n + 1,
            before: sums.before + before,
            after: sums.after + after,
            before_squared: sums.before_squared + before * before,
            after_squared: sums.after_squared + after * after,
            difference: sums.difference + (after - before),
            difference_squared: sums.difference_squared + (after - before) * (after - before),
        })
    }
}

/// A paired change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    pub before: Mean,
    pub after: Mean,
    /// Mean of after − before with its paired t interval.
    pub change: Mean,
    /// Mean change over the mean of the two standard deviations (Cumming 2012, `d_av`). Named, because `d_z`, which divides by the spread
    /// of the differences, is a different number. `None` for fewer than two pairs or where neither measurement has any spread.
    pub d_av: Option<f64>,
}

/// The mean change of paired measurements, with t intervals at `level`. `None` without pairs.
pub fn paired_change(sums: &PairedSums, level: f64) -> Option<Change> {
    let n = sums.n;
    let before = mean(&Sums { n, sum: sums.before, sum_of_squares: sums.before_squared }, level)?;
    let after = mean(&Sums { n, sum: sums.after, sum_of_squares: sums.after_squared }, level)?;
    let change = mean(&Sums { n, sum: sums.difference, sum_of_squares: sums.difference_squared }, level)?;
    let spread = before.standard_deviation.zip(after.standard_deviation).map(|(one, other)| f64::midpoint(one, other));
    let d_av = spread.filter(|sd| *sd > 0.0).map(|sd| change.mean / sd);
    Some(Change { before, after, change, d_av })
}

/// Jacobson & Truax's (1991) criterion: the standard error of a difference, `SD · √2 · √(1 − reliability)`, times 1.96.
///
/// A change at least this large is reliable. `None` for a standard deviation that is not positive or a reliability outside `[0, 1)`: a
/// perfectly reliable instrument would make every change count.
pub fn reliable_change_criterion(standard_deviation: f64, reliability: f64) -> Option<f64> {
    let known = standard_deviation > 0.0 && standard_deviation.is_finite() && (0.0..1.0).contains(&reliability);
    known.then(|| RELIABLE_DEVIATE * standard_deviation * (2.0 * (1.0 - reliability)).sqrt())
}

/// Jacobson & Truax's cut-off `c` between two populations: the score closer to which side a client is more likely to belong.
///
/// `None` unless both standard deviations are positive.
pub fn cut_off(served_mean: f64, served_sd: f64, general_mean: f64, general_sd: f64) -> Option<f64> {
    (served_sd > 0.0 && general_sd > 0.0)
        .then(|| (served_sd * general_mean + general_sd * served_mean) / (served_sd + general_sd))
}

/// Which way on a scale is improvement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    Higher,
    Lower,
}

/// How one client changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReliableChange {
    Improved,
    Unchanged,
    Deteriorated,
}

/// Places one client's change against the criterion; a change exactly as large as it counts as reliable.
pub fn classify(before: f64, after: f64, better: Better, criterion: f64) -> ReliableChange {
    let gain = match better {
        Better::Higher => after - before,
        Better::Lower => before - after,
    };
    if gain >= criterion {
        ReliableChange::Improved
    } else if gain <= -criterion {
        ReliableChange::Deteriorated
    } else {
        ReliableChange::Unchanged
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_worked_example_of_1991() {
        let criterion = reliable_change_criterion(7.5, 0.8).unwrap();
        assert!((15.0 / (criterion / RELIABLE_DEVIATE) - 3.162_277_660_168_379).abs() < 1e-12);
        assert_eq!(classify(32.5, 47.5, Better::Higher, criterion), ReliableChange::Improved);
        assert_eq!(classify(32.5, 47.5, Better::Lower, criterion), ReliableChange::Deteriorated);
        assert_eq!(classify(32.5, 33.5, Better::Lower, criterion), ReliableChange::Unchanged);
    }

    #[test]
    fn an_unknown_or_perfect_reliability_gives_no_criterion() {
        for (sd, r) in [(7.5, 1.0), (7.5, f64::NAN), (7.5, -0.1), (0.0, 0.8), (f64::NAN, 0.8)] {
            assert_eq!(reliable_change_criterion(sd, r), None);
        }
    }

    #[test]
    fn one_pair_has_a_change_and_nothing_else() {
        let change = paired_change(&PairedSums::of(&[(10.0, 14.0)]), 0.95).unwrap();
        assert_eq!((change.change.mean, change.change.interval, change.d_av), (4.0, None, None));
        assert_eq!(paired_change(&PairedSums::default(), 0.95), None);
    }

    #[test]
    fn everybody_gaining_the_same_has_a_size_but_no_interval() {
        let change = paired_change(&PairedSums::of(&[(10.0, 12.0), (14.0, 16.0), (18.0, 20.0)]), 0.95).unwrap();
        assert_eq!((change.change.interval, change.d_av), (None, Some(0.5)));
    }

    proptest! {
        #[test]
        fn turning_time_round_turns_the_change_round(pairs in prop::collection::vec((0_i32..60, 0_i32..60), 2..80)) {
            let there: Vec<(f64, f64)> = pairs.iter().map(|(a, b)| (f64::from(*a), f64::from(*b))).collect();
            let back: Vec<(f64, f64)> = there.iter().map(|(a, b)| (*b, *a)).collect();
            let (there, back) = (paired_change(&PairedSums::of(&there), 0.95), paired_change(&PairedSums::of(&back), 0.95));
            let (there, back) = (there.unwrap(), back.unwrap());
            prop_assert_eq!(Some(there.change.mean), Some(-back.change.mean));
            prop_assert_eq!(there.d_av, back.d_av.map(|d| -d));
            prop_assert_eq!(there.change.interval.map(|i| i.lower), back.change.interval.map(|i| -i.upper));
        }
    }
}
