//! HUD's HMIS CSV by the built-in mapping: HUD's own test kit counts as HUD counts, in its old and its new form, and an export
//! of each later version's peculiarities.
//!
//! Long because HUD's definitions and the peculiarities of three versions are held in one place.
//!
//! `tests/oracles/hmis_hud_kit.py` says the definitions behind the figures and counts them from the files with nothing but Python.

use crate::project_folder::{Folder, copy_tree};
use serde_json::{Map, Value};
use std::fs;
use std::path::{Path, PathBuf};

/// A project whose exports are the files of `write`, ingested.
fn project(as_of: &str, write: impl FnOnce(&Folder)) -> Folder {
    let folder = Folder::empty();
    folder.write("attain.key", "0123456789abcdef0123456789abcdef");
    folder.write(
        "attain.toml",
        &format!(
            "[agency]\nname = \"Continuum\"\nas_of = {as_of}\n\n[[sources]]\nname = \"HMIS\"\nmapping = \"hmis-csv\"\n\
             files = \"exports/*.csv\"\n\n[privacy]\nkey_file = \"attain.key\"\n"
        ),
    );
    write(&folder);
    folder.attain(&["ingest"]).expect(0);
    folder
}

fn first_row(folder: &Folder, sql: &str) -> Map<String, Value> {
    let found = folder.attain(&["query", sql, "--format", "json"]).expect(0).json();
    found[0].as_object().expect("a row").clone()
}

fn lines(folder: &Folder, sql: &str) -> Vec<String> {
    folder.attain(&["query", sql, "--format", "csv"]).expect(0).text().lines().skip(1).map(str::to_owned).collect()
}

/// A kit's table of results.
struct Expected {
    name: String,
    input: String,
    results: Value,
}

/// Every result of the kit, and where its exports are; empty where it is absent.
fn kit() -> (PathBuf, Vec<Expected>) {
    let kit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases/hmis/hud-testkit-2021");
    let mut all = Vec::new();
    for report in ["apr", "caper"] {
        let Ok(folders) = fs::read_dir(kit.join(report)) else {
            println!("skipped: {} is absent", kit.display());
            return (kit, Vec::new());
        };
        for folder in folders {
            let path = folder.expect("a folder").path();
            let text = fs::read_to_string(path.join("expected.json")).expect("results");
            let results: Value = serde_json::from_str(&text).expect("JSON");
            // `../../input/psh (FY2022 CSV) or …`
            let input = results["input"].as_str().expect("where the export is");
            let input = input.split_whitespace().next().and_then(|path| path.rsplit('/').next()).expect("a folder");
            let name = format!("{report}/{}", path.file_name().expect("a name").to_string_lossy());
            all.push(Expected { name, input: input.to_owned(), results });
        }
    }
    assert_eq!(all.len(), 12, "the kit has six results of each report");
    (kit, all)
}

/// The people of a report: everyone with a stay in its projects on a day of its range, by the latest of them. Age is that on
/// the later of entry and first day; an exit's day is no day of the stay.
fn people(results: &Value) -> String {
    let (start, end) =
        (results["report_start"].as_str().expect("a day"), results["report_end"].as_str().expect("a day"));
    let projects: Vec<String> = results["project_ids"].as_array().expect("projects").iter().map(quoted).collect();
    let projects = projects.join(", ");
    format!(
        "with stays as (
            select e.client_id, e.intake_on, e.exited_on, e.head_of_household, e.exit_destination,
                row_number() over (partition by e.client_id order by e.intake_on desc, e.enrollment_id desc) as nth
            from enrollments as e
            where e.program_id in ({projects}) and e.intake_on <= date '{end}' and coalesce(e.exited_on >= date '{start}', true)
        ),
        served as (
            select c.birth_date, c.gender, s.exit_destination, coalesce(s.head_of_household, false) as head,
                coalesce(s.exited_on <= date '{end}', false) as leaver,
                greatest(s.intake_on, date '{start}') as aged_on,
                case when s.exited_on <= date '{end}' then s.exited_on - s.intake_on
                    else date '{end}' - s.intake_on + 1 end as days
            from stays as s
            left join clients as c on c.client_id = s.client_id
            where s.nth = 1
        ),
        aged as (
            select s.leaver, s.head, s.days, s.gender, s.exit_destination,
                date_part('year', s.aged_on) - date_part('year', s.birth_date)
                    - case when to_char(s.aged_on, '%m%d') < to_char(s.birth_date, '%m%d') then 1 else 0 end as age
            from served as s
        ),
        people as (select a.*, coalesce(a.age >= 18, false) as adult from aged as a)"
    )
}

