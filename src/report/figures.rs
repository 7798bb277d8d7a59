//! The released estimates of a report, to be looked up.

use crate::chart::Unit;
use crate::language::Words;
use crate::measure::{Estimate, Headline, Metric, Statistic};
use crate::project::Period;
use crate::release::Released;
use std::collections::{BTreeMap, BTreeSet};

/// Estimates by metric.
type ByMetric = BTreeMap<String, Vec<Released<Estimate>>>;

/// All estimates released for a report, each once, and the points of its curves.
#[derive(Debug, Default)]
pub struct Figures {
    estimates: ByMetric,
    curves: ByMetric,
}

fn by_metric(estimates: impl IntoIterator<Item = Released<Estimate>>) -> ByMetric {
    let mut all = ByMetric::new();
    for estimate in estimates {
        match all.get_mut(&estimate.metric) {
            Some(of_metric) => of_metric.push(estimate),
            None => drop(all.insert(estimate.metric.clone(), vec![estimate])),
        }
    }
    all
}

impl Figures {
    /// Estimates of two questions that meet in one figure are in it once.
    pub fn new(
        estimates: impl IntoIterator<Item = Released<Estimate>>,
        curves: impl IntoIterator<Item = Released<Estimate>>,
    ) -> Self {
        let estimates: Vec<Released<Estimate>> = estimates.into_iter().collect();
        let mut known = BTreeSet::new();
        let is_new: Vec<bool> = estimates.iter().map(|estimate| known.insert(estimate.which())).collect();
        let once = estimates.into_iter().zip(is_new).filter_map(|(estimate, is_new)| is_new.then_some(estimate));
        Self { estimates: by_metric(once), curves: by_metric(curves) }
    }

    fn of(&self, metric: &str) -> impl Iterator<Item = &Released<Estimate>> {
        self.estimates.get(metric).into_iter().flatten()
    }

    /// Everybody's estimate for a period.
    pub fn everybody(&self, metric: &Metric, period: &Period, headline: Headline) -> Option<&Released<Estimate>> {
        self.of(&metric.name).find(|e| is(e, metric, period, headline) && e.group.is_everybody())
    }

    /// The estimates of a breakdown, in the order of its values, unknown first.
    pub fn by(
        &self,
        metric: &Metric,
        period: &Period,
        headline: Headline,
        dimension: &str,
    ) -> Vec<(Option<&str>, &Released<Estimate>)> {
        self.of(&metric.name)
            .filter(|e| is(e, metric, period, headline))
            .filter(|e| matches!(e.group.0.as_slice(), [(name, _)] if name == dimension))
            .map(|e| (e.group.value(dimension), e))
            .collect()
    }

    /// The estimates of several dimensions taken together, in the order of their values.
    pub fn by_several(
        &self,
        metric: &Metric,
        period: &Period,
        headline: Headline,
        dimensions: &[&str],
    ) -> Vec<&Released<Estimate>> {
        let of_them =
            |e: &&Released<Estimate>| e.group.0.iter().map(|(name, _)| name.as_str()).eq(dimensions.iter().copied());
        self.of(&metric.name).filter(|e| is(e, metric, period, headline)).filter(of_them).collect()
    }

    /// The curve of one way out: the share reached by each day, in order of days.
    pub fn curve(&self, metric: &str, period: &Period, outcome: &str) -> Vec<Released<Estimate>> {
        let mut points: Vec<Released<Estimate>> = self
            .curves
            .get(metric)
            .into_iter()
            .flatten()
            .filter(|e| {
                e.statistic == Statistic::ShareByDay
                    && e.outcome.as_deref() == Some(outcome)
                    && e.group.is_everybody()
                    && e.period.start == period.start.to_string()
                    && e.period.end == period.end.to_string()
            })
            .cloned()
            .collect();
        points.sort_by_key(|e| e.at);
        points.dedup_by_key(|e| e.at);
        points
    }
}

/// Whether an estimate is that statistic of the metric for the period, of its first way out.
fn is(estimate: &Estimate, metric: &Metric, period: &Period, headline: Headline) -> bool {
    estimate.metric == metric.name
        && estimate.period.start == period.start.to_string()
        && estimate.period.end == period.end.to_string()
        && headline.is(estimate, metric)
}

/// How a metric's statistic is printed.
pub fn unit(metric: &Metric, statistic: Statistic, words: &Words) -> Unit {
    if statistic.is_share() {
        return Unit::Share;
    }
    match statistic {
        Statistic::Events | Statistic::Clients => Unit::Count,
        Statistic::Rate => Unit::Number { decimals: 1, of: words.of("units.rate").into() },
        Statistic::MedianDays | Statistic::RestrictedMeanDays => {
            Unit::Number { decimals: 0, of: words.of("units.days").into() }
        }
        _ => Unit::Number { decimals: 1, of: metric.header.unit.clone().unwrap_or_default() },
    }
}
