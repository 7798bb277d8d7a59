//! The monthly review, written from released figures.

use super::appendix;
use super::definition::{AppendixPart, Covers, Definition};
use super::document::{Block, Document, FirstPage, Phrase, Section};
use super::edition::OwnEdition;
use super::entries::SectionEntry;
use super::figures::Figures;
use super::limits::Now;
use super::narrative::{self, Said};
use super::privacy;
use super::quality::QualityFacts;
use super::restated::{self, Restated};
use super::scorecard::{self, Row};
use super::sections;
use super::words::{self, plain, span};
use crate::chart::Signal;
use crate::contract::Severity;
use crate::language::Words;
use crate::looks::Brand;
use crate::measure::{Catalogue, Note, Status, Targets};
use crate::project::Period;
use crate::release::{Account, Audience, RecordCount, Released};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// What a report says besides its figures.
#[derive(Debug)]
pub struct Facts<'a> {
    pub agency: &'a str,
    /// Its logo and colours.
    pub brand: &'a Brand,
    /// The language of the report.
    pub words: &'a Words,
    pub audience: Audience,
    pub month: &'a Period,
    pub as_of: Date,
    /// The first day of the data.
    pub first: Date,
    pub snapshot: &'a str,
    pub catalogue: &'a Catalogue,
    pub targets: &'a Targets,
    /// Program id → name.
    pub programs: &'a BTreeMap<String, String>,
    /// Files read: path, digest, rows.
    pub inputs: &'a [InputFact],
    /// Rows set aside of all of them.
    pub set_aside: Released<RecordCount>,
    /// Findings by kind: code, severity, how many.
    pub findings: Vec<(String, Severity, Released<RecordCount>)>,
    /// Scores by program and what the rules over several rows and tables found.
    pub quality: &'a QualityFacts,
    /// Metric → columns it needs that the export does not have.
    pub not_collected: &'a BTreeMap<String, Vec<String>>,
    /// What was withheld for the sake of single people, and by which rule.
    pub privacy: PrivacyFacts,
    /// Metrics that the report's language has no words for.
    pub untranslated: &'a [String],
    /// Name and digest of what the report was made by and from.
    pub provenance: Vec<(String, String)>,
    /// The program, of its own edition.
    pub edition: Option<&'a OwnEdition>,
    /// Past months that are not what they were in the last report.
    pub restated: Option<&'a Restated>,
}

/// How the figures were released.
#[derive(Debug, Clone, Default)]
pub struct PrivacyFacts {
    /// Counts below this are not shown outside.
    pub small_cell: u32,
    pub account: Account,
    /// Documents for these readers that were released together, and are counted together.
    pub documents: usize,
    /// Why earlier editions were not regarded, where they were not.
    pub overriding: Option<String>,
}

/// One file read.
#[derive(Debug, Clone)]
pub struct InputFact {
    pub path: String,
    pub sha256: String,
    pub table: String,
    pub rows: Released<RecordCount>,
    pub loaded: Released<RecordCount>,
    pub quarantined: Released<RecordCount>,
}

/// Changes told in the first paragraph.
const CHANGES_TOLD: usize = 3;
/// Lines without a change that are named there rather than counted.
const LINES_NAMED: usize = 2;

