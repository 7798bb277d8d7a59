//! Bytes that are on the disk when a call returns.

use super::{StoreError, at, private};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

/// Writes a file and waits until it is on the disk.
pub fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut file = at(path, private::create(path))?;
    at(path, file.write_all(bytes))?;
    at(path, file.sync_all())
}

/// Waits until every file and folder below `dir` is on the disk.
pub fn sync_tree(dir: &Path) -> Result<(), StoreError> {
    for entry in at(dir, fs::read_dir(dir))? {
        let entry = at(dir, entry)?;
        let path = entry.path();
        if at(&path, entry.file_type())?.is_dir() {
            sync_tree(&path)?;
        } else {
            // Opened for writing: Windows flushes no handle that cannot write.
            let file = at(&path, File::options().write(true).open(&path))?;
            at(&path, file.sync_all())?;
        }
    }
    sync_dir(dir)
}

/// Waits until the names in `dir` are on the disk. Windows keeps them without being asked.
pub fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    if cfg!(unix) {
        let handle = at(dir, File::open(dir))?;
        at(dir, handle.sync_all())?;
    }
    Ok(())
}

/// SHA-256 of a file, in hex.
pub fn digest_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer)?;
        match buffer.get(..read) {
            Some(bytes) if read > 0 => digest.update(bytes),
            _ => break,
        }
    }
    Ok(crate::contract::hex(&digest.finalize()))
}
