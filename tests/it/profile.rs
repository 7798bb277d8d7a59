//! `attain profile` and `attain mapping`: what is said of files nobody described, what is kept to itself, and drafts that are mappings.
//!
//! Long because every leak that was found has its own test, with the files it was found in.

use crate::project_folder::Folder;
use attain::ingest::mapping::Mapping;
use attain::ingest::open::Limits;
use attain::ingest::profile;
use insta::assert_snapshot;
use rust_xlsxwriter::Workbook;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A small export of a system that nobody knows: semicolons, a preamble, days first, words of its own.
fn export() -> Folder {
    let folder = Folder::empty();
    let mut klienten = String::from("Klient-ID;Vorname;Nachname;Geburtsdatum;Geschlecht;E-Mail;Bemerkung\n");
    let mut cases =
        String::from("Case report\nprinted 01.07.2026\n\nCase ID;Client ID;Program;Intake;Exit;Reason;Open\n");
    let mut services = String::from("id,case_id,date,type,minutes,cost\n");
    for n in 1..=40 {
        let _ = writeln!(
            klienten,
            "K-{n:04};Zaphkiel{n};Quillfeather{n};{:02}.{:02}.19{:02};{};zaphkiel{n}@quillfeather.example;\
             Quillfeather called again and wants to talk to the landlord about number {n}",
            n % 28 + 1,
            n % 12 + 1,
            n + 40,
            ["weibsgeschlecht", "mannsgeschlecht"][n % 2]
        );
        let exit = if n % 3 == 0 { String::new() } else { format!("{:02}.05.2026", n % 28 + 1) };
        let _ = writeln!(
            cases,
            "C{:05};K-{n:04};{};{:02}.03.2025;{exit};{};{}",
            n + 700,
            ["Housing First", "Drop-in"][n % 2],
            n % 28 + 1,
            if exit.is_empty() { "" } else { ["graduated", "moved away", "n/a"][n % 3] },
            ["ja", "nein"][usize::from(n % 3 != 0)]
        );
        for k in 0..3 {
            let _ = writeln!(
                services,
                "{},C{:05},2025-{:02}-{:02},{},{},$1,{:03}.50",
                n * 10 + k,
                n + 700,
                n % 9 + 1,
                k + 1,
                ["counseling", "meal", "transport"][k],
                15 * (k + 1),
                n
            );
        }
    }
    folder.write("export/klienten.csv", &klienten);
    folder.write("export/cases.csv", &cases);
    folder.write("export/services.csv", &services.replace("$1,", "\"$1,").replace(".50\n", ".50\"\n"));
    folder
}

#[test]
fn a_profile_tells_what_is_in_the_files() {
    let folder = export();
    assert_snapshot!(folder.transcript(&[&["profile", "export"]]));
}

#[test]
fn a_draft_marks_its_guesses_and_is_a_mapping() {
    let folder = export();
    assert_snapshot!(folder.transcript(&[
        &["profile", "export", "--draft-mapping"],
        &["profile", "export", "--draft-mapping", "mine.toml", "--quiet"],
        &["mapping", "check", "mine.toml"],
        &["profile", "export", "--draft-mapping", "mine.toml"],
        &["profile", "export", "--draft-mapping", "mine.toml", "--force", "--quiet"],
    ]));
}

/// Every value of a sensitive column, in whatever it is asked for.
#[test]
fn no_value_of_a_sensitive_column_is_told() {
    let folder = export();
    // The same words where nothing in the header says what they are.
    let people =
        folder.read_text("export/klienten.csv").replace("Vorname;Nachname", "a;b").replace("E-Mail;Bemerkung", "c;d");
    folder.write("export/people.csv", &people);
    let bare = people.split_once('\n').expect("a header").1.to_owned();
    folder.write("export/bare.csv", &bare);
    for words in
        [&["profile", "export"][..], &["profile", "export", "--json"], &["profile", "export", "--draft-mapping"]]
    {
        let ran = folder.attain(words).expect(0);
        let said = format!("{}{}", ran.text(), ran.said);
        for private in [
            "Zaphkiel",
            "zaphkiel",
            "Quillfeather",
            "weibsgeschlecht",
            "mannsgeschlecht",
            "landlord",
            "K-00",
            ".1941",
            "1941-",
        ] {
            assert!(!said.contains(private), "{words:?} tells {private}:\n{said}");
        }
        assert!(!said.contains("C00701"), "{words:?} tells an id");
    }
}

