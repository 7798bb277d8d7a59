//! One measure over time: line, expected range, target, marks.

use super::WIDTH;
use super::axis::{
    Plot, Scale, axis_starts, period_axis, period_axis_height, unit_words, value_axis, value_labels_width,
};
use super::beside::{DirectLabel, beside_the_plot};
use super::canvas::{Anchor, Canvas, Room, Tone, Type, drawn};
use super::figure::Figure;
use super::input::{Axis, Point, Subject, period_words, value};
use super::series::{self, LARGE};
use super::svg::Names;
use crate::measure::Note;

/// A series with what it is held against.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    pub subject: Subject,
    /// In order of time, one for every period: a period without a value is a point without an estimate.
    pub points: Vec<Point>,
    pub target: Option<f64>,
    pub axis: Axis,
}

const HEIGHT: f64 = 236.0;

/// Draws a series over time.
#[must_use]
pub fn trend(input: &Trend) -> Figure {
    let Trend { subject, points, target, .. } = input;
    let target = target.filter(|t| t.is_finite());
    let scale = Scale::holding(series::extent(points).chain(target), &subject.unit, input.axis, 4);
    let alt = {
        let told = series::told(points, subject, target);
        subject.words.with("alt.line", &[("title", &subject.title), ("told", &told)])
    };
    let names = Names { name: &subject.name, title: &subject.title, alt: &alt };
    let svg = drawn(WIDTH, HEIGHT, &names, |canvas| paint(canvas, input, target, &scale));
    let mut caption = series::dated_key(points, target, &subject.words);
    if scale.from > 0.0 {
        caption = format!("{caption} {}", axis_starts(subject, scale.from));
    }
    let caption = format!("{}. {}", subject.title, caption.trim()).trim().to_owned();
    Figure { svg, alt, caption, table: series::table(points, subject), ends_right: true }
}

fn paint(canvas: &mut Canvas, input: &Trend, target: Option<f64>, scale: &Scale) {
    let Trend { subject, points, .. } = input;
    let small = Type::secondary();
    let labels = direct_labels(points, subject, target);
    let beside = labels.iter().map(DirectLabel::width).fold(0.0, f64::max);
    let room = Room {
        left: value_labels_width(scale, subject, small) + 10.0,
        top: if unit_words(&subject.unit).is_empty() { 14.0 } else { 30.0 },
        right: WIDTH - beside - 22.0,
        bottom: HEIGHT - period_axis_height(small),
    };
    let plot = Plot::new(room, series::across(points.len()), (scale.from, scale.to));
    series::expected_range(canvas, &plot, points);
    value_axis(canvas, &plot, scale, subject, small);
    canvas.text(unit_words(&subject.unit), (0.0, 12.0, Anchor::Start), small);
    let periods: Vec<_> = points.iter().map(|p| &p.estimate.period).collect();
    period_axis(canvas, &plot, &periods, &subject.words, small);
    if let Some(target) = target {
        let y = plot.y(target).clamp(room.top, room.bottom);
        canvas.dashed(&[(room.left, y), (room.right, y)], Tone::Ink, 1.2, (5.0, 4.0));
    }
    series::line_and_marks(canvas, &plot, points, LARGE);
    if series::last(points).is_none() {
        series::say_nothing_to_show(canvas, room, points, &subject.words, small);
    }
    let last_x = series::last(points).map(|(index, ..)| plot.x(index as f64) + 9.0);
    beside_the_plot(canvas, &plot, &labels, last_x, HEIGHT);
}

fn direct_labels(points: &[Point], subject: &Subject, target: Option<f64>) -> Vec<DirectLabel> {
    let words = &subject.words;
    let small = Type::secondary();
    let mut labels = Vec::new();
    if let Some((_, point, now)) = series::last(points) {
        let figure = Type { size: 15.0, ..Type::strong() };
        let lines = vec![(subject.printed(now), figure), (period_words(&point.estimate.period, words), small)];
        labels.push(DirectLabel { at: now, lines, last: true });
    }
    if let Some(target) = target {
        let lines = vec![(words.with("chart.target", &[("target", &subject.printed(target))]), small.toned(Tone::Ink))];
        labels.push(DirectLabel { at: target, lines, last: false });
    }
    if let Some(expected) = points.iter().rev().find_map(|p| p.expected) {
        let lines =
            vec![(words.of("chart.expected").to_owned(), small), (subject.span(expected.lower, expected.upper), small)];
        // At the band's edge further from the other labels, so that none has to move.
        let others: Vec<f64> = labels.iter().map(|l| l.at).collect();
        let air = |edge: f64| others.iter().map(|at| (at - edge).abs()).fold(f64::INFINITY, f64::min);
        let at = if air(expected.lower) >= air(expected.upper) { expected.lower } else { expected.upper };
        labels.push(DirectLabel { at, lines, last: false });
    }
    labels
}

/// Whether no more than half of its periods are withheld, and it has anything to draw.
#[must_use]
pub fn has_most_values(points: &[Point]) -> bool {
    let withheld = points.iter().filter(|p| p.estimate.note == Some(Note::Withheld)).count();
    has_values(points) && withheld * 2 <= points.len()
}

/// Whether a series has anything to draw; a report may say so in words instead.
#[must_use]
pub fn has_values(points: &[Point]) -> bool {
    points.iter().any(|p| value(&p.estimate).is_some())
}
