//! A mapping drafted from a profile, its guesses marked for a person to finish.

use super::draft_lookup::LookUp;
use super::draft_rule::{Rule, quoted};
use super::matching::{self, Match};
use super::names::{joined, words};
use super::{FileProfile, Kind, Profile, draft_built_in};
use crate::contract::{CONTRACT, Column, ColumnType};
use crate::ingest::mapping::{BUILT_IN, CASE_EXPORT};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The draft, as a mapping file's text.
#[must_use]
pub fn draft(profile: &Profile) -> String {
    if let Some(text) = recognised(profile).and_then(|name| draft_built_in::draft(profile, name)) {
        return text;
    }
    let mut lookups: BTreeMap<String, LookUp> = BTreeMap::new();
    let matches = matching::completed(profile, matching::matches(profile));
    let common = common_dates(profile, &matches);
    let rules: Vec<Rule> = matches.iter().map(|m| Rule::new(profile, &matches, m, &mut lookups)).collect();
    let mut text = String::from(
        "# Drafted by attain profile --draft-mapping. A guess is marked \"# guess\"; what a person has to decide is marked \"# ?\".\n\
         # attain mapping guide explains every key; attain mapping check FILE says what is wrong.\n",
    );
    if let Some(name) = recognised(profile) {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "#\n# The files and their columns are named as the contract names them: mapping = \"{name}\", or none, will do\n\
             # (attain mapping show {name}).\n"
        );
    }
    let systems: Vec<&str> = profile.files.iter().map(|file| file.called.as_str()).take(4).collect();
    let more = if profile.files.len() > 4 { ", …" } else { "" };
    let _ = writeln!(
        text,
        "\nabout = {}  # ? which system, which export",
        quoted(&format!("export with {}{more}", systems.join(", ")))
    );
    let marks = marks(profile);
    if !marks.is_empty() {
        let list: Vec<String> = marks.iter().map(|mark| quoted(mark)).collect();
        let _ = writeln!(text, "missing = [{}]  # guess: texts that mean unknown", list.join(", "));
    }
    if !common.is_empty() {
        let list: Vec<String> = common.iter().map(|form| quoted(form)).collect();
        let _ = writeln!(text, "dates = [{}]  # guess: how most dates are written", list.join(", "));
    }
    // The sheets of a workbook have one name: what is said of the first is said of all.
    let mut said = BTreeSet::new();
    for file in profile.files.iter().filter(|file| file.header_line > 1 || file.header_lines > 1) {
        if !said.insert(&file.name) {
            continue;
        }
        let _ = writeln!(text, "\n[files.{}]", quoted(&pattern(file)));
        if file.header_line > 1 {
            let _ = writeln!(text, "header_line = {}  # guess: a preamble stands above the header", file.header_line);
        }
        if file.header_lines > 1 {
            let _ = writeln!(text, "header_lines = {}  # guess: names stand in so many lines", file.header_lines);
        }
    }
    for (name, lookup) in &lookups {
        text.push_str(&lookup.text(profile, name));
    }
    for rule in &rules {
        text.push('\n');
        text.push_str(&rule.text(profile, &common));
    }
    text.push_str(&left_out(profile, &matches, &lookups));
    text
}

/// The name of the built-in mapping for such files.
#[must_use]
pub fn recognised(profile: &Profile) -> Option<&'static str> {
    let name = system(profile)?;
    BUILT_IN.iter().map(|mapping| mapping.name).find(|known| *known == name)
}

/// Whose export it is, as file names and columns tell.
fn system(profile: &Profile) -> Option<&'static str> {
    let has = |file: &str, columns: &[&str], least: usize| {
        profile.files.iter().any(|found| {
            let named = |column: &&&str| found.columns.iter().any(|c| joined(&c.name) == **column);
            joined(super::names::stem(&found.path)).ends_with(file) && columns.iter().filter(named).count() >= least
        })
    };
    if has("enrollment", &["enrollmentid", "personalid", "projectid", "entrydate"], 4)
        && has("client", &["personalid"], 1)
    {
        return Some("hmis-csv");
    }
    let engagement =
        ["stage", "role", "startdate", "enddate", "contact", "contactid", "clientid", "program", "programid"];
    let delivery =
        ["deliverydate", "quantity", "attendancestatus", "service", "serviceid", "contact", "programengagement"];
    if has("programengagement", &engagement, 3) || has("servicedelivery", &delivery, 3) {
        return Some("salesforce-pmm");
    }
    // Of a workbook all sheets count: its forms are spread over them.
    let seen = |file: &FileProfile| {
        let sheets = profile.files.iter().filter(|other| other.name == file.name);
        let columns: BTreeSet<String> =
            sheets.flat_map(|sheet| &sheet.columns).map(|column| joined(&column.name)).collect();
        columns.iter().filter(|column| PRIMERO.contains(&column.as_str())).count() >= 4
    };
    if profile.files.iter().any(seen) {
        return Some("primero");
    }
    let own = |file: &FileProfile| {
        let name = joined(super::names::stem(&file.path));
        let table = CONTRACT.tables.iter().find(|table| joined(&table.name) == name);
        table.is_some_and(|table| {
            let given = |column: &Column| file.columns.iter().any(|c| joined(&c.name) == joined(&column.name));
            table.columns.iter().filter(|column| column.required).all(given)
        })
    };
    (!profile.files.is_empty() && profile.files.iter().all(own)).then_some(CASE_EXPORT)
}

/// Columns of Primero's forms: four of them are no chance.
const PRIMERO: [&str; 12] = [
    "dateofclosure",
    "dateclosure",
    "registrationdate",
    "dateofregistration",
    "datecaseidentifiedreported",
    "casestatus",
    "ownedby",
    "protectionconcerns",
    "recordstate",
    "caseid",
    "shortid",
    "risklevel",
];

