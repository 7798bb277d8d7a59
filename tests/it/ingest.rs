//! Ingest: small exports with one flaw each, the sample agency's planted flaws, the same bytes on any number of threads.
//!
//! Long because every kind of flaw stands with the rows that show it.

use arrow::array::{Array, RecordBatch};
use arrow::util::display::array_value_to_string;
use attain::contract::{CONTRACT, Severity};
use attain::ingest::{IngestJob, Outcome, Source, check, ingest};
use attain::store::{BirthDates, Key, Snapshot, Store};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A project with these files in `exports/`.
pub fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, IngestJob, Store) {
    let dir = tempfile::tempdir().expect("dir");
    fs::create_dir(dir.path().join("exports")).expect("dir");
    for (name, text) in files {
        fs::write(dir.path().join("exports").join(name), text).expect("written");
    }
    let store = Store::at(dir.path().join("store"));
    let job = job(dir.path(), Some("2026-06-30"));
    (dir, job, store)
}

pub fn job(root: &Path, as_of: Option<&str>) -> IngestJob {
    IngestJob {
        root: root.to_owned(),
        sources: vec![Source::of_files("case exports", "exports/**/*.{csv,xlsx}")],
        as_of: as_of.map(|day| day.parse().expect("a date")),
        key: Key::new(b"a key for tests"),
        new_key: false,
        encrypt: false,
        birth_dates: BirthDates::Date,
        fiscal_year_starts: 7,
        threads: 2,
        memory: None,
    }
}

/// Ingests; every file's rows add up.
pub fn run(job: &IngestJob, store: &Store) -> Outcome {
    let outcome = ingest(job, store, &()).expect("ingest");
    for file in &outcome.files {
        assert_eq!(file.rows, file.loaded + file.quarantined, "{}", file.path);
    }
    outcome
}

fn rows(snapshot: &Snapshot, table: &str) -> Vec<RecordBatch> {
    let file = fs::File::open(snapshot.dir.join(format!("{table}.parquet"))).expect("there");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("parquet").build().expect("reader");
    reader.collect::<Result<_, _>>().expect("rows")
}

/// A column's values as text; empty for unknown.
pub fn column(snapshot: &Snapshot, table: &str, name: &str) -> Vec<String> {
    let mut values = Vec::new();
    for batch in rows(snapshot, table) {
        let array = batch.column_by_name(name).expect("a column");
        values.extend((0..array.len()).map(|row| array_value_to_string(array, row).expect("text")));
    }
    values
}

/// `line column field code` of every finding about a row.
pub fn places(outcome: &Outcome) -> Vec<String> {
    let located = outcome.findings.iter().filter(|finding| finding.line.is_some());
    located
        .map(|f| {
            let column = f.column.map_or("-".to_owned(), |c| c.to_string());
            format!("{} {column} {} {}", f.line.unwrap_or(0), f.field.as_deref().unwrap_or("-"), f.code)
        })
        .collect()
}

#[test]
fn every_type_is_stored_as_the_contract_says() {
    let (_dir, job, store) = project(&[
        ("programs.csv", "program_id,name,capacity,opened_on\n007,Harbor House,12,2020-02-29\n"),
        ("clients.csv", "client_id,birth_date,race_ethnicity,postal_area\nC1,1990-01-02,White; Asian,02139\n"),
        (
            "enrollments.csv",
            "enrollment_id,client_id,program_id,referred_on,head_of_household\nE1,C1,007,2025-01-02,Yes\n",
        ),
        (
            "services.csv",
            "service_id,enrollment_id,provided_on,started_at,service_type,minutes,cost\nS1,E1,2025-01-03,2025-01-03 09:30,Home Visit,45.5,12.5\n",
        ),
    ]);
    let outcome = run(&job, &store);
    assert_eq!(places(&outcome), Vec::<String>::new());
    let snapshot = outcome.snapshot.expect("a snapshot");
    assert_eq!(column(&snapshot, "programs", "program_id"), ["007"]);
    assert_eq!(column(&snapshot, "programs", "opened_on"), ["2020-02-29"]);
    assert_eq!(column(&snapshot, "clients", "race_ethnicity"), ["white;asian"]);
    assert_eq!(column(&snapshot, "clients", "postal_area"), ["021"]);
    assert_eq!(column(&snapshot, "enrollments", "head_of_household"), ["true"]);
    assert_eq!(column(&snapshot, "services", "started_at"), ["2025-01-03T09:30:00"]);
    assert_eq!(column(&snapshot, "services", "service_type"), ["home_visit"]);
    assert_eq!(column(&snapshot, "services", "minutes"), ["45.5"]);
    assert_eq!(column(&snapshot, "services", "cost"), ["12.50"]);
    // One person, one pseudonym, in every table; never the identifier itself.
    let pseudonym = column(&snapshot, "clients", "client_id");
    assert_eq!(pseudonym, column(&snapshot, "enrollments", "client_id"));
    assert!(pseudonym[0].len() == 24 && pseudonym[0].bytes().all(|b| b.is_ascii_hexdigit()));
    // Every table is there with every column, exported or not; the manifest says which were collected.
    for table in &CONTRACT.tables {
        let file = fs::File::open(snapshot.dir.join(format!("{}.parquet", table.name))).expect("there");
        let schema = ParquetRecordBatchReaderBuilder::try_new(file).expect("parquet").schema().clone();
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let places = ["_file", "_line"];
        assert_eq!(names, table.columns.iter().map(|c| c.name.as_str()).chain(places).collect::<Vec<_>>());
    }
    assert_eq!(
        snapshot.manifest.table("programs").expect("programs").collected,
        ["program_id", "name", "capacity", "opened_on"]
    );
    assert_eq!(column(&snapshot, "calendar", "day").first().map(String::as_str), Some("1990-01-01"));
    assert_eq!(column(&snapshot, "calendar", "day").last().map(String::as_str), Some("2027-12-31"));
}

