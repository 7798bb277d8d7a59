//! The store: immutable snapshots of the case tables, one of them current.
//!
//! ```text
//! store/lock  store/CURRENT  store/snapshots/<id>/  store/staging-<n>/  store/quality/<id>.<version>.json
//! ```
//! A run takes the [`Lock`], fills a [`Staging`] and commits it. Until the last rename of a commit the former
//! snapshot is current; whatever an interrupted run leaves behind is removed by the next one that holds the lock.
//! Everything in it is for its owner only; its files may be encrypted (a [`Seal`]), all but manifests and names.

pub mod beside;
mod durable;
mod kept;
mod key;
mod manifest;
pub mod private;
mod seal;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

pub(crate) use crate::contract::hex;
pub use durable::digest_of;
pub use key::Key;
pub use manifest::{
    AsOfSource, BirthDates, FindingCount, Input, InputFile, Manifest, STORE_FORMAT, SourceUsed, StoredFile, StoredTable,
};
pub use seal::Seal;

const CURRENT: &str = "CURRENT";
const CURRENT_NEXT: &str = "CURRENT.tmp";
const SNAPSHOTS: &str = "snapshots";
const STAGING: &str = "staging-";
const MANIFEST: &str = "manifest.json";

/// The store in a project's folder. Making one touches nothing.
#[derive(Debug, Clone)]
pub struct Store {
    dir: PathBuf,
    /// What encrypted snapshots are read with, or why there is nothing.
    seal: Result<Seal, String>,
}

/// The right to write to the store; given back when dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// A committed snapshot.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub id: String,
    pub dir: PathBuf,
    pub manifest: Manifest,
    /// What its files are read with, if they are encrypted.
    pub seal: Option<Seal>,
}

/// A snapshot in the making; removed when dropped before its commit.
#[derive(Debug)]
pub struct Staging {
    dir: PathBuf,
}

