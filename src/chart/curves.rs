//! The share reached by each day: time to service, and return after exit. Step curve, interval, numbers at risk.

use super::axis::Scale;
use super::canvas::drawn;
use super::curve_drawing::{height, only_horizons, paint};
use super::figure::{Figure, Table, TableColumn};
use super::input::{Axis, Subject, interval, reason, reason_of_last, value, value_cell};
use super::svg::Names;
use super::{Cell, WIDTH};
use crate::language::Words;
use crate::measure::Estimate;
use crate::release::Released;
use std::fmt::Display;

/// Curves over the days since a start.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    pub subject: Subject,
    /// One, or a few groups.
    pub curves: Vec<Curve>,
    /// Another way out, drawn thinner: "withdrew".
    pub competing: Option<Curve>,
    /// Days at which the share is marked and printed.
    pub horizons: Vec<u32>,
    pub target: Option<DayTarget>,
    /// What the days count from: "referral", "exit".
    pub since: String,
    pub axis: Axis,
}

/// One curve: estimates of `share_by_day`, each with its day in `at`, in order of days.
///
/// The curve ends at its last estimate with a value: nothing is carried on past the follow-up.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// "served", or the group's name.
    pub label: String,
    pub points: Vec<Released<Estimate>>,
}

/// A share to be reached by a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DayTarget {
    pub day: u32,
    pub share: f64,
}

/// Share reached by day, from nobody to everybody.
#[must_use]
pub fn share_by_day(input: &Curves) -> Figure {
    figure(input)
}

/// Share returned after exit.
#[must_use]
pub fn return_curve(input: &Curves) -> Figure {
    figure(input)
}

impl Curve {
    /// Day and estimate of every point that has a value.
    pub(super) fn known(&self) -> impl Iterator<Item = (u32, f64, &Estimate)> {
        self.points.iter().filter_map(|p| Some((p.at?, value(p)?.clamp(0.0, 1.0), &**p)))
    }

    fn at(&self, day: u32) -> Option<&Estimate> {
        self.points.iter().find(|p| p.at == Some(day)).map(|p| &**p)
    }

    /// The estimate that holds on a day: its own, or the one before it while the curve goes on.
    pub(super) fn holding(&self, day: u32) -> Option<(f64, &Estimate)> {
        if let Some(own) = self.at(day) {
            return value(own).map(|v| (v.clamp(0.0, 1.0), own));
        }
        let end = self.known().last()?.0;
        (day <= end).then(|| self.known().take_while(|(at, ..)| *at <= day).last().map(|(_, v, e)| (v, e)))?
    }

    pub(super) fn last(&self) -> Option<(u32, f64, &Estimate)> {
        self.known().last()
    }

    /// Why there is no share on a day: "not yet followed to 12 months", "withheld at 12 months".
    fn missing(&self, day: u32, words: &Words) -> String {
        let by_day = day_words(day, words);
        match self.at(day) {
            None => words.with("curve.not-followed-to", &[("day", &by_day)]),
            Some(estimate) => words.with("curve.reason-at", &[("why", &reason(estimate, words)), ("day", &by_day)]),
        }
    }

    pub(super) fn at_risk(&self, day: u32) -> Option<f64> {
        if day == 0 {
            let first = self.points.first()?;
            return first.denominator.or(first.at_risk.map(|n| n as f64));
        }
        self.at(day)?.at_risk.map(|n| n as f64)
    }
}

/// Two points of a month's length apart from it still make the months: 182 and 183 days are six.
pub(super) fn months(day: u32) -> Option<u32> {
    let months = (f64::from(day) / 30.4375).round();
    let near = (f64::from(day) - months * 30.4375).abs() <= 2.0;
    (day >= 89 && near).then_some(months as u32)
}

/// "14 days", "12 months".
pub(super) fn day_words(day: u32, words: &Words) -> String {
    match months(day) {
        Some(months) => words.counted("count.months", months.into(), &[]),
        None => words.counted("count.days", day.into(), &[]),
    }
}

fn figure(input: &Curves) -> Figure {
    let subject = &input.subject;
    let mut horizons: Vec<u32> = input.horizons.iter().copied().filter(|day| *day > 0).collect();
    horizons.sort_unstable();
    horizons.dedup();
    let end = input
        .curves
        .iter()
        .chain(&input.competing)
        .filter_map(|c| c.last())
        .map(|(day, ..)| day)
        .chain(horizons.last().copied())
        .chain(input.target.map(|t| t.day))
        .max()
        .unwrap_or(1)
        .max(1);
    let alt = told(input, &horizons);
    let names = Names { name: &subject.name, title: &subject.title, alt: &alt };
    let with_risk: Vec<&Curve> = input
        .curves
        .iter()
        .filter(|c| c.points.iter().any(|p| p.at_risk.is_some() || p.denominator.is_some()))
        .collect();
    let scale = scale(input);
    let svg = drawn(WIDTH, height(with_risk.len()), &names, |canvas| {
        paint(canvas, input, &horizons, end, &scale, &with_risk);
    });
    Figure { svg, alt, caption: caption(input, &scale), table: table(input, &horizons), ends_right: false }
}

