//! Findings as a compiler prints them: by file, then by kind, the offending text marked, the fix below.

use super::console::grouped;
use super::everything::{Counts, kind_in_file};
use super::style::{Style, wrapped};
use crate::contract::{Finding, Severity, finding_kind};
use crate::ingest::FileRead;
use crate::quality::{Assessment, Rules};
use std::fmt::Write as _;
use std::ops::Range;

/// Findings shown of each kind in each file.
const SHOWN: usize = 20;
/// Width at which hints and lists of places are broken.
const WIDTH: usize = 100;
/// Places up to this width stand in a column of their own.
const WIDEST_PLACE: usize = 44;
/// Kinds of which one line names all: the same said of each would bury the rest.
const ABSENT: [(&str, &str); 3] = [
    ("missing-table", "no file of"),
    ("missing-column", "not in the file"),
    ("unused-file", "no rule of the mapping reads"),
];
/// Those of them that are about the whole export.
const OF_ALL: [&str; 2] = ["missing-table", "unused-file"];

/// What is listed.
pub struct Listing<'a> {
    pub findings: &'a [Finding],
    /// How many there are of each kind in each file, also of those that are not held.
    pub counts: &'a Counts,
    pub files: &'a [FileRead],
    pub rules: &'a Rules,
    pub assessment: Option<&'a Assessment>,
    pub style: Style,
    /// How all findings can be had.
    pub all: &'a str,
}

