//! The workbook: a sheet per table, the scorecard first, and a last sheet that says what the words mean.

use super::document::{Commentary, Document, Passage, Phrase};
use super::error::ReportError;
use super::sheets;
use crate::chart::{Cell, CellFormat, Table};
use crate::language::Words;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};
use std::collections::BTreeSet;

/// Where a sheet's headings stand; its caption is above them.
const HEADING_ROW: u32 = 2;
/// Excel refuses longer names.
const LONGEST_SHEET_NAME: usize = 31;
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
    for table in document.tables() {
        let name = names.next(&sheets::name(&table.name, &document.words));
        let sheet = workbook.add_worksheet();
        sheet.set_name(&name)?;
        write_table(sheet, table, &styles)?;
        sheet.set_footer(format!("&L{}&R&P / &N", document.snapshot.replace('&', "&&")));
        contents.push((name, table.caption.as_str()));
    }
    let sheet = workbook.add_worksheet();
    sheet.set_name(names.next(document.words.of("workbook.notes")))?;
    write_notes(sheet, document, &contents, &styles)?;
    workbook.save_to_buffer()
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
    heading: Format,
    numeric_heading: Format,
    text: Format,
    withheld: Format,
    count: Format,
    share: Format,
    decimal: Format,
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
            numeric_heading: heading.clone().set_align(FormatAlign::Right),
            heading,
            withheld: text.clone().set_align(FormatAlign::Right),
            text,
            count: number.clone().set_num_format("#,##0"),
            share: number.clone().set_num_format("0%"),
            decimal: number.set_num_format("#,##0.0"),
        }
    }

    fn of(&self, format: CellFormat) -> &Format {
        match format {
            CellFormat::Text => &self.text,
            CellFormat::Count => &self.count,
            CellFormat::Share => &self.share,
            CellFormat::Decimal => &self.decimal,
        }
    }
}

fn write_table(sheet: &mut Worksheet, table: &Table, styles: &Styles) -> Result<(), XlsxError> {
    sheet.write_string_with_format(0, 0, &table.caption, &styles.caption)?;
    for (at, column) in (0u16..).zip(&table.columns) {
        let style = if column.numeric { &styles.numeric_heading } else { &styles.heading };
        sheet.write_string_with_format(HEADING_ROW, at, &column.heading, style)?;
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
fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    at: u16,
    cell: &Cell,
    numeric: bool,
    styles: &Styles,
) -> Result<(), XlsxError> {
    match cell.value {
        Some(value) if value.is_finite() && cell.format != CellFormat::Text => {
            sheet.write_number_with_format(row, at, value, styles.of(cell.format))?;
        }
        _ => {
            let style = if numeric { &styles.withheld } else { &styles.text };
            sheet.write_string_with_format(row, at, &cell.text, style)?;
        }
    }
    Ok(())
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
    contents: &[(String, &str)],
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
    rows.extend(contents.iter().map(|(name, caption)| (name.as_str(), (*caption).to_owned())));
    rows.push(("", String::new()));
    rows.extend(document.first_page.read_with_care.iter().map(|item| (words.of("page.read-with-care"), plain(item))));
    rows.extend(document.commentaries().into_iter().map(|(heading, commentary)| (heading, written(commentary, words))));
    for definition in document.definitions() {
        let lines = definition.text.iter().cloned().chain(definition.source.clone());
        rows.push((&definition.term, lines.collect::<Vec<_>>().join("\n")));
    }
    sheet.write_string_with_format(0, 0, words.of("workbook.notes"), &styles.caption)?;
    for (row, (term, text)) in (HEADING_ROW..).zip(&rows) {
        sheet.write_string_with_format(row, 0, *term, &styles.text)?;
        sheet.write_string_with_format(row, 1, text, &styles.text)?;
    }
    for (at, width) in (0u16..).zip(NOTES_WIDTHS) {
        sheet.set_column_width(at, width)?;
    }
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    Ok(())
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
        let mut name = shortened(base, LONGEST_SHEET_NAME);
        let mut copy = 1usize;
        // As many names are taken as there are sheets, so a free number comes.
        while !self.taken.insert(name.to_lowercase()) {
            copy += 1;
            let suffix = format!("-{copy}");
            name = format!("{}{suffix}", shortened(base, LONGEST_SHEET_NAME - suffix.len()));
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
    use crate::report::sample;

    #[test]
    fn same_document_same_bytes() {
        let document = sample::document();
        let first = render(&document).unwrap();
        assert!(first.starts_with(b"PK"));
        assert_eq!(first, render(&document).unwrap());
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
