//! The way of one cohort through the service: who went on at each stage, who still waits, who left.

use super::canvas::{Anchor, Canvas, Room, Tone, Type, drawn};
use super::figure::{Figure, Table, TableColumn};
use super::input::{Subject, Unit, reason_key, value};
use super::svg::Names;
use super::{Cell, WIDTH};
use crate::language::Words;
use crate::measure::{Estimate, Note};
use crate::release::Released;
use std::fmt::Display;

/// Stages of one way. They are nested: in a stage stand those who went on from the one before, and nobody else.
///
/// So all rows have one scale, and the first stage is its whole length. Where the numbers given do not nest, the caption
/// says so. A stage with a withheld part is not divided at all, because the other parts would give it away.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientPath {
    /// `counted` is what stands in every stage: "clients".
    pub subject: Subject,
    /// Who they are and how long they are followed: "Referred from July 2024 to June 2025, followed to 30 June 2026".
    pub cohort: String,
    pub stages: Vec<PathStage>,
}

/// One stage. Each part is a share of those who stand in it: numerator, denominator, estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct PathStage {
    /// "Referral", "Intake", "First service".
    pub label: String,
    /// What going on means here: "had an intake"; empty is "went on".
    pub next: String,
    pub went_on: Released<Estimate>,
    pub waiting: Released<Estimate>,
    pub left: Released<Estimate>,
    /// Who left by reason, each a share of all who stand in the stage; told in the table.
    pub left_by: Vec<PathReason>,
}

/// A reason for leaving.
#[derive(Debug, Clone, PartialEq)]
pub struct PathReason {
    pub label: String,
    pub estimate: Released<Estimate>,
}

/// Some of a stage: how many, and which share of it.
#[derive(Debug, Clone, Copy)]
struct Part {
    count: f64,
    share: Option<f64>,
}

/// One stage as it is drawn.
#[derive(Debug, Clone, Copy)]
struct Divided {
    people: f64,
    went_on: Part,
    waiting: Part,
    left: Part,
}

/// A stage with what can be told of it, or the key of why nothing can.
type Told<'a> = (&'a PathStage, Result<Divided, &'static str>);

impl Divided {
    /// The parts in order, with their tones and words.
    fn parts<'a>(self, stage: &'a PathStage, words: &'a Words) -> [(Tone, Part, &'a str); 3] {
        let next = if stage.next.is_empty() { words.of("path.went-on") } else { &stage.next };
        // Paper with a rim for who left: in greyscale too they are what is missing.
        [
            (Tone::Estimate, self.went_on, next),
            (Tone::Band, self.waiting, words.of("path.waiting")),
            (Tone::Paper, self.left, words.of("path.left")),
        ]
    }

    fn sum(self) -> f64 {
        self.went_on.count + self.waiting.count + self.left.count
    }
}

impl Part {
    /// "312 had an intake, 76%", "nobody left".
    fn words(self, what: &str, words: &Words) -> String {
        let share = self.share.map(|share| format!(", {}", words.share(share))).unwrap_or_default();
        if self.count == 0.0 {
            words.with("path.nobody", &[("what", &what)])
        } else {
            words.with("path.part", &[("count", &words.count(self.count)), ("what", &what), ("share", &share)])
        }
    }
}

/// Draws the stages of a way, one row each.
#[must_use]
pub fn client_path(input: &ClientPath) -> Figure {
    let subject = &input.subject;
    let stages = divided(&input.stages);
    let alt = told(input, &stages);
    let names = Names { name: &subject.name, title: &subject.title, alt: &alt };
    let height = TOP + ROW * stages.len().max(1) as f64;
    let svg = drawn(WIDTH, height, &names, |canvas| paint(canvas, input, &stages, height));
    Figure { svg, alt, caption: caption(input, &stages), table: table(input, &stages) }
}

