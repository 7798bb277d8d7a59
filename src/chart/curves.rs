//! The share reached by each day: time to service, and return after exit. Step curve, interval, numbers at risk.

use super::axis::{Plot, Scale, value_axis, value_labels_width};
use super::canvas::{Anchor, Canvas, Room, Tone, Type, drawn, spread};
use super::figure::{Figure, Table, TableColumn};
use super::input::{Axis, Subject, interval, reason, value, value_cell};
use super::number;
use super::svg::Names;
use super::{Cell, WIDTH};
use crate::measure::Estimate;
use crate::release::Released;

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
    fn known(&self) -> impl Iterator<Item = (u32, f64, &Estimate)> {
        self.points.iter().filter_map(|p| Some((p.at?, value(p)?.clamp(0.0, 1.0), &**p)))
    }

    fn at(&self, day: u32) -> Option<&Estimate> {
        self.points.iter().find(|p| p.at == Some(day)).map(|p| &**p)
    }

    /// The estimate that holds on a day: its own, or the one before it while the curve goes on.
    fn holding(&self, day: u32) -> Option<(f64, &Estimate)> {
        if let Some(own) = self.at(day) {
            return value(own).map(|v| (v.clamp(0.0, 1.0), own));
        }
        let end = self.known().last()?.0;
        (day <= end).then(|| self.known().take_while(|(at, ..)| *at <= day).last().map(|(_, v, e)| (v, e)))?
    }

    fn last(&self) -> Option<(u32, f64, &Estimate)> {
        self.known().last()
    }

    /// "71%", or why there is none.
    fn printed(&self, day: u32) -> String {
        match (self.holding(day), self.at(day)) {
            (Some((share, _)), _) => number::share(share),
            (None, Some(estimate)) => reason(estimate).to_owned(),
            (None, None) => "not yet followed".to_owned(),
        }
    }

    fn at_risk(&self, day: u32) -> Option<f64> {
        if day == 0 {
            let first = self.points.first()?;
            return first.denominator.or(first.at_risk.map(|n| n as f64));
        }
        self.at(day)?.at_risk.map(|n| n as f64)
    }
}

/// Tone, width, and dash and gap if it is not drawn through.
type Stroke = (Tone, f64, Option<(f64, f64)>);

/// The stroke of each curve; direct labels name them, so colour and dash are second cues.
const STROKES: [Stroke; 5] = [
    (Tone::Estimate, 2.2, None),
    (Tone::Ink, 1.6, None),
    (Tone::Secondary, 1.6, Some((6.0, 3.0))),
    (Tone::Estimate, 1.6, Some((2.5, 2.5))),
    (Tone::Ink, 1.3, Some((9.0, 3.0))),
];

const PLOT_HEIGHT: f64 = 200.0;
const TOP: f64 = 22.0;
const RISK_LINE: f64 = 16.0;
/// Between the names on the left and the plot: half of a number at risk, and air.
const BESIDE: f64 = 30.0;

/// Two points of a month's length apart from it still make the months: 182 and 183 days are six.
fn months(day: u32) -> Option<u32> {
    let months = (f64::from(day) / 30.4375).round();
    let near = (f64::from(day) - months * 30.4375).abs() <= 2.0;
    (day >= 89 && near).then_some(months as u32)
}