/// Writes the document.
pub fn build(definition: &Definition, figures: &Figures, facts: &Facts<'_>) -> Document {
    let rows = scorecard::rows(definition, figures, facts);
    let words = facts.words;
    let (covered, before) = match definition.covers {
        Covers::Month => (span(facts.month, words), "report.compared-month"),
        Covers::FiscalYearToDate => (span(&definition.quarters(facts.month).1, words), "report.compared-year"),
    };
    let readers = match facts.audience {
        Audience::Internal => "report.for-internal",
        Audience::Board => "report.for-board",
        Audience::Funder => "report.for-funder",
        Audience::Public => "report.for-public",
    };
    let mut sections: Vec<Section> =
        definition.sections.iter().map(|entry| sections::section(definition, entry, &rows, figures, facts)).collect();
    if let Some(others) = &definition.others {
        // After the last section on a metric: what is to be read before what is to be written on.
        let at = definition
            .sections
            .iter()
            .rposition(|entry| entry.metric.is_some() || !entry.overdue.is_empty())
            .map_or(0, |last| last + 1);
        sections.insert(at, sections::others(definition, others, figures, facts));
    }
    if let Some(restated) = facts.restated {
        // After the last section with figures, and the further ones.
        let at = definition.sections.iter().rposition(SectionEntry::has_figures).map_or(0, |last| last + 1);
        let at = at + usize::from(definition.others.is_some());
        sections.insert(at.min(sections.len()), restated::section(definition, restated, facts));
    }
    sections.extend(privacy::section(definition, facts));
    sections.extend(appendix::sections(definition, &rows, &rules(definition, &rows, figures, facts), facts));
    Document {
        name: definition.name.clone(),
        language: words.tag().to_string(),
        words: words.clone(),
        agency: facts.agency.to_string(),
        brand: facts.brand.clone(),
        title: facts.edition.map_or_else(
            || format!("{}, {covered}", definition.title),
            |edition| format!("{}, {covered}", edition.title(&definition.title)),
        ),
        subtitle: words.with(
            "report.subtitle",
            &[("day", &words.day(facts.as_of)), ("compared", &words.of(before)), ("readers", &words.of(readers))],
        ),
        snapshot: facts.snapshot.to_string(),
        footnote: words.of("report.footnote").to_string(),
        first_page: FirstPage {
            lede: lede(&rows, words),
            scorecard: scorecard::scorecard(definition, &rows, facts),
            look_at_first: look_at_first(definition, &rows, figures, facts),
            read_with_care: read_with_care(definition, &rows, facts),
        },
        sections,
    }
}

/// The rules behind every sentence on a metric that is printed, on the first page and in the sections.
fn rules(definition: &Definition, rows: &[Row<'_>], figures: &Figures, facts: &Facts<'_>) -> appendix::Rules {
    let elsewhere: Vec<Row<'_>> = definition
        .sections
        .iter()
        .filter_map(|section| facts.catalogue.get(section.metric.as_ref()?))
        .filter(|metric| metric.header.stages.is_empty() && rows.iter().all(|row| row.metric.name != metric.name))
        .map(|metric| scorecard::row(definition, definition.entry(&metric.name), metric, figures, facts))
        .collect();
    let mut all = appendix::Rules::new();
    let has_section =
        |row: &&Row<'_>| definition.sections.iter().any(|section| section.metric.as_ref() == Some(&row.metric.name));
    let in_full = rows.iter().filter(has_section).chain(&elsewhere).map(|row| (row, narrative::told(&row.known())));
    let looked_at = to_look_at(rows).into_iter().map(|row| (row, narrative::beside_figure(&row.known())));
    let opened = opening(rows).into_iter().map(|row| (row, narrative::opening(&row.known())));
    for (row, told) in in_full.chain(looked_at).chain(opened) {
        for rule in told.rules {
            let lines = all.entry(rule).or_default();
            if !lines.contains(&row.label) {
                lines.push(row.label.clone());
            }
        }
    }
    all
}

/// Who was served.
fn stock<'a, 'b>(rows: &'a [Row<'b>]) -> Option<&'a Row<'b>> {
    rows.iter().find(|row| row.history.now == Now::Stock && row.value().is_some())
}

/// Lines that changed, for the worse first; those of which one month alone stands out after the others.
fn changed<'a, 'b>(rows: &'a [Row<'b>]) -> Vec<&'a Row<'b>> {
    let mut said: Vec<(&Row<'_>, Said)> =
        rows.iter().map(|row| (row, narrative::said_of_history(&row.known()))).collect();
    said.sort_by_key(|(row, _)| row.history.now.is_of_one_month());
    [Signal::Worse, Signal::Better, Signal::None]
        .into_iter()
        .flat_map(|wanted| said.iter().filter(move |(_, side)| *side == Said::Signal(wanted)).map(|(row, _)| *row))
        .collect()
}

/// The lines of which the first paragraph tells.
fn opening<'a, 'b>(rows: &'a [Row<'b>]) -> Vec<&'a Row<'b>> {
    stock(rows).into_iter().chain(changed(rows).into_iter().take(CHANGES_TOLD)).collect()
}

