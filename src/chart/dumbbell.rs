//! Before and now against the target, one row per objective or metric, all on one scale.

use super::axis::{Plot, Scale, axis_starts, tick_words, unit_words};
use super::canvas::{Anchor, Canvas, Room, Tone, Type, drawn};
use super::figure::{Figure, Table, TableColumn};
use super::input::{Axis, Signal, Subject, count_words, counted_words, interval, is_thin, reason, value, value_cell};
use super::svg::Names;
use super::{Cell, WIDTH};
use crate::language::Words;
use crate::measure::{Estimate, Note};
use crate::release::Released;
use std::fmt::Display;

/// Rows of two periods and a target. All have the subject's unit: metrics of another unit stand in a figure of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct Dumbbells {
    pub subject: Subject,
    /// Heading of the rows' names in the table: "Objective", "Metric".
    pub of: String,
    /// The earlier period in a few words, over its column: "2024–25", "Jul 2024 to Jun 2025".
    pub before: String,
    /// The period reported on.
    pub now: String,
    /// In the order given: never ranked.
    pub rows: Vec<DumbbellRow>,
    pub axis: Axis,
}

/// One objective or metric.
#[derive(Debug, Clone, PartialEq)]
pub struct DumbbellRow {
    pub label: String,
    /// `None` where it was not measured then at all; an estimate without a value says why itself.
    pub before: Option<Released<Estimate>>,
    /// It rests on fewer units than its metric asks for, and is not drawn beside a later one.
    pub few_before: bool,
    pub now: Released<Estimate>,
    pub target: Option<f64>,
    /// Whether the difference is a real one, and which way: by a rule elsewhere, not because one mark is right of the other.
    pub signal: Signal,
}

impl DumbbellRow {
    fn before_value(&self) -> Option<f64> {
        self.before.as_ref().filter(|_| !self.few_before).and_then(|estimate| value(estimate))
    }

    fn target(&self) -> Option<f64> {
        self.target.filter(|target| target.is_finite())
    }

    /// The value before, or why there is none.
    fn before_words(&self, subject: &Subject) -> String {
        match (&self.before, self.before_value()) {
            (_, Some(before)) => subject.printed(before),
            (Some(_), None) if self.few_before => subject.words.of("reason.too-few").to_owned(),
            (Some(estimate), None) => reason(estimate, &subject.words).to_owned(),
            (None, None) => subject.words.of("dumbbell.not-measured").to_owned(),
        }
    }

    /// "60 of 84", "2 of 3, too few"; nothing without a value.
    fn count_words(&self, words: &Words) -> String {
        let count = count_words(&self.now, words);
        let few = words.of("reason.too-few");
        match (value(&self.now), is_thin(&self.now), count.is_empty()) {
            (None, ..) => String::new(),
            (_, false, _) => count,
            (_, true, true) => few.to_owned(),
            (_, true, false) => format!("{count}, {few}"),
        }
    }

    fn target_words(&self, subject: &Subject) -> String {
        let none = || subject.words.of("dumbbell.no-target").to_owned();
        self.target().map_or_else(none, |target| subject.printed(target))
    }
}

/// Above the rows: the columns' headings on two lines, and the key's marks.
const HEAD: f64 = 38.0;
/// Below the rows: the axis.
const FOOT: f64 = 24.0;
/// How wide a name may be, and a column's heading.
const NAME: f64 = 210.0;
const HEADING: f64 = 78.0;
const GAP: f64 = 16.0;

/// Draws before, now and target of every row.
#[must_use]
pub fn dumbbells(input: &Dumbbells) -> Figure {
    let Dumbbells { subject, rows, .. } = input;
    let alt = told(input);
    let names = Names { name: &subject.name, title: &subject.title, alt: &alt };
    let every = rows.iter().flat_map(|row| {
        let ends = value(&row.now).and(interval(&row.now)).map(|(lower, upper)| [lower, upper]);
        let values = value(&row.now).into_iter().chain(row.before_value()).chain(row.target());
        values.chain(ends.into_iter().flatten())
    });
    let scale = Scale::holding(every, &subject.unit, input.axis, 4);
    let tall = match rows.len() {
        0..=16 => 34.0,
        _ => 24.0,
    };
    let height = HEAD + tall * rows.len().max(1) as f64 + FOOT;
    let svg = drawn(WIDTH, height, &names, |canvas| paint(canvas, input, &scale, tall, height));
    Figure { svg, alt, caption: caption(input, &scale), table: table(input), ends_right: false }
}

