//! `attain explain`: metrics, findings, rules, tables, columns and terms, from the places where they are defined.
//!
//! Long because whatever can be asked for stands beside the rest.

use super::console::Console;
use super::failure::Failure;
use super::job::Context;
use super::style::wrapped;
use crate::contract::{
    CONTRACT, Column, ColumnType, FindingKind, Rule, Sensitivity, Severity, Table, finding_kind, finding_kinds,
};
use crate::measure::{Catalogue, Direction, Header, Kind, Metric};
use crate::quality::{Dimension, Rule as Check, Rules};
use crate::report::FigureKind;
use serde::Deserialize;
use std::fmt::Write as _;
use std::sync::LazyLock;

/// The term whose explanation ends with every kind of figure.
const FIGURES: &str = "figures";

/// Width at which explanations are broken.
const WIDTH: usize = 96;

#[derive(Deserialize)]
struct Terms {
    terms: Vec<Term>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Term {
    name: String,
    #[serde(default)]
    also: Vec<String>,
    title: String,
    text: String,
    formula: Option<String>,
    source: Option<String>,
}

static TERMS: LazyLock<Vec<Term>> = LazyLock::new(|| {
    // Cannot fire: the embedded text is parsed by `tests::everything_can_be_explained`.
    toml::from_str::<Terms>(include_str!("terms.toml")).expect("the embedded terms are valid").terms
});

pub fn explain(context: &Context, what: Option<&str>) -> Result<(), Failure> {
    let known = Known { catalogue: super::verbs::catalogue(context)?, rules: super::verbs::rules(context)? };
    let text = match what {
        None => everything(&known),
        Some(word) => one(&known, word).ok_or_else(|| unknown(&known, word))?,
    };
    Console::show(&text);
    Ok(())
}

/// What a project can use, besides what is always there.
struct Known {
    catalogue: Catalogue,
    rules: Rules,
}

fn one(known: &Known, word: &str) -> Option<String> {
    let word = word.trim().to_lowercase().replace(' ', "-");
    let as_name = word.replace('-', "_");
    if let Some(metric_) = known.catalogue.get(&as_name) {
        return Some(metric(metric_, false));
    }
    if let Some(kind) = finding_kind(&word) {
        return Some(finding(kind));
    }
    // Codes have no underscore; files, after which they are named, have nothing else.
    if let Some(check_) = known.rules.get(&word).or_else(|| known.rules.get(&word.replace('_', "-"))) {
        return Some(check(check_));
    }
    if let Some(table_) = CONTRACT.table(&as_name) {
        return Some(table(table_));
    }
    if let Some((name, column_)) = as_name.split_once('.')
        && let Some(owner) = CONTRACT.table(name)
    {
        return owner.column(column_).map(|c| column(owner, c));
    }
    if let Some(term_) = TERMS.iter().find(|t| t.name == word || t.also.contains(&word)) {
        return Some(term(term_));
    }
    // A column's name alone: every table that has it.
    let homes: Vec<String> = CONTRACT.tables.iter().filter_map(|t| t.column(&as_name).map(|c| column(t, c))).collect();
    (!homes.is_empty()).then(|| homes.join("\n"))
}

fn unknown(known: &Known, word: &str) -> Failure {
    // Of a word such as clients.gendr only the table's own columns can be meant.
    let columns: Vec<String> = word
        .split_once('.')
        .and_then(|(table, _)| CONTRACT.table(table))
        .map(|table| table.columns.iter().map(|column| format!("{}.{}", table.name, column.name)).collect())
        .unwrap_or_default();
    let words = known
        .catalogue
        .names()
        .chain(finding_kinds().iter().map(|kind| kind.code.as_str()))
        .chain(known.rules.all().map(|rule| rule.code.as_str()))
        .chain(CONTRACT.tables.iter().map(|table| table.name.as_str()))
        .chain(TERMS.iter().map(|term| term.name.as_str()))
        .chain(columns.iter().map(String::as_str));
    let near = crate::project::nearest(word, words).map_or(String::new(), |n| format!("; did you mean {n}?"));
    Failure::Usage(format!("nothing is known about \"{word}\"{near}\nhint: attain explain lists what can be explained"))
}

fn everything(known: &Known) -> String {
    let mut text = String::from("attain explain WORD, where WORD is one of these, or table.column\n\n");
    for (title, names) in [
        ("metrics", known.catalogue.names().map(str::to_string).collect::<Vec<_>>()),
        ("tables", CONTRACT.tables.iter().map(|t| t.name.clone()).collect()),
        ("findings in single rows and files", finding_kinds().iter().map(|k| k.code.clone()).collect()),
        ("findings of rules over several rows and tables", known.rules.all().map(|rule| rule.code.clone()).collect()),
        ("terms", TERMS.iter().map(|t| t.name.clone()).collect()),
    ] {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{title}\n{}", indented(&names.join(", "), "  "));
    }
    text
}

/// Every metric, a line each, by family.
pub fn metric_list(catalogue: &Catalogue) -> String {
    let widest = catalogue.names().map(str::len).max().unwrap_or(0);
    let mut text = String::new();
    for metric in catalogue.all() {
        let own = if metric.built_in { "" } else { "  (this project's)" };
        let _ = writeln!(text, "{:<widest$}  {}{own}", metric.name, metric.header.question);
    }
    text
}

/// A metric's definition; with its SQL if asked.
pub fn metric(metric: &Metric, with_sql: bool) -> String {
    let header = &metric.header;
    let mut text = format!("{} ({})\n{}\n\n", header.title, metric.name, header.question);
    let mut lines: Vec<(&str, String)> = vec![
        ("kind", format!("{:?}", header.kind).to_lowercase()),
        ("grain", header.grain.clone()),
        ("period", header.period.clone()),
        ("better", better(header).into()),
        ("headline", header.headline().to_string()),
    ];
    if !header.events.is_empty() {
        lines.push(("ends with", header.events.join(", ")));
    }
    if !header.competing.is_empty() {
        lines.push(("or else", header.competing.join(", ")));
    }
    if !header.horizons.is_empty() {
        lines.push((
            "horizons",
            format!("{} days", header.horizons.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")),
        ));
    }
    if let Some(excludes) = &header.excludes {
        lines.push(("excludes", excludes.clone()));
    }
    lines.push(("minimum n", header.minimum_n.to_string()));
    let names: Vec<&str> = crate::measure::Dimension::names(metric).collect();
    lines.push(("by", names.join(", ")));
    if !header.parameters.is_empty() {
        lines.push(("parameters", header.parameters.to_string().trim().replace('\n', "; ")));
    }
    if let Some(source) = &header.source {
        lines.push(("source", source.clone()));
    }
    lines.push(("file", format!("{} (version {})", metric.query.path, metric.version)));
    for (label, value) in lines {
        let _ = write!(text, "{}", labelled(label, &value));
    }
    if with_sql {
        let sql = metric.query.text.split_once("---*/").map_or(metric.query.text.as_str(), |(_, sql)| sql);
        let _ = write!(text, "\n{}\n", sql.trim());
    }
    text
}

/// Which way is better, in words.
fn better(header: &Header) -> &'static str {
    match (header.kind, header.direction) {
        (Kind::Duration, Direction::Lower) => "the sooner",
        (Kind::Duration, Direction::Higher) => "the later, or never",
        (_, Direction::Higher) => "higher",
        (_, Direction::Lower) => "lower",
        (_, Direction::Neutral) => "neither way: read it with the others",
    }
}

/// Findings on what people write, not on data.
const ON_COMMENTARY: &str = "commentary-";

fn finding(kind: &FindingKind) -> String {
    let severity = match kind.severity {
        Severity::Error | Severity::Warning if kind.code.starts_with(ON_COMMENTARY) => {
            "told when the report is made; what it is about is not shown"
        }
        Severity::Error => "error: the row, or the file, is set aside",
        Severity::Warning => "warning: the value becomes unknown",
        Severity::Note => "note",
    };
    format!(
        "{}: {}\n\n{}\n{}{}{}",
        kind.code,
        kind.title,
        indented(&kind.meaning, ""),
        labelled("severity", severity),
        labelled("fix", &kind.fix),
        labelled("counted", counted_for(kind))
    )
}

/// Where a finding in a single row or file is counted.
fn counted_for(kind: &FindingKind) -> &'static str {
    match kind.severity {
        _ if kind.code.starts_with(ON_COMMENTARY) => "nowhere",
        Severity::Error => "conformance of all programs together: a row set aside does not fit the contract",
        Severity::Warning => "conformance: the row does not fit the contract; metrics count the value as unknown",
        Severity::Note => "nowhere",
    }
}

