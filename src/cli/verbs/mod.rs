//! The verbs: each a screen that resolves its job, runs the steps in order, says what came of it.

mod batch;
mod figure;
mod groups;
mod input;
mod manifest;
mod mapping;
mod metrics;
mod profile;
mod project;
mod query;
mod snapshot;
mod sql;

pub use batch::{report, run};
pub use input::{check, ingest};
pub use mapping::mapping;
pub use metrics::{catalogue, metrics, rules};
pub use profile::profile;
pub use project::{greet, init, synth};
pub use query::query;
pub use snapshot::snapshot;

pub use super::explain::explain;
