//! Files below a folder, and the order they are read in.

use super::IngestError;
use super::shown::escaped;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders of a project that are written, not read.
const OUTPUTS: [&str; 2] = ["store", "out"];

/// The folders of a pattern before its first special character.
pub fn literal_start(pattern: &str) -> &str {
    let literal = pattern.find(['*', '?', '[', '{']).map_or(pattern, |end| pattern.get(..end).unwrap_or_default());
    literal.rfind('/').map_or("", |end| literal.get(..end).unwrap_or_default())
}

/// What stands under a name.
pub enum Met {
    File(u64),
    NoFile(&'static str),
}

pub fn walk(dir: &Path, below: &str, take: &mut impl FnMut(&str, PathBuf, Met)) -> Result<(), IngestError> {
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
pub fn natural(path: &str) -> Vec<Vec<Piece>> {
    let (folders, name) = path.rsplit_once('/').map_or((None, path), |(folders, name)| (Some(folders), name));
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let folders = folders.into_iter().flat_map(|folders| folders.split('/'));
    folders.chain([stem, ending]).map(pieces).collect()
}

/// A piece of a name: a number (without leading noughts: how long it is, what it is, how it is written), or a character.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    Number(usize, String, String),
    Character(char),
}

fn pieces(name: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (piece, after) = if digits > 0 {
            let (written, after) = rest.split_at(digits);
            let number = written.trim_start_matches('0');
            (Piece::Number(number.len(), number.to_owned(), written.to_owned()), after)
        } else {
            (Piece::Character(first), rest.get(first.len_utf8()..).unwrap_or_default())
        };
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// Why no file may fit.
pub fn hint(root: &Path, pattern: &str) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_begins_with_folders() {
        assert_eq!(literal_start("exports/**/*.csv"), "exports");
        assert_eq!(literal_start("clients.csv"), "");
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
}
