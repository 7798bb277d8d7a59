//! A series over periods, as trends, small multiples and sparklines all draw and tell it.

use super::axis::Plot;
use super::canvas::{Anchor, Canvas, Room, Tone, Type};
use super::figure::{Cell, Table, TableColumn};
use super::input::{
    Point, Signal, Subject, counted_words, interval, period_words, reason, reason_of_last, value, value_cell,
};
use crate::language::Words;
use std::fmt::Display;

/// How heavy the marks are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    pub line: f64,
    pub lone: f64,
    pub signal: f64,
    pub last: f64,
}

pub(super) const LARGE: Marks = Marks { line: 1.8, lone: 2.4, signal: 3.9, last: 5.0 };
pub(super) const SMALL: Marks = Marks { line: 1.5, lone: 1.9, signal: 2.7, last: 3.4 };

/// How far a small mark reaches past its place at most: the last one, with its rim of ink.
pub(super) const REACH: f64 = 4.5;

/// The horizontal extent of `count` periods: half a step before the first and after the last.
pub(super) fn across(count: usize) -> (f64, f64) {
    (-0.5, count.max(1) as f64 - 0.5)
}

/// The last period that has a value.
pub(super) fn last(points: &[Point]) -> Option<(usize, &Point, f64)> {
    points.iter().enumerate().rev().find_map(|(i, p)| value(&p.estimate).map(|v| (i, p, v)))
}

/// Everything a scale must hold.
pub(super) fn extent(points: &[Point]) -> impl Iterator<Item = f64> + '_ {
    points.iter().flat_map(|point| {
        let expected = point.expected.map(|e| [e.lower, e.upper]);
        value(&point.estimate).into_iter().chain(expected.into_iter().flatten())
    })
}

/// The expected range, stepped because limits can differ from month to month, and its centre line.
pub(super) fn expected_range(canvas: &mut Canvas, plot: &Plot, points: &[Point]) {
    let clamp = |y: f64| y.clamp(plot.room.top, plot.room.bottom);
    let mut index = 0;
    while index < points.len() {
        let first = index;
        let (mut upper, mut lower, mut centre) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(expected) = points.get(index).and_then(|p| p.expected) {
            for side in [-0.5, 0.5] {
                let x = index as f64 + side;
                let on = |level: f64| (plot.x(x), clamp(plot.y(level)));
                upper.push(on(expected.upper));
                lower.push(on(expected.lower));
                centre.push(on(expected.centre));
            }
            index += 1;
        }
        if index > first {
            upper.extend(lower.into_iter().rev());
            canvas.area(&upper, Tone::Range);
            canvas.line(&centre, Tone::Secondary, 0.6);
        } else {
            index += 1;
        }
    }
}

/// The line with its gaps, then the marks over it.
pub(super) fn line_and_marks(canvas: &mut Canvas, plot: &Plot, points: &[Point], marks: Marks) {
    let place = |index: usize| {
        points.get(index).and_then(|p| value(&p.estimate)).map(|v| {
            let (x, y) = plot.at(index as f64, v);
            (x, y.clamp(plot.room.top, plot.room.bottom))
        })
    };
    let mut run: Vec<(f64, f64)> = Vec::new();
    for index in 0..=points.len() {
        if let Some(at) = place(index) {
            run.push(at);
            continue;
        }
        canvas.line(&run, Tone::Secondary, marks.line);
        if let [alone] = run[..] {
            canvas.disc(alone, marks.lone, Tone::Secondary);
        }
        run.clear();
    }
    let last = last(points).map(|(index, ..)| index);
    for (index, point) in points.iter().enumerate() {
        let Some(at) = place(index) else { continue };
        let is_last = last == Some(index);
        let radius = if is_last { marks.last } else { marks.signal };
        mark(canvas, at, point, radius, is_last);
        canvas.keep_clear(Room { left: at.0 - 4.0, top: at.1 - 4.0, right: at.0 + 4.0, bottom: at.1 + 4.0 });
    }
}

