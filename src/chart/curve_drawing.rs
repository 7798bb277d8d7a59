//! How curves are drawn: steps, bands, horizons, direct labels, numbers at risk.

use super::WIDTH;
use super::axis::{Plot, Scale, value_axis, value_labels_width};
use super::canvas::{Anchor, Canvas, Room, Tone, Type, spread};
use super::curves::{Curve, Curves, DayTarget, day_words, months};
use super::input::{interval, reason};
use crate::language::Words;

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

/// How high the picture is with the numbers at risk of so many curves.
pub(super) fn height(with_risk: usize) -> f64 {
    let risk = if with_risk == 0 { 0.0 } else { RISK_LINE * with_risk as f64 + 20.0 };
    TOP + PLOT_HEIGHT + 30.0 + risk
}

/// Draws all of it; `with_risk` are the curves whose numbers at risk are known.
pub(super) fn paint(
    canvas: &mut Canvas,
    input: &Curves,
    horizons: &[u32],
    end: u32,
    scale: &Scale,
    with_risk: &[&Curve],
) {
    let small = Type::secondary();
    let label = Type::body();
    let words = &input.subject.words;
    let beside = end_labels(input);
    let right = beside.iter().map(|l| l.kind.width(&l.text)).fold(0.0, f64::max).min(190.0);
    let risk_names = if with_risk.len() > 1 {
        with_risk.iter().map(|c| small.width(&c.label)).fold(0.0, f64::max).min(120.0)
    } else {
        0.0
    };
    let left = value_labels_width(scale, &input.subject, small).max(risk_names).max(if with_risk.is_empty() {
        0.0
    } else {
        small.width(words.of("chart.at-risk"))
    });
    let last_tick = small.width(&day_words(end, words)) / 2.0;
    let room = Room {
        left: left + BESIDE,
        top: TOP,
        right: WIDTH - (right + 16.0).max(last_tick + 4.0),
        bottom: TOP + PLOT_HEIGHT,
    };
    let plot = Plot::new(room, (0.0, f64::from(end)), (scale.from, scale.to));
    value_axis(canvas, &plot, scale, &input.subject, small);
    let alone = input.curves.len() == 1;
    for curve in &input.curves {
        if alone && !only_horizons(curve, horizons) {
            band(canvas, &plot, curve);
        }
    }
    // The target's day too, where the curve ends before it.
    let mut ticks: Vec<u32> = horizons.iter().copied().chain(input.target.map(|target| target.day)).collect();
    ticks.sort_unstable();
    ticks.dedup();
    for day in &ticks {
        let x = plot.x(f64::from(*day));
        canvas.line(&[(x, room.bottom), (x, room.bottom + 4.0)], Tone::Secondary, 1.0);
    }
    let shown = day_axis(canvas, &plot, &ticks, end, words, small);
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
        for day in shown.iter().rev().filter(|day| horizons.contains(day)) {
            horizon_label(canvas, &plot, input, *day);
        }
    }
    if input.curves.iter().all(|c| c.last().is_none()) {
        let last = input.curves.iter().find_map(|c| c.points.last());
        let why = last.map_or_else(|| words.of("reason.no-data"), |point| reason(point, words));
        let place = (room.left + room.width() / 2.0, f64::midpoint(room.top, room.bottom) - 8.0, Anchor::Middle);
        canvas.text_where_free(&words.with("chart.nothing-because", &[("why", &why)]), &[place], small);
    }
    at_risk(canvas, &plot, with_risk, &shown, words, small);
}

/// Whether a curve is known on its horizons only: then nothing may be said of the days between.
pub(super) fn only_horizons(curve: &Curve, horizons: &[u32]) -> bool {
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

/// Days under the plot at zero and the ticks; those that would touch a later one are left out. Returns the shown.
fn day_axis(canvas: &mut Canvas, plot: &Plot, ticks: &[u32], end: u32, words: &Words, kind: Type) -> Vec<u32> {
    let baseline = plot.room.bottom + 8.0 + kind.size;
    let mut days: Vec<u32> = ticks.to_vec();
    if days.is_empty() {
        days.push(end);
    }
    let in_months = days.iter().all(|day| months(*day).is_some());
    let mut shown = Vec::new();
    // The ends first: what is between them gives way.
    let mut order: Vec<u32> = days.iter().rev().copied().collect();
    order.insert(1, 0);
    for (index, day) in order.into_iter().enumerate() {
        let number = if in_months { months(day).unwrap_or(0) } else { day };
        let text = match (index, in_months) {
            (0, true) => words.counted("count.months", number.into(), &[]),
            (0, false) => words.counted("count.days", number.into(), &[]),
            _ => words.count(number.into()),
        };
        if canvas.text_where_free(&text, &[(plot.x(f64::from(day)), baseline, Anchor::Middle)], kind) {
            shown.push(day);
        }
    }
    shown.sort_unstable();
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
        // Below the plot are the days.
        let places: Vec<_> = places.into_iter().filter(|(_, baseline, _)| *baseline < plot.room.bottom).collect();
        canvas.text_where_free(&input.subject.words.share(share), &places, kind);
    }
}