/// Why the store cannot do what was asked.
#[derive(Debug)]
pub enum StoreError {
    /// Another run holds the lock.
    Locked { path: PathBuf },
    /// No snapshot of that id.
    NotFound { id: String },
    /// The snapshot's files are not what its manifest says.
    Damaged { id: String, reason: String },
    /// The snapshot is encrypted, and cannot be read with what there is.
    Encrypted { id: String, why: String },
    /// The operating system refused (no space, no permission, …).
    Io { path: PathBuf, source: io::Error },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked { path } => {
                write!(f, "another run is at work on this store ({} is locked); wait for it to end", path.display())
            }
            Self::NotFound { id } => write!(f, "the store has no snapshot \"{id}\""),
            Self::Damaged { id, reason } => write!(f, "snapshot {id} is damaged: {reason}; run attain ingest again"),
            Self::Encrypted { id, why } => write!(f, "snapshot {id} is encrypted and cannot be read: {why}"),
            Self::Io { path, source } => write!(f, "{}: {source}", path.display()),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Attaches the path an operation failed on.
pub(crate) fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, StoreError> {
    result.map_err(|source| StoreError::Io { path: path.to_owned(), source })
}

impl Store {
    /// The store in `dir`.
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), seal: Err("no key was given".to_owned()) }
    }

    /// The same store, whose encrypted snapshots are read with this key.
    #[must_use]
    pub fn with_key(self, key: &Key) -> Self {
        Self { seal: Ok(Seal::of(key)), ..self }
    }

    /// The same store without a key, and why there is none.
    #[must_use]
    pub fn without_key(self, why: String) -> Self {
        Self { seal: Err(why), ..self }
    }

    /// Its folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Takes the lock, without waiting, and removes what an interrupted run left behind.
    pub fn lock(&self) -> Result<Lock, StoreError> {
        for folder in [self.dir.clone(), self.dir.join(SNAPSHOTS), self.dir.join(kept::QUALITY)] {
            at(&folder, private::closed_folder(&folder))?;
        }
        let path = self.dir.join("lock");
        at(&path, private::refuse_link(&path))?;
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = at(&path, options.open(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::Locked { path }),
            Err(TryLockError::Error(source)) => return Err(StoreError::Io { path, source }),
        }
        self.remove_leftovers()?;
        Ok(Lock { _file: file })
    }

    fn remove_leftovers(&self) -> Result<(), StoreError> {
        for entry in at(&self.dir, fs::read_dir(&self.dir))? {
            let path = at(&self.dir, entry)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(STAGING) {
                at(&path, fs::remove_dir_all(&path))?;
            } else if name == CURRENT_NEXT {
                at(&path, fs::remove_file(&path))?;
            }
        }
        Ok(())
    }

    /// The current snapshot; `None` before the first ingest.
    pub fn current(&self) -> Result<Option<Snapshot>, StoreError> {
        let path = self.dir.join(CURRENT);
        let id = match fs::read_to_string(&path) {
            Ok(text) => text.trim().to_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StoreError::Io { path, source }),
        };
        self.open(&id).map(Some)
    }

    /// The ids of all snapshots, oldest as-of date first.
    pub fn list(&self) -> Result<Vec<String>, StoreError> {
        let dir = self.dir.join(SNAPSHOTS);
        let entries = match fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(StoreError::Io { path: dir, source }),
        };
        let mut ids = Vec::new();
        for entry in entries {
            ids.push(at(&dir, entry)?.file_name().to_string_lossy().into_owned());
        }
        ids.sort_unstable();
        Ok(ids)
    }

    /// The snapshot of that id; its files are there, at the sizes the manifest gives.
    pub fn open(&self, id: &str) -> Result<Snapshot, StoreError> {
        let named = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let dir = self.dir.join(SNAPSHOTS).join(id);
        if !named || !dir.is_dir() {
            return Err(StoreError::NotFound { id: id.to_owned() });
        }
        let manifest =
            Manifest::read(&dir.join(MANIFEST)).map_err(|reason| StoreError::Damaged { id: id.to_owned(), reason })?;
        let seal = self.seal_for(id, &manifest)?;
        let snapshot = Snapshot { id: id.to_owned(), dir, manifest, seal };
        snapshot.check_sizes()?;
        Ok(snapshot)
    }

    /// What a snapshot's files are read with; `None` where they are not encrypted.
    fn seal_for(&self, id: &str, manifest: &Manifest) -> Result<Option<Seal>, StoreError> {
        if !manifest.encrypted {
            return Ok(None);
        }
        let refused = |why: &str| StoreError::Encrypted { id: id.to_owned(), why: why.to_owned() };
        match &self.seal {
            Err(why) => Err(refused(why)),
            Ok(seal) if seal.check_value() != manifest.key_fingerprint => Err(refused(
                "the key is not the one it was made with; have [privacy] in attain.toml name that key, or bring it back from a backup",
            )),
            Ok(seal) => Ok(Some(seal.clone())),
        }
    }

    /// The manifest of that id, whether or not the snapshot's files can be read.
    pub fn manifest(&self, id: &str) -> Option<Manifest> {
        Manifest::read(&self.dir.join(SNAPSHOTS).join(id).join(MANIFEST)).ok()
    }

    /// The id of the current snapshot, whether or not it can be read.
    pub fn current_id(&self) -> Option<String> {
        fs::read_to_string(self.dir.join(CURRENT)).ok().map(|id| id.trim().to_owned())
    }

    /// The current snapshot, or the newest that can be read: its id, and the check value of the key it was made with.
    pub fn made_with(&self) -> Option<(String, String)> {
        let others = self.list().unwrap_or_default().into_iter().rev();
        self.current_id().into_iter().chain(others).find_map(|id| {
            let manifest = self.manifest(&id)?;
            Some((id, manifest.key_fingerprint))
        })
    }

    /// An empty folder for a new snapshot.
    pub fn staging(&self, _lock: &Lock) -> Result<Staging, StoreError> {
        let mut number = 1;
        loop {
            let dir = self.dir.join(format!("{STAGING}{number}"));
            match private::make_folder(&dir) {
                Ok(()) => return Ok(Staging { dir }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(source) => return Err(StoreError::Io { path: dir, source }),
            }
        }
    }

    /// Makes the staged files a snapshot, and the snapshot current. Every byte is on disk before `CURRENT` changes.
    ///
    /// If a sound snapshot of the same id exists, it stays as it is and the staged files are dropped.
    pub fn commit(&self, _lock: &Lock, staging: Staging, manifest: &Manifest) -> Result<Snapshot, StoreError> {
        let snapshots = self.dir.join(SNAPSHOTS);
        let target = snapshots.join(&manifest.id);
        if target.exists() {
            if let Ok(snapshot) = self.open(&manifest.id)
                && snapshot.check_digests().is_ok()
            {
                drop(staging);
                self.point_at(&manifest.id)?;
                return Ok(snapshot);
            }
            // Out of the way, not deleted in place: a kill here leaves either the old folder or none, never half of one.
            let aside = self.dir.join(format!("{STAGING}damaged-{}", manifest.id));
            at(&target, fs::rename(&target, &aside))?;
        }
        manifest.write(&staging.dir.join(MANIFEST))?;
        durable::sync_tree(&staging.dir)?;
        at(&target, fs::rename(&staging.dir, &target))?;
        durable::sync_dir(&snapshots)?;
        let snapshot = self.open(&manifest.id)?;
        self.point_at(&manifest.id)?;
        self.remove_leftovers()?;
        Ok(snapshot)
    }

    fn point_at(&self, id: &str) -> Result<(), StoreError> {
        let next = self.dir.join(CURRENT_NEXT);
        durable::write_synced(&next, format!("{id}\n").as_bytes())?;
        let current = self.dir.join(CURRENT);
        at(&current, fs::rename(&next, &current))?;
        durable::sync_dir(&self.dir)
    }
}

impl Staging {
    /// The folder to fill.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Best effort: after a commit the folder is gone, and the next run removes what is left.
        let _ = fs::remove_dir_all(&self.dir);
    }
}

impl Snapshot {
    fn check_sizes(&self) -> Result<(), StoreError> {
        self.check_files(|path, file| {
            let bytes = fs::metadata(path).map_err(|error| error.to_string())?.len();
            if bytes == file.bytes { Ok(()) } else { Err(format!("{bytes} bytes instead of {}", file.bytes)) }
        })
    }

    /// Reads every file again and compares its digest with the manifest's.
    pub fn check_digests(&self) -> Result<(), StoreError> {
        self.check_files(|path, file| {
            let digest = digest_of(path).map_err(|error| error.to_string())?;
            if digest == file.sha256 { Ok(()) } else { Err("its content is not what was written".to_owned()) }
        })
    }

    fn check_files(&self, check: impl Fn(&Path, &StoredFile) -> Result<(), String>) -> Result<(), StoreError> {
        for file in self.manifest.files() {
            check(&self.dir.join(&file.name), file).map_err(|reason| StoreError::Damaged {
                id: self.id.clone(),
                reason: format!("{}: {reason}", file.name),
            })?;
        }
        if self.id == self.manifest.id {
            Ok(())
        } else {
            Err(StoreError::Damaged { id: self.id.clone(), reason: "its manifest names another id".to_owned() })
        }
    }
}