fn quoted(text: &Value) -> String {
    format!("'{}'", text.as_str().expect("a text"))
}

/// Q5a: persons, adults, children, unknown ages, leavers, stayers, heads.
const Q5A: &str =
    " select count(*) as \"B1\", count(*) filter (where adult) as \"B2\", count(*) filter (where age < 18) as \"B3\",
    count(*) filter (where age is null) as \"B4\", count(*) filter (where leaver) as \"B5\",
    count(*) filter (where leaver and adult) as \"B6\", count(*) filter (where leaver and (adult or head)) as \"B7\",
    count(*) filter (where not leaver) as \"B8\", count(*) filter (where not leaver and adult) as \"B9\",
    count(*) filter (where head and adult) as \"B14\", count(*) filter (where head and not adult) as \"B15\",
    count(*) filter (where not leaver and (adult or head) and days >= 365) as \"B16\" from people";

/// Q22b: mean and median length of participation, of leavers and of stayers.
const Q22B: &str =
    " select round(avg(days) filter (where leaver)) as \"B2\", round(avg(days) filter (where not leaver)) as \"C2\",
    median(cast(days as double)) filter (where leaver) as \"B3\",
    median(cast(days as double)) filter (where not leaver) as \"C3\" from people";

/// Rows of Q10a to c, which are all ages, and how the mapping calls them.
const GENDERS: [(&str, &str); 5] = [
    ("a. Male", "male"),
    ("b. Female", "female"),
    ("c. No Single Gender", "nonbinary"),
    ("d. Questioning", "questioning"),
    ("e. Transgender", "transgender"),
];

/// The cell of the column of totals in the row with that title.
fn total(table: &Value, title: &str) -> u64 {
    let rows = table["rows"].as_object().into_iter().flatten();
    let number = rows.filter(|(_, named)| *named == title).map(|(number, _)| number).next();
    number.and_then(|number| table["cells"][format!("B{number}")].as_u64()).unwrap_or(0)
}

#[test]
fn huds_kit_counts_as_hud_counts_in_both_forms() {
    let (kit, expected) = kit();
    let mut inputs: Vec<&str> = expected.iter().map(|e| e.input.as_str()).collect();
    inputs.sort_unstable();
    inputs.dedup();
    for input in inputs {
        for form in ["input", "input-fy2026"] {
            let folder = project("2021-09-30", |folder| {
                copy_tree(&kit.join(form).join(input), &folder.path().join("exports"));
            });
            for Expected { name, results, .. } in expected.iter().filter(|e| e.input == input) {
                as_hud_counts(&folder, &format!("{name} from {form}/{input}"), results);
            }
        }
    }
}

fn as_hud_counts(folder: &Folder, what: &str, results: &Value) {
    let people = people(results);
    let tables = &results["tables"];
    let same = |table: &str, sql: &str| {
        for (cell, figure) in first_row(folder, &format!("{people}{sql}")) {
            assert_eq!(figure.as_f64(), tables[table]["cells"][&cell].as_f64(), "{what}: {table} {cell}");
        }
    };
    same("Q5a", Q5A);
    // The CAPER has no such table.
    if tables["Q22b"].is_object() {
        same("Q22b", Q22B);
    }
    for (title, gender) in GENDERS {
        let figure = first_row(folder, &format!("{people} select count(*) as n from people where gender = '{gender}'"));
        let hud: u64 = ["Q10a", "Q10b", "Q10c"].iter().map(|table| total(&tables[*table], title)).sum();
        assert_eq!(figure["n"].as_u64(), Some(hud), "{what}: {title}");
    }
    let destinations = first_row(
        folder,
        &format!(
            "{people} select count(*) filter (where exit_destination like 'permanent_%') as permanent,
             count(*) filter (where exit_destination = 'deceased') as deceased from people where leaver"
        ),
    );
    for (name, title) in [("permanent", "az. Total"), ("deceased", "d2. Deceased")] {
        assert_eq!(destinations[name].as_u64(), Some(total(&tables["Q23c"], title)), "{what}: {title}");
    }
}

