//! How alike names are: a file's and a table's, a column's and a column's, a value's and a code's.

use super::names::{joined, stem, words};
use super::relations::singular;
use super::{ColumnProfile, FileProfile};
use crate::contract::{CONTRACT, Column, Table};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// `synonyms.toml`.
#[derive(Deserialize)]
struct Synonyms {
    /// Column → code → what else it is called.
    codes: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    #[serde(flatten)]
    tables: BTreeMap<String, TableWords>,
}

#[derive(Deserialize)]
struct TableWords {
    files: Vec<String>,
    #[serde(default)]
    columns: BTreeMap<String, Vec<String>>,
}

static SYNONYMS: LazyLock<Synonyms> = LazyLock::new(|| {
    // Cannot fire: the embedded text is parsed by `tests::the_synonyms_are_the_contracts`.
    toml::from_str(include_str!("synonyms.toml")).expect("the embedded synonyms are valid")
});

/// Every other word for a code, with the column it is for.
pub fn code_words() -> impl Iterator<Item = (&'static str, String)> {
    let lists = SYNONYMS.codes.iter().flat_map(|(column, codes)| codes.values().map(move |words| (column, words)));
    lists.flat_map(|(column, words)| words.iter().map(move |word| (column.as_str(), word.clone())))
}

/// Every other word for a column.
pub fn column_words() -> impl Iterator<Item = &'static str> {
    SYNONYMS.tables.values().flat_map(|table| table.columns.values().flatten()).map(String::as_str)
}

/// How alike a file's name and a table's are, and for which of the table's names.
pub fn file_likeness(file: &FileProfile, table: &Table) -> f64 {
    let Some(known) = SYNONYMS.tables.get(&table.name) else { return 0.0 };
    // What tells files of the same kind apart (2025, sample) stands before or behind.
    let name: Vec<String> = words(stem(&file.path)).iter().map(|word| singular(word)).collect();
    let joined_name = name.concat();
    let own = std::iter::once(table.name.replace('_', " "));
    let names = own.chain(known.files.iter().cloned()).map(|name| singular(&joined(&name)));
    let mut best: f64 = 0.0;
    for (at, known) in names.enumerate() {
        let early = 1.0 - 0.004 * at as f64;
        best = best.max(if joined_name == known {
            early
        } else if joined_name.ends_with(&known) && known.len() > 3 {
            0.85 * early
        } else if name.contains(&known) && known.len() > 3 {
            0.7 * early
        } else {
            0.0
        });
    }
    best
}

/// What a column of the contract is called, the likeliest first: each name written together, and its words.
type Names = Vec<(String, Vec<String>)>;

/// The names of every column, by table and column.
static NAMES: LazyLock<BTreeMap<(&str, &str), Names>> = LazyLock::new(|| {
    let columns = CONTRACT.tables.iter().flat_map(|table| table.columns.iter().map(move |column| (table, column)));
    let names = columns.map(|(table, column)| {
        let known = SYNONYMS.tables.get(&table.name).and_then(|words| words.columns.get(&column.name));
        let own = column.name.replace('_', " ");
        let all = std::iter::once(&own).chain(known.into_iter().flatten());
        let names = all.map(|name| (joined(name), words(name))).collect();
        ((table.name.as_str(), column.name.as_str()), names)
    });
    names.collect()
});

/// How alike the names are, 0 to 1.
pub fn column_likeness(table: &Table, column: &Column, given: &ColumnProfile) -> f64 {
    let name = given.words.concat();
    let names = NAMES.get(&(table.name.as_str(), column.name.as_str()));
    let mut best: f64 = 0.0;
    for (at, (known, parts)) in names.into_iter().flatten().enumerate() {
        let early = 1.0 - 0.003 * at as f64;
        // Names whose lengths differ by a fifth are not nearly the same.
        let near = name.len() > 4 && name.len().abs_diff(known.len()) * 5 < name.len().max(known.len());
        best = best.max(if name == *known {
            early
        } else if parts.len() > 1 && given.words.windows(parts.len()).any(|window| window == parts) {
            0.8 * early
        } else if near && strsim::normalized_damerau_levenshtein(&name, known) > 0.84 {
            0.75 * early
        } else {
            0.0
        });
    }
    best
}

/// The code a value most likely means, and whether that is sure.
pub fn code_for(column: &Column, value: &str) -> Option<(String, bool)> {
    let wanted = joined(value);
    let own = column.codes.iter().find(|code| joined(code) == wanted);
    if let Some(code) = own {
        return Some((code.clone(), true));
    }
    let known = SYNONYMS.codes.get(&column.name);
    let listed = known.into_iter().flatten().filter(|(code, _)| column.codes.contains(code));
    for (code, names) in listed.clone() {
        if names.iter().any(|name| joined(name) == wanted) {
            return Some((code.clone(), true));
        }
    }
    // A word of it, or nearly the same letters.
    let part = words(value);
    let all = listed.flat_map(|(code, names)| names.iter().map(move |name| (code, name.clone())));
    let own = column.codes.iter().map(|code| (code, code.replace('_', " ")));
    let mut best: Option<(f64, String)> = None;
    for (code, name) in own.chain(all) {
        let phrase = words(&name);
        let within = phrase.concat().len() > 3 && part.windows(phrase.len()).any(|window| window == phrase);
        let alike = strsim::jaro_winkler(&wanted, &joined(&name));
        let score = if within {
            0.9
        } else if wanted.len() > 3 {
            alike
        } else {
            0.0
        };
        if score >= 0.88 && best.as_ref().is_none_or(|(other, _)| score > *other) {
            best = Some((score, code.clone()));
        }
    }
    best.map(|(_, code)| (code, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_synonyms_are_the_contracts() {
        for (name, words) in &SYNONYMS.tables {
            let table = CONTRACT.table(name).expect("a table");
            for column in words.columns.keys() {
                assert!(table.column(column).is_some(), "{name}.{column}");
            }
        }
        for (name, codes) in &SYNONYMS.codes {
            let known: Vec<&String> = CONTRACT
                .tables
                .iter()
                .flat_map(|t| &t.columns)
                .filter(|c| c.name == *name)
                .flat_map(|c| &c.codes)
                .collect();
            for code in codes.keys() {
                assert!(known.contains(&code), "{name}: {code}");
            }
        }
    }

    #[test]
    fn values_find_their_codes() {
        let column = CONTRACT.table("enrollments").and_then(|t| t.column("exit_reason")).expect("a column");
        let code = |value: &str| code_for(column, value).map(|(code, _)| code);
        assert_eq!(code("Graduated").as_deref(), Some("completed"));
        assert_eq!(code("Lost Contact").as_deref(), Some("lost_contact"));
        assert_eq!(code("Client moved away").as_deref(), Some("moved"));
        assert_eq!(code("Zzz"), None);
    }
}
