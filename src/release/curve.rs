//! Curves for readers outside: in steps of so many people that no single one shows.
//!
//! A curve tells a share for every day, and beside another edition's, or with the numbers at risk under it, day by day
//! what single people did. So outside the agency a share of a curve is rounded to steps of at least `small_cell` of
//! the people still followed, and the curve ends where they are too few for a step of a tenth; counts do not go with it
//! (statistics.md, 6.7).

use super::Released;
use super::policy::Policy;
use crate::measure::{Estimate, Group, Note};
use std::collections::BTreeMap;

/// Steps of a share that read well, the smallest first.
const STEPS: [f64; 7] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1];

/// Releases the points of curves; those that are withheld are left out.
pub fn release_curve(points: Vec<Estimate>, policy: Policy) -> Vec<Released<Estimate>> {
    if !policy.is_outside() {
        return points.into_iter().map(Released).collect();
    }
    let mut reached: BTreeMap<(String, String, Group, Option<String>), f64> = BTreeMap::new();
    let mut released = Vec::new();
    for mut point in points.into_iter().filter_map(|point| coarse(point, policy)) {
        // Coarser steps must not make a curve fall that never does.
        let curve = (point.metric.clone(), point.period.label.clone(), point.group.clone(), point.outcome.clone());
        let most = reached.entry(curve).or_insert(0.0);
        *most = most.max(point.estimate.unwrap_or(0.0));
        point.estimate = point.estimate.map(|_| *most);
        point.upper = point.upper.map(|upper| upper.max(*most));
        released.push(Released(point));
    }
    released
}

/// The point in steps; `None` where too few are left to follow for the coarsest.
///
/// With ever fewer at risk a single one moves the curve by ever more, so the steps grow with them.
fn coarse(point: Estimate, policy: Policy) -> Option<Estimate> {
    let least = f64::from(policy.small_cell);
    point.denominator.filter(|n| *n > 0.0)?;
    let at_risk = point.at_risk? as f64;
    let step = STEPS.into_iter().find(|step| step * at_risk >= least)?;
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
