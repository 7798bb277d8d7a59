//! Groups by their size against how far chance alone would put them: programs, teams, case managers. Never a rank.

use super::axis::{Scale, axis_starts};
use super::canvas::drawn;
use super::figure::{Figure, Table, TableColumn};
use super::funnel_drawing::{HEIGHT, paint};
use super::input::{Axis, Signal, Subject, Unit, count_words, counted_words, interval, reason, value};
use super::svg::Names;
use super::{Cell, WIDTH};
use crate::language::Words;
use crate::measure::{Estimate, Position};
use crate::release::Released;
use std::fmt::Display;

/// Groups of one period by size, with the limits for groups of every size.
#[derive(Debug, Clone, PartialEq)]
pub struct Funnel {
    /// Its unit is that of what stands against the limits: the estimate's, or of ratios a number with two decimals.
    pub subject: Subject,
    /// Heading of the groups' names in the table: "Program", "Case manager".
    pub of: String,
    /// What a group's size counts, below the axis: "referrals", "client-months", "expected returns".
    pub size: String,
    pub compared: Compared,
    /// In any order: they are told in the order of their names.
    pub groups: Vec<FunnelGroup>,
    /// What the limits stand around: the value of all groups together, or 1.
    pub centre: Option<f64>,
    /// The curves of the limits in order of size, best as far as 1.1 times the largest group's; without any, the groups stand alone and the caption says so.
    pub limits: Vec<FunnelLimits>,
    /// Whether the limits are widened because such groups differ by more than chance.
    pub widened: bool,
    /// How much more the groups vary than chance would make them: 1 is chance alone.
    pub dispersion: Option<f64>,
    /// Below this size a group is not held against limits; 0 where none is left out for that.
    pub minimum: u64,
    pub axis: Axis,
}

/// What stands against the limits, and what is a group's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// The estimate, by its denominator.
    Value,
    /// Observed over expected, by what is expected.
    Ratio,
}

/// One group. Where its estimate has no value, nothing of it is placed, whatever else is given.
#[derive(Debug, Clone, PartialEq)]
pub struct FunnelGroup {
    pub label: String,
    pub estimate: Released<Estimate>,
    /// For [`Compared::Ratio`].
    pub ratio: Option<ObservedOverExpected>,
    /// The limits at the group's own size.
    pub limits: Option<FunnelLimits>,
    /// Where the rule put it; the chart does not judge.
    pub position: Position,
    /// Which way a place outside the limits counts; none where neither way is better.
    pub signal: Signal,
}

/// What was seen in a group and what would be expected of one with its clients.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ObservedOverExpected {
    pub observed: f64,
    /// Above zero.
    pub expected: f64,
    pub ratio: f64,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
}

/// How far chance alone puts 95, and 99.8, of 100 groups of a size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FunnelLimits {
    pub size: f64,
    pub lower_95: f64,
    pub upper_95: f64,
    pub lower_998: f64,
    pub upper_998: f64,
}

/// A group where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed<'a> {
    pub group: &'a FunnelGroup,
    pub size: f64,
    pub value: f64,
}

impl Funnel {
    /// The groups that stand somewhere, in the order of their names.
    pub(super) fn placed(&self) -> Vec<Placed<'_>> {
        self.by_name().into_iter().filter_map(|group| self.place(group)).collect()
    }

    fn by_name(&self) -> Vec<&FunnelGroup> {
        let mut groups: Vec<&FunnelGroup> = self.groups.iter().collect();
        groups.sort_by_cached_key(|group| (group.label.to_lowercase(), group.label.clone()));
        groups
    }

    fn place<'a>(&self, group: &'a FunnelGroup) -> Option<Placed<'a>> {
        // Asked first, for ratios too: what is withheld gives no place away.
        let own = value(&group.estimate)?;
        let (size, value) = match self.compared {
            Compared::Value => (group.estimate.denominator?, own),
            Compared::Ratio => group.ratio.map(|ratio| (ratio.expected, ratio.ratio))?,
        };
        (size.is_finite() && size > 0.0 && value.is_finite()).then_some(Placed { group, size, value })
    }

    /// The curves' points that can be drawn.
    pub(super) fn curves(&self) -> Vec<FunnelLimits> {
        self.limits.iter().copied().filter(FunnelLimits::is_known).collect()
    }

    pub(super) fn centre(&self) -> Option<f64> {
        self.centre.filter(|centre| centre.is_finite())
    }

    /// "these together" or "as expected".
    pub(super) fn centre_words(&self) -> &str {
        self.subject.words.of(match self.compared {
            Compared::Value => "funnel.all-together",
            Compared::Ratio => "funnel.as-expected",
        })
    }
}

