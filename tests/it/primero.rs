//! Primero's workbook export by the built-in mapping: a made-up one of its peculiarities, and its own indicators' facts.
//!
//! No workbook of Primero is public. These are written as its exporter writes them: a sheet per form and per subform, the short id
//! first on each, a row for every case also where a subform has none, labels as headers, `28-Feb-2026`, ` ||| `, `*******`.

use crate::project_folder::Folder;
use rust_xlsxwriter::Workbook;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A sheet: its name, its header, its rows. `TRUE` and `FALSE` are written as the workbook's own booleans.
type Sheet<'a> = (&'a str, Vec<&'a str>, Vec<Vec<String>>);

fn project(sheets: &[Sheet]) -> Folder {
    let folder = Folder::empty();
    folder.write("attain.key", "0123456789abcdef0123456789abcdef");
    folder.write(
        "attain.toml",
        "[agency]\nname = \"Agency\"\nas_of = 2026-06-30\n\n[[sources]]\nname = \"Primero\"\nmapping = \"primero\"\n\
         files = \"exports/*.xlsx\"\n\n[privacy]\nkey_file = \"attain.key\"\n",
    );
    let mut book = Workbook::new();
    for (name, header, rows) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(*name).expect("a name");
        for (row, cells) in
            (0..).zip(std::iter::once(header.iter().map(|c| (*c).to_owned()).collect()).chain(rows.iter().cloned()))
        {
            for (column, cell) in (0..).zip::<Vec<String>>(cells) {
                match cell.as_str() {
                    "" => continue,
                    "TRUE" | "FALSE" => sheet.write_boolean(row, column, cell == "TRUE"),
                    _ => sheet.write_string(row, column, cell),
                }
                .expect("written");
            }
        }
    }
    fs::create_dir_all(folder.path().join("exports")).expect("a folder");
    book.save(folder.path().join("exports/cases.xlsx")).expect("saved");
    folder
}

/// Cells between tildes.
fn table(rows: &[&str]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.split('~').map(|cell| cell.trim().to_owned()).collect()).collect()
}

fn rows(folder: &Folder, sql: &str) -> Vec<String> {
    let found = folder.attain(&["query", sql, "--format", "csv"]).expect(0);
    found.text().lines().skip(1).map(str::to_owned).collect()
}

fn number(folder: &Folder, sql: &str) -> usize {
    rows(folder, sql)[0].parse().expect("a count")
}

