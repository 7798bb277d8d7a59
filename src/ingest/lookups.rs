//! The look-ups of each source, read before its tables, and everything that is wrong with their files.

use super::bind::{MAPPED, absent, no_header, preamble, twice};
use super::export::{Export, MappedPart};
use super::header::{self, about};
use super::mapping::{LookupBuilder, LookupRule, Lookups, Mapping, Notes, Patterns, Place, TextColumn, Told};
use super::open::Limits;
use super::plan::{InUse, Plan};
use super::records::{self, Cells, Record};
use super::unread::{of_lookup, undecided};
use super::{IngestError, Source, blocks::Blocks};
use crate::contract::{CONTRACT, Finding};
use std::collections::{BTreeMap, BTreeSet};

/// Records whose texts are held at once.
const BATCH: usize = 20_000;
/// Findings told of one kind, of one look-up and file.
const TOLD: u64 = 100;
/// What keeps a record from being a row, whatever it is read for.
const SHAPES: [&str; 3] = ["short-row", "long-row", "runaway-quote"];
/// The same, as a table sees it.
const NO_ROWS: [&str; 3] = ["invalid-utf8", "repeated-header", "total-row"];
/// What is told about the file itself, whatever it is read for.
const OF_FILE: [&str; 5] = ["duplicate-column", "no-header", "empty-file", "read-as", "preamble"];
/// What is told about a cell that a conversion cannot read.
const OF_CELLS: [&str; 5] = ["bad-date", "impossible-date", "bad-number", "number-format", "bad-yes-no"];

/// Reads all look-ups of all sources. `tables` are the files that rules read.
pub fn read(
    sources: &[Source],
    parts: &[Vec<MappedPart>],
    tables: &[Vec<Export>],
) -> Result<(Vec<Lookups>, Vec<Finding>), IngestError> {
    let mut findings = Vec::new();
    let mut all = Vec::new();
    for (at, (source, parts)) in sources.iter().zip(parts).enumerate() {
        let used = users(&source.mapping, tables.iter().flatten().filter(|export| export.source == at));
        let mut lookups = Lookups::default();
        for rule in &source.mapping.lookups {
            let parts: Vec<&MappedPart> = parts.iter().filter(|part| fits(&source.mapping, rule, part)).collect();
            if let Some(user) = used.get(rule.name.as_str()).filter(|_| parts.is_empty()) {
                let message = format!("no file is for the look-up {}, which {user} uses", rule.name);
                findings.push(about(rule.files.first(), None, "missing-lookup", message));
            }
            let lookup = one(&source.mapping, rule, &parts, &lookups, &mut findings)?;
            lookups.insert(&rule.name, lookup);
        }
        all.push(lookups);
    }
    Ok((all, findings))
}

/// The look-ups that rules with a file use, themselves or through others; for each, a setting that does.
fn users<'m>(mapping: &'m Mapping, exports: impl Iterator<Item = &'m Export>) -> BTreeMap<&'m str, &'m str> {
    let mut used: BTreeMap<&str, &str> = BTreeMap::new();
    for rule in exports.filter_map(|export| export.rule.as_ref()).filter_map(InUse::rule) {
        for join in &rule.joins {
            used.entry(&join.lookup).or_insert(&rule.setting);
        }
    }
    // Each comes after those it uses.
    for lookup in mapping.lookups.iter().rev().filter(|lookup| !lookup.joins.is_empty()) {
        if used.contains_key(lookup.name.as_str()) {
            for join in &lookup.joins {
                used.entry(&join.lookup).or_insert(&lookup.setting);
            }
        }
    }
    used
}

/// What is told of look-ups without what was told already: where a file is read for a table too, or for another look-up.
pub fn not_told<'f>(of_lookups: Vec<Finding>, of_tables: impl Iterator<Item = &'f Finding>) -> Vec<Finding> {
    let mut told: BTreeSet<Whereabouts> = BTreeSet::new();
    for finding in of_tables {
        told.extend(whereabouts(finding));
        if SHAPES.contains(&finding.code.as_str()) {
            // A table tells all of them.
            told.insert((finding.file.clone(), finding.code.clone(), None, None));
        }
    }
    let mut rest = of_lookups;
    rest.retain(|finding| whereabouts(finding).is_none_or(|place| told.insert(place)));
    rest
}

/// A file, what is told of it, and where.
type Whereabouts = (String, String, Option<u64>, Option<u64>);

