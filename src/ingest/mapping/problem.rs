//! What is wrong with a mapping: where, what, and the fix.

use super::walk::{Fault, Places};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::fmt;

/// One mistake in a mapping's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingError {
    /// The file as it is shown, or the built-in mapping's name.
    pub path: String,
    /// Line and column, 1-based.
    pub place: Option<(usize, usize)>,
    pub message: String,
    pub hint: Option<String>,
    /// The line with its caret, ready to print.
    pub picture: Option<String>,
}

/// Every mistake found, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingErrors(pub Vec<MappingError>);

impl MappingError {
    /// A mistake without a place.
    pub fn new(path: &str, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), place: None, message: message.into(), hint: None, picture: None }
    }

    /// A fault where it stands in the text.
    pub(super) fn located(path: &str, text: &str, places: &Places, fault: Fault) -> Self {
        let Fault { setting, at, message, hint } = fault;
        let mut error = Self { hint, ..Self::new(path, message) };
        if let Some(span) = at.or_else(|| places.of(&setting)) {
            let start = text.floor_char_boundary(span.start.min(text.len()));
            // A table's span is all of it: its first line is enough.
            let line_end =
                text.get(start..).and_then(|rest| rest.find('\n')).map_or(text.len(), |length| start + length);
            let end = text.ceil_char_boundary(span.end.clamp(start, line_end.max(start)));
            let before = text.get(..start).unwrap_or_default();
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            error.place = Some((before.matches('\n').count() + 1, column));
            error.picture = Some(
                Renderer::plain().render(&[Group::with_level(Level::ERROR)
                    .element(Snippet::source(text).path(path).annotation(AnnotationKind::Primary.span(start..end)))]),
            );
        }
        error
    }
}

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(picture) = &self.picture {
            write!(f, "\n{picture}")?;
        }
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\nhint: {hint}"))
    }
}

impl fmt::Display for MappingErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.0.iter().enumerate() {
            write!(f, "{}{error}", if at == 0 { "" } else { "\n\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for MappingError {}
impl std::error::Error for MappingErrors {}
