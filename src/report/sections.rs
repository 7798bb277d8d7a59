//! The pages after the first: one question each, the chart that answers it, its sentence above, its numbers below.
//!
//! Long because what a section says and the figures under it are of the same estimates, looked up once.

use super::build::{Facts, paragraph};
use super::definition::{Definition, Span};
use super::document::{Block, Phrase, Section};
use super::entries::{Others, SectionEntry};
use super::figure_kinds::{FigureKind, recent};
use super::figures::{Figures, unit};
use super::limits::{History, Now, beyond_chance, change_of_programs, history, moved};
use super::narrative;
use super::objectives;
use super::overdue;
use super::path;
use super::people;
use super::programs;
use super::quarters;
use super::scorecard;
use super::words::{self, count, plain, short_span, span};
use crate::chart::{
    self, Axis, Cell, Curve, Curves, DayTarget, Figure, Row, Rows, Signal, Subject, Table, TableColumn, Trend, Unit,
    reason,
};
use crate::language::Words;
use crate::measure::{Direction, Estimate, Group, Metric, Note, Statistic};
use crate::project::Period;
use crate::release::Released;
use std::fmt::Display;

/// A section of the definition.
pub fn section(
    definition: &Definition,
    entry: &SectionEntry,
    rows: &[scorecard::Row<'_>],
    figures: &Figures,
    facts: &Facts<'_>,
) -> Section {
    let mut blocks: Vec<Block> = entry.text.iter().map(paragraph).collect();
    if let Some(metric) = entry.metric.as_ref().and_then(|name| facts.catalogue.get(name)) {
        let span = definition.span(&definition.entry(&metric.name), facts.month, facts.as_of, facts.first);
        let about = About { definition, metric, span: &span, figures, facts };
        let absent = if metric.header.stages.is_empty() {
            let row = scorecard::row(definition, definition.entry(&metric.name), metric, figures, facts);
            blocks.push(Block::Lead { phrases: lead(definition, &row, figures, facts) });
            blocks.extend(how_sure(&row, facts.words).map(paragraph));
            !row.absent.is_empty()
        } else {
            blocks.push(Block::Lead { phrases: path::lead(&about) });
            facts.not_collected.contains_key(&metric.name)
        };
        if !absent {
            blocks.extend(entry.figures.iter().flat_map(|kind| figure(*kind, &about)));
        }
    } else if entry.figures.contains(&FigureKind::Targets) {
        let shares = programs::shares(rows);
        // What the heading asks is answered before it is explained how the figure is read.
        blocks.splice(0..0, programs::changed_in_a_year(&shares, facts.words).map(paragraph));
        blocks.extend(programs::against_a_year_before(shares, facts.words).map(|figure| Block::Figure { figure }));
    }
    if !entry.overdue.is_empty() {
        blocks.extend(overdue::blocks(definition, &entry.overdue, figures, facts));
    }
    if entry.objectives {
        blocks.extend(objectives::table(rows, facts.words));
    }
    if !entry.quarters.is_empty() {
        blocks.extend(quarters::blocks(definition, &entry.quarters, figures, facts));
    }
    if let Some(people) = &entry.people {
        blocks.extend(people::blocks(definition, people, figures, facts));
    }
    if let Some(form) = &entry.form {
        blocks.push(Block::Form { columns: form.columns.clone(), rows: form.rows });
    }
    Section { id: entry.id(), heading: entry.heading.clone(), new_page: entry.new_page, blocks }
}

/// The sentences above the chart.
fn lead(definition: &Definition, row: &scorecard::Row<'_>, figures: &Figures, facts: &Facts<'_>) -> Vec<Phrase> {
    let mut phrases = narrative::told(&row.known()).phrases;
    // Where there is no figure, parts of it have nothing to explain.
    if row.value().is_none() {
        return phrases;
    }
    let more = [where_changed, below_target].map(|said| said(definition, row.metric, figures, facts, words::NAMED));
    phrases.extend(more.into_iter().flatten().map(|said| plain(format!(" {said}"))));
    phrases
}

/// "The 95% interval is 56 to 73%. In June 2026 (65%) the expected range was 44 to 72% (p chart, …).": for whoever knows
/// what that is.
fn how_sure(row: &scorecard::Row<'_>, words: &Words) -> Option<String> {
    let limits = row.now.filter(|e| e.estimate.is_some() && !row.metric.header.stock);
    let range = limits.and_then(|e| Some(row.unit.span(e.lower?, e.upper?, words)));
    let interval = range.map(|range| words.with("section.interval", &[("range", &range)]));
    let said: Vec<String> = interval.into_iter().chain(tested(&row.history, &row.unit, words)).collect();
    (row.value().is_some() && !said.is_empty()).then(|| said.join(" "))
}

/// The expected range of the month that the verdict is about.
fn tested(history: &History, unit: &Unit, words: &Words) -> Option<String> {
    let tested = history.tested.as_ref()?;
    let point = history.points.iter().find(|point| point.estimate.period.label == tested.label)?;
    let expected = point.expected?;
    let places: [(&str, &dyn Display); 4] = [
        ("month", &span(tested, words)),
        ("value", &unit.printed(point.estimate.estimate?, words)),
        ("range", &unit.span(expected.lower, expected.upper, words)),
        ("method", &history.method),
    ];
    Some(words.with("section.expected", &places))
}

/// What the figures of a section are made from.
pub struct About<'a> {
    pub definition: &'a Definition,
    pub metric: &'a Metric,
    pub span: &'a Span,
    pub figures: &'a Figures,
    pub facts: &'a Facts<'a>,
}