impl Listing<'_> {
    /// The text for standard output.
    pub fn text(&self) -> String {
        let mut files: Vec<&str> = Vec::new();
        for finding in self.findings {
            if !files.contains(&file_of(finding)) {
                files.push(file_of(finding));
            }
        }
        // What is about no single file comes last.
        files.sort_unstable_by_key(|file| (file.is_empty(), *file));
        let mut text = String::new();
        for file in files {
            text.push_str(&self.heading(file));
            let mut kinds: Vec<(Severity, &str)> = Vec::new();
            for finding in self.findings.iter().filter(|f| file_of(f) == file) {
                let kind = (finding.severity, finding.code.as_str());
                if !kinds.contains(&kind) {
                    kinds.push(kind);
                }
            }
            kinds.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
            for (severity, code) in kinds {
                let of_kind: Vec<&Finding> = self
                    .findings
                    .iter()
                    .filter(|f| file_of(f) == file && f.code == code && f.severity == severity)
                    .collect();
                text.push('\n');
                text.push_str(&self.kind(severity, code, &of_kind));
            }
            text.push('\n');
        }
        text
    }

    /// The file, and what became of its rows.
    fn heading(&self, file: &str) -> String {
        if file.is_empty() {
            return format!("{}\n", self.style.bold("the export as a whole"));
        }
        let read: Vec<&FileRead> = self.files.iter().filter(|read| read.path == file && read.table.is_some()).collect();
        let rows = |read: &FileRead| {
            let rows = super::console::counted(read.rows, "row", "rows");
            let of = if read.rows == 0 { String::new() } else { ", all loaded".to_string() };
            let of = if read.quarantined > 0 { format!(", {} set aside", grouped(read.quarantined)) } else { of };
            let out = if read.left_out > 0 { format!(", {} left out", grouped(read.left_out)) } else { String::new() };
            format!("{rows}{of}{out}")
        };
        match read.as_slice() {
            [] => format!("{}\n", self.style.bold(file)),
            [only] => format!("{}: {}\n", self.style.bold(file), rows(only)),
            several => {
                let tables: Vec<String> = several
                    .iter()
                    .map(|read| format!("{}: {}", read.table.as_deref().unwrap_or_default(), rows(read)))
                    .collect();
                format!("{}\n{}", self.style.bold(file), wrapped(&tables.join("; "), WIDTH, "  ", "  "))
            }
        }
    }

    fn kind(&self, severity: Severity, code: &str, of_kind: &[&Finding]) -> String {
        let Some(first) = of_kind.first() else { return String::new() };
        let style = self.style;
        let title = finding_kind(code)
            .map(|kind| kind.title.as_str())
            .or_else(|| self.rules.get(code).map(|rule| rule.header.title.as_str()))
            .unwrap_or_default();
        let total = self.counts.get(&kind_in_file(first)).copied().unwrap_or(of_kind.len() as u64);
        let headed = |rest: &str| {
            // Broken as it is read, then colored.
            let plain = format!("  {} [{code}]", severity.name());
            let colored = format!("  {} {}", style.severity(severity), style.bold(&format!("[{code}]")));
            wrapped(rest, WIDTH, &format!("{plain} "), "    ").replacen(&plain, &colored, 1)
        };
        if let Some((_, what)) = ABSENT.iter().find(|(kind, _)| *kind == code) {
            let names: Vec<&str> = of_kind.iter().map(|finding| absent(finding)).collect();
            let mut text = headed(&format!("{what}: {}", names.join(", ")));
            text.push_str(&self.closing(first, code, true));
            return text;
        }
        let mut text = headed(&format!("{title} ({})", self.of_all(code, total)));
        let shown = of_kind.get(..SHOWN.min(of_kind.len())).unwrap_or_default();
        let one_hint = of_kind.iter().all(|finding| finding.hint == first.hint);
        let said = by_message(shown);
        let widest = said.iter().map(|(finding, _)| finding.place().chars().count()).max().unwrap_or(0);
        for (finding, same) in said {
            text.push_str(&self.finding(finding, widest.min(WIDEST_PLACE), one_hint));
            if !same.is_empty() {
                let line = format!("the same at {}", same.join(", "));
                text.push_str(&wrapped(&line, WIDTH, "      ", "        "));
            }
        }
        if total > shown.len() as u64 {
            let more = format!("… and {} more; {}", grouped(total - shown.len() as u64), self.all);
            text.push_str(&wrapped(&more, WIDTH, "    ", "      "));
        }
        text.push_str(&self.closing(first, code, one_hint));
        text
    }

    /// "18 of 1,511 exits", or only how many.
    fn of_all(&self, code: &str, total: u64) -> String {
        let rule = self.assessment.and_then(|a| a.rules.iter().find(|rule| rule.code == code));
        match rule {
            // Of several files, each has its part.
            Some(rule) if rule.found == total => {
                format!("{} of {} {}", grouped(total), grouped(rule.looked_at), rule.counted)
            }
            _ => grouped(total),
        }
    }

    fn finding(&self, finding: &Finding, widest: usize, one_hint: bool) -> String {
        let place = finding.place();
        let message = match (self.style, self.mark(finding)) {
            (Style::Color, Some(mark)) => format!(
                "{}{}{}",
                &finding.message[..mark.start],
                self.style.underlined(&finding.message[mark.clone()]),
                &finding.message[mark.end..]
            ),
            _ => finding.message.clone(),
        };
        let mut text = format!("    {place:<widest$}  {message}\n");
        if self.mark(finding).is_none() && text.chars().count() > WIDTH {
            text = wrapped(&message, WIDTH, &format!("    {place:<widest$}  "), "        ");
        }
        if let (Style::Plain, Some(mark)) = (self.style, self.mark(finding)) {
            let before = 4 + place.chars().count().max(widest) + 2 + finding.message[..mark.start].chars().count();
            let length = finding.message[mark].chars().count().max(1);
            let _ = writeln!(text, "{}{}", " ".repeat(before), "^".repeat(length));
        }
        if let Some(hint) = finding.hint.as_ref().filter(|_| !one_hint) {
            text.push_str(&wrapped(&format!("hint: {hint}"), WIDTH, "      ", "            "));
        }
        text
    }

    fn closing(&self, first: &Finding, code: &str, one_hint: bool) -> String {
        let mut text = String::new();
        if let Some(hint) = first.hint.as_ref().filter(|_| one_hint) {
            text.push_str(&wrapped(&format!("hint: {hint}"), WIDTH, "    ", "          "));
        }
        let _ = writeln!(text, "    {}", self.style.faint(&format!("more: attain explain {code}")));
        text
    }

    /// Where in a message the offending text stands.
    fn mark(&self, finding: &Finding) -> Option<Range<usize>> {
        match self.rules.get(&finding.code) {
            Some(rule) => rule.marked(&finding.message).filter(|place| !place.is_empty()),
            None => offending(finding),
        }
    }
}

/// Of a table that is not there the "file" is only its name, and files that nobody reads are told together.
fn file_of(finding: &Finding) -> &str {
    if OF_ALL.contains(&finding.code.as_str()) { "" } else { &finding.file }
}

