//! Rules over several rows and tables: what each finds in its worked examples, what none may show, what they say of the
//! sample, how `attain check` tells it, and where it is kept.
//!
//! Long because the rules, the scores and the ways they are told are shown on the real binary.

use crate::examples::session_over;
use crate::project_folder::{Folder, csv_table, shared};
use arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray};
use attain::contract::{CONTRACT, Finding};
use attain::measure::examples::run::{everything, write};
use attain::measure::examples::{Example, Given, batch, parse_of_rule};
use attain::quality::{Assessment, Rule, Rules, assess};
use attain::query::{Engine, Limits};
use attain::store::{AsOfSource, Manifest, StoredTable};
use insta::assert_snapshot;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A manifest over tables that have every column.
fn manifest(as_of: &str) -> Manifest {
    let columns = everything();
    let tables = CONTRACT.tables.iter().map(|table| StoredTable {
        name: table.name.clone(),
        rows: 0,
        files: Vec::new(),
        collected: columns.iter().filter(|(t, _)| *t == table.name).map(|(_, c)| c.clone()).collect(),
    });
    Manifest {
        id: format!("{as_of}-00000000"),
        as_of: as_of.into(),
        as_of_source: AsOfSource::Given,
        contract_version: CONTRACT.version,
        contract_sha256: String::new(),
        store_format: 0,
        key_fingerprint: String::new(),
        encrypted: false,
        birth_dates: attain::store::BirthDates::Date,
        fiscal_year_starts: 7,
        sources: Vec::new(),
        files_read: Vec::new(),
        inputs: Vec::new(),
        tables: tables.collect(),
        other_files: Vec::new(),
        findings: Vec::new(),
    }
}

/// Tables as drawn, with the places they would have as CSV files: the header is line 1.
fn opened(given: &BTreeMap<String, Given>, folder: &Path) -> Engine {
    let mut paths = Vec::new();
    for (number, table) in CONTRACT.tables.iter().enumerate() {
        let drawn = given.get(&table.name).cloned().unwrap_or_default();
        let rows = batch(table, &drawn).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
        let count = rows.num_rows();
        let file: ArrayRef = Arc::new(Int32Array::from(vec![number as i32; count]));
        let line: ArrayRef = Arc::new(Int64Array::from_iter_values((0..count).map(|row| row as i64 + 2)));
        let fields = rows.schema().fields().iter().map(|f| f.name().clone()).collect::<Vec<_>>();
        let columns = fields.into_iter().zip(rows.columns().to_vec());
        let columns = columns.chain([("_file".to_string(), file), ("_line".to_string(), line)]);
        let placed = RecordBatch::try_from_iter_with_nullable(columns.map(|(n, c)| (n, c, true))).expect("a table");
        write(folder, &table.name, &placed).expect("written");
        paths.push(table.name.clone());
    }
    let numbers: ArrayRef = Arc::new(Int32Array::from_iter_values(0..paths.len() as i32));
    let files =
        RecordBatch::try_from_iter([("file_id", numbers), ("path", Arc::new(StringArray::from(paths)) as ArrayRef)]);
    write(folder, "source_files", &files.expect("a table")).expect("written");
    let none = |text: bool| -> ArrayRef {
        if text {
            Arc::new(StringArray::from(Vec::<Option<&str>>::new()))
        } else {
            Arc::new(Int32Array::from(Vec::<i32>::new()))
        }
    };
    let findings = RecordBatch::try_from_iter_with_nullable([
        ("severity", none(true), true),
        ("table_name", none(true), true),
        ("_file", none(false), true),
        ("_line", Arc::new(Int64Array::from(Vec::<i64>::new())) as ArrayRef, true),
    ]);
    write(folder, "findings", &findings.expect("a table")).expect("written");
    let limits = Limits { memory: 256 << 20, threads: 2, scratch: folder.join("scratch") };
    Engine::open(folder, &limits).expect("opens")
}

