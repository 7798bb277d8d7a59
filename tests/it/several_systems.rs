//! What a review found wrong where rows of several exports meet: persons under several ids, deletions, columns that an
//! export does not have, files that are read for two tables, rows taken for totals. Each test is one defect.

use crate::sources::{checked, counts, ingested, project, source, troubles, values};

const OWN: &str = "ids = \"own\"";

fn crosswalk(id: &str) -> String {
    format!("crosswalk = {{ file = \"who.csv\", id = \"{id}\", person = \"person\" }}")
}

/// A mapping of clients with a flag of deletion.
const PEOPLE: &str = "[tables.clients]\nfiles = \"people*.csv\"\ndeleted = \"gone = 'yes'\"\n\
    columns = { client_id = \"id\", gender = \"sex\", language = \"speaks\" }\n";

#[test]
fn a_full_export_and_its_changes_share_their_systems_ids() {
    let changes = format!("content = \"changes\"\nsystem = \"crm\"\n{OWN}");
    let sources = source("crm", "full/*.csv", OWN) + &source("crm changes", "changes/*.csv", &changes);
    let files = [
        ("full/clients.csv", "client_id,gender\n1,female\n2,male\n"),
        ("changes/clients.csv", "client_id,gender\n1,male\n"),
    ];
    let folder = project(&sources, &files);
    ingested(&folder);
    assert_eq!(values(&folder, "select gender from clients order by 1"), ["male", "male"]);
    // A name with a colon could be another system's name and the beginning of an id.
    let folder = project(&source("a:b", "full/*.csv", OWN), &files);
    assert!(folder.attain(&["check"]).expect(2).said.contains("its name has no colon"));
}

#[test]
fn what_is_deleted_under_one_id_of_a_person_stays_under_another() {
    // Two ids merged in one system, the old one deleted.
    let mapped = format!("mapping = \"own.toml\"\n{}", crosswalk("id"));
    let folder = project(
        &source("crm", "people.csv", &mapped),
        &[
            ("own.toml", PEOPLE),
            ("who.csv", "id,person\n7,P1\n8,P1\n"),
            ("people.csv", "id,sex,speaks,gone\n7,female,en,\n8,female,en,yes\n"),
        ],
    );
    ingested(&folder);
    assert_eq!(values(&folder, "select gender from clients"), ["female"]);
    // Another system deletes what it knows of the person.
    let sources = source("a", "a/*.csv", &crosswalk("a"))
        + &source("b", "b/*.csv", &format!("mapping = \"own.toml\"\n{}", crosswalk("b")))
        + &source(
            "b changes",
            "c/*.csv",
            &format!("mapping = \"own.toml\"\ncontent = \"changes\"\nsystem = \"b\"\n{}", crosswalk("b")),
        );
    let folder = project(
        &sources,
        &[
            ("own.toml", PEOPLE),
            ("who.csv", "a,b,person\n1,7,P1\n2,8,P2\n"),
            ("a/clients.csv", "client_id,gender\n1,female\n2,male\n"),
            ("b/people.csv", "id,sex,speaks,gone\n7,male,en,\n8,male,en,\n9,male,en,\n"),
            ("c/people.csv", "id,sex,speaks,gone\n7,,,yes\n9,,,yes\n"),
        ],
    );
    ingested(&folder);
    assert_eq!(values(&folder, "select gender, language from clients order by 1"), ["female,", "male,en"]);
    let of: Vec<[u64; 4]> = counts(&checked(&folder)).into_iter().map(|(_, counts)| counts).collect();
    assert_eq!(of, [[1, 1, 0, 1], [1, 1, 0, 2], [0, 0, 0, 2]]);
}

