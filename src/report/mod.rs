//! Reports: a definition and released figures → one [`Document`] → bytes in every format.
//!
//! [`Definition::wanted`] says what must be computed; [`build`] writes the document from what was released; the
//! renderers ([`html`], [`pdf`], [`workbook`], [`tables`]) return bytes. Nothing here touches a file.

mod appendix;
mod build;
pub mod commentary;
mod definition;
mod document;
mod edition;
mod entries;
mod error;
mod figure_kinds;
mod figures;
pub mod html;
mod limits;
mod narrative;
mod objectives;
mod overdue;
mod path;
pub mod pdf;
mod people;
mod privacy;
mod programs;
mod quality;
mod quarters;
mod restated;
mod scorecard;
mod sections;
mod sheets;
mod spoken;
pub mod tables;
mod words;
pub mod workbook;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod translation_tests;

pub use build::{Facts, InputFact, PrivacyFacts, build};
pub use definition::{Covers, Definition, ENDING as DEFINITION_ENDING, Wanted};
pub use document::{
    Block, Commentary, Definition as Term, Document, FirstPage, Mark, Passage, Phrase, Scorecard, ScorecardGroup,
    ScorecardRow, Section, StatusMark,
};
pub use edition::OwnEdition;
pub use error::ReportError;
pub use figure_kinds::FigureKind;
pub use figures::{Figures, unit};
pub use quality::{ProgramQuality, QualityFacts, RuleFact};
pub use restated::{LastSnapshot, Restated};
pub use words::{change, count, span, translated};