impl About<'_> {
    pub fn subject(&self, kind: &str, title: String, statistic: Statistic) -> Subject {
        let metric = self.metric;
        Subject {
            name: format!("{}-{kind}", metric.name.replace('_', "-")),
            title,
            counted: metric.header.counted.clone().unwrap_or_default(),
            unit: unit(metric, statistic, self.facts.words),
            words: self.facts.words.clone(),
        }
    }

    /// A title of the catalogue, with the metric's label and a period.
    pub fn titled(&self, key: &str, period: Option<&Period>) -> String {
        let words = self.facts.words;
        let period = period.map(|period| span(period, words)).unwrap_or_default();
        words.with(key, &[("label", &self.label()), ("period", &period)])
    }

    pub fn label(&self) -> String {
        self.definition.label(self.metric)
    }

    pub fn program(&self, id: Option<&str>) -> String {
        id.map_or_else(
            || self.facts.words.of("table.unknown").to_owned(),
            |id| program_name(self.facts, Some(id)).to_owned(),
        )
    }

    /// Of a group, or else of everybody.
    pub fn target(&self, group: &Group) -> Option<f64> {
        let headline = self.metric.header.headline();
        let of = |group: &Group| self.facts.targets.of(&self.metric.name, headline.statistic, headline.at, group);
        of(group).or_else(|| of(&Group::default()))
    }

    /// The months that programs are shown for: the recent ones, and where a change is going on only those since it began.
    pub fn focus(&self) -> Period {
        if self.metric.header.stock {
            return recent(self.metric, self.span);
        }
        focus(self.definition, self.metric, self.figures, self.span, self.facts.words)
    }

    /// What [`About::focus`] stands beside: the year before a change, or the same months a year before.
    pub fn before(&self) -> Period {
        let About { definition, metric, span, figures, facts } = *self;
        let change =
            change_of_programs(definition, figures, metric, span, facts.words).filter(|_| !metric.header.stock);
        change.map_or_else(|| recent(self.metric, self.span).months_before(12), |change| change.before)
    }
}