fn caption(input: &Dumbbells, scale: &Scale) -> String {
    let words = &input.subject.words;
    let any = |test: &dyn Fn(&DumbbellRow) -> bool| input.rows.iter().any(test);
    let has_now = |row: &DumbbellRow| value(&row.now).is_some();
    let mut said = vec![format!("{}.", input.subject.title)];
    if any(&|row| row.before_value().is_some()) {
        said.push(words.with("dumbbell.key-before", &[("period", &input.before)]));
    }
    if any(&has_now) {
        let banded = any(&|row| has_now(row) && interval(&row.now).is_some());
        let key = if banded { "dumbbell.key-now-banded" } else { "dumbbell.key-now" };
        said.push(words.with(key, &[("period", &input.now)]));
    }
    let has = |signal: Signal| any(&|row| has_now(row) && row.signal == signal);
    for (there, key) in [
        (has(Signal::Better), "dumbbell.key-better"),
        (has(Signal::Worse), "dumbbell.key-worse"),
        (any(&|row| row.target().is_some()), "key.target-upright"),
        (any(&|row| has_now(row) && is_thin(&row.now)), "dumbbell.key-few"),
    ] {
        if there {
            said.push(words.of(key).to_owned());
        }
    }
    if scale.from > 0.0 {
        said.push(axis_starts(&input.subject, scale.from));
    }
    said.join(" ")
}

/// Columns right of the plot: where each ends, and its heading.
struct Columns {
    target: Column,
    before: Column,
    now: Column,
    /// The counts stand beside the values, not under them.
    one_line: bool,
    /// Where the plot may reach to.
    begin: f64,
}

/// What a column's heading is the key of.
#[derive(Clone, Copy)]
enum Mark {
    Target,
    Before,
    Now,
}

struct Column {
    right: f64,
    heading: Vec<String>,
}

impl Columns {
    /// As wide as what stands in them, from the right edge inwards.
    fn of(input: &Dumbbells, tall: f64) -> Self {
        let subject = &input.subject;
        let words = &subject.words;
        let (small, strong) = (Type::secondary(), Type::strong());
        let widest = |width: &dyn Fn(&DumbbellRow) -> f64| input.rows.iter().map(width).fold(0.0, f64::max);
        let counts = widest(&|row| small.width(&row.count_words(words)));
        let one_line = tall < TWO_LINES;
        let now = widest(&|row| match value(&row.now) {
            Some(now) => strong.width(&subject.printed(now)),
            None => small.width(reason(&row.now, words)),
        });
        let now = if one_line { now } else { now.max(counts) };
        let before = widest(&|row| small.width(&row.before_words(subject)));
        let target = widest(&|row| small.width(&row.target_words(subject)));
        let mut right = WIDTH - if one_line && counts > 0.0 { counts + 12.0 } else { 0.0 };
        let mut column = |width: f64, heading: &str| {
            // A span is broken between its ends.
            let heading = match heading.split_once(" – ").filter(|_| small.width(heading) > HEADING) {
                Some((from, to)) => vec![small.shortened(&format!("{from} –"), HEADING), small.shortened(to, HEADING)],
                None => small.told_apart(&[heading], HEADING, 2).concat(),
            };
            let head = heading.iter().map(|line| small.width(line)).fold(0.0, f64::max) + KEY;
            let column = Column { right, heading };
            right -= width.max(head) + GAP;
            column
        };
        let (now, before) = (column(now, &input.now), column(before, &input.before));
        Self { target: column(target, words.of("dumbbell.target")), now, before, one_line, begin: right }
    }

    /// The headings, each with the mark it stands for.
    fn paint(&self, canvas: &mut Canvas) {
        let small = Type::secondary();
        let columns = [(&self.target, Mark::Target), (&self.before, Mark::Before), (&self.now, Mark::Now)];
        for (column, mark) in columns {
            for (above, line) in column.heading.iter().rev().enumerate() {
                let baseline = HEADING_BASE - small.line_height() * above as f64;
                canvas.text(line, (column.right, baseline, Anchor::End), small);
            }
            let Some(last) = column.heading.last() else { continue };
            let (x, y) = (column.right - small.width(last) - KEY / 2.0, HEADING_BASE - small.drop());
            match mark {
                Mark::Target => canvas.line(&[(x, y - 5.0), (x, y + 5.0)], Tone::Ink, 2.0),
                Mark::Before => canvas.ring((x, y), 4.0, Tone::Secondary),
                Mark::Now => canvas.disc((x, y), 4.0, Tone::Estimate),
            }
        }
    }
}

