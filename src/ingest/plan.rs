//! How the rows of one file become rows of one table: which cell, value or reshaping gives each column.

use super::cells;
use super::header::normal;
use super::ids::Ids;
use super::mapping::{Converted, Converter, From, Mapping, Reshape, Rule};
use super::open::Form;
use super::quoted::Shape;
use crate::contract::{Column, ColumnType, Sensitivity, Table};
use std::sync::Arc;

/// One rule of a mapping in use.
#[derive(Debug, Clone)]
pub struct InUse {
    pub mapping: Arc<Mapping>,
    /// The table's place in the contract, and the rule's among those of the table.
    pub table: usize,
    pub rule: usize,
}

impl InUse {
    /// The rule itself.
    pub fn rule(&self) -> Option<&Rule> {
        self.mapping.tables.get(self.table)?.get(self.rule)
    }
}

/// How to read a file's rows.
#[derive(Debug)]
pub struct Plan {
    pub table: &'static Table,
    /// The file's place in the table's order.
    pub file: usize,
    /// The file's number in `source_files`.
    pub file_id: i32,
    pub form: Form,
    /// Number of cells of a whole row.
    pub width: usize,
    /// For each column of the contract, its cell.
    pub cells: Vec<Option<usize>>,
    /// For each column of the contract, the value that stands in the mapping. Empty where nothing is mapped.
    pub values: Vec<Option<String>>,
    /// The columns' names, as they are compared.
    names: Vec<String>,
    in_use: Option<InUse>,
    /// Absent where every value is a cell or stands in the mapping.
    pub reshape: Option<Reshape>,
    /// Absent where ids are taken as they stand.
    pub ids: Option<Arc<Ids>>,
    /// For each cell, the column of the contract that is made of it alone.
    columns_of_cells: Vec<Option<usize>>,
    /// Without its required columns, or with one of them twice, a file's rows are counted and nothing more.
    pub loadable: bool,
}

impl Plan {
    /// Of a file whose header names the contract's columns: for each, its cell.
    pub fn straight(table: &'static Table, form: Form, names: &[String], cells: Vec<Option<usize>>) -> Self {
        let mut plan = Self {
            table,
            file: 0,
            file_id: 0,
            form,
            width: names.len(),
            cells,
            values: Vec::new(),
            names: names.iter().map(|name| normal(name)).collect(),
            in_use: None,
            reshape: None,
            ids: None,
            columns_of_cells: Vec::new(),
            loadable: true,
        };
        plan.columns_of_cells = plan.made_of_cells();
        plan
    }

    /// Of a file that a rule reads. `cells` are those of a rule that reshapes nothing.
    pub fn mapped(
        table: &'static Table,
        form: Form,
        names: &[String],
        in_use: InUse,
        (cells, reshape): (Vec<Option<usize>>, Option<Reshape>),
    ) -> Self {
        let value = |source: &super::mapping::Source| match &source.from {
            From::Value(value) => Some(value.clone()),
            _ => None,
        };
        let rule = in_use.rule();
        let sources = rule.map(|rule| rule.columns.as_slice()).unwrap_or_default();
        let values = sources.iter().map(|source| source.as_ref().and_then(value)).collect();
        let mut plan = Self { values, ..Self::straight(table, form, names, cells) };
        plan.reshape = reshape;
        plan.in_use = Some(in_use);
        plan.columns_of_cells = plan.made_of_cells();
        plan
    }

    /// The cell that holds the key, if one does.
    pub fn key_cell(&self) -> Option<usize> {
        let position = self.table.columns.iter().position(|column| column.key)?;
        self.columns_of_cells.iter().position(|column| *column == Some(position))
    }

    fn made_of_cells(&self) -> Vec<Option<usize>> {
        let mut columns = vec![None; self.width];
        for position in 0..self.table.columns.len() {
            let cells: Vec<usize> = match &self.reshape {
                Some(reshape) => reshape.cells_of(position),
                None => self.cells.get(position).copied().flatten().into_iter().collect(),
            };
            for cell in cells {
                if let Some(slot @ None) = columns.get_mut(cell) {
                    *slot = Some(position);
                }
            }
        }
        columns
    }

    /// The column of the contract that a cell holds.
    pub fn column(&self, cell: usize) -> Option<&'static Column> {
        self.table.columns.get(self.columns_of_cells.get(cell).copied().flatten()?)
    }

    /// The cell that the column at that position is made of, if it is one.
    pub fn cell_of(&self, position: usize) -> Option<usize> {
        match &self.reshape {
            Some(reshape) => reshape.cells_of(position).first().copied(),
            None => self.cells.get(position).copied().flatten(),
        }
    }

    /// The mapping's rule, where there is one.
    pub fn rule(&self) -> Option<&Rule> {
        self.in_use.as_ref().and_then(InUse::rule)
    }

    /// What makes the contract's text of a cell, for the column at that position.
    pub fn converter(&self, position: usize) -> Option<&Converter> {
        self.rule()?.columns.get(position)?.as_ref()?.converter.as_ref()
    }

    /// Whether the mapping names that text as one the cell may hold.
    pub fn lists(&self, cell: usize, text: &[u8]) -> bool {
        let position = self.columns_of_cells.get(cell).copied().flatten();
        position.and_then(|position| self.converter(position)).is_some_and(|converter| converter.lists(text))
    }

    /// Whether the file has something for the column at that position.
    pub fn collects(&self, position: usize) -> bool {
        match &self.reshape {
            Some(reshape) => reshape.collects(position),
            None => {
                self.cells.get(position).is_some_and(Option::is_some)
                    || self.values.get(position).is_some_and(Option::is_some)
            }
        }
    }

    /// Whether the cell could be the first name of the header that is no blank.
    #[inline]
    pub fn begins_header(&self, cell: &[u8]) -> bool {
        let first = self.names.iter().find(|name| !name.is_empty());
        first.is_some_and(|name| name.len() == cell.len() && normal(&String::from_utf8_lossy(cell)) == *name)
    }

    /// Whether these cells are the header's once more.
    pub fn is_header(&self, cells: &[Vec<u8>]) -> bool {
        let same = |(cell, name): (&Vec<u8>, &String)| normal(&String::from_utf8_lossy(cell)) == *name;
        let told = cells.iter().zip(&self.names).filter(|(_, name)| !name.is_empty());
        cells.len() == self.names.len() && told.clone().count() > 0 && told.into_iter().all(same)
    }

    fn could_be(&self, position: usize, column: &Column, cell: &[u8]) -> bool {
        let mut scratch = Vec::new();
        match self.converter(position).map(|converter| converter.convert(cell, &mut scratch)) {
            None => cells::plausible(column, cell),
            Some(Converted::Text(text)) => cells::plausible(column, text),
            Some(Converted::Unknown) => !column.required,
            Some(Converted::Trouble(_)) => false,
        }
    }
}

impl Shape for Plan {
    fn width(&self) -> usize {
        self.width
    }

    fn delimiter(&self) -> u8 {
        self.form.delimiter
    }

    fn may_break(&self, cell: usize) -> bool {
        self.column(cell).is_none_or(|column| column.kind == ColumnType::Text)
    }

    fn plausible(&self, cells: &[&[u8]]) -> bool {
        cells.iter().enumerate().all(|(at, cell)| {
            let Some(position) = self.columns_of_cells.get(at).copied().flatten() else { return true };
            match self.table.columns.get(position) {
                Some(column) if cell.is_empty() => !column.required,
                Some(column) if column.sensitivity != Sensitivity::Drop => self.could_be(position, column, cell),
                _ => true,
            }
        })
    }
}