/// All that is said of a file: on the screen, as JSON, as a draft.
fn said(folder: &Folder, place: &str) -> String {
    let ways: [&[&str]; 3] =
        [&["profile", place], &["profile", place, "--json"], &["profile", place, "--draft-mapping"]];
    ways.iter()
        .map(|words| {
            let ran = folder.attain(words).expect(0);
            format!("{}{}", ran.text(), ran.said)
        })
        .collect()
}

#[track_caller]
fn is_silent(said: &str, about: &[&str]) {
    for private in about {
        assert!(!said.contains(private), "tells {private}:\n{said}");
    }
}

/// Rows of columns that have these values in turn, beside a key and a day.
fn table(columns: &[(&str, &[&str])]) -> String {
    let cell = |text: &str| format!("\"{text}\"");
    let mut text = String::from("visit,visit date");
    for (header, _) in columns {
        let _ = write!(text, ",{}", cell(header));
    }
    for n in 0..210 {
        let _ = write!(text, "\nV{n:04},2025-0{}-1{}", n % 9 + 1, n % 10);
        for (at, (_, values)) in columns.iter().enumerate() {
            let _ = write!(text, ",{}", cell(values[(n + at) % values.len()]));
        }
    }
    text + "\n"
}

#[test]
fn names_repeated_under_any_header_are_not_told() {
    let names = ["SMITH, JOHN", "DOE, JANE", "ROE, MARY", "POE, AL", "ZAPHKIEL, TOM", "QUILLFEATHER, SUE"];
    let headers = [
        "Member",
        "Case name",
        "Resident",
        "Student",
        "Parent",
        "Head",
        "Tenant",
        "Victim",
        "Applicant",
        "Served",
        "Given",
        "Maiden",
        "Head of household",
        "Status",
        "Program",
        "Reason",
        "Kind",
        "Q1",
    ];
    let folder = Folder::empty();
    folder.write("visits.csv", &table(&headers.map(|header| (header, &names[..]))));
    is_silent(
        &said(&folder, "visits.csv"),
        &["SMITH", "DOE", "ROE", "POE", "ZAPHKIEL", "QUILL", "JANE", "MARY", "TOM"],
    );
}

#[test]
fn names_in_any_writing_are_not_told() {
    let folder = Folder::empty();
    folder.write(
        "cases.csv",
        &table(&[
            ("status", &["al jones", "sue zaphkiel"]),
            ("program", &["AL JONES", "SUE ZAPHKIEL"]),
            ("worker code", &["A. Jones", "S. Zaphkiel"]),
            ("stage", &["Al Jones Jr", "Sue Zaphkiel III"]),
            ("unit", &["JONES", "ZAPHKIEL", "QUILL"]),
            ("group", &["Jones-Al", "Zaphkiel-Sue", "open case"]),
            ("type", &["Jones;Al", "Zaphkiel;Sue", "Quill;Sue"]),
            ("setting", &["Mother Zaphkiel", "Client", "Aunt Quill"]),
        ]),
    );
    let said = said(&folder, "cases.csv");
    is_silent(&said.to_lowercase(), &["jones", "zaphkiel", "quill", "sue"]);
    assert!(said.contains("Client 70"), "{said}");
}

