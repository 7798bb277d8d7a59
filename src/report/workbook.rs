//! The workbook: a sheet per table, the scorecard first, and a last sheet that says in words what the report says and what
//! the words mean.
//!
//! Long because half of it are tests that read the workbook back.

use super::document::{Block, Commentary, Document, Passage, Phrase, Section};
use super::error::ReportError;
use super::sheets;
use super::tables;
use crate::chart::{Cell, CellFormat, Table};
use crate::language::Words;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};
use std::collections::BTreeSet;

/// Where a sheet's headings stand; its caption and what the report covers are above them.
const HEADING_ROW: u32 = 2;
/// Excel refuses longer texts.
const LONGEST_TEXT: usize = 32_767;
/// Column widths, in characters of the standard font.
const NARROWEST: usize = 8;
const WIDEST: usize = 48;
const NOTES_WIDTHS: [f64; 2] = [28.0, 96.0];

/// The document's tables as `.xlsx` bytes.
pub fn render(document: &Document) -> Result<Vec<u8>, ReportError> {
    write(document).map_err(|error| ReportError::Workbook(error.to_string()))
}

fn write(document: &Document) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(document)?);
    let styles = Styles::new();
    let mut names = SheetNames::default();
    let mut contents = Vec::new();
    for table in document.tables().into_iter().filter(|table| !table.columns.is_empty()) {
        let name = names.next(&wanted_name(table, document));
        let table = &*tables::computable(table, &document.words);
        let sheet = workbook.add_worksheet();
        sheet.set_name(&name)?;
        write_table(sheet, table, &document.subtitle, &styles)?;
        sheet.set_footer(format!("&L{}&R&P / &N", document.snapshot.replace('&', "&&")));
        contents.push((name, table.caption.clone()));
    }
    let sheet = workbook.add_worksheet();
    sheet.set_name(names.next(document.words.of("workbook.notes")))?;
    write_notes(sheet, document, &contents, &styles)?;
    workbook.save_to_buffer()
}

/// A table of several metrics by quarter is what its section is about, any other has a name of its own.
fn wanted_name(table: &Table, document: &Document) -> String {
    let is_in = |section: &&Section| {
        section.blocks.iter().any(|block| matches!(block, Block::Table { table: other } if other.name == table.name))
    };
    let section = table.name.starts_with("quarters-").then(|| document.sections.iter().find(is_in)).flatten();
    section.map_or_else(|| sheets::name(&table.name, &document.words), |section| section.heading.clone())
}

fn properties(document: &Document) -> Result<DocProperties, XlsxError> {
    let properties = DocProperties::new()
        .set_title(&document.title)
        .set_author(&document.agency)
        .set_comment(document.words.with("workbook.snapshot-of", &[("snapshot", &document.snapshot)]));
    // Without a day in the snapshot's name the earliest one a workbook can hold: never the clock's.
    let created = match document.snapshot_day() {
        Some(day) => ExcelDateTime::from_ymd(day.year().unsigned_abs(), day.month() as u8, day.day() as u8)?,
        None => ExcelDateTime::from_ymd(1900, 1, 1)?,
    };
    Ok(properties.set_creation_datetime(&created))
}

/// The formats used, made once.
struct Styles {
    caption: Format,
    covers: Format,
    heading: Format,
    numeric_heading: Format,
    text: Format,
    under: Format,
    withheld: Format,
    count: Format,
    share: Format,
    fine_share: Format,
    decimal: Format,
    month: Format,
}

impl Styles {
    fn new() -> Self {
        let text = Format::new().set_text_wrap().set_align(FormatAlign::Top);
        let number = Format::new().set_align(FormatAlign::Top);
        let heading = Format::new()
            .set_bold()
            .set_text_wrap()
            .set_border_bottom(FormatBorder::Thin)
            .set_align(FormatAlign::Bottom);
        Self {
            caption: Format::new().set_bold().set_font_size(13),
            covers: Format::new().set_font_color(0x005B_6570),
            numeric_heading: heading.clone().set_align(FormatAlign::Right),
            heading,
            under: text.clone().set_indent(1).set_font_color(0x005B_6570),
            withheld: text.clone().set_align(FormatAlign::Right),
            text,
            count: number.clone().set_num_format("#,##0"),
            share: number.clone().set_num_format("0%"),
            fine_share: number.clone().set_num_format("0.0%"),
            decimal: number.clone().set_num_format("#,##0.0"),
            month: number.set_num_format("mmm yyyy").set_align(FormatAlign::Left),
        }
    }

