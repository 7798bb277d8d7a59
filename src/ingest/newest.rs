//! Of several rows with one key, the one that counts: that of the newest export, of the newest change, the one with the
//! greatest value where a mapping says by which, or none where the newest word is that it was deleted.
//!
//! A person may be known under several ids (a crosswalk says so): what is deleted under one of them is gone under that
//! one, and the row of another counts again. A row of a file that lacks a column takes that value from the row before
//! it: what an export does not hold it does not take away ([`filling`](super::filling)).
//!
//! Needs the table's rows twice: all of them are written, then those that lost are left out.

use super::filling::Filling;
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
    /// Of each of its values a short hash; 0 for a column that its file does not have, and for the key.
    pub content: Box<[u16]>,
    /// The id that stands here and the system it is of, where several can stand for one person; else the key.
    pub origin: Fingerprint,
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
    /// It counts, as far as is known; or it is a deletion of what is not there.
    Counts,
    /// It counts, and one before it does not any more; whether they should have agreed and do not is said.
    Replaces { file: u32, place: u64, disagrees: bool },
    /// A deletion: a row of that file counts no more, and one of another id's, if there is one, counts again.
    Deletes { file: u32, revives: Option<u32> },
    /// It is written, and the row of another id of the same person counts, unless that is deleted.
    Waits,
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

/// What stands under one key: for each id, its newest word.
struct OfKey {
    top: Standing,
    /// Of other ids, the newer ones last.
    under: Vec<Standing>,
}

/// The rows of a table.
#[derive(Default)]
pub struct Newest {
    by_key: HashMap<Fingerprint, OfKey>,
    survives: Vec<bool>,
    /// Row → the row before it, where its file lacks a column that one before it has.
    fills: HashMap<usize, usize>,
    files: Vec<File>,
    /// Columns that any file so far has.
    collected: Vec<bool>,
}

struct File {
    /// Number of its first row.
    begins: usize,
    collects: Vec<bool>,
}

impl OfKey {
    /// The row that counts.
    fn winner(&self) -> Option<&Standing> {
        std::iter::once(&self.top).chain(self.under.iter().rev()).find(|standing| standing.number.is_some())
    }

    /// The newest word of that id.
    fn of_origin(&mut self, origin: Fingerprint) -> Option<&mut Standing> {
        std::iter::once(&mut self.top).chain(&mut self.under).find(|standing| standing.row.origin == origin)
    }

    /// Puts a row above all others, in the place of what its id said before.
    fn put_on_top(&mut self, standing: Standing) {
        let former = std::mem::replace(&mut self.top, standing);
        if former.row.origin != self.top.row.origin {
            self.under.retain(|other| other.row.origin != self.top.row.origin);
            self.under.push(former);
        }
    }
}

/// Whether a row takes the place of the one before it with the same id; `None` if there should be only one.
fn wins(row: &Row, before: &Row) -> Option<bool> {
    if row.generation > before.generation {
        return Some(true);
    }
    match (&row.twice, &before.twice) {
        // Of several versions the latest counts, a deletion too; of equally late ones the deletion.
        (Twice::Latest(value), Twice::Latest(other)) => Some(match value.cmp(other) {
            std::cmp::Ordering::Equal => row.deleted,
            order => order.is_gt(),
        }),
        // In a list of changes their order counts; elsewhere what is deleted is deleted.
        _ if row.deleted || before.deleted => Some(row.deleted || row.is_changes),
        _ if row.is_changes => Some(true),
        (Twice::First, _) => Some(false),
        _ => None,
    }
}

impl Newest {
    /// The next file begins: for each column, whether the file has it.
    pub fn begin(&mut self, collects: Vec<bool>) {
        self.collected.resize(collects.len().max(self.collected.len()), false);
        for (all, one) in self.collected.iter_mut().zip(&collects) {
            *all |= one;
        }
        self.files.push(File { begins: self.survives.len(), collects });
    }

