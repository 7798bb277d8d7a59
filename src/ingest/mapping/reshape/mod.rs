//! Rules that reshape: a file's records → rows of a table. `guide.md` tells what each setting means.
//!
//! ```text
//! rule + header → scope (names → cells) → fitted (SQL planned) ┐
//!                                   texts of a block's records ┴→ run → rows
//! ```
//! Order: names and their conversions, look-ups that need only the record, split, repeat, late look-ups, filter,
//! columns. Each row depends on its record alone, so that it does not matter where a file is cut into blocks.

mod fitted;
mod from_text;
mod problem;
mod run;
mod scope;
mod sql;
mod sql_plan;
mod sql_read;
mod sql_text;
mod template;
#[cfg(test)]
mod tests;
mod text;
mod to_text;
mod wanted;

use super::lookup::Lookups;
use super::{Mapping, MappingError, Rule};
pub(super) use fitted::Fitted;
pub(super) use problem::Problem;
pub use run::Reshaped;
use std::sync::Arc;
pub use text::TextColumn;
pub(super) use wanted::Wanted;

/// Where records come from: what `_file` and `_sheet` are.
#[derive(Debug, Clone, Copy)]
pub struct Place<'p> {
    pub file: &'p str,
    /// Empty where there are no sheets.
    pub sheet: &'p str,
}

/// A rule fitted to one file.
#[derive(Debug, Clone)]
pub struct Reshape(Arc<Fitted>);

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
        Fitted::new(&Wanted::by_rule(rule), mapping, header, lookups, place).map(Arc::new).map(Self)
    }

    /// The cells whose texts are wanted, by their place in the header.
    pub fn needed(&self) -> &[usize] {
        &self.0.needed
    }

    /// The names that the file lacks, in the order in which the rule uses them; of alternatives the first.
    pub fn absent(&self) -> &[String] {
        &self.0.absent
    }

    /// Whether the file, or what is looked up, has what the contract's column is made of.
    pub fn collects(&self, position: usize) -> bool {
        self.0.values.get(position).is_some_and(|value| self.0.is_collected(value))
    }

    /// The header's cell whose text the contract's column is; `group` is the row's.
    pub fn cell_of(&self, position: usize, group: Option<usize>) -> Option<usize> {
        self.0.values.get(position).and_then(|value| self.0.cell_of(value, group))
    }

    /// Every cell whose text the contract's column may be.
    pub fn cells_of(&self, position: usize) -> Vec<usize> {
        let groups = self.0.groups.len();
        let groups = (0..groups).map(Some).chain([None]);
        let mut cells: Vec<usize> = groups.filter_map(|group| self.cell_of(position, group)).collect();
        cells.sort_unstable();
        cells.dedup();
        cells
    }

    /// Makes rows of a block's records: `texts` holds the needed cells, in their order, and `lines` each record's line.
    pub fn run(&self, texts: Vec<TextColumn>, lines: &[u64]) -> Result<Reshaped, MappingError> {
        Reshaped::new(&self.0, texts, lines)
    }
}
