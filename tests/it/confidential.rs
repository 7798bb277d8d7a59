//! Keys, the encrypted store, and who may read what is written: the settings of `[privacy]` through the real binary.

use crate::project_folder::{Folder, copy_tree};
use attain::contract::CONTRACT;
use std::collections::BTreeMap;
use std::fs;

/// A small agency, encrypted or not.
fn agency(settings: &str) -> Folder {
    let folder = Folder::with_exports(&[
        (
            "clients.csv",
            "client_id,birth_date,gender,language\nC1,1990-05-17,nonbinary_word,klingon\nC2,1991-12-31,woman,english\nC3,1991-13-31,woman,english\n",
        ),
        ("programs.csv", "program_id,name,setting\nPRG1,Lighthouse Program,probation\n"),
        (
            "enrollments.csv",
            "enrollment_id,client_id,program_id,referred_on,intake_on,exited_on,exit_reason\n\
             E1,C1,PRG1,2026-01-02,2026-01-05,2026-05-31,completed\nE2,C2,PRG1,2026-02-02,2026-02-04,,\n\
             E3,C9,PRG1,2026-02-02,2026-02-04,,\nE4,C2,PRG1,2026-02-02\n",
        ),
    ]);
    folder.replace("attain.toml", "[privacy]\n", &format!("[privacy]\n{settings}"));
    folder
}

/// What a reader sees of a snapshot.
const LOOKS: &[&[&str]] = &[
    &["query", "select * from clients order by client_id", "--format", "csv"],
    &[
        "query",
        "select e.exit_reason, c.gender from enrollments as e join clients as c using (client_id) order by 1, 2",
    ],
    &["query", "select code, count(*) as n from findings group by code order by code"],
    &["metrics", "compute", "retention", "--period", "all", "--format", "json"],
    &["snapshot", "set-aside"],
    &["check", "--json"],
    &["check", "--csv", "--fail-on", "never"],
];

fn looks(folder: &Folder) -> Vec<String> {
    LOOKS.iter().map(|words| folder.attain(words).text().to_owned()).collect()
}

fn found(bytes: &[u8], what: &str) -> bool {
    memchr::memmem::find(bytes, what.as_bytes()).is_some()
}

#[test]
fn an_encrypted_store_reads_the_same_and_shows_nothing_on_the_disk() {
    let (plain, encrypted) = (agency(""), agency("encrypt_store = true\n"));
    for folder in [&plain, &encrypted] {
        folder.attain(&["run", "--quiet", "--format", "json,csv"]).expect(0);
    }
    assert_eq!(looks(&plain), looks(&encrypted));
    assert!(looks(&plain)[4].contains("enrollments,exports/enrollments.csv,"), "{}", looks(&plain)[4]);
    let columns = CONTRACT.tables.iter().flat_map(|table| &table.columns).map(|column| column.name.as_str());
    let words = ["nonbinary_word", "klingon", "Lighthouse", "completed", "orphan", "PRG1", "enrollments.csv"];
    let shown: Vec<&str> = columns.filter(|name| name.len() > 4).chain(words).collect();
    let stored = encrypted.files("store");
    assert!(stored.len() > 20, "{:?}", stored.keys());
    let mut plain_shows = 0;
    for (name, bytes) in &stored {
        // The manifest names files, tables and columns, and counts.
        if name.ends_with("manifest.json") {
            continue;
        }
        for what in &shown {
            assert!(!found(bytes, what), "{what} in {name}");
        }
    }
    for (name, bytes) in plain.files("store") {
        plain_shows += shown.iter().filter(|what| !name.ends_with("manifest.json") && found(&bytes, what)).count();
    }
    assert!(plain_shows > 30, "the search finds what is not encrypted: {plain_shows}");
    // Read again, nothing is made anew.
    let before = encrypted.files("store");
    assert!(encrypted.attain(&["ingest"]).expect(0).said.contains("unchanged"));
    assert_eq!(before, encrypted.files("store"));
}

