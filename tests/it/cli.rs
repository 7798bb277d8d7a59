//! The command line as a newcomer meets it: what is said, where it goes, how it ends.
//!
//! Long because every command and every exit code is tried once.

use crate::project_folder::{Folder, Ran, csv_table, shared};
use insta::assert_snapshot;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::process::Stdio;

#[test]
fn help_says_what_every_command_does() {
    let folder = Folder::empty();
    let session = folder.transcript(&[
        &["--help"],
        &["run", "--help"],
        &["ingest", "--help"],
        &["check", "--help"],
        &["profile", "--help"],
        &["mapping", "--help"],
        &["mapping", "show", "--help"],
        &["mapping", "check", "--help"],
        &["metrics", "--help"],
        &["metrics", "list", "--help"],
        &["metrics", "show", "--help"],
        &["metrics", "compute", "--help"],
        &["metrics", "sql", "--help"],
        &["report", "--help"],
        &["query", "--help"],
        &["snapshot", "--help"],
        &["snapshot", "list", "--help"],
        &["snapshot", "show", "--help"],
        &["explain", "--help"],
        &["synth", "--help"],
        &["init", "--help"],
        &["completions", "--help"],
    ]);
    assert_snapshot!(session);
}

#[test]
fn attain_alone_says_what_to_do_next() {
    let mut text = Folder::empty().transcript(&[&[]]);
    text.push_str(&shared().transcript(&[&[]]));
    assert_snapshot!(text);
}

#[test]
fn every_exit_code() {
    let folder = Folder::ingested();
    let current = folder.read_text("store/CURRENT");
    let lock = File::options().write(true).open(folder.path().join("store/lock")).expect("the lock file");
    let mut text = folder.transcript(&[
        &["snapshot", "list"],
        &["ingest", "--fail-on", "warning"],
        &["ingest", "--fail-on", "never"],
        &["run", "--period", "soon"],
        &["query", "select 1 / 0"],
    ]);
    // As another run would hold it.
    lock.lock().expect("free");
    text.push_str(&folder.transcript(&[&["ingest"], &["run"]]));
    // What is locked can still be read.
    text.push_str(&folder.transcript(&[&["query", "select count(*) as people from clients", "--format", "csv"]]));
    // Two runs that tell somebody outside something must know of each other; inside the agency they need not.
    let project = folder.read_text("attain.toml");
    folder
        .write("attain.toml", &format!("{project}\n[[reports]]\ndefinition = \"board-brief\"\naudience = \"board\"\n"));
    text.push_str(&folder.transcript(&[&["report", "monthly-review", "--format", "json", "--quiet"]]));
    text.push_str(&folder.transcript(&[&["report", "board-brief", "--format", "json", "--quiet"]]));
    assert!(!folder.path().join("released.jsonl").exists());
    folder.write("attain.toml", &project);
    lock.unlock().expect("unlocked");
    // Nowhere to write the report to.
    fs::remove_dir_all(folder.path().join("out")).expect("removed");
    folder.write("out", "a file where a folder should be");
    text.push_str(&folder.transcript(&[&["report", "--format", "json"]]));
    // A snapshot that lost bytes.
    let clients = format!("store/snapshots/{}/clients.parquet", current.trim());
    let bytes = folder.read(&clients).len().to_string();
    folder.write(&clients, "");
    text.push_str(&folder.transcript(&[&["query", "select 1"]]).replace(&bytes, "N"));
    assert_snapshot!(text);
}

