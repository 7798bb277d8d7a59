//! What a finding, the files of findings and the rows set aside say of a person: nothing, whatever cell it stands in.

use crate::ingest::{everything_in, project, run};
use attain::ingest::Outcome;
use std::collections::BTreeMap;

/// Everything that is said, or kept beside the tables.
fn said(outcome: &Outcome) -> String {
    let mut files = BTreeMap::new();
    everything_in(&outcome.snapshot.as_ref().expect("a snapshot").dir, "", &mut files);
    let texts = files.iter().filter(|(name, _)| !name.ends_with(".parquet"));
    let texts: Vec<String> = texts.map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).collect();
    format!("{:?}\n{}", outcome.findings, texts.join("\n"))
}

/// Everything, the tables too.
fn kept(outcome: &Outcome) -> String {
    let mut files = BTreeMap::new();
    everything_in(&outcome.snapshot.as_ref().expect("a snapshot").dir, "", &mut files);
    files.values().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
}

#[test]
fn shifted_cells_are_not_shown() {
    let (_dir, job, store) = project(&[
        ("clients.csv", "client_id,birth_date,gender,language\nMaria Lopez,C1,1990-02-31,555-12-3456\nC2,Jo Doe,x,y\n"),
        ("programs.csv", "program_id,name\nP1,a\n"),
        (
            "enrollments.csv",
            "enrollment_id,client_id,program_id,referred_on,exit_reason,head_of_household\n\
             C2,P1,2025-01-01,Maria Lopez,jo@doe.org,555-12-3456\n\
             Maria Lopez,C2,P1,555-12-3456,Maria Lopez,Maria Lopez\n\
             CLIENT4711,P1,2025-01-01,,,\nE3,C2,CLIENT4712,2025-01-01,,\n",
        ),
        (
            "services.csv",
            "service_id,enrollment_id,provided_on,service_type,minutes\nS1,Maria Lopez,C2,2025-01-01,counseling\n\
             S2,555-12-3456,Maria Lopez,counseling,555-1234\n",
        ),
    ]);
    let outcome = run(&job, &store);
    let said = said(&outcome);
    for secret in ["Lopez", "lopez", "Doe", "doe", "12-3456", "555-1234", "1990-02-31", "CLIENT47"] {
        assert!(!said.contains(secret), "{secret} is told");
    }
}

#[test]
fn nothing_with_a_comma_or_a_line_break_outside_texts_is_told_or_kept() {
    let (_dir, job, store) = project(&[
        (
            "clients.csv",
            "client_id,birth_date,gender,language,postal_area\nC1,1990-01-01,\"x\nSECRET,2,f,e\",en,02139\nC2,1991-01-01,f,\"SECRET, e\",1\n",
        ),
        ("programs.csv", "program_id,name,setting\n\"P1,SECRET\",a,other\nP2,b,\"SECRET,x\"\n"),
    ]);
    let outcome = run(&job, &store);
    assert!(!said(&outcome).contains("SECRET"));
    assert!(!kept(&outcome).to_lowercase().contains("secret"));
}

#[test]
fn values_of_groups_are_not_told_and_postal_codes_are_cut_everywhere() {
    let (_dir, job, store) = project(&[(
        "clients.csv",
        "client_id,birth_date,gender,postal_area,died_on\nC1,1990-02-31,woman,98765,2020-01-01\n\
         C2,1995-01-01,woman,98765,1994-12-31\nC2,1996-06-06,woman,98765,\n",
    )]);
    let outcome = run(&job, &store);
    let said = said(&outcome);
    for secret in ["1990-02-31", "1995-01-01", "1994-12-31", "1996-06-06", "woman", "987"] {
        assert!(!said.contains(secret), "{secret} is told");
    }
    assert!(!kept(&outcome).contains("98765"));
}

#[test]
fn of_a_row_of_the_wrong_shape_not_even_its_key_is_kept() {
    let (_dir, job, store) = project(&[
        ("services.csv", "service_id,enrollment_id,provided_on,service_type\nS77,E88\nS78,\"E89,2025-01-01,intake\n"),
        ("providers.csv", "provider_id,name\nKEY1,\0\n"),
    ]);
    let said = said(&run(&job, &store));
    for key in ["S77", "E88", "S78", "E89", "KEY1"] {
        assert!(!said.contains(key), "{key} is told");
    }
}

#[test]
fn names_of_unknown_columns_are_shown_only_in_a_header() {
    let (_dir, job, store) = project(&[
        ("programs.csv", "program_id,name,Fax (work),jo@doe.org\nP1,a,,\n"),
        ("clients.csv", "client_id,Maria Lopez,Springfield\nC1,,\n"),
    ]);
    let said = said(&run(&job, &store));
    assert!(said.contains("Fax (work)"));
    for secret in ["Lopez", "Springfield", "doe.org"] {
        assert!(!said.contains(secret), "{secret} is told");
    }
}

#[test]
fn nothing_that_a_terminal_obeys_is_told_and_nothing_fills_the_screen() {
    let long = "x9".repeat(5_000);
    let many: Vec<String> = (0..400).map(|n| format!("extra {n}")).collect();
    let (_dir, job, store) = project(&[
        ("programs\u{1b}[31m.csv", "program_id,name\nP1,a\n"),
        ("programs.csv", &format!("program_id,name,setting,\u{1b}[2J\nP2,a,\u{1b}[31mred\nP3,b,{long}\n")),
        ("staff.csv", &format!("staff_id,team,role,fte,{}\n", many.join(","))),
    ]);
    let outcome = run(&job, &store);
    for finding in &outcome.findings {
        let text = [finding.message.as_str(), &finding.file, finding.field.as_deref().unwrap_or_default()].concat();
        assert!(!text.contains(char::is_control), "{text:?}");
        assert!(text.chars().count() < 300, "{text}");
    }
    assert!(outcome.findings.iter().any(|f| f.file.contains("\\u{1b}")));
    let extra = outcome.findings.iter().filter(|f| f.file == "exports/staff.csv" && f.code == "extra-column").count();
    assert!(extra <= 21, "{extra} notes");
}
