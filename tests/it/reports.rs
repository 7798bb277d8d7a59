//! The reports besides the monthly review, and definitions of a project's own.

use crate::document;
use crate::project_folder::Folder;
use serde_json::Value;

const OUT: &str = "out/2026-06";

/// A project with these further reports, written for June 2026.
fn written(reports: &[(&str, &str)]) -> Folder {
    let folder = Folder::ingested();
    let mut toml = std::fs::read_to_string(folder.path().join("attain.toml")).expect("a project");
    for (definition, audience) in reports {
        toml.push_str(&format!("\n[[reports]]\ndefinition = \"{definition}\"\naudience = \"{audience}\"\n"));
    }
    folder.write("attain.toml", &toml);
    folder
}

fn document(folder: &Folder, name: &str) -> Value {
    serde_json::from_slice(&folder.read(&format!("{OUT}/{name}.json"))).expect("a document")
}

/// A table of a document by its name: a row's cells by column.
fn table(document: &Value, name: &str) -> Vec<Vec<(String, Value)>> {
    document::rows(document::table(document, name)).collect()
}

fn value(row: &[(String, Value)], heading: &str) -> f64 {
    let (_, cell) = row.iter().find(|(name, _)| name == heading).unwrap_or_else(|| panic!("no {heading}: {row:?}"));
    cell["value"].as_f64().unwrap_or(f64::NAN)
}

#[test]
fn a_grant_report_holds_objectives_people_and_quarters() {
    let folder = written(&[("grant-report", "internal")]);
    folder.attain(&["report", "grant-report", "--period", "2026-06"]).expect(0);
    let document = document(&folder, "grant-report");
    assert_eq!(document["title"], "Grant report, July 2025 to June 2026");
    let objectives = table(&document, "objectives");
    assert_eq!(objectives.len(), 6);
    let goals = objectives.iter().find(|row| row[0].1["text"] == "Goals achieved").expect("goals");
    let (of_these, counted) = (value(goals, "Of these"), value(goals, "Counted"));
    assert!((value(goals, "Actual") - of_these / counted).abs() < 1e-12);
    let target = goals.iter().find(|(heading, _)| heading == "Target").expect("a target");
    assert_eq!(target.1["text"], "at least 65%");
    // Each person once: no group is larger than all, and kinds that nobody has twice add up.
    let gender = table(&document, "clients-served-by-gender");
    let (all, groups) = gender.split_last().expect("rows");
    let sum: f64 = groups.iter().map(|row| value(row, "People")).sum();
    assert!((sum - value(all, "People")).abs() < 1e-9);
    let programs = table(&document, "clients-served-by-program");
    assert!(programs.iter().all(|row| value(row, "People") <= value(all, "People")));
    // Things that happen on a day add up over quarters, people do not.
    let outputs = table(&document, "quarters-clients-served");
    let columns: Vec<&str> = outputs[0].iter().map(|(name, _)| name.as_str()).skip(1).take(4).collect();
    let of_row =
        |label: &str| outputs.iter().find(|row| row[0].1["text"] == label).unwrap_or_else(|| panic!("no {label}"));
    let added = |label: &str| columns.iter().map(|quarter| value(of_row(label), quarter)).sum::<f64>();
    assert_eq!(added("Services provided"), value(of_row("Services provided"), "Year to date"));
    assert!(added("Clients served") > value(of_row("Clients served"), "Year to date"));
    let html = String::from_utf8(folder.read(&format!("{OUT}/grant-report.html"))).expect("text");
    assert!(html.contains("I certify that") && html.contains("<table class=\"form\""));
    // A heading that waits for commentary is not there without it.
    assert!(!html.contains(">Narrative<"));
    assert!(folder.read(&format!("{OUT}/grant-report.pdf")).starts_with(b"%PDF-"));
}

/// An export of whoever is there since some day holds nobody who left before: of earlier times only those who stayed. It begins
/// with the first service, or without services with the first who left.
#[test]
fn who_was_there_is_not_compared_with_a_time_before_the_export_begins() {
    let folder = Folder::ingested();
    let text = std::fs::read_to_string(folder.path().join("exports/enrollments.csv")).expect("enrollments");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let at = reader.headers().expect("headings").iter().position(|name| name == "exited_on").expect("exits");
    let left = reader.records().filter_map(|row| row.expect("a row").get(at)?.parse::<jiff::civil::Date>().ok()).min();
    let month = |after: i32| {
        use jiff::ToSpan;
        left.expect("somebody left").saturating_add(after.months()).strftime("%Y-%m").to_string()
    };
    let changes = |after: i32| {
        let month = month(after);
        folder.attain(&["report", "monthly-review", "--period", &month, "--format", "json"]).expect(0);
        let document: Value =
            serde_json::from_slice(&folder.read(&format!("out/{month}/monthly-review.json"))).expect("a document");
        let groups = document["first_page"]["scorecard"]["groups"].as_array().expect("groups").clone();
        let mut rows = groups.iter().flat_map(|group| group["rows"].as_array().expect("rows"));
        let served = rows.find(|row| row["metric"] == "clients_served").expect("clients served");
        let is_told =
            |name: &str| served[name].as_str().is_some_and(|text| text.contains(|c: char| c.is_ascii_digit()));
        ["value", "change_before", "change_year"].map(is_told)
    };
    assert_eq!(changes(0), [true, false, false]);
    assert_eq!(changes(13), [true, true, true]);
    std::fs::remove_file(folder.path().join("exports/services.csv")).expect("services");
    folder.attain(&["ingest"]).expect(0);
    assert_eq!(changes(3), [true, true, false]);
}

