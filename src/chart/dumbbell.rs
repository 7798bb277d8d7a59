//! Before and now against the target, one row per objective or metric, all on one scale.

use super::axis::{Plot, Scale, tick_words, unit_words};
use super::canvas::{Anchor, Canvas, Room, Tone, Type, drawn};
use super::figure::{Figure, Table, TableColumn};
use super::input::{
    Axis, Signal, Subject, Unit, count_words, counted_words, interval, is_thin, reason, row_words, value, value_cell,
};
use super::svg::Names;
use super::{Cell, WIDTH};
use crate::measure::Estimate;
use crate::release::Released;

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
    pub now: Released<Estimate>,
    pub target: Option<f64>,
    /// Whether the difference is a real one, and which way: by a rule elsewhere, not because one mark is right of the other.
    pub signal: Signal,
}

impl DumbbellRow {
    fn before_value(&self) -> Option<f64> {
        self.before.as_ref().and_then(|estimate| value(estimate))
    }

    fn target(&self) -> Option<f64> {
        self.target.filter(|target| target.is_finite())
    }

    /// The value before, or why there is none.
    fn before_words(&self, unit: &Unit) -> String {
        match (&self.before, self.before_value()) {
            (_, Some(before)) => unit.printed(before),
            (Some(estimate), None) => reason(estimate).to_owned(),
            (None, None) => NOT_MEASURED.to_owned(),
        }
    }

    /// "60 of 84", "2 of 3, too few"; nothing without a value.
    fn count_words(&self) -> String {
        let count = count_words(&self.now);
        match (value(&self.now), is_thin(&self.now), count.is_empty()) {
            (None, ..) => String::new(),
            (_, false, _) => count,
            (_, true, true) => "too few".to_owned(),
            (_, true, false) => format!("{count}, too few"),
        }
    }

    fn target_words(&self, unit: &Unit) -> String {
        self.target().map_or_else(|| NO_TARGET.to_owned(), |target| unit.printed(target))
    }
}

const NOT_MEASURED: &str = "not measured";
const NO_TARGET: &str = "no target";

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
    Figure { svg, alt, caption: caption(input, &scale), table: table(input) }
}

fn caption(input: &Dumbbells, scale: &Scale) -> String {
    let any = |test: &dyn Fn(&DumbbellRow) -> bool| input.rows.iter().any(test);
    let has_now = |row: &DumbbellRow| value(&row.now).is_some();
    let mut said = format!("{}.", input.subject.title);
    if any(&|row| row.before_value().is_some()) {
        said += &format!(" Hollow: {}.", input.before);
    }
    if any(&has_now) {
        said += &format!(" Full: {}", input.now);
        said += if any(&|row| has_now(row) && interval(&row.now).is_some()) { ", with its 95% interval." } else { "." };
    }
    if any(&|row| has_now(row) && row.signal == Signal::Better) {
        said += " Green with a rim: a real change for the better.";
    }
    if any(&|row| has_now(row) && row.signal == Signal::Worse) {
        said += " Orange square with a rim: a real change for the worse.";
    }
    if any(&|row| row.target().is_some()) {
        said += " Upright stroke: target.";
    }
    if any(&|row| has_now(row) && is_thin(&row.now)) {
        said += " In grey: too few to judge.";
    }
    if scale.from > 0.0 {
        said += &format!(" The axis starts at {}.", input.subject.unit.printed(scale.from));
    }
    said
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
        let unit = &input.subject.unit;
        let (small, strong) = (Type::secondary(), Type::strong());
        let widest = |width: &dyn Fn(&DumbbellRow) -> f64| input.rows.iter().map(width).fold(0.0, f64::max);
        let counts = widest(&|row| small.width(&row.count_words()));
        let one_line = tall < TWO_LINES;
        let now = widest(&|row| match value(&row.now) {
            Some(now) => strong.width(&unit.printed(now)),
            None => small.width(reason(&row.now)),
        });
        let now = if one_line { now } else { now.max(counts) };
        let before = widest(&|row| small.width(&row.before_words(unit)));
        let target = widest(&|row| small.width(&row.target_words(unit)));
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
        Self { target: column(target, "target"), now, before, one_line, begin: right }
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
    let unit = &subject.unit;
    let (name, small, strong) = (Type::body(), Type::secondary(), Type::strong());
    if rows.is_empty() {
        canvas.text("No rows to show", (0.0, height / 2.0 + small.drop(), Anchor::Start), small);
        return;
    }
    let names = rows.iter().map(|row| name.width(&row.label)).fold(0.0, f64::max).clamp(40.0, NAME);
    let labels: Vec<&str> = rows.iter().map(|row| row.label.as_str()).collect();
    let labels = name.told_apart(&labels, names, if tall >= TWO_LINES { 2 } else { 1 });
    let columns = Columns::of(input, tall);
    let half_tick = small.width(&tick_words(scale.to, scale, unit)) / 2.0;
    let room = Room { left: names + 18.0, top: HEAD, right: columns.begin - half_tick.max(8.0), bottom: height - FOOT };
    let plot = Plot::new(room, (scale.from, scale.to), (0.0, 1.0));
    for tick in &scale.ticks {
        let x = plot.x(*tick);
        canvas.line(&[(x, room.top), (x, room.bottom + 4.0)], Tone::Rule, 1.0);
        let place = (x, room.bottom + 8.0 + small.size, Anchor::Middle);
        canvas.text_where_free(&tick_words(*tick, scale, unit), &[place], small);
    }
    columns.paint(canvas);
    let below = (0.0, room.bottom + 8.0 + small.size, Anchor::Start);
    canvas.text_where_free(unit_words(unit), &[(0.0, HEADING_BASE, Anchor::Start), below], small);
    for (index, (row, label)) in rows.iter().zip(&labels).enumerate() {
        let middle = room.top + tall * (index as f64 + 0.5);
        canvas.lines_of_text(label, (0.0, middle), name);
        paint_marks(canvas, &plot, row, middle, tall);
        let line = middle + small.drop();
        canvas.text(&row.target_words(unit), (columns.target.right, line, Anchor::End), small);
        canvas.text(&row.before_words(unit), (columns.before.right, line, Anchor::End), small);
        let Some(now) = value(&row.now) else {
            canvas.text(reason(&row.now), (columns.now.right, line, Anchor::End), small);
            continue;
        };
        let count = row.count_words();
        let under = !columns.one_line && !count.is_empty();
        let up = if under { 6.5 } else { 0.0 };
        canvas.text(&unit.printed(now), (columns.now.right, middle - up + strong.drop(), Anchor::End), strong);
        let down = if under { 7.5 } else { 0.0 };
        canvas.text(&count, (WIDTH, middle + down + small.drop(), Anchor::End), small);
    }
}

