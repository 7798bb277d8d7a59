//! The export as a whole: it keeps the contract, its flaws stand where the truth says, and its rows agree with it.

use super::flaws::{Change, FLAWS};
use super::{Recipe, Summary, write};
use crate::contract::{CONTRACT, Column, ColumnType, Rule, Table, finding_kind};
use jiff::civil::{Date, DateTime};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use tempfile::TempDir;

fn make(clients: u64, seed: u64, flaws: bool) -> (TempDir, Summary) {
    let directory = tempfile::tempdir().expect("a directory");
    let recipe = Recipe { clients, seed, flaws, ..Recipe::default() };
    let summary = write(&recipe, directory.path(), |_| ()).expect("written");
    (directory, summary)
}

fn truth_in(directory: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(directory.join("truth.json")).expect("read")).expect("JSON")
}

/// A planted flaw as the truth file has it.
struct Planted {
    line: u64,
    column: Option<usize>,
    code: String,
    set_aside: bool,
}

fn planted_in(truth: &Value, file: &str) -> Vec<Planted> {
    let flaws = truth["flaws"].as_array().expect("a list").iter().filter(|flaw| flaw["file"] == file);
    let planted = flaws.map(|flaw| Planted {
        line: flaw["line"].as_u64().expect("a line"),
        column: flaw["column"].as_u64().map(|column| column as usize),
        code: flaw["code"].as_str().expect("a code").to_owned(),
        set_aside: flaw["consequence"] == "row set aside",
    });
    planted.collect()
}

type Cells = Vec<Vec<u8>>;

/// The records of a file with the lines they start on, the header first. Quotes on `runaways` are dropped.
fn records(path: &Path, runaways: &[u64]) -> Vec<(u64, Cells)> {
    let bytes = std::fs::read(path).expect("read");
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut text = Vec::new();
    for (number, line) in (1u64..).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
        // The csv reader counts the line feed of CR LF to the record after it.
        text.extend(line.iter().filter(|byte| **byte != b'\r' && (**byte != b'"' || !runaways.contains(&number))));
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_slice());
    let records = reader.byte_records().map(|record| record.expect("a record"));
    records.map(|r| (r.position().expect("a position").line(), r.iter().map(<[u8]>::to_vec).collect())).collect()
}

/// The contract's rows of an export without flaws: for each row, its cells in the contract's order.
fn rows(directory: &Path, table: &Table) -> Vec<Vec<String>> {
    let mut records = records(&directory.join(format!("exports/{}.csv", table.name)), &[]).into_iter();
    let (_, header) = records.next().expect("a header");
    let names: Vec<String> =
        header.iter().map(|name| String::from_utf8_lossy(name).to_lowercase().replace(' ', "_")).collect();
    let places: Vec<usize> = table
        .columns
        .iter()
        .map(|column| names.iter().position(|name| *name == column.name).expect("a column of the contract"))
        .collect();
    let row = |(_, cells): (u64, Cells)| {
        places.iter().map(|place| String::from_utf8(cells[*place].clone()).expect("UTF-8")).collect()
    };
    records.map(row).collect()
}

fn check_cell(table: &str, column: &Column, cell: &str, as_of: Date) {
    let place = format!("{table}.{} {cell:?}", column.name);
    if cell.is_empty() {
        assert!(!column.required, "{place}");
        return;
    }
    let day = match column.kind {
        ColumnType::Date => Some(cell.parse::<Date>().unwrap_or_else(|error| panic!("{place}: {error}"))),
        ColumnType::Timestamp => {
            Some(cell.parse::<DateTime>().unwrap_or_else(|error| panic!("{place}: {error}")).date())
        }
        _ => None,
    };
    assert!(day.is_none_or(|day| day <= as_of || column.may_be_future), "{place} is after the as-of date");
    if matches!(column.kind, ColumnType::Whole | ColumnType::Number | ColumnType::Money) {
        let number: f64 = cell.parse().unwrap_or_else(|error| panic!("{place}: {error}"));
        let least = column.minimum.is_none_or(|minimum| number >= minimum);
        let most = column.maximum.is_none_or(|maximum| number <= maximum);
        assert!(least && most && column.above.is_none_or(|above| number > above), "{place} is out of range");
        assert!(column.kind != ColumnType::Whole || cell.parse::<i32>().is_ok(), "{place}");
    }
    if column.kind == ColumnType::YesNo {
        assert!(matches!(cell, "yes" | "no"), "{place}");
    }
    if column.kind == ColumnType::Code {
        let known = |code: &str| column.codes.is_empty() || column.codes.iter().any(|known| known == code);
        let announced = (table, cell) == ("providers", super::NEW_PARTNER_TYPE);
        assert!(announced || cell.split(';').all(known), "{place} is not in the list");
        assert!(cell.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b';')), "{place}");
    }
}

