//! Mappings: how an agency's own export becomes the contract's tables. `guide.md` tells the language.
//!
//! ```text
//! text → read (walk: every key accounted for) → file → resolve (settings, patterns) → model → rules, converters
//! rule + header → reshape: a block's records → rows; look-ups are read before the rules
//! ```

mod built_in;
mod convert;
#[cfg(test)]
mod convert_tests;
mod date_form;
mod date_text;
mod dates;
mod figures;
pub mod file;
#[cfg(test)]
mod language_tests;
mod lookup;
mod lookup_builder;
mod model;
mod patterns;
mod problem;
mod read;
mod reshape;
mod resolve;
mod resolve_lookups;
mod settings;
mod walk;

pub use built_in::{BUILT_IN, CASE_EXPORT, GUIDE, built_in_text};
pub use convert::{Converted, Converter};
pub use file::Duplicates;
pub use lookup::{Lookup, Lookups};
pub use lookup_builder::{Difference, LookupBuilder};
pub use model::{Export, ExportCell, FileForm, From, Kept, LookupRule, Mapping, Name, Rule, Source};
pub use patterns::Patterns;
pub use problem::{MappingError, MappingErrors};
pub use reshape::{Kind, Met, Notes, Place, Reshape, Reshaped, TextColumn, Told, Unread};
