//! The stream of an XLS workbook, looked through before its reader is let at it: which cells there are and how much text
//! they hold is counted; what the sheets claim of their size is struck out, since room for it would be made.
//! Records: [MS-XLS] 2.3.

use super::sheet::Unfit;

/// Why a stream is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    Locked,
    Damaged,
    TooLarge,
}

impl From<Unfit> for Wrong {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::TooLarge => Self::TooLarge,
            Unfit::Outside => Self::Damaged,
        }
    }
}

const END: u16 = 0x000a;
const BEGIN: u16 = 0x0809;
const LOCKED: u16 = 0x002f;
const SHEET: u16 = 0x0085;
const SIZE: u16 = 0x0200;
const STRINGS: u16 = 0x00fc;
const CONTINUED: u16 = 0x003c;
const STRING_CELL: u16 = 0x00fd;
const NUMBER_CELLS: u16 = 0x00bd;
/// Number, label, rich label, yes or error, compact number, formula: one cell each.
const CELLS: [u16; 6] = [0x0203, 0x0204, 0x00d6, 0x0205, 0x027e, 0x0006];
/// What a cell takes in the reader's table, which has one for each place between the first cell and the last.
const CELL: u64 = 40;

/// Refuses what cannot be read within so many bytes, and makes the sheets' claims harmless.
pub fn tame(stream: &mut [u8], most: u64) -> Result<(), Wrong> {
    let mut sheets = Vec::new();
    let mut lengths = Vec::new();
    let mut at = 0;
    while let Some(record) = Record::at(stream, at) {
        let data = record.data(stream);
        match record.kind {
            LOCKED if data.iter().any(|byte| *byte != 0) => return Err(Wrong::Locked),
            SHEET => {
                sheets.push(word(data, 0).zip(word(data, 2)).map(|(low, high)| low as usize | (high as usize) << 16));
            }
            STRINGS => lengths = string_lengths(stream, &record).ok_or(Wrong::Damaged)?,
            END => break,
            _ => {}
        }
        at = record.end;
    }
    let mut room = Room { left: most, lengths };
    for sheet in sheets {
        let start = sheet.filter(|start| *start < stream.len()).ok_or(Wrong::Damaged)?;
        room.take_sheet(stream, start)?;
    }
    Ok(())
}

struct Room {
    left: u64,
    /// Bytes of each of the workbook's texts, at most.
    lengths: Vec<u32>,
}

impl Room {
    fn take(&mut self, bytes: u64) -> Result<(), Wrong> {
        self.left = self.left.checked_sub(bytes).ok_or(Wrong::TooLarge)?;
        Ok(())
    }

    fn take_sheet(&mut self, stream: &mut [u8], start: usize) -> Result<(), Wrong> {
        let (mut at, mut depth) = (start, 0_u32);
        let (mut rows, mut columns) = (0, 0);
        while let Some(record) = Record::at(stream, at) {
            let data = record.data(stream);
            let mut cell = (word(data, 0), word(data, 2));
            match record.kind {
                BEGIN => depth += 1,
                END if depth <= 1 => break,
                END => depth -= 1,
                SIZE => {
                    if let Some(claim) = stream.get_mut(record.from..record.end) {
                        claim.fill(0);
                    }
                    cell = (None, None);
                }
                STRING_CELL => {
                    let text = word(data, 6).map_or(0, usize::from) | word(data, 8).map_or(0, usize::from) << 16;
                    let length = self.lengths.get(text).copied().unwrap_or_default();
                    self.take(u64::from(length))?;
                }
                NUMBER_CELLS => cell.1 = word(data, data.len().saturating_sub(2)),
                kind if CELLS.contains(&kind) => {}
                _ => cell = (None, None),
            }
            if let (Some(row), Some(column)) = cell {
                rows = rows.max(u64::from(row) + 1);
                columns = columns.max(u64::from(column) + 1);
            }
            // Sheets that begin at one place are read as often as they are named.
            self.take((record.end - at) as u64)?;
            at = record.end;
        }
        self.take(rows * columns * CELL)
    }
}

/// A record's kind and where its data stands.
struct Record {
    kind: u16,
    from: usize,
    end: usize,
}

impl Record {
    fn at(stream: &[u8], at: usize) -> Option<Self> {
        let head = stream.get(at..)?;
        let (kind, length) = (word(head, 0)?, word(head, 2)?);
        let from = at + 4;
        let end = from + usize::from(length);
        (end <= stream.len()).then_some(Self { kind, from, end })
    }

    fn data<'a>(&self, stream: &'a [u8]) -> &'a [u8] {
        stream.get(self.from..self.end).unwrap_or_default()
    }
}

fn word(data: &[u8], at: usize) -> Option<u16> {
    match data.get(at..at + 2)? {
        [low, high] => Some(u16::from(*low) | u16::from(*high) << 8),
        _ => None,
    }
}

/// The bytes each of the workbook's texts has at most, from the table of texts and the records that continue it.
fn string_lengths(stream: &[u8], table: &Record) -> Option<Vec<u32>> {
    let mut pieces = vec![table.data(stream).get(8..)?];
    let mut at = table.end;
    while let Some(record) = Record::at(stream, at).filter(|record| record.kind == CONTINUED) {
        pieces.push(record.data(stream));
        at = record.end;
    }
    let mut pieces = Pieces { pieces: pieces.into_iter(), here: &[] };
    let mut lengths = Vec::new();
    while pieces.more() {
        let [low, high, flags] = pieces.take()?;
        let letters = usize::from(u16::from_le_bytes([low, high]));
        let runs = if flags & 8 == 0 { 0 } else { usize::from(u16::from_le_bytes(pieces.take()?)) };
        let extra = if flags & 4 == 0 { 0 } else { u32::from_le_bytes(pieces.take()?) as usize };
        pieces.skip_letters(letters, flags & 1 != 0)?;
        pieces.skip(runs * 4 + extra)?;
        // A letter of two bytes has three at most in UTF-8.
        lengths.push(letters as u32 * 3);
    }
    Some(lengths)
}

/// A record's data and that of the records which continue it.
struct Pieces<'a, I: Iterator<Item = &'a [u8]>> {
    pieces: I,
    here: &'a [u8],
}

impl<'a, I: Iterator<Item = &'a [u8]>> Pieces<'a, I> {
    fn more(&mut self) -> bool {
        while self.here.is_empty() {
            match self.pieces.next() {
                Some(piece) => self.here = piece,
                None => return false,
            }
        }
        true
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        for byte in &mut bytes {
            self.more().then_some(())?;
            let (first, rest) = self.here.split_first()?;
            *byte = *first;
            self.here = rest;
        }
        Some(bytes)
    }

    fn skip(&mut self, mut bytes: usize) -> Option<()> {
        while bytes > 0 {
            self.more().then_some(())?;
            let here = bytes.min(self.here.len());
            self.here = self.here.get(here..)?;
            bytes -= here;
        }
        Some(())
    }

    /// Where letters go on in another record, that says anew whether they have two bytes.
    fn skip_letters(&mut self, mut letters: usize, mut wide: bool) -> Option<()> {
        loop {
            let here = letters.min(self.here.len() / if wide { 2 } else { 1 });
            self.here = self.here.get(here * if wide { 2 } else { 1 }..)?;
            letters -= here;
            if letters == 0 {
                return Some(());
            }
            self.here = &[];
            let [flags] = self.take()?;
            wide = flags & 1 != 0;
        }
    }
}
