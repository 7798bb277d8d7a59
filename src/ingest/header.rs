//! A file's first record → which cell holds which column of the contract, and what is to be said about the rest.

use super::records;
use crate::contract::{Finding, Severity, Table, finding_kind};

/// How to read a file's rows.
#[derive(Debug)]
pub struct Plan {
    pub table: &'static Table,
    /// The file's place in the table's order.
    pub file: usize,
    /// Number of cells of a whole row.
    pub width: usize,
    /// For each column of the contract, its cell.
    pub cells: Vec<Option<usize>>,
    /// Without its required columns, or with one of them twice, a file's rows are counted and nothing more.
    pub loadable: bool,
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Reads the header from the first block. Gives the plan, the findings, and where the rows begin: bytes and lines.
pub fn read(table: &'static Table, file: usize, path: &str, data: &[u8]) -> (Plan, Vec<Finding>, usize, u64) {
    let bom = if data.starts_with(BOM) { BOM.len() } else { 0 };
    let rest = data.get(bom..).unwrap_or_default();
    let mut start = 0;
    let mut lines = 0;
    while let Some(byte) = rest.get(start).filter(|b| matches!(b, b'\n' | b'\r')) {
        lines += u64::from(*byte == b'\n');
        start += 1;
    }
    let rest = rest.get(start..).unwrap_or_default();
    // Column names hold no line breaks, so a header is one line.
    let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |newline| newline + 1);
    let names: Vec<String> = records::cells_of(rest.get(..length).unwrap_or_default())
        .iter()
        .map(|cell| String::from_utf8_lossy(cell).into_owned())
        .collect();
    let mut findings = Vec::new();
    let plan = plan(table, file, path, &names, &mut findings);
    if length == 0 {
        findings.clear();
        findings.push(about(path, None, "empty-file", "the file holds no line".to_owned()));
    }
    // What is wrong with the file as a whole is the only thing worth saying of it.
    if let Some((code, message)) = unlike_text(data, rest) {
        findings.clear();
        findings.push(about(path, None, code, message.to_owned()));
        let plan = Plan { loadable: false, cells: vec![None; table.columns.len()], ..plan };
        return (plan, findings, data.len().min(bom + start + length), lines);
    }
    (plan, findings, bom + start + length, lines + u64::from(rest.get(..length).is_some_and(|h| h.ends_with(b"\n"))))
}

/// Why no header can be told in the first block. `rest` is the block without what stands before the header.
fn unlike_text(data: &[u8], rest: &[u8]) -> Option<(&'static str, &'static str)> {
    // A header holds ASCII letters, every other byte of which is nought in UTF-16.
    let marked = data.starts_with(b"\xff\xfe") || data.starts_with(b"\xfe\xff");
    let alternate = matches!(data, [0, 1..=255, 0, 1..=255, ..] | [1..=255, 0, 1..=255, 0, ..]);
    if marked || alternate {
        return Some(("wrong-encoding", "the file is UTF-16 text"));
    }
    let first_end = memchr::memchr2(b'\n', b'\r', rest)?;
    let alone = rest.get(first_end) == Some(&b'\r') && rest.get(first_end + 1).is_some_and(|next| *next != b'\n');
    // Inside quotes, or where a line feed follows after all, a carriage return is white space.
    (alone && memchr::memchr(b'\n', rest).is_none())
        .then_some(("wrong-line-ends", "the lines end in carriage returns alone"))
}