#[test]
fn every_problem_of_a_row_is_told_at_its_place() {
    let (_dir, job, store) = project(&[
        ("clients.csv", "client_id\nC1\n"),
        ("programs.csv", "program_id,name\nP1,One\n"),
        (
            "enrollments.csv",
            "Enrollment ID,client_id,program_id,referred_on,intake_on,exited_on,exit_reason,screened_on\n\
             E1,C1,P1,2025-01-01,2025-02-01,2025-03-01,completed,\n\
             E2,C1,P1,2025-02-30,2025-02-01,2025-01-01,finished,01/31/2025\n\
             E3,C1,P1,,,,,\n\
             E4,C9,P1,2025-01-01,2026-07-01,,,\n\
             E1,C1,P1,2025-01-01,,,,\n\
             ,C1,P1,2025-01-01,,,,\n",
        ),
    ]);
    let outcome = run(&job, &store);
    assert_eq!(
        places(&outcome),
        [
            "3 4 referred_on impossible-date",
            "3 6 exited_on date-order",
            "3 7 exit_reason unknown-code",
            "3 8 screened_on bad-date",
            "4 - - any-of-missing",
            "5 2 client_id orphan",
            "5 5 intake_on after-as-of",
            "6 1 enrollment_id duplicate-key",
            "7 1 enrollment_id missing-value",
        ]
    );
    let told = |code: &str| outcome.findings.iter().find(|f| f.code == code).expect("told");
    assert_eq!(told("impossible-date").message, "referred_on \"2025-02-30\" is not a day in the calendar");
    assert_eq!(told("date-order").message, "exited_on \"2025-01-01\" is before intake_on \"2025-02-01\"");
    assert_eq!(told("bad-date").hint.as_deref(), Some("this looks like MM/DD/YYYY; export it as YYYY-MM-DD"));
    assert_eq!(
        told("duplicate-key").message,
        "enrollment_id A9 (2 characters) was already used at exports/enrollments.csv:2"
    );
    assert_eq!(told("orphan").message, "client_id A9 (2 characters) is not among the loaded clients");
    assert_eq!(told("impossible-date").severity, Severity::Warning);
    let snapshot = outcome.snapshot.expect("a snapshot");
    assert_eq!(column(&snapshot, "enrollments", "enrollment_id").len(), 1);
    let quarantine = fs::read_to_string(snapshot.dir.join("quarantine/enrollments.csv")).expect("quarantine");
    assert_eq!(quarantine.lines().count(), 6);
    assert!(quarantine.contains("exports/enrollments.csv,3,2,date-order,"), "{quarantine}");
    assert!(!quarantine.contains("C1") && !quarantine.contains("C9"), "an identifier was echoed: {quarantine}");
}

