//! The project's key, from the file or the environment variable that `attain.toml` names.

use super::failure::Failure;
use crate::project::{PROJECT_FILE, Project};
use crate::store::Key;
use std::path::Path;

/// Fewer characters are no key.
const LEAST: usize = 16;

/// How the file of a key begins that is no secret, because the people it is for do not exist: anybody may read it.
const MADE_UP: &str = "# made up";

/// The key for pseudonymous ids and for the encryption of the store.
pub fn key(project: &Project) -> Result<Key, Failure> {
    let privacy = &project.privacy;
    let place = || project.root.join(PROJECT_FILE).display().to_string();
    match (&privacy.key_env, &privacy.key_file) {
        (Some(_), Some(_)) => Err(Failure::Usage(format!(
            "{} names two keys for pseudonymous ids, key_file and key_env\nhint: keep the one that was used so far; with another key the same people get other ids",
            place()
        ))),
        (Some(variable), None) => {
            let text = std::env::var(variable).map_err(|_| {
                Failure::Usage(format!("the key for pseudonymous ids is not in the environment variable {variable}"))
            })?;
            sound(&text, variable)
        }
        (None, Some(file)) => of_file(&project.root.join(file)),
        (None, None) => Err(Failure::Usage(format!(
            "{} names no key for pseudonymous ids\nhint: set key_file or key_env under [privacy]; attain init shows how",
            place()
        ))),
    }
}

fn of_file(path: &Path) -> Result<Key, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::Usage(format!(
            "the key for pseudonymous ids cannot be read: {}: {error}\nhint: the same key must be used every time, or people cannot be followed: bring it back from a backup; attain init makes one for a new project",
            path.display()
        ))
    })?;
    if !text.starts_with(MADE_UP) {
        refuse_open(path)?;
    }
    sound(&text, &path.display().to_string())
}

/// A key that others on the machine can read is none.
#[cfg(unix)]
fn refuse_open(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).map_or(0, |data| data.permissions().mode()) & 0o777;
    let for_others = mode & 0o077;
    if for_others == 0 {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "the key for pseudonymous ids in {0} is open to others on this machine (mode {mode:04o})\nhint: chmod 600 {0}; where a file system knows no owners, keep the key in an environment variable and name it with key_env",
        path.display()
    )))
}

/// Elsewhere the file's folder says who may read it.
#[cfg(not(unix))]
fn refuse_open(_: &Path) -> Result<(), Failure> {
    Ok(())
}

/// Lines that begin with # are remarks.
fn sound(text: &str, place: &str) -> Result<Key, Failure> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let key = lines.join("\n");
    let key = key.trim();
    let mut characters: Vec<char> = key.chars().collect();
    if characters.len() < LEAST {
        return Err(Failure::Usage(format!(
            "the key for pseudonymous ids in {place} is shorter than {LEAST} characters"
        )));
    }
    characters.sort_unstable();
    characters.dedup();
    if characters.len() < LEAST / 2 {
        return Err(Failure::Usage(format!(
            "the key for pseudonymous ids in {place} repeats a few characters and could be guessed\nhint: attain init makes a random one"
        )));
    }
    Ok(Key::new(key.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_are_no_part_of_a_key() {
        let plain = sound("0123456789abcdef0123456789abcdef\n", "here").expect("a key");
        assert_eq!(sound("# made up\n0123456789abcdef0123456789abcdef\n", "here").expect("a key"), plain);
        assert_eq!(plain, Key::new(b"0123456789abcdef0123456789abcdef"));
    }

    #[test]
    fn what_could_be_guessed_is_no_key_and_is_not_told() {
        for weak in
            ["", "brief", "# 0123456789abcdef0123456789abcdef", "aaaaaaaaaaaaaaaaaaaaaaaa", "abababababababababab"]
        {
            let error = sound(weak, "attain.key").expect_err(weak).to_string();
            assert!(weak.is_empty() || !error.contains(weak), "{error}");
        }
    }
}
