//! The pages after the first: one question each, the chart that answers it, its sentence above, its numbers below.

use super::build::{Facts, paragraph};
use super::definition::{Definition, FigureKind, SectionEntry, Span};
use super::document::{Block, Section};
use super::figures::{Figures, unit};
use super::limits::{Now, history};
use super::scorecard::cell;
use super::words::{self, count, list, plain, reason, span, strong};
use crate::chart::{
    self, Axis, Cell, Curve, Curves, DayTarget, Figure, Row, Rows, Signal, Subject, Table, TableColumn, Trend,
};
use crate::measure::{Direction, Estimate, Group, Headline, Metric, Statistic};
use crate::project::Period;
use crate::release::Released;

/// A section of the definition; `None` when its metric is not known.
pub fn section(definition: &Definition, entry: &SectionEntry, figures: &Figures, facts: &Facts<'_>) -> Option<Section> {
    let metric = facts.catalogue.get(&entry.metric)?;
    let span = definition.span(&definition.entry(&metric.name), facts.month, facts.as_of, facts.first);
    let mut blocks = vec![Block::Lead { phrases: lead(definition, metric, &span, figures, facts) }];
    if let Some(columns) = facts.not_collected.get(&metric.name) {
        blocks.push(paragraph(format!("Not collected: the export has no {}.", columns.join(", "))));
    } else {
        for kind in &entry.figures {
            if let Some(figure) = figure(*kind, definition, metric, &span, figures, facts) {
                blocks.push(Block::Figure { figure });
            }
        }
    }
    Some(Section { id: metric.name.replace('_', "-"), heading: entry.heading.clone(), new_page: true, blocks })
}