/// A rule over several rows and tables.
fn check(rule: &Check) -> String {
    let header = &rule.header;
    let severity = match header.severity {
        Severity::Error | Severity::Warning => "warning: the rows stay as they are, and figures may be wrong",
        Severity::Note => "note: the rows stay as they are",
    };
    let counted = match header.quality {
        Dimension::Plausibility => "plausibility: the enrollment has something against it".to_string(),
        dimension => format!("{}, out of {}", dimension.name(), header.counted),
    };
    let mut text = format!("{}: {}\n\n{}\n", rule.code, header.title, indented(&header.meaning, ""));
    let mut lines = vec![
        ("severity", severity.to_string()),
        ("fix", header.fix.clone()),
        ("looks at", header.counted.clone()),
        ("counted", counted),
    ];
    if !header.parameters.is_empty() {
        lines.push(("parameters", header.parameters.to_string().trim().replace('\n', "; ")));
    }
    let own = if rule.built_in { "" } else { " (this project's)" };
    lines.push(("file", format!("{}{own}", rule.query.path)));
    let name = rule.code.replace('-', "_");
    let mut change = format!("[checks.{name}] in attain.toml: off = true leaves it out");
    if !header.parameters.is_empty() {
        change.push_str(", and its parameters can be set");
    }
    if rule.built_in {
        // Writing to a String cannot fail.
        let _ = write!(change, "; a project's own {} stands before it", rule.query.path);
    }
    lines.push(("change it", change));
    for (label, value) in lines {
        text.push_str(&labelled(label, &value));
    }
    text
}

