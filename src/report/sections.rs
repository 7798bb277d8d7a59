//! The pages after the first: one question each, the chart that answers it, its sentence above, its numbers below.

use super::build::{Facts, paragraph};
use super::definition::{Definition, Span};
use super::document::{Block, Phrase, Section};
use super::entries::{FigureKind, Others, SectionEntry};
use super::figures::{Figures, unit};
use super::limits::{History, Now, beyond_chance, differs, history};
use super::narrative;
use super::objectives;
use super::people;
use super::quarters;
use super::scorecard;
use super::words::{self, count, plain, short_span, span};
use crate::chart::{
    self, Axis, Cell, Curve, Curves, DayTarget, Figure, Row, Rows, Subject, Table, TableColumn, Trend, Unit, reason,
};
use crate::language::Words;
use crate::measure::{Direction, Estimate, Group, Headline, Metric, Statistic};
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
        let row = scorecard::row(definition, definition.entry(&metric.name), metric, figures, facts);
        blocks.push(Block::Lead { phrases: lead(definition, &row, figures, facts) });
        blocks.extend(how_sure(&row, facts.words).map(paragraph));
        if row.absent.is_empty() {
            for kind in &entry.figures {
                if let Some(figure) = figure(*kind, definition, metric, &span, figures, facts) {
                    blocks.push(Block::Figure { figure });
                }
            }
        }
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
    let more =
        [where_changed(definition, row.metric, figures, facts), below_target(definition, row.metric, figures, facts)];
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

fn subject(metric: &Metric, kind: &str, title: String, statistic: Statistic, words: &Words) -> Subject {
    Subject {
        name: format!("{}-{kind}", metric.name.replace('_', "-")),
        title,
        counted: metric.header.counted.clone().unwrap_or_default(),
        unit: unit(metric, statistic, words),
        words: words.clone(),
    }
}

fn figure(
    kind: FigureKind,
    definition: &Definition,
    metric: &Metric,
    span_: &Span,
    figures: &Figures,
    facts: &Facts<'_>,
) -> Option<Figure> {
    let headline = metric.header.headline();
    let label = definition.label(metric);
    let words = facts.words;
    let titled = |key: &str, period: &str| words.with(key, &[("label", &label), ("period", &period)]);
    let target_of = |group: &Group| facts.targets.of(&metric.name, headline.statistic, headline.at, group);
    match kind {
        FigureKind::Trend => {
            let history = history(definition, figures, metric, span_, facts.words);
            chart::has_values(&history.points).then(|| {
                chart::trend(&Trend {
                    subject: subject(metric, "trend", titled("section.by-month", ""), headline.statistic, words),
                    points: history.points,
                    target: target_of(&Group::default()),
                    axis: Axis::Full,
                })
            })
        }
        FigureKind::ShareByDay => {
            let curves = curves(metric, &span_.recent, figures, facts, Since::Referral)?;
            Some(chart::share_by_day(&curves))
        }
        FigureKind::ReturnCurve => {
            let curves = curves(metric, &span_.everybody, figures, facts, Since::Exit)?;
            Some(chart::return_curve(&curves))
        }
        FigureKind::GoalsByDomain => {
            let rows = rows(
                metric,
                figures,
                &span_.recent,
                headline,
                "domain",
                &|value| {
                    value.map_or_else(
                        || words.of("table.unknown").to_owned(),
                        |value| words::capital(&words::code(value, words)),
                    )
                },
                &|_| target_of(&Group::default()),
            );
            (!rows.is_empty()).then(|| {
                chart::goals_by_domain(&Rows {
                    subject: subject(
                        metric,
                        "domains",
                        titled("section.by-domain", &span(&span_.recent, words)),
                        headline.statistic,
                        words,
                    ),
                    of: words.of("table.domain").into(),
                    rows,
                    axis: Axis::Full,
                })
            })
        }
        FigureKind::Programs => {
            let named = |id: &str| facts.programs.get(id).map_or(id, String::as_str).to_owned();
            let name = |id: Option<&str>| id.map_or_else(|| words.of("table.unknown").to_owned(), named);
            let period = focus(definition, metric, figures, span_, words);
            let rows = rows(metric, figures, &period, headline, "program", &name, &target_of);
            (!rows.is_empty()).then(|| {
                chart::programs(&Rows {
                    subject: subject(
                        metric,
                        "programs",
                        titled("section.by-program", &span(&period, words)),
                        headline.statistic,
                        words,
                    ),
                    of: words.of("table.program").into(),
                    rows,
                    axis: Axis::Full,
                })
            })
        }
    }
}

