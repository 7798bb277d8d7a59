//! Metrics by quarter of the fiscal year, with the year to date and the same months a year before.

use super::build::Facts;
use super::definition::Definition;
use super::document::Block;
use super::figures::{Figures, unit};
use super::words::{count, short_span, span};
use crate::chart::{Cell, Table, TableColumn, Unit, reason};
use crate::measure::Estimate;
use crate::project::Period;
use crate::release::Released;

/// The table.
pub fn blocks(definition: &Definition, metrics: &[String], figures: &Figures, facts: &Facts<'_>) -> Vec<Block> {
    let (quarters, year) = definition.quarters(facts.month);
    let year_before = year.months_before(12);
    let words = facts.words;
    let columns = std::iter::once(TableColumn::words(words.of("table.metric")))
        .chain(quarters.iter().map(|quarter| TableColumn::numbers(short_span(quarter, words))))
        .chain(["table.year-to-date", "table.a-year-before"].map(|key| TableColumn::numbers(words.of(key))))
        .collect();
    let mut rows = Vec::new();
    for metric in metrics.iter().filter_map(|name| facts.catalogue.get(name)) {
        let headline = metric.header.headline();
        let unit = unit(metric, headline.statistic, words);
        let label = definition.label(metric);
        let entry = definition.entry(&metric.name);
        let (known, until) = definition.quarters_of(&entry, facts.month, facts.as_of, facts.first);
        let before = until.as_ref().map(|year| year.months_before(12));
        // Each with the period that its column is headed with.
        let periods: Vec<(Option<&Period>, &Period)> = known
            .iter()
            .map(Option::as_ref)
            .zip(&quarters)
            .chain([(until.as_ref(), &year), (before.as_ref(), &year_before)])
            .collect();
        let of = |period: Option<&Period>| figures.everybody(metric, period?, headline);
        let line = |label: String, cell: &dyn Fn(&Released<Estimate>) -> Cell| -> Vec<Cell> {
            let cells = periods.iter().map(|(period, _)| of(*period).map_or(Cell::text(""), cell));
            std::iter::once(Cell::under(label)).chain(cells).collect()
        };
        let values = periods.iter().map(|(period, _)| match (period, of(*period)) {
            (None, _) => Cell::text(words.of("reason.follow-up-incomplete")),
            (_, Some(e)) if e.estimate.is_none() => Cell::text(reason(e, words)),
            (_, found) => unit.cell(found.and_then(|e| e.estimate), words),
        });
        rows.push(std::iter::once(Cell::text(label)).chain(values).collect());
        // A plain count has neither.
        if unit == Unit::Count {
            continue;
        }
        let shown = |e: &Released<Estimate>| e.estimate.is_some();
        let counted = metric.header.counted.as_deref().unwrap_or("");
        let how_many = words.with("quarters.how-many", &[("counted", &counted)]);
        let mut counts = line(how_many.trim_end_matches([' ', ':']).to_owned(), &|e| {
            Cell::text(if shown(e) { count(e, "", words) } else { String::new() })
        });
        // Where it ends sooner than its column, that is said.
        for (cell, (period, column)) in counts.iter_mut().skip(1).zip(&periods) {
            if let Some(period) = period.filter(|period| *period != *column && !cell.text.is_empty()) {
                let month = short_span(&Period::month_of(period.last_day()), words);
                cell.text = words.with("quarters.until", &[("count", &cell.text), ("month", &month)]);
            }
        }
        rows.push(counts);
        rows.push(line(words.of("quarters.interval").to_owned(), &|e| {
            unit.limits(Some(e.get()).filter(|_| shown(e)), words)
        }));
    }
    let table = Table {
        name: format!("quarters-{}", metrics.first().map_or("", String::as_str).replace('_', "-")),
        caption: words
            .with("quarters.caption", &[("year", &span(&year, words)), ("year_before", &span(&year_before, words))]),
        columns,
        rows,
    };
    vec![Block::Table { table }]
}
