//! Tests of one count against a known value, and of two shares against each other.
//!
//! Counts in, two-sided p-values out; never rounded, and 0 where they are too small for a number. `None` where there is nothing to compare:
//! nobody counted, a value that leaves no room for chance, or more than ten billion counted. Many at once need [`super::multiple`].

use super::{
    discrete::{Counts, MOST, two_sided},
    distributions::chi_square_upper,
};

/// How a count is tested against a known value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SingleTest {
    /// All counts no likelier than this one, as in R's `binom.test` and `poisson.test`. The default: never too bold, for small counts
    /// rather too timid.
    #[default]
    Exact,
    /// Twice the smaller tail with half of the count's own chance in it: right on average. For screens of many small sites.
    MidP,
    /// The normal approximation with the error that the known value gives. For large counts.
    Normal,
}

/// Whether a share of `n` could be `known` and come out as `x` of `n`. Against a pooled share the site is part of, it is a little timid.
pub fn share_against(x: u64, n: u64, known: f64, test: SingleTest) -> Option<f64> {
    if n == 0 || n > MOST || x > n || !(known > 0.0 && known < 1.0) {
        return None;
    }
    let size = n as f64;
    let away = x as f64 - size * known;
    Some(answer(Counts::Binomial { n, p: known }, x, away * away / (size * known * (1.0 - known)), test))
}

/// Whether as many events could be expected as `expected` and come out as `events`, for Poisson counts.
pub fn count_against(events: u64, expected: f64, test: SingleTest) -> Option<f64> {
    if events > MOST || !(expected > 0.0 && expected <= MOST as f64) {
        return None;
    }
    let away = events as f64 - expected;
    Some(answer(Counts::Poisson { mean: expected }, events, away * away / expected, test))
}

fn answer(counts: Counts, x: u64, squared: f64, test: SingleTest) -> f64 {
    match test {
        SingleTest::Exact => counts.two_sided(x),
        SingleTest::MidP => counts.mid_p(x),
        SingleTest::Normal => chi_square_upper(squared, 1.0),
    }
}

/// Two shares, `x` of `n` each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TwoShares {
    pub x1: u64,
    pub n1: u64,
    pub x2: u64,
    pub n2: u64,
}

/// The test used for two shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TwoTest {
    Fisher,
    PearsonChiSquare,
}

impl TwoShares {
    /// `None` unless both are shares and there are both successes and failures.
    fn totals(&self) -> Option<(u64, u64)> {
        let within = |x: u64, n: u64| n > 0 && n <= MOST && x <= n;
        if !within(self.x1, self.n1) || !within(self.x2, self.n2) {
            return None;
        }
        let (x, n) = (self.x1 + self.x2, self.n1 + self.n2);
        (x > 0 && x < n).then_some((x, n))
    }

    /// Fisher's exact test: the chance of all tables with these margins that are no likelier (1935; R's two-sided rule).
    pub fn fisher(&self) -> Option<f64> {
        let (x, n) = self.totals()?;
        let first = x.saturating_sub(self.n2);
        let last = x.min(self.n1);
        // k successes among the first n1: P(k + 1)/P(k).
        let step = |k: u64| (x - k) as f64 / (k + 1) as f64 * ((self.n1 - k) as f64 / (self.n2 + k + 1 - x) as f64);
        let mode = ((self.n1 + 1) as f64 * (x + 1) as f64 / (n + 2) as f64) as u64;
        Some(two_sided(first, last, self.x1, mode, step))
    }

    /// Pearson's chi-square with one degree of freedom, without continuity correction (1900), and its p-value.
    pub fn pearson(&self) -> Option<(f64, f64)> {
        let (x, n) = self.totals()?;
        // Successes here times failures there, less the reverse: whole numbers, so exact where their product is.
        let products = |x: u64, n: u64, other: u64| i128::from(x) * i128::from(n - other);
        let cross = (products(self.x1, self.n2, self.x2) - products(self.x2, self.n1, self.x1)) as f64;
        let (successes, failures) = (x as f64, (n - x) as f64);
        let statistic = cross / (self.n1 as f64 * self.n2 as f64) * (cross * (n as f64 / (successes * failures)));
        Some((statistic, chi_square_upper(statistic, 1.0)))
    }

