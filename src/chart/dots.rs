//! A distribution: a dot for each of many, stacked where they are alike, none of them named in the picture.

use super::axis::{Plot, Scale, tick_words, unit_words};
use super::canvas::{Anchor, Canvas, Room, Tone, Type, drawn};
use super::figure::{Figure, Table, TableColumn};
use super::input::{Axis, Subject, reason_key, value, value_cell};
use super::svg::Names;
use super::{Cell, WIDTH};
use crate::measure::Estimate;
use crate::release::Released;
use std::collections::BTreeMap;
use std::fmt::Display;

/// A value for each of several, all of one period.
#[derive(Debug, Clone, PartialEq)]
pub struct Dots {
    pub subject: Subject,
    /// What a dot is, as the heading of the names in the table: "Case manager".
    pub of: String,
    /// In any order; a distribution ranks nobody.
    pub dots: Vec<Dot>,
    /// The median of all of them, and the quartiles.
    pub median: Option<Released<Estimate>>,
    pub quartiles: Option<[Released<Estimate>; 2]>,
    pub axis: Axis,
}

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Dot {
    pub label: String,
    pub estimate: Released<Estimate>,
}

impl Dots {
    fn values(&self) -> Vec<f64> {
        self.dots.iter().filter_map(|dot| value(&dot.estimate)).collect()
    }

    fn median(&self) -> Option<f64> {
        self.median.as_deref().and_then(value)
    }

    fn middle_half(&self) -> Option<(f64, f64)> {
        let [lower, upper] = self.quartiles.as_ref()?;
        Some((value(lower)?, value(upper)?)).filter(|(lower, upper)| lower <= upper)
    }
}

/// Above the dots: the median's words.
const HEAD: f64 = 26.0;
/// Below them: values, and what they count.
const FOOT: f64 = 42.0;
/// The tallest stack may be so high.
const TALLEST: f64 = 150.0;
/// … and the plot is never lower than this.
const LOWEST: f64 = 44.0;
/// Radii to try, the first that lets the tallest stack stand.
const RADII: [f64; 5] = [6.0, 5.0, 4.0, 3.0, 2.2];

/// Draws a dot for each.
#[must_use]
pub fn dots(input: &Dots) -> Figure {
    let subject = &input.subject;
    let values = input.values();
    let held =
        values.iter().copied().chain(input.median()).chain(input.middle_half().into_iter().flat_map(|(a, b)| [a, b]));
    let scale = Scale::holding(held, &subject.unit, input.axis, 6);
    let stacks = Stacks::of(&values, &scale);
    let plot_height = stacks.height().max(LOWEST);
    let alt = told(input, &values);
    let names = Names { name: &subject.name, title: &subject.title, alt: &alt };
    let height = HEAD + plot_height + FOOT;
    let svg = drawn(WIDTH, height, &names, |canvas| paint(canvas, input, &stacks, &scale, height));
    Figure { svg, alt, caption: caption(input, &values, &scale), table: table(input), ends_right: false }
}

/// Dots by the column in which they stand.
struct Stacks {
    radius: f64,
    /// From one dot's middle up to the next one's.
    step: f64,
    columns: BTreeMap<usize, usize>,
}

impl Stacks {
    fn of(values: &[f64], scale: &Scale) -> Self {
        let columns = |radius: f64| {
            let mut columns: BTreeMap<usize, usize> = BTreeMap::new();
            for value in values {
                *columns.entry(column(*value, scale, radius)).or_default() += 1;
            }
            columns
        };
        let tallest = |columns: &BTreeMap<usize, usize>| columns.values().copied().max().unwrap_or(0) as f64;
        let mut radius = RADII[0];
        for smaller in RADII {
            radius = smaller;
            if tallest(&columns(radius)) * (2.0 * radius + AIR) <= TALLEST {
                break;
            }
        }
        let columns = columns(radius);
        // So many alike that even the smallest dots have no room lie over each other; the table has all.
        let step = (2.0 * radius + AIR).min(TALLEST / tallest(&columns).max(1.0));
        Self { radius, step, columns }
    }

    fn height(&self) -> f64 {
        self.columns.values().copied().max().unwrap_or(0) as f64 * self.step + self.radius
    }
}

/// Between dots.
const AIR: f64 = 1.0;

/// The plot's left and right: half a dot and a tick's label must stand beside the ends.
fn sides() -> (f64, f64) {
    (16.0, WIDTH - 16.0)
}

fn column(value: f64, scale: &Scale, radius: f64) -> usize {
    let (left, right) = sides();
    let along = ((value - scale.from) / (scale.to - scale.from)).clamp(0.0, 1.0) * (right - left);
    (along / (2.0 * radius + AIR)).round() as usize
}

