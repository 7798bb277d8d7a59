//! Editions of programs: what they show, that they are told apart, and that one that fails does not cost the others.

use crate::project_folder::{Folder, csv_table};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

const OUT: &str = "out/2026-06";

/// Referrals of one program in one month: how many, and how many of them were received.
pub type Sent = (&'static str, &'static str, u32, u32);

/// Two programs that refer out; the report is on the share received, month by month.
pub const SENT: [Sent; 10] = [
    ("P1", "2026-02", 40, 20),
    ("P1", "2026-03", 40, 22),
    ("P1", "2026-04", 44, 20),
    ("P1", "2026-05", 40, 25),
    ("P1", "2026-06", 40, 30),
    ("P2", "2026-02", 30, 15),
    ("P2", "2026-03", 32, 16),
    ("P2", "2026-04", 30, 15),
    ("P2", "2026-05", 34, 12),
    ("P2", "2026-06", 30, 12),
];

/// An agency with these referrals, nothing ingested yet. `more` goes to the end of attain.toml.
pub fn agency(sent: &[Sent], more: &str) -> Folder {
    let folder = Folder::with_exports(&[("programs.csv", "program_id,name\nP1,Harbor Housing\nP2,Fresh Start\n")]);
    let mut clients = String::from("client_id,gender\n");
    let mut enrollments = String::from("enrollment_id,client_id,program_id,referred_on,intake_on\n");
    for program in ["P1", "P2"] {
        for n in 0..60 {
            // Writing to a String cannot fail.
            let _ = writeln!(clients, "{program}C{n},woman");
            let _ = writeln!(enrollments, "{program}E{n},{program}C{n},{program},2026-01-05,2026-01-10");
        }
    }
    folder.write("exports/clients.csv", &clients);
    folder.write("exports/enrollments.csv", &enrollments);
    folder.write("exports/referrals.csv", &referrals(sent));
    folder.write(
        "queries/received.sql",
        r#"/*---
title     = "Referrals received"
question  = "What share of referrals out was received?"
kind      = "proportion"
grain     = "one row per referral out"
direction = "higher"
period    = "the day of the referral"
counted   = "referrals out"
---*/
select r.enrollment_id, r.referred_on as on_date, r.outcome = 'received' as met from referrals as r where r.referred_on <= $as_of
"#,
    );
    folder.write(
        "reports/brief.report.toml",
        r#"title = "Brief"
history_months = 6
baseline_months = 3
recent_months = 3
appendix = ["definitions"]

[[scorecard]]
group = "Linkage"
metric = "received"

[[sections]]
heading = "Are referrals received?"
metric = "received"
figures = ["programs", "trend"]
"#,
    );
    let toml = folder.read_text("attain.toml");
    folder.write("attain.toml", &format!("{toml}\n{more}"));
    folder
}

pub fn referrals(sent: &[Sent]) -> String {
    let mut text = String::from("referral_id,enrollment_id,service_type,referred_on,outcome\n");
    for (program, month, n, received) in sent {
        for i in 0..*n {
            let outcome = if i < *received { "received" } else { "no_show" };
            let _ = writeln!(text, "{program}-{month}-{i},{program}E{i},housing,{month}-10,{outcome}");
        }
    }
    text
}

pub fn document(folder: &Folder, name: &str) -> Value {
    serde_json::from_slice(&folder.read(name)).expect("a document")
}

pub fn words(phrases: &Value) -> String {
    phrases.as_array().expect("phrases").iter().map(|p| p["text"].as_str().expect("text")).collect()
}

const REPORT: &str = "[[reports]]\ndefinition = \"brief\"\n";

fn scorecard(folder: &Folder, stem: &str) -> BTreeMap<String, String> {
    let (headings, rows) = csv_table(&folder.read(&format!("{OUT}/tables/{stem}/scorecard.csv")));
    headings.into_iter().zip(rows[0].clone()).collect()
}

/// "… 12  N": how large a file is, is not what a test is about.
fn without_size(line: &str) -> String {
    let (line, unit) = line.strip_suffix(" kB").map_or((line, ""), |line| (line, " kB"));
    let text = line.trim_end_matches(|c: char| c.is_ascii_digit());
    if text.len() < line.len() {
        format!("{}N{unit}", text.trim_end().to_owned() + " ")
    } else {
        format!("{line}{unit}")
    }
}