#[test]
fn the_rows_keep_the_contract() {
    let (directory, summary) = make(400, 5, false);
    let as_of = Recipe::default().as_of;
    let mut keys: HashMap<String, HashSet<String>> = HashMap::new();
    for (table, written) in CONTRACT.tables.iter().zip(&summary.tables) {
        let rows = rows(directory.path(), table);
        assert_eq!((&table.name, rows.len() as u64), (&written.table, written.rows));
        assert!(!rows.is_empty());
        let key = table.columns.iter().position(|column| column.key).expect("a key");
        let own: HashSet<String> = rows.iter().map(|row| row[key].clone()).collect();
        assert_eq!(own.len(), rows.len(), "{}: a key stands twice", table.name);
        keys.insert(table.name.clone(), own);
        for row in &rows {
            for (column, cell) in table.columns.iter().zip(row) {
                check_cell(&table.name, column, cell, as_of);
                if let Some((parent, _)) = column.target() {
                    assert!(cell.is_empty() || keys[parent].contains(cell), "{}: {cell} is an orphan", table.name);
                }
            }
            let value = |name: &String| row[table.position(name).expect("a column")].as_str();
            for rule in &table.rules {
                match rule {
                    Rule::Order(names) => {
                        let known: Vec<&str> = names.iter().map(value).filter(|date| !date.is_empty()).collect();
                        assert!(known.is_sorted(), "{}: {known:?}", table.name);
                    }
                    Rule::AnyOf(names) => assert!(names.iter().any(|name| !value(name).is_empty())),
                }
            }
        }
    }
    assert_eq!(summary.flaws, 0);
}

#[test]
fn the_same_recipe_gives_the_same_bytes() {
    let bytes = |directory: &TempDir| {
        let mut files = BTreeMap::new();
        for folder in ["", "exports"] {
            for entry in std::fs::read_dir(directory.path().join(folder)).expect("a folder").flatten() {
                if entry.path().is_file() {
                    files.insert(entry.file_name(), std::fs::read(entry.path()).expect("read"));
                }
            }
        }
        files
    };
    let (first, again, other) = (make(60, 1, true).0, make(60, 1, true).0, make(60, 2, true).0);
    assert_eq!(bytes(&first).len(), 14 + 3);
    assert!(bytes(&first) == bytes(&again));
    for (name, content) in bytes(&other) {
        // These two depend on the size only.
        let fixed = name == "programs.csv" || name == "providers.csv";
        assert_eq!(bytes(&first)[&name] == content, fixed, "{}", name.display());
    }
}

#[test]
fn without_its_flaws_an_export_is_the_one_made_without_flaws() {
    let (flawed, summary) = make(900, 3, true);
    let (clean, _) = make(900, 3, false);
    let truth = truth_in(flawed.path());
    let mut codes: HashSet<String> = HashSet::new();
    let mut count = 0;
    for (table, written) in CONTRACT.tables.iter().zip(&summary.tables) {
        let file = format!("exports/{}.csv", table.name);
        let planted = planted_in(&truth, &file);
        count += planted.len() as u64;
        codes.extend(planted.iter().map(|flaw| flaw.code.clone()));
        let runaways: Vec<u64> =
            planted.iter().filter(|flaw| flaw.code == "runaway-quote").map(|flaw| flaw.line).collect();
        let mut flaws: HashMap<u64, Planted> = planted.into_iter().map(|flaw| (flaw.line, flaw)).collect();
        let found = records(&flawed.path().join(&file), &runaways);
        assert_eq!(found.len() as u64, written.rows + 1);
        let mut expected = records(&clean.path().join(&file), &[]).into_iter().map(|(_, cells)| cells);
        let mut before: Cells = Vec::new();
        let width = found[0].1.len();
        for (line, cells) in found {
            match flaws.remove(&line) {
                Some(flaw) if flaw.set_aside => check_set_aside(&flaw, &cells, &before, width),
                Some(flaw) => {
                    let (whole, column) = (expected.next().expect("a row"), flaw.column.expect("a column") - 1);
                    let different: Vec<usize> = (0..width).filter(|cell| whole[*cell] != cells[*cell]).collect();
                    assert_eq!(different, [column], "{file}:{line} {}", flaw.code);
                }
                None => assert_eq!(expected.next().as_ref(), Some(&cells), "{file}:{line}"),
            }
            before = cells;
        }
        assert!(flaws.is_empty() && expected.next().is_none(), "{file}");
        if !runaways.is_empty() {
            let bytes = std::fs::read(flawed.path().join(&file)).expect("read");
            assert_eq!(memchr::memchr_iter(b'"', &bytes).count(), 1, "{file} has other quotes too");
        }
    }
    assert_eq!(count, summary.flaws);
    let share = summary.flaws as f64 / summary.rows() as f64;
    assert!((0.007..0.013).contains(&share), "{share} of the rows are flawed");
    let all: HashSet<String> = FLAWS.iter().map(|flaw| flaw.code.to_owned()).collect();
    assert_eq!(codes, all, "a kind of flaw was not planted");
}

