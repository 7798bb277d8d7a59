//! Look-ups: small tables made of other files of the export, by key.

use super::reshape::TextColumn;
use crate::ingest::keys::Fingerprint;
use hashbrown::HashTable;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The look-ups that are read, by name.
#[derive(Debug, Clone, Default)]
pub struct Lookups(BTreeMap<String, Arc<Lookup>>);

impl Lookups {
    pub fn get(&self, name: &str) -> Option<&Arc<Lookup>> {
        self.0.get(name)
    }

    /// Makes a look-up known to the rules and look-ups that come after it.
    pub fn insert(&mut self, name: &str, lookup: Lookup) {
        self.0.insert(name.to_owned(), Arc::new(lookup));
    }
}

/// A table to look values up in.
#[derive(Debug)]
pub struct Lookup {
    pub(super) index: Index,
    pub(super) names: Vec<String>,
    pub(super) values: Vec<TextColumn>,
    /// For each column, whether any of the files has what it is made of.
    pub(super) collected: Vec<bool>,
}

impl Lookup {
    /// How many columns its key has.
    pub fn key_parts(&self) -> usize {
        self.index.keys.len()
    }

    /// Its columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many keys it has.
    pub fn len(&self) -> usize {
        self.index.rows()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether any of its files has what the column is made of.
    pub fn collects(&self, column: usize) -> bool {
        self.collected.get(column).copied().unwrap_or_default()
    }

    /// The row with that key.
    pub fn find(&self, key: &[&str]) -> Option<u32> {
        self.index.find(hash(key), key)
    }

    /// A value; `None` where it is unknown.
    pub fn value(&self, row: u32, column: usize) -> Option<&str> {
        self.values.get(column)?.get(row as usize)
    }
}

/// Keys, in the order in which they were met. They are compared as they are: the hash only says where to look.
#[derive(Debug)]
pub(super) struct Index {
    table: HashTable<u32>,
    /// By part of the key.
    keys: Vec<TextColumn>,
}

impl Index {
    pub fn new(parts: usize) -> Self {
        Self { table: HashTable::new(), keys: (0..parts).map(|_| TextColumn::default()).collect() }
    }

    pub fn rows(&self) -> usize {
        self.table.len()
    }

    fn find(&self, hash: u64, key: &[&str]) -> Option<u32> {
        self.table.find(hash, |row| has(&self.keys, *row, key)).copied()
    }

    /// The row with that key, and whether it is new. `None` if there are too many.
    pub fn row(&mut self, key: &[&str]) -> Option<(u32, bool)> {
        let at = hash(key);
        if let Some(row) = self.find(at, key) {
            return Some((row, false));
        }
        // The greatest number stands for "not found".
        let row = u32::try_from(self.rows()).ok().filter(|row| *row < u32::MAX)?;
        for (keys, part) in self.keys.iter_mut().zip(key) {
            keys.push_exact(part);
        }
        let keys = &self.keys;
        self.table.insert_unique(at, row, |row| {
            keys.iter().fold(0, |state, keys| mixed(state, keys.get(*row as usize).unwrap_or_default()))
        });
        Some((row, true))
    }
}

fn has(keys: &[TextColumn], row: u32, key: &[&str]) -> bool {
    keys.len() == key.len() && keys.iter().zip(key).all(|(keys, part)| keys.get(row as usize) == Some(*part))
}

fn hash(key: &[&str]) -> u64 {
    key.iter().fold(0, |state, part| mixed(state, part))
}

fn mixed(state: u64, part: &str) -> u64 {
    // An odd number from the digits of the golden ratio.
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    (state ^ Fingerprint::of(part.as_bytes()).bits()).wrapping_mul(SPREAD)
}
