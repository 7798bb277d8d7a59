//! The last pages: what the data cannot say, what every figure means, and what the report was made from.

use super::build::{Facts, paragraph};
use super::definition::{AppendixPart, Definition};
use super::document::{Block, Definition as Term, Section};
use super::edition;
use super::narrative::RULES;
use super::quality;
use super::scorecard::Row;
use super::words::{capital, day, span};
use crate::chart::{Cell, Table, TableColumn};
use crate::contract::{Severity, finding_kind};
use crate::measure::{Kind, Metric};
use crate::release::{RecordCount, Released};
use std::collections::BTreeMap;

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

fn count(record: &Released<RecordCount>) -> Cell {
    match record.count {
        Some(n) => Cell::count(Some(n as f64)),
        None => Cell::text("withheld"),
    }
}

fn data_quality(rows: &[Row<'_>], facts: &Facts<'_>) -> Section {
    let mut blocks = vec![paragraph(
        "Every row of every file was loaded or set aside; the counts add up. A row is set aside when it cannot be counted without \
         guessing. A value that cannot be read becomes unknown, and unknown is never counted as no.",
    )];
    blocks.extend(edition::whose_limits(facts).map(paragraph));
    let files = facts
        .inputs
        .iter()
        .map(|input| {
            vec![
                Cell::text(&input.path),
                Cell::text(&input.table),
                count(&input.rows),
                count(&input.loaded),
                count(&input.quarantined),
            ]
        })
        .collect();
    blocks.push(Block::Table {
        table: Table {
            name: "files-read".into(),
            caption: "Rows read, loaded and set aside, by file".into(),
            columns: vec![
                TableColumn::words("File"),
                TableColumn::words("Table"),
                TableColumn::numbers("Rows"),
                TableColumn::numbers("Loaded"),
                TableColumn::numbers("Set aside"),
            ],
            rows: files,
        },
    });
    let reasons = reasons(facts);
    if !reasons.is_empty() {
        blocks.push(Block::Table {
            table: Table {
                name: "findings-by-reason".into(),
                caption: "What was wrong, by reason".into(),
                columns: vec![
                    TableColumn::words("Reason"),
                    TableColumn::words("Code"),
                    TableColumn::numbers("Rows set aside"),
                    TableColumn::numbers("Values unknown"),
                ],
                rows: reasons,
            },
        });
    }
    blocks.extend(quality::blocks(facts.quality));
    if !facts.quality.programs.is_empty() {
        blocks.push(Block::Subheading { text: "What the figures leave out".into() });
    }
    let left_out: Vec<Vec<Cell>> = rows
        .iter()
        .filter_map(|row| {
            let estimate = row.now?;
            Some(vec![
                Cell::text(&row.label),
                Cell::text(span(&row.span.now)),
                Cell::count(estimate.denominator),
                Cell::count(estimate.unknown.map(|n| n as f64)),
                Cell::count(estimate.excluded.map(|n| n as f64)),
                Cell::text(if row.provisional() { "provisional" } else { "" }),
            ])
        })
        .collect();
    blocks.push(Block::Table {
        table: Table {
            name: "units-left-out".into(),
            caption: "Counted, unknown and left out, for each line of the first page".into(),
            columns: vec![
                TableColumn::words("Metric"),
                TableColumn::words("Period"),
                TableColumn::numbers("Counted"),
                TableColumn::numbers("Unknown"),
                TableColumn::numbers("Left out"),
                TableColumn::words("Remark"),
            ],
            rows: left_out,
        },
    });
    for (metric, columns) in facts.not_collected {
        let title = facts.catalogue.get(metric).map_or(metric.as_str(), |m| m.header.title.as_str());
        blocks.push(paragraph(format!("{title} is not collected: the export has no {}.", columns.join(", "))));
    }
    Section { id: "data-quality".into(), heading: "What the data cannot say".into(), new_page: true, blocks }
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
            .map_or_else(|| Cell::text(""), |(.., n)| count(n))
    };
    codes
        .into_iter()
        .map(|code| {
            let title = finding_kind(code).map_or(code, |kind| kind.title.as_str());
            vec![Cell::text(capital(title)), Cell::text(code), of(code, Severity::Error), of(code, Severity::Warning)]
        })
        .collect()
}

