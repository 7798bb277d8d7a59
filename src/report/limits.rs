//! A history read as a process: what is normal, and which months are signals.

use super::definition::{Definition, Span};
use super::figures::Figures;
use super::words;
use crate::chart::{Expected, Point, Signal};
use crate::language::Words;
use crate::measure::{Direction, Estimate, Metric, Note, Reading, Statistic, read_series};
use crate::project::Period;
use crate::release::Released;
use crate::statistics::Interval;
use crate::statistics::normal_deviate;
use crate::statistics::process::{Rule, RuleSet, Side};
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
    Signal { kind: Signal, up: bool, course: Course, since: Period },
}

/// How far a change has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// The latest month alone stands out: whether it lasts is not known yet.
    OneMonth,
    GoingOn,
    /// The months stay on that side.
    Lasting,
}

/// The time since a change, and the year before it.
pub struct Change {
    pub since: Period,
    pub before: Period,
}

impl Now {
    /// Whether one month alone stands out.
    pub fn is_of_one_month(&self) -> bool {
        matches!(self, Self::Signal { course: Course::OneMonth, .. })
    }

    /// The change that is still going on, if there is one.
    pub fn change(&self, span: &Span) -> Option<Change> {
        let Self::Signal { since, .. } = self else { return None };
        let end = span.history.last().map_or(since.end, |m| m.end);
        Some(Change { since: Period::days(since.start, end), before: Period::whole_months(12, since.start) })
    }
}

/// The change that is still going on, where most programs can be judged by the time since it began: they are shown for that
/// time then, so that two states are not mixed.
pub fn change_of_programs(
    definition: &Definition,
    figures: &Figures,
    metric: &Metric,
    span: &Span,
    words: &Words,
) -> Option<Change> {
    let change = history(definition, figures, metric, span, words).now.change(span)?;
    let days = |period: &Period| f64::from((period.end - period.start).get_days());
    let part = days(&change.since) / days(&span.recent);
    let minimum = metric.header.minimum_n as f64;
    let all = figures.by(metric, &span.recent, metric.header.headline(), "program");
    let judged: Vec<f64> = all.iter().filter_map(|(_, e)| e.denominator).filter(|n| *n >= minimum).collect();
    let since = judged.iter().filter(|n| *n * part >= minimum).count();
    (since > 0 && 2 * since >= judged.len()).then_some(change)
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
    let is_withheld = |estimate: &&Released<Estimate>| estimate.note == Some(Note::Withheld);
    let now = match verdict(&reading, found, &span.history, direction) {
        Now::Unknown if found.iter().any(is_withheld) => Now::Withheld,
        // Nor is a month normal where one of those that a rule looks at together, or a later one, may not be shown.
        Now::Normal if found.iter().rev().take(must_be_seen(&reading)).any(is_withheld) => Now::Withheld,
        now => now,
    };
    History { points, now, tested, method }
}

/// How many of the last months must be seen before one of them is called normal: the run of the verdict's month, and those
/// after it.
fn must_be_seen(reading: &Reading) -> usize {
    let after = reading.points.iter().rev().take_while(|point| point.value.is_none()).count();
    let rules = RuleSet::default();
    after + rules.trend.max(rules.shift).unwrap_or(1)
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
    let known = || {
        let of = |i: usize| reading.points.get(i).and_then(|point| Some((i, point.value?, point)));
        (0..=last).rev().filter_map(of)
    };
    // A trend began with the first month that went its way; any other signal with the first one of the run on this side of the
    // center that is still going on.
    let goes_on = |(before, now): (f64, f64)| if signal.side == Side::Above { before < now } else { before > now };
    let of_trend = known()
        .zip(known().skip(1))
        .take_while(|((_, now, _), (_, before, _))| goes_on((*before, *now)))
        .last()
        .map(|((first, ..), _)| first);
    let since = known()
        .map(|(i, _, point)| (i, point))
        .take_while(|(_, point)| point.side == Some(signal.side))
        .filter(|(_, point)| point.signal.is_some_and(|s| s.side == signal.side))
        .last()
        .map_or(last, |(i, _)| i);
    let since = of_trend.filter(|_| signal.rule == Rule::Trend).unwrap_or(since);
    let Some(month) = found.get(since).and_then(|estimate| month(estimate, months)) else { return Now::Normal };
    let course = match () {
        () if signal.rule == Rule::Shift || reading.lasts() => Course::Lasting,
        () if since == last => Course::OneMonth,
        () => Course::GoingOn,
    };
    Now::Signal { kind: side(signal.side, direction), up: signal.side == Side::Above, course, since: month.clone() }
}

