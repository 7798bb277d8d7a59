//! Of several rows with one key, the one that counts: that of the newest export, of the newest change, the one with the
//! greatest value where a mapping says by which, or none where the newest word is that it was deleted.
//!
//! Needs the table's rows twice: all of them are written, then those that lost are left out.

use super::keys::{Fingerprint, Key, KeySet};
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

/// One row, as far as others with its key matter to it.
#[derive(Debug, Clone)]
pub struct Row {
    /// Where it stands: its line, counted through all files of the table.
    pub place: u64,
    pub file: u32,
    pub generation: u32,
    /// Whether the last of several counts, rather than the first.
    pub is_changes: bool,
    pub deleted: bool,
    /// Of its values.
    pub content: u64,
    pub twice: Twice,
}

/// What a second row with the same key is, in the same export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Twice {
    /// A mistake.
    Error,
    /// Expected, and the first counts.
    First,
    /// The greatest of these counts.
    Latest(Box<[u8]>),
}

/// What a row is beside those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It counts, as far as is known.
    Counts,
    /// It counts, and one before it does not any more; whether they should have agreed and do not is said.
    Replaces { file: u32, place: u64, disagrees: bool, was_row: bool },
    /// Another one counts.
    LeftOut,
    /// The key stands at that place already, and should not.
    Used(u64),
}

struct Standing {
    row: Row,
    /// Among the rows that were written; none of a deletion.
    number: Option<usize>,
}

/// The rows of a table.
#[derive(Default)]
pub struct Newest {
    by_key: HashMap<Fingerprint, Standing>,
    survives: Vec<bool>,
}

impl Newest {
    /// The next row in the order of the files.
    pub fn add(&mut self, key: Key, row: Row) -> Verdict {
        let is_row = !row.deleted;
        let number = is_row.then_some(self.survives.len());
        if key.print == Fingerprint::NONE {
            self.survives.extend(number.map(|_| true));
            return Verdict::Counts;
        }
        let mut standing = match self.by_key.entry(key.print) {
            Entry::Vacant(entry) => {
                entry.insert(Standing { row, number });
                self.survives.extend(number.map(|_| true));
                return Verdict::Counts;
            }
            Entry::Occupied(entry) => entry,
        };
        let before = &standing.get().row;
        let newer = row.generation > before.generation;
        let wins = if newer {
            true
        } else if row.deleted || before.deleted {
            // In a list of changes their order counts; elsewhere what is deleted is deleted.
            row.deleted || row.is_changes
        } else {
            match (&row.twice, &before.twice) {
                (Twice::Latest(value), Twice::Latest(other)) => value > other,
                _ if row.is_changes => true,
                (Twice::First, _) => false,
                _ => return Verdict::Used(before.place),
            }
        };
        if !wins {
            return Verdict::LeftOut;
        }
        let disagrees = newer && is_row && !row.is_changes && !before.deleted && row.content != before.content;
        let former = standing.insert(Standing { row, number });
        self.survives.extend(number.map(|_| true));
        if let Some(lost) = former.number.and_then(|lost| self.survives.get_mut(lost)) {
            *lost = false;
        }
        let Row { file, place, .. } = former.row;
        Verdict::Replaces { file, place, disagrees, was_row: former.number.is_some() }
    }

    /// For each row written, whether it counts; and the keys of those that do.
    pub fn finish(self) -> (Vec<bool>, KeySet) {
        let mut keys = KeySet::new();
        keys.settle();
        for (key, standing) in self.by_key {
            if standing.number.is_some() {
                keys.insert(key, standing.row.place);
            }
        }
        (self.survives, keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::runs::Ordered;

    fn key(text: &str) -> Key {
        Key { print: Fingerprint::of(text.as_bytes()), ordered: Ordered::NONE }
    }

    fn row(place: u64, generation: u32) -> Row {
        Row { place, file: 0, generation, is_changes: false, deleted: false, content: 0, twice: Twice::Error }
    }

    #[test]
    fn the_newest_export_counts_and_a_difference_is_told() {
        let mut newest = Newest::default();
        assert_eq!(newest.add(key("A"), row(1, 0)), Verdict::Counts);
        assert_eq!(newest.add(key("A"), row(2, 0)), Verdict::Used(1));
        let other = Row { content: 7, ..row(3, 1) };
        let replaces = Verdict::Replaces { file: 0, place: 1, disagrees: true, was_row: true };
        assert_eq!(newest.add(key("A"), other), replaces);
        let (survives, keys) = newest.finish();
        assert_eq!(survives, [false, true]);
        assert!(keys.contains(Fingerprint::of(b"A")));
    }

    #[test]
    fn what_is_deleted_counts_no_more_until_it_comes_again() {
        let mut newest = Newest::default();
        let gone = |place, generation| Row { deleted: true, is_changes: true, ..row(place, generation) };
        newest.add(key("A"), row(1, 0));
        newest.add(key("B"), row(2, 0));
        newest.add(key("A"), gone(3, 1));
        newest.add(key("B"), gone(4, 1));
        newest.add(key("B"), Row { is_changes: true, ..row(5, 1) });
        assert_eq!(newest.add(key("C"), gone(6, 1)), Verdict::Counts);
        let (survives, keys) = newest.finish();
        assert_eq!(survives, [false, false, true]);
        assert!(!keys.contains(Fingerprint::of(b"A")) && !keys.contains(Fingerprint::of(b"C")));
        let mut same = Newest::default();
        same.add(key("A"), Row { deleted: true, ..row(1, 0) });
        assert_eq!(same.add(key("A"), row(2, 0)), Verdict::LeftOut);
    }

    #[test]
    fn the_greatest_value_or_the_first_or_the_last_counts() {
        let latest = |place, value: &str| Row { twice: Twice::Latest(value.as_bytes().into()), ..row(place, 0) };
        let mut newest = Newest::default();
        for (place, value) in [(1, "2026-01-02"), (2, "2026-01-01"), (3, "2026-02-01"), (4, "2026-02-01")] {
            newest.add(key("A"), latest(place, value));
        }
        assert_eq!(newest.finish().0, [false, true]);
        let mut first = Newest::default();
        first.add(key("A"), Row { twice: Twice::First, ..row(1, 0) });
        assert_eq!(first.add(key("A"), Row { twice: Twice::First, ..row(2, 0) }), Verdict::LeftOut);
        let mut changes = Newest::default();
        changes.add(key("A"), Row { is_changes: true, ..row(1, 0) });
        changes.add(key("A"), Row { is_changes: true, ..row(2, 0) });
        assert_eq!(changes.finish().0, [false, true]);
    }
}
