//! The way of one cohort through the service: who went on at each stage, who still waits, who left.
//!
//! Long because what is drawn of a stage and what is told of it stand together.

use super::canvas::{Anchor, Canvas, Room, Tone, Type, drawn};
use super::figure::{Figure, Table, TableColumn};
use super::input::{Subject, Unit, interval, reason_key, value};
use super::svg::Names;
use super::{Cell, WIDTH};
use crate::language::Words;
use crate::measure::{Estimate, Note};
use crate::release::Released;
use std::fmt::Display;

/// Stages of one way. They are nested: in a stage stand those who went on from the one before, and nobody else.
///
/// So all rows have one scale, and the first stage is its whole length. Where the numbers given do not nest, the caption
/// says so. Behind a withheld stage all are: who came through it would tell, by subtraction, who did not.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientPath {
    /// `counted` is what stands in every stage: "clients".
    pub subject: Subject,
    /// Who they are and how long they are followed: "Referred from July 2024 to June 2025, followed to 30 June 2026".
    pub cohort: String,
    pub stages: Vec<PathStage>,
}

/// One stage.
#[derive(Debug, Clone, PartialEq)]
pub struct PathStage {
    /// "Referral", "Intake", "First service".
    pub label: String,
    /// What going on means here, after a number of people: "taken in"; empty is "went on".
    pub next: String,
    /// What those do who are in it still: "still waiting".
    pub waiting: String,
    /// What those did who went no further: "left".
    pub left: String,
    /// The median days until half of the stage went on, and with it how many stand in the stage (its denominator), went on
    /// (its events) and are in it still (its censored ones); the others left. `None` where nobody came so far.
    pub wait: Option<Released<Estimate>>,
    /// Who left by reason; told in the table.
    pub left_by: Vec<PathReason>,
}

/// A reason for leaving; as many left for it as its denominator says.
#[derive(Debug, Clone, PartialEq)]
pub struct PathReason {
    pub label: String,
    pub estimate: Released<Estimate>,
}

/// Some of a stage: how many, and which share of it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Part {
    count: f64,
    share: Option<f64>,
}

/// One stage as it is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Divided {
    people: f64,
    went_on: Part,
    waiting: Part,
    left: Part,
    /// Days until half went on, with limits.
    half: Option<(f64, Option<(f64, f64)>)>,
    /// Fewer than half went on.
    not_half: bool,
}

/// A stage with what can be told of it, or the key of why nothing can.
type Told<'a> = (&'a PathStage, Result<Divided, &'static str>);

impl Divided {
    /// The parts in order, with their tones and words.
    fn parts<'a>(self, stage: &'a PathStage, words: &'a Words) -> [(Tone, Part, &'a str); 3] {
        let next = next_words(stage, words);
        // Paper with a rim for who left: in greyscale too they are what is missing.
        [
            (Tone::Estimate, self.went_on, next),
            (Tone::Band, self.waiting, &stage.waiting),
            (Tone::Paper, self.left, &stage.left),
        ]
    }

    /// "half taken in within 11 days", or nothing where nobody stands.
    fn half_words(self, stage: &PathStage, words: &Words) -> Option<String> {
        let next = next_words(stage, words);
        match self.half {
            Some((days, _)) => Some(half_within(next, days, (self.went_on.count, self.people), words)),
            None if self.not_half => Some(words.with("path.not-half", &[("next", &next)])),
            None => None,
        }
    }

    fn sum(self) -> f64 {
        self.went_on.count + self.waiting.count + self.left.count
    }
}

/// "half taken in within 11 days"; where fewer than half have, that is only to be expected of those who wait still.
pub fn half_within(next: &str, days: f64, (went_on, people): (f64, f64), words: &Words) -> String {
    let key = if went_on * 2.0 < people { "path.half-if" } else { "path.half" };
    words.with(key, &[("next", &next), ("days", &words.counted("count.days", days, &[]))])
}

fn next_words<'a>(stage: &'a PathStage, words: &'a Words) -> &'a str {
    if stage.next.is_empty() { words.of("path.went-on") } else { &stage.next }
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
    Figure { svg, alt, caption: caption(input, &stages), table: table(input, &stages), ends_right: false }
}

fn divided(stages: &[PathStage]) -> Vec<Told<'_>> {
    let mut hidden = false;
    let mut told: Vec<Told> = Vec::new();
    for stage in stages {
        let found = match told.last() {
            _ if hidden => Err(WITHHELD),
            Some((_, Ok(before))) if before.went_on.count == 0.0 => divide(stage).or(Ok(NOBODY)),
            _ => divide(stage),
        };
        hidden = hidden || found == Err(WITHHELD);
        told.push((stage, found));
    }
    told
}