fn divided(stages: &[PathStage]) -> Vec<Told<'_>> {
    // Those who went on are those of the next stage: withheld here, they are withheld there.
    let mut hidden = false;
    let mut told: Vec<Told> = Vec::new();
    for stage in stages {
        let found = match told.last() {
            _ if hidden => Err(WITHHELD),
            Some((_, Ok(before))) if before.went_on.count == 0.0 => divide(stage).or(Ok(NOBODY)),
            _ => divide(stage),
        };
        hidden = stage.went_on.note == Some(Note::Withheld);
        told.push((stage, found));
    }
    told
}

/// What stands where nobody went on to, if it has no numbers of its own.
const NOBODY: Divided = {
    let none = Part { count: 0.0, share: None };
    Divided { people: 0.0, went_on: none, waiting: none, left: none }
};

/// Keys of the catalogue.
const WITHHELD: &str = "reason.withheld";
const NO_DATA: &str = "reason.no-data";

fn divide(stage: &PathStage) -> Result<Divided, &'static str> {
    let parts = [&stage.went_on, &stage.waiting, &stage.left];
    if parts.iter().any(|part| part.note == Some(Note::Withheld)) {
        return Err(WITHHELD);
    }
    let known = |n: &f64| n.is_finite() && *n >= 0.0;
    let people = parts.iter().find_map(|part| part.denominator.filter(known));
    let part = |estimate: &Estimate| match (estimate.numerator.filter(known), people) {
        (Some(count), _) => Ok(Part { count, share: value(estimate) }),
        // A share of nobody has no counts.
        (None, Some(0.0)) => Ok(Part { count: 0.0, share: None }),
        (None, _) => Err(reason_key(estimate)),
    };
    let (went_on, waiting, left) = (part(&stage.went_on)?, part(&stage.waiting)?, part(&stage.left)?);
    Ok(Divided { people: people.ok_or(NO_DATA)?, went_on, waiting, left })
}

/// Air above the first bar.
const TOP: f64 = 8.0;
const BAR: f64 = 18.0;
/// A bar, the words under it, and air.
const ROW: f64 = 54.0;
/// From a bar's top to the baseline of the words under it.
const WORDS: f64 = 34.0;
const NAME: f64 = 150.0;
/// The square before words, with its air; and the air after words.
const SWATCH: f64 = 13.0;
/// Before words without a square.
const BARE: f64 = 4.0;
const AFTER: f64 = 16.0;
/// How wide the words of a part may be, so that three stand beside each other.
const PART: f64 = 150.0;

fn paint(canvas: &mut Canvas, input: &ClientPath, stages: &[Told], height: f64) {
    let words = &input.subject.words;
    let (name, small) = (Type::body(), Type::secondary());
    if stages.is_empty() {
        canvas.text(words.of("path.no-stages"), (0.0, height / 2.0 + small.drop(), Anchor::Start), small);
        return;
    }
    let names = stages.iter().map(|(stage, _)| name.width(&stage.label)).fold(0.0, f64::max).clamp(70.0, NAME);
    let labels: Vec<&str> = stages.iter().map(|(stage, _)| stage.label.as_str()).collect();
    let labels = name.told_apart(&labels, names, 2);
    let left = names + 18.0;
    let most = stages.iter().filter_map(|(_, found)| found.ok()).map(|d| d.people.max(d.sum())).fold(0.0, f64::max);
    let wide = |count: f64| if most > 0.0 { count / most * (WIDTH - left) } else { 0.0 };
    // First what ties the rows together, then what stands on it.
    for (index, pair) in stages.windows(2).enumerate() {
        if let [(_, Ok(here)), (_, Ok(next))] = pair
            && nests(here, next)
        {
            let top = TOP + ROW * index as f64 + BAR;
            let right = left + wide(here.went_on.count);
            canvas.bar(Room { left, top, right, bottom: top + ROW - BAR }, Tone::Range);
        }
    }
    for (index, ((stage, found), label)) in stages.iter().zip(&labels).enumerate() {
        let top = TOP + ROW * index as f64;
        canvas.lines_of_text(label, (0.0, top + BAR / 2.0), name);
        let divided = match found {
            Ok(divided) => divided,
            Err(why) => {
                canvas.text(words.of(why), (left, top + BAR / 2.0 + small.drop(), Anchor::Start), small);
                continue;
            }
        };
        let people = small.shortened(&people_words(divided.people, &input.subject), names);
        canvas.text(&people, (0.0, top + WORDS, Anchor::Start), small);
        if divided.people == 0.0 && divided.sum() == 0.0 {
            canvas.text(words.of("path.nobody-here"), (left, top + BAR / 2.0 + small.drop(), Anchor::Start), small);
            continue;
        }
        paint_bar(canvas, &divided.parts(stage, words), (left, top), wide);
        write_parts(canvas, &divided.parts(stage, words), words, (left, top + WORDS), wide);
    }
}

