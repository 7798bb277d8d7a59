//! A record with quotes in it: where it ends and what its cells are, or that its quote has run away.
//!
//! A record may span several lines only if it is a record beyond doubt: every quoted cell closes right before a delimiter
//! or the line's end, no cell outside quotes holds a quote, it has the header's number of cells, and every cell with a
//! line break is one that may hold text. Otherwise its first line is set aside, and reading goes on at the next one.
//!
//! Two doubts remain, and in both every line of the span is set aside, so that no row is lost in a cell unseen and no
//! part of a cell becomes a row. First, what closes soundly could still be rows swallowed by a quote: so it is taken
//! when two of its later lines, or one of them and the first line, would be whole and plausible rows by themselves.
//! Second, what closes soundly and yet is no record was no row left open either if its first line is too short or too
//! long for one.
//!
//! What is decided depends on the bytes from the record's start on, never on where a block begins or ends.

use memchr::{memchr, memchr_iter, memchr2};
use std::ops::Range;

/// What is known of a file's rows.
pub trait Shape {
    /// Number of cells.
    fn width(&self) -> usize;
    /// What stands between cells.
    fn delimiter(&self) -> u8 {
        b','
    }
    /// Whether a cell at that position may hold line breaks.
    fn may_break(&self, cell: usize) -> bool;
    /// Whether these cells, as many as the header has, could be a row.
    fn plausible(&self, cells: &[&[u8]]) -> bool;
}

/// A record over several lines that is longer than this has lost its closing quote.
pub const LONGEST: usize = 1 << 20;

/// How a record with a quote in its first line goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It ends here: behind its newline, or at the end of the data.
    Record { end: usize },
    /// Its first line, which ends here, is to be set aside.
    Line { end: usize },
    /// All its lines are to be set aside, up to here.
    Lines { end: usize },
}

impl Verdict {
    /// Where reading goes on.
    pub fn end(self) -> usize {
        let (Self::Record { end } | Self::Line { end } | Self::Lines { end }) = self;
        end
    }
}

/// The cells of the record judged last, used again for the next one.
#[derive(Default)]
pub struct Scan {
    pub bytes: Vec<u8>,
    pub ends: Vec<Range<usize>>,
    /// What stands between cells.
    delimiter: u8,
    /// Where cells are read up to.
    limit: usize,
    /// Positions of the cells that hold line breaks.
    broken: Vec<usize>,
    /// Where the first quoted cell that holds a line break begins, and which cell that is.
    opens: Option<(usize, usize)>,
    /// Where the last such cell was closed, and which it was.
    closed: Option<(usize, usize)>,
    /// A quote stands where none should: forgiven within one line only.
    loose: bool,
    /// The end of the data was reached.
    pub ran_out: bool,
}

impl Scan {
    /// Judges the record that starts at `start`.
    pub fn judge(&mut self, data: &[u8], start: usize, shape: &dyn Shape) -> Verdict {
        self.clear();
        self.delimiter = shape.delimiter();
        let first_line = line_end(data, start);
        self.limit = data.len().min((start + LONGEST).max(first_line));
        let most_cells = shape.width() * 2 + 16;
        let line = Verdict::Line { end: first_line };
        let mut at = start;
        loop {
            let Some(next) = self.cell(data, at) else { return line };
            let several = self.opens.is_some();
            if several && (self.loose || self.ends.len() > most_cells) {
                return line;
            }
            at = next;
            if data.get(at - 1) != Some(&self.delimiter) {
                break;
            }
        }
        // A delimiter at the very end has an empty cell behind it, which `cell` has read.
        let end = at.min(data.len());
        self.ran_out |= end == data.len() && data.last() != Some(&b'\n');
        if self.opens.is_none() {
            return Verdict::Record { end };
        }
        let is_record = self.ends.len() == shape.width() && self.broken.iter().all(|cell| shape.may_break(*cell));
        let first_is_row = self.first_line_width(data, first_line) == shape.width();
        match (is_record, first_is_row) {
            (true, _) => {
                let rows = self.rows_inside(data, first_line, end, shape);
                if rows > 1 || (rows == 1 && first_is_row) { Verdict::Lines { end } } else { Verdict::Record { end } }
            }
            (false, true) => line,
            (false, false) => Verdict::Lines { end },
        }
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.broken.clear();
        self.opens = None;
        self.closed = None;
        self.loose = false;
        self.ran_out = false;
    }

    /// Reads the cell that begins at `at`. Gives where the next one begins: behind the delimiter, or the newline, or one
    /// behind the end of the data. `None` if a quote is not closed, or not closed soundly in a later line.
    fn cell(&mut self, data: &[u8], at: usize) -> Option<usize> {
        let begin = self.bytes.len();
        let mut at = at;
        if data.get(at) == Some(&b'"') {
            let open = at;
            at += 1;
            let mut breaks = false;
            loop {
                let inside = data.get(at..self.limit).unwrap_or_default();
                let Some(length) = memchr(b'"', inside) else {
                    self.ran_out = self.limit == data.len();
                    return None;
                };
                let text = inside.get(..length).unwrap_or_default();
                self.bytes.extend_from_slice(text);
                breaks |= memchr(b'\n', text).is_some();
                at += text.len() + 1;
                if data.get(at) != Some(&b'"') {
                    break;
                }
                self.bytes.push(b'"');
                at += 1;
            }
            if breaks {
                let cell = self.ends.len();
                self.broken.push(cell);
                self.opens.get_or_insert((open, cell));
                self.closed = Some((at - 1, cell));
            }
            let behind = data.get(at..).unwrap_or_default();
            let sound = matches!(behind, [] | [b'\n', ..] | [b'\r'] | [b'\r', b'\n', ..])
                || behind.first() == Some(&self.delimiter);
            if !sound {
                self.loose = true;
                if breaks {
                    return None;
                }
            }
        }
        let rest = data.get(at..).unwrap_or_default();
        let length = memchr2(self.delimiter, b'\n', rest).unwrap_or(rest.len());
        let text = rest.get(..length).unwrap_or_default();
        self.loose |= memchr(b'"', text).is_some();
        self.bytes.extend_from_slice(text);
        self.ends.push(begin..self.bytes.len());
        Some(at + length + 1)
    }

