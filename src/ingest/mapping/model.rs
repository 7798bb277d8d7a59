//! A mapping as ingest uses it: names resolved, patterns and converters made, everything checked against the contract.

use super::convert::Converter;
use super::file::{Duplicates, JoinFile, Keep, MappingFile, RepeatFile, SplitFile};
use super::patterns::Patterns;
use super::problem::{MappingError, MappingErrors};
use super::walk::{Fault, Places};
use super::{built_in, read, resolve};
use crate::contract::{CONTRACT, Table, sha256_hex};
use crate::ingest::header::normal;

/// Longer texts are no mappings, and would take long to refuse.
const LONGEST: usize = 1 << 20;

/// A mapping.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// As the project names it.
    pub name: String,
    pub about: String,
    /// SHA-256 of the text; a snapshot's identity depends on it.
    pub text_digest: String,
    /// As they are compared with a header name's beginning: in small letters.
    pub prefixes: Vec<String>,
    pub export: Export,
    /// The first that fits a file counts.
    pub forms: Vec<FileForm>,
    /// Each after those it uses.
    pub lookups: Vec<LookupRule>,
    /// By table in the contract's order.
    pub tables: Vec<Vec<Rule>>,
    /// What every cell goes through that SQL, look-ups and templates see and that has no name with settings of its own.
    pub plain: Converter,
    /// Files are tables by their names, and columns by theirs: nothing is mapped.
    pub is_case_export: bool,
    path: String,
    text: String,
    places: Places,
}

/// What the export says of itself.
#[derive(Debug, Clone, Default)]
pub struct Export {
    /// Of several columns the earliest day counts.
    pub as_of: Option<ExportCell>,
    /// Of several columns the first that the file has counts.
    pub version: Option<ExportCell>,
}

/// A cell of a file's first row.
#[derive(Debug, Clone)]
pub struct ExportCell {
    pub files: Patterns,
    pub columns: Vec<String>,
    /// Makes an ISO day of an `as_of`.
    pub converter: Converter,
    /// Of a version; without it any will do.
    pub supported: Option<Patterns>,
    /// As written, for messages.
    pub supported_words: Vec<String>,
}

/// How files are written that fit a pattern.
#[derive(Debug, Clone)]
pub struct FileForm {
    pub files: Patterns,
    pub encoding: Option<String>,
    pub delimiter: Option<u8>,
    pub header_line: Option<u64>,
    pub header_lines: Option<u64>,
}

/// A name of the mapping's own for a column of the file.
#[derive(Debug, Clone)]
#[allow(clippy::struct_field_names)] // what a name is called
pub struct Name {
    pub name: String,
    /// In order: the first that the file has; if it has none, the name is unknown in every row.
    pub alternatives: Vec<String>,
    pub converter: Option<Converter>,
}

/// A table to look values up in.
#[derive(Debug, Clone)]
pub struct LookupRule {
    pub name: String,
    /// `lookups.NAME`
    pub setting: String,
    pub files: Patterns,
    pub sheets: Option<Patterns>,
    pub having: Vec<Vec<String>>,
    pub names: Vec<Name>,
    pub joins: Vec<JoinFile>,
    pub filter: Option<String>,
    pub key: Vec<String>,
    pub columns: Vec<Kept>,
}

/// A look-up's column.
#[derive(Debug, Clone)]
pub struct Kept {
    pub name: String,
    pub from: From,
    pub keep: Keep,
    pub converter: Option<Converter>,
}

/// How rows of a table are made of some files.
#[derive(Debug, Clone)]
pub struct Rule {
    /// `tables.services`, or `tables.services[1]`.
    pub setting: String,
    pub table: &'static Table,
    pub files: Patterns,
    pub sheets: Option<Patterns>,
    /// Of each of these columns a file or sheet must have one of the alternatives to be read by this rule.
    pub having: Vec<Vec<String>>,
    pub names: Vec<Name>,
    pub joins: Vec<JoinFile>,
    pub filter: Option<String>,
    pub deleted: Option<String>,
    pub split: Option<SplitFile>,
    pub repeat: Option<RepeatFile>,
    pub duplicates: Duplicates,
    pub latest_by: Option<String>,
    /// By column of the contract.
    pub columns: Vec<Option<Source>>,
    pub(super) direct: bool,
}

/// Where a column's values come from.
#[derive(Debug, Clone)]
pub struct Source {
    pub from: From,
    /// `None` where the value stands in the mapping.
    pub converter: Option<Converter>,
}

/// The text before it is converted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// The first of these that the file has. Names without settings are replaced by what they stand for.
    Column(Vec<String>),
    /// The same in every row.
    Value(String),
    Template(String),
    Sql(String),
}

impl Rule {
    /// Whether every value is a cell of the record or stands in the mapping: nothing is reshaped.
    pub fn is_direct(&self) -> bool {
        self.direct
    }

    /// Where the column of that name comes from.
    #[cfg(test)]
    pub fn source(&self, column: &str) -> Option<&Source> {
        self.table.position(column).and_then(|at| self.columns.get(at)).and_then(Option::as_ref)
    }

