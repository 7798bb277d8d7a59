//! The id of a snapshot: equal for equal inputs, read in the same way.

use crate::contract::CONTRACT_TEXT;
use crate::store::{BirthDates, Manifest, hex};
use sha2::{Digest, Sha256};

/// Of the contract's text.
pub fn contract_digest() -> String {
    hex(&Sha256::digest(CONTRACT_TEXT))
}

/// As-of date and 8 hex digits of a hash over everything the content depends on.
pub fn id_of(manifest: &Manifest) -> String {
    let mut digest = Sha256::new();
    let Manifest { as_of, as_of_source, contract_sha256, key_fingerprint, fiscal_year_starts, store_format, .. } =
        manifest;
    digest.update(format!(
        "{as_of}\n{as_of_source:?}\n{contract_sha256}\n{key_fingerprint}\n{fiscal_year_starts}\n{store_format}\n"
    ));
    // What is new says nothing where it is not used, so that ids stay what they were.
    if manifest.encrypted {
        digest.update("encrypted\n");
    }
    if manifest.birth_dates != BirthDates::Date {
        digest.update(format!("{:?}\n", manifest.birth_dates));
    }
    for source in &manifest.sources {
        digest.update(format!("{source:?}\n"));
    }
    for input in &manifest.files_read {
        digest.update(format!("{} {}\n", input.sha256, input.path));
    }
    let mut digits = hex(&digest.finalize());
    digits.truncate(8);
    format!("{as_of}-{digits}")
}
