//! A canvas over plotters' SVG backend: shapes in page units, and text that knows where other text already is.

use super::font::{self, Weight};
use super::svg;
use crate::looks::tokens;
use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// plotters draws on whole pixels: with ten of them to a unit, curves stay smooth at any size.
pub(super) const FINENESS: f64 = 10.0;

/// plotters divides font sizes by this before it writes them.
const PLOTTERS_FONT_DIVISOR: f64 = 1.24;

/// What a mark or a text means; its colour follows from the tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Paper,
    Ink,
    Secondary,
    Rule,
    Range,
    Estimate,
    Band,
    Better,
    Worse,
}

impl Tone {
    fn colour(self) -> RGBColor {
        let light = &tokens().light;
        let hex = match self {
            Tone::Paper => &light.paper,
            Tone::Ink => &light.ink,
            Tone::Secondary => &light.secondary,
            Tone::Rule => &light.rule,
            Tone::Range => &light.range,
            Tone::Estimate => &light.estimate,
            Tone::Band => &light.band,
            Tone::Better => &light.better,
            Tone::Worse => &light.worse,
        };
        let channel = |at: usize| hex.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok()).unwrap_or(0);
        RGBColor(channel(1), channel(3), channel(5))
    }
}

/// Which part of a text stands at its x.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text is set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    pub size: f64,
    pub weight: Weight,
    pub tone: Tone,
}

impl Type {
    /// Axis labels, counts.
    pub(super) fn secondary() -> Self {
        Self { size: tokens().size.secondary, weight: Weight::Regular, tone: Tone::Secondary }
    }

    /// Row names and direct labels.
    pub(super) fn body() -> Self {
        Self { size: tokens().size.body, weight: Weight::Regular, tone: Tone::Ink }
    }

    /// Figures.
    pub(super) fn strong() -> Self {
        Self { size: tokens().size.body, weight: Weight::SemiBold, tone: Tone::Ink }
    }

    /// The smallest size.
    pub(super) fn label() -> Self {
        Self { size: tokens().size.label, weight: Weight::Regular, tone: Tone::Secondary }
    }

    pub(super) fn toned(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }

    pub(super) fn width(self, text: &str) -> f64 {
        font::text_width(text, self.size, self.weight)
    }

    pub(super) fn shortened(self, text: &str, room: f64) -> String {
        font::shortened(text, self.size, self.weight, room)
    }

    /// Each label on at most so many lines; those that differ stay different where that can be had.
    pub(super) fn told_apart(self, labels: &[&str], room: f64, lines: usize) -> Vec<Vec<String>> {
        font::told_apart(labels, self.size, self.weight, room, lines)
    }

    /// From a line's middle down to its baseline: half of Inter's capital height.
    pub(super) fn drop(self) -> f64 {
        self.size * 0.364
    }

    pub(super) fn line_height(self) -> f64 {
        self.size * 1.3
    }
}

/// A rectangle on the canvas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Room {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Room {
    pub(super) fn width(self) -> f64 {
        self.right - self.left
    }

    /// The square around a mark.
    pub(super) fn around((x, y): (f64, f64), half: f64) -> Self {
        Self { left: x - half, top: y - half, right: x + half, bottom: y + half }
    }

    pub(super) fn meets(self, other: Room) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }
}

/// A place where a text could stand: x, baseline, anchor.
pub(super) type Place = (f64, f64, Anchor);

/// The box a text fills: capitals and descenders.
pub(super) fn text_room(text: &str, (x, baseline, anchor): Place, kind: Type) -> Room {
    let width = kind.width(text);
    let left = match anchor {
        Anchor::Start => x,
        Anchor::Middle => x - width / 2.0,
        Anchor::End => x - width,
    };
    Room { left, top: baseline - kind.size * 0.76, right: left + width, bottom: baseline + kind.size * 0.22 }
}

/// One picture being drawn.
pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    width: f64,
    height: f64,
    texts: Vec<Room>,
    marks: Vec<Room>,
}

/// Draws a picture of `width` by `height` and returns the finished `<svg>` element.
pub(super) fn drawn(width: f64, height: f64, names: &svg::Names, paint: impl FnOnce(&mut Canvas)) -> String {
    let mut raw = String::new();
    {
        let pixels = (whole(width).unsigned_abs(), whole(height).unsigned_abs());
        let area = SVGBackend::with_string(&mut raw, pixels).into_drawing_area();
        let mut canvas = Canvas { area, width, height, texts: Vec::new(), marks: Vec::new() };
        paint(&mut canvas);
        written(&canvas.area.present());
    }
    svg::finished(&raw, width, height, names)
}