#[test]
fn a_value_that_cannot_be_read_is_unknown_and_its_row_stays() {
    let (_dir, job, store) = project(&[
        ("clients.csv", "client_id\nC1\n"),
        ("programs.csv", "program_id,name\nP1,One\n"),
        ("staff.csv", "staff_id,supervisor_id,fte\nS1,S2,1\nS2,,0.5\nS3,S9,3\n"),
        ("enrollments.csv", "enrollment_id,client_id,program_id,staff_id,referred_on\nE1,C1,P1,S7,2025-01-01\n"),
        (
            "services.csv",
            "service_id,enrollment_id,provided_on,service_type,minutes,cost,recipient,mode\n\
             1,E1,2025-01-02,counseling,-5,\"1,250.00\",nobody,carrier pigeon\n\
             2,E1,2025-01-02,counselling,ten,$5,client,Carrier Pigeon\n",
        ),
    ]);
    let outcome = run(&job, &store);
    let expected = [
        "4 2 supervisor_id orphan",
        "4 3 fte out-of-range",
        "2 4 staff_id orphan",
        "2 5 minutes out-of-range",
        "2 6 cost number-format",
        "2 7 recipient unknown-code",
        "2 8 mode new-code",
        "3 4 service_type new-code",
        "3 5 minutes bad-number",
        "3 6 cost number-format",
    ];
    assert_eq!(places(&outcome), expected);
    let snapshot = outcome.snapshot.expect("a snapshot");
    let supervisors = column(&snapshot, "staff", "supervisor_id");
    assert_eq!(supervisors.iter().filter(|s| s.is_empty()).count(), 2);
    assert_eq!(supervisors[0], column(&snapshot, "staff", "staff_id")[1]);
    assert_eq!(column(&snapshot, "enrollments", "staff_id"), [""]);
    assert_eq!(column(&snapshot, "services", "mode"), ["carrier_pigeon", "carrier_pigeon"]);
    assert_eq!(column(&snapshot, "services", "minutes"), ["", ""]);
}

#[test]
fn records_of_the_wrong_shape_cost_themselves_only() {
    let (dir, job, store) = project(&[]);
    let text = b"provider_id,name,partner_type\r\n\
        1,\"two\r\nlines\",court\r\n\
        \r\n\
        2,short\r\n\
        3,a,court,long\r\n\
        4,\"runaway,court\r\n\
        5,fine,court\r\n\
        6,caf\x8d,court\r\n\
        7,a\0b,court\r\n\
        8,\"last\" one,court";
    fs::write(dir.path().join("exports/providers.csv"), text).expect("written");
    let outcome = run(&job, &store);
    assert_eq!(
        places(&outcome),
        ["5 - - short-row", "6 - - long-row", "7 - - runaway-quote", "9 2 name invalid-utf8", "10 2 name invalid-utf8"]
    );
    assert_eq!((outcome.files[0].rows, outcome.files[0].loaded), (8, 3));
    assert_eq!(column(&outcome.snapshot.expect("a snapshot"), "providers", "provider_id"), ["1", "5", "8"]);
}

#[test]
fn headers_are_forgiving_and_files_without_required_columns_are_not_loaded() {
    let (_dir, job, store) = project(&[
        ("providers-a.csv", "\u{feff}NAME,Provider ID,fax\nOne,1,555\n"),
        ("providers-b.csv", "provider_id\n2\n3\n"),
        ("providers-c.csv", ""),
        ("Providers_D.CSV", "provider_id,name\n1,again\n"),
        ("notes.csv", "a\n"),
        ("services.xlsx", "not really"),
    ]);
    let outcome = run(&job, &store);
    // Files come in the order of their names' bytes, capitals first: the D file is the first that uses the key.
    let told: Vec<String> = outcome
        .findings
        .iter()
        .filter(|f| f.code != "missing-table")
        .map(|f| format!("{} {}", f.file, f.code))
        .collect();
    assert_eq!(
        told,
        [
            "exports/notes.csv unknown-file",
            "exports/services.xlsx unknown-file",
            "exports/Providers_D.CSV missing-column",
            "exports/providers-a.csv missing-column",
            "exports/providers-a.csv extra-column",
            "exports/providers-a.csv duplicate-key",
            "exports/providers-b.csv missing-required-column",
            "exports/providers-b.csv missing-column",
            "exports/providers-c.csv empty-file",
        ]
        .map(str::to_owned)
    );
    let file = |name: &str| outcome.files.iter().find(|f| f.path.ends_with(name)).expect("a file");
    assert_eq!((file("-b.csv").rows, file("-b.csv").loaded, file("-b.csv").quarantined), (2, 0, 2));
    assert_eq!((file("-a.csv").rows, file("-a.csv").quarantined), (1, 1));
    assert_eq!(file("notes.csv").table, None);
}

