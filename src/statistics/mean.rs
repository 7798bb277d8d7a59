//! Means and quantiles of complete values (nobody still waiting; for those see [`super::kaplan_meier`]).

use super::{Interval, distributions::student_deviate};

/// What the engine hands over for a mean: how many values, their sum and the sum of their squares.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sums {
    pub n: u64,
    pub sum: f64,
    pub sum_of_squares: f64,
}

impl Sums {
    /// The sums of some values.
    pub fn of(values: &[f64]) -> Self {
        values.iter().fold(Self::default(), |sums, x| Self {
            n: sums.n + 1,
            sum: sums.sum + x,
            sum_of_squares: sums.sum_of_squares + x * x,
        })
    }

    /// The sample standard deviation (n − 1). `None` for fewer than two values.
    ///
    /// Sums added one by one cannot tell a spread below about √(nε) of the values' size (5e-7 for a thousand values) from none; such a
    /// spread is given as exactly 0.
    pub fn standard_deviation(&self) -> Option<f64> {
        if self.n < 2 || !self.sum.is_finite() || !self.sum_of_squares.is_finite() {
            return None;
        }
        let n = self.n as f64;
        // nΣx² − (Σx)² is a difference of near-equal products; fused operations keep what plain ones would round away (Kahan).
        let square = self.sum * self.sum;
        let lost = (-self.sum).mul_add(self.sum, square);
        let difference = n.mul_add(self.sum_of_squares, -square) + lost;
        let noise = (n + 16.0) * f64::EPSILON * n * self.sum_of_squares;
        let deviations = if difference <= noise { 0.0 } else { difference / n };
        Some((deviations / (n - 1.0)).sqrt())
    }
}

/// A mean with Student's interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    pub mean: f64,
    /// `None` for one value.
    pub standard_deviation: Option<f64>,
    /// `None` for one value, and where all values are the same: no spread seen is not certainty.
    pub interval: Option<Interval>,
}

/// The mean with its t interval, n − 1 degrees of freedom (Student 1908). `None` without values.
pub fn mean(sums: &Sums, level: f64) -> Option<Mean> {
    if sums.n == 0 || !sums.sum.is_finite() {
        return None;
    }
    let n = sums.n as f64;
    let mean = sums.sum / n;
    let standard_deviation = sums.standard_deviation();
    let interval = standard_deviation.filter(|sd| *sd > 0.0).map(|sd| {
        let reach = student_deviate(level, n - 1.0) * sd / n.sqrt();
        Interval { lower: mean - reach, upper: mean + reach }
    });
    Some(Mean { mean, standard_deviation, interval })
}

/// The quantile at `p` in `[0, 1]` of values given as (value, how many), in any order, by linear interpolation of the order statistics:
/// type 7 of Hyndman & Fan (1996), the default of R, numpy and spreadsheets.
///
/// `None` without values or with `p` outside `[0, 1]`. Values that are not numbers are left out.
pub fn quantile(counts: &[(f64, u64)], p: f64) -> Option<f64> {
    let mut sorted: Vec<(f64, u64)> = counts.iter().copied().filter(|(value, n)| value.is_finite() && *n > 0).collect();
    sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
    let n: u64 = sorted.iter().map(|(_, n)| n).sum();
    if n == 0 || !(0.0..=1.0).contains(&p) {
        return None;
    }
    let place = (n - 1) as f64 * p;
    let (rank, part) = (place.floor(), place.fract());
    let below = order_statistic(&sorted, rank as u64)?;
    if part == 0.0 {
        return Some(below);
    }
    let above = order_statistic(&sorted, rank as u64 + 1)?;
    Some(below + part * (above - below))
}

/// The value at a rank counted from zero.
fn order_statistic(sorted: &[(f64, u64)], rank: u64) -> Option<f64> {
    let mut seen = 0;
    sorted
        .iter()
        .find(|(_, n)| {
            seen += n;
            rank < seen
        })
        .map(|(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_value_no_mean_and_one_value_no_interval() {
        assert_eq!(mean(&Sums::default(), 0.95), None);
        let one = mean(&Sums::of(&[7.5]), 0.95).unwrap();
        assert_eq!(one, Mean { mean: 7.5, standard_deviation: None, interval: None });
    }

    #[test]
    fn equal_values_have_no_spread_and_no_interval() {
        // 0.1 is not exact in binary: plain sums leave a spread of rounding errors here, or the root of a negative number.
        for value in [0.1, 1e9 + 0.3, -3.7e-5] {
            let same = mean(&Sums::of(&vec![value; 1000]), 0.95).unwrap();
            assert_eq!((same.standard_deviation, same.interval), (Some(0.0), None), "{value}");
        }
    }

    #[test]
    fn quantiles_of_nothing_and_of_one() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[(1.0, 0)], 0.5), None);
        assert_eq!(quantile(&[(4.0, 1)], 0.25), Some(4.0));
        assert_eq!(quantile(&[(4.0, 1)], 1.5), None);
    }

    proptest! {
        #[test]
        fn the_spread_agrees_with_two_passes(values in prop::collection::vec(-1e3..1e3_f64, 2..200), offset in -1e4..1e4_f64) {
            let moved: Vec<f64> = values.iter().map(|x| x + offset).collect();
            let n = moved.len() as f64;
            let center = moved.iter().sum::<f64>() / n;
            let expected = (moved.iter().map(|x| (x - center).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
            let found = mean(&Sums::of(&moved), 0.95).unwrap();
            let size = moved.iter().fold(0.0_f64, |size, x| size.max(x.abs()));
            let indistinct = ((n + 16.0) * f64::EPSILON * 4.0).sqrt() * size;
            prop_assert!((found.standard_deviation.unwrap() - expected).abs() <= 1e-6 * expected + indistinct);
        }

        #[test]
        fn counts_stand_for_repeated_values(pairs in prop::collection::vec((-50_i32..50, 0_u64..5), 1..30), p in 0.0..=1.0) {
            let counts: Vec<(f64, u64)> = pairs.iter().map(|(x, n)| (f64::from(*x), *n)).collect();
            let single: Vec<(f64, u64)> =
                counts.iter().flat_map(|(x, n)| std::iter::repeat_n((*x, 1), *n as usize)).collect();
            prop_assert_eq!(quantile(&counts, p), quantile(&single, p));
        }
    }
}