fn whole(units: f64) -> i32 {
    (units * FINENESS).round() as i32
}

fn at((x, y): (f64, f64)) -> (i32, i32) {
    (whole(x), whole(y))
}

/// The backend writes into a `String`; its only error is that of a file, so there is nothing to handle.
fn written<E>(outcome: &Result<(), DrawingAreaErrorKind<E>>)
where
    E: std::error::Error + Send + Sync,
{
    debug_assert!(outcome.is_ok());
}

impl Canvas<'_> {
    pub(super) fn line(&mut self, points: &[(f64, f64)], tone: Tone, width: f64) {
        if points.len() < 2 {
            return;
        }
        let style = tone.colour().stroke_width(whole(width).unsigned_abs());
        written(&self.area.draw(&PathElement::new(points.iter().copied().map(at).collect::<Vec<_>>(), style)));
    }

    pub(super) fn dashed(&mut self, points: &[(f64, f64)], tone: Tone, width: f64, (dash, gap): (f64, f64)) {
        if points.len() < 2 {
            return;
        }
        let style = tone.colour().stroke_width(whole(width).unsigned_abs());
        let points: Vec<_> = points.iter().copied().map(at).collect();
        let path = DashedPathElement::new(points, whole(dash), whole(gap), style);
        written(&self.area.draw(&path));
    }

    pub(super) fn area(&mut self, outline: &[(f64, f64)], tone: Tone) {
        if outline.len() < 3 {
            return;
        }
        let points: Vec<_> = outline.iter().copied().map(at).collect();
        written(&self.area.draw(&Polygon::new(points, tone.colour().filled())));
    }

    pub(super) fn bar(&mut self, room: Room, tone: Tone) {
        let corners = [at((room.left, room.top)), at((room.right, room.bottom))];
        written(&self.area.draw(&Rectangle::new(corners, tone.colour().filled())));
    }

    /// A horizontal bar with round ends.
    pub(super) fn pill(&mut self, from: f64, to: f64, middle: f64, thickness: f64, tone: Tone) {
        let half = thickness / 2.0;
        // The round ends stand inside: a band never reaches past its interval.
        let (from, to) = if to - from > thickness {
            (from + half, to - half)
        } else {
            (f64::midpoint(from, to), f64::midpoint(from, to))
        };
        self.bar(Room { left: from, top: middle - half, right: to, bottom: middle + half }, tone);
        self.disc((from, middle), half, tone);
        self.disc((to, middle), half, tone);
    }

    pub(super) fn disc(&mut self, centre: (f64, f64), radius: f64, tone: Tone) {
        written(&self.area.draw(&Circle::new(at(centre), whole(radius), tone.colour().filled())));
    }

    pub(super) fn square(&mut self, (x, y): (f64, f64), half: f64, tone: Tone) {
        self.bar(Room { left: x - half, top: y - half, right: x + half, bottom: y + half }, tone);
    }

    /// A hollow mark: a disc with paper inside.
    pub(super) fn ring(&mut self, centre: (f64, f64), radius: f64, tone: Tone) {
        self.disc(centre, radius, tone);
        self.disc(centre, radius - 1.4, Tone::Paper);
    }

    /// Writes a text where its place is already known to be free.
    pub(super) fn text(&mut self, text: &str, place: Place, kind: Type) {
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        if text.trim().is_empty() {
            return;
        }
        let room = text_room(&text, place, kind);
        let (x, baseline, anchor) = place;
        let side = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let cut = match kind.weight {
            Weight::Regular => FontStyle::Normal,
            Weight::SemiBold => FontStyle::Bold,
        };
        let font = FontDesc::new(FontFamily::Name(font::FAMILY), kind.size * FINENESS * PLOTTERS_FONT_DIVISOR, cut);
        let colour = kind.tone.colour();
        let style = TextStyle::from(font).color(&colour).pos(Pos::new(side, VPos::Bottom));
        written(&self.area.draw_text(&text, &style, at((x, baseline))));
        self.texts.push(room);
    }

    /// Writes a text at the first place where it meets no other text, leaves the canvas nowhere, and covers no mark
    /// if that can be had. Says whether there was one.
    pub(super) fn text_where_free(&mut self, text: &str, places: &[Place], kind: Type) -> bool {
        let place =
            self.free_place(text, places, kind, &self.marks).or_else(|| self.free_place(text, places, kind, &[]));
        let Some(place) = place.filter(|_| !text.is_empty()) else { return false };
        self.text(text, place, kind);
        true
    }

    /// The first place where a text would stay on the canvas, and meet neither another text nor a mark.
    pub(super) fn free_place(&self, text: &str, places: &[Place], kind: Type, marks: &[Room]) -> Option<Place> {
        let free = |place: &&Place| {
            let room = text_room(text, **place, kind);
            let inside = room.left >= 0.0 && room.top >= 0.0 && room.right <= self.width && room.bottom <= self.height;
            let airy = Room { left: room.left - 3.0, right: room.right + 3.0, ..room };
            inside && !self.texts.iter().chain(marks).any(|taken| airy.meets(*taken))
        };
        places.iter().find(free).copied()
    }

    /// Whether a place holds no text yet.
    pub(super) fn is_free(&self, room: Room) -> bool {
        !self.texts.iter().any(|taken| taken.meets(room))
    }

    /// Writes a text on a patch of paper, so that no line behind strikes it out.
    pub(super) fn text_on_paper(&mut self, text: &str, place: Place, kind: Type) {
        let room = text_room(text, place, kind);
        self.bar(Room { left: room.left - 4.0, top: room.top - 2.0, right: room.right + 4.0, ..room }, Tone::Paper);
        self.text(text, place, kind);
    }

    /// Lines of text centred on a middle.
    pub(super) fn lines_of_text(&mut self, lines: &[String], (x, middle): (f64, f64), kind: Type) {
        let pitch = kind.size * 1.15;
        let first = middle - pitch * (lines.len() as f64 - 1.0) / 2.0;
        for (index, line) in lines.iter().enumerate() {
            self.text(line, (x, first + pitch * index as f64 + kind.drop(), Anchor::Start), kind);
        }
    }

    /// Marks that free texts should stay clear of.
    pub(super) fn keep_clear(&mut self, room: Room) {
        self.marks.push(room);
    }
}

