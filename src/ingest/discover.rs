//! Which files a project's sources name, and which table each of them is.

use super::shown::escaped;
use super::{IngestError, Source};
use crate::contract::{CONTRACT, Table};
use globset::GlobBuilder;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A file to read.
#[derive(Debug, PartialEq, Eq)]
pub struct Export {
    /// Relative to the project, parts separated by `/`, as it is shown.
    pub path: String,
    /// Where it is.
    pub place: PathBuf,
    pub bytes: u64,
    /// Its number among all files of the sources.
    pub id: i32,
}

/// The files, by table in the contract's order, and those that are no table.
pub struct Exports {
    pub tables: Vec<Vec<Export>>,
    pub unknown: Vec<Export>,
    /// The paths of all files; a file's number is its place here.
    pub paths: Vec<String>,
    /// What has a file's name and is none, and what it is instead. Never opened: a pipe would wait for ever.
    pub no_files: Vec<(String, &'static str)>,
}

/// Folders of a project that are written, not read.
const OUTPUTS: [&str; 2] = ["store", "out"];

/// Finds the files of all sources: source by source, then in the natural order of their paths without endings, so that
/// `clients.csv` comes before `clients-2.csv` and that before `clients-10.csv`.
pub fn exports(root: &Path, sources: &[Source]) -> Result<Exports, IngestError> {
    let mut seen = BTreeSet::new();
    let mut found = Exports {
        tables: CONTRACT.tables.iter().map(|_| Vec::new()).collect(),
        unknown: Vec::new(),
        paths: Vec::new(),
        no_files: Vec::new(),
    };
    for source in sources {
        let pattern = source.files.replace('\\', "/");
        let pattern = pattern.strip_prefix("./").unwrap_or(&pattern);
        let glob = GlobBuilder::new(pattern)
            .literal_separator(true)
            .case_insensitive(true)
            .build()
            .map_err(|error| IngestError::BadPattern { source: source.name.clone(), reason: error.to_string() })?
            .compile_matcher();
        let mut files = Vec::new();
        let mut no_files = Vec::new();
        let start = literal_start(pattern);
        walk(&root.join(start), start, &mut |path, place, met| {
            if glob.is_match(path) {
                match met {
                    Met::File(bytes) => files.push(Export { path: escaped(path), place, bytes, id: 0 }),
                    Met::NoFile(what) => no_files.push((escaped(path), what)),
                }
            }
        })?;
        files.sort_by_cached_key(|file| natural(&file.path));
        no_files.sort_unstable();
        if files.is_empty() && no_files.is_empty() {
            let hint = hint(root, pattern);
            return Err(IngestError::NoFiles { source: source.name.clone(), pattern: pattern.to_owned(), hint });
        }
        for no_file in no_files {
            if !found.no_files.contains(&no_file) {
                found.no_files.push(no_file);
            }
        }
        for mut file in files {
            if seen.insert(file.place.clone()) {
                file.id = i32::try_from(found.paths.len()).unwrap_or(i32::MAX);
                found.paths.push(file.path.clone());
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

/// What stands under a name.
enum Met {
    File(u64),
    NoFile(&'static str),
}

fn walk(dir: &Path, below: &str, take: &mut impl FnMut(&str, PathBuf, Met)) -> Result<(), IngestError> {
    let failed = |source| IngestError::Read { path: dir.to_owned(), source };
    let entries = match fs::read_dir(dir) {
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
        let met = if entry.file_type().map_err(failed)?.is_dir() {
            if !OUTPUTS.contains(&path.as_str()) {
                walk(&entry.path(), &path, take)?;
            }
            Met::NoFile("a folder")
        } else {
            match fs::metadata(entry.path()) {
                Ok(data) if data.is_file() => Met::File(data.len()),
                Ok(data) if data.is_dir() => Met::NoFile("a link to a folder, which is not followed"),
                Ok(_) => Met::NoFile("a pipe or a device"),
                Err(_) => Met::NoFile("a link that leads nowhere"),
            }
        };
        take(&path, entry.path(), met);
    }
    Ok(())
}

/// By what files are put in order: folders, then the name without its ending, then the ending; runs of digits by the
/// number they are.
fn natural(path: &str) -> Vec<Vec<Part>> {
    let (folders, name) = path.rsplit_once('/').map_or((None, path), |(folders, name)| (Some(folders), name));
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let folders = folders.into_iter().flat_map(|folders| folders.split('/'));
    folders.chain([stem, ending]).map(parts).collect()
}

/// A piece of a name: a number (without leading noughts: how long it is, what it is, how it is written), or a character.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(usize, String, String),
    Character(char),
}

fn parts(name: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (part, after) = if digits > 0 {
            let (written, after) = rest.split_at(digits);
            let number = written.trim_start_matches('0');
            (Part::Number(number.len(), number.to_owned(), written.to_owned()), after)
        } else {
            (Part::Character(first), rest.get(first.len_utf8()..).unwrap_or_default())
        };
        parts.push(part);
        rest = after;
    }
    parts
}

/// Why no file may fit.
fn hint(root: &Path, pattern: &str) -> Option<String> {
    if pattern.starts_with('/') || pattern.get(1..3) == Some(":/") {
        return Some("files are named from the project's folder, e.g. exports/**/*.csv".to_owned());
    }
    // The names before the first special character are looked up as they are written.
    let literal = literal_start(pattern);
    let mut here = root.to_owned();
    let mut found = Vec::new();
    for folder in literal.split('/').filter(|folder| !folder.is_empty()) {
        let names = fs::read_dir(&here).ok()?.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|name| name.eq_ignore_ascii_case(folder)).collect();
        names.sort_unstable();
        let name = if matches!(folder, "." | "..") || names.iter().any(|name| name == folder) {
            folder.to_owned()
        } else {
            names.into_iter().next()?
        };
        here.push(&name);
        found.push(name);
    }
    let found = found.join("/");
    (found != literal).then(|| format!("the folder is named \"{}\": capitals matter", escaped(&found)))
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
    fn numbers_in_names_count_and_no_number_comes_first() {
        let mut paths =
            vec!["a/clients-10.csv", "a/clients-2.csv", "a/clients.csv", "a-2/clients.csv", "a/clients-02.csv"];
        paths.sort_by_key(|path| natural(path));
        assert_eq!(
            paths,
            ["a/clients.csv", "a/clients-02.csv", "a/clients-2.csv", "a/clients-10.csv", "a-2/clients.csv"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_told_and_not_opened() {
        let dir = tempfile::tempdir().expect("dir");
        fs::create_dir(dir.path().join("clients.csv")).expect("made");
        std::os::unix::fs::symlink("nowhere", dir.path().join("staff.csv")).expect("made");
        std::os::unix::net::UnixListener::bind(dir.path().join("plans.csv")).expect("made");
        let sources = [Source { name: "test".to_owned(), files: "*.csv".to_owned() }];
        let found = exports(dir.path(), &sources).expect("found");
        let told: Vec<(&str, &str)> = found.no_files.iter().map(|(path, what)| (path.as_str(), *what)).collect();
        assert_eq!(
            told,
            [
                ("clients.csv", "a folder"),
                ("plans.csv", "a pipe or a device"),
                ("staff.csv", "a link that leads nowhere")
            ]
        );
        assert!(found.tables.iter().all(Vec::is_empty));
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
        let in_capitals = exports(dir.path(), &source("Exports/*.csv"));
        let Err(IngestError::NoFiles { hint: Some(hint), .. }) = in_capitals else { panic!("a hint") };
        assert_eq!(hint, "the folder is named \"exports\": capitals matter");
        assert_eq!(literal_start("exports/**/*.csv"), "exports");
        assert_eq!(literal_start("clients.csv"), "");
    }
}
