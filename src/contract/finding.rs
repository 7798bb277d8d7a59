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

/// Endings of files that hold sheets; a sheet's own path is the file's, a colon and the sheet's name.
const WORKBOOKS: [&str; 5] = [".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"];

impl Finding {
    /// A finding of a known kind on a file as a whole, as serious as its kind and with its fix.
    #[must_use]
    pub fn of(code: &str, file: String, message: String) -> Self {
        let kind = finding_kind(code);
        Self {
            code: code.to_owned(),
            severity: kind.map_or(Severity::Error, |kind| kind.severity),
            file,
            line: None,
            column: None,
            field: None,
            record: None,
            message,
            hint: kind.map(|kind| kind.fix.clone()),
        }
    }

    /// Where it is, as an editor or a spreadsheet can go to: `exports/clients.csv:12:3` (line, cell of the record),
    /// `cases.xlsx:Sheet1!C7`, and only the file where there is no more to say.
    #[must_use]
    pub fn place(&self) -> String {
        let Some(line) = self.line else { return self.file.clone() };
        let in_sheet = self.file.rsplit_once(':').is_some_and(|(workbook, _)| {
            let workbook = workbook.to_ascii_lowercase();
            WORKBOOKS.iter().any(|ending| workbook.ends_with(ending))
        });
        match (in_sheet, self.column) {
            (true, Some(column)) => format!("{}!{}{line}", self.file, letters(column)),
            // A whole row, as spreadsheets write it.
            (true, None) => format!("{}!{line}:{line}", self.file),
            (false, Some(column)) => format!("{}:{line}:{column}", self.file),
            (false, None) => format!("{}:{line}", self.file),
        }
    }
}

/// A spreadsheet's name of its column: 1 is A, 27 is AA.
fn letters(column: u64) -> String {
    let mut rest = column;
    let mut name = Vec::new();
    while rest > 0 {
        rest -= 1;
        name.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or_default()));
        rest /= 26;
    }
    name.iter().rev().collect()
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
    fn a_place_is_written_as_editors_and_spreadsheets_go_to_it() {
        let place = |file: &str, line: Option<u64>, column: Option<u64>| {
            let finding = Finding {
                code: "bad-date".into(),
                severity: Severity::Warning,
                file: file.into(),
                line,
                column,
                field: None,
                record: None,
                message: String::new(),
                hint: None,
            };
            finding.place()
        };
        assert_eq!(place("exports/clients.csv", Some(12), Some(3)), "exports/clients.csv:12:3");
        assert_eq!(place("exports/clients.csv", Some(12), None), "exports/clients.csv:12");
        assert_eq!(place("exports/clients.csv", None, Some(3)), "exports/clients.csv");
        assert_eq!(place("cases.xlsx:Sheet1", Some(7), Some(3)), "cases.xlsx:Sheet1!C7");
        assert_eq!(place("old/Cases.XLS:Über uns", Some(70), Some(28)), "old/Cases.XLS:Über uns!AB70");
        assert_eq!(place("cases.ods:Sheet1", Some(7), None), "cases.ods:Sheet1!7:7");
        assert_eq!(place("cases.xlsx", None, None), "cases.xlsx");
        for (column, name) in [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA"), (16_384, "XFD")] {
            assert_eq!(letters(column), name);
        }
    }

    #[test]
    fn the_embedded_findings_parse() {
        let mut codes: Vec<&str> = finding_kinds().iter().map(|kind| kind.code.as_str()).collect();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count, "a code stands twice");
    }
}
