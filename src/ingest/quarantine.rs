//! The rows set aside, as a CSV file per table: place, reasons, and the record as it stood.
//!
//! A cell is kept as it stood only if its value may be shown in a message; every other one is replaced by its pattern.
//! Where cells cannot be told apart (too few, too many, a runaway quote, broken text), that is all of them. What a
//! spreadsheet would run as a formula gets an apostrophe in front.

use super::IngestError;
use super::plan::Plan;
use super::records::cells_of;
use super::shown::{harmless, pattern};
use crate::contract::{Sensitivity, inert};
use crate::store::Seal;
use crate::store::beside::Beside;
use std::io;
use std::path::{Path, PathBuf};

/// Writes the file when the first row comes.
pub struct Quarantine {
    /// `None`: nothing is to be written.
    path: Option<PathBuf>,
    seal: Option<Seal>,
    writer: Option<csv::Writer<Beside>>,
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
    pub fn new(path: Option<PathBuf>, seal: Option<Seal>) -> Self {
        Self { path, seal, writer: None }
    }

    pub fn add(&mut self, row: &SetAside<'_>, plan: &Plan, raw: &[u8]) -> Result<(), IngestError> {
        let Some(path) = &self.path else { return Ok(()) };
        let failed = IngestError::write(path);
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => self.writer.insert(open(path, self.seal.as_ref()).map_err(&failed)?),
        };
        let text = as_it_stood(plan, raw, row.shaped);
        let (line, record) = (row.line.to_string(), row.record.to_string());
        writer
            .write_record([&*inert(row.file), &*line, &*record, row.codes, &*inert(row.messages), &*inert(&text)])
            .map_err(|error| failed(error.into()))
    }

    /// Every row is written.
    pub fn finish(self) -> Result<(), IngestError> {
        match (self.writer, &self.path) {
            (Some(writer), Some(path)) => {
                let failed = IngestError::write(path);
                let file = writer.into_inner().map_err(|error| failed(error.into_error()))?;
                file.finish().map_err(failed)
            }
            _ => Ok(()),
        }
    }
}

fn open(path: &Path, seal: Option<&Seal>) -> io::Result<csv::Writer<Beside>> {
    let mut writer = csv::Writer::from_writer(Beside::create(path, seal)?);
    writer.write_record(["file", "line", "record", "codes", "messages", "row"])?;
    Ok(writer)
}

fn as_it_stood(plan: &Plan, raw: &[u8], shaped: bool) -> String {
    let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
    let cells = cells_of(raw, plan.form);
    let mut row = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    let kept = cells.iter().enumerate().map(|(at, cell)| {
        let column = plan.column(at).filter(|_| shaped);
        // What a mapping lists is a word of the export's own, and nobody's name.
        let is_listed = column.is_some_and(|c| c.sensitivity == Sensitivity::Plain) && plan.lists(at, cell);
        let listed = || is_listed.then(|| std::str::from_utf8(cell).ok()).flatten();
        match column.and_then(|column| harmless(column, cell)).or_else(listed) {
            Some(text) => text.to_owned(),
            None if cell.is_empty() => String::new(),
            None => pattern(cell),
        }
    });
    // Writing to memory gives no error.
    let _ = row.write_record(kept);
    let bytes = row.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::bind::tests::bound;

    fn stood(table: &str, header: &str, row: &str, shaped: bool) -> String {
        as_it_stood(&bound(table, header).plan, row.as_bytes(), shaped)
    }

    #[test]
    fn only_values_of_their_columns_kind_are_kept() {
        let header = "provider_id,name,partner_type\n";
        assert_eq!(stood("providers", header, "P1,\"A, B\",court\r", true), "P1,\"A, A (4 characters)\",court");
        assert_eq!(stood("staff", "staff_id,role\n", "S-77,supervisor", true), "A-9… (4 characters),supervisor");
        assert_eq!(stood("providers", "provider_id,phone\n", "P1,555", true), "P1,9… (3 characters)");
        // A shifted row: a name where the code should be.
        assert_eq!(stood("providers", header, ",P1,Jo Doe", true), ",A9 (2 characters),Aa Aa… (6 characters)");
        assert_eq!(
            stood("clients", "client_id,postal_area,language\n", "C1,02139,english", true),
            "A9 (2 characters),9… (5 characters),english"
        );
    }

    #[test]
    fn of_a_row_whose_cells_cannot_be_told_apart_nothing_is_kept() {
        let row = stood("services", "service_id,service_type\n", "E1,2025-01-01,intake", false);
        assert_eq!(row, "A9 (2 characters),9…-9…-9… (10 characters),a… (6 characters)");
        assert!(!stood("staff", "staff_id,team\n", "S-77,\"North", false).contains("North"));
    }
}
