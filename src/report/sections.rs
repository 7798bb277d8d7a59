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
use super::scorecard::{self, cell};
use super::words::{self, count, list, plain, reason, short_span, span};
use crate::chart::{
    self, Axis, Cell, Curve, Curves, DayTarget, Figure, Row, Rows, Subject, Table, TableColumn, Trend, Unit,
};
use crate::measure::{Direction, Estimate, Group, Headline, Metric, Statistic};
use crate::project::Period;
use crate::release::Released;

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
        blocks.extend(how_sure(&row).map(paragraph));
        if row.absent.is_empty() {
            for kind in &entry.figures {
                if let Some(figure) = figure(*kind, definition, metric, &span, figures, facts) {
                    blocks.push(Block::Figure { figure });
                }
            }
        }
    }
    if entry.objectives {
        blocks.extend(objectives::table(rows));
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
    phrases.extend(more.into_iter().flatten().map(|words| plain(format!(" {words}"))));
    phrases
}

/// "The 95% interval is 56 to 73%. In June 2026 (65%) the expected range was 44 to 72% (p chart, …).": for whoever knows
/// what that is.
fn how_sure(row: &scorecard::Row<'_>) -> Option<String> {
    let limits = row.now.filter(|e| e.estimate.is_some() && !row.metric.header.stock);
    let interval = limits.and_then(|e| Some(format!("The 95% interval is {}.", row.unit.span(e.lower?, e.upper?))));
    let words: Vec<String> = interval.into_iter().chain(tested(&row.history, &row.unit)).collect();
    (row.value().is_some() && !words.is_empty()).then(|| words.join(" "))
}

/// The expected range of the month that the verdict is about.
fn tested(history: &History, unit: &Unit) -> Option<String> {
    let tested = history.tested.as_ref()?;
    let point = history.points.iter().find(|point| point.estimate.period.label == tested.label)?;
    let expected = point.expected?;
    Some(format!(
        "The expected range for {} ({}) is {} ({}).",
        span(tested),
        unit.printed(point.estimate.estimate?),
        unit.span(expected.lower, expected.upper),
        history.method
    ))
}

