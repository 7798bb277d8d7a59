//! Any files through a mapping (the first file: its text, or `use` and the name of a built-in one) into a snapshot.
//! Files whose names begin with `z` are a later export of another system, with changes only. Every row is accounted for.

use crate::files::{Folder, cut};
use attain::ingest::mapping::Mapping;
use attain::ingest::{Content, IngestError, IngestJob, Source, check, ingest};
use attain::store::{BirthDates, Key, Store};
use std::sync::Arc;

pub fn one(data: &[u8]) {
    let mut files = cut(data);
    if files.is_empty() {
        return;
    }
    let (_, first) = files.remove(0);
    let first = String::from_utf8_lossy(&first);
    let mapping = match first.trim().strip_prefix("use ") {
        Some(name) => Mapping::built_in(name.trim()),
        None => Some(Mapping::parse("fuzzed", "fuzzed.toml", &first)),
    };
    let Some(Ok(mapping)) = mapping else { return };
    let folder = Folder::of(&files);
    let stored = tempfile::tempdir().expect("a folder");
    let mapping = Arc::new(mapping);
    let source = |name: &str, files: &str| Source { mapping: Arc::clone(&mapping), ..Source::of_files(name, files) };
    let mut sources = vec![source("full", "[!z]*")];
    if folder.files.iter().any(|(name, _)| name.starts_with('z')) {
        let own_ids = folder.files.iter().any(|(name, _)| name.starts_with("zz"));
        sources.push(Source { content: Content::Changes, own_ids, ..source("changes", "z*") });
    }
    let job = IngestJob {
        root: folder.at.path().to_owned(),
        sources,
        as_of: Some(jiff::civil::date(2026, 6, 30)),
        key: Key::new(b"a key"),
        new_key: false,
        encrypt: false,
        birth_dates: BirthDates::Date,
        fiscal_year_starts: 7,
        threads: 1,
        memory: None,
    };
    // Most inputs are only looked at: what is written to the store is as fit as what was read, and slow to write.
    let writes = data.len().is_multiple_of(4);
    let outcome = if writes { ingest(&job, &Store::at(stored.path()), &()) } else { check(&job, &()) };
    match outcome {
        Ok(outcome) => {
            for file in &outcome.files {
                assert_eq!(file.rows, file.loaded + file.quarantined, "{file:?}");
            }
        }
        Err(IngestError::Columns(error)) => panic!("rows that do not fit their columns: {error}"),
        Err(error) => assert!(!error.to_string().is_empty(), "an error says what"),
    }
}
