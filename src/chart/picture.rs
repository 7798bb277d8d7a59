//! The scorecard's small pictures: an interval against its target, and a history with its expected range.

use super::axis::{Plot, Scale};
use super::canvas::{Anchor, Room, Tone, Type, drawn};
use super::input::{Axis, Point, Subject, Unit, counted_words, interval, reason, reason_of_last, value};
use super::series::{self, SMALL};
use super::svg::Names;
use crate::measure::Estimate;
use crate::release::Released;
use serde::Serialize;

/// A small picture inside a table, with its words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Picture {
    pub svg: String,
    pub alt: String,
}

/// Both pictures fill a cell of this size, in CSS pixels.
pub const PICTURE_WIDTH: f64 = 108.0;
pub const PICTURE_HEIGHT: f64 = 36.0;

/// Dot, band and target tick on an axis from 0 to 100% (from zero, for other units).
#[must_use]
pub fn interval_picture(subject: &Subject, estimate: &Released<Estimate>, target: Option<f64>) -> Picture {
    let unit = &subject.unit;
    let target = target.filter(|t| t.is_finite());
    let now = value(estimate);
    let band = interval(estimate);
    let alt = interval_told(subject, estimate, target);
    let names = Names { name: &subject.name, title: &subject.title, alt: &alt };
    let ends = band.map(|(lower, upper)| [lower, upper]);
    let scale = Scale::holding(now.into_iter().chain(ends.into_iter().flatten()).chain(target), unit, Axis::Full, 4);
    let svg = drawn(PICTURE_WIDTH, PICTURE_HEIGHT, &names, |canvas| {
        let room = Room { left: 6.0, top: 0.0, right: PICTURE_WIDTH - 6.0, bottom: PICTURE_HEIGHT };
        let plot = Plot::new(room, (scale.from, scale.to), (0.0, 1.0));
        let middle = 21.0;
        let held = |v: f64| plot.x(v).clamp(room.left, room.right);
        canvas.line(&[(room.left - 4.0, middle), (room.right + 4.0, middle)], Tone::Rule, 1.2);
        if let (Some(_), Some((lower, upper))) = (now, band) {
            canvas.pill(held(lower), held(upper), middle, 6.0, Tone::Band);
        }
        if let Some(now) = now {
            canvas.disc((held(now), middle), 5.0, Tone::Estimate);
        }
        if let Some(target) = target {
            let x = held(target);
            canvas.line(&[(x, middle - 9.5), (x, middle + 9.5)], Tone::Ink, 2.0);
            let label = Type::label();
            let printed = subject.printed(target);
            let number = subject.words.without_percent(&printed);
            let half = label.width(number) / 2.0;
            let x = x.clamp(half.min(PICTURE_WIDTH / 2.0), (PICTURE_WIDTH - half).max(PICTURE_WIDTH / 2.0));
            canvas.text(number, (x, middle - 11.5, Anchor::Middle), label);
        }
    });
    Picture { svg, alt }
}

fn interval_told(subject: &Subject, estimate: &Estimate, target: Option<f64>) -> String {
    let words = &subject.words;
    let mut alt = match value(estimate) {
        Some(now) => format!("{}{}", subject.spoken(now), counted_words(estimate, subject)),
        None => words.with("chart.no-value", &[("why", &reason(estimate, words))]),
    };
    if let (Some(_), Some((lower, upper))) = (value(estimate), interval(estimate)) {
        alt += &words.with("told.interval", &[("range", &subject.span(lower, upper))]);
    }
    if let Some(target) = target {
        alt += &words.with("told.target", &[("target", &subject.spoken(target))]);
    }
    alt + "."
}

/// Two years at a glance: line, expected range, marks, the last point. The scale fits the series; figures stand beside it.
#[must_use]
pub fn sparkline(subject: &Subject, points: &[Point]) -> Picture {
    let alt = series::told(points, subject, None);
    let names = Names { name: &subject.name, title: &subject.title, alt: &alt };
    let (low, high) = series::extent(points)
        .filter(|v| v.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    let (low, high) = match (low < high, low.is_finite()) {
        (true, _) => (low, high),
        // A flat series stands in the middle.
        (false, true) => (low - 1.0, low + 1.0),
        (false, false) => (0.0, 1.0),
    };
    let svg = drawn(PICTURE_WIDTH, PICTURE_HEIGHT, &names, |canvas| {
        let side = series::REACH;
        let room = Room { left: side, top: 5.0, right: PICTURE_WIDTH - side, bottom: PICTURE_HEIGHT - 5.0 };
        let plot = Plot::new(room, series::across(points.len()), (low, high));
        if points.iter().all(|p| value(&p.estimate).is_none()) {
            let middle = PICTURE_HEIGHT / 2.0;
            let why = reason_of_last(points.last().map(|p| p.estimate.get()), &subject.words);
            let label = Type::label();
            canvas.text(why, (0.0, middle + label.drop(), Anchor::Start), label);
            return;
        }
        series::expected_range(canvas, &plot, points);
        series::line_and_marks(canvas, &plot, points, SMALL);
    });
    Picture { svg, alt }
}

/// Whether an interval picture says more than the figure beside it.
#[must_use]
pub fn has_interval(estimate: &Released<Estimate>, unit: &Unit) -> bool {
    *unit != Unit::Count && value(estimate).is_some() && interval(estimate).is_some()
}