#[test]
fn numbers_without_dashes_are_not_told() {
    let numbers = ["555123456", "987654321", "123456789", "444556666", "111223333"];
    let headers = [
        "SS#",
        "Social",
        "Social Sec",
        "TIN",
        "Policy",
        "Insurance",
        "DL#",
        "A-Number",
        "License",
        "Code",
        "Number",
        "Account",
        "Q1",
        "Status",
        "Amount",
    ];
    let folder = Folder::empty();
    let mut columns: Vec<(&str, &[&str])> = headers.iter().map(|header| (*header, &numbers[..])).collect();
    columns.extend([
        ("Q2", &["5551234567", "6175550000", "555.123.4567"][..]),
        ("Q3", &["12 Main St", "34 Elm Street Apt 5", "9 Oak Ave"]),
        ("Q4", &["HIV positive", "Bipolar", "Depressed", "open case", "closed case"]),
        ("Last four", &["6789", "4321", "9876"]),
    ]);
    folder.write("v.csv", &table(&columns));
    let said = said(&folder, "v.csv");
    is_silent(&said, &numbers);
    is_silent(
        &said,
        &[
            "5551234567",
            "555.123",
            "6175550000",
            "Main",
            "Elm",
            "Oak",
            "positive",
            "Bipolar",
            "Depressed",
            "6789",
            "4321",
            "9876",
        ],
    );
    assert!(said.contains("open case"), "{said}");
}

#[test]
fn ranges_of_births_and_of_numbers_of_persons_are_not_told() {
    let days: Vec<String> = (0..100).map(|n| format!("{}-0{}-1{}", 1979 + n % 30, n % 9 + 1, n % 10)).collect();
    let numbers: Vec<String> = (0..100).map(|n| (111_223_333 + n * 7).to_string()).collect();
    let days: Vec<&str> = days.iter().map(String::as_str).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let folder = Folder::empty();
    folder.write(
        "v.csv",
        &table(&[("A-Number", &numbers), ("B-day", &days), ("Q8", &days), ("entry1", &days), ("Q9", &numbers)]),
    );
    let said = said(&folder, "v.csv");
    is_silent(&said, &["111223", "1979-", "2008-"]);
    assert!(said.contains("2025-01-10 to 2025-09-19"), "days of visits:\n{said}");
}

#[test]
fn drafts_do_not_tell_what_the_profile_does_not() {
    let mut text = String::from("Enrollment ID,Client ID,Program,Intake date,Head of household,Exit reason,Role\n");
    for n in 0..200 {
        let _ = writeln!(
            text,
            "E{n:05},C{n:05},{},2025-0{}-1{},\"{}\",{},{}",
            ["Rapid Rehousing", "Drop-in"][n % 2],
            n % 9 + 1,
            n % 10,
            ["BROWN, AL", "KIM, SUE", "ZAPHKIEL, JO"][n % 3],
            ["moved to 12 Main St", "died of AIDS", "completed", "jail", "no longer interested"][n % 5],
            ["ZAPHKIEL", "Client", "Mother Zaphkiel", "Family"][n % 4],
        );
    }
    let folder = Folder::empty();
    folder.write("enrollments.csv", &text);
    let said = said(&folder, "enrollments.csv");
    is_silent(&said, &["BROWN", "KIM", "ZAPHKIEL", "12 Main", "AIDS", "Zaphkiel"]);
    for told in [
        "Rapid Rehousing 100",
        "where = \"role = 'Client'\"  # ? left out: Family, 2 values, not shown: they may be about persons",
        "\"jail\" = \"incarcerated\"  # guess",
        "\"no longer interested\" = \"\"",
        "# ? and 2 values, not shown: they may be about persons: look in the file",
    ] {
        assert!(said.contains(told), "does not tell {told}:\n{said}");
    }
}

#[test]
fn rows_that_look_like_headers_are_not_told() {
    let folder = Folder::empty();
    folder.write("a.csv", "Quillfeather,Jane,Open\nZaphkiel,John,Closed\nDoe,Mary,Open\nRoe,Al,Open\n");
    folder.write("b.csv", "status,\"SMITH, JOHN\",Jane Doe,12 Main Street\nopen,1,0,1\nopen,0,1,1\n");
    folder
        .write("c.csv", "Client,Client,Stay,Stay\nQuillfeather,Zaphkiel,Springfield,open\nRoe,Poe,Elsewhere,closed\n");
    for file in ["a.csv", "b.csv", "c.csv"] {
        is_silent(&said(&folder, file), &["Quill", "Zaphkiel", "SMITH", "Jane", "Main", "Springfield"]);
    }
}

