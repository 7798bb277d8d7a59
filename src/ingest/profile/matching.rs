//! Guesses for a draft: which file is which of the contract's tables, which of its columns which column.

use super::likeness::{code_for, column_likeness, file_likeness};
use super::names::joined;
use super::relations::own_key;
use super::{ColumnProfile, Counts, FileProfile, Kind, Profile};
use crate::contract::{CONTRACT, Column, ColumnType, Table};
use std::collections::BTreeSet;

/// A guess is sure enough to be drafted as it is; below, it is asked about.
pub const SURE: f64 = 0.9;
/// Less is not drafted.
const LEAST: f64 = 0.6;

/// A table and the file it is made from.
#[derive(Debug)]
pub struct Match {
    pub table: &'static Table,
    /// All files of the same columns.
    pub files: Vec<usize>,
    pub likeness: f64,
    /// By the contract's column: the file's column and how sure that is.
    pub columns: Vec<Option<(usize, f64)>>,
}

/// The tables that files of the profile are, in the contract's order.
pub fn matches(profile: &Profile) -> Vec<Match> {
    let files = &profile.files;
    let mut found: Vec<Match> = Vec::new();
    for table in &CONTRACT.tables {
        let mut best: Option<Match> = None;
        for (at, file) in files.iter().enumerate().filter(|(_, file)| !file.columns.is_empty()) {
            let likeness = file_likeness(file, table);
            let columns = columns(profile, at, table, likeness);
            let score = score(table, &columns, likeness);
            if score < LEAST {
                continue;
            }
            match &mut best {
                Some(best) if same_columns(files, best.files.first().copied(), at) => best.files.push(at),
                Some(best) if best.likeness >= score => {}
                _ => best = Some(Match { table, files: vec![at], likeness: score, columns }),
            }
        }
        found.extend(best);
    }
    settle(profile, found)
}

/// A file that is two tables by its columns alone is the one it is called like; a case sheet may be people and cases.
fn settle(profile: &Profile, found: Vec<Match>) -> Vec<Match> {
    let likeness = |m: &Match| {
        m.files.first().and_then(|at| profile.files.get(*at)).map_or(0.0, |file| file_likeness(file, m.table))
    };
    let firsts: Vec<(Option<usize>, f64, &str)> =
        found.iter().map(|m| (m.files.first().copied(), likeness(m), m.table.name.as_str())).collect();
    let keeps: Vec<bool> = firsts
        .iter()
        .map(|(file, like, table)| {
            !firsts.iter().any(|(other, more, name)| {
                let together = matches!((*table, *name), ("clients", "enrollments") | ("enrollments", "clients"));
                other == file && name != table && !together && more > like
            })
        })
        .collect();
    found.into_iter().zip(keeps).filter_map(|(m, keep)| keep.then_some(m)).collect()
}

/// Adds the tables nothing else can do without: people and programs that only enrollments name.
pub fn completed(profile: &Profile, mut found: Vec<Match>) -> Vec<Match> {
    let has = |found: &[Match], table: &str| found.iter().any(|m| m.table.name == table);
    if !has(&found, "enrollments")
        && let Some(clients) = found.iter().find(|m| m.table.name == "clients")
        && let Some(table) = CONTRACT.table("enrollments")
    {
        let files = clients.files.clone();
        let columns = columns(profile, files.first().copied().unwrap_or_default(), table, 0.0);
        let dated = ["referred_on", "intake_on"]
            .iter()
            .any(|name| table.position(name).is_some_and(|at| columns.get(at).copied().flatten().is_some()));
        if dated {
            found.push(Match { table, files, likeness: LEAST, columns });
        }
    }
    one_sheet(profile, &mut found);
    let Some(enrollments) = found.iter().find(|m| m.table.name == "enrollments") else { return found };
    let files = enrollments.files.clone();
    let of =
        |name: &str| enrollments.table.position(name).and_then(|at| enrollments.columns.get(at).copied().flatten());
    let mut added = Vec::new();
    for (name, key, source) in [("clients", "client_id", of("client_id")), ("programs", "program_id", of("program_id"))]
    {
        if let (false, Some(table), Some(source)) = (has(&found, name), CONTRACT.table(name), source) {
            let mut columns: Vec<Option<(usize, f64)>> = vec![None; table.columns.len()];
            if let Some(place) = table.position(key).and_then(|at| columns.get_mut(at)) {
                *place = Some(source);
            }
            added.push(Match { table, files: files.clone(), likeness: LEAST, columns });
        } else if name == "programs"
            && !has(&found, name)
            && let Some(table) = CONTRACT.table(name)
        {
            added.push(Match {
                table,
                files: files.clone(),
                likeness: LEAST,
                columns: vec![None; table.columns.len()],
            });
        }
    }
    found.extend(added);
    found.sort_by_key(|m| CONTRACT.tables.iter().position(|table| table.name == m.table.name));
    found
}

/// People and cases on one sheet: a case's person is the one of its own row, and a row is a case.
fn one_sheet(profile: &Profile, found: &mut [Match]) {
    let id = found
        .iter()
        .find(|m| m.table.name == "clients")
        .and_then(|m| Some((m.files.first().copied()?, m.columns.first().copied()??)));
    let Some((file, id)) = id else { return };
    let Some(enrollments) = found.iter_mut().find(|m| m.table.name == "enrollments" && m.files.first() == Some(&file))
    else {
        return;
    };
    for name in ["client_id", "enrollment_id"] {
        let place = enrollments.table.position(name).and_then(|at| enrollments.columns.get_mut(at));
        // The id that other sheets name is the case's, too.
        let named = profile.relations.iter().any(|relation| relation.to.at == (file, id.0));
        if let Some(place) = place.filter(|place| place.is_none() || name == "client_id" || named) {
            *place = Some(id);
        }
    }
}

