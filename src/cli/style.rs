//! Colors and underlines, where a person watches and wants them.

use crate::contract::Severity;
use std::io::IsTerminal as _;

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Bytes for pipes, files and those who want no color: the offending text is marked on a line of its own.
    Plain,
    /// For a terminal: the offending text is underlined where it stands.
    Color,
}

impl Style {
    /// What standard output wants (`NO_COLOR`, `TERM=dumb`, `CLICOLOR=0`: none).
    pub fn of_stdout() -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is = |name: &str, value: &str| std::env::var_os(name).is_some_and(|found| found == value);
        let wanted = !set("NO_COLOR") && !is("TERM", "dumb") && !is("CLICOLOR", "0");
        if wanted && std::io::stdout().is_terminal() { Self::Color } else { Self::Plain }
    }

    pub fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    pub fn faint(self, text: &str) -> String {
        self.with("2", text)
    }

    pub fn underlined(self, text: &str) -> String {
        self.with("4", text)
    }

    /// The severity's name in its color.
    pub fn severity(self, severity: Severity) -> String {
        let code = match severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
            Severity::Note => "1;36",
        };
        self.with(code, severity.name())
    }

    fn with(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_string(),
            Self::Color => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }
}

/// Text broken into lines of at most the width, the first with one indent, the others with another.
pub fn wrapped(text: &str, width: usize, first: &str, others: &str) -> String {
    let mut lines = String::new();
    let mut line = String::from(first);
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > width {
            lines.push_str(&line);
            lines.push('\n');
            line = String::from(others);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines.push_str(line.trim_end());
    lines.push('\n');
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_at_the_width() {
        assert_eq!(wrapped("one two three", 8, "- ", "  "), "- one\n  two\n  three\n");
        assert_eq!(wrapped("a-word-that-is-too-long", 8, "", "  "), "a-word-that-is-too-long\n");
        assert_eq!(wrapped("", 8, "", ""), "\n");
    }
}
