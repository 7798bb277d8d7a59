//! Groups by their size against how far chance alone would put them: programs, teams, case managers. Never a rank.

use super::axis::Scale;
use super::canvas::drawn;
use super::figure::{Figure, Table, TableColumn};
use super::funnel_drawing::{HEIGHT, paint};
use super::input::{Axis, Signal, Subject, Unit, count_words, counted_words, interval, reason, value};
use super::number;
use super::svg::Names;
use super::{Cell, WIDTH};
use crate::measure::{Estimate, Position};
use crate::release::Released;

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

    /// "all together" or "as expected".
    pub(super) fn centre_words(&self) -> &'static str {
        match self.compared {
            Compared::Value => "all together",
            Compared::Ratio => "as expected",
        }
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
    fn position_words(&self) -> String {
        let side = match self.signal {
            Signal::None => "",
            Signal::Better => ", better",
            Signal::Worse => ", worse",
        };
        match self.position {
            Position::Within => "within".to_owned(),
            Position::Outside95 => format!("outside 95%{side}"),
            Position::Outside998 => format!("outside 99.8%{side}"),
            Position::None => "no limits".to_owned(),
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
    Figure { svg, alt, caption: caption(input, &placed, &scale, unnamed), table: table(input) }
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
    let any = |test: &dyn Fn(&FunnelGroup) -> bool| placed.iter().any(|p| test(p.group));
    let of = input.of.to_lowercase();
    let mut said = vec![format!("{}.", input.subject.title)];
    if !placed.is_empty() {
        said.push(format!("One mark per {of}: to the right the larger ones, higher up the higher values."));
    }
    if placed.is_empty() {
        said.push(format!("There is no {of} with a value to show."));
    } else if input.curves().is_empty() {
        said.push("No limits: nothing here says which differ by more than chance.".to_owned());
    } else {
        let why = if input.widened { "chance, and how much such groups differ anyway," } else { "chance alone" };
        said.push(format!("Grey band: where {why} would put 95 of 100; broken lines: 99.8 of 100."));
        if let Some(phi) = input.dispersion.filter(|phi| phi.is_finite()) {
            said.push(format!("They vary {} times as much as chance alone would make them.", number::decimal(phi, 1)));
        }
    }
    for (signal, words) in [
        (Signal::Better, "Green dots: outside, better."),
        (Signal::Worse, "Orange squares: outside, worse."),
        (Signal::None, "Blue dots: outside."),
    ] {
        if any(&|group| group.is_outside() && group.signal == signal) {
            said.push(words.to_owned());
        }
    }
    if any(&|group| group.position == Position::Outside998) {
        said.push("With a rim, name in bold: outside 99.8 of 100.".to_owned());
    }
    if any(&|group| group.position == Position::None) && !input.curves().is_empty() {
        said.push(match input.minimum {
            0 => "Hollow: not held against limits.".to_owned(),
            least => format!("Hollow: too few (under {least}), or of no {of}; not held against limits."),
        });
    }
    let missing = input.groups.len() - placed.len();
    if missing > 0 {
        said.push(format!("Not shown: {missing} without a value."));
    }
    if unnamed > 0 {
        said.push(format!("{unnamed} more outside had no room for a name; the table has all."));
    }
    if scale.from > 0.0 {
        said.push(format!("The axis starts at {}.", input.subject.unit.printed(scale.from)));
    }
    said.join(" ")
}

fn told(input: &Funnel, placed: &[Placed]) -> String {
    let Funnel { subject, size, .. } = input;
    let unit = &subject.unit;
    let mut alt = format!("Funnel chart: {}. {} shown", subject.title, placed.len());
    let sizes = placed.iter().map(|p| p.size).fold(None, |ends: Option<(f64, f64)>, size| {
        Some(ends.map_or((size, size), |(least, most)| (least.min(size), most.max(size))))
    });
    if let Some((least, most)) = sizes {
        let words = |size: f64| number::decimal(size, usize::from(size < 10.0 && size.fract() > 0.0));
        let (least, most) = (words(least), words(most));
        alt +=
            &if least == most { format!(", with {most} {size}") } else { format!(", with {least} to {most} {size}") };
    }
    alt += ".";
    if let Some(centre) = input.centre() {
        alt += &match input.compared {
            Compared::Value => format!(" All together {}.", unit.spoken(centre)),
            Compared::Ratio => format!(" As expected is {}.", unit.printed(centre)),
        };
    }
    for (position, words) in [(Position::Outside998, "99.8%"), (Position::Outside95, "95%")] {
        let there: Vec<&Placed> = placed.iter().filter(|p| p.group.position == position).collect();
        if there.is_empty() {
            continue;
        }
        let each: Vec<String> = there.iter().map(|p| outside_told(input, p)).collect();
        alt += &format!(" Outside the {words} limits: {}.", each.join("; "));
    }
    let count = |position| placed.iter().filter(|p| p.group.position == position).count();
    if count(Position::Within) > 0 {
        alt += &format!(" Within the limits: {}.", count(Position::Within));
    }
    if count(Position::None) > 0 {
        alt += &format!(" Not held against limits: {}.", count(Position::None));
    }
    let missing = input.by_name().into_iter().filter(|group| input.place(group).is_none());
    let missing: Vec<String> = missing.map(|group| format!("{} ({})", group.label, missing_words(group))).collect();
    if !missing.is_empty() {
        alt += &format!(" Not shown: {}.", missing.join(", "));
    }
    alt
}

/// "Harbor House 38% (41 of 108 referrals), worse, limits 50 to 74%"
fn outside_told(input: &Funnel, placed: &Placed) -> String {
    let unit = &input.subject.unit;
    let group = placed.group;
    let mut said = format!("{} {}", group.label, unit.printed(placed.value));
    said += &match (input.compared, group.ratio) {
        (Compared::Ratio, Some(ratio)) => observed_words(&ratio),
        _ => counted_words(&group.estimate, &input.subject.counted),
    };
    match group.signal {
        Signal::None => {}
        Signal::Better => said += ", better",
        Signal::Worse => said += ", worse",
    }
    if let Some(limits) = group.known_limits() {
        let (lower, upper) = match group.position {
            Position::Outside998 => (limits.lower_998, limits.upper_998),
            _ => (limits.lower_95, limits.upper_95),
        };
        said += &format!(", limits {}", unit.span(lower, upper));
    }
    said
}

/// " (31 observed, 24.2 expected)"
fn observed_words(ratio: &ObservedOverExpected) -> String {
    format!(" ({} observed, {} expected)", number::count(ratio.observed), number::decimal(ratio.expected, 1))
}

/// Why a group stands nowhere.
fn missing_words(group: &FunnelGroup) -> &'static str {
    if value(&group.estimate).is_some() { "size not known" } else { reason(&group.estimate) }
}

