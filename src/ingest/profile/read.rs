//! One logical file, read from front to back: its header found, its columns counted block by block.
//!
//! A block of rows is a polars frame of text columns; of each column only the different values with their rows go on to
//! the [`Tally`], so that memory grows neither with the file nor with what repeats.

use super::names::WORDS;
use super::records::Records;
use super::sensitive::is_e_mail;
use super::tally::Tally;
use super::{dates, numbers};
use crate::ingest::header_lines::joined;
use polars::prelude::{Column, DataFrame, IntoLazy, NamedFrom, PolarsError, PolarsResult, Series, col, len};
use std::collections::VecDeque;
use std::io;

/// Records that are looked at to find the header.
const LOOKED_AT: usize = 50;
/// Rows of a block, and bytes of its cells.
const BLOCK_ROWS: usize = 1 << 15;
const BLOCK_BYTES: usize = 8 << 20;
/// With fewer rows a thread is not worth starting.
const FEW_ROWS: usize = 1 << 10;
/// Columns of a file that are counted; a sheet may claim to have a million.
const MOST_COLUMNS: usize = 2000;

/// What was read.
#[derive(Debug, Default)]
pub struct Read {
    /// Names as they stand in the header; of a file without one, `None`.
    pub header: Option<Vec<String>>,
    /// The line the header stands in; 0 if there is none.
    pub header_line: u64,
    /// Lines it takes.
    pub header_lines: u64,
    pub columns: Vec<Tally>,
    pub rows: u64,
    /// Rows that are the header once more.
    pub repeated_headers: u64,
    /// Rows that sum up others.
    pub totals: u64,
    pub short: u64,
    pub long: u64,
    /// Columns beyond those counted.
    pub left_out: usize,
}

/// Reads all records.
pub fn read(mut records: Records) -> io::Result<Read> {
    let mut head: VecDeque<(u64, Vec<String>)> = VecDeque::new();
    let mut cells = Vec::new();
    while head.len() < LOOKED_AT
        && let Some(line) = records.next(&mut cells)?
    {
        head.push_back((line, cells.clone()));
    }
    let mut found = Read::default();
    let start = header_in(&head);
    let names = names_at(&head, start);
    let width = head.get(start).map_or(0, |(_, cells)| cells.len()).min(MOST_COLUMNS);
    found.left_out = head.get(start).map_or(0, |(_, cells)| cells.len()) - width;
    head.drain(..start.min(head.len()));
    if let (Some((lines, names)), Some((line, _))) = (names, head.front()) {
        found.header_line = *line;
        found.header_lines = lines as u64;
        found.header = Some(names);
        head.drain(..lines);
    }
    found.columns = (0..width).map(|_| Tally::new()).collect();
    let mut block = Block::new(width);
    loop {
        if let Some((_, first)) = head.pop_front() {
            cells = first;
        } else if records.next(&mut cells)?.is_none() {
            break;
        }
        if found.counts(&cells) {
            block.push(&cells);
        }
        if block.is_full() {
            block.count(&mut found.columns).map_err(polars_error)?;
        }
    }
    block.count(&mut found.columns).map_err(polars_error)?;
    Ok(found)
}

impl Read {
    /// Whether the record is a row of data.
    fn counts(&mut self, cells: &[String]) -> bool {
        let known = cells.iter().filter(|cell| !cell.is_empty()).count();
        if self.header.as_deref().is_some_and(|header| header == cells) && cells.len() > 1 {
            self.repeated_headers += 1;
            return false;
        }
        let first = cells.iter().find(|cell| !cell.is_empty()).map(|cell| cell.to_lowercase()).unwrap_or_default();
        let sums = ["grand total", "total", "subtotal", "totals", "sum", "gesamt", "summe"];
        if self.columns.len() > 2 && known * 2 <= self.columns.len() && sums.contains(&first.trim_end_matches(':')) {
            self.totals += 1;
            return false;
        }
        let width = self.columns.len() + self.left_out;
        self.short += u64::from(cells.len() < width);
        self.long += u64::from(cells.len() > width);
        self.rows += 1;
        true
    }
}

fn polars_error(error: PolarsError) -> io::Error {
    io::Error::other(error)
}

/// The first record that is as wide as most: what stands above it is a preamble.
fn header_in(head: &VecDeque<(u64, Vec<String>)>) -> usize {
    let filled = |cells: &[String]| cells.iter().filter(|cell| !cell.is_empty()).count();
    let mut widths: Vec<usize> = head.iter().map(|(_, cells)| cells.len()).collect();
    widths.sort_unstable();
    // The width that most records have, the larger of two.
    let mut best = (0, 0);
    for group in widths.chunk_by(|a, b| a == b) {
        let width = group.first().copied().unwrap_or_default();
        best = best.max((group.len(), width));
    }
    let width = best.1;
    head.iter()
        .position(|(_, cells)| {
            cells.len() == width && filled(cells) * 3 >= width * 2 && (width == 1 || filled(cells) > 1)
        })
        .or_else(|| head.iter().position(|(_, cells)| cells.len() == width))
        .unwrap_or_default()
}

