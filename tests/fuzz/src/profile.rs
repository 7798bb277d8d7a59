//! Any files as an unknown dump: profiled, printed and drafted; a draft is a mapping that is read.

use crate::LIMITS;
use crate::files::{Folder, cut};
use attain::ingest::profile::{draft, profile, text};

pub fn one(data: &[u8]) {
    let folder = Folder::of(&cut(data));
    let found = profile(&folder.files, &LIMITS, &());
    drop(text(&found, 100));
    let drafted = draft(&found);
    assert!(drafted.parse::<toml::Table>().is_ok(), "a draft is TOML:\n{drafted}");
}