fn definitions(definition: &Definition, told: &Rules, facts: &Facts<'_>) -> Section {
    let items = definition.metrics().iter().filter_map(|name| facts.catalogue.get(name)).map(term).collect();
    let method = format!(
        "The expected range of a history comes from its first {} months: a p chart (p′ where a month counts 300 or more) for shares, \
         an XmR chart for counts, means and rates. A month is a signal when it lies outside the limits, when two of three months lie \
         beyond two thirds of the way to one limit, when seven months in a row rise or fall, or when seven in a row lie on one side of \
         the center. Only months that are over, and whose every unit was followed long enough, can be signals; later ones are drawn as \
         provisional.",
        definition.baseline_months
    );
    let mut blocks = vec![
        Block::Definitions { items },
        Block::Subheading { text: "Signals and expected ranges".into() },
        paragraph(method),
        Block::Subheading { text: "People with several units".into() },
        paragraph(
            "Where a person has several goals, referrals or answers, the 95% intervals of shares, means, rates and changes count people, \
             since what one person has is alike. Those of shares by day, of medians and of the expected ranges take every unit as one of its \
             own, and are somewhat narrow where people come often.",
        ),
        Block::Subheading { text: "Status".into() },
        paragraph(
            "Met: at the target or better. Near: worse than the target by no more than the metric's tolerance. Not met: worse than \
                 that. Too few: fewer units than the metric's minimum. A metric without a target is in range, or it has changed by the \
                 rules above.",
        ),
    ];
    if !told.is_empty() {
        blocks.push(Block::Subheading { text: "How the sentences are made".into() });
        blocks.push(paragraph(
            "Every sentence on a figure is made by rules, from numbers that stand in this report. \"Rose\" and \"fell\" are about \
             two numbers; that something changed is said only where a rule for signals fired.",
        ));
        blocks.push(Block::Table { table: sentence_rules(told) });
    }
    Section { id: "definitions".into(), heading: "Definitions".into(), new_page: true, blocks }
}

/// The rules that made the sentences, in the order of a sentence.
fn sentence_rules(told: &Rules) -> Table {
    let rows = RULES.iter().filter_map(|rule| {
        let labels = told.get(rule.id)?;
        Some(vec![
            Cell::text(rule.id),
            Cell::text(capital(rule.when)),
            Cell::text(rule.example()),
            Cell::text(labels.join("; ")),
        ])
    });
    Table {
        name: "sentence-rules".into(),
        caption: "The rules used in this report".into(),
        columns: ["Rule", "Fires when", "Says, for example", "Used of"].map(TableColumn::words).into(),
        rows: rows.collect(),
    }
}

fn term(metric: &Metric) -> Term {
    let header = &metric.header;
    let mut text = vec![
        header.question.clone(),
        format!("Counted: {}. In a period: {}.", end(&header.grain), end(&header.period)),
    ];
    if let Some(excludes) = &header.excludes {
        text.push(format!("Left out: {}.", end(excludes)));
    }
    let method = match header.kind {
        Kind::Count => "Method: counts; people are counted once.",
        Kind::Proportion => "Method: share with its Wilson 95% interval.",
        Kind::Rate => "Method: rate with its exact (Garwood) 95% interval.",
        Kind::Duration if header.competing.is_empty() => "Method: Kaplan–Meier with log-log 95% limits.",
        Kind::Duration => {
            "Method: Aalen–Johansen with log-log 95% limits; fully followed cohorts as a share with its Wilson interval."
        }
        Kind::Mean => "Method: mean with its t interval.",
        Kind::Change => "Method: reliable change (Jacobson & Truax 1991) as a share with its Wilson 95% interval.",
    };
    text.push(format!("{method} {} {}.", metric.query.path, metric.version));
    Term { term: header.title.clone(), text, source: header.source.clone() }
}

/// Without a full stop of its own.
fn end(text: &str) -> &str {
    text.trim().trim_end_matches('.')
}

fn provenance(facts: &Facts<'_>) -> Section {
    let mut rows = vec![
        vec![Cell::text("Snapshot"), Cell::text(facts.snapshot)],
        vec![Cell::text("Complete through"), Cell::text(day(facts.as_of))],
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
        heading: "What this report was made from".into(),
        new_page: false,
        blocks: vec![Block::Table {
            table: Table {
                name: "provenance".into(),
                caption: "Inputs and definitions; the whole digests are in manifest.json".into(),
                columns: vec![TableColumn::words("What"), TableColumn::words("Which")],
                rows,
            },
        }],
    }
}
