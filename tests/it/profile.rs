//! `attain profile` and `attain mapping`: what is said of files nobody described, what is kept to itself, and drafts that are mappings.

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
