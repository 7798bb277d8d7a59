//! Work that has not been done in time, as counts: how much of it, and in which programs.

use super::build::Facts;
use super::definition::Definition;
use super::document::{Block, Phrase};
use super::figures::Figures;
use super::sections::program_name;
use super::words::{capital, order, plain, short_span, span, with_most, with_strong};
use crate::chart::{Cell, Table, TableColumn, reason};
use crate::language::Words;
use crate::measure::{Estimate, Headline, Metric, Note, Statistic};
use crate::project::Period;
use crate::release::Released;
use std::fmt::Display;

/// One kind of work: its figures of the latest period, of everybody and by program.
struct Kind<'a> {
    metric: &'a Metric,
    period: Period,
    all: Option<&'a Released<Estimate>>,
    programs: Vec<(Option<&'a str>, &'a Released<Estimate>)>,
}

const SHARE: Headline = Headline { statistic: Statistic::Share, at: None };

/// How many of how many are overdue.
fn overdue(estimate: &Estimate) -> Option<(f64, f64)> {
    let (met, all) = (estimate.numerator?, estimate.denominator?);
    Some((all - met, all)).filter(|(_, all)| *all > 0.0)
}

/// A sentence for each kind, and one table of all by program.
pub fn blocks(definition: &Definition, metrics: &[String], figures: &Figures, facts: &Facts<'_>) -> Vec<Block> {
    let kinds: Vec<Kind<'_>> = metrics
        .iter()
        .filter_map(|name| facts.catalogue.get(name))
        .map(|metric| {
            let span = definition.span(&definition.entry(&metric.name), facts.month, facts.as_of, facts.first);
            let all = figures.everybody(metric, &span.now, SHARE);
            let programs = figures.by(metric, &span.now, SHARE, "program");
            Kind { metric, period: span.now, all, programs }
        })
        .collect();
    let mut blocks: Vec<Block> = kinds.iter().map(|kind| Block::Paragraph { phrases: sentence(kind, facts) }).collect();
    blocks.push(Block::Table { table: table(&kinds, facts) });
    blocks
}

/// What is overdue, in the words of the metric: "open cases without a current plan".
fn work(metric: &Metric) -> &str {
    metric.header.overdue.as_deref().unwrap_or("")
}

/// "Open cases without a current plan: 43 of 210, June 2026; the largest number in Harbor Housing, 20 of 101."
fn sentence(kind: &Kind<'_>, facts: &Facts<'_>) -> Vec<Phrase> {
    let what = work(kind.metric);
    let words = facts.words;
    let when = span(&kind.period, words);
    if let Some(columns) = facts.not_collected.get(&kind.metric.name) {
        let places: [(&str, &dyn Display); 2] = [("what", &capital(what)), ("columns", &columns.join(", "))];
        return vec![plain(words.with("overdue.not-collected", &places))];
    }
    let Some((late, all)) = kind.all.and_then(|estimate| overdue(estimate)) else {
        let why = kind.all.map_or(words.of("reason.no-data"), |estimate| reason(estimate, words));
        let places: [(&str, &dyn Display); 3] = [("what", &capital(what)), ("when", &when), ("why", &why)];
        return vec![plain(words.with("overdue.no-count", &places))];
    };
    let mut where_ = String::new();
    // Which has most is not known where one is withheld.
    if kind.programs.iter().all(|(_, estimate)| estimate.note != Some(Note::Withheld)) {
        let counted = kind.programs.iter().filter_map(|(id, estimate)| Some((*id, overdue(estimate)?)));
        let some: Vec<(Option<&str>, (f64, f64))> = counted.filter(|(_, (late, _))| *late > 0.0).collect();
        let most = with_most(some.iter().copied(), |(_, (late, _))| *late);
        if let Some((id, (late, all))) = most.filter(|_| kind.programs.len() > 1) {
            let key = if some.len() == 1 { "overdue.all-in" } else { "overdue.most-in" };
            let places: [(&str, &dyn Display); 3] =
                [("program", &program_name(facts, id)), ("late", &words.count(late)), ("all", &words.count(all))];
            where_ = words.with(key, &places);
        }
    }
    let places: [(&str, &dyn Display); 4] =
        [("what", &capital(what)), ("all", &words.count(all)), ("when", &when), ("where", &where_)];
    with_strong(words.of("overdue.said"), &words.count(late), &places)
}

/// A row per program; of each kind a count and what it is out of.
fn table(kinds: &[Kind<'_>], facts: &Facts<'_>) -> Table {
    let words = facts.words;
    let headings = |kind: &Kind<'_>| {
        let counted = kind.metric.header.counted.as_deref().unwrap_or("");
        let what = format!("{}, {}", capital(work(kind.metric)), short_span(&kind.period, words));
        [TableColumn::numbers(what), TableColumn::numbers(words.with("overdue.of", &[("counted", &counted)]))]
    };
    let columns =
        std::iter::once(TableColumn::words(words.of("table.program"))).chain(kinds.iter().flat_map(headings)).collect();
    let mut ids: Vec<Option<&str>> = kinds.iter().flat_map(|kind| kind.programs.iter().map(|(id, _)| *id)).collect();
    ids.sort_by_key(|id| (id.is_none(), order(program_name(facts, *id)), *id));
    ids.dedup();
    let mut rows: Vec<Vec<Cell>> = ids
        .into_iter()
        .map(|id| {
            let of = |kind: &Kind<'_>| {
                cells(kind.programs.iter().find(|(other, _)| *other == id).map(|(_, estimate)| *estimate), words)
            };
            std::iter::once(Cell::text(capital(program_name(facts, id)))).chain(kinds.iter().flat_map(of)).collect()
        })
        .collect();
    let all = Cell::text(words.of("quality.all-programs"));
    rows.push(std::iter::once(all).chain(kinds.iter().flat_map(|kind| cells(kind.all, words))).collect());
    Table { name: "overdue-work".into(), caption: words.of("overdue.caption").into(), columns, rows }
}

/// 12 and 84; or why there is no count, and nothing.
fn cells(estimate: Option<&Released<Estimate>>, words: &Words) -> [Cell; 2] {
    let nothing = |why: &str| [Cell::text(why), Cell::text("")];
    match estimate {
        None => nothing(words.of("overdue.none")),
        Some(found) => match overdue(found) {
            Some((late, all)) => [Cell::count(Some(late), words), Cell::count(Some(all), words)],
            None if found.denominator == Some(0.0) => nothing(words.of("overdue.none")),
            None => nothing(reason(found, words)),
        },
    }
}