    pub(super) fn set_direct(&mut self) {
        let of_file = |name: &String| !self.names.iter().any(|known| known.name == *name);
        self.direct = self.joins.is_empty()
            && self.filter.is_none()
            && self.deleted.is_none()
            && self.split.is_none()
            && self.repeat.is_none()
            && self.latest_by.is_none()
            && self.columns.iter().flatten().all(|source| match &source.from {
                From::Column(names) => names.iter().all(of_file),
                From::Value(_) => true,
                From::Template(_) | From::Sql(_) => false,
            });
    }
}

impl Mapping {
    /// Reads a mapping's text; every mistake in it is told.
    pub fn parse(name: &str, path_shown: &str, text: &str) -> Result<Self, MappingErrors> {
        if text.len() > LONGEST {
            let error = MappingError::new(path_shown, format!("a mapping is no longer than {LONGEST} bytes"));
            let hint = "long lists of codes are better recoded in the export, or by a look-up".to_owned();
            return Err(MappingErrors(vec![MappingError { hint: Some(hint), ..error }]));
        }
        let (file, walk) = read::read(text);
        let places = walk.places;
        let mut faults = walk.faults;
        let mut mapping = Self {
            name: name.to_owned(),
            text_digest: sha256_hex(text.as_bytes()),
            path: path_shown.to_owned(),
            text: text.to_owned(),
            places,
            ..Self::empty(&file)
        };
        // A text that is no TOML has no settings to be looked through.
        if faults.iter().all(|fault| !fault.setting.is_empty() || fault.hint.is_some()) {
            resolve::resolve(&file, &mut mapping, &mut faults);
        }
        let errors = mapping.errors(faults);
        if errors.0.is_empty() { Ok(mapping) } else { Err(errors) }
    }

    /// The built-in mapping of that name.
    pub fn built_in(name: &str) -> Option<Result<Self, MappingErrors>> {
        if name == built_in::CASE_EXPORT {
            return Some(Ok(Self::case_export()));
        }
        built_in::built_in_text(name).map(|text| Self::parse(name, &format!("{name} (built in)"), text))
    }

    /// Files named after the contract's tables, with its columns: nothing is mapped.
    pub fn case_export() -> Self {
        Self {
            name: built_in::CASE_EXPORT.to_owned(),
            about: "files named after the fourteen tables, with the contract's columns".to_owned(),
            text_digest: sha256_hex(b""),
            is_case_export: true,
            ..Self::empty(&MappingFile::default())
        }
    }

    fn empty(file: &MappingFile) -> Self {
        Self {
            name: String::new(),
            about: file.about.clone(),
            text_digest: String::new(),
            prefixes: file.prefixes.iter().map(|prefix| normal(prefix)).filter(|prefix| !prefix.is_empty()).collect(),
            export: Export::default(),
            forms: Vec::new(),
            lookups: Vec::new(),
            tables: CONTRACT.tables.iter().map(|_| Vec::new()).collect(),
            plain: Converter::plain(file.written.missing.as_deref().unwrap_or_default()),
            is_case_export: false,
            path: String::new(),
            text: String::new(),
            places: Places::default(),
        }
    }

    /// A header name, or a column's name in the mapping, as they are compared: capitals, blanks around it, hyphens for
    /// underscores and the prefixes do not matter.
    pub fn comparable(&self, name: &str) -> String {
        let name = normal(name.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}')));
        let rest = self.prefixes.iter().find_map(|prefix| name.strip_prefix(prefix.as_str()));
        rest.filter(|rest| !rest.is_empty()).map(str::to_owned).unwrap_or(name)
    }

    /// Of the cells in use, those whose name another cell has too, and that other one.
    pub fn doubles(&self, header: &[String], used: &[usize]) -> Vec<(usize, usize)> {
        let names: Vec<String> = header.iter().map(|name| self.comparable(name)).collect();
        let other = |cell: usize| {
            let others = names.iter().enumerate().skip(cell + 1);
            others.into_iter().find(|(_, name)| Some(*name) == names.get(cell)).map(|(second, _)| (cell, second))
        };
        used.iter().filter_map(|cell| other(*cell)).collect()
    }

    /// How a file is written, where the mapping says it.
    pub fn form(&self, path: &str, name: &str) -> Option<&FileForm> {
        self.forms.iter().find(|form| form.files.fit_file(path, name))
    }

    /// A mistake that shows when the mapping meets a file, at the setting's place in the text.
    pub fn error(&self, setting: &str, message: impl Into<String>, hint: Option<String>) -> MappingError {
        let fault = Fault { hint, ..Fault::new(setting, message) };
        MappingError::located(&self.path, &self.text, &self.places, fault)
    }

    /// In the order of the text; where everything is wrong, the first are enough.
    fn errors(&self, mut faults: Vec<Fault>) -> MappingErrors {
        const TOLD: usize = 50;
        faults.sort_by_cached_key(|fault| {
            fault.at.clone().or_else(|| self.places.of(&fault.setting)).map(|at| (at.start, at.end))
        });
        faults.dedup();
        let more = faults.len().saturating_sub(TOLD);
        faults.truncate(TOLD);
        let located = |fault| MappingError::located(&self.path, &self.text, &self.places, fault);
        let mut errors: Vec<MappingError> = faults.into_iter().map(located).collect();
        if more > 0 {
            errors.push(MappingError::new(&self.path, format!("{more} more mistakes")));
        }
        MappingErrors(errors)
    }
}