#[test]
fn a_workbook_as_primero_writes_it() {
    let folder = project(&[
        (
            "Basic Identity",
            vec![
                "ID",
                "Case ID",
                "Case Status",
                "Full Name",
                "Date of Registration",
                "Date Case Identified / Reported",
                "Sex",
                "Age",
                "Date of Birth",
                "Nationality",
            ],
            table(&[
                "a1b2c3d~AG-0001-a1b2c3d~Open~*******~05-Oct-2025~01-Oct-2025~Male~9~03-Feb-2016~Kenya",
                "b1b2c3d~AG-0001-b1b2c3d~Closed~*******~08-Oct-2025~~Female~15~*******~Kenya",
                "0012345~AG-0001-0012345~Closed~'-~07-Nov-2025~~Male~12~~",
                "d1b2c3d~AG-0001-d1b2c3d~Open~~12-Jan-2026~~~~31-Dec-2010~",
            ]),
        ),
        ("Other Identity Details", vec!["ID", "Languages"], table(&["a1b2c3d~", "b1b2c3d~", "0012345~", "d1b2c3d~"])),
        (
            "Family Details-Nested Family",
            vec!["ID", "Full Name", "Sex", "Date of Birth"],
            table(&["a1b2c3d~Sister~Female~01-Jan-2001", "b1b2c3d", "0012345", "d1b2c3d~Brother~Male~02-Jan-2002"]),
        ),
        (
            "Record Information",
            vec!["ID", "Field/Case/Social Worker", "Caseworker Code", "Agency"],
            table(&[
                "a1b2c3d~Ann~cw_1~Agency One",
                "b1b2c3d~Ann~cw_1~Agency One",
                "0012345~Bob~cw_2~Agency Two",
                "d1b2c3d~~~",
            ]),
        ),
        (
            "Case Plan",
            vec![
                "ID",
                "Approved by Manager",
                "Date",
                "Approval Status",
                "Date Case Plan Initiated",
                "Protection Concerns",
            ],
            table(&[
                "a1b2c3d~TRUE~20-Oct-2025~Approved~15-Oct-2025~Neglect ||| Street child",
                "b1b2c3d~FALSE~~~20-Oct-2025~",
                "0012345",
                "d1b2c3d",
            ]),
        ),
        (
            "Case Plan-List of Interventi...",
            vec![
                "ID",
                "Name of intervention / service to be provided",
                "Goal of intervention / service",
                "Expected timeframe (end date)",
                "Successfully implemented?",
            ],
            table(&[
                "a1b2c3d~School~back at school~31-Dec-2025~Yes",
                "a1b2c3d~Counselling~feels safe~31-Jan-2026~No",
                "b1b2c3d~School~~30-Sep-2026~",
                "0012345",
                "d1b2c3d",
            ]),
        ),
        (
            "Services-Nested Services",
            vec![
                "ID",
                "Type of Response",
                "Type of Service",
                "Created on",
                "Appointment Date",
                "Implementing Agency",
                "Referred?",
                "Notes",
                "Service implemented",
                "Service Implemented On",
            ],
            table(&[
                "a1b2c3d~Service provision~Health/Medical~09-Oct-2025 11:35~~~TRUE~~Implemented~12-Oct-2025 08:05",
                "a1b2c3d~Service provision~Education~10-Oct-2025 10:05~~School Board~TRUE~~Not Implemented~",
                "b1b2c3d~Service provision~Education~10-Oct-2025 10:05~~~~=1+1~Not Implemented~",
                "0012345~Service provision~Legal Assistance~08-Nov-2025 09:05~~~Oui~~Implemented~15-Nov-2025 08:05",
                "d1b2c3d",
            ]),
        ),
        (
            "Follow Up-Nested Followup Su...",
            vec!["ID", "Type of followup", "Followup needed by", "Followup date"],
            table(&[
                "a1b2c3d~Follow-up in Care~20-Nov-2025~20-Nov-2025",
                "a1b2c3d~Follow-up in Care~20-Nov-2025~20-Nov-2025",
                "a1b2c3d~Follow-up in Care~20-Jul-2026~",
                "b1b2c3d",
                "0012345",
                "d1b2c3d",
            ]),
        ),
        (
            "Closure",
            vec!["ID", "What is the reason for closing the child's file?", "Date of Closure"],
            table(&[
                "a1b2c3d~Formal Closing~01-Dec-2025",
                "b1b2c3d~Formal Closing~02-Mar-2026",
                "0012345~Death of Child~01-Feb-2026",
                "d1b2c3d",
            ]),
        ),
    ]);
    folder.attain(&["ingest"]).expect(0);

    assert_eq!(
        rows(&folder, "select gender, birth_date from clients order by birth_date, gender"),
        [",2010-12-31", "male,2016-02-03", "female,", "male,"]
    );
    // The case open again has not exited; the one without an agency is in a program all the same.
    assert_eq!(
        rows(
            &folder,
            "select p.name, e.referred_on, e.intake_on, e.exited_on, e.exit_reason from enrollments e \
             join programs p on p.program_id = e.program_id order by e.intake_on"
        ),
        [
            "Agency One,2025-10-01,2025-10-05,,",
            "Agency One,,2025-10-08,2026-03-02,completed",
            "Agency Two,,2025-11-07,2026-02-01,deceased",
            "Cases without an agency,,2026-01-12,,",
        ]
    );
    assert_eq!(number(&folder, "select count(*) from staff"), 2);
    assert_eq!(
        rows(&folder, "select service_type, provided_on from services order by provided_on, service_type"),
        ["health/medical,2025-10-12", "legal_assistance,2025-11-15", "follow_up,2025-11-20", "follow_up,2025-11-20"]
    );
    assert_eq!(
        rows(
            &folder,
            "select service_type, provider_id, referred_on, service_started_on, outcome from referrals order by referred_on"
        ),
        [
            "health/medical,,2025-10-09,2025-10-12,received",
            "education,School Board,2025-10-10,,",
            "legal_assistance,,2025-11-08,2025-11-15,received",
        ]
    );
    assert_eq!(
        rows(&folder, "select opened_on, approved_on from plans order by opened_on"),
        ["2025-10-15,2025-10-20", "2025-10-20,"]
    );
    assert_eq!(
        rows(
            &folder,
            "select g.set_on, g.due_on, g.status, p.opened_on from goals g join plans p on p.plan_id = g.plan_id order by g.due_on"
        ),
        [
            "2025-10-15,2025-12-31,achieved,2025-10-15",
            "2025-10-15,2026-01-31,not_achieved,2025-10-15",
            "2025-10-20,2026-09-30,in_progress,2025-10-20",
        ]
    );
}

/// How a fact is written.
type Write = fn(&str) -> String;

