//! A report is one document in several formats: what was released stands in each, whatever reader or program opens it.

use crate::accessible::{room, stems, written};
use crate::project_folder::csv_table;
use crate::tools::{have, run};
use calamine::{Data, Reader, Xlsx, open_workbook};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What a report says, from its document: tables as cells, sentences, pictures' words.
pub struct Said {
    pub tables: Vec<Table>,
    pub sentences: Vec<String>,
    pub alternatives: Vec<String>,
    /// What is written in the charts.
    pub labels: Vec<String>,
}

pub struct Table {
    pub name: String,
    pub headings: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
}

#[derive(Debug, Clone)]
pub struct Cell {
    pub text: String,
    pub value: Option<f64>,
    pub format: String,
    /// `2026-06` where the words name a month.
    pub month: Option<String>,
    /// Both numbers of "42 to 68%".
    pub limits: Vec<Self>,
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn phrases(value: &Value) -> String {
    list(value).iter().map(|phrase| text(&phrase["text"])).collect()
}

fn cell(value: &Value) -> Cell {
    Cell {
        text: text(&value["text"]),
        value: value["value"].as_f64(),
        format: text(&value["format"]),
        month: value["month"].as_str().map(str::to_owned),
        limits: list(&value["limits"]).iter().map(cell).collect(),
    }
}

impl Table {
    /// As it stands where numbers are computed with: limits in two columns or, where a row says more of the one above and is
    /// of nothing else, in two rows.
    fn computable(&self) -> Self {
        let ends = |what: &str| [format!("{what}, from"), format!("{what}, to")];
        let limit = |cell: &Cell, at: usize| cell.limits.get(at).unwrap_or(cell).clone();
        let mut rows = Vec::new();
        for row in &self.rows {
            if row[0].format == "under" && row.iter().filter(|cell| !cell.limits.is_empty()).count() > 1 {
                for (at, text) in ends(&row[0].text).into_iter().enumerate() {
                    let cells = row[1..].iter().map(|cell| limit(cell, at));
                    rows.push(std::iter::once(Cell { text, ..row[0].clone() }).chain(cells).collect::<Vec<_>>());
                }
            } else {
                rows.push(row.clone());
            }
        }
        let split = |at: usize| rows.iter().any(|row| row.get(at).is_some_and(|cell| !cell.limits.is_empty()));
        let heading = |(at, heading): (usize, &String)| {
            if split(at) { ends(heading).to_vec() } else { vec![heading.clone()] }
        };
        let cells = |(at, cell): (usize, &Cell)| {
            if split(at) { vec![limit(cell, 0), limit(cell, 1)] } else { vec![cell.clone()] }
        };
        Self {
            name: self.name.clone(),
            headings: self.headings.iter().enumerate().flat_map(heading).collect(),
            rows: rows.iter().map(|row| row.iter().enumerate().flat_map(cells).collect()).collect(),
        }
    }
}

fn table(value: &Value) -> Table {
    Table {
        name: text(&value["name"]),
        headings: list(&value["columns"]).iter().map(|column| text(&column["heading"])).collect(),
        rows: list(&value["rows"]).iter().map(|row| list(row).iter().map(cell).collect()).collect(),
    }
}

impl Said {
    pub fn read(path: &Path) -> Self {
        let document: Value = serde_json::from_slice(&std::fs::read(path).expect("readable")).expect("JSON");
        let first = &document["first_page"];
        let mut said = Self {
            tables: vec![table(&first["scorecard"]["table"])],
            sentences: vec![text(&document["title"]), text(&document["subtitle"]), phrases(&first["lede"])],
            alternatives: Vec::new(),
            labels: Vec::new(),
        };
        for list_of in ["look_at_first", "read_with_care"] {
            said.sentences.extend(list(&first[list_of]).iter().map(phrases));
        }
        for row in list(&first["scorecard"]["groups"]).iter().flat_map(|group| list(&group["rows"])) {
            said.sentences
                .extend(["label", "count", "value", "change_before", "change_year"].map(|part| text(&row[part])));
            said.sentences.push(text(&row["status"]["word"]));
            for picture in ["interval_picture", "history_picture"] {
                said.picture(&row[picture]);
            }
        }
        for section in list(&document["sections"]) {
            said.sentences.push(text(&section["heading"]));
            for block in list(&section["blocks"]) {
                said.sentences.push(phrases(&block["phrases"]));
                said.sentences.push(text(&block["text"]));
                for item in list(&block["items"]) {
                    said.sentences.extend(std::iter::once(&item["term"]).chain(list(&item["text"])).map(text));
                }
                for table_in in [&block["table"], &block["figure"]["table"]] {
                    if table_in.is_object() {
                        said.tables.push(table(table_in));
                    }
                }
                if block["figure"].is_object() {
                    said.sentences.push(text(&block["figure"]["caption"]));
                    said.picture(&block["figure"]);
                }
            }
        }
        said.sentences.retain(|sentence| !sentence.is_empty());
        said
    }

