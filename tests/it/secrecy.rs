//! What is withheld from readers outside the agency is nowhere in what they get: not in a format, not in a picture, not in
//! the order of things.

use crate::formats::{Said, dense};
use crate::project_folder::Folder;
use crate::tools::{have, run};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Read;

/// Served, helped and counted by program, in every kind of figure that breaks down by it.
const REPORT: &str = "title = \"For the county\"\ncovers = \"fiscal_year_to_date\"\nhistory_months = 12\nbaseline_months = 6\n\
    recent_months = 12\nappendix = []\n\
    [[scorecard]]\ngroup = \"Output\"\nmetric = \"clients_served\"\n\
    [[scorecard]]\ngroup = \"Access\"\nmetric = \"time_to_service\"\nfollow_up_days = 14\n\
    [[scorecard]]\ngroup = \"Outcome\"\nmetric = \"goal_attainment\"\n\
    [[sections]]\nheading = \"Objectives\"\nobjectives = true\n\
    [[sections]]\nheading = \"Waiting\"\nmetric = \"time_to_service\"\nfigures = [\"trend\", \"programs\", \"share_by_day\"]\n\
    [[sections]]\nheading = \"Goals\"\nmetric = \"goal_attainment\"\nfigures = [\"programs\", \"goals_by_domain\", \"trend\"]\n\
    [[sections]]\nheading = \"People\"\npeople = { metric = \"clients_served\", by = [\"program\", \"gender\"] }\n\
    [[sections]]\nheading = \"Quarters\"\nquarters = [\"clients_served\", \"goal_attainment\"]\n";

/// An agency of three programs with so many clients. Those of the two smaller programs are alike in everything but
/// their program; all began in the same week.
fn agency(large: usize, small: usize, tiny: usize, small_cell: u32) -> Folder {
    let mut clients = String::from("client_id,birth_date,gender,race_ethnicity,language\n");
    let mut enrollments = String::from("enrollment_id,client_id,program_id,referred_on,intake_on,exited_on\n");
    let mut services = String::from("service_id,enrollment_id,provided_on,service_type,recipient\n");
    let mut goals = String::from("goal_id,enrollment_id,domain,set_on,due_on,status,status_on\n");
    let day = |month: usize, day: usize| {
        let (year, month) = if month < 6 { (2025, month + 7) } else { (2026, month - 5) };
        format!("{year}-{month:02}-{day:02}")
    };
    for client in 0..large + small + tiny {
        let (program, month, first, wait, reached) = if client < large {
            ("LARGE", client % 11, 1 + client % 9, 1 + client * 7 % 19, client % 5 < 3)
        } else {
            (if client < large + small { "SMALL" } else { "TINY" }, 8, 3, 5, client % 2 == 0)
        };
        let gender = if client % 2 == 0 { "woman" } else { "man" };
        let (referred, served, due) = (day(month, first), day(month, first + wait), day(month + 1, 1));
        let status = if reached { "achieved" } else { "not_achieved" };
        let domain = ["housing", "income"][client / 2 % 2];
        // Writing to a String cannot fail.
        let _ = writeln!(clients, "C{client:05},1980-02-03,{gender},white,en");
        let _ = writeln!(enrollments, "E{client:05},C{client:05},{program},{referred},{referred},");
        let _ = writeln!(services, "S{client:05},E{client:05},{served},case_management,client");
        let _ = writeln!(goals, "G{client:05},E{client:05},{domain},{referred},{due},{status},{due}");
    }
    let folder = Folder::with_exports(&[
        (
            "programs.csv",
            "program_id,name,setting\nLARGE,Large House,family_services\nSMALL,Small House,family_services\nTINY,Tiny House,family_services\n",
        ),
        ("clients.csv", &clients),
        ("enrollments.csv", &enrollments),
        ("services.csv", &services),
        ("goals.csv", &goals),
    ]);
    let toml = folder.read_text("attain.toml");
    let reports = ["internal", "funder"]
        .map(|audience| format!("\n[[reports]]\ndefinition = \"county\"\naudience = \"{audience}\"\n"));
    folder.write("attain.toml", &format!("{toml}small_cell = {small_cell}\n{}", reports.concat()));
    folder.write("reports/county.report.toml", REPORT);
    folder.attain(&["run", "--period", "2026-06"]).expect(0);
    folder
}

