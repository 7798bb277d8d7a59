//! Ingest of files that are not what they should be: other line ends, other encodings, no header, no file at all; and
//! of values that nobody can mean.

use crate::ingest::{column, job, places, project, run};
use attain::ingest::{IngestError, check, ingest};
use attain::store::Store;
use std::fs;

fn told(findings: &[attain::contract::Finding], file: &str) -> Vec<String> {
    findings.iter().filter(|f| f.file == file).map(|f| f.code.clone()).collect()
}

#[test]
fn lines_that_end_with_carriage_returns_are_read() {
    let (_dir, job, store) =
        project(&[("providers.csv", "provider_id,name,partner_type\r1,\"two\rlines\",court\r2,b\r3,c,court\r")]);
    let outcome = run(&job, &store);
    assert_eq!(places(&outcome), ["4 - - short-row"]);
    assert_eq!(column(&outcome.snapshot.expect("a snapshot"), "providers", "provider_id"), ["1", "3"]);
}

#[test]
fn utf_16_is_read_and_that_is_said_once() {
    let text = "\u{feff}provider_id,name,partner_type\r\n1,a,court\r\n2,b,court\r\n";
    for (bytes, what) in [
        (text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(), "little"),
        (text.encode_utf16().flat_map(u16::to_be_bytes).collect(), "big"),
        (text[3..].encode_utf16().flat_map(u16::to_le_bytes).collect(), "without a mark"),
    ] {
        let (dir, job, store) = project(&[]);
        fs::write(dir.path().join("exports/providers.csv"), bytes).expect("written");
        let outcome = run(&job, &store);
        assert_eq!(told(&outcome.findings, "exports/providers.csv"), ["read-as"], "{what}");
        assert_eq!((outcome.files[0].rows, outcome.files[0].loaded), (2, 2), "{what}");
    }
}

#[test]
fn a_nul_byte_is_called_so() {
    let (_dir, job, store) = project(&[("providers.csv", "provider_id,name\nP1,a\0b\n")]);
    let outcome = run(&job, &store);
    let finding = outcome.findings.iter().find(|f| f.line == Some(2)).expect("told");
    assert_eq!(finding.message, "name holds a NUL byte");
}

/// Found by `any_bytes_behind_a_header_are_loaded_or_set_aside`.
#[test]
fn halves_of_a_letter_in_neighbouring_cells_are_no_letter() {
    let (dir, job, store) = project(&[]);
    fs::write(
        dir.path().join("exports/providers.csv"),
        b"provider_id,name,partner_type\nP1,\x8d,court\nP2\xc2,\xabb,court\nP3,c,court\n",
    )
    .expect("written");
    let outcome = run(&job, &store);
    assert_eq!((outcome.files[0].rows, outcome.files[0].loaded), (3, 1));
    let unsound = |line| outcome.findings.iter().filter(|f| f.code == "invalid-utf8" && f.line == Some(line)).count();
    assert_eq!((unsound(2), unsound(3)), (1, 2));
}

#[test]
fn a_file_without_a_header_is_told_once_and_not_shown() {
    let (_dir, job, store) = project(&[("clients.csv", "SECRET1,1990-01-01,f\nSECRET2,1991-01-01,m\n")]);
    let outcome = run(&job, &store);
    assert_eq!(told(&outcome.findings, "exports/clients.csv"), ["no-header"]);
    assert_eq!((outcome.files[0].rows, outcome.files[0].loaded), (2, 0));
    assert!(!format!("{:?}", outcome.findings).contains("SECRET"));
}

#[test]
fn dates_and_numbers_that_nobody_can_mean_are_out_of_range() {
    let (_dir, job, store) = project(&[
        ("clients.csv", "client_id,birth_date\nC1,0190-01-01\nC2,1850-01-01\n"),
        ("programs.csv", "program_id,name,closed_on\nP1,a,2999-12-31\nP2,b,2030-01-01\n"),
        (
            "assessments.csv",
            "assessment_id,enrollment_id,assessed_on,instrument,score\nA1,E1,2025-01-01,phq,1000000000000001\n\
             A2,E1,1700-01-01,phq,1\n",
        ),
    ]);
    let outcome = run(&job, &store);
    assert_eq!(
        places(&outcome),
        [
            "2 2 birth_date out-of-range",
            "2 3 closed_on out-of-range",
            "2 5 score out-of-range",
            "3 3 assessed_on out-of-range"
        ]
    );
    let snapshot = outcome.snapshot.expect("a snapshot");
    assert_eq!(column(&snapshot, "programs", "closed_on"), ["", "2030-01-01"]);
    assert_eq!(column(&snapshot, "assessments", "assessed_on"), ["2025-01-01"]);
}

