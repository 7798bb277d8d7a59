//! Exports in their own form, through a mapping: every finding names the original place, every record is counted, and
//! files come packed, in workbooks, with lines above their header.

use crate::project_folder::Folder;
use rust_xlsxwriter::Workbook;
use serde_json::Value;
use std::fs;
use std::io::Write as _;

const MAPPING: &str = r#"
about = "a made-up case system"
dates = "%d/%m/%Y"
missing = ["n/a"]

[lookups.site]
files = "sites.csv"
key = "site"
columns = { name = "title", funder = "paid by" }

[[tables.programs]]
files = "sites.csv"
columns = { program_id = "site", name = "title", setting = { value = "homeless_services" }, funder = "paid by" }

[[tables.clients]]
files = ["visits*.csv", "visits.xlsx"]
sheets = "Visits"
duplicates = "first"
columns = { client_id = "Client No.", gender = { column = "Sex", recode = { F = "female", M = "male" } } }

[tables.enrollments]
files = ["visits*.csv", "visits.xlsx"]
sheets = "Visits"
where = "kind = 'Case'"
joins = [{ lookup = "site", on = "Site" }]
names.kind = "Kind"
columns.enrollment_id = { template = "{Client No.}-{Site}" }
columns.client_id = "Client No."
columns.program_id = "Site"
columns.intake_on = "First seen"
columns.exited_on = "Last seen"
columns.exit_reason = { column = "Outcome", recode = { "Moved away" = "moved" } }

[tables.goals]
files = ["visits*.csv", "visits.xlsx"]
sheets = "Visits"
where = "\"Kind\" = 'Case'"
repeat = { columns = "Goal {x}" }
columns.goal_id = { template = "{Client No.}-{Site}-{x}" }
columns.enrollment_id = { template = "{Client No.}-{Site}" }
columns.set_on = "First seen"
columns.status = { column = "Goal {x}", recode = { Met = "achieved", Open = "in_progress" } }
columns.weight = { column = "Weight {x}", decimal = "," }
"#;

const SITES: &str = "site,title,paid by\nS1,North,HUD\nS2,South,County\n";
const VISITS: &str = "Client No.;Sex;Site;Kind;First seen;Last seen;Outcome;Goal housing;Weight housing;Goal work;Weight work\n\
    C-1;F;S1;Case;03/01/2026;05/02/2026;Moved away;Met;1,5;Open;2\n\
    C-2;M;S2;Case;31/11/2026;;;Open;1.250,5;;\n\
    C-3;F;S9;Case;04/01/2026;03/01/2026;Vanished;Met;;Nearly;\n\
    C-4;M;S1;Call;05/01/2026;;n/a;;;;\n";

fn project(files: &[(&str, &[u8])]) -> Folder {
    let folder = Folder::empty();
    folder.write("attain.key", "0123456789abcdef0123456789abcdef");
    folder.write(
        "attain.toml",
        "[agency]\nname = \"Test House\"\nas_of = 2026-06-30\n\n[privacy]\nkey_file = \"attain.key\"\n\n\
         [[sources]]\nname = \"export\"\nmapping = \"own.toml\"\nfiles = \"exports/**/*\"\n",
    );
    folder.write("own.toml", MAPPING);
    folder.write("exports/sites.csv", SITES);
    for (name, bytes) in files {
        let path = folder.path().join("exports").join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, bytes).expect("written");
    }
    folder
}

fn check(folder: &Folder) -> Value {
    let ran = folder.attain(&["check", "--json", "--fail-on", "never"]).expect(0);
    let checked = ran.json();
    for file in checked["files"].as_array().expect("files") {
        let n = |name: &str| file[name].as_u64().expect("a count");
        assert_eq!(n("rows"), n("loaded") + n("quarantined"), "{file}");
    }
    checked
}

/// Place, code and field of each finding about a row.
fn places(checked: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let number = |value: &Value| value.as_u64().map_or("-".to_owned(), |n| n.to_string());
    let findings = checked["findings"].as_array().expect("findings").iter().filter(|f| f["line"].is_u64());
    let mut all: Vec<String> = findings
        .map(|f| {
            let file = text(&f["file"]).replace("exports/", "");
            format!("{file} {} {} {} {}", number(&f["line"]), number(&f["column"]), text(&f["code"]), text(&f["field"]))
        })
        .collect();
    all.sort();
    all
}