/// An export of FY2024, with what exports do: a byte order mark, a tab after a name, dates without noughts, deleted rows.
const FY2024: &[(&str, &str)] = &[
    (
        "Export.csv",
        "ExportID,ExportStartDate,ExportEndDate,ExportDate,CSVVersion\nX,2025-01-01,2026-06-30,2026-07-02 08:00:00,2024 v1.4\n",
    ),
    ("Organization.csv", "OrganizationID,OrganizationName,DateDeleted\nO1,House of Hope ,\n"),
    (
        "Project.csv",
        "ProjectID,OrganizationID,ProjectName,ProjectType,OperatingStartDate,OperatingEndDate,DateDeleted\n\
         P1,O1,Shelter,0,2010-1-1,,\nP2,O1,Rapid Rehousing,13,2015-1-1,,\nP3,O1,Mistake,1,2015-1-1,,2025-02-01 10:00:00\n",
    ),
    ("Funder.csv", "FunderID,ProjectID,Funder,DateDeleted\nF1,P2,3,\nF2,P2,46,\nF3,P2,20,2025-01-01 00:00:00\n"),
    (
        "Client.csv",
        "\u{feff}PersonalID\t,DOB,DOBDataQuality,Woman,Man,NonBinary,HispanicLatinaeo,White,MidEastNAfrican,RaceNone,DateDeleted\n\
         A,1990-2-3,1,1,0,0,1,1,0,,\nB,2016-05-06,2,0,1,0,0,0,1,,\nC,1980-01-01,9,0,1,1,0,0,0,99,\nD,1970-01-01,1,0,1,0,0,1,0,,2025-03-01\n",
    ),
    ("User.csv", "UserID,UserFirstName,UserLastName,DateDeleted\nu1,Some,Body,\n"),
    (
        "Enrollment.csv",
        "EnrollmentID,PersonalID,ProjectID,EntryDate,HouseholdID,RelationshipToHoH,MoveInDate,UserID,DateDeleted\n\
         E1,A,P1,2025-1-5,H1,1,,u1,\nE2,A,P2,2025-03-01,H2,1,2025-04-10,u1,\nE3,B,P2,2025-03-01,H2,2,,u1,\n\
         E4,C,P2,2025-06-01,H2,3,,u1,\nE5,A,P1,2026-02-01,H5,1,,u1,\nE6,A,P1,2026-03-01,H6,1,,u1,2026-03-02 09:00:00\n",
    ),
    (
        "Exit.csv",
        "ExitID,EnrollmentID,PersonalID,ExitDate,Destination,DestinationSubsidyType,ProjectCompletionStatus,DateDeleted\n\
         X1,E1,A,2025-03-01,435,431,,\nX2,E2,A,2025-12-01,410,,,\nX3,E3,B,2025-07-01,207,,,2025-07-02\nX4,E4,C,2025-12-01,24,,,\n",
    ),
    (
        "Services.csv",
        "ServicesID,EnrollmentID,PersonalID,DateProvided,RecordType,TypeProvided,FAAmount,ReferralOutcome,DateDeleted\n\
         S1,E2,A,2025-03-02,144,2,,,\nS2,E2,A,2025-04-09,152,1,\"1,300.50\",,\nS3,E1,A,2025-01-06,161,7,,1,\nS4,E5,A,2026-02-01,200,200,,,\n",
    ),
    (
        "Event.csv",
        "EventID,EnrollmentID,PersonalID,EventDate,Event,ReferralCaseManageAfter,ReferralResult,ResultDate,DateDeleted\n\
         V1,E1,A,2025-01-10,2,,,,\nV2,E1,A,2025-02-01,13,,1,2025-02-20,\nV3,E5,A,2026-02-10,14,,3,2026-03-01,\n",
    ),
    (
        "CurrentLivingSituation.csv",
        "CurrentLivingSitID,EnrollmentID,PersonalID,InformationDate,CurrentLivingSituation,DateDeleted\nL1,E5,A,2026-02-03,101,\n",
    ),
    (
        "IncomeBenefits.csv",
        "IncomeBenefitsID,EnrollmentID,PersonalID,InformationDate,IncomeFromAnySource,TotalMonthlyIncome,Earned,EarnedAmount,SSI,SSIAmount,DataCollectionStage,DateDeleted\n\
         I1,E2,A,2025-03-01,1,,1,500,1,200.5,1,\nI2,E2,A,2025-12-01,1,\"1,250.00\",1,\"1,250.00\",0,,3,\nI3,E1,A,2025-01-05,0,,0,,0,,1,\n\
         I4,E3,B,2025-03-01,99,,99,,99,,1,\n",
    ),
];

