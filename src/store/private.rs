//! Files and folders for their owner only, and never through a symbolic link.
//!
//! Someone who may write beside a project must not be able to have this program write where a link of theirs points.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Makes a file, or empties it, for its owner only. What stood there under that name, a link too, is gone.
///
/// # Errors
/// When it cannot be made.
pub fn create(path: &Path) -> io::Result<File> {
    match fs::symlink_metadata(path) {
        Ok(old) if !old.is_dir() => fs::remove_file(path)?,
        Ok(_) => return Err(io::Error::new(io::ErrorKind::IsADirectory, "a folder stands there")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the folder, if need be, for its owner only.
///
/// # Errors
/// When it cannot be made, or is a link.
pub fn folder(path: &Path) -> io::Result<()> {
    refuse_link(path)?;
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty() && !parent.exists()) {
        folder(parent)?;
    }
    match make_folder(path) {
        // Another thread was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => refuse_link(path),
        made => made,
    }
}

/// The same, and one that was there is closed to others.
///
/// # Errors
/// As [`folder`].
pub fn closed_folder(path: &Path) -> io::Result<()> {
    folder(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path)?.permissions().mode();
        if mode & 0o077 != 0 {
            // Another user's folder stays as they made it; the files in it are closed all the same.
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o700));
        }
    }
    Ok(())
}

/// Makes a folder that is not there yet.
///
/// # Errors
/// When it cannot be made, or is there.
pub fn make_folder(path: &Path) -> io::Result<()> {
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Whether this user owns it; where files have no owners, whether it is there.
#[must_use]
pub fn is_own(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        // Whom a file made now belongs to says who this is, without asking the system in unsafe ways.
        let own = tempfile::tempfile().and_then(|file| file.metadata()).map(|data| data.uid());
        fs::symlink_metadata(path).is_ok_and(|data| own.is_ok_and(|own| own == data.uid()))
    }
    #[cfg(not(unix))]
    {
        path.exists()
    }
}

/// Refuses a symbolic link; what is not there is no link.
///
/// # Errors
/// When it is one.
pub fn refuse_link(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(data) if data.is_symlink() => Err(io::Error::other(
            "this is a symbolic link, and attain writes through none: put a folder or file in its place, or keep the whole project where the link points",
        )),
        _ => Ok(()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("there").permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_its_owners_only() {
        let dir = tempfile::tempdir().expect("a folder");
        let (made, file) = (dir.path().join("a/b"), dir.path().join("a/b/c"));
        folder(&made).expect("made");
        create(&file).expect("made");
        assert_eq!((mode(&made), mode(&file)), (0o700, 0o600));
        fs::set_permissions(&made, fs::Permissions::from_mode(0o755)).expect("set");
        folder(&made).expect("there");
        assert_eq!(mode(&made), 0o755, "somebody opened it");
        closed_folder(&made).expect("there");
        assert_eq!(mode(&made), 0o700);
    }

    #[test]
    fn a_link_is_replaced_where_a_file_is_written_and_refused_where_a_folder_is_meant() {
        let dir = tempfile::tempdir().expect("a folder");
        let (theirs, link) = (dir.path().join("theirs"), dir.path().join("link"));
        fs::write(&theirs, "untouched").expect("written");
        symlink(&theirs, &link).expect("a link");
        create(&link).expect("made");
        assert_eq!(fs::read_to_string(&theirs).expect("there"), "untouched");
        assert!(!link.is_symlink());
        let elsewhere = dir.path().join("elsewhere");
        fs::create_dir(&elsewhere).expect("made");
        symlink(&elsewhere, dir.path().join("store")).expect("a link");
        assert!(folder(&dir.path().join("store")).is_err());
    }
}
