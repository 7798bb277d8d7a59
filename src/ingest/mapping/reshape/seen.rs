//! Cells as a fitted rule sees them: converted where their name has settings.

use super::super::Converter;
use super::fitted::{Fitted, Input};
use super::text::TextColumn;
use super::told::{Unread, read};
use std::sync::Arc;

/// The cells as the fitted rule sees them.
pub fn inputs(
    fitted: &Fitted,
    texts: Vec<TextColumn>,
    lines: &[u64],
    unread: &mut Vec<Unread>,
) -> Vec<Arc<TextColumn>> {
    let raw: Vec<Arc<TextColumn>> = texts.into_iter().map(Arc::new).collect();
    let mut scratch = Vec::new();
    let seen = fitted.inputs.iter().map(|input| {
        let Some(raw) = raw.get(input.needed) else { return Arc::new(TextColumn::default()) };
        match &input.converter {
            None => raw.clone(),
            Some(converter) if converter.only_bares() && raw.is_bare() => raw.clone(),
            Some(converter) => Arc::new(converted(raw, input, converter, lines, &mut scratch, unread)),
        }
    });
    seen.collect()
}

/// What cannot be read is unknown, and told.
fn converted(
    texts: &TextColumn,
    input: &Input,
    converter: &Converter,
    lines: &[u64],
    scratch: &mut Vec<u8>,
    unread: &mut Vec<Unread>,
) -> TextColumn {
    let mut made = TextColumn::with_capacity(texts.len());
    for row in 0..texts.len() {
        let text = texts.get(row).and_then(|text| {
            read(converter, text, scratch, |trouble| {
                let line = lines.get(row).copied().unwrap_or_default();
                unread.push(Unread::new(line, Some(input.cell.at), (&input.name, text), trouble));
            })
        });
        match text {
            Some(text) => made.push(text),
            None => made.push_unknown(),
        }
    }
    made
}
