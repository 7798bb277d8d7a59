//! A history read as a process: what is normal, and which months are signals.

use super::definition::{Definition, Span};
use super::figures::Figures;
use super::words;
use crate::chart::{Expected, Point, Signal};
use crate::language::Words;
use crate::measure::{Direction, Estimate, Metric, Note, Reading, read_series};
use crate::project::Period;
use crate::release::Released;
use crate::statistics::Interval;
use crate::statistics::normal_deviate;
use crate::statistics::process::{Rule, Side};
use crate::statistics::proportion::score_interval;
use crate::statistics::recovery::{at_level, difference, effective_size};

/// A metric's history with its expected range and signals.
#[derive(Debug, Clone)]
pub struct History {
    pub points: Vec<Point>,
    /// What the latest followed month says.
    pub now: Now,
    /// The month that this verdict is about: the latest one that is over and fully followed.
    pub tested: Option<Period>,
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
    /// The months for a verdict are withheld: there may be enough of them.
    Withheld,
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
pub fn history(definition: &Definition, figures: &Figures, metric: &Metric, span: &Span, words: &Words) -> History {
    let headline = metric.header.headline();
    let found: Vec<&Released<Estimate>> =
        span.history.iter().filter_map(|month| figures.everybody(metric, month, headline)).collect();
    read(definition, metric, span, &found, words)
}

/// Reads a history from its months.
pub fn read(
    definition: &Definition,
    metric: &Metric,
    span: &Span,
    found: &[&Released<Estimate>],
    words: &Words,
) -> History {
    let headline = metric.header.headline();
    if metric.header.stock {
        let points =
            found.iter().map(|e| Point { estimate: (*e).clone(), expected: None, signal: Signal::None }).collect();
        return History { now: Now::Stock, tested: None, points, method: String::new() };
    }
    let months: Vec<&Estimate> = found.iter().map(|e| e.get()).collect();
    let reading = read_series(metric, &months, usize::from(definition.baseline_months));
    let direction = metric.header.direction_of(headline.statistic);
    let points: Vec<Point> = found
        .iter()
        .zip(&reading.points)
        .map(|(estimate, point)| Point {
            estimate: (*estimate).clone(),
            expected: match (point.center, point.lower, point.upper) {
                (Some(centre), Some(lower), Some(upper)) => Some(Expected { centre, lower, upper }),
                _ => None,
            },
            signal: point.signal.map_or(Signal::None, |s| side(s.side, direction)),
        })
        .collect();
    let months = span.history.get(reading.baseline.clone()).unwrap_or_default();
    let window = match (months.first(), months.last()) {
        (Some(first), Some(last)) if months.len() > 1 => {
            let baseline = Period::days(first.start, last.end);
            format!(", {}", words::span(&baseline, words))
        }
        _ => String::new(),
    };
    let trial = if reading.trial { words.of("limits.trial") } else { "" };
    let anew = metric
        .header
        .rebase
        .iter()
        .map(|c| words.with("limits.set-anew", &[("day", &words.day(c.from)), ("why", &c.why)]));
    let anew = anew.collect::<Vec<_>>().concat();
    let chart = words.find(&format!("limits.charts.{}", reading.chart)).unwrap_or(reading.chart);
    let method = format!("{chart}{window}{trial}{anew}");
    let tested = reading.points.iter().rposition(|point| point.value.is_some());
    let tested = tested.and_then(|at| month(found.get(at)?, &span.history)).cloned();
    let now = match verdict(&reading, found, &span.history, direction) {
        Now::Unknown if found.iter().any(|estimate| estimate.note == Some(Note::Withheld)) => Now::Withheld,
        now => now,
    };
    History { points, now, tested, method }
}

/// The month of an estimate.
fn month<'a>(estimate: &Estimate, months: &'a [Period]) -> Option<&'a Period> {
    months.iter().find(|month| month.label == estimate.period.label)
}

fn side(side: Side, direction: Direction) -> Signal {
    match (side, direction) {
        (Side::Above, Direction::Higher) | (Side::Below, Direction::Lower) => Signal::Better,
        (_, Direction::Neutral) => Signal::None,
        _ => Signal::Worse,
    }
}

fn verdict(reading: &Reading, found: &[&Released<Estimate>], months: &[Period], direction: Direction) -> Now {
    let Some(last) = reading.points.iter().rposition(|p| p.value.is_some()) else { return Now::Unknown };
    if reading.points.get(last).is_none_or(|p| p.upper.is_none()) {
        return Now::Unknown;
    }
    let Some(signal) = reading.points.get(last).and_then(|p| p.signal) else { return Now::Normal };
    // It began with the first signal of the run on this side of the center that is still going on.
    let since = (0..=last)
        .rev()
        .filter_map(|i| reading.points.get(i).filter(|p| p.value.is_some()).map(|p| (i, p)))
        .take_while(|(_, point)| point.side == Some(signal.side))
        .filter(|(_, point)| point.signal.is_some_and(|s| s.side == signal.side))
        .last()
        .map_or(last, |(i, _)| i);
    let Some(month) = found.get(since).and_then(|estimate| month(estimate, months)) else { return Now::Normal };
    let lasting = signal.rule == Rule::Shift || reading.lasts();
    Now::Signal { kind: side(signal.side, direction), up: signal.side == Side::Above, lasting, since: month.clone() }
}

/// Funnel limits' level: about one false alarm in five hundred comparisons, an allowance for how many are made.
const STRICT: f64 = 0.998;

/// The 99.8 % interval of a share, from its limits at another level.
fn strict(estimate: &Estimate) -> Option<Interval> {
    let limits = Interval { lower: estimate.lower?, upper: estimate.upper? };
    let share = estimate.estimate.filter(|_| estimate.statistic.is_share())?;
    // Limits of counts are Wilson's, of as many independent units as say as much; those of curves are not.
    if estimate.numerator.is_some() {
        effective_size(share, limits, estimate.level).map(|size| score_interval(share, size, normal_deviate(STRICT)))
    } else {
        at_level(share, limits, estimate.level, STRICT)
    }
}

/// Whether an estimate lies on the wrong side of a target with its whole 99.8 % interval.
pub fn beyond_chance(estimate: &Estimate, target: f64, metric: &Metric) -> bool {
    strict(estimate).is_some_and(|limits| match metric.header.direction_of(estimate.statistic) {
        Direction::Higher => limits.upper < target,
        Direction::Lower => limits.lower > target,
        Direction::Neutral => false,
    })
}

/// Which way a share differs from an earlier one, where the 99.8 % interval of the difference excludes 0.
pub fn moved(now: &Estimate, before: &Estimate, metric: &Metric) -> Signal {
    let with_limits = |e: &Estimate| Some((e.estimate?, strict(e)?));
    let (Some(now_), Some(before_)) = (with_limits(now), with_limits(before)) else { return Signal::None };
    let interval = difference(now_, before_);
    let direction = metric.header.direction_of(now.statistic);
    match (interval.lower > 0.0, interval.upper < 0.0) {
        (true, _) => side(Side::Above, direction),
        (_, true) => side(Side::Below, direction),
        _ => Signal::None,
    }
}
