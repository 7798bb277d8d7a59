//! The keys of a table: which were loaded, and where each stands.
//!
//! Keys in ascending order are kept in runs. Any other is kept as 88 bits of a 128-bit fingerprint beside the 40-bit number of its line (counted through all
//! files of the table), 17 bytes with the table's own byte: five million keys take about 140 MB. At 10⁸ keys the
//! chance that any two different ones are taken for the same is below 10⁻¹⁰.

use super::runs::{Ordered, Runs, Standing};
use hashbrown::HashTable;

const PLACE_BITS: u32 = 40;
const PLACE_MASK: u128 = (1 << PLACE_BITS) - 1;
/// Small tables grow one at a time, and a block's keys are looked up table by table, so that they stay in the cache.
const SHARDS: usize = 256;

/// Of a key's bytes; equal for equal keys only, as far as the above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint {
    // Two words rather than one of double width: they stay in registers.
    high: u64,
    low: u64,
}

impl Fingerprint {
    /// Mixes sixteen bytes at a time by multiplication; not meant to withstand someone who forges keys.
    pub fn of(key: &[u8]) -> Self {
        let mut state = u128::from(key.len() as u64) << 56;
        let mut rest = key;
        while let Some((chunk, after)) = rest.split_first_chunk::<16>().filter(|(_, after)| !after.is_empty()) {
            state = mix(state ^ u128::from_le_bytes(*chunk));
            rest = after;
        }
        // First and last bytes, overlapping: with the length they say what is between, and need no copy.
        let ends = if let (Some(first), Some(last)) = (rest.first_chunk::<8>(), rest.last_chunk::<8>()) {
            u128::from(u64::from_le_bytes(*first)) | (u128::from(u64::from_le_bytes(*last)) << 64)
        } else if let (Some(first), Some(last)) = (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
            u128::from(u32::from_le_bytes(*first)) | (u128::from(u32::from_le_bytes(*last)) << 64)
        } else {
            rest.iter().fold(0, |word, byte| (word << 8) | u128::from(*byte))
        };
        let mixed = mix(state ^ ends);
        Self { high: (mixed >> 64) as u64, low: mixed as u64 }
    }

    /// For a cell without a value.
    pub const NONE: Self = Self { high: 0, low: 0 };

    fn shard(self) -> usize {
        (self.low >> PLACE_BITS) as usize % SHARDS
    }

    /// The part of an entry that is not the place.
    fn entry(self) -> u128 {
        ((u128::from(self.high) << 64) | u128::from(self.low)) & !PLACE_MASK
    }

    /// As a hash table wants it.
    pub fn bits(self) -> u64 {
        self.high
    }
}

fn mix(x: u128) -> u128 {
    // Odd multipliers from the digits of the golden ratio and of the square root of two.
    const A: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
    const B: u128 = 0x6a09_e667_f3bc_c908_b2fb_1366_ea95_7d3f;
    let x = (x ^ (x >> 64)).wrapping_mul(A);
    let x = (x ^ (x >> 67)).wrapping_mul(B);
    x ^ (x >> 64)
}

/// One row's key: its fingerprint, and itself if it is short.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    pub print: Fingerprint,
    pub ordered: Ordered,
}

impl Key {
    /// For a row without one.
    pub const NONE: Self = Self { print: Fingerprint::NONE, ordered: Ordered::NONE };
}

/// The keys loaded so far.
#[derive(Debug)]
pub struct KeySet {
    /// Keys in ascending order; the others are in the hash tables.
    runs: Option<Runs>,
    apart: usize,
    shards: Vec<HashTable<u128>>,
}

/// When more than this part of the keys, and more than a few, come out of order, runs gain nothing.
const PART_IN_ORDER: usize = 8;
const FEW: usize = 4096;

impl KeySet {
    pub fn new() -> Self {
        Self { runs: Some(Runs::new()), apart: 0, shards: (0..SHARDS).map(|_| HashTable::new()).collect() }
    }

    /// Makes the set fit for [`contains`](Self::contains).
    pub fn settle(&mut self) {
        if let Some(mut runs) = self.runs.take() {
            runs.drain(|key, place| self.insert(Fingerprint::of(key), place));
        }
    }

    /// Whether the key was loaded. The set is settled.
    pub fn contains(&self, key: Fingerprint) -> bool {
        self.place(key).is_some()
    }

    fn place(&self, key: Fingerprint) -> Option<u64> {
        let shard = self.shards.get(key.shard())?;
        shard.find(key.bits(), |entry| same(*entry, key)).map(|entry| (entry & PLACE_MASK) as u64)
    }

    /// Adds a key that is not there. The set is settled.
    pub fn insert(&mut self, key: Fingerprint, place: u64) {
        if let Some(shard) = self.shards.get_mut(key.shard()) {
            let entry = key.entry() | (u128::from(place) & PLACE_MASK);
            shard.insert_unique(key.bits(), entry, |entry| (entry >> 64) as u64);
        }
    }