/// Words in the middle of an empty plot, on paper so that no line strikes them out.
pub(super) fn say_nothing_to_show(canvas: &mut Canvas, room: Room, points: &[Point], words: &Words, kind: Type) {
    let why = reason_of_last(points.last().map(|p| p.estimate.get()), words);
    let (x, y) = (room.left + room.width() / 2.0, f64::midpoint(room.top, room.bottom));
    let text =
        if room.width() < 130.0 { why.to_owned() } else { words.with("chart.nothing-because", &[("why", &why)]) };
    canvas.text_on_paper(&text, (x, y + kind.drop(), Anchor::Middle), kind);
}

/// Round for better, square for worse, hollow while the period is not over; the last one in ink.
fn mark(canvas: &mut Canvas, at: (f64, f64), point: &Point, radius: f64, is_last: bool) {
    let partial = point.estimate.period.partial;
    match point.signal {
        Signal::None if !is_last && !partial => return,
        Signal::None => canvas.disc(at, radius, if is_last { Tone::Ink } else { Tone::Secondary }),
        Signal::Better => {
            if is_last {
                canvas.disc(at, radius + 0.9, Tone::Ink);
            }
            canvas.disc(at, radius - if is_last { 0.5 } else { 0.0 }, Tone::Better);
        }
        Signal::Worse => {
            let half = radius * 0.9;
            if is_last {
                canvas.square(at, half + 0.9, Tone::Ink);
            }
            canvas.square(at, half - if is_last { 0.5 } else { 0.0 }, Tone::Worse);
        }
    }
    if partial {
        match point.signal {
            Signal::Worse => canvas.square(at, radius * 0.9 - 1.9, Tone::Paper),
            _ => canvas.disc(at, radius - 1.6, Tone::Paper),
        }
    }
}

/// The series in sentences: range, last value, what is expected, what is marked, what is missing.
pub(super) fn told(points: &[Point], subject: &Subject, target: Option<f64>) -> String {
    let words = &subject.words;
    let month = |point: &Point| period_words(&point.estimate.period, words);
    let (Some(first), Some(end)) = (points.first(), points.last()) else {
        return words.of("series.no-periods").to_owned();
    };
    let count = points.len() as f64;
    let mut said = words.counted("series.periods", count, &[("from", &month(first)), ("to", &month(end))]);
    let target = target.map(|target| words.with("chart.told-target", &[("target", &subject.spoken(target))]));
    let target = target.map(|target| format!(" {target}")).unwrap_or_default();
    let Some((_, last, now)) = last(points) else {
        let none = words.counted("series.none-has-value", count, &[("why", &reason(&end.estimate, words))]);
        return format!("{said} {none}{target}");
    };
    let key = if last.estimate.period.partial { "series.last-not-over" } else { "series.last" };
    let counted = counted_words(&last.estimate, subject);
    let places: [(&str, &dyn Display); 3] =
        [("value", &subject.spoken(now)), ("period", &month(last)), ("counted", &counted)];
    let mut tell = |sentence: String| said += &format!(" {sentence}");
    tell(words.with(key, &places));
    let by_value = |a: &(&Point, f64), b: &(&Point, f64)| a.1.total_cmp(&b.1);
    let known: Vec<(&Point, f64)> = points.iter().filter_map(|p| value(&p.estimate).map(|v| (p, v))).collect();
    if let (Some((low, least)), Some((high, most))) =
        (known.iter().copied().min_by(by_value), known.iter().copied().max_by(by_value))
        && known.len() > 1
    {
        let (bottom, top) = (subject.printed(least), subject.printed(most));
        tell(if bottom == top {
            words.with("series.flat", &[("value", &top)])
        } else {
            let places: [(&str, &dyn Display); 4] =
                [("bottom", &bottom), ("low", &month(low)), ("top", &top), ("high", &month(high))];
            words.with("series.extremes", &places)
        });
    }
    if let Some(expected) = last.expected {
        let range = subject.span(expected.lower, expected.upper);
        tell(words.with("series.expected", &[("range", &range), ("average", &subject.printed(expected.centre))]));
    }
    let missing = (points.len() - known.len()) as f64;
    said += &target;
    for (signal, key) in [(Signal::Better, "series.marked-better"), (Signal::Worse, "series.marked-worse")] {
        let marked: Vec<String> = points.iter().filter(|p| p.signal == signal).map(month).collect();
        if let (Some(from), Some(to)) = (marked.first(), marked.last()) {
            said += &format!(" {}", words.counted(key, marked.len() as f64, &[("from", from), ("to", to)]));
        }
    }
    if missing > 0.0 {
        said += &format!(" {}", words.counted("series.missing", missing, &[]));
    }
    said
}