/// A figure, with the sentences that belong above it; nothing where there is nothing to show.
fn figure(kind: FigureKind, about: &About<'_>) -> Vec<Block> {
    let one = |figure: Option<Figure>| figure.map(|figure| Block::Figure { figure }).into_iter().collect();
    match kind {
        FigureKind::Trend => one(trend(about)),
        FigureKind::ShareByDay => {
            one(curves(about, &about.span.recent, Since::Referral).map(|c| chart::share_by_day(&c)))
        }
        FigureKind::ReturnCurve => {
            one(curves(about, &about.span.everybody, Since::Exit).map(|c| chart::return_curve(&c)))
        }
        FigureKind::GoalsByDomain => one(domains(about)),
        FigureKind::Programs => one(programs::side_by_side(about)),
        FigureKind::ProgramTargets => one(programs::against_targets(about)),
        FigureKind::ProgramHistory => one(programs::histories(about)),
        FigureKind::ProgramFunnel => programs::funnel(about, &programs::PROGRAMS),
        FigureKind::CaseManagerFunnel => programs::funnel(about, &programs::CASE_MANAGERS),
        FigureKind::Caseloads => one(programs::caseloads(about)),
        FigureKind::ClientPath => one(path::figure(about)),
        // Of no metric: the definition's check lets it stand only where there is none.
        FigureKind::Targets => Vec::new(),
    }
}

fn trend(about: &About<'_>) -> Option<Figure> {
    let headline = about.metric.header.headline();
    let points = history(about.definition, about.figures, about.metric, about.span, about.facts.words).points;
    chart::has_values(&points).then(|| {
        chart::trend(&Trend {
            subject: about.subject("trend", about.titled("section.by-month", None), headline.statistic),
            points,
            target: about.target(&Group::default()),
            axis: Axis::Full,
        })
    })
}

fn domains(about: &About<'_>) -> Option<Figure> {
    let period = &about.span.recent;
    let words = about.facts.words;
    let rows = rows(about, period, "domain", &|value| words::capital(&words::code(value, words)));
    let title = about.titled("section.by-domain", Some(period));
    (!rows.is_empty()).then(|| {
        chart::goals_by_domain(&Rows {
            subject: about.subject("domains", title, about.metric.header.headline().statistic),
            of: words.of("table.domain").into(),
            rows,
            axis: Axis::Full,
        })
    })
}

/// One row per value of a breakdown, in the order of the labels, unknown last.
pub fn rows(about: &About<'_>, period: &Period, dimension: &str, label: &dyn Fn(&str) -> String) -> Vec<Row> {
    let headline = about.metric.header.headline();
    let mut rows: Vec<(bool, Row)> = about
        .figures
        .by(about.metric, period, headline, dimension)
        .into_iter()
        .map(|(value, estimate)| {
            let label = value.map_or_else(|| about.facts.words.of("table.unknown").to_owned(), label);
            (value.is_none(), Row { label, target: about.target(&estimate.group), estimate: estimate.clone() })
        })
        .collect();
    rows.sort_by_cached_key(|(unknown, row)| (*unknown, words::order(&row.label)));
    rows.into_iter().map(|(_, row)| row).collect()
}

/// What the days of a curve count from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Since {
    Referral,
    Exit,
}

fn curves(about: &About<'_>, period: &Period, since: Since) -> Option<Curves> {
    let About { metric, figures, facts, .. } = *about;
    let words = facts.words;
    let with_target = since == Since::Referral;
    let event = metric.header.events.first()?;
    let reached = words::code(event, words);
    let points = observed(figures.curve(&metric.name, period, event));
    if points.is_empty() {
        return None;
    }
    let headline = metric.header.headline();
    let target = about.target(&Group::default());
    let last = points.last().and_then(|e| e.at).unwrap_or(0);
    Some(Curves {
        subject: about.subject(
            "by-day",
            match since {
                Since::Referral => {
                    words.with("section.since-referral", &[("event", &reached), ("period", &span(period, words))])
                }
                Since::Exit => {
                    words.with("section.since-exit", &[("event", &reached), ("day", &words.day(period.last_day()))])
                }
            },
            Statistic::ShareByDay,
        ),
        curves: vec![Curve { label: reached, points }],
        competing: None,
        horizons: metric.header.horizons.iter().copied().filter(|day| *day <= last).collect(),
        target: target.zip(headline.at).filter(|_| with_target).map(|(share, day)| DayTarget { day, share }),
        since: words.of(if with_target { "section.the-referral" } else { "section.the-exit" }).into(),
        axis: if with_target { Axis::Full } else { Axis::Fitted },
    })
}

