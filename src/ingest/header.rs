//! A file's first record → which cell holds which column of the contract, and what is to be said about the rest.

use super::blocks::Form;
use super::cells;
use super::quoted::Shape;
use super::records;
use super::shown::{escaped, pattern};
use crate::contract::{Column, ColumnType, Finding, Sensitivity, Severity, Table, finding_kind};

/// How to read a file's rows.
#[derive(Debug)]
pub struct Plan {
    pub table: &'static Table,
    /// The file's place in the table's order.
    pub file: usize,
    /// The file's number in `source_files`.
    pub file_id: i32,
    /// Number of cells of a whole row.
    pub width: usize,
    /// For each column of the contract, its cell.
    pub cells: Vec<Option<usize>>,
    /// Without its required columns, or with one of them twice, a file's rows are counted and nothing more.
    pub loadable: bool,
}

impl Plan {
    /// The column of the contract that a cell holds.
    pub fn column(&self, cell: usize) -> Option<&'static Column> {
        let position = self.cells.iter().position(|at| *at == Some(cell))?;
        self.table.columns.get(position)
    }
}

impl Shape for Plan {
    fn width(&self) -> usize {
        self.width
    }

    fn may_break(&self, cell: usize) -> bool {
        self.column(cell).is_none_or(|column| column.kind == ColumnType::Text)
    }

    fn plausible(&self, cells: &[&[u8]]) -> bool {
        cells.iter().enumerate().all(|(at, cell)| match self.column(at) {
            Some(column) if cell.is_empty() => !column.required,
            Some(column) if column.sensitivity != Sensitivity::Drop => cells::plausible(column, cell),
            _ => true,
        })
    }
}

const BOM: &[u8] = b"\xef\xbb\xbf";
/// More columns than this that the contract does not know are told in one note.
const EXTRA_TOLD: usize = 20;

/// A header read.
pub struct Header {
    pub plan: Plan,
    pub findings: Vec<Finding>,
    /// Where the rows begin.
    pub bytes: usize,
    pub lines: u64,
}

/// Reads the header from the beginning of a file.
pub fn read(table: &'static Table, (file, file_id): (usize, i32), path: &str, data: &[u8], form: Form) -> Header {
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
    let line = rest.get(..length).unwrap_or_default();
    let names: Vec<String> =
        records::cells_of(line).iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
    let mut findings = Vec::new();
    let mut plan = plan(table, (file, file_id), path, &names, &mut findings);
    let trouble = if length == 0 {
        Some(about(path, None, "empty-file", "the file holds no line".to_owned()))
    } else if form == Form::Utf16 {
        Some(about(path, None, "wrong-encoding", "the file is UTF-16; export as UTF-8".to_owned()))
    } else if memchr::memchr_iter(b'"', line).count() % 2 == 1 {
        plan.width = memchr::memchr_iter(b',', line).count() + 1;
        let mut finding = about(path, None, "runaway-quote", "a quote in the header is not closed".to_owned());
        finding.line = Some(lines + 1);
        Some(finding)
    } else if plan.cells.iter().all(Option::is_none) && separator(table, &names).is_none() {
        // It is taken for the first row.
        let first = "none of the table's columns is named in the first line".to_owned();
        let header = Header {
            plan: Plan { loadable: false, ..plan },
            findings: vec![about(path, None, "no-header", first)],
            bytes: bom + start,
            lines,
        };
        return header;
    } else {
        None
    };
    if let Some(trouble) = trouble {
        plan.loadable = false;
        findings = vec![trouble];
    }
    Header { plan, findings, bytes: bom + start + length, lines: lines + u64::from(line.ends_with(b"\n")) }
}

/// What separates the columns' names if it is not a comma.
fn separator(table: &Table, names: &[String]) -> Option<&'static str> {
    let [only] = names else { return None };
    let tells_columns =
        |separator| only.split(separator).any(|name| table.position(&normal(name.trim_matches('"'))).is_some());
    [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")]
        .into_iter()
        .find(|(separator, _)| only.contains(*separator) && tells_columns(*separator))
        .map(|(_, name)| name)
}

fn plan(
    table: &'static Table,
    (file, file_id): (usize, i32),
    path: &str,
    names: &[String],
    findings: &mut Vec<Finding>,
) -> Plan {
    let mut cells = vec![None; table.columns.len()];
    let mut loadable = true;
    let separator = separator(table, names);
    let known = names.iter().filter(|name| table.position(&normal(name)).is_some()).count();
    // Where the header's names are mostly unknown it may be a row, and a row's cells are not shown.
    let is_header = known * 2 >= names.len();
    let mut extra = 0;
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
            None => {
                extra += 1;
                if separator.is_none() && extra <= EXTRA_TOLD {
                    findings.push(extra_column(table, path, cell, name, is_header));
                }
            }
        }
    }
    if separator.is_none() && extra > EXTRA_TOLD {
        let message = format!("{} more columns are not columns of {}", extra - EXTRA_TOLD, table.name);
        findings.push(about(path, None, "extra-column", message));
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
        if let (Some(separator), true) = (separator, column.required) {
            finding.hint = Some(format!("the cells are separated by {separator}; export them separated by commas"));
        }
        findings.push(finding);
    }
    Plan { table, file, file_id, width: names.len(), cells, loadable }
}

