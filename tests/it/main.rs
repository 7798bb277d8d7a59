//! The one integration test binary: each extra one would link the query engine again.

mod architecture;
mod batch;
mod cli;
mod ctn0094;
mod examples;
mod figure;
mod hmis;
mod ingest;
mod ingest_files;
mod ingest_privacy;
mod ingest_quotes;
mod mapped;
mod pmm;
mod primero;
mod profile;
mod project_folder;
mod quality;
mod query;
mod release;
mod several_systems;
mod sources;
mod statistics;
mod store;
mod told;
mod tools;
mod truth;