fn paint_bar(canvas: &mut Canvas, parts: &[(Tone, Part, &str); 3], at: (f64, f64), wide: impl Fn(f64) -> f64) {
    let (mut from, top) = at;
    for (tone, part, _) in parts {
        let to = from + wide(part.count);
        // A seam of paper between the parts, where they are wide enough to lose it.
        let seam = if to - from > 4.0 && from > at.0 { 1.2 } else { 0.0 };
        swatch(canvas, Room { left: from + seam, top, right: to, bottom: top + BAR }, *tone);
        from = to;
    }
}

/// A filled bar; one of paper has a rim.
fn swatch(canvas: &mut Canvas, room: Room, tone: Tone) {
    if room.width() <= 0.0 {
        return;
    }
    if tone != Tone::Paper {
        canvas.bar(room, tone);
        return;
    }
    let rim = 1.0;
    canvas.bar(room, Tone::Secondary);
    if room.width() > 2.0 * rim {
        let inside =
            Room { left: room.left + rim, top: room.top + rim, right: room.right - rim, bottom: room.bottom - rim };
        canvas.bar(inside, Tone::Paper);
    }
}

/// The words of each part under the place where it begins, moved apart where they would touch.
fn write_parts(
    canvas: &mut Canvas,
    parts: &[(Tone, Part, &str); 3],
    words: &Words,
    (left, baseline): (f64, f64),
    wide: impl Fn(f64) -> f64,
) {
    let kind = Type::secondary();
    let texts = parts.map(|(_, part, what)| {
        let full = part.words(what, words);
        // The words give way, never the number.
        let over = (kind.width(&full) - PART).max(0.0);
        if over > 0.0 { part.words(&kind.shortened(what, kind.width(what) - over), words) } else { full }
    });
    let begins = |part: &Part| if part.count == 0.0 { BARE } else { SWATCH };
    let widths: Vec<f64> =
        parts.iter().zip(&texts).map(|((_, part, _), text)| begins(part) + kind.width(text) + AFTER).collect();
    // In the order of the parts, each where its part begins, or after the words before it, and none past the edge.
    let (mut begin, mut free) = (left, left);
    let mut still: f64 = widths.iter().sum();
    let mut places = Vec::new();
    for ((_, part, _), width) in parts.iter().zip(&widths) {
        let at = begin.max(free).min(WIDTH + AFTER - still).max(free);
        places.push(at);
        begin += wide(part.count);
        free = at + width;
        still -= width;
    }
    for (((tone, part, _), text), at) in parts.iter().zip(&texts).zip(places) {
        if part.count == 0.0 {
            canvas.text(text, (at + BARE, baseline, Anchor::Start), kind);
            continue;
        }
        let middle = baseline - kind.drop();
        swatch(canvas, Room { left: at, top: middle - 4.5, right: at + 9.0, bottom: middle + 4.5 }, *tone);
        canvas.text(text, (at + SWATCH, baseline, Anchor::Start), kind.toned(Tone::Ink));
    }
}

/// "412 clients"; a single one has no plural to say.
fn people_words(people: f64, subject: &Subject) -> String {
    let counted = if (people - 1.0).abs() < 0.5 { "" } else { subject.counted.as_str() };
    format!("{} {counted}", subject.words.count(people)).trim().to_owned()
}

/// Whether those who went on are those of the next stage, as far as their numbers tell.
fn nests(here: &Divided, next: &Divided) -> bool {
    (here.went_on.count - next.people).abs() < 0.5
}