/// "14 days", "12 months".
fn day_words(day: u32) -> String {
    match (day, months(day)) {
        (_, Some(months)) => format!("{months} months"),
        (1, None) => "1 day".to_owned(),
        (_, None) => format!("{day} days"),
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
    let below = 30.0 + if with_risk.is_empty() { 0.0 } else { RISK_LINE * with_risk.len() as f64 + 20.0 };
    let height = TOP + PLOT_HEIGHT + below;
    let scale = scale(input);
    let svg = drawn(WIDTH, height, &names, |canvas| paint(canvas, input, &horizons, end, &scale, &with_risk));
    Figure { svg, alt, caption: caption(input, &scale), table: table(input, &horizons) }
}

/// To 100% when asked for, otherwise to the next round share; from zero always.
fn scale(input: &Curves) -> Scale {
    let curves = input.curves.iter().chain(&input.competing);
    let values = curves.flat_map(|c| c.known().flat_map(|(_, v, e)| [v, interval(e).map_or(v, |(_, upper)| upper)]));
    let values = values.chain(input.target.map(|t| t.share)).chain([0.0, 0.2]);
    Scale::holding(values, &input.subject.unit, input.axis, 4)
}

fn caption(input: &Curves, scale: &Scale) -> String {
    let mut caption = format!("{}. Days since {}.", input.subject.title, input.since);
    if input.curves.len() == 1 {
        caption += " Band: 95% interval.";
    } else if input.curves.len() > 1 {
        caption += " Intervals are in the table.";
    }
    if input.target.is_some() {
        caption += " Short stroke: target.";
    }
    if scale.to < 1.0 {
        caption += &format!(" The axis ends at {}.", number::share(scale.to));
    }
    caption
}

fn paint(canvas: &mut Canvas, input: &Curves, horizons: &[u32], end: u32, scale: &Scale, with_risk: &[&Curve]) {
    let small = Type::secondary();
    let label = Type::body();
    let unit = &input.subject.unit;
    let beside = end_labels(input);
    let right = beside.iter().map(|l| l.kind.width(&l.text)).fold(0.0, f64::max).min(190.0);
    let risk_names = if with_risk.len() > 1 {
        with_risk.iter().map(|c| small.width(&c.label)).fold(0.0, f64::max).min(120.0)
    } else {
        0.0
    };
    let left = value_labels_width(scale, unit, small).max(risk_names).max(if with_risk.is_empty() {
        0.0
    } else {
        small.width("At risk")
    });
    let last_tick = small.width(&day_words(end)) / 2.0;
    let room = Room {
        left: left + BESIDE,
        top: TOP,
        right: WIDTH - (right + 16.0).max(last_tick + 4.0),
        bottom: TOP + PLOT_HEIGHT,
    };
    let plot = Plot::new(room, (0.0, f64::from(end)), (scale.from, scale.to));
    value_axis(canvas, &plot, scale, unit, small);
    let alone = input.curves.len() == 1;
    for curve in &input.curves {
        if alone && !only_horizons(curve, horizons) {
            band(canvas, &plot, curve);
        }
    }
    for day in horizons {
        let x = plot.x(f64::from(*day));
        canvas.line(&[(x, room.bottom), (x, room.bottom + 4.0)], Tone::Secondary, 1.0);
    }
    let shown = day_axis(canvas, &plot, horizons, end, small);
    if let Some(competing) = &input.competing {
        steps(canvas, &plot, competing, horizons, (Tone::Secondary, 1.1, None));
    }
    for (curve, stroke) in input.curves.iter().zip(STROKES.iter().cycle()) {
        steps(canvas, &plot, curve, horizons, *stroke);
    }
    for (curve, stroke) in input.curves.iter().zip(STROKES.iter().cycle()) {
        for day in horizons {
            if let Some((share, _)) = curve.holding(*day) {
                canvas.disc(plot.at(f64::from(*day), share), if alone { 4.2 } else { 3.0 }, stroke.0);
            }
        }
    }
    write_end_labels(canvas, &plot, &beside, label);
    if let Some(target) = input.target.filter(|t| t.share.is_finite()) {
        target_tick(canvas, &plot, input, target);
    }
    if alone {
        for day in horizons.iter().rev() {
            horizon_label(canvas, &plot, input, *day);
        }
    }
    if input.curves.iter().all(|c| c.last().is_none()) {
        let why = input.curves.iter().filter_map(|c| c.points.last()).map(|p| reason(p)).next().unwrap_or("no data");
        let place = (room.left + room.width() / 2.0, f64::midpoint(room.top, room.bottom) - 8.0, Anchor::Middle);
        canvas.text_where_free(&format!("No values to show: {why}"), &[place], small);
    }
    at_risk(canvas, &plot, with_risk, &shown, small);
}

/// Whether a curve is known on its horizons only: then nothing may be said of the days between.
fn only_horizons(curve: &Curve, horizons: &[u32]) -> bool {
    curve.known().all(|(day, ..)| day == 0 || horizons.contains(&day))
}

/// The curve's own steps; straight thin lines with intervals where only the horizons are known.
fn steps(canvas: &mut Canvas, plot: &Plot, curve: &Curve, horizons: &[u32], stroke: Stroke) {
    let (tone, width, dash) = stroke;
    let mut path: Vec<(f64, f64)> = Vec::new();
    if only_horizons(curve, horizons) {
        for (day, share, estimate) in curve.known() {
            let (x, y) = plot.at(f64::from(day), share);
            if let Some((lower, upper)) = interval(estimate) {
                canvas.line(&[(x, plot.y(lower)), (x, plot.y(upper))], Tone::Band, 5.0);
            }
            path.push((x, y));
        }
        canvas.dashed(&path, tone, 1.0, (2.0, 3.0));
        return;
    }
    let mut before = plot.at(0.0, 0.0);
    path.push(before);
    for (day, share, _) in curve.known() {
        let (x, y) = plot.at(f64::from(day), share);
        path.extend([(x, before.1), (x, y)]);
        canvas.keep_clear(Room { left: before.0, top: before.1 - 2.0, right: x, bottom: before.1 + 2.0 });
        canvas.keep_clear(Room { left: x - 2.0, top: y.min(before.1), right: x + 2.0, bottom: y.max(before.1) });
        before = (x, y);
    }
    path.dedup();
    match dash {
        Some(dash) => canvas.dashed(&path, tone, width, dash),
        None => canvas.line(&path, tone, width),
    }
}

/// The interval around a step curve, itself stepped; it breaks where the interval is not known.
fn band(canvas: &mut Canvas, plot: &Plot, curve: &Curve) {
    let known: Vec<_> = curve.known().map(|(day, _, e)| (plot.x(f64::from(day)), interval(e))).collect();
    let mut index = 0;
    while index < known.len() {
        let (mut upper, mut lower) = (Vec::new(), Vec::new());
        while let Some((x, Some((low, high)))) = known.get(index).copied() {
            // Each interval holds until the next day that changes it.
            let until = known.get(index + 1).map_or(x, |next| next.0);
            upper.extend([(x, plot.y(high)), (until, plot.y(high))]);
            lower.extend([(x, plot.y(low)), (until, plot.y(low))]);
            index += 1;
        }
        upper.extend(lower.into_iter().rev());
        canvas.area(&upper, Tone::Band);
        index += 1;
    }
}

/// Days under the plot at zero and the horizons; those that would touch a later one are left out. Returns the shown.
fn day_axis(canvas: &mut Canvas, plot: &Plot, horizons: &[u32], end: u32, kind: Type) -> Vec<u32> {
    let baseline = plot.room.bottom + 8.0 + kind.size;
    let mut days: Vec<u32> = horizons.to_vec();
    if days.is_empty() {
        days.push(end);
    }
    let in_months = days.iter().all(|day| months(*day).is_some());
    let mut shown = Vec::new();
    for (index, day) in days.iter().rev().chain([&0]).enumerate() {
        let number = if in_months { months(*day).unwrap_or(0) } else { *day };
        let text = match (index, in_months) {
            (0, true) => format!("{number} months"),
            (0, false) if number == 1 => "1 day".to_owned(),
            (0, false) => format!("{number} days"),
            _ => number.to_string(),
        };
        if canvas.text_where_free(&text, &[(plot.x(f64::from(*day)), baseline, Anchor::Middle)], kind) {
            shown.push(*day);
        }
    }
    shown.reverse();
    shown
}

/// The share at a horizon, written above the curve where there is room.
fn horizon_label(canvas: &mut Canvas, plot: &Plot, input: &Curves, day: u32) {
    let kind = Type::strong();
    for curve in &input.curves {
        let Some((share, estimate)) = curve.holding(day) else { continue };
        let (x, y) = plot.at(f64::from(day), share);
        let top = interval(estimate).map_or(y, |(_, upper)| plot.y(upper)).min(y);
        let bottom = interval(estimate).map_or(y, |(lower, _)| plot.y(lower)).max(y);
        // Left above the curve while the band is thin there, otherwise above the band.
        let near = if y - top < 14.0 { (x - 5.0, y - 8.0, Anchor::End) } else { (x, top - 6.0, Anchor::Middle) };
        let places = [
            near,
            (x, top - 6.0, Anchor::Middle),
            (x - 4.0, top - 6.0, Anchor::End),
            (x + 7.0, y + 16.0, Anchor::Start),
            (x + 2.0, bottom + 15.0, Anchor::Start),
        ];
        canvas.text_where_free(&number::share(share), &places, kind);
    }
}

fn target_tick(canvas: &mut Canvas, plot: &Plot, input: &Curves, target: DayTarget) {
    let (x, y) = plot.at(f64::from(target.day), target.share.clamp(0.0, 1.0));
    let y = y.clamp(plot.room.top, plot.room.bottom);
    canvas.line(&[(x - 9.0, y), (x + 9.0, y)], Tone::Ink, 2.4);
    canvas.keep_clear(Room { left: x - 9.0, top: y - 3.0, right: x + 9.0, bottom: y + 3.0 });
    let kind = Type::secondary().toned(Tone::Ink);
    let reached = input.curves.iter().any(|c| c.holding(target.day).is_some_and(|(share, _)| share >= target.share));
    let text = format!("target {}", number::share(target.share));
    let left = (x - 13.0, y + kind.drop(), Anchor::End);
    let right = (x + 13.0, y + kind.drop(), Anchor::Start);
    let above = (x, y - 7.0, Anchor::Middle);
    let below = (x, y + 7.0 + kind.size * 0.76, Anchor::Middle);
    let places = if reached { [right, below, left, above] } else { [above, left, right, below] };
    canvas.text_where_free(&text, &places, kind);
}

/// A name at the end of a curve.
struct EndLabel {
    day: u32,
    share: f64,
    text: String,
    kind: Type,
}

fn end_labels(input: &Curves) -> Vec<EndLabel> {
    let alone = input.curves.len() == 1;
    let mut labels = Vec::new();
    for (curve, stroke) in input.curves.iter().zip(STROKES.iter().cycle()) {
        if let Some((day, share, _)) = curve.last() {
            // A horizon at the very end has its share written there already.
            let kind =
                Type { tone: if stroke.0 == Tone::Estimate { Tone::Estimate } else { Tone::Ink }, ..Type::body() };
            let value = if alone && input.horizons.contains(&day) { String::new() } else { number::share(share) };
            labels.push(EndLabel { day, share, text: with_value(&curve.label, &value, kind), kind });
        }
    }
    if let Some((curve, (day, share, _))) = input.competing.as_ref().and_then(|c| Some((c, c.last()?))) {
        let kind = Type::secondary();
        labels.push(EndLabel { day, share, text: with_value(&curve.label, &number::share(share), kind), kind });
    }
    labels
}

/// "Housing 24%", the name shortened so that the value always stays.
fn with_value(label: &str, value: &str, kind: Type) -> String {
    let room = 186.0 - kind.width(value) - kind.width(" ");
    format!("{} {value}", kind.shortened(label, room)).trim().to_owned()
}

fn write_end_labels(canvas: &mut Canvas, plot: &Plot, labels: &[EndLabel], kind: Type) {
    let wanted: Vec<f64> = labels.iter().map(|l| plot.y(l.share)).collect();
    let heights = vec![kind.line_height(); labels.len()];
    let weights = vec![1.0; labels.len()];
    let middles = spread(&wanted, &heights, &weights, 2.0, plot.room.bottom + 6.0);
    for (label, middle) in labels.iter().zip(middles) {
        let ends_at = plot.at(f64::from(label.day), label.share);
        let x = plot.room.right + 10.0;
        // A curve that ends early, or whose name had to move, is tied to it.
        if (middle - ends_at.1).abs() > 5.0 || x - ends_at.0 > 26.0 {
            canvas.line(&[(ends_at.0 + 5.0, ends_at.1), (x - 3.0, middle)], Tone::Rule, 1.0);
        }
        canvas.text(&label.text, (x, middle + label.kind.drop(), Anchor::Start), label.kind);
    }
}

/// How many are still followed and have not left, under each day of the axis.
fn at_risk(canvas: &mut Canvas, plot: &Plot, curves: &[&Curve], days: &[u32], kind: Type) {
    if curves.is_empty() {
        return;
    }
    let first = plot.room.bottom + 30.0 + kind.size;
    let beside = plot.room.left - BESIDE;
    let many = curves.len() > 1;
    let heading = if many { first - 1.0 } else { first + RISK_LINE - 12.0 };
    canvas.text("At risk", (0.0, heading, Anchor::Start), kind);
    for (index, curve) in curves.iter().enumerate() {
        let baseline = if many { first + RISK_LINE * (index as f64 + 1.0) - 1.0 } else { heading };
        if many {
            canvas.text(&kind.shortened(&curve.label, beside), (0.0, baseline, Anchor::Start), kind);
        }
        for day in days {
            let text = curve.at_risk(*day).map_or_else(|| "–".to_owned(), number::count);
            canvas.text_where_free(&text, &[(plot.x(f64::from(*day)), baseline, Anchor::Middle)], kind);
        }
    }
}

fn told(input: &Curves, horizons: &[u32]) -> String {
    let mut alt = format!("Curve of the share reached by day since {}: {}.", input.since, input.subject.title);
    for curve in input.curves.iter().chain(&input.competing) {
        alt += &format!(" {}:", curve.label);
        if curve.last().is_none() {
            alt += &format!(" no values, {}.", curve.points.last().map_or("no data", |p| reason(p)));
            continue;
        }
        let said: Vec<String> = horizons
            .iter()
            .map(|day| {
                let band = curve.holding(*day).and_then(|(_, e)| interval(e));
                let band = band.map(|(l, u)| format!(" ({})", input.subject.unit.span(l, u))).unwrap_or_default();
                format!(" {} by {}{band}", curve.printed(*day), day_words(*day))
            })
            .collect();
        alt += &said.join(",");
        if let Some((day, share, _)) = curve.last() {
            alt += &format!(
                "{} followed to {}, {}.",
                if said.is_empty() { "" } else { ";" },
                day_words(day),
                number::share(share)
            );
        }
    }
    if let Some(target) = input.target {
        alt += &format!(" Target {} by {}.", number::share(target.share), day_words(target.day));
    }
    alt
}

/// The horizons of every curve, and the day each ends: the steps between are the drawing of the same data.
fn table(input: &Curves, horizons: &[u32]) -> Table {
    let unit = &input.subject.unit;
    let mut columns = vec![TableColumn::words("Curve"), TableColumn::words("By")];
    columns.extend(["Share", "95% from", "95% to", "At risk", "Target"].map(TableColumn::numbers));
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
                (Some((share, _)), _) => unit.cell(Some(share)),
                (None, Some(own)) => value_cell(own, unit),
                (None, None) => Cell::text("not yet followed"),
            };
            let target = input.target.filter(|t| t.day == day && input.curves.contains(curve)).map(|t| t.share);
            rows.push(vec![
                Cell::text(curve.label.clone()),
                Cell::text(day_words(day)),
                share,
                unit.cell(band.map(|b| b.0)),
                unit.cell(band.map(|b| b.1)),
                Cell::count(curve.at_risk(day)),
                unit.cell(target),
            ]);
        }
    }
    Table { name: input.subject.name.clone(), caption: input.subject.title.clone(), columns, rows }
}
