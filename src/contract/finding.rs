//! A finding: something about the input that its owner should know, with its place and the fix.

use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Note,
    /// A value became unknown.
    Warning,
    /// A row, or a file, was not loaded.
    Error,
}

impl Severity {
    /// As it is written in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One problem, located. The fields and their names are those of `attain check --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub code: String,
    pub severity: Severity,
    /// Path relative to the project.
    pub file: String,
    /// Physical line (1-based) where the record starts; absent for findings about a whole file.
    pub line: Option<u64>,
    /// Cell of the record, 1-based.
    pub column: Option<u64>,
    /// The contract's column name, or the header's where the contract has none.
    pub field: Option<String>,
    /// Record number (1-based, header not counted).
    pub record: Option<u64>,
    pub message: String,
    pub hint: Option<String>,
}

/// What a code means, for `attain explain CODE`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingKind {
    pub code: String,
    pub severity: Severity,
    pub title: String,
    pub meaning: String,
    pub fix: String,
}

#[derive(Deserialize)]
struct FindingKinds {
    findings: Vec<FindingKind>,
}

static FINDING_KINDS: LazyLock<Vec<FindingKind>> = LazyLock::new(|| {
    // Cannot fire: the embedded text is parsed by `tests::the_embedded_findings_parse`.
    toml::from_str::<FindingKinds>(include_str!("findings.toml")).expect("the embedded findings are valid").findings
});

/// Every kind of finding.
#[must_use]
pub fn finding_kinds() -> &'static [FindingKind] {
    &FINDING_KINDS
}

/// The kind with that code.
#[must_use]
pub fn finding_kind(code: &str) -> Option<&'static FindingKind> {
    FINDING_KINDS.iter().find(|kind| kind.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_findings_parse() {
        let mut codes: Vec<&str> = finding_kinds().iter().map(|kind| kind.code.as_str()).collect();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count, "a code stands twice");
    }
}
