//! What a snapshot holds and what it was made from. No clock, no absolute path, no key.

use super::{StoreError, durable};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// Raised whenever the stored types, names or meaning of the files change; part of a snapshot's id.
pub const STORE_FORMAT: u32 = 3;

/// `manifest.json` of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// As-of date and the first 8 hex digits of a hash over everything the content depends on.
    pub id: String,
    /// The day through which the export is complete, `YYYY-MM-DD`.
    pub as_of: String,
    pub as_of_source: AsOfSource,
    pub contract_version: u32,
    pub contract_sha256: String,
    pub store_format: u32,
    /// Tells whether two snapshots' pseudonymous ids can be compared; says nothing about the key.
    pub key_fingerprint: String,
    /// Whether every file but this one is encrypted.
    #[serde(default)]
    pub encrypted: bool,
    /// How much of birth dates is kept.
    #[serde(default)]
    pub birth_dates: BirthDates,
    /// Month the fiscal year starts in.
    pub fiscal_year_starts: u8,
    /// The project's sources, in order.
    pub sources: Vec<SourceUsed>,
    /// Every file that something was read from.
    pub files_read: Vec<InputFile>,
    /// The parts of those files by the tables made of them.
    pub inputs: Vec<Input>,
    /// In the contract's order, then `calendar`, `source_files`, `findings`.
    pub tables: Vec<StoredTable>,
    /// The other files: findings and set-aside rows.
    pub other_files: Vec<StoredFile>,
    pub findings: Vec<FindingCount>,
}

/// How much of birth dates is kept. What is left out is set to the first: a birth in May 1990 is the 1st of May, one in
/// 1990 the 1st of January, so that nobody is younger than they are and nobody comes before their birth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BirthDates {
    #[default]
    Date,
    Month,
    Year,
}

/// Where the as-of date comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AsOfSource {
    /// The project file or the command line.
    Given,
    /// What the export says of itself.
    Export,
    /// The latest date in the data.
    Data,
}

/// How a source was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceUsed {
    pub name: String,
    pub mapping: String,
    /// Of the mapping's text.
    pub mapping_sha256: String,
    /// Whether its files hold only what changed.
    pub changes: bool,
    /// The system that its ids are of.
    #[serde(default)]
    pub system: String,
    /// Whether its ids are its own.
    pub own_ids: bool,
    /// File, columns and digest.
    pub crosswalk: Option<String>,
}

/// One file as it lies on the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Relative to the project.
    pub path: String,
    pub sha256: String,
    pub bytes: u64,
}

/// One file, or part of one, read for a table. `rows = loaded + quarantined`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Relative to the project.
    pub path: String,
    pub sha256: String,
    pub bytes: u64,
    pub table: String,
    pub rows: u64,
    pub loaded: u64,
    pub quarantined: u64,
    /// Rows that a mapping leaves out, and those that a newer export supersedes.
    #[serde(default)]
    pub left_out: u64,
}

/// One table of the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredTable {
    pub name: String,
    pub rows: u64,
    pub files: Vec<StoredFile>,
    /// Columns that stood in at least one of its files; the others are empty because they were not collected.
    pub collected: Vec<String>,
}

/// One file of the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// Relative to the snapshot.
    pub name: String,
    pub sha256: String,
    pub bytes: u64,
}

/// How often a kind of finding was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingCount {
    pub code: String,
    /// Absent for findings about no table.
    pub table: Option<String>,
    pub severity: crate::contract::Severity,
    pub count: u64,
}

impl Manifest {
    /// Every file the manifest vouches for.
    pub fn files(&self) -> impl Iterator<Item = &StoredFile> {
        self.tables.iter().flat_map(|table| &table.files).chain(&self.other_files)
    }

    /// The table of that name.
    pub fn table(&self, name: &str) -> Option<&StoredTable> {
        self.tables.iter().find(|table| table.name == name)
    }

    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| format!("manifest.json: {error}"))?;
        serde_json::from_str(&text).map_err(|error| format!("manifest.json: {error}"))
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), StoreError> {
        // Cannot fire: plain structs with text keys always serialise.
        let mut text = serde_json::to_string_pretty(self).expect("a manifest serialises");
        text.push('\n');
        durable::write_synced(path, text.as_bytes())
    }
}