#[test]
fn an_export_of_fy2024_with_what_exports_do() {
    let folder = project("2026-06-30", |folder| {
        for (name, text) in FY2024 {
            folder.write(&format!("exports/{name}"), text);
        }
    });
    assert_eq!(
        lines(&folder, "select birth_date, gender, race_ethnicity, died_on from clients order by gender, birth_date"),
        ["1990-02-03,female,hispanic;white,", "2016-05-06,male,middle_eastern,", ",nonbinary,,2025-12-01"]
    );
    assert_eq!(
        lines(&folder, "select program_id, name, organization, funder from programs order by 1"),
        ["P1,Shelter,House of Hope,", "P2,Rapid Rehousing,House of Hope,HUD: CoC - Rapid Re-Housing;Local or other"]
    );
    assert_eq!(
        lines(
            &folder,
            "select _line, program_id, intake_on, exited_on, exit_reason, exit_destination, head_of_household \
             from enrollments order by 1"
        ),
        [
            "2,P1,2025-01-05,2025-03-01,completed,permanent_rental_rrh,true",
            "3,P2,2025-03-01,2025-12-01,completed,permanent_rental,true",
            "4,P2,2025-03-01,,,,false",
            "5,P2,2025-06-01,2025-12-01,deceased,deceased,false",
            "6,P1,2026-02-01,,,,true",
        ]
    );
    assert_eq!(
        lines(
            &folder,
            "select service_type, provided_on, units, cost from services order by provided_on, service_type"
        ),
        [
            "problem_solving,2025-01-10,,",
            "case_management,2025-03-02,,",
            "rental_assistance,2025-04-09,,1300.50",
            "bed_night,2026-02-01,1.0,",
            "client_contact,2026-02-03,,",
        ]
    );
    assert_eq!(
        lines(
            &folder,
            "select service_type, referred_on, accepted_on, closed_on, outcome from referrals order by referred_on"
        ),
        [
            "permanent_housing,2025-01-06,,,received",
            "rapid_rehousing,2025-02-01,2025-02-20,2025-02-20,received",
            "permanent_supportive_housing,2026-02-10,,2026-03-01,declined_by_provider",
        ]
    );
    assert_eq!(
        lines(
            &folder,
            "select e._line, stage, domain, score from assessments as a inner join enrollments as e on e.enrollment_id = a.enrollment_id \
             where instrument = 'hud_income' order by 1, 2, 3"
        ),
        [
            "2,intake,earned_income,0.0",
            "2,intake,total_monthly_income,0.0",
            "3,exit,earned_income,1250.0",
            "3,exit,total_monthly_income,1250.0",
            "3,intake,earned_income,500.0",
            "3,intake,total_monthly_income,700.5",
        ]
    );
    // The child is housed with its head; who joined later, on the own entry. Who moved in is not housed again by the exit.
    assert_eq!(
        lines(&folder, "select occurred_on, kind, source from outcome_events order by occurred_on, event_id"),
        [
            "2025-01-05,return_to_homelessness,emergency_shelter",
            "2025-03-01,housed,exit",
            "2025-04-10,housed,move_in",
            "2025-04-10,housed,move_in",
            "2025-06-01,housed,move_in",
            "2026-02-01,return_to_homelessness,emergency_shelter",
        ]
    );
    returns(&folder);
}

