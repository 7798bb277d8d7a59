//! Commentary: what people of the agency write on a report, merged into it by period and section.
//!
//! A folder holds a Markdown file for each period, `2026-06.md`, and for a program's own edition `2026-06-PRG1.md`. Text
//! before the first `##` heading opens the report; a heading names the section its text belongs to, by its heading or
//! its id. What cannot be placed is a finding, at its file and line.

mod markdown;
mod sensitive;
#[cfg(test)]
mod tests;

use super::document::{Block, Document, Section};
use super::words::{dashed, span};
use crate::chart::Cell;
use crate::contract::{Finding, sha256_hex};
use crate::language::Words;
use crate::project::{FiscalYear, Period, PeriodWord, nearest};
use crate::release::Audience;
use markdown::Remark;
use std::collections::BTreeMap;

/// A file of the folder.
#[derive(Debug, Clone)]
pub struct CommentaryFile {
    /// Relative to the project: `commentary/2026-06.md`.
    pub path: String,
    pub bytes: Vec<u8>,
}

/// The report that is commented on.
#[derive(Debug, Clone, Copy)]
pub struct Edition<'a> {
    pub period: &'a Period,
    /// It is on the fiscal year up to the end of that period: what is written on the year, or on the quarter that ends with
    /// it, is on this report too.
    pub year_to_date: bool,
    pub fiscal_year: FiscalYear,
    pub audience: Audience,
    /// The program whose own edition it is.
    pub program: Option<&'a str>,
    /// Program id → name.
    pub programs: &'a BTreeMap<String, String>,
    /// Headings and ids of the sections of other reports that take what is written in the same folder.
    pub elsewhere: &'a [String],
}

