//! Metrics by quarter of the fiscal year, with the year to date and the same months a year before.

use super::build::Facts;
use super::definition::Definition;
use super::document::Block;
use super::figures::{Figures, unit};
use super::scorecard::cell;
use super::words::{count, reason, short_span, span};
use crate::chart::{Cell, Table, TableColumn};
use crate::measure::Estimate;
use crate::release::Released;

/// The table.
pub fn blocks(definition: &Definition, metrics: &[String], figures: &Figures, facts: &Facts<'_>) -> Vec<Block> {
    let (quarters, year) = definition.quarters(facts.month);
    let year_before = year.months_before(12);
    let columns = std::iter::once(TableColumn::words("Metric"))
        .chain(quarters.iter().map(|quarter| TableColumn::numbers(short_span(quarter))))
        .chain(["Year to date", "Counted", "A year before"].map(TableColumn::numbers))
        .collect();
    let mut rows = Vec::new();
    for metric in metrics.iter().filter_map(|name| facts.catalogue.get(name)) {
        let headline = metric.header.headline();
        let unit = unit(metric, headline.statistic);
        let of = |period| figures.everybody(metric, period, headline);
        let shown = |estimate: Option<&Released<Estimate>>| match estimate {
            Some(e) if e.estimate.is_none() => Cell::text(reason(e)),
            found => cell(&unit, found.and_then(|e| e.estimate)),
        };
        let mut row = vec![Cell::text(definition.label(metric))];
        row.extend(quarters.iter().map(|quarter| shown(of(quarter))));
        row.push(shown(of(&year)));
        let counted = metric.header.counted.as_deref().unwrap_or("");
        row.push(Cell::text(of(&year).map_or(String::new(), |e| count(e, counted))));
        row.push(shown(of(&year_before)));
        rows.push(row);
    }
    let table = Table {
        name: format!("quarters-{}", metrics.first().map_or("", String::as_str).replace('_', "-")),
        caption: format!("By quarter, {}; a year before is {}", span(&year), span(&year_before)),
        columns,
        rows,
    };
    vec![Block::Table { table }]
}