fn table(table: &Table) -> String {
    let mut text = format!("{}: {}\n\n", table.name, table.row);
    let widest = table.columns.iter().map(|c| c.name.len()).max().unwrap_or(0);
    for column in &table.columns {
        let required = if column.required { "!" } else { " " };
        let _ = writeln!(text, "  {:<widest$}{required} {:<10} {}", column.name, type_name(column.kind), column.about);
    }
    text.push_str("\n! required. attain explain ");
    let _ = writeln!(text, "{}.COLUMN says more about one.", table.name);
    for rule in &table.rules {
        let _ = match rule {
            Rule::Order(names) => writeln!(text, "rule: {}, where known", names.join(" ≤ ")),
            Rule::AnyOf(names) => writeln!(text, "rule: at least one of {}", names.join(", ")),
        };
    }
    text
}

fn column(table: &Table, column: &Column) -> String {
    let mut text = format!("{}.{}: {}\n\n", table.name, column.name, column.about);
    let mut lines: Vec<(&str, String)> = vec![("type", type_name(column.kind).into())];
    let mut marks = Vec::new();
    if column.key {
        marks.push("key of the table".to_string());
    }
    if column.required {
        marks.push("required: a row without it is set aside".into());
    }
    if column.several {
        marks.push("several, joined by ;".into());
    }
    if column.may_be_future {
        marks.push("may lie after the as-of date".into());
    }
    if let Some(keep) = column.keep {
        marks.push(format!("only its first {keep} characters are kept"));
    }
    if !marks.is_empty() {
        lines.push(("is", marks.join("; ")));
    }
    if let Some(reference) = &column.references {
        lines.push(("refers to", reference.clone()));
    }
    for (label, limit) in [("at least", column.minimum), ("at most", column.maximum), ("more than", column.above)] {
        lines.extend(limit.map(|limit| (label, limit.to_string())));
    }
    let privacy = match column.sensitivity {
        Sensitivity::Identifier => "stored only as a keyed hash",
        Sensitivity::Drop => "never stored",
        Sensitivity::Quasi => "stored; never printed for one person",
        Sensitivity::Plain => "stored",
    };
    lines.push(("privacy", privacy.into()));
    if !column.codes.is_empty() {
        let list = if column.closed { "any other becomes unknown" } else { "others are kept" };
        lines.push(("codes", format!("{} ({list})", column.codes.join(", "))));
    }
    for (label, value) in lines {
        text.push_str(&labelled(label, &value));
    }
    text
}