/// How to read what is drawn; only what is there.
pub(super) fn key(points: &[Point], target: Option<f64>, words: &Words) -> String {
    key_naming(points, target, words, |signal, _| {
        words.of(if signal == Signal::Better { "key.better" } else { "key.worse" }).to_owned()
    })
}

/// The same for a single series, where the marks can be named: every one of them, also those that no sentence is about.
pub(super) fn dated_key(points: &[Point], target: Option<f64>, words: &Words) -> String {
    key_naming(points, target, words, |signal, marked| {
        let month = |point: Option<&&Point>| point.map(|p| period_words(&p.estimate.period, words)).unwrap_or_default();
        let key = if signal == Signal::Better { "key.better-dated" } else { "key.worse-dated" };
        let (from, to) = (month(marked.first()), month(marked.last()));
        words.counted(key, marked.len() as f64, &[("from", &from), ("to", &to)])
    })
}

fn key_naming(
    points: &[Point],
    target: Option<f64>,
    words: &Words,
    named: impl Fn(Signal, &[&Point]) -> String,
) -> String {
    let any = |test: &dyn Fn(&Point) -> bool| points.iter().any(test);
    let has_value = |point: &Point| value(&point.estimate).is_some();
    let of = |key: &str, there: bool| there.then(|| words.of(key).to_owned());
    let marks = [Signal::Better, Signal::Worse].map(|signal| {
        let marked: Vec<&Point> = points.iter().filter(|p| p.signal == signal && has_value(p)).collect();
        (!marked.is_empty()).then(|| named(signal, &marked))
    });
    let after = [
        of("key.target-dashed", target.is_some()),
        of("key.not-over", any(&|p| p.estimate.period.partial && has_value(p))),
        of("key.gap", any(&|p| !has_value(p))),
    ];
    let first = of("key.expected-range", any(&|p| p.expected.is_some()));
    first.into_iter().chain(marks.into_iter().chain(after).flatten()).collect::<Vec<_>>().join(" ")
}

/// Headings of the columns that [`row`] fills.
pub(super) fn columns(subject: &Subject) -> Vec<TableColumn> {
    let words = &subject.words;
    let mut columns = vec![TableColumn::words(words.of("table.period")), TableColumn::numbers(subject.value_heading())];
    columns.extend(subject.numbers(&[
        "table.from",
        "table.to",
        "table.numerator",
        "table.denominator",
        "table.expected-from",
        "table.expected-to",
    ]));
    columns.push(TableColumn::words(words.of("table.mark")));
    columns
}

/// One period's numbers.
pub(super) fn row(point: &Point, subject: &Subject) -> Vec<Cell> {
    let words = &subject.words;
    let estimate = &*point.estimate;
    let band = interval(estimate);
    let mark = match point.signal {
        Signal::None => "",
        Signal::Better => words.of("mark.better"),
        Signal::Worse => words.of("mark.worse"),
    };
    vec![
        Cell::period(&estimate.period, words),
        value_cell(estimate, subject),
        subject.cell(band.map(|b| b.0)),
        subject.cell(band.map(|b| b.1)),
        subject.count(estimate.numerator),
        subject.count(estimate.denominator),
        subject.cell(point.expected.map(|e| e.lower)),
        subject.cell(point.expected.map(|e| e.upper)),
        Cell::text(mark),
    ]
}

/// The series as a table.
pub(super) fn table(points: &[Point], subject: &Subject) -> Table {
    Table {
        name: subject.name.clone(),
        caption: subject.title.clone(),
        columns: columns(subject),
        rows: points.iter().map(|point| row(point, subject)).collect(),
    }
}
