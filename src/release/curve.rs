//! Curves for readers outside: in steps of so many people that no single one shows.
//!
//! A curve tells a share for every day, and beside another edition's, or with the numbers at risk under it, day by day
//! what single people did. So outside the agency a curve rises by whole steps of at least `small_cell` of the people still
//! followed, and ends where they are too few for a step of a tenth; counts do not go with it (statistics.md, 6.7). Readers
//! may know how many people it is of. Then where it ends, where its steps grow, and how sure it is, would tell how many
//! are gone: steps are chosen, and limits made, so that these can always be as many as may be read.

use super::Released;
use super::policy::Policy;
use crate::measure::{Estimate, Group, Note};
use crate::statistics::normal_deviate;
use crate::statistics::proportion::score_interval;
use std::collections::BTreeMap;

/// Steps of a share that read well, the smallest first.
const STEPS: [f64; 7] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1];
/// What they are all multiples of, as so many of one.
const FINEST: f64 = 1000.0;

/// Releases the points of curves, day by day; those that are withheld are left out.
pub fn release_curve(mut points: Vec<Estimate>, policy: Policy) -> Vec<Released<Estimate>> {
    if !policy.is_outside() || policy.small_cell <= 1 {
        return points.into_iter().map(Released).collect();
    }
    let curve = |point: &Estimate| -> (String, String, Group, Option<String>) {
        (point.metric.clone(), point.period.label.clone(), point.group.clone(), point.outcome.clone())
    };
    points.sort_by_cached_key(|point| (curve(point), point.at));
    let mut reached = BTreeMap::new();
    let steps = points.into_iter().filter_map(|point| {
        let told = reached.entry(curve(&point)).or_insert(0.0);
        let (step, risen) = step(&point, *told, policy)?;
        *told = risen;
        Some(Released(in_steps(point, risen, step, policy)))
    });
    steps.collect()
}

/// How long the steps are at a point, and how high the curve has risen by them; `None` where too few are left to follow for the
/// longest.
///
/// With ever fewer at risk a single one moves the curve by ever more, so the steps grow with them. That a step is drawn tells
/// that so many at least are left: it is drawn where they are, whatever share is told so.
fn step(point: &Estimate, told: f64, policy: Policy) -> Option<(f64, f64)> {
    let least = f64::from(policy.small_cell);
    let all = point.denominator.filter(|n| *n > 0.0)?;
    let followed = (point.at_risk? as f64).min(all - least);
    let risen = |step: f64| {
        let rise = (point.estimate.unwrap_or(told) - told).max(0.0);
        ((told + step * (rise / step + 1e-9).floor()) * FINEST).round() / FINEST
    };
    let is_wide = |step: &f64| {
        let left = all * (1.0 - risen(*step) - step);
        step * followed.min(left) >= least
    };
    STEPS.into_iter().find(is_wide).map(|step| (step, risen(step)))
}

/// The point as it is told. Its limits are those of any share that is told so, of as few people as the step needs.
fn in_steps(point: Estimate, told: f64, step: f64, policy: Policy) -> Estimate {
    let size = (f64::from(policy.small_cell) / step).max(1.0);
    let z = normal_deviate(point.level);
    let limits = [told, (told + step).min(1.0)].map(|share| score_interval(share, size, z));
    // Whether there are limits would tell whether it is anybody.
    let of_finest = |share: f64, round: fn(f64) -> f64| point.estimate.map(|_| round(share * FINEST) / FINEST);
    Estimate {
        estimate: point.estimate.map(|_| told),
        lower: of_finest(limits[0].lower, f64::floor),
        upper: of_finest(limits[1].upper, f64::ceil),
        status: None,
        note: point.note,
        ..point.without_values(Note::Withheld)
    }
}
