//! A mapping as it is written in TOML. What each key means to the one who writes it is told in `guide.md`.
//!
//! `read.rs` reads it, so that every unknown key and every value of another kind is told with its place.

use std::collections::BTreeMap;

/// One text, or several in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    /// In order.
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// The whole file.
#[derive(Debug, Clone, Default)]
pub struct MappingFile {
    /// One line: which system, which export.
    pub about: String,
    /// Taken off the beginning of every header name before it is compared, e.g. `pmdm__`.
    pub prefixes: Vec<String>,
    /// How values are written throughout; a column's own settings go before these.
    pub written: WrittenFile,
    /// What the export says of itself.
    pub export: ExportFile,
    /// How files are written where detection is not enough, by file pattern.
    pub files: Vec<(String, FormFile)>,
    /// Other files of the export in which values are looked up.
    pub lookups: BTreeMap<String, LookupFile>,
    /// Target table → how it is made; several rules are stacked in the order written.
    pub tables: BTreeMap<String, Vec<RuleFile>>,
}

/// How values are written. At the top of the mapping, and in a column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WrittenFile {
    /// Texts that mean unknown, besides the empty cell.
    pub missing: Option<Vec<String>>,
    pub yes: Option<Vec<String>>,
    pub no: Option<Vec<String>>,
    /// Forms of dates and times, tried in order: strftime patterns (`%d/%m/%Y`, unpadded numbers are read too,
    /// a pattern with a time serves a date column: the time is left off), `excel` and `excel-1904` (a workbook's day
    /// number), `days` (days since `origin`).
    pub dates: Option<Vec<String>>,
    /// Names of the months besides the English ones: twelve in their order, or twelve long and twelve short ones.
    pub months: Option<Vec<String>>,
    /// Day 0 of `days`.
    pub origin: Option<jiff::civil::Date>,
    /// `,`, `.`, a space (any kind of space) or `'`.
    pub thousands: Option<String>,
    /// `.` or `,`.
    pub decimal: Option<String>,
    /// Signs and words before or after a number that are left off: `$`, `EUR`.
    pub currency: Option<Vec<String>>,
}

/// How one column's values are written, and what they become.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConversionFile {
    pub written: WrittenFile,
    /// Separators of several codes in one cell.
    pub separators: Option<Vec<String>>,
    /// Value (capitals and spaces around it do not matter) → code; `""` → means unknown.
    pub recode: BTreeMap<String, String>,
    /// For values that `recode` does not name.
    pub default: Option<String>,
    /// So many first characters are kept.
    pub first: Option<u64>,
    /// Dates keep their time of day. Only of a name and of a look-up's column, which have no type of the contract.
    pub time: bool,
}

/// `[export]`
#[derive(Debug, Clone, Default)]
pub struct ExportFile {
    /// The cells of the first row that say through which day the export is complete: the earliest of them.
    pub as_of: Option<CellFile>,
    /// The cell that says the export's version, and which versions (patterns with `*`) this mapping is for.
    pub version: Option<CellFile>,
}

/// A cell of a file's first row.
#[derive(Debug, Clone)]
pub struct CellFile {
    pub files: OneOrMany,
    pub column: OneOrMany,
    pub written: WrittenFile,
    /// Patterns with `*`; any other value is a finding. Only of a version.
    pub supported: Vec<String>,
}

/// `[files."pattern"]`: what was detected wrongly.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormFile {
    /// `utf-8`, `utf-16`, `windows-1252`, … (WHATWG labels).
    pub encoding: Option<String>,
    /// One character, or `tab`.
    pub delimiter: Option<String>,
    /// The line (or row of a sheet) the header stands in, counted from 1.
    pub header_line: Option<u64>,
    /// Lines the header takes; the names in them are joined by ` - `, merged cells count for each column they span.
    pub header_lines: Option<u64>,
}