impl FunnelLimits {
    fn is_known(&self) -> bool {
        let Self { size, lower_95, upper_95, lower_998, upper_998 } = *self;
        size > 0.0 && [size, lower_95, upper_95, lower_998, upper_998].iter().all(|v| v.is_finite())
    }
}

impl FunnelGroup {
    pub(super) fn is_outside(&self) -> bool {
        matches!(self.position, Position::Outside95 | Position::Outside998)
    }

    fn known_limits(&self) -> Option<FunnelLimits> {
        self.limits.filter(FunnelLimits::is_known)
    }

    /// "outside 95%, better"
    fn position_words(&self, words: &Words) -> String {
        let outside = |key: &str| format!("{}{}", words.of(key), self.side_words(words));
        match self.position {
            Position::Within => words.of("funnel.within").to_owned(),
            Position::Outside95 => outside("funnel.outside-95"),
            Position::Outside998 => outside("funnel.outside-998"),
            Position::None => words.of("funnel.no-limits").to_owned(),
        }
    }

    /// ", better"
    fn side_words<'a>(&self, words: &'a Words) -> &'a str {
        match self.signal {
            Signal::None => "",
            Signal::Better => words.of("told.better"),
            Signal::Worse => words.of("told.worse"),
        }
    }
}

/// Draws groups by their size against the limits of chance.
#[must_use]
pub fn funnel(input: &Funnel) -> Figure {
    let subject = &input.subject;
    let placed = input.placed();
    let scale = scale(input, &placed);
    let alt = told(input, &placed);
    let names = Names { name: &subject.name, title: &subject.title, alt: &alt };
    let mut unnamed = 0;
    let svg = drawn(WIDTH, HEIGHT, &names, |canvas| unnamed = paint(canvas, input, &placed, &scale));
    Figure { svg, alt, caption: caption(input, &placed, &scale, unnamed), table: table(input), ends_right: false }
}

/// Holds every group, and the 95% limits of those that have some; the curves may leave it where groups are smaller.
fn scale(input: &Funnel, placed: &[Placed]) -> Scale {
    let own = placed.iter().filter_map(|p| p.group.known_limits()).flat_map(|l| [l.lower_95, l.upper_95]);
    let largest = input.curves().last().filter(|_| !placed.is_empty()).map(|l| [l.lower_998, l.upper_998]);
    let values = placed.iter().map(|p| p.value).chain(own).chain(input.centre()).chain(largest.into_iter().flatten());
    Scale::holding(values, &input.subject.unit, input.axis, 4)
}

