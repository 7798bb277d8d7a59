//! Which files a project's sources name, and which table each of them is.

use super::{IngestError, Source};
use crate::contract::{CONTRACT, Table};
use globset::GlobBuilder;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A file to read.
#[derive(Debug, PartialEq, Eq)]
pub struct Export {
    /// Relative to the project, parts separated by `/`.
    pub path: String,
    pub bytes: u64,
}

/// The files, by table in the contract's order, and those that are no table.
pub struct Exports {
    pub tables: Vec<Vec<Export>>,
    pub unknown: Vec<Export>,
}

/// Folders of a project that are written, not read.
const OUTPUTS: [&str; 2] = ["store", "out"];

/// Finds the files of all sources: source by source, then by path.
pub fn exports(root: &Path, sources: &[Source]) -> Result<Exports, IngestError> {
    let mut seen = BTreeSet::new();
    let mut found = Exports { tables: CONTRACT.tables.iter().map(|_| Vec::new()).collect(), unknown: Vec::new() };
    for source in sources {
        let pattern = source.files.replace('\\', "/");
        let glob = GlobBuilder::new(&pattern)
            .literal_separator(true)
            .case_insensitive(true)
            .build()
            .map_err(|error| IngestError::BadPattern { source: source.name.clone(), reason: error.to_string() })?
            .compile_matcher();
        let mut files = Vec::new();
        let start = literal_start(&pattern);
        walk(root, start, &mut |path, bytes| {
            if glob.is_match(path) {
                files.push(Export { path: path.to_owned(), bytes });
            }
        })?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        if files.is_empty() {
            return Err(IngestError::NoFiles { source: source.name.clone(), pattern });
        }
        for file in files {
            if seen.insert(file.path.clone()) {
                let place = table_of(&file.path).and_then(|table| found.tables.get_mut(position(table)));
                place.unwrap_or(&mut found.unknown).push(file);
            }
        }
    }
    Ok(found)
}

fn position(table: &Table) -> usize {
    CONTRACT.tables.iter().position(|t| t.name == table.name).unwrap_or(usize::MAX)
}

/// The folders of a pattern before its first special character.
fn literal_start(pattern: &str) -> &str {
    let literal = pattern.find(['*', '?', '[', '{']).map_or(pattern, |end| pattern.get(..end).unwrap_or_default());
    literal.rfind('/').map_or("", |end| literal.get(..end).unwrap_or_default())
}

fn walk(root: &Path, below: &str, take: &mut impl FnMut(&str, u64)) -> Result<(), IngestError> {
    let dir = root.join(below);
    let failed = |source| IngestError::Read { path: dir.clone(), source };
    let entries = match fs::read_dir(&dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(failed(source)),
    };
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let path = if below.is_empty() { name.clone().into_owned() } else { format!("{below}/{name}") };
        if name.starts_with('.') || name.starts_with('~') {
            continue;
        }
        // A link to a file is followed, a link to a folder is not: it could lead round in a circle.
        if entry.file_type().map_err(failed)?.is_dir() {
            if !OUTPUTS.contains(&path.as_str()) {
                walk(root, &path, take)?;
            }
        } else if let Ok(data) = fs::metadata(entry.path())
            && data.is_file()
        {
            take(&path, data.len());
        }
    }
    Ok(())
}

/// The table a file holds, by its name: `services.csv`, `services-2026-06.csv`, `Services_2.CSV`.
pub fn table_of(path: &str) -> Option<&'static Table> {
    let name = path.rsplit('/').next()?.to_ascii_lowercase();
    let stem = name.strip_suffix(".csv")?.replace([' ', '-', '.'], "_");
    CONTRACT
        .tables
        .iter()
        .filter(|table| stem.strip_prefix(&table.name).is_some_and(|rest| rest.is_empty() || rest.starts_with('_')))
        .max_by_key(|table| table.name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_tells_its_table() {
        let name = |path| table_of(path).map(|table| table.name.as_str());
        assert_eq!(name("exports/services.csv"), Some("services"));
        assert_eq!(name("exports/services-2026-06.csv"), Some("services"));
        assert_eq!(name("Services_2.CSV"), Some("services"));
        assert_eq!(name("outcome events 2026.csv"), Some("outcome_events"));
        assert_eq!(name("servicesold.csv"), None);
        assert_eq!(name("services.xlsx"), None);
        assert_eq!(name("my_services.csv"), None);
    }

    #[test]
    fn files_come_in_order_and_outputs_are_left_alone() {
        let dir = tempfile::tempdir().expect("dir");
        for path in [
            "exports/b/clients.csv",
            "exports/a/clients.csv",
            "store/clients.csv",
            "exports/read.me",
            "exports/clients.xlsx",
        ] {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, "x").expect("written");
        }
        let source = |files: &str| vec![Source { name: "test".to_owned(), files: files.to_owned() }];
        let found = exports(dir.path(), &source("**/*.{csv,xlsx}")).expect("found");
        let paths: Vec<&str> = found.tables[0].iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["exports/a/clients.csv", "exports/b/clients.csv"]);
        assert_eq!(found.unknown.len(), 1);
        assert!(matches!(exports(dir.path(), &source("nowhere/*.csv")), Err(IngestError::NoFiles { .. })));
        assert_eq!(literal_start("exports/**/*.csv"), "exports");
        assert_eq!(literal_start("clients.csv"), "");
    }
}
