//! One measure over time: line, expected range, target, marks; and the same for each program side by side.

use super::axis::{Plot, Scale, period_axis, period_axis_height, unit_words, value_axis, value_labels_width};
use super::canvas::{Anchor, Canvas, Room, Tone, Type, drawn, spread};
use super::figure::{Figure, Table, TableColumn};
use super::input::{Axis, Point, Subject, period_words, reason, value};
use super::series::{self, LARGE, SMALL};
use super::svg::Names;
use super::{Cell, WIDTH};

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
    let alt = format!("Line chart: {}. {}", subject.title, series::told(points, subject, target));
    let names = Names { name: &subject.name, title: &subject.title, alt: &alt };
    let svg = drawn(WIDTH, HEIGHT, &names, |canvas| paint(canvas, input, target, &scale));
    let mut caption = series::key(points, target);
    if scale.from > 0.0 {
        caption = format!("{caption} The axis starts at {}.", subject.unit.printed(scale.from));
    }
    let caption = format!("{}. {}", subject.title, caption.trim()).trim().to_owned();
    Figure { svg, alt, caption, table: series::table(points, subject) }
}

fn paint(canvas: &mut Canvas, input: &Trend, target: Option<f64>, scale: &Scale) {
    let Trend { subject, points, .. } = input;
    let small = Type::secondary();
    let labels = direct_labels(points, subject, target);
    let beside = labels.iter().map(DirectLabel::width).fold(0.0, f64::max);
    let room = Room {
        left: value_labels_width(scale, &subject.unit, small) + 10.0,
        top: if unit_words(&subject.unit).is_empty() { 14.0 } else { 30.0 },
        right: WIDTH - beside - 22.0,
        bottom: HEIGHT - period_axis_height(small),
    };
    let plot = Plot::new(room, series::across(points.len()), (scale.from, scale.to));
    series::expected_range(canvas, &plot, points);
    value_axis(canvas, &plot, scale, &subject.unit, small);
    canvas.text(unit_words(&subject.unit), (0.0, 12.0, Anchor::Start), small);
    let periods: Vec<_> = points.iter().map(|p| &p.estimate.period).collect();
    period_axis(canvas, &plot, &periods, small);
    if let Some(target) = target {
        let y = plot.y(target).clamp(room.top, room.bottom);
        canvas.dashed(&[(room.left, y), (room.right, y)], Tone::Ink, 1.2, (5.0, 4.0));
    }
    series::line_and_marks(canvas, &plot, points, LARGE);
    if series::last(points).is_none() {
        say_nothing_to_show(canvas, room, points, small);
    }
    let last_x = series::last(points).map(|(index, ..)| plot.x(index as f64) + 9.0);
    beside_the_plot(canvas, &plot, &labels, last_x);
}

/// Words in the middle of an empty plot.
fn say_nothing_to_show(canvas: &mut Canvas, room: Room, points: &[Point], kind: Type) {
    let why = points.last().map_or("no data", |p| reason(&p.estimate));
    let (x, y) = (room.left + room.width() / 2.0, f64::midpoint(room.top, room.bottom));
    // Between two hairlines, so that none strikes the words out.
    let text = if room.width() < 130.0 { why.to_owned() } else { format!("No values to show: {why}") };
    canvas.text_where_free(&text, &[(x, y - 8.0, Anchor::Middle)], kind);
}

/// Lines of text beside the plot, at the height of what they name.
struct DirectLabel {
    at: f64,
    lines: Vec<(String, Type)>,
    /// Tied to the last point rather than to a line across the plot.
    last: bool,
}

impl DirectLabel {
    fn width(&self) -> f64 {
        self.lines.iter().map(|(text, kind)| kind.width(text)).fold(0.0, f64::max)
    }

    fn height(&self) -> f64 {
        self.lines.iter().map(|(_, kind)| kind.line_height()).sum::<f64>() + 3.0
    }
}