/// The curve up to the last day on which it rests on enough people; steps of a few would show single people.
fn observed(points: Vec<Released<Estimate>>) -> Vec<Released<Estimate>> {
    const LEAST_AT_RISK: u64 = 10;
    // Outside the agency the release step has ended the curve; how many were left does not go with it.
    points.into_iter().take_while(|e| e.estimate.is_some() && e.at_risk.is_none_or(|n| n >= LEAST_AT_RISK)).collect()
}

/// The recent months; where a change is going on, only those since it began.
fn focus(definition: &Definition, metric: &Metric, figures: &Figures, span_: &Span, words: &Words) -> Period {
    let change = change_of_programs(definition, figures, metric, span_, words);
    change.map_or_else(|| span_.recent.clone(), |change| change.since)
}

pub fn program_name<'a>(facts: &'a Facts<'_>, id: Option<&'a str>) -> &'a str {
    id.map_or(facts.words.of("table.unknown-name"), |id| facts.programs.get(id).map_or(id, String::as_str))
}

/// "Below the target beyond chance, July 2025 to June 2026: Probation (57%, 41 of 72)."
pub fn below_target(
    definition: &Definition,
    metric: &Metric,
    figures: &Figures,
    facts: &Facts<'_>,
    most: usize,
) -> Option<String> {
    let headline = metric.header.headline();
    let span_ = definition.span(&definition.entry(&metric.name), facts.month, facts.as_of, facts.first);
    let period = focus(definition, metric, figures, &span_, facts.words);
    let words = facts.words;
    let unit = unit(metric, headline.statistic, words);
    let target_of = |group: &Group| facts.targets.of(&metric.name, headline.statistic, headline.at, group);
    let mut missed = Vec::new();
    for (value, estimate) in figures.by(metric, &period, headline, "program") {
        let Some(target) = target_of(&estimate.group).or_else(|| target_of(&Group::default())) else { continue };
        if let Some(now) = estimate.estimate.filter(|_| beyond_chance(estimate, target, metric)) {
            let n = count(estimate, "", words);
            // "57%, 41 of 72", and "57% of 72" where the part is not a plain count.
            let joint = if estimate.numerator.is_none() && estimate.censored != Some(0) { " " } else { ", " };
            let said = format!("{} ({}{joint}{n})", program_name(facts, value), unit.printed(now, words));
            missed.push(((now - target).abs(), said));
        }
    }
    let higher = metric.header.direction_of(headline.statistic) == Direction::Higher;
    let key = if higher { "section.below-target" } else { "section.above-target" };
    if missed.is_empty() {
        return None;
    }
    let said = words.with(key, &[("period", &span(&period, words)), ("programs", &words::named(missed, most, words))]);
    let shown = figures.by(metric, &period, headline, "program");
    Some(with_others(said, shown.iter().map(|(_, e)| *e), words))
}

