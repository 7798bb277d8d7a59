//! Ingest: the files of an export → a snapshot in the store, or everything that is wrong with them.
//!
//! Every row of every file is loaded or set aside with its place and the reason; nothing is guessed. [`ingest`] makes
//! the snapshot, [`check`] looks and writes nothing. The same inputs give the same bytes, whatever the number of threads.
//!
//! ```text
//! discover (open) → bind (mapping) → blocks → (workers: records → (reshape) → rows, cells, identity) → table → write
//! ```

mod about_export;
mod bind;
mod birth_dates;
mod blocks;
mod calendar;
mod cells;
mod columns;
mod crosswalk;
mod discover;
mod export;
mod export_says;
mod filling;
mod found;
mod header;
mod header_lines;
mod identity;
mod ids;
mod keys;
mod lineage;
mod lookups;
pub mod mapping;
mod moments;
mod newest;
mod numbers;
pub mod open;
mod pipeline;
mod places;
mod plan;
pub mod profile;
mod quarantine;
mod quoted;
mod records;
mod row;
mod rows;
mod runs;
mod shown;
mod snapshot;
mod snapshot_id;
mod table;
mod unread;
mod wanted;
mod write;

use crate::contract::Finding;
use crate::store::{BirthDates, Key, Snapshot, Store, StoreError};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use crosswalk::Crosswalk;
pub use ids::Ids;
pub(crate) use shown::escaped;

/// What is to be read, and how.
#[derive(Debug, Clone)]
pub struct IngestJob {
    /// The project's folder.
    pub root: PathBuf,
    pub sources: Vec<Source>,
    /// The day through which the export is complete; without it the latest date in the data.
    pub as_of: Option<jiff::civil::Date>,
    /// What pseudonyms are made with. Never stored.
    pub key: Key,
    /// Whether the key may be another than that of the snapshots before.
    pub new_key: bool,
    /// Whether what is written is encrypted, by the same key.
    pub encrypt: bool,
    pub birth_dates: BirthDates,
    /// Month the fiscal year starts in, 1 to 12.
    pub fiscal_year_starts: u8,
    /// Workers; at least one.
    pub threads: usize,
    /// Bytes the blocks under way may take; by default a few blocks for each worker.
    pub memory: Option<u64>,
}

/// One of the project's sources.
#[derive(Debug, Clone)]
pub struct Source {
    pub name: String,
    /// Files below the project's folder, e.g. `exports/**/*.csv`.
    pub files: String,
    pub mapping: Arc<mapping::Mapping>,
    pub content: Content,
    /// The system that its ids are of; several sources can come from one.
    pub system: String,
    /// Whether its ids mean something else in other systems.
    pub own_ids: bool,
    pub crosswalk: Option<Crosswalk>,
}

impl Source {
    /// Files of the contract's own form.
    pub fn of_files(name: &str, files: &str) -> Self {
        Self {
            name: name.to_owned(),
            files: files.to_owned(),
            mapping: Arc::new(mapping::Mapping::case_export()),
            content: Content::Full,
            system: name.to_owned(),
            own_ids: false,
            crosswalk: None,
        }
    }
}

/// What a source's files hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Content {
    /// Everything there is.
    #[default]
    Full,
    /// What is new or changed since the export before.
    Changes,
}

/// Told how far reading is.
pub trait Progress: Sync {
    /// Before the first byte: how many files and bytes there are.
    fn begin(&self, _files: usize, _bytes: u64) {}
    /// So many more bytes of that file are read.
    fn read(&self, _file: &str, _bytes: u64) {}
}

/// Nobody watches.
impl Progress for () {}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// `None` when only checked.
    pub snapshot: Option<Snapshot>,
    pub files: Vec<FileRead>,
    /// The first of each kind for each file; `counts` has them all, as do the snapshot's `findings/*.jsonl`.
    pub findings: Vec<Finding>,
    pub counts: Vec<crate::store::FindingCount>,
    /// What could not be checked, and why.
    pub not_checked: Vec<String>,
    /// Files that could not be read at all, or are no files; each has a finding.
    pub unreadable: Vec<String>,
    /// Whether the current snapshot was already made from these inputs.
    pub reused: bool,
}

/// One file (or part of one) and one table made of it, as `attain check --json` gives it. `rows = loaded + quarantined`.
///
/// Rows are those of the table: a mapping may make several of a record. What it makes none of (rows filtered out,
/// deleted, or superseded by a newer export) is `left_out`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRead {
    /// Relative to the project.
    pub path: String,
    pub sha256: String,
    /// Absent if the file is none of the tables.
    pub table: Option<String>,
    pub rows: u64,
    pub loaded: u64,
    pub quarantined: u64,
    #[serde(default)]
    pub left_out: u64,
    #[serde(skip)]
    pub bytes: u64,
    /// Of the rows loaded first, how many others took the place of.
    #[serde(skip)]
    replaced: u64,
}