/// A note about a column the contract does not know; its name is shown only if it is one.
fn extra_column(table: &Table, path: &str, cell: usize, name: &str, is_header: bool) -> Finding {
    if name.is_empty() {
        let message = format!("cell {} of the header has no name", cell + 1);
        return about(path, Some((cell, "")), "extra-column", message);
    }
    let shows = is_header && is_name(name);
    let field = if shows { name.to_owned() } else { pattern(name.as_bytes()) };
    let quoted = if shows { format!("\"{name}\"") } else { field.clone() };
    let message = format!("{quoted} is not a column of {}", table.name);
    let mut finding = about(path, Some((cell, &field)), "extra-column", message);
    let missing = table.columns.iter().map(|c| c.name.as_str());
    if let Some(near) = nearest(&normal(name), missing) {
        finding.hint = Some(format!("if it is {near}, name it so"));
    }
    finding
}

/// Whether it looks like a column's name.
fn is_name(name: &str) -> bool {
    const LONGEST: usize = 64;
    name.chars().count() <= LONGEST
        && name.chars().any(char::is_alphabetic)
        && name.chars().all(|c| c.is_alphanumeric() || " _-.()".contains(c))
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
        file: escaped(path),
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
        let header = read(table, (0, 0), "providers.csv", text.as_bytes(), Form::Lines);
        let Header { plan, findings, bytes, lines } = header;
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
    fn missing_extra_and_double_columns_are_told_once() {
        let (plan, findings, ..) = read_header("provider_id,nmae,Name,phone\n");
        assert!(plan.loadable);
        let codes: Vec<&str> = findings.iter().map(|(code, _)| code.as_str()).collect();
        assert_eq!(codes, ["extra-column", "extra-column", "missing-column"]);
        assert!(!read_header("provider_id,name,name\n").0.loadable);
        assert!(!read_header("provider_id\n").0.loadable);
        assert_eq!(read_header("").1, [("empty-file".to_owned(), None)]);
    }

    #[test]
    fn a_first_line_that_is_no_header_is_taken_for_a_row_and_not_shown() {
        let (plan, findings, bytes, lines) = read_header("\u{feff}P1,Harbor House,court\nP2,x,y\n");
        assert_eq!((plan.loadable, plan.width, bytes, lines), (false, 3, 3, 0));
        assert_eq!(findings, [("no-header".to_owned(), None)]);
    }

    #[test]
    fn names_are_shown_if_they_are_names_and_the_header_is_one() {
        let fields = |text: &str| -> Vec<String> {
            let (_, findings, ..) = read_header(text);
            findings.into_iter().filter(|(code, _)| code == "extra-column").filter_map(|(_, field)| field).collect()
        };
        assert_eq!(fields("provider_id,name,Fax (work)\n"), ["Fax (work)"]);
        assert_eq!(fields("provider_id,name,jo@doe.org\n"), ["a…@a….a… (10 characters)"]);
        assert_eq!(fields("provider_id,name,5551234\n"), ["9… (7 characters)"]);
        assert_eq!(fields("provider_id,Jo Doe,Springfield\n"), ["Aa Aa… (6 characters)", "Aa… (11 characters)"]);
        let many: Vec<String> = (0..50).map(|n| format!("x{n}")).collect();
        assert_eq!(fields(&format!("provider_id,name,{}\n", many.join(","))).len(), EXTRA_TOLD);
    }

    #[test]
    fn other_separators_are_named() {
        let table = CONTRACT.table("providers").expect("a table");
        let header = read(table, (0, 0), "providers.csv", b"provider_id;name;fax\n", Form::Lines);
        assert!(header.findings.iter().all(|f| f.code != "extra-column" && f.code != "no-header"));
        assert!(header.findings.iter().any(|f| f.hint.as_deref().is_some_and(|hint| hint.contains("semicolons"))));
    }

    #[test]
    fn a_quote_left_open_in_the_header_is_told_as_such() {
        let (plan, findings, ..) = read_header("provider_id,\"name,partner_type\n1,a,court\n");
        assert_eq!((plan.loadable, plan.width), (false, 3));
        assert_eq!(findings, [("runaway-quote".to_owned(), None)]);
    }
}