#[test]
fn an_as_of_date_that_nobody_can_mean_is_refused() {
    let (dir, ..) = project(&[("clients.csv", "client_id\nC1\n")]);
    for day in ["0026-06-30", "1899-12-31", "2200-01-01", "9998-12-31"] {
        let store = Store::at(dir.path().join("store"));
        let job = job(dir.path(), Some(day));
        assert!(matches!(ingest(&job, &store, &()), Err(IngestError::AsOf(_))), "{day}");
        assert!(matches!(check(&job, &()), Err(IngestError::AsOf(_))), "{day}");
    }
}

#[test]
fn without_any_date_the_as_of_date_is_asked_for() {
    let (dir, _, store) = project(&[("clients.csv", "client_id\nC1\n")]);
    let job = job(dir.path(), None);
    let error = ingest(&job, &store, &()).expect_err("no date");
    assert!(error.to_string().contains("set as_of"), "{error}");
    // To look at it takes none.
    let checked = check(&job, &()).expect("checked");
    assert!(!format!("{:?}", checked.findings).contains("1970"));
}

#[test]
fn files_of_one_table_come_in_natural_order_and_the_first_row_wins() {
    let (_dir, job, store) = project(&[
        ("programs-10.csv", "program_id,name\nP1,ten\n"),
        ("programs-2.csv", "program_id,name\nP1,two\n"),
        ("programs.csv", "program_id,name\nP1,first\n"),
    ]);
    let outcome = run(&job, &store);
    let paths: Vec<&str> = outcome.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["exports/programs.csv", "exports/programs-2.csv", "exports/programs-10.csv"]);
    assert_eq!(column(&outcome.snapshot.expect("a snapshot"), "programs", "name"), ["first"]);
}

#[test]
fn several_codes_are_kept_once_each_and_separators_alone_are_unknown() {
    let (_dir, job, store) = project(&[("staff.csv", "staff_id,credentials\nS1,; ;\nS2,LCSW ; ccm;;CCM\n")]);
    let snapshot = run(&job, &store).snapshot.expect("a snapshot");
    assert_eq!(column(&snapshot, "staff", "credentials"), ["", "lcsw;ccm"]);
}

#[cfg(unix)]
#[test]
fn folders_pipes_and_dangling_links_are_told_and_not_opened() {
    let (dir, job, store) = project(&[("providers.csv", "provider_id,name\nP1,a\n")]);
    let exports = dir.path().join("exports");
    fs::create_dir(exports.join("clients.csv")).expect("made");
    std::os::unix::fs::symlink("nowhere", exports.join("staff.csv")).expect("made");
    assert!(std::process::Command::new("mkfifo").arg(exports.join("plans.csv")).status().expect("mkfifo").success());
    let outcome = run(&job, &store);
    for file in ["exports/clients.csv", "exports/staff.csv", "exports/plans.csv"] {
        assert_eq!(told(&outcome.findings, file), ["unreadable-file"], "{file}");
        assert!(outcome.unreadable.contains(&file.to_owned()));
    }
}

#[test]
fn a_folder_in_other_letters_and_a_path_that_begins_at_the_root_are_hinted_at() {
    let (_dir, mut job, store) = project(&[("clients.csv", "client_id\nC1\n")]);
    let mut said = |files: &str| {
        job.sources[0].files = files.to_owned();
        ingest(&job, &store, &()).expect_err("no file").to_string()
    };
    assert!(said("Exports/*.csv").contains("\"exports\": capitals matter"));
    assert!(said("/nowhere/*.csv").contains("from the project's folder"));
}

#[test]
fn rows_that_refer_to_a_table_that_could_not_be_loaded_are_no_orphans() {
    let (dir, job, store) = project(&[
        ("programs.csv", "program_id,name\nP1,a\n"),
        (
            "enrollments.csv",
            "enrollment_id,client_id,program_id,referred_on\nE1,C1,P1,2025-01-01\nE2,C2,P1,2025-01-01\n",
        ),
    ]);
    fs::write(dir.path().join("exports/clients.csv"), "client,gender\nC1,f\nC2,m\n").expect("written");
    let outcome = run(&job, &store);
    assert_eq!(places(&outcome), Vec::<String>::new());
    assert!(outcome.not_checked.contains(&"enrollments.client_id: a file of clients could not be loaded".to_owned()));
}