#[test]
fn an_encrypted_store_is_closed_to_another_key_and_to_none() {
    let folder = agency("encrypt_store = true\n");
    folder.attain(&["ingest", "--quiet"]).expect(0);
    let key = folder.read_text("attain.key");
    let session = |folder: &Folder| {
        let text = folder.transcript(&[
            &["query", "select count(*) as n from clients"],
            &["report", "--format", "json"],
            &["snapshot", "show"],
            &["snapshot", "list"],
            &["ingest", "--quiet"],
        ]);
        text.replace(&folder.path().display().to_string(), "PROJECT")
    };
    folder.write("attain.key", "fedcba9876543210fedcba9876543210");
    let mut text = session(&folder);
    fs::remove_file(folder.path().join("attain.key")).expect("removed");
    text.push_str(&session(&folder));
    folder.write("attain.key", &key);
    folder.attain(&["query", "select count(*) as n from clients"]).expect(0);
    // One table in another's place is noticed: each file's name is bound to its bytes.
    let id = folder.read_text("store/CURRENT").trim().to_owned();
    let place = folder.path().join("store/snapshots").join(&id);
    fs::copy(place.join("staff.parquet"), place.join("surveys.parquet")).expect("copied");
    folder.attain(&["query", "select count(*) as n from surveys"]).expect(3);
    insta::assert_snapshot!(text);
}

#[test]
fn what_was_stored_in_the_clear_before_is_said() {
    let folder = agency("");
    folder.attain(&["ingest", "--quiet"]).expect(0);
    let first = folder.read_text("store/CURRENT").trim().to_owned();
    folder.replace("attain.toml", "[privacy]\n", "[privacy]\nencrypt_store = true\n");
    let ran = folder.attain(&["ingest"]).expect(0);
    assert!(ran.said.contains("not encrypted") && ran.said.contains(&first), "{}", ran.said);
    assert!(folder.attain(&["snapshot", "show"]).expect(0).text().contains("\nfiles    encrypted\n"));
    assert!(folder.attain(&["snapshot", "show", &first]).expect(0).text().contains("\nfiles    not encrypted\n"));
    fs::remove_dir_all(folder.path().join("store/snapshots").join(first)).expect("removed");
    assert_eq!(folder.attain(&["ingest", "--quiet"]).expect(0).said, "");
}

#[test]
fn birth_dates_are_kept_as_the_project_says_and_the_report_tells() {
    for (setting, kept, told) in [
        ("", ["1990-05-17", "1991-12-31"], None),
        ("birth_date = \"month\"\n", ["1990-05-01", "1991-12-01"], Some("kept as months")),
        ("birth_date = \"year\"\n", ["1990-01-01", "1991-01-01"], Some("kept as years")),
    ] {
        let folder = agency(setting);
        folder.attain(&["run", "--quiet", "--format", "json"]).expect(0);
        let query = "select birth_date from clients where birth_date is not null order by birth_date";
        let dates = folder.attain(&["query", query, "--format", "csv"]).expect(0);
        assert_eq!(dates.text().lines().skip(1).collect::<Vec<_>>(), kept);
        let report = folder.files("out").into_iter().find(|(name, _)| name.ends_with("monthly-review.json"));
        let report = String::from_utf8(report.expect("a report").1).expect("text");
        assert_eq!(report.contains("Birth dates"), told.is_some());
        assert!(told.is_none_or(|told| report.contains(told)));
    }
    let folder = agency("birth_date = \"decade\"\n");
    assert!(folder.attain(&["ingest"]).expect(2).said.contains("unknown variant `decade`"));
}