/// What one rule says of an example's tables, and every finding it told.
fn said_by(rule: &Rule, example: &Example) -> (Assessment, Vec<Finding>) {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = opened(&example.given, folder.path());
    let mut rules: Rules = [rule.clone()].into_iter().collect();
    rules.set(&rule.code, &example.set).expect("parameters of the rule");
    let mut told = Vec::new();
    let mut tell = |finding: &Finding| {
        told.push(finding.clone());
        Ok(())
    };
    let assessment = assess(&engine, &rules, &manifest(&example.as_of.to_string()), Some(&mut tell));
    (assessment.unwrap_or_else(|error| panic!("{error}")), told)
}

/// Where a rule does not say what its example expects: `file:line: what`.
fn disagreements(rule: &Rule, path: &str, example: &Example) -> Vec<String> {
    let (assessment, told) = said_by(rule, example);
    let expect = &example.expect;
    let result = &assessment.rules[0];
    let mut wrong = Vec::new();
    let wanted: Vec<(String, String)> = expect
        .rows
        .iter()
        .filter_map(|row| {
            let cell = |name: &str| expect.cell(row, name).map(str::to_string);
            Some((cell("place")?, cell("message").unwrap_or_default()))
        })
        .collect();
    let mut found: Vec<(String, String)> =
        told.iter().map(|finding| (finding.place(), finding.message.clone())).collect();
    found.sort_by_key(|(place, _)| wanted.iter().position(|(p, _)| p == place));
    if found != wanted {
        wrong.push(format!("{path}:{}: found {found:#?}, expected {wanted:#?}", expect.line));
    }
    let looked_at: Vec<&str> = expect.rows.iter().filter_map(|row| expect.cell(row, "looked_at")).collect();
    if looked_at != [result.looked_at.to_string()] {
        wrong.push(format!("{path}:{}: looked at {}, expected {looked_at:?}", expect.line, result.looked_at));
    }
    if result.found != wanted.len() as u64 || assessment.findings != told {
        wrong.push(format!("{path}:{}: {} counted, {} kept", expect.line, result.found, assessment.findings.len()));
    }
    wrong
}

