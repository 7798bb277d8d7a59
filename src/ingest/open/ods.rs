//! The sheets of an ODS workbook, read from its XML as it comes, so that repeated cells and rows take no more
//! room than they hold and merged cells are known.

use super::sheet::{Place, Sheet, Unfit};
use super::value;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use std::collections::BTreeSet;
use std::io::BufRead;

/// Elements within elements; a cell's words stand some ten deep.
const DEEPEST: usize = 200;

/// Why the XML is not read.
#[derive(Debug)]
pub enum Wrong {
    Damaged(String),
    Unfit(Unfit),
}

impl From<quick_xml::Error> for Wrong {
    fn from(error: quick_xml::Error) -> Self {
        Self::Damaged(error.to_string())
    }
}

impl From<Unfit> for Wrong {
    fn from(unfit: Unfit) -> Self {
        Self::Unfit(unfit)
    }
}

/// Names of the sheets, and whether they are hidden.
pub fn sheets(content: impl BufRead) -> Result<Vec<(String, bool)>, Wrong> {
    let mut xml = Xml::new(content);
    let mut hidden = BTreeSet::new();
    let mut style = String::new();
    let mut all = Vec::new();
    while let Some(step) = xml.step()? {
        let Step::Start(element) = step else { continue };
        match element.name.as_str() {
            "style:style" => element.get("style:name").clone_into(&mut style),
            "style:table-properties" if element.get("table:display") == "false" => {
                hidden.insert(style.clone());
            }
            "table:table" if xml.is_in("office:spreadsheet", 0) => {
                let is_hidden = hidden.contains(element.get("table:style-name"));
                all.push((element.get("table:name").to_owned(), is_hidden));
            }
            _ => {}
        }
    }
    Ok(all)
}

/// Reads the cells of one sheet.
pub fn sheet(content: impl BufRead, name: &str, into: &mut Sheet) -> Result<(), Wrong> {
    let mut xml = Xml::new(content);
    while let Some(step) = xml.step()? {
        if let Step::Start(element) = step
            && element.name == "table:table"
            && xml.is_in("office:spreadsheet", 0)
            && element.get("table:name") == name
        {
            return rows(&mut xml, into);
        }
    }
    Ok(())
}

/// The rows of the table that begins here.
fn rows<R: BufRead>(xml: &mut Xml<R>, into: &mut Sheet) -> Result<(), Wrong> {
    let depth = xml.path.len();
    let mut row = 0_u32;
    while let Some(step) = xml.step()? {
        match step {
            Step::Start(element) if element.name == "table:table-row" && !xml.is_in("table:table-cell", depth) => {
                let repeated = element.number("table:number-rows-repeated");
                let cells = cells(xml)?;
                for again in 0..if cells.is_empty() { 0 } else { repeated } {
                    for cell in &cells {
                        cell.put(row.saturating_add(again), into)?;
                    }
                }
                row = row.saturating_add(repeated);
            }
            Step::End if xml.path.len() < depth => return Ok(()),
            _ => {}
        }
    }
    Err(Wrong::Damaged("it ends within a sheet".to_owned()))
}

struct Cell {
    column: u32,
    /// How many columns hold the same.
    repeated: u32,
    text: String,
    is_text: bool,
    /// Rows and columns it is merged over.
    spanned: Place,
}

impl Cell {
    fn put(&self, row: u32, into: &mut Sheet) -> Result<(), Unfit> {
        for again in 0..self.repeated {
            into.push((row, self.column.saturating_add(again)), &self.text, self.is_text)?;
        }
        let (rows, columns) = self.spanned;
        into.merge((row, self.column), (row.saturating_add(rows - 1), self.column.saturating_add(columns - 1)));
        Ok(())
    }
}

