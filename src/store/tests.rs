//! What an interrupted run leaves behind, state by state.

use super::*;

fn manifest(id: &str, files: Vec<StoredFile>) -> Manifest {
    Manifest {
        id: id.to_owned(),
        as_of: "2026-06-30".to_owned(),
        as_of_source: AsOfSource::Given,
        contract_version: 1,
        contract_sha256: "00".to_owned(),
        store_format: STORE_FORMAT,
        key_fingerprint: "00".to_owned(),
        encrypted: false,
        birth_dates: BirthDates::Date,
        fiscal_year_starts: 7,
        sources: Vec::new(),
        files_read: Vec::new(),
        inputs: Vec::new(),
        tables: vec![StoredTable { name: "clients".to_owned(), rows: 1, files, collected: Vec::new() }],
        other_files: Vec::new(),
        findings: Vec::new(),
    }
}

fn stage(store: &Store, lock: &Lock, text: &str) -> (Staging, Vec<StoredFile>) {
    let staging = store.staging(lock).expect("staging");
    let path = staging.dir().join("clients.parquet");
    fs::write(&path, text).expect("written");
    let file = StoredFile {
        name: "clients.parquet".to_owned(),
        sha256: digest_of(&path).expect("digest"),
        bytes: text.len() as u64,
    };
    (staging, vec![file])
}

fn commit(store: &Store, id: &str, text: &str) -> Snapshot {
    let lock = store.lock().expect("lock");
    let (staging, files) = stage(store, &lock, text);
    store.commit(&lock, staging, &manifest(id, files)).expect("commit")
}

#[test]
fn a_new_store_has_no_current_snapshot() {
    let dir = tempfile::tempdir().expect("dir");
    let store = Store::at(dir.path().join("store"));
    assert!(store.current().expect("readable").is_none());
    assert!(store.list().expect("readable").is_empty());
}

#[test]
fn the_committed_snapshot_is_current_and_the_former_one_stays() {
    let dir = tempfile::tempdir().expect("dir");
    let store = Store::at(dir.path().join("store"));
    commit(&store, "2026-05-31-aaaaaaaa", "one");
    commit(&store, "2026-06-30-bbbbbbbb", "two");
    assert_eq!(store.current().expect("readable").expect("some").id, "2026-06-30-bbbbbbbb");
    assert_eq!(store.list().expect("readable"), ["2026-05-31-aaaaaaaa", "2026-06-30-bbbbbbbb"]);
    assert_eq!(
        fs::read(store.open("2026-05-31-aaaaaaaa").expect("open").dir.join("clients.parquet")).expect("read"),
        b"one"
    );
}

#[test]
fn a_second_run_is_told_that_another_is_at_work() {
    let dir = tempfile::tempdir().expect("dir");
    let store = Store::at(dir.path().join("store"));
    let held = store.lock().expect("lock");
    let error = store.lock().expect_err("locked");
    assert!(matches!(error, StoreError::Locked { .. }));
    assert!(error.to_string().contains("another run is at work"));
    drop(held);
    store.lock().expect("free again");
}

#[test]
fn leftovers_of_a_killed_run_are_removed_and_change_nothing() {
    let dir = tempfile::tempdir().expect("dir");
    let store = Store::at(dir.path().join("store"));
    commit(&store, "2026-05-31-aaaaaaaa", "one");
    // Killed while staging; between renaming the snapshot and CURRENT; while writing CURRENT.tmp.
    fs::create_dir(store.dir().join("staging-1")).expect("dir");
    fs::write(store.dir().join("staging-1/clients.parquet"), "half").expect("written");
    fs::create_dir(store.dir().join("snapshots/2026-06-30-cccccccc")).expect("dir");
    fs::write(store.dir().join("CURRENT.tmp"), "2026-06").expect("written");
    assert_eq!(store.current().expect("readable").expect("some").id, "2026-05-31-aaaaaaaa");
    let lock = store.lock().expect("lock");
    assert!(!store.dir().join("staging-1").exists());
    assert!(!store.dir().join("CURRENT.tmp").exists());
    assert!(matches!(store.open("2026-06-30-cccccccc"), Err(StoreError::Damaged { .. })));
    // The half-made snapshot is replaced when its inputs come again.
    let (staging, files) = stage(&store, &lock, "whole");
    store.commit(&lock, staging, &manifest("2026-06-30-cccccccc", files)).expect("commit");
    let current = store.current().expect("readable").expect("some");
    assert_eq!(fs::read(current.dir.join("clients.parquet")).expect("read"), b"whole");
    assert!(!store.dir().join("staging-damaged-2026-06-30-cccccccc").exists());
}

#[test]
fn a_sound_snapshot_is_not_written_again() {
    let dir = tempfile::tempdir().expect("dir");
    let store = Store::at(dir.path().join("store"));
    let first = commit(&store, "2026-05-31-aaaaaaaa", "one");
    let before = fs::metadata(first.dir.join("clients.parquet")).expect("there").modified().expect("time");
    commit(&store, "2026-06-30-bbbbbbbb", "two");
    commit(&store, "2026-05-31-aaaaaaaa", "one");
    let after = fs::metadata(first.dir.join("clients.parquet")).expect("there").modified().expect("time");
    assert_eq!(before, after);
    assert_eq!(store.current().expect("readable").expect("some").id, "2026-05-31-aaaaaaaa");
    assert!(!store.dir().join("staging-1").exists());
}

#[test]
fn a_damaged_snapshot_never_becomes_current() {
    let dir = tempfile::tempdir().expect("dir");
    let store = Store::at(dir.path().join("store"));
    let first = commit(&store, "2026-05-31-aaaaaaaa", "one");
    commit(&store, "2026-06-30-bbbbbbbb", "two");
    // Same size, other bytes: only the digest tells.
    fs::write(first.dir.join("clients.parquet"), "eno").expect("written");
    assert!(first.check_digests().is_err());
    let again = commit(&store, "2026-05-31-aaaaaaaa", "one");
    again.check_digests().expect("sound");
    // A commit whose manifest does not fit its files fails and leaves the former one current.
    let lock = store.lock().expect("lock");
    let (staging, mut files) = stage(&store, &lock, "three");
    files[0].bytes = 99;
    assert!(store.commit(&lock, staging, &manifest("2026-07-31-dddddddd", files)).is_err());
    assert_eq!(store.current().expect("readable").expect("some").id, "2026-05-31-aaaaaaaa");
}

#[test]
fn an_id_cannot_leave_the_store() {
    let dir = tempfile::tempdir().expect("dir");
    let store = Store::at(dir.path().join("store"));
    for id in ["", "..", "../x", "a/b"] {
        assert!(matches!(store.open(id), Err(StoreError::NotFound { .. })), "{id}");
    }
}

#[test]
fn what_is_kept_about_a_snapshot_has_one_version() {
    let dir = tempfile::tempdir().expect("dir");
    let store = Store::at(dir.path());
    assert_eq!(store.kept("2026-06-30-0a", "v1"), None);
    store.keep("2026-06-30-0a", "v1", b"first").expect("kept");
    store.keep("2026-06-30-0b", "v1", b"other").expect("kept");
    store.keep("2026-06-30-0a", "v2", b"second").expect("kept");
    assert_eq!(store.kept("2026-06-30-0a", "v1"), None);
    assert_eq!(store.kept("2026-06-30-0a", "v2").as_deref(), Some(&b"second"[..]));
    assert_eq!(store.kept("2026-06-30-0b", "v1").as_deref(), Some(&b"other"[..]));
}
