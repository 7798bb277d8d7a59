//! Salesforce's Program Management Module: the vendor's sample, and exports in the other forms it gives, by the built-in mapping.

use crate::project_folder::Folder;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A project whose exports are of PMM.
fn project(as_of: &str, files: &[(&str, &str)]) -> Folder {
    let folder = Folder::empty();
    folder.write("attain.key", "0123456789abcdef0123456789abcdef");
    folder.write(
        "attain.toml",
        &format!(
            "[agency]\nname = \"Nonprofit\"\nas_of = {as_of}\n\n[[sources]]\nname = \"PMM\"\nmapping = \"salesforce-pmm\"\n\
             files = \"exports/*.csv\"\n\n[privacy]\nkey_file = \"attain.key\"\n"
        ),
    );
    for (name, text) in files {
        folder.write(&format!("exports/{name}"), text);
    }
    folder
}

fn rows(folder: &Folder, sql: &str) -> Vec<Value> {
    let found = folder.attain(&["query", sql, "--format", "json"]).expect(0).json();
    found.as_array().expect("rows").clone()
}

/// The first row's `n`.
fn number(folder: &Folder, sql: &str) -> f64 {
    rows(folder, sql)[0]["n"].as_f64().unwrap_or_else(|| panic!("no number: {sql}"))
}

/// Every delivery with its service's name as a code, its client and whether that is a client's engagement.
const DELIVERIES: &str = "with deliveries as (select s.service_type as service, s.units, s.provided_on, e.client_id, e.enrollment_id, \
    e.intake_on, e.program_id not like '%-volunteer' as of_client from services s join enrollments e on e.enrollment_id = s.enrollment_id) ";

fn code(name: &str) -> String {
    let kept = name.chars().filter(|c| *c != ',');
    kept.map(|c| if matches!(c, ' ' | '-') { '_' } else { c.to_ascii_lowercase() }).collect()
}

#[test]
fn the_vendors_sample_counts_as_the_vendor_counts() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases/kpi");
    let Ok(text) = fs::read_to_string(case.join("pmm_sample.json")) else {
        println!("skipped: {} is absent", case.display());
        return;
    };
    let truth: Value = serde_json::from_str(&text).expect("JSON");
    let expected = &truth["expected"];
    let names = ["Program__c", "ProgramEngagement__c", "Service__c", "ServiceDelivery__c"]
        .map(|o| format!("pmm_sample_{o}.csv"));
    let texts = names.each_ref().map(|name| fs::read_to_string(case.join(name)).expect("the sample"));
    let files: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
    let folder = project("2021-06-30", &files);
    // Six engagements have no date at all; they are set aside, and nothing was delivered under them.
    let ingested = folder.attain(&["ingest"]);
    assert!(matches!(ingested.code, Some(0)), "{}", ingested.said);

    assert_eq!(
        number(&folder, "select count(*) as n from services"),
        expected["deliveries"].as_f64().expect("a count")
    );
    let served = |filter: &str| {
        let sql = format!("{DELIVERIES} select count(distinct client_id) as n from deliveries {filter}");
        Value::from(number(&folder, &sql))
    };
    assert_eq!(served("where units > 0").as_f64(), expected["unique_contacts_served_quantity_gt_0"].as_f64());
    assert_eq!(served("").as_f64(), expected["unique_contacts_with_any_row"].as_f64());

    let by = |group: &str| -> BTreeMap<String, [f64; 3]> {
        let sql = format!(
            "{DELIVERIES} select {group} as g, count(*) as r, sum(units) as u, count(distinct client_id) as c from deliveries group by 1"
        );
        let figure = |row: &Value, name: &str| row[name].as_f64().unwrap_or(0.0);
        rows(&folder, &sql)
            .iter()
            .map(|row| (row["g"].as_str().expect("a group").to_owned(), ["r", "u", "c"].map(|name| figure(row, name))))
            .collect()
    };
    let wanted = |of: &Value, units: &str, name: fn(&str) -> String| -> BTreeMap<String, [f64; 3]> {
        let groups = of.as_object().expect("groups").iter();
        groups
            .map(|(group, v)| {
                (name(group), ["rows", units, "unique_contacts"].map(|f| v[f].as_f64().expect("a figure")))
            })
            .collect()
    };
    assert_eq!(by("service"), wanted(&expected["by_service"], "units", code));
    let months = wanted(&expected["by_month"], "units_mixed_do_not_report", str::to_owned);
    assert_eq!(by("substr(cast(provided_on as varchar), 1, 7)"), months);
    let over_services: f64 = by("service").values().map(|[_, _, clients]| clients).sum();
    assert_eq!(Some(over_services), expected["sum_of_unique_contacts_over_services_NOT_unduplicated"].as_f64());
    // Who was absent received nothing; ten quantities are blank, which is not 0.
    assert_eq!(
        Some(number(&folder, "select count(*) as n from services where units = 0")),
        expected["attendance"]["absent"].as_f64()
    );
    assert_eq!(number(&folder, "select count(*) as n from services where units is null"), 10.0);

    engagements(&folder, expected);
    // The last service of each contact, as the vendor stored it.
    let last = rows(
        &folder,
        &format!(
            "{DELIVERIES} select cast(max(provided_on) as varchar) as d from deliveries where units is null or units > 0 group by client_id order by 1"
        ),
    );
    let last: Vec<&str> = last.iter().map(|row| row["d"].as_str().expect("a date")).collect();
    let stored = truth["expected_stored_by_vendor"]["contacts"].as_object().expect("contacts");
    let mut stored: Vec<&str> = stored.values().filter_map(|c| c["last_service"].as_str()).collect();
    stored.sort_unstable();
    assert_eq!(last, stored);
}

