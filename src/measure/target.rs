//! Targets and benchmarks, and how an estimate stands to its target.

use super::compare::Benchmark;
use super::estimate::{Estimate, Group, Note, Statistic, Status};
use super::metric::{Catalogue, Direction, Headline, Metric};
use crate::project::{BenchmarkFile, ProjectError, Target, nearest};
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
            let (name, headline) = statistic_of("targets", key, catalogue)?;
            let values = match target {
                Target::Everywhere(value) => vec![*value],
                Target::PerProgram(values) => values.values().copied().collect(),
            };
            sensible("targets", key, &values, headline)?;
            by_statistic.insert((name, headline.to_string()), target.clone());
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

    /// The targets of one program, as those of everybody in its own report.
    #[must_use]
    pub fn of_program(&self, id: &str) -> Self {
        let own = |target: &Target| match target {
            Target::Everywhere(value) => Some(*value),
            Target::PerProgram(values) => values.get(id).copied(),
        };
        let known = self.by_statistic.iter();
        Self { by_statistic: known.filter_map(|(key, t)| Some((key.clone(), Target::Everywhere(own(t)?)))).collect() }
    }

    /// How an estimate stands; `None` without a target. `n` is the number of units behind it.
    #[must_use]
    pub fn status(&self, metric: &Metric, estimate: &Estimate, n: u64) -> Option<Status> {
        // A duration's target is about what ends it, not about the ways to leave before.
        if estimate.outcome.as_ref().is_some_and(|outcome| !metric.header.events.contains(outcome)) {
            return None;
        }
        let target = self.of(&estimate.metric, estimate.statistic, estimate.at, &estimate.group)?;
        let Some(value) = estimate.estimate else {
            // Units still being followed, or a median not reached, are not too few.
            return Some(if estimate.note == Some(Note::TooFew) { Status::TooFew } else { Status::NoData });
        };
        let header = &metric.header;
        let direction = header.direction_of(estimate.statistic);
        Some(if n < header.minimum_n { Status::TooFew } else { stands(value, target, direction, header.tolerance) })
    }
}

/// A value and its target, both as printed: 0.60 is 0.05 off 0.65, although their doubles are a little further apart.
fn stands(value: f64, target: f64, direction: Direction, tolerance: f64) -> Status {
    const ROUNDING: f64 = 1e-9;
    let ahead = match direction {
        Direction::Higher => value - target,
        Direction::Lower => target - value,
        Direction::Neutral => -(value - target).abs(),
    };
    if ahead >= -ROUNDING {
        Status::Met
    } else if ahead >= -tolerance - ROUNDING {
        Status::Near
    } else {
        Status::NotMet
    }
}

/// What statistics are elsewhere, as a project's `[benchmarks]` says.
#[derive(Debug, Clone, Default)]
pub struct Benchmarks {
    by_statistic: BTreeMap<(String, String), Benchmark>,
}

impl Benchmarks {
    /// Reads `[benchmarks]`, whose keys are those of `[targets]`.
    ///
    /// # Errors
    /// When a key names no metric or statistic; the nearest known one is suggested.
    pub fn read(benchmarks: &BTreeMap<String, BenchmarkFile>, catalogue: &Catalogue) -> Result<Self, ProjectError> {
        let mut by_statistic = BTreeMap::new();
        for (key, benchmark) in benchmarks {
            let (name, headline) = statistic_of("benchmarks", key, catalogue)?;
            sensible("benchmarks", key, &[benchmark.value], headline)?;
            let benchmark = Benchmark { value: benchmark.value, source: benchmark.source.clone() };
            by_statistic.insert((name, headline.to_string()), benchmark);
        }
        Ok(Self { by_statistic })
    }

    /// The benchmark of a metric's headline statistic.
    #[must_use]
    pub fn of(&self, metric: &Metric) -> Option<&Benchmark> {
        self.by_statistic.get(&(metric.name.clone(), metric.header.headline().to_string()))
    }
}

