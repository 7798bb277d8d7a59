//! Shares and means where several rows belong to one person: episodes, referrals, visits.
//!
//! Rows of one person are alike, so intervals that take them as independent are too narrow. Here persons are the independent ones: the variance
//! is that of a ratio of sums over persons by linearisation, `m/(m−1) · Σ(x_c − p·n_c)² / (Σn_c)²` for m persons (Cochran 1977; the
//! independence working model of generalised estimating equations with the small-sample factor m/(m−1)). Sums over persons go in, so that the
//! engine need not hand over rows. `None` without rows; no variance and no interval with one person only.

use super::{
    Interval,
    distributions::{normal_deviate, student_deviate},
    mean::Sums,
    proportion::score_interval,
    rate::limits_of_amount,
};

/// Sums over persons of each one's successes x and rows n.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShareClusters {
    /// Persons with at least one row.
    pub clusters: u64,
    /// Σx
    pub x: u64,
    /// Σn
    pub n: u64,
    /// Σx²
    pub xx: u64,
    /// Σxn
    pub xn: u64,
    /// Σn²
    pub nn: u64,
}

impl ShareClusters {
    /// The sums of (successes, rows) of each person; persons without rows are left out.
    pub fn of(clusters: &[(u64, u64)]) -> Self {
        clusters.iter().filter(|(_, n)| *n > 0).fold(Self::default(), |sums, (x, n)| Self {
            clusters: sums.clusters + 1,
            x: sums.x + x,
            n: sums.n + n,
            xx: sums.xx + x * x,
            xn: sums.xn + x * n,
            nn: sums.nn + n * n,
        })
    }

    /// `Σ(x_c − p·n_c)²·n²`, in whole numbers: nothing cancels.
    fn scaled_deviations(&self) -> Option<i128> {
        let [x, n, xx, xn, nn] = [self.x, self.n, self.xx, self.xn, self.nn].map(i128::from);
        let own = n.checked_mul(n)?.checked_mul(xx)?;
        let mixed = x.checked_mul(n)?.checked_mul(xn)?.checked_mul(2)?;
        own.checked_sub(mixed)?.checked_add(x.checked_mul(x)?.checked_mul(nn)?)
    }
}

/// A share of rows, with persons as the independent ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusteredShare {
    pub share: f64,
    /// `None` for one person.
    pub standard_error: Option<f64>,
    /// The variance over that of as many independent rows, `p(1−p)/n`. `None` for one person, and where all or no rows are successes.
    pub design_effect: Option<f64>,
    /// Independent rows that would say as much: n over the design effect, never more than n. Where all or no rows are successes, that of
    /// persons whose rows always go the same way, `(Σn)²/Σn²`. `None` for one person.
    pub effective_n: Option<f64>,
    /// Wilson's with the effective n. The default.
    pub interval: Option<Interval>,
    /// The same with fewer still, times `(t_{n−1}/t_{m−1})²`, because a variance from few persons is itself uncertain (Korn & Graubard 1998).
    /// For fewer than about thirty persons.
    pub interval_few: Option<Interval>,
}

/// The share. `None` without rows, with more successes than rows, or with sums that no persons can have.
pub fn clustered_share(sums: &ShareClusters, level: f64) -> Option<ClusteredShare> {
    let deviations = sums.scaled_deviations()?;
    if sums.n == 0 || sums.clusters == 0 || sums.x > sums.n || sums.clusters > sums.n || deviations < 0 {
        return None;
    }
    let (m, n) = (sums.clusters as f64, sums.n as f64);
    let share = sums.x as f64 / n;
    let several = sums.clusters > 1;
    let variance = several.then(|| m / (m - 1.0) * (deviations as f64 / (n * n) / (n * n)));
    let independent = share * ((sums.n - sums.x) as f64 / n) / n;
    let design_effect = variance.filter(|_| independent > 0.0).map(|variance| variance / independent);
    let effective_n = several.then(|| match design_effect {
        Some(effect) => n / effect.max(1.0),
        None => n * n / sums.nn as f64,
    });
    let few = effective_n.map(|effective| {
        let ratio = student_deviate(level, (n - 1.0).max(1.0)) / student_deviate(level, m - 1.0);
        effective * ratio * ratio
    });
    let wilson = |size: f64| score_interval(share, size, normal_deviate(level));
    Some(ClusteredShare {
        share,
        standard_error: variance.map(f64::sqrt),
        design_effect,
        effective_n,
        interval: effective_n.map(wilson),
        interval_few: few.map(wilson),
    })
}