fn term(term: &Term) -> String {
    let mut text = format!("{}: {}\n\n{}\n", term.name, term.title, indented(&term.text, ""));
    if term.name == FIGURES {
        let widest = FigureKind::ALL.iter().map(|(_, name, _)| name.len()).max().unwrap_or(0);
        let below = " ".repeat(widest + 4);
        for (_, name, shows) in FigureKind::ALL {
            text.push_str(&wrapped(shows, WIDTH, &format!("  {name:<widest$}  "), &below));
        }
    }
    if let Some(formula) = &term.formula {
        text.push_str(&labelled("formula", formula));
    }
    if let Some(source) = &term.source {
        text.push_str(&labelled("source", source));
    }
    text
}

fn type_name(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Id => "id",
        ColumnType::Text => "text",
        ColumnType::Code => "code",
        ColumnType::Date => "date",
        ColumnType::Timestamp => "date and time",
        ColumnType::Whole => "whole number",
        ColumnType::Number => "number",
        ColumnType::Money => "money",
        ColumnType::YesNo => "yes or no",
    }
}

/// "label      text, broken at the width"
fn labelled(label: &str, value: &str) -> String {
    const LABEL: usize = 12;
    let wrapped = indented(value, &" ".repeat(LABEL));
    format!("{label:<LABEL$}{}", wrapped.trim_start())
}

/// Text broken into lines of at most the width, each with the indent.
fn indented(text: &str, indent: &str) -> String {
    let mut lines = String::new();
    let mut line = String::from(indent);
    for word in text.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH && line.trim() != "" {
            lines.push_str(line.trim_end());
            lines.push('\n');
            line = String::from(indent);
        }
        line.push_str(word);
        line.push(' ');
    }
    lines.push_str(line.trim_end());
    lines.push('\n');
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_can_be_explained() {
        let known = Known {
            catalogue: Catalogue::load(&[]).expect("the built-in metrics are sound"),
            rules: Rules::load(&[]).expect("the built-in rules are sound"),
        };
        let names: Vec<String> = known
            .catalogue
            .names()
            .map(str::to_string)
            .chain(finding_kinds().iter().map(|k| k.code.clone()))
            .chain(known.rules.all().map(|rule| rule.code.clone()))
            .chain(CONTRACT.tables.iter().flat_map(|t| {
                std::iter::once(t.name.clone()).chain(t.columns.iter().map(move |c| format!("{}.{}", t.name, c.name)))
            }))
            .chain(TERMS.iter().flat_map(|t| std::iter::once(t.name.clone()).chain(t.also.clone())))
            .collect();
        for name in names {
            assert!(one(&known, &name).is_some(), "{name}");
        }
        assert!(one(&known, "weather").is_none());
    }
}
