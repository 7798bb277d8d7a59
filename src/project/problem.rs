//! What is wrong with a project file: where, what, and the fix.

use std::fmt;
use std::path::{Path, PathBuf};

/// A problem of the project, located as far as it can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectError {
    pub path: Option<PathBuf>,
    /// Line and column, 1-based.
    pub place: Option<(usize, usize)>,
    pub message: String,
    pub hint: Option<String>,
}

impl ProjectError {
    /// A problem without a place.
    #[must_use]
    pub fn new(message: impl Into<String>, hint: Option<String>) -> Self {
        Self { path: None, place: None, message: message.into(), hint }
    }

    /// The project file cannot be read.
    pub(super) fn unreadable(folder: &Path, path: &Path, error: &std::io::Error) -> Self {
        let hint = if error.kind() == std::io::ErrorKind::NotFound {
            Some(format!("a project is a folder with attain.toml; `attain init {}` makes one", folder.display()))
        } else {
            None
        };
        Self { path: Some(path.to_path_buf()), place: None, message: format!("cannot be read: {error}"), hint }
    }

    /// A problem at a byte of the text.
    pub(super) fn in_text(text: &str, byte: Option<usize>, message: &str) -> Self {
        let place = byte.map(|byte| {
            let before = &text.as_bytes()[..byte.min(text.len())];
            let line = before.split(|b| *b == b'\n').count();
            let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
            (line, column)
        });
        Self { path: None, place, message: message.to_string(), hint: None }
    }

    pub(super) fn in_file(mut self, path: &Path) -> Self {
        self.path = Some(path.to_path_buf());
        self
    }

    /// A problem where `needle` stands in the text.
    pub fn at(path: &Path, text: &str, needle: &str, message: &str) -> Self {
        Self::in_text(text, text.find(needle), message).in_file(path)
    }
}

impl fmt::Display for ProjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{}:", path.display())?;
            if let Some((line, column)) = self.place {
                write!(f, "{line}:{column}:")?;
            }
            write!(f, " ")?;
        }
        write!(f, "{}", self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ProjectError {}

/// The known name nearest to `word`, if it is near enough to be a slip.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let known: Vec<&str> = known.into_iter().collect();
    let slip = |name: &&'a str| {
        let distance = strsim::damerau_levenshtein(word, name);
        (distance <= 2.max(name.len() / 3)).then_some((distance, *name))
    };
    let slips = known.iter().filter_map(slip).min();
    let begun = |name: &&&str| word.len() >= SHORTEST_BEGINNING && name.starts_with(word);
    slips.map(|(_, name)| name).or_else(|| known.iter().filter(begun).min_by_key(|name| name.len()).copied())
}

/// Fewer letters than these begin too many names.
const SHORTEST_BEGINNING: usize = 3;

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_a_slip_and_not_a_stranger() {
        assert_eq!(nearest("agnecy", ["agency", "sources"]), Some("agency"));
        assert_eq!(nearest("weather", ["agency", "sources"]), None);
    }

    #[test]
    fn finds_what_a_word_begins() {
        let names = ["goal_attainment", "goal_attainment_by_domain", "monthly-review"];
        assert_eq!(nearest("goal", names), Some("goal_attainment"));
        assert_eq!(nearest("monthly", names), Some("monthly-review"));
        assert_eq!(nearest("mo", names), None);
    }
}
