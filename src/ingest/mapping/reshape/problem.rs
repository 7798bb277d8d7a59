//! What is wrong with a rule or look-up, found when it meets a file.

use super::super::{Mapping, MappingError};

/// A mistake before its place in the mapping's text is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The setting within the rule or look-up: `where`, `columns.cost`, `joins[0].on`.
    pub setting: String,
    pub message: String,
    pub hint: Option<String>,
}

impl Problem {
    pub fn new(setting: &str, message: impl Into<String>) -> Self {
        Self { setting: setting.to_owned(), message: message.into(), hint: None }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// At its place; `within` is the rule's or look-up's setting.
    pub fn located(self, mapping: &Mapping, within: &str) -> MappingError {
        mapping.error(&format!("{within}.{}", self.setting), self.message, self.hint)
    }
}