#[test]
fn what_an_export_does_not_hold_it_does_not_take_away() {
    let sources = source("full", "full/*.csv", "") + &source("changes", "changes/*.csv", "content = \"changes\"");
    let folder = project(
        &sources,
        &[
            ("full/clients.csv", "client_id,birth_date,gender\nA,1990-01-02,female\nB,1991-01-02,female\n"),
            ("full/staff.csv", "staff_id,supervisor_id,team\nS1,S2,north\nS2,,north\n"),
            ("changes/clients-1.csv", "client_id,gender\nA,male\n"),
            ("changes/clients-2.csv", "client_id,language\nA,es\n"),
            ("changes/staff-1.csv", "staff_id,team\nS1,south\n"),
        ],
    );
    ingested(&folder);
    assert_eq!(
        values(&folder, "select birth_date, gender, language from clients order by 1"),
        ["1990-01-02,male,es", "1991-01-02,female,"]
    );
    assert_eq!(
        values(&folder, "select team, supervisor_id is not null from staff order by 1"),
        ["north,false", "south,true"]
    );
    // Another system that knows other things of the same person contradicts nothing.
    let sources = source("a", "a/*.csv", &crosswalk("a")) + &source("b", "b/*.csv", &crosswalk("b"));
    let folder = project(
        &sources,
        &[
            ("who.csv", "a,b,person\n1,7,P1\n"),
            ("a/clients.csv", "client_id,birth_date,gender\n1,1990-01-02,female\n"),
            ("b/clients.csv", "client_id,language\n7,es\n"),
        ],
    );
    ingested(&folder);
    assert_eq!(values(&folder, "select birth_date, gender, language from clients"), ["1990-01-02,female,es"]);
    assert!(!troubles(&checked(&folder)).iter().any(|told| told.starts_with("conflicting-row")));
}

#[test]
fn a_crosswalk_that_names_hardly_anybody_is_told() {
    let folder = project(
        &source("crm", "clients.csv", &crosswalk("id")),
        &[("who.csv", "id,person\n7,P1\n8,P2\n"), ("clients.csv", "client_id\n007\n008\n9\n")],
    );
    let found = checked(&folder);
    assert!(troubles(&found).contains(&"crosswalk-unmatched who.csv".to_owned()), "{:?}", troubles(&found));
    assert!(found.to_string().contains("of 3 rows of people from \\\"crm\\\" it names 0"), "{found}");
    folder.write("who.csv", "id,person\n007,P1\n008,P2\n");
    let found = checked(&folder);
    assert!(found.to_string().contains("crosswalk-matched") && !found.to_string().contains("crosswalk-unmatched"));
}

#[test]
fn of_several_versions_the_latest_says_whether_a_row_is_deleted() {
    let mapping = PEOPLE.replace("deleted", "latest_by = \"changed\"\ndeleted");
    let folder = project(
        &source("crm", "people.csv", "mapping = \"own.toml\""),
        &[
            ("own.toml", &mapping),
            (
                "people.csv",
                "id,sex,speaks,gone,changed\nA,female,en,,2026-01-02\nA,male,en,yes,2026-01-01\nB,male,en,,2026-01-01\nB,male,en,yes,2026-01-02\n",
            ),
        ],
    );
    ingested(&folder);
    assert_eq!(values(&folder, "select gender from clients"), ["female"]);
}

#[test]
fn a_deletion_that_names_nobody_is_set_aside() {
    let folder = project(
        &source("crm", "people.csv", "mapping = \"own.toml\""),
        &[
            ("own.toml", PEOPLE),
            ("people.csv", "id,sex,speaks,gone\nA,female,en,\n,male,en,yes\n\"C,x\",male,en,yes\n"),
        ],
    );
    let found = checked(&folder);
    assert_eq!(troubles(&found), ["missing-value people.csv:3", "bad-id people.csv:4"]);
    assert_eq!(counts(&found), [("people.csv".to_owned(), [3, 1, 2, 0])]);
}

