//! Nothing is lost without a word: what a mapping's conversions, conditions and look-ups cannot read or find is told at
//! its place, once.

use crate::project_folder::Folder;
use serde_json::Value;
use std::fs;

/// A project with one mapped source.
fn project(mapping: &str, files: &[(&str, &[u8])]) -> Folder {
    let folder = Folder::empty();
    folder.write("attain.key", "0123456789abcdef0123456789abcdef");
    folder.write(
        "attain.toml",
        "[agency]\nname = \"Test House\"\nas_of = 2026-06-30\n\n[privacy]\nkey_file = \"attain.key\"\n\n\
         [[sources]]\nname = \"export\"\nmapping = \"own.toml\"\nfiles = \"exports/*\"\n",
    );
    folder.write("own.toml", mapping);
    for (name, bytes) in files {
        let path = folder.path().join("exports").join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, bytes).expect("written");
    }
    folder
}

fn checked(folder: &Folder) -> Value {
    folder.attain(&["check", "--json", "--fail-on", "never"]).expect(0).json()
}

/// `file line column code` of the findings with one of these codes.
fn places(checked: &Value, codes: &[&str]) -> Vec<String> {
    let number = |value: &Value| value.as_u64().map_or("-".to_owned(), |n| n.to_string());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = checked["findings"].as_array().expect("findings").iter();
    let wanted = findings.filter(|finding| codes.contains(&finding["code"].as_str().unwrap_or_default()));
    let mut all: Vec<String> = wanted
        .map(|f| {
            let file = text(&f["file"]).replace("exports/", "");
            format!("{file} {} {} {}", number(&f["line"]), number(&f["column"]), text(&f["code"]))
        })
        .collect();
    all.sort();
    all
}

fn messages(checked: &Value, code: &str) -> Vec<String> {
    let findings = checked["findings"].as_array().expect("findings").iter();
    let wanted = findings.filter(|finding| finding["code"] == code);
    wanted.map(|finding| finding["message"].as_str().unwrap_or_default().to_owned()).collect()
}

fn left_out(checked: &Value, file: &str) -> u64 {
    let files = checked["files"].as_array().expect("files").iter();
    let path = format!("exports/{file}");
    files.filter(|read| read["path"] == path.as_str()).map(|read| read["left_out"].as_u64().unwrap_or_default()).sum()
}

fn values(folder: &Folder, sql: &str) -> Vec<String> {
    let ran = folder.attain(&["ingest", "--fail-on", "never"]);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    let text = folder.attain(&["query", sql, "--format", "csv"]).expect(0);
    text.text().lines().skip(1).map(str::to_owned).collect()
}

const STAYS: &str = r#"
[tables.enrollments]
files = "stays.csv"
where = "entry >= '2025-01-01'"
[tables.enrollments.names]
entry = { column = "Start", dates = "%d/%m/%Y" }
exit = { column = "End", dates = "%d/%m/%Y" }
left = { column = "End", dates = "%d/%m/%Y" }
[tables.enrollments.columns]
enrollment_id = "Stay"
client_id = "Client"
program_id = "Program"
intake_on = "entry"
exited_on = { sql = "coalesce(exit, left)" }
"#;

#[test]
fn a_date_that_names_cannot_read_is_told_once_also_where_its_row_is_left_out() {
    let rows = "Stay,Client,Program,Start,End\n1,C1,P1,01/02/2025,31/12/2025\n2,C2,P1,13/13/2025,01/05/2026\n\
                short,row\n3,C3,P1,02/03/2025,12/31/2025\n\n4,C4,P1,2/3/25,\n";
    let checked = checked(&project(STAYS, &[("stays.csv", rows.as_bytes())]));
    assert_eq!(
        places(&checked, &["bad-date", "impossible-date", "undecided-row", "short-row"]),
        [
            "stays.csv 3 - undecided-row",
            "stays.csv 3 4 impossible-date",
            "stays.csv 4 - short-row",
            "stays.csv 5 5 impossible-date",
            "stays.csv 7 4 bad-date",
        ]
    );
    let text = checked.to_string();
    assert!(text.contains("exit \\\"12/31/2025\\\" is not a day in the calendar"), "{text}");
    let records: Vec<&Value> = checked["findings"].as_array().expect("findings").iter().map(|f| &f["record"]).collect();
    assert!(records.contains(&&Value::from(5)), "the last row is the fifth record");
}