fn check_set_aside(flaw: &Planted, cells: &Cells, before: &Cells, width: usize) {
    match flaw.code.as_str() {
        "short-row" => assert!(cells.len() < width),
        "long-row" => assert!(cells.len() > width),
        "duplicate-key" => assert_eq!(cells, before),
        "invalid-utf8" => {
            let wrong: Vec<usize> = (0..width).filter(|cell| std::str::from_utf8(&cells[*cell]).is_err()).collect();
            assert_eq!(wrong, [flaw.column.expect("a column") - 1]);
        }
        "missing-value" => assert!(cells[flaw.column.expect("a column") - 1].is_empty()),
        _ => assert_eq!(cells.len(), width),
    }
}

#[test]
fn every_flaw_is_of_the_contract() {
    for flaw in &FLAWS {
        let table = &CONTRACT.tables[flaw.table as usize];
        assert!(finding_kind(flaw.code).is_some(), "{} is no finding", flaw.code);
        let column = table.column(flaw.field);
        assert!(column.is_some() || flaw.field.is_empty(), "{} has no {}", table.name, flaw.field);
        match &flaw.change {
            Change::Value(_) | Change::EmptyValue(_) => assert!(column.is_some_and(|column| !column.required)),
            Change::Extra(values) => {
                assert!(values.iter().all(|(field, _)| table.column(field).is_some()));
                assert!(values.iter().any(|(field, _)| *field == flaw.field));
            }
            Change::Again => assert!(column.is_some_and(|column| column.key)),
            Change::Ragged(_) | Change::Runaway => assert!(column.is_none()),
        }
    }
}

