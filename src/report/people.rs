//! Who was served: a count of different people by who they are, unknown told beside the rest.

use super::build::{Facts, paragraph};
use super::definition::Definition;
use super::document::Block;
use super::entries::People;
use super::figures::Figures;
use super::words::{capital, code, span};
use crate::chart::{Cell, Table, TableColumn, Unit};
use crate::measure::{Headline, Statistic};

/// A table for each breakdown. What is withheld of it was decided by the release step, over all tables together.
pub fn blocks(definition: &Definition, people: &People, figures: &Figures, facts: &Facts<'_>) -> Vec<Block> {
    let Some(metric) = facts.catalogue.get(&people.metric) else { return Vec::new() };
    let year = definition.quarters(facts.month).1;
    let clients = Headline { statistic: Statistic::Clients, at: None };
    let all = figures.everybody(metric, &year, clients).and_then(|e| e.estimate);
    let mut blocks = Vec::new();
    for dimension in &people.by {
        let mut groups: Vec<(String, bool, Option<f64>)> = figures
            .by(metric, &year, clients, dimension)
            .into_iter()
            .map(|(value, estimate)| {
                let name = |value: &str| match dimension.as_str() {
                    "program" => facts.programs.get(value).cloned().unwrap_or_else(|| value.to_owned()),
                    // Several answers of one person are one group.
                    _ => capital(&code(value).replace(';', " and ")),
                };
                (value.map_or_else(|| "Unknown".to_owned(), name), value.is_none(), estimate.estimate)
            })
            .collect();
        groups.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
        let words = match dimension.as_str() {
            "race_ethnicity" => "race and ethnicity".to_owned(),
            other => code(other),
        };
        let caption = format!("{} by {words}, {}", definition.label(metric), span(&year));
        let sum: f64 = groups.iter().filter_map(|(.., n)| *n).sum();
        let share = |n: Option<f64>| match (n, all) {
            (Some(n), Some(all)) if all > 0.0 => cell_of_share(n / all),
            _ => Cell::text(""),
        };
        let mut rows: Vec<Vec<Cell>> =
            groups.iter().map(|(name, _, n)| vec![Cell::text(name), people_of(*n), share(*n)]).collect();
        rows.push(vec![Cell::text("All, each person once"), people_of(all), share(all)]);
        let table = Table {
            name: format!("{}-by-{}", people.metric.replace('_', "-"), dimension.replace('_', "-")),
            caption,
            columns: vec![
                TableColumn::words(capital(&words)),
                TableColumn::numbers("People"),
                TableColumn::numbers("Share"),
            ],
            rows,
        };
        blocks.push(Block::Table { table });
        if all.is_some_and(|all| sum > all) {
            blocks.push(paragraph("Who belongs to several of these groups in the period is counted in each, so they add up to more than all."));
        }
    }
    blocks
}

fn people_of(n: Option<f64>) -> Cell {
    n.map_or_else(|| Cell::text("withheld"), |n| Cell::count(Some(n)))
}

fn cell_of_share(share: f64) -> Cell {
    super::scorecard::cell(&Unit::Share, Some(share))
}