#[test]
fn what_names_cannot_read_is_shown_as_its_pattern_where_it_may_be_somebodys() {
    let mapping = "[tables.clients]\nfiles = \"people.csv\"\nwhere = \"note is null or note > '2020'\"\n\
                   names.born = { column = \"Born\", dates = \"%d/%m/%Y\" }\n\
                   names.note = { column = \"Note\", dates = \"%d/%m/%Y\" }\n\
                   names.sum = { column = \"Sum\", thousands = \",\" }\n\
                   columns.client_id = \"id\"\ncolumns.birth_date = \"born\"\n\
                   columns.gender = { sql = \"case when sum > '1' then 'woman' end\" }\n";
    let rows = "id,Born,Note,Sum\nC1,1990-13-45,Jo Doe,\"1,25\"\n";
    let checked = checked(&project(mapping, &[("people.csv", rows.as_bytes())]));
    assert_eq!(
        places(&checked, &["bad-date", "impossible-date", "number-format"]),
        ["people.csv 2 2 impossible-date", "people.csv 2 3 bad-date", "people.csv 2 4 number-format"]
    );
    let text = checked["findings"].to_string();
    assert!(!text.contains("1990-13-45") && !text.contains("Jo Doe") && !text.contains("1,25"), "{text}");
}

const AREAS: &str = r#"
[files."areas.csv"]
encoding = "utf-8"
[lookups.area]
files = "areas.csv"
key = "area"
columns = { zip = "zip", since = { column = "since", dates = "%d/%m/%Y" } }
[tables.clients]
files = "clients.csv"
joins = [{ lookup = "area", on = "area" }]
columns = { client_id = "id", postal_area = "area.zip" }
"#;

const BAD_AREAS: &[u8] = b"area,zip,since\nA,02139,01/02/2025\nB,02140,,extra\nC,\"02141,\nD,02142,bad\nE\xff,02143,\n\
                           F\x00,02144,\nG,02145,2/30/2025\n";

#[test]
fn records_of_a_look_up_file_that_are_no_rows_and_cells_it_cannot_read_are_told() {
    let clients: &[u8] = b"id,area\n1,A\n2,B\n3,C\n4,D\n";
    let checked = checked(&project(AREAS, &[("clients.csv", clients), ("areas.csv", BAD_AREAS)]));
    let codes = ["long-row", "short-row", "runaway-quote", "invalid-utf8", "bad-date", "impossible-date"];
    let found = places(&checked, &codes);
    assert_eq!(
        found,
        [
            "areas.csv 3 - long-row",
            "areas.csv 4 - runaway-quote",
            "areas.csv 5 3 bad-date",
            "areas.csv 6 - invalid-utf8",
            "areas.csv 7 - invalid-utf8",
            "areas.csv 8 3 impossible-date",
        ]
    );
}

#[test]
fn a_file_read_for_a_table_and_for_two_look_ups_tells_its_records_once() {
    let more = "[lookups.again]\nfiles = \"areas.csv\"\nkey = \"zip\"\ncolumns = { name = \"area\" }\n\
                [tables.programs]\nfiles = \"areas.csv\"\ncolumns = { program_id = \"area\", name = \"zip\", \
                setting = { value = \"homeless_services\" } }\n";
    let clients: &[u8] = b"id,area\n1,A\n";
    let folder = project(&format!("{AREAS}{more}"), &[("clients.csv", clients), ("areas.csv", BAD_AREAS)]);
    let found = places(&checked(&folder), &["long-row", "runaway-quote", "invalid-utf8"]);
    let lines: Vec<&str> = found.iter().filter_map(|place| place.split(' ').nth(1)).collect();
    assert_eq!(lines, ["3", "4", "6", "7"], "{found:?}");
}