#[test]
fn the_rows_agree_with_the_truth() {
    let (directory, _) = make(4000, 8, false);
    let truth = truth_in(directory.path());
    let table = |name: &str| rows(directory.path(), CONTRACT.table(name).expect("a table"));
    let day = |text: &str| text.get(..10).and_then(|text| text.parse::<Date>().ok());
    let days = |from: Date, to: Date| (to - from).get_days();
    let as_of = Recipe::default().as_of;
    let mut first_service: HashMap<String, Date> = HashMap::new();
    for row in table("services").iter().filter(|row| row[4] != "intake") {
        let provided = day(&row[2]).expect("a date");
        first_service.entry(row[1].clone()).and_modify(|first| *first = provided.min(*first)).or_insert(provided);
    }
    let mut events: HashMap<String, Vec<(Date, String)>> = HashMap::new();
    for row in table("outcome_events") {
        events.entry(row[1].clone()).or_default().push((day(&row[2]).expect("a date"), row[3].clone()));
    }
    let goals = table("goals");
    let enrollments = table("enrollments");
    let program_of: HashMap<&str, &str> = enrollments.iter().map(|row| (row[0].as_str(), row[2].as_str())).collect();
    for model in truth["programs"].as_array().expect("a list") {
        let program = model["program"].as_str().expect("a program");
        let cases: Vec<&Vec<String>> = enrollments.iter().filter(|row| row[2] == program).collect();

        let improved: Date = "2026-01-01".parse().expect("a date");
        for (when, later) in [("before", false), ("after", true)] {
            let expected = model["time_to_service"][when]["share_by_day"]["14"].as_f64();
            let Some(expected) = expected else { continue };
            let changes = !model["time_to_service"]["after"].is_null();
            let followed = cases
                .iter()
                .filter_map(|row| day(&row[4]).map(|referred| (referred, &row[0])))
                .filter(|(referred, _)| days(*referred, as_of) >= 14 && (!changes || (*referred >= improved) == later));
            let served = followed
                .map(|(referred, case)| first_service.get(case).is_some_and(|service| days(referred, *service) <= 14));
            close(&format!("{program} served {when}"), served, expected);
        }

        let kinds: Vec<&str> =
            model["recidivism"]["kinds"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        let exits = cases.iter().filter(|row| !row[8].is_empty() && row[10] != "deceased");
        let exits = exits.filter_map(|row| day(&row[9]).map(|exit| (exit, &row[1])));
        let returned = exits.filter(|(exit, _)| days(*exit, as_of) >= 365).map(|(exit, client)| {
            let events = events.get(client).into_iter().flatten();
            events
                .filter(|(_, kind)| kinds.contains(&kind.as_str()))
                .any(|(on, _)| (1..=365).contains(&days(exit, *on)))
        });
        let expected = model["recidivism"]["share_by_day"]["365"].as_f64().expect("a share");
        close(&format!("{program} returned"), returned, expected);

        let closed = goals.iter().filter(|row| program_of[row[1].as_str()] == program);
        let closed = closed.filter(|row| !matches!(row[7].as_str(), "in_progress" | "discontinued"));
        let expected = model["goal_attainment"].as_f64().expect("a share");
        close(&format!("{program} goals"), closed.map(|row| row[7] == "achieved"), expected);
    }
}

/// Four standard errors hold a true share nearly always; the seed is fixed, so the test does not waver.
fn close(what: &str, units: impl Iterator<Item = bool>, expected: f64) {
    let (mut n, mut met) = (0.0, 0.0);
    for unit in units {
        n += 1.0;
        met += f64::from(u8::from(unit));
    }
    let error = (expected * (1.0 - expected) / n).sqrt();
    assert!(n > 100.0 && (met / n - expected).abs() < 4.0 * error, "{what}: {met} of {n}, expected {expected}");
}

/// Further programs take a share of the cases each; all else is as it was.
#[test]
fn further_programs_share_the_cases_of_those_they_are_run_like() {
    let column = |directory: &Path, file: &str, of: usize| -> Vec<String> {
        let mut reader = csv::Reader::from_path(directory.join("exports").join(file)).expect("a file");
        reader.records().map(|row| row.expect("a row")[of].to_owned()).collect()
    };
    let (four, _) = make(300, 7, false);
    let many = tempfile::tempdir().expect("a directory");
    let recipe = Recipe { clients: 300, seed: 7, flaws: false, programs: 10, ..Recipe::default() };
    write(&recipe, many.path(), |_| ()).expect("written");
    let ids = column(many.path(), "programs.csv", 0);
    assert_eq!(ids, ["PRG1", "PRG2", "PRG3", "PRG4", "PRG1-2", "PRG2-2", "PRG3-2", "PRG4-2", "PRG1-3", "PRG2-3"]);
    let of_many = column(many.path(), "enrollments.csv", 2);
    assert!(ids.iter().all(|id| of_many.contains(id)));
    let kind = |id: &String| id.chars().take(4).collect::<String>();
    assert_eq!(of_many.iter().map(kind).collect::<Vec<_>>(), column(four.path(), "enrollments.csv", 2));
    let services = |directory: &Path| std::fs::read(directory.join("exports/services.csv")).expect("a file");
    assert!(services(many.path()) == services(four.path()));
}

#[cfg(unix)]
#[test]
fn the_key_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (directory, _) = make(1, 1, true);
    let path = directory.path().join("attain.key");
    let mode = std::fs::metadata(&path).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let key = std::fs::read_to_string(path).expect("text");
    let (remark, key) = key.split_once('\n').expect("two lines");
    assert!(remark.starts_with("# made up"));
    assert!(key.trim_end().len() == 64 && key.trim_end().bytes().all(|digit| digit.is_ascii_hexdigit()));
}

#[test]
fn the_project_file_is_toml_whatever_the_agency_is_called() {
    let directory = tempfile::tempdir().expect("a directory");
    let recipe = Recipe { clients: 3, agency: "The \"Harbor\", Inc.".to_owned(), ..Recipe::default() };
    write(&recipe, directory.path(), |_| ()).expect("written");
    let text = std::fs::read_to_string(directory.path().join("attain.toml")).expect("read");
    let project: toml::Table = toml::from_str(&text).expect("TOML");
    assert_eq!(project["agency"]["name"].as_str(), Some("The \"Harbor\", Inc."));
    assert_eq!(project["agency"]["as_of"].to_string(), "2026-06-30");
}
