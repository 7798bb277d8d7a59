//! Restated figures: past months that are not what the last report said, and the records that made the difference.

use super::build::{Facts, paragraph};
use super::definition::Definition;
use super::document::{Block, Section};
use super::figures::unit;
use super::scorecard::cell;
use super::words::{count, day, reason, short_span, span};
use crate::chart::number;
use crate::chart::{Cell, Table, TableColumn};
use crate::measure::{Catalogue, Estimate};
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
pub fn first_page(restated: &Restated) -> String {
    let last = span(&restated.last);
    match &restated.found {
        LastSnapshot::Compared { months: lines, .. } => {
            let (number, were) = match months(lines) {
                1 => ("One".to_owned(), "month was"),
                n => (counted(n), "months were"),
            };
            format!("{number} past {were} restated since the report on {last}; see \"Restated figures\".")
        }
        LastSnapshot::NotKept | LastSnapshot::NotRead => {
            format!(
                "Whether past months are still what the report on {last} said is not known; see \"Restated figures\"."
            )
        }
    }
}

/// "Two", "Twelve" is 12.
fn counted(n: usize) -> String {
    const WORDS: [&str; 10] = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];
    WORDS.get(n).map_or_else(|| number::count(n as f64), |word| (*word).to_owned())
}

/// The section.
pub fn section(definition: &Definition, restated: &Restated, facts: &Facts<'_>) -> Section {
    let blocks = match &restated.found {
        LastSnapshot::Compared { as_of, months } => compared(definition, restated, *as_of, months, facts),
        LastSnapshot::NotKept => vec![unknown(restated, "is no longer in the store")],
        LastSnapshot::NotRead => vec![unknown(restated, "cannot be read any more")],
    };
    Section { id: "restated-figures".into(), heading: "Restated figures".into(), new_page: false, blocks }
}

fn unknown(restated: &Restated, why: &str) -> Block {
    paragraph(format!(
        "The report on {} was made from snapshot {}, which {why}. Whether past months have changed since cannot be said.",
        span(&restated.last),
        restated.snapshot
    ))
}

fn compared(
    definition: &Definition,
    restated: &Restated,
    as_of: Date,
    months: &[Released<Restatement>],
    facts: &Facts<'_>,
) -> Vec<Block> {
    let outside = facts.audience != Audience::Internal;
    let mut lead = format!(
        "Months that are not what the report on {} said. Both values are by today's definitions: then, on the records as they were \
         when they were complete through {}; now, on those of today.",
        span(&restated.last),
        day(as_of)
    );
    let with_records = months.iter().any(|line| line.records.is_some());
    lead.push_str(if with_records {
        " Late records are of the month and have come since; changed ones were there and said something else, or were of another \
         month; gone ones are no longer there. Counted are records that the metric reads."
    } else {
        " The people's ids were made with another key then, so the records behind the difference cannot be counted."
    });
    if outside {
        lead.push_str(
            " Values are given where both may be shown and what lies between them is not about a few people; else that the month \
             was revised is all that is said.",
        );
    }
    let late = |line: &Restatement| line.records.iter().flat_map(|r| r.by_table.values()).any(|moved| moved.late > 0);
    let by_table = months.iter().any(|line| late(line));
    let lines = largest_first(definition, months);
    let columns = ["Metric", "Month"]
        .map(TableColumn::words)
        .into_iter()
        .chain(["Then", "Counted then", "Now", "Counted now"].map(TableColumn::numbers))
        .chain(["Late", "Changed", "Gone"].map(TableColumn::numbers).into_iter().filter(|_| with_records))
        .chain(by_table.then(|| TableColumn::words("Late, by table")))
        .collect();
    let rows =
        lines.iter().take(MOST).map(|line| row(definition, line, facts.catalogue, (with_records, by_table))).collect();
    let table = Table {
        name: "restated-figures".into(),
        caption: format!("Restated since the report on {}, largest changes first", span(&restated.last)),
        columns,
        rows,
    };
    let mut blocks = vec![paragraph(lead), Block::Table { table }];
    if let Some(rest) = lines.len().checked_sub(MOST).filter(|rest| *rest > 0) {
        let (figures, are) = if rest == 1 { ("figure", "is") } else { ("figures", "are") };
        let less = if outside { "" } else { "; none of them changed more than these" };
        blocks
            .push(paragraph(format!("{} more restated {figures} {are} not shown{less}.", number::count(rest as f64))));
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
    catalogue: &Catalogue,
    (with_records, by_table): (bool, bool),
) -> Vec<Cell> {
    let metric = catalogue.get(&line.metric);
    let label = metric.map_or_else(|| line.metric.clone(), |metric| definition.label(metric));
    let month = match (line.period.start.parse::<Date>(), line.period.end.parse::<Date>()) {
        (Ok(start), Ok(end)) => short_span(&Period::days(start, end)),
        _ => line.period.label.clone(),
    };
    let mut cells = vec![Cell::text(label), Cell::text(month)];
    let value = |estimate: &Estimate| match (estimate.estimate, metric) {
        (Some(value), Some(metric)) => cell(&unit(metric, estimate.statistic), Some(value)),
        _ => Cell::text(reason(estimate)),
    };
    match &line.values {
        Some((then, now)) => {
            for estimate in [then, now] {
                cells.push(value(estimate));
                cells.push(Cell::text(count(estimate, "")));
            }
        }
        None => cells.extend(["revised", "", "revised", ""].map(Cell::text)),
    }
    if with_records {
        let records = line.records.clone().unwrap_or_default();
        let told = |n: Option<u64>| n.map_or_else(|| Cell::text("withheld"), |n| Cell::count(Some(n as f64)));
        cells.extend([records.late, records.changed, records.gone].map(told));
        if by_table {
            let late = records.by_table.iter().filter(|(_, moved)| moved.late > 0);
            let late = late
                .map(|(table, moved)| format!("{} {}", number::count(moved.late as f64), super::words::code(table)));
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
        assert_eq!((counted(2), counted(9), counted(10)), ("Two".to_owned(), "Nine".to_owned(), "10".to_owned()));
        let last = Period::month_of("2026-05-03".parse().expect("a date in a test"));
        let line = first_page(&Restated { last, snapshot: "s".into(), found: LastSnapshot::NotKept });
        assert!(line.starts_with("Whether past months are still what the report on May 2026 said is not known"));
    }
}