fn paint(canvas: &mut Canvas, input: &Dots, stacks: &Stacks, scale: &Scale, height: f64) {
    let subject = &input.subject;
    let (unit, words) = (&subject.unit, &subject.words);
    let (small, strong) = (Type::secondary(), Type::strong());
    let (left, right) = sides();
    let room = Room { left, top: HEAD, right, bottom: height - FOOT };
    let plot = Plot::new(room, (scale.from, scale.to), (0.0, 1.0));
    let held = |value: f64| plot.x(value.clamp(scale.from, scale.to));
    if let Some((lower, upper)) = input.middle_half() {
        let band = Room { left: held(lower), right: held(upper), ..room };
        if band.width() > 0.0 {
            canvas.bar(band, Tone::Range);
        }
    }
    canvas.line(&[(room.left, room.bottom), (room.right, room.bottom)], Tone::Rule, 1.0);
    let baseline = room.bottom + 8.0 + small.size;
    for tick in &scale.ticks {
        let x = plot.x(*tick);
        if canvas.text_where_free(&tick_words(*tick, scale, subject), &[(x, baseline, Anchor::Middle)], small) {
            canvas.line(&[(x, room.bottom), (x, room.bottom + 4.0)], Tone::Rule, 1.0);
        }
    }
    let of = small.shortened(unit_words(unit), room.width());
    canvas.text(&of, (room.right, baseline + small.line_height(), Anchor::End), small);
    if let Some(median) = input.median() {
        let x = held(median);
        canvas.line(&[(x, room.top - 4.0), (x, room.bottom)], Tone::Ink, 1.2);
        let text = words.with("dots.median", &[("value", &subject.printed(median))]);
        let half = strong.width(&text) / 2.0;
        canvas.text(&text, (x.clamp(half, WIDTH - half), room.top - 10.0, Anchor::Middle), strong);
    }
    for (column, count) in &stacks.columns {
        let x = (left + *column as f64 * (2.0 * stacks.radius + AIR)).min(right);
        for nth in 0..*count {
            let y = room.bottom - stacks.radius - 1.0 - nth as f64 * stacks.step;
            canvas.disc((x, y), stacks.radius, Tone::Estimate);
        }
    }
    if stacks.columns.is_empty() {
        let middle = (f64::midpoint(left, right), f64::midpoint(room.top, room.bottom) + small.drop(), Anchor::Middle);
        canvas.text_on_paper(words.of("chart.nothing"), middle, small);
    }
}

fn caption(input: &Dots, values: &[f64], scale: &Scale) -> String {
    let words = &input.subject.words;
    let mut said = vec![format!("{}.", input.subject.title)];
    if !values.is_empty() {
        said.push(words.with("dots.key-dot", &[("of", &input.of.to_lowercase())]));
    }
    if input.middle_half().is_some() {
        said.push(words.of("dots.key-band").to_owned());
    }
    let missing = input.dots.len() - values.len();
    if missing > 0 {
        said.push(words.with("dots.key-missing", &[("n", &words.count(missing as f64))]));
    }
    if scale.from > 0.0 {
        said.push(words.with("key.axis-starts", &[("value", &input.subject.printed(scale.from))]));
    }
    said.join(" ")
}

fn told(input: &Dots, values: &[f64]) -> String {
    let subject = &input.subject;
    let words = &subject.words;
    let mut said = vec![words.with("alt.distribution", &[("of", &input.of.to_lowercase()), ("title", &subject.title)])];
    let ends = values.iter().copied().fold(None, |ends: Option<(f64, f64)>, value| {
        Some(ends.map_or((value, value), |(least, most)| (least.min(value), most.max(value))))
    });
    said.push(match ends {
        Some((least, most)) => {
            let places: [(&str, &dyn Display); 2] = [("from", &subject.printed(least)), ("to", &subject.spoken(most))];
            words.counted("dots.told-shown", values.len() as f64, &places)
        }
        None => words.of("dots.told-none").to_owned(),
    });
    if let Some(median) = input.median() {
        said.push(words.with("dots.told-median", &[("value", &subject.spoken(median))]));
    }
    if let Some((lower, upper)) = input.middle_half() {
        let places: [(&str, &dyn Display); 2] = [("from", &subject.printed(lower)), ("to", &subject.printed(upper))];
        said.push(words.with("dots.told-half", &places));
    }
    let missing: Vec<&str> =
        input.dots.iter().filter(|dot| value(&dot.estimate).is_none()).map(|dot| reason_key(&dot.estimate)).collect();
    if let Some(why) = missing.first() {
        let n = words.count(missing.len() as f64);
        said.push(if missing.iter().all(|other| other == why) {
            words.with("dots.told-missing-because", &[("n", &n), ("why", &words.of(why))])
        } else {
            words.with("dots.told-missing", &[("n", &n)])
        });
    }
    said.join(" ")
}

/// In the order of the names.
fn table(input: &Dots) -> Table {
    let subject = &input.subject;
    let mut dots: Vec<&Dot> = input.dots.iter().collect();
    dots.sort_by(|a, b| a.label.cmp(&b.label));
    let rows = dots.into_iter().map(|dot| vec![Cell::text(dot.label.clone()), value_cell(&dot.estimate, subject)]);
    Table {
        name: subject.name.clone(),
        caption: subject.title.clone(),
        columns: vec![TableColumn::words(input.of.clone()), TableColumn::numbers(subject.value_heading())],
        rows: rows.collect(),
    }
}