#[test]
fn a_program_s_edition_is_of_that_program_alone() {
    let folder =
        agency(&SENT, &format!("{REPORT}commentary = \"commentary/\"\n\n[targets.received]\nP1 = 0.70\nP2 = 0.60\n"));
    folder.write("commentary/2026-06.md", "The agency's own words.\n");
    folder.write("commentary/2026-06-P2.md", "Fresh Start's own words.\n");
    folder.write("commentary/2026-06-P7.md", "Nobody's.\n");
    folder.attain(&["ingest", "--quiet"]).expect(0);
    let said = folder.attain(&["report", "--each-program", "--format", "json,csv,html"]).expect(0).said;
    // A file that no edition can place is said once.
    assert_eq!(said.matches("there is no program \"P7\"").count(), 1, "{said}");
    let told = said.lines().filter(|line| !line.contains("P7") && !line.starts_with("hint"));
    insta::assert_snapshot!(told.map(without_size).collect::<Vec<_>>().join("\n"));

    let by_program =
        folder.attain(&["metrics", "compute", "received", "--by", "program", "--format", "json"]).expect(0).json();
    for (id, name, words_of, target, status) in [
        ("P1", "Harbor Housing", None, "0.7", "met"),
        ("P2", "Fresh Start", Some("Fresh Start's own words."), "0.6", "not met"),
    ] {
        let own = document(&folder, &format!("{OUT}/brief-{id}.json"));
        assert_eq!(own["title"], format!("Brief, {name}, June 2026"));
        let row = scorecard(&folder, &format!("brief-{id}"));
        let expected = by_program.as_array().expect("estimates").iter().find(|e| e["group"]["program"] == id);
        let expected = expected.expect("an estimate");
        for (column, field) in
            [("Value", "estimate"), ("Of these", "numerator"), ("Counted", "denominator"), ("From", "lower")]
        {
            assert_eq!(row[column].parse::<f64>().ok(), expected[field].as_f64(), "{id} {column}");
        }
        assert_eq!((row["Target"].as_str(), row["Status"].as_str()), (target, status));
        // Nothing of another program, and of the agency's commentary nothing.
        let text = own.to_string();
        let other = if id == "P1" { "Fresh Start" } else { "Harbor Housing" };
        assert!(
            !text.contains(other) && !text.contains("by program") && !text.contains("The agency's own words"),
            "{id}"
        );
        assert_eq!(text.contains("Fresh Start's own words."), words_of.is_some());
        assert!(!folder.path().join(format!("{OUT}/tables/brief-{id}/received-programs.csv")).exists());
        assert!(folder.path().join(format!("{OUT}/tables/brief-{id}/received-trend.csv")).exists());
    }
    // A target for each program is none for all; both programs stand side by side.
    let whole = scorecard(&folder, "brief");
    assert_eq!((whole["Counted"].as_str(), whole["Target"].as_str()), ("70", ""));
    let (_, programs) = csv_table(&folder.read(&format!("{OUT}/tables/brief/received-programs.csv")));
    assert_eq!(programs.len(), 2);
    let manifest = document(&folder, &format!("{OUT}/manifest.json"));
    assert_eq!(manifest["reports"]["brief-P2"]["program"], "P2");
    assert!(manifest["reports"]["brief"].get("program").is_none());
    let files: Vec<&str> = manifest["reports"]
        .as_object()
        .expect("reports")
        .values()
        .flat_map(|report| report["files"].as_array().expect("files"))
        .map(|file| file["path"].as_str().expect("a path"))
        .collect();
    assert_eq!(files.len() + 1, folder.files(OUT).len());
}

#[test]
fn one_program_can_be_asked_for_by_id_or_name() {
    let folder = agency(&SENT, REPORT);
    folder.attain(&["ingest", "--quiet"]).expect(0);
    folder.attain(&["report", "brief", "--program", "Fresh Start", "--format", "json", "--quiet"]).expect(0);
    let names: Vec<String> = folder.files(OUT).into_keys().collect();
    assert_eq!(names, ["brief-P2.json", "manifest.json"]);
    let said = folder.attain(&["report", "brief", "--program", "Fresh Stat"]).expect(2).said;
    assert!(said.contains("\"Fresh Stat\" is no program; did you mean Fresh Start?"), "{said}");
}