    /// The next row in the order of the files.
    pub fn add(&mut self, key: Key, row: Row) -> Verdict {
        let number = (!row.deleted).then_some(self.survives.len());
        let (is_changes, file) = (row.is_changes, row.file);
        let new = Standing { row, number };
        if key.print == Fingerprint::NONE {
            self.survives.extend(number.map(|_| true));
            return Verdict::Counts;
        }
        let of_key = match self.by_key.entry(key.print) {
            Entry::Vacant(entry) => {
                entry.insert(OfKey { top: new, under: Vec::new() });
                self.survives.extend(number.map(|_| true));
                return Verdict::Counts;
            }
            Entry::Occupied(entry) => entry.into_mut(),
        };
        let winner = of_key.winner().map(|w| (w.number, w.row.generation, w.row.file, w.row.place, w.row.origin));
        let same_id = of_key.of_origin(new.row.origin);
        if let Some(before) = &same_id {
            match wins(&new.row, &before.row) {
                Some(true) => {}
                Some(false) => return Verdict::LeftOut,
                None => return Verdict::Used(before.row.place),
            }
        }
        let Some(number) = number else {
            let origin = new.row.origin;
            match same_id {
                Some(before) => *before = new,
                None => of_key.under.insert(0, new),
            }
            let Some((Some(lost), _, file, _, of)) = winner.filter(|(.., of)| *of == origin) else {
                return Verdict::Counts;
            };
            debug_assert!(of == origin);
            let revived = of_key.winner().and_then(|next| Some((next.number?, next.row.file)));
            for (row, counts) in [(Some(lost), false), (revived.map(|(row, _)| row), true)] {
                if let Some(survives) = row.and_then(|row| self.survives.get_mut(row)) {
                    *survives = counts;
                }
            }
            return Verdict::Deletes { file, revives: revived.map(|(_, file)| file) };
        };
        let Some((Some(former), generation, of_file, place, origin)) = winner else {
            of_key.put_on_top(new);
            self.survives.push(true);
            return Verdict::Counts;
        };
        if origin != new.row.origin && !is_changes && new.row.generation == generation {
            // Two ids of one person in one export: the first counts.
            match same_id {
                Some(before) => *before = new,
                None => of_key.under.insert(0, new),
            }
            self.survives.push(false);
            return Verdict::Waits;
        }
        let newer = new.row.generation > generation;
        let disagrees = newer && !is_changes && of_key.winner().is_some_and(|w| differ(&new.row, &w.row));
        of_key.put_on_top(new);
        self.survives.push(true);
        if let Some(survives) = self.survives.get_mut(former) {
            *survives = false;
        }
        let lacks = self
            .files
            .get(file as usize)
            .is_some_and(|file| self.collected.iter().zip(&file.collects).any(|(somewhere, here)| *somewhere && !here));
        if lacks {
            self.fills.insert(number, former);
        }
        Verdict::Replaces { file: of_file, place, disagrees }
    }

    /// For each row written, whether it counts; the keys of those that do; what they take from rows before them.
    pub fn finish(self) -> (Vec<bool>, KeySet, Filling) {
        let filling = self.filling();
        let mut keys = KeySet::new();
        keys.settle();
        for (key, of_key) in self.by_key {
            if let Some(winner) = of_key.winner() {
                keys.insert(key, winner.row.place);
            }
        }
        (self.survives, keys, filling)
    }

    /// For each row that counts and column that its file lacks, the newest row before it whose file has the column.
    fn filling(&self) -> Filling {
        let collects = |row: usize| {
            let at = self.files.partition_point(|file| file.begins <= row).saturating_sub(1);
            self.files.get(at).map(|file| file.collects.as_slice()).unwrap_or_default()
        };
        let mut filling = Filling::default();
        for (row, before) in &self.fills {
            if !self.survives.get(*row).copied().unwrap_or(false) {
                continue;
            }
            let lacking = collects(*row).iter().enumerate().filter(|(_, here)| !**here).map(|(column, _)| column);
            for column in lacking {
                let mut from = Some(*before);
                while let Some(row) = from.filter(|row| !collects(*row).get(column).copied().unwrap_or(false)) {
                    from = self.fills.get(&row).copied();
                }
                if let Some(from) = from {
                    filling.add(column, *row, from);
                }
            }
        }
        filling
    }
}

