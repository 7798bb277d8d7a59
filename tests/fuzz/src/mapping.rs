//! Any text as a mapping: read or refused, with messages that can be shown.

use attain::ingest::mapping::Mapping;

pub fn one(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Mapping::parse("fuzzed", "fuzzed.toml", &text) {
        Ok(mapping) => drop(format!("{mapping:?}")),
        Err(errors) => assert!(!errors.to_string().is_empty(), "a refusal says why"),
    }
}