#[test]
fn the_key_comes_out_nowhere() {
    let folder = agency("encrypt_store = true\n");
    let key = folder.read_text("attain.key");
    let derived = [
        key.trim().as_bytes().to_vec(),
        blake3::derive_key("attain 2026 pseudonyms of identifiers", key.trim().as_bytes()).to_vec(),
    ];
    let mut said = Vec::new();
    for words in
        [&["run"][..], &["run", "--json"], &["snapshot", "show", "--json"], &["check"], &["query", "select 1 as one"]]
    {
        let ran = folder.attain(words);
        said.extend([ran.out, ran.said.into_bytes()].concat());
    }
    let files: BTreeMap<String, Vec<u8>> = folder.files("store").into_iter().chain(folder.files("out")).collect();
    for secret in &derived {
        assert!(memchr::memmem::find(&said, secret).is_none());
        for (name, bytes) in &files {
            assert!(memchr::memmem::find(bytes, secret).is_none(), "{name}");
        }
    }
}

#[cfg(unix)]
mod of_files {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::{Path, PathBuf};

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).expect("there").permissions().mode() & 0o777
    }

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
    }

    fn everything(folder: &Path, all: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("readable").flatten() {
            all.push(entry.path());
            if entry.file_type().expect("a type").is_dir() {
                everything(&entry.path(), all);
            }
        }
    }

    #[test]
    fn everything_written_is_for_its_owner_only() {
        let folder = agency("");
        for words in [
            &["init", "new"][..],
            &["synth", "made", "--clients", "3"],
            &["run"],
            &["check", "--csv=found.csv", "--fail-on", "never"],
            &["profile", "exports", "--draft-mapping", "drafted.toml"],
            &["metrics", "explain", "retention", "--period", "all", "--units", "units.csv"],
            &["metrics", "sql", "retention", "--period", "all", "--tables", "t", "--rows", "r"],
        ] {
            folder.attain(words).expect(0);
        }
        let mut all = Vec::new();
        for name in ["new", "made", "store", "out", "t", "r"] {
            all.push(folder.path().join(name));
            everything(&folder.path().join(name), &mut all);
        }
        all.extend(["found.csv", "drafted.toml", "units.csv"].map(|name| folder.path().join(name)));
        assert!(all.len() > 60, "{}", all.len());
        for path in all {
            let expected = if path.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode(&path), expected, "{}", path.display());
        }
        // A store that an older version left open is closed; who opens out/ opens its reports.
        set(&folder.path().join("store"), 0o755);
        set(&folder.path().join("out"), 0o750);
        folder.attain(&["run", "--quiet", "--period", "2026-04"]).expect(0);
        assert_eq!(mode(&folder.path().join("store")), 0o700);
        assert_eq!(mode(&folder.path().join("out/2026-04")), 0o750);
        assert_eq!(mode(&folder.path().join("out/2026-04/monthly-review.pdf")), 0o640);
    }

    #[test]
    fn a_key_that_others_can_read_is_refused_and_the_fix_works() {
        let folder = agency("");
        for open in [0o644, 0o640, 0o604, 0o606] {
            set(&folder.path().join("attain.key"), open);
            let ran = folder.attain(&["ingest"]).expect(2);
            assert!(ran.said.contains(&format!("(mode {open:04o})")) && ran.said.contains("chmod 600"), "{}", ran.said);
        }
        set(&folder.path().join("attain.key"), 0o400);
        folder.attain(&["ingest"]).expect(0);
        // Of people who do not exist everybody may know.
        folder.write("attain.key", "# made up\n0123456789abcdef0123456789abcdef");
        set(&folder.path().join("attain.key"), 0o644);
        folder.attain(&["ingest"]).expect(0);
    }

    #[test]
    fn nothing_is_written_where_a_link_points() {
        for place in
            ["store", "store/snapshots", "store/quality", "store/lock", "out", "out/2026-05", "out/2026-05/tables"]
        {
            let folder = agency("");
            let elsewhere = folder.path().join("elsewhere");
            fs::create_dir(&elsewhere).expect("made");
            let link = folder.path().join(place);
            fs::create_dir_all(link.parent().expect("a parent")).expect("made");
            let is_file = place == "store/lock";
            if is_file {
                fs::write(elsewhere.join("file"), "untouched").expect("written");
            }
            symlink(if is_file { elsewhere.join("file") } else { elsewhere.clone() }, &link).expect("a link");
            let ran = folder.attain(&["run", "--period", "2026-05", "--format", "csv,json"]);
            assert!(ran.code != Some(0) && ran.said.contains("symbolic link"), "{place}: {:?} {}", ran.code, ran.said);
            let left: Vec<_> = fs::read_dir(&elsewhere).expect("there").flatten().collect();
            assert_eq!(left.len(), usize::from(is_file), "{place}: {left:?}");
        }
        // A file that is a link is replaced.
        let folder = agency("");
        folder.attain(&["ingest", "--quiet"]).expect(0);
        fs::create_dir_all(folder.path().join("out/2026-05")).expect("made");
        fs::write(folder.path().join("theirs"), "untouched").expect("written");
        for name in ["out/2026-05/monthly-review.json", "out/2026-05/manifest.json", "found.csv", "store/CURRENT.tmp"] {
            symlink(folder.path().join("theirs"), folder.path().join(name)).expect("a link");
        }
        folder.replace("attain.toml", "2026-06-30", "2026-06-29");
        folder.attain(&["run", "--period", "2026-05", "--format", "json"]).expect(0);
        folder.attain(&["check", "--csv=found.csv", "--fail-on", "never"]).expect(0);
        assert_eq!(folder.read_text("theirs"), "untouched");
        for name in ["out/2026-05/monthly-review.json", "found.csv", "store/CURRENT"] {
            assert!(!folder.path().join(name).is_symlink(), "{name}");
        }
    }

    #[test]
    fn what_killed_processes_left_is_removed_and_what_is_in_use_is_not() {
        let folder = agency("");
        let tmp = folder.path().join("tmp");
        fs::create_dir(&tmp).expect("made");
        folder.attain(&["run", "--quiet", "--period", "2026-05", "--format", "json"]).expect(0);
        // As they are left: a folder with its lock, temporary files beside reports.
        for name in ["attain-dead", "attain-alive", "attain-young", "other"] {
            fs::create_dir(tmp.join(name)).expect("made");
            fs::write(tmp.join(name).join("part"), "spilled").expect("written");
        }
        for name in ["attain-dead/lock", "attain-alive/lock", "other/lock"] {
            fs::write(tmp.join(name), "").expect("written");
        }
        for name in [".attain-dead", ".attain-alive", ".somebody-elses"] {
            fs::write(folder.path().join("out/2026-05").join(name), "half").expect("written");
        }
        let alive = [tmp.join("attain-alive/lock"), folder.path().join("out/2026-05/.attain-alive")];
        let locks: Vec<fs::File> = alive.iter().map(|path| fs::File::open(path).expect("there")).collect();
        for lock in &locks {
            lock.lock().expect("locked");
        }
        let mut command = folder.command(&["report", "--quiet", "--period", "2026-05", "--format", "json"]);
        assert!(command.env("TMPDIR", &tmp).status().expect("starts").success());
        let names = |place: &Path| {
            let mut names: Vec<String> = fs::read_dir(place)
                .expect("there")
                .flatten()
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .collect();
            names.sort_unstable();
            names
        };
        assert_eq!(names(&tmp), ["attain-alive", "attain-young", "other"]);
        let beside = names(&folder.path().join("out/2026-05"));
        assert_eq!(beside, [".attain-alive", ".somebody-elses", "manifest.json", "monthly-review.json"]);
    }

    #[test]
    fn a_copy_of_the_project_works_with_its_key() {
        let (folder, copy) = (agency("encrypt_store = true\n"), Folder::empty());
        folder.attain(&["ingest", "--quiet"]).expect(0);
        copy_tree(folder.path(), copy.path());
        copy.attain(&["query", "select count(*) as n from clients"]).expect(0);
    }
}
