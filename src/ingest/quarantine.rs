//! The rows set aside, as a CSV file per table: place, reasons, and the record as it stood.
//!
//! Cells of sensitive columns, and of columns the contract does not know, are replaced by their pattern. Where cells
//! cannot be told apart (too few, too many, a runaway quote), that is every cell of a file that has such a column.

use super::IngestError;
use super::header::Plan;
use super::records::cells_of;
use crate::contract::pattern_of;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Writes the file when the first row comes.
pub struct Quarantine {
    /// `None`: nothing is to be written.
    path: Option<PathBuf>,
    writer: Option<csv::Writer<File>>,
}

/// Which row, and why.
pub struct SetAside<'a> {
    pub file: &'a str,
    pub line: u64,
    pub record: u64,
    pub codes: &'a str,
    pub messages: &'a str,
    /// Whether it has the cells of a row.
    pub shaped: bool,
}

impl Quarantine {
    pub fn new(path: Option<PathBuf>) -> Self {
        Self { path, writer: None }
    }

    pub fn add(&mut self, row: &SetAside<'_>, plan: &Plan, raw: &[u8]) -> Result<(), IngestError> {
        let Some(path) = &self.path else { return Ok(()) };
        let failed = IngestError::write(path);
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => self.writer.insert(open(path).map_err(&failed)?),
        };
        let text = as_it_stood(plan, raw, row.shaped);
        let (line, record) = (row.line.to_string(), row.record.to_string());
        writer
            .write_record([row.file, &line, &record, row.codes, row.messages, &text])
            .map_err(|error| failed(error.into()))
    }

    /// Every row is written.
    pub fn finish(self) -> Result<(), IngestError> {
        match (self.writer, &self.path) {
            (Some(mut writer), Some(path)) => writer.flush().map_err(IngestError::write(path)),
            _ => Ok(()),
        }
    }
}

fn open(path: &Path) -> io::Result<csv::Writer<File>> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    let mut writer = csv::Writer::from_path(path)?;
    writer.write_record(["file", "line", "record", "codes", "messages", "row"])?;
    Ok(writer)
}

fn as_it_stood(plan: &Plan, raw: &[u8], shaped: bool) -> String {
    let known: Vec<_> = plan
        .cells
        .iter()
        .zip(&plan.table.columns)
        .filter_map(|(cell, column)| cell.map(|cell| (cell, column.sensitivity.may_be_echoed())))
        .collect();
    let hidden = known.iter().any(|(_, echoed)| !echoed) || known.len() < plan.width;
    let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
    if !hidden {
        return String::from_utf8_lossy(raw).into_owned();
    }
    let cells = cells_of(raw);
    let mut row = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    let shown = cells.iter().enumerate().map(|(at, cell)| {
        let text = String::from_utf8_lossy(cell);
        let echoed = shaped && known.iter().any(|(cell, echoed)| *cell == at && *echoed);
        if echoed || cell.is_empty() { text.into_owned() } else { pattern_of(&text) }
    });
    // Writing to memory gives no error.
    let _ = row.write_record(shown);
    let bytes = row.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::CONTRACT;
    use crate::ingest::header;

    fn stood(table: &str, header: &str, row: &str, shaped: bool) -> String {
        let table = CONTRACT.table(table).expect("a table");
        let (plan, ..) = header::read(table, 0, "x.csv", header.as_bytes());
        as_it_stood(&plan, row.as_bytes(), shaped)
    }

    #[test]
    fn sensitive_and_unknown_cells_show_their_pattern_only() {
        assert_eq!(stood("providers", "provider_id,name\n", "P1,\"A, B\"\r", true), "P1,\"A, B\"");
        assert_eq!(stood("staff", "staff_id,team\n", "S-77,North", true), "A-9… (4 characters),North");
        assert_eq!(stood("providers", "provider_id,name,phone\n", "P1,A,555", true), "P1,A,9… (3 characters)");
        assert!(!stood("staff", "staff_id,team\n", "North", false).contains("North"));
        assert!(!stood("staff", "staff_id,team\n", "S-77,\"North", false).contains("North"));
    }
}
