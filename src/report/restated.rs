//! Restated figures: past months that are not what the last report said, and the records that made the difference.

use super::build::{Facts, paragraph};
use super::definition::Definition;
use super::document::{Block, Section};
use super::figures::unit;
use super::words::{count, short_span, span};
use crate::chart::{Cell, Table, TableColumn, reason};
use crate::language::Words;
use crate::measure::Estimate;
use crate::project::Period;
use crate::release::{Audience, Released, Restatement};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Lines shown; a section that nobody reads to its end hides what is in it.
const MOST: usize = 20;

/// What a report says of the last one.
#[derive(Debug, Clone)]
pub struct Restated {
    /// The month of the last report.
    pub last: Period,
    /// The snapshot that it was made from.
    pub snapshot: String,
    pub found: LastSnapshot,
}

/// What became of the last report's snapshot.
#[derive(Debug, Clone)]
pub enum LastSnapshot {
    /// It was read; what its months are now. Never empty.
    Compared { as_of: Date, months: Vec<Released<Restatement>> },
    /// The store has it no longer.
    NotKept,
    /// It is there, and cannot be read.
    NotRead,
}

/// How many different months.
fn months(restated: &[Released<Restatement>]) -> usize {
    restated.iter().map(|line| line.period.label.as_str()).collect::<BTreeSet<_>>().len()
}

/// The line of the first page.
pub fn first_page(restated: &Restated, words: &Words) -> String {
    let last = span(&restated.last, words);
    match &restated.found {
        LastSnapshot::Compared { months: lines, .. } => {
            let n = months(lines);
            words.counted("restated.first-page", n as f64, &[("number", &in_words(n, words)), ("last", &last)])
        }
        LastSnapshot::NotKept | LastSnapshot::NotRead => words.with("restated.first-page-unknown", &[("last", &last)]),
    }
}

/// "Two", "Twelve" is 12: as a sentence begins.
fn in_words(n: usize, words: &Words) -> String {
    let known = words.of("restated.numbers").split(", ").nth(n.wrapping_sub(1));
    known.map_or_else(|| words.count(n as f64), str::to_owned)
}

/// The section.
pub fn section(definition: &Definition, restated: &Restated, facts: &Facts<'_>) -> Section {
    let words = facts.words;
    let blocks = match &restated.found {
        LastSnapshot::Compared { as_of, months } => compared(definition, restated, *as_of, months, facts),
        LastSnapshot::NotKept => vec![unknown(restated, "restated.not-kept", words)],
        LastSnapshot::NotRead => vec![unknown(restated, "restated.not-read", words)],
    };
    let heading = words.of("restated.heading").into();
    Section { id: "restated-figures".into(), heading, new_page: false, blocks }
}

fn unknown(restated: &Restated, key: &str, words: &Words) -> Block {
    let last = span(&restated.last, words);
    paragraph(words.with(key, &[("last", &last), ("snapshot", &restated.snapshot)]))
}

fn compared(
    definition: &Definition,
    restated: &Restated,
    as_of: Date,
    months: &[Released<Restatement>],
    facts: &Facts<'_>,
) -> Vec<Block> {
    let outside = facts.audience != Audience::Internal;
    let words = facts.words;
    let last = span(&restated.last, words);
    let mut lead = vec![words.with("restated.about", &[("last", &last), ("day", &words.day(as_of))])];
    let with_records = months.iter().any(|line| line.records.is_some());
    lead.push(words.of(if with_records { "restated.records" } else { "restated.no-records" }).to_owned());
    if outside {
        lead.push(words.of("restated.outside").to_owned());
    }
    let late = |line: &Restatement| line.records.iter().flat_map(|r| r.by_table.values()).any(|moved| moved.late > 0);
    let by_table = months.iter().any(|line| late(line));
    let lines = largest_first(definition, months);
    let texts = |key: &str| TableColumn::words(words.of(key));
    let numbers = |key: &str| TableColumn::numbers(words.of(key));
    let columns = ["table.metric", "restated.month"]
        .map(texts)
        .into_iter()
        .chain(["restated.then", "restated.counted-then", "restated.now", "restated.counted-now"].map(numbers))
        .chain(["restated.late", "restated.changed", "restated.gone"].map(numbers).into_iter().filter(|_| with_records))
        .chain(by_table.then(|| texts("restated.late-by-table")))
        .collect();
    let rows = lines.iter().take(MOST).map(|line| row(definition, line, facts, (with_records, by_table))).collect();
    let table = Table {
        name: "restated-figures".into(),
        caption: words.with("restated.caption", &[("last", &last)]),
        columns,
        rows,
    };
    let mut blocks = vec![paragraph(lead.join(" ")), Block::Table { table }];
    if let Some(rest) = lines.len().checked_sub(MOST).filter(|rest| *rest > 0) {
        let less = if outside { "" } else { words.of("restated.none-larger") };
        blocks.push(paragraph(words.counted("restated.more", rest as f64, &[("less", &less)])));
    }
    blocks
}