/// Sums over persons of each one's total y and rows n.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MeanClusters {
    /// Persons with at least one row.
    pub clusters: u64,
    /// Σy
    pub y: f64,
    /// Σn
    pub n: u64,
    /// Σy²
    pub yy: f64,
    /// Σyn
    pub yn: f64,
    /// Σn²
    pub nn: u64,
}

impl MeanClusters {
    /// The sums of (total, rows) of each person; persons without rows are left out.
    pub fn of(clusters: &[(f64, u64)]) -> Self {
        clusters.iter().filter(|(_, n)| *n > 0).fold(Self::default(), |sums, (y, n)| Self {
            clusters: sums.clusters + 1,
            y: sums.y + y,
            n: sums.n + n,
            yy: sums.yy + y * y,
            yn: sums.yn + y * *n as f64,
            nn: sums.nn + n * n,
        })
    }
}

/// A mean of rows, with persons as the independent ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusteredMean {
    pub mean: f64,
    /// `None` for one person. Exactly 0 where the sums cannot tell a spread from rounding.
    pub standard_error: Option<f64>,
    /// Student's with m − 1 degrees of freedom; `None` for one person, and where no spread was seen.
    pub interval: Option<Interval>,
}

/// The mean. `None` without rows or with sums that are not numbers.
pub fn clustered_mean(sums: &MeanClusters, level: f64) -> Option<ClusteredMean> {
    let finite = [sums.y, sums.yy, sums.yn].iter().all(|sum| sum.is_finite());
    if sums.n == 0 || sums.clusters == 0 || !finite {
        return None;
    }
    let (m, n) = (sums.clusters as f64, sums.n as f64);
    let mean = sums.y / n;
    let standard_error = (sums.clusters > 1).then(|| {
        let (own, mixed, rows) = (sums.yy, 2.0 * mean * sums.yn, mean * mean * sums.nn as f64);
        let deviations = own - mixed + rows;
        let noise = (m + 16.0) * f64::EPSILON * (own + mixed.abs() + rows);
        let deviations = if deviations <= noise { 0.0 } else { deviations };
        (m / (m - 1.0) * deviations).sqrt() / n
    });
    let interval = standard_error.filter(|error| *error > 0.0).map(|error| {
        let reach = student_deviate(level, m - 1.0) * error;
        Interval { lower: mean - reach, upper: mean + reach }
    });
    Some(ClusteredMean { mean, standard_error, interval })
}

impl ClusteredMean {
    /// The variance over that of as many independent rows with the same spread, s²/n. `None` without a spread among the rows.
    pub fn design_effect(&self, rows: &Sums) -> Option<f64> {
        let spread = rows.standard_deviation().filter(|spread| *spread > 0.0)?;
        let ratio = self.standard_error? / spread;
        Some(ratio * ratio * rows.n as f64)
    }
}

/// A rate of events per exposure, with persons as the independent ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusteredRate {
    /// Per unit of exposure.
    pub rate: f64,
    /// `None` for one person.
    pub standard_error: Option<f64>,
    /// The variance over that of as many independent events, x/T². `None` for one person and without events.
    pub design_effect: Option<f64>,
    /// Exact limits (Garwood 1936) of as many independent events as say as much, x over the design effect and never more than x, with the
    /// allowance for few persons of [`ClusteredShare::interval_few`]. `None` for one person with events.
    pub interval: Option<Interval>,
}