#[test]
fn other_readers_get_no_small_count_from_quarters_and_groups() {
    let folder = written(&[("grant-report", "funder"), ("board-brief", "board")]);
    folder.attain(&["report", "grant-report", "board-brief", "--period", "2026-06"]).expect(0);
    let grant = document(&folder, "grant-report-funder");
    let mut looked_at = 0;
    for section in grant["sections"].as_array().expect("sections") {
        for block in section["blocks"].as_array().expect("blocks") {
            let name = block["table"]["name"].as_str().unwrap_or("");
            if !name.starts_with("clients-served-by") && !name.starts_with("quarters") {
                continue;
            }
            for cells in block["table"]["rows"].as_array().expect("rows") {
                for cell in cells.as_array().expect("cells").iter().filter(|cell| cell["format"] == "count") {
                    looked_at += 1;
                    let count = cell["value"].as_f64().unwrap_or(0.0);
                    assert!(count == 0.0 || count >= 11.0, "{name}: {cells}");
                }
            }
        }
    }
    assert!(looked_at > 30, "{looked_at}");
    let care = |document: &Value| document["first_page"]["read_with_care"].to_string();
    assert!(care(&grant).contains("set aside"), "{}", care(&grant));
    // Withheld unknowns are not counted as none.
    assert!(care(&grant).contains("116 left out, the unknown withheld"), "{}", care(&grant));
    // A year of the sample is people enough: no objective is withheld, neither for whose its units are nor beside a year that
    // differs from it by a month.
    let objectives = table(&grant, "objectives");
    assert!(objectives.len() == 6 && objectives.iter().all(|row| value(row, "Actual") > 0.0), "{objectives:?}");
    let board = document(&folder, "board-brief-board");
    assert!(!care(&board).contains("every figure is complete"), "{}", care(&board));
    // The story, how to read it, and what is withheld.
    assert_eq!(board["sections"].as_array().expect("sections").len(), 2);
    // The heading's question is answered of every share below it, those that are withheld too.
    let story = board["sections"][0]["blocks"].as_array().expect("blocks");
    let answer = story[0]["phrases"][0]["text"].as_str().expect("an answer").to_lowercase();
    let shares =
        story.iter().find(|block| block["kind"] == "figure").expect("a figure")["figure"]["table"]["rows"].clone();
    assert!(shares.as_array().is_some_and(|rows| rows.len() > 2), "{shares}");
    for row in shares.as_array().into_iter().flatten() {
        let (label, is_told) = (row[0]["text"].as_str().expect("a label").to_lowercase(), row[4]["value"].is_number());
        assert!(answer.contains(&label), "{label} is not in: {answer}");
        assert!(is_told || answer.split("cannot be compared here").nth(1).is_some_and(|rest| rest.contains(&label)));
    }
    // Months that are withheld are not months that are not there.
    for document in [&grant, &board] {
        let page = document["first_page"].to_string();
        assert!(!page.contains("too few months"), "{page}");
    }
}

#[test]
fn a_project_s_own_definition_stands_before_the_built_in_one() {
    let folder = written(&[("ours", "internal")]);
    let ours = "title = \"For the county\"\nhistory_months = 12\nbaseline_months = 12\nrecent_months = 12\nappendix = []\n\
        [labels]\nclients_served = \"Unduplicated persons\"\n[[scorecard]]\ngroup = \"Output\"\nmetric = \"clients_served\"\n\
        [[sections]]\nheading = \"Follow-up\"\ntext = [\"To be discussed.\"]\n";
    folder.write("reports/ours.report.toml", ours);
    folder.attain(&["report", "ours", "--period", "2026-05"]).expect(0);
    let document: Value = serde_json::from_slice(&folder.read("out/2026-05/ours.json")).expect("a document");
    assert_eq!(document["title"], "For the county, May 2026");
    assert_eq!(document["first_page"]["scorecard"]["groups"][0]["rows"][0]["label"], "Unduplicated persons");
    for (from, to, said) in [
        ("metric = \"clients_served\"", "metric = \"client_served\"", "did you mean clients_served?"),
        (
            "[[sections]]\n",
            "[[sections]]\nheading = \"follow up\"\n[[sections]]\n",
            "two sections are called \"follow-up\"",
        ),
        ("text = [", "txt = [", "unknown field `txt`"),
        ("text = [\"To be discussed.\"]", "figures = [\"trend\"]", "has figures, and no metric that they are of"),
        (
            "text = [\"To be discussed.\"]",
            "people = { metric = \"goal_attainment\", by = [\"gender\"] }",
            "is no count",
        ),
        (
            "text = [\"To be discussed.\"]",
            "people = { metric = \"clients_served\", by = [\"gendr\"] }",
            "did you mean gender?",
        ),
    ] {
        folder.write("reports/ours.report.toml", &ours.replace(from, to));
        let wrong = folder.attain(&["report", "ours", "--period", "2026-05"]).expect(2);
        assert!(wrong.said.contains(said) && wrong.said.contains("reports/ours.report.toml"), "{}", wrong.said);
        // Before anything is read.
        folder.attain(&["run", "."]).expect(2);
    }
    let unknown = folder.attain(&["report", "our", "--period", "2026-05"]).expect(2);
    assert!(unknown.said.contains("did you mean ours?"), "{}", unknown.said);
}