    /// The smallest number of clients expected in a cell, were the shares the same.
    pub fn least_expected(&self) -> Option<f64> {
        let (x, n) = self.totals()?;
        Some(self.n1.min(self.n2) as f64 * x.min(n - x) as f64 / n as f64)
    }

    /// Fisher's test where fewer than five clients are expected in some cell, Pearson's otherwise; and which it was.
    pub fn test(&self) -> Option<(TwoTest, f64)> {
        if self.least_expected()? < 5.0 {
            Some((TwoTest::Fisher, self.fisher()?))
        } else {
            Some((TwoTest::PearsonChiSquare, self.pearson()?.1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [SingleTest; 3] = [SingleTest::Exact, SingleTest::MidP, SingleTest::Normal];

    #[test]
    fn nothing_to_compare_is_no_p_value() {
        for test in ALL {
            assert_eq!(share_against(0, 0, 0.5, test), None);
            assert_eq!(share_against(3, 2, 0.5, test), None);
            assert_eq!(share_against(0, 9, 0.0, test), None);
            assert_eq!(share_against(9, 9, 1.0, test), None);
            assert_eq!(count_against(0, 0.0, test), None);
            assert_eq!(count_against(2, f64::NAN, test), None);
        }
        assert_eq!(count_against(u64::MAX, 2.0, SingleTest::Exact), None);
        assert_eq!(share_against(1, u64::MAX, 0.5, SingleTest::Exact), None);
        for (x1, n1, x2, n2) in [(u64::MAX, u64::MAX, 1, 2), (0, 0, 1, 2), (0, 5, 0, 7), (5, 5, 7, 7), (6, 5, 1, 7)] {
            let two = TwoShares { x1, n1, x2, n2 };
            assert_eq!((two.fisher(), two.pearson(), two.least_expected(), two.test()), (None, None, None, None));
        }
    }

    #[test]
    fn a_tasting_of_tea() {
        let two = TwoShares { x1: 3, n1: 4, x2: 1, n2: 4 };
        assert!((two.fisher().unwrap() - 34.0 / 70.0).abs() < 1e-14);
        assert_eq!(two.test().map(|(test, _)| test), Some(TwoTest::Fisher));
        let large = TwoShares { x1: 30, n1: 40, x2: 10, n2: 40 };
        assert_eq!(large.test().map(|(test, _)| test), Some(TwoTest::PearsonChiSquare));
        assert_eq!(large.pearson().map(|(statistic, _)| statistic), Some(20.0));
    }

    proptest! {
        #[test]
        fn p_values_are_chances_and_mirrored_counts_have_the_same(n in 1_u64..300, part in 0.0..=1.0, known in 0.01..0.99) {
            let x = (part * n as f64) as u64;
            for test in ALL {
                let p = share_against(x, n, known, test).unwrap();
                let mirrored = share_against(n - x, n, 1.0 - known, test).unwrap();
                prop_assert!((0.0..=1.0).contains(&p));
                prop_assert!((p - mirrored).abs() < 1e-9);
            }
        }

        #[test]
        fn fisher_does_not_care_which_is_first_or_what_is_success(n1 in 1_u64..60, n2 in 1_u64..60, a in 0.0..=1.0, b in 0.0..=1.0) {
            let (x1, x2) = ((a * n1 as f64) as u64, (b * n2 as f64) as u64);
            let p = TwoShares { x1, n1, x2, n2 }.fisher();
            let swapped = TwoShares { x1: x2, n1: n2, x2: x1, n2: n1 }.fisher();
            let failures = TwoShares { x1: n1 - x1, n1, x2: n2 - x2, n2 }.fisher();
            prop_assert_eq!(p.is_some(), swapped.is_some());
            if let (Some(p), Some(swapped), Some(failures)) = (p, swapped, failures) {
                prop_assert!(p > 0.0 && p <= 1.0);
                prop_assert!((p - swapped).abs() < 1e-9 && (p - failures).abs() < 1e-9);
            }
        }
    }
}