fn examples_of(rule: &Rule) -> (String, Vec<Example>) {
    let path = rule.query.path.replace(".sql", ".examples.md");
    let text = fs::read_to_string(Path::new(ROOT).join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let examples = parse_of_rule(&text).unwrap_or_else(|mistakes| {
        panic!("{}", mistakes.iter().map(|m| format!("{path}:{m}")).collect::<Vec<_>>().join("\n"))
    });
    (path, examples)
}

#[test]
fn every_rule_finds_what_its_examples_expect() {
    let rules = Rules::load(&[]).expect("built-in rules");
    let mut wrong = Vec::new();
    for rule in rules.all() {
        let (path, examples) = examples_of(rule);
        assert!(examples.len() >= 3, "{path} has {} examples", examples.len());
        assert!(examples.iter().any(|e| !e.expect.rows.is_empty() && e.given.is_empty()), "{path}: none is empty");
        wrong.extend(examples.iter().flat_map(|example| disagreements(rule, &path, example)));
    }
    assert!(wrong.is_empty(), "{} disagreements\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_examples_file_has_its_rule() {
    let rules = Rules::load(&[]).expect("built-in rules");
    let files: BTreeSet<String> = fs::read_dir(Path::new(ROOT).join("queries/checks"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".md"))
        .collect();
    let wanted: BTreeSet<String> =
        rules.all().map(|rule| format!("{}.examples.md", rule.code.replace('-', "_"))).collect();
    assert_eq!(files, wanted);
}

/// A rule that shows one value in its message.
fn showing(select: &str, message: &str) -> String {
    format!(
        "/*---\ntitle = \"t\"\nmeaning = \"m\"\nfix = \"f\"\nseverity = \"note\"\nquality = \"plausibility\"\n\
         counted = \"rows\"\nmessage = \"{message}\"\n---*/\n{select}\n"
    )
}

#[test]
fn no_rule_can_show_what_is_never_printed_for_one_person() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = opened(&BTreeMap::new(), folder.path());
    let fit = |select: &str, message: &str| {
        Rule::parse("queries/checks/mine.sql", &showing(select, message), false)
            .expect("a sound header")
            .fit(&engine, "2026-06-30".parse().expect("a date"))
            .map(drop)
    };
    for (select, column) in [
        (
            "select c.client_id, c._file, c._line, true as fails, c.birth_date as x from clients as c",
            "clients.birth_date",
        ),
        ("select c.client_id, c._file, c._line, true as fails from clients as c", "clients.client_id"),
        (
            "select c.client_id, c._file, c._line, true as fails, concat('born in ', cast(extract(year from c.birth_date) as varchar)) as x from clients as c",
            "clients.birth_date",
        ),
        (
            "with a as (select e.enrollment_id, e._file, e._line, c.gender as g from enrollments as e left join clients as c on c.client_id = e.client_id), b as (select a.*, upper(a.g) as x from a) select b.enrollment_id, b._file, b._line, true as fails, b.x from b",
            "clients.gender",
        ),
        (
            "select s.enrollment_id, s._file, s._line, true as fails, first_value(s.staff_id) over (order by s._line) as x from services as s",
            "services.staff_id",
        ),
        (
            "select s.enrollment_id, s._file, s._line, true as fails, (select max(c.died_on) from clients as c) as x from services as s",
            "clients.died_on",
        ),
        (
            "with a as (select s.enrollment_id, s._file, s._line, s.service_type as x from services as s union all select e.enrollment_id, e._file, e._line, e.household_id as x from enrollments as e) select a.enrollment_id, a._file, a._line, true as fails, a.x from a",
            "enrollments.household_id",
        ),
        (
            "with a as (select e.enrollment_id, max(c.postal_area) as x, min(e._file) as _file, min(e._line) as _line from enrollments as e inner join clients as c on c.client_id = e.client_id group by e.enrollment_id) select a.enrollment_id, a._file, a._line, true as fails, a.x from a",
            "clients.postal_area",
        ),
    ] {
        let message = if column == "clients.client_id" { "{client_id}" } else { "it is {x}" };
        let error = fit(select, message).expect_err(column);
        assert!(error.message.contains(column), "{error}");
        assert!(error.place.is_some_and(|(line, _)| line == 8), "{error}");
    }
    // What only decides, or says how many, shows nothing.
    for select in [
        "select c.client_id, c._file, c._line, c.birth_date is null as fails, case when c.gender = 'woman' then 'one' else 'other' end as x from clients as c",
        "select c.client_id, c._file, c._line, true as fails, count(*) over (partition by c.postal_area) as x from clients as c",
        "select c.client_id, c._file, c._line, true as fails, c.died_on < c.birth_date as x from clients as c",
    ] {
        fit(select, "it is {x}").unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn a_rule_of_a_project_that_is_wrong_is_shown_where() {
    let folder = Folder::with_exports(&[("clients.csv", "client_id\nC1\n")]);
    let mut text = String::new();
    let sound = showing(
        "select\n    e.enrollment_id,\n    e._file,\n    e._line,\n    e.exited_on is null as fails,\n    e.intake_on\nfrom enrollments as e",
        "intake on {intake_on}",
    );
    for (from, to) in [
        ("counted =", "count ="),
        ("\"plausibility\"", "\"beauty\""),
        ("{intake_on}", "{intake}"),
        ("e.intake_on", "e.intake"),
        ("e._line,", "e._lin,"),
        ("    e._file,\n", ""),
        (" as fails", " as failing"),
        ("e.exited_on is null", "e.exited_on"),
        ("{intake_on}", "{client_id}"),
    ] {
        let mut wrong = sound.replace(from, to);
        if to == "{client_id}" {
            wrong = wrong.replace("e.intake_on", "e.client_id");
        }
        assert_ne!(wrong, sound, "{from}");
        folder.write("queries/checks/mine.sql", &wrong);
        text.push_str(&format!("# {} → {}\n", from.trim(), to.trim()));
        text.push_str(&folder.transcript(&[&["check", "--quiet"]]));
    }
    fs::remove_file(folder.path().join("queries/checks/mine.sql")).expect("removed");
    let toml = folder.read_text("attain.toml");
    for own in [
        "[checks.stale_enrolment]\ndays = 1",
        "[checks.stale_enrollment]\nday = 1",
        "[checks.stale-enrollment]\ndays = \"1\"",
    ] {
        folder.write("attain.toml", &format!("{toml}\n{own}\n"));
        text.push_str(&format!("# {}\n", own.replace('\n', ", ")));
        text.push_str(&folder.transcript(&[&["check", "--quiet"]]));
    }
    assert_snapshot!(text);
}

/// A small agency with one of each contradiction.
fn contradictory() -> Folder {
    Folder::with_exports(&[
        ("programs.csv", "program_id,name\nP1,Harbor\nP2,Bridge\n"),
        (
            "clients.csv",
            "client_id,birth_date,gender,race_ethnicity,died_on\nC1,1990-05-01,woman,white,\nC2,,unknown,black,2026-02-01\n\
             C3,2027-01-01,man,,\nC4,1990-02-30,man,asian,\n",
        ),
        ("staff.csv", "staff_id\nT1\n"),
        (
            "enrollments.csv",
            "enrollment_id,client_id,program_id,staff_id,referred_on,intake_on,exited_on,exit_reason,exit_destination\n\
             E1,C1,P1,T1,2026-01-05,2026-01-09,,,\n\
             E2,C1,P1,T1,2026-03-01,2026-03-02,2026-04-01,completed,\n\
             E3,C2,P1,T1,2025-12-01,2025-12-05,,,\n\
             E4,C3,P2,,,2025-11-01,2026-03-01,,own_home\n\
             E5,C9,P2,T1,2026-01-05,,,,\n\
             E6,C4,P2,T1,2025-06-01,,,,\n",
        ),
        (
            "services.csv",
            "service_id,enrollment_id,provided_on,started_at,service_type,staff_id,minutes,recorded_at\n\
             S1,E1,2026-06-20,2026-06-20T10:00,counseling,T1,50,2026-06-21T09:00\n\
             S2,E1,2026-06-20,2026-06-20T10:00,counseling,T1,50,2026-06-21T09:00\n\
             S3,E4,2026-03-05,,jo_doe,T1,5000,2026-05-05T09:00\n\
             S4,E3,2026-02-10,,counseling,T1,sixty,2026-02-10T09:00\n",
        ),
    ])
}

#[test]
fn check_tells_an_analyst_what_to_do() {
    let folder = contradictory();
    assert_snapshot!(folder.transcript(&[&["check"]]));
}

#[test]
fn check_leaves_nothing_behind_and_needs_no_store() {
    let folder = contradictory();
    folder.write("tmp/there", "");
    let output = folder.command(&["check", "--fail-on", "never"]).env("TMPDIR", folder.path().join("tmp")).output();
    assert!(output.expect("runs").status.success());
    assert_eq!(folder.files("tmp").keys().map(String::as_str).collect::<Vec<_>>(), ["there"]);
    assert!(!folder.path().join("store").exists());
}

#[test]
fn every_finding_is_in_json_and_in_csv() {
    let folder = contradictory();
    let mut services = String::from("service_id,enrollment_id,provided_on,service_type\n");
    for number in 0..1500 {
        services.push_str(&format!("X{number},E4,2026-03-05,counseling\n"));
        services.push_str(&format!("Y{number},E4,=1+1,counseling\n"));
    }
    folder.write("exports/services-2.csv", &services);
    let json = folder.attain(&["check", "--json", "--fail-on", "never"]).expect(0).json();
    let findings = json["findings"].as_array().expect("findings");
    let of =
        |code: &str| findings.iter().filter(|f| f["code"] == code && f["file"] == "exports/services-2.csv").count();
    assert_eq!((of("service-outside-enrollment"), of("bad-date")), (1500, 1500));

    let (headings, rows) = csv_table(&folder.attain(&["check", "--csv", "--fail-on", "never"]).expect(0).out);
    assert_eq!(headings.join(" "), "severity code place file line column field record message hint");
    assert_eq!(rows.len(), findings.len());
    for (row, finding) in rows.iter().zip(findings) {
        assert_eq!(
            [&row[0], &row[1]],
            [finding["severity"].as_str().expect("text"), finding["code"].as_str().expect("text")]
        );
        assert_eq!(row[4], finding["line"].as_u64().map_or(String::new(), |line| line.to_string()));
        assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '@'])), "{row:?}");
    }
    let said = folder.attain(&["check", "--csv=all.csv", "--fail-on", "never"]).expect(0);
    assert!(
        said.said.contains(&format!(
            "wrote {} findings to all.csv",
            attain::language::Words::default().count(rows.len() as f64)
        )),
        "{}",
        said.said
    );
    assert!(said.text().contains("… and 1,480 more; every one is in the CSV file"), "{}", said.text());
    assert_eq!(csv_table(&folder.read("all.csv")).1, rows);
    folder.attain(&["check", "--csv", "--json"]).expect(2);
}

