//! A sheet's cells → text in [`Form::SHEET`](super::Form::SHEET): a record for each row from row 1 on, cells from
//! column A on, so that the number of a record is the row and the number of a cell the column.
//!
//! Only cells that hold something take room, wherever they stand: the size that a sheet claims for itself is not believed.
//! A blank row is an empty record; any other has as many cells as the widest.
//!
//! Merged cells hold one value, in their first cell. A person reads it as that of every row they cover, and so it is
//! filled in downwards, in rows that hold something else too. Sideways only text is filled in, and only in the first
//! rows, where it is a heading over several columns: a number further down would be counted twice.

use super::form::Form;

/// As many as the programs that write workbooks have.
const ROWS: u32 = 1 << 20;
const COLUMNS: u32 = 1 << 14;
/// Headings stand in these.
const HEADING_ROWS: u32 = 20;

/// Why a sheet does not become text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    TooLarge,
    /// A cell stands where no sheet has one.
    Outside,
}

/// A place, from 0: row and column.
pub type Place = (u32, u32);

struct Cell {
    at: Place,
    /// Where its text begins and ends in all the text.
    from: usize,
    to: usize,
    is_text: bool,
}

/// The cells of a sheet as they are found.
pub struct Sheet {
    cells: Vec<Cell>,
    text: String,
    merged: Vec<(Place, Place)>,
    sorted: bool,
    /// Bytes that cells and text may take.
    most: u64,
}

impl Sheet {
    pub fn new(most: u64) -> Self {
        Self { cells: Vec::new(), text: String::new(), merged: Vec::new(), sorted: true, most }
    }

    /// A cell's value. Text may be filled in sideways.
    pub fn push(&mut self, at: Place, value: &str, is_text: bool) -> Result<(), Unfit> {
        if value.is_empty() {
            return Ok(());
        }
        if at.0 >= ROWS || at.1 >= COLUMNS {
            return Err(Unfit::Outside);
        }
        let from = self.text.len();
        let used = (self.cells.len() * size_of::<Cell>() + from + value.len()) as u64;
        if used > self.most {
            return Err(Unfit::TooLarge);
        }
        self.sorted &= self.cells.last().is_none_or(|last| last.at < at);
        let separator = |c: char| c == char::from(Form::SHEET.delimiter) || c == char::from(Form::SHEET.terminator);
        if value.contains(separator) {
            self.text.push_str(&value.replace(separator, " "));
        } else {
            self.text.push_str(value);
        }
        self.cells.push(Cell { at, from, to: self.text.len(), is_text });
        Ok(())
    }

    /// Cells that are shown as one, from its first to its last.
    pub fn merge(&mut self, first: Place, last: Place) {
        if first != last && first.0 <= last.0 && first.1 <= last.1 {
            self.merged.push((first, last));
        }
    }

    /// The text, and what is to be said of it.
    pub fn finish(mut self) -> Result<(Vec<u8>, Vec<String>), Unfit> {
        if !self.sorted {
            // Of two cells at one place the later counts, as it does where workbooks are shown.
            self.cells.sort_by_key(|cell| cell.at);
            self.cells.dedup_by(|later, cell| {
                let same = later.at == cell.at;
                if same {
                    std::mem::swap(later, cell);
                }
                same
            });
        }
        let width = self.cells.iter().map(|cell| cell.at.1 + 1).max().unwrap_or_default();
        let (filled, numbers) = self.fill(width)?;
        let mut said = Vec::new();
        if filled > 0 {
            let numbers = match numbers {
                0 => String::new(),
                n => format!("; {n} of them hold a number, which as an amount would count more than once"),
            };
            said.push(format!(
                "merged cells: their value is taken for every row they cover ({filled} {} filled in{numbers})",
                if filled == 1 { "cell" } else { "cells" }
            ));
        }
        Ok((self.write(width)?, said))
    }

    /// Gives merged cells their value; says how many, and how many of them hold no text.
    fn fill(&mut self, width: u32) -> Result<(u64, usize), Unfit> {
        let mut rows: Vec<u32> = self.cells.iter().map(|cell| cell.at.0).collect();
        rows.dedup();
        let find = |at: Place| self.cells.binary_search_by_key(&at, |cell| cell.at).ok();
        let mut new = Vec::new();
        let mut looks = 0_u64;
        for (first, last) in &self.merged {
            let Some(cell) = find(*first).and_then(|at| self.cells.get(at)) else { continue };
            let sideways = cell.is_text && first.0 < HEADING_ROWS;
            let columns = first.1..=if sideways { last.1.min(width.saturating_sub(1)) } else { first.1 };
            let covered =
                rows.iter().skip(rows.partition_point(|row| row < &first.0)).take_while(|row| *row <= &last.0);
            for row in covered {
                for column in columns.clone() {
                    looks += 1;
                    if looks * size_of::<Cell>() as u64 > self.most {
                        return Err(Unfit::TooLarge);
                    }
                    if find((*row, column)).is_none() {
                        new.push(Cell { at: (*row, column), from: cell.from, to: cell.to, is_text: cell.is_text });
                    }
                }
            }
        }
        // Merged cells that overlap fill a place once.
        new.sort_by_key(|cell| cell.at);
        new.dedup_by_key(|cell| cell.at);
        let filled = new.len() as u64;
        let numbers = new.iter().filter(|cell| !cell.is_text).count();
        if filled > 0 {
            self.cells.append(&mut new);
            self.cells.sort_by_key(|cell| cell.at);
        }
        Ok((filled, numbers))
    }

