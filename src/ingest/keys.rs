//! The keys of a table: which were loaded, and where each stands.
//!
//! A key is kept as 88 bits of a 128-bit fingerprint beside the 40-bit number of its line (counted through all
//! files of the table), 17 bytes with the table's own byte: five million keys take about 140 MB. At 10⁸ keys the
//! chance that any two different ones are taken for the same is below 10⁻¹⁰.

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

/// The keys loaded so far.
#[derive(Debug)]
pub struct KeySet {
    shards: Vec<HashTable<u128>>,
}

impl KeySet {
    pub fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| HashTable::new()).collect() }
    }

    pub fn contains(&self, key: Fingerprint) -> bool {
        self.place(key).is_some()
    }

    fn place(&self, key: Fingerprint) -> Option<u64> {
        let shard = self.shards.get(key.shard())?;
        shard.find(key.bits(), |entry| same(*entry, key)).map(|entry| (entry & PLACE_MASK) as u64)
    }

    /// Adds the keys of a block's rows that are to be kept. Gives the rows whose key an earlier kept row has, with
    /// that row's place, in row order; whether to keep them or not, they are not added.
    pub fn add(&mut self, keys: &[Fingerprint], keep: &[bool], place_of: impl Fn(usize) -> u64) -> Vec<(usize, u64)> {
        let mut by_shard: Vec<Vec<u32>> = vec![Vec::new(); SHARDS];
        for (row, key) in keys.iter().enumerate() {
            if *key != Fingerprint::NONE
                && let Some(rows) = by_shard.get_mut(key.shard())
            {
                rows.push(row as u32);
            }
        }
        let mut used = Vec::new();
        for (shard, rows) in self.shards.iter_mut().zip(&by_shard) {
            for row in rows.iter().map(|row| *row as usize) {
                let (Some(key), Some(keep)) = (keys.get(row).copied(), keep.get(row).copied()) else { continue };
                if let Some(entry) = shard.find(key.bits(), |entry| same(*entry, key)) {
                    used.push((row, (entry & PLACE_MASK) as u64));
                } else if keep {
                    let entry = key.entry() | (u128::from(place_of(row)) & PLACE_MASK);
                    shard.insert_unique(key.bits(), entry, |entry| (entry >> 64) as u64);
                }
            }
        }
        used.sort_unstable();
        used
    }
}

fn same(entry: u128, key: Fingerprint) -> bool {
    entry & !PLACE_MASK == key.entry()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_first_kept_row_owns_the_key() {
        let mut keys = KeySet::new();
        let block: Vec<Fingerprint> = [b"A", b"B", b"A", b"B"].iter().map(|k| Fingerprint::of(*k)).collect();
        // The first B is set aside for another reason: the second one is the first that is kept.
        let used = keys.add(&block, &[true, false, true, true], |row| row as u64 + 10);
        assert_eq!(used, [(2, 10)]);
        assert!(keys.contains(Fingerprint::of(b"B")));
        assert!(!keys.contains(Fingerprint::of(b"C")));
        assert_eq!(keys.add(&block[1..2], &[true], |_| 99), [(0, 13)]);
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
