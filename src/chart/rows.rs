//! One estimate per row with its interval against a target: goals by domain, programs side by side.

use super::axis::{Plot, Scale, axis_starts, tick_words, unit_words};
use super::canvas::{Anchor, Canvas, Room, Tone, Type, drawn};
use super::figure::{Figure, Table, TableColumn};
use super::input::{Axis, Subject, count_words, counted_words, interval, is_thin, reason, value, value_cell};
use super::svg::Names;
use super::{Cell, WIDTH};
use crate::measure::{Estimate, Statistic};
use crate::release::Released;

/// Rows of estimates.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    pub subject: Subject,
    /// Heading of the rows' names in the table: "Domain", "Program".
    pub of: String,
    /// In the order given: never ranked.
    pub rows: Vec<Row>,
    pub axis: Axis,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub label: String,
    pub estimate: Released<Estimate>,
    pub target: Option<f64>,
}

/// Goals by domain against their target.
#[must_use]
pub fn goals_by_domain(input: &Rows) -> Figure {
    figure(input)
}

/// Programs side by side, each against its own target.
#[must_use]
pub fn programs(input: &Rows) -> Figure {
    figure(input)
}

/// Above the rows: the common target's label.
const HEAD: f64 = 24.0;
/// Below the rows: the axis.
const FOOT: f64 = 24.0;

fn figure(input: &Rows) -> Figure {
    let Rows { subject, rows, .. } = input;
    let alt = told(input);
    let names = Names { name: &subject.name, title: &subject.title, alt: &alt };
    let every = rows.iter().flat_map(|row| {
        let ends = interval(&row.estimate).map(|(lower, upper)| [lower, upper]);
        value(&row.estimate).into_iter().chain(ends.into_iter().flatten()).chain(row.target)
    });
    let scale = Scale::holding(every, &subject.unit, input.axis, 4);
    let tall = row_height(rows);
    let height = HEAD + tall * rows.len().max(1) as f64 + FOOT;
    let svg = drawn(WIDTH, height, &names, |canvas| paint(canvas, input, &scale, tall, height));
    let words = &subject.words;
    let mut said = vec![format!("{}.", subject.title)];
    if rows.iter().any(|row| value(&row.estimate).is_some()) {
        let band = rows.iter().any(|row| value(&row.estimate).and(interval(&row.estimate)).is_some());
        said.push(words.of(if band { "key.dot-and-band" } else { "key.dot" }).to_owned());
    }
    if rows.iter().any(|row| row.target.is_some()) {
        said.push(
            words.of(if common_target(rows).is_some() { "key.target-dashed" } else { "key.target-upright" }).to_owned(),
        );
    }
    if rows.iter().any(|row| is_thin(&row.estimate) && value(&row.estimate).is_some()) {
        said.push(words.of("key.hollow-few").to_owned());
    }
    if scale.from > 0.0 {
        said.push(axis_starts(subject, scale.from));
    }
    Figure { svg, alt, caption: said.join(" "), table: table(input), ends_right: false }
}

/// The target that every row with one shares.
fn common_target(rows: &[Row]) -> Option<f64> {
    let mut targets = rows.iter().map(|row| row.target.filter(|t| t.is_finite()));
    let first = targets.next()??;
    targets.all(|t| t.is_some_and(|t| t.total_cmp(&first).is_eq())).then_some(first)
}

/// How wide names may be on rows of one line, and on rows of two.
const ONE_LINE: f64 = 290.0;
const TWO_LINES: f64 = 225.0;

/// High enough for what the rows hold: long names on two lines, while there are few, and the numbers of their targets.
fn row_height(rows: &[Row]) -> f64 {
    let long = rows.iter().any(|row| Type::body().width(&row.label) > ONE_LINE);
    let own = common_target(rows).is_none() && rows.iter().any(|row| row.target.is_some());
    match rows.len() {
        0..=5 if own => 36.0,
        0..=5 => 32.0,
        6..=16 if long => 31.0,
        6..=16 => 25.0,
        _ => 22.0,
    }
}

