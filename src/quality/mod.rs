//! Data quality: rules over several rows and tables of a snapshot, what they find, and a score per program.
//!
//! A rule is one SQL file in `queries/checks/` whose header says what it looks at, what a failing row means and how to
//! mend it; a project's own stand before the built-in ones of the same name. [`assess`] runs them all over a snapshot
//! that is open in an engine. What concerns a single row is found when it is read, by `ingest`; both give
//! [`Finding`](crate::contract::Finding)s at the places in the original files.

mod assess;
mod count;
mod message;
mod rule;
mod score;

use serde::{Deserialize, Serialize};

pub use assess::{Assessment, Every, NotChecked, RuleResult, Why, assess};
pub use rule::{Header, Rule, Rules};
pub use score::{Program, Score, Share};

/// One of the four sides of data quality that are scored, after Kahn et al. 2016 with the timeliness of HMIS reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Rows fit the contract.
    Conformance,
    /// What should be known is known.
    Completeness,
    /// Records are there in time, and closed when they are over.
    Timeliness,
    /// What stands there can be true.
    Plausibility,
}

impl Dimension {
    /// In the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Conformance, Self::Completeness, Self::Timeliness, Self::Plausibility];

    /// As it is written in files and headings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Conformance => "conformance",
            Self::Completeness => "completeness",
            Self::Timeliness => "timeliness",
            Self::Plausibility => "plausibility",
        }
    }

    /// What a share of it is of, after "1,204 of 1,300 ".
    #[must_use]
    pub fn of_all(self) -> &'static str {
        match self {
            Self::Conformance => "rows read fit the contract",
            Self::Completeness => "expected values are known",
            Self::Timeliness => "records came, or were closed, in time",
            Self::Plausibility => "enrollments have nothing against them",
        }
    }
}
