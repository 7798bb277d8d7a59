//! Quantiles and tails of the distributions the intervals need.
//!
//! `statrs` gives the error function, the log-gamma and the regularised incomplete gamma. Its incomplete beta stops after 140 terms of the
//! continued fraction, which is too early from about ten thousand clients on, and its beta quantile clamps its start at 0.0001; so the
//! incomplete beta is summed to convergence here and quantiles are found by bisection down to neighbouring doubles: slower, never wrong.

use statrs::function::{
    erf::erfc_inv,
    gamma::{checked_gamma_lr, checked_gamma_ur, ln_gamma},
};

/// From this many degrees of freedom on, Student's quantile comes from its expansion around the normal one (error below 1e-14).
const T_EXPANSION_FROM: f64 = 1000.0;

/// The normal deviate that holds `level` of the distribution between its negative and itself: 1.959963984540054 at 0.95.
pub fn normal_deviate(level: f64) -> f64 {
    std::f64::consts::SQRT_2 * erfc_inv(1.0 - level)
}

/// Student's deviate that holds `level` of the distribution between its negative and itself.
pub(super) fn student_deviate(level: f64, degrees_of_freedom: f64) -> f64 {
    let v = degrees_of_freedom;
    if v >= T_EXPANSION_FROM {
        return student_expansion(normal_deviate(level), v);
    }
    // P(|T| <= t) = I_x(1/2, v/2) with x = t²/(v + t²).
    let x = beta_quantile(level, 0.5, v / 2.0);
    (v * x / (1.0 - x)).sqrt()
}

/// Cornish–Fisher expansion of Student's quantile (Abramowitz & Stegun 1964, 26.7.5).
fn student_expansion(z: f64, v: f64) -> f64 {
    let z2 = z * z;
    let g1 = (z2 + 1.0) / 4.0;
    let g2 = ((5.0 * z2 + 16.0) * z2 + 3.0) / 96.0;
    let g3 = (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) / 384.0;
    let g4 = ((((79.0 * z2 + 776.0) * z2 + 1482.0) * z2 - 1920.0) * z2 - 945.0) / 92160.0;
    z * (1.0 + (g1 + (g2 + (g3 + g4 / v) / v) / v) / v)
}

/// Quantile of the beta distribution, `0 < p < 1`.
pub(super) fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    bisect(0.0, 1.0, |x| incomplete_beta(a, b, x) < p)
}

/// Quantile of the chi-square distribution, `0 < p < 1`.
pub(super) fn chi_square_quantile(p: f64, degrees_of_freedom: f64) -> f64 {
    let a = degrees_of_freedom / 2.0;
    let below = |x: f64| checked_gamma_lr(a, x / 2.0).is_ok_and(|share| share < p);
    let mut high = degrees_of_freedom.max(1.0);
    while below(high) && high.is_finite() {
        high *= 2.0;
    }
    bisect(0.0, high, below)
}

/// P(X > x) for a chi-square variable.
pub(super) fn chi_square_upper(x: f64, degrees_of_freedom: f64) -> f64 {
    if x <= 0.0 { 1.0 } else { checked_gamma_ur(degrees_of_freedom / 2.0, x / 2.0).unwrap_or(f64::NAN) }
}

/// The point where `below` turns from true to false, to the last bit.
fn bisect(mut low: f64, mut high: f64, below: impl Fn(f64) -> bool) -> f64 {
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return middle;
        }
        if below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// The regularised incomplete beta function (DLMF 8.17.22, continued fraction by the modified Lentz method).
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let logarithm = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p();
    // The fraction converges fast on one side of the mean; the other side is its complement.
    if x < (a + 1.0) / (a + b + 2.0) {
        logarithm.exp() * beta_fraction(a, b, x) / a
    } else {
        1.0 - logarithm.exp() * beta_fraction(b, a, 1.0 - x) / b
    }
}

#[allow(clippy::many_single_char_names)] // the names of the formula
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    // About 5·√(a+b) terms are needed; the bound only guards against input that is not a number.
    let terms = 1000.0 + 20.0 * (a + b).sqrt();
    for term in 1..terms as u64 {
        let m = term as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away_from_zero(1.0 + even * d);
        c = away_from_zero(1.0 + even / c);
        value *= c * d;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away_from_zero(1.0 + odd * d);
        c = away_from_zero(1.0 + odd / c);
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_deviate_is_not_rounded_to_1_96() {
        assert!((normal_deviate(0.95) - 1.959_963_984_540_054).abs() < 1e-14);
    }

    #[test]
    fn students_expansion_meets_the_exact_quantile_where_it_takes_over() {
        for level in [0.8, 0.95, 0.99] {
            let x = beta_quantile(level, 0.5, T_EXPANSION_FROM / 2.0);
            let exact = (T_EXPANSION_FROM * x / (1.0 - x)).sqrt();
            assert!((student_deviate(level, T_EXPANSION_FROM) / exact - 1.0).abs() < 1e-11, "{level}");
        }
    }

    #[test]
    fn one_degree_of_freedom_is_the_tangent() {
        let exact = (std::f64::consts::PI * 0.475).tan();
        assert!((student_deviate(0.95, 1.0) / exact - 1.0).abs() < 1e-12);
    }
}