#[test]
fn json_has_what_the_text_has() {
    let folder = export();
    let json = folder.attain(&["profile", "export", "--json"]).expect(0).json();
    let file = json["files"].as_array().expect("files").iter().find(|f| f["name"] == "cases.csv").expect("the cases");
    assert_eq!((&file["header_line"], &file["rows"]), (&4.into(), &40.into()));
    let column =
        |name: &str| file["columns"].as_array().expect("columns").iter().find(|c| c["name"] == name).expect(name);
    assert_eq!(column("Intake")["type"], "date");
    assert_eq!(column("Intake")["date_forms"][0], "%d.%m.%Y");
    assert_eq!(column("Case ID")["key"], true);
    assert_eq!(column("Client ID")["sensitivity"], "id of a person");
    assert_eq!(column("Open")["type"], "yes_no");
    assert_eq!(column("Reason")["missing"]["n/a"], 13);
    let relations = json["relations"].as_array().expect("relations");
    assert!(
        relations.iter().any(|r| r["from"]["column"] == "case_id" && r["to"]["column"] == "Case ID"),
        "{relations:?}"
    );
    assert!(
        relations.iter().any(|r| r["from"]["column"] == "Client ID" && r["to"]["column"] == "Klient-ID"),
        "{relations:?}"
    );
}

/// The draft for a file, or for the files of a folder.
fn draft(place: &Path) -> String {
    let mut places = vec![place.to_owned()];
    if place.is_dir() {
        let entries = std::fs::read_dir(place).expect("a folder");
        places = entries.map(|entry| entry.expect("an entry").path()).collect();
        places.sort();
    }
    let shown = |place: PathBuf| (place.file_name().expect("a name").to_string_lossy().into_owned(), place);
    let files: Vec<_> = places.into_iter().map(shown).collect();
    let found = profile::profile(&files, &Limits::default(), &());
    assert_eq!(found.unreadable, [""; 0]);
    profile::draft(&found)
}

#[track_caller]
fn is_mapping(draft: &str) -> Mapping {
    match Mapping::parse("draft", "draft.toml", draft) {
        Ok(mapping) => mapping,
        Err(errors) => panic!("{errors}\n{draft}"),
    }
}

fn made(mapping: &Mapping) -> Vec<&'static str> {
    mapping.tables.iter().flatten().map(|rule| rule.table.name.as_str()).collect()
}

#[test]
fn a_draft_of_the_sample_maps_every_table_by_itself() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/exports");
    let text = draft(&sample);
    let mapping = is_mapping(&text);
    assert_eq!(made(&mapping).len(), 14, "{:?}", made(&mapping));
    assert!(text.contains("mapping = \"case-export\", or none, will do"));
    // A kind of emergency, not a mark of an unknown one.
    assert!(!text.lines().any(|line| line.starts_with("missing =") && line.contains("\"missing\"")), "{text}");
    let questions = text.lines().filter(|line| line.contains("# ?")).count();
    assert!(questions <= 10, "{questions} questions");
}

fn case(name: &str) -> Option<PathBuf> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases").join(name);
    let there = place.exists();
    if !there {
        eprintln!("skipped: {} is not there", place.display());
    }
    there.then_some(place)
}

#[test]
fn drafts_of_homeless_services_exports_are_mappings() {
    for form in ["input", "input-fy2026"] {
        let Some(case) = case(&format!("hmis/hud-testkit-2021/{form}")) else { continue };
        for project in std::fs::read_dir(case).expect("projects") {
            let mapping = is_mapping(&draft(&project.expect("a project").path()));
            for table in ["clients", "programs", "enrollments", "services"] {
                assert!(made(&mapping).contains(&table), "{table}: {:?}", made(&mapping));
            }
        }
    }
}

#[test]
fn a_draft_of_a_program_management_module_is_its_built_in_mapping() {
    let Some(case) = case("kpi") else { return };
    let folder = Folder::empty();
    for object in ["Program", "ProgramEngagement", "Service", "ServiceDelivery"] {
        let text = std::fs::read_to_string(case.join(format!("pmm_sample_{object}__c.csv"))).expect("the sample");
        folder.write(&format!("export/{object}__c.csv"), &text);
    }
    let text = draft(&folder.path().join("export"));
    is_mapping(&text);
    assert!(text.contains("files of the built-in mapping salesforce-pmm"), "{text}");
    assert!(text.contains("# guess: services is made from ServiceDelivery__c.csv"), "{text}");
    assert!(text.contains("without birth_date, gender"), "{text}");
    assert!(!text.contains("# ? services is made from none"), "{text}");
}

