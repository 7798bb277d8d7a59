//! Probabilities of counts: binomial, Poisson, and two-sided exact tests.
//!
//! One probability comes from Loader's saddle-point form (2000), which keeps full precision for a million clients where differences of
//! log-gammas do not; tails are summed outwards from it, so small tails are as precise as large ones.

use std::f64::consts::TAU;

/// Two probabilities this close (relatively) are tied in a two-sided test, as in R and scipy.
const TIED: f64 = 1.0 + 1e-7;

/// `ln n!` less Stirling's `½ ln 2πn + n ln n − n`, for n ≥ 1.
fn stirling_error(n: u64) -> f64 {
    let x = n as f64;
    if n < 16 {
        let factorial: f64 = (2..=n).map(|k| k as f64).product();
        return factorial.ln() - 0.5 * (TAU * x).ln() - x * x.ln() + x;
    }
    let x2 = x * x;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / 1188.0 / x2) / x2) / x2) / x2) / x
}

/// `x ln(x/m) + m − x` without cancellation near x = m.
fn deviance(x: f64, m: f64) -> f64 {
    if (x - m).abs() >= 0.1 * (x + m) {
        return x * (x / m).ln() + m - x;
    }
    // ln(x/m) = 2·artanh v.
    let v = (x - m) / (x + m);
    let mut sum = (x - m) * v;
    let mut power = 2.0 * x * v;
    for odd in (3..200).step_by(2) {
        power *= v * v;
        let next = sum + power / f64::from(odd);
        if next.to_bits() == sum.to_bits() {
            break;
        }
        sum = next;
    }
    sum
}

/// No count is larger: more than there are people, and few enough to walk through.
pub(super) const MOST: u64 = 10_000_000_000;

/// A count's distribution, of at most [`MOST`].
#[derive(Debug, Clone, Copy)]
pub(super) enum Counts {
    /// `n` trials that each succeed with chance `p`, `0 < p < 1`.
    Binomial { n: u64, p: f64 },
    /// Mean above 0.
    Poisson { mean: f64 },
}

impl Counts {
    /// P(X = x).
    pub(super) fn probability(self, x: u64) -> f64 {
        match self {
            Self::Binomial { n, .. } if x > n => 0.0,
            Self::Binomial { n, p } if x == 0 => (n as f64 * (-p).ln_1p()).exp(),
            Self::Binomial { n, p } if x == n => (n as f64 * p.ln()).exp(),
            Self::Binomial { n, p } => {
                let (successes, failures, size) = (x as f64, (n - x) as f64, n as f64);
                let exponent = stirling_error(n)
                    - stirling_error(x)
                    - stirling_error(n - x)
                    - deviance(successes, size * p)
                    - deviance(failures, size * (1.0 - p));
                exponent.exp() * (size / (TAU * successes * failures)).sqrt()
            }
            Self::Poisson { mean } if x == 0 => (-mean).exp(),
            Self::Poisson { mean } => (-stirling_error(x) - deviance(x as f64, mean)).exp() / (TAU * x as f64).sqrt(),
        }
    }

    fn mean(self) -> f64 {
        match self {
            Self::Binomial { n, p } => n as f64 * p,
            Self::Poisson { mean } => mean,
        }
    }

    /// P(X = x + 1) / P(X = x).
    fn step(self, x: u64) -> f64 {
        match self {
            Self::Binomial { n, .. } if x >= n => 0.0,
            Self::Binomial { n, p } => (n - x) as f64 / (x + 1) as f64 * (p / (1.0 - p)),
            Self::Poisson { mean } => mean / (x + 1) as f64,
        }
    }

    /// P(X <= x).
    pub(super) fn lower_tail(self, x: u64) -> f64 {
        if x as f64 <= self.mean() { self.sum_down(x) } else { 1.0 - self.sum_up(x + 1) }
    }

    /// P(X > x).
    pub(super) fn upper_tail(self, x: u64) -> f64 {
        if x as f64 <= self.mean() { 1.0 - self.sum_down(x) } else { self.sum_up(x + 1) }
    }

    fn sum_down(self, x: u64) -> f64 {
        let (mut term, mut sum) = (self.probability(x), 0.0);
        for k in (0..=x).rev() {
            sum += term;
            if k == 0 || term < sum * f64::EPSILON / 8.0 {
                break;
            }
            term /= self.step(k - 1);
        }
        sum
    }

    fn sum_up(self, x: u64) -> f64 {
        let (mut term, mut sum, mut k) = (self.probability(x), 0.0, x);
        while term > sum * f64::EPSILON / 8.0 {
            sum += term;
            term *= self.step(k);
            k += 1;
        }
        sum
    }

    /// The counts between which all but `tail` on each side lie, made continuous by interpolating between neighbors: a count is below the
    /// first exactly when P(X <= x) < tail, and above the second exactly when P(X >= x) < tail. The first is negative where not even none is
    /// rare enough, and the second may pass the number of trials.
    pub(super) fn limits(self, tail: f64) -> (f64, f64) {
        let low = first(|x| self.lower_tail(x) > tail);
        let high = first(|x| self.upper_tail(x) <= tail);
        let lower = low as f64 - (self.lower_tail(low) - tail) / self.probability(low);
        // P(X >= high) is P(X > high − 1), above the tail.
        let upper = (high + 1) as f64 - (tail - self.upper_tail(high)) / self.probability(high);
        (lower, upper)
    }

