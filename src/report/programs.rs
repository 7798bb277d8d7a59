//! Programs beside each other: against their targets and a year before, against chance, each with its history; and the
//! agency's case managers, for its own eyes.

use super::build::paragraph;
use super::document::Block;
use super::figure_kinds::{CASE_MANAGER, recent};
use super::limits::{is_few, moved, read};
use super::scorecard;
use super::sections::{About, rows};
use super::words::{NAMED, count, named, order, short_span, small, span};
use crate::chart::{
    self, Axis, Compared, Dot, Dots, DumbbellRow, Dumbbells, Figure, Funnel, FunnelGroup, FunnelLimits, Panel, Rows,
    Signal, SmallMultiples, Subject, Unit,
};
use crate::language::Words;
use crate::measure::{
    Estimate, Group, Headline, LimitsAt, Position, SideBySide, Statistic, Verdict, compared_statistic,
    side_by_side as beside,
};
use crate::project::Period;
use crate::release::{Audience, Released};

/// Each with its interval and its target.
pub fn side_by_side(about: &About<'_>) -> Option<Figure> {
    let period = about.focus();
    let rows = rows(about, &period, "program", &|id| about.program(Some(id)));
    let title = about.titled("section.by-program", Some(&period));
    (!rows.is_empty()).then(|| {
        chart::programs(&Rows {
            subject: about.subject("programs", title, about.metric.header.headline().statistic),
            of: about.facts.words.of("table.program").into(),
            rows,
            axis: Axis::Full,
        })
    })
}

/// A year before and now against the target, where one is set.
pub fn against_targets(about: &About<'_>) -> Option<Figure> {
    let headline = about.metric.header.headline();
    let (now, before) = (about.focus(), about.before());
    let earlier = about.figures.by(about.metric, &before, headline, "program");
    // Before the first month of the data nothing was measured, which is not the same as nothing.
    let measured = before.end > about.span.everybody.start;
    let mut rows: Vec<DumbbellRow> = about
        .figures
        .by(about.metric, &now, headline, "program")
        .into_iter()
        .filter_map(|(id, estimate)| {
            let before = earlier.iter().find(|(other, _)| *other == id).filter(|_| measured).map(|(_, e)| (*e).clone());
            Some(DumbbellRow {
                label: about.program(Some(id?)),
                signal: before.as_ref().map_or(Signal::None, |before| moved(estimate, before, about.metric)),
                few_before: before.as_ref().is_some_and(|before| is_few(before, about.metric)),
                before,
                now: estimate.clone(),
                target: about.target(&estimate.group),
            })
        })
        .collect();
    rows.sort_by_cached_key(|row| order(&row.label));
    let title = about.titled("section.against-target", None);
    rows.iter().any(|row| row.target.is_some()).then(|| {
        chart::dumbbells(&Dumbbells {
            subject: about.subject("targets", title, headline.statistic),
            of: about.facts.words.of("table.program").into(),
            before: short_span(&before, about.facts.words),
            now: short_span(&now, about.facts.words),
            rows,
            axis: Axis::Full,
        })
    })
}

