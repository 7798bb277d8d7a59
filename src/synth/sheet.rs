//! The files of the export: one CSV per table of the contract, written row by row.
//!
//! The lines are written here and not by a CSV library because some of them are broken on purpose.
//! No two agencies export alike, so the files differ in what must not matter: a byte order mark, the header's
//! case and spaces, the order of the columns, the line ends, a column nobody asked for.

use super::canaries;
use super::project::private_file;
use super::row::Row;
use crate::contract::{CONTRACT, Table};
use std::fs::File;
use std::io::{BufWriter, Result, Write};
use std::path::Path;

/// A table of the export, in the contract's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    Clients,
    Programs,
    Staff,
    Providers,
    Enrollments,
    Assessments,
    Plans,
    Goals,
    Referrals,
    Services,
    Contacts,
    Incidents,
    OutcomeEvents,
    Surveys,
}

/// The column of free text that the incidents file has and the contract does not.
pub const EXTRA_COLUMN: &str = "Notes";

/// How the file differs from the plainest form.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // each is a yes or no of its own
struct Looks {
    byte_order_mark: bool,
    spoken_header: bool,
    last_columns_first: usize,
    windows_lines: bool,
    notes: bool,
}

impl Looks {
    fn of(table: &str) -> Self {
        let plain = Self::default();
        match table {
            "clients" => Self { byte_order_mark: true, spoken_header: true, ..plain },
            "goals" => Self { last_columns_first: 4, ..plain },
            "referrals" => Self { last_columns_first: 1, ..plain },
            "surveys" => Self { windows_lines: true, ..plain },
            "incidents" => Self { notes: true, ..plain },
            _ => plain,
        }
    }
}

/// One open file.
pub struct Sheet {
    pub table: &'static Table,
    /// Path relative to the project.
    pub path: String,
    /// The contract's position of each column of the file, from left to right.
    order: Vec<usize>,
    line_end: &'static [u8],
    notes: bool,
    /// Headings of columns that hold nothing but canaries.
    canaries: &'static [&'static str],
    out: BufWriter<File>,
    buffer: Vec<u8>,
    /// Physical line the next record starts on.
    pub next_line: u64,
    pub rows: u64,
    pub bytes: u64,
}

impl Sheet {
    fn create(table: &'static Table, directory: &Path, canaries: bool) -> Result<Self> {
        let looks = Looks::of(&table.name);
        let mut order: Vec<usize> = (0..table.columns.len()).collect();
        order.rotate_right(looks.last_columns_first);
        let path = format!("exports/{}.csv", table.name);
        let mut sheet = Self {
            table,
            order,
            line_end: if looks.windows_lines { b"\r\n" } else { b"\n" },
            notes: looks.notes,
            canaries: if canaries { canaries::columns(&table.name) } else { &[] },
            out: BufWriter::with_capacity(1 << 16, private_file(&directory.join(&path))?),
            path,
            buffer: Vec::new(),
            next_line: 1,
            rows: 0,
            bytes: 0,
        };
        let mut header = if looks.byte_order_mark { "\u{feff}".to_owned() } else { String::new() };
        let names = sheet.order.iter().filter_map(|position| table.columns.get(*position));
        let names = names.map(|column| if looks.spoken_header { spoken(&column.name) } else { column.name.clone() });
        let notes = looks.notes.then(|| EXTRA_COLUMN.to_owned());
        let canaries = sheet.canaries.iter().map(|heading| (*heading).to_owned());
        header.push_str(&names.chain(notes).chain(canaries).collect::<Vec<_>>().join(","));
        sheet.buffer.extend_from_slice(header.as_bytes());
        sheet.end_line()?;
        sheet.rows = 0;
        Ok(sheet)
    }

    /// 1-based cell of the file that holds the contract's column of that position.
    pub fn cell_of(&self, position: usize) -> Option<usize> {
        self.order.iter().position(|place| *place == position).map(|place| place + 1)
    }