#[test]
fn what_the_first_table_cannot_load_the_second_tells() {
    let mapping = "[tables.clients]\nfiles = \"stays.csv\"\ncolumns = { client_id = \"absent\" }\n\n\
        [tables.enrollments]\nfiles = \"stays.csv\"\n\
        columns = { enrollment_id = \"id\", client_id = \"person\", program_id = \"program\", intake_on = \"start\" }\n";
    let folder = project(
        &source("crm", "stays.csv", "mapping = \"own.toml\""),
        &[
            ("own.toml", mapping),
            ("stays.csv", "id,person,program,start\nE1,A,P,2026-01-01\nE2,A\nE3,A,P,\"2026-01-01\n"),
        ],
    );
    let found = checked(&folder);
    let told = troubles(&found);
    assert!(told.contains(&"short-row stays.csv:3".to_owned()), "{told:?}");
    assert!(told.contains(&"runaway-quote stays.csv:4".to_owned()), "{told:?}");
    // Both tables' rows of one file: none of them is unaccounted for.
    let of_enrollments = found["files"].as_array().expect("files").iter().find(|f| f["table"] == "enrollments");
    assert_eq!(of_enrollments.expect("an entry")["left_out"], 0);
}

#[test]
fn the_as_of_date_comes_from_rows_that_count() {
    let sources = source("full", "full/*.csv", "") + &source("changes", "changes/*.csv", "content = \"changes\"");
    let folder = project(
        &sources,
        &[
            ("full/clients.csv", "client_id\nA\n"),
            (
                "full/programs.csv",
                "program_id,name,setting,opened_on\nP,x,other,2062-05-01\nQ,y,other,2020-01-01\nQ,y,other,2061-01-01\n",
            ),
            ("changes/programs.csv", "program_id,name,setting,opened_on\nP,x,other,2026-05-01\n"),
        ],
    );
    folder.replace("attain.toml", "as_of = 2026-06-30\n", "");
    ingested(&folder);
    let current = folder.read_text("store/CURRENT");
    assert!(current.starts_with("2026-05-01"), "{current}");
}

#[test]
fn blanks_that_nobody_sees_make_no_other_person() {
    let folder = project(
        &source("a", "*.csv", ""),
        &[("clients.csv", "client_id,gender\nC1,female\nC1\u{a0},female\n\u{200b}C1,female\n")],
    );
    let found = checked(&folder);
    assert_eq!(troubles(&found), ["duplicate-key clients.csv:3", "duplicate-key clients.csv:4"]);
}

#[test]
fn who_has_an_id_is_no_total() {
    let folder = project(
        &source("a", "*.csv", ""),
        &[
            ("staff.csv", "team,staff_id,fte\nRecords,17,wrong\nTotal,,1.0\n"),
            ("providers.csv", "name,provider_id,partner_type\nTotal,12,\nTotal,,\n"),
        ],
    );
    let found = checked(&folder);
    let loaded: Vec<[u64; 4]> = counts(&found).into_iter().map(|(_, counts)| counts).collect();
    assert_eq!(loaded, [[2, 1, 1, 0], [2, 1, 1, 0]], "{found}");
}

#[test]
fn a_file_that_two_sources_name_is_told_to_be_the_firsts() {
    let sources = source("a", "*.csv", "") + &source("b", "clients.csv", "");
    let folder = project(&sources, &[("clients.csv", "client_id\nA\n")]);
    let found = checked(&folder);
    assert_eq!(troubles(&found), ["file-of-two-sources clients.csv"]);
    assert!(found.to_string().contains("it is read as part of"), "{found}");
}

#[test]
fn a_row_taken_for_a_header_is_not_shown() {
    let mapping = "[tables.clients]\nfiles = \"people.csv\"\ncolumns = { client_id = \"id\" }\n";
    let folder = project(
        &source("a", "people.csv", "mapping = \"own.toml\""),
        &[("own.toml", mapping), ("people.csv", "id,Jane Doe,Springfield,Smith\n2,John Roe,Shelbyville,Miller\n")],
    );
    let found = checked(&folder).to_string();
    assert!(!found.contains("Jane") && !found.contains("Springfield"), "{found}");
}