#[test]
fn without_an_as_of_date_the_latest_day_is_taken_and_that_is_said() {
    let (dir, _, store) = project(&[("clients.csv", "client_id,birth_date,died_on\nC1,1950-01-01,2026-03-04\n")]);
    let outcome = run(&job(dir.path(), None), &store);
    assert!(outcome.findings.iter().any(|f| f.code == "as-of-guessed"));
    assert!(outcome.not_checked.iter().any(|text| text.contains("as-of")));
    assert!(outcome.snapshot.expect("a snapshot").id.starts_with("2026-03-04-"));
}

#[test]
fn a_reference_to_a_table_that_is_not_exported_is_not_checked_and_that_is_said() {
    let (_dir, job, store) = project(&[("plans.csv", "plan_id,enrollment_id,opened_on\n1,E1,2025-01-01\n")]);
    let outcome = run(&job, &store);
    assert_eq!(places(&outcome), Vec::<String>::new());
    assert!(outcome.not_checked.contains(&"plans.enrollment_id: the export has no enrollments".to_owned()));
}

#[test]
fn check_finds_the_same_and_writes_nothing() {
    let (dir, job, store) = project(&[("clients.csv", "client_id,birth_date\nC1,soon\nC1,\n")]);
    let checked = check(&job, &()).expect("checked");
    assert!(checked.snapshot.is_none() && !dir.path().join("store").exists());
    let ingested = run(&job, &store);
    assert_eq!(checked.findings, ingested.findings);
    assert_eq!(checked.files, ingested.files);
}

/// Every planted flaw of the sample agency is found at its place with its code and its consequence, and nothing else is.
#[test]
fn the_sample_agencys_planted_flaws_are_found_and_nothing_else() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    let truth = fs::read_to_string(sample.join("truth.json")).expect("the sample's truth");
    let truth: serde_json::Value = serde_json::from_str(&truth).expect("json");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    type Place = (String, u64, Option<u64>, String, String, bool);
    let mut planted: Vec<Place> = truth["flaws"]
        .as_array()
        .expect("flaws")
        .iter()
        .map(|flaw| {
            let aside = text(&flaw["consequence"]) == "row set aside";
            let line = flaw["line"].as_u64().expect("a line");
            (text(&flaw["file"]), line, flaw["column"].as_u64(), text(&flaw["field"]), text(&flaw["code"]), aside)
        })
        .collect();

    let dir = tempfile::tempdir().expect("dir");
    let store = Store::at(dir.path().join("store"));
    let outcome = run(&job(&sample, truth["as_of"].as_str()), &store);
    let (of_rows, of_files): (Vec<_>, Vec<_>) =
        outcome.findings.iter().partition(|f| f.line.is_some() && f.severity > Severity::Note);
    let mut found: Vec<Place> = of_rows
        .iter()
        .map(|f| {
            let aside = f.severity == Severity::Error;
            let field = f.field.clone().unwrap_or_default();
            (f.file.clone(), f.line.unwrap_or(0), f.column, field, f.code.clone(), aside)
        })
        .collect();
    planted.sort();
    found.sort();
    for place in &planted {
        assert!(found.binary_search(place).is_ok(), "planted and not found: {place:?}");
    }
    for place in &found {
        assert!(planted.binary_search(place).is_ok(), "found and not planted: {place:?}");
    }
    assert_eq!(found.len(), planted.len());

    let mut expected: Vec<(String, String, String)> = truth["file_findings"]
        .as_array()
        .expect("file findings")
        .iter()
        .map(|f| (text(&f["file"]), text(&f["code"]), text(&f["field"])))
        .collect();
    let mut told: Vec<(String, String, String)> =
        of_files.iter().map(|f| (f.file.clone(), f.code.clone(), f.field.clone().unwrap_or_default())).collect();
    expected.sort();
    told.sort();
    assert_eq!(told, expected);
    for table in truth["tables"].as_array().expect("tables") {
        let file = outcome.files.iter().find(|f| f.path == text(&table["file"])).expect("a file");
        assert_eq!(Some(file.rows), table["rows"].as_u64(), "{}", file.path);
        assert_eq!(Some(file.quarantined), table["set_aside"].as_u64(), "{}", file.path);
    }
}

pub fn everything_in(dir: &Path, below: &str, all: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(dir).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = format!("{below}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            everything_in(&entry.path(), &name, all);
        } else {
            all.insert(name, fs::read(entry.path()).expect("read"));
        }
    }
}