/// Whether an estimate rests on fewer units than its metric asks for: it says nothing beside another one.
pub fn is_few(estimate: &Estimate, metric: &Metric) -> bool {
    estimate.denominator.is_some_and(|n| n < metric.header.minimum_n as f64)
}

/// Funnel limits' level: about one false alarm in five hundred comparisons, an allowance for how many are made.
const STRICT: f64 = 0.998;

/// The 99.8 % interval of a share, from its limits at another level.
fn strict(estimate: &Estimate) -> Option<Interval> {
    let limits = Interval { lower: estimate.lower?, upper: estimate.upper? };
    let share = estimate.estimate.filter(|_| estimate.statistic.is_share())?;
    // Limits of curves are log-log ones, also where all were followed and it is known how many of how many got there; those
    // of other shares are Wilson's, of as many independent units as say as much.
    if estimate.statistic == Statistic::ShareByDay {
        at_level(share, limits, estimate.level, STRICT)
    } else {
        effective_size(share, limits, estimate.level).map(|size| score_interval(share, size, normal_deviate(STRICT)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Catalogue, Group};
    use crate::project::FiscalYear;
    use crate::release::{Audience, release};
    use crate::report::narrative::tests::{empty, month, share};

    /// Of a curve: everybody was followed, so that it is known how many of how many, and the limits are log-log ones.
    fn by_day(x: u64, n: u64) -> Estimate {
        let share = x as f64 / n as f64;
        let error = (share * (1.0 - share) / n as f64).sqrt();
        let at = |deviate: f64| share.powf((deviate * error / (share * share.ln())).exp());
        Estimate {
            statistic: Statistic::ShareByDay,
            at: Some(14),
            lower: Some(at(-normal_deviate(0.95))),
            upper: Some(at(normal_deviate(0.95))),
            events: Some(x),
            censored: Some(0),
            ..self::share(&month("2026-06"), x, n)
        }
    }

    #[test]
    fn a_trend_is_dated_from_the_first_month_that_went_its_way() {
        let year = |year: i32| (1..=12).map(move |month| format!("{year}-{month:02}"));
        let months: Vec<Period> =
            year(2024).chain(year(2025)).chain(year(2026)).skip(11).take(19).map(|label| month(&label)).collect();
        let normal = [102, 98].into_iter().cycle().take(12);
        let shares = months.iter().zip(normal.chain([116, 112, 108, 104, 100, 96, 92]));
        let estimates = shares.map(|(month, x)| self::share(month, x, 200)).collect();
        let released = release(estimates, Audience::Internal, 11);
        let found: Vec<&Released<Estimate>> = released.iter().collect();
        let of: Vec<&Estimate> = found.iter().map(|e| e.get()).collect();
        let metric = metric("goal_attainment");
        let said = verdict(&read_series(&metric, &of, 12), &found, &months, Direction::Higher);
        let Now::Signal { kind, up, since, .. } = said else { panic!("{said:?}") };
        assert_eq!((kind, up, since), (Signal::Worse, false, month("2026-01")));
    }

    fn metric(name: &str) -> Metric {
        Catalogue::load(&[]).expect("the catalogue").get(name).expect("a metric").clone()
    }

    #[test]
    fn limits_of_curves_are_taken_for_what_they_are() {
        let metric = metric("time_to_service");
        for (x, n) in [(305, 500), (247, 488), (6, 12)] {
            let estimate = by_day(x, n);
            assert!(estimate.lower < estimate.estimate && estimate.estimate < estimate.upper, "{estimate:?}");
            let limits = strict(&estimate).expect("limits");
            // The 99.8% interval is wider than the 95% one by the ratio of the deviates, on their own scale.
            assert!(limits.lower < estimate.lower.expect("a limit") && limits.upper > estimate.upper.expect("a limit"));
            let width = |lower: f64, upper: f64| (lower.ln() / upper.ln()).ln();
            let found =
                width(limits.lower, limits.upper) / width(estimate.lower.expect("a"), estimate.upper.expect("b"));
            assert!((found - normal_deviate(STRICT) / normal_deviate(0.95)).abs() < 1e-9, "{found}");
        }
        // z = 3.3 between two shares is beyond 99.8%; half of twelve is not beyond a target of 80%.
        assert_eq!(moved(&by_day(305, 500), &by_day(247, 488), &metric), Signal::Better);
        assert!(!beyond_chance(&by_day(6, 12), 0.8, &metric));
        assert!(beyond_chance(&by_day(43, 74), 0.8, &metric));
    }

    #[test]
    fn programs_are_shown_since_a_change_where_most_can_be_judged_by_that_time() {
        let metric = metric("goal_attainment");
        let catalogue = Catalogue::load(&[]).expect("the catalogue");
        let words = Words::default();
        let fiscal_year = FiscalYear::starting_in(7).expect("a month");
        let definition =
            Definition::read("monthly-review", &[], &catalogue, fiscal_year, &words).expect("a built-in report");
        let day = |text: &str| text.parse().expect("a date in a test");
        let span =
            definition.span(&definition.entry(&metric.name), &month("2026-06"), day("2026-06-30"), day("2023-07-01"));
        // Of the last months so many are far below; of the programs each has so many goals in the twelve months.
        let change = |low: usize, sizes: &[u64]| {
            let months = span
                .history
                .iter()
                .rev()
                .enumerate()
                .map(|(back, month)| share(month, if back < low { 30 } else { 60 + back as u64 % 3 }, 100));
            let programs = sizes.iter().enumerate().map(|(id, n)| {
                let group = Group(vec![("program".into(), Some(format!("P{id}")))]);
                Estimate { group, ..share(&span.recent, n / 2, *n) }
            });
            let of_metric = |estimate| Estimate { metric: metric.name.clone(), ..estimate };
            let estimates = months.chain(programs).map(of_metric).collect();
            let figures = Figures::new(release(estimates, Audience::Internal, 11), Vec::new());
            let now = history(&definition, &figures, &metric, &span, &words).now;
            let since = change_of_programs(&definition, &figures, &metric, &span, &words).map(|change| change.since);
            (now.is_of_one_month(), since)
        };
        let least = metric.header.minimum_n;
        let enough = 12 * least + 12;
        let june = Period::days(day("2026-06-01"), day("2026-07-01"));
        assert_eq!(change(1, &[enough, enough, 2 * least]), (true, Some(june)));
        assert_eq!(change(1, &[enough, 2 * least, 2 * least]), (true, None));
        // Those that cannot be judged by the twelve months either do not count.
        assert_eq!(change(1, &[enough, least - 1, least - 1]).1.map(|since| since.start), Some(day("2026-06-01")));
        assert_eq!(change(1, &[least - 1]), (true, None));
        // Longer changes need less: here the month before lay on that side too.
        assert_eq!(change(6, &[3 * least; 40]), (false, Some(Period::days(day("2025-12-01"), day("2026-07-01")))));
    }

    #[test]
    fn no_month_is_normal_beside_months_that_may_not_be_shown() {
        let metric = metric("goal_attainment");
        let catalogue = Catalogue::load(&[]).expect("the catalogue");
        let words = Words::default();
        let fiscal_year = FiscalYear::starting_in(7).expect("a month");
        let definition =
            Definition::read("grant-report", &[], &catalogue, fiscal_year, &words).expect("a built-in report");
        let day = |text: &str| text.parse().expect("a date in a test");
        let span =
            definition.span(&definition.entry(&metric.name), &month("2026-06"), day("2026-06-30"), day("2023-07-01"));
        let now = |withheld: &[usize]| {
            let estimates = span.history.iter().rev().enumerate().map(|(back, month)| {
                if withheld.contains(&back) {
                    Estimate { note: Some(Note::Withheld), ..empty(month, Statistic::Share) }
                } else {
                    share(month, 60 + back as u64 % 3, 100)
                }
            });
            let mut found = release(estimates.collect(), Audience::Internal, 11);
            found.reverse();
            read(&definition, &metric, &span, &found.iter().collect::<Vec<_>>(), &words).now
        };
        assert_eq!(now(&[]), Now::Normal);
        // A run of seven that ends with the latest month, or the latest month itself.
        for back in 0..7 {
            assert_eq!(now(&[back]), Now::Withheld, "{back} months before");
        }
        assert_eq!(now(&[7]), Now::Normal);
    }
}
