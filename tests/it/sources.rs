//! Several sources: full exports and exports of changes, in order; deletions; two systems and who is who in them.

use crate::project_folder::Folder;
use serde_json::Value;

/// A project with these sources and exports.
pub fn project(sources: &str, files: &[(&str, &str)]) -> Folder {
    let folder = Folder::empty();
    folder.write("attain.key", "0123456789abcdef0123456789abcdef");
    folder.write(
        "attain.toml",
        &format!(
            "[agency]\nname = \"Test House\"\nas_of = 2026-06-30\n\n[privacy]\nkey_file = \"attain.key\"\n\n{sources}"
        ),
    );
    for (name, text) in files {
        folder.write(name, text);
    }
    folder
}

pub fn source(name: &str, files: &str, more: &str) -> String {
    format!("[[sources]]\nname = \"{name}\"\nfiles = \"{files}\"\n{more}\n")
}

/// Ingested, whatever is found.
pub fn ingested(folder: &Folder) {
    let ran = folder.attain(&["ingest", "--fail-on", "never"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
}

pub fn values(folder: &Folder, sql: &str) -> Vec<String> {
    let text = folder.attain(&["query", sql, "--format", "csv"]).expect(0);
    text.text().lines().skip(1).map(str::to_owned).collect()
}

pub fn checked(folder: &Folder) -> Value {
    folder.attain(&["check", "--json", "--fail-on", "never"]).expect(0).json()
}

/// Code, file and line of what is worse than a note.
pub fn troubles(checked: &Value) -> Vec<String> {
    let findings = checked["findings"].as_array().expect("findings").iter();
    let worse = findings.filter(|finding| finding["severity"] != "note");
    worse
        .map(|f| {
            let line = f["line"].as_u64().map_or(String::new(), |line| format!(":{line}"));
            format!("{} {}{line}", f["code"].as_str().unwrap_or(""), f["file"].as_str().unwrap_or(""))
        })
        .collect()
}

/// Rows, loaded, quarantined and left out of each file.
pub fn counts(checked: &Value) -> Vec<(String, [u64; 4])> {
    let files = checked["files"].as_array().expect("files").iter();
    let number = |file: &Value, name: &str| file[name].as_u64().expect("a count");
    files
        .map(|file| {
            let counts = ["rows", "loaded", "quarantined", "left_out"].map(|name| number(file, name));
            assert_eq!(counts[0], counts[1] + counts[2], "{file}");
            (file["path"].as_str().unwrap_or("").to_owned(), counts)
        })
        .collect()
}

const PROVIDERS: &str = "provider_id,name,partner_type\n";

#[test]
fn the_newest_row_of_a_key_counts_and_two_full_exports_that_disagree_are_told() {
    let sources = source("old", "old/*.csv", "") + &source("new", "new/*.csv", "");
    let folder = project(
        &sources,
        &[
            ("old/providers.csv", &format!("{PROVIDERS}P1,Old name,court\nP2,Same,court\nP3,Only old,court\n")),
            ("new/providers.csv", &format!("{PROVIDERS}P1,New name,court\nP2,Same,court\nP4,Only new,court\n")),
        ],
    );
    ingested(&folder);
    let names = values(&folder, "select provider_id, name from providers order by provider_id");
    assert_eq!(names, ["P1,New name", "P2,Same", "P3,Only old", "P4,Only new"]);
    let checked = checked(&folder);
    assert_eq!(troubles(&checked), ["conflicting-row new/providers.csv:2"]);
    let message = checked["findings"].to_string();
    assert!(message.contains("says something else at old/providers.csv:2; this newer row counts"), "{message}");
    assert_eq!(
        counts(&checked),
        [("old/providers.csv".to_owned(), [1, 1, 0, 2]), ("new/providers.csv".to_owned(), [3, 3, 0, 0])]
    );
}

#[test]
fn changes_replace_rows_file_by_file_and_line_by_line_without_a_word() {
    let sources = source("full", "full/*.csv", "") + &source("changes", "changes/*.csv", "content = \"changes\"");
    let folder = project(
        &sources,
        &[
            ("full/providers.csv", &format!("{PROVIDERS}P1,may,court\nP2,may,court\n")),
            ("changes/providers-2.csv", &format!("{PROVIDERS}P1,june 2,court\n")),
            ("changes/providers-10.csv", &format!("{PROVIDERS}P1,june 10,court\nP3,first,court\nP3,second,court\n")),
        ],
    );
    ingested(&folder);
    let names = values(&folder, "select provider_id, name, _line from providers order by provider_id");
    assert_eq!(names, ["P1,june 10,2", "P2,may,3", "P3,second,4"]);
    let checked = checked(&folder);
    assert_eq!(troubles(&checked), Vec::<String>::new());
    let of: Vec<[u64; 4]> = counts(&checked).into_iter().map(|(_, counts)| counts).collect();
    assert_eq!(of, [[1, 1, 0, 1], [0, 0, 0, 1], [2, 2, 0, 1]]);
}

#[test]
fn a_first_source_of_changes_is_refused() {
    let folder = project(
        &source("changes", "changes/*.csv", "content = \"changes\""),
        &[("changes/staff.csv", "staff_id\nS1\n")],
    );
    let ran = folder.attain(&["check"]).expect(2);
    assert!(ran.said.contains("no source before it holds what is changed"), "{}", ran.said);
    let folder = project(&source("a", "a/*.csv", "content = \"change\""), &[]);
    assert!(folder.attain(&["check"]).expect(2).said.contains("`full`"));
}

const MAPPING: &str = "[tables.clients]\nfiles = \"people*.csv\"\ndeleted = \"gone = 'yes'\"\n\
    columns = { client_id = \"id\", gender = \"sex\" }\n\n\
    [tables.programs]\nfiles = \"programs.csv\"\ncolumns = { program_id = \"id\", name = \"name\", setting = { value = \"other\" } }\n\n\
    [tables.enrollments]\nfiles = \"stays.csv\"\n\
    columns = { enrollment_id = \"id\", client_id = \"person\", program_id = \"program\", intake_on = \"start\" }\n";

#[test]
fn what_a_newer_export_deletes_is_gone_with_what_belongs_to_it() {
    let mapped = "mapping = \"own.toml\"";
    let sources = source("full", "full/*.csv", mapped)
        + &source("changes", "changes/*.csv", &format!("{mapped}\ncontent = \"changes\""));
    let folder = project(
        &sources,
        &[
            ("own.toml", MAPPING),
            ("full/people.csv", "id,sex,gone\nA,female,\nB,male,\nC,male,\n"),
            ("full/programs.csv", "id,name\nP1,Shelter\n"),
            ("full/stays.csv", "id,person,program,start\nE1,A,P1,2026-01-01\nE2,B,P1,2026-01-02\nE3,C,P1,2026-01-03\n"),
            ("changes/people-6.csv", "id,sex,gone\nB,,yes\nC,,yes\nC,female,\nX,,yes\n"),
        ],
    );
    ingested(&folder);
    assert_eq!(values(&folder, "select gender, _line from clients order by 1"), ["female,2", "female,4"]);
    assert_eq!(values(&folder, "select intake_on from enrollments order by 1"), ["2026-01-01", "2026-01-03"]);
    let checked = checked(&folder);
    assert_eq!(troubles(&checked), ["orphan full/stays.csv:3"]);
    let people: Vec<(String, [u64; 4])> =
        counts(&checked).into_iter().filter(|(path, _)| path.contains("people")).collect();
    assert_eq!(
        people,
        [("full/people.csv".to_owned(), [1, 1, 0, 2]), ("changes/people-6.csv".to_owned(), [1, 1, 0, 3])]
    );
}

#[test]
fn of_rows_repeated_by_design_the_latest_or_the_first_counts() {
    let mapping = "[tables.providers]\nfiles = \"partners.csv\"\nlatest_by = \"changed\"\n\
        columns = { provider_id = \"id\", name = \"name\" }\nnames.changed = { column = \"Changed\", dates = \"%m/%d/%Y\" }\n\n\
        [tables.staff]\nfiles = \"roles.csv\"\nduplicates = \"first\"\ncolumns = { staff_id = \"worker\", role = \"role\" }\n";
    let folder = project(
        &source("export", "exports/*.csv", "mapping = \"own.toml\""),
        &[
            ("own.toml", mapping),
            ("exports/partners.csv", "id,name,Changed\nP1,old,1/2/2026\nP1,new,12/31/2026\nP1,older,9/1/2025\nP2,x,\n"),
            ("exports/roles.csv", "worker,role\nS1,supervisor\nS1,case_manager\nS2,case_manager\n"),
        ],
    );
    ingested(&folder);
    assert_eq!(values(&folder, "select provider_id, name from providers order by 1"), ["P1,new", "P2,x"]);
    assert_eq!(values(&folder, "select role from staff order by 1"), ["case_manager", "supervisor"]);
    let checked = checked(&folder);
    assert_eq!(troubles(&checked), Vec::<String>::new());
    let of: Vec<[u64; 4]> = counts(&checked).into_iter().map(|(_, counts)| counts).collect();
    assert_eq!(of, [[2, 2, 0, 1], [2, 2, 0, 2]]);
}

const CROSSWALK: &str = "Person;CRM;Court\nP-1;17;x9\nP-2;18;x9\nP-3;19;x8\n";

#[test]
fn a_client_known_in_two_systems_is_one_and_other_numbers_are_kept_apart() {
    let crosswalk =
        |id: &str| format!("ids = \"own\"\ncrosswalk = {{ file = \"who.csv\", id = \"{id}\", person = \"Person\" }}");
    let sources = source("crm", "crm/*.csv", &crosswalk("CRM")) + &source("court", "court/*.csv", &crosswalk("Court"));
    let folder = project(
        &sources,
        &[
            ("who.csv", CROSSWALK),
            ("crm/clients.csv", "client_id,gender\n17,female\n18,male\n19,female\n20,male\n"),
            ("crm/programs.csv", "program_id,name,setting\n1,Shelter,other\n"),
            ("crm/enrollments.csv", "enrollment_id,client_id,program_id,intake_on\n1,19,1,2026-01-01\n"),
            ("court/clients.csv", "client_id,gender\nx8,female\nx9,male\n20,female\n"),
            ("court/programs.csv", "program_id,name,setting\n1,Probation,probation\n"),
            ("court/enrollments.csv", "enrollment_id,client_id,program_id,intake_on\n1,x8,1,2026-02-01\n"),
        ],
    );
    ingested(&folder);
    // Person 3 is one; the other systems' 20 are two; an id that stands for two persons is used for neither.
    assert_eq!(values(&folder, "select count(*) from clients"), ["6"]);
    assert_eq!(values(&folder, "select count(*), count(distinct client_id) from enrollments"), ["2,1"]);
    assert_eq!(values(&folder, "select name from programs order by 1"), ["Probation", "Shelter"]);
    let checked = checked(&folder);
    assert!(troubles(&checked).contains(&"crosswalk-conflict who.csv:3".to_owned()), "{:?}", troubles(&checked));
    assert!(!checked.to_string().contains("x9"), "an id is not told");
    // Another crosswalk is another snapshot.
    let before = values(&folder, "select count(*) from clients");
    folder.write("who.csv", "Person,CRM,Court\n");
    ingested(&folder);
    assert_ne!(values(&folder, "select count(*) from clients"), before);
    folder.write("who.csv", "Person,CRM\nP,1\n");
    assert!(folder.attain(&["ingest"]).expect(2).said.contains("it has no columns \"Court\" and \"Person\""));
}
