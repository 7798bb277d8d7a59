//! Targets, and how an estimate stands to its own.

use super::estimate::{Estimate, Group, Statistic, Status};
use super::metric::{Catalogue, Direction, Headline, Metric};
use crate::project::{ProjectError, Target, nearest};
use std::collections::BTreeMap;

/// A project's targets, each for one statistic of one metric.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    by_statistic: BTreeMap<(String, String), Target>,
}

impl Targets {
    /// Reads `[targets]`: a key is a metric (its headline statistic) or `metric.statistic[.day]`.
    ///
    /// # Errors
    /// When a key names no metric or statistic; the nearest known one is suggested.
    pub fn read(targets: &BTreeMap<String, Target>, catalogue: &Catalogue) -> Result<Self, ProjectError> {
        let mut by_statistic = BTreeMap::new();
        for (key, target) in targets {
            let (name, rest) = key.split_once('.').map_or((key.as_str(), None), |(name, rest)| (name, Some(rest)));
            let metric = catalogue.get(name).ok_or_else(|| {
                let hint = nearest(name, catalogue.names()).map(|n| format!("did you mean {n}?"));
                ProjectError::new(format!("attain.toml: [targets] names \"{name}\", which is no metric"), hint)
            })?;
            let headline = match rest {
                None => metric.header.headline(),
                Some(rest) => Headline::parse(rest).ok_or_else(|| {
                    let hint = Some(format!("such as {name}.{}", metric.header.headline()));
                    ProjectError::new(format!("attain.toml: [targets] \"{key}\": \"{rest}\" is no statistic"), hint)
                })?,
            };
            by_statistic.insert((name.to_string(), headline.to_string()), target.clone());
        }
        Ok(Self { by_statistic })
    }

    /// The target of a statistic: of everybody, or of one program.
    #[must_use]
    pub fn of(&self, metric: &str, statistic: Statistic, at: Option<u32>, group: &Group) -> Option<f64> {
        let program = match group.0.as_slice() {
            [] => None,
            [(dimension, value)] if dimension == "program" => value.as_deref(),
            _ => return None,
        };
        match self.by_statistic.get(&(metric.to_string(), Headline { statistic, at }.to_string()))? {
            Target::Everywhere(value) => Some(*value),
            Target::PerProgram(values) => values.get(program?).copied(),
        }
    }

    /// How an estimate stands; `None` without a target. `n` is the number of units behind it.
    #[must_use]
    pub fn status(&self, metric: &Metric, estimate: &Estimate, n: u64) -> Option<Status> {
        let target = self.of(&estimate.metric, estimate.statistic, estimate.at, &estimate.group)?;
        Some(status(
            estimate.estimate,
            target,
            metric.header.direction_of(estimate.statistic),
            metric.header.tolerance,
            n,
            metric.header.minimum_n,
        ))
    }
}

/// The rules, in the order in which they are tried: no data; too few; met; near; not met.
fn status(estimate: Option<f64>, target: f64, direction: Direction, tolerance: f64, n: u64, minimum_n: u64) -> Status {
    let Some(value) = estimate else { return if n == 0 { Status::NoData } else { Status::TooFew } };
    if n < minimum_n {
        return Status::TooFew;
    }
    let ahead = match direction {
        Direction::Higher => value - target,
        Direction::Lower => target - value,
        Direction::Neutral => -(value - target).abs(),
    };
    if ahead >= 0.0 {
        Status::Met
    } else if ahead >= -tolerance {
        Status::Near
    } else {
        Status::NotMet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_follows_the_direction_and_the_minimum() {
        for (value, direction, n, expected) in [
            (Some(0.65), Direction::Higher, 20, Status::Met),
            (Some(0.61), Direction::Higher, 20, Status::Near),
            (Some(0.59), Direction::Higher, 20, Status::NotMet),
            (Some(0.65), Direction::Lower, 20, Status::Met),
            (Some(0.71), Direction::Lower, 20, Status::NotMet),
            (Some(1.0), Direction::Higher, 9, Status::TooFew),
            (None, Direction::Higher, 0, Status::NoData),
            (Some(0.65), Direction::Neutral, 20, Status::Met),
        ] {
            assert_eq!(status(value, 0.65, direction, 0.05, n, 10), expected, "{value:?} {direction:?} {n}");
        }
    }
}
