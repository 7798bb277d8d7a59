//! How a funnel is drawn: the band, the limits, the marks, and names for those outside.

use super::WIDTH;
use super::axis::{Plot, Scale, SizeAxis, size_axis, unit_words, value_axis, value_labels_width};
use super::beside::{DirectLabel, beside_the_plot};
use super::canvas::{Anchor, Canvas, Place, Room, Tone, Type, text_room};
use super::font::Weight;
use super::funnel::{Funnel, FunnelLimits, Placed, mark_words};
use super::input::Signal;
use crate::measure::Position;

pub(super) const HEIGHT: f64 = 310.0;
/// Below the plot: sizes, and what they count.
const FOOT: f64 = 42.0;
/// How wide a name beside a mark may be, without its value.
const NAME: f64 = 150.0;
/// So few groups are all named: there is no other way to know which is which.
const FEW: usize = 8;
/// With more groups outside, their counts stand in the table only.
const ROOM_FOR_COUNTS: usize = 6;
/// A mark and its air.
const MARK: f64 = 5.5;

/// Draws all of it; how many groups outside found no room for their name.
pub(super) fn paint(canvas: &mut Canvas, input: &Funnel, placed: &[Placed], scale: &Scale) -> usize {
    let small = Type::secondary();
    let subject = &input.subject;
    let words = &subject.words;
    // Where nobody stands, limits say nothing.
    let curves = if placed.is_empty() { Vec::new() } else { input.curves() };
    let beside = direct_labels(input, &curves);
    let right = beside.iter().map(DirectLabel::width).fold(0.0, f64::max);
    let room = Room {
        left: value_labels_width(scale, subject, small) + 10.0,
        top: if unit_words(&subject.unit).is_empty() { 14.0 } else { 30.0 },
        right: WIDTH - if right > 0.0 { right + 18.0 } else { 24.0 },
        bottom: HEIGHT - FOOT,
    };
    let sizes = SizeAxis::holding(placed.iter().map(|p| p.size), curves.last().map(|l| l.size));
    let plot = Plot::new(room, (0.0, 1.0), (scale.from, scale.to));
    let at = |size: f64, value: f64| {
        // Held near the scale: what is far outside is cut off anyway, and no place may be too far to be a number.
        let span = scale.to - scale.from;
        plot.at(sizes.along(size), value.clamp(scale.from - span * 9.0, scale.to + span * 9.0))
    };
    let limit = |of: fn(&FunnelLimits) -> f64| -> Vec<(f64, f64)> {
        let line: Vec<(f64, f64)> = curves.iter().map(|l| at(l.size, of(l))).collect();
        held(&cut(&line, room), room)
    };
    let inner = [limit(|l| l.lower_95), limit(|l| l.upper_95)];
    let outer = [limit(|l| l.lower_998), limit(|l| l.upper_998)];
    let [lower, upper] = &inner;
    canvas.area(&upper.iter().chain(lower.iter().rev()).copied().collect::<Vec<_>>(), Tone::Range);
    value_axis(canvas, &plot, scale, subject, small);
    canvas.text(unit_words(&subject.unit), (0.0, 12.0, Anchor::Start), small);
    if !placed.is_empty() {
        size_axis(canvas, &plot, &sizes, &input.size, words, small);
    }
    let mut lines = Vec::new();
    for limit in inner.iter().chain(&outer).zip([None, None, Some((4.0, 3.0)), Some((4.0, 3.0))]) {
        for run in inside(limit.0, room) {
            match limit.1 {
                None => canvas.line(&run, Tone::Secondary, 0.7),
                Some(dash) => canvas.dashed(&run, Tone::Secondary, 0.9, dash),
            }
            lines.extend(run.windows(2).flat_map(|pair| along(pair[0], pair[1])));
        }
    }
    if let Some(centre) = input.centre() {
        let y = plot.y(centre.clamp(scale.from, scale.to));
        canvas.line(&[(room.left, y), (room.right, y)], Tone::Secondary, 1.2);
        lines.push(Room { left: room.left, top: y - 2.0, right: room.right, bottom: y + 2.0 });
    }
    let marks: Vec<(f64, f64)> = placed.iter().map(|p| at(p.size, p.value)).collect();
    for outside in [false, true] {
        for (place, mark) in placed.iter().zip(&marks).filter(|(p, _)| p.group.is_outside() == outside) {
            paint_mark(canvas, place, *mark);
        }
    }
    // Not below the plot: a size at its right end reaches under the labels.
    beside_the_plot(canvas, &plot, &beside, None, room.bottom + 4.0);
    if placed.is_empty() {
        let (x, y) = (f64::midpoint(room.left, room.right), f64::midpoint(room.top, room.bottom));
        canvas.text_on_paper(words.of("chart.nothing"), (x, y + small.drop(), Anchor::Middle), small);
    }
    name_marks(canvas, input, placed, &marks, &lines, &plot)
}

