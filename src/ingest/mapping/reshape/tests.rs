//! Rules on small tables, drawn: cells stand between `|`, rows below one another.
//!
//! Long because every setting of the guide has its small table here.

mod properties;
mod sql;

use crate::ingest::mapping::{
    LookupBuilder, Lookups, Mapping, MappingError, Place, Reshape, Reshaped, Rule, TextColumn, Told,
};

/// A drawn table: header and records. An empty line is no record.
fn table(drawn: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let line = |line: &str| line.split('|').map(|cell| cell.trim_matches(' ').to_owned()).collect::<Vec<_>>();
    let mut lines = drawn.lines().filter(|line| !line.trim().is_empty());
    (line(lines.next().unwrap_or_default()), lines.map(line).collect())
}

fn columns(needed: &[usize], records: &[Vec<String>]) -> Vec<TextColumn> {
    let column = |cell: &usize| {
        let mut texts = TextColumn::with_capacity(records.len());
        for record in records {
            texts.push(record.get(*cell).map_or("", String::as_str));
        }
        texts
    };
    needed.iter().map(column).collect()
}

/// Lines are counted from 2: the header is the first.
fn lines(records: usize) -> Vec<u64> {
    (2..).take(records).collect()
}

fn mapping(text: &str) -> Mapping {
    Mapping::parse("m", "m.toml", text).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Reads the look-ups from files, each named and drawn.
fn lookups(mapping: &Mapping, files: &[(&str, &str)]) -> Result<Lookups, MappingError> {
    let mut lookups = Lookups::default();
    for rule in &mapping.lookups {
        let mut builder = LookupBuilder::new(rule, mapping, &lookups);
        for (name, drawn) in files.iter().filter(|(name, _)| rule.files.fit_file(name, name)) {
            let (header, records) = table(drawn);
            let needed = builder.begin(&header, &Place { file: name, sheet: "" })?.to_vec();
            builder.add(columns(&needed, &records), &lines(records.len()))?;
        }
        let lookup = builder.finish().0;
        lookups.insert(&rule.name, lookup);
    }
    Ok(lookups)
}

/// The first rule for a table.
fn rule<'m>(mapping: &'m Mapping, table: &str) -> &'m Rule {
    mapping.tables.iter().flatten().find(|rule| rule.table.name == table).expect("a rule")
}

fn reshape(mapping: &Mapping, name: &str, files: &[(&str, &str)]) -> Result<(Reshape, Vec<Vec<String>>), MappingError> {
    let rule = rule(mapping, name);
    let (file, drawn) = files.iter().find(|(name, _)| rule.files.fit_file(name, name)).expect("a file");
    let (header, records) = table(drawn);
    let lookups = lookups(mapping, files)?;
    Ok((Reshape::new(rule, mapping, &header, &lookups, &Place { file, sheet: "Sheet1" })?, records))
}

fn run(reshape: &Reshape, records: &[Vec<String>]) -> Result<Reshaped, MappingError> {
    reshape.run(columns(reshape.needed(), records), &lines(records.len()))
}

/// What a rule tells of a file beside its rows.
fn told(mapping: &Mapping, name: &str, files: &[(&str, &str)]) -> Told {
    let (reshape, records) = reshape(mapping, name, files).unwrap_or_else(|error| panic!("{error}"));
    run(&reshape, &records).unwrap_or_else(|error| panic!("{error}"));
    Told { unread: reshape.unread(0..u64::MAX), notes: reshape.notes() }
}

/// Columns of the table made of the files, as drawn; `-` is unknown.
fn made(text: &str, name: &str, files: &[(&str, &str)], wanted: &str) -> Vec<String> {
    let mapping = mapping(text);
    let (reshape, records) = reshape(&mapping, name, files).unwrap_or_else(|error| panic!("{error}"));
    let made = run(&reshape, &records).unwrap_or_else(|error| panic!("{error}"));
    let table = rule(&mapping, name).table;
    let positions: Vec<usize> = wanted.split(' ').map(|name| table.position(name).expect("a column")).collect();
    drawn(&made, &positions)
}

