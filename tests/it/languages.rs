//! Reports in another language than English: every word of every format, and what a project says of words itself.

use crate::project_folder::Folder;
use crate::tools::pdf_text;
use attain::language::Words;
use calamine::{Reader, Xlsx};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Cursor;

const OUT: &str = "out/2026-06";

/// The sample as an agency that writes Spanish has it, with these further reports.
fn spanish(reports: &[(&str, &str)]) -> Folder {
    let folder = Folder::ingested();
    folder.replace("attain.toml", "[agency]\n", "[agency]\nlanguage = \"es\"\n");
    let mut toml = folder.read_text("attain.toml");
    for (definition, audience) in reports {
        toml.push_str(&format!("\n[[reports]]\ndefinition = \"{definition}\"\naudience = \"{audience}\"\n"));
    }
    folder.write("attain.toml", &toml);
    folder
}

/// Words of at least three letters, in small letters. What has a dot, a dash or a slash inside is a name of the data.
fn words_of(text: &str) -> BTreeSet<String> {
    text.split(|c: char| c.is_whitespace() || "«»()\"“”'’:;,[]·–{}<>=".contains(c))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| word.chars().count() > 2 && word.chars().all(char::is_alphabetic))
        .map(str::to_lowercase)
        .collect()
}

/// Words that English reports use and Spanish ones do not.
fn english_only() -> BTreeSet<String> {
    let all = |tag: &str| {
        let words = Words::of_language(tag).expect("a built-in language");
        words.keys().filter_map(|key| words.find(key)).flat_map(words_of).collect::<BTreeSet<String>>()
    };
    let mut english = all("en");
    // Titles, questions and counted nouns of metrics stand in their own files.
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/queries/core")).expect("the queries") {
        let path = file.expect("a query").path();
        if path.extension().is_some_and(|ending| ending == "sql") {
            let text = std::fs::read_to_string(path).expect("a query");
            for field in ["title ", "scorecard ", "counted ", "question "] {
                english.extend(
                    text.lines().filter(|line| line.starts_with(field)).flat_map(|l| words_of(&l[field.len()..])),
                );
            }
        }
    }
    let spanish = all("es");
    english.difference(&spanish).cloned().collect()
}

#[track_caller]
fn is_spanish(place: &str, text: &str) {
    // Names of this made-up agency's own.
    let mut text = text.to_lowercase();
    for name in
        ["harbor family services", "harbor housing", "safe at home", "fresh start", "golden years", "case exports"]
    {
        text = text.replace(name, "");
    }
    let english = english_only();
    let left: Vec<String> = words_of(&text).into_iter().filter(|word| english.contains(word)).collect();
    assert!(left.is_empty(), "English in {place}: {left:?}");
}

/// Every text of a document that a reader sees; names of tables and files are the data's own.
fn texts(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let is_of_files = fields.get("name").is_some_and(|name| name == "files-read" || name == "provenance");
            for (key, value) in fields {
                if ["svg", "name", "id", "snapshot", "kind", "format", "mark"].contains(&key.as_str()) {
                    continue;
                }
                if !(is_of_files && key == "rows") {
                    texts(value, all);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, all)),
        Value::String(text) => all.push(text.clone()),
        _ => {}
    }
}