    fn of(&self, format: CellFormat) -> &Format {
        match format {
            CellFormat::Text => &self.text,
            CellFormat::Under => &self.under,
            CellFormat::Count => &self.count,
            CellFormat::Share => &self.share,
            CellFormat::FineShare => &self.fine_share,
            CellFormat::Decimal => &self.decimal,
        }
    }
}

fn write_table(sheet: &mut Worksheet, table: &Table, covers: &str, styles: &Styles) -> Result<(), XlsxError> {
    write_words(sheet, (0, 0), &table.caption, &styles.caption)?;
    write_words(sheet, (1, 0), covers, &styles.covers)?;
    for (at, column) in (0u16..).zip(&table.columns) {
        let style = if column.numeric { &styles.numeric_heading } else { &styles.heading };
        write_words(sheet, (HEADING_ROW, at), &column.heading, style)?;
        sheet.set_column_width(at, width(table, usize::from(at)))?;
    }
    for (row, cells) in (HEADING_ROW + 1..).zip(&table.rows) {
        for (at, cell) in (0u16..).zip(cells) {
            let numeric = table.columns.get(usize::from(at)).is_some_and(|column| column.numeric);
            write_cell(sheet, row, at, cell, numeric, styles)?;
        }
    }
    sheet.set_freeze_panes(HEADING_ROW + 1, 1)?;
    sheet.set_repeat_rows(HEADING_ROW, HEADING_ROW)?;
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    Ok(())
}

/// Words are always written as strings, so that nothing in the data can become a formula.
fn write_words(sheet: &mut Worksheet, place: (u32, u16), words: &str, style: &Format) -> Result<(), XlsxError> {
    let written = shortened(words, LONGEST_TEXT);
    sheet.write_string_with_format(place.0, place.1, written, style)?;
    Ok(())
}

fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    at: u16,
    cell: &Cell,
    numeric: bool,
    styles: &Styles,
) -> Result<(), XlsxError> {
    if let Some(month) = cell.month.as_deref().and_then(first_day) {
        sheet.write_datetime_with_format(row, at, &month, &styles.month)?;
        return Ok(());
    }
    match cell.value {
        Some(value) if value.is_finite() && !matches!(cell.format, CellFormat::Text | CellFormat::Under) => {
            sheet.write_number_with_format(row, at, value, styles.of(cell.format))?;
        }
        _ => {
            let style = if numeric { &styles.withheld } else { styles.of(cell.format) };
            write_words(sheet, (row, at), &cell.text, style)?;
        }
    }
    Ok(())
}

/// Of `2026-06`; none before the first year that Excel knows.
fn first_day(month: &str) -> Option<ExcelDateTime> {
    ExcelDateTime::parse_from_str(&format!("{month}-01")).ok()
}

/// As wide as its longest cell, within reason; a heading may wrap, its longest word may not.
fn width(table: &Table, at: usize) -> f64 {
    let heading = table.columns.get(at).map_or("", |column| column.heading.as_str());
    let words = heading.split_whitespace().map(|word| word.chars().count());
    let cells = table.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.text.chars().count());
    let longest = words.chain(cells).max().unwrap_or(0);
    (longest + 2).clamp(NARROWEST, WIDEST) as f64
}

fn write_notes(
    sheet: &mut Worksheet,
    document: &Document,
    contents: &[(String, String)],
    styles: &Styles,
) -> Result<(), XlsxError> {
    let words = &document.words;
    let about = [
        (words.of("workbook.agency"), &document.agency),
        (words.of("workbook.report"), &document.title),
        (words.of("workbook.covers"), &document.subtitle),
        (words.of("appendix.snapshot"), &document.snapshot),
    ];
    let mut rows: Vec<(&str, String)> = about.into_iter().map(|(term, text)| (term, text.clone())).collect();
    rows.push(("", String::new()));
    rows.extend(contents.iter().map(|(name, caption)| (name.as_str(), caption.clone())));
    rows.push((words.of("workbook.in-place"), words.of("workbook.words-for-numbers").to_owned()));
    rows.push(("", String::new()));
    let first = &document.first_page;
    rows.push((words.of("workbook.in-short"), plain(&first.lede)));
    rows.extend(first.look_at_first.iter().map(|item| (words.of("page.look-at-first"), plain(item))));
    rows.extend(first.read_with_care.iter().map(|item| (words.of("page.read-with-care"), plain(item))));
    rows.extend(sentences(document));
    rows.push(("", String::new()));
    for definition in document.definitions() {
        let lines = definition.text.iter().cloned().chain(definition.source.clone());
        rows.push((&definition.term, lines.collect::<Vec<_>>().join("\n")));
    }
    write_words(sheet, (0, 0), words.of("workbook.notes"), &styles.caption)?;
    for (row, (term, text)) in (HEADING_ROW..).zip(&rows) {
        write_words(sheet, (row, 0), term, &styles.text)?;
        write_words(sheet, (row, 1), text, &styles.text)?;
    }
    for (at, width) in (0u16..).zip(NOTES_WIDTHS) {
        sheet.set_column_width(at, width)?;
    }
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    Ok(())
}

