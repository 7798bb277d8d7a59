//! A file, cut into blocks of whole records, so that several workers can read it at once.
//!
//! A newline ends a record unless it stands inside quotes, so only lines with quotes are looked at, and `quoted` says
//! where their records end, as it does for the workers. Where blocks are cut depends on the bytes alone.
//!
//! Whatever ends the first line, a carriage return alone becomes a newline where it does; UTF-16 loses its zero bytes,
//! which is enough to count lines. The digest is of the bytes as they are in the file.

use super::quoted::{Scan, Shape};
use memchr::{memchr, memchr_iter, memchr2, memrchr};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};

/// Large enough to make a batch worth encoding, small enough to stay in a processor's cache.
const BLOCK: usize = 2 << 20;
/// A line longer than this is cut where it stands.
const LONGEST_LINE: usize = 64 << 20;

/// Whole records, and the line the first one starts on.
pub struct Block {
    pub data: Vec<u8>,
    pub first_line: u64,
}

/// How a file is written, as its beginning shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Lines end with a newline.
    Lines,
    /// Lines end with a carriage return.
    Returns,
    /// Two bytes a character.
    Utf16,
}

impl Form {
    /// `None` if the first line's end is still to be read.
    fn of(head: &[u8], is_all: bool) -> Option<Self> {
        const BOMS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];
        let end = memchr2(b'\n', b'\r', head);
        if !is_all && end.is_none_or(|end| end + 1 >= head.len()) {
            return None;
        }
        let first_line = head.get(..end.unwrap_or(head.len())).unwrap_or_default();
        let zeros = memchr_iter(0, first_line).count();
        if BOMS.iter().any(|bom| head.starts_with(bom)) || (zeros > 1 && zeros >= first_line.len() / 3) {
            return Some(Self::Utf16);
        }
        Some(match end.and_then(|end| head.get(end..end + 2)) {
            Some([b'\r', next]) if *next != b'\n' => Self::Returns,
            _ => Self::Lines,
        })
    }
}

/// Reads a file once, front to back.
pub struct Blocks {
    file: File,
    digest: Sha256,
    carried: Vec<u8>,
    /// How much of what is carried is in its final form.
    formed: usize,
    form: Option<Form>,
    scan: Scan,
    next_line: u64,
    bytes: u64,
    block: usize,
    ended: bool,
}

impl Blocks {
    pub fn new(file: File) -> Self {
        Self::with_block(file, BLOCK)
    }

    fn with_block(file: File, block: usize) -> Self {
        Self {
            file,
            digest: Sha256::new(),
            carried: Vec::new(),
            formed: 0,
            form: None,
            scan: Scan::default(),
            next_line: 1,
            bytes: 0,
            block,
            ended: false,
        }
    }

    /// The beginning of the file, long enough to hold its header, and how the file is written.
    pub fn head(&mut self) -> io::Result<(&[u8], Form)> {
        let mut data = std::mem::take(&mut self.carried);
        let mut wanted = self.block;
        loop {
            self.fill(&mut data, wanted)?;
            let line = data.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(data.len());
            let whole = data.get(line..).is_some_and(|rest| memchr(b'\n', rest).is_some());
            if whole || self.ended || data.len() >= LONGEST_LINE {
                break;
            }
            wanted = data.len() * 2;
        }
        self.carried = data;
        Ok((&self.carried, self.form.unwrap_or(Form::Lines)))
    }

    /// Leaves out the header: so many bytes and lines of what [`head`](Self::head) gave.
    pub fn skip(&mut self, bytes: usize, lines: u64) {
        let bytes = bytes.min(self.carried.len());
        self.carried.drain(..bytes);
        self.formed = self.formed.saturating_sub(bytes);
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
                self.formed = 0;
                break;
            }
            if let Some(cut) = cut_in(&data, shape, &mut self.scan) {
                self.carried.extend_from_slice(data.get(cut..).unwrap_or_default());
                data.truncate(cut);
                self.formed = self.formed.saturating_sub(cut);
                break;
            }
            wanted = data.len() * 2;
        }
        if data.is_empty() {
            return Ok(None);
        }
        let first_line = self.next_line;
        self.next_line += memchr_iter(b'\n', &data).count() as u64;
        Ok(Some(Block { data, first_line }))
    }

    /// Reads on until there are so many bytes, or no more.
    fn fill(&mut self, data: &mut Vec<u8>, wanted: usize) -> io::Result<()> {
        while !self.ended && data.len() < wanted {
            let before = data.len();
            let room = (wanted - before) as u64;
            (&mut self.file).take(room).read_to_end(data)?;
            let read = data.get(before..).unwrap_or_default();
            self.digest.update(read);
            self.bytes += read.len() as u64;
            self.ended = (read.len() as u64) < room;
            self.form = self.form.or_else(|| Form::of(data, self.ended));
            match self.form {
                None | Some(Form::Lines) => {}
                Some(Form::Returns) => self.end_lines(data),
                Some(Form::Utf16) => data.retain(|byte| *byte != 0),
            }
        }
        Ok(())
    }

    /// Carriage returns without a newline behind them become newlines.
    fn end_lines(&mut self, data: &mut [u8]) {
        // What stands behind the last byte is not known yet.
        let until = if self.ended { data.len() } else { data.len().saturating_sub(1) };
        let mut at = self.formed;
        while let Some(found) = data.get(at..until).and_then(|rest| memchr(b'\r', rest)) {
            at += found;
            if data.get(at + 1) != Some(&b'\n')
                && let Some(byte) = data.get_mut(at)
            {
                *byte = b'\n';
            }
            at += 1;
        }
        self.formed = until;
    }

    /// Lines and bytes read so far, and the digest of all of them.
    pub fn finish(self) -> (u64, u64, String) {
        (self.next_line, self.bytes, crate::store::hex(&self.digest.finalize()))
    }
}

/// Just behind the last newline that is known to end a record; `None` if more is to be read first.
fn cut_in(data: &[u8], shape: &dyn Shape, scan: &mut Scan) -> Option<usize> {
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
    use std::io::{Seek, Write};

    fn blocks_of(text: &[u8], size: usize) -> Vec<(u64, Vec<u8>)> {
        let mut file = tempfile::tempfile().expect("file");
        file.write_all(text).expect("written");
        file.rewind().expect("rewound");
        let mut blocks = Blocks::with_block(file, size);
        let mut all = Vec::new();
        let shape = Cells(2, &[1]);
        while let Some(block) = blocks.next(&shape, Vec::new()).expect("read") {
            all.push((block.first_line, block.data));
        }
        let (_, bytes, _) = blocks.finish();
        assert_eq!(bytes, text.len() as u64);
        assert_eq!(all.iter().flat_map(|(_, data)| data.clone()).collect::<Vec<u8>>(), text);
        all
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
    fn lines_that_end_with_a_carriage_return_end_with_a_newline_wherever_it_is_cut() {
        for size in 1..24 {
            let mut file = tempfile::tempfile().expect("file");
            file.write_all(b"a,b\r1,x\r\n2,\"y\rz\"\r").expect("written");
            file.rewind().expect("rewound");
            let mut blocks = Blocks::with_block(file, size);
            let mut all = Vec::new();
            while let Some(block) = blocks.next(&Cells(2, &[1]), Vec::new()).expect("read") {
                all.extend(block.data);
            }
            assert_eq!(String::from_utf8_lossy(&all), "a,b\n1,x\r\n2,\"y\nz\"\n", "blocks of {size}");
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
