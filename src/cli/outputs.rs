//! The one writer of `out/`, and of files that are asked for by name: under a temporary name first, then in their place.
//!
//! Files are for their owner only; those of `out/` are as open as that folder is, which is made for its owner only: who
//! opens it, opens the reports.

use super::failure::Failure;
use crate::contract::sha256_hex;
use crate::store::private;
use serde::Serialize;
use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

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
    /// Who may read: as the outermost folder says.
    open_to: Option<Permissions>,
    pub files: Vec<Written>,
}

impl Outputs {
    /// The folder of that name in the project.
    pub fn new(project: &Path, folder: &Path) -> Result<Self, Failure> {
        let mut outputs = Self { folder: project.to_path_buf(), open_to: None, files: Vec::new() };
        for part in folder.components() {
            let path = outputs.folder.join(part);
            outputs.make(&path).map_err(|error| Failure::Write(path.clone(), error))?;
            outputs.folder = path;
        }
        remove_left_behind(project);
        remove_left_behind(&outputs.folder);
        Ok(outputs)
    }

    /// A folder that may be there.
    fn make(&mut self, path: &Path) -> io::Result<()> {
        let is_new = !path.exists();
        private::folder(path)?;
        match &self.open_to {
            None => self.open_to = Some(fs::metadata(path)?.permissions()),
            Some(permissions) if is_new && cfg!(unix) => fs::set_permissions(path, permissions.clone())?,
            Some(_) => {}
        }
        Ok(())
    }

    /// Writes one file and remembers its digest.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let path = self.folder.join(name);
        let failed = |error| Failure::Write(path.clone(), error);
        if !Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(failed(io::Error::other("a report's files stay in its folder")));
        }
        let mut folder = self.folder.clone();
        for part in Path::new(name).parent().into_iter().flat_map(Path::components) {
            folder.push(part);
            self.make(&folder).map_err(failed)?;
        }
        if !self.files.iter().any(|file| self.folder.join(&file.path).parent() == Some(&folder)) {
            remove_left_behind(&folder);
        }
        let mut temporary = beside(&path).map_err(failed)?;
        temporary.write_all(bytes).map_err(failed)?;
        open(temporary.as_file(), self.open_to.as_ref()).map_err(failed)?;
        temporary.persist(&path).map_err(|error| failed(error.error))?;
        self.files.push(Written { path: name.into(), bytes: bytes.len() as u64, sha256: sha256_hex(bytes) });
        Ok(())
    }
}

/// Opens a file to those whom a folder with these permissions is open to.
fn open(file: &File, folder: Option<&Permissions>) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = folder {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(Permissions::from_mode(folder.mode() & 0o666 | 0o600))?;
    }
    #[cfg(not(unix))]
    let _ = (file, folder);
    Ok(())
}

/// What names of temporary files begin with.
const PREFIX: &str = ".attain-";

/// Writes a file whole or not at all; a link in its place is replaced, not followed.
pub fn write_for_owner(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut temporary = beside(path)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map(drop).map_err(|error| error.error)
}

/// A temporary file in the folder of another, which it becomes when it is whole. For its owner only.
pub fn beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    loop {
        let temporary = tempfile::Builder::new().prefix(PREFIX).tempfile_in(parent)?;
        // Locked as long as it is written: another process sees that it is not left behind. Without locks it stays.
        let _ = temporary.as_file().lock();
        // Before it was locked another process may have removed it.
        if temporary.path().exists() {
            return Ok(temporary);
        }
    }
}

/// Removes temporary files of processes that were killed.
fn remove_left_behind(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if !is_file || !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        if let Ok(file) = File::options().write(true).open(entry.path())
            && file.try_lock().is_ok()
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}