fn values(folder: &Folder, sql: &str) -> Vec<String> {
    let text = folder.attain(&["query", sql, "--format", "csv"]).expect(0);
    text.text().lines().skip(1).map(str::to_owned).collect()
}

fn ingested(folder: &Folder) {
    let ran = folder.attain(&["ingest", "--fail-on", "never"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
}

/// What is wrong with `VISITS`, by line (the header is line 1) and original cell.
const WRONG: [&str; 8] = [
    "3 5 impossible-date intake_on",
    "3 5 impossible-date set_on",
    "3 - any-of-missing -",
    "3 - orphan enrollment_id",
    "4 3 orphan program_id",
    "4 6 date-order exited_on",
    "4 7 unknown-code exit_reason",
    "4 10 unknown-code status",
];

fn wrong(file: &str, lines_above: u64) -> Vec<String> {
    let mut all: Vec<String> = WRONG
        .iter()
        .filter_map(|place| {
            let (line, rest) = place.split_once(' ')?;
            let line: u64 = line.parse().ok()?;
            Some(format!("{file} {} {rest}", line + lines_above))
        })
        .collect();
    all.sort();
    all
}

/// The findings of the visits that tell of rows, without those that follow from others.
fn told(checked: &Value, file: &str) -> Vec<String> {
    let mut all = places(checked);
    all.retain(|place| {
        place.starts_with(&format!("{file} ")) && !place.contains(" preamble ") && !place.contains("new-code")
    });
    all
}

#[test]
fn a_finding_names_the_original_file_line_and_cell_after_any_reshaping() {
    let folder = project(&[("visits.csv", VISITS.as_bytes())]);
    let told = told(&check(&folder), "visits.csv");
    for place in wrong("visits.csv", 0) {
        assert!(told.contains(&place), "{place} is not in {told:#?}");
    }
    ingested(&folder);
    assert_eq!(
        values(&folder, "select gender, _line from clients order by _line"),
        ["female,2", "male,3", "female,4", "male,5"]
    );
    assert_eq!(
        values(&folder, "select _line, intake_on, exited_on, exit_reason from enrollments"),
        ["2,2026-01-03,2026-02-05,moved"]
    );
    assert_eq!(
        values(
            &folder,
            "select g.status, g.weight, g._line from goals as g inner join enrollments as e on e.enrollment_id = g.enrollment_id order by 1"
        ),
        ["achieved,1.5,2", "in_progress,2.0,2"]
    );
    let snapshot =
        fs::read_dir(folder.path().join("store/snapshots")).expect("snapshots").flatten().next().expect("one").path();
    let aside = fs::read_to_string(snapshot.join("quarantine/enrollments.csv")).expect("quarantine");
    // The original record, ids and free text as patterns.
    assert!(aside.contains(",S2,Aa… (4 characters),31/11/2026,"), "{aside}");
    assert!(!aside.contains("C-3") && !aside.contains("Vanished"), "{aside}");
}

#[test]
fn files_packed_in_other_encodings_and_with_lines_above_their_header_say_the_same() {
    let report = format!("Visits of 2026;;\nprinted 30/06/2026;;\n\n{VISITS}Total;4;;;;;;;;;\n");
    let utf_16: Vec<u8> = report.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(report.replace('\n', "\r\n").as_bytes()).expect("packed");
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("2026/visits.csv", zip::write::SimpleFileOptions::default()).expect("a file");
    zip.write_all(report.replace('\n', "\r").as_bytes()).expect("packed");
    let zip = zip.finish().expect("packed").into_inner();
    let plain = {
        let folder = project(&[("visits.csv", VISITS.as_bytes())]);
        told(&check(&folder), "visits.csv").len()
    };
    for (name, bytes, shown) in [
        ("visits.csv", utf_16, "visits.csv"),
        ("visits.csv.gz", gzip.finish().expect("packed"), "visits.csv.gz"),
        ("june.zip", zip, "june.zip/2026/visits.csv"),
    ] {
        let folder = project(&[(name, &bytes)]);
        let checked = check(&folder);
        let told: Vec<String> =
            told(&checked, shown).into_iter().filter(|place| !place.contains("total-row")).collect();
        for place in wrong(shown, 3) {
            assert!(told.contains(&place), "{place} is not in {told:#?}");
        }
        assert_eq!(told.len(), plain, "{told:#?}");
        let all = checked["findings"].to_string();
        assert!(all.contains("the header stands in line 4"), "{all}");
        assert_eq!(all.matches("\"total-row\"").count(), 1, "{all}");
    }
}

#[test]
fn places_in_workbooks_are_sheet_and_cell() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("Visits").expect("a name");
    for (row, line) in VISITS.lines().enumerate() {
        for (cell, text) in line.split(';').enumerate() {
            sheet.write(row as u32 + 1, cell as u16, text).expect("a cell");
        }
    }
    let hidden = workbook.add_worksheet().set_name("Old visits").expect("a name");
    hidden.set_hidden(true);
    hidden.write(0, 0, "Client No.").expect("a cell");
    let folder = project(&[("visits.xlsx", &workbook.save_to_buffer().expect("a workbook"))]);
    let checked = check(&folder);
    let told = told(&checked, "visits.xlsx:Visits");
    for place in wrong("visits.xlsx:Visits", 1) {
        assert!(told.contains(&place), "{place} is not in {told:#?}");
    }
    let shown = folder.attain(&["check", "--fail-on", "never"]).expect(0);
    assert!(shown.text().contains("exports/visits.xlsx:Visits!E4"), "{}", shown.text());
    assert!(shown.text().contains("Old visits"), "a hidden sheet is told: {}", shown.text());
}

#[test]
fn the_same_bytes_on_one_thread_and_on_four_and_nothing_is_done_twice() {
    let mut large = VISITS.lines().next().expect("a header").to_owned() + "\n";
    for n in 0..60_000 {
        large.push_str(&format!("K-{n};F;S{};Case;0{}/01/2026;;;Met;1,5;Open;2\n", 1 + n % 2, 1 + n % 9));
    }
    let folder = project(&[("visits.csv", large.as_bytes())]);
    let read = |threads: &str| {
        let _ = fs::remove_dir_all(folder.path().join("store"));
        let ran = folder.attain(&["ingest", "--fail-on", "never", "--threads", threads]);
        assert_eq!(ran.code, Some(0), "{}", ran.said);
        let mut all = std::collections::BTreeMap::new();
        crate::ingest::everything_in(&folder.path().join("store"), "", &mut all);
        all
    };
    assert!(read("1") == read("4"));
    assert_eq!(values(&folder, "select count(*) from goals"), ["120000"]);
    let again = folder.attain(&["ingest", "--fail-on", "never"]);
    assert!(again.said.contains("unchanged"), "{}", again.said);
    // Another mapping is another snapshot.
    folder.replace("own.toml", "\"Moved away\" = \"moved\"", "\"Moved away\" = \"withdrew\"");
    assert!(!folder.attain(&["ingest", "--fail-on", "never"]).said.contains("unchanged"));
}

#[test]
fn what_is_wrong_with_a_mapping_or_a_packed_file_is_told_at_its_place() {
    let folder = project(&[("visits.csv", VISITS.as_bytes())]);
    folder.replace("own.toml", "dates = \"%d/%m/%Y\"", "date = \"%d/%m/%Y\"");
    let ran = folder.attain(&["check"]).expect(2);
    assert!(ran.said.contains("own.toml:3:1") && ran.said.contains("dates"), "{}", ran.said);
    folder.replace("own.toml", "date = \"%d/%m/%Y\"", "dates = \"%d/%m/%Y\"");
    folder.replace("own.toml", "where = \"kind = 'Case'\"", "where = \"knid = 'Case'\"");
    let ran = folder.attain(&["check"]).expect(2);
    assert!(ran.said.contains("own.toml:") && ran.said.contains("knid") && ran.said.contains("kind"), "{}", ran.said);
    folder.replace("own.toml", "where = \"knid = 'Case'\"", "where = \"kind = 'Case'\"");
    fs::write(folder.path().join("exports/visits-2.csv"), b"PK\x03\x04 no archive").expect("written");
    let ran = folder.attain(&["ingest"]).expect(3);
    assert!(ran.said.contains("exports/visits-2.csv: the archive is damaged"), "{}", ran.said);
    let ran = folder.attain(&["check"]).expect(3);
    assert!(ran.text().contains("unreadable-file"), "{}", ran.text());
}
