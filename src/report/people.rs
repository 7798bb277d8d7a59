//! Who was served: a count of different people by who they are, unknown told beside the rest.

use super::build::{Facts, paragraph};
use super::definition::Definition;
use super::document::Block;
use super::entries::People;
use super::figures::Figures;
use super::words::{capital, code, order, span};
use crate::chart::{Cell, Table, TableColumn, Unit};
use crate::language::Words;
use crate::measure::{Headline, Statistic};
use std::fmt::Display;

/// A table for each breakdown. What is withheld of it was decided by the release step, over all tables together.
pub fn blocks(definition: &Definition, people: &People, figures: &Figures, facts: &Facts<'_>) -> Vec<Block> {
    let Some(metric) = facts.catalogue.get(&people.metric) else { return Vec::new() };
    let words = facts.words;
    let year = definition.quarters(facts.month).1;
    let clients = Headline { statistic: Statistic::Clients, at: None };
    let all = figures.everybody(metric, &year, clients).and_then(|e| e.estimate);
    let mut blocks = Vec::new();
    let mut several = Vec::new();
    for dimension in &people.by {
        let mut groups: Vec<(String, bool, Option<f64>)> = figures
            .by(metric, &year, clients, dimension)
            .into_iter()
            .map(|(value, estimate)| {
                let name = |value: &str| {
                    if dimension == "program" {
                        return facts.programs.get(value).map_or(value, String::as_str).to_owned();
                    }
                    // Several answers of one person are one group.
                    let answers: Vec<String> = value.split(';').map(|answer| code(answer, words)).collect();
                    capital(&words.list(&answers))
                };
                let unknown = || words.of("table.unknown").to_owned();
                (value.map_or_else(unknown, name), value.is_none(), estimate.estimate)
            })
            .collect();
        groups.sort_by_cached_key(|group| (group.1, order(&group.0)));
        let by = words.find(&format!("dimensions.{dimension}")).map_or_else(|| code(dimension, words), str::to_owned);
        let places: [(&str, &dyn Display); 3] =
            [("label", &definition.label(metric)), ("by", &by), ("period", &span(&year, words))];
        let caption = words.with("people.caption", &places);
        let sum: f64 = groups.iter().filter_map(|(.., n)| *n).sum();
        let share = |n: Option<f64>| match (n, all) {
            (Some(n), Some(all)) if all > 0.0 => Unit::Share.cell(Some(n / all), words),
            _ => Cell::text(""),
        };
        let mut rows: Vec<Vec<Cell>> =
            groups.iter().map(|(name, _, n)| vec![Cell::text(name), people_of(*n, words), share(*n)]).collect();
        rows.push(vec![Cell::text(words.of("people.all")), people_of(all, words), share(all)]);
        let table = Table {
            name: format!("{}-by-{}", people.metric.replace('_', "-"), dimension.replace('_', "-")),
            caption,
            columns: vec![
                TableColumn::words(capital(&by)),
                TableColumn::numbers(words.of("people.people")),
                TableColumn::numbers(words.of("table.share")),
            ],
            rows,
        };
        if all.is_some_and(|all| sum > all) {
            several.push(by);
        }
        blocks.push(Block::Table { table });
    }
    if !several.is_empty() {
        blocks.insert(0, paragraph(words.with("people.several", &[("by", &words.list(&several))])));
    }
    blocks
}

fn people_of(n: Option<f64>, words: &Words) -> Cell {
    n.map_or_else(|| Cell::text(words.of("reason.withheld")), |n| Cell::count(Some(n), words))
}