#[test]
fn the_sample_has_unknown_values_and_no_contradictions() {
    let json = shared().attain(&["check", "--json", "--fail-on", "never"]).expect(0).json();
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for finding in json["findings"].as_array().expect("findings") {
        let code = finding["code"].as_str().expect("a code");
        if attain::contract::finding_kind(code).is_none() {
            *counts.entry(code).or_default() += 1;
        }
    }
    assert_eq!(
        counts.into_iter().collect::<Vec<_>>(),
        [
            ("client-without-birth-date", 33),
            ("client-without-gender", 26),
            ("client-without-race-ethnicity", 36),
            ("enrollment-without-case-manager", 33),
            ("enrollment-without-referral-date", 224),
            ("exit-without-destination", 144),
            ("exit-without-reason", 18),
        ]
    );
}

#[test]
fn what_the_rules_found_is_kept_beside_the_snapshot_and_told() {
    let folder = contradictory();
    folder.attain(&["ingest"]).expect(0);
    let first = folder.files("store/quality");
    assert_eq!(first.len(), 1, "{:?}", first.keys());
    let id = folder.read_text("store/CURRENT");
    assert!(first.keys().all(|name| name.starts_with(id.trim())));
    let snapshots = folder.files("store/snapshots");

    // The same inputs: nothing is run again, nothing changes.
    let text = folder.transcript(&[&["ingest"], &["snapshot", "show"]]);
    assert_eq!(folder.files("store/quality"), first);

    // Another rule: the snapshot stays, what is said of it changes.
    let toml = folder.read_text("attain.toml");
    folder.write("attain.toml", &format!("{toml}\n[checks.overlong_service]\noff = true\n"));
    let told = folder.attain(&["ingest"]).expect(0).said;
    let second = folder.files("store/quality");
    assert_eq!(second.len(), 1);
    assert_ne!(first.keys().next(), second.keys().next());
    assert_eq!(folder.files("store/snapshots"), snapshots);
    assert_ne!(text.lines().nth(3), told.lines().nth(2), "one warning less");
    let shown = folder.attain(&["snapshot", "show"]).expect(0);
    assert!(shown.text().contains("not checked: overlong-service: switched off in attain.toml"), "{}", shown.text());
    assert_snapshot!(text);
}