/// Why nothing was changed.
#[derive(Debug)]
pub enum IngestError {
    /// A source names no file.
    NoFiles {
        source: String,
        pattern: String,
        hint: Option<String>,
    },
    /// A source's pattern cannot be read.
    BadPattern {
        source: String,
        reason: String,
    },
    /// Pseudonyms cannot be made without a key.
    NoKey,
    /// The snapshots before were made with another key.
    OtherKey {
        snapshot: String,
    },
    /// No as-of date is given, and no date in the data says it.
    NoAsOf,
    /// An as-of date that nobody can mean.
    AsOf(jiff::civil::Date),
    Read {
        path: PathBuf,
        source: io::Error,
    },
    /// A file, or a part of one, cannot be read.
    Open(open::OpenError),
    /// A mapping does not fit the files.
    Mapping(mapping::MappingErrors),
    /// The file that says who is who in several systems.
    Crosswalk {
        path: String,
        message: String,
    },
    Write {
        path: PathBuf,
        source: io::Error,
    },
    Store(StoreError),
    /// Typed columns that do not fit together: a defect of this program.
    Columns(arrow::error::ArrowError),
    /// Another part failed and this one was told to stop.
    Stopped,
}

impl fmt::Display for IngestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFiles { source, pattern, hint } => {
                write!(
                    f,
                    "source \"{source}\": no file fits \"{pattern}\"; put the export there or correct files in attain.toml"
                )?;
                hint.as_ref().map_or(Ok(()), |hint| write!(f, " ({hint})"))
            }
            Self::BadPattern { source, reason } => write!(f, "source \"{source}\": {reason}"),
            Self::NoAsOf => f.write_str(
                "no as-of date is given, and no date could be read from the data; set as_of in attain.toml to the day \
                 through which the export is complete (attain check shows what could not be read)",
            ),
            Self::AsOf(day) => {
                write!(f, "the as-of date {day} is not between 1900 and 2199; correct as_of in attain.toml")
            }
            Self::OtherKey { snapshot } => write!(
                f,
                "the key for pseudonymous ids is not the one that snapshot {snapshot} was made with: the same people would \
                 have other ids, and could not be followed from then to now\nhint: bring that key back from a backup, or \
                 have [privacy] in attain.toml name it; if it is lost, --new-key begins anew"
            ),
            Self::NoKey => f.write_str("the key for pseudonyms is empty; attain init makes one"),
            Self::Read { path, source } => write!(f, "{} cannot be read: {source}", path.display()),
            Self::Open(error) => error.fmt(f),
            Self::Mapping(errors) => errors.fmt(f),
            Self::Crosswalk { path, message } => write!(f, "crosswalk {path}: {message}"),
            Self::Write { path, source } => {
                write!(f, "{} cannot be written: {source}; the last good snapshot is unchanged", path.display())
            }
            Self::Store(error) => error.fmt(f),
            Self::Columns(error) => write!(f, "the rows read do not fit the contract's columns: {error}"),
            Self::Stopped => f.write_str("ingest was stopped; the last good snapshot is unchanged"),
        }
    }
}

impl std::error::Error for IngestError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { source, .. } | Self::Write { source, .. } => Some(source),
            Self::Store(error) => Some(error),
            Self::Columns(error) => Some(error),
            _ => None,
        }
    }
}

impl From<StoreError> for IngestError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<arrow::error::ArrowError> for IngestError {
    fn from(error: arrow::error::ArrowError) -> Self {
        Self::Columns(error)
    }
}

impl IngestError {
    fn mapping(error: mapping::MappingError) -> Self {
        Self::Mapping(mapping::MappingErrors(vec![error]))
    }

    fn write(path: &Path) -> impl Fn(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Write { path: path.clone(), source }
    }
}

/// Reads the export into a new snapshot and makes it current. On an error nothing is changed.
pub fn ingest(job: &IngestJob, store: &Store, progress: &dyn Progress) -> Result<Outcome, IngestError> {
    snapshot::make(job, store, progress)
}

/// Reads the export as [`ingest`] does, and writes nothing.
pub fn check(job: &IngestJob, progress: &dyn Progress) -> Result<Outcome, IngestError> {
    snapshot::look(job, progress)
}