/// The rate, from sums over persons of each one's events y and exposure n. `None` without exposure.
///
/// The variance is that of a ratio of sums, as for the mean; it is what a Poisson regression on an intercept with the exposure as offset
/// and errors clustered by person gives.
pub fn clustered_rate(sums: &MeanClusters, level: f64) -> Option<ClusteredRate> {
    let of_mean = clustered_mean(sums, level)?;
    let (m, exposure) = (sums.clusters as f64, sums.n as f64);
    let poisson = sums.y / exposure / exposure;
    let design_effect = of_mean.standard_error.filter(|_| poisson > 0.0).map(|error| error * error / poisson);
    let effective = if sums.y == 0.0 {
        Some(0.0)
    } else {
        design_effect.map(|effect| {
            let few = normal_deviate(level) / student_deviate(level, m - 1.0);
            sums.y / effect.max(1.0) * few * few
        })
    };
    let interval = effective.map(|events| {
        let limits = limits_of_amount(events, level);
        // The limits are of `events` in as much exposure as makes the rate what it is.
        let scale = if events > 0.0 { of_mean.mean / events } else { 1.0 / exposure };
        Interval { lower: limits.lower * scale, upper: limits.upper * scale }
    });
    Some(ClusteredRate { rate: of_mean.mean, standard_error: of_mean.standard_error, design_effect, interval })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::proportion::wilson;
    use crate::statistics::rate::garwood;
    use proptest::prelude::*;

    fn share(clusters: &[(u64, u64)]) -> Option<ClusteredShare> {
        clustered_share(&ShareClusters::of(clusters), 0.95)
    }

    #[test]
    fn nobody_is_no_share_and_one_person_no_interval() {
        assert_eq!(share(&[]), None);
        assert_eq!(share(&[(0, 0)]), None);
        assert_eq!(share(&[(3, 2)]), None);
        let one = share(&[(3, 7), (0, 0)]).unwrap();
        assert_eq!((one.standard_error, one.effective_n, one.interval), (None, None, None));
        assert_eq!(clustered_mean(&MeanClusters::default(), 0.95), None);
        let one = clustered_mean(&MeanClusters::of(&[(4.0, 2)]), 0.95).unwrap();
        assert_eq!((one.mean, one.standard_error, one.interval), (2.0, None, None));
        assert_eq!(clustered_mean(&MeanClusters { y: f64::NAN, ..MeanClusters::of(&[(4.0, 2)]) }, 0.95), None);
    }

    #[test]
    fn sums_that_nobody_can_have_are_refused() {
        let odd = ShareClusters { clusters: 2, x: 4, n: 8, xx: 1, xn: 9, nn: 4 };
        assert_eq!(clustered_share(&odd, 0.95), None);
        let huge =
            ShareClusters { clusters: 2, x: u64::MAX / 2, n: u64::MAX, xx: u64::MAX, xn: u64::MAX, nn: u64::MAX };
        assert_eq!(clustered_share(&huge, 0.95), None);
    }

    #[test]
    fn persons_whose_rows_all_go_one_way_count_once() {
        // Ten persons with five rows each, six of them always successful: as much as ten rows, near enough.
        let rows: Vec<(u64, u64)> = (0..10).map(|person| (if person < 6 { 5 } else { 0 }, 5)).collect();
        let found = share(&rows).unwrap();
        assert!((found.effective_n.unwrap() - 9.0).abs() < 1e-9);
        // All of them: no variance was seen, and still the interval is that of ten.
        let all = share(&[(5, 5); 10]).unwrap();
        assert_eq!((all.design_effect, all.effective_n), (None, Some(10.0)));
        let (found, expected) = (all.interval.unwrap(), wilson(10, 10, 0.95).unwrap());
        assert!((found.lower - expected.lower).abs() < 1e-12 && found.upper >= 1.0);
        assert_eq!(share(&[(0, 5); 10]).unwrap().interval.map(|limits| limits.lower), Some(0.0));
    }

    #[test]
    fn two_persons_alike_are_not_a_hundred_rows() {
        let found = share(&[(25, 50), (25, 50)]).unwrap();
        assert_eq!(found.design_effect, Some(0.0));
        assert_eq!(found.effective_n, Some(100.0));
        let few = found.interval_few.unwrap();
        assert!(few.upper - few.lower > 0.7);
    }

    #[test]
    fn a_rate_counts_persons() {
        let rate = |clusters: &[(f64, u64)]| clustered_rate(&MeanClusters::of(clusters), 0.95);
        assert_eq!(rate(&[]), None);
        // Nothing happened to anybody: the plain limits.
        let none = rate(&[(0.0, 30); 20]).unwrap().interval.unwrap();
        let plain = garwood(0, 600.0, 0.95).unwrap().interval;
        assert!((none.upper - plain.upper).abs() < 1e-12 && none.lower == 0.0);
        // One person with events says nothing of others.
        assert_eq!(rate(&[(5.0, 30)]).unwrap().interval, None);
        // Forty events of one of fifty persons are no forty events.
        let one = rate(&[vec![(40.0, 30)], vec![(0.0, 30); 49]].concat()).unwrap();
        let plain = garwood(40, 1500.0, 0.95).unwrap().interval;
        let limits = one.interval.unwrap();
        assert!(
            one.design_effect.unwrap() > 30.0 && limits.lower < plain.lower / 10.0 && limits.upper > 2.0 * plain.upper
        );
        // One event each in as much time: no more than independent events.
        let even = rate(&[(1.0, 30); 400]).unwrap().interval.unwrap();
        let plain = garwood(400, 12000.0, 0.95).unwrap().interval;
        assert!((even.lower / plain.lower - 1.0).abs() < 1e-3 && (even.upper / plain.upper - 1.0).abs() < 1e-3);
    }

    #[test]
    fn equal_totals_have_no_spread_and_no_interval() {
        let same = MeanClusters::of(&[(0.3, 3); 40]);
        let found = clustered_mean(&same, 0.95).unwrap();
        assert_eq!((found.standard_error, found.interval), (Some(0.0), None));
        assert_eq!(found.design_effect(&Sums::of(&[0.1; 120])), None);
    }

    proptest! {
        #[test]
        fn limits_hold_the_share_and_order_does_not_matter(rows in prop::collection::vec((0_u64..6, 0_u64..6), 2..60)) {
            let mut rows: Vec<(u64, u64)> = rows.iter().map(|(x, more)| (*x, x + more)).collect();
            let there = share(&rows);
            rows.reverse();
            prop_assert_eq!(there, share(&rows));
            if let Some((found, limits)) = there.and_then(|found| Some((found, found.interval?))) {
                prop_assert!(0.0 <= limits.lower && limits.lower <= found.share + 1e-12);
                prop_assert!(found.share - 1e-12 <= limits.upper && limits.upper <= 1.0);
                let few = found.interval_few.unwrap();
                prop_assert!(few.lower <= limits.lower + 1e-12 && limits.upper <= few.upper + 1e-12);
                // Successes and failures have the same error.
                let failures: Vec<(u64, u64)> = rows.iter().map(|(x, n)| (n - x, *n)).collect();
                let other = share(&failures).unwrap();
                prop_assert!((other.standard_error.unwrap() - found.standard_error.unwrap()).abs() < 1e-12);
            }
        }

        #[test]
        fn a_share_is_a_mean_of_zeros_and_ones(rows in prop::collection::vec((0_u64..6, 0_u64..6), 2..60)) {
            let rows: Vec<(u64, u64)> = rows.iter().map(|(x, more)| (*x, x + more)).collect();
            let means: Vec<(f64, u64)> = rows.iter().map(|(x, n)| (*x as f64, *n)).collect();
            let (share, mean) = (share(&rows), clustered_mean(&MeanClusters::of(&means), 0.95));
            prop_assert_eq!(share.is_some(), mean.is_some());
            if let (Some(share), Some(mean)) = (share, mean) {
                prop_assert!((share.share - mean.mean).abs() < 1e-12);
                let errors = share.standard_error.zip(mean.standard_error);
                prop_assert!(errors.is_none_or(|(one, other)| (one - other).abs() < 1e-7));
            }
        }

        #[test]
        fn one_row_each_is_nearly_the_plain_interval(n in 40_u64..400, part in 0.1..0.9) {
            let x = (part * n as f64) as u64;
            let rows: Vec<(u64, u64)> = (0..n).map(|person| (u64::from(person < x), 1)).collect();
            let found = share(&rows).unwrap();
            prop_assert!((found.design_effect.unwrap() - n as f64 / (n as f64 - 1.0)).abs() < 1e-9);
        }
    }
}