/// The centre with its value; and at the right end of the upper curves what they are.
fn direct_labels(input: &Funnel, curves: &[FunnelLimits]) -> Vec<DirectLabel> {
    let words = &input.subject.words;
    let small = Type::secondary();
    let mut labels = Vec::new();
    if let Some(last) = curves.last() {
        for (at, text) in [(last.upper_998, words.of("chart.limit-998")), (last.upper_95, words.of("chart.limit-95"))] {
            labels.push(DirectLabel { at, lines: vec![(text.to_owned(), small)], last: false });
        }
    }
    if let Some(centre) = input.centre() {
        let lines = vec![(input.subject.printed(centre), Type::strong()), (input.centre_words().to_owned(), small)];
        labels.push(DirectLabel { at: centre, lines, last: true });
    }
    labels
}

/// Small and grey within; hollow without limits; outside round, square for worse, with a rim beyond the wider limits.
fn paint_mark(canvas: &mut Canvas, placed: &Placed, at: (f64, f64)) {
    let group = placed.group;
    if !group.is_outside() {
        canvas.disc(at, 4.2, Tone::Paper);
        match group.position {
            Position::None => canvas.ring(at, 3.4, Tone::Secondary),
            _ => canvas.disc(at, 3.4, Tone::Secondary),
        }
        return;
    }
    let rim = group.position == Position::Outside998;
    match group.signal {
        Signal::Worse => {
            canvas.square(at, if rim { 4.9 } else { 4.6 }, if rim { Tone::Ink } else { Tone::Paper });
            canvas.square(at, if rim { 3.5 } else { 3.7 }, Tone::Worse);
        }
        signal => {
            let tone = if signal == Signal::Better { Tone::Better } else { Tone::Estimate };
            canvas.disc(at, if rim { 5.4 } else { 5.0 }, if rim { Tone::Ink } else { Tone::Paper });
            canvas.disc(at, if rim { 3.9 } else { 4.1 }, tone);
        }
    }
}

/// Names beside the marks outside the limits, further ones tied to theirs; how many found no room.
fn name_marks(
    canvas: &mut Canvas,
    input: &Funnel,
    placed: &[Placed],
    marks: &[(f64, f64)],
    lines: &[Room],
    plot: &Plot,
) -> usize {
    let few = placed.len() <= FEW;
    let crowded = placed.iter().filter(|p| p.group.is_outside()).count() > ROOM_FOR_COUNTS;
    let labels: Vec<&str> = placed.iter().map(|p| p.group.label.as_str()).collect();
    let names = Type::secondary().told_apart(&labels, NAME, 1);
    let mut taken: Vec<Room> = marks.iter().map(|mark| Room::around(*mark, MARK)).collect();
    let mut both: Vec<Room> = taken.iter().chain(lines).copied().collect();
    let mut wanted: Vec<usize> = (0..placed.len()).filter(|&i| few || placed[i].group.is_outside()).collect();
    // Those furthest outside choose first; among them the names decide.
    wanted.sort_by_key(|&i| placed[i].group.position != Position::Outside998);
    let centre = input.centre().map_or(f64::midpoint(plot.room.top, plot.room.bottom), |centre| plot.y(centre));
    let mut unnamed = 0;
    for index in wanted {
        let (Some(placed), Some(mark), Some(name)) = (placed.get(index), marks.get(index), names.get(index)) else {
            continue;
        };
        let kind = mark_type(placed);
        let short = format!("{}: {}", name.concat(), input.subject.printed(placed.value));
        let full = if crowded { short.clone() } else { mark_words(input, placed, &name.concat()) };
        let (near, far) = places(*mark, mark.1 <= centre, kind, plot.room);
        let all = [near.as_slice(), &far].concat();
        let others: Vec<Room> = taken.iter().enumerate().filter(|(i, _)| *i != index).map(|(_, r)| *r).collect();
        let found = [&full, &short].into_iter().find_map(|text| {
            let free = |place: &&Place, avoid: &[Room]| {
                canvas.free_place(text, &[**place], kind, avoid).is_some()
                    && tie(*mark, text_room(text, **place, kind)).is_none_or(|tie| {
                        along(tie[0], tie[1]).iter().all(|r| canvas.is_free(*r) && clear(*r, &others))
                    })
            };
            let inside = |place: &&Place| {
                let room = text_room(text, **place, kind);
                plot.room.left <= room.left && room.right <= plot.room.right
            };
            let clear = all.iter().filter(inside).find(|place| free(place, &both));
            let over_lines = || all.iter().filter(inside).find(|place| free(place, &taken));
            let place = clear.or_else(over_lines).or_else(|| all.iter().find(|place| free(place, &taken)));
            place.map(|place| (text, *place))
        });
        let Some((text, place)) = found else {
            unnamed += usize::from(placed.group.is_outside());
            continue;
        };
        if let Some(tie) = tie(*mark, text_room(text, place, kind)) {
            canvas.line(&tie, Tone::Secondary, 0.6);
            both.extend(along(tie[0], tie[1]));
            taken.extend(along(tie[0], tie[1]));
        }
        canvas.text(text, place, kind);
    }
    unnamed
}