fn direct_labels(points: &[Point], subject: &Subject, target: Option<f64>) -> Vec<DirectLabel> {
    let unit = &subject.unit;
    let small = Type::secondary();
    let mut labels = Vec::new();
    if let Some((_, point, now)) = series::last(points) {
        let figure = Type { size: 15.0, ..Type::strong() };
        let lines = vec![(unit.printed(now), figure), (period_words(&point.estimate.period), small)];
        labels.push(DirectLabel { at: now, lines, last: true });
    }
    if let Some(target) = target {
        let lines = vec![(format!("target {}", unit.printed(target)), small.toned(Tone::Ink))];
        labels.push(DirectLabel { at: target, lines, last: false });
    }
    if let Some(expected) = points.iter().rev().find_map(|p| p.expected) {
        let lines = vec![("expected".to_owned(), small), (unit.span(expected.lower, expected.upper), small)];
        // At the band's edge further from the other labels, so that none has to move.
        let others: Vec<f64> = labels.iter().map(|l| l.at).collect();
        let air = |edge: f64| others.iter().map(|at| (at - edge).abs()).fold(f64::INFINITY, f64::min);
        let at = if air(expected.lower) >= air(expected.upper) { expected.lower } else { expected.upper };
        labels.push(DirectLabel { at, lines, last: false });
    }
    labels
}

/// Writes the labels right of the plot, moved apart where they would touch.
fn beside_the_plot(canvas: &mut Canvas, plot: &Plot, labels: &[DirectLabel], last_x: Option<f64>) {
    let wanted: Vec<f64> = labels.iter().map(|l| plot.y(l.at).clamp(plot.room.top, plot.room.bottom)).collect();
    let heights: Vec<f64> = labels.iter().map(DirectLabel::height).collect();
    let weights: Vec<f64> = labels.iter().map(|l| if l.last { 20.0 } else { 1.0 }).collect();
    let middles = spread(&wanted, &heights, &weights, 0.0, HEIGHT);
    for ((label, middle), wanted) in labels.iter().zip(middles).zip(wanted) {
        let x = plot.room.right + 14.0;
        let from = if label.last { last_x.unwrap_or(plot.room.right) } else { plot.room.right + 1.0 };
        // A label that had to move is tied to its mark.
        if (middle - wanted).abs() > 7.0 && x - 3.0 > from {
            canvas.line(&[(from, wanted), (x - 3.0, middle)], Tone::Rule, 1.0);
        }
        let mut top = middle - label.height() / 2.0 + 1.5;
        for (text, kind) in &label.lines {
            canvas.text(text, (x, top + kind.line_height() / 2.0 + kind.drop(), Anchor::Start), *kind);
            top += kind.line_height();
        }
    }
}

/// The same series for several programs, on one scale.
#[derive(Debug, Clone, PartialEq)]
pub struct SmallMultiples {
    pub subject: Subject,
    /// In the order given: never ranked.
    pub panels: Vec<Panel>,
    pub target: Option<f64>,
    pub axis: Axis,
}

/// One program's series.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    pub label: String,
    pub points: Vec<Point>,
}

const GAP: f64 = 22.0;

/// Draws one small trend per program, all on the same scale.
#[must_use]
pub fn small_multiples(input: &SmallMultiples) -> Figure {
    let SmallMultiples { subject, panels, target, .. } = input;
    let target = target.filter(|t| t.is_finite());
    let every = panels.iter().flat_map(|p| series::extent(&p.points)).chain(target);
    let scale = Scale::holding(every, &subject.unit, input.axis, 2);
    let (across, tall) = match panels.len() {
        0..=2 | 4 => (2, 140.0),
        3..=12 => (3, 128.0),
        _ => (4, 92.0),
    };
    let lines = panels.len().div_ceil(across).max(1);
    let height = tall * lines as f64;
    let alt = told_panels(input);
    let names = Names { name: &subject.name, title: &subject.title, alt: &alt };
    let svg = drawn(WIDTH, height, &names, |canvas| {
        let small = Type::label();
        let labels = value_labels_width(&scale, &subject.unit, small) + 8.0;
        let wide = (WIDTH - labels - GAP * (across as f64 - 1.0)) / across as f64;
        for (index, panel) in panels.iter().enumerate() {
            let (column, line) = (index % across, index / across);
            let left = labels + column as f64 * (wide + GAP);
            let top = tall * line as f64;
            let room = Room { left, top: top + 26.0, right: left + wide, bottom: top + tall - 22.0 };
            paint_panel(canvas, panel, subject, target, &scale, room, column == 0);
        }
        if panels.is_empty() {
            let at = (0.0, height / 2.0, Anchor::Start);
            canvas.text("No programs to show", at, Type::secondary());
        }
    });
    let points: Vec<Point> = panels.iter().flat_map(|p| p.points.iter().cloned()).collect();
    let key = series::key(&points, target);
    let caption = format!("{}. All on the same scale. {key}", subject.title).trim().to_owned();
    Figure { svg, alt, caption, table: table(input) }
}