/// The shares of the first page: a year before, now, and the target.
pub fn shares(rows: &[scorecard::Row<'_>]) -> Vec<DumbbellRow> {
    rows.iter()
        .filter(|row| row.unit.is_share() && (row.target.is_some() || row.year_before.is_some()))
        .filter_map(|row| {
            let now = row.now?;
            let measured = row.span.year_before.end > row.span.everybody.start;
            let before = row.year_before.filter(|_| measured);
            Some(DumbbellRow {
                label: row.label.clone(),
                signal: before.map_or(Signal::None, |before| moved(now, before, row.metric)),
                before: before.cloned(),
                few_before: before.is_some_and(|before| is_few(before, row.metric)),
                now: now.clone(),
                target: row.target,
            })
        })
        .collect()
}

/// Those shares side by side.
pub fn against_a_year_before(rows: Vec<DumbbellRow>, words: &Words) -> Option<Figure> {
    (!rows.is_empty()).then(|| {
        chart::dumbbells(&Dumbbells {
            subject: Subject {
                name: "first-page-targets".into(),
                title: words.of("section.first-page-targets").into(),
                counted: String::new(),
                unit: Unit::Share,
                words: words.clone(),
            },
            of: words.of("table.line").into(),
            before: words.of("date.year-before").into(),
            now: words.of("date.now").into(),
            rows,
            axis: Axis::Full,
        })
    })
}

/// "Better than a year before, beyond chance: goals achieved (57% to 64%). Cannot be compared here: successful exits."
pub fn changed_in_a_year(rows: &[DumbbellRow], words: &Words) -> Option<String> {
    let was_and_is =
        |row: &DumbbellRow| row.before.as_ref().filter(|_| !row.few_before)?.estimate.zip(row.now.estimate);
    let of = |signal: Option<Signal>, key: &str| {
        let what = rows.iter().filter_map(|row| {
            let (label, values) = (small(&row.label), was_and_is(row));
            match values {
                _ if values.map(|_| row.signal) != signal => None,
                Some((was, is)) => {
                    let (was, is) = (words.share(was), words.share(is));
                    Some(words.with("section.from-to", &[("program", &label), ("was", &was), ("is", &is)]))
                }
                None => Some(label),
            }
        });
        let what: Vec<String> = what.collect();
        (!what.is_empty()).then(|| words.with(key, &[("what", &words.list(&what))]))
    };
    let said = [
        of(Some(Signal::Better), "section.year-better"),
        of(Some(Signal::Worse), "section.year-worse"),
        of(Some(Signal::None), "section.year-same"),
        of(None, "section.year-unknown"),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(" "))
}

/// The history of each, by name, on one scale.
pub fn histories(about: &About<'_>) -> Option<Figure> {
    let headline = about.metric.header.headline();
    let months: Vec<Vec<(Option<&str>, &Released<Estimate>)>> =
        about.span.history.iter().map(|month| about.figures.by(about.metric, month, headline, "program")).collect();
    let mut ids: Vec<&str> = months.iter().flatten().filter_map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut panels: Vec<Panel> = ids
        .into_iter()
        .map(|id| {
            let found: Vec<&Released<Estimate>> = months
                .iter()
                .filter_map(|month| month.iter().find(|(other, _)| *other == Some(id)))
                .map(|(_, estimate)| *estimate)
                .collect();
            let group = found.first().map_or_else(Group::default, |estimate| estimate.group.clone());
            let points = read(about.definition, about.metric, about.span, &found, about.facts.words).points;
            Panel { label: about.program(Some(id)), target: about.target(&group), points }
        })
        .collect();
    panels.sort_by_cached_key(|panel| order(&panel.label));
    let title = about.titled("section.by-program-and-month", None);
    (!panels.is_empty()).then(|| {
        chart::small_multiples(&SmallMultiples {
            subject: about.subject("history", title, headline.statistic),
            panels,
            axis: Axis::Full,
        })
    })
}

/// Whose groups stand in a funnel, and the keys of what is said of them.
pub struct Whose {
    dimension: &'static str,
    /// "Program"
    one: &'static str,
    /// The figure's title.
    title: &'static str,
    /// There is nothing to compare.
    nothing: &'static str,
    /// Nobody stands outside.
    none: &'static str,
    /// The limits allow for how much they differ anyway.
    widened: &'static str,
    /// How many, where they may not be named in a sentence.
    unnamed: Option<&'static str>,
    /// Part of the figure's name.
    kind: &'static str,
}

pub const PROGRAMS: Whose = Whose {
    dimension: "program",
    one: "table.program",
    title: "section.by-program",
    nothing: "standing.nothing-programs",
    none: "standing.none-of-programs",
    widened: "standing.widened-programs",
    unnamed: None,
    kind: "funnel",
};
pub const CASE_MANAGERS: Whose = Whose {
    dimension: CASE_MANAGER,
    one: "table.case-manager",
    title: "section.by-case-manager",
    nothing: "standing.nothing-case-managers",
    none: "standing.none-of-case-managers",
    widened: "standing.widened-case-managers",
    unnamed: Some("standing.some-case-managers"),
    kind: "case-manager-funnel",
};

/// Groups by their size against how far chance alone would put them, with a sentence that says who stands outside.
///
/// Limits and centre are made of the released estimates: a withheld group leaves no trace in them.
pub fn funnel(about: &About<'_>, whose: &Whose) -> Vec<Block> {
    let persons = whose.dimension == CASE_MANAGER;
    if persons && about.facts.audience != Audience::Internal {
        return Vec::new();
    }
    let compared = compared_statistic(about.metric);
    let period = if persons { recent(about.metric, about.span) } else { about.focus() };
    let found = about.figures.by(about.metric, &period, compared, whose.dimension);
    let estimates: Vec<&Estimate> = found.iter().map(|(_, estimate)| estimate.get()).collect();
    let standing = beside(about.metric, &estimates);
    if standing.standings.iter().all(Option::is_none) {
        return vec![paragraph(
            about
                .facts
                .words
                .with(whose.nothing, &[("least", &about.facts.words.count(about.metric.header.minimum_n as f64))]),
        )];
    }
    let groups: Vec<FunnelGroup> = found
        .iter()
        .zip(&standing.standings)
        .map(|((id, estimate), standing)| FunnelGroup {
            label: match id {
                Some(id) if persons => short_key(id),
                id => about.program(*id),
            },
            estimate: (*estimate).clone(),
            ratio: None,
            limits: standing
                .as_ref()
                .zip(estimate.denominator)
                .map(|(standing, size)| limits(LimitsAt { size, inner: standing.inner, outer: standing.outer })),
            position: standing.as_ref().map_or(Position::None, |standing| standing.position),
            signal: standing.as_ref().map_or(Signal::None, |standing| match standing.verdict {
                Verdict::Better => Signal::Better,
                Verdict::Worse => Signal::Worse,
                _ => Signal::None,
            }),
        })
        .collect();
    let words = about.facts.words;
    let said = who_is_outside(about, whose, &groups, &standing, &period);
    let size = about.metric.header.counted.clone().unwrap_or_else(|| words.of("standing.size").into());
    let figure = chart::funnel(&Funnel {
        subject: about.subject(whose.kind, about.titled(whose.title, Some(&period)), compared.statistic),
        of: words.of(whose.one).into(),
        size: if compared.statistic == Statistic::Rate { words.of("standing.client-months").into() } else { size },
        compared: Compared::Value,
        groups,
        centre: standing.centre,
        limits: standing.curve.iter().copied().map(limits).collect(),
        widened: standing.widened,
        dispersion: standing.dispersion,
        minimum: about.metric.header.minimum_n,
        axis: Axis::Fitted,
    });
    vec![paragraph(said), Block::Figure { figure }]
}

fn limits(at: LimitsAt) -> FunnelLimits {
    FunnelLimits {
        size: at.size,
        lower_95: at.inner.lower,
        upper_95: at.inner.upper,
        lower_998: at.outer.lower,
        upper_998: at.outer.upper,
    }
}

/// So much of a stored key tells people of one agency apart, and a whole one cannot be read anyway.
fn short_key(id: &str) -> String {
    id.chars().take(8).collect()
}

/// "Harbor House (38%, 41 of 108) stands outside the 99.8% limits, for the worse. …": those outside, by name and never by
/// rank, and what a place outside means.
fn who_is_outside(
    about: &About<'_>,
    whose: &Whose,
    groups: &[FunnelGroup],
    standing: &SideBySide,
    period: &Period,
) -> String {
    let words = about.facts.words;
    let unit = super::figures::unit(about.metric, compared_statistic(about.metric).statistic, words);
    let at = |position: Position| -> Vec<(f64, String)> {
        groups
            .iter()
            .filter(|group| group.position == position)
            .map(|group| {
                let side = match group.signal {
                    Signal::Better => words.of("told.better"),
                    Signal::Worse => words.of("told.worse"),
                    Signal::None => "",
                };
                let value = group.estimate.estimate.map(|value| unit.printed(value, words)).unwrap_or_default();
                let said = format!("{} ({value}, {}{side})", group.label, count(&group.estimate, "", words));
                (beyond_limits(group), said)
            })
            .collect()
    };
    let (far, near) = (at(Position::Outside998), at(Position::Outside95));
    let judged = standing.standings.iter().flatten().count();
    let all = words.count(judged as f64);
    let told = |there: &[(f64, String)]| match whose.unnamed {
        Some(key) => words.with(key, &[("part", &words.count(there.len() as f64)), ("all", &all)]),
        None => named(there.to_vec(), NAMED, words),
    };
    let when = span(period, words);
    let mut said = Vec::new();
    if !far.is_empty() {
        said.push(words.with("standing.far", &[("period", &when), ("groups", &told(&far))]));
    }
    if !near.is_empty() {
        said.push(words.counted("standing.near", near.len() as f64, &[("groups", &told(&near))]));
    }
    if far.is_empty() && near.is_empty() {
        said.push(words.with(whose.none, &[("all", &all), ("period", &when)]));
    }
    if standing.widened {
        said.push(words.of(whose.widened).to_owned());
    } else if groups.iter().any(|group| crate::measure::is_by_client(&group.estimate)) {
        said.push(words.of("standing.several-times").to_owned());
    }
    let few = groups.len() - judged;
    if few > 0 {
        said.push(words.counted("standing.few", few as f64, &[]));
    }
    said.join(" ")
}

/// How far a group stands outside its limits, in widths of them.
fn beyond_limits(group: &FunnelGroup) -> f64 {
    let far = |value: f64, limits: &FunnelLimits| {
        let width = limits.upper_998 - limits.lower_998;
        (value - limits.upper_998).max(limits.lower_998 - value) / width
    };
    group.estimate.estimate.zip(group.limits.as_ref()).map_or(0.0, |(value, limits)| far(value, limits))
}

/// How many cases each case manager carries: a distribution of people without their names.
pub fn caseloads(about: &About<'_>) -> Option<Figure> {
    if about.facts.audience != Audience::Internal {
        return None;
    }
    let statistic = |statistic| Headline { statistic, at: None };
    let period = &about.span.now;
    let of_all = |wanted| about.figures.everybody(about.metric, period, statistic(wanted)).cloned();
    let dots: Vec<Dot> = about
        .figures
        .by(about.metric, period, statistic(Statistic::Mean), CASE_MANAGER)
        .into_iter()
        .filter_map(|(id, estimate)| Some(Dot { label: short_key(id?), estimate: estimate.clone() }))
        .collect();
    let title = about.titled("section.spread", Some(period));
    (!dots.is_empty()).then(|| {
        chart::dots(&Dots {
            subject: about.subject("case-managers", title, Statistic::Mean),
            of: about.facts.words.of("table.case-manager").into(),
            dots,
            median: of_all(Statistic::Median),
            quartiles: of_all(Statistic::Quartile1).zip(of_all(Statistic::Quartile3)).map(|(l, u)| [l, u]),
            axis: Axis::Full,
        })
    })
}