/// What the sections say in sentences, each with the heading it stands under: what was computed and what was written.
fn sentences(document: &Document) -> Vec<(&str, String)> {
    let blocks = document.sections.iter().flat_map(|s| s.blocks.iter().map(|block| (s.heading.as_str(), block)));
    blocks
        .filter_map(|(heading, block)| match block {
            Block::Lead { phrases } | Block::Paragraph { phrases } => Some((heading, plain(phrases))),
            Block::Commentary { commentary } => Some((heading, written(commentary, &document.words))),
            _ => None,
        })
        .collect()
}

/// "Commentary by Maria Lopez, 3 July 2026:" and what it says, a line for each paragraph and each item of a list.
fn written(commentary: &Commentary, words: &Words) -> String {
    let by = |by: &String| words.with("workbook.commentary-by", &[("by", by)]);
    let mut lines = vec![commentary.by.as_ref().map_or_else(|| words.of("workbook.commentary").to_owned(), by)];
    for passage in &commentary.passages {
        match passage {
            Passage::Paragraph { phrases } => lines.push(plain(phrases)),
            Passage::List { numbered, items } => lines.extend((1..).zip(items).map(|(number, item)| {
                let mark = if *numbered { format!("{number}.") } else { "•".into() };
                format!("{mark} {}", plain(item))
            })),
        }
    }
    lines.join("\n")
}

fn plain(phrases: &[Phrase]) -> String {
    phrases.iter().map(|phrase| phrase.text.as_str()).collect()
}

/// Names Excel accepts: short, without its reserved characters, different whatever their case.
#[derive(Default)]
struct SheetNames {
    taken: BTreeSet<String>,
}

impl SheetNames {
    fn next(&mut self, wanted: &str) -> String {
        let allowed: String =
            wanted.chars().map(|c| if "[]:*?/\\'".contains(c) || c.is_control() { '-' } else { c }).collect();
        // "History" is a name Excel keeps for itself.
        let base = match allowed.trim() {
            "" => "Table",
            name if name.eq_ignore_ascii_case("history") => "History-1",
            name => name,
        };
        let mut name = shortened(base, sheets::LONGEST);
        let mut copy = 1usize;
        // As many names are taken as there are sheets, so a free number comes.
        while !self.taken.insert(name.to_lowercase()) {
            copy += 1;
            let suffix = format!("-{copy}");
            name = format!("{}{suffix}", shortened(base, sheets::LONGEST - suffix.len()));
        }
        name
    }
}