#[test]
fn only_the_first_hundred_records_of_a_look_up_are_told_by_themselves() {
    let mut rows = "area,zip,since\n".to_owned();
    for number in 0..250 {
        rows.push_str(&format!("A{number},1,,extra\n"));
    }
    let clients: &[u8] = b"id,area\n1,A\n";
    let folder = project(AREAS, &[("clients.csv", clients), ("areas.csv", rows.as_bytes())]);
    let found = messages(&checked(&folder), "long-row");
    assert_eq!(found.len(), 101);
    assert!(found.iter().any(|message| message.contains("150 more")), "{found:?}");
}

#[test]
fn a_look_up_without_a_file_is_told_where_a_rule_uses_it() {
    let mapping = "[lookups.e]\nfiles = \"Enrollment.csv\"\nkey = \"case\"\ncolumns = { kind = \"kind\" }\n\
                   [lookups.unused]\nfiles = \"Nowhere.csv\"\nkey = \"case\"\ncolumns = { kind = \"kind\" }\n\
                   [tables.services]\nfiles = \"s.csv\"\njoins = [{ lookup = \"e\", on = \"case\" }]\n\
                   where = \"\\\"e.kind\\\" <> '4'\"\n\
                   columns = { service_id = \"id\", enrollment_id = \"case\", provided_on = \"d\", service_type = \"t\" }\n";
    let rows: &[u8] = b"id,case,d,t\n1,A,2025-01-01,intake\n2,B,2025-01-01,intake\n";
    let checked = checked(&project(mapping, &[("s.csv", rows)]));
    assert_eq!(
        places(&checked, &["missing-lookup"]),
        ["enrollment.csv - - missing-lookup"].map(|place| { place.replace("enrollment.csv", "Enrollment.csv") })
    );
    assert_eq!(places(&checked, &["undecided-row"]), ["s.csv 2 - undecided-row"]);
    assert_eq!(left_out(&checked, "s.csv"), 2);
}

#[test]
fn a_look_up_file_with_a_column_twice_without_its_key_or_its_header_is_told_and_not_read() {
    let clients: &[u8] = b"id,area\n1,A\n";
    let told = |areas_file: &[u8]| {
        let folder = project(AREAS, &[("clients.csv", clients), ("areas.csv", areas_file)]);
        let codes = ["duplicate-column", "missing-lookup-key", "no-header", "empty-file", "lookup-conflict"];
        let found = places(&checked(&folder), &codes);
        (found, values(&folder, "select postal_area from clients"))
    };
    let twice = told(b"area,zip,ZIP,since\nA,021,022,\n");
    assert_eq!(twice, (vec!["areas.csv - 3 duplicate-column".to_owned()], vec!["\"\"".to_owned()]));
    let without = told(b"aria,zip,since\nA,021,\n");
    assert_eq!(without, (vec!["areas.csv - - missing-lookup-key".to_owned()], vec!["\"\"".to_owned()]));
    assert_eq!(told(b"A,021,x\nB,022,y\n").0, ["areas.csv - - no-header"]);
    assert_eq!(told(b"").0, ["areas.csv - - empty-file"]);
    // A column that no look-up uses may stand twice.
    assert_eq!(told(b"area,zip,since,x,x\nA,021,,1,2\n"), (Vec::new(), vec!["021".to_owned()]));
}

fn latest(column: &str, rows: &str) -> Folder {
    let mapping = format!(
        "[tables.clients]\nfiles = \"people.csv\"\nlatest_by = \"{column}\"\n\
         names.changed = {{ column = \"mod\", dates = \"%m/%d/%Y\" }}\n\
         columns = {{ client_id = \"id\", gender = \"sex\" }}\n"
    );
    project(&mapping, &[("people.csv", rows.as_bytes())])
}

