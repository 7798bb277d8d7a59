//! A block's bytes → records with their physical lines.
//!
//! A line without a quote is split at delimiters; any other record is read by `quoted`. Cells come without the white space
//! around them. A carriage return before a newline is such white space.

use super::open::Form;
use super::quoted::{Scan, Shape, Verdict};
use csv::{ByteRecord, ReaderBuilder, Terminator};
use memchr::{memchr, memchr_iter, memchr2};
use std::ops::Range;

/// One record, or one physical line that cannot be one.
pub struct Record<'a> {
    /// Lines before it in the block.
    pub line: u32,
    /// Where it stands in the block, without the newline that ends it.
    pub at: Range<usize>,
    pub cells: Cells<'a>,
}

/// The record's cells.
pub enum Cells<'a> {
    Read {
        bytes: &'a [u8],
        ends: &'a [Range<usize>],
    },
    /// A quote that opens in this line, or in that one before it, swallows what follows it.
    Runaway {
        opened: u32,
    },
}

impl<'a> Cells<'a> {
    /// Number of cells.
    pub fn len(&self) -> usize {
        match self {
            Self::Read { ends, .. } => ends.len(),
            Self::Runaway { .. } => 0,
        }
    }

    /// Whether every cell is UTF-8 text without a NUL byte.
    pub fn are_sound(&self) -> bool {
        let Self::Read { bytes, ends } = self else { return false };
        // The cells stand together without what was between them: halves of two of them can look like one letter.
        std::str::from_utf8(bytes).is_ok_and(|text| ends.iter().all(|cell| text.is_char_boundary(cell.end)))
            && memchr(0, bytes).is_none()
    }

    /// The cell at that position, without the white space around it; empty if there is none.
    pub fn get(&self, position: usize) -> &'a [u8] {
        match self {
            Self::Read { bytes, ends } => {
                trimmed(ends.get(position).and_then(|range| bytes.get(range.clone())).unwrap_or_default())
            }
            Self::Runaway { .. } => &[],
        }
    }
}

/// A cell without the blanks around it: also those that are no ASCII, and signs without width, which nobody sees.
pub fn trimmed(cell: &[u8]) -> &[u8] {
    let cell = cell.trim_ascii();
    let is_plain = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii);
    if is_plain(cell.first()) && is_plain(cell.last()) {
        return cell;
    }
    let blank = |c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}');
    std::str::from_utf8(cell).map_or(cell, |text| text.trim_matches(blank).as_bytes())
}