fn paint_panel(
    canvas: &mut Canvas,
    panel: &Panel,
    subject: &Subject,
    target: Option<f64>,
    scale: &Scale,
    room: Room,
    first_in_line: bool,
) {
    let points = &panel.points;
    let (heading, figure, small) = (Type::secondary().toned(Tone::Ink), Type::strong(), Type::label());
    let plot = Plot::new(room, series::across(points.len()), (scale.from, scale.to));
    series::expected_range(canvas, &plot, points);
    for tick in &scale.ticks {
        canvas.line(&[(room.left, plot.y(*tick)), (room.right, plot.y(*tick))], Tone::Rule, 1.0);
    }
    if first_in_line {
        value_axis(canvas, &plot, scale, &subject.unit, small);
    }
    if let Some(target) = target {
        let y = plot.y(target).clamp(room.top, room.bottom);
        canvas.dashed(&[(room.left, y), (room.right, y)], Tone::Ink, 1.0, (4.0, 3.0));
    }
    let last = series::last(points).map(|(_, _, v)| subject.unit.printed(v)).unwrap_or_default();
    let baseline = room.top - 12.0;
    canvas.text(&last, (room.right, baseline, Anchor::End), figure);
    let name = heading.shortened(&panel.label, room.width() - figure.width(&last) - 8.0);
    canvas.text(&name, (room.left, baseline, Anchor::Start), heading);
    series::line_and_marks(canvas, &plot, points, SMALL);
    if series::last(points).is_none() {
        say_nothing_to_show(canvas, room, points, small);
    }
    // First and last period only: the panels share them.
    let ends = [(points.first(), room.left, Anchor::Start), (points.last(), room.right, Anchor::End)];
    for (point, x, anchor) in ends {
        let text = point.map(|p| period_words(&p.estimate.period)).unwrap_or_default();
        canvas.text_where_free(&text, &[(x, room.bottom + 13.0, anchor)], small);
    }
}

fn told_panels(input: &SmallMultiples) -> String {
    let unit = &input.subject.unit;
    let mut alt = format!("{} small line charts on one scale: {}.", input.panels.len(), input.subject.title);
    for panel in &input.panels {
        let marked = panel.points.iter().filter(|p| p.signal != super::Signal::None).count();
        match series::last(&panel.points) {
            Some((_, point, now)) => {
                alt += &format!(" {}: {} in {}", panel.label, unit.spoken(now), period_words(&point.estimate.period));
                if marked > 0 {
                    alt += &format!(", {marked} of {} periods marked", panel.points.len());
                }
                alt += ".";
            }
            None => alt += &format!(" {}: no value.", panel.label),
        }
    }
    if let Some(target) = input.target.filter(|t| t.is_finite()) {
        alt += &format!(" Target {}.", unit.spoken(target));
    }
    alt
}

fn table(input: &SmallMultiples) -> Table {
    let mut columns = vec![TableColumn::words("Program")];
    columns.extend(series::columns(&input.subject.unit));
    let rows = input.panels.iter().flat_map(|panel| {
        panel.points.iter().map(|point| {
            let mut row = vec![Cell::text(panel.label.clone())];
            row.extend(series::row(point, &input.subject.unit));
            row
        })
    });
    Table { name: input.subject.name.clone(), caption: input.subject.title.clone(), columns, rows: rows.collect() }
}

/// Whether a series has anything to draw; a report may say so in words instead.
#[must_use]
pub fn has_values(points: &[Point]) -> bool {
    points.iter().any(|p| value(&p.estimate).is_some())
}
