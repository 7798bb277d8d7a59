//! The findings of one table: exact counts of all, the first of each kind kept, every one written to a file.
//!
//! An export in which every row is bad must not fill the memory, so no more than a fixed number is kept.

use super::IngestError;
use crate::contract::{Finding, Severity};
use crate::store::Seal;
use crate::store::beside::Beside;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Kept of each kind for each file.
pub const KEPT_PER_KIND: u64 = 1_000;
/// Kept of a table in all.
const KEPT_PER_TABLE: usize = 20_000;

/// By code and severity.
pub type Counts = BTreeMap<(String, Severity), u64>;

/// Collects findings.
#[derive(Default)]
pub struct Found {
    kept: Vec<Finding>,
    counts: Counts,
    /// Of the file being read, by code.
    in_file: BTreeMap<String, u64>,
    file: String,
    path: Option<PathBuf>,
    seal: Option<Seal>,
    all: Option<Beside>,
}

impl Found {
    /// With a file for all of them, one JSON object a line; without one, they are only counted and the first kept.
    pub fn new(path: Option<PathBuf>, seal: Option<Seal>) -> Self {
        Self { path, seal, ..Self::default() }
    }

    pub fn add(&mut self, finding: Finding) -> Result<(), IngestError> {
        self.write(&finding).map_err(IngestError::write(self.path.as_deref().unwrap_or(Path::new("findings"))))?;
        if self.file != finding.file {
            self.file.clone_from(&finding.file);
            self.in_file.clear();
        }
        let in_file = self.in_file.entry(finding.code.clone()).or_default();
        *in_file += 1;
        *self.counts.entry((finding.code.clone(), finding.severity)).or_default() += 1;
        if *in_file <= KEPT_PER_KIND && self.kept.len() < KEPT_PER_TABLE {
            self.kept.push(finding);
        }
        Ok(())
    }

    fn write(&mut self, finding: &Finding) -> io::Result<()> {
        if let (None, Some(path)) = (&self.all, &self.path) {
            self.all = Some(Beside::create(path, self.seal.as_ref())?);
        }
        if let Some(all) = &mut self.all {
            serde_json::to_writer(&mut *all, finding)?;
            all.write_all(b"\n")?;
        }
        Ok(())
    }

    /// The findings kept, in the order of their places, and the counts of all.
    pub fn finish(mut self) -> Result<(Vec<Finding>, Counts), IngestError> {
        if let Some(all) = self.all.take() {
            all.finish().map_err(IngestError::write(self.path.as_deref().unwrap_or(Path::new("findings"))))?;
        }
        // Files come in order; within one, what is found when all rows are read comes last.
        let mut files: Vec<&str> = Vec::new();
        for finding in &self.kept {
            if !files.contains(&finding.file.as_str()) {
                files.push(&finding.file);
            }
        }
        let files: BTreeMap<String, usize> =
            files.iter().enumerate().map(|(at, file)| ((*file).to_owned(), at)).collect();
        self.kept.sort_by_key(|f| (files.get(&f.file).copied(), f.line, f.column));
        Ok((self.kept, self.counts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_exact_and_memory_is_not_filled() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("all.jsonl");
        let mut found = Found::new(Some(path.clone()), None);
        for line in 0..KEPT_PER_KIND + 500 {
            let mut finding = super::super::header::about("a.csv", None, "bad-date", "bad".to_owned());
            finding.line = Some(line);
            found.add(finding).expect("added");
        }
        let (kept, counts) = found.finish().expect("finished");
        assert_eq!(kept.len() as u64, KEPT_PER_KIND);
        assert_eq!(counts.values().sum::<u64>(), KEPT_PER_KIND + 500);
        assert_eq!(std::fs::read_to_string(path).expect("read").lines().count() as u64, KEPT_PER_KIND + 500);
    }
}
