//! `attain`: evaluation reports for social and human service agencies, from a case-management system's exports.
//!
//! Data goes one way, through rooms named after the stages: `ingest` → `store` → `query` → `measure` → `release` →
//! `chart`, `report`; `quality` holds rules against what is stored; `cli` runs them in order. `contract` and `project`
//! say what is read and wanted, `language` in which words it is told, `looks` how that looks. See `tests/it/architecture.rs` for who may use whom.

#![forbid(unsafe_code)]
#![warn(clippy::pedantic)]
// Names such as `QueryError` in `query` read well where they are used; counts of people fit in a double.
#![allow(
    clippy::module_name_repetitions,
    clippy::must_use_candidate,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss
)]

mod built_in {
    //! What is embedded: built-in queries, their examples and report definitions. Made by `build.rs`.
    include!(concat!(env!("OUT_DIR"), "/built_in.rs"));
}

pub mod chart;
pub mod cli;
pub mod contract;
pub mod ingest;
pub mod language;
pub mod looks;
pub mod measure;
pub mod project;
pub mod quality;
pub mod query;
pub mod release;
pub mod report;
pub mod statistics;
pub mod store;
pub mod synth;