/// What a mapping's patterns compare.
pub fn pattern(file: &FileProfile) -> String {
    globset::escape(&file.name)
}

/// The list of forms that most columns of dates have that are used; empty if that is what the contract asks for.
fn common_dates(profile: &Profile, matches: &[Match]) -> Vec<String> {
    let mut lists: BTreeMap<&[String], usize> = BTreeMap::new();
    for m in matches {
        let Some(file) = m.files.first().and_then(|at| profile.files.get(*at)) else { continue };
        let dated = m.table.columns.iter().zip(&m.columns).filter(|(column, _)| column.kind == ColumnType::Date);
        let given = dated.filter_map(|(_, found)| file.columns.get((*found)?.0));
        for column in given.filter(|column| !column.date_forms.is_empty() && column.ambiguous_with.is_none()) {
            *lists.entry(&column.date_forms).or_default() += 1;
        }
    }
    let most = lists.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0)));
    most.map(|(list, _)| list.to_vec()).filter(|list| list != &["%Y-%m-%d"]).unwrap_or_default()
}

/// All texts that stood for unknown values, each once.
fn marks(profile: &Profile) -> Vec<String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for mark in profile.files.iter().flat_map(|file| &file.columns).flat_map(|column| column.missing.keys()) {
        all.entry(mark.to_lowercase()).or_insert_with(|| mark.clone());
    }
    all.into_values().collect()
}

/// Comments: the columns nothing is made from, the sensitive ones apart, and the files.
fn left_out(profile: &Profile, matches: &[Match], lookups: &BTreeMap<String, LookUp>) -> String {
    let mut text = String::new();
    for (at, file) in profile.files.iter().enumerate().filter(|(_, file)| !file.columns.is_empty()) {
        let of_file: Vec<&Match> = matches.iter().filter(|m| m.files.first() == Some(&at)).collect();
        let again = matches.iter().any(|m| m.files.iter().skip(1).any(|other| *other == at));
        let looked_up: Vec<usize> = lookups.values().filter(|l| l.file == at).flat_map(LookUp::columns_used).collect();
        if again {
            continue;
        }
        if of_file.is_empty() && looked_up.is_empty() {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "# ? {} is used nowhere", file.called);
            continue;
        }
        let used = |c: usize| {
            of_file.iter().any(|m| m.columns.iter().flatten().any(|(f, _)| *f == c)) || looked_up.contains(&c)
        };
        let unused: Vec<_> =
            file.columns.iter().enumerate().filter(|(c, _)| !used(*c)).map(|(_, column)| column).collect();
        let sensitive: Vec<String> = unused
            .iter()
            .filter_map(|column| {
                Some(format!("{} ({})", column.name, column.sensitivity.filter(|_| column.kind != Kind::Empty)?))
            })
            .collect();
        let other: Vec<&str> = unused
            .iter()
            .filter(|column| column.sensitivity.is_none() || column.kind == Kind::Empty)
            .map(|column| column.name.as_str())
            .collect();
        for (what, names) in [("left out as sensitive", sensitive.join(", ")), ("not used", other.join(", "))] {
            if !names.is_empty() {
                let _ = writeln!(text, "# {}, {what}: {names}", file.called);
            }
        }
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// A name for a look-up or a column of a mapping's own: small letters and underscores.
pub fn snake(name: &str) -> String {
    let name = words(name).join("_");
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("x{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::mapping::Mapping;
    use crate::ingest::open::Limits;
    use proptest::prelude::*;

    const NAMES: [&str; 16] = [
        "client_id",
        "Case ID",
        "Client",
        "program",
        "intake date",
        "exit",
        "reason",
        "Quote \"\" here",
        "x\ny",
        "Date Deleted",
        "is deleted",
        "role",
        "[tables.clients]",
        "gender # ?",
        "übergang",
        "",
    ];
    const CELLS: [&str; 14] = [
        "",
        "1",
        "2",
        "C-001",
        "C-002",
        "01/02/2025",
        "2025-01-31",
        "yes",
        "no",
        "n/a",
        "Client",
        "it's \"\"so\"\"",
        "$1,250.00",
        "a;b",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn whatever_the_files_a_draft_is_a_mapping(files in proptest::collection::vec(
            (proptest::sample::select(vec!["clients.csv", "cases.csv", "Enrollment's \"x\".csv", "services.csv", "[a].csv"]),
             proptest::collection::vec(proptest::sample::select(NAMES.to_vec()), 1..8),
             proptest::collection::vec(proptest::sample::select(CELLS.to_vec()), 0..60)), 1..4)) {
            let folder = tempfile::tempdir().expect("a folder");
            let mut places = Vec::new();
            for (name, header, cells) in &files {
                let mut text = String::new();
                for row in std::iter::once(header.as_slice()).chain(cells.chunks(header.len())) {
                    let row: Vec<String> = row.iter().map(|cell| format!("\"{cell}\"")).collect();
                    text.push_str(&row.join(","));
                    text.push('\n');
                }
                let place = folder.path().join(name);
                std::fs::write(&place, text).expect("written");
                places.push(((*name).to_owned(), place));
            }
            let found = super::super::profile(&places, &Limits::default(), &());
            prop_assert!(!super::super::text(&found, 80).is_empty());
            let draft = draft(&found);
            if draft.lines().any(|line| line.starts_with("[tables.")) {
                let parsed = Mapping::parse("draft", "draft.toml", &draft);
                prop_assert!(parsed.is_ok(), "{}\n{draft}", parsed.err().map(|e| e.to_string()).unwrap_or_default());
            }
        }
    }
}