impl Edition<'_> {
    fn is_on(&self, period: &Period) -> bool {
        let holds = period.start <= self.period.start && self.period.end <= period.end;
        let ends_together = period.end == self.period.end;
        let wider = self.year_to_date && (ends_together || months(period) == 12);
        holds && (wider || ends_together && period.start == self.period.start)
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Merged {
    pub findings: Vec<Finding>,
    /// Files whose text stands in the report: path and digest.
    pub used: Vec<(String, String)>,
}

/// The id of where text before the first heading stands.
const OPENING: &str = "opening-remarks";

/// Puts what was written on this edition into its document.
pub fn merge(document: &mut Document, files: &[CommentaryFile], edition: &Edition<'_>) -> Merged {
    let mut merged = Merged::default();
    let mut opening = Vec::new();
    let mut newest: Option<(&CommentaryFile, Period)> = None;
    let mut present = false;
    for file in files {
        let (period, program) = match placed(file, edition) {
            Ok(place) => place,
            Err(finding) => {
                merged.findings.push(*finding);
                continue;
            }
        };
        if program.as_deref() != edition.program {
            continue;
        }
        let ours = edition.is_on(&period);
        present |= ours;
        if !ours {
            // Quarters may be in the folder of months; they say nothing about how fresh those are.
            if months(&period) == months(edition.period)
                && newest.as_ref().is_none_or(|(_, last)| last.end < period.end)
            {
                newest = Some((file, period));
            }
            continue;
        }
        let Ok(text) = std::str::from_utf8(&file.bytes) else {
            merged.findings.push(finding("commentary-unread", file, None, "is not text in UTF-8", None));
            continue;
        };
        let read = markdown::read(text.strip_prefix('\u{feff}').unwrap_or(text));
        for (line, what) in read.left_out {
            merged.findings.push(finding("commentary-markup", file, Some(line), what, None));
        }
        let mut shown = false;
        for remark in read.remarks {
            match place(document, file, edition, remark) {
                Ok(None) => {}
                Ok(Some((Place::Opening, block))) => {
                    opening.push(block);
                    shown = true;
                }
                Ok(Some((Place::Section(at), block))) => {
                    if let Some(section) = document.sections.get_mut(at) {
                        section.blocks.push(block);
                        shown = true;
                    }
                }
                Err(findings) => merged.findings.extend(findings),
            }
        }
        if shown {
            merged.used.push((file.path.clone(), sha256_hex(&file.bytes)));
        }
    }
    if let Some((file, last)) = newest.filter(|(_, last)| !present && last.end <= edition.period.start) {
        // Findings are for whoever runs the program: in English, as everything at the terminal.
        let english = Words::default();
        let message = format!(
            "the commentary ends with {}; there is none for {}",
            span(&last, &english),
            span(edition.period, &english)
        );
        let hint = format!("write {}.md, or leave commentary out of this report in attain.toml", edition.period.label);
        merged.findings.push(finding("commentary-stale", file, None, &message, Some(hint)));
    }
    if !opening.is_empty() {
        let heading = document.words.of("page.opening-remarks").to_owned();
        let section = Section { id: OPENING.into(), heading, new_page: false, blocks: opening };
        document.sections.insert(0, section);
    }
    name_inputs(document, &merged.used);
    merged.findings.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    merged
}

fn finding(code: &str, file: &CommentaryFile, line: Option<u64>, message: &str, hint: Option<String>) -> Finding {
    let found = Finding::of(code, file.path.clone(), message.into());
    Finding { line, hint: hint.or(found.hint), ..found }
}

/// The period and the program that a file's name says.
fn placed(file: &CommentaryFile, edition: &Edition<'_>) -> Result<(Period, Option<String>), Box<Finding>> {
    let wrong = |message: String, hint| Box::new(finding("commentary-file-name", file, None, &message, hint));
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let stem = name.rsplit_once('.').filter(|(_, ending)| ending.eq_ignore_ascii_case("md")).map(|(stem, _)| stem);
    let Some(stem) = stem else { return Err(wrong(format!("\"{name}\" is no Markdown file"), None)) };
    let ends = stem.match_indices('-').map(|(at, _)| at).chain([stem.len()]);
    let found = ends.rev().find_map(|at| {
        let (period, rest) = stem.split_at(at);
        let word = period.parse().ok()?;
        matches!(word, PeriodWord::Month(..) | PeriodWord::Quarter(..) | PeriodWord::FiscalYear(_))
            .then_some((word, rest.strip_prefix('-')))
    });
    let Some((word, program)) = found else {
        return Err(wrong(format!("\"{stem}\" does not begin with a period"), None));
    };
    let any_day = edition.period.start;
    let period = word.resolve(any_day, any_day, edition.fiscal_year);
    let Some(program) = program else { return Ok((period, None)) };
    let is = |id: &str, name: &str| dashed(id) == dashed(program) || dashed(name) == dashed(program);
    if let Some((id, _)) = edition.programs.iter().find(|(id, name)| is(id, name)) {
        return Ok((period, Some(id.clone())));
    }
    let near = nearest(program, edition.programs.keys().map(String::as_str));
    let hint = near.map(|near| format!("did you mean {}-{near}.md?", period.label));
    Err(wrong(format!("there is no program \"{program}\""), hint))
}

fn months(period: &Period) -> i32 {
    let of = |date: jiff::civil::Date| i32::from(date.year()) * 12 + i32::from(date.month());
    of(period.end) - of(period.start)
}

enum Place {
    Opening,
    Section(usize),
}

/// Where a remark stands, and what stands there; nothing where nothing was written.
fn place(
    document: &Document,
    file: &CommentaryFile,
    edition: &Edition<'_>,
    remark: Remark,
) -> Result<Option<(Place, Block)>, Vec<Finding>> {
    let place = match remark.section.as_deref().map(|name| (name, dashed(name))) {
        None => Place::Opening,
        Some((_, name)) if name == OPENING || name == dashed(document.words.of("page.opening-remarks")) => {
            Place::Opening
        }
        Some((name, wanted)) => {
            let known = document.sections.iter();
            let at = known.clone().position(|s| s.id == wanted || dashed(&s.heading) == wanted);
            if at.is_none() && edition.elsewhere.iter().any(|other| dashed(other) == wanted) {
                return Ok(None);
            }
            Place::Section(at.ok_or_else(|| {
                let names = known.clone().flat_map(|s| [s.id.clone(), s.heading.to_lowercase()]);
                let names: Vec<String> = names.collect();
                let hint = match nearest(&name.to_lowercase(), names.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => format!("its sections are {}", known.map(|s| s.id.as_str()).collect::<Vec<_>>().join(", ")),
                };
                let message = format!("the report has no section \"{name}\"");
                vec![finding("commentary-section", file, Some(remark.line), &message, Some(hint))]
            })?)
        }
    };
    let commentary = remark.commentary;
    if commentary.passages.is_empty() {
        return Ok(None);
    }
    if edition.audience != Audience::Internal {
        let signature = commentary.by.iter().flat_map(|by| sensitive::all(by)).map(|(_, what)| (remark.line, what));
        let text = remark
            .shown
            .iter()
            .flat_map(|shown| sensitive::all(&shown.text).into_iter().map(|(at, what)| (shown.line_at(at), what)));
        let mut found: Vec<(u64, &str)> = text.collect();
        if found.is_empty() {
            found.extend(signature);
        }
        found.sort_unstable();
        found.dedup();
        if !found.is_empty() {
            let of = |(line, what): (u64, &str)| {
                let message = format!("what looks like {what}, in commentary that leaves the agency");
                finding("commentary-sensitive", file, Some(line), &message, None)
            };
            return Err(found.into_iter().map(of).collect());
        }
    }
    Ok(Some((place, Block::Commentary { commentary })))
}

/// Adds the files to the table of what the report was made from.
fn name_inputs(document: &mut Document, used: &[(String, String)]) {
    let tables = document.sections.iter_mut().filter(|s| s.id == "provenance").flat_map(|s| &mut s.blocks);
    for block in tables {
        if let Block::Table { table } = block {
            table.rows.extend(used.iter().map(|(path, digest)| {
                vec![Cell::text(path), Cell::text(format!("sha256 {}…", digest.get(..16).unwrap_or(digest)))]
            }));
        }
    }
}