/// What stands where nobody went on to, if it has no numbers of its own.
const NOBODY: Divided = {
    let none = Part { count: 0.0, share: None };
    Divided { people: 0.0, went_on: none, waiting: none, left: none, half: None, not_half: false }
};

/// Keys of the catalogue.
const WITHHELD: &str = "reason.withheld";
const NO_DATA: &str = "reason.no-data";

fn divide(stage: &PathStage) -> Result<Divided, &'static str> {
    let estimate = stage.wait.as_deref().ok_or(NO_DATA)?;
    let known = |n: &f64| n.is_finite() && *n >= 0.0;
    let counts = (estimate.denominator.filter(known), estimate.events, estimate.censored);
    let (Some(people), Some(went_on), Some(waiting)) = counts else { return Err(reason_key(estimate)) };
    let part = |count: f64| Part { count, share: (people > 0.0).then(|| count / people) };
    let (went_on, waiting) = (went_on as f64, waiting as f64);
    Ok(Divided {
        people,
        went_on: part(went_on),
        waiting: part(waiting),
        left: part((people - went_on - waiting).max(0.0)),
        half: value(estimate).map(|days| (days, interval(estimate))),
        not_half: estimate.note == Some(Note::NotReached),
    })
}

/// Air above the first bar.
const TOP: f64 = 8.0;
const BAR: f64 = 18.0;
/// A bar, two lines of words under it, and air.
const ROW: f64 = 68.0;
/// From a bar's top to the baseline of the words under it.
const WORDS: f64 = 34.0;
/// … and of how long it took.
const DAYS: f64 = 49.0;
const NAME: f64 = 150.0;
/// The square before words, with its air; and the air after words.
const SWATCH: f64 = 13.0;
/// Before words without a square.
const BARE: f64 = 4.0;
const AFTER: f64 = 16.0;

fn paint(canvas: &mut Canvas, input: &ClientPath, stages: &[Told], height: f64) {
    let (name, small) = (Type::body(), Type::secondary());
    let words = &input.subject.words;
    if stages.is_empty() {
        canvas.text(words.of("path.no-stages"), (0.0, height / 2.0 + small.drop(), Anchor::Start), small);
        return;
    }
    let people = |divided: &Divided| people_words(divided.people, &input.subject);
    let beside = stages.iter().map(|(stage, found)| {
        name.width(&stage.label).max(found.ok().map_or(0.0, |divided| small.width(&people(&divided))))
    });
    let names = beside.fold(0.0, f64::max).clamp(70.0, NAME);
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
        let people = small.shortened(&people(divided), names);
        canvas.text(&people, (0.0, top + WORDS, Anchor::Start), small);
        if divided.people == 0.0 && divided.sum() == 0.0 {
            canvas.text(words.of("path.nobody-here"), (left, top + BAR / 2.0 + small.drop(), Anchor::Start), small);
            continue;
        }
        let parts = divided.parts(stage, words);
        paint_bar(canvas, &parts, (left, top), wide);
        write_parts(canvas, &parts, words, (left, top + WORDS), wide);
        if let Some(half) = divided.half_words(stage, words) {
            let half = small.shortened(&half, WIDTH - left - BARE);
            canvas.text(&half, (left + BARE, top + DAYS, Anchor::Start), small);
        }
    }
}

fn paint_bar(canvas: &mut Canvas, parts: &[(Tone, Part, &str)], at: (f64, f64), wide: impl Fn(f64) -> f64) {
    let (mut from, top) = at;
    for (tone, part, _) in parts {
        let to = from + wide(part.count);
        // A seam of paper between the parts, where they are wide enough to lose it.
        let seam = if to - from > 4.0 && from > at.0 { 1.2 } else { 0.0 };
        swatch(canvas, Room { left: from + seam, top, right: to, bottom: top + BAR }, *tone);
        from = to;
    }
}