/// Excel counts UTF-16 units.
fn shortened(name: &str, longest: usize) -> String {
    let mut length = 0;
    name.chars()
        .take_while(|c| {
            length += c.len_utf16();
            length <= longest
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::TableColumn;
    use crate::report::sample;
    use calamine::{Data, Range, Reader, Xlsx};
    use proptest::prelude::*;
    use std::io::{Cursor, Read};

    #[test]
    fn same_document_same_bytes() {
        let document = sample::document();
        let first = render(&document).unwrap();
        assert!(first.starts_with(b"PK"));
        assert_eq!(first, render(&document).unwrap());
    }

    /// The sheets as a program reads them, and every formula in them.
    fn read(bytes: Vec<u8>) -> (Vec<(String, Range<Data>)>, usize) {
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
        let names = book.sheet_names();
        let formulas = names.iter().map(|name| book.worksheet_formula(name).unwrap().used_cells().count()).sum();
        (names.iter().map(|name| (name.clone(), book.worksheet_range(name).unwrap())).collect(), formulas)
    }

    fn words(text: &str) -> Cell {
        Cell::text(text)
    }

    fn of_one_table(name: &str, texts: &[&str]) -> Document {
        let mut document = sample::bare();
        document.first_page.scorecard.table = Table {
            name: name.into(),
            caption: texts.first().copied().unwrap_or_default().into(),
            columns: vec![TableColumn { heading: texts.first().copied().unwrap_or_default().into(), numeric: false }],
            rows: texts.iter().map(|text| vec![words(text)]).collect(),
        };
        document
    }

    #[test]
    fn nothing_in_the_data_becomes_a_formula() {
        let texts =
            ["=1+1", "+1", "-1", "@sum(A1)", "\t=1", "\r=1", "{=1}", "=cmd|' /c calc'!A1", "http://x", "mailto:x"];
        let mut document = of_one_table("t", &texts);
        document.agency = "=HYPERLINK(\"http://x\")".into();
        document.title = "=1".into();
        document.subtitle = "@x".into();
        let (sheets, formulas) = read(render(&document).unwrap());
        assert_eq!(formulas, 0);
        let (_, sheet) = &sheets[0];
        for (row, text) in (HEADING_ROW + 1..).zip(texts) {
            // A line end that is not one of Unix is written as one; the rest comes back as it is.
            let found = sheet.get_value((row, 0)).unwrap().to_string();
            assert_eq!(found.replace(['\r', '\n'], ""), text.replace('\r', ""));
        }
        let (_, notes) = sheets.last().unwrap();
        assert!(notes.cells().any(|(_, _, cell)| *cell == Data::String(document.agency.clone())));
    }

    #[test]
    fn a_text_too_long_for_a_cell_is_cut() {
        let long = "x".repeat(40_000);
        let (sheets, _) = read(render(&of_one_table("t", &[&long])).unwrap());
        let found = sheets[0].1.get_value((HEADING_ROW + 1, 0)).unwrap().to_string();
        assert_eq!(found, long[..LONGEST_TEXT]);
    }

    #[test]
    fn a_month_is_a_date_and_one_before_excel_its_words() {
        let mut document = of_one_table("t", &["June 2026", "June 1826"]);
        let rows = &mut document.first_page.scorecard.table.rows;
        rows[0][0].month = Some("2026-06".into());
        rows[1][0].month = Some("1826-06".into());
        let (sheets, _) = read(render(&document).unwrap());
        let at = |row| sheets[0].1.get_value((HEADING_ROW + row, 0)).unwrap();
        let Data::DateTime(day) = at(1) else { panic!("{:?} is no date", at(1)) };
        assert_eq!(day.to_ymd_hms_milli(), (2026, 6, 1, 0, 0, 0, 0));
        assert_eq!(*at(2), Data::String("June 1826".into()));
    }

    #[test]
    fn a_workbook_says_whose_it_is_and_no_more() {
        let mut parts = zip::ZipArchive::new(Cursor::new(render(&sample::document()).unwrap())).unwrap();
        let mut core = String::new();
        parts.by_name("docProps/core.xml").unwrap().read_to_string(&mut core).unwrap();
        for said in
            ["<dc:title>Monthly review, June 2026</dc:title>", "<dc:creator>Harbor Family Services</dc:creator>"]
        {
            assert!(core.contains(said), "{core}");
        }
        assert_eq!(core.matches("2026-06-30T00:00:00Z").count(), core.matches("T00:00:00Z").count(), "{core}");
        assert_eq!(core.matches("W3CDTF").count(), 2, "{core}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_name_of_a_table_makes_a_sheet(name in any::<String>(), text in any::<String>()) {
            let (sheets, formulas) = read(render(&of_one_table(&name, &[&text])).unwrap());
            prop_assert_eq!(sheets.len(), 2);
            prop_assert_eq!(formulas, 0);
            let sheet = &sheets[0].0;
            prop_assert!(!sheet.is_empty() && sheet.encode_utf16().count() <= sheets::LONGEST, "{:?}", sheet);
        }
    }

    #[test]
    fn a_report_without_content_is_still_a_workbook() {
        assert!(render(&sample::bare()).unwrap().starts_with(b"PK"));
    }

    #[test]
    fn sheet_names_are_short_unique_and_allowed() {
        let mut names = SheetNames::default();
        let long = "goals-by-domain-and-program-and-quarter";
        assert_eq!(names.next(long), "goals-by-domain-and-program-and");
        assert_eq!(names.next(&long.to_uppercase()), "GOALS-BY-DOMAIN-AND-PROGRAM-A-2");
        assert_eq!(names.next("a/b:c"), "a-b-c");
        assert_eq!(names.next(""), "Table");
        assert_eq!(names.next("History"), "History-1");
    }
}
