//! What is known of a file before its rows are read: its parts, what each is read for, how each begins.

use super::header::{self, HeaderAt};
use super::ids::Ids;
use super::open::{Limits, OpenError, Part, Written};
use super::plan::InUse;
use super::records;
use super::wanted::Known;
#[cfg(test)]
use crate::contract::Table;
use std::io::Read;
#[cfg(test)]
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

/// A part of a file (itself, a file in an archive, a sheet) that is read for a table.
#[derive(Debug, Clone)]
pub struct Export {
    /// As it is shown, relative to the project.
    pub path: String,
    /// The file's or archive member's own name, for a mapping's `_file`.
    pub file: String,
    pub part: Part,
    /// What is to be read, for progress.
    pub bytes: u64,
    /// Its number among all parts of the sources.
    pub id: i32,
    pub written: Written,
    pub header: HeaderAt,
    /// The columns somebody asks for.
    pub known: Arc<Known>,
    /// The mapping's rule; none where the columns have the contract's names.
    pub rule: Option<InUse>,
    /// The source's place among the project's.
    pub source: usize,
    /// Rows of a later generation take the place of those of an earlier one.
    pub generation: u32,
    /// Whether the last row with a key counts, rather than the first.
    pub is_changes: bool,
    /// Whether what is the matter with the part itself is told here: it may be read for several tables.
    pub tells: bool,
    /// The tables and rules that read the part before this one: the first whose table can load it tells what is the
    /// matter with its records.
    pub before: Vec<(usize, Option<InUse>)>,
    pub ids: Option<Arc<Ids>>,
}

impl Export {
    /// A plain file of a table, by itself.
    #[cfg(test)]
    pub fn of_table(table: &'static Table, path: &str) -> Self {
        Self {
            path: path.to_owned(),
            file: path.to_owned(),
            part: Part::plain(path, Path::new(path)),
            bytes: 0,
            id: 0,
            written: Written::default(),
            header: HeaderAt::default(),
            known: Arc::new(Known::of_table(table)),
            rule: None,
            source: 0,
            generation: 0,
            is_changes: false,
            tells: true,
            before: Vec::new(),
            ids: None,
        }
    }
}

/// A file as it lies on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnDisk {
    pub path: String,
    pub place: PathBuf,
    pub bytes: u64,
    /// Whether its text is read as it stands, so that a part's digest is the file's.
    pub is_plain: bool,
}

/// A part of a mapped source, with what a look-up needs to read it.
#[derive(Debug)]
pub struct MappedPart {
    pub part: Part,
    pub path: String,
    pub written: Written,
    pub header: HeaderAt,
    pub known: Arc<Known>,
    pub names: Vec<String>,
}

/// The first lines of a part.
#[derive(Debug, Default)]
pub struct Beginning {
    pub names: Vec<String>,
    /// The cells of the first row.
    pub first: Vec<String>,
}

impl Beginning {
    /// Opens a part and reads its header and its first row.
    pub fn read(part: &Part, written: &Written, at: HeaderAt, known: &Known) -> Result<Self, OpenError> {
        const HEAD: u64 = 256 << 10;
        let opened = part.open(written, &Limits::default())?;
        let mut head = Vec::new();
        let mut reader = opened.reader;
        // What cannot be read is told when the part is.
        let _ = reader.by_ref().take(HEAD).read_to_end(&mut head);
        let found = header::find(&head, opened.form, at, &|name| known.has(name));
        let rest = head.get(found.ends..).unwrap_or_default();
        let line = rest.split(|byte| *byte == opened.form.terminator).find(|line| !line.trim_ascii().is_empty());
        let cells = records::cells_of(line.unwrap_or_default(), opened.form);
        let first = cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
        Ok(Self { names: found.names, first })
    }
}