#[test]
fn reports_show_data_quality_by_program_and_withhold_small_numbers() {
    let (headings, rows) = csv_table(&shared().read("out/2026-06/tables/data-quality-by-program.csv"));
    assert_eq!(headings[..3], ["Program", "Conformance", "of rows"]);
    assert_eq!(rows.last().map(|row| row[0].as_str()), Some("All programs"));
    assert_eq!(rows.len(), 5);
    let rows_read: u64 = rows.last().expect("all")[2].parse().expect("a count");
    assert_eq!(rows_read, 143_616);
    for row in &rows {
        for (share, of) in [(1, 2), (3, 4), (5, 6), (7, 8)] {
            let share: f64 = row[share].parse().expect("a share");
            let of: f64 = row[of].parse().expect("a count");
            assert!((0.9..=1.0).contains(&share) && of > 0.0, "{row:?}");
        }
    }

    let folder = contradictory();
    let toml = folder.read_text("attain.toml");
    folder.write(
        "attain.toml",
        &format!("{toml}\n[[reports]]\ndefinition = \"monthly-review\"\naudience = \"public\"\n"),
    );
    folder.attain(&["run", "--format", "csv"]).expect(0);
    let (_, rows) = csv_table(&folder.read("out/2026-06/tables/data-quality-by-program-public.csv"));
    for row in &rows {
        for (share, of) in [(1, 2), (3, 4), (5, 6), (7, 8)] {
            let (Ok(share), Ok(of)) = (row[share].parse::<f64>(), row[of].parse::<f64>()) else { continue };
            let bad = (of * (1.0 - share)).round();
            assert!(of >= 11.0 && !(0.5..11.0).contains(&bad), "{row:?}");
        }
    }
    // Each rule found so few that naming it would tell of how few persons something is not known.
    assert!(!folder.path().join("out/2026-06/tables/data-quality-rules-public.csv").exists());
}