fn same_columns(files: &[FileProfile], first: Option<usize>, at: usize) -> bool {
    let names = |at: usize| files.get(at).map(|file| file.columns.iter().map(|c| &c.name).collect::<Vec<_>>());
    first.is_some_and(|first| names(first) == names(at))
}

/// How well a file serves as a table: by its name, and by the columns found.
fn score(table: &Table, columns: &[Option<(usize, f64)>], likeness: f64) -> f64 {
    let required: Vec<f64> = table
        .columns
        .iter()
        .zip(columns)
        .filter(|(column, _)| column.required && !column.key)
        .map(|(_, found)| found.map_or(0.0, |(_, sure)| sure))
        .collect();
    let sure = columns.iter().flatten().filter(|(_, sure)| *sure >= SURE).count();
    let share = if required.is_empty() {
        let key = table.columns.iter().zip(columns).find(|(column, _)| column.key).and_then(|(_, found)| *found);
        f64::from(u8::from(key.is_some()))
    } else {
        required.iter().filter(|sure| **sure >= LEAST).count() as f64 / required.len() as f64
    };
    // Without a name that says so, all that is required has to be there, surely, and more.
    if likeness >= LEAST {
        if sure >= 2 || (sure >= 1 && share >= 1.0) {
            0.5 * likeness + 0.3 * share + 0.02 * sure.min(10) as f64
        } else {
            0.0
        }
    } else if !required.is_empty()
        && required.iter().all(|sure| *sure >= SURE)
        && sure >= required.len() + 2
        && sure >= 4
    {
        0.61
    } else {
        0.0
    }
}

/// For each of the table's columns the file's column that is likeliest it; no column of the file serves twice but for
/// different types.
pub fn columns(profile: &Profile, at: usize, table: &'static Table, likeness: f64) -> Vec<Option<(usize, f64)>> {
    let Some(file) = profile.files.get(at) else { return Vec::new() };
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for (c, column) in table.columns.iter().enumerate() {
        for (f, given) in file.columns.iter().enumerate().filter(|(_, given)| given.header.is_some()) {
            let mut sure = column_likeness(table, column, given);
            if column.key && likeness >= LEAST && own_key(file) == Some(f) {
                sure = sure.max(if joined(&given.name) == "id" { 0.97 } else { 0.91 });
            }
            if points_at(profile, (at, f), column) {
                sure = sure.max(0.96);
            }
            // Of an empty column there is nothing but the name to go by.
            if given.kind == Kind::Empty && sure < SURE {
                continue;
            }
            if sure >= LEAST && fits(column, given) {
                pairs.push((sure, c, f));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut found = vec![None; table.columns.len()];
    let mut used = BTreeSet::new();
    for (sure, c, f) in pairs {
        let Some(place) = found.get_mut(c) else { continue };
        if place.is_some() {
            continue;
        }
        if used.insert(f) || says_both(table.columns.get(c), file.columns.get(f), sure) {
            *place = Some((f, sure));
        }
    }
    found
}

/// A stage may say who is eligible and also how it ended: a column serves twice if its values are codes of both.
fn says_both(column: Option<&Column>, given: Option<&ColumnProfile>, sure: f64) -> bool {
    let (Some(column), Some(given)) = (column, given) else { return false };
    column.closed && sure >= SURE && given.values.any(|value| code_for(column, value).is_some_and(|(_, sure)| sure))
}

/// Whether the column's values are keys of the file that is the table referred to.
fn points_at(profile: &Profile, from: (usize, usize), column: &Column) -> bool {
    let Some((parent, _)) = column.target() else { return false };
    let Some(table) = CONTRACT.table(parent) else { return false };
    profile.relations.iter().any(|relation| {
        relation.from.at == from
            && profile.files.get(relation.to.at.0).is_some_and(|file| {
                // A file that is called like several tables is the one it is called most like.
                let like = file_likeness(file, table);
                like >= LEAST && CONTRACT.tables.iter().all(|other| file_likeness(file, other) <= like)
            })
    })
}

/// Whether what the file's column holds can be what the contract's column holds.
fn fits(column: &Column, given: &ColumnProfile) -> bool {
    let is_number = matches!(given.kind, Kind::Whole | Kind::Number | Kind::Money);
    let numbers = given.values.rows(|value| value.parse::<f64>().is_ok());
    let number_codes = given.kind == Kind::Code && numbers * 10 >= given.values.rows(|_| true) * 9;
    match (column.kind, given.kind) {
        (_, Kind::Empty) => true,
        (ColumnType::Date | ColumnType::Timestamp, kind) => {
            matches!(kind, Kind::Date | Kind::Timestamp) || looks_like_serials(given)
        }
        (ColumnType::Whole | ColumnType::Number | ColumnType::Money, _) => is_number || number_codes,
        (ColumnType::YesNo, kind) => kind == Kind::YesNo || (kind == Kind::Code && given.distinct <= 12),
        (ColumnType::Id, kind) => !matches!(kind, Kind::Date | Kind::Timestamp | Kind::Money | Kind::YesNo),
        (ColumnType::Code | ColumnType::Text, kind) => !matches!(kind, Kind::Date | Kind::Timestamp | Kind::Money),
    }
}

/// Whole numbers that a spreadsheet shows as the days 1954 to 2064.
pub fn looks_like_serials(given: &ColumnProfile) -> bool {
    given.kind == Kind::Whole && given.counts == Counts::Days
}