/// Everything that a reader of that edition gets, as text: format → text, the snapshot's name left out.
fn editions(folder: &Folder, stem: &str) -> BTreeMap<String, String> {
    let files = folder.files("out/2026-06");
    let said: serde_json::Value = serde_json::from_slice(&files[&format!("{stem}.json")]).expect("JSON");
    let snapshot = said["snapshot"].as_str().expect("a snapshot").to_owned();
    let mut texts = BTreeMap::new();
    for (name, bytes) in &files {
        let audience = stem.strip_prefix("county").unwrap_or_default();
        let csv = name.starts_with("tables/") && name.contains("funder") != audience.is_empty();
        if csv || [".json", ".html"].iter().any(|ending| *name == format!("{stem}{ending}")) {
            texts.insert(name.clone(), String::from_utf8(bytes.clone()).expect("text"));
        } else if *name == format!("{stem}.xlsx") {
            let mut book = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a workbook");
            for at in 0..book.len() {
                let mut part = book.by_index(at).expect("a part");
                let path = format!("{name}/{}", part.name().expect("a name"));
                let mut text = String::new();
                part.read_to_string(&mut text).expect("XML");
                texts.insert(path, text);
            }
        } else if *name == format!("{stem}.pdf") && have("pdftotext") && have("qpdf") {
            let path = folder.path().join("out/2026-06").join(name);
            let path = path.to_string_lossy();
            texts.insert(format!("{name}, text"), run("pdftotext", &["-raw", &path, "-"]));
            // The snapshot's name is packed into as many bytes as it takes.
            let about = run("pdfinfo", &[&path]);
            let about = about.lines().filter(|line| !line.starts_with("File size")).collect::<Vec<_>>().join("\n");
            texts.insert(format!("{name}, about"), about);
            let structure: serde_json::Value =
                serde_json::from_str(&run("qpdf", &["--json=2", "--json-key=qpdf", &path])).expect("JSON");
            let mut words = String::new();
            strings(&structure, &mut words);
            texts.insert(format!("{name}, words of its objects"), words);
            for line in run("qpdf", &["--list-attachments", &path]).lines() {
                let attached = line.split_once(" -> ").expect("a name").0;
                let text = run("qpdf", &[&format!("--show-attachment={attached}"), &path]);
                texts.insert(format!("{name}, attached {attached}"), text);
            }
        }
    }
    assert!(texts.len() > 20, "{:?}", texts.keys());
    for text in texts.values_mut() {
        *text = text.replace(&snapshot, "…");
    }
    texts
}

