//! The files of a look-up → its table, a row for each key.

use super::file::Keep;
use super::lookup::{Index, Lookup, Lookups};
use super::reshape::{Fitted, Place, Problem, Reshaped, TextColumn, Told, Unread, Wanted, read};
use super::{From, LookupRule, Mapping, MappingError};
use crate::ingest::shown::pattern;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Two rows with the same key that should agree and do not. Told once for each key and column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The form of the key, which may be a client's: letters and digits are not shown.
    pub key: String,
    /// The look-up's column.
    pub column: String,
    /// Where the second of the rows stands.
    pub file: String,
    pub sheet: String,
    pub line: u64,
    /// The cell in that file's header, if it is one.
    pub cell: Option<usize>,
}

/// A look-up while its files are read, one after the other.
pub struct LookupBuilder<'m> {
    rule: &'m LookupRule,
    mapping: &'m Mapping,
    lookups: &'m Lookups,
    keys: Vec<From>,
    /// The file that is read, and its sheet.
    file: Option<(Arc<Fitted>, String, String)>,
    index: Index,
    columns: Vec<Kept>,
    differences: Vec<Difference>,
    left_out: usize,
    /// Of the records added last.
    told: Told,
    /// Of the file that is read: cells in use with the same name.
    doubles: Vec<(usize, usize)>,
}

/// A column while it is collected.
struct Kept {
    keep: Keep,
    collected: bool,
    /// All values in the order they came, and of each row of the look-up the one that counts.
    arena: TextColumn,
    at: Vec<u32>,
    /// Of `count`.
    counts: Vec<u64>,
    /// Of `all`: the values after the first, of the few keys that have several.
    more: BTreeMap<u32, (Vec<String>, BTreeSet<String>)>,
    /// Of `only`: the rows whose difference was told.
    told: BTreeSet<u32>,
}

/// No value yet.
const NONE: u32 = u32::MAX;

impl<'m> LookupBuilder<'m> {
    /// `lookups` has those that this one joins.
    pub fn new(rule: &'m LookupRule, mapping: &'m Mapping, lookups: &'m Lookups) -> Self {
        let columns = rule.columns.iter().map(|kept| Kept {
            keep: kept.keep,
            collected: false,
            arena: TextColumn::default(),
            at: Vec::new(),
            counts: Vec::new(),
            more: BTreeMap::new(),
            told: BTreeSet::new(),
        });
        Self {
            rule,
            mapping,
            lookups,
            keys: rule.key.iter().map(|name| From::Column(vec![name.clone()])).collect(),
            file: None,
            index: Index::new(rule.key.len()),
            columns: columns.collect(),
            differences: Vec::new(),
            left_out: 0,
            told: Told::default(),
            doubles: Vec::new(),
        }
    }

    /// The next file. Gives the cells whose texts are wanted, by their place in the header. If it [lacks the
    /// key](Self::lacks_key) or has [a column twice](Self::doubles), nothing of it is to be added.
    pub fn begin(&mut self, header: &[String], place: &Place<'_>) -> Result<&[usize], MappingError> {
        let wanted = Wanted::by_lookup(self.rule, &self.keys);
        let fitted = Fitted::new(&wanted, self.mapping, header, self.lookups, place)?;
        self.doubles = self.mapping.doubles(header, &fitted.needed);
        let (keys, values) = fitted.values.split_at(self.keys.len().min(fitted.values.len()));
        if self.doubles.is_empty() && keys.iter().all(|key| fitted.is_collected(key)) {
            for (column, value) in self.columns.iter_mut().zip(values) {
                column.collected |= fitted.is_collected(value);
            }
        }
        let file = (Arc::new(fitted), place.file.to_owned(), place.sheet.to_owned());
        Ok(&self.file.insert(file).0.needed)
    }

    /// Names that the file lacks.
    pub fn absent(&self) -> &[String] {
        self.file.as_ref().map_or(&[], |(fitted, ..)| &fitted.absent)
    }

    /// Whether the file has not all of the key: nothing in it could be found.
    pub fn lacks_key(&self) -> bool {
        let keys = |fitted: &Fitted| fitted.values.iter().take(self.keys.len()).all(|key| fitted.is_collected(key));
        self.file.as_ref().is_some_and(|(fitted, ..)| !keys(fitted))
    }

    /// Cells in use with the same name: which one is meant cannot be known.
    pub fn doubles(&self) -> &[(usize, usize)] {
        &self.doubles
    }

    /// What the records added last tell.
    pub fn told(&mut self) -> Told {
        std::mem::take(&mut self.told)
    }