/// The cells of the row that begins here, those that hold nothing left out.
fn cells<R: BufRead>(xml: &mut Xml<R>) -> Result<Vec<Cell>, Wrong> {
    let depth = xml.path.len();
    let mut all = Vec::new();
    let mut column = 0_u32;
    while let Some(step) = xml.step()? {
        match step {
            Step::Start(element)
                if matches!(element.name.as_str(), "table:table-cell" | "table:covered-table-cell") =>
            {
                let shown = words(xml)?;
                let repeated = element.number("table:number-columns-repeated");
                let (text, is_text) = content(&element, shown);
                // What a covered cell holds is not shown.
                if !text.is_empty() && element.name == "table:table-cell" {
                    let spanned =
                        (element.number("table:number-rows-spanned"), element.number("table:number-columns-spanned"));
                    all.push(Cell { column, repeated, text, is_text, spanned });
                }
                column = column.saturating_add(repeated);
            }
            Step::End if xml.path.len() < depth => return Ok(all),
            _ => {}
        }
    }
    Err(Wrong::Damaged("it ends within a row".to_owned()))
}

/// What a cell holds: its value, or the words that are shown where that is text or an error.
fn content(cell: &Element, shown: String) -> (String, bool) {
    if cell.get("calcext:value-type") == "error" {
        return (shown, false);
    }
    let number = || cell.get("office:value").parse().map_or_else(|_| shown.clone(), value::number_text);
    match cell.get("office:value-type") {
        "float" | "percentage" | "currency" => (number(), false),
        "date" => (value::iso_moment(cell.get("office:date-value")).to_owned(), false),
        "time" => (value::iso_duration(cell.get("office:time-value")).into_owned(), false),
        "boolean" => (cell.get("office:boolean-value").to_owned(), false),
        _ => {
            let kept = cell.get("office:string-value");
            (if kept.is_empty() { shown } else { kept.to_owned() }, true)
        }
    }
}

/// The words of the cell that begins here, a line for each paragraph; not those of a remark on it.
fn words<R: BufRead>(xml: &mut Xml<R>) -> Result<String, Wrong> {
    let depth = xml.path.len();
    let mut text = String::new();
    let mut paragraphs = 0;
    while let Some(step) = xml.step()? {
        let is_shown = !xml.is_in("office:annotation", depth) && !xml.is_in("table:table", depth);
        match step {
            Step::End if xml.path.len() < depth => return Ok(text),
            Step::Start(element) if is_shown => match element.name.as_str() {
                "text:p" => {
                    if paragraphs > 0 {
                        text.push('\n');
                    }
                    paragraphs += 1;
                }
                "text:s" => text.extend(std::iter::repeat_n(' ', element.number("text:c").min(1000) as usize)),
                "text:tab" => text.push('\t'),
                "text:line-break" => text.push('\n'),
                _ => {}
            },
            Step::Text(words) if is_shown && xml.is_in("text:p", depth) => text.push_str(&words),
            _ => {}
        }
    }
    Err(Wrong::Damaged("it ends within a cell".to_owned()))
}

/// An element's name and what is written in its tag.
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    fn of(tag: &BytesStart<'_>) -> Result<Self, Wrong> {
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| Wrong::Damaged(error.to_string()))?;
            let text = attribute.normalized_value(XmlVersion::Implicit1_0)?;
            attributes.push((attribute.key.as_ref().to_owned(), text.into_owned()));
        }
        Ok(Self { name: tag.name().as_ref().to_owned(), attributes })
    }

    /// An attribute, or nothing.
    fn get(&self, name: &str) -> &str {
        self.attributes.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// How often; once where it is not said.
    fn number(&self, name: &str) -> u32 {
        self.get(name).parse().unwrap_or(1).max(1)
    }
}

enum Step {
    Start(Element),
    End,
    Text(String),
}

/// The XML, and which elements are open.
struct Xml<R> {
    reader: Reader<R>,
    path: Vec<String>,
    buffer: Vec<u8>,
}

impl<R: BufRead> Xml<R> {
    fn new(content: R) -> Self {
        let mut reader = Reader::from_reader(content);
        reader.config_mut().expand_empty_elements = true;
        Self { reader, path: Vec::new(), buffer: Vec::new() }
    }

    /// Whether an element is open, of those within so many.
    fn is_in(&self, name: &str, depth: usize) -> bool {
        self.path.iter().skip(depth).any(|open| open == name)
    }

