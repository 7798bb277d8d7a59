//! One input as several files: each begins with the byte 0x1C, its name and a newline; without one it is `a.csv`.
//! A name that ends in `/` wraps the files after it, up to the next such name, in an archive: so that members of
//! archives and parts of workbooks are mutated, and not the checksums around them.

use std::io::{Cursor, Write};
use std::path::PathBuf;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const MARK: u8 = 0x1c;
const MOST: usize = 24;

/// Names and bytes.
pub fn cut(data: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut archive: Option<(String, Vec<(String, Vec<u8>)>)> = None;
    for (at, piece) in data.split(|byte| *byte == MARK).enumerate().take(MOST) {
        let (name, bytes) = match piece.iter().position(|byte| *byte == b'\n') {
            Some(end) if at > 0 => (safe(&piece[..end]), &piece[end + 1..]),
            _ => ("a.csv".to_owned(), piece),
        };
        if at == 0 && bytes.is_empty() {
            continue;
        }
        if let Some(name) = name.strip_suffix('/') {
            files.extend(archive.replace((name.to_owned(), Vec::new())).map(packed));
        } else if let Some((_, members)) = &mut archive {
            members.push((name, bytes.to_vec()));
        } else {
            files.push((name.replace('/', "_"), bytes.to_vec()));
        }
    }
    files.extend(archive.map(packed));
    files
}

/// A name that stays in the folder it is written to.
fn safe(name: &[u8]) -> String {
    let sign = |byte: &u8| match *byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte),
        b'.' | b'_' | b'-' | b'/' | b'[' | b']' => char::from(*byte),
        _ => '_',
    };
    let name: String = name.iter().take(60).map(sign).collect();
    let name = name.replace("..", "_");
    if name.trim_matches(['/', '.']).is_empty() { "b.csv".to_owned() } else { name }
}

fn packed((name, members): (String, Vec<(String, Vec<u8>)>)) -> (String, Vec<u8>) {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (member, bytes) in members {
        // A name given twice is refused by the writer; the rest is packed all the same.
        if writer.start_file(member, SimpleFileOptions::default()).is_ok() {
            writer.write_all(&bytes).expect("memory takes it");
        }
    }
    (name.replace('/', "_"), writer.finish().expect("memory takes it").into_inner())
}

/// The files in a folder that goes with the value.
pub struct Folder {
    pub files: Vec<(String, PathBuf)>,
    pub at: tempfile::TempDir,
}

impl Folder {
    pub fn of(files: &[(String, Vec<u8>)]) -> Self {
        let at = tempfile::tempdir().expect("a folder");
        let mut written = Vec::new();
        for (name, bytes) in files {
            let place = at.path().join(name);
            if std::fs::write(&place, bytes).is_ok() {
                written.push((name.clone(), place));
            }
        }
        Self { files: written, at }
    }
}