fn caption(input: &ClientPath, stages: &[Told]) -> String {
    let words = &input.subject.words;
    let mut said = vec![format!("{}.", input.subject.title)];
    if !input.cohort.is_empty() {
        said.push(format!("{}.", input.cohort.trim_end_matches('.')));
    }
    let known = || stages.iter().filter_map(|(stage, found)| found.ok().map(|divided| (stage, divided)));
    if known().any(|(_, divided)| divided.sum() > 0.0) {
        said.push(words.of("path.key-scale").to_owned());
    }
    if stages.len() > 1 {
        said.push(words.of("path.key-nested").to_owned());
    }
    for pair in stages.windows(2) {
        if let [(here, Ok(from)), (next, Ok(to))] = pair
            && !nests(from, to)
        {
            let places: [(&str, &dyn Display); 4] = [
                ("went_on", &words.count(from.went_on.count)),
                ("here", &here.label),
                ("people", &words.count(to.people)),
                ("next", &next.label),
            ];
            said.push(words.with("path.key-no-fit", &places));
        }
    }
    for (stage, divided) in known().filter(|(_, divided)| (divided.sum() - divided.people).abs() >= 0.5) {
        let places: [(&str, &dyn Display); 3] =
            [("stage", &stage.label), ("sum", &words.count(divided.sum())), ("people", &words.count(divided.people))];
        said.push(words.with("path.key-no-sum", &places));
    }
    said.join(" ")
}

fn told(input: &ClientPath, stages: &[Told]) -> String {
    let subject = &input.subject;
    let words = &subject.words;
    let mut alt = words.with("alt.path", &[("title", &subject.title)]);
    for (stage, found) in stages {
        let said = match found {
            Ok(divided) if divided.people == 0.0 && divided.sum() == 0.0 => {
                format!("{}: {}", stage.label, words.of("path.none"))
            }
            Ok(divided) => {
                let people = people_words(divided.people, subject);
                let parts = divided.parts(stage, words).map(|(_, part, what)| part.words(what, words));
                format!("{}, {people}: {}", stage.label, parts.join("; "))
            }
            Err(why) => format!("{}: {}", stage.label, words.of(why)),
        };
        alt += &format!(" {said}.");
    }
    if stages.is_empty() {
        alt += &format!(" {}", words.of("path.told-none"));
    }
    alt
}

/// Long: a line for all of a stage, for each part, and for each reason of leaving.
fn table(input: &ClientPath, stages: &[Told]) -> Table {
    let words = &input.subject.words;
    let mut columns = ["path.stage", "path.became"].map(|key| TableColumn::words(words.of(key))).to_vec();
    columns.extend(input.subject.numbers(&["path.count", "path.share"]));
    let mut rows = Vec::new();
    for (stage, found) in stages {
        let line = |what: &str, count: Cell, share: Option<f64>| {
            vec![Cell::text(stage.label.clone()), Cell::text(what), count, Unit::Share.cell(share, words)]
        };
        let divided = match found {
            Ok(divided) => divided,
            Err(why) => {
                rows.push(line(words.of("path.all"), Cell::text(words.of(why)), None));
                continue;
            }
        };
        rows.push(line(words.of("path.all"), Cell::count(Some(divided.people), words), None));
        for (_, part, what) in divided.parts(stage, words) {
            rows.push(line(what, Cell::count(Some(part.count), words), part.share));
        }
        // A single withheld reason would follow from all who left less the others.
        let withheld = |reason: &PathReason| reason.estimate.note == Some(Note::Withheld);
        let hides = stage.left_by.iter().filter(|reason| withheld(reason)).count() == 1;
        for why in &stage.left_by {
            let count = why.estimate.numerator.filter(|_| !hides);
            let missing = words.of(if hides { WITHHELD } else { reason_key(&why.estimate) });
            let cell = count.map_or_else(|| Cell::text(missing), |n| Cell::count(Some(n), words));
            rows.push(line(&words.with("path.left-by", &[("why", &why.label)]), cell, count.and(value(&why.estimate))));
        }
    }
    Table { name: input.subject.name.clone(), caption: input.subject.title.clone(), columns, rows }
}
