//! Data quality by program, and what the rules over several rows and tables found: two tables among the data's limits.

use super::build::paragraph;
use super::document::Block;
use super::words::{capital, finding};
use crate::chart::{Cell, CellFormat, Table, TableColumn};
use crate::language::Words;
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
    /// Or so little that it is withheld.
    pub few_are_nothing: bool,
    /// Rules that were not run, and why.
    pub not_checked: Vec<String>,
}

/// The four shares of one program, or of all.
#[derive(Debug, Clone)]
pub struct ProgramQuality {
    /// `None` of all programs together.
    pub name: Option<String>,
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
fn cells(share: &RecordShare, words: &Words) -> [Cell; 2] {
    let withheld = || Cell::text(words.of("reason.withheld"));
    match (share.share, share.of) {
        (_, None) => [withheld(), withheld()],
        (None, Some(of)) => [Cell::text(words.of("quality.not-checked")), Cell::count(Some(of as f64), words)],
        (Some(value), Some(of)) => {
            let text = words.percent(&words.decimal(value * 100.0, 1));
            [Cell::number(text, value, CellFormat::FineShare), Cell::count(Some(of as f64), words)]
        }
    }
}

fn count(record: &RecordCount, words: &Words) -> Cell {
    let withheld = || Cell::text(words.of("reason.withheld"));
    record.count.map_or_else(withheld, |n| Cell::count(Some(n as f64), words))
}

/// The blocks of the section.
pub fn blocks(facts: &QualityFacts, words: &Words) -> Vec<Block> {
    let mut blocks = Vec::new();
    if facts.programs.is_empty() {
        return blocks;
    }
    blocks.push(Block::Subheading { text: words.of("quality.by-program").into() });
    blocks.push(paragraph(words.of("quality.about")));
    blocks.push(Block::Table { table: by_program(facts, words) });
    if !facts.rules.is_empty() {
        blocks.push(Block::Table { table: rules(facts, words) });
    }
    if facts.found_nothing > 0 {
        let key = match (facts.rules.is_empty(), facts.few_are_nothing) {
            (true, false) => "quality.found-nothing",
            (false, false) => "quality.others-found-nothing",
            (true, true) => "quality.found-few",
            (false, true) => "quality.others-found-few",
        };
        blocks.push(paragraph(words.counted(key, facts.found_nothing as f64, &[])));
    }
    if !facts.not_checked.is_empty() {
        blocks.push(paragraph(words.with("quality.not-run", &[("rules", &words.list(&facts.not_checked))])));
    }
    blocks
}

fn by_program(facts: &QualityFacts, words: &Words) -> Table {
    let headings = [
        "quality.conformance",
        "quality.of-rows",
        "quality.completeness",
        "quality.of-values",
        "quality.timeliness",
        "quality.of-records",
        "quality.plausibility",
        "quality.of-enrollments",
    ];
    let row = |program: &ProgramQuality| {
        let name = program.name.as_deref().unwrap_or(words.of("quality.all-programs"));
        let shares = program.shares.iter().flat_map(|share| cells(share, words));
        std::iter::once(Cell::text(name)).chain(shares).collect()
    };
    Table {
        name: "data-quality-by-program".into(),
        caption: words.of("quality.by-program-caption").into(),
        columns: std::iter::once(TableColumn::words(words.of("table.program")))
            .chain(headings.map(|key| TableColumn::numbers(words.of(key))))
            .collect(),
        rows: facts.programs.iter().map(row).collect(),
    }
}

fn rules(facts: &QualityFacts, words: &Words) -> Table {
    let row = |rule: &RuleFact| {
        let counted = words.find(&format!("checks.{}.counted", rule.code)).unwrap_or(&rule.counted);
        vec![
            Cell::text(capital(&finding(&rule.code, Some(&rule.title), words))),
            Cell::text(&rule.code),
            count(&rule.found, words),
            count(&rule.looked_at, words),
            Cell::text(counted),
        ]
    };
    Table {
        name: "data-quality-rules".into(),
        caption: words.of("quality.rules-caption").into(),
        columns: vec![
            TableColumn::words(words.of("quality.what")),
            TableColumn::words(words.of("table.code")),
            TableColumn::numbers(words.of("quality.found")),
            TableColumn::numbers(words.of("quality.looked-at")),
            TableColumn::words(words.of("quality.of")),
        ],
        rows: facts.rules.iter().map(row).collect(),
    }
}
