//! A file, cut into blocks of whole records, so that several workers can read it at once.
//!
//! A newline ends a record unless it stands inside quotes, so only quotes are looked at, and runaway ones are told by
//! the same mark as in `records`. A quoted cell that is longer than any should be is cut at a newline, and the worker
//! sorts the rest out. Where blocks are cut depends on the bytes alone.

use super::records::{cells_of, next_line_is_a_record};
use memchr::{memchr, memchr_iter, memrchr};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};

/// Large enough to make a batch worth encoding, small enough to stay in a processor's cache.
const BLOCK: usize = 2 << 20;
/// A quoted cell longer than this has lost its closing quote.
const LOOK_BACK: usize = 1 << 20;
/// A line longer than this is cut where it stands.
const LONGEST_LINE: usize = 64 << 20;

/// Whole records, and the line the first one starts on.
pub struct Block {
    pub data: Vec<u8>,
    pub first_line: u64,
}

/// Reads a file once, front to back.
pub struct Blocks {
    file: File,
    digest: Sha256,
    carried: Vec<u8>,
    next_line: u64,
    bytes: u64,
    block: usize,
    /// Number of cells of the header.
    width: Option<usize>,
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
            next_line: 1,
            bytes: 0,
            block,
            width: None,
            ended: false,
        }
    }

    /// The next block, in a buffer that may have held an earlier one; `None` at the end.
    pub fn next(&mut self, mut data: Vec<u8>) -> io::Result<Option<Block>> {
        data.clear();
        data.reserve(self.block.max(self.carried.len()));
        data.append(&mut self.carried);
        let mut wanted = self.block;
        while !self.ended {
            let before = data.len();
            let room = wanted.saturating_sub(before) as u64;
            (&mut self.file).take(room).read_to_end(&mut data)?;
            let read = data.get(before..).unwrap_or_default();
            self.digest.update(read);
            self.bytes += read.len() as u64;
            self.ended = (read.len() as u64) < room;
            if self.ended || data.len() >= LONGEST_LINE {
                break;
            }
            let width = *self.width.get_or_insert_with(|| cells_of(&data).len());
            if let Some(cut) = cut_in(&data, width) {
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
        self.next_line += memchr_iter(b'\n', &data).count() as u64;
        Ok(Some(Block { data, first_line }))
    }

    /// Lines and bytes read so far, and the digest of all of them.
    pub fn finish(self) -> (u64, u64, String) {
        (self.next_line, self.bytes, crate::store::hex(&self.digest.finalize()))
    }
}

/// Just behind the last newline that ends a record; `None` if more is to be read first.
fn cut_in(data: &[u8], width: usize) -> Option<usize> {
    let bytes = |from: usize, to: usize| data.get(from..to).unwrap_or_default();
    let mut cut = None;
    let mut at = 0;
    while let Some(quote) = memchr(b'"', bytes(at, data.len())).map(|offset| at + offset) {
        if let Some(newline) = memrchr(b'\n', bytes(at, quote)) {
            cut = Some(at + newline + 1);
        }
        // Only where a cell begins does a quote open it; elsewhere it is text.
        if !matches!(bytes(0, quote).last(), None | Some(b',' | b'\n')) {
            at = quote + 1;
            continue;
        }
        let close = closing_quote(data, quote + 1);
        let second_line = memchr(b'\n', bytes(quote, close.unwrap_or(data.len()))).map(|newline| quote + newline + 1);
        at = match (second_line, close) {
            (Some(second), _) if next_line_is_a_record(data, second, width) => {
                cut = Some(second);
                second
            }
            (_, Some(close)) => close + 1,
            (_, None) if data.len() - quote > LOOK_BACK => return memrchr(b'\n', data).map(|newline| newline + 1),
            (_, None) => return cut,
        };
    }
    memrchr(b'\n', bytes(at, data.len())).map_or(cut, |newline| Some(at + newline + 1))
}

/// The next quote that is not the first of a pair.
fn closing_quote(data: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let quote = at + memchr(b'"', data.get(at..)?)?;
        if data.get(quote + 1) != Some(&b'"') {
            return Some(quote);
        }
        at = quote + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, Write};

    fn blocks_of(text: &[u8], size: usize) -> Vec<(u64, Vec<u8>)> {
        let mut file = tempfile::tempfile().expect("file");
        file.write_all(text).expect("written");
        file.rewind().expect("rewound");
        let mut blocks = Blocks::with_block(file, size);
        let mut all = Vec::new();
        while let Some(block) = blocks.next(Vec::new()).expect("read") {
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