fn drawn(made: &Reshaped, positions: &[usize]) -> Vec<String> {
    let cell = |position: &usize, row| match made.text(*position, row) {
        [] => "-".to_owned(),
        text => String::from_utf8_lossy(text).into_owned(),
    };
    (0..made.rows()).map(|row| positions.iter().map(|at| cell(at, row)).collect::<Vec<_>>().join(" | ")).collect()
}

/// What a rule says to one file, as an error.
fn mistake(text: &str, name: &str, files: &[(&str, &str)]) -> String {
    let mapping = mapping(text);
    match reshape(&mapping, name, files) {
        Ok(_) => String::new(),
        Err(error) => {
            let (line, column) = error.place.unwrap_or_default();
            format!("{line}:{column}: {} | {}", error.message, error.hint.unwrap_or_default())
        }
    }
}

/// A rule for clients with these settings; `id` is the client's.
fn clients(settings: &str) -> String {
    format!("[tables.clients]\nfiles = \"c.csv\"\n{settings}\n")
}

#[test]
fn cells_names_values_and_templates_make_rows() {
    let text = r#"
        missing = ["N/A"]
        [tables.assessments]
        files = "phq9.csv"
        [tables.assessments.names]
        person = { column = ["ContactId", "Contact ID"], first = 3 }
        [tables.assessments.columns]
        assessment_id = { template = "{Client}-{Visit}-phq9" }
        enrollment_id = "person"
        assessed_on = "Date"
        instrument = { value = "phq9" }
        score = ["Points", "Total"]
        domain = { template = "{_file}/{_sheet}/{_line}" }
    "#;
    let file = "
        Client | Visit | contact-id | Date       | Total
        A      | 1     | 00312      | 2026-01-31 | 7
        B      |       | 0045       | N/A        |
        C      | n/a   | 00         | 1.2.2026   | N/A";
    let wanted = "assessment_id enrollment_id assessed_on instrument score domain";
    let rows = made(text, "assessments", &[("phq9.csv", file)], wanted);
    // What a column's own converter decides is left as it stands: "N/A" here, but not in templates.
    assert_eq!(
        rows,
        [
            "A-1-phq9 | 003 | 2026-01-31 | phq9 | 7 | phq9.csv/Sheet1/2",
            "- | 004 | N/A | phq9 | - | phq9.csv/Sheet1/3",
            "- | 00 | 1.2.2026 | phq9 | N/A | phq9.csv/Sheet1/4",
        ]
    );
}