/// The sentence above the chart.
fn lead(
    definition: &Definition,
    metric: &Metric,
    span_: &Span,
    figures: &Figures,
    facts: &Facts<'_>,
) -> Vec<super::document::Phrase> {
    let headline = metric.header.headline();
    let unit = unit(metric, headline.statistic);
    let label = metric.header.scorecard.clone().unwrap_or_else(|| metric.header.title.clone());
    let counted = metric.header.counted.as_deref().unwrap_or("");
    let Some(now) = figures.everybody(metric, &span_.now, headline) else {
        return vec![plain(format!("{label}: no data for {}.", span(&span_.now)))];
    };
    let Some(value) = now.estimate else {
        return vec![plain(format!("{label}: {} for {}.", reason(now), span(&span_.now)))];
    };
    let mut phrases = vec![plain(format!("{label}: ")), strong(unit.spoken(value))];
    let mut about = vec![];
    let n = count(now, counted);
    if !n.is_empty() {
        about.push(n);
    }
    about.push(span(&span_.now));
    if let (Some(lower), Some(upper)) = (now.lower, now.upper) {
        about.push(format!("95% interval {}", unit.span(lower, upper)));
    }
    phrases.push(plain(format!(" ({}).", about.join("; "))));
    if let Some(then) = figures.everybody(metric, &span_.year_before, headline).and_then(|e| e.estimate) {
        phrases.push(plain(format!(" A year before it was {}.", unit.printed(then))));
    }
    let history = history(definition, figures, metric, span_);
    phrases.push(plain(match &history.now {
        Now::Normal => format!(" It is within its normal variation ({}).", history.method),
        Now::Unknown => " There are too few months to say what is normal.".into(),
        Now::Stock => " It has no expected range: the same people are counted month after month.".into(),
        Now::Signal { kind, lasting, since, up } => {
            let what = match (lasting, kind, up) {
                (true, Signal::Better, _) => "A lasting change for the better",
                (true, Signal::Worse, _) => "A lasting change for the worse",
                (true, Signal::None, _) => "A lasting change",
                (false, _, true) => "A real rise",
                (false, _, false) => "A real drop",
            };
            format!(" {what} since {since} ({}).", history.method)
        }
    }));
    if let Some(below) = below_target(definition, metric, figures, facts) {
        phrases.push(plain(format!(" {below}")));
    }
    phrases
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
    let label = metric.header.scorecard.clone().unwrap_or_else(|| metric.header.title.clone());
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
            let rows = rows(metric, figures, &span_.recent, headline, "program", &name, &target_of);
            (!rows.is_empty()).then(|| {
                chart::programs(&Rows {
                    subject: subject(
                        metric,
                        "programs",
                        format!("{label} by program, {}", span(&span_.recent)),
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
            format!("Share {} by day since {since}, {}", words::code(event), span(period)),
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
    points.into_iter().take_while(|e| e.estimate.is_some() && e.at_risk.is_some_and(|n| n >= LEAST_AT_RISK)).collect()
}

/// "Below the target beyond chance, July 2025 to June 2026: Probation (57%, 41 of 72)."
pub fn below_target(definition: &Definition, metric: &Metric, figures: &Figures, facts: &Facts<'_>) -> Option<String> {
    let headline = metric.header.headline();
    let span_ = definition.span(&definition.entry(&metric.name), facts.month, facts.as_of, facts.first);
    let unit = unit(metric, headline.statistic);
    let direction = metric.header.direction_of(headline.statistic);
    let mut missed = Vec::new();
    for (value, estimate) in figures.by(metric, &span_.recent, headline, "program") {
        let target = facts
            .targets
            .of(&metric.name, headline.statistic, headline.at, &estimate.group)
            .or_else(|| facts.targets.of(&metric.name, headline.statistic, headline.at, &Group::default()));
        let (Some(target), Some(now), Some(lower), Some(upper)) =
            (target, estimate.estimate, estimate.lower, estimate.upper)
        else {
            continue;
        };
        // The whole interval is on the wrong side: chance alone does not explain it.
        let beyond = match direction {
            Direction::Higher => upper < target,
            Direction::Lower => lower > target,
            Direction::Neutral => false,
        };
        if beyond {
            let name = value.map_or("unknown", |id| facts.programs.get(id).map_or(id, String::as_str));
            let n = count(estimate, "");
            let joint = if n.starts_with("of ") { " " } else { ", " };
            missed.push(format!("{name} ({}{joint}{n})", unit.printed(now)));
        }
    }
    missed.sort();
    let side = if direction == Direction::Higher { "Below" } else { "Above" };
    (!missed.is_empty())
        .then(|| format!("{side} the target beyond chance, {}: {}.", span(&span_.recent), list(&missed)))
}

/// The metrics that get a line each.
pub fn others(definition: &Definition, figures: &Figures, facts: &Facts<'_>) -> Section {
    let columns = ["Metric", "Period"]
        .map(TableColumn::words)
        .into_iter()
        .chain(["Value", "95% interval"].map(TableColumn::numbers))
        .chain([TableColumn::words("Counted")])
        .chain(["A year before"].map(TableColumn::numbers))
        .chain([TableColumn::words("Verdict")])
        .collect();
    let mut rows = Vec::new();
    for metric in definition.others.metrics.iter().filter_map(|name| facts.catalogue.get(name)) {
        let span_ = definition.span(&definition.entry(&metric.name), facts.month, facts.as_of, facts.first);
        let headline = metric.header.headline();
        let unit = unit(metric, headline.statistic);
        let now = figures.everybody(metric, &span_.now, headline);
        let interval = now.and_then(|e| Some(unit.span(e.lower?, e.upper?))).unwrap_or_default();
        let few = now
            .is_some_and(|e| e.estimate.is_some() && e.denominator.is_some_and(|n| n < metric.header.minimum_n as f64));
        let verdict = match history(definition, figures, metric, &span_).now {
            _ if few => "too few to judge".to_string(),
            Now::Normal => "within its normal variation".to_string(),
            Now::Unknown | Now::Stock => String::new(),
            Now::Signal { up, since, .. } => {
                format!("{} since {since}", if up { "a real rise" } else { "a real drop" })
            }
        };
        let value = now.and_then(|e| e.estimate);
        rows.push(vec![
            Cell::text(metric.header.scorecard.as_deref().unwrap_or(&metric.header.title)),
            Cell::text(span(&span_.now)),
            match now {
                Some(e) if e.estimate.is_none() => Cell::text(reason(e)),
                _ => cell(&unit, value),
            },
            Cell::text(interval),
            Cell::text(now.map_or(String::new(), |e| count(e, metric.header.counted.as_deref().unwrap_or("")))),
            cell(&unit, figures.everybody(metric, &span_.year_before, headline).and_then(|e| e.estimate)),
            Cell::text(verdict),
        ]);
    }
    let table = Table {
        name: "further-figures".into(),
        caption: format!("{}, {}", definition.others.heading, span(facts.month)),
        columns,
        rows,
    };
    Section {
        id: "further-figures".into(),
        heading: definition.others.heading.clone(),
        new_page: false,
        blocks: vec![Block::Table { table }],
    }
}