/// Calls `take` for each record of a block, blank lines left out.
pub fn each_record(data: &[u8], form: Form, shape: &dyn Shape, mut take: impl FnMut(&Record<'_>)) {
    if !form.quotes || memchr(b'"', data).is_none() {
        each_plain(data, form, &mut take);
    } else {
        each_quoted(data, form, shape, &mut take);
    }
}

fn each_plain(data: &[u8], form: Form, take: &mut impl FnMut(&Record<'_>)) {
    let mut ends = Vec::new();
    let mut start = 0;
    for (line, newline) in memchr_iter(form.terminator, data).chain([data.len()]).enumerate() {
        let at = start..newline;
        start = newline + 1;
        let bytes = data.get(at.clone()).unwrap_or_default();
        if is_blank(bytes, form) {
            continue;
        }
        split(bytes, form.delimiter, &mut ends);
        take(&Record { line: line as u32, at, cells: Cells::Read { bytes, ends: &ends } });
    }
}

/// The cells of a line without quotes.
fn split(line: &[u8], delimiter: u8, ends: &mut Vec<Range<usize>>) {
    ends.clear();
    let mut cell = 0;
    for next in memchr_iter(delimiter, line).chain([line.len()]) {
        ends.push(cell..next);
        cell = next + 1;
    }
}

/// Whether there is nothing in the line. Every row of a sheet has all its delimiters, an empty one nothing else.
fn is_blank(line: &[u8], form: Form) -> bool {
    line.iter().all(|b| matches!(b, b'\r' | b'\n') || (!form.quotes && *b == form.delimiter))
}

fn reader(data: &[u8], delimiter: u8) -> csv::Reader<&[u8]> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .terminator(Terminator::Any(b'\n'))
        .buffer_capacity(data.len().clamp(64, 1 << 16))
        .from_reader(data)
}

fn each_quoted(data: &[u8], form: Form, shape: &dyn Shape, take: &mut impl FnMut(&Record<'_>)) {
    let mut scan = Scan::default();
    let mut ends = Vec::new();
    let mut line = 0_u32;
    let mut base = 0;
    while let Some(rest) = data.get(base..).filter(|rest| !rest.is_empty()) {
        let length = memchr(b'\n', rest).unwrap_or(rest.len());
        let bytes = rest.get(..length).unwrap_or_default();
        if memchr(b'"', bytes).is_none() {
            split(bytes, form.delimiter, &mut ends);
            if !is_blank(bytes, form) {
                take(&Record { line, at: base..base + length, cells: Cells::Read { bytes, ends: &ends } });
            }
            line += 1;
            base += length + 1;
            continue;
        }
        let verdict = scan.judge(data, base, shape);
        let raw = data.get(base..verdict.end()).unwrap_or_default();
        let lines = memchr_iter(b'\n', raw).count() as u32;
        let end = verdict.end() - usize::from(raw.last() == Some(&b'\n'));
        match verdict {
            Verdict::Record { .. } => {
                take(&Record { line, at: base..end, cells: Cells::Read { bytes: &scan.bytes, ends: &scan.ends } });
            }
            Verdict::Line { .. } => take(&Record { line, at: base..end, cells: Cells::Runaway { opened: line } }),
            Verdict::Lines { .. } => {
                let raw = data.get(base..end).unwrap_or_default();
                let mut start = base;
                for (after, part) in raw.split(|byte| *byte == b'\n').enumerate() {
                    if !is_blank(part, form) {
                        let at = start..start + part.len();
                        take(&Record { line: line + after as u32, at, cells: Cells::Runaway { opened: line } });
                    }
                    start += part.len() + 1;
                }
            }
        }
        line += lines;
        base = verdict.end();
    }
}

/// The cells of one record's bytes.
pub fn cells_of(raw: &[u8], form: Form) -> Vec<Vec<u8>> {
    if !form.quotes || (memchr2(b'"', b'\n', raw).is_none() && !is_blank(raw, form)) {
        return raw.split(|byte| *byte == form.delimiter).map(|cell| cell.trim_ascii().to_vec()).collect();
    }
    let mut record = ByteRecord::new();
    if reader(raw, form.delimiter).read_byte_record(&mut record).unwrap_or(false) {
        record.iter().map(|cell| cell.trim_ascii().to_vec()).collect()
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::super::quoted::tests::Cells as Row;
    use super::*;
    use proptest::prelude::*;

    /// Any cell may hold line breaks.
    const ALL: &[usize] = &[0, 1, 2, 3, 4];

    /// Line (from 1) and cells of every record; `None` for a runaway quote.
    fn read(text: &str, width: usize) -> Vec<(u32, Option<Vec<String>>)> {
        let mut all = Vec::new();
        each_record(text.as_bytes(), Form::CSV, &Row(width, ALL), |record| {
            let cells = match record.cells {
                Cells::Runaway { .. } => None,
                Cells::Read { .. } => Some(
                    (0..record.cells.len())
                        .map(|i| String::from_utf8_lossy(record.cells.get(i)).into_owned())
                        .collect(),
                ),
            };
            all.push((record.line + 1, cells));
        });
        all
    }

    fn row(line: u32, cells: &[&str]) -> (u32, Option<Vec<String>>) {
        (line, Some(cells.iter().map(|c| (*c).to_owned()).collect()))
    }

    #[test]
    fn lines_are_physical_lines() {
        for end in ["\n", "\r\n"] {
            let text = ["1,a", "", "2,\"b", "c\"", "", "", "3,d"].join(end);
            let inside = format!("b{end}c");
            assert_eq!(read(&text, 2), [row(1, &["1", "a"]), row(3, &["2", &inside]), row(7, &["3", "d"])]);
            let plain = ["1,a", "", "2,b", ""].join(end);
            assert_eq!(read(&plain, 2), [row(1, &["1", "a"]), row(3, &["2", "b"])]);
        }
    }

    #[test]
    fn a_runaway_quote_costs_one_line() {
        assert_eq!(
            read("1,\"a,x\n2,b,y\n3,\"c\",z\n", 3),
            [(1, None), row(2, &["2", "b", "y"]), row(3, &["3", "c", "z"])]
        );
        assert_eq!(read("1,a\n2,\"b\n3,c", 2), [row(1, &["1", "a"]), (2, None), row(3, &["3", "c"])]);
        assert_eq!(read("1,a\n2,\"b", 2), [row(1, &["1", "a"]), (2, None)]);
        assert_eq!(read("1,a\n2,\"b\"", 2), [row(1, &["1", "a"]), row(2, &["2", "b"])]);
    }

    #[test]
    fn a_quote_inside_a_cell_is_text() {
        assert_eq!(read("1,5\" pipe\n2,b\n", 2), [row(1, &["1", "5\" pipe"]), row(2, &["2", "b"])]);
        assert_eq!(read("1,\"say \"\"hi\"\"\"\n", 2), [row(1, &["1", "say \"hi\""])]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_and_every_line_is_accounted_for(data in proptest::collection::vec(
            prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), Just(b'\r'), Just(b'a'), any::<u8>()], 0..300)) {
            let mut covered = vec![false; data.len()];
            let mut last_line = None;
            each_record(&data, Form::CSV, &Row(3, ALL), |record| {
                assert!(last_line < Some(record.line));
                last_line = Some(record.line);
                assert_eq!(memchr_iter(b'\n', &data[..record.at.start]).count(), record.line as usize);
                covered[record.at.clone()].fill(true);
            });
            for (byte, covered) in data.iter().zip(covered) {
                prop_assert!(covered || matches!(byte, b'\n' | b'\r'), "a byte was skipped");
            }
        }

        #[test]
        fn a_line_is_split_as_the_csv_reader_splits_it(line in "[a-z,\r ]{0,24}") {
            let mut ends = Vec::new();
            prop_assume!(!is_blank(line.as_bytes(), Form::CSV));
            split(line.as_bytes(), b',', &mut ends);
            let mut record = ByteRecord::new();
            prop_assert!(reader(line.as_bytes(), b',').read_byte_record(&mut record).expect("from memory"));
            let theirs: Vec<&[u8]> = record.iter().map(<[u8]>::trim_ascii).collect();
            let ours: Vec<&[u8]> = ends.iter().map(|cell| line.as_bytes()[cell.clone()].trim_ascii()).collect();
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn what_a_csv_writer_wrote_is_read_back(rows in proptest::collection::vec(
            proptest::collection::vec("[a-z\",\n ]{0,6}", 4), 1..20)) {
            // No cell is long enough for a line in it to pass for a row.
            let rows: Vec<Vec<String>> = rows.into_iter()
                .map(|row| std::iter::once("key".to_owned()).chain(row).collect()).collect();
            let mut writer = csv::Writer::from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).expect("written");
            }
            let text = String::from_utf8(writer.into_inner().expect("flushed")).expect("text");
            let expected: Vec<Option<Vec<String>>> = rows.iter()
                .map(|row| Some(row.iter().map(|cell| cell.trim_ascii().to_owned()).collect())).collect();
            let ours: Vec<Option<Vec<String>>> = read(&text, 5).into_iter().map(|(_, cells)| cells).collect();
            prop_assert_eq!(ours, expected);
        }
    }
}