/// Of three exits one is by death; the shelter entry of February 2026 is a return 337 and 62 days after the other two.
fn returns(folder: &Folder) {
    let computed =
        folder.attain(&["metrics", "compute", "recidivism", "--period", "all", "--format", "json"]).expect(0).json();
    let share = |day: u64| {
        let all = computed.as_array().expect("estimates").iter();
        let of = |e: &&Value| e["statistic"] == "share_by_day" && e["at"] == day && e["outcome"] == "returned";
        all.clone().find(of).unwrap_or_else(|| panic!("no share by day {day}")).clone()
    };
    for (day, estimate) in [(182, 0.5), (365, 1.0)] {
        let found = share(day);
        assert_eq!(found["denominator"].as_f64(), Some(2.0), "{found}");
        assert_eq!(found["estimate"].as_f64(), Some(estimate), "{found}");
    }
}

/// What became of an export, without its places.
fn contents(folder: &Folder) -> Vec<Vec<String>> {
    [
        "select client_id, birth_date, gender, race_ethnicity, died_on from clients order by 1",
        "select program_id, name, organization, funder, site from programs order by 1",
        "select enrollment_id, intake_on, exited_on, exit_reason, exit_destination, head_of_household from enrollments order by 1",
        "select assessment_id, enrollment_id, assessed_on, stage, domain, score from assessments order by 1",
        "select event_id, client_id, occurred_on, kind, source from outcome_events order by 1",
    ]
    .map(|sql| lines(folder, sql))
    .into()
}

#[test]
fn old_and_new_codes_say_the_same() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases/hmis/spm-fy2020");
    if !cases.is_dir() {
        println!("skipped: {} is absent", cases.display());
        return;
    }
    for case in ["measure_two", "measure_four", "measure_seven"] {
        let [old, new] = ["input", "input-fy2026"].map(|form| {
            let folder = project("2015-12-31", |folder| {
                copy_tree(&cases.join(case).join(form), &folder.path().join("exports"));
            });
            contents(&folder)
        });
        assert_eq!(old, new, "{case}");
        assert!(old.iter().any(|table| !table.is_empty()), "{case} has rows");
    }
}

#[test]
fn a_return_is_found_with_few_columns_of_fy2026() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases/hmis/spm-fy2026/measure_2-01");
    if !case.is_dir() {
        println!("skipped: {} is absent", case.display());
        return;
    }
    let folder = project("2023-09-30", |folder| copy_tree(&case, &folder.path().join("exports")));
    // HUD's cell E3: a return after 181 to 365 days.
    assert_eq!(
        lines(
            &folder,
            "select e.exited_on, e.exit_destination, min(o.occurred_on) - e.exited_on as days from enrollments e \
             left join outcome_events o on o.client_id = e.client_id and o.kind = 'return_to_homelessness' \
             and o.occurred_on > e.exited_on group by e.exited_on, e.exit_destination order by 1"
        ),
        ["2021-05-15,permanent_rental,240", "2022-02-20,,"]
    );
}

#[test]
fn fy2026_says_sex_and_hispanic_in_its_own_columns() {
    let folder = project("2026-06-30", |folder| {
        folder.write(
            "exports/Client.csv",
            "PersonalID,DOB,DOBDataQuality,Sex,AmIndAKNative,Asian,BlackAfAmerican,HispanicLatinao,MidEastNAfrican,NativeHIPacific,White,RaceNone\n\
             A,1990-02-03,1,0,1,0,0,1,0,0,0,\nB,2/3/1991,1,1,0,1,0,0,0,1,0,\nC,,99,99,0,0,0,0,0,0,0,99\n",
        );
        folder.write(
            "exports/Export.csv",
            "ExportID,ExportDate,ExportEndDate,CSVVersion\nX,2026-07-01,2026-06-30,2026 v1\n",
        );
    });
    assert_eq!(
        lines(&folder, "select birth_date, gender, race_ethnicity from clients order by birth_date"),
        ["1990-02-03,female,american_indian;hispanic", "1991-02-03,male,asian;pacific_islander", ",,"]
    );
}