#[test]
fn a_project_that_cannot_become_a_snapshot_is_still_looked_at() {
    let folder = Folder::with_exports(&[("programs.csv", "program_id,name\nP1,House\nP1,House\n")]);
    folder.replace("attain.toml", "as_of = 2026-06-30\n", "");
    let ran = folder.attain(&["check"]).expect(1);
    assert!(ran.text().contains("[duplicate-key]"), "{}", ran.text());
    assert!(ran.said.contains("not checked: rules over several rows and tables: no date says"), "{}", ran.said);
}

#[test]
fn codes_are_explained_and_typos_lead_to_them() {
    let mut text = shared().transcript(&[
        &["explain", "stale-enrollment"],
        &["explain", "stale_enrollment"],
        &["explain", "data-quality"],
        &["explain", "stale-enrolment"],
        &["explain", "duplicate-kye"],
        &["explain", "clients.gendr"],
    ]);
    let rules = Rules::load(&[]).expect("built-in rules");
    for rule in rules.all() {
        let told = shared().attain(&["explain", &rule.code]).expect(0);
        assert!(told.text().contains(&rule.header.title) && told.text().contains("fix "), "{}", told.text());
    }
    let folder = Folder::with_exports(&[("clients.csv", "client_id\nC1\n")]);
    let own = showing(
        "select c.client_id, c._file, c._line, c.language is null as fails from clients as c",
        "language is not known",
    );
    folder.write("queries/checks/client_without_language.sql", &own);
    text.push_str(&folder.transcript(&[&["explain", "client-without-language"]]));
    assert_snapshot!(text);
}

#[test]
fn the_engine_of_examples_is_the_engine_of_rules() {
    // A rule reads what the examples of metrics leave out: where a row comes from.
    let session = session_over(&BTreeMap::new());
    let rules = Rules::load(&[]).expect("built-in rules");
    let error = assess(&session.engine, &rules, &manifest("2026-06-30"), None).expect_err("no places");
    assert!(error.to_string().contains("source_files"), "{error}");
}