/// How to read it; only what is there.
fn caption(input: &Funnel, placed: &[Placed], scale: &Scale, unnamed: usize) -> String {
    let words = &input.subject.words;
    let any = |test: &dyn Fn(&FunnelGroup) -> bool| placed.iter().any(|p| test(p.group));
    let of = input.of.to_lowercase();
    let mut said = vec![format!("{}.", input.subject.title)];
    if !placed.is_empty() {
        said.push(words.with("funnel.key-marks", &[("of", &of)]));
    }
    if placed.is_empty() {
        said.push(words.with("funnel.key-none", &[("of", &of)]));
    } else if input.curves().is_empty() {
        said.push(words.of("funnel.key-no-limits").to_owned());
    } else {
        said.push(words.of(if input.widened { "funnel.key-band-widened" } else { "funnel.key-band" }).to_owned());
        if let Some(phi) = input.dispersion.filter(|phi| phi.is_finite()) {
            said.push(words.with("funnel.key-dispersion", &[("times", &words.decimal(phi, 1))]));
        }
    }
    for (signal, key) in [
        (Signal::Better, "funnel.key-better"),
        (Signal::Worse, "funnel.key-worse"),
        (Signal::None, "funnel.key-outside"),
    ] {
        if any(&|group| group.is_outside() && group.signal == signal) {
            said.push(words.of(key).to_owned());
        }
    }
    if any(&|group| group.position == Position::Outside998) {
        said.push(words.of("funnel.key-rim").to_owned());
    }
    if any(&|group| group.position == Position::None) && !input.curves().is_empty() {
        said.push(match input.minimum {
            0 => words.of("funnel.key-hollow").to_owned(),
            least => words.with("funnel.key-hollow-few", &[("least", &words.count(least as f64)), ("of", &of)]),
        });
    }
    let missing = input.groups.len() - placed.len();
    if missing > 0 {
        said.push(words.counted("funnel.key-missing", missing as f64, &[]));
    }
    if unnamed > 0 {
        said.push(words.counted("funnel.key-unnamed", unnamed as f64, &[]));
    }
    if scale.from > 0.0 {
        said.push(axis_starts(&input.subject, scale.from));
    }
    said.join(" ")
}

fn told(input: &Funnel, placed: &[Placed]) -> String {
    let Funnel { subject, size, .. } = input;
    let words = &subject.words;
    let sizes = placed.iter().map(|p| p.size).fold(None, |ends: Option<(f64, f64)>, size| {
        Some(ends.map_or((size, size), |(least, most)| (least.min(size), most.max(size))))
    });
    let with_sizes = sizes.map(|(least, most)| {
        let number = |size: f64| words.decimal(size, usize::from(size < 10.0 && size.fract() > 0.0));
        words.with("funnel.sizes", &[("range", &words.range(&number(least), &number(most))), ("size", size)])
    });
    let with_sizes = with_sizes.unwrap_or_default();
    let shown = words.counted("alt.funnel", placed.len() as f64, &[("title", &subject.title), ("sizes", &with_sizes)]);
    let mut said = vec![shown];
    if let Some(centre) = input.centre() {
        said.push(match input.compared {
            Compared::Value => words.with("funnel.told-together", &[("value", &subject.spoken(centre))]),
            Compared::Ratio => words.with("funnel.told-expected", &[("value", &subject.printed(centre))]),
        });
    }
    for (position, key) in
        [(Position::Outside998, "funnel.told-outside-998"), (Position::Outside95, "funnel.told-outside-95")]
    {
        let there: Vec<&Placed> = placed.iter().filter(|p| p.group.position == position).collect();
        if !there.is_empty() {
            let each: Vec<String> = there.iter().map(|p| outside_told(input, p)).collect();
            said.push(words.with(key, &[("groups", &each.join("; "))]));
        }
    }
    let count = |position| placed.iter().filter(|p| p.group.position == position).count();
    if count(Position::Within) > 0 {
        said.push(words.with("funnel.told-within", &[("count", &count(Position::Within))]));
    }
    if count(Position::None) > 0 {
        said.push(words.with("funnel.told-no-limits", &[("count", &count(Position::None))]));
    }
    let missing = input.by_name().into_iter().filter(|group| input.place(group).is_none());
    let missing: Vec<String> =
        missing.map(|group| format!("{} ({})", group.label, missing_words(group, words))).collect();
    if !missing.is_empty() {
        said.push(words.with("funnel.told-missing", &[("groups", &missing.join(", "))]));
    }
    said.join(" ")
}

