//! The last pages: what the data cannot say, what every figure means, and what the report was made from.

use super::build::{Facts, paragraph};
use super::definition::{AppendixPart, Definition};
use super::document::{Block, Definition as Term, Section};
use super::edition;
use super::narrative::RULES;
use super::quality;
use super::scorecard::Row;
use super::words::{capital, finding, small, span};
use crate::chart::{Cell, Table, TableColumn};
use crate::contract::Severity;
use crate::language::Words;
use crate::measure::{Kind, Metric};
use crate::release::{RecordCount, Released, least_rounded, rounding};
use std::collections::BTreeMap;
use std::fmt::Display;

/// Rule of a sentence → labels of the metrics of which it was used.
pub type Rules = BTreeMap<&'static str, Vec<String>>;

/// The appendix.
/// `told` are the metrics whose sentences stand in the report, each with the rules that made them.
pub fn sections(definition: &Definition, rows: &[Row<'_>], told: &Rules, facts: &Facts<'_>) -> Vec<Section> {
    let of_part = |part: &AppendixPart| match part {
        AppendixPart::DataQuality => data_quality(rows, facts),
        AppendixPart::Definitions => definitions(definition, told, facts),
        AppendixPart::Provenance => provenance(facts),
    };
    definition.appendix.iter().map(of_part).collect()
}

fn count(record: &Released<RecordCount>, words: &Words) -> Cell {
    match record.count {
        Some(n) => Cell::count(Some(n as f64), words),
        None => Cell::text(words.of("reason.withheld")),
    }
}

/// That counts of records are not exact, where they are not.
fn rounded(facts: &Facts<'_>) -> Option<String> {
    let small_cell = facts.privacy.small_cell;
    let unit = rounding(small_cell);
    let places: [(&str, &dyn Display); 3] =
        [("unit", &unit), ("least", &least_rounded(small_cell)), ("most", &small_cell.saturating_sub(1))];
    (facts.audience.is_outside() && unit > 1).then(|| facts.words.with("appendix.rounded", &places))
}

fn data_quality(rows: &[Row<'_>], facts: &Facts<'_>) -> Section {
    let words = facts.words;
    let text = |key: &str| TableColumn::words(words.of(key));
    let number = |key: &str| TableColumn::numbers(words.of(key));
    // Rounded counts add up only roughly.
    let key = if facts.audience.is_outside() { "appendix.every-row-outside" } else { "appendix.every-row" };
    let mut blocks = vec![paragraph(words.of(key))];
    blocks.extend(edition::whose_limits(facts).map(paragraph));
    blocks.extend(rounded(facts).map(paragraph));
    let files = facts
        .inputs
        .iter()
        .map(|input| {
            vec![
                Cell::text(&input.path),
                Cell::text(&input.table),
                count(&input.rows, words),
                count(&input.loaded, words),
                count(&input.quarantined, words),
            ]
        })
        .collect();
    blocks.push(Block::Table {
        table: Table {
            name: "files-read".into(),
            caption: words.of("appendix.files-caption").into(),
            columns: vec![
                text("appendix.file"),
                text("appendix.table"),
                number("appendix.rows"),
                number("appendix.loaded"),
                number("appendix.set-aside"),
            ],
            rows: files,
        },
    });
    let reasons = reasons(facts);
    if !reasons.is_empty() {
        blocks.push(Block::Table {
            table: Table {
                name: "findings-by-reason".into(),
                caption: words.of("appendix.reasons-caption").into(),
                columns: vec![
                    text("appendix.reason"),
                    text("table.code"),
                    number("appendix.rows-set-aside"),
                    number("appendix.values-unknown"),
                ],
                rows: reasons,
            },
        });
    }
    blocks.extend(quality::blocks(facts.quality, words));
    if !facts.quality.programs.is_empty() {
        blocks.push(Block::Subheading { text: words.of("appendix.left-out").into() });
    }
    let left_out: Vec<Vec<Cell>> = rows
        .iter()
        .filter_map(|row| {
            let estimate = row.now?;
            Some(vec![
                Cell::text(&row.label),
                Cell::text(span(&row.span.now, words)),
                Cell::count(estimate.denominator, words),
                row.out_of_sight(|e| e.unknown),
                row.out_of_sight(|e| e.excluded),
                Cell::text(if row.provisional() { words.of("status.provisional") } else { "" }),
            ])
        })
        .collect();
    blocks.push(Block::Table {
        table: Table {
            name: "units-left-out".into(),
            caption: words.of("appendix.left-out-caption").into(),
            columns: vec![
                text("table.metric"),
                text("table.period"),
                number("table.counted"),
                number("table.unknown"),
                number("table.left-out"),
                text("appendix.remark"),
            ],
            rows: left_out,
        },
    });
    for (metric, columns) in facts.not_collected {
        let title = facts.catalogue.get(metric).map_or(metric.as_str(), |m| m.header.title.as_str());
        let places: [(&str, &dyn Display); 2] = [("title", &title), ("columns", &columns.join(", "))];
        blocks.push(paragraph(words.with("appendix.not-collected", &places)));
    }
    Section { id: "data-quality".into(), heading: words.of("appendix.data-quality").into(), new_page: true, blocks }
}

/// One row per kind of finding that cost a row or a value.
fn reasons(facts: &Facts<'_>) -> Vec<Vec<Cell>> {
    let mut codes: Vec<&str> = Vec::new();
    for (code, severity, _) in &facts.findings {
        if *severity != Severity::Note && !codes.contains(&code.as_str()) {
            codes.push(code);
        }
    }
    codes.sort_unstable();
    let of = |code: &str, severity: Severity| {
        facts
            .findings
            .iter()
            .find(|(c, s, _)| c == code && *s == severity)
            .map_or_else(|| Cell::text(""), |(.., n)| count(n, facts.words))
    };
    codes
        .into_iter()
        .map(|code| {
            let title = finding(code, None, facts.words);
            vec![Cell::text(capital(&title)), Cell::text(code), of(code, Severity::Error), of(code, Severity::Warning)]
        })
        .collect()
}

fn definitions(definition: &Definition, told: &Rules, facts: &Facts<'_>) -> Section {
    let words = facts.words;
    let subheading = |key: &str| Block::Subheading { text: words.of(key).into() };
    let items = definition
        .metrics()
        .iter()
        .filter_map(|name| facts.catalogue.get(name))
        .map(|metric| term(metric, &definition.label(metric), words))
        .collect();
    let months = f64::from(definition.baseline_months);
    let mut blocks = vec![
        Block::Definitions { items },
        subheading("appendix.signals"),
        paragraph(words.counted("appendix.signals-text", months, &[])),
        subheading("appendix.several-units"),
        paragraph(words.of("appendix.several-units-text")),
        subheading("appendix.status"),
        paragraph(words.of("appendix.status-text")),
    ];
    if !told.is_empty() {
        blocks.push(subheading("appendix.sentences"));
        blocks.push(paragraph(words.of("appendix.sentences-text")));
        blocks.push(Block::Table { table: sentence_rules(told, words) });
    }
    Section { id: "definitions".into(), heading: words.of("appendix.definitions").into(), new_page: true, blocks }
}

/// The rules that made the sentences, in the order of a sentence.
fn sentence_rules(told: &Rules, words: &Words) -> Table {
    let rows = RULES.iter().filter_map(|rule| {
        let labels = told.get(rule.id)?;
        Some(vec![
            Cell::text(rule.id),
            Cell::text(capital(rule.when(words))),
            Cell::text(rule.example(words)),
            Cell::text(labels.join("; ")),
        ])
    });
    Table {
        name: "sentence-rules".into(),
        caption: words.of("appendix.rules-caption").into(),
        columns: ["appendix.rule", "appendix.fires-when", "appendix.says", "appendix.used-of"]
            .map(|key| TableColumn::words(words.of(key)))
            .into(),
        rows: rows.collect(),
    }
}

fn term(metric: &Metric, label: &str, words: &Words) -> Term {
    let header = &metric.header;
    let counted = [("grain", &end(&header.grain) as &dyn Display), ("period", &end(&header.period))];
    let mut text = vec![header.question.clone(), words.with("definition.counted", &counted)];
    if let Some(excludes) = &header.excludes {
        text.push(words.with("definition.left-out", &[("excludes", &end(excludes))]));
    }
    let method = words.of(match header.kind {
        Kind::Count => "definition.counts",
        Kind::Proportion => "definition.proportion",
        Kind::Rate => "definition.rate",
        Kind::Duration if header.competing.is_empty() => "definition.duration",
        Kind::Duration => "definition.competing",
        Kind::Mean => "definition.mean",
        Kind::Change => "definition.change",
    });
    text.push(format!("{method} {} {}.", metric.query.path, metric.version));
    // The first page may call it otherwise.
    let title = &header.title;
    let term = if label == title { title.clone() } else { format!("{title} ({})", small(label)) };
    Term { term, text, source: header.source.clone() }
}

/// Without a full stop of its own.
fn end(text: &str) -> &str {
    text.trim().trim_end_matches('.')
}

fn provenance(facts: &Facts<'_>) -> Section {
    let words = facts.words;
    let mut rows = vec![
        vec![Cell::text(words.of("appendix.snapshot")), Cell::text(facts.snapshot)],
        vec![Cell::text(words.of("appendix.complete-through")), Cell::text(words.day(facts.as_of))],
    ];
    rows.extend(facts.provenance.iter().map(|(name, value)| vec![Cell::text(name), Cell::text(value)]));
    rows.extend(facts.inputs.iter().map(|input| {
        vec![
            Cell::text(&input.path),
            Cell::text(format!("sha256 {}…", input.sha256.get(..16).unwrap_or(&input.sha256))),
        ]
    }));
    Section {
        id: "provenance".into(),
        heading: words.of("appendix.provenance").into(),
        new_page: false,
        blocks: vec![Block::Table {
            table: Table {
                name: "provenance".into(),
                caption: words.of("appendix.provenance-caption").into(),
                columns: ["appendix.what", "appendix.which"].map(|key| TableColumn::words(words.of(key))).into(),
                rows,
            },
        }],
    }
}
