//! The terminal: data asked for goes to stdout, words for people to stderr.

use crate::contract::{Finding, Severity};
use crate::ingest::{Outcome, Progress};
use crate::store::FindingCount;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};

/// How much is said.
#[derive(Debug, Clone, Copy)]
pub struct Console {
    pub quiet: bool,
}

impl Console {
    /// Says a line to a person.
    pub fn say(self, text: &str) {
        if !self.quiet {
            Self::warn(text);
        }
    }

    /// Says what went wrong, `--quiet` or not. Nobody listening any more is no mistake.
    pub fn warn(text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// Gives data. A reader that has gone away (a closed pipe) is no mistake.
    pub fn give(bytes: &[u8]) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(bytes).and_then(|()| out.flush());
    }

    /// A bar for reading, if somebody watches.
    pub fn reading(self) -> ReadingBar {
        let shown = !self.quiet && std::io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(
            None,
            if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() },
        );
        // Cannot fire: the template is a constant that indicatif accepts (a unit test makes one).
        bar.set_style(ProgressStyle::with_template(READING).expect("a valid template"));
        ReadingBar(bar)
    }

    /// A bar for things made one after the other.
    pub fn making(self, what: &'static str, count: u64) -> ProgressBar {
        let shown = !self.quiet && std::io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(
            Some(count),
            if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() },
        );
        // Cannot fire: as above.
        bar.set_style(ProgressStyle::with_template(MAKING).expect("a valid template"));
        bar.set_message(what);
        bar
    }
}

const READING: &str = "reading {bytes}/{total_bytes} {wide_bar} {eta}";
const MAKING: &str = "{msg} {pos}/{len} {wide_bar} {eta}";

/// Progress of reading the exports.
pub struct ReadingBar(ProgressBar);

impl Progress for ReadingBar {
    fn begin(&self, _files: usize, bytes: u64) {
        self.0.set_length(bytes);
    }

    fn read(&self, _file: &str, bytes: u64) {
        self.0.inc(bytes);
    }
}

impl Drop for ReadingBar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// "1,204"
pub fn grouped(n: u64) -> String {
    crate::chart::number::count(n as f64)
}

/// "1 row", "12 rows"
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

const MISSING_TABLE: &str = "missing-table";
const MISSING_COLUMN: &str = "missing-column";

/// Findings grouped by file, then by kind, the first `most` of each, like a compiler's.
pub fn findings(findings: &[Finding], counts: &[FindingCount], most: usize) -> String {
    // Writing to a String cannot fail.
    let mut text = String::new();
    let mut order: Vec<(&str, &str)> = Vec::new();
    let tables: Vec<&Finding> = findings.iter().filter(|finding| finding.code == MISSING_TABLE).collect();
    for finding in findings.iter().filter(|finding| finding.code != MISSING_TABLE) {
        let key = (finding.file.as_str(), finding.code.as_str());
        if !order.contains(&key) {
            order.push(key);
        }
    }
    order.sort_by_key(|(file, _)| *file);
    for (file, code) in order {
        let of_kind: Vec<&Finding> = findings.iter().filter(|f| f.file == file && f.code == code).collect();
        if code == MISSING_COLUMN {
            let columns: Vec<&str> = of_kind.iter().filter_map(|f| f.field.as_deref()).collect();
            text.push_str(&absent(&format!("{file}: "), &of_kind, "not in the file", &columns));
            continue;
        }
        for finding in of_kind.iter().take(most) {
            let mut place = finding.file.clone();
            if let Some(line) = finding.line {
                let _ = write!(place, ":{line}");
                if let Some(column) = finding.column {
                    let _ = write!(place, ":{column}");
                }
            }
            // What is about the whole export has no place.
            if !place.is_empty() {
                place.push_str(": ");
            }
            let _ = writeln!(text, "{place}{} [{}] {}", severity(finding.severity), finding.code, finding.message);
            if let Some(hint) = finding.hint.as_ref().filter(|_| of_kind.len() == 1) {
                let _ = writeln!(text, "    hint: {hint}");
            }
        }
        if of_kind.len() > 1
            && let Some(hint) = of_kind.iter().find_map(|f| f.hint.as_ref())
        {
            let _ = writeln!(text, "    hint: {hint}");
        }
        if of_kind.len() > most {
            let _ = writeln!(text, "    … and {} more of this kind in {file}", grouped((of_kind.len() - most) as u64));
        }
    }
    let names: Vec<&str> = tables.iter().map(|f| f.file.strip_suffix(".csv").unwrap_or(&f.file)).collect();
    text.push_str(&absent("", &tables, "no file of", &names));
    let total: u64 = counts.iter().map(|c| c.count).sum();
    if total > findings.len() as u64 {
        let _ =
            writeln!(text, "{} findings in all; --json lists those kept, the snapshot's findings all", grouped(total));
    }
    text
}

/// What is not there, in one line: the same said of each would bury the rest.
fn absent(place: &str, of_kind: &[&Finding], what: &str, names: &[&str]) -> String {
    let Some(first) = of_kind.first() else { return String::new() };
    let hint = first.hint.as_ref().map_or(String::new(), |hint| format!("    hint: {hint}\n"));
    format!("{place}{} [{}] {what}: {}\n{hint}", severity(first.severity), first.code, names.join(", "))
}

/// "12 errors, 3 warnings, 2 notes"
pub fn tally(counts: &[FindingCount]) -> String {
    let of = |severity| counts.iter().filter(|c| c.severity == severity).map(|c| c.count).sum::<u64>();
    let mut parts = Vec::new();
    for (severity, one, many) in [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Note, "note", "notes"),
    ] {
        if of(severity) > 0 {
            parts.push(counted(of(severity), one, many));
        }
    }
    if parts.is_empty() { "no findings".into() } else { parts.join(", ") }
}

/// "Read 14 files, 95,312 rows: 94,800 loaded, 512 set aside."
pub fn read_line(outcome: &Outcome) -> String {
    let sum = |f: &dyn Fn(&crate::ingest::FileRead) -> u64| outcome.files.iter().map(f).sum::<u64>();
    let (rows, loaded, aside) = (sum(&|f| f.rows), sum(&|f| f.loaded), sum(&|f| f.quarantined));
    format!(
        "read {}, {}: {} loaded, {} set aside",
        counted(outcome.files.len() as u64, "file", "files"),
        counted(rows, "row", "rows"),
        grouped(loaded),
        grouped(aside)
    )
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_can_be_made() {
        let console = Console { quiet: true };
        drop(console.reading());
        console.making("documents", 3).finish();
    }
}
