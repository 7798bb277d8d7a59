//! Curves for readers outside: in steps of so many people that no single one shows.
//!
//! A curve tells a share for every day, and beside another edition's, or with the numbers at risk under it, day by day
//! what single people did. So outside the agency a share of a curve is rounded to steps of at least `small_cell` people,
//! and the curve ends where fewer than that are left to follow; counts do not go with it (statistics.md, 6.7).

use super::Released;
use super::policy::Policy;
use crate::measure::{Estimate, Note};

/// Steps of a share that read well, the smallest first. With fewer people than the last allows there is no curve.
const STEPS: [f64; 7] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1];

/// Releases the points of curves; those that are withheld are left out.
pub fn release_curve(points: Vec<Estimate>, policy: Policy) -> Vec<Released<Estimate>> {
    if !policy.is_outside() {
        return points.into_iter().map(Released).collect();
    }
    points.into_iter().filter_map(|point| coarse(point, policy)).map(Released).collect()
}

/// The point in steps; `None` where too few are behind it.
fn coarse(point: Estimate, policy: Policy) -> Option<Estimate> {
    let least = f64::from(policy.small_cell);
    let people = point.denominator.filter(|n| *n > 0.0)?;
    point.at_risk.filter(|n| *n as f64 >= least)?;
    let step = STEPS.into_iter().find(|step| step * people >= least)?;
    // Multiples of a decimal step are written as decimals.
    let steps_of_one = (1.0 / step).round();
    let to = |share: Option<f64>, round: fn(f64) -> f64| share.map(|share| round(share * steps_of_one) / steps_of_one);
    Some(Estimate {
        estimate: to(point.estimate, f64::round),
        lower: to(point.lower, f64::floor),
        upper: to(point.upper, f64::ceil),
        status: None,
        note: point.note,
        ..point.without_values(Note::Withheld)
    })
}
