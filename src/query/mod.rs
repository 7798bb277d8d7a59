//! SQL over a snapshot: a `.sql` file and its parameters go in, Arrow batches come out.
//!
//! `DataFusion` is the engine. Holds no metric's arithmetic; knows tables, parameters and where a mistake is.

mod encrypted;
mod engine;
mod file;
mod literal;
mod memory;
mod origin;
mod problem;
mod render;

pub use engine::{Engine, Limits, Rows, Usage};
pub use file::{Bindings, QueryFile, days_since_epoch, scalar};
pub use literal::values;
pub use origin::Origin;
pub use problem::QueryError;
pub use render::{Format, render};
