//! What was agreed: each line of the first page that has a target, with the counts behind it.

use super::build::paragraph;
use super::document::{Block, Mark};
use super::scorecard::{Row, cell};
use super::words::{reason, short_span};
use crate::chart::{Cell, Table, TableColumn};

/// The objectives, or a sentence that there are none.
pub fn table(rows: &[Row<'_>]) -> Vec<Block> {
    let agreed: Vec<&Row<'_>> = rows.iter().filter(|row| row.target.is_some()).collect();
    if agreed.is_empty() {
        return vec![paragraph(
            "No targets are set in the project file, so there is nothing to hold these figures against.",
        )];
    }
    let columns = ["Objective", "Period"]
        .map(TableColumn::words)
        .into_iter()
        .chain(["Target", "Actual", "Of these", "Counted", "95% interval"].map(TableColumn::numbers))
        .chain([TableColumn::words("Status")])
        .collect();
    let body = agreed
        .iter()
        .map(|row| {
            let limits = row.now.and_then(|e| Some(row.unit.span(e.lower?, e.upper?))).unwrap_or_default();
            let actual = match row.now {
                Some(estimate) if estimate.estimate.is_none() => Cell::text(reason(estimate)),
                _ => cell(&row.unit, row.value()),
            };
            let status = if row.provisional() { ", provisional" } else { "" };
            vec![
                Cell::text(&row.label),
                Cell::text(short_span(&row.span.now)),
                cell(&row.unit, row.target),
                actual,
                Cell::count(row.now.and_then(|e| e.numerator.or(e.events.map(|n| n as f64)))),
                Cell::count(row.now.and_then(|e| e.denominator)),
                Cell::text(limits),
                Cell::text(format!("{}{status}", row.mark().word)),
            ]
        })
        .collect();
    let met = agreed.iter().filter(|row| row.mark().mark == Mark::Full).count();
    let table = Table {
        name: "objectives".into(),
        caption: format!("Objectives: {met} of {} met", agreed.len()),
        columns,
        rows: body,
    };
    vec![Block::Table { table }]
}