    /// The two-sided exact p-value of a count: the chance of all counts no likelier than this one.
    pub(super) fn two_sided(self, x: u64) -> f64 {
        let last = match self {
            Self::Binomial { n, .. } => n,
            Self::Poisson { .. } => u64::MAX,
        };
        two_sided(0, last, x, self.mean() as u64, |k| self.step(k))
    }

    /// The two-sided mid-p value: twice the smaller tail, with half of the count's own chance in it; at most 1.
    pub(super) fn mid_p(self, x: u64) -> f64 {
        let own = self.probability(x) / 2.0;
        let below = if x == 0 { 0.0 } else { self.lower_tail(x - 1) };
        (2.0 * (below + own).min(self.upper_tail(x) + own)).min(1.0)
    }
}

/// The first count from which on something holds.
fn first(holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, 1);
    while !holds(high) {
        low = high + 1;
        high *= 2;
    }
    while low < high {
        let middle = u64::midpoint(low, high);
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// The chance of all values from `first` to `last` that are no likelier than `x`; `step(k)` is P(k + 1)/P(k), and `mode` is near the
/// likeliest value.
pub(super) fn two_sided(first: u64, last: u64, x: u64, mode: u64, step: impl Fn(u64) -> f64) -> f64 {
    let start = mode.clamp(first, last);
    // Chances relative to the start's; what is too small to be told from nothing ends the walk.
    let mut up = Vec::new();
    let (mut weight, mut k) = (1.0, start);
    while weight > 0.0 {
        up.push(weight);
        if k == last {
            break;
        }
        weight *= step(k);
        k += 1;
    }
    let mut down = Vec::new();
    let (mut weight, mut k) = (1.0, start);
    while k > first {
        weight /= step(k - 1);
        if weight <= 0.0 {
            break;
        }
        down.push(weight);
        k -= 1;
    }
    let distance = |from: u64, to: u64| usize::try_from(to - from).ok();
    let own = if x >= start {
        distance(start, x).and_then(|place| up.get(place))
    } else {
        distance(x + 1, start).and_then(|place| down.get(place))
    };
    let own = own.copied().unwrap_or(0.0);
    // Small ones first, so that none is lost.
    let mut all: Vec<f64> = up.into_iter().chain(down).collect();
    all.sort_by(f64::total_cmp);
    let total: f64 = all.iter().sum();
    let as_rare: f64 = all.iter().take_while(|weight| **weight <= own * TIED).sum();
    (as_rare / total).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_trial_and_the_sure_ends() {
        let coin = Counts::Binomial { n: 1, p: 0.25 };
        assert!((coin.probability(0) - 0.75).abs() < 1e-15 && (coin.probability(1) - 0.25).abs() < 1e-15);
        assert_eq!((coin.probability(2), coin.upper_tail(1)), (0.0, 0.0));
        assert!((coin.two_sided(0) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn a_count_far_out_has_a_tiny_p_value_and_no_error() {
        let counts = Counts::Binomial { n: 100_000, p: 0.5 };
        assert!(counts.two_sided(60_000) < 1e-300);
        assert!(Counts::Poisson { mean: 2.0 }.two_sided(5000) < 1e-300);
        assert!(Counts::Poisson { mean: 0.001 }.two_sided(0) > 0.999);
    }

    proptest! {
        #[test]
        fn probabilities_add_up_to_one(n in 1_u64..400, p in 0.001..0.999, mean in 0.01..300.0) {
            for (counts, last) in [(Counts::Binomial { n, p }, n), (Counts::Poisson { mean }, 1000)] {
                let sum: f64 = (0..=last).map(|x| counts.probability(x)).sum();
                prop_assert!((sum - 1.0).abs() < 1e-12);
                let middle = last / 3;
                let below: f64 = (0..=middle).map(|x| counts.probability(x)).sum();
                prop_assert!((counts.lower_tail(middle) - below).abs() < 1e-12);
                prop_assert!((counts.lower_tail(middle) + counts.upper_tail(middle) - 1.0).abs() < 1e-12);
            }
        }

        #[test]
        fn a_count_is_outside_exactly_when_its_tail_is_rarer(n in 1_u64..3000, p in 0.001..0.999, tail in 0.0005..0.2) {
            for (counts, last) in [(Counts::Binomial { n, p }, n), (Counts::Poisson { mean: n as f64 * p }, 2 * n + 50)] {
                let (lower, upper) = counts.limits(tail);
                prop_assert!(-1.0 <= lower && lower <= upper);
                for x in (0..=last).step_by(1 + n as usize / 50) {
                    let above = if x == 0 { 1.0 } else { counts.upper_tail(x - 1) };
                    let below = counts.lower_tail(x);
                    // Not where the two are the same but for rounding.
                    prop_assert!((below / tail - 1.0).abs() < 1e-9 || ((x as f64) < lower) == (below < tail));
                    prop_assert!((above / tail - 1.0).abs() < 1e-9 || (x as f64 > upper) == (above < tail));
                }
            }
        }
    }
}
