//! The contract: the fourteen tables of a case export and the kinds of finding, read from embedded TOML.
//!
//! Everything that needs a table's columns, types, codes, keys, sensitivity or rules asks here; nothing about
//! them is written anywhere else. Knows no source and no metric.

mod digest;
mod finding;
mod pattern;

use serde::Deserialize;
use std::sync::LazyLock;

pub use digest::{hex, sha256_hex};
pub use finding::{Finding, FindingKind, Severity, finding_kind, finding_kinds};
pub use pattern::{escaped, inert, pattern_of, printable, visible};

/// The embedded contract, parsed once.
///
/// # Panics
/// Never on data: the text is part of the binary and a unit test parses it.
pub static CONTRACT: LazyLock<Contract> = LazyLock::new(|| {
    // Cannot fire: the embedded text is checked by `tests::the_embedded_contract_is_sound`.
    toml::from_str(CONTRACT_TEXT).expect("the embedded contract is valid")
});

/// The contract as written, for its digest in manifests.
pub const CONTRACT_TEXT: &str = include_str!("contract.toml");

/// All tables, parents before the tables that refer to them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    pub version: u32,
    pub tables: Vec<Table>,
}

/// One table of the case export.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    pub name: String,
    /// What one row is.
    pub row: String,
    pub columns: Vec<Column>,
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// One column of a table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools)] // the contract's own yes/no marks
pub struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ColumnType,
    pub about: String,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub key: bool,
    /// `table.column` this value must resolve to.
    pub references: Option<String>,
    #[serde(default)]
    pub sensitivity: Sensitivity,
    /// The known codes, of a `code` column.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Any other code becomes unknown.
    #[serde(default)]
    pub closed: bool,
    /// Several codes may stand in one cell, joined by `;`.
    #[serde(default)]
    pub several: bool,
    #[serde(default)]
    pub may_be_future: bool,
    /// Smallest value allowed.
    pub minimum: Option<f64>,
    /// Largest value allowed.
    pub maximum: Option<f64>,
    /// The value must be greater than this.
    pub above: Option<f64>,
    /// Number of first characters that are kept.
    pub keep: Option<usize>,
}

/// How a cell is read and stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// A string, kept as written (leading zeros too).
    Id,
    Text,
    /// A `lower_snake_case` word.
    Code,
    /// A calendar date.
    Date,
    /// Local wall-clock time to the second, no zone.
    Timestamp,
    /// A whole number.
    Whole,
    Number,
    /// A decimal with two places.
    Money,
    YesNo,
}

/// How private a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Stored only as a keyed hash, never echoed.
    Identifier,
    /// Never stored, never echoed.
    Drop,
    /// Stored; never printed for one person.
    Quasi,
    #[default]
    Plain,
}

impl Sensitivity {
    /// Whether a value may be shown in a message or kept in quarantine.
    #[must_use]
    pub fn may_be_echoed(self) -> bool {
        matches!(self, Self::Plain | Self::Quasi)
    }
}

/// A rule over several columns of one row.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// These dates, where known, do not decrease.
    Order(Vec<String>),
    /// At least one of these is known.
    AnyOf(Vec<String>),
}

impl Contract {
    /// The table of that name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }
}

impl Table {
    /// Position of the column of that name.
    #[must_use]
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == column)
    }

    /// The column of that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// The key column.
    #[must_use]
    pub fn key(&self) -> Option<&Column> {
        self.columns.iter().find(|c| c.key)
    }
}

impl Column {
    /// Table and column this one refers to.
    #[must_use]
    pub fn target(&self) -> Option<(&str, &str)> {
        self.references.as_deref().and_then(|r| r.split_once('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_contract_is_sound() {
        let contract: Contract = toml::from_str(CONTRACT_TEXT).expect("the contract parses");
        assert_eq!(contract.tables.len(), 14);
        let mut earlier: Vec<&str> = Vec::new();
        for table in &contract.tables {
            earlier.push(&table.name);
            assert_eq!(table.columns.iter().filter(|c| c.key).count(), 1, "{} has one key", table.name);
            for column in &table.columns {
                if let Some(reference) = &column.references {
                    let (parent, key) = column.target().expect("table.column");
                    assert!(earlier.contains(&parent), "{}.{}: {reference} is a later table", table.name, column.name);
                    assert!(contract.table(parent).and_then(|t| t.column(key)).is_some_and(|c| c.key));
                }
                // An id made of a person's, as mappings make them, tells who it is; only programs and partners are no people.
                let of_people = !["program_id", "provider_id"].contains(&column.name.as_str());
                if column.kind == ColumnType::Id && of_people {
                    assert_eq!(column.sensitivity, Sensitivity::Identifier, "{}.{}", table.name, column.name);
                }
                if column.closed || column.several || !column.codes.is_empty() {
                    assert_eq!(column.kind, ColumnType::Code, "{}.{}", table.name, column.name);
                }
            }
            for rule in &table.rules {
                let (Rule::Order(names) | Rule::AnyOf(names)) = rule;
                for name in names {
                    assert!(table.column(name).is_some(), "{}: rule names {name}", table.name);
                }
            }
        }
    }
}
