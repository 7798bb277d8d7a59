//! A history read as a process: what is normal, and which months are signals.

use super::definition::{Definition, Span};
use super::figures::{Figures, unit};
use super::words;
use crate::chart::{Expected, Point, Signal, Unit};
use crate::measure::{Direction, Estimate, Metric, Statistic};
use crate::project::Period;
use crate::release::Released;
use crate::statistics::Interval;
use crate::statistics::process::{Chart, Rule, Settings, Share, Side, individuals, shares, shares_laney};
use crate::statistics::proportion::wilson;
use crate::statistics::recovery::{at_level, difference};

/// From this mean denominator on, sampling alone explains so little that a p chart flags nearly every month.
const LARGE_DENOMINATOR: f64 = 300.0;

/// A metric's history with its expected range and signals.
#[derive(Debug, Clone)]
pub struct History {
    pub points: Vec<Point>,
    /// What the latest followed month says.
    pub now: Now,
    /// How the limits were made: "p chart, July 2024 to June 2025".
    pub method: String,
}

/// The verdict on the latest month.
#[derive(Debug, Clone, PartialEq)]
pub enum Now {
    /// Within its normal variation.
    Normal,
    /// Too few months for a verdict.
    Unknown,
    /// The same people are counted month after month: months are not independent, so limits would cry wolf.
    Stock,
    /// A rule fired, on the side that is better, worse or neither, and has done so since that month.
    Signal { kind: Signal, up: bool, lasting: bool, since: Period },
}

/// The time since a change, and the year before it.
pub struct Change {
    pub since: Period,
    pub before: Period,
}

impl Now {
    /// The change that is still going on, if there is one.
    pub fn change(&self, span: &Span) -> Option<Change> {
        let Self::Signal { since, .. } = self else { return None };
        let end = span.history.last().map_or(since.end, |m| m.end);
        Some(Change { since: Period::days(since.start, end), before: Period::whole_months(12, since.start) })
    }
}

/// Reads the history of a metric's headline statistic.
pub fn history(definition: &Definition, figures: &Figures, metric: &Metric, span: &Span) -> History {
    let headline = metric.header.headline();
    let found: Vec<&Released<Estimate>> =
        span.history.iter().filter_map(|month| figures.everybody(metric, month, headline)).collect();
    let baseline = usize::from(definition.baseline_months).min(found.len());
    let floor = (unit(metric, headline.statistic) != Unit::Share).then_some(0.0);
    let settings = Settings { baseline: Some(0..baseline), floor, ..Settings::default() };
    if metric.header.stock {
        let points =
            found.iter().map(|e| Point { estimate: (*e).clone(), expected: None, signal: Signal::None }).collect();
        return History { now: Now::Stock, points, method: String::new() };
    }
    let (chart, name) = read(&found, headline.statistic, &settings);
    let direction = metric.header.direction_of(headline.statistic);
    let points: Vec<Point> = found
        .iter()
        .zip(&chart.points)
        .map(|(estimate, point)| Point {
            estimate: (*estimate).clone(),
            expected: match (chart.center, point.lower, point.upper) {
                (Some(centre), Some(lower), Some(upper)) => Some(Expected { centre, lower, upper }),
                _ => None,
            },
            signal: point.signal.map_or(Signal::None, |s| side(s.side, direction)),
        })
        .collect();
    let months = span.history.get(..baseline).unwrap_or_default();
    let window = match (months.first(), months.last()) {
        (Some(first), Some(last)) if baseline > 1 => {
            format!(", {} to {}", words::span(first), words::span(last))
        }
        _ => String::new(),
    };
    let trial = if chart.trial { " (trial limits: fewer than 12 months)" } else { "" };
    History { now: verdict(&chart, &found, &span.history, direction), points, method: format!("{name}{window}{trial}") }
}

/// The chart that fits the statistic; months not followed long enough keep their place without a value.
fn read(found: &[&Released<Estimate>], statistic: Statistic, settings: &Settings) -> (Chart, &'static str) {
    let counts: Vec<Share> = found.iter().map(|e| counted(e)).collect();
    if statistic.is_share() {
        let known: Vec<f64> = counts.iter().filter(|s| s.denominator > 0).map(|s| s.denominator as f64).collect();
        let mean = known.iter().sum::<f64>() / (known.len().max(1)) as f64;
        return if mean >= LARGE_DENOMINATOR {
            (shares_laney(&counts, settings), "p′ chart")
        } else {
            (shares(&counts, settings), "p chart")
        };
    }
    let values: Vec<Option<f64>> = found.iter().map(|e| e.estimate.filter(|_| !e.period.partial)).collect();
    (individuals(&values, settings), "XmR chart")
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

fn side(side: Side, direction: Direction) -> Signal {
    match (side, direction) {
        (Side::Above, Direction::Higher) | (Side::Below, Direction::Lower) => Signal::Better,
        (_, Direction::Neutral) => Signal::None,
        _ => Signal::Worse,
    }
}

fn verdict(chart: &Chart, found: &[&Released<Estimate>], months: &[Period], direction: Direction) -> Now {
    let Some(last) = chart.points.iter().rposition(|p| p.value.is_some()) else { return Now::Unknown };
    if chart.points.get(last).is_none_or(|p| p.upper.is_none()) {
        return Now::Unknown;
    }
    let Some(signal) = chart.points.get(last).and_then(|p| p.signal) else { return Now::Normal };
    // It began with the first signal of the run on this side of the center that is still going on.
    let since = (0..=last)
        .rev()
        .filter_map(|i| chart.points.get(i).filter(|p| p.value.is_some()).map(|p| (i, p)))
        .take_while(|(_, point)| point.side == Some(signal.side))
        .filter(|(_, point)| point.signal.is_some_and(|s| s.side == signal.side))
        .last()
        .map_or(last, |(i, _)| i);
    let Some(month) = found.get(since).and_then(|e| months.iter().find(|m| m.label == e.period.label)) else {
        return Now::Normal;
    };
    let lasting = signal.rule == Rule::Shift || chart.lasting_change().is_some();
    Now::Signal { kind: side(signal.side, direction), up: signal.side == Side::Above, lasting, since: month.clone() }
}

/// Funnel limits' level: about one false alarm in five hundred comparisons, an allowance for how many are made.
const STRICT: f64 = 0.998;

/// Whether an estimate lies on the wrong side of a target with its whole 99.8 % interval.
pub fn beyond_chance(estimate: &Estimate, target: f64, metric: &Metric) -> bool {
    let interval = match (estimate.estimate, estimate.numerator, estimate.denominator, estimate.lower, estimate.upper) {
        (Some(_), Some(x), Some(n), ..) if estimate.statistic.is_share() => wilson(x as u64, n as u64, STRICT),
        (Some(share), _, _, Some(lower), Some(upper)) if estimate.statistic.is_share() => {
            at_level(share, Interval { lower, upper }, estimate.level, STRICT)
        }
        _ => None,
    };
    interval.is_some_and(|limits| match metric.header.direction_of(estimate.statistic) {
        Direction::Higher => limits.upper < target,
        Direction::Lower => limits.lower > target,
        Direction::Neutral => false,
    })
}

/// Whether an estimate differs from an earlier one: the 95 % interval of the difference excludes 0.
pub fn differs(now: &Estimate, before: &Estimate) -> bool {
    let limits = |e: &Estimate| Some((e.estimate?, Interval { lower: e.lower?, upper: e.upper? }));
    match (limits(now), limits(before)) {
        (Some(now), Some(before)) => {
            let interval = difference(now, before);
            interval.lower > 0.0 || interval.upper < 0.0
        }
        _ => false,
    }
}
