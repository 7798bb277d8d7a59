//! Columns of text: cells go in, values come out; polars' types stay on this side.

use polars::prelude::{IntoColumn, NewChunkedArray, PlSmallStr, StringChunked, StringChunkedBuilder};
use polars::prelude::{ChunkFull, ChunkFullNull, ChunkTake, ChunkedBuilder, Column, IdxCa};

/// Cells of one column of a block, while it is read.
pub struct TextColumn(StringChunkedBuilder);

impl TextColumn {
    /// With room for so many cells.
    pub fn new(rows: usize) -> Self {
        Self(StringChunkedBuilder::new(PlSmallStr::EMPTY, rows))
    }

    /// The next cell. Spaces around it are left off; an empty one is unknown.
    pub fn push(&mut self, cell: &str) {
        match cell.trim() {
            "" => self.0.append_null(),
            text => self.0.append_value(text),
        }
    }

    /// The next cell, which means unknown.
    pub fn push_unknown(&mut self) {
        self.0.append_null();
    }

    /// All cells are in.
    pub fn finish(self) -> Texts {
        Texts(self.0.finish())
    }
}

/// Values of one column, by row. Copies share what they hold.
#[derive(Debug, Clone)]
pub struct Texts(StringChunked);

impl Texts {
    /// The value of a row; `None` where it is unknown, or there is no such row.
    pub fn get(&self, row: usize) -> Option<&str> {
        if row < self.0.len() { self.0.get(row) } else { None }
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All values in order.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        self.0.iter()
    }

    /// From polars; one piece, so that a row is found at once.
    pub(super) fn from_polars(texts: &StringChunked) -> Self {
        Self(texts.rechunk().into_owned())
    }

    pub(in super::super) fn collect<'t>(rows: usize, values: impl Iterator<Item = Option<&'t str>>) -> Self {
        let mut texts = StringChunkedBuilder::new(PlSmallStr::EMPTY, rows);
        for value in values {
            texts.append_option(value);
        }
        Self(texts.finish())
    }

    pub(super) fn unknown(rows: usize) -> Self {
        Self(StringChunked::full_null(PlSmallStr::EMPTY, rows))
    }

    pub(super) fn same(value: &str, rows: usize) -> Self {
        Self(StringChunked::full(PlSmallStr::EMPTY, value, rows))
    }

    /// The values of these rows. A row that is null, or that there is not, is unknown.
    pub(super) fn take(&self, rows: &IdxCa) -> Self {
        match self.0.take(rows) {
            Ok(taken) => Self::from_polars(&taken),
            Err(_) => {
                let rows_of = |row: Option<u32>| row.and_then(|row| self.get(row as usize));
                Self::collect(rows.len(), rows.iter().map(rows_of))
            }
        }
    }

    pub(super) fn as_column(&self, name: PlSmallStr) -> Column {
        self.0.clone().with_name(name).into_column()
    }
}