/// Titles, alternative texts, descriptions: whatever is a text in a PDF outside its pages, but for its fingerprints and
/// its size.
fn strings(value: &serde_json::Value, out: &mut String) {
    match value {
        serde_json::Value::String(text) => {
            if let Some(words) = text.strip_prefix("u:") {
                out.push_str(words);
                out.push('\n');
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| strings(item, out)),
        serde_json::Value::Object(fields) => {
            fields.iter().filter(|(name, _)| *name != "/ID").for_each(|(_, field)| strings(field, out));
        }
        _ => {}
    }
}

/// Two agencies that differ in nothing but how few are in which of two small programs: 6 and 8, or 8 and 6. Who is not
/// told so reads the same, to the last point of the last picture.
#[test]
fn what_is_withheld_changes_nothing_that_is_given_out() {
    let (one, other) = (agency(480, 6, 8, 11), agency(480, 8, 6, 11));
    let (given, given_other) = (editions(&one, "county-funder"), editions(&other, "county-funder"));
    assert_eq!(given.keys().collect::<Vec<_>>(), given_other.keys().collect::<Vec<_>>());
    for (name, text) in &given {
        let differs = text.lines().zip(given_other[name].lines()).find(|(one, other)| one != other);
        assert!(*text == given_other[name], "{name}: {differs:?}");
    }
    // Within the agency the difference is told, in every format: it is there to be seen.
    let (inside, inside_other) = (editions(&one, "county"), editions(&other, "county"));
    for part in [".json", ".html", ".xlsx/xl/worksheets/", ".pdf, text"] {
        let name = format!("county{part}");
        let mut those = inside.iter().filter(|(of, _)| of.starts_with(&name)).peekable();
        let none = those.peek().is_none() && part.starts_with(".pdf");
        assert!(none || those.any(|(of, text)| *text != inside_other[of]), "{name}");
    }
    let people = "tables/county/clients-served-by-program.csv";
    assert_ne!(inside[people], inside_other[people]);
}

/// Without the tags of drawings, whose coordinates are numbers that mean nothing by themselves.
fn without_geometry(text: &str) -> String {
    let drawn = ["rect", "line", "circle", "path", "polyline", "polygon", "text", "g", "svg"];
    text.split('<')
        .map(|piece| {
            let name = piece.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
            match piece.split_once('>') {
                Some((_, rest)) if drawn.contains(&name) => rest,
                _ => piece,
            }
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// How a rare number may be written: a count in full or with its commas, a fraction by its first digits.
fn ways(value: f64) -> Vec<String> {
    if value.fract() == 0.0 && (1000.0..1e9).contains(&value) {
        let digits = format!("{value:.0}");
        let (thousands, rest) = digits.split_at(digits.len() - 3);
        return vec![digits.clone(), format!("{thousands},{rest}")];
    }
    let digits = format!("{:.7}", value.abs().fract());
    let significant = digits.trim_start_matches("0.").trim_end_matches('0').trim_start_matches('0');
    // A share such as 0.25 is anybody's.
    if significant.len() < 6 { Vec::new() } else { vec![digits["0.".len()..][..6].to_owned()] }
}

/// Whether the digits stand there, those of a count as a number of their own.
fn holds(text: &str, digits: &str) -> bool {
    let of_a_count = digits.len() < 6;
    text.match_indices(digits).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + digits.len()..]);
        let after = after.strip_prefix(".0").unwrap_or(after);
        let goes_on = |side: Option<char>| side.is_some_and(|c| c.is_ascii_digit() || c == '.');
        // A sentence may end after a number.
        let after =
            after.strip_prefix('.').filter(|rest| !rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(after);
        !of_a_count || !(goes_on(before.chars().next_back()) || goes_on(after.chars().next()))
    })
}

/// Of an agency so large that what it withholds are numbers one would know again, none is in what a funder gets.
#[test]
fn no_withheld_number_is_in_any_format() {
    let folder = agency(4973, 1187, 1459, 1500);
    let path = |stem: &str| folder.path().join(format!("out/2026-06/{stem}.json"));
    let (inside, outside) = (Said::read(&path("county")), Said::read(&path("county-funder")));
    let cells = |said: &Said| -> BTreeMap<(String, String, String), Option<f64>> {
        let mut cells = BTreeMap::new();
        for table in &said.tables {
            for row in &table.rows {
                for (heading, cell) in table.headings.iter().zip(row) {
                    cells.insert((table.name.clone(), dense(&row[0].text), heading.clone()), cell.value);
                }
            }
        }
        cells
    };
    let (inside, outside) = (cells(&inside), cells(&outside));
    let given: BTreeSet<String> = outside.values().flatten().flat_map(|value| ways(*value)).collect();
    let mut withheld: BTreeSet<String> = BTreeSet::new();
    for (place, value) in &inside {
        if let (Some(value), None) = (value, outside.get(place).copied().flatten()) {
            withheld.extend(ways(*value).into_iter().filter(|way| !given.contains(way)));
        }
    }
    assert!(withheld.contains("1187") && withheld.contains("1459") && withheld.len() > 12, "{withheld:?}");
    for (name, text) in editions(&folder, "county-funder") {
        let text = without_geometry(&text);
        for digits in &withheld {
            assert!(!holds(&text, digits), "{digits} is in {name}");
        }
    }
    // The same search finds them in what stays inside, in every format.
    let inside = editions(&folder, "county");
    for (ending, digits) in [
        (".json", "1187"),
        (".html", "1,187"),
        (".pdf, text", "1,187"),
        (".pdf, attached clients-served-by-program.csv", "1187"),
    ] {
        if let Some(text) = inside.get(&format!("county{ending}")) {
            assert!(holds(&without_geometry(text), digits), "{digits} is not in county{ending}");
        }
    }
    let sheets = inside.iter().filter(|(name, _)| name.contains("worksheets"));
    let found: BTreeSet<&String> =
        sheets.flat_map(|(_, text)| withheld.iter().filter(|way| holds(text, way))).collect();
    assert!(found.len() > 6, "{found:?}");
}