/// Moves middles apart, each as little as possible, until `heights` neither overlap nor leave `top..bottom`.
/// What has more weight moves less.
///
/// The order of the middles is kept. When all of them together are higher than the room, the last ones leave it below.
pub(super) fn spread(wanted: &[f64], heights: &[f64], weights: &[f64], top: f64, bottom: f64) -> Vec<f64> {
    struct Block {
        items: Vec<usize>,
        height: f64,
        weight: f64,
        /// Weighted sum of where each item would like the block to start.
        wish: f64,
    }
    let start = |block: &Block| (block.wish / block.weight).min(bottom - block.height).max(top);
    let mut order: Vec<usize> = (0..wanted.len().min(heights.len()).min(weights.len())).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]).then(a.cmp(&b)));
    let mut blocks: Vec<Block> = Vec::new();
    for item in order {
        let weight = weights[item];
        let wish = (wanted[item] - heights[item] / 2.0) * weight;
        let alone = Block { items: vec![item], height: heights[item], weight, wish };
        let mut newest = alone;
        while let Some(before) = blocks.pop() {
            if start(&before) + before.height <= start(&newest) {
                blocks.push(before);
                break;
            }
            let shifted = newest.wish - before.height * newest.weight;
            newest = Block {
                items: before.items.into_iter().chain(newest.items).collect(),
                height: before.height + newest.height,
                weight: before.weight + newest.weight,
                wish: before.wish + shifted,
            };
        }
        blocks.push(newest);
    }
    let mut placed = vec![0.0; wanted.len()];
    for block in &blocks {
        let mut from = start(block);
        for &item in &block.items {
            placed[item] = from + heights[item] / 2.0;
            from += heights[item];
        }
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spread_leaves_alone_what_does_not_touch() {
        assert_eq!(spread(&[50.0, 10.0], &[10.0, 10.0], &[1.0, 1.0], 0.0, 100.0), vec![50.0, 10.0]);
    }

    #[test]
    fn spread_moves_both_of_two_that_coincide() {
        assert_eq!(spread(&[50.0, 50.0], &[10.0, 20.0], &[1.0, 1.0], 0.0, 100.0), vec![42.5, 57.5]);
        assert_eq!(spread(&[2.0, 2.0], &[10.0, 10.0], &[1.0, 1.0], 0.0, 100.0), vec![5.0, 15.0]);
    }

    proptest! {
        #[test]
        fn spread_never_overlaps(wanted in prop::collection::vec(-20.0..120.0f64, 0..8)) {
            let heights = vec![10.0; wanted.len()];
            let mut placed = spread(&wanted, &heights, &heights, 0.0, 100.0);
            placed.sort_by(f64::total_cmp);
            prop_assert!(placed.windows(2).all(|pair| pair[1] - pair[0] >= 10.0 - 1e-9));
            prop_assert!(placed.iter().all(|middle| (5.0 - 1e-9..=95.0 + 1e-9).contains(middle)));
        }
    }
}