    /// Writes the row; `cells` limits or extends the number of cells, `open` is a column whose cell gets a quote
    /// that is never closed.
    fn write_cells(&mut self, row: &Row, cells: isize, open: Option<usize>) -> Result<()> {
        let noted = self.order.len() + usize::from(self.notes);
        let width = noted + self.canaries.len();
        let last = width.saturating_add_signed(cells);
        for place in 0..last {
            if place > 0 {
                self.buffer.push(b',');
            }
            match self.order.get(place) {
                Some(&position) => {
                    if open == Some(position) {
                        self.buffer.push(b'"');
                    }
                    let cell = row.cell(position);
                    let marked =
                        if self.canaries.is_empty() { None } else { canaries::mark(self.table, position, cell) };
                    push_quoted(&mut self.buffer, marked.as_deref().unwrap_or(cell));
                }
                // The notes stand after the contract's columns, in the row too.
                None if place < noted => push_quoted(&mut self.buffer, row.cell(self.order.len())),
                None if place < width => {
                    let heading = self.canaries.get(place - noted).copied().unwrap_or_default();
                    push_quoted(&mut self.buffer, canaries::cell(heading, self.rows).as_bytes());
                }
                None => self.buffer.extend_from_slice(b"see file"),
            }
        }
        self.end_line()
    }

    pub fn write(&mut self, row: &Row) -> Result<()> {
        self.write_cells(row, 0, None)
    }

    /// Writes the row with so many cells too few (negative) or too many.
    pub fn write_ragged(&mut self, row: &Row, cells: isize) -> Result<()> {
        self.write_cells(row, cells, None)
    }

    /// Writes the row with a quote before that column's cell that is never closed.
    pub fn write_runaway(&mut self, row: &Row, position: usize) -> Result<()> {
        self.write_cells(row, 0, Some(position))
    }

    fn end_line(&mut self) -> Result<()> {
        self.buffer.extend_from_slice(self.line_end);
        self.out.write_all(&self.buffer)?;
        self.next_line += memchr::memchr_iter(b'\n', &self.buffer).count() as u64;
        self.rows += 1;
        self.bytes += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

/// All files of the export, open.
pub struct Sheets(Vec<Sheet>);

impl Sheets {
    pub fn create(directory: &Path, canaries: bool) -> Result<Self> {
        std::fs::create_dir_all(directory.join("exports"))?;
        CONTRACT.tables.iter().map(|table| Sheet::create(table, directory, canaries)).collect::<Result<_>>().map(Self)
    }

    /// # Panics
    /// Never: there is one sheet for each name (`tests::a_name_for_each_table`).
    pub fn get(&mut self, name: Name) -> &mut Sheet {
        &mut self.0[name as usize]
    }

    /// Flushes the files and hands back what was written.
    pub fn finish(mut self) -> Result<Vec<Sheet>> {
        self.0.iter_mut().try_for_each(|sheet| sheet.out.flush())?;
        Ok(self.0)
    }
}

fn push_quoted(buffer: &mut Vec<u8>, cell: &[u8]) {
    if !cell.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n')) {
        buffer.extend_from_slice(cell);
        return;
    }
    buffer.push(b'"');
    for &byte in cell {
        if byte == b'"' {
            buffer.push(b'"');
        }
        buffer.push(byte);
    }
    buffer.push(b'"');
}

/// `client_id` as a person would head the column: `Client ID`.
fn spoken(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        if word == "id" { "ID".to_owned() } else { first.into_iter().chain(letters).collect() }
    });
    words.collect::<Vec<String>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_for_each_table() {
        assert_eq!(Name::Surveys as usize + 1, CONTRACT.tables.len());
        for (name, table) in [(Name::Clients, "clients"), (Name::Services, "services"), (Name::Surveys, "surveys")] {
            assert_eq!(CONTRACT.tables[name as usize].name, table);
        }
    }

    #[test]
    fn cells_with_commas_quotes_and_breaks_are_quoted() {
        let mut buffer = Vec::new();
        push_quoted(&mut buffer, b"a \"b\", c\nd");
        assert_eq!(buffer, b"\"a \"\"b\"\", c\nd\"");
        assert_eq!(spoken("client_id"), "Client ID");
    }
}