fn mark_type(placed: &Placed) -> Type {
    match placed.group.position {
        Position::Outside998 => Type { weight: Weight::SemiBold, ..Type::secondary() }.toned(Tone::Ink),
        Position::Outside95 => Type::secondary().toned(Tone::Ink),
        _ => Type::secondary(),
    }
}

/// Where the name of a mark may stand: beside it, and further off; away from the centre first.
fn places((x, y): (f64, f64), up: bool, kind: Type, room: Room) -> (Vec<Place>, Vec<Place>) {
    let away = if up { -1.0 } else { 1.0 };
    // From the middle of a line to its baseline.
    let line = |middle: f64| middle + kind.drop();
    let beside = 9.0;
    let mut near = vec![(x + beside, line(y), Anchor::Start), (x - beside, line(y), Anchor::End)];
    for side in [away, -away] {
        near.extend([
            (x, line(y + side * 13.0), Anchor::Middle),
            (x + 4.0, line(y + side * 12.0), Anchor::Start),
            (x - 4.0, line(y + side * 12.0), Anchor::End),
        ]);
    }
    let mut far = Vec::new();
    for distance in [24.0, 36.0, 48.0, 62.0] {
        for side in [away, -away] {
            let middle = y + side * distance;
            far.extend([
                (x, line(middle), Anchor::Middle),
                (x + 12.0, line(middle), Anchor::Start),
                (x - 12.0, line(middle), Anchor::End),
            ]);
        }
    }
    let fits = |place: &Place| place.1 - kind.size > room.top - 14.0 && place.1 + 3.0 < room.bottom;
    near.retain(fits);
    far.retain(fits);
    (near, far)
}

/// The hairline from a mark to a name that does not stand beside it.
fn tie((x, y): (f64, f64), text: Room) -> Option<[(f64, f64); 2]> {
    let near = (x.clamp(text.left, text.right), y.clamp(text.top, text.bottom));
    let (across, down) = (near.0 - x, near.1 - y);
    let distance = across.hypot(down);
    let from = 6.0 / distance;
    (distance > 12.0).then_some([(x + across * from, y + down * from), near])
}

fn clear(room: Room, marks: &[Room]) -> bool {
    !marks.iter().any(|mark| mark.meets(room))
}

/// The part of a line, in order of x, that lies between the room's sides.
fn cut(line: &[(f64, f64)], room: Room) -> Vec<(f64, f64)> {
    let mut kept = Vec::new();
    for pair in line.windows(2) {
        let [one, next] = [pair[0], pair[1]];
        if next.0 < room.left || one.0 > room.right || next.0 <= one.0 {
            continue;
        }
        let at = |x: f64| (x, one.1 + (next.1 - one.1) * (x - one.0) / (next.0 - one.0));
        let (from, to) = (one.0.max(room.left), next.0.min(room.right));
        kept.extend([at(from), at(to)]);
    }
    kept.dedup();
    kept
}

/// The line, held between the room's top and bottom; where it crosses them there is a point.
fn held(line: &[(f64, f64)], room: Room) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for pair in line.windows(2) {
        let [one, next] = [pair[0], pair[1]];
        kept.push(one);
        let edges = if one.1 < next.1 { [room.top, room.bottom] } else { [room.bottom, room.top] };
        for edge in edges {
            if (one.1 - edge) * (next.1 - edge) < 0.0 {
                kept.push((one.0 + (next.0 - one.0) * (edge - one.1) / (next.1 - one.1), edge));
            }
        }
    }
    kept.extend(line.last());
    kept.into_iter().map(|(x, y)| (x, y.clamp(room.top, room.bottom))).collect()
}

/// The runs of a held line that do not lie on the room's edge.
fn inside(line: &[(f64, f64)], room: Room) -> Vec<Vec<(f64, f64)>> {
    let on_edge = |y: f64| y <= room.top || y >= room.bottom;
    let mut runs: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    for pair in line.windows(2) {
        if on_edge(pair[0].1) && on_edge(pair[1].1) {
            runs.push(Vec::new());
        } else if let Some(run) = runs.last_mut() {
            run.extend(pair);
            run.dedup();
        }
    }
    runs
}

/// Small squares along a stretch of a line, for names to keep clear of.
fn along(one: (f64, f64), next: (f64, f64)) -> Vec<Room> {
    let steps = ((next.0 - one.0).hypot(next.1 - one.1) / 4.0).ceil().max(1.0);
    let at = |share: f64| (one.0 + (next.0 - one.0) * share, one.1 + (next.1 - one.1) * share);
    (0..=steps as u32).map(|step| Room::around(at(f64::from(step) / steps), 2.0)).collect()
}
