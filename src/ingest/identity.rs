//! Pseudonyms: what is stored instead of a person's identifier.
//!
//! The first 24 hex digits (96 bits) of a keyed BLAKE3 hash over the name of the thing identified and the value, so
//! that the same person has the same pseudonym in every table, and the same number of two different things has not.

use super::keys::Fingerprint;
use crate::contract::Column;
use crate::store::Key;
use hashbrown::HashTable;

/// Characters of a pseudonym.
const LENGTH: usize = 24;
/// Repeated identifiers (a staff member's) are hashed once; a column of ever new ones must not fill the memory.
const REMEMBERED: usize = 16_384;

/// What they are made with.
#[derive(Clone)]
pub struct Pseudonyms {
    key: [u8; 32],
}

impl Pseudonyms {
    pub fn new(key: &Key) -> Self {
        Self { key: key.for_pseudonyms() }
    }

    fn of(&self, thing: &str, value: &[u8]) -> Pseudonym {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(thing.as_bytes()).update(&[0]).update(value);
        let mut pseudonym = [b'0'; LENGTH];
        for (pair, byte) in pseudonym.chunks_exact_mut(2).zip(hasher.finalize().as_bytes()) {
            for (digit, half) in pair.iter_mut().zip([byte >> 4, byte & 15]) {
                *digit = if half < 10 { b'0' + half } else { b'a' + half - 10 };
            }
        }
        pseudonym
    }
}

/// Hex digits.
type Pseudonym = [u8; LENGTH];

/// The pseudonyms of one column, as one worker needs them, from block to block.
pub struct ColumnPseudonyms {
    pseudonyms: Pseudonyms,
    thing: &'static str,
    seen: HashTable<(Fingerprint, Pseudonym)>,
}

impl ColumnPseudonyms {
    pub fn new(pseudonyms: &Pseudonyms, column: &'static Column) -> Self {
        let thing = column.target().map_or(column.name.as_str(), |(_, key)| key);
        Self { pseudonyms: pseudonyms.clone(), thing, seen: HashTable::new() }
    }

    /// The pseudonym of an identifier met before, if it is still remembered.
    #[inline]
    pub fn known(&self, fingerprint: Fingerprint) -> Option<&Pseudonym> {
        self.seen.find(fingerprint.bits(), |(seen, _)| *seen == fingerprint).map(|(_, pseudonym)| pseudonym)
    }

    pub fn of(&mut self, fingerprint: Fingerprint, value: &[u8]) -> &Pseudonym {
        if self.seen.len() >= REMEMBERED {
            self.seen.clear();
        }
        let same = |(seen, _): &(Fingerprint, Pseudonym)| *seen == fingerprint;
        let entry = self.seen.entry(fingerprint.bits(), same, |(seen, _)| seen.bits());
        &entry.or_insert_with(|| (fingerprint, self.pseudonyms.of(self.thing, value))).into_mut().1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depends_on_key_thing_and_value_only() {
        let (one, other) = (Pseudonyms::new(&Key::new(b"key")), Pseudonyms::new(&Key::new(b"another")));
        assert_eq!(one.of("client_id", b"C-1"), one.of("client_id", b"C-1"));
        assert_ne!(one.of("client_id", b"C-1"), one.of("staff_id", b"C-1"));
        assert_ne!(one.of("client_id", b"C-1"), other.of("client_id", b"C-1"));
    }
}