#[test]
fn a_split_makes_a_row_for_each_value() {
    let text = |own: &str, needs: &str| {
        format!(
            r#"
        missing = ["none"]
        [tables.referrals]
        files = "r.csv"
        split = {{ column = "Needs", separators = [";", "; or", "|"], strip = "[]\"", {own} }}
        [tables.referrals.columns]
        referral_id = {{ template = "{{Referral}}-{{{needs}}}" }}
        enrollment_id = "Needs"
        service_type = "{needs}"
        referred_on = "Date""#
        )
    };
    let file = "
        Referral | Needs
        1        | food;  housing
        2        |
        3        | [\"a b\"; or \"c\";;none]
        4        | none";
    let rows = made(&text("as = \"need\"", "need"), "referrals", &[("r.csv", file)], "referral_id service_type");
    assert_eq!(rows, ["1-food | food", "1-housing | housing", "3-a b | a b", "3-c | c"]);
    let rows = made(&text("", "needs"), "referrals", &[("r.csv", file)], "referral_id enrollment_id");
    assert_eq!(rows, ["1-food | food", "1-housing | housing", "3-a b | a b", "3-c | c"]);
    let mapping = mapping(&text("as = \"need\"", "need"));
    let (reshape, records) = reshape(&mapping, "referrals", &[("r.csv", file)]).expect("a rule");
    let made = run(&reshape, &records).expect("rows");
    assert_eq!(made.left_out(), 2);
    assert_eq!((0..4).map(|row| made.origin(row)).collect::<Vec<_>>(), [0, 0, 2, 2]);
    let position = |name| rule(&mapping, "referrals").table.position(name).expect("a column");
    assert_eq!(reshape.cell_of(position("service_type"), None), Some(1));
    assert_eq!(reshape.cell_of(position("referral_id"), None), None);
    assert_eq!(reshape.cell_of(position("referred_on"), None), None);
    assert!(reshape.collects(position("service_type")) && !reshape.collects(position("referred_on")));
    assert_eq!(reshape.absent(), ["Date"]);
}

#[test]
fn a_repeat_makes_a_row_for_each_group_of_columns() {
    let text = r#"
        [[tables.assessments]]
        files = "wide.csv"
        repeat = { columns = "{x} score" }
        [tables.assessments.columns]
        assessment_id = { template = "{Visit}-{x}" }
        enrollment_id = "Case"
        assessed_on = ["{x} date", "Date"]
        instrument = { value = "csi" }
        domain = "x"
        score = "{x} score"
    "#;
    let file = "
        Case | Visit | Date | Food score | CHILD Care Score | Food date | score
        c    | v1    | d1   | 3          | 4                | f         | 9
        c    | v2    | d2   |            | 5                |           | 9
        c    | v3    | d3   |            |                  | x         | 9";
    let wanted = "assessment_id domain assessed_on score";
    let files = [("wide.csv", file)];
    let rows = made(text, "assessments", &files, wanted);
    assert_eq!(
        rows,
        ["v1-Food | Food | f | 3", "v1-CHILD Care | CHILD Care | d1 | 4", "v2-CHILD Care | CHILD Care | d2 | 5"]
    );
    let mapping = mapping(text);
    let (reshape, records) = reshape(&mapping, "assessments", &files).expect("a rule");
    let made = run(&reshape, &records).expect("rows");
    let position = |name| rule(&mapping, "assessments").table.position(name).expect("a column");
    let cells: Vec<_> = (0..3).map(|row| reshape.cell_of(position("score"), made.group(row))).collect();
    assert_eq!(cells, [Some(3), Some(4), Some(4)]);
    assert_eq!(made.left_out(), 1);
}

#[test]
fn the_values_of_a_repeat_can_be_listed_and_one_may_be_empty() {
    let text = |keep: bool| {
        format!(
            r#"
        [tables.goals]
        files = "wide.csv"
        repeat = {{ columns = ["Goal{{x}}"], values = ["", " 2", " 3"], keep_empty = {keep} }}
        [tables.goals.columns]
        goal_id = {{ template = "{{Case}}-goal{{x}}" }}
        enrollment_id = "Case"
        set_on = "Date"
        domain = "Goal{{x}}"
        status = {{ column = "Goal status{{x}}", default = "in_progress" }}"#
        )
    };
    let file = "
        Case | Goal | Goal status | Goal 2 | Goal status 2
        a    | work | met         |        | lost
        b    |      |             | home   | open";
    let rows = |keep| made(&text(keep), "goals", &[("wide.csv", file)], "goal_id domain status");
    assert_eq!(rows(false), ["a-goal | work | met", "b-goal 2 | home | open"]);
    assert_eq!(
        rows(true),
        [
            "a-goal | work | met",
            "a-goal 2 | - | lost",
            "a-goal 3 | - | -",
            "b-goal | - | -",
            "b-goal 2 | home | open",
            "b-goal 3 | - | -"
        ]
    );
}

#[test]
fn look_ups_give_values_by_their_keys() {
    let text = r#"
        [lookups.program]
        files = "Project.csv"
        where = "\"DateDeleted\" is null"
        key = "ProjectID"
        columns = { kind = "ProjectType", began = { column = "Start", dates = "%m/%d/%Y", keep = "least" } }
        [lookups.stay]
        files = "Enrollment.csv"
        joins = [{ lookup = "program", on = "ProjectID" }]
        key = ["EnrollmentID", "PersonalID"]
        columns = { kind = "program.kind", days = { sql = "\"Days\"", keep = "greatest" } }
        [tables.services]
        files = "Services.csv"
        joins = [{ lookup = "stay", on = ["EnrollmentID", "PersonalID"] }]
        where = "\"stay.kind\" <> '4'"
        [tables.services.columns]
        service_id = "ServicesID"
        enrollment_id = "EnrollmentID"
        provided_on = "DateProvided"
        service_type = { template = "{stay.kind}" }
        units = "stay.days"
    "#;
    let files = [
        (
            "Project.csv",
            "
            ProjectID | ProjectType | Start      | DateDeleted
            p1        | 13          | 01/31/2020 |
            p2        | 4           | 02/01/2020 |
            p3        | 3           | 02/01/2020 | 2020-01-01",
        ),
        (
            "Enrollment.csv",
            "
            EnrollmentID | PersonalID | ProjectID | Days
            e1           | a          | p1        | 12
            e1           | a          | p1        | 13
            e1           | b          | p2        | 5
            e3           | c          | p3        | 6
            e4           |            | p1        | 6",
        ),
        (
            "Services.csv",
            "
            ServicesID | EnrollmentID | PersonalID | DateProvided
            s1         | e1           | a          | 2020-01-01
            s2         | e1           | b          | 2020-01-01
            s3         | e3           | c          | 2020-01-01
            s4         | e4           |            | 2020-01-01
            s5         | e1           | a          | 2020-01-02",
        ),
    ];
    let rows = made(text, "services", &files, "service_id enrollment_id service_type units");
    assert_eq!(rows, ["s1 | e1 | 13 | 13", "s5 | e1 | 13 | 13"]);
    // A file that is not there is no mistake; what it would give is not collected, and alternatives take its place.
    let text = text.replace("units = \"stay.days\"", "units = [\"stay.days\", \"PersonalID\"]");
    let mapping = mapping(&text);
    let (reshape, records) = reshape(&mapping, "services", &files[2..]).expect("a rule");
    assert_eq!(run(&reshape, &records).expect("rows").left_out(), 5);
    let position = |name| rule(&mapping, "services").table.position(name).expect("a column");
    assert!(!reshape.collects(position("service_type")) && reshape.collects(position("service_id")));
    assert_eq!(reshape.cell_of(position("units"), None), Some(2));
}

#[test]
fn a_look_up_can_need_what_split_and_repeat_make() {
    let text = r#"
        [lookups.need]
        files = "needs.csv"
        key = ["Code", "Round"]
        columns = { title = "Title" }
        [tables.referrals]
        files = "r.csv"
        split = { column = "Needs", separators = ";", as = "need" }
        repeat = { columns = "Sent {x}" }
        joins = [{ lookup = "need", on = ["need", "x"] }]
        where = "need.title <> 'b2'"
        [tables.referrals.columns]
        referral_id = { template = "{Id}-{need}-{x}" }
        enrollment_id = "Id"
        service_type = "need.title"
        referred_on = "Sent {x}"
    "#;
    let files = [
        ("needs.csv", "Code|Round|Title\na|1|a1\na|2|a2\nb|1|b1\nb|2|b2"),
        ("r.csv", "Id|Needs|Sent 1|Sent 2\n1|a;b|d1|d2\n2|b||d4\n3|a|d5|"),
    ];
    let rows = made(text, "referrals", &files, "referral_id service_type referred_on");
    assert_eq!(rows, ["1-a-1 | a1 | d1", "1-a-2 | a2 | d2", "1-b-1 | b1 | d1", "3-a-1 | a1 | d5"]);
}

#[test]
fn each_way_to_keep_one_of_several_rows() {
    let text = r#"
        [lookups.l]
        files = "l.csv"
        key = "k"
        [lookups.l.columns]
        o = "v"
        f = { column = "v", keep = "first" }
        l = { column = "v", keep = "last" }
        least = { column = "v", keep = "least" }
        g = { column = "v", keep = "greatest" }
        c = { column = "v", keep = "count" }
        a = { column = "v", keep = "all" }
        [tables.clients]
        files = "c.csv"
        columns = { client_id = "id" }
    "#;
    let mapping = mapping(text);
    let none = Lookups::default();
    let mut builder = LookupBuilder::new(&mapping.lookups[0], &mapping, &none);
    for (file, drawn) in [("l.csv", "K|V\nx|\nx|b\nx|a\ny|1\n|9"), ("l.csv", "z|v|k\n|c|x\n|a|x\n|1|y\n|b|x\n||w")] {
        let (header, records) = table(drawn);
        let needed = builder.begin(&header, &Place { file, sheet: "S" }).expect("a file").to_vec();
        builder.add(columns(&needed, &records), &lines(records.len())).expect("rows");
    }
    let (lookup, differences) = builder.finish();
    assert_eq!(lookup.len(), 3);
    let values = |key: &str| {
        let row = lookup.find(&[key]).expect("a row");
        let names = lookup.names().iter().enumerate();
        names.map(|(at, name)| format!("{name}={}", lookup.value(row, at).unwrap_or("-"))).collect::<Vec<_>>().join(" ")
    };
    // By name.
    assert_eq!(values("x"), "a=b;a;c c=5 f=b g=c l=b least=a o=b");
    assert_eq!(values("y"), "a=1 c=2 f=1 g=1 l=1 least=1 o=1");
    assert_eq!(values("w"), "a=- c=0 f=- g=- l=- least=- o=-");
    assert_eq!(lookup.find(&["v"]), None);
    let told: Vec<_> = differences.iter().map(|d| (d.column.as_str(), d.line, d.cell, d.key.as_str())).collect();
    assert_eq!(told, [("o", 4, Some(1), "a (1 characters)")]);
}

#[test]
fn workers_at_once_get_the_same_rows() {
    let text = clients(
        "where = \"cast(id as int) % 3 <> 0\"\n[tables.clients.columns]\nclient_id = { sql = \"concat('c', id, '-', grp)\" }\n\
         language = { sql = \"case grp when '1' then 'en' when '2' then 'es' end\" }",
    );
    let mapping = mapping(&text);
    let records: Vec<Vec<String>> = (0..500).map(|n| vec![n.to_string(), (n % 4).to_string()]).collect();
    let header = ["id".to_owned(), "grp".to_owned()];
    let place = Place { file: "c.csv", sheet: "" };
    let reshape =
        Reshape::new(rule(&mapping, "clients"), &mapping, &header, &Lookups::default(), &place).expect("a rule");
    let position = |name| rule(&mapping, "clients").table.position(name).expect("a column");
    let positions = [position("client_id"), position("language")];
    let once = || drawn(&run(&reshape, &records).expect("rows"), &positions);
    let expected = once();
    assert_eq!(expected.len(), 333);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..8).map(|_| scope.spawn(|| (0..4).map(|_| once()).collect::<Vec<_>>())).collect();
        for worker in workers {
            assert!(worker.join().expect("rows").iter().all(|rows| *rows == expected));
        }
    });
}

