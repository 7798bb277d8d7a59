//! The one integration test binary: each extra one would link the query engine again.

mod architecture;
mod batch;
mod cli;
mod examples;
mod ingest;
mod ingest_files;
mod ingest_privacy;
mod ingest_quotes;
mod project_folder;
mod quality;
mod query;
mod release;
mod statistics;
mod store;
mod tools;
mod truth;