    /// How many cells the first line would have if the quote that opens the first broken cell were text.
    fn first_line_width(&self, data: &[u8], first_line: usize) -> usize {
        // An earlier cell cannot hold a line break, so the first one that does opens in the first line.
        let Some((open, cell)) = self.opens else { return self.ends.len() };
        let rest = data.get(open..first_line).unwrap_or_default();
        cell + 1 + memchr_iter(self.delimiter, rest).count()
    }

    /// How many of the lines behind the first would be plausible rows, were their quotes text.
    fn rows_inside(&self, data: &[u8], first_line: usize, end: usize, shape: &dyn Shape) -> usize {
        let last_close = self.closed.map_or(0, |(close, _)| close);
        let mut rows = 0;
        let mut at = first_line;
        while at < end && rows < 2 {
            let next = line_end(data, at).min(end);
            let line = data.get(at..next).unwrap_or_default();
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let cells = if (at..next).contains(&last_close) {
                // Behind the last close, cells are what they were read as.
                let (tail, close) = (data.get(at..last_close).unwrap_or_default(), self.closed.map_or(0, |(_, c)| c));
                let mut cells: Vec<&[u8]> = tail.split(|byte| *byte == self.delimiter).collect();
                // A cell that holds the quote alone is not empty.
                if let Some(cell) = cells.last_mut().filter(|cell| cell.is_empty()) {
                    *cell = b"\"";
                }
                let after = self.ends.iter().skip(close + 1);
                cells.extend(after.map(|range| self.bytes.get(range.clone()).unwrap_or_default()));
                cells
            } else {
                line.split(|byte| *byte == self.delimiter).collect()
            };
            let cells: Vec<&[u8]> = cells.into_iter().map(<[u8]>::trim_ascii).collect();
            rows += usize::from(cells.len() == shape.width() && shape.plausible(&cells));
            at = next;
        }
        rows
    }
}

/// Just behind the line's newline, or the end of the data.
fn line_end(data: &[u8], start: usize) -> usize {
    data.get(start..).and_then(|rest| memchr(b'\n', rest)).map_or(data.len(), |newline| start + newline + 1)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// So many cells; text at the positions named; a row whose first cell is short and has no space is plausible.
    pub struct Cells(pub usize, pub &'static [usize]);

    impl Shape for Cells {
        fn width(&self) -> usize {
            self.0
        }
        fn may_break(&self, cell: usize) -> bool {
            self.1.contains(&cell)
        }
        fn plausible(&self, cells: &[&[u8]]) -> bool {
            cells.first().is_some_and(|id| id.len() == 2 && id.is_ascii() && !id.contains(&b'"'))
        }
    }

    fn judge(text: &str) -> Verdict {
        Scan::default().judge(text.as_bytes(), 0, &Cells(3, &[1]))
    }

    #[test]
    fn a_text_over_several_lines_is_one_record() {
        let text = "P1,\"line one\nand, then, more\nend\",other\n";
        assert_eq!(judge(text), Verdict::Record { end: text.len() });
        assert_eq!(judge("P1,\"a\r\n\r\nb\"\r\n"), Verdict::Lines { end: 13 });
        assert_eq!(judge("P1,\"a\n\nb\",\"c\"\r\n"), Verdict::Record { end: 15 });
        assert_eq!(judge("P1,\"say \"\"hi\"\"\n\",x"), Verdict::Record { end: 18 });
    }

    #[test]
    fn a_quote_that_does_not_close_soundly_costs_its_line() {
        assert_eq!(judge("P1,\"a,other\nP2,b\nP3,\"c\",other\n"), Verdict::Line { end: 12 });
        assert_eq!(judge("P1,\"a,other\nP2,b,other\n"), Verdict::Line { end: 12 });
        assert_eq!(judge("P1,\"a\" b,\"c\nd\"\n"), Verdict::Line { end: 12 });
        // Not a text column, and the first line is a row but for its quote.
        assert_eq!(judge("P1,b,\"x\nP2,b,\"\n"), Verdict::Line { end: 8 });
    }

    #[test]
    fn where_it_cannot_be_told_every_line_is_set_aside() {
        // A cell of three lines, or three rows of which one has lost a quote?
        assert_eq!(judge("P1,\"a,other\nP2,b,other\nP3,c\",other\n"), Verdict::Lines { end: 35 });
        // A column too many: the second line must not pass for a row.
        assert_eq!(judge("P1,\"line one\nline two\",other,more\n"), Verdict::Lines { end: 34 });
    }
}
