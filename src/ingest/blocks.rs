//! A file's text, cut into blocks of whole records, so that several workers can read it at once.
//!
//! A newline ends a record unless it stands inside quotes, so only lines with quotes are looked at, and `quoted` says
//! where their records end, as it does for the workers. Where blocks are cut depends on the text alone. A sheet's rows
//! have an end of their own, and no quotes.

use super::open::Form;
use super::quoted::{Scan, Shape};
use memchr::{memchr, memchr_iter, memrchr};
use std::io::{self, Read};
use std::ops::Range;

/// Large enough to make a batch worth encoding, small enough to stay in a processor's cache.
const BLOCK: usize = 2 << 20;
/// A line longer than this is cut where it stands.
const LONGEST_LINE: usize = 64 << 20;

/// Whole records, and the line the first one starts on.
pub struct Block {
    pub data: Vec<u8>,
    pub first_line: u64,
}

impl Block {
    /// The lines it stands on, up to the first that is the next block's: a line that is ended belongs to one block.
    pub fn lines(&self, terminator: u8) -> Range<u64> {
        let ended = memchr_iter(terminator, &self.data).count() as u64;
        let open = u64::from(self.data.last().is_some_and(|last| *last != terminator));
        self.first_line..self.first_line + ended + open
    }
}

/// Reads a file once, front to back.
pub struct Blocks {
    text: Box<dyn Read + Send>,
    form: Form,
    carried: Vec<u8>,
    scan: Scan,
    next_line: u64,
    block: usize,
    ended: bool,
}

impl Blocks {
    pub fn new(text: Box<dyn Read + Send>, form: Form) -> Self {
        Self::with_block(text, form, BLOCK)
    }

    fn with_block(text: Box<dyn Read + Send>, form: Form, block: usize) -> Self {
        Self { text, form, carried: Vec::new(), scan: Scan::default(), next_line: 1, block, ended: false }
    }

    /// The beginning of the text, long enough to hold its header.
    pub fn head(&mut self) -> io::Result<&[u8]> {
        let mut data = std::mem::take(&mut self.carried);
        let mut wanted = self.block;
        loop {
            self.fill(&mut data, wanted)?;
            let line = data.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(data.len());
            let whole = data.get(line..).is_some_and(|rest| memchr(self.form.terminator, rest).is_some());
            if whole || self.ended || data.len() >= LONGEST_LINE {
                break;
            }
            wanted = data.len() * 2;
        }
        self.carried = data;
        Ok(&self.carried)
    }

    /// Leaves out the header: so many bytes and lines of what [`head`](Self::head) gave.
    pub fn skip(&mut self, bytes: usize, lines: u64) {
        let bytes = bytes.min(self.carried.len());
        self.carried.drain(..bytes);
        self.next_line += lines;
    }

    /// The next block, in a buffer that may have held an earlier one; `None` at the end.
    pub fn next(&mut self, shape: &dyn Shape, mut data: Vec<u8>) -> io::Result<Option<Block>> {
        data.clear();
        data.reserve(self.block.max(self.carried.len()));
        data.append(&mut self.carried);
        let mut wanted = self.block;
        loop {
            self.fill(&mut data, wanted)?;
            if self.ended || data.len() >= LONGEST_LINE {
                break;
            }
            if let Some(cut) = cut_in(&data, self.form, shape, &mut self.scan) {
                self.carried.extend_from_slice(data.get(cut..).unwrap_or_default());
                data.truncate(cut);
                break;
            }
            wanted = data.len() * 2;
        }
        if data.is_empty() {
            return Ok(None);
        }
        let first_line = self.next_line;
        self.next_line += memchr_iter(self.form.terminator, &data).count() as u64;
        Ok(Some(Block { data, first_line }))
    }

    /// Reads on until there are so many bytes, or no more.
    fn fill(&mut self, data: &mut Vec<u8>, wanted: usize) -> io::Result<()> {
        if !self.ended && data.len() < wanted {
            let before = data.len();
            let room = (wanted - before) as u64;
            (&mut self.text).take(room).read_to_end(data)?;
            self.ended = ((data.len() - before) as u64) < room;
        }
        Ok(())
    }

    /// Lines read so far.
    pub fn lines(&self) -> u64 {
        self.next_line
    }
}

/// Just behind the last newline that is known to end a record; `None` if more is to be read first.
fn cut_in(data: &[u8], form: Form, shape: &dyn Shape, scan: &mut Scan) -> Option<usize> {
    if !form.quotes {
        return memrchr(form.terminator, data).map(|end| end + 1);
    }
    let mut at = 0;
    loop {
        let rest = data.get(at..).unwrap_or_default();
        let quote = memchr(b'"', rest);
        let plain = rest.get(..quote.unwrap_or(rest.len())).unwrap_or_default();
        at += memrchr(b'\n', plain).map_or(0, |newline| newline + 1);
        if quote.is_none() {
            break;
        }
        let verdict = scan.judge(data, at, shape);
        if scan.ran_out {
            break;
        }
        at = verdict.end();
    }
    (at > 0).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::super::quoted::tests::Cells;
    use super::*;

    fn blocks_of(text: &[u8], size: usize) -> Vec<(u64, Vec<u8>)> {
        let mut blocks = Blocks::with_block(Box::new(io::Cursor::new(text.to_vec())), Form::CSV, size);
        let mut all = Vec::new();
        let shape = Cells(2, &[1]);
        while let Some(block) = blocks.next(&shape, Vec::new()).expect("read") {
            all.push((block.first_line, block.data));
        }
        assert_eq!(all.iter().flat_map(|(_, data)| data.clone()).collect::<Vec<u8>>(), text);
        all
    }

    /// A block that claimed the next one's first line took its findings along, whenever that one was read first.
    #[test]
    fn no_line_is_in_two_blocks() {
        for text in ["a,b\nc,d\ne,f\ng,h\n", "a,b\nc,d\ne,f\ng,h"] {
            let mut next = 1;
            for (first_line, data) in blocks_of(text.as_bytes(), 5) {
                let lines = Block { data, first_line }.lines(b'\n');
                assert_eq!(lines.start, next);
                next = lines.end;
            }
            assert_eq!(next, 5, "{text:?}");
        }
        assert_eq!(Block { data: Vec::new(), first_line: 7 }.lines(b'\n'), 7..7);
    }

    #[test]
    fn cuts_between_records_only() {
        let text = b"a,b\n1,\"x\ny\"\n2,z\n3,w\n";
        for size in 1..24 {
            for (line, data) in blocks_of(text, size).iter().skip(1) {
                assert!([2, 4, 5].contains(line), "block of {size} starts on line {line}");
                assert!(data.first().is_some_and(u8::is_ascii_digit));
            }
        }
    }

    #[test]
    fn a_runaway_quote_does_not_turn_the_cells_after_it_inside_out() {
        let text = b"a,b\n1,x\n2,\"run\n3,y\n4,\"two\nlines\"\n5,5\" z\n6,w\n";
        for size in 20..text.len() {
            for (line, _) in blocks_of(text, size).iter().skip(1) {
                assert_ne!(*line, 6, "block of {size}");
            }
        }
    }

    #[test]
    fn a_quote_that_is_never_closed_does_not_hold_the_file_up() {
        let mut text = b"a,b\n1,\"x\n".to_vec();
        for _ in 0..1_000_000 {
            text.extend_from_slice(b"2,y\n");
        }
        assert!(blocks_of(&text, BLOCK).iter().all(|(_, data)| data.len() <= BLOCK));
    }
}
