//! A query file: a TOML header in a leading block comment, and one `select`.

use super::problem::QueryError;
use datafusion::common::ScalarValue;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use jiff::civil::Date;
use std::collections::BTreeMap;

const HEADER_OPENS: &str = "/*---";
const HEADER_CLOSES: &str = "---*/";

/// A query as read from a file. `text` keeps the header, so that places count from the file's first line.
#[derive(Debug, Clone)]
pub struct QueryFile {
    /// As shown in messages: `queries/core/time_to_service.sql`.
    pub path: String,
    pub text: String,
    /// The header, empty if there is none.
    pub header: toml::Table,
    /// Byte of the file at which the header's TOML starts.
    header_start: usize,
}

/// Parameter name (without `$`) → value.
pub type Bindings = BTreeMap<String, ScalarValue>;

impl QueryFile {
    /// Reads the header of a query's text.
    ///
    /// # Errors
    /// When the header is not closed or is not TOML, at its place in the file.
    pub fn parse(path: &str, text: &str) -> Result<Self, QueryError> {
        let text = text.trim_start_matches('\u{feff}');
        let mut header = toml::Table::new();
        let mut header_start = 0;
        if let Some(rest) = text.trim_start().strip_prefix(HEADER_OPENS) {
            header_start = text.len() - rest.len();
            let Some(length) = rest.find(HEADER_CLOSES) else {
                return Err(QueryError::at(
                    path,
                    text,
                    header_start - HEADER_OPENS.len()..header_start,
                    "the header is not closed",
                )
                .with_hint(Some(format!("end it with {HEADER_CLOSES}"))));
            };
            header = rest[..length].parse::<toml::Table>().map_err(|error| {
                let span = error.span().unwrap_or(0..1);
                QueryError::at(path, text, header_start + span.start..header_start + span.end, error.message())
            })?;
        }
        Ok(Self { path: path.into(), text: text.into(), header, header_start })
    }

    /// Deserialises the header; a mistake is located in the file.
    ///
    /// # Errors
    /// When the header lacks a key, has an unknown one, or one of the wrong type.
    pub fn header_as<T: serde::de::DeserializeOwned>(&self) -> Result<T, QueryError> {
        let rest = &self.text[self.header_start..];
        let toml = rest.find(HEADER_CLOSES).map_or("", |length| &rest[..length]);
        toml::from_str(toml).map_err(|error| {
            let message = format!("in the header: {}", error.message());
            match error.span() {
                Some(span) if !span.is_empty() && span.len() < toml.len() => QueryError::at(
                    &self.path,
                    &self.text,
                    self.header_start + span.start..self.header_start + span.end,
                    message,
                ),
                _ => QueryError::new(&self.path, message),
            }
        })
    }

    /// The query without its header.
    #[must_use]
    pub fn body(&self) -> &str {
        let rest = &self.text[self.header_start..];
        let start =
            if self.header_start == 0 { 0 } else { rest.find(HEADER_CLOSES).map_or(0, |i| i + HEADER_CLOSES.len()) };
        rest[start..].trim_start()
    }

    /// Where the header gives the key of that name.
    pub(super) fn place_of_key(&self, name: &str) -> Option<std::ops::Range<usize>> {
        let body = self.text[self.header_start..].find(HEADER_CLOSES).map_or(0, |i| self.header_start + i);
        let header = &self.text[..body];
        header.match_indices(name).map(|(start, _)| start..start + name.len()).find(|span| {
            let within = header[..span.start].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '"'));
            !within && header[span.end..].trim_start().starts_with('=')
        })
    }

    /// Where `$name` first stands after the header.
    pub(super) fn place_of(&self, placeholder: &str) -> Option<std::ops::Range<usize>> {
        let body = self.text[self.header_start..].find(HEADER_CLOSES).map_or(0, |i| self.header_start + i);
        self.text[body..].find(placeholder).map(|i| body + i..body + i + placeholder.len())
    }
}

/// A TOML value as an SQL value; `None` for tables and arrays, which become small tables instead.
#[must_use]
pub fn scalar(value: &toml::Value) -> Option<ScalarValue> {
    match value {
        toml::Value::String(text) => Some(match text.parse::<Date>() {
            Ok(date) if text.len() == 10 => date_scalar(date),
            _ => ScalarValue::Utf8(Some(text.clone())),
        }),
        toml::Value::Integer(n) => Some(ScalarValue::Int64(Some(*n))),
        toml::Value::Float(x) => Some(ScalarValue::Float64(Some(*x))),
        toml::Value::Boolean(b) => Some(ScalarValue::Boolean(Some(*b))),
        toml::Value::Datetime(d) => d.to_string().parse::<Date>().ok().map(date_scalar),
        toml::Value::Array(_) | toml::Value::Table(_) => None,
    }
}

/// A civil date as the engine's.
fn date_scalar(date: Date) -> ScalarValue {
    ScalarValue::Date32(Some(days_since_epoch(date)))
}

/// Days since 1970-01-01.
#[must_use]
pub fn days_since_epoch(date: Date) -> i32 {
    date.duration_since(Date::constant(1970, 1, 1)).as_hours() as i32 / 24
}

impl QueryFile {
    /// Whether `$name` stands in the query.
    #[must_use]
    pub fn uses(&self, name: &str) -> bool {
        let placeholder = format!("${name}");
        self.place_of(&placeholder).is_some_and(|span| {
            let next = self.text[span.end..].chars().next();
            next.is_none_or(|c| !c.is_alphanumeric() && c != '_')
        })
    }
}

impl QueryFile {
    /// The query's text with placeholders (`$days`) and names replaced where `put` says by what; texts in quotes and
    /// comments stay as they are.
    ///
    /// # Errors
    /// When the text is no SQL, and what `put` returns.
    pub fn replaced(&self, put: impl Fn(&str) -> Result<Option<String>, QueryError>) -> Result<String, QueryError> {
        let tokens = Tokenizer::new(&GenericDialect, &self.text)
            .with_unescape(false)
            .tokenize()
            .map_err(|error| QueryError::new(&self.path, error.to_string()))?;
        let replaced = tokens.iter().map(|token| {
            let put = match token {
                Token::Placeholder(name) => put(name)?,
                Token::Word(word) if word.quote_style.is_none() => put(&word.value)?,
                _ => None,
            };
            Ok(put.unwrap_or_else(|| token.to_string()))
        });
        replaced.collect()
    }

    /// A query made from this one, with the same path for messages and no header.
    #[must_use]
    pub fn rewritten(&self, text: String) -> Self {
        Self { path: self.path.clone(), text, header: toml::Table::new(), header_start: 0 }
    }
}
