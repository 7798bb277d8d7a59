//! What is to be said about records beside the rows made of them: cells that a conversion could not read, conditions
//! that are neither true nor false, values of `latest_by` that have no order of their own.

use super::super::Converter;
use super::super::convert::Converted;
use super::comparable::Kind;
use crate::ingest::cells::Trouble;
use std::collections::BTreeMap;

/// A cell that a conversion could not read: what is made of it is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    pub line: u64,
    /// Its place in the header, if it is one cell.
    pub cell: Option<usize>,
    /// What the mapping calls it.
    pub name: String,
    pub text: String,
    pub code: &'static str,
    /// The message follows the name and the value.
    pub what: String,
    pub hint: Option<String>,
}

impl Unread {
    pub(in super::super) fn new(line: u64, cell: Option<usize>, (name, text): (&str, &str), trouble: Trouble) -> Self {
        let Trouble { code, what, hint } = trouble;
        Self { line, cell, name: name.to_owned(), text: text.to_owned(), code, what, hint }
    }
}

/// How often something was met, and the line where it was first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Met {
    pub count: u64,
    pub first: u64,
}

impl Met {
    pub(super) fn add(&mut self, line: u64) {
        self.join(Self { count: 1, first: line });
    }

    /// Blocks are read in any order.
    fn join(&mut self, other: Self) {
        self.first = match (self.count, other.count) {
            (0, _) => other.first,
            (_, 0) => self.first,
            _ => self.first.min(other.first),
        };
        self.count += other.count;
    }
}

/// What is said about a file as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// Rows left out because `where` is neither true nor false for them.
    pub undecided: Met,
    /// The values of `latest_by`, by what they are.
    pub latest: BTreeMap<Kind, Met>,
}

impl Notes {
    pub fn join(&mut self, other: Self) {
        self.undecided.join(other.undecided);
        for (kind, met) in other.latest {
            self.latest.entry(kind).or_default().join(met);
        }
    }
}

/// What some records tell.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// In the order of the records, one of each cell.
    pub unread: Vec<Unread>,
    pub notes: Notes,
}

impl Told {
    /// Several names may stand for one cell, which is told once.
    pub(in super::super) fn settle(&mut self) {
        self.unread.sort_by_key(|unread| (unread.line, unread.cell));
        self.unread
            .dedup_by(|later, first| later.cell.is_some() && (later.line, later.cell) == (first.line, first.cell));
    }
}

/// The converted text; what cannot be read is unknown, and told.
pub(in super::super) fn read<'a>(
    converter: &'a Converter,
    text: &'a str,
    scratch: &'a mut Vec<u8>,
    tell: impl FnOnce(Trouble),
) -> Option<&'a str> {
    match converter.convert(text.as_bytes(), scratch) {
        Converted::Text(text) => std::str::from_utf8(text).ok(),
        Converted::Unknown => None,
        Converted::Trouble(trouble) => {
            tell(trouble);
            None
        }
    }
}