/// One row per value of a breakdown, in the order of the labels.
fn rows(
    metric: &Metric,
    figures: &Figures,
    period: &Period,
    headline: Headline,
    dimension: &str,
    label: &dyn Fn(Option<&str>) -> String,
    target: &dyn Fn(&Group) -> Option<f64>,
) -> Vec<Row> {
    let everybody = target(&Group::default());
    let mut rows: Vec<(bool, Row)> = figures
        .by(metric, period, headline, dimension)
        .into_iter()
        .map(|(value, estimate)| {
            let target = target(&estimate.group).or(everybody);
            (value.is_none(), Row { label: label(value), target, estimate: estimate.clone() })
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

fn curves(metric: &Metric, period: &Period, figures: &Figures, facts: &Facts<'_>, since: Since) -> Option<Curves> {
    let words = facts.words;
    let with_target = since == Since::Referral;
    let event = metric.header.events.first()?;
    let reached = words::code(event, words);
    let points = observed(figures.curve(&metric.name, period, event));
    if points.is_empty() {
        return None;
    }
    let headline = metric.header.headline();
    let target = facts.targets.of(&metric.name, headline.statistic, headline.at, &Group::default());
    let last = points.last().and_then(|e| e.at).unwrap_or(0);
    Some(Curves {
        subject: subject(
            metric,
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
            words,
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

/// The recent months; where a change is going on, only those since it began, so that two states are not mixed.
fn focus(definition: &Definition, metric: &Metric, figures: &Figures, span_: &Span, words: &Words) -> Period {
    let now = history(definition, figures, metric, span_, words).now;
    now.change(span_).map_or_else(|| span_.recent.clone(), |change| change.since)
}

fn program_name<'a>(facts: &'a Facts<'_>, id: Option<&'a str>) -> &'a str {
    id.map_or(facts.words.of("table.unknown-name"), |id| facts.programs.get(id).map_or(id, String::as_str))
}

/// "Below the target beyond chance, July 2025 to June 2026: Probation (57%, 41 of 72)."
pub fn below_target(definition: &Definition, metric: &Metric, figures: &Figures, facts: &Facts<'_>) -> Option<String> {
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
            missed.push(format!("{} ({}{joint}{n})", program_name(facts, value), unit.printed(now, words)));
        }
    }
    missed.sort();
    let higher = metric.header.direction_of(headline.statistic) == Direction::Higher;
    let key = if higher { "section.below-target" } else { "section.above-target" };
    let said = || words.with(key, &[("period", &span(&period, words)), ("programs", &words.list(&missed))]);
    (!missed.is_empty()).then(said)
}

/// "The change is in Harbor Housing (43% to 86%).": the programs whose figure differs from the year before the change.
pub fn where_changed(definition: &Definition, metric: &Metric, figures: &Figures, facts: &Facts<'_>) -> Option<String> {
    let headline = metric.header.headline();
    let span_ = definition.span(&definition.entry(&metric.name), facts.month, facts.as_of, facts.first);
    let now = history(definition, figures, metric, &span_, facts.words).now;
    let change = now.change(&span_)?;
    let Now::Signal { up, .. } = now else { return None };
    let words = facts.words;
    let unit = unit(metric, headline.statistic, words);
    let earlier = figures.by(metric, &change.before, headline, "program");
    let later = figures.by(metric, &change.since, headline, "program");
    let mut changed = Vec::new();
    for (id, estimate) in &later {
        let Some((_, before)) = earlier.iter().find(|(other, _)| other == id) else { continue };
        if let (Some(is), Some(was)) = (estimate.estimate, before.estimate)
            && (is > was) == up
            && differs(estimate, before)
        {
            let places: [(&str, &dyn Display); 3] = [
                ("program", &program_name(facts, *id)),
                ("was", &unit.printed(was, words)),
                ("is", &unit.printed(is, words)),
            ];
            changed.push(words.with("section.from-to", &places));
        }
    }
    changed.sort();
    let key = match changed.len() {
        0 => return None,
        n if n == later.len() && n > 1 => "section.changed-everywhere",
        _ => "section.changed-in",
    };
    Some(words.with(key, &[("programs", &words.list(&changed))]))
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
        let span_ = definition.span(&definition.entry(&metric.name), facts.month, facts.as_of, facts.first);
        let headline = metric.header.headline();
        let unit = unit(metric, headline.statistic, words);
        let now = figures.everybody(metric, &span_.now, headline);
        let interval = now
            .filter(|_| !metric.header.stock)
            .and_then(|e| Some(unit.span(e.lower?, e.upper?, words)))
            .unwrap_or_default();
        let few = now
            .is_some_and(|e| e.estimate.is_some() && e.denominator.is_some_and(|n| n < metric.header.minimum_n as f64));
        let verdict = match history(definition, figures, metric, &span_, facts.words).now {
            _ if few => words.of("status.too-few").to_string(),
            Now::Normal => words.of("status.in-range").to_string(),
            Now::Unknown | Now::Withheld | Now::Stock => String::new(),
            Now::Signal { kind, up, lasting, since } => {
                let change = words::change_words(kind, up, lasting, words);
                words.with("signal.since", &[("change", &change), ("month", &span(&since, words))])
            }
        };
        let value = now.and_then(|e| e.estimate);
        rows.push(vec![
            Cell::text(definition.label(metric)),
            Cell::text(short_span(&span_.now, words)),
            match now {
                Some(e) if e.estimate.is_none() => Cell::text(reason(e, words)),
                _ => unit.cell(value, words),
            },
            Cell::text(interval),
            Cell::text(now.map_or(String::new(), |e| count(e, metric.header.counted.as_deref().unwrap_or(""), words))),
            Cell::count(now.and_then(|e| Some((e.unknown? + e.excluded?) as f64)), words),
            unit.cell(figures.everybody(metric, &span_.year_before, headline).and_then(|e| e.estimate), words),
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