#[test]
fn rows_can_be_left_out_deleted_and_the_latest() {
    let text = r#"
        [tables.staff]
        files = "people.csv"
        where = "role = 'Worker'"
        deleted = "archived = 'true'"
        latest_by = "at"
        names.at = { column = "modified", dates = "%m/%d/%Y %H:%M", time = true }
        columns = { staff_id = "person" }
    "#;
    let file = "
        person | role   | archived | modified
        a      | Worker | true     | 01/31/2026 10:00
        b      | Client | true     |
        c      |        |          |
        d      | Worker |          | soon";
    let mapping = mapping(text);
    let (reshape, records) = reshape(&mapping, "staff", &[("people.csv", file)]).expect("a rule");
    let made = run(&reshape, &records).expect("rows");
    assert_eq!((made.rows(), made.left_out()), (2, 2));
    assert_eq!([made.is_deleted(0), made.is_deleted(1)], [true, false]);
    assert!(made.latest(0) > made.latest(1) && made.latest(1).is_empty());
    let told = told(&mapping, "staff", &[("people.csv", file)]);
    let [unread] = told.unread.as_slice() else { panic!("one cell") };
    assert_eq!((unread.line, unread.cell, unread.name.as_str(), unread.code), (5, Some(3), "at", "bad-date"));
    assert_eq!((told.notes.undecided.count, told.notes.undecided.first), (1, 4));
    assert_eq!([made.origin(0), made.origin(1)], [0, 3]);
}