/// Who was served, what changed (for the worse first), and whether the rest did.
fn lede(rows: &[Row<'_>], words: &Words) -> Vec<Phrase> {
    let mut phrases = Vec::new();
    for row in opening(rows) {
        phrases.extend(narrative::opening(&row.known()).phrases);
        phrases.push(plain(" "));
    }
    let said: Vec<(&Row<'_>, Said)> = rows.iter().map(|row| (row, narrative::said_of_history(&row.known()))).collect();
    let changed = changed(rows);
    let stocks = usize::from(stock(rows).is_some());
    let normal = said.iter().filter(|(_, side)| *side == Said::Normal).count();
    let others = changed.len().saturating_sub(CHANGES_TOLD);
    let normal_lines = || {
        let lines = said.iter().filter(|(_, side)| *side == Said::Normal).map(|(row, _)| words::small(&row.label));
        words.list(&lines.collect::<Vec<_>>())
    };
    phrases.push(plain(match (changed.is_empty(), normal, others) {
        (true, 0, _) if rows.iter().any(|row| row.history.now == Now::Unknown && row.value().is_some()) => {
            words.of("sentence.signal.few-months.says").to_string()
        }
        (true, 0, _) => words.of("lede.not-enough").to_string(),
        (true, n, _) if n + stocks == rows.len() => words.of("lede.nothing-changed").to_string(),
        (true, n, _) => words.counted("lede.some-unchanged", n as f64, &[]),
        (false, 0, 0) => String::new(),
        (false, n, 0) if n + changed.len() + stocks == rows.len() => words.of("lede.all-others").to_string(),
        (false, n, 0) if n <= LINES_NAMED => words.with("lede.others-named", &[("lines", &normal_lines())]),
        (false, n, 0) => words.counted("lede.others", n as f64, &[]),
        (false, _, n) => words.counted("lede.more-changed", n as f64, &[]),
    }));
    phrases.retain(|phrase| !phrase.text.is_empty());
    phrases
}

fn is_worse(row: &Row<'_>) -> bool {
    narrative::said_of_history(&row.known()) == Said::Signal(Signal::Worse)
}

fn is_missed(row: &Row<'_>) -> bool {
    row.status() == Some(Status::NotMet)
}

/// Lines to look at: real changes for the worse, then targets that are missed, then those of which the latest month alone is
/// worse, then targets that are missed at length.
fn to_look_at<'a, 'b>(rows: &'a [Row<'b>]) -> Vec<&'a Row<'b>> {
    const MOST: usize = 3;
    let rank = |row: &Row<'_>| match () {
        () if is_worse(row) && !row.history.now.is_of_one_month() => Some(0),
        () if is_missed(row) => Some(1),
        () if is_worse(row) => Some(2),
        () => row.missed_at_length().map(|_| 3),
    };
    let mut all: Vec<(u8, &Row<'_>)> = rows.iter().filter_map(|row| Some((rank(row)?, row))).collect();
    all.sort_by_key(|(rank, _)| *rank);
    all.into_iter().take(MOST).map(|(_, row)| row).collect()
}

/// Where to look, each with where it is concentrated.
fn look_at_first(definition: &Definition, rows: &[Row<'_>], figures: &Figures, facts: &Facts<'_>) -> Vec<Vec<Phrase>> {
    let mut all: Vec<Vec<Phrase>> = to_look_at(rows)
        .into_iter()
        .map(|row| {
            let mut phrases = narrative::beside_figure(&row.known()).phrases;
            for (at, phrase) in phrases.iter_mut().enumerate() {
                phrase.strong = at == 0;
            }
            let where_ = if is_worse(row) {
                sections::where_changed(definition, row.metric, figures, facts, words::NAMED_FIRST)
            } else if is_missed(row) {
                sections::below_target(definition, row.metric, figures, facts, words::NAMED_FIRST)
            } else {
                None
            };
            phrases.extend(where_.map(|said| plain(format!(" {said}"))));
            phrases
        })
        .collect();
    if all.is_empty() {
        all.push(vec![plain(nothing_first(rows, facts.words))]);
    }
    all
}

/// That there is nothing to look at first, as far as that can be told.
fn nothing_first(rows: &[Row<'_>], words: &Words) -> String {
    let judged = |row: &&Row<'_>| {
        let against_target = matches!(row.status(), Some(Status::Met | Status::Near | Status::NotMet));
        let is_stock = row.history.now == Now::Stock && row.value().is_some();
        against_target || is_stock || narrative::said_of_history(&row.known()) != Said::Nothing
    };
    let unseen = |row: &Row<'_>| row.value().is_some() && row.history.now == Now::Withheld;
    let n = rows.iter().filter(judged).count();
    if n == 0 {
        words.of("report.nothing-judged").to_owned()
    } else if n == rows.len() && !rows.iter().any(unseen) {
        words.of("report.nothing-first").to_owned()
    } else {
        words
            .with("report.nothing-first-of", &[("n", &words.count(n as f64)), ("all", &words.count(rows.len() as f64))])
    }
}

/// What the figures of this page cannot say.
fn read_with_care(definition: &Definition, rows: &[Row<'_>], facts: &Facts<'_>) -> Vec<Vec<Phrase>> {
    let mut all = Vec::new();
    let words = facts.words;
    let has = |part| definition.appendix.contains(&part);
    // Where the appendix says more, it is named.
    let named = |part, there: &str, else_: &str| words.of(if has(part) { there } else { else_ }).to_owned();
    let mut tell = |text: String| all.push(vec![plain(text)]);
    if let Some(restated) = facts.restated {
        tell(restated::first_page(restated, words));
    }
    if let Some(said) = facts.edition.and_then(|edition| edition.not_by_program(words)) {
        tell(said);
    }
    let withheld = rows.iter().filter(|row| row.now.is_some_and(|e| e.note == Some(Note::Withheld))).count();
    if withheld > 0 {
        tell(words.counted("care.withheld", withheld as f64, &[]));
    }
    if let Some(said) = privacy::in_short(facts) {
        tell(said);
    }
    let provisional: Vec<String> =
        rows.iter().filter(|row| row.provisional()).map(|row| words::small(&row.label)).collect();
    if !provisional.is_empty() {
        tell(words.with("care.provisional", &[("lines", &words.list(&provisional))]));
    }
    let left_out: Vec<String> = rows.iter().filter_map(Row::left_out).collect();
    if !left_out.is_empty() {
        let reasons = named(AppendixPart::Definitions, "care.for-reasons", "care.no-more");
        tell(words.with("care.left-out", &[("reasons", &reasons), ("lines", &left_out.join("; "))]));
    }
    let aside = facts.set_aside.count;
    if aside != Some(0) {
        let key = match (aside, facts.audience.is_outside()) {
            (None, _) => "care.few-set-aside",
            (_, true) => "care.about-set-aside",
            (_, false) => "care.set-aside",
        };
        let more = named(AppendixPart::DataQuality, "care.see", "care.no-more");
        tell(words.counted(key, aside.unwrap_or(0) as f64, &[("more", &more)]));
    }
    let absent: Vec<String> = facts
        .not_collected
        .keys()
        .map(|metric| facts.catalogue.get(metric).map_or_else(|| metric.clone(), |m| words::small(&m.header.title)))
        .collect();
    if !absent.is_empty() {
        let named = named(AppendixPart::DataQuality, "care.named", "care.no-more");
        tell(words.with("care.not-collected", &[("named", &named), ("metrics", &words.list(&absent))]));
    }
    if facts.month.is_partial(facts.as_of) {
        tell(words.with("care.not-over", &[("day", &words.day(facts.as_of))]));
    }
    if !facts.untranslated.is_empty() {
        tell(words.with("care.untranslated", &[("metrics", &words.list(facts.untranslated))]));
    }
    if all.is_empty() {
        all.push(vec![plain(words.of("care.complete"))]);
    }
    all
}

/// A paragraph of plain text.
pub fn paragraph(text: impl Into<String>) -> Block {
    Block::Paragraph { phrases: vec![plain(text)] }
}
