//! The one integration test binary: each extra one would link the query engine again.

mod architecture;
mod ingest;
mod statistics;
mod store;