    fn picture(&mut self, picture: &Value) {
        if !picture.is_object() {
            return;
        }
        self.alternatives.push(text(&picture["alt"]));
        let svg = text(&picture["svg"]);
        let drawn = svg.split("<text ").skip(1).filter_map(|rest| rest.split_once('>')?.1.split_once("</text>"));
        self.labels.extend(drawn.map(|(label, _)| unescaped(label.trim())));
    }

    fn rows(&self) -> impl Iterator<Item = (&Table, &Vec<Cell>)> {
        self.tables.iter().flat_map(|table| table.rows.iter().map(move |row| (table, row)))
    }
}

/// The same number: what reads JSON here may be off in the last binary digit.
fn alike(one: f64, other: f64) -> bool {
    (one - other).abs() <= 2.0 * f64::EPSILON * one.abs()
}

fn unescaped(text: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&#x2f;", "/"),
        ("&#160;", "\u{a0}"),
        ("&amp;", "&"),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Without white space, of which every format has its own.
pub fn dense(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The text between tags.
fn without_tags(html: &str) -> String {
    let mut out = String::new();
    for piece in html.split('<') {
        out.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
    }
    unescaped(&out)
}

/// The rows of every table of the page: the texts of their cells.
fn html_rows(html: &str) -> BTreeSet<Vec<String>> {
    let cells = |row: &str| -> Vec<String> {
        let row = row.split("</tr>").next().unwrap_or_default().replace("<td", "<th");
        row.split("<th").skip(1).map(|cell| dense(&without_tags(&format!("<th{cell}")))).collect()
    };
    html.split("<tr").skip(1).map(cells).collect()
}

#[test]
fn the_page_holds_every_figure_of_every_table_and_every_sentence() {
    for stem in stems() {
        let said = Said::read(&written(&stem, "json"));
        let html = std::fs::read_to_string(written(&stem, "html")).expect("text");
        let body = html.split_once("</style>").expect("a style").1;
        let rows = html_rows(body);
        let mut cells = 0;
        for (table, row) in said.rows() {
            let row: Vec<String> = row.iter().map(|cell| dense(&cell.text)).collect();
            assert!(rows.contains(&row), "{stem}: {}: {row:?}", table.name);
            cells += row.len();
        }
        assert!(cells > 30, "{stem}: {cells} cells");
        let all = dense(&without_tags(body));
        for sentence in said.sentences.iter().chain(&said.alternatives).chain(&said.labels) {
            assert!(all.contains(&dense(sentence)), "{stem}: {sentence:?}");
        }
    }
}

#[test]
fn the_pdf_holds_every_figure_of_every_table_and_every_sentence() {
    if !have("pdftotext") || !have("qpdf") {
        return;
    }
    for stem in stems() {
        let said = Said::read(&written(&stem, "json"));
        let pdf = written(&stem, "pdf");
        let pdf = pdf.to_string_lossy();
        // In the order of the file, in which a row's cells come one after the other.
        let drawn = dense(&run("pdftotext", &["-raw", "-nopgbrk", &pdf, "-"]));
        for (table, row) in said.rows() {
            let row: String = row.iter().map(|cell| dense(&cell.text)).collect();
            assert!(drawn.contains(&row), "{stem}: {}: {row}", table.name);
        }
        for sentence in said.sentences.iter().chain(&said.labels) {
            // Groups' names are set in capitals, words of more than one page are torn.
            assert!(drawn.contains(&dense(sentence)) || torn(&drawn, sentence), "{stem}: {sentence:?}");
        }
        let inside: Value = serde_json::from_str(&run("qpdf", &["--json=2", "--json-key=qpdf", &pdf])).expect("JSON");
        let mut alternatives = BTreeSet::new();
        gather(&inside, "/Alt", &mut alternatives);
        for alternative in &said.alternatives {
            assert!(alternatives.contains(&dense(alternative)), "{stem}: {alternative:?}");
        }
    }
}

/// Whether a sentence is there in two parts, the foot of a page between them.
fn torn(drawn: &str, sentence: &str) -> bool {
    let sentence = dense(sentence);
    sentence.char_indices().skip(1).any(|(at, _)| {
        let (before, after) = sentence.split_at(at);
        drawn.split_once(before).is_some_and(|(_, rest)| {
            let near: String = rest.chars().take(600).collect();
            near.contains(after)
        })
    })
}

/// Every string under that key, without white space.
fn gather(value: &Value, key: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, inside) in fields {
                if let (true, Some(words)) = (name == key, inside.as_str().and_then(|words| words.strip_prefix("u:"))) {
                    found.insert(dense(words));
                }
                gather(inside, key, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, key, found)),
        _ => {}
    }
}

#[test]
fn the_workbook_holds_every_figure_as_a_number_and_every_sentence() {
    for stem in stems() {
        let said = Said::read(&written(&stem, "json"));
        let mut book: Xlsx<_> = open_workbook(written(&stem, "xlsx")).expect("a workbook");
        let names = book.sheet_names();
        let tables = said.tables.iter().filter(|table| !table.headings.is_empty());
        let tables: Vec<Table> = tables.map(Table::computable).collect();
        assert_eq!(names.len(), tables.len() + 1, "{stem}: {names:?}");
        for (name, table) in names.iter().zip(tables) {
            let sheet = book.worksheet_range(name).expect("a sheet");
            let at = |row: usize, column: usize| {
                sheet.get_value((u32::try_from(row).expect("few"), u32::try_from(column).expect("few"))).cloned()
            };
            for (column, heading) in table.headings.iter().enumerate() {
                assert_eq!(at(2, column), Some(Data::String(heading.clone())), "{stem}: {name}");
            }
            for (row, cells) in table.rows.iter().enumerate() {
                for (column, cell) in cells.iter().enumerate() {
                    let found = at(row + 3, column).unwrap_or_default();
                    let same = match (cell.value.filter(|_| cell.format != "text"), &found) {
                        (None, Data::DateTime(day)) => {
                            let (year, month, day, ..) = day.to_ymd_hms_milli();
                            day == 1 && cell.month == Some(format!("{year:04}-{month:02}"))
                        }
                        _ if cell.month.is_some() => false,
                        (Some(value), Data::Float(number)) => alike(value, *number),
                        (None, Data::String(words)) => *words == cell.text,
                        (None, Data::Empty) => cell.text.is_empty(),
                        _ => false,
                    };
                    assert!(same, "{stem}: {name}: row {row}: {cell:?} is {found:?}");
                }
            }
        }
        let notes = book.worksheet_range(names.last().expect("a sheet")).expect("notes");
        let notes: String = notes.cells().map(|(_, _, cell)| dense(&cell.to_string())).collect();
        let document: Value =
            serde_json::from_slice(&std::fs::read(written(&stem, "json")).expect("readable")).expect("JSON");
        let first = &document["first_page"];
        let blocks = list(&document["sections"]).iter().flat_map(|section| list(&section["blocks"]));
        let sentences =
            [&first["lede"]].into_iter().chain(list(&first["look_at_first"])).chain(list(&first["read_with_care"]));
        for sentence in sentences.chain(blocks.map(|block| &block["phrases"])) {
            assert!(notes.contains(&dense(&phrases(sentence))), "{stem}: {}", phrases(sentence));
        }
    }
}

/// The CSV files of a report by the name of their table, as its manifest lists them.
pub fn csv_files(stem: &str) -> Vec<(String, PathBuf)> {
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(room(stem).join("manifest.json")).expect("readable")).expect("JSON");
    let audience = stem.rsplit('-').next().unwrap_or_default();
    let files = list(&manifest["reports"][stem]["files"]).iter().filter_map(|file| file["path"].as_str());
    files
        .filter_map(|path| {
            let name = path.strip_suffix(".csv")?.rsplit('/').next()?;
            let name = name.strip_suffix(&format!("-{audience}")).unwrap_or(name);
            Some((name.to_owned(), room(stem).join(path)))
        })
        .collect()
}