fn plan(table: &'static Table, file: usize, path: &str, names: &[String], findings: &mut Vec<Finding>) -> Plan {
    let mut cells = vec![None; table.columns.len()];
    let mut loadable = true;
    for (cell, name) in names.iter().enumerate() {
        let known = table.position(&normal(name));
        let slot = known.and_then(|column| cells.get_mut(column));
        match slot {
            Some(slot @ None) => *slot = Some(cell),
            Some(Some(first)) => {
                loadable = false;
                let message = format!("{} stands in cell {} and in cell {}", normal(name), *first + 1, cell + 1);
                findings.push(about(path, Some((cell, &normal(name))), "duplicate-column", message));
            }
            None if name.is_empty() => {
                let message = format!("cell {} of the header has no name", cell + 1);
                findings.push(about(path, Some((cell, "")), "extra-column", message));
            }
            None => {
                let message = format!("\"{name}\" is not a column of {}", table.name);
                let mut finding = about(path, Some((cell, name)), "extra-column", message);
                let missing = table.columns.iter().map(|c| c.name.as_str());
                if let Some(near) = nearest(&normal(name), missing) {
                    finding.hint = Some(format!("if it is {near}, name it so"));
                }
                findings.push(finding);
            }
        }
    }
    for (column, cell) in table.columns.iter().zip(&cells) {
        if cell.is_some() {
            continue;
        }
        let code = if column.required { "missing-required-column" } else { "missing-column" };
        loadable &= !column.required;
        let message = format!("{} ({}) is not in the file", column.name, column.about);
        let mut finding = about(path, None, code, message);
        finding.field = Some(column.name.clone());
        if let ([only], true) = (names, column.required)
            && let Some((_, separator)) = [(';', "semicolons"), ('\t', "tabs")].iter().find(|(c, _)| only.contains(*c))
        {
            finding.hint = Some(format!("the cells are separated by {separator}; export them separated by commas"));
        }
        findings.push(finding);
    }
    Plan { table, file, width: names.len(), cells, loadable }
}

/// A name as the contract writes names: case, spaces and hyphens do not matter.
pub fn normal(name: &str) -> String {
    name.trim().chars().map(|c| if matches!(c, ' ' | '-') { '_' } else { c.to_ascii_lowercase() }).collect()
}

/// The one of `known` that is most likely meant.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const ALIKE: f64 = 0.8;
    known
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// A finding about a file as a whole.
pub fn about(path: &str, cell: Option<(usize, &str)>, code: &str, message: String) -> Finding {
    let kind = finding_kind(code);
    Finding {
        code: code.to_owned(),
        severity: kind.map_or(Severity::Error, |kind| kind.severity),
        file: path.to_owned(),
        line: None,
        column: cell.map(|(cell, _)| cell as u64 + 1),
        field: cell.map(|(_, name)| name.to_owned()),
        record: None,
        message,
        hint: kind.map(|kind| kind.fix.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::CONTRACT;

    fn read_header(text: &str) -> (Plan, Vec<(String, Option<String>)>, usize, u64) {
        let table = CONTRACT.table("providers").expect("a table");
        let (plan, findings, bytes, lines) = read(table, 0, "providers.csv", text.as_bytes());
        (plan, findings.into_iter().map(|f| (f.code, f.field)).collect(), bytes, lines)
    }

    #[test]
    fn order_case_spaces_and_a_bom_do_not_matter() {
        let (plan, findings, bytes, lines) = read_header("\u{feff}\r\nPartner Type,NAME,\"Provider-ID\"\r\nx");
        assert_eq!(plan.cells, [Some(2), Some(1), Some(0)]);
        assert!(plan.loadable && findings.is_empty());
        assert_eq!((bytes, lines), (38, 2));
    }

    #[test]
    fn another_encoding_and_other_line_ends_are_named() {
        let table = CONTRACT.table("providers").expect("a table");
        let said = |bytes: &[u8]| {
            let (plan, findings, ..) = read(table, 0, "providers.csv", bytes);
            assert!(!plan.loadable);
            findings.into_iter().map(|finding| finding.code).collect::<Vec<_>>()
        };
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        assert_eq!(said(&utf16("\u{feff}provider_id,name\nP1,A\n")), ["wrong-encoding"]);
        assert_eq!(said(&utf16("provider_id,name\nP1,A\n")), ["wrong-encoding"]);
        assert_eq!(said(b"provider_id,name\rP1,A\rP2,B\r"), ["wrong-line-ends"]);
        assert!(read_header("provider_id,name\r").0.loadable, "a header alone");
    }

    #[test]
    fn missing_extra_and_double_columns_are_told_once() {
        let (plan, findings, ..) = read_header("provider_id,nmae,Name,phone\n");
        assert!(plan.loadable);
        let codes: Vec<&str> = findings.iter().map(|(code, _)| code.as_str()).collect();
        assert_eq!(codes, ["extra-column", "extra-column", "missing-column"]);
        assert!(!read_header("provider_id,name,name\n").0.loadable);
        assert!(!read_header("provider_id\n").0.loadable);
        assert_eq!(read_header("").1, [("empty-file".to_owned(), None)]);
    }
}