fn paint(canvas: &mut Canvas, input: &Rows, scale: &Scale, tall: f64, height: f64) {
    let Rows { subject, rows, .. } = input;
    let (name, figure, small) = (Type::body(), Type::strong(), Type::secondary());
    let widest = |texts: &mut dyn Iterator<Item = f64>| texts.fold(0.0, f64::max);
    if rows.is_empty() {
        canvas.text(subject.words.of("chart.no-rows"), (0.0, height / 2.0 + small.drop(), Anchor::Start), small);
        return;
    }
    let lines = if tall >= 30.0 { 2 } else { 1 };
    let most = if lines == 2 { TWO_LINES } else { ONE_LINE };
    let names = widest(&mut rows.iter().map(|row| name.width(&row.label))).clamp(40.0, most);
    let labels: Vec<&str> = rows.iter().map(|row| row.label.as_str()).collect();
    let labels = name.told_apart(&labels, names, lines);
    let values = widest(&mut rows.iter().map(|row| figure.width(&printed(row, subject))));
    let counts = widest(&mut rows.iter().map(|row| small.width(&count_words(&row.estimate, &subject.words))));
    let counts_at = WIDTH - counts;
    let values_at = counts_at - if counts > 0.0 { 14.0 } else { 0.0 };
    let half_tick = small.width(&tick_words(scale.to, scale, subject)) / 2.0;
    let room = Room {
        left: names + 18.0,
        top: HEAD,
        right: values_at - values - 14.0 - half_tick.max(8.0),
        bottom: height - FOOT,
    };
    let plot = Plot::new(room, (scale.from, scale.to), (0.0, 1.0));
    for tick in &scale.ticks {
        let x = plot.x(*tick);
        canvas.line(&[(x, room.top), (x, room.bottom + 4.0)], Tone::Rule, 1.0);
        let place = (x, room.bottom + 8.0 + small.size, Anchor::Middle);
        canvas.text_where_free(&tick_words(*tick, scale, subject), &[place], small);
    }
    let common = common_target(rows);
    let mut told_to = f64::midpoint(room.left, WIDTH);
    if let Some(target) = common {
        let x = plot.x(target).clamp(room.left, room.right);
        canvas.dashed(&[(x, room.top - 4.0), (x, room.bottom)], Tone::Ink, 1.2, (5.0, 4.0));
        let text = subject.words.with("chart.target", &[("target", &subject.printed(target))]);
        let half = small.width(&text) / 2.0;
        let x = x.clamp(half, WIDTH - half);
        canvas.text(&text, (x, room.top - 9.0, Anchor::Middle), small.toned(Tone::Ink));
        told_to = x + half;
    }
    let head = room.top - 9.0;
    let below = (0.0, room.bottom + 8.0 + small.size, Anchor::Start);
    canvas.text_where_free(unit_words(&subject.unit), &[(0.0, head, Anchor::Start), below], small);
    // What the counts on the right count.
    if counts > 0.0 && rows.iter().all(|row| row.estimate.statistic != Statistic::Rate) {
        let counted = small.shortened(&subject.counted, (WIDTH - told_to - 12.0).max(counts));
        canvas.text_where_free(&counted, &[(WIDTH, head, Anchor::End)], small);
    }
    for (index, (row, label)) in rows.iter().zip(&labels).enumerate() {
        let middle = room.top + tall * (index as f64 + 0.5);
        canvas.lines_of_text(label, (0.0, middle), name);
        let own = if common.is_none() { row.target.filter(|t| t.is_finite()) } else { None };
        paint_row(canvas, &plot, row, own, subject, middle, tall);
        canvas.text(&printed(row, subject), (values_at, middle + figure.drop(), Anchor::End), figure);
        canvas.text(&count_words(&row.estimate, &subject.words), (WIDTH, middle + small.drop(), Anchor::End), small);
    }
}

fn printed(row: &Row, subject: &Subject) -> String {
    value(&row.estimate).map(|v| subject.printed(v)).unwrap_or_default()
}

