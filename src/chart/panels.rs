//! The same series for each program side by side, small, on one scale.

use super::axis::{Plot, Scale, value_axis, value_labels_width};
use super::canvas::{Anchor, Canvas, Room, Tone, Type, drawn};
use super::figure::{Figure, Table, TableColumn};
use super::input::{Axis, Point, Signal, Subject, period_words, reason_of_last};
use super::series::{self, SMALL};
use super::svg::Names;
use super::{Cell, WIDTH};
use std::fmt::Display;

/// The same series for several programs, on one scale.
#[derive(Debug, Clone, PartialEq)]
pub struct SmallMultiples {
    pub subject: Subject,
    /// In the order given: never ranked.
    pub panels: Vec<Panel>,
    pub axis: Axis,
}

/// One program's series.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    pub label: String,
    pub points: Vec<Point>,
    /// Its own, where it has one.
    pub target: Option<f64>,
}

impl Panel {
    fn target(&self) -> Option<f64> {
        self.target.filter(|target| target.is_finite())
    }
}

const GAP: f64 = 22.0;

/// Draws one small trend per program, all on the same scale.
#[must_use]
pub fn small_multiples(input: &SmallMultiples) -> Figure {
    let SmallMultiples { subject, panels, .. } = input;
    let words = &subject.words;
    let every = panels.iter().flat_map(|panel| series::extent(&panel.points).chain(panel.target()));
    let scale = Scale::holding(every, &subject.unit, input.axis, 2);
    let (across, tall) = match panels.len() {
        0 | 1 => (1, 140.0),
        2 | 4 => (2, 140.0),
        3..=12 => (3, 128.0),
        _ => (4, 92.0),
    };
    let small = Type::label();
    let labels = value_labels_width(&scale, subject, small) + 8.0;
    let wide = (WIDTH - labels - GAP * (across as f64 - 1.0)) / across as f64;
    let headings = headings(panels, subject, wide);
    // All panels get a second line for the name when one needs it: the plots stay equally high.
    let deeper = if headings.iter().any(|h| h.name.len() > 1) { heading_type().line_height() } else { 0.0 };
    let tall = tall + deeper;
    let lines = panels.len().div_ceil(across).max(1);
    let height = tall * lines as f64;
    let alt = told_panels(input);
    let names = Names { name: &subject.name, title: &subject.title, alt: &alt };
    let svg = drawn(WIDTH, height, &names, |canvas| {
        for (index, (panel, heading)) in panels.iter().zip(&headings).enumerate() {
            let (column, line) = (index % across, index / across);
            let left = labels + column as f64 * (wide + GAP);
            let top = tall * line as f64;
            let room = Room { left, top: top + 26.0 + deeper, right: left + wide, bottom: top + tall - 22.0 };
            paint_heading(canvas, heading, room);
            paint_panel(canvas, panel, subject, &scale, room, column == 0);
        }
        if panels.is_empty() {
            let at = (0.0, height / 2.0, Anchor::Start);
            canvas.text(words.of("chart.no-programs"), at, Type::secondary());
        }
    });
    let points: Vec<Point> = panels.iter().flat_map(|p| p.points.iter().cloned()).collect();
    let key = series::key(&points, panels.iter().find_map(Panel::target), words);
    let together = if panels.len() > 1 { format!(" {}", words.of("key.same-scale")) } else { String::new() };
    let caption = format!("{}.{together} {key}", subject.title).trim().to_owned();
    Figure { svg, alt, caption, table: table(input), ends_right: false }
}

/// What stands over a panel.
struct Heading {
    name: Vec<String>,
    last: String,
    /// Of how many the last share is: "of 40".
    of_all: String,
}

fn heading_type() -> Type {
    Type::secondary().toned(Tone::Ink)
}

/// The names on one or two lines beside the last values, told apart.
fn headings(panels: &[Panel], subject: &Subject, wide: f64) -> Vec<Heading> {
    // Where the last period has no value, an earlier one's would be taken for its.
    let last = |p: &Panel| match series::last(&p.points) {
        Some((index, _, value)) if index + 1 == p.points.len() => subject.printed(value),
        _ => String::new(),
    };
    let last: Vec<String> = panels.iter().map(last).collect();
    let of_all = |(panel, last): (&Panel, &String)| {
        let counted = panel.points.last().filter(|_| subject.unit.is_share() && !last.is_empty());
        let all = counted.and_then(|point| point.estimate.denominator);
        all.map_or(String::new(), |n| subject.words.with("count.of-all", &[("all", &subject.words.count(n))]))
    };
    let of_all: Vec<String> = panels.iter().zip(&last).map(of_all).collect();
    let widest =
        last.iter().zip(&of_all).map(|(last, all)| Type::strong().width(last) + beside(all)).fold(0.0, f64::max);
    let labels: Vec<&str> = panels.iter().map(|p| p.label.as_str()).collect();
    let names = heading_type().told_apart(&labels, wide - widest - 8.0, 2);
    let of_panels = names.into_iter().zip(last).zip(of_all);
    of_panels.map(|((name, last), of_all)| Heading { name, last, of_all }).collect()
}

