//! Texts of one column, by row: all in one piece of memory, so that a block's cells cost no allocation each.

use polars::prelude::{Column, IntoColumn, PlSmallStr, StringChunkedBuilder};

/// Cells of one column of a block. An empty text is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextColumn {
    texts: String,
    /// Where each row's text ends.
    ends: Vec<usize>,
}

impl TextColumn {
    /// With room for so many cells.
    pub fn with_capacity(rows: usize) -> Self {
        const TYPICAL_CELL: usize = 8;
        Self { texts: String::with_capacity(rows * TYPICAL_CELL), ends: Vec::with_capacity(rows) }
    }

    /// The next cell. Blanks around it are left off; an empty one is unknown.
    pub fn push(&mut self, cell: &str) {
        self.push_exact(trimmed(cell));
    }

    /// The next cell, with blanks around it.
    pub(in super::super) fn push_exact(&mut self, cell: &str) {
        self.texts.push_str(cell);
        self.ends.push(self.texts.len());
    }

    /// The next cell, which means unknown.
    pub fn push_unknown(&mut self) {
        self.ends.push(self.texts.len());
    }

    /// The value of a row; `None` where it is unknown, or there is no such row.
    pub fn get(&self, row: usize) -> Option<&str> {
        let end = *self.ends.get(row)?;
        let start = match row.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.texts.get(start..end).filter(|text| !text.is_empty())
    }

    /// Whether every text begins and ends with a sign that is seen, and none begins with a `'`.
    pub(super) fn is_bare(&self) -> bool {
        (0..self.len()).all(|row| {
            let text = self.get(row).unwrap_or("-").as_bytes();
            let is_plain = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_graphic() && *byte != b'\'');
            is_plain(text.first()) && is_plain(text.last())
        })
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

/// A cell without blanks around it; nearly all have none.
fn trimmed(cell: &str) -> &str {
    let plain = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    let bytes = cell.as_bytes();
    if plain(bytes.first()) && plain(bytes.last()) { cell } else { cell.trim() }
}

/// As polars wants them.
pub(super) fn polars_column<'t>(name: &str, rows: usize, texts: impl Iterator<Item = Option<&'t str>>) -> Column {
    let mut builder = StringChunkedBuilder::new(PlSmallStr::from_str(name), rows);
    for text in texts {
        builder.append_option(text);
    }
    builder.finish().into_column()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_without_blanks_and_empty_ones_are_unknown() {
        let mut texts = TextColumn::with_capacity(2);
        for cell in ["a", " b c\t", "", "  ", "\u{a0}é\u{a0}"] {
            texts.push(cell);
        }
        texts.push_unknown();
        let read: Vec<Option<&str>> = (0..7).map(|row| texts.get(row)).collect();
        assert_eq!(read, [Some("a"), Some("b c"), None, None, Some("é"), None, None]);
        assert_eq!(texts.len(), 6);
    }
}