fn subject(metric: &Metric, kind: &str, title: String, statistic: Statistic) -> Subject {
    Subject {
        name: format!("{}-{kind}", metric.name.replace('_', "-")),
        title,
        counted: metric.header.counted.clone().unwrap_or_default(),
        unit: unit(metric, statistic),
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
    let target_of = |group: &Group| facts.targets.of(&metric.name, headline.statistic, headline.at, group);
    match kind {
        FigureKind::Trend => {
            let history = history(definition, figures, metric, span_);
            chart::has_values(&history.points).then(|| {
                chart::trend(&Trend {
                    subject: subject(metric, "trend", format!("{label}, by month"), headline.statistic),
                    points: history.points,
                    target: target_of(&Group::default()),
                    axis: Axis::Full,
                })
            })
        }
        FigureKind::ShareByDay => {
            let curves = curves(metric, &span_.recent, figures, facts, "referral", true)?;
            Some(chart::share_by_day(&curves))
        }
        FigureKind::ReturnCurve => {
            let curves = curves(metric, &span_.everybody, figures, facts, "exit", false)?;
            Some(chart::return_curve(&curves))
        }
        FigureKind::GoalsByDomain => {
            let rows = rows(
                metric,
                figures,
                &span_.recent,
                headline,
                "domain",
                &|value| words::capital(&words::code(value)),
                &|_| target_of(&Group::default()),
            );
            (!rows.is_empty()).then(|| {
                chart::goals_by_domain(&Rows {
                    subject: subject(
                        metric,
                        "domains",
                        format!("{label} by domain, {}", span(&span_.recent)),
                        headline.statistic,
                    ),
                    of: "Domain".into(),
                    rows,
                    axis: Axis::Full,
                })
            })
        }
        FigureKind::Programs => {
            let name = |id: &str| facts.programs.get(id).cloned().unwrap_or_else(|| id.to_string());
            let period = focus(definition, metric, figures, span_);
            let rows = rows(metric, figures, &period, headline, "program", &name, &target_of);
            (!rows.is_empty()).then(|| {
                chart::programs(&Rows {
                    subject: subject(
                        metric,
                        "programs",
                        format!("{label} by program, {}", span(&period)),
                        headline.statistic,
                    ),
                    of: "Program".into(),
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
    label: &dyn Fn(&str) -> String,
    target: &dyn Fn(&Group) -> Option<f64>,
) -> Vec<Row> {
    let everybody = target(&Group::default());
    let mut rows: Vec<Row> = figures
        .by(metric, period, headline, dimension)
        .into_iter()
        .map(|(value, estimate)| Row {
            label: value.map_or_else(|| "Unknown".to_string(), label),
            target: target(&estimate.group).or(everybody),
            estimate: estimate.clone(),
        })
        .collect();
    rows.sort_by(|a, b| (a.label == "Unknown").cmp(&(b.label == "Unknown")).then_with(|| a.label.cmp(&b.label)));
    rows
}

fn curves(
    metric: &Metric,
    period: &Period,
    figures: &Figures,
    facts: &Facts<'_>,
    since: &str,
    with_target: bool,
) -> Option<Curves> {
    let event = metric.header.events.first()?;
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
            if with_target {
                format!("Share {} by day since {since}, {}", words::code(event), span(period))
            } else {
                format!(
                    "Share {} by day since {since}, every {since} up to {}",
                    words::code(event),
                    words::day(period.last_day())
                )
            },
            Statistic::ShareByDay,
        ),
        curves: vec![Curve { label: words::code(event), points }],
        competing: None,
        horizons: metric.header.horizons.iter().copied().filter(|day| *day <= last).collect(),
        target: target.zip(headline.at).filter(|_| with_target).map(|(share, day)| DayTarget { day, share }),
        since: since.into(),
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
fn focus(definition: &Definition, metric: &Metric, figures: &Figures, span_: &Span) -> Period {
    let now = history(definition, figures, metric, span_).now;
    now.change(span_).map_or_else(|| span_.recent.clone(), |change| change.since)
}

fn program_name<'a>(facts: &'a Facts<'_>, id: Option<&'a str>) -> &'a str {
    id.map_or("unknown", |id| facts.programs.get(id).map_or(id, String::as_str))
}

/// "Below the target beyond chance, July 2025 to June 2026: Probation (57%, 41 of 72)."
pub fn below_target(definition: &Definition, metric: &Metric, figures: &Figures, facts: &Facts<'_>) -> Option<String> {
    let headline = metric.header.headline();
    let span_ = definition.span(&definition.entry(&metric.name), facts.month, facts.as_of, facts.first);
    let period = focus(definition, metric, figures, &span_);
    let unit = unit(metric, headline.statistic);
    let target_of = |group: &Group| facts.targets.of(&metric.name, headline.statistic, headline.at, group);
    let mut missed = Vec::new();
    for (value, estimate) in figures.by(metric, &period, headline, "program") {
        let Some(target) = target_of(&estimate.group).or_else(|| target_of(&Group::default())) else { continue };
        if let Some(now) = estimate.estimate.filter(|_| beyond_chance(estimate, target, metric)) {
            let n = count(estimate, "");
            let joint = if n.starts_with("of ") { " " } else { ", " };
            missed.push(format!("{} ({}{joint}{n})", program_name(facts, value), unit.printed(now)));
        }
    }
    missed.sort();
    let side = if metric.header.direction_of(headline.statistic) == Direction::Higher { "Below" } else { "Above" };
    (!missed.is_empty()).then(|| format!("{side} the target beyond chance, {}: {}.", span(&period), list(&missed)))
}

/// "The change is in Harbor Housing (43% to 86%).": the programs whose figure differs from the year before the change.
pub fn where_changed(definition: &Definition, metric: &Metric, figures: &Figures, facts: &Facts<'_>) -> Option<String> {
    let headline = metric.header.headline();
    let span_ = definition.span(&definition.entry(&metric.name), facts.month, facts.as_of, facts.first);
    let now = history(definition, figures, metric, &span_).now;
    let change = now.change(&span_)?;
    let Now::Signal { up, .. } = now else { return None };
    let unit = unit(metric, headline.statistic);
    let earlier = figures.by(metric, &change.before, headline, "program");
    let later = figures.by(metric, &change.since, headline, "program");
    let mut changed = Vec::new();
    for (id, estimate) in &later {
        let Some((_, before)) = earlier.iter().find(|(other, _)| other == id) else { continue };
        if let (Some(is), Some(was)) = (estimate.estimate, before.estimate)
            && (is > was) == up
            && differs(estimate, before)
        {
            changed.push(format!("{} ({} to {})", program_name(facts, *id), unit.printed(was), unit.printed(is)));
        }
    }
    changed.sort();
    match changed.len() {
        0 => None,
        n if n == later.len() && n > 1 => Some(format!("The change is seen in every program: {}.", list(&changed))),
        _ => Some(format!("The change is seen in {}.", list(&changed))),
    }
}

/// The metrics that get a line each.
pub fn others(definition: &Definition, others: &Others, figures: &Figures, facts: &Facts<'_>) -> Section {
    let columns = ["Metric", "Period"]
        .map(TableColumn::words)
        .into_iter()
        .chain(["Value", "95% interval"].map(TableColumn::numbers))
        .chain([TableColumn::words("Counted")])
        .chain(["Left out", "A year before"].map(TableColumn::numbers))
        .chain([TableColumn::words("Verdict")])
        .collect();
    let mut rows = Vec::new();
    for metric in others.metrics.iter().filter_map(|name| facts.catalogue.get(name)) {
        let span_ = definition.span(&definition.entry(&metric.name), facts.month, facts.as_of, facts.first);
        let headline = metric.header.headline();
        let unit = unit(metric, headline.statistic);
        let now = figures.everybody(metric, &span_.now, headline);
        let interval =
            now.filter(|_| !metric.header.stock).and_then(|e| Some(unit.span(e.lower?, e.upper?))).unwrap_or_default();
        let few = now
            .is_some_and(|e| e.estimate.is_some() && e.denominator.is_some_and(|n| n < metric.header.minimum_n as f64));
        let verdict = match history(definition, figures, metric, &span_).now {
            _ if few => "too few".to_string(),
            Now::Normal => "in range".to_string(),
            Now::Unknown | Now::Withheld | Now::Stock => String::new(),
            Now::Signal { kind, up, lasting, since } => {
                format!("{} since {}", words::change_words(kind, up, lasting), span(&since))
            }
        };
        let value = now.and_then(|e| e.estimate);
        rows.push(vec![
            Cell::text(definition.label(metric)),
            Cell::text(short_span(&span_.now)),
            match now {
                Some(e) if e.estimate.is_none() => Cell::text(reason(e)),
                _ => cell(&unit, value),
            },
            Cell::text(interval),
            Cell::text(now.map_or(String::new(), |e| count(e, metric.header.counted.as_deref().unwrap_or("")))),
            Cell::count(now.and_then(|e| Some((e.unknown? + e.excluded?) as f64))),
            cell(&unit, figures.everybody(metric, &span_.year_before, headline).and_then(|e| e.estimate)),
            Cell::text(verdict),
        ]);
    }
    let table = Table {
        name: "further-figures".into(),
        caption: format!("{}, {}", others.heading, span(facts.month)),
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