#[test]
fn a_cell_is_named_through_names_templates_and_sql() {
    let text = clients(
        "names.who = { column = \"Person\", first = 2 }\n[tables.clients.columns]\nclient_id = \"who\"\n\
         language = { template = \"l-{lang}-{x y}\" }\nhousehold_id = { template = \"h{House}\" }\n\
         gender = { sql = \"lower(sex)\" }\nrace_ethnicity = { sql = \"race\" }\npostal_area = { sql = \"race || sex\" }\n\
         birth_date = { sql = \"case when _line <> '1' then lang end\" }",
    );
    let mapping = mapping(&text);
    let files = [("c.csv", "Person|lang|X Y|house|Sex|Race\nabc|en|z|7|F|r")];
    let (reshape, records) = reshape(&mapping, "clients", &files).expect("a rule");
    let cell = |name| {
        let position = rule(&mapping, "clients").table.position(name).expect("a column");
        reshape.cell_of(position, None)
    };
    let named = ["client_id", "language", "household_id", "gender", "race_ethnicity", "postal_area", "birth_date"];
    assert_eq!(named.map(cell), [Some(0), None, Some(3), Some(4), Some(5), None, Some(1)]);
    let made = run(&reshape, &records).expect("rows");
    let position = |name| rule(&mapping, "clients").table.position(name).expect("a column");
    assert_eq!(made.text(position("gender"), 0), b"f");
    assert_eq!(made.text(position("client_id"), 0), b"ab");
    assert_eq!(made.text(position("household_id"), 0), b"h7");
    assert!(reshape.collects(position("language")));
}

