//! The terminal: data asked for goes to stdout, words for people to stderr.

use crate::contract::{Severity, printable};
use crate::ingest::{Outcome, Progress};
use crate::store::FindingCount;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
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
        let _ = writeln!(std::io::stderr().lock(), "{}", printable(text));
    }

    /// Shows text that may hold what others wrote: nothing in it is obeyed by a terminal.
    pub fn show(text: &str) {
        Self::give(printable(text).as_bytes());
    }

    /// Gives data. A reader that has gone away (a closed pipe) is no mistake.
    pub fn give(bytes: &[u8]) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(bytes).and_then(|()| out.flush());
    }

    /// Gives data as it is made. A reader that has gone away is no mistake.
    pub fn giving() -> impl std::io::Write {
        std::io::BufWriter::new(Unheard(std::io::stdout().lock()))
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

/// Standard output, to which nobody need listen any more.
struct Unheard(std::io::StdoutLock<'static>);

impl std::io::Write for Unheard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self.0.write(bytes) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self.0.flush() {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            flushed => flushed,
        }
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
    crate::language::Words::default().count(n as f64)
}

/// "1 row", "12 rows"
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
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
    // A file has an entry for each table that is made of it.
    let files: std::collections::BTreeSet<&str> = outcome.files.iter().map(|file| file.path.as_str()).collect();
    let out = sum(&|f| f.left_out);
    let out = if out > 0 { format!(", {} left out by mappings", grouped(out)) } else { String::new() };
    format!(
        "read {}, {}: {} loaded, {} set aside{out}",
        counted(files.len() as u64, "file", "files"),
        counted(rows, "row", "rows"),
        grouped(loaded),
        grouped(aside)
    )
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
