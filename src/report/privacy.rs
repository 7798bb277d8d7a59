//! What a report for readers outside does not tell, how much of it, and why: said, so that a gap is not taken for a zero.

use super::build::{Facts, paragraph};
use super::definition::Definition;
use super::document::{Block, Section};
use crate::chart::{Cell, Table, TableColumn, number};
use crate::release::Audience;

/// What was done without regard to earlier editions, for the first page.
pub fn in_short(facts: &Facts<'_>) -> Option<String> {
    let reason = facts.privacy.overriding.as_ref()?;
    Some(format!("Released without regard to what earlier editions told, on the agency's decision: {}.", end(reason)))
}

/// The section for readers outside, in a report that has an appendix; within the agency nothing is withheld.
pub fn section(definition: &Definition, facts: &Facts<'_>) -> Option<Section> {
    if facts.audience == Audience::Internal || definition.appendix.is_empty() {
        return None;
    }
    let account = facts.privacy.account;
    let count = |n: usize| number::count(n as f64);
    let mut blocks = vec![paragraph(format!(
        "Counts of 1 to {} people, and everything from which one could be worked out, are withheld: shares, totals less their other \
         parts, periods that differ by little, and earlier editions. All withheld figures carry the same mark, whatever the reason. \
         A figure here is what is told of one metric in one period of one group.",
        facts.privacy.small_cell.saturating_sub(1)
    ))];
    let lines = [
        ("Figures asked for", account.figures),
        ("Shown", account.figures.saturating_sub(account.withheld())),
        ("Withheld: they rest on few people", account.small),
        ("Withheld: a small count would follow from them", account.linked),
        ("Withheld: they differ by few people from what was told before", account.restated),
        ("Withheld: their whole table could not be made safe", account.whole_tables),
    ];
    let rows = lines
        .into_iter()
        .filter(|(label, n)| *n > 0 || !label.starts_with("Withheld"))
        .map(|(label, n)| vec![Cell::text(label), Cell::count(Some(n as f64))])
        .collect();
    blocks.push(Block::Table {
        table: Table {
            name: "withheld".into(),
            caption: "Figures shown and withheld".into(),
            columns: vec![TableColumn::words("What"), TableColumn::numbers("Figures")],
            rows,
        },
    });
    if facts.privacy.documents > 1 {
        blocks.push(paragraph(format!(
            "Counted are the figures of all {} documents for these readers that were released together with this one.",
            count(facts.privacy.documents)
        )));
    }
    if account.exposed > 0 {
        let (numbers, they) = if account.exposed == 1 { ("number follows", "it") } else { ("numbers follow", "them") };
        blocks.push(paragraph(format!(
            "{} small {numbers} from earlier editions, which cannot be taken back; this one does not repeat {they}.",
            count(account.exposed)
        )));
    }
    blocks.extend(in_short(facts).map(paragraph));
    Some(Section { id: "withheld".into(), heading: "What is withheld".into(), new_page: false, blocks })
}

/// Without a full stop of its own.
fn end(text: &str) -> &str {
    text.trim().trim_end_matches('.')
}