/// The names that stand from that record on, and how many records they take; `None` if they look like data.
fn names_at(head: &VecDeque<(u64, Vec<String>)>, start: usize) -> Option<(usize, Vec<String>)> {
    let (_, first) = head.get(start)?;
    if first.iter().all(String::is_empty) || first.iter().any(|cell| is_data(cell)) {
        return None;
    }
    if differ(first, 9) {
        return Some((1, first.clone()));
    }
    // Merged cells give several columns one name; what tells them apart may stand in the next line.
    let second = head.get(start + 1).map(|(_, cells)| cells);
    let below = second.filter(|cells| cells.len() <= first.len() && !cells.iter().any(|cell| is_data(cell)));
    if let Some(names) = below.map(|below| joined(&[first, below])).filter(|names| differ(names, 9)) {
        return Some((2, names));
    }
    (differ(first, 7) && second.is_some_and(|cells| cells.iter().any(|cell| is_data(cell)))).then(|| (1, first.clone()))
}

/// Whether so many tenths of the names are each another.
fn differ(names: &[String], tenths: usize) -> bool {
    let mut once: Vec<&String> = names.iter().filter(|name| !name.is_empty()).collect();
    let all = once.len();
    once.sort_unstable();
    once.dedup();
    once.len() * 10 >= all * tenths
}

/// Whether a cell holds what no name is: a date, a plain number, an address, a mark of an unknown value.
fn is_data(cell: &str) -> bool {
    is_e_mail(cell)
        || !dates::readings(cell).forms.is_empty()
        || numbers::number(cell).is_some()
        || WORDS.missing.contains(&cell.to_lowercase())
}

/// Rows, column by column.
struct Block {
    columns: Vec<Vec<Option<String>>>,
    rows: usize,
    bytes: usize,
}

impl Block {
    fn new(width: usize) -> Self {
        Self { columns: vec![Vec::new(); width], rows: 0, bytes: 0 }
    }

    fn push(&mut self, cells: &[String]) {
        for (at, column) in self.columns.iter_mut().enumerate() {
            let cell = cells.get(at).filter(|cell| !cell.is_empty()).cloned();
            self.bytes += cell.as_ref().map_or(0, String::len);
            column.push(cell);
        }
        self.rows += 1;
    }

    fn is_full(&self) -> bool {
        self.rows >= BLOCK_ROWS || self.bytes >= BLOCK_BYTES
    }

    /// Counts every column, several at a time; empties the block.
    fn count(&mut self, tallies: &mut [Tally]) -> PolarsResult<()> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let each = if self.rows < FEW_ROWS { usize::MAX } else { self.columns.len().div_ceil(threads).max(1) };
        std::thread::scope(|scope| {
            let parts = self.columns.chunks_mut(each).zip(tallies.chunks_mut(each));
            let running: Vec<_> = parts
                .map(|(columns, tallies)| {
                    let each =
                        move || columns.iter_mut().zip(tallies).try_for_each(|(cells, tally)| count(cells, tally));
                    scope.spawn(each)
                })
                .collect();
            running
                .into_iter()
                .try_for_each(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })?;
        self.rows = 0;
        self.bytes = 0;
        Ok(())
    }
}

/// The different values of a column with their rows; empties it.
fn count(cells: &mut Vec<Option<String>>, tally: &mut Tally) -> PolarsResult<()> {
    const VALUE: &str = "value";
    let cells = std::mem::take(cells);
    if cells.is_empty() {
        return Ok(());
    }
    let frame = DataFrame::new(cells.len(), vec![Column::from(Series::new(VALUE.into(), cells))])?;
    let counted = frame.lazy().group_by_stable([col(VALUE)]).agg([len().alias("rows")]).collect()?;
    let (values, rows) = (counted.column(VALUE)?.str()?.clone(), counted.column("rows")?.u32()?.clone());
    for (value, rows) in values.iter().zip(rows.iter()) {
        tally.add(value.unwrap_or_default(), u64::from(rows.unwrap_or_default()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::open::Form;

    fn of(text: &str) -> Read {
        read(Records::new(Box::new(io::Cursor::new(text.as_bytes().to_vec())), Form::CSV)).expect("read")
    }

    #[test]
    fn a_preamble_repeated_headers_and_totals_are_no_rows() {
        let read = of("Monthly report\nPrinted,by\n\nid,name,on\n1,a,2025-01-01\nid,name,on\n2,b,\nGrand total,,\n");
        assert_eq!((read.header_line, read.rows, read.repeated_headers, read.totals), (4, 2, 1, 1));
        assert_eq!(read.columns.iter().map(|c| c.known).collect::<Vec<_>>(), [2, 2, 1]);
    }

    #[test]
    fn a_file_without_a_header_has_no_names() {
        let read = of("1,Jane Doe,1990-01-02\n2,Al Poe,1991-01-02\n");
        assert_eq!((read.header, read.rows), (None, 2));
    }

    #[test]
    fn names_may_take_two_lines() {
        let read = of("Client,Client,Stay,Stay\nid,name,from,to\nC1,x,2025-01-01,\nC2,y,2025-01-02,\n");
        let names = ["Client - id", "Client - name", "Stay - from", "Stay - to"].map(str::to_owned).to_vec();
        assert_eq!((read.header, read.header_line, read.header_lines, read.rows), (Some(names), 1, 2, 2));
        let read = of("id,day,day,note\nC1,2025-01-01,2025-01-02,x\n");
        assert_eq!((read.header_lines, read.rows), (1, 1));
    }

    #[test]
    fn short_and_long_rows_are_told() {
        let read = of("a,b\n1\n1,2,3\n1,2\n");
        assert_eq!((read.rows, read.short, read.long), (3, 1, 1));
        assert_eq!(of("").rows, 0);
    }
}
