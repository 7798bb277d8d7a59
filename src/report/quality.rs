//! Data quality by program, and what the rules over several rows and tables found: two tables among the data's limits.

use super::build::paragraph;
use super::document::Block;
use super::words::{capital, list};
use crate::chart::number::decimal;
use crate::chart::{Cell, CellFormat, Table, TableColumn};
use crate::release::{RecordCount, RecordShare, Released};

/// Data quality as released to an audience.
#[derive(Debug, Clone, Default)]
pub struct QualityFacts {
    /// Every program, then all.
    pub programs: Vec<ProgramQuality>,
    /// Rules that found something.
    pub rules: Vec<RuleFact>,
    /// How many rules were run and found nothing.
    pub found_nothing: u64,
    /// Rules that were not run, and why.
    pub not_checked: Vec<String>,
}

/// The four shares of one program, or of all.
#[derive(Debug, Clone)]
pub struct ProgramQuality {
    pub name: String,
    /// Conformance, completeness, timeliness, plausibility.
    pub shares: [Released<RecordShare>; 4],
}

/// What one rule found.
#[derive(Debug, Clone)]
pub struct RuleFact {
    pub code: String,
    pub title: String,
    /// What was looked at: "open enrollments".
    pub counted: String,
    pub looked_at: Released<RecordCount>,
    pub found: Released<RecordCount>,
}

/// A share and what it is of, as two cells.
fn cells(share: &RecordShare) -> [Cell; 2] {
    match share.good_of {
        None => [Cell::text("withheld"), Cell::text("withheld")],
        Some((_, 0)) => [Cell::text("not checked"), Cell::count(Some(0.0))],
        Some((good, of)) => {
            let value = good as f64 / of as f64;
            // Never rounded up to all.
            let text = format!("{}%", decimal((value * 1000.0).floor() / 10.0, 1));
            [Cell { text, value: Some(value), format: CellFormat::Share }, Cell::count(Some(of as f64))]
        }
    }
}

fn count(record: &RecordCount) -> Cell {
    record.count.map_or_else(|| Cell::text("withheld"), |n| Cell::count(Some(n as f64)))
}

/// The blocks of the section.
pub fn blocks(facts: &QualityFacts) -> Vec<Block> {
    let mut blocks = Vec::new();
    if facts.programs.is_empty() {
        return blocks;
    }
    blocks.push(Block::Subheading { text: "Data quality by program".into() });
    blocks.push(paragraph(
        "Conformance: rows that fit the contract. Completeness: expected values that are known. Timeliness: records that came, or were \
         closed, in time. Plausibility: enrollments that no rule speaks against. Rows set aside, whose program cannot be known, and \
         rows of staff, partners and outcome events count only for all programs together.",
    ));
    blocks.push(Block::Table {
        table: Table {
            name: "data-quality-by-program".into(),
            caption: "Data quality by program: shares, and what each is of".into(),
            columns: vec![
                TableColumn::words("Program"),
                TableColumn::numbers("Conformance"),
                TableColumn::numbers("of rows"),
                TableColumn::numbers("Completeness"),
                TableColumn::numbers("of values"),
                TableColumn::numbers("Timeliness"),
                TableColumn::numbers("of records"),
                TableColumn::numbers("Plausibility"),
                TableColumn::numbers("of enrollments"),
            ],
            rows: facts
                .programs
                .iter()
                .map(|program| {
                    std::iter::once(Cell::text(&program.name))
                        .chain(program.shares.iter().flat_map(|share| cells(share)))
                        .collect()
                })
                .collect(),
        },
    });
    if !facts.rules.is_empty() {
        blocks.push(Block::Table {
            table: Table {
                name: "data-quality-rules".into(),
                caption: "What rules over several rows and tables found; these rows are counted as they stand".into(),
                columns: vec![
                    TableColumn::words("What"),
                    TableColumn::words("Code"),
                    TableColumn::numbers("Found"),
                    TableColumn::numbers("Looked at"),
                    TableColumn::words("Of"),
                ],
                rows: facts
                    .rules
                    .iter()
                    .map(|rule| {
                        vec![
                            Cell::text(capital(&rule.title)),
                            Cell::text(&rule.code),
                            count(&rule.found),
                            count(&rule.looked_at),
                            Cell::text(&rule.counted),
                        ]
                    })
                    .collect(),
            },
        });
    }
    if facts.found_nothing > 0 {
        let (rules, have) = if facts.found_nothing == 1 { ("rule", "has") } else { ("rules", "have") };
        let other = if facts.rules.is_empty() { "" } else { "other " };
        blocks.push(paragraph(format!("{} {other}{rules} {have} found nothing.", facts.found_nothing)));
    }
    if !facts.not_checked.is_empty() {
        blocks.push(paragraph(format!("Not checked: {}.", list(&facts.not_checked))));
    }
    blocks
}