/// By how far a value moved, measured by the larger of the two; those whose values are not given come last, in the order of
/// the definition, since their order would say how large the change is.
fn largest_first<'a>(definition: &Definition, months: &'a [Released<Restatement>]) -> Vec<&'a Released<Restatement>> {
    let moved = |line: &Restatement| {
        line.values.as_ref().map_or(-1.0, |(then, now)| match (then.estimate, now.estimate) {
            (Some(a), Some(b)) => {
                let larger = a.abs().max(b.abs());
                if larger > 0.0 { (a - b).abs() / larger } else { 0.0 }
            }
            // From or to no figure at all.
            _ => f64::INFINITY,
        })
    };
    let metrics = definition.metrics();
    let place = |line: &Restatement| metrics.iter().position(|name| *name == line.metric);
    let mut lines: Vec<&Released<Restatement>> = months.iter().collect();
    lines.sort_by(|a, b| {
        moved(b).total_cmp(&moved(a)).then_with(|| (place(a), &a.period.start).cmp(&(place(b), &b.period.start)))
    });
    lines
}

fn row(
    definition: &Definition,
    line: &Restatement,
    facts: &Facts<'_>,
    (with_records, by_table): (bool, bool),
) -> Vec<Cell> {
    let words = facts.words;
    let metric = facts.catalogue.get(&line.metric);
    let label = metric.map_or_else(|| line.metric.clone(), |metric| definition.label(metric));
    let month = match (line.period.start.parse::<Date>(), line.period.end.parse::<Date>()) {
        (Ok(start), Ok(end)) => short_span(&Period::days(start, end), words),
        _ => line.period.label.clone(),
    };
    let mut cells = vec![Cell::text(label), Cell::text(month)];
    let value = |estimate: &Estimate| match (estimate.estimate, metric) {
        (Some(value), Some(metric)) => unit(metric, estimate.statistic, words).cell(Some(value), words),
        _ => Cell::text(reason(estimate, words)),
    };
    if let Some((then, now)) = &line.values {
        for estimate in [then, now] {
            cells.push(value(estimate));
            cells.push(Cell::text(count(estimate, "", words)));
        }
    } else {
        let revised = words.of("restated.revised");
        cells.extend([revised, "", revised, ""].map(Cell::text));
    }
    if with_records && line.values.is_none() && facts.audience.is_outside() {
        // That few came late, or that nothing else did, would tell how little it is.
        cells.extend(std::iter::repeat_n(Cell::text(""), 3 + usize::from(by_table)));
    } else if with_records {
        let records = line.records.clone().unwrap_or_default();
        let withheld = || Cell::text(words.of("reason.withheld"));
        let told = |n: Option<u64>| n.map_or_else(withheld, |n| Cell::count(Some(n as f64), words));
        cells.extend([records.late, records.changed, records.gone].map(told));
        if by_table {
            let late = records.by_table.iter().filter(|(_, moved)| moved.late > 0);
            let late = late.map(|(table, moved)| {
                format!("{} {}", words.count(moved.late as f64), super::words::code(table, words))
            });
            cells.push(Cell::text(late.collect::<Vec<_>>().join(", ")));
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_page_counts_months_in_words_where_they_are_few() {
        let words = Words::default();
        let counted = |n| in_words(n, &words);
        assert_eq!((counted(2), counted(9), counted(10)), ("Two".to_owned(), "Nine".to_owned(), "10".to_owned()));
        let last = Period::month_of("2026-05-03".parse().expect("a date in a test"));
        let line = first_page(&Restated { last, snapshot: "s".into(), found: LastSnapshot::NotKept }, &words);
        assert!(line.starts_with("Whether past months are still what the May 2026 report said is not known"));
    }
}
