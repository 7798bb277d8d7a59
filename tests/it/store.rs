//! The store through the door other rooms use: states a killed run leaves behind, seen by the next run.

use crate::ingest::{project, run};
use attain::ingest::{IngestError, ingest};
use attain::store::{Store, StoreError};
use std::fs;

const CLIENTS: &str = "client_id,gender\nC1,female\nC2,male\n";

#[test]
fn a_killed_run_changes_nothing_and_the_next_one_cleans_up() {
    let (dir, job, store) = project(&[("clients.csv", CLIENTS)]);
    let first = run(&job, &store).snapshot.expect("a snapshot");
    // As if killed: tables half written; a snapshot renamed but not yet current; CURRENT.tmp half written.
    let staging = store.dir().join("staging-1");
    fs::create_dir(&staging).expect("dir");
    fs::copy(first.dir.join("clients.parquet"), staging.join("clients.parquet")).expect("copied");
    fs::create_dir(store.dir().join("snapshots/2026-06-30-00000000")).expect("dir");
    fs::write(store.dir().join("CURRENT.tmp"), "2026-06-30-0").expect("written");
    let current = store.current().expect("readable").expect("a snapshot");
    assert_eq!(current.id, first.id);
    current.check_digests().expect("sound");

    fs::write(dir.path().join("exports/clients.csv"), "client_id\nC1\nC2\nC3\n").expect("written");
    let second = run(&job, &store).snapshot.expect("a snapshot");
    assert_ne!(second.id, first.id);
    assert_eq!(store.current().expect("readable").expect("a snapshot").id, second.id);
    store.open(&first.id).expect("still there").check_digests().expect("sound");
    assert!(!staging.exists() && !store.dir().join("CURRENT.tmp").exists());
}

#[test]
fn a_snapshot_that_became_current_only_in_part_is_made_again() {
    let (_dir, job, store) = project(&[("clients.csv", CLIENTS)]);
    let first = run(&job, &store).snapshot.expect("a snapshot");
    // The disk lost a file's bytes: the snapshot is refused, and ingest makes it anew under the same id.
    fs::write(first.dir.join("clients.parquet"), "").expect("written");
    assert!(matches!(store.current(), Err(StoreError::Damaged { .. })));
    let again = run(&job, &store);
    assert!(!again.reused);
    assert_eq!(again.snapshot.expect("a snapshot").id, first.id);
    store.current().expect("readable").expect("a snapshot").check_digests().expect("sound");
}

#[test]
fn the_same_inputs_are_not_written_twice() {
    let (_dir, job, store) = project(&[("clients.csv", CLIENTS)]);
    let first = run(&job, &store);
    let second = run(&job, &store);
    assert!(!first.reused && second.reused);
    assert_eq!(first.findings, second.findings);
    assert_eq!(first.files.len(), second.files.len());
    assert_eq!(first.snapshot.map(|s| s.id), second.snapshot.map(|s| s.id));
    assert_eq!(store.list().expect("readable").len(), 1);
}

#[test]
fn two_runs_at_once_do_not_meet() {
    let (_dir, job, store) = project(&[("clients.csv", CLIENTS)]);
    let lock = store.lock().expect("free");
    let error = ingest(&job, &Store::at(store.dir()), &()).expect_err("locked");
    assert!(matches!(error, IngestError::Store(StoreError::Locked { .. })));
    assert!(error.to_string().contains("another run is at work"));
    drop(lock);
    run(&job, &store);
}

#[test]
fn a_store_that_cannot_be_written_is_an_error_and_changes_nothing() {
    let (dir, job, store) = project(&[("clients.csv", CLIENTS)]);
    let first = run(&job, &store).snapshot.expect("a snapshot");
    fs::write(dir.path().join("exports/clients.csv"), "client_id\nC9\n").expect("written");
    // The store refuses a write: a folder that may not be removed stands where CURRENT.tmp is to be written.
    fs::create_dir_all(store.dir().join("CURRENT.tmp/x")).expect("dir");
    assert!(ingest(&job, &store, &()).is_err());
    assert_eq!(store.current().expect("readable").expect("a snapshot").id, first.id);
}