#[test]
fn typos_in_the_project_file_are_located() {
    let mut text = String::new();
    let folder = Folder::sample();
    let sound = folder.read_text("attain.toml");
    for (from, to) in [
        ("fiscal_year_starts", "fiscal_year_start"),
        ("[agency]", "[agnecy]"),
        ("[targets]", "[target]"),
        ("as_of = 2026-06-30", "as_of = 2026-06-31"),
        ("as_of = 2026-06-30", "as_of = \"June\""),
        ("fiscal_year_starts = 7", "fiscal_year_starts = 13"),
        ("\"monthly-review\"", "\"monthly-reveiw\""),
        ("\"internal\"", "\"internl\""),
        ("\"case-export\"", "\"case-exports\""),
        ("goal_attainment = 0.65", "goal_atainment = 0.65"),
        ("time_to_plan.share_by_day.30", "time_to_plan.share_on_day.30"),
        ("key_file = \"attain.key\"", "key_file = \"other.key\""),
        ("files = \"exports/**/*.csv\"", "files = \"exports/[*.csv\""),
        ("files = \"exports/**/*.csv\"", "files = \"export/**/*.csv\""),
        ("direction = \"higher\"", "direction = \"up\""),
        ("name = \"Harbor Family Services\"", "name = Harbor Family Services"),
    ] {
        folder.write("attain.toml", &sound);
        folder.replace("attain.toml", from, to);
        text.push_str(&format!("# {from} → {to}\n"));
        text.push_str(&folder.transcript(&[&["run", "--format", "json", "--quiet"]]));
    }
    assert_snapshot!(text);
}

#[test]
fn unknown_words_name_the_nearest_known_one() {
    let session = shared().transcript(&[
        &["runn"],
        &["run", "--perod", "2026-06"],
        &["metrics", "show", "time_to_servce"],
        &["metrics", "compute", "time_to_servce"],
        &["metrics", "compute", "time_to_service", "--by", "progrm"],
        &["metrics", "compute", "time_to_service", "--by", "program,weather"],
        &["metrics", "compute", "time_to_service", "--period", "2026-13"],
        &["metrics", "compute", "time_to_service", "--period", "June"],
        &["metrics", "compute", "time_to_service", "--period", "2026-06-30..2026-06-01"],
        &["metrics", "compute", "recidivism", "--set", "recidivsm.horizons=[182]"],
        &["metrics", "compute", "recidivism", "--set", "recidivism.horizns=[182]"],
        &["metrics", "compute", "recidivism", "--set", "recidivism.horizons=soon"],
        &["metrics", "compute", "recidivism", "--set", "horizons"],
        &["report", "monthly-reveiw"],
        &["report", "--period", "2026-Q2"],
        &["report", "--period", "2027-01"],
        &["report", "--format", "doc"],
        &["snapshot", "show", "2026"],
        &["snapshot", "show", "../.."],
        &["explain", "kaplan-meyer"],
        &["explain", "clients.gendr"],
        &["explain", "weather"],
        &["explain", ""],
        &["query", "no-such-file.sql"],
        &["check", "no-such-file.csv"],
        &["run", "nowhere"],
        &["run", "here", "--project", "there"],
        &["run", "--as-of", "2026-02-30"],
        &["run", "--memory", "lots"],
        &["run", "--threads", "0"],
        &["synth", "exports"],
        &["init", "."],
        &["completions", "tcsh"],
    ]);
    assert_snapshot!(session);
}

#[test]
fn a_query_that_cannot_run_is_shown_with_a_caret() {
    let folder = Folder::ingested();
    folder.write("mine.sql", "select\n    p.name,\n    p.capcity\nfrom programs as p\n");
    let session = folder.transcript(&[
        &["query", "selct 1"],
        &["query", "select * frm clients"],
        &["query", "select clint_id from clients"],
        &["query", "select client_id from client"],
        &["query", "mine.sql"],
        &["query", "select $start as d"],
        &["query", "select $a as a", "--param", "a=1", "--param", "b=2"],
        &["query", "select 1", "--param", "a"],
        &["query", ""],
        &["query", "select 1; select 2"],
    ]);
    assert_snapshot!(session);
}