/// "Harbor House: 38% (41 of 108 referrals), worse, limits 50 to 74%"
fn outside_told(input: &Funnel, placed: &Placed) -> String {
    let subject = &input.subject;
    let words = &subject.words;
    let group = placed.group;
    let mut said = format!("{}: {}", group.label, subject.printed(placed.value));
    said += &match (input.compared, group.ratio) {
        (Compared::Ratio, Some(ratio)) => observed_words(&ratio, words),
        _ => counted_words(&group.estimate, subject),
    };
    said += group.side_words(words);
    if let Some(limits) = group.known_limits() {
        let (lower, upper) = match group.position {
            Position::Outside998 => (limits.lower_998, limits.upper_998),
            _ => (limits.lower_95, limits.upper_95),
        };
        said += &words.with("told.limits", &[("range", &subject.span(lower, upper))]);
    }
    said
}

/// " (31 observed, 24.2 expected)"
fn observed_words(ratio: &ObservedOverExpected, words: &Words) -> String {
    let places: [(&str, &dyn Display); 2] =
        [("observed", &words.count(ratio.observed)), ("expected", &words.decimal(ratio.expected, 1))];
    format!(" ({})", words.with("funnel.observed", &places))
}

/// Why a group stands nowhere.
fn missing_words<'a>(group: &FunnelGroup, words: &'a Words) -> &'a str {
    if value(&group.estimate).is_some() { words.of("funnel.size-unknown") } else { reason(&group.estimate, words) }
}

/// In the order of the names: a funnel ranks nobody.
fn table(input: &Funnel) -> Table {
    let subject = &input.subject;
    let words = &subject.words;
    let (heading, counts) = match input.compared {
        Compared::Ratio => (words.of("table.observed-over-expected").to_owned(), ["table.observed", "table.expected"]),
        Compared::Value => (subject.value_heading(), ["table.numerator", "table.denominator"]),
    };
    let mut columns = vec![TableColumn::words(input.of.clone()), TableColumn::numbers(heading)];
    columns.extend(subject.numbers(&["table.from", "table.to"]));
    columns.extend(subject.numbers(&counts));
    columns.extend(subject.numbers(&[
        "table.limit-95-from",
        "table.limit-95-to",
        "table.limit-998-from",
        "table.limit-998-to",
    ]));
    columns.push(TableColumn::words(words.of("table.position")));
    let rows = input.by_name().into_iter().map(|group| {
        let Some(placed) = input.place(group) else {
            let mut row = vec![Cell::text(group.label.clone()), Cell::text(missing_words(group, words))];
            row.resize(columns.len(), Cell::text(""));
            return row;
        };
        let ratio = group.ratio.filter(|_| input.compared == Compared::Ratio);
        let (band, counts) = if let Some(ratio) = ratio {
            let expected = Unit::Number { decimals: 1, of: String::new() }.cell(Some(ratio.expected), words);
            (ratio.lower.zip(ratio.upper), [subject.count(Some(ratio.observed)), expected])
        } else {
            let estimate = &group.estimate;
            (interval(estimate), [subject.count(estimate.numerator), subject.count(estimate.denominator)])
        };
        let limits = group.known_limits();
        let mut row = vec![Cell::text(group.label.clone()), subject.cell(Some(placed.value))];
        row.extend([band.map(|b| b.0), band.map(|b| b.1)].map(|v| subject.cell(v)));
        row.extend(counts);
        row.extend(
            [
                limits.map(|l| l.lower_95),
                limits.map(|l| l.upper_95),
                limits.map(|l| l.lower_998),
                limits.map(|l| l.upper_998),
            ]
            .map(|v| subject.cell(v)),
        );
        row.push(Cell::text(group.position_words(words)));
        row
    });
    let rows = rows.collect();
    Table { name: subject.name.clone(), caption: subject.title.clone(), columns, rows }
}

/// The name, value and count written beside a mark: "Harbor House 38%, 41 of 108".
pub(super) fn mark_words(input: &Funnel, placed: &Placed, name: &str) -> String {
    let count = match input.compared {
        Compared::Value => count_words(&placed.group.estimate, &input.subject.words),
        Compared::Ratio => String::new(),
    };
    let value = input.subject.printed(placed.value);
    if count.is_empty() { format!("{name}: {value}") } else { format!("{name}: {value}, {count}") }
}