/// The metric and statistic that a key of a section names: `metric` (its headline) or `metric.statistic[.day]`.
fn statistic_of(section: &str, key: &str, catalogue: &Catalogue) -> Result<(String, Headline), ProjectError> {
    let (name, rest) = key.split_once('.').map_or((key, None), |(name, rest)| (name, Some(rest)));
    let metric = catalogue.get(name).ok_or_else(|| {
        let hint = nearest(name, catalogue.names()).map(|n| format!("did you mean {n}?"));
        ProjectError::new(format!("attain.toml: [{section}] names \"{name}\", which is no metric"), hint)
    })?;
    let headline = match rest {
        None => metric.header.headline(),
        Some(rest) => Headline::parse(rest).ok_or_else(|| {
            let hint = Some(format!("such as {name}.{}", metric.header.headline()));
            ProjectError::new(format!("attain.toml: [{section}] \"{key}\": \"{rest}\" is no statistic"), hint)
        })?,
    };
    Ok((name.to_owned(), headline))
}

/// A share's value is a share, anything's value is a number.
fn sensible(section: &str, key: &str, values: &[f64], headline: Headline) -> Result<(), ProjectError> {
    let is_share = headline.statistic.is_share();
    match values.iter().find(|v| !v.is_finite() || (is_share && !(0.0..=1.0).contains(*v))) {
        None => Ok(()),
        Some(wrong) => {
            let hint = is_share.then(|| "a share is written from 0 to 1, such as 0.65 for 65 %".to_string());
            Err(ProjectError::new(format!("attain.toml: [{section}] \"{key}\" cannot be {wrong}"), hint))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_follows_the_direction() {
        for (value, direction, expected) in [
            (0.65, Direction::Higher, Status::Met),
            (0.61, Direction::Higher, Status::Near),
            (0.60, Direction::Higher, Status::Near),
            (0.59, Direction::Higher, Status::NotMet),
            (0.65, Direction::Lower, Status::Met),
            (0.71, Direction::Lower, Status::NotMet),
            (0.65, Direction::Neutral, Status::Met),
            (0.72, Direction::Neutral, Status::NotMet),
        ] {
            assert_eq!(stands(value, 0.65, direction, 0.05), expected, "{value:?} {direction:?}");
        }
    }

    fn duration() -> (Metric, Targets) {
        let text = "/*---\ntitle = \"t\"\nquestion = \"q\"\nkind = \"duration\"\ngrain = \"g\"\ndirection = \"lower\"\nperiod = \"p\"\n\
            events = [\"served\"]\ncompeting = [\"left\"]\nhorizons = [14]\n---*/\nselect 1";
        let metric = Metric::parse("queries/core/wait.sql", text, false).expect("a header");
        let by_statistic = BTreeMap::from([(("wait".into(), "share_by_day.14".into()), Target::Everywhere(0.8))]);
        (metric, Targets { by_statistic })
    }

    fn estimate(outcome: &str, value: Option<f64>, note: Option<Note>) -> Estimate {
        let period = super::super::estimate::PeriodLabel {
            label: "2026-06".into(),
            start: "2026-06-01".into(),
            end: "2026-07-01".into(),
            partial: false,
        };
        Estimate {
            metric: "wait".into(),
            version: String::new(),
            period,
            group: Group::default(),
            statistic: Statistic::ShareByDay,
            at: Some(14),
            outcome: Some(outcome.into()),
            estimate: value,
            lower: None,
            upper: None,
            level: 0.95,
            method: String::new(),
            numerator: None,
            denominator: None,
            at_risk: None,
            events: None,
            censored: None,
            unknown: None,
            excluded: None,
            status: None,
            note,
            people: None,
        }
    }

    #[test]
    fn only_what_ends_the_wait_has_a_target() {
        let (metric, targets) = duration();
        assert_eq!(targets.status(&metric, &estimate("served", Some(0.9), None), 50), Some(Status::Met));
        assert_eq!(targets.status(&metric, &estimate("left", Some(0.05), None), 50), None);
    }

    #[test]
    fn too_few_is_about_units_and_not_about_a_figure_that_cannot_be_given() {
        let (metric, targets) = duration();
        let status = |value, note, n| targets.status(&metric, &estimate("served", value, note), n);
        assert_eq!(status(Some(1.0), None, 9), Some(Status::TooFew));
        assert_eq!(status(None, Some(Note::NoData), 0), Some(Status::NoData));
        assert_eq!(status(None, Some(Note::FollowUpIncomplete), 84), Some(Status::NoData));
    }
}
