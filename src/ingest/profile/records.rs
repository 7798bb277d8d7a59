//! Text → records, for files nobody has described: no width is known yet, nothing is set aside, and a quote that is
//! never closed ends with its line.

use crate::ingest::open::Form;
use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};

/// Lines that a cell in quotes may stand on, and bytes of a record.
const MOST_LINES: usize = 200;
const LONGEST: usize = 1 << 20;

pub struct Records {
    reader: BufReader<Box<dyn Read + Send>>,
    form: Form,
    /// Lines read ahead for a quote that was not closed.
    ahead: VecDeque<Vec<u8>>,
    lines: u64,
}

/// How a record's quotes end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    Closed,
    /// One is still open at the end.
    Open,
    /// One closes in the middle of a cell: it never was one.
    Stray,
}

impl Records {
    pub fn new(reader: Box<dyn Read + Send>, form: Form) -> Self {
        Self { reader: BufReader::with_capacity(1 << 18, reader), form, ahead: VecDeque::new(), lines: 0 }
    }

    /// The next record that is not blank, and the line it begins on; cells come without the white space around them.
    pub fn next(&mut self, cells: &mut Vec<String>) -> io::Result<Option<u64>> {
        while let Some(mut line) = self.line()? {
            self.lines += 1;
            let first = self.lines;
            if line.trim_ascii().is_empty() {
                continue;
            }
            if !self.form.quotes || memchr::memchr(b'"', &line).is_none() {
                self.plain(&line, cells);
                return Ok(Some(first));
            }
            let mut more: Vec<Vec<u8>> = Vec::new();
            let whole_first = line.len();
            loop {
                let end = self.quoted(&line, cells);
                if end == Quotes::Closed {
                    break;
                }
                let next = if end == Quotes::Open && more.len() < MOST_LINES && line.len() < LONGEST {
                    self.line()?
                } else {
                    None
                };
                let Some(next) = next else {
                    // Nobody closes it: the line stands for itself, and those read ahead are read again.
                    line.truncate(whole_first);
                    self.plain(&line, cells);
                    for line in more.drain(..).rev() {
                        self.ahead.push_front(line);
                    }
                    return Ok(Some(first));
                };
                line.push(b'\n');
                line.extend_from_slice(&next);
                more.push(next);
            }
            self.lines += more.len() as u64;
            return Ok(Some(first));
        }
        Ok(None)
    }

    fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        if let Some(line) = self.ahead.pop_front() {
            return Ok(Some(line));
        }
        let mut line = Vec::new();
        // A longer line is cut where it stands.
        (&mut self.reader).take(16 * LONGEST as u64).read_until(self.form.terminator, &mut line)?;
        if line.is_empty() {
            return Ok(None);
        }
        if line.last() == Some(&self.form.terminator) {
            line.pop();
        }
        Ok(Some(line))
    }

    fn plain(&self, line: &[u8], cells: &mut Vec<String>) {
        cells.clear();
        cells.extend(line.split(|byte| *byte == self.form.delimiter).map(text));
    }

    /// Cells that may stand in quotes.
    fn quoted(&self, record: &[u8], cells: &mut Vec<String>) -> Quotes {
        cells.clear();
        let mut cell: Vec<u8> = Vec::new();
        let mut bytes = record.iter().copied().peekable();
        let (mut begins, mut inside, mut behind) = (true, false, false);
        while let Some(byte) = bytes.next() {
            if inside {
                match (byte, bytes.peek()) {
                    (b'"', Some(b'"')) => {
                        bytes.next();
                        cell.push(b'"');
                    }
                    (b'"', _) => (inside, behind) = (false, true),
                    _ => cell.push(byte),
                }
            } else if byte == self.form.delimiter {
                cells.push(text(&cell));
                cell.clear();
                (begins, behind) = (true, false);
            } else if behind && !byte.is_ascii_whitespace() {
                return Quotes::Stray;
            } else if byte == b'"' && begins {
                cell.clear();
                (begins, inside) = (false, true);
            } else {
                begins &= byte == b' ';
                cell.push(byte);
            }
        }
        cells.push(text(&cell));
        if inside { Quotes::Open } else { Quotes::Closed }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.trim_ascii()).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn records(text: &str) -> Vec<(u64, Vec<String>)> {
        let mut records = Records::new(Box::new(io::Cursor::new(text.as_bytes().to_vec())), Form::CSV);
        let (mut all, mut cells) = (Vec::new(), Vec::new());
        while let Some(line) = records.next(&mut cells).expect("read") {
            all.push((line, cells.clone()));
        }
        all
    }

    fn row(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (line, cells.iter().map(|&cell| cell.to_owned()).collect())
    }

    #[test]
    fn cells_and_lines() {
        assert_eq!(
            records("a, b \r\n\n\"x\ny\",\"say \"\"no\"\"\"\r\nlast,"),
            [row(1, &["a", "b"]), row(3, &["x\ny", "say \"no\""]), row(5, &["last", ""])]
        );
    }

    #[test]
    fn a_quote_that_is_never_closed_ends_with_its_line() {
        assert_eq!(
            records("a,\"b\nc,d\n5\" pipe,e"),
            [row(1, &["a", "\"b"]), row(2, &["c", "d"]), row(3, &["5\" pipe", "e"])]
        );
    }

    proptest! {
        #[test]
        fn anything_can_be_read(text in "[a,\"\n\r ;]{0,60}") {
            let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
            prop_assert!(records(&text).len() <= lines.max(1));
        }
    }
}
