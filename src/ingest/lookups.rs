//! The look-ups of each source, read before its tables.

use super::IngestError;
use super::bind::absent;
use super::export::MappedPart;
use super::header::{self, about};
use super::mapping::{LookupBuilder, LookupRule, Lookups, Mapping, Patterns, Place, TextColumn};
use super::open::Limits;
use super::plan::Plan;
use super::records::{self, Cells};
use super::{Source, blocks::Blocks};
use crate::contract::{CONTRACT, Finding};

/// Records whose texts are held at once.
const BATCH: usize = 20_000;
/// Differences told of one look-up.
const TOLD: usize = 100;

/// Reads all look-ups of all sources.
pub fn read(sources: &[Source], parts: &[Vec<MappedPart>]) -> Result<(Vec<Lookups>, Vec<Finding>), IngestError> {
    let mut findings = Vec::new();
    let mut all = Vec::new();
    for (source, parts) in sources.iter().zip(parts) {
        let mut lookups = Lookups::default();
        for rule in &source.mapping.lookups {
            let lookup = one(&source.mapping, rule, parts, &lookups, &mut findings)?;
            lookups.insert(&rule.name, lookup);
        }
        all.push(lookups);
    }
    Ok((all, findings))
}

fn one(
    mapping: &Mapping,
    rule: &LookupRule,
    parts: &[MappedPart],
    earlier: &Lookups,
    findings: &mut Vec<Finding>,
) -> Result<super::mapping::Lookup, IngestError> {
    let mut builder = LookupBuilder::new(rule, mapping, earlier);
    let parts: Vec<&MappedPart> = parts.iter().filter(|part| fits(mapping, rule, part)).collect();
    for part in &parts {
        file(&mut builder, part)?;
        findings.extend(absent(&part.path, &format!("the look-up {}", rule.name), builder.absent()));
    }
    let (lookup, differences) = builder.finish();
    let more = differences.len().saturating_sub(TOLD);
    for difference in differences.into_iter().take(TOLD) {
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

/// Adds the records of a part.
fn file(builder: &mut LookupBuilder<'_>, part: &MappedPart) -> Result<(), IngestError> {
    let opened = part.part.open(&part.written, &Limits::default()).map_err(IngestError::Open)?;
    let form = opened.form;
    let mut blocks = Blocks::new(opened.reader, form);
    let stopped = |error: std::io::Error| IngestError::Open(part.part.stopped(&error));
    let head = blocks.head().map_err(stopped)?;
    let found = header::find(head, form, part.header, &|name| part.known.has(name));
    let sheet = part.part.sheet.as_deref().unwrap_or_default();
    let place = Place { file: part.part.name.as_str(), sheet };
    let needed = builder.begin(&found.names, &place).map_err(IngestError::mapping)?.to_vec();
    blocks.skip(found.ends, found.lines);
    let Some(any) = CONTRACT.tables.first() else { return Ok(()) };
    let shape = Plan::straight(any, form, &found.names, Vec::new());
    let columns = || -> Vec<TextColumn> { needed.iter().map(|_| TextColumn::with_capacity(BATCH)).collect() };
    let (mut texts, mut lines) = (columns(), Vec::new());
    let mut buffer = Vec::new();
    while let Some(block) = blocks.next(&shape, std::mem::take(&mut buffer)).map_err(stopped)? {
        records::each_record(&block.data, form, &shape, |record| {
            // What is no row is told where the file is read for a table.
            if !matches!(record.cells, Cells::Read { .. }) || record.cells.len() != found.names.len() {
                return;
            }
            for (texts, cell) in texts.iter_mut().zip(&needed) {
                texts.push(std::str::from_utf8(record.cells.get(*cell)).unwrap_or_default());
            }
            lines.push(block.first_line + u64::from(record.line));
        });
        builder
            .add(std::mem::replace(&mut texts, columns()), &std::mem::take(&mut lines))
            .map_err(IngestError::mapping)?;
        buffer = block.data;
    }
    Ok(())
}