fn paint_row(
    canvas: &mut Canvas,
    plot: &Plot,
    row: &Row,
    target: Option<f64>,
    subject: &Subject,
    middle: f64,
    tall: f64,
) {
    let room = plot.room;
    let small = Type::secondary();
    let held = |v: f64| plot.x(v).clamp(room.left, room.right);
    if let Some(now) = value(&row.estimate) {
        if let Some((lower, upper)) = interval(&row.estimate) {
            canvas.pill(held(lower), held(upper), middle, 6.0, Tone::Band);
        }
        if let Some(target) = target {
            upright(canvas, held(target), middle, tall, &subject.printed(target));
        }
        if is_thin(&row.estimate) {
            canvas.ring((held(now), middle), 5.0, Tone::Estimate);
        } else {
            canvas.disc((held(now), middle), 5.0, Tone::Estimate);
        }
    } else {
        let words = reason(&row.estimate, &subject.words);
        let left = room.left + 6.0;
        let right = left + small.width(words);
        canvas.text_on_paper(words, (left, middle + small.drop(), Anchor::Start), small);
        if let Some(target) = target.filter(|t| held(*t) > right + 20.0) {
            upright(canvas, held(target), middle, tall, &subject.printed(target));
        }
    }
}

/// A target of one row: a stroke with its number above, where the row is high enough for one.
fn upright(canvas: &mut Canvas, x: f64, middle: f64, tall: f64, number: &str) {
    let half = (tall * 0.26).min(9.0);
    canvas.line(&[(x, middle - half), (x, middle + half)], Tone::Ink, 2.0);
    if tall >= 34.0 {
        let label = Type::label();
        canvas.text_where_free(number, &[(x, middle - half - 2.5, Anchor::Middle)], label);
    }
}

fn told(input: &Rows) -> String {
    let Rows { subject, rows, .. } = input;
    let words = &subject.words;
    let mut alt = words.counted("alt.dots", rows.len() as f64, &[("title", &subject.title)]);
    let common = common_target(rows);
    if let Some(target) = common {
        alt += &format!(" {}", words.with("chart.told-target", &[("target", &subject.spoken(target))]));
    }
    for row in rows {
        alt += &format!(" {}: ", row.label);
        match value(&row.estimate) {
            Some(now) => {
                alt += &subject.printed(now);
                alt += &counted_words(&row.estimate, subject);
                if let Some((lower, upper)) = interval(&row.estimate) {
                    alt += &words.with("told.interval", &[("range", &subject.span(lower, upper))]);
                }
                if is_thin(&row.estimate) {
                    alt += words.of("told.few");
                }
            }
            None => alt += reason(&row.estimate, words),
        }
        if let (None, Some(target)) = (common, row.target) {
            alt += &words.with("told.target", &[("target", &subject.printed(target))]);
        }
        alt += ".";
    }
    alt
}

fn table(input: &Rows) -> Table {
    let subject = &input.subject;
    let words = &subject.words;
    let mut columns = vec![TableColumn::words(input.of.clone()), TableColumn::numbers(subject.value_heading())];
    columns.extend(subject.numbers(&[
        "table.from",
        "table.to",
        "table.numerator",
        "table.denominator",
        "table.unknown",
        "table.target",
    ]));
    columns.push(TableColumn::words(words.of("table.note")));
    let rows = input.rows.iter().map(|row| {
        let band = interval(&row.estimate);
        vec![
            Cell::text(row.label.clone()),
            value_cell(&row.estimate, subject),
            subject.cell(band.map(|b| b.0)),
            subject.cell(band.map(|b| b.1)),
            subject.count(row.estimate.numerator),
            subject.count(row.estimate.denominator),
            subject.count(row.estimate.unknown.map(|n| n as f64)),
            subject.cell(row.target),
            Cell::text(if is_thin(&row.estimate) { words.of("table.few-to-judge") } else { "" }),
        ]
    });
    Table { name: subject.name.clone(), caption: subject.title.clone(), columns, rows: rows.collect() }
}