#[test]
fn a_spanish_report_has_no_english_word_in_any_format() {
    let folder = spanish(&[("grant-report", "funder"), ("board-brief", "board")]);
    folder.attain(&["report", "monthly-review", "grant-report", "board-brief", "--period", "2026-06"]).expect(0);
    for name in ["monthly-review", "grant-report-funder", "board-brief-board"] {
        let document: Value = serde_json::from_slice(&folder.read(&format!("{OUT}/{name}.json"))).expect("a document");
        assert_eq!(document["language"], "es");
        let mut all = Vec::new();
        texts(&document, &mut all);
        is_spanish(&format!("{name}.json"), &all.join("\n"));

        let html = folder.read_text(&format!("{OUT}/{name}.html"));
        assert!(html.starts_with("<!doctype html>\n<html lang=\"es\">"));
        let (_, body) = html.split_once("<body>").expect("a body");
        let mut shown = String::new();
        for piece in body.split('<').skip(1) {
            // The text after a tag, and what a tag tells whoever cannot see.
            let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
            shown.push_str(
                tag.split_once("aria-label=\"").map_or("", |(_, label)| label.split('"').next().unwrap_or("")),
            );
            shown.push_str(&format!("\n{text}"));
        }
        let names =
            ["clients", "programs", "staff", "providers", "enrollments", "assessments", "plans", "goals", "referrals"];
        let lines = shown.lines().filter(|line| !names.contains(line) && !TABLES.contains(line));
        is_spanish(&format!("{name}.html"), &lines.collect::<Vec<_>>().join("\n"));

        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(folder.read(&format!("{OUT}/{name}.xlsx")))).expect("a workbook");
        for sheet in book.sheet_names() {
            is_spanish(&format!("the sheets of {name}.xlsx"), &sheet);
            let range = book.worksheet_range(&sheet).expect("a sheet");
            let cells =
                range.cells().map(|(.., cell)| cell.to_string()).filter(|cell| !TABLES.contains(&cell.as_str()));
            is_spanish(&format!("{name}.xlsx, {sheet}"), &cells.collect::<Vec<_>>().join("\n"));
        }
        if let Some(text) = pdf_text(&folder.path().join(format!("{OUT}/{name}.pdf"))) {
            // Files and their tables stand side by side on a line.
            let lines = text.lines().filter(|line| !line.contains(".csv"));
            // "Safe at Home" and "Golden Years" are broken over two lines.
            let text = lines.collect::<Vec<_>>().join("\n").replace("Safe at", "").replace("Years", "");
            is_spanish(&format!("{name}.pdf"), &text);
            // What keeps a sign beside its number is a plain space to this program.
            assert!(text.replace('\u{a0}', " ").contains(" %"), "percentages of {name}");
        }
    }
    for (file, bytes) in folder.files(&format!("{OUT}/tables")) {
        let text = String::from_utf8(bytes).expect("text");
        is_spanish(&file, text.lines().next().unwrap_or_default());
    }
}

/// Names of the contract's tables, which reports name as the exports do.
const TABLES: [&str; 14] = [
    "clients",
    "programs",
    "staff",
    "providers",
    "enrollments",
    "assessments",
    "plans",
    "goals",
    "referrals",
    "services",
    "contacts",
    "incidents",
    "outcome_events",
    "surveys",
];

#[test]
fn both_languages_of_one_report_tell_the_same_numbers() {
    let folder = Folder::ingested();
    let toml = folder.read_text("attain.toml");
    folder.write("attain.toml", &format!("{toml}\n[[reports]]\ndefinition = \"monthly-review\"\nlanguage = \"es\"\n"));
    folder.attain(&["report", "monthly-review", "--period", "2026-06"]).expect(0);
    let numbers = |name: &str| {
        fn values(value: &Value, all: &mut Vec<String>) {
            match value {
                Value::Object(fields) => fields.values().for_each(|field| values(field, all)),
                Value::Array(items) => items.iter().for_each(|item| values(item, all)),
                Value::Number(number) => all.push(number.to_string()),
                _ => {}
            }
        }
        let document: Value = serde_json::from_slice(&folder.read(&format!("{OUT}/{name}.json"))).expect("a document");
        let mut all = Vec::new();
        values(&document["sections"], &mut all);
        values(&document["first_page"]["scorecard"]["table"], &mut all);
        // Rows stand in the order of their names, which differ.
        all.sort();
        all
    };
    let english = numbers("monthly-review");
    assert!(english.len() > 500, "{}", english.len());
    assert_eq!(english, numbers("monthly-review-es"));
}

