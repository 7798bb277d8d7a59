//! A metric month by month, read as a process: what is normal, which months are signals, whether a target will be met.
//!
//! The chart follows from the statistic: p for shares, p′ where denominators are large; u for rates, u′ where counts are
//! large; `XmR` for counts, means and medians (`statistics::process`). What is normal is set by a baseline, and set anew
//! after a change that the project recorded for its own sake (`baseline` and `rebase` of the metric).

use super::compute::{Request, Study};
use super::estimate::{Estimate, Group, Statistic};
use super::metric::{Direction, Metric};
use crate::project::Period;
use crate::query::QueryError;
use crate::statistics::assurance::Assurance;
use crate::statistics::change::Better;
use crate::statistics::phases::{Phase, Rebase, in_phases};
use crate::statistics::process::{
    Chart, FULL_BASELINE, Rate, Rule, Settings, Share, Side, Signal, individuals, rates, rates_laney, shares,
    shares_laney,
};
use jiff::civil::Date;
use serde::Serialize;

/// From this mean denominator on, sampling alone explains so little that a p chart flags nearly every month.
const LARGE_DENOMINATOR: f64 = 300.0;
/// From this mean count on a u chart does, where the same people have several events.
const LARGE_COUNT: f64 = 50.0;

/// A series, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// `p chart`, `u′ chart`, `XmR chart`.
    pub chart: &'static str,
    /// One for each month.
    pub points: Vec<Point>,
    /// The places whose months set the first limits.
    pub baseline: std::ops::Range<usize>,
    /// Of the latest limits.
    pub trial: bool,
    phases: Vec<Phase>,
}

/// One month.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub value: Option<f64>,
    pub center: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    pub side: Option<Side>,
    pub signal: Option<Signal>,
}

/// Reads months in order of time. `usual` is how many of the first months set the limits where the metric names no baseline.
#[must_use]
pub fn read(metric: &Metric, months: &[&Estimate], usual: usize) -> Reading {
    let statistic = metric.header.headline().statistic;
    let start = |e: &&Estimate| e.period.start.parse::<Date>().unwrap_or(Date::MIN);
    let at = |day: Date| months.iter().position(|month| start(month) >= day).unwrap_or(months.len());
    let baseline = match &metric.header.baseline {
        Some(baseline) => at(baseline.start)..at(baseline.end),
        None => 0..usual.min(months.len()),
    };
    let rebases: Vec<Rebase> =
        metric.header.rebase.iter().map(|change| Rebase { at: at(change.from), baseline: Some(usual) }).collect();
    let floor = (!statistic.is_share()).then_some(0.0);
    let settings = Settings { baseline: Some(baseline.clone()), floor, ..Settings::default() };
    let (chart, phases) = drawn(statistic, months, &rebases, &settings);
    let points = phases
        .iter()
        .flat_map(|phase| {
            phase.chart.points.iter().map(|point| Point {
                value: point.value,
                center: phase.chart.center,
                lower: point.lower,
                upper: point.upper,
                side: point.side,
                signal: point.signal,
            })
        })
        .collect();
    let trial = phases.last().is_some_and(|phase| phase.chart.trial);
    Reading { chart, points, baseline, trial, phases }
}

fn drawn(
    statistic: Statistic,
    months: &[&Estimate],
    rebases: &[Rebase],
    settings: &Settings,
) -> (&'static str, Vec<Phase>) {
    let mean = |known: Vec<f64>| known.iter().sum::<f64>() / known.len().max(1) as f64;
    if statistic.is_share() {
        let series: Vec<Share> = months.iter().map(|e| counted(e)).collect();
        let known = series.iter().filter(|s| s.denominator > 0).map(|s| s.denominator as f64).collect();
        return if mean(known) >= LARGE_DENOMINATOR {
            ("p′ chart", in_phases(&series, rebases, settings, shares_laney))
        } else {
            ("p chart", in_phases(&series, rebases, settings, shares))
        };
    }
    if statistic == Statistic::Rate {
        // In hundreds of client-months, as the rate is told.
        let rate = |e: &&Estimate| match (e.events, e.denominator) {
            (Some(events), Some(months)) if !e.period.partial => Rate { events, exposure: months / 100.0 },
            _ => Rate { events: 0, exposure: 0.0 },
        };
        let series: Vec<Rate> = months.iter().map(rate).collect();
        let known: Vec<f64> = series.iter().filter(|r| r.exposure > 0.0).map(|r| r.events as f64).collect();
        let enough = known.len() >= FULL_BASELINE;
        return if enough && mean(known) >= LARGE_COUNT {
            ("u′ chart", in_phases(&series, rebases, settings, rates_laney))
        } else {
            ("u chart", in_phases(&series, rebases, settings, rates))
        };
    }
    let series: Vec<Option<f64>> = months.iter().map(|e| e.estimate.filter(|_| !e.period.partial)).collect();
    ("XmR chart", in_phases(&series, rebases, settings, individuals))
}