#[test]
fn the_latest_row_is_told_by_number_or_day_and_other_texts_are_told() {
    let rows = "id,sex,ver,mod\nC1,man,9,9/30/2025\nC1,woman,10,10/01/2025\n";
    let gender = "select gender from clients";
    for column in ["ver", "changed"] {
        let folder = latest(column, rows);
        assert_eq!(messages(&checked(&folder), "unordered-value"), Vec::<String>::new());
        assert_eq!(values(&folder, gender), ["woman"], "{column}");
    }
    let folder = latest("mod", rows);
    let found = checked(&folder);
    assert_eq!(places(&found, &["unordered-value"]), ["people.csv 2 4 unordered-value"]);
    assert!(messages(&found, "unordered-value")[0].contains("2 values that are neither"), "{found}");
    assert_eq!(values(&folder, gender), ["man"]);
    let mixed = latest("ver", "id,sex,ver,mod\nC1,man,9,\nC1,woman,,\nC2,man,2025-01-01,\n");
    assert_eq!(places(&checked(&mixed), &["unordered-value"]), ["people.csv 4 3 unordered-value"]);
    assert_eq!(values(&mixed, "select count(*) from findings where code = 'unordered-value'"), ["1"]);
}

#[test]
fn rows_whose_condition_is_not_known_are_counted_apart() {
    let mapping = |filter: &str| {
        format!(
            "[tables.services]\nfiles = \"s.csv\"\nwhere = \"{filter}\"\n\
             columns = {{ service_id = \"id\", enrollment_id = \"case\", provided_on = \"d\", service_type = \"t\" }}\n"
        )
    };
    let rows: &[u8] = b"id,case,d,t\n1,A,2025-01-01,x\n2,B,2025-01-01,\n3,C,2025-01-01,y\n4,D,2025-01-01,\n";
    let of = |filter: &str| {
        let checked = checked(&project(&mapping(filter), &[("s.csv", rows)]));
        (left_out(&checked, "s.csv"), places(&checked, &["undecided-row"]), messages(&checked, "undecided-row"))
    };
    let (count, found, said) = of("t <> 'x'");
    assert_eq!((count, found), (3, vec!["s.csv 3 - undecided-row".to_owned()]));
    assert!(said[0].contains("2 rows, of which this is the first"), "{said:?}");
    assert_eq!(of("coalesce(t, '') <> 'x'"), (1, Vec::new(), Vec::new()));
}

#[test]
fn header_names_match_whatever_the_capitals_of_their_alphabet() {
    let mapping =
        "[tables.clients]\nfiles = \"people.csv\"\ncolumns = { client_id = \"Numéro d'été\", gender = \"Пол\" }\n";
    let rows = "NUMÉRO D'ÉTÉ,ПОЛ\nC1,woman\n";
    assert_eq!(values(&project(mapping, &[("people.csv", rows.as_bytes())]), "select gender from clients"), ["woman"]);
}

#[test]
fn how_a_look_up_file_is_written_is_said_where_no_table_reads_it() {
    let clients: &[u8] = b"id,area\n1,A\n";
    let areas = b"All areas\narea;zip;since\n\xc4;021;\n";
    let mapping = AREAS.replace("[files.\"areas.csv\"]\nencoding = \"utf-8\"\n", "");
    let folder = project(&mapping, &[("clients.csv", clients), ("areas.csv", areas)]);
    assert_eq!(
        places(&checked(&folder), &["read-as", "preamble"]),
        ["areas.csv - - read-as", "areas.csv 2 - preamble"]
    );
}

#[test]
fn what_is_told_does_not_depend_on_the_number_of_threads() {
    let mut rows = "Stay,Client,Program,Start,End\n".to_owned();
    // Long enough for several blocks.
    for number in 0..12_000 {
        let (start, end) = if number % 7 == 0 { ("13/13/2025", "x") } else { ("01/02/2025", "02/03/2025") };
        rows.push_str(&format!("S{number},C{number},P1,{start},{end}, {}\n", "long ".repeat(60)));
    }
    let rows = rows.replace("Start,End\n", "Start,End,Note\n");
    let folder = project(STAYS, &[("stays.csv", rows.as_bytes())]);
    let told = |threads: &str| {
        folder.attain(&["check", "--json", "--fail-on", "never", "--threads", threads]).expect(0).text().to_owned()
    };
    let one = told("1");
    assert_eq!(one, told("4"));
    assert!(one.contains("1715 rows, of which this is the first"), "{}", one.get(..2000).unwrap_or(&one));
}
