//! The folder for what this process needs only while it runs (spilled data, the store of a check): for its owner only,
//! removed at the end, and, where a process was killed, by the next one.
//!
//! Each holds a lock on a file in its folder as long as it lives. A folder whose lock can be had is nobody's.

use super::failure::Failure;
use crate::store::private;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

const PREFIX: &str = "attain-";
const LOCK: &str = "lock";

/// The process's folder, with the lock on it.
static OWN: Mutex<Option<(PathBuf, File)>> = Mutex::new(None);

/// A new empty folder in the process's own.
pub fn folder() -> Result<PathBuf, Failure> {
    let mut own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
    let all = std::env::temp_dir();
    let failed = |error| Failure::Write(all.clone(), error);
    let parent = if let Some((folder, _)) = &*own {
        folder.clone()
    } else {
        remove_left_behind(&all);
        let (folder, lock) = locked_folder(&all).map_err(failed)?;
        *own = Some((folder.clone(), lock));
        folder
    };
    let folder = private_folder("part-").tempdir_in(&parent).map_err(failed)?;
    Ok(folder.keep())
}

/// A folder for its owner only, whatever is made in it by whom.
fn private_folder(prefix: &str) -> tempfile::Builder<'_, '_> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder
}

/// A new folder with the lock on it.
fn locked_folder(all: &Path) -> io::Result<(PathBuf, File)> {
    loop {
        let folder = private_folder(PREFIX).tempdir_in(all)?.keep();
        let path = folder.join(LOCK);
        // Until it is locked another process may take it for one that was left behind, and remove it.
        let lock = match private::create(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            made => made?,
        };
        // Where locks cannot be had nobody removes what is left behind; everything else works.
        let _ = lock.lock();
        if path.exists() {
            return Ok((folder, lock));
        }
    }
}

/// Removes the process's folder. What cannot be removed goes with the next process.
pub fn remove() {
    if let Some((folder, lock)) = OWN.lock().unwrap_or_else(PoisonError::into_inner).take() {
        // Some systems remove no file that is open.
        drop(lock);
        let _ = fs::remove_dir_all(folder);
    }
}

/// Removes the folders of processes that were killed.
fn remove_left_behind(all: &Path) {
    for entry in fs::read_dir(all).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX)
            && entry.file_type().is_ok_and(|kind| kind.is_dir())
            && private::is_own(&path);
        if !is_ours {
            continue;
        }
        // A folder without a lock is being made, or something else's.
        let Ok(lock) = File::options().write(true).open(path.join(LOCK)) else { continue };
        if lock.try_lock().is_ok() {
            // Some systems remove no file that is open; the others do it under the lock.
            let held = (!cfg!(windows)).then_some(lock);
            let _ = fs::remove_dir_all(&path);
            drop(held);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn folders_are_for_their_owner_only() {
        let folder = super::folder().unwrap();
        for folder in [folder.as_path(), folder.parent().unwrap()] {
            assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700, "{}", folder.display());
        }
    }
}
