//! What was worked out about a snapshot, kept beside the snapshots: it can be made again at any time, and a snapshot
//! itself is never changed.
//!
//! ```text
//! store/quality/<id>.<version>.json
//! ```
//! Encrypted where the snapshot is.

use super::{STAGING, Seal, Store, StoreError, at, beside, private};
use std::fs;
use std::path::PathBuf;

pub const QUALITY: &str = "quality";

impl Store {
    fn kept_path(&self, id: &str, version: &str) -> PathBuf {
        self.dir.join(QUALITY).join(format!("{id}.{version}.json"))
    }

    /// What was kept about a snapshot under that version of what made it.
    #[must_use]
    pub fn kept(&self, id: &str, version: &str) -> Option<Vec<u8>> {
        let seal = self.seal_of(id).ok()?;
        beside::read(&self.kept_path(id, version), seal.as_ref()).ok()
    }

    /// Keeps it, in place of what another version made.
    pub fn keep(&self, id: &str, version: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let seal = self.seal_of(id)?;
        let named = self.kept_path(id, version);
        let path = beside::place(&named, seal.as_ref());
        let folder = self.dir.join(QUALITY);
        at(&folder, private::folder(&folder))?;
        for entry in at(&folder, fs::read_dir(&folder))? {
            let other = at(&folder, entry)?.path();
            let name = other.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.strip_prefix(id).is_some_and(|rest| rest.starts_with('.')) && other != path {
                // Of another run that did the same, at worst.
                let _ = fs::remove_file(&other);
            }
        }
        // What a killed run leaves of it goes with the next one that holds the lock.
        let staging = at(&self.dir, tempfile::Builder::new().prefix(STAGING).tempdir_in(&self.dir))?;
        // An encrypted file's name is bound to its bytes: it is written under the name it will have.
        let written = staging.path().join(named.file_name().unwrap_or_default());
        at(&path, beside::write(&written, seal.as_ref(), bytes))?;
        at(&path, fs::rename(beside::place(&written, seal.as_ref()), &path))
    }

    fn seal_of(&self, id: &str) -> Result<Option<Seal>, StoreError> {
        self.manifest(id).map_or(Ok(None), |manifest| self.seal_for(id, &manifest))
    }
}