/// Engagements: by role, those set aside, and the waits between start and first delivery of anything: no absence, no blank.
fn engagements(folder: &Folder, expected: &Value) {
    let of = |role: &str| -> f64 {
        let all = expected["engagements_by_role_stage"].as_array().expect("roles").iter();
        all.filter(|row| row[0] == role).map(|row| row[2].as_f64().expect("a count")).sum()
    };
    let volunteers = "select count(*) as n from enrollments where program_id like '%-volunteer'";
    assert_eq!(number(folder, volunteers), of("Volunteer"));
    let checked = folder.attain(&["check", "--json"]).json();
    let undated =
        checked["findings"].as_array().expect("findings").iter().filter(|f| f["code"] == "any-of-missing").count();
    assert_eq!(Some(undated as f64), expected["client_engagements_without_start_date"].as_f64());
    let clients = "select count(*) as n from enrollments where program_id not like '%-volunteer'";
    assert_eq!(number(folder, clients) + undated as f64, of("Client"));

    let waits = rows(
        folder,
        &format!(
            "{DELIVERIES}, firsts as (select enrollment_id, min(provided_on) - min(intake_on) as days from deliveries \
             where of_client and units > 0 group by enrollment_id) select count(*) as n, sum(case when days < 0 then 1 else 0 end) as negative, min(days) as least, \
             max(days) as most from firsts"
        ),
    );
    let wait = &expected["days_start_to_first_delivery"];
    for (name, truth) in [("n", "n"), ("negative", "negative"), ("least", "min"), ("most", "max")] {
        assert_eq!(waits[0][name].as_f64(), wait[truth].as_f64(), "{name}");
    }
    let never = "select count(*) as n from enrollments e where program_id not like '%-volunteer' and not exists \
                 (select 1 from services s where s.enrollment_id = e.enrollment_id and s.units > 0)";
    assert_eq!(Some(number(folder, never) + undated as f64), expected["client_engagements_never_served"].as_f64());
}