/// Rows at least so high hold names on two lines, and the count under its value.
const TWO_LINES: f64 = 30.0;
/// The baseline of the headings' last line.
const HEADING_BASE: f64 = HEAD - 10.0;
/// Before a heading: its mark.
const KEY: f64 = 14.0;

fn paint(canvas: &mut Canvas, input: &Dumbbells, scale: &Scale, tall: f64, height: f64) {
    let Dumbbells { subject, rows, .. } = input;
    let words = &subject.words;
    let (name, small, strong) = (Type::body(), Type::secondary(), Type::strong());
    if rows.is_empty() {
        canvas.text(words.of("chart.no-rows"), (0.0, height / 2.0 + small.drop(), Anchor::Start), small);
        return;
    }
    let names = rows.iter().map(|row| name.width(&row.label)).fold(0.0, f64::max).clamp(40.0, NAME);
    let labels: Vec<&str> = rows.iter().map(|row| row.label.as_str()).collect();
    let labels = name.told_apart(&labels, names, if tall >= TWO_LINES { 2 } else { 1 });
    let columns = Columns::of(input, tall);
    let half_tick = small.width(&tick_words(scale.to, scale, subject)) / 2.0;
    let room = Room { left: names + 18.0, top: HEAD, right: columns.begin - half_tick.max(8.0), bottom: height - FOOT };
    let plot = Plot::new(room, (scale.from, scale.to), (0.0, 1.0));
    for tick in &scale.ticks {
        let x = plot.x(*tick);
        canvas.line(&[(x, room.top), (x, room.bottom + 4.0)], Tone::Rule, 1.0);
        let place = (x, room.bottom + 8.0 + small.size, Anchor::Middle);
        canvas.text_where_free(&tick_words(*tick, scale, subject), &[place], small);
    }
    columns.paint(canvas);
    let below = (0.0, room.bottom + 8.0 + small.size, Anchor::Start);
    canvas.text_where_free(unit_words(&subject.unit), &[(0.0, HEADING_BASE, Anchor::Start), below], small);
    for (index, (row, label)) in rows.iter().zip(&labels).enumerate() {
        let middle = room.top + tall * (index as f64 + 0.5);
        canvas.lines_of_text(label, (0.0, middle), name);
        paint_marks(canvas, &plot, row, words, middle, tall);
        let line = middle + small.drop();
        canvas.text(&row.target_words(subject), (columns.target.right, line, Anchor::End), small);
        canvas.text(&row.before_words(subject), (columns.before.right, line, Anchor::End), small);
        let Some(now) = value(&row.now) else {
            canvas.text(reason(&row.now, words), (columns.now.right, line, Anchor::End), small);
            continue;
        };
        let count = row.count_words(words);
        let under = !columns.one_line && !count.is_empty();
        let up = if under { 6.5 } else { 0.0 };
        canvas.text(&subject.printed(now), (columns.now.right, middle - up + strong.drop(), Anchor::End), strong);
        let down = if under { 7.5 } else { 0.0 };
        canvas.text(&count, (WIDTH, middle + down + small.drop(), Anchor::End), small);
    }
}

/// Band, line, target, hollow and full mark, in this order: what matters most lies on top.
fn paint_marks(canvas: &mut Canvas, plot: &Plot, row: &DumbbellRow, words: &Words, middle: f64, tall: f64) {
    let room = plot.room;
    let held = |v: f64| plot.x(v).clamp(room.left, room.right);
    let now = value(&row.now).map(held);
    let before = row.before_value().map(held);
    if let (Some(_), Some((lower, upper))) = (now, interval(&row.now)) {
        canvas.pill(held(lower), held(upper), middle, 6.0, Tone::Band);
    }
    if let (Some(before), Some(now)) = (before, now) {
        canvas.line(&[(before, middle), (now, middle)], Tone::Secondary, 1.6);
    }
    if let Some(target) = row.target() {
        let half = (tall * 0.3).min(9.5);
        let x = held(target);
        canvas.line(&[(x, middle - half), (x, middle + half)], Tone::Ink, 2.0);
    }
    if let Some(before) = before {
        // Where both are the same, the hollow mark stands around the full one.
        let radius = if now.is_some_and(|now| (now - before).abs() < 4.0) { 7.2 } else { 4.8 };
        canvas.ring((before, middle), radius, Tone::Secondary);
    }
    if let Some(now) = now {
        match row.signal {
            _ if is_thin(&row.now) => canvas.disc((now, middle), 5.0, Tone::Secondary),
            // A rim, so that greyscale tells a real change too.
            Signal::Worse => {
                canvas.square((now, middle), 5.2, Tone::Ink);
                canvas.square((now, middle), 3.9, Tone::Worse);
            }
            Signal::Better => {
                canvas.disc((now, middle), 5.8, Tone::Ink);
                canvas.disc((now, middle), 4.4, Tone::Better);
            }
            Signal::None => canvas.disc((now, middle), 5.0, Tone::Estimate),
        }
    }
    // That values are withheld stands in their columns.
    if now.is_none() && before.is_none() && row.now.note != Some(Note::Withheld) {
        let small = Type::secondary();
        let said = words.of("dumbbell.no-values");
        // Beside a target that stands where the words would.
        let (begin, width) = (room.left + 6.0, small.width(said));
        let target = row.target().map(held).filter(|x| *x < begin + width + 8.0);
        let x = target.map_or(begin, |x| (x + 8.0).min(room.right - width));
        canvas.text_on_paper(said, (x, middle + small.drop(), Anchor::Start), small);
    }
}