/// The name of what is not there.
fn absent(finding: &Finding) -> &str {
    match &finding.field {
        Some(column) => column,
        None if finding.code == "missing-table" => finding.file.strip_suffix(".csv").unwrap_or(&finding.file),
        None => &finding.file,
    }
}

/// The first finding of each message, with the places of the others that say the same.
fn by_message<'a>(shown: &[&'a Finding]) -> Vec<(&'a Finding, Vec<String>)> {
    let mut groups: Vec<(&Finding, Vec<String>)> = Vec::new();
    for finding in shown {
        match groups.iter_mut().find(|(first, _)| first.message == finding.message && first.hint == finding.hint) {
            Some((_, places)) => {
                let place = finding.place();
                places.push(place.strip_prefix(&finding.file).unwrap_or(&place).to_string());
            }
            None => groups.push((finding, Vec::new())),
        }
    }
    groups
}

/// The value in a message of ingest: behind the column's name, in quotes or as its pattern with its length.
fn offending(finding: &Finding) -> Option<Range<usize>> {
    const LENGTH: &str = " characters)";
    let field = finding.field.as_deref()?;
    let start = match finding.message.strip_prefix(field) {
        Some(rest) if rest.starts_with(' ') => field.len() + 1,
        _ => 0,
    };
    let rest = finding.message.get(start..)?;
    if let Some(quoted) = rest.strip_prefix('"') {
        let length = quoted.find('"')?;
        return (length > 0).then_some(start + 1..start + 1 + length);
    }
    if start == 0 {
        return None;
    }
    let length = rest.get(..rest.find(LENGTH)?)?.rfind(" (")?;
    (length > 0).then_some(start..start + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(field: Option<&str>, message: &str) -> Finding {
        Finding {
            code: "bad-date".into(),
            severity: Severity::Warning,
            file: "a.csv".into(),
            line: Some(2),
            column: None,
            field: field.map(str::to_string),
            record: None,
            message: message.into(),
            hint: None,
        }
    }

    #[test]
    fn the_offending_text_is_found_in_a_message() {
        for (field, message, marked) in [
            (Some("intake_on"), "intake_on \"2025-02-30\" is not a day", Some("2025-02-30")),
            (Some("birth_date"), "birth_date 9…-9…-9… (10 characters) is not a day", Some("9…-9…-9…")),
            (Some("gender"), "gender Aa Aa… (6 characters) is not one of the codes", Some("Aa Aa…")),
            (Some("Nickname"), "\"Nickname\" is not a column of clients", Some("Nickname")),
            (Some("client_id"), "client_id is empty", None),
            (None, "the row has 2 cells, the header has 5", None),
        ] {
            let finding = finding(field, message);
            assert_eq!(offending(&finding).map(|place| &finding.message[place]), marked, "{message}");
        }
    }

    #[test]
    fn the_offending_text_is_marked_below_or_underlined() {
        let findings = [finding(Some("intake_on"), "intake_on \"2025-02-30\" is not a day")];
        let text = |style| {
            let (counts, rules) = (Counts::new(), Rules::default());
            let listing = Listing {
                findings: &findings,
                counts: &counts,
                files: &[],
                rules: &rules,
                assessment: None,
                style,
                all: "",
            };
            listing.text()
        };
        let plain = "    a.csv:2  intake_on \"2025-02-30\" is not a day\n                        ^^^^^^^^^^\n";
        assert!(text(Style::Plain).contains(plain), "{}", text(Style::Plain));
        let colored = text(Style::Color);
        assert!(colored.contains("\"\u{1b}[4m2025-02-30\u{1b}[0m\"") && !colored.contains('^'), "{colored}");
        assert!(colored.contains("\u{1b}[1;33mwarning\u{1b}[0m \u{1b}[1m[bad-date]\u{1b}[0m "), "{colored}");
    }

    #[test]
    fn the_same_message_is_said_once() {
        let (a, mut b) = (finding(None, "x"), finding(None, "x"));
        b.line = Some(9);
        let c = finding(None, "y");
        let groups = by_message(&[&a, &b, &c]);
        assert_eq!(
            groups.iter().map(|(f, same)| (f.message.as_str(), same.clone())).collect::<Vec<_>>(),
            [("x", vec![":9".to_string()]), ("y", vec![])]
        );
    }
}