/// Of what is the same whatever a file is read for.
fn whereabouts(finding: &Finding) -> Option<Whereabouts> {
    let Finding { code, line, column, file, .. } = finding;
    let is = |codes: &[&str]| codes.contains(&code.as_str());
    match line {
        // One record is told once, by whatever keeps it from being a row.
        Some(line) if is(&SHAPES) || is(&NO_ROWS) => Some((file.clone(), String::new(), Some(*line), None)),
        Some(_) if is(&OF_CELLS) => Some((file.clone(), code.clone(), *line, *column)),
        _ if is(&SHAPES) || is(&OF_FILE) => Some((file.clone(), code.clone(), *line, *column)),
        _ => None,
    }
}

fn one(
    mapping: &Mapping,
    rule: &LookupRule,
    parts: &[&MappedPart],
    earlier: &Lookups,
    findings: &mut Vec<Finding>,
) -> Result<super::mapping::Lookup, IngestError> {
    let mut builder = LookupBuilder::new(rule, mapping, earlier);
    for part in parts {
        let mut telling = Telling { rule, path: &part.path, findings, counts: BTreeMap::new() };
        file(&mut builder, part, &mut telling)?;
        telling.end();
    }
    let (lookup, differences) = builder.finish();
    let more = differences.len().saturating_sub(TOLD as usize);
    for difference in differences.into_iter().take(TOLD as usize) {
        let message = format!(
            "the look-up {} has another {} for the key {}; the first one counts",
            rule.name, difference.column, difference.key
        );
        let of = |part: &&&MappedPart| {
            part.part.name == difference.file && part.part.sheet.as_deref().unwrap_or_default() == difference.sheet
        };
        let path = parts.iter().find(of).map_or("", |part| part.path.as_str());
        let mut finding = about(path, None, "lookup-conflict", message);
        finding.line = Some(difference.line);
        finding.column = difference.cell.map(|cell| cell as u64 + 1);
        findings.push(finding);
    }
    if more > 0 {
        let path = parts.first().map_or("", |part| part.path.as_str());
        let message = format!("{more} more keys of the look-up {} have several values", rule.name);
        findings.push(about(path, None, "lookup-conflict", message));
    }
    Ok(lookup)
}

fn fits(mapping: &Mapping, rule: &LookupRule, part: &MappedPart) -> bool {
    let sheet = |sheets: &Patterns| part.part.sheet.as_ref().is_none_or(|sheet| sheets.fit_word(sheet));
    let has = |alternatives: &Vec<String>| {
        let wanted = |name: &String| mapping.comparable(name);
        alternatives.iter().any(|name| part.names.iter().any(|known| mapping.comparable(known) == wanted(name)))
    };
    rule.files.fit_file(&part.part.path, &part.part.name)
        && rule.sheets.as_ref().map_or(!part.part.hidden, sheet)
        && rule.having.iter().all(has)
}

/// Findings of one look-up and file. Of each kind the first are told by themselves, and how many more there are.
struct Telling<'t> {
    rule: &'t LookupRule,
    path: &'t str,
    findings: &'t mut Vec<Finding>,
    counts: BTreeMap<String, u64>,
}

impl Telling<'_> {
    fn tell(&mut self, finding: Finding) {
        let count = self.counts.entry(finding.code.clone()).or_default();
        *count += 1;
        if *count <= TOLD {
            self.findings.push(finding);
        }
    }

    /// A record that is not in the look-up; its line, and its number.
    fn record(&mut self, code: &str, message: &str, (line, record): (u64, u64)) {
        let message = format!("{message}; it is not in the look-up {}", self.rule.name);
        let mut finding = about(self.path, None, code, message);
        (finding.line, finding.record) = (Some(line), Some(record));
        self.tell(finding);
    }

    /// Whether the file that the builder began can be read for the look-up.
    fn fits(&mut self, builder: &LookupBuilder<'_>, header: &[String]) -> bool {
        let whose = format!("the look-up {}", self.rule.name);
        if let Some(finding) = absent(self.path, &whose, builder.absent()) {
            self.tell(finding);
        }
        for (first, second) in builder.doubles() {
            self.tell(twice(self.path, header.get(*first).map_or("", String::as_str), *first, *second));
        }
        if builder.lacks_key() {
            let key: Vec<String> = self.rule.key.iter().map(|name| format!("\"{name}\"")).collect();
            let message = format!("the key of {whose} is {}, which the file does not have", key.join(", "));
            self.tell(about(self.path, None, "missing-lookup-key", message));
        }
        !builder.lacks_key() && builder.doubles().is_empty()
    }

    fn end(self) {
        for (code, count) in self.counts {
            if let Some(more @ 1..) = count.checked_sub(TOLD) {
                let message = format!("the same in {more} more places that the look-up {} reads", self.rule.name);
                self.findings.push(about(self.path, None, &code, message));
            }
        }
    }
}

