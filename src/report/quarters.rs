//! Metrics by quarter of the fiscal year, with the year to date and the same months a year before.

use super::build::Facts;
use super::definition::Definition;
use super::document::Block;
use super::figures::{Figures, unit};
use super::words::{count, short_span, span};
use crate::chart::{Cell, Table, TableColumn, reason};
use crate::measure::Estimate;
use crate::release::Released;

/// The table.
pub fn blocks(definition: &Definition, metrics: &[String], figures: &Figures, facts: &Facts<'_>) -> Vec<Block> {
    let (quarters, year) = definition.quarters(facts.month);
    let year_before = year.months_before(12);
    let words = facts.words;
    let headings = ["table.year-to-date", "table.counted", "table.a-year-before"];
    let columns = std::iter::once(TableColumn::words(words.of("table.metric")))
        .chain(quarters.iter().map(|quarter| TableColumn::numbers(short_span(quarter, words))))
        .chain(headings.map(|key| TableColumn::numbers(words.of(key))))
        .collect();
    let mut rows = Vec::new();
    for metric in metrics.iter().filter_map(|name| facts.catalogue.get(name)) {
        let headline = metric.header.headline();
        let unit = unit(metric, headline.statistic, words);
        let of = |period| figures.everybody(metric, period, headline);
        let shown = |estimate: Option<&Released<Estimate>>| match estimate {
            Some(e) if e.estimate.is_none() => Cell::text(reason(e, words)),
            found => unit.cell(found.and_then(|e| e.estimate), words),
        };
        let mut row = vec![Cell::text(definition.label(metric))];
        row.extend(quarters.iter().map(|quarter| shown(of(quarter))));
        row.push(shown(of(&year)));
        let counted = metric.header.counted.as_deref().unwrap_or("");
        row.push(Cell::text(of(&year).map_or(String::new(), |e| count(e, counted, words))));
        row.push(shown(of(&year_before)));
        rows.push(row);
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