fn told(input: &Dumbbells) -> String {
    let Dumbbells { subject, rows, .. } = input;
    let words = &subject.words;
    let places: [(&str, &dyn Display); 3] = [("title", &subject.title), ("before", &input.before), ("now", &input.now)];
    let mut alt = words.counted("alt.dumbbells", rows.len() as f64, &places);
    for row in rows {
        alt += &format!(" {}: ", row.label);
        alt += &match value(&row.now) {
            Some(now) => format!("{}{}", subject.printed(now), counted_words(&row.now, subject)),
            None => reason(&row.now, words).to_owned(),
        };
        if let (Some(_), Some((lower, upper))) = (value(&row.now), interval(&row.now)) {
            alt += &words.with("told.interval", &[("range", &subject.span(lower, upper))]);
        }
        if value(&row.now).is_some() && is_thin(&row.now) {
            alt += words.of("told.few");
        }
        alt += &words.with("told.before", &[("value", &row.before_words(subject))]);
        alt += &match row.target() {
            Some(target) => words.with("told.target", &[("target", &subject.printed(target))]),
            None => format!(", {}", words.of("dumbbell.no-target")),
        };
        alt += match row.signal {
            _ if value(&row.now).is_none() => "",
            Signal::Better => words.of("told.real-better"),
            Signal::Worse => words.of("told.real-worse"),
            Signal::None => "",
        };
        alt += ".";
    }
    alt
}

fn table(input: &Dumbbells) -> Table {
    let subject = &input.subject;
    let words = &subject.words;
    let of = unit_words(&subject.unit);
    let headed = |period: &str| if of.is_empty() { period.to_owned() } else { format!("{period} ({of})") };
    let mut columns = vec![TableColumn::words(input.of.clone()), TableColumn::numbers(headed(&input.before))];
    columns.extend(subject.numbers(&["table.numerator-before", "table.denominator-before"]));
    columns.push(TableColumn::numbers(headed(&input.now)));
    columns.extend(subject.numbers(&[
        "table.from",
        "table.to",
        "table.numerator",
        "table.denominator",
        "table.target",
    ]));
    columns.push(TableColumn::words(words.of("table.note")));
    let rows = input.rows.iter().map(|row| {
        let before = row.before.as_deref();
        let band = value(&row.now).and(interval(&row.now));
        let mark = match row.signal {
            _ if value(&row.now).is_none() => "",
            _ if is_thin(&row.now) => words.of("table.few-to-judge"),
            Signal::None => "",
            Signal::Better => words.of("mark.better"),
            Signal::Worse => words.of("mark.worse"),
        };
        let none = |key: &str| Cell::text(words.of(key));
        vec![
            Cell::text(row.label.clone()),
            before.map_or_else(|| none("dumbbell.not-measured"), |estimate| value_cell(estimate, subject)),
            subject.count(before.and_then(|e| e.numerator)),
            subject.count(before.and_then(|e| e.denominator)),
            value_cell(&row.now, subject),
            subject.cell(band.map(|b| b.0)),
            subject.cell(band.map(|b| b.1)),
            subject.count(row.now.numerator),
            subject.count(row.now.denominator),
            row.target().map_or_else(|| none("dumbbell.no-target"), |target| subject.cell(Some(target))),
            Cell::text(mark),
        ]
    });
    Table { name: subject.name.clone(), caption: subject.title.clone(), columns, rows: rows.collect() }
}