#[test]
fn parameters_of_a_query_have_types() {
    let session = shared().transcript(&[
        &["query", "select count(*) as n from clients where gender = $g", "--param", "g=woman"],
        &[
            "query",
            "select $n + 1 as next, $on as day, $flag as flag",
            "--param",
            "n=41",
            "--param",
            "on=2026-01-31",
            "--param",
            "flag=true",
        ],
        &["query", "select $text as text", "--param", "text=a = b's"],
        &["query", "select $as_of as complete_through"],
    ]);
    assert_snapshot!(session);
}

#[test]
fn queries_only_read() {
    let folder = Folder::ingested();
    folder.write("evil.sql", "copy clients to 'stolen.csv'");
    let before = (folder.files("store"), folder.files("exports"));
    let mut text = String::new();
    for sql in [
        "insert into clients select * from clients",
        "with x as (select 1 as a) insert into clients select * from x",
        "update clients set gender = 'x'",
        "delete from clients",
        "create table mine as select 1 as a",
        "create view mine as select 1 as a",
        "create external table mine stored as csv location 'exports/clients.csv'",
        "drop table clients",
        "truncate table clients",
        "copy clients to 'stolen.csv'",
        "copy (select * from clients) to 'stolen.parquet' stored as parquet",
        "set datafusion.execution.batch_size = 1",
        "begin",
        "explain analyze insert into clients select * from clients",
        "select * from 'attain.key'",
        "select * from read_csv('exports/clients.csv')",
        "evil.sql",
    ] {
        let ran = folder.attain(&["query", sql]);
        assert_eq!(ran.code, Some(4), "{sql}");
        text.push_str(&format!("{sql}\n{}{}\n", ran.text(), ran.said));
    }
    assert_snapshot!(text);
    assert!(before == (folder.files("store"), folder.files("exports")), "a refused statement changed the project");
    assert!(!folder.path().join("stolen.csv").exists() && !folder.path().join("stolen.parquet").exists());
}

#[test]
fn quiet_says_only_what_went_wrong() {
    let folder = Folder::ingested();
    for words in
        [&["ingest", "--quiet"][..], &["report", "--quiet", "--format", "json"], &["--quiet", "snapshot", "list"]]
    {
        assert_eq!(folder.attain(words).expect(0).said, "", "{words:?}");
    }
    assert!(folder.attain(&["run", "nowhere", "--quiet"]).expect(2).said.starts_with("error: "));
}

#[test]
fn no_colour_where_none_is_wanted() {
    let folder = Folder::empty();
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        for words in [&["--help"][..], &["runn"], &["query", "select"], &["run"]] {
            let output = folder.command(words).env(name, value).output().expect("runs");
            assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b), "{name} {words:?}");
        }
    }
}

#[test]
fn a_reader_that_goes_away_is_no_crash() {
    for words in [
        &["query", "select * from services", "--format", "csv"][..],
        &["check", "--fail-on", "never"],
        &["metrics", "list"],
        &["explain"],
        &["--help"],
    ] {
        for streams in [1, 2, 3] {
            let mut command = shared().command(words);
            command.stdout(if streams & 1 != 0 { Stdio::piped() } else { Stdio::null() });
            command.stderr(Stdio::piped());
            let mut child = command.spawn().expect("starts");
            drop(child.stdout.take());
            if streams & 2 != 0 {
                drop(child.stderr.take());
            }
            let output = child.wait_with_output().expect("ends");
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{words:?} with streams {streams} closed: {said}");
            assert!(!said.contains("panicked"), "{words:?}: {said}");
        }
    }
}

const FIELDS: [&str; 20] = [
    "metric",
    "version",
    "period",
    "group",
    "statistic",
    "at",
    "outcome",
    "estimate",
    "lower",
    "upper",
    "level",
    "method",
    "numerator",
    "denominator",
    "at_risk",
    "events",
    "censored",
    "unknown",
    "excluded",
    "status",
];
const STATISTICS: [&str; 16] = [
    "events",
    "clients",
    "share",
    "rate",
    "share_by_day",
    "median_days",
    "restricted_mean_days",
    "mature_share",
    "mean",
    "median",
    "quartile1",
    "quartile3",
    "mean_change",
    "effect_size",
    "reliably_improved",
    "reliably_deteriorated",
];
const NOTES: [&str; 5] = ["no data", "not collected", "not reached", "too few", "follow-up incomplete"];
const STATUSES: [&str; 5] = ["met", "near", "not_met", "too_few", "no_data"];