#[test]
fn what_fails_is_said_and_the_rest_is_done() {
    let folder = agency(&SENT, &format!("{REPORT}each_program = true\n"));
    // Where the file should go stands a folder.
    folder.write(&format!("{OUT}/brief-P1.json/in-the-way"), "");
    let ran = folder.attain(&["run", "--format", "json", "--json"]).expect(5);
    assert!(ran.said.contains("1 of 3 reports could not be written"), "{}", ran.said);
    let summary = ran.json();
    let reports = summary["reports"].as_array().expect("reports");
    let told: Vec<(&str, Option<&str>, bool)> = reports
        .iter()
        .map(|r| (r["report"].as_str().expect("a name"), r["program"].as_str(), r["failure"].is_string()))
        .collect();
    assert_eq!(told, [("brief", None, false), ("brief-P1", Some("P1"), true), ("brief-P2", Some("P2"), false)]);
    for name in ["brief.json", "brief-P2.json", "manifest.json"] {
        assert!(folder.path().join(OUT).join(name).is_file(), "{name}");
    }
    let said = folder.attain(&["report", "--format", "json"]).expect(5).said;
    assert!(said.lines().any(|line| line.starts_with("brief-P1") && line.ends_with("failed")), "{said}");
    assert!(said.contains("error: brief-P1: ") && said.contains("wrote 2 of 3 reports"), "{said}");
    // A report whose figures cannot be computed does not cost another report either.
    folder.write("queries/broken.sql", &folder.read_text("queries/received.sql").replace("r.outcome", "r.mood"));
    folder.write(
        "reports/other.report.toml",
        &folder.read_text("reports/brief.report.toml").replace("\"received\"", "\"broken\""),
    );
    let said = folder.attain(&["report", "other", "brief", "--program", "P2", "--format", "json"]).expect(5).said;
    assert!(said.contains("error: other-P2: ") && said.contains("wrote 1 of 2 reports"), "{said}");
    // Alone it is a mistake in a query, as ever.
    folder.attain(&["report", "other", "--format", "json", "--quiet"]).expect(4);
}

#[test]
fn any_number_of_threads_writes_the_same_bytes() {
    let folder = agency(&SENT, REPORT);
    folder.attain(&["ingest", "--quiet"]).expect(0);
    let written = |threads: &str| {
        std::fs::remove_dir_all(folder.path().join("out")).ok();
        folder.attain(&["report", "--each-program", "--threads", threads, "--quiet"]).expect(0);
        folder.files("out")
    };
    let (one, four) = (written("1"), written("4"));
    assert_eq!(one.keys().collect::<Vec<_>>(), four.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert!(*bytes == four[name], "{name} differs");
    }
    assert!(one["2026-06/brief-P1.pdf"].starts_with(b"%PDF-"));
}

/// Six documents are set by processes of their own, one alone by the program itself.
#[test]
fn whichever_process_sets_a_pdf_its_bytes_are_the_same() {
    let folder = agency(&SENT, "");
    folder.write("reports/copy.report.toml", &folder.read_text("reports/brief.report.toml"));
    folder.attain(&["ingest", "--quiet"]).expect(0);
    folder.attain(&["report", "brief", "copy", "--each-program", "--format", "pdf", "--quiet"]).expect(0);
    let many = folder.files("out");
    assert_eq!(many.keys().filter(|name| name.ends_with(".pdf")).count(), 6, "{:?}", many.keys());
    std::fs::remove_dir_all(folder.path().join("out")).expect("it is there");
    folder.attain(&["report", "brief", "--program", "P1", "--format", "pdf", "--quiet"]).expect(0);
    assert!(folder.files("out")["2026-06/brief-P1.pdf"] == many["2026-06/brief-P1.pdf"]);
}