    fn write(&self, width: u32) -> Result<Vec<u8>, Unfit> {
        let rows = || self.cells.chunk_by(|a, b| a.at.0 == b.at.0);
        let text: usize = self.cells.iter().map(|cell| cell.to - cell.from).sum();
        let last_row = self.cells.last().map_or(0, |cell| cell.at.0 + 1);
        let size = text as u64 + u64::from(last_row) + rows().count() as u64 * u64::from(width);
        if size > self.most {
            return Err(Unfit::TooLarge);
        }
        let mut all = Vec::with_capacity(size as usize);
        let mut next = 0;
        for row in rows() {
            let number = row.first().map_or(0, |cell| cell.at.0);
            all.resize(all.len() + (number - next) as usize, Form::SHEET.terminator);
            next = number + 1;
            let mut column = 0;
            for cell in row {
                all.resize(all.len() + (cell.at.1 - column) as usize, Form::SHEET.delimiter);
                all.extend_from_slice(self.text.get(cell.from..cell.to).unwrap_or_default().as_bytes());
                column = cell.at.1;
            }
            all.resize(all.len() + (width - 1 - column) as usize, Form::SHEET.delimiter);
            all.push(Form::SHEET.terminator);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(cells: &[(Place, &str)], merged: &[(Place, Place)]) -> String {
        let mut sheet = Sheet::new(1 << 21);
        for (at, value) in cells {
            sheet.push(*at, value, value.parse::<f64>().is_err()).expect("fits");
        }
        for (first, last) in merged {
            sheet.merge(*first, *last);
        }
        let (bytes, _) = sheet.finish().expect("fits");
        String::from_utf8(bytes).expect("text").replace('\u{1f}', ",").replace('\u{1e}', "/")
    }

    #[test]
    fn records_are_rows_and_cells_columns() {
        assert_eq!(text(&[], &[]), "");
        assert_eq!(text(&[((0, 0), "a"), ((0, 2), "c"), ((3, 1), "x")], &[]), "a,,c///,x,/");
        assert_eq!(text(&[((1, 1), "x")], &[]), "/,x/");
        assert_eq!(text(&[((1, 0), "late"), ((0, 0), "a\u{1f}b\u{1e}"), ((1, 0), "later")], &[]), "a b /later/");
    }

    #[test]
    fn merged_cells_hold_their_value_in_every_row_and_as_headings_in_every_column() {
        let cells = [((0, 0), "id"), ((0, 1), "intake"), ((1, 1), "day"), ((1, 2), "worker")];
        assert_eq!(text(&cells, &[((0, 0), (1, 0)), ((0, 1), (0, 2))]), "id,intake,intake/id,day,worker/");
        // A number is not, nor text further down, nor anything in a blank row or beyond the widest one.
        assert_eq!(text(&[((0, 0), "5"), ((1, 1), "x")], &[((0, 0), (2, 1))]), "5,/5,x/");
        let far = [((30, 0), "Total"), ((31, 1), "x")];
        assert!(text(&far, &[((30, 0), (31, 1))]).ends_with("Total,/Total,x/"));
        assert_eq!(text(&[((0, 0), "title"), ((1, 1), "x")], &[((0, 0), (0, 9))]), "title,title/,x/");
        // What a merged cell hides is not lost.
        assert_eq!(text(&[((0, 0), "a"), ((1, 0), "b")], &[((0, 0), (1, 0))]), "a/b/");
    }

    #[test]
    fn what_lies_far_apart_takes_no_room_and_what_is_too_large_is_told() {
        assert_eq!(text(&[((0, 0), "a"), ((ROWS - 1, 0), "z")], &[]).len(), ROWS as usize + 2);
        let mut sheet = Sheet::new(1 << 20);
        sheet.push((0, COLUMNS - 1), "wide", true).expect("fits");
        for row in 1..100 {
            sheet.push((row, 0), "x", true).expect("fits");
        }
        assert_eq!(sheet.finish().map(|_| ()), Err(Unfit::TooLarge));
        assert_eq!(Sheet::new(9).push((0, 0), "0123456789", true), Err(Unfit::TooLarge));
        assert_eq!(Sheet::new(99).push((ROWS, 0), "x", true), Err(Unfit::Outside));
        let mut sheet = Sheet::new(1 << 20);
        for row in 0..5000 {
            sheet.push((row, 0), "x", true).expect("fits");
            sheet.merge((0, 0), (ROWS, 0));
        }
        assert_eq!(sheet.finish().map(|_| ()), Err(Unfit::TooLarge));
    }
}
