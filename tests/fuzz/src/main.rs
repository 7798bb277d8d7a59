//! One fuzz target at a time, named by `ATTAIN_FUZZ_TARGET`: one program links once. libFuzzer has `main`.

#![no_main]

mod files;
mod ingest;
mod mapping;
mod open;
mod profile;

use attain::ingest::open::Limits;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static TARGET: LazyLock<fn(&[u8])> =
    LazyLock::new(|| match std::env::var("ATTAIN_FUZZ_TARGET").unwrap_or_default().as_str() {
        "mapping" => mapping::one,
        "open" => open::one,
        "profile" => profile::one,
        "ingest" => ingest::one,
        other => panic!("ATTAIN_FUZZ_TARGET is \"{other}\": mapping, open, profile or ingest is wanted"),
    });

/// Small, so that reaching a limit is quick and passing it is seen.
const LIMITS: Limits = Limits { unpacked: 4 << 20, ratio: 100, ratio_from: 1 << 20, entries: 50, workbook: 4 << 20 };

fuzz_target!(|data: &[u8]| TARGET(data));