/// To 100% when asked for, otherwise to the next round share; from zero always.
fn scale(input: &Curves) -> Scale {
    let curves = input.curves.iter().chain(&input.competing);
    let values = curves.flat_map(|c| c.known().flat_map(|(_, v, e)| [v, interval(e).map_or(v, |(_, upper)| upper)]));
    let values = values.chain(input.target.map(|t| t.share)).chain([0.0, 0.2]);
    Scale::holding(values, &input.subject.unit, input.axis, 4)
}

fn caption(input: &Curves, scale: &Scale) -> String {
    let words = &input.subject.words;
    let mut said = vec![format!("{}.", input.subject.title), words.with("key.days-since", &[("since", &input.since)])];
    let any_interval = input.curves.iter().any(|curve| curve.known().any(|(.., e)| interval(e).is_some()));
    if input.curves.len() == 1 && any_interval {
        said.push(words.of("key.band").to_owned());
    } else if any_interval {
        said.push(words.of("key.intervals-in-table").to_owned());
    }
    if input.curves.iter().any(|curve| curve.known().count() > 1 && only_horizons(curve, &input.horizons)) {
        said.push(words.of("key.dotted").to_owned());
    }
    if is_in_steps(input) {
        said.push(words.of("key.in-steps").to_owned());
    }
    if input.target.is_some() {
        said.push(words.of("key.target-short").to_owned());
    }
    if scale.to < 1.0 {
        said.push(words.with("key.axis-ends", &[("value", &words.share(scale.to))]));
    }
    said.join(" ")
}

/// Whether the release step has rounded the shares: then no counts go with them.
fn is_in_steps(input: &Curves) -> bool {
    let mut known = input.curves.iter().chain(&input.competing).flat_map(Curve::known);
    known.any(|(.., point)| point.denominator.is_none() && point.at_risk.is_none())
}

fn told(input: &Curves, horizons: &[u32]) -> String {
    let subject = &input.subject;
    let words = &subject.words;
    let mut alt = words.with("alt.curve", &[("since", &input.since), ("title", &subject.title)]);
    for curve in input.curves.iter().chain(&input.competing) {
        alt += &format!(" {}: ", curve.label);
        if curve.last().is_none() {
            let why = reason_of_last(curve.points.last().map(Released::get), words);
            alt += &words.with("curve.no-values", &[("why", &why)]);
            continue;
        }
        let said: Vec<String> = horizons
            .iter()
            .map(|day| match curve.holding(*day) {
                Some((share, estimate)) => {
                    let band = interval(estimate).map(|(l, u)| format!(" ({})", subject.span(l, u)));
                    let places: [(&str, &dyn Display); 3] = [
                        ("share", &words.share(share)),
                        ("day", &day_words(*day, words)),
                        ("band", &band.unwrap_or_default()),
                    ];
                    words.with("curve.within", &places)
                }
                None => curve.missing(*day, words),
            })
            .collect();
        alt += &said.join(", ");
        if let Some((day, share, _)) = curve.last() {
            alt += if said.is_empty() { "" } else { "; " };
            let places: [(&str, &dyn Display); 2] = [("day", &day_words(day, words)), ("share", &words.share(share))];
            alt += &words.with("curve.followed-to", &places);
        }
    }
    if let Some(target) = input.target {
        let places: [(&str, &dyn Display); 2] =
            [("share", &words.share(target.share)), ("day", &day_words(target.day, words))];
        alt += &format!(" {}", words.with("curve.target", &places));
    }
    alt
}

/// The horizons of every curve, and the day each ends: the steps between are the drawing of the same data.
fn table(input: &Curves, horizons: &[u32]) -> Table {
    let subject = &input.subject;
    let words = &subject.words;
    let mut columns = ["table.curve", "table.within"].map(|key| TableColumn::words(words.of(key))).to_vec();
    columns.extend(subject.numbers(&["table.share", "table.from", "table.to", "table.at-risk", "table.target"]));
    let mut rows = Vec::new();
    for curve in input.curves.iter().chain(&input.competing) {
        let mut days: Vec<u32> = horizons.to_vec();
        days.extend(curve.last().map(|(day, ..)| day));
        days.sort_unstable();
        days.dedup();
        if days.is_empty() {
            days.push(0);
        }
        for day in days {
            let held = curve.holding(day);
            let band = held.and_then(|(_, e)| interval(e));
            let share = match (held, curve.at(day)) {
                (Some((share, _)), _) => subject.cell(Some(share)),
                (None, Some(own)) => value_cell(own, subject),
                (None, None) => Cell::text(words.of("curve.not-followed")),
            };
            let target = input.target.filter(|t| t.day == day && input.curves.contains(curve)).map(|t| t.share);
            rows.push(vec![
                Cell::text(curve.label.clone()),
                Cell::text(day_words(day, words)),
                share,
                subject.cell(band.map(|b| b.0)),
                subject.cell(band.map(|b| b.1)),
                subject.count(curve.at_risk(day)),
                subject.cell(target),
            ]);
        }
    }
    let caption = if is_in_steps(input) {
        format!("{}. {}", subject.title, words.of("key.in-steps"))
    } else {
        subject.title.clone()
    };
    Table { name: subject.name.clone(), caption, columns, rows }
}
