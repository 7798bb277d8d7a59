//! What was told outside is remembered: a later edition gives nothing away beside an earlier one.

use crate::document;
use crate::project_folder::Folder;
use serde_json::Value;

const DEFINITION: &str = "title = \"For the county\"\nhistory_months = 18\nbaseline_months = 12\nrecent_months = 12\nappendix = [\"provenance\"]\n\
    [[scorecard]]\ngroup = \"Outcomes\"\nmetric = \"goal_attainment\"\n\
    [[sections]]\nheading = \"Goals\"\nmetric = \"goal_attainment\"\nfigures = [\"trend\"]\n";

/// The sample with a report for a funder.
fn for_a_funder() -> Folder {
    let folder = Folder::ingested();
    folder.replace("attain.toml", "definition = \"monthly-review\"", "definition = \"county\"");
    folder.replace("attain.toml", "audience = \"internal\"", "audience = \"funder\"");
    folder.write("reports/county.report.toml", DEFINITION);
    folder
}

fn report(folder: &Folder, more: &[&str]) -> Value {
    let words = [&["report", "--quiet", "--period", "2026-06", "--format", "json"], more].concat();
    folder.attain(&words).expect(0);
    serde_json::from_slice(&folder.read("out/2026-06/county-funder.json")).expect("a document")
}

fn table<'a>(document: &'a Value, name: &str) -> &'a Vec<Value> {
    document::table(document, name)["rows"].as_array().expect("rows")
}

/// The month's row of the trend, as it is printed.
fn month(document: &Value, label: &str) -> Vec<String> {
    let rows = table(document, "goal-attainment-trend").iter();
    let texts = rows.map(|row| {
        row.as_array().expect("cells").iter().map(|cell| cell["text"].as_str().unwrap_or("").to_owned()).collect()
    });
    texts
        .clone()
        .find(|row: &Vec<String>| row[0] == label)
        .unwrap_or_else(|| panic!("no {label}: {:?}", texts.collect::<Vec<_>>()))
}

/// One goal closed in February is found not to have been achieved after all.
fn one_goal_less(folder: &Folder) {
    let text = folder.read_text("exports/goals.csv");
    let line = text.lines().find(|line| line.starts_with("achieved,2026-02-")).expect("such a goal").to_owned();
    folder.replace("exports/goals.csv", &line, &line.replace("achieved,", "not_achieved,"));
    folder.attain(&["ingest", "--quiet"]).expect(0);
}