/// The width of "of 40" beside a share, with the space before it.
fn beside(of_all: &str) -> f64 {
    if of_all.is_empty() { 0.0 } else { Type::label().width(of_all) + 4.0 }
}

fn paint_heading(canvas: &mut Canvas, heading: &Heading, room: Room) {
    let kind = heading_type();
    let baseline = room.top - 12.0;
    canvas.text(&heading.of_all, (room.right, baseline, Anchor::End), Type::label());
    canvas.text(&heading.last, (room.right - beside(&heading.of_all), baseline, Anchor::End), Type::strong());
    for (above, line) in heading.name.iter().rev().enumerate() {
        let baseline = baseline - kind.line_height() * above as f64;
        canvas.text(line, (room.left, baseline, Anchor::Start), kind);
    }
}

fn paint_panel(canvas: &mut Canvas, panel: &Panel, subject: &Subject, scale: &Scale, room: Room, first_in_line: bool) {
    let points = &panel.points;
    let small = Type::label();
    // Marks of the first and last period reach past their place: they stay in the panel.
    let plot_room = Room { left: room.left + series::REACH, right: room.right - series::REACH, ..room };
    let plot = Plot::new(plot_room, series::across(points.len()), (scale.from, scale.to));
    series::expected_range(canvas, &plot, points);
    for tick in &scale.ticks {
        canvas.line(&[(room.left, plot.y(*tick)), (room.right, plot.y(*tick))], Tone::Rule, 1.0);
    }
    if first_in_line {
        value_axis(canvas, &Plot::new(room, (0.0, 1.0), (scale.from, scale.to)), scale, subject, small);
    }
    if let Some(target) = panel.target() {
        let y = plot.y(target).clamp(room.top, room.bottom);
        canvas.dashed(&[(room.left, y), (room.right, y)], Tone::Ink, 1.0, (4.0, 3.0));
    }
    series::line_and_marks(canvas, &plot, points, SMALL);
    if series::last(points).is_none() {
        series::say_nothing_to_show(canvas, room, points, &subject.words, small);
    }
    // First and last period only: the panels share them.
    let ends = [(points.first(), room.left, Anchor::Start), (points.last(), room.right, Anchor::End)];
    for (point, x, anchor) in ends {
        let text = point.map(|p| period_words(&p.estimate.period, &subject.words)).unwrap_or_default();
        canvas.text_where_free(&text, &[(x, room.bottom + 13.0, anchor)], small);
    }
}

fn told_panels(input: &SmallMultiples) -> String {
    let subject = &input.subject;
    let words = &subject.words;
    let mut alt = words.counted("alt.small-multiples", input.panels.len() as f64, &[("title", &subject.title)]);
    for panel in &input.panels {
        let marked = panel.points.iter().filter(|p| p.signal != Signal::None).count();
        let said = if let Some((_, point, now)) = series::last(&panel.points) {
            let target = panel.target().map(|t| words.with("told.target", &[("target", &subject.printed(t))]));
            let all = words.count(panel.points.len() as f64);
            let places: [(&str, &dyn Display); 2] = [("marked", &words.count(marked as f64)), ("all", &all)];
            let marked = (marked > 0).then(|| words.with("panel.marked", &places));
            let places: [(&str, &dyn Display); 5] = [
                ("label", &panel.label),
                ("value", &subject.spoken(now)),
                ("period", &period_words(&point.estimate.period, words)),
                ("target", &target.unwrap_or_default()),
                ("marked", &marked.unwrap_or_default()),
            ];
            words.with("panel.told", &places)
        } else {
            let why = reason_of_last(panel.points.last().map(|point| point.estimate.get()), words);
            words.with("panel.no-value", &[("label", &panel.label), ("why", &why)])
        };
        alt += &format!(" {said}");
    }
    alt
}

fn table(input: &SmallMultiples) -> Table {
    let subject = &input.subject;
    let mut columns = vec![TableColumn::words(subject.words.of("table.program"))];
    columns.extend(series::columns(subject));
    let rows = input.panels.iter().flat_map(|panel| {
        panel.points.iter().map(|point| {
            let mut row = vec![Cell::text(panel.label.clone())];
            row.extend(series::row(point, subject));
            row
        })
    });
    Table { name: subject.name.clone(), caption: subject.title.clone(), columns, rows: rows.collect() }
}