/// A filled bar; a pale one has a rim, so that it is seen where it is thin.
fn swatch(canvas: &mut Canvas, room: Room, tone: Tone) {
    if room.width() <= 0.0 {
        return;
    }
    if tone == Tone::Estimate {
        canvas.bar(room, tone);
        return;
    }
    let rim = 1.0;
    canvas.bar(room, Tone::Secondary);
    if room.width() > 2.0 * rim {
        let inside =
            Room { left: room.left + rim, top: room.top + rim, right: room.right - rim, bottom: room.bottom - rim };
        canvas.bar(inside, tone);
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
    let begins = |part: &Part| if part.count == 0.0 { BARE } else { SWATCH };
    let width = |part: &Part, text: &str| begins(part) + kind.width(text) + AFTER;
    let full = parts.map(|(_, part, what)| width(&part, &part.words(what, words)));
    // Where they do not fit beside each other, the longest words give way, never a number.
    let most = most_each(&full, WIDTH + AFTER - left);
    let told = parts.map(|(_, part, what)| {
        let text = part.words(what, words);
        let over = width(&part, &text) - most;
        if over > 0.0 { part.words(&kind.shortened(what, kind.width(what) - over), words) } else { text }
    });
    let widths: Vec<f64> = parts.iter().zip(&told).map(|((_, part, _), text)| width(part, text)).collect();
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
    for (((tone, part, _), text), at) in parts.iter().zip(&told).zip(places) {
        if part.count == 0.0 {
            canvas.text(text, (at + BARE, baseline, Anchor::Start), kind);
            continue;
        }
        let middle = baseline - kind.drop();
        swatch(canvas, Room { left: at, top: middle - 4.5, right: at + 9.0, bottom: middle + 4.5 }, *tone);
        canvas.text(text, (at + SWATCH, baseline, Anchor::Start), kind.toned(Tone::Ink));
    }
}

/// How wide each may be so that all fit into the room together: the longest give way first.
fn most_each(widths: &[f64], room: f64) -> f64 {
    let mut widths = widths.to_vec();
    widths.sort_by(f64::total_cmp);
    let (mut room, mut many) = (room, widths.len() as f64);
    for width in widths {
        if width * many > room {
            return room / many;
        }
        room -= width;
        many -= 1.0;
    }
    f64::INFINITY
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
    if stages.iter().any(|(_, found)| found.is_ok_and(|divided| divided.sum() > 0.0)) {
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
                let half = divided.half_words(stage, words).map(|half| format!("; {half}")).unwrap_or_default();
                format!("{}, {people}: {}{half}", stage.label, parts.join("; "))
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
    let numbers = ["path.count", "path.share", "path.days-until-half", "table.from", "table.to"];
    columns.extend(input.subject.numbers(&numbers));
    let days = Unit::Count;
    let mut rows = Vec::new();
    for (stage, found) in stages {
        let line = |what: &str, count: Cell, share: Option<f64>| {
            let mut cells =
                vec![Cell::text(stage.label.clone()), Cell::text(what), count, Unit::Share.cell(share, words)];
            cells.resize(columns.len(), Cell::text(""));
            cells
        };
        let divided = match found {
            Ok(divided) => divided,
            Err(why) => {
                rows.push(line(words.of("path.all"), Cell::text(words.of(why)), None));
                continue;
            }
        };
        rows.push(line(words.of("path.all"), Cell::count(Some(divided.people), words), None));
        for (at, (_, part, what)) in divided.parts(stage, words).into_iter().enumerate() {
            let mut cells = line(what, Cell::count(Some(part.count), words), part.share);
            if at == 0 {
                let limits = divided.half.and_then(|(_, limits)| limits);
                cells.truncate(4);
                cells.push(match divided.half {
                    None if divided.not_half => Cell::text(words.of("reason.not-reached")),
                    half => days.cell(half.map(|(days, _)| days), words),
                });
                cells.extend([limits.map(|l| l.0), limits.map(|l| l.1)].map(|limit| days.cell(limit, words)));
            }
            rows.push(cells);
        }
        // A single withheld reason would follow from all who left less the others.
        let withheld = |reason: &PathReason| reason.estimate.note == Some(Note::Withheld);
        let hides = stage.left_by.iter().filter(|reason| withheld(reason)).count() == 1;
        for why in &stage.left_by {
            let count = why.estimate.denominator.filter(|_| !hides);
            let missing = words.of(if hides { WITHHELD } else { reason_key(&why.estimate) });
            let cell = count.map_or_else(|| Cell::text(missing), |n| Cell::count(Some(n), words));
            let share = count.filter(|_| divided.people > 0.0).map(|n| n / divided.people);
            rows.push(line(&format!("{}: {}", stage.left, why.label), cell, share));
        }
    }
    Table { name: input.subject.name.clone(), caption: input.subject.title.clone(), columns, rows }
}