/// Whether they say different things of a column that both have.
fn differ(one: &Row, other: &Row) -> bool {
    one.content.iter().zip(&other.content).any(|(one, other)| *one != 0 && *other != 0 && one != other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::runs::Ordered;

    fn key(text: &str) -> Key {
        Key { print: Fingerprint::of(text.as_bytes()), ordered: Ordered::NONE }
    }

    fn row(place: u64, generation: u32) -> Row {
        Row {
            place,
            file: 0,
            generation,
            is_changes: false,
            deleted: false,
            content: [2].into(),
            origin: Fingerprint::NONE,
            twice: Twice::Error,
        }
    }

    #[test]
    fn the_newest_export_counts_and_a_difference_is_told() {
        let mut newest = Newest::default();
        assert_eq!(newest.add(key("A"), row(1, 0)), Verdict::Counts);
        assert_eq!(newest.add(key("A"), row(2, 0)), Verdict::Used(1));
        let other = Row { content: [7].into(), ..row(3, 1) };
        let replaces = Verdict::Replaces { file: 0, place: 1, disagrees: true };
        assert_eq!(newest.add(key("A"), other), replaces);
        let (survives, keys, _) = newest.finish();
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
        let (survives, keys, _) = newest.finish();
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

    #[test]
    fn of_several_versions_the_latest_counts_whether_it_is_a_row_or_a_deletion() {
        let version = |place, value: &str, deleted| Row {
            twice: Twice::Latest(value.as_bytes().into()),
            deleted,
            ..row(place, 0)
        };
        let mut newest = Newest::default();
        newest.add(key("A"), version(1, "2026-01-02", false));
        assert_eq!(newest.add(key("A"), version(2, "2026-01-01", true)), Verdict::LeftOut);
        assert_eq!(newest.add(key("A"), version(3, "2026-01-02", true)), Verdict::Deletes { file: 0, revives: None });
        assert_eq!(newest.finish().0, [false]);
    }

    #[test]
    fn what_one_of_a_persons_ids_loses_another_may_still_have() {
        let of = |place, generation, id: &str| Row { origin: Fingerprint::of(id.as_bytes()), ..row(place, generation) };
        let gone = |place, generation, id: &str| Row { deleted: true, ..of(place, generation, id) };
        // Two ids in one export, one of them deleted.
        let mut newest = Newest::default();
        newest.add(key("P"), of(1, 0, "7"));
        assert_eq!(newest.add(key("P"), gone(2, 0, "8")), Verdict::Counts);
        assert_eq!(newest.add(key("P"), of(3, 0, "9")), Verdict::Waits);
        assert_eq!(newest.add(key("P"), gone(4, 1, "7")), Verdict::Deletes { file: 0, revives: Some(0) });
        assert_eq!(newest.finish().0, [false, true]);
        // Another system's row counts, until it is deleted there.
        let mut newest = Newest::default();
        newest.add(key("P"), of(1, 0, "a"));
        let other = Row { file: 1, ..of(2, 1, "b") };
        assert_eq!(newest.add(key("P"), other), Verdict::Replaces { file: 0, place: 1, disagrees: false });
        assert_eq!(newest.add(key("P"), gone(3, 2, "b")), Verdict::Deletes { file: 1, revives: Some(0) });
        let (survives, keys, _) = newest.finish();
        assert_eq!(survives, [true, false]);
        assert!(keys.contains(Fingerprint::of(b"P")));
    }

    #[test]
    fn what_a_file_lacks_is_taken_from_the_newest_row_that_has_it() {
        let mut newest = Newest::default();
        newest.begin(vec![true, true, true]);
        newest.add(key("A"), row(1, 0));
        newest.add(key("B"), row(2, 0));
        newest.begin(vec![true, true, false]);
        newest.add(key("A"), Row { file: 1, ..row(3, 1) });
        newest.begin(vec![true, false, false]);
        newest.add(key("A"), Row { file: 2, ..row(4, 2) });
        let (survives, _, filling) = newest.finish();
        assert_eq!(survives, [false, true, false, true]);
        let mut expected = Filling::default();
        expected.add(1, 3, 2);
        expected.add(2, 3, 0);
        assert_eq!(filling, expected);
    }
}