    /// How many records of its files were left out by `where`.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// The next records of the file, in their order.
    pub fn add(&mut self, texts: Vec<TextColumn>, lines: &[u64]) -> Result<(), MappingError> {
        let Some((fitted, file, sheet)) = self.file.clone() else { return Ok(()) };
        let mut made = Reshaped::new(&fitted, texts, lines)?;
        self.told = made.told();
        self.left_out += made.left_out();
        let parts = self.keys.len();
        let mut key: Vec<&str> = Vec::with_capacity(parts);
        let mut scratch = Vec::new();
        for row in 0..made.rows() {
            key.clear();
            key.extend((0..parts).map_while(|part| made.get_text(part, row)));
            // What has no key cannot be found.
            if key.len() < parts {
                continue;
            }
            let Some((at, is_new)) = self.index.row(&key) else {
                return Err(
                    Problem::new("key", "the look-up has too many rows").located(self.mapping, &self.rule.setting)
                );
            };
            for (number, (column, rule)) in self.columns.iter_mut().zip(&self.rule.columns).enumerate() {
                let text = made.get_text(parts + number, row);
                let value = fitted.values.get(parts + number);
                let cell = || value.and_then(|value| fitted.cell_of(value, None));
                let line = || lines.get(made.origin(row)).copied().unwrap_or_default();
                let text = match &rule.converter {
                    None => text,
                    Some(converter) => text.and_then(|text| {
                        read(converter, text, &mut scratch, |trouble| {
                            self.told.unread.push(Unread::new(line(), cell(), (&rule.name, text), trouble));
                        })
                    }),
                };
                if column.add(at, is_new, text) {
                    self.differences.push(Difference {
                        key: key.iter().map(|part| pattern(part.as_bytes())).collect::<Vec<_>>().join(", "),
                        column: rule.name.clone(),
                        file: file.clone(),
                        sheet: sheet.clone(),
                        line: line(),
                        cell: cell(),
                    });
                }
            }
        }
        self.told.settle();
        Ok(())
    }

    /// All files are read. A look-up without any file is empty.
    pub fn finish(self) -> (Lookup, Vec<Difference>) {
        let collected = self.columns.iter().map(|column| column.collected).collect();
        let rows = self.index.rows();
        let names = self.rule.columns.iter().map(|kept| kept.name.clone()).collect();
        let values = self.columns.into_iter().map(|column| column.finish(rows)).collect();
        (Lookup { index: self.index, names, values, collected }, self.differences)
    }
}

impl Kept {
    /// A row's value. Unknown ones decide nothing. Gives whether it is the first that differs where none should.
    fn add(&mut self, row: u32, is_new: bool, text: Option<&str>) -> bool {
        if is_new {
            if self.keep == Keep::Count {
                self.counts.push(0);
            } else {
                self.at.push(NONE);
            }
        }
        let Some(text) = text else { return false };
        if let (Keep::Count, Some(count)) = (self.keep, self.counts.get_mut(row as usize)) {
            *count += 1;
            return false;
        }
        let Some(slot) = self.at.get_mut(row as usize) else { return false };
        let known = if *slot == NONE { None } else { self.arena.get(*slot as usize) };
        let takes = match (self.keep, known) {
            (_, None) => true,
            (Keep::Last, Some(known)) => known != text,
            (Keep::Least, Some(known)) => text < known,
            (Keep::Greatest, Some(known)) => text > known,
            (Keep::Only | Keep::First | Keep::All | Keep::Count, Some(_)) => false,
        };
        if takes {
            *slot = self.arena.len() as u32;
            self.arena.push_exact(text);
            self.tidy();
            return false;
        }
        match self.keep {
            Keep::Only => known != Some(text) && self.told.insert(row),
            Keep::All if known != Some(text) => {
                let (values, seen) = self.more.entry(row).or_default();
                if seen.insert(text.to_owned()) {
                    values.push(text.to_owned());
                }
                false
            }
            _ => false,
        }
    }

    /// Lets go of values that no longer count, when they are most of what is held.
    fn tidy(&mut self) {
        const FEW: usize = 4096;
        if self.arena.len() < self.at.len() * 2 + FEW {
            return;
        }
        let mut arena = TextColumn::with_capacity(self.at.len());
        for slot in &mut self.at {
            if let Some(text) = self.arena.get(*slot as usize) {
                *slot = arena.len() as u32;
                arena.push_exact(text);
            }
        }
        self.arena = arena;
    }

    fn finish(self, rows: usize) -> TextColumn {
        let mut texts = TextColumn::with_capacity(rows);
        if self.keep == Keep::Count {
            self.counts.iter().for_each(|count| texts.push_exact(&count.to_string()));
            return texts;
        }
        for (row, slot) in self.at.iter().enumerate() {
            let first = if *slot == NONE { None } else { self.arena.get(*slot as usize) };
            match (first, self.more.get(&(row as u32))) {
                (Some(first), None) => texts.push_exact(first),
                (Some(first), Some((more, _))) => {
                    let all: Vec<&str> = std::iter::once(first).chain(more.iter().map(String::as_str)).collect();
                    texts.push_exact(&all.join(";"));
                }
                (None, _) => texts.push_unknown(),
            }
        }
        texts
    }
}