#[test]
fn a_month_that_changed_by_one_person_is_not_told_again() {
    let folder = for_a_funder();
    let first = report(&folder, &[]);
    let (february, march) = (month(&first, "February 2026"), month(&first, "March 2026"));
    assert!(february.iter().any(|cell| cell.contains('%')), "{february:?}");
    let ledger = folder.read_text("released.jsonl");
    assert!(ledger.contains("\"goal_attainment\"") && !ledger.contains("client"), "{ledger}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.path().join("released.jsonl")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // The same once more is the same, and remembered once.
    assert_eq!(report(&folder, &[]), first);
    assert_eq!(folder.read_text("released.jsonl"), ledger);

    one_goal_less(&folder);
    let second = report(&folder, &[]);
    let changed = month(&second, "February 2026");
    assert!(!changed.iter().any(|cell| cell.contains('%')), "{changed:?}");
    assert_eq!(month(&second, "March 2026"), march);
    let withheld: Vec<&str> = table(&second, "withheld").iter().filter_map(|row| row[0]["text"].as_str()).collect();
    assert!(withheld.iter().any(|line| line.contains("told before")), "{withheld:?}");

    // The agency may decide otherwise; then it says why, in the report and in the ledger.
    let reason = "the county asked for corrected figures";
    let decided = report(&folder, &["--override-disclosure", reason]);
    assert!(month(&decided, "February 2026").iter().any(|cell| cell.contains('%')));
    assert!(decided["first_page"]["read_with_care"].to_string().contains(reason));
    assert!(folder.read_text("released.jsonl").contains(reason));
    let empty = folder.attain(&["report", "--override-disclosure", " "]).expect(2);
    assert!(empty.said.contains("needs a reason"), "{}", empty.said);
}

#[test]
fn a_ledger_that_cannot_be_read_stops_a_release() {
    let folder = for_a_funder();
    folder.write("released.jsonl", "{\"report\":\"county\n");
    let failed = folder.attain(&["report", "--period", "2026-06", "--format", "json"]).expect(2);
    assert!(failed.said.contains("released.jsonl:1:") && failed.said.contains("hint: restore it"), "{}", failed.said);
    assert!(!folder.path().join("out/2026-06/county-funder.json").exists());
}

#[test]
fn a_lower_threshold_and_a_lost_ledger_are_told_to_whoever_releases() {
    let folder = for_a_funder();
    let words = ["report", "--quiet", "--period", "2026-06", "--format", "json"];
    let said = |folder: &Folder| folder.attain(&words).expect(0).said;
    assert_eq!(said(&folder), "");
    folder.replace("attain.toml", "small_cell = 11", "small_cell = 5");
    let lower = said(&folder);
    assert!(lower.contains("small_cell is 5, and was 11 when county-funder of 2026-06 was released"), "{lower}");
    folder.replace("attain.toml", "small_cell = 5", "small_cell = 11");
    std::fs::remove_file(folder.path().join("released.jsonl")).expect("removed");
    let lost = said(&folder);
    assert!(lost.contains("there is no released.jsonl") && lost.contains("hint: restore"), "{lost}");
    // It is there again.
    assert_eq!(said(&folder), "");
}

#[test]
fn groups_are_taken_together_for_readers_outside_only() {
    let folder = Folder::ingested();
    folder.write(
        "attain.toml",
        &(folder.read_text("attain.toml")
            + "\n[[reports]]\ndefinition = \"grant-report\"\naudience = \"funder\"\n[[reports]]\ndefinition = \"grant-report\"\n\
               audience = \"internal\"\n[privacy.collapse.language]\nanother_language = [\"haitian_creole\", \"vietnamese\", \"portuguese\"]\n"),
    );
    let languages = |document: &str| -> Vec<(String, Option<f64>)> {
        let document: Value =
            serde_json::from_slice(&folder.read(&format!("out/2026-06/{document}.json"))).expect("a document");
        let cells = |row: &Value| (row[0]["text"].as_str().unwrap_or("").to_owned(), row[1]["value"].as_f64());
        table(&document, "clients-served-by-language").iter().map(cells).collect()
    };
    folder.attain(&["report", "--quiet", "--period", "2026-06", "--format", "json"]).expect(0);
    let (inside, outside) = (languages("grant-report"), languages("grant-report-funder"));
    let has = |rows: &[(String, Option<f64>)], name: &str| rows.iter().any(|(n, _)| n == name);
    for name in ["Haitian Creole", "Vietnamese", "Portuguese"] {
        assert!(has(&inside, name) && !has(&outside, name), "{name}: {inside:?}, {outside:?}");
    }
    assert!(has(&outside, "Another language") && !has(&inside, "Another language"), "{outside:?}");
    // Those whose language nobody knows are few; so one more is withheld, and the large ones are shown.
    let shown: Vec<&str> = outside.iter().filter(|(_, n)| n.is_some()).map(|(name, _)| name.as_str()).collect();
    assert_eq!(shown, ["English", "Spanish", "All, each person once"]);
    // Taken together in another way, one of them would be all of it less the others of it.
    folder.replace("attain.toml", "\"haitian_creole\", ", "");
    let again = ["report", "--quiet", "--period", "2026-06", "--format", "json"];
    let refused = folder.attain(&again).expect(2);
    assert!(
        refused.said.contains("[privacy.collapse] is not what it was when grant-report-funder of 2026-06"),
        "{}",
        refused.said
    );
    folder.attain(&[&again[..], &["--override-disclosure", "the county asked for it"]].concat()).expect(0);
    folder.replace("attain.toml", "[privacy.collapse.language]", "[privacy.collapse.languge]");
    let wrong = folder.attain(&["report"]).expect(2);
    assert!(wrong.said.contains("did you mean language?"), "{}", wrong.said);
}
