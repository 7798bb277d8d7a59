//! The commentary of a report, read from its folder and put into its document.

use super::console::Console;
use super::failure::Failure;
use super::session::Session;
use crate::contract::Finding;
use crate::project::Period;
use crate::release::Audience;
use crate::report::Document;
use crate::report::commentary::{CommentaryFile, Edition, Merged, merge};
use std::collections::BTreeMap;
use std::path::Path;

/// Whose edition is commented on.
pub struct Whose<'a> {
    pub audience: Audience,
    /// Of a report on the fiscal year to date.
    pub year_to_date: bool,
    pub program: Option<&'a str>,
    /// Program id → name.
    pub names: &'a BTreeMap<String, String>,
    /// Sections of the project's other reports that take from the same folder.
    pub elsewhere: &'a [String],
}

/// Puts what was written on an edition into its document.
pub fn add(
    session: &Session,
    folder: Option<&str>,
    whose: &Whose<'_>,
    period: &Period,
    document: &mut Document,
) -> Result<Merged, Failure> {
    let Some(folder) = folder else { return Ok(Merged::default()) };
    let folder = folder.trim_end_matches(['/', '\\']);
    let path = session.project.root.join(folder);
    if !path.exists() {
        let missing = "there is no such folder of commentary".to_owned();
        let findings = vec![Finding::of("commentary-missing", folder.to_owned(), missing)];
        return Ok(Merged { findings, used: Vec::new() });
    }
    let files = read(&path, folder)
        .map_err(|error| Failure::Usage(format!("the commentary in {} cannot be read: {error}", path.display())))?;
    let &Whose { audience, year_to_date, program, names, elsewhere } = whose;
    let fiscal_year = session.project.fiscal_year;
    let edition = Edition { period, year_to_date, fiscal_year, audience, program, programs: names, elsewhere };
    Ok(merge(document, &files, &edition))
}

/// The folder's files in order of name; what other programs leave there, and a README, are not meant.
fn read(path: &Path, folder: &str) -> std::io::Result<Vec<CommentaryFile>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let hidden = name.starts_with(['.', '~']) || name.to_lowercase().starts_with("readme");
        if hidden || !entry.path().is_file() {
            continue;
        }
        // Of what is no Markdown only the name is needed, to say so.
        let is_markdown = Path::new(&name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("md"));
        let bytes = if is_markdown { std::fs::read(entry.path())? } else { Vec::new() };
        files.push(CommentaryFile { path: format!("{folder}/{name}"), bytes });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Says what is wrong with what was written, each at its place.
pub fn say(findings: &[Finding]) {
    for finding in findings {
        let hint = finding.hint.as_ref().map_or(String::new(), |hint| format!("\nhint: {hint}"));
        Console::warn(&format!("{}: {}: {}{hint}", finding.severity.name(), finding.place(), finding.message));
    }
}