/// Every metric of the catalogue.
fn metric_names() -> Vec<String> {
    let list = shared().attain(&["metrics", "list"]).expect(0);
    list.text().lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn estimates_as_json_have_the_published_fields_in_the_published_order() {
    let names = metric_names();
    assert!(names.len() >= 15, "{names:?}");
    let mut words = vec!["metrics", "compute", "--format", "json"];
    words.extend(names.iter().map(String::as_str));
    let mut notes = BTreeSet::new();
    let mut statuses = BTreeSet::new();
    let mut statistics = BTreeSet::new();
    for (period, by) in [("2026-05", "program"), ("FY2026", ""), ("2030-01", "")] {
        let mut words = [&words[..], &["--period", period]].concat();
        if !by.is_empty() {
            words.extend(["--by", by]);
        }
        let ran = shared().attain(&words).expect(0);
        let json = ran.json();
        let estimates = json.as_array().expect("an array");
        let seen: BTreeSet<&str> = estimates.iter().filter_map(|e| e["metric"].as_str()).collect();
        assert_eq!(seen.len(), names.len(), "every metric answers for {period}: {seen:?}");
        for estimate in estimates {
            let keys: Vec<&str> = estimate.as_object().expect("an object").keys().map(String::as_str).collect();
            assert_eq!(keys, [&FIELDS[..], &["note"]].concat());
            let period_keys: Vec<&str> =
                estimate["period"].as_object().expect("a period").keys().map(String::as_str).collect();
            assert_eq!(period_keys, ["label", "start", "end", "partial"]);
            assert_eq!(estimate["period"]["label"], period);
            let version = estimate["version"].as_str().expect("a version");
            assert!(version.len() == 12 && version.bytes().all(|b| b.is_ascii_hexdigit()), "{version}");
            let statistic = estimate["statistic"].as_str().expect("a statistic");
            assert!(STATISTICS.contains(&statistic), "{statistic}");
            statistics.insert(statistic.to_owned());
            if let Some(status) = estimate["status"].as_str() {
                assert!(STATUSES.contains(&status), "{status}");
                statuses.insert(status.to_owned());
            }
            match (estimate["estimate"].as_f64(), estimate["note"].as_str()) {
                (None, None) => panic!("neither value nor note: {estimate}"),
                (_, Some(note)) => {
                    assert!(NOTES.contains(&note), "{note}");
                    notes.insert(note.to_owned());
                }
                (Some(value), None) => {
                    let (lower, upper) = (estimate["lower"].as_f64(), estimate["upper"].as_f64());
                    assert!(lower.is_none_or(|l| l <= value) && upper.is_none_or(|u| value <= u), "{estimate}");
                }
            }
        }
    }
    for known in ["no data", "not reached", "follow-up incomplete"] {
        assert!(notes.contains(known), "{known} is not among {notes:?}");
    }
    for known in ["met", "not_met", "no_data"] {
        assert!(statuses.contains(known), "{known} is not among {statuses:?}");
    }
    assert!(statistics.len() >= 12, "{statistics:?}");
}

#[test]
fn what_was_not_collected_is_said_and_not_guessed() {
    let folder = Folder::with_exports(&[
        ("programs.csv", "program_id,name\nP1,House\n"),
        ("clients.csv", "client_id\nC1\nC2\n"),
        (
            "enrollments.csv",
            "enrollment_id,client_id,program_id,referred_on\nE1,C1,P1,2026-05-04\nE2,C2,P1,2026-06-05\n",
        ),
    ]);
    folder.attain(&["ingest"]).expect(0);
    let ran =
        folder.attain(&["metrics", "compute", "goal_attainment", "note_timeliness", "--format", "json"]).expect(0);
    for estimate in ran.json().as_array().expect("an array") {
        assert!(estimate["estimate"].is_null() && estimate["note"] == "not collected", "{estimate}");
    }
    assert_snapshot!(ran.said);
}

/// Run as a query, or over the small tables written beside it, the statement printed gives the sums behind the figures.
#[test]
fn the_statement_of_a_metric_runs_elsewhere() {
    let folder = Folder::ingested();
    let words = ["--period", "FY2026", "--every", "quarter", "--by", "program"];
    for name in ["goal_attainment", "services_provided", "recidivism", "need_change"] {
        let tables = folder.path().join("tables").display().to_string();
        let over_files = [&["metrics", "sql", name, "--tables", &tables, "--rows", &tables], &words[..]].concat();
        let over_files = folder.attain(&over_files).expect(0);
        let text = over_files.text();
        assert!(text.starts_with(&format!("-- {name}\n")) && text.ends_with(";\n"), "{text}");
        assert!(!text.contains('$') && !text.contains("values\n"), "{text}");
        assert!(folder.path().join("tables/periods.parquet").exists());

        let whole = folder.attain(&[&["metrics", "sql", name], &words[..]].concat()).expect(0);
        folder.write("whole.sql", whole.text());
        let whole = folder.path().join("whole.sql").display().to_string();
        let (headings, rows) = csv_table(&folder.attain(&["query", &whole, "--format", "csv"]).expect(0).out);
        let written = File::open(folder.path().join(format!("tables/{name}.parquet"))).expect("written");
        let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(written).expect("parquet");
        assert_eq!(reader.metadata().file_metadata().num_rows(), rows.len() as i64, "{name}");

        let place =
            |name: &str| headings.iter().position(|h| h == name).unwrap_or_else(|| panic!("{name}: {headings:?}"));
        let (excluded, n) = (place("is_excluded"), place("n"));
        let counted: u64 =
            rows.iter().filter(|row| row[excluded] == "true").map(|row| row[n].parse::<u64>().expect("a count")).sum();
        let estimates =
            folder.attain(&[&["metrics", "compute", name, "--format", "json"], &words[..]].concat()).expect(0).json();
        let mut told = BTreeMap::new();
        for estimate in estimates.as_array().expect("an array") {
            let cell = format!("{} {}", estimate["period"]["label"], estimate["group"]);
            told.insert(cell, estimate["excluded"].as_u64().expect("a count"));
        }
        assert_eq!(told.values().sum::<u64>(), counted, "{name}");
        assert!(!rows.is_empty() && (counted > 0 || name == "services_provided"), "{name}: {counted}");
    }
}

#[test]
fn the_same_estimates_in_every_format() {
    let words = [
        "metrics",
        "compute",
        "goal_attainment",
        "time_to_service",
        "--period",
        "FY2026",
        "--by",
        "program",
        "--format",
    ];
    let ask = |format: &str| shared().attain(&[&words[..], &[format]].concat()).expect(0);
    let json = ask("json").json();
    let json = json.as_array().expect("an array");
    let (headings, rows) = csv_table(&ask("csv").out);
    assert_eq!(rows.len(), json.len());
    let place = |name: &str| headings.iter().position(|h| h == name).unwrap_or_else(|| panic!("{name}: {headings:?}"));
    for (row, estimate) in rows.iter().zip(json) {
        assert_eq!(row[place("metric")], estimate["metric"].as_str().expect("a name"));
        for name in ["estimate", "lower", "upper", "numerator", "denominator"] {
            assert!(same(row[place(name)].parse().ok(), estimate[name].as_f64()), "{name}: {row:?}, {estimate}");
        }
    }
    let parquet = bytes_of(ask("parquet"));
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(parquet)
        .expect("parquet")
        .build()
        .expect("reader");
    let batches: Vec<arrow::array::RecordBatch> = reader.map(|batch| batch.expect("a batch")).collect();
    let values: Vec<Option<f64>> = batches
        .iter()
        .flat_map(|batch| {
            let column = batch.column_by_name("estimate").expect("estimate");
            let column: &arrow::array::Float64Array = column.as_any().downcast_ref().expect("doubles");
            column.iter().collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(values.len(), json.len());
    for (value, estimate) in values.into_iter().zip(json) {
        assert!(same(value, estimate["estimate"].as_f64()), "{value:?}, {estimate}");
    }
}

/// Full double precision in every format. The last digit is forgiven: the JSON reader used here rounds it.
fn same(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 2.0 * f64::EPSILON * b.abs(),
        (a, b) => a.is_none() && b.is_none(),
    }
}

#[test]
fn every_note_and_every_status_comes_up() {
    let folder = Folder::ingested();
    // A target for each program is one for everybody in it.
    folder.replace(
        "attain.toml",
        "goal_attainment = 0.65",
        "goal_attainment = { PRG1 = 0.65, PRG2 = 0.9, PRG3 = 0.62, PRG4 = 0.3 }",
    );
    let mut notes = BTreeSet::new();
    let mut statuses = BTreeSet::new();
    for (metric, by, period) in [
        ("time_to_service", "program", "2026-06"),
        ("goal_attainment", "program", "2026-06"),
        ("recidivism", "program", "2026-06"),
        ("note_timeliness", "program", "2026-06"),
        ("goal_attainment", "program", "2026-06-01..2026-06-04"),
        ("need_change", "program,domain", "2026-06"),
        ("goal_attainment", "", "2030-01"),
    ] {
        let mut words = vec!["metrics", "compute", metric, "--format", "json", "--period", period];
        if !by.is_empty() {
            words.extend(["--by", by]);
        }
        for estimate in folder.attain(&words).expect(0).json().as_array().expect("an array") {
            notes.extend(estimate["note"].as_str().map(str::to_owned));
            statuses.extend(estimate["status"].as_str().map(str::to_owned));
        }
    }
    // Nothing of the sample is missing; what is said then has a test of its own.
    notes.insert("not collected".to_owned());
    assert_eq!(notes, NOTES.map(str::to_owned).into());
    assert_eq!(statuses, STATUSES.map(str::to_owned).into());
}

#[test]
fn another_key_is_not_used_in_silence() {
    let folder = Folder::with_exports(&[("clients.csv", "client_id\nC1\n")]);
    folder.attain(&["ingest"]).expect(0);
    folder.write("attain.key", "fedcba9876543210fedcba9876543210");
    let mut text = folder.transcript(&[
        &["ingest", "--quiet"],
        &["query", "select count(*) as n from clients"],
        &["ingest", "--quiet", "--new-key"],
        &["ingest", "--quiet"],
        &["snapshot"],
    ]);
    folder.write("attain.key", "short");
    text.push_str(&folder.transcript(&[&["ingest"]]));
    fs::remove_file(folder.path().join("attain.key")).expect("removed");
    text.push_str(&folder.transcript(&[&["ingest"]]));
    folder.replace("attain.toml", "key_file = \"attain.key\"", "key_env = \"ATTAIN_KEY\"");
    text.push_str(&folder.transcript(&[&["ingest"]]));
    folder.replace("attain.toml", "key_env", "key_file = \"attain.key\"\nkey_env");
    text.push_str(&folder.transcript(&[&["ingest"]]));
    assert_snapshot!(text);
}

/// Standard output as a file, for readers that need to seek.
fn bytes_of(ran: Ran) -> File {
    use std::io::{Seek as _, Write as _};
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(&ran.out).expect("written");
    file.rewind().expect("at its start");
    file
}

#[test]
fn check_accounts_for_every_row() {
    let ran = shared().attain(&["check", "--json", "--fail-on", "never"]).expect(0);
    let json = ran.json();
    let keys: Vec<&str> = json.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(keys, ["files", "findings", "not_checked"]);
    let files = json["files"].as_array().expect("files");
    assert_eq!(files.len(), 14);
    for file in files {
        let n = |name: &str| file[name].as_u64().unwrap_or_else(|| panic!("{name}: {file}"));
        assert_eq!(n("rows"), n("loaded") + n("quarantined"), "{file}");
        assert_eq!(file["sha256"].as_str().map(str::len), Some(64));
    }
    for finding in json["findings"].as_array().expect("findings") {
        let keys: Vec<&str> = finding.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(keys, ["code", "severity", "file", "line", "column", "field", "record", "message", "hint"]);
        assert!(["error", "warning", "note"].contains(&finding["severity"].as_str().expect("a severity")));
    }
}

/// The identifiers of people in the sample's exports, as they stand there.
fn identifiers() -> BTreeSet<Vec<u8>> {
    let mut ids = BTreeSet::new();
    for (name, bytes) in shared().files("exports") {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(&bytes[..]);
        let headings: Vec<String> = reader
            .byte_headers()
            .expect("headings")
            .iter()
            .map(|h| String::from_utf8_lossy(h).trim_start_matches('\u{feff}').trim().to_lowercase().replace(' ', "_"))
            .collect();
        let person = |h: &String| ["client_id", "staff_id", "supervisor_id", "household_id"].contains(&h.as_str());
        for row in reader.byte_records() {
            let row = row.unwrap_or_else(|error| panic!("{name}: {error}"));
            for (cell, _) in row.iter().zip(&headings).filter(|(_, h)| person(h)) {
                let cell = cell.trim_ascii();
                // Shorter ones would be met by chance.
                if cell.len() >= 6 && cell.is_ascii() {
                    ids.insert(cell.to_vec());
                }
            }
        }
    }
    assert!(ids.len() > 2000, "{}", ids.len());
    ids
}

#[test]
fn no_identifier_of_a_person_leaves_the_exports() {
    let project = shared();
    let ids = identifiers();
    let first: BTreeSet<u8> = ids.iter().map(|id| id[0]).collect();
    let lengths: BTreeSet<usize> = ids.iter().map(Vec::len).collect();
    let look = |place: &str, bytes: &[u8]| {
        for start in 0..bytes.len() {
            if first.contains(&bytes[start]) {
                for length in &lengths {
                    if let Some(word) = bytes.get(start..start + length) {
                        assert!(!ids.contains(word), "{place} holds {}", String::from_utf8_lossy(word));
                    }
                }
            }
        }
    };
    // That it would be found.
    assert!(std::panic::catch_unwind(|| look("exports", &project.read("exports/staff.csv"))).is_err());

    for words in [
        &["check", "--fail-on", "never"][..],
        &["check", "--json", "--fail-on", "never"],
        &["snapshot", "show", "--json"],
    ] {
        let ran = project.attain(words).expect(0);
        look("stdout of check", &ran.out);
        look("stderr of check", ran.said.as_bytes());
    }
    for below in ["store", "out"] {
        for (name, bytes) in project.files(below) {
            look(&name, &bytes);
        }
    }
    // Parquet compresses: what it holds, read back.
    for table in attain::contract::CONTRACT.tables.iter() {
        let ran = project.attain(&["query", &format!("select * from {}", table.name), "--format", "csv"]).expect(0);
        look(&table.name, &ran.out);
    }
}

#[test]
fn explain_knows_metrics_findings_tables_columns_and_terms() {
    let session = shared().transcript(&[
        &["explain"],
        &["explain", "goal_attainment"],
        &["explain", "orphan"],
        &["explain", "enrollments"],
        &["explain", "enrollments.exit_reason"],
        &["explain", "staff_id"],
        &["explain", "Kaplan Meier"],
    ]);
    assert_snapshot!(session);
}

#[test]
fn a_new_project_waits_for_its_exports() {
    let folder = Folder::empty();
    let text = folder.transcript(&[
        &["init", "mine"],
        &["init", "mine"],
        &["check", "mine"],
        &["run", "mine"],
        &["query", "select 1", "--project", "mine"],
    ]);
    let key = folder.read_text("mine/attain.key");
    assert_eq!(key.trim().len(), 64);
    assert!(!text.contains(key.trim()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder.path().join("mine/attain.key")).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let ignored = folder.read_text("mine/.gitignore");
    for secret in ["attain.key", "exports/", "store/", "out/"] {
        assert!(ignored.lines().any(|line| line == secret), "{secret}");
    }
    // With exports it is accepted as it is.
    folder.write("mine/exports/clients.csv", "client_id\nC1\n");
    folder.attain(&["check", "mine"]).expect(0);
    folder.attain(&["ingest", "mine", "--as-of", "2026-06-30"]).expect(0);
    assert_snapshot!(text);
    // Two projects, two keys.
    folder.attain(&["init", "other"]).expect(0);
    assert_ne!(key, folder.read_text("other/attain.key"));
}

#[test]
fn single_files_can_be_looked_at_without_a_project() {
    let folder = Folder::empty();
    folder.write(
        "services.csv",
        "service_id,enrollment_id,provided_on,service_type,minutes\nS1,E1,2026-05-01,counseling,sixty\n",
    );
    folder.write(
        "services-2026-06.csv",
        "service_id,enrollment_id,provided_on,service_type,minutes\nS2,E1,2026-05-02,counseling,60\nS3,E1\n",
    );
    folder.write("weather.csv", "day,rain\n2026-05-01,yes\n");
    folder.write("notes.txt", "nothing");
    let session = folder.transcript(&[
        &["check", "services.csv"],
        &["check", "services.csv", "services-2026-06.csv"],
        &["check", "weather.csv"],
        &["check", "notes.txt"],
    ]);
    assert_snapshot!(session);
}

#[test]
fn check_tells_what_is_absent_in_one_line() {
    let folder = Folder::with_exports(&[
        ("programs.csv", "program_id,name\nP1,House\n"),
        ("clients.csv", "Client ID,Birth Date,Nickname\nC0001,1990-02-31,Ann\nC0001,1991-01-01,Bob\n,1992-01-01,Eve\n"),
        (
            "enrollments.csv",
            "enrollment_id,client_id,program_id,referred_on\nE1,C0001,P1,2026-05-04\nE2,C0009,P1,2026-06-05\n",
        ),
        ("weather.csv", "day,rain\n"),
    ]);
    let session = folder.transcript(&[&["check"], &["check", "--fail-on", "never", "--quiet"]]);
    assert_snapshot!(session);
}

#[test]
fn the_same_seed_makes_the_same_agency() {
    let folder = Folder::empty();
    for name in ["a", "b"] {
        folder.attain(&["synth", name, "--clients", "120", "--seed", "7", "--quiet"]).expect(0);
    }
    folder.attain(&["synth", "c", "--clients", "120", "--seed", "8", "--quiet"]).expect(0);
    let [a, b, c] = ["a", "b", "c"].map(|name| folder.files(name));
    assert!(a.len() > 14 && a == b);
    assert_ne!(a["exports/clients.csv"], c["exports/clients.csv"]);
    folder.attain(&["ingest", "a", "--quiet"]).expect(0);
}

#[test]
fn completions_for_every_shell() {
    let folder = Folder::empty();
    let scripts: BTreeMap<&str, Vec<u8>> = ["bash", "zsh", "fish", "powershell", "elvish"]
        .into_iter()
        .map(|shell| (shell, folder.attain(&["completions", shell]).expect(0).out))
        .collect();
    for (shell, script) in scripts {
        let script = String::from_utf8(script).expect("text");
        for word in ["attain", "metrics", "compute", "snapshot", "period"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        assert!(!script.contains("set-pdf"), "{shell}: it is no command for people");
    }
}