/// In the order of the names: a funnel ranks nobody.
fn table(input: &Funnel) -> Table {
    let unit = &input.subject.unit;
    let (heading, counts) = match input.compared {
        Compared::Ratio => ("Observed over expected".to_owned(), ["Observed", "Expected"]),
        Compared::Value => match unit {
            Unit::Share => ("Share".to_owned(), ["Numerator", "Denominator"]),
            Unit::Number { of, .. } if !of.is_empty() => (format!("Value ({of})"), ["Numerator", "Denominator"]),
            _ => ("Value".to_owned(), ["Numerator", "Denominator"]),
        },
    };
    let mut columns = vec![TableColumn::words(input.of.clone()), TableColumn::numbers(heading)];
    let limits = ["95% limit from", "95% limit to", "99.8% limit from", "99.8% limit to"];
    columns.extend(["95% from", "95% to"].into_iter().chain(counts).chain(limits).map(TableColumn::numbers));
    columns.push(TableColumn::words("Position"));
    let rows = input.by_name().into_iter().map(|group| {
        let Some(placed) = input.place(group) else {
            let mut row = vec![Cell::text(group.label.clone()), Cell::text(missing_words(group))];
            row.resize(columns.len(), Cell::text(""));
            return row;
        };
        let ratio = group.ratio.filter(|_| input.compared == Compared::Ratio);
        let (band, counts) = if let Some(ratio) = ratio {
            let expected = Unit::Number { decimals: 1, of: String::new() }.cell(Some(ratio.expected));
            (ratio.lower.zip(ratio.upper), [Cell::count(Some(ratio.observed)), expected])
        } else {
            let estimate = &group.estimate;
            (interval(estimate), [Cell::count(estimate.numerator), Cell::count(estimate.denominator)])
        };
        let limits = group.known_limits();
        let mut row = vec![Cell::text(group.label.clone()), unit.cell(Some(placed.value))];
        row.extend([band.map(|b| b.0), band.map(|b| b.1)].map(|v| unit.cell(v)));
        row.extend(counts);
        row.extend(
            [
                limits.map(|l| l.lower_95),
                limits.map(|l| l.upper_95),
                limits.map(|l| l.lower_998),
                limits.map(|l| l.upper_998),
            ]
            .map(|v| unit.cell(v)),
        );
        row.push(Cell::text(group.position_words()));
        row
    });
    let rows = rows.collect();
    Table { name: input.subject.name.clone(), caption: input.subject.title.clone(), columns, rows }
}

/// The name, value and count written beside a mark: "Harbor House 38%, 41 of 108".
pub(super) fn mark_words(input: &Funnel, placed: &Placed, name: &str) -> String {
    let count = match input.compared {
        Compared::Value => count_words(&placed.group.estimate),
        Compared::Ratio => String::new(),
    };
    let value = input.subject.unit.printed(placed.value);
    if count.is_empty() { format!("{name} {value}") } else { format!("{name} {value}, {count}") }
}