#[test]
fn what_cannot_be_fitted_is_told_at_its_place() {
    let files = [("c.csv", "id|status\n1|a"), ("l.csv", "k|v\n1|2")];
    let said = |settings: &str| mistake(&clients(settings), "clients", &files);
    let columns = "[tables.clients.columns]\nclient_id = \"id\"\n";
    assert_eq!(
        said(&format!("where = \"stauts = 'a'\"\n{columns}")),
        "3:9: there is no column \"stauts\" in the file, and no such name in the rule | did you mean status?"
    );
    assert!(said(&format!("where = \"status = \\\"Zq\\\"\"\n{columns}")).contains("a text stands in 'single quotes'"));
    assert_eq!(said(&format!("where = \"kind = 'a'\"\nnames.kind = \"Kind\"\n{columns}")), "");
    assert!(said(&format!("where = \"status\"\n{columns}")).contains("where must be true or false"));
    assert!(said(&format!("{columns}gender = {{ template = \"{{a\" }}")).starts_with("5:"));
    let lookup = "[lookups.l]\nfiles = \"l.csv\"\nkey = \"k\"\ncolumns = { v = \"v\" }\n";
    let said = |settings: &str| mistake(&format!("{lookup}{}", clients(settings)), "clients", &files);
    let joins = "joins = [{ lookup = \"l\", on = \"id\" }]";
    assert_eq!(said(&format!("{joins}\nwhere = \"l.v = '2'\"\n{columns}")), "");
    assert!(
        said(&format!("{joins}\nwhere = \"l.vv = '2'\"\n{columns}")).contains("l has no column vv | did you mean l.v?")
    );
    assert!(said(&format!("where = \"l.v = '2'\"\n{columns}")).contains("the look-up l is not joined here"));
}
