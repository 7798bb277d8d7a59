//! The one writer of `out/`: every file under a temporary name first, then in its place.

use super::failure::Failure;
use crate::contract::sha256_hex;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// One file written.
#[derive(Debug, Clone, Serialize)]
pub struct Written {
    /// Relative to the output's folder.
    pub path: String,
    pub bytes: u64,
    pub sha256: String,
}

/// A value as JSON that people can read, and a newline.
pub fn json(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|error| Failure::Report(error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// A folder being written.
pub struct Outputs {
    pub folder: PathBuf,
    pub files: Vec<Written>,
}

impl Outputs {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, files: Vec::new() }
    }

    /// Writes one file and remembers its digest.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let path = self.folder.join(name);
        write_in_place(&path, bytes).map_err(|error| Failure::Write(path.clone(), error))?;
        self.files.push(Written { path: name.into(), bytes: bytes.len() as u64, sha256: sha256_hex(bytes) });
        Ok(())
    }
}

/// Writes a file that is its owner's alone, under a temporary name first.
pub fn write_for_owner(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut temporary = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    std::io::Write::write_all(&mut temporary, bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map(drop).map_err(|error| error.error)
}

fn write_in_place(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let parent = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)?;
    let mut temporary = tempfile::NamedTempFile::new_in(parent)?;
    std::io::Write::write_all(&mut temporary, bytes)?;
    // A report is for others to read too; temporary files are made for their owner only.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        temporary.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    temporary.persist(path).map(drop).map_err(|error| error.error)
}