#[test]
fn a_data_loader_export_of_the_managed_package() {
    let folder = project(
        "2026-06-30",
        &[
            (
                "Contact.csv",
                "\"Id\",\"AccountId\",\"LastName\",\"Birthdate\",\"MailingPostalCode\",\"GenderIdentity\"\n\
                             \"003A\",\"001A\",\"Doe\",\"1990-02-03\",\"02139\",\"Female\"\n\
                             \"003B\",\"001B\",\"Roe\",\"1985-12-31\",\"02140\",\"Male\"\n\
                             \"003D\",\"001D\",\"Poe\",\"1971-07-08\",\"02141\",\"Female\"\n\
                             \"003Z\",\"001Z\",\"Donor\",\"1950-01-01\",\"10001\",\"Male\"\n",
            ),
            (
                "pmdm__Program__c.csv",
                "Id,Name,pmdm__StartDate__c\na01,Food Pantry,2020-01-01\na02,Housing,2020-01-01\n",
            ),
            (
                "pmdm__Service__c.csv",
                "Id,Name,pmdm__UnitOfMeasurement__c,pmdm__Program__c\ns1,Groceries,Bags,a01\ns2,Coaching,Hours,a02\n\
                                      s3,Rent,Dollars,a02\n",
            ),
            (
                "pmdm__ProgramEngagement__c.csv",
                "Id,IsDeleted,pmdm__Contact__c,pmdm__Program__c,pmdm__Role__c,pmdm__Stage__c,pmdm__ApplicationDate__c,pmdm__StartDate__c,pmdm__EndDate__c,CreatedDate\n\
                 e1,false,003A,a02,Client,Completed,2026-01-02,2026-01-10,2026-03-01,2026-01-02T15:00:00.000Z\n\
                 e2,false,003A,a01,Client,Waitlisted,,2026-07-01,,2026-02-03T23:30:00.000+0000\n\
                 e3,false,003B,a02,Client,Application Denied,2026-01-05,,2026-01-06,2026-01-05T00:00:00.000Z\n\
                 e4,true,003B,a01,Client,Active,2026-01-05,2026-01-05,,2026-01-05T00:00:00.000Z\n\
                 e5,false,003B,a01,Volunteer,Active,,2026-01-05,,2026-01-05T00:00:00.000Z\n\
                 e6,false,003B,a02,Client,Withdrawn,2026-03-01,2026-03-02,2026-04-01,2026-03-01T00:00:00.000Z\n",
            ),
            (
                "pmdm__ServiceDelivery__c.csv",
                "Id,pmdm__Contact__c,pmdm__Service__c,pmdm__ProgramEngagement__c,pmdm__DeliveryDate__c,pmdm__Quantity__c,pmdm__AttendanceStatus__c\n\
                 d1,003A,s2,e1,2026-01-12,1.5,Present\n\
                 d2,003A,s2,e1,2026-01-19,,Unexcused Absence\n\
                 d3,003A,s3,e1,2026-02-01,\"1,200.00\",\n\
                 d4,003B,s1,,2026-02-20,2,\n\
                 d5,003B,s1,,2026-02-11,1,\n\
                 d6,003C,s1,,2026-02-12,1,\n\
                 d7,003D,s1,,2026-02-13,1,\n",
            ),
        ],
    );
    folder.attain(&["ingest"]).expect(0);

    // The donor is no client; the one without a contact is, and the one with deliveries and no engagement.
    assert_eq!(number(&folder, "select count(*) as n from clients"), 4.0);
    assert_eq!(number(&folder, "select count(birth_date) as n from clients"), 3.0);
    let enrollments = rows(
        &folder,
        "select p.name, e.eligibility, cast(e.referred_on as varchar) as referred, cast(e.intake_on as varchar) as intake, \
         cast(e.exited_on as varchar) as exited, e.exit_reason as reason from enrollments e join programs p on p.program_id = e.program_id \
         order by 1, 3, 4",
    );
    let enrollments: Vec<String> = enrollments
        .iter()
        .map(|e| {
            let cells = ["name", "eligibility", "referred", "intake", "exited", "reason"]
                .map(|name| e[name].as_str().unwrap_or("-"));
            cells.join(" ")
        })
        .collect();
    assert_eq!(
        enrollments,
        [
            "Food Pantry eligible 2026-02-03 - - -",
            "Food Pantry - - 2026-02-11 - -",
            "Food Pantry - - 2026-02-12 - -",
            "Food Pantry - - 2026-02-13 - -",
            "Food Pantry (volunteer) eligible - 2026-01-05 - -",
            "Housing eligible 2026-01-02 2026-01-10 2026-03-01 completed",
            "Housing ineligible 2026-01-05 - 2026-01-06 ineligible",
            "Housing - 2026-03-01 2026-03-02 2026-04-01 withdrew",
        ]
    );
    let services = rows(
        &folder,
        "select service_type as t, units as u, minutes as m, cast(cost as double) as c from services order by provided_on",
    );
    let services: Vec<String> = services
        .iter()
        .map(|s| format!("{} {} {} {}", s["t"].as_str().expect("a code"), s["u"], s["m"], s["c"]))
        .collect();
    assert_eq!(
        services,
        [
            "coaching 1.5 90.0 null",
            "coaching 0.0 null null",
            "rent 1200.0 null 1200.0",
            "groceries 1.0 null null",
            "groceries 1.0 null null",
            "groceries 1.0 null null",
            "groceries 2.0 null null",
        ]
    );
}

#[test]
fn reports_with_labels_and_dates_of_the_american_form() {
    let folder = project(
        "2026-06-30",
        &[
            ("Programs.csv", "Program: ID,Program Name,Start Date\na01,Tutoring,9/1/2020\n"),
            (
                "Program Engagements.csv",
                "Program Engagement: ID,Client: Contact ID,Program: ID,Role,Stage,Application Date,Start Date,End Date\n\
                 e1,003A,a01,Client,Active,1/2/2026,1/13/2026,\n",
            ),
            ("Services.csv", "Service: ID,Service Name,Unit of Measurement,Program: ID\ns1,Reading,Hours,a01\n"),
            (
                "Service Deliveries.csv",
                "Service Delivery: ID,Contact ID,Service: ID,Program Engagement: ID,Delivery Date,Quantity,Attendance Status\n\
                 d1,003A,s1,e1,1/14/2026,0.5,Present\n",
            ),
        ],
    );
    folder.attain(&["ingest"]).expect(0);
    let found = rows(
        &folder,
        "select cast(e.referred_on as varchar) as r, cast(e.intake_on as varchar) as i, cast(s.provided_on as varchar) as p, s.minutes as m \
         from enrollments e join services s on s.enrollment_id = e.enrollment_id",
    );
    assert_eq!(
        serde_json::to_string(&found).expect("JSON"),
        r#"[{"r":"2026-01-02","i":"2026-01-13","p":"2026-01-14","m":30.0}]"#
    );
}