#[test]
fn a_project_puts_its_own_words_and_metrics_into_its_reports() {
    let folder = spanish(&[]);
    let query = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/queries/core/note_timeliness.sql"))
        .expect("a built-in query");
    folder.write("queries/own/written_up.sql", &query.replace("Notes on time", "Written up in time"));
    folder.write("reports/ours.report.toml",         "title = { en = \"Ours\", es = \"Lo nuestro\" }\nhistory_months = 12\nbaseline_months = 12\nrecent_months = 12\n\
         appendix = []\nsections = []\n[[scorecard]]\ngroup = \"Q\"\nmetric = \"written_up\"\n\
         [[scorecard]]\ngroup = \"Q\"\nmetric = \"time_to_service\"\n");
    let toml = folder.read_text("attain.toml");
    let words = "\n[words.es]\ntable.metric = \"Medida\"\nmetrics.time_to_service.scorecard = \"Ayuda en dos semanas\"\n\
                 number.decimal-mark = \",\"\nnumber.group-mark = \".\"\n";
    folder.write("attain.toml", &format!("{toml}\n[[reports]]\ndefinition = \"ours\"\n{words}"));
    folder.attain(&["report", "ours", "--period", "2026-06"]).expect(0);
    let document: Value = serde_json::from_slice(&folder.read(&format!("{OUT}/ours.json"))).expect("a document");
    let page = &document["first_page"];
    assert_eq!(document["title"], "Lo nuestro, junio de 2026");
    assert_eq!(page["scorecard"]["headings"][0], "Medida");
    let rows = &page["scorecard"]["groups"][0]["rows"];
    assert_eq!(rows[1]["label"], "Ayuda en dos semanas");
    assert!(rows[0]["count"].as_str().is_some_and(|count| count.contains("2.381 de 2.537")), "{}", rows[0]["count"]);
    // A metric without Spanish stays as it is, and the report says so.
    let care = page["read_with_care"].to_string();
    assert!(care.contains("En inglés, porque no hay texto en este idioma: Written up in time."), "{care}");

    folder.replace("attain.toml", "metrics.time_to_service.scorecard", "metrics.written_up.title");
    folder.attain(&["report", "ours", "--period", "2026-06"]).expect(0);
    let document: Value = serde_json::from_slice(&folder.read(&format!("{OUT}/ours.json"))).expect("a document");
    assert!(!document["first_page"]["read_with_care"].to_string().contains("En inglés"));
}

#[test]
fn what_no_language_and_no_word_is_is_said_with_the_nearest() {
    let folder = Folder::empty();
    let said = |text: &str| {
        folder.write("attain.toml", text);
        let ran = folder.attain(&["report"]).expect(2);
        ran.said.trim().to_owned()
    };
    insta::assert_snapshot!(said("[agency]\nname = \"A\"\nlanguage = \"sp\"\n"), @r#"
    error: ./attain.toml:3:12: reports cannot be written in "sp"
    hint: did you mean "es"? there is en, es
    "#);
    insta::assert_snapshot!(said("[agency]\nname = \"A\"\n[[reports]]\ndefinition = \"grant-report\"\nlanguage = \"spanish\"\n"), @r#"
    error: ./attain.toml:5:12: reports cannot be written in "spanish"
    hint: did you mean "es"? there is en, es
    "#);
    insta::assert_snapshot!(said("[agency]\nname = \"A\"\n[words.es]\ntable.metrik = \"Medida\"\n"), @r#"
    error: ./attain.toml:4:7: [words.es] "table.metrik" is no word of a report
    hint: did you mean "table.metric"?
    "#);
    insta::assert_snapshot!(said("[agency]\nname = \"A\"\n[words.es]\ndate.month = \"{mont} de {year}\"\n"), @r#"error: ./attain.toml:4:6: [words.es] "date.month" has no place {mont}; it has {month}, {year}"#);
    folder.write("attain.toml", "[agency]\nname = \"A\"\n[words.es]\nmetrics.time_to_servce.title = \"x\"\n");
    insta::assert_snapshot!(folder.attain(&["run"]).expect(2).said.trim(), @r#"
    error: attain.toml: [words.es] metrics.time_to_servce.title: "time_to_servce" is no metric
    hint: did you mean time_to_service?
    "#);
    insta::assert_snapshot!(said("[agency]\nname = \"A\"\n[words.fr]\ntable.metric = \"Mesure\"\n"), @r#"
    error: ./attain.toml:3:2: reports cannot be written in "fr"
    hint: there is en, es
    "#);
}
