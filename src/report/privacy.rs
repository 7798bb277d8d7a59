//! What a report for readers outside does not tell, how much of it, and why: said, so that a gap is not taken for a zero.

use super::build::{Facts, paragraph};
use super::definition::Definition;
use super::document::{Block, Section};
use crate::chart::{Cell, Table, TableColumn};
use crate::release::Audience;

/// What was done without regard to earlier editions, for the first page.
pub fn in_short(facts: &Facts<'_>) -> Option<String> {
    let reason = facts.privacy.overriding.as_ref()?;
    Some(facts.words.with("withheld.overriding", &[("reason", &end(reason))]))
}

/// The section for readers outside, in a report that has an appendix; within the agency nothing is withheld.
pub fn section(definition: &Definition, facts: &Facts<'_>) -> Option<Section> {
    if facts.audience == Audience::Internal || definition.appendix.is_empty() {
        return None;
    }
    let words = facts.words;
    let account = facts.privacy.account;
    let most = facts.privacy.small_cell.saturating_sub(1);
    let mut blocks = vec![paragraph(words.with("withheld.about", &[("most", &most)]))];
    let always = [
        ("withheld.asked-for", account.figures),
        ("withheld.shown", account.figures.saturating_sub(account.withheld())),
    ];
    // How many are small themselves, and how many only protect those, is not told apart: with it a reader could tell which.
    let reasons = [
        ("withheld.few", account.small + account.linked),
        ("withheld.restated", account.restated),
        ("withheld.whole-table", account.whole_tables),
    ];
    let rows = always
        .into_iter()
        .chain(reasons.into_iter().filter(|(_, n)| *n > 0))
        .map(|(key, n)| vec![Cell::text(words.of(key)), Cell::count(Some(n as f64), words)])
        .collect();
    blocks.push(Block::Table {
        table: Table {
            name: "withheld".into(),
            caption: words.of("withheld.caption").into(),
            columns: vec![
                TableColumn::words(words.of("withheld.what")),
                TableColumn::numbers(words.of("withheld.figures")),
            ],
            rows,
        },
    });
    if facts.privacy.documents > 1 {
        let documents = words.count(facts.privacy.documents as f64);
        blocks.push(paragraph(words.with("withheld.documents", &[("documents", &documents)])));
    }
    blocks.extend(in_short(facts).map(paragraph));
    let heading = words.of("withheld.heading").into();
    Some(Section { id: "withheld".into(), heading, new_page: false, blocks })
}

/// Without a full stop of its own.
fn end(text: &str) -> &str {
    text.trim().trim_end_matches('.')
}