/// A scenario's table as a sheet: what Primero calls the columns, and the facts' columns.
fn sheet(facts: &Value, table: &str, columns: &[(&str, Write)]) -> Vec<Vec<String>> {
    let names: Vec<&str> =
        facts["tables"][table]["columns"].as_array().expect("columns").iter().filter_map(Value::as_str).collect();
    let place = |name: &str| names.iter().position(|n| *n == name).unwrap_or_else(|| panic!("no {name}"));
    let rows = facts["tables"][table]["rows"].as_array().expect("rows").iter();
    rows.map(|row| columns.iter().map(|(name, write)| write(row[place(name)].as_str().unwrap_or(""))).collect())
        .collect()
}

fn as_it_is(cell: &str) -> String {
    cell.to_owned()
}

/// `2021-10-06T10:05:08Z` or `2021-10-06` as the exporter writes it.
fn as_primero_writes(cell: &str) -> String {
    let Some(date) = cell.get(..10) else { return String::new() };
    let date: jiff::civil::Date = date.parse().expect("a date");
    let time = cell.get(11..16).map(|time| format!(" {time}")).unwrap_or_default();
    format!("{}{time}", date.strftime("%d-%b-%Y"))
}

fn facts(name: &str) -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases/kpi").join(name);
    let Ok(text) = fs::read_to_string(&path) else {
        println!("skipped: {} is absent", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).expect("JSON"))
}

#[test]
fn successful_referrals_are_those_of_primeros_indicator() {
    let Some(facts) = facts("primero_referral_completion.json") else { return };
    let cases = sheet(
        &facts,
        "cases",
        &[("case_id", as_it_is), ("gender", as_it_is), ("case_id", |_| "01-Oct-2021".to_owned())],
    );
    let services = sheet(
        &facts,
        "services",
        &[
            ("case_id", as_it_is),
            ("service_type", as_it_is),
            ("referred", |cell| cell.to_uppercase()),
            ("implemented", as_it_is),
            ("response_at", as_primero_writes),
            ("implemented_at", as_primero_writes),
        ],
    );
    let folder = project(&[
        ("Basic Identity", vec!["ID", "Sex", "registration_date"], cases),
        (
            "Services-Services",
            vec![
                "ID",
                "service_type",
                "service_status_referred",
                "service_implemented",
                "service_response_day_time",
                "service_implemented_day_time",
            ],
            services,
        ),
    ]);
    folder.attain(&["ingest"]).expect(0);
    let expected = &facts["scenarios"][0]["expected"]["implemented"];
    let share = |filter: &str| {
        let sql = format!(
            "select round(100.0 * count(*) filter (where r.outcome = 'received') / count(*), 2) from referrals r \
             join enrollments e on e.enrollment_id = r.enrollment_id join clients c on c.client_id = e.client_id {filter}"
        );
        rows(&folder, &sql)[0].parse::<f64>().ok()
    };
    assert_eq!(share(""), expected["total"].as_f64());
    assert_eq!(share("where c.gender = 'male'"), expected["male"].as_f64());
    assert_eq!(share("where c.gender = 'female'"), Some(0.0));
}

#[test]
fn identical_follow_ups_are_as_many_as_their_rows() {
    let Some(facts) = facts("primero_followups_per_case.json") else { return };
    let cases =
        sheet(&facts, "cases", &[("case_id", as_it_is), ("created_at", as_primero_writes), ("agency", as_it_is)]);
    let followups = sheet(&facts, "followups", &[("case_id", as_it_is), ("followup_date", as_primero_writes)]);
    let folder = project(&[
        ("Basic Identity", vec!["ID", "Registration Date", "owned_by_agency"], cases),
        ("Follow Up", vec!["ID", "followup_date"], followups),
    ]);
    folder.attain(&["ingest"]).expect(0);
    let per_case = "select (select count(*) from services s join enrollments e on e.enrollment_id = s.enrollment_id where e.program_id = 'agency1') \
                    * 1.0 / (select count(*) from enrollments where program_id = 'agency1')";
    assert_eq!(rows(&folder, per_case)[0].parse::<f64>().ok(), facts["scenarios"][2]["expected"]["average"].as_f64());
}

#[test]
fn days_from_registration_to_closure() {
    let Some(facts) = facts("primero_open_to_close.json") else { return };
    let cases = sheet(
        &facts,
        "cases",
        &[
            ("case_id", as_it_is),
            ("status", as_it_is),
            ("created_at", as_primero_writes),
            ("date_closure", as_primero_writes),
        ],
    );
    let folder = project(&[("Cases", vec!["ID", "status", "registration_date", "date_closure"], cases)]);
    folder.attain(&["ingest"]).expect(0);
    assert_eq!(rows(&folder, "select exited_on - intake_on as days from enrollments order by 1"), ["139", "352"]);
}