/// Rows enough for many blocks, flaws in many of them, keys used twice far apart, two files of one table.
fn large_export(dir: &Path) {
    use std::fmt::Write;
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    files.insert("clients.csv", "client_id\n".to_owned());
    files.insert("programs.csv", "program_id,name\nP1,One\n".to_owned());
    files.insert("enrollments.csv", "enrollment_id,client_id,program_id,referred_on\n".to_owned());
    let header = "service_id,enrollment_id,provided_on,service_type,staff_id,minutes,mode,note\n";
    files.insert("services-1.csv", header.to_owned());
    files.insert("services-2.csv", header.to_owned());
    for n in 0..2_000 {
        writeln!(files.get_mut("clients.csv").expect("there"), "C{n}").expect("text");
        writeln!(files.get_mut("enrollments.csv").expect("there"), "E{n},C{},P1,2025-01-01", n % 2_100).expect("text");
    }
    for n in 0..160_000_u32 {
        let file = if n < 90_000 { "services-1.csv" } else { "services-2.csv" };
        let text = files.get_mut(file).expect("there");
        let key = if n % 9_973 == 9_972 { n / 2 + 7 } else { n };
        let minutes = if n % 501 == 0 { "-1" } else { "30" };
        let note = if n % 4_001 == 0 { "office,\"two\nlines\"" } else { "office," };
        writeln!(
            text,
            "S{key},E{},2025-0{}-1{},counseling,ST{},{minutes},{note}",
            n % 2_003,
            n % 9 + 1,
            n % 10,
            n % 17
        )
        .expect("text");
        if n % 30_011 == 5 {
            writeln!(text, "S{n}x,E1,2025-01-01,\"runaway,ST1,5,office,").expect("text");
        }
    }
    for (name, text) in files {
        fs::write(dir.join("exports").join(name), text).expect("written");
    }
}

#[test]
fn one_thread_or_four_give_the_same_bytes() {
    let (dir, job, _) = project(&[]);
    large_export(dir.path());
    let mut stores = Vec::new();
    for threads in [1, 4] {
        let store = Store::at(dir.path().join(format!("store-{threads}")));
        let outcome = run(&IngestJob { threads, ..job.clone() }, &store);
        assert!(outcome.counts.iter().any(|c| c.code == "duplicate-key" && c.count >= 15), "{:?}", outcome.counts);
        assert!(outcome.counts.iter().any(|c| c.code == "runaway-quote" && c.count == 6), "{:?}", outcome.counts);
        let mut files = BTreeMap::new();
        everything_in(&outcome.snapshot.expect("a snapshot").dir, "", &mut files);
        stores.push(files);
    }
    let (four, one) = (stores.pop().expect("two"), stores.pop().expect("two"));
    assert_eq!(one.keys().collect::<Vec<_>>(), four.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert!(four.get(name) == Some(bytes), "{name} differs");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn any_bytes_behind_a_header_are_loaded_or_set_aside(bytes in proptest::collection::vec(prop_oneof![
        Just(b'"'), Just(b','), Just(b'\n'), Just(b'\r'), Just(b'1'), any::<u8>()], 0..600)) {
        let (dir, job, store) = project(&[]);
        let text = [b"provider_id,name,partner_type\n".as_slice(), &bytes].concat();
        fs::write(dir.path().join("exports/providers.csv"), text).expect("written");
        let outcome = run(&job, &store);
        let loaded: usize = rows(&outcome.snapshot.expect("a snapshot"), "providers").iter().map(RecordBatch::num_rows).sum();
        prop_assert_eq!(loaded as u64, outcome.files[0].loaded);
    }

    #[test]
    fn what_was_written_as_csv_is_stored(names in proptest::collection::vec("[ -~\u{e9}]{0,12}", 1..30)) {
        let (dir, job, store) = project(&[]);
        let mut writer = csv::Writer::from_path(dir.path().join("exports/providers.csv")).expect("file");
        writer.write_record(["provider_id", "name", "partner_type"]).expect("written");
        for (at, name) in names.iter().enumerate() {
            writer.write_record([&format!("id{at}"), &format!("n{name}"), ""]).expect("written");
        }
        writer.flush().expect("written");
        let outcome = run(&job, &store);
        let stored = column(&outcome.snapshot.expect("a snapshot"), "providers", "name");
        prop_assert_eq!(stored, names.iter().map(|name| format!("n{name}").trim().to_owned()).collect::<Vec<_>>());
    }
}