/// Adds the records of a part.
fn file(builder: &mut LookupBuilder<'_>, part: &MappedPart, telling: &mut Telling<'_>) -> Result<(), IngestError> {
    let opened = part.part.open(&part.written, &Limits::default()).map_err(IngestError::Open)?;
    let form = opened.form;
    if !opened.said.is_empty() {
        telling.tell(about(&part.path, None, "read-as", format!("read as {}", opened.said.join(", "))));
    }
    let mut blocks = Blocks::new(opened.reader, form);
    let stopped = |error: std::io::Error| IngestError::Open(part.part.stopped(&error));
    let head = blocks.head().map_err(stopped)?;
    let found = header::find(head, form, part.header, &|name| part.known.has(name));
    if let Some(finding) = no_header(&part.path, &found, MAPPED) {
        telling.tell(finding);
        return Ok(());
    }
    if found.above > 0 {
        telling.tell(preamble(&part.path, &found));
    }
    let sheet = part.part.sheet.as_deref().unwrap_or_default();
    let place = Place { file: part.part.name.as_str(), sheet };
    let needed = builder.begin(&found.names, &place).map_err(IngestError::mapping)?.to_vec();
    if !telling.fits(builder, &found.names) {
        return Ok(());
    }
    blocks.skip(found.ends, found.lines);
    let Some(any) = CONTRACT.tables.first() else { return Ok(()) };
    let shape = Plan::straight(any, form, &found.names, Vec::new());
    let columns = || -> Vec<TextColumn> { needed.iter().map(|_| TextColumn::with_capacity(BATCH)).collect() };
    let (mut texts, mut lines) = (columns(), Vec::new());
    let (mut notes, mut records) = (Notes::default(), 0);
    let mut buffer = Vec::new();
    while let Some(block) = blocks.next(&shape, std::mem::take(&mut buffer)).map_err(stopped)? {
        records::each_record(&block.data, form, &shape, |record| {
            records += 1;
            let line = block.first_line + u64::from(record.line);
            if let Some((code, message)) = misshapen(record, block.first_line, shape.width, &needed) {
                telling.record(code, &message, (line, records));
                return;
            }
            for (texts, cell) in texts.iter_mut().zip(&needed) {
                // Sound, as was just seen.
                texts.push(std::str::from_utf8(record.cells.get(*cell)).unwrap_or_default());
            }
            lines.push(line);
        });
        builder
            .add(std::mem::replace(&mut texts, columns()), &std::mem::take(&mut lines))
            .map_err(IngestError::mapping)?;
        let Told { unread, notes: of_block } = builder.told();
        for unread in unread {
            telling.tell(of_lookup(&part.path, unread));
        }
        notes.join(of_block);
        buffer = block.data;
    }
    let whose = format!("the look-up {}", telling.rule.name);
    if let Some(finding) = undecided(&part.path, &whose, notes.undecided) {
        telling.tell(finding);
    }
    Ok(())
}

/// Why a record is not in the look-up, if its form does not let it.
fn misshapen(record: &Record<'_>, first_line: u64, width: usize, needed: &[usize]) -> Option<(&'static str, String)> {
    let cells = record.cells.len();
    let unsound = |cell: &usize| {
        let cell = record.cells.get(*cell);
        std::str::from_utf8(cell).is_err() || cell.contains(&0)
    };
    match record.cells {
        Cells::Runaway { opened } if opened == record.line => {
            Some(("runaway-quote", "a quote opens in this line and is not closed, or not where a cell ends".to_owned()))
        }
        Cells::Runaway { opened } => {
            let opened = first_line + u64::from(opened);
            Some(("runaway-quote", format!("this line may belong to the quote that opens in line {opened}")))
        }
        Cells::Read { .. } if cells != width => {
            let code = if cells < width { "short-row" } else { "long-row" };
            Some((code, format!("the row has {cells} cells, the header has {width}")))
        }
        Cells::Read { .. } if needed.iter().any(unsound) => {
            Some(("invalid-utf8", "a cell is not UTF-8 text, or holds a NUL byte".to_owned()))
        }
        Cells::Read { .. } => None,
    }
}