fn target_tick(canvas: &mut Canvas, plot: &Plot, input: &Curves, target: DayTarget) {
    let (x, y) = plot.at(f64::from(target.day), target.share.clamp(0.0, 1.0));
    let y = y.clamp(plot.room.top, plot.room.bottom);
    canvas.line(&[(x - 9.0, y), (x + 9.0, y)], Tone::Ink, 2.4);
    canvas.keep_clear(Room { left: x - 9.0, top: y - 3.0, right: x + 9.0, bottom: y + 3.0 });
    let kind = Type::secondary().toned(Tone::Ink);
    let reached = input.curves.iter().any(|c| c.holding(target.day).is_some_and(|(share, _)| share >= target.share));
    let text = input.subject.words.with("chart.target", &[("target", &input.subject.words.share(target.share))]);
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
    let words = &input.subject.words;
    let alone = input.curves.len() == 1;
    let mut labels = Vec::new();
    let names: Vec<&str> = input.curves.iter().map(|curve| curve.label.as_str()).collect();
    let room = END_LABEL - Type::body().width(&format!(" {}", words.share(1.0)));
    let names = Type::body().told_apart(&names, room, 1);
    for ((curve, name), stroke) in
        input.curves.iter().zip(names.iter().map(|name| name.concat())).zip(STROKES.iter().cycle())
    {
        if let Some((day, share, _)) = curve.last() {
            // A horizon at the very end has its share written there already.
            let kind =
                Type { tone: if stroke.0 == Tone::Estimate { Tone::Estimate } else { Tone::Ink }, ..Type::body() };
            let value = if alone && input.horizons.contains(&day) { String::new() } else { words.share(share) };
            labels.push(EndLabel { day, share, text: with_value(&name, &value, kind), kind });
        }
    }
    if let Some((curve, (day, share, _))) = input.competing.as_ref().and_then(|c| Some((c, c.last()?))) {
        let kind = Type::secondary();
        labels.push(EndLabel { day, share, text: with_value(&curve.label, &words.share(share), kind), kind });
    }
    labels
}

/// How wide the name at the end of a curve may be, with its value.
const END_LABEL: f64 = 186.0;

/// "Housing 24%", the name shortened so that the value always stays.
fn with_value(label: &str, value: &str, kind: Type) -> String {
    let room = END_LABEL - kind.width(value) - kind.width(" ");
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
fn at_risk(canvas: &mut Canvas, plot: &Plot, curves: &[&Curve], days: &[u32], words: &Words, kind: Type) {
    if curves.is_empty() {
        return;
    }
    let first = plot.room.bottom + 30.0 + kind.size;
    let beside = plot.room.left - BESIDE;
    let many = curves.len() > 1;
    let heading = if many { first - 1.0 } else { first + RISK_LINE - 12.0 };
    canvas.text(words.of("chart.at-risk"), (0.0, heading, Anchor::Start), kind);
    let names: Vec<&str> = curves.iter().map(|curve| curve.label.as_str()).collect();
    let names = kind.told_apart(&names, beside, 1);
    for (index, (curve, name)) in curves.iter().zip(&names).enumerate() {
        let baseline = if many { first + RISK_LINE * (index as f64 + 1.0) - 1.0 } else { heading };
        if many {
            canvas.text(&name.concat(), (0.0, baseline, Anchor::Start), kind);
        }
        for day in days {
            let text = curve.at_risk(*day).map_or_else(|| "–".to_owned(), |n| words.count(n));
            canvas.text_where_free(&text, &[(plot.x(f64::from(*day)), baseline, Anchor::Middle)], kind);
        }
    }
}