    /// Adds the keys of a block's rows that are to be kept. Gives the rows whose key an earlier kept row has, with
    /// that row's place, in row order; whether to keep them or not, they are not added.
    pub fn add(&mut self, keys: &[Key], keep: &[bool], place_of: impl Fn(usize) -> u64) -> Vec<(usize, u64)> {
        let mut used = Vec::new();
        let rows = keys.iter().zip(keep).enumerate().filter(|(_, (key, _))| key.print != Fingerprint::NONE);
        let mut unordered: Vec<Vec<u32>> = Vec::new();
        for (row, (key, keep)) in rows {
            let standing = match &self.runs {
                Some(runs) if key.ordered != Ordered::NONE => runs.standing(key.ordered),
                _ => {
                    // Shard by shard, so that one shard at a time is in the processor's cache. A key is only ever of
                    // one sort, long or short, as long as there are runs.
                    if unordered.is_empty() {
                        unordered = vec![Vec::new(); SHARDS];
                    }
                    if let Some(rows) = unordered.get_mut(key.print.shard()) {
                        rows.push(row as u32);
                    }
                    continue;
                }
            };
            match standing {
                Standing::New => {
                    if *keep && let Some(runs) = &mut self.runs {
                        runs.push(key.ordered, place_of(row));
                    }
                }
                Standing::Used(place) => used.push((row, place)),
                Standing::Apart => match self.place(key.print) {
                    Some(place) => used.push((row, place)),
                    None if *keep => {
                        self.apart += 1;
                        self.insert(key.print, place_of(row));
                    }
                    None => {}
                },
            }
        }
        for row in unordered.iter().flatten().map(|row| *row as usize) {
            let (Some(key), Some(keep)) = (keys.get(row), keep.get(row)) else { continue };
            match self.place(key.print) {
                Some(place) => used.push((row, place)),
                None if *keep => self.insert(key.print, place_of(row)),
                None => {}
            }
        }
        used.sort_unstable();
        // Only between blocks: within one, keys already put aside by shard must not be looked up before others.
        if self.apart > FEW && self.runs.as_ref().is_some_and(|runs| self.apart > runs.len() / PART_IN_ORDER) {
            self.settle();
        }
        used
    }
}

fn same(entry: u128, key: Fingerprint) -> bool {
    entry & !PLACE_MASK == key.entry()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{HashMap, HashSet};

    #[test]
    fn the_first_kept_row_owns_the_key() {
        let mut keys = KeySet::new();
        let block = keys_of(&["A", "B", "A", "B"]);
        // The first B is set aside for another reason: the second one is the first that is kept.
        let used = keys.add(&block, &[true, false, true, true], |row| row as u64 + 10);
        assert_eq!(used, [(2, 10)]);
        assert_eq!(keys.add(&block[1..2], &[true], |_| 99), [(0, 13)]);
        keys.settle();
        assert!(keys.contains(Fingerprint::of(b"B")));
        assert!(!keys.contains(Fingerprint::of(b"C")));
        assert_eq!(keys.add(&block[..1], &[true], |_| 99), [(0, 10)]);
    }

    fn keys_of(keys: &[&str]) -> Vec<Key> {
        let key = |key: &&str| Key { print: Fingerprint::of(key.as_bytes()), ordered: Ordered::of(key.as_bytes()) };
        keys.iter().map(key).collect()
    }

    proptest! {
        #[test]
        fn keys_in_any_order_are_found_as_a_plain_map_finds_them(
            numbers in proptest::collection::vec((0_u32..40_000, any::<bool>(), 0_u8..20), 0..12_000),
            sorted in any::<bool>(),
            block in 1_usize..6_000,
        ) {
            let mut numbers = numbers;
            if sorted {
                numbers.sort_unstable();
            }
            let texts: Vec<String> = numbers.iter().map(|(n, _, form)| match form {
                0 => format!("K{n}X"),
                1 => format!("a-key-too-long-for-a-run-{n}"),
                _ => format!("K{n:05}"),
            }).collect();
            let keys = keys_of(&texts.iter().map(String::as_str).collect::<Vec<_>>());
            let keep: Vec<bool> = numbers.iter().map(|(_, keep, _)| *keep).collect();
            let (mut set, mut plain) = (KeySet::new(), HashMap::new());
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for (at, (keys, keep)) in keys.chunks(block).zip(keep.chunks(block)).enumerate() {
                let before = at * block;
                let used = set.add(keys, keep, |row| (before + row) as u64);
                ours.extend(used.into_iter().map(|(row, place)| (before + row, place)));
            }
            for (row, (text, keep)) in texts.iter().zip(&keep).enumerate() {
                if let Some(place) = plain.get(text) {
                    theirs.push((row, *place));
                } else if *keep {
                    plain.insert(text.clone(), row as u64);
                }
            }
            prop_assert_eq!(ours, theirs);
            set.settle();
            for text in &texts {
                prop_assert_eq!(set.contains(Fingerprint::of(text.as_bytes())), plain.contains_key(text));
            }
        }
    }

    #[test]
    fn similar_keys_have_different_fingerprints() {
        let mut seen = HashSet::new();
        for number in 0..200_000_u32 {
            for key in [format!("S{number:08}"), format!("{number}"), format!("enrollment-of-2026-{number:09}")] {
                assert!(seen.insert(Fingerprint::of(key.as_bytes()).entry()), "{key}");
            }
        }
        assert_ne!(Fingerprint::of(b"a"), Fingerprint::of(b"a\0"));
    }
}