/// Which parts of the export a rule reads.
#[derive(Debug, Clone)]
pub struct RuleFile {
    /// Patterns. Without `/` they are compared with a file's name only (also of a file in an archive).
    pub files: OneOrMany,
    /// Patterns of sheet names of a workbook; without it every sheet.
    pub sheets: Option<OneOrMany>,
    /// Columns that a file or sheet must have to be read by this rule.
    pub having: Vec<String>,
    /// Names of the mapping's own for columns of the file, converted if wished.
    pub names: BTreeMap<String, NameFile>,
    /// Values looked up: afterwards `lookup.column` is a column.
    pub joins: Vec<JoinFile>,
    /// SQL (`where`). Only rows for which it is true are taken; the others are counted as left out.
    pub filter: Option<String>,
    /// SQL. Rows for which it is true say that the row with this key is deleted, here and in earlier sources.
    pub deleted: Option<String>,
    /// A row for each value of a cell that holds several.
    pub split: Option<SplitFile>,
    /// A row for each group of columns whose names follow a pattern.
    pub repeat: Option<RepeatFile>,
    /// What a second row with the same key is.
    pub duplicates: Duplicates,
    /// Of several rows with the same key the one with the greatest value in this column counts.
    pub latest_by: Option<String>,
    /// Column of the contract → where its value comes from.
    pub columns: BTreeMap<String, ColumnFile>,
}

/// A name: the first of the alternatives that the file has.
#[derive(Debug, Clone)]
pub struct NameFile {
    pub column: OneOrMany,
    pub conversion: Option<ConversionFile>,
}

/// What a second row with the same key is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// A finding; the later row is set aside.
    #[default]
    Error,
    /// Expected: the first row counts, the others are left out.
    First,
}

/// A look-up used by a rule.
#[derive(Debug, Clone)]
pub struct JoinFile {
    pub lookup: String,
    /// The rule's columns (or earlier look-ups' columns) that must equal the look-up's key, in its order.
    pub on: OneOrMany,
}

/// `[lookups.NAME]`: a small table, by key, read before the rules.
#[derive(Debug, Clone)]
pub struct LookupFile {
    pub files: OneOrMany,
    pub sheets: Option<OneOrMany>,
    pub having: Vec<String>,
    pub names: BTreeMap<String, NameFile>,
    /// Other look-ups in use; no circles.
    pub joins: Vec<JoinFile>,
    /// SQL (`where`).
    pub filter: Option<String>,
    pub key: OneOrMany,
    /// Name → column, or what is kept of several rows with the same key.
    pub columns: BTreeMap<String, KeptFile>,
}

/// A look-up's column, and which of several rows it comes from. Exactly one of `column`, `sql`.
#[derive(Debug, Clone, Default)]
pub struct KeptFile {
    pub column: Option<OneOrMany>,
    pub sql: Option<String>,
    pub keep: Keep,
    pub conversion: Option<ConversionFile>,
}

/// Of several rows with the same key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Keep {
    /// Expected to be one; a second one with another value is a finding, the first counts.
    #[default]
    Only,
    First,
    Last,
    /// By text order, which is the order of ISO dates and of padded numbers.
    Least,
    Greatest,
    Count,
    /// All different values, joined by `;`.
    All,
}

/// `split`
#[derive(Debug, Clone)]
pub struct SplitFile {
    pub column: String,
    /// Each of them separates values. ` ||| `, `;`, `, `.
    pub separators: OneOrMany,
    /// The name (`as`) of the single value in the other settings; without it the column's own.
    pub name: Option<String>,
    /// Characters taken off both ends of each value: `[]"`.
    pub strip: String,
}

/// `repeat`
#[derive(Debug, Clone)]
pub struct RepeatFile {
    /// Names with `{x}`: every header name that fits gives a value of `x`. In the other settings `{x}` in a column's name
    /// is replaced by that value, and `x` itself is a column.
    pub columns: OneOrMany,
    /// The values, where they cannot be read from the header: `["", " 2", " 3"]`. Otherwise header order.
    pub values: Option<Vec<String>>,
    /// Rows are made also where every cell named by `columns` is empty.
    pub keep_empty: bool,
}

/// Where a contract column's value comes from. Exactly one of `column`, `value`, `template`, `sql`.
#[derive(Debug, Clone, Default)]
pub struct ColumnFile {
    /// Alternatives in order: the first that the file has.
    pub column: Option<OneOrMany>,
    /// The same in every row.
    pub value: Option<String>,
    /// `{column}` is replaced by its value; empty if any of them is empty.
    pub template: Option<String>,
    /// A polars SQL expression over text columns; an empty cell is null.
    pub sql: Option<String>,
    pub conversion: ConversionFile,
}