#[test]
fn a_draft_of_a_workbook_reads_its_sheets() {
    let folder = Folder::empty();
    let write = |name: &str, sheets: &[(&str, &[&[&str]])]| {
        let mut book = Workbook::new();
        for (title, rows) in sheets {
            let sheet = book.add_worksheet().set_name(*title).expect("a name");
            for (row, cells) in (0..).zip(*rows) {
                for (column, cell) in (0..).zip(*cells) {
                    sheet.write(row, column, *cell).expect("written");
                }
            }
        }
        book.save(folder.path().join(name)).expect("saved");
    };
    let identity: &[&[&str]] = &[
        &["ID", "Case ID", "Case Status", "Full Name", "Date of Registration", "Sex"],
        &["a1b2c3d", "AG-0001-a1b2c3d", "Open", "Zaphkiel Quill", "05-Oct-2025", "Male"],
        &["b1b2c3d", "AG-0001-b1b2c3d", "Closed", "*******", "08-Oct-2025", "Female"],
    ];
    write(
        "primero.xlsx",
        &[("Basic Identity", identity), ("Record Information", &[&["ID", "Owned by"], &["a1b2c3d", "jo"]])],
    );
    let text = draft(&folder.path().join("primero.xlsx"));
    is_mapping(&text);
    assert!(text.contains("files of the built-in mapping primero"), "{text}");
    assert!(!text.contains("Quill"));
    let clients: &[&[&str]] = &[&["Client ID", "DOB"], &["C1", "1990-01-31"], &["C2", "1991-01-31"]];
    let stays: &[&[&str]] = &[
        &["Stay ID", "Client ID", "Program", "Intake Date"],
        &["S1", "C1", "Shelter", "2026-01-31"],
        &["S2", "C2", "Shelter", "2026-01-30"],
    ];
    write("book.xlsx", &[("Clients", clients), ("Enrollments", stays)]);
    let text = draft(&folder.path().join("book.xlsx"));
    let mapping = is_mapping(&text);
    assert!(made(&mapping).contains(&"enrollments"), "{text}");
    assert!(text.contains("sheets = \"Enrollments\""), "{text}");
}

#[test]
fn wrong_words_are_told_with_their_mending() {
    let folder = export();
    folder.write("notes.md", "nothing");
    folder.write("bad.toml", "[tables.clients]\nfile = \"a.csv\"\ncolumns.client_idd = \"id\"\n");
    folder.write("empty/readme.md", "nothing");
    folder.write("broken.xlsx", "PK\u{3}\u{4} no archive");
    assert_snapshot!(folder.transcript(&[
        &["profile"],
        &["profile", "nowhere.csv"],
        &["profile", "empty"],
        &["profile", "export", "--json", "--draft-mapping"],
        &["profile", "export/cases.csv", "broken.xlsx", "--quiet"],
        &["mapping"],
        &["mapping", "show", "primro"],
        &["mapping", "show", "case-export", "--toml"],
        &["mapping", "check", "bad.toml"],
        &["mapping", "check", "nowhere.toml"],
    ]));
}

#[test]
fn every_built_in_mapping_can_be_shown_and_checked() {
    let folder = Folder::empty();
    let list = folder.attain(&["mapping", "list"]).expect(0);
    let mut names = 0;
    for name in list.text().lines().filter_map(|line| line.split_whitespace().next()) {
        names += 1;
        assert!(folder.attain(&["mapping", "show", name]).expect(0).text().starts_with("# "));
        if name != "case-export" {
            let text = folder.attain(&["mapping", "show", name, "--toml"]).expect(0).text().to_owned();
            folder.write("copy.toml", &text);
            folder.attain(&["mapping", "check", "copy.toml"]).expect(0);
        }
    }
    assert!(names >= 3, "{}", list.text());
    assert!(folder.attain(&["mapping", "guide"]).expect(0).text().contains("recode"));
}