/// "The change is in Harbor Housing (43% to 86%).": the programs whose figure differs from the year before the change.
pub fn where_changed(
    definition: &Definition,
    metric: &Metric,
    figures: &Figures,
    facts: &Facts<'_>,
    most: usize,
) -> Option<String> {
    let headline = metric.header.headline();
    let span_ = definition.span(&definition.entry(&metric.name), facts.month, facts.as_of, facts.first);
    let change = change_of_programs(definition, figures, metric, &span_, facts.words)?;
    let Now::Signal { up, .. } = history(definition, figures, metric, &span_, facts.words).now else { return None };
    let words = facts.words;
    let unit = unit(metric, headline.statistic, words);
    let earlier = figures.by(metric, &change.before, headline, "program");
    let later = figures.by(metric, &change.since, headline, "program");
    let mut changed = Vec::new();
    for (id, estimate) in &later {
        let Some((_, before)) = earlier.iter().find(|(other, _)| other == id) else { continue };
        if let (Some(is), Some(was)) = (estimate.estimate, before.estimate)
            && (is > was) == up
            && moved(estimate, before, metric) != Signal::None
        {
            let count = count(estimate, "", words);
            let places: [(&str, &dyn Display); 4] = [
                ("program", &program_name(facts, *id)),
                ("was", &unit.printed(was, words)),
                ("is", &unit.printed(is, words)),
                ("count", &count),
            ];
            let key = if count.is_empty() { "section.from-to" } else { "section.from-to-of" };
            changed.push(((is - was).abs(), words.with(key, &places)));
        }
    }
    let key = match changed.len() {
        0 => return None,
        n if n == later.len() && n > 1 => "section.changed-everywhere",
        _ => "section.changed-in",
    };
    let said = words.with(key, &[("programs", &words::named(changed, most, words))]);
    Some(with_others(said, later.iter().chain(&earlier).map(|(_, e)| *e), words))
}

/// A sentence on programs, which are not all of them where some may not be shown.
fn with_others<'a>(said: String, mut of: impl Iterator<Item = &'a Released<Estimate>>, words: &Words) -> String {
    if of.any(|estimate| estimate.note == Some(Note::Withheld)) {
        format!("{said} {}", words.of("section.not-all-shown"))
    } else {
        said
    }
}

/// The metrics that get a line each.
pub fn others(definition: &Definition, others: &Others, figures: &Figures, facts: &Facts<'_>) -> Section {
    let words = facts.words;
    let text = |key: &str| TableColumn::words(words.of(key));
    let number = |key: &str| TableColumn::numbers(words.of(key));
    let columns = vec![
        text("table.metric"),
        text("table.period"),
        number("table.value"),
        number("table.interval"),
        text("table.counted"),
        number("table.left-out"),
        number("table.a-year-before"),
        text("table.verdict"),
    ];
    let mut rows = Vec::new();
    for metric in others.metrics.iter().filter_map(|name| facts.catalogue.get(name)) {
        let row = scorecard::row(definition, definition.entry(&metric.name), metric, figures, facts);
        let interval = row.now.filter(|_| !metric.header.stock).map(Released::get);
        let verdict = match &row.history.now {
            _ if row.value().is_none() => String::new(),
            _ if row.few() => words.of("status.too-few").to_string(),
            Now::Normal => words.of("status.in-range").to_string(),
            Now::Unknown | Now::Withheld | Now::Stock => String::new(),
            Now::Signal { kind, up, course, since } => words::change_since(*kind, *up, *course, since, words),
        };
        rows.push(vec![
            Cell::text(&row.label),
            Cell::text(short_span(&row.span.now, words)),
            match row.now {
                Some(e) if e.estimate.is_none() => Cell::text(reason(e, words)),
                _ => row.unit.cell(row.value(), words),
            },
            row.unit.limits(interval, words),
            Cell::text(
                row.now.map_or(String::new(), |e| count(e, metric.header.counted.as_deref().unwrap_or(""), words)),
            ),
            Cell::count(row.now.and_then(|e| Some((e.unknown? + e.excluded?) as f64)), words),
            row.unit.cell(row.year_before.and_then(|e| e.estimate), words),
            Cell::text(verdict),
        ]);
    }
    let table = Table {
        name: "further-figures".into(),
        caption: format!("{}, {}", others.heading, span(facts.month, words)),
        columns,
        rows,
    };
    Section {
        id: "further-figures".into(),
        heading: others.heading.clone(),
        new_page: false,
        blocks: vec![Block::Table { table }],
    }
}
