//! What is wrong with a mapping, found when it meets a file.

use std::fmt;

/// A mistake in a rule or look-up, or SQL that cannot be computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The setting within the rule or look-up: `where`, `columns.cost.sql`, `joins[0].on`.
    pub setting: String,
    pub message: String,
    pub hint: Option<String>,
    /// Line and column in the setting's text, from 1.
    pub at: Option<(u64, u64)>,
}

impl Problem {
    pub(in super::super) fn new(setting: &str, message: impl Into<String>) -> Self {
        Self { setting: setting.to_owned(), message: message.into(), hint: None, at: None }
    }

    pub(in super::super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.setting, self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

impl std::error::Error for Problem {}
