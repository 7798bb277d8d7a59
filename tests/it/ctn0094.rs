//! A real relational export, three drug-treatment trials, through a project's own mapping: the figures of the published trial come out.
//!
//! `tests/oracles/ctn0094.py` counted the same files with nothing but Python. CTN-0051 in print: Lancet 2018;391:309-318.

use crate::project_folder::{Folder, copy_tree};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The project with the case's files as its exports, ingested; `None` where the case is absent.
fn project() -> Option<Folder> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let case: PathBuf = root.join("../shared/cases/ctn0094");
    if !case.is_dir() {
        println!("skipped: {} is absent", case.display());
        return None;
    }
    let folder = Folder::empty();
    copy_tree(&root.join("tests/it/fixtures/ctn0094"), folder.path());
    copy_tree(&case, &folder.path().join("exports"));
    folder.write("attain.key", "0123456789abcdef0123456789abcdef");
    folder.attain(&["ingest"]).expect(0);
    Some(folder)
}

fn oracle() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/ctn0094.json");
    serde_json::from_slice(&fs::read(path).expect("the oracle")).expect("JSON")
}

fn rows(folder: &Folder, sql: &str) -> Vec<Value> {
    let found = folder.attain(&["query", sql, "--format", "json"]).expect(0).json();
    found.as_array().expect("rows").clone()
}

fn count(folder: &Folder, sql: &str) -> u64 {
    rows(folder, sql)[0]["n"].as_u64().expect("a count")
}

/// How the mapping calls the arms of CTN-0051, and the case's names.
const ARMS: [(&str, &str); 2] =
    [("inpatient_naltrexone", "Inpatient NR-NTX"), ("inpatient_buprenorphine", "Inpatient BUP")];

#[test]
fn the_published_first_doses_and_the_wait_of_all_who_were_assigned() {
    let Some(folder) = project() else { return };
    let expected = oracle();

    // 204 of 283 and 270 of 287, from the enrollments and their services.
    let sql = "select e.referral_source as arm, count(distinct e.enrollment_id) as assigned, \
               count(distinct s.enrollment_id) as started \
               from enrollments e join programs p on p.program_id = e.program_id \
               left join services s on s.enrollment_id = e.enrollment_id and s.provided_on >= e.referred_on \
               where p.organization = 'CTN-0051' group by e.referral_source order by e.referral_source";
    let arms = rows(&folder, sql);
    assert_eq!(
        serde_json::to_string(&arms).expect("JSON"),
        r#"[{"arm":"inpatient_buprenorphine","assigned":287,"started":270},{"arm":"inpatient_naltrexone","assigned":283,"started":204}]"#
    );
    // The randomizations as referrals say the same.
    let sql = "select service_type as arm, count(*) as assigned, count(service_started_on) as started from referrals \
               where service_type like 'inpatient_%' group by service_type order by service_type";
    assert_eq!(rows(&folder, sql), arms);

    let computed = folder
        .attain(&[
            "metrics",
            "compute",
            "time_to_service",
            "--period",
            "all",
            "--by",
            "referral_source",
            "--format",
            "json",
        ])
        .expect(0)
        .json();
    let computed = computed.as_array().expect("estimates");
    for (arm, treatment) in ARMS {
        let truth = &expected["arms_of_ctn_0051"][treatment];
        let of = |statistic: &str, at: Option<u64>| {
            computed
                .iter()
                .find(|e| {
                    e["group"]["referral_source"] == arm
                        && e["statistic"] == statistic
                        && at.is_none_or(|day| e["at"] == day)
                })
                .unwrap_or_else(|| panic!("{arm}: no {statistic} at {at:?}"))
        };
        for day in [7, 14, 30, 60] {
            let estimate = of("share_by_day", Some(day));
            let share = truth["share_by_day"][day.to_string()].as_f64().expect("a share");
            assert!(
                (estimate["estimate"].as_f64().expect("a share") - share).abs() < 1e-12,
                "{arm}, day {day}: {estimate}"
            );
            assert_eq!(estimate["denominator"].as_f64(), truth["assigned"].as_f64(), "{arm}");
        }
        let median = of("median_days", None);
        assert_eq!(median["estimate"].as_f64(), truth["median_days_all_assigned"].as_f64(), "{arm}: {median}");
        assert_eq!(median["denominator"].as_f64(), truth["assigned"].as_f64(), "{arm}: {median}");
    }
    // Of the starters only, naltrexone's median wait would look like 2 days.
    let truth = &expected["arms_of_ctn_0051"]["Inpatient NR-NTX"];
    assert!(truth["median_days_starters_only"].as_f64() < truth["median_days_all_assigned"].as_f64());
}

#[test]
fn every_row_of_the_export_is_loaded_left_out_or_set_aside() {
    let Some(folder) = project() else { return };
    let expected = oracle();
    let number = |value: &Value| value.as_u64().expect("a count");

    assert_eq!(count(&folder, "select count(*) as n from clients"), number(&expected["clients"]));
    assert_eq!(count(&folder, "select count(*) as n from programs"), number(&expected["programs"]));
    assert_eq!(count(&folder, "select count(*) as n from referrals"), number(&expected["referrals"]));
    // One person of CTN-0027 was dosed and is in no randomization: those doses belong to nothing and are set aside.
    assert_eq!(count(&folder, "select count(*) as n from services"), number(&expected["doses_of_randomized"]));
    for (trial, enrolled) in expected["enrollments"].as_object().expect("trials") {
        let sql = format!(
            "select count(*) as n from enrollments e join programs p on p.program_id = e.program_id where p.organization = 'CTN-00{trial}'"
        );
        assert_eq!(count(&folder, &sql), number(enrolled), "{trial}");
    }
    for (kind, screens) in expected["screens"].as_object().expect("kinds") {
        let sql = format!("select count(*) as n from outcome_events where kind = '{kind}'");
        assert_eq!(count(&folder, &sql), number(screens), "{kind}");
    }

    let checked = folder.attain(&["check", "--json"]).json();
    for file in checked["files"].as_array().expect("files") {
        let n = |name: &str| file[name].as_u64().unwrap_or(0);
        assert_eq!(n("rows"), n("loaded") + n("quarantined"), "{file}");
    }
    let orphans: Vec<&Value> =
        checked["findings"].as_array().expect("findings").iter().filter(|f| f["code"] == "orphan").collect();
    assert_eq!(orphans.len() as u64, number(&expected["doses_of_others"]));
    for finding in orphans {
        assert!(finding["file"].as_str().is_some_and(|file| file.ends_with("treatment.csv")), "{finding}");
        assert!(finding["line"].as_u64().is_some_and(|line| line > 1), "{finding}");
    }
}
