//! The released estimates of a report, to be looked up.

use crate::chart::Unit;
use crate::language::Words;
use crate::measure::{Estimate, Headline, Metric, Statistic};
use crate::project::Period;
use crate::release::Released;

/// All estimates released for a report, and the points of its curves.
#[derive(Debug, Default)]
pub struct Figures {
    estimates: Vec<Released<Estimate>>,
    curves: Vec<Released<Estimate>>,
}

impl Figures {
    pub fn new(estimates: Vec<Released<Estimate>>, curves: Vec<Released<Estimate>>) -> Self {
        Self { estimates, curves }
    }

    /// Everybody's estimate for a period.
    pub fn everybody(&self, metric: &Metric, period: &Period, headline: Headline) -> Option<&Released<Estimate>> {
        self.estimates.iter().find(|e| is(e, metric, period, headline) && e.group.is_everybody())
    }

    /// The estimates of a breakdown, in the order of its values, unknown first.
    pub fn by(
        &self,
        metric: &Metric,
        period: &Period,
        headline: Headline,
        dimension: &str,
    ) -> Vec<(Option<&str>, &Released<Estimate>)> {
        self.estimates
            .iter()
            .filter(|e| is(e, metric, period, headline))
            .filter(|e| matches!(e.group.0.as_slice(), [(name, _)] if name == dimension))
            .map(|e| (e.group.value(dimension), e))
            .collect()
    }

    /// The curve of one way out: the share reached by each day, in order of days.
    pub fn curve(&self, metric: &str, period: &Period, outcome: &str) -> Vec<Released<Estimate>> {
        let mut points: Vec<Released<Estimate>> = self
            .curves
            .iter()
            .filter(|e| {
                e.metric == metric
                    && e.statistic == Statistic::ShareByDay
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