/// Numerator and denominator of a month's share; of a duration, those who got there by the day, once all were followed.
fn counted(estimate: &Estimate) -> Share {
    let none = Share { numerator: 0, denominator: 0 };
    if estimate.period.partial {
        return none;
    }
    let numerator = match (estimate.numerator, estimate.events, estimate.censored) {
        (Some(x), ..) => x as u64,
        // Somebody left observation before the day: the month is not mature, and the plain share would be too low.
        (None, Some(_), Some(censored)) if censored > 0 => return none,
        (None, Some(events), _) => events,
        _ => return none,
    };
    match estimate.denominator {
        Some(n) => Share { numerator, denominator: n as u64 },
        None => none,
    }
}

impl Reading {
    /// Whether a shift is still going on at the last month.
    #[must_use]
    pub fn lasts(&self) -> bool {
        self.phases.last().and_then(Phase::lasting_change).is_some()
    }

    /// Whether the target will be met as things are, by the latest limits.
    #[must_use]
    pub fn assurance(&self, target: f64, direction: Direction) -> Option<Assurance> {
        let better = match direction {
            Direction::Higher => Better::Higher,
            Direction::Lower => Better::Lower,
            Direction::Neutral => return None,
        };
        self.phases.last().map(|phase| &phase.chart).and_then(|chart: &Chart| chart.assurance(target, better))
    }
}

/// A metric's series as it is told.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Series {
    pub metric: String,
    pub version: String,
    pub group: Group,
    pub statistic: String,
    pub chart: String,
    /// Fewer than twelve months set the latest limits.
    pub trial: bool,
    pub target: Option<f64>,
    /// `consistently passes`, `consistently fails`, `hit or miss`.
    pub assurance: Option<&'static str>,
    /// Why there are no limits, where there are none.
    pub note: Option<&'static str>,
    pub months: Vec<Month>,
}

/// One month of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Month {
    pub period: String,
    pub value: Option<f64>,
    pub center: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    /// `outside the limits`, `trend`, `two of three`, `shift`.
    pub rule: Option<&'static str>,
    /// `better`, `worse`, or `different` where neither way is.
    pub signal: Option<&'static str>,
}

impl Study<'_> {
    /// The headline of a metric month by month, of each group, with limits and signals.
    ///
    /// # Errors
    /// As [`Study::compute`].
    pub fn series(
        &self,
        name: &str,
        months: &[Period],
        breakdown: &[String],
        usual: usize,
    ) -> Result<Vec<Series>, QueryError> {
        let breakdowns = [breakdown.to_vec()];
        let all = self.compute(&Request { metric: name, periods: months, breakdowns: &breakdowns, curve_to: None })?;
        let Some(metric) = self.catalogue.get(name) else { return Ok(Vec::new()) };
        let headline = metric.header.headline();
        let of_headline: Vec<&Estimate> = all.iter().filter(|e| headline.is(e, metric)).collect();
        let direction = metric.header.direction_of(headline.statistic);
        let mut found = Vec::new();
        // Groups come one after the other, each with all its months.
        for of_group in of_headline.chunk_by(|a, b| a.group == b.group) {
            let Some(first) = of_group.first() else { continue };
            let reading = read(metric, of_group, usual);
            let target = self.targets.of(name, headline.statistic, headline.at, &first.group);
            let stock = metric.header.stock;
            let month = |(estimate, point): (&&Estimate, &Point)| Month {
                period: estimate.period.label.clone(),
                value: estimate.estimate,
                center: point.center.filter(|_| !stock),
                lower: point.lower.filter(|_| !stock),
                upper: point.upper.filter(|_| !stock),
                rule: point.signal.filter(|_| !stock).map(|signal| rule_words(signal.rule)),
                signal: point.signal.filter(|_| !stock).map(|signal| side_words(signal.side, direction)),
            };
            let has_limits = reading.points.iter().any(|point| point.upper.is_some());
            found.push(Series {
                metric: name.to_owned(),
                version: metric.version.clone(),
                group: first.group.clone(),
                statistic: headline.to_string(),
                chart: reading.chart.to_owned(),
                trial: reading.trial && !stock,
                target,
                assurance: target
                    .filter(|_| !stock)
                    .and_then(|target| reading.assurance(target, direction))
                    .map(assurance_words),
                note: match (stock, has_limits) {
                    (true, _) => Some("the same people are counted month after month: no limits"),
                    (false, false) => Some("too few months, or no variation: no limits"),
                    _ => None,
                },
                months: of_group.iter().zip(&reading.points).map(month).collect(),
            });
        }
        Ok(found)
    }
}

fn rule_words(rule: Rule) -> &'static str {
    match rule {
        Rule::OutsideLimits => "outside the limits",
        Rule::Trend => "trend",
        Rule::TwoOfThree => "two of three",
        Rule::Shift => "shift",
    }
}

fn side_words(side: Side, direction: Direction) -> &'static str {
    match (side, direction) {
        (Side::Above, Direction::Higher) | (Side::Below, Direction::Lower) => "better",
        (_, Direction::Neutral) => "different",
        _ => "worse",
    }
}

fn assurance_words(assurance: Assurance) -> &'static str {
    match assurance {
        Assurance::ConsistentlyPasses => "consistently passes",
        Assurance::ConsistentlyFails => "consistently fails",
        Assurance::HitOrMiss => "hit or miss",
    }
}
