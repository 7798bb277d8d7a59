//! What was agreed: each line of the first page that has a target, with the counts behind it.

use super::build::paragraph;
use super::document::{Block, Mark};
use super::scorecard::Row;
use super::words::short_span;
use crate::chart::{Cell, Table, TableColumn, reason};
use crate::language::Words;
use crate::measure::Direction;
use crate::release::Released;

/// "at least 80%", "at most 25%": in words in a workbook too, where a number alone would not say which.
fn target(row: &Row<'_>, words: &Words) -> Cell {
    let cell = row.unit.cell(row.target, words);
    let key = match row.metric.header.direction_of(row.metric.header.headline().statistic) {
        Direction::Higher => "sentence.at-least",
        Direction::Lower => "sentence.at-most",
        Direction::Neutral => return cell,
    };
    Cell::text(words.with(key, &[("target", &cell.text)]))
}

/// The objectives, or a sentence that there are none.
pub fn table(rows: &[Row<'_>], words: &Words) -> Vec<Block> {
    let agreed: Vec<&Row<'_>> = rows.iter().filter(|row| row.target.is_some()).collect();
    if agreed.is_empty() {
        return vec![paragraph(words.of("objectives.none"))];
    }
    let text = |key: &str| TableColumn::words(words.of(key));
    let number = |key: &str| TableColumn::numbers(words.of(key));
    let columns = vec![
        text("table.objective"),
        text("table.period"),
        number("table.target"),
        number("table.actual"),
        number("table.of-these"),
        number("table.counted"),
        number("table.interval"),
        text("table.status"),
    ];
    let body = agreed
        .iter()
        .map(|row| {
            let actual = match row.now {
                Some(estimate) if estimate.estimate.is_none() => Cell::text(reason(estimate, words)),
                _ => row.unit.cell(row.value(), words),
            };
            vec![
                Cell::text(&row.label),
                Cell::text(short_span(&row.span.now, words)),
                target(row, words),
                actual,
                Cell::count(row.now.and_then(|e| e.numerator.or(e.events.map(|n| n as f64))), words),
                Cell::count(row.now.and_then(|e| e.denominator), words),
                row.unit.limits(row.now.map(Released::get), words),
                Cell::text(row.status_words()),
            ]
        })
        .collect();
    let met = agreed.iter().filter(|row| row.mark().mark == Mark::Full).count();
    // Of what is withheld, or not known yet, nobody can say here whether it is met.
    let open = agreed.iter().filter(|row| row.value().is_none()).count();
    let judged = agreed.len() - open;
    let mut caption = words.with("objectives.caption", &[("met", &met), ("all", &judged)]);
    if open > 0 {
        caption = format!("{caption}. {}", words.counted("objectives.open", open as f64, &[]));
    }
    let table = Table { name: "objectives".into(), caption, columns, rows: body };
    vec![Block::Table { table }]
}
