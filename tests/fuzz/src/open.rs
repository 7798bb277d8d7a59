//! Any bytes as a file of an export: every part is read to its end or refused, within the limits.

use crate::LIMITS;
use crate::files::{Folder, cut};
use attain::ingest::open::{Written, parts};
use std::io::Read;

pub fn one(data: &[u8]) {
    let folder = Folder::of(&cut(data));
    for (name, place) in &folder.files {
        let Ok(parts) = parts(name, place, &LIMITS) else { continue };
        for part in parts {
            let Ok(mut opened) = part.open(&Written::default(), &LIMITS) else { continue };
            // Of a plain file as much as there is; text of other encodings may be three times as long.
            let most = LIMITS.unpacked.max(3 * data.len() as u64);
            let mut text = Vec::new();
            match (&mut opened.reader).take(most + 1).read_to_end(&mut text) {
                Ok(_) => assert!(text.len() as u64 <= most, "{}: more than the limits allow", part.path),
                Err(error) => drop(part.stopped(&error).to_string()),
            }
            drop(opened.tally());
        }
    }
}
