//! Why a command ended, and the exit code that says so.

use crate::ingest::IngestError;
use crate::project::ProjectError;
use crate::query::QueryError;
use crate::report::ReportError;
use crate::store::StoreError;
use std::fmt;
use std::path::PathBuf;

/// What went wrong, by who can mend it.
#[derive(Debug)]
pub enum Failure {
    /// Exit code 1: there are findings at or above `--fail-on`; they have been said.
    Findings,
    /// The same code: worked examples do not give the figures they expect; each has been said.
    Examples,
    Usage(String),
    /// Files that could not be read; each has its finding.
    Unreadable(Vec<String>),
    Project(ProjectError),
    Ingest(IngestError),
    Store(StoreError),
    Query(QueryError),
    Report(String),
    /// Some of the documents of a run were not written; each has been said, and the rest are done.
    Editions {
        failed: usize,
        of: usize,
    },
    /// Something could not be written.
    Write(PathBuf, std::io::Error),
}

impl Failure {
    /// The published exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Findings | Self::Examples => 1,
            Self::Usage(_)
            | Self::Project(_)
            | Self::Ingest(
                IngestError::NoKey
                | IngestError::OtherKey { .. }
                | IngestError::Store(StoreError::Encrypted { .. })
                | IngestError::BadPattern { .. }
                | IngestError::NoAsOf
                | IngestError::AsOf(_)
                | IngestError::Mapping(_)
                | IngestError::Crosswalk { .. },
            )
            | Self::Store(StoreError::NotFound { .. } | StoreError::Encrypted { .. }) => 2,
            Self::Ingest(IngestError::Store(StoreError::Locked { .. })) | Self::Store(StoreError::Locked { .. }) => 6,
            Self::Ingest(_) | Self::Store(_) | Self::Unreadable(_) => 3,
            // A parameter of a metric, set in the project's file or on the command line.
            Self::Query(error) if error.path == crate::measure::PARAMETERS => 2,
            Self::Query(_) => 4,
            Self::Report(_) | Self::Editions { .. } | Self::Write(..) => 5,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Findings => f.write_str("there are findings at or above --fail-on (exit code 1)"),
            Self::Examples => f.write_str("worked examples do not give what they expect (exit code 1)"),
            Self::Editions { failed, of } => write!(f, "{failed} of {of} reports could not be written"),
            Self::Unreadable(files) => write!(f, "cannot be read: {}", files.join(", ")),
            Self::Usage(message) | Self::Report(message) => f.write_str(message),
            Self::Project(error) => error.fmt(f),
            Self::Ingest(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::Query(error) => error.fmt(f),
            Self::Write(path, error) => write!(f, "{} cannot be written: {error}", path.display()),
        }
    }
}

impl From<ProjectError> for Failure {
    fn from(error: ProjectError) -> Self {
        Self::Project(error)
    }
}

impl From<IngestError> for Failure {
    fn from(error: IngestError) -> Self {
        Self::Ingest(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        Self::Query(error)
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        Self::Report(error.to_string())
    }
}
