//! Rules that reshape: a file's records → rows of a table. `guide.md` tells what each setting means.
//!
//! ```text
//! rule + header → scope (names → cells) → fitted (SQL planned) ┐
//!                                   texts of a block's records ┴→ run → rows
//! ```
//! Order: names and their conversions, look-ups that need only the record, split, repeat, late look-ups, filter,
//! columns. Each row depends on its record alone, so that it does not matter where a file is cut into blocks.

mod comparable;
mod fitted;
mod from_text;
mod problem;
mod run;
mod scope;
mod seen;
mod sql;
mod sql_plan;
mod sql_read;
mod sql_text;
mod template;
#[cfg(test)]
mod tests;
mod text;
mod to_text;
mod told;
mod wanted;

use super::lookup::Lookups;
use super::{Mapping, MappingError, Rule};
pub use comparable::Kind;
pub(super) use fitted::Fitted;
pub(super) use problem::Problem;
pub use run::Reshaped;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
pub use text::TextColumn;
pub(super) use told::read;
pub use told::{Met, Notes, Told, Unread};
pub(super) use wanted::Wanted;

/// Where records come from: what `_file` and `_sheet` are.
#[derive(Debug, Clone, Copy)]
pub struct Place<'p> {
    pub file: &'p str,
    /// Empty where there are no sheets.
    pub sheet: &'p str,
}

/// A rule fitted to one file.
#[derive(Debug)]
pub struct Reshape {
    fitted: Arc<Fitted>,
    told: Mutex<Kept>,
}

/// What records told and nobody has asked for.
#[derive(Debug, Default)]
struct Kept {
    /// By the first line of the records reshaped together: several workers read blocks of one file.
    unread: BTreeMap<u64, Vec<Unread>>,
    notes: Notes,
}

impl Reshape {
    /// Fits a rule to a file's header. What it names and the file lacks is unknown in every row, and is told by
    /// [`absent`](Self::absent).
    pub fn new(
        rule: &Rule,
        mapping: &Mapping,
        header: &[String],
        lookups: &Lookups,
        place: &Place<'_>,
    ) -> Result<Self, MappingError> {
        let fitted = Fitted::new(&Wanted::by_rule(rule), mapping, header, lookups, place)?;
        Ok(Self { fitted: Arc::new(fitted), told: Mutex::default() })
    }

    /// The cells whose texts are wanted, by their place in the header.
    pub fn needed(&self) -> &[usize] {
        &self.fitted.needed
    }

    /// The names that the file lacks, in the order in which the rule uses them; of alternatives the first.
    pub fn absent(&self) -> &[String] {
        &self.fitted.absent
    }

    /// Whether the file, or what is looked up, has what the contract's column is made of.
    pub fn collects(&self, position: usize) -> bool {
        self.fitted.values.get(position).is_some_and(|value| self.fitted.is_collected(value))
    }

    /// The header's cell whose text the contract's column is; `group` is the row's.
    pub fn cell_of(&self, position: usize, group: Option<usize>) -> Option<usize> {
        self.fitted.values.get(position).and_then(|value| self.fitted.cell_of(value, group))
    }

    /// Every cell whose text the contract's column may be.
    pub fn cells_of(&self, position: usize) -> Vec<usize> {
        let groups = self.fitted.groups.len();
        let groups = (0..groups).map(Some).chain([None]);
        let mut cells: Vec<usize> = groups.filter_map(|group| self.cell_of(position, group)).collect();
        cells.sort_unstable();
        cells.dedup();
        cells
    }

    /// Makes rows of a block's records: `texts` holds the needed cells, in their order, and `lines` each record's line.
    pub fn run(&self, texts: Vec<TextColumn>, lines: &[u64]) -> Result<Reshaped, MappingError> {
        let mut made = Reshaped::new(&self.fitted, texts, lines)?;
        let Told { unread, notes } = made.told();
        let mut kept = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(first) = lines.first().filter(|_| !unread.is_empty()) {
            kept.unread.insert(*first, unread);
        }
        kept.notes.join(notes);
        Ok(made)
    }

    /// The cells that could not be read in records from one line on, up to another.
    pub fn unread(&self, lines: Range<u64>) -> Vec<Unread> {
        let mut kept = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let firsts: Vec<u64> = kept.unread.range(lines).map(|(first, _)| *first).collect();
        firsts.iter().filter_map(|first| kept.unread.remove(first)).flatten().collect()
    }

    /// What is said about the file as a whole, when all its records are read.
    pub fn notes(&self) -> Notes {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).notes.clone()
    }

    /// The header's cell by which one of several rows counts.
    pub fn latest_cell(&self) -> Option<usize> {
        self.fitted.latest.as_ref().and_then(|value| self.fitted.cell_of(value, None))
    }
}