/// The process that sets PDFs ends where its input does, and says what it cannot read.
#[test]
fn a_typesetter_ends_with_its_input_and_takes_nothing_but_manuscripts() {
    let folder = Folder::empty();
    let ran = folder.attain(&["set-pdf"]).expect(0);
    assert_eq!((ran.text(), ran.said.as_str()), ("", ""));
    folder.write("input", "no manuscript\n");
    let input = std::fs::File::open(folder.path().join("input")).expect("it is there");
    let ran = folder.command(&["set-pdf"]).stdin(input).output().expect("it starts");
    assert_eq!((ran.status.code(), ran.stdout.as_slice()), (Some(5), [].as_slice()));
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(said.starts_with("error: what is to be set cannot be read or written"), "{said}");
}

/// The smallest program is told from the agency by nothing that outside readers get.
#[test]
fn for_a_funder_a_program_s_small_counts_are_withheld() {
    let sent =
        [("P1", "2026-05", 40, 20), ("P1", "2026-06", 40, 20), ("P2", "2026-05", 30, 15), ("P2", "2026-06", 30, 4)];
    let folder = agency(&sent, &format!("{REPORT}audience = \"funder\"\neach_program = true\n"));
    folder.attain(&["run", "--format", "json,csv", "--quiet"]).expect(0);
    let own = scorecard(&folder, "brief-funder-P2");
    assert_eq!((own["Value"].as_str(), own["Of these"].as_str(), own["Counted"].as_str()), ("withheld", "", ""));
    assert!(!document(&folder, &format!("{OUT}/brief-funder-P2.json")).to_string().contains("4 of 30"));
}

/// Told one after the other, the editions tell no more than together: the agency less one program is the other one.
#[test]
fn programs_told_one_after_the_other_do_not_give_one_away() {
    let sent =
        [("P1", "2026-05", 40, 20), ("P1", "2026-06", 40, 20), ("P2", "2026-05", 30, 15), ("P2", "2026-06", 30, 4)];
    let folder = agency(&sent, &format!("{REPORT}audience = \"funder\"\n"));
    let definition = folder.read_text("reports/brief.report.toml");
    folder.write("reports/brief.report.toml", &definition.replace("[\"programs\", \"trend\"]", "[\"trend\"]"));
    folder.attain(&["ingest", "--quiet"]).expect(0);
    let june = |stem: &str| (scorecard(&folder, stem)["Of these"].clone(), scorecard(&folder, stem)["Counted"].clone());
    let format = ["--format", "csv", "--quiet"];
    folder.attain(&[["report", "brief"].as_slice(), &format].concat()).expect(0);
    assert_eq!(june("brief-funder"), ("24".into(), "70".into()));
    for (program, stem) in [("P2", "brief-funder-P2"), ("P1", "brief-funder-P1")] {
        folder.attain(&[["report", "brief", "--program", program].as_slice(), &format].concat()).expect(0);
        assert_eq!(june(stem), (String::new(), String::new()), "{stem}");
    }
}

/// What was withheld for the sake of programs' own editions stays so where the agency's is written alone afterwards, and where
/// another report takes its place.
#[test]
fn what_programs_editions_withheld_is_not_told_afterwards() {
    let folder = Folder::ingested();
    let toml = folder.read_text("attain.toml");
    let declared = |name: &str| format!("{toml}\n[[reports]]\ndefinition = \"{name}\"\naudience = \"funder\"\n");
    folder.write("attain.toml", &declared("grant-report"));
    let written = |words: &[&str], name: &str| {
        folder.attain(&[&["report"], words, &["--format", "json", "--quiet"]].concat()).expect(0);
        let document = document(&folder, &format!("{OUT}/{name}.json"));
        let tables = document["sections"].as_array().expect("sections").iter().flat_map(|section| {
            section["blocks"].as_array().expect("blocks").iter().filter_map(|block| {
                let figure = &block["figure"]["table"];
                figure.is_object().then(|| figure.clone())
            })
        });
        tables.filter(|table| table["name"] == "goal-attainment-domains").collect::<Vec<_>>()
    };
    let first = written(&["grant-report", "--each-program"], "grant-report-funder");
    assert!(first.iter().any(|table| table.to_string().contains("withheld")), "{first:?}");
    assert_eq!(written(&["grant-report"], "grant-report-funder"), first);
    // Under another name and for others it is still told of the same people.
    folder.write("reports/county.report.toml", include_str!("../../reports/grant-report.report.toml"));
    folder.write("attain.toml", &declared("county"));
    assert_eq!(written(&["county"], "county-funder"), first);
}