    /// What comes next; nothing at the end.
    fn step(&mut self) -> Result<Option<Step>, Wrong> {
        loop {
            self.buffer.clear();
            let step = match self.reader.read_event_into(&mut self.buffer)? {
                Event::Start(tag) => {
                    let element = Element::of(&tag)?;
                    if self.path.len() >= DEEPEST {
                        return Err(Wrong::Damaged("its parts stand too deep in one another".to_owned()));
                    }
                    self.path.push(element.name.clone());
                    Step::Start(element)
                }
                Event::End(_) => {
                    self.path.pop();
                    Step::End
                }
                Event::Text(text) => Step::Text(text.xml10_content().into_owned()),
                Event::CData(text) => Step::Text(text.xml10_content().into_owned()),
                Event::GeneralRef(name) => Step::Text(reference(&name)?),
                Event::Eof => return Ok(None),
                _ => continue,
            };
            return Ok(Some(step));
        }
    }
}

/// The letter that `&amp;` or `&#38;` stands for.
fn reference(name: &BytesRef<'_>) -> Result<String, Wrong> {
    let letter = match &**name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => name.resolve_char_ref()?.ok_or_else(|| Wrong::Damaged("it refers to what it does not hold".to_owned()))?,
    };
    Ok(letter.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(table: &str) -> Result<String, Wrong> {
        let xml = format!(
            "<office:document-content><office:automatic-styles><style:style style:name='h'>\
             <style:table-properties table:display='false'/></style:style></office:automatic-styles><office:body>\
             <office:spreadsheet><table:table table:name='S' table:style-name='h'>{table}</table:table>\
             </office:spreadsheet></office:body></office:document-content>"
        );
        assert!(
            sheets(xml.as_bytes()).is_err() || sheets(xml.as_bytes()).is_ok_and(|all| all == [("S".to_owned(), true)])
        );
        let mut into = Sheet::new(1 << 20);
        sheet(xml.as_bytes(), "S", &mut into)?;
        let (bytes, _) = into.finish()?;
        Ok(String::from_utf8_lossy(&bytes).replace('\u{1f}', "|").replace('\u{1e}', "/"))
    }

    #[test]
    fn repeated_spanned_and_covered_cells_stand_where_they_are_shown() {
        let table = "<table:table-column/><table:table-row table:number-rows-repeated='2'>\
            <table:table-cell table:number-columns-repeated='2'/>\
            <table:table-cell office:value-type='float' office:value='7.0' table:number-columns-repeated='2'/>\
            </table:table-row><table:table-row table:number-rows-repeated='1000000'/><table:table-row>\
            <table:table-cell office:value-type='string' table:number-columns-spanned='2'><text:p>a &amp;<text:s/>\
            <text:span>b</text:span></text:p><text:p>c</text:p><office:annotation><text:p>no</text:p></office:annotation>\
            </table:table-cell><table:covered-table-cell><text:p>hidden</text:p></table:covered-table-cell>\
            <table:table-cell office:value-type='date' office:date-value='2026-01-31T00:00:00'/>\
            <table:table-cell office:value-type='string' calcext:value-type='error'><text:p>#N/A</text:p></table:table-cell>\
            </table:table-row>";
        let text = read(table).expect("read");
        assert!(text.starts_with("||7|7/||7|7///"));
        assert!(text.ends_with("//a & b\nc||2026-01-31|#N/A/"), "{}", &text[text.len() - 40..]);
    }

    #[test]
    fn what_ends_too_early_or_goes_too_far_is_told() {
        let cut = |end: usize| {
            let xml = "<office:spreadsheet><table:table table:name='S'><table:table-row><table:table-cell><text:p>x";
            sheet(&xml.as_bytes()[..end], "S", &mut Sheet::new(99)).is_err()
        };
        assert!((50..93).all(cut));
        let far = "<table:table-row table:number-rows-repeated='4000000000'><table:table-cell office:value-type='boolean' \
            office:boolean-value='true' table:number-columns-repeated='4000000000'/></table:table-row>";
        assert!(matches!(read(far), Err(Wrong::Unfit(_))));
        assert!(matches!(read(&"<a>".repeat(1000)), Err(Wrong::Damaged(_))));
    }
}
