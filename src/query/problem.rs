//! A mistake in a query, shown where it is: `queries/core/x.sql:12:9` with a caret and, if there is one, a suggestion.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use datafusion::common::diagnostic::Diagnostic;
use datafusion::error::DataFusionError;
use std::fmt;

/// Why a query cannot run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    /// Path of the file, or `query` for one typed.
    pub path: String,
    /// Line and column, 1-based.
    pub place: Option<(usize, usize)>,
    pub message: String,
    pub hint: Option<String>,
    /// The line with its caret, ready to print.
    pub picture: Option<String>,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(picture) = &self.picture {
            write!(f, "\n{picture}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for QueryError {}

impl QueryError {
    /// A mistake without a place.
    #[must_use]
    pub fn new(path: &str, message: impl Into<String>) -> Self {
        Self { path: path.into(), place: None, message: message.into(), hint: None, picture: None }
    }

    /// A mistake at the bytes `span` of `text`.
    #[must_use]
    pub fn at(path: &str, text: &str, span: std::ops::Range<usize>, message: impl Into<String>) -> Self {
        let message = message.into();
        let start = span.start.min(text.len());
        let before = text.get(..start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        // A span may end inside a character of several bytes.
        let start = text.floor_char_boundary(start);
        let end = text.ceil_char_boundary(span.end.clamp(start, text.len()));
        let picture = Renderer::plain().render(&[Group::with_level(Level::ERROR)
            .element(Snippet::source(text).path(path).annotation(AnnotationKind::Primary.span(start..end)))]);
        Self { path: path.into(), place: Some((line, column)), message, hint: None, picture: Some(picture) }
    }

    #[must_use]
    pub fn with_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    /// The engine's error, with the place it names.
    pub(super) fn from_engine(path: &str, text: &str, error: &DataFusionError) -> Self {
        let said = plain(&error.strip_backtrace());
        if let Some(diagnostic) = error.diagnostic() {
            return Self::from_diagnostic(path, text, diagnostic, &said);
        }
        match place_in_words(&said) {
            Some((line, column)) => {
                let start = byte_of(text, line, column);
                Self::at(path, text, start..word_end(text, start), said)
            }
            None => Self::new(path, said),
        }
    }

    fn from_diagnostic(path: &str, text: &str, diagnostic: &Diagnostic, said: &str) -> Self {
        let mut hints: Vec<String> = Vec::new();
        for note in &diagnostic.notes {
            hints.push(note.message.clone());
        }
        for help in &diagnostic.helps {
            hints.push(help.message.clone());
        }
        if hints.is_empty()
            && let Some((_, suggestion)) = said.split_once("Did you mean ")
        {
            hints.push(format!("did you mean {suggestion}"));
        }
        let hint = (!hints.is_empty()).then(|| hints.join("; "));
        match diagnostic.span {
            Some(span) => {
                let start = byte_of(text, line_number(span.start.line), line_number(span.start.column));
                let end = byte_of(text, line_number(span.end.line), line_number(span.end.column)).max(start + 1);
                Self::at(path, text, start..end, diagnostic.message.clone()).with_hint(hint)
            }
            None => Self::new(path, diagnostic.message.clone()).with_hint(hint),
        }
    }
}

fn line_number(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// The engine's words without its internal prefixes.
fn plain(said: &str) -> String {
    let mut rest = said;
    loop {
        let shorter = [
            "Error during planning: ",
            "Schema error: ",
            "SQL error: ",
            "Execution error: ",
            "Arrow error: ",
            "type_coercion\ncaused by\n",
            "External error: ",
            "This feature is not implemented: ",
        ]
        .iter()
        .find_map(|prefix| rest.strip_prefix(prefix));
        match shorter {
            Some(shorter) => rest = shorter,
            None => break,
        }
    }
    let rest = rest.strip_prefix("ParserError(\"").and_then(|r| r.strip_suffix("\")")).unwrap_or(rest);
    rest.replace("\\\"", "\"")
}

/// The parser ends its messages with "at Line: 3, Column: 5".
fn place_in_words(said: &str) -> Option<(usize, usize)> {
    let (_, place) = said.rsplit_once("Line: ")?;
    let (line, column) = place.split_once(", Column: ")?;
    let digits: String = column.chars().take_while(char::is_ascii_digit).collect();
    Some((line.parse().ok()?, digits.parse().ok()?))
}

/// Byte of a 1-based line and character column.
fn byte_of(text: &str, line: usize, column: usize) -> usize {
    let mut start = 0;
    for (number, content) in text.split_inclusive('\n').enumerate() {
        if number + 1 == line {
            let within = content.char_indices().nth(column.saturating_sub(1)).map_or(content.len(), |(byte, _)| byte);
            return start + within;
        }
        start += content.len();
    }
    text.len()
}

/// Where the word at `start` ends.
fn word_end(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let length: usize = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').map(char::len_utf8).sum();
    (start + length.max(1)).min(text.len())
}