#[test]
fn the_csv_files_hold_every_figure_in_full() {
    for stem in stems() {
        let said = Said::read(&written(&stem, "json"));
        let files = csv_files(&stem);
        for table in said.tables.iter().filter(|table| !table.headings.is_empty()).map(Table::computable) {
            let (_, path) = files
                .iter()
                .find(|(name, _)| *name == table.name)
                .unwrap_or_else(|| panic!("{stem}: {} has no file: {files:?}", table.name));
            let (headings, rows) = csv_table(&std::fs::read(path).expect("readable"));
            assert_eq!(headings, table.headings, "{stem}");
            assert_eq!(rows.len(), table.rows.len(), "{stem}: {}", table.name);
            for (read, cells) in rows.iter().zip(&table.rows) {
                for (read, cell) in read.iter().zip(cells) {
                    let same = match (cell.value, &cell.month) {
                        (Some(value), _) => read.parse::<f64>().is_ok_and(|number| alike(number, value)),
                        (None, Some(month)) => read == month,
                        (None, None) => read.trim_start_matches('\'') == cell.text.trim_start_matches('\''),
                    };
                    assert!(same, "{stem}: {}: {cell:?} is {read:?}", table.name);
                }
            }
        }
    }
}

/// The PDF carries its tables: the same bytes as the files beside it.
#[test]
fn the_pdf_carries_the_csv_files() {
    if !have("qpdf") {
        return;
    }
    for stem in stems() {
        let pdf = written(&stem, "pdf");
        let pdf = pdf.to_string_lossy();
        let listed = run("qpdf", &["--list-attachments", &pdf]);
        let mut names: Vec<&str> = listed.lines().filter_map(|line| Some(line.split_once(" -> ")?.0)).collect();
        let files = csv_files(&stem);
        let mut expected: Vec<String> = files.iter().map(|(name, _)| format!("{name}.csv")).collect();
        names.sort_unstable();
        expected.sort();
        assert_eq!(names, expected, "{stem}");
        for (name, path) in files {
            let attached = run("qpdf", &[&format!("--show-attachment={name}.csv"), &pdf]);
            assert_eq!(attached.as_bytes(), std::fs::read(path).expect("readable"), "{stem}: {name}");
        }
    }
}