/// Band, line, target, hollow and full mark, in this order: what matters most lies on top.
fn paint_marks(canvas: &mut Canvas, plot: &Plot, row: &DumbbellRow, middle: f64, tall: f64) {
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
    if now.is_none() && before.is_none() {
        let small = Type::secondary();
        let words = "no values";
        // Beside a target that stands where the words would.
        let (begin, width) = (room.left + 6.0, small.width(words));
        let target = row.target().map(held).filter(|x| *x < begin + width + 8.0);
        let x = target.map_or(begin, |x| (x + 8.0).min(room.right - width));
        canvas.text_on_paper(words, (x, middle + small.drop(), Anchor::Start), small);
    }
}

fn told(input: &Dumbbells) -> String {
    let Dumbbells { subject, rows, .. } = input;
    let unit = &subject.unit;
    let mut alt =
        format!("Dumbbell chart: {}. {}, {} and {}.", subject.title, row_words(rows.len()), input.before, input.now);
    for row in rows {
        alt += &format!(" {}: ", row.label);
        alt += &match value(&row.now) {
            Some(now) => format!("{}{}", unit.printed(now), counted_words(&row.now, &subject.counted)),
            None => reason(&row.now).to_owned(),
        };
        if let (Some(_), Some((lower, upper))) = (value(&row.now), interval(&row.now)) {
            alt += &format!(", 95% interval {}", unit.span(lower, upper));
        }
        if value(&row.now).is_some() && is_thin(&row.now) {
            alt += ", too few to judge";
        }
        alt += &format!(", before {}", row.before_words(unit));
        alt += &match row.target() {
            Some(target) => format!(", target {}", unit.printed(target)),
            None => format!(", {NO_TARGET}"),
        };
        alt += match row.signal {
            _ if value(&row.now).is_none() => "",
            Signal::Better => ", a real change for the better",
            Signal::Worse => ", a real change for the worse",
            Signal::None => "",
        };
        alt += ".";
    }
    alt
}

fn table(input: &Dumbbells) -> Table {
    let unit = &input.subject.unit;
    let of = unit_words(unit);
    let headed = |period: &str| if of.is_empty() { period.to_owned() } else { format!("{period} ({of})") };
    let mut columns = vec![TableColumn::words(input.of.clone()), TableColumn::numbers(headed(&input.before))];
    columns.extend(["Numerator before", "Denominator before"].map(TableColumn::numbers));
    columns.push(TableColumn::numbers(headed(&input.now)));
    columns.extend(["95% from", "95% to", "Numerator", "Denominator", "Target"].map(TableColumn::numbers));
    columns.push(TableColumn::words("Note"));
    let rows = input.rows.iter().map(|row| {
        let before = row.before.as_deref();
        let band = value(&row.now).and(interval(&row.now));
        let mark = match row.signal {
            _ if value(&row.now).is_none() => "",
            _ if is_thin(&row.now) => "too few to judge",
            Signal::None => "",
            Signal::Better => "better",
            Signal::Worse => "worse",
        };
        vec![
            Cell::text(row.label.clone()),
            before.map_or_else(|| Cell::text(NOT_MEASURED), |estimate| value_cell(estimate, unit)),
            Cell::count(before.and_then(|e| e.numerator)),
            Cell::count(before.and_then(|e| e.denominator)),
            value_cell(&row.now, unit),
            unit.cell(band.map(|b| b.0)),
            unit.cell(band.map(|b| b.1)),
            Cell::count(row.now.numerator),
            Cell::count(row.now.denominator),
            row.target().map_or_else(|| Cell::text(NO_TARGET), |target| unit.cell(Some(target))),
            Cell::text(mark),
        ]
    });
    Table { name: input.subject.name.clone(), caption: input.subject.title.clone(), columns, rows: rows.collect() }
}
