//! The rules of the house, read off the source: who may import whom, and how a file begins.
//!
//! Data goes one way (README, "Where things are"). A room may use only the rooms named beside it here, in its tests too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use code::{code_only, test_items, without_tests, words};

mod code;

/// Room → the rooms it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    // Made by build.rs: the texts of built-in queries and reports.
    ("built_in", &[]),
    ("contract", &[]),
    // What reports are written in; every other room that writes for readers may ask it.
    ("language", &["built_in"]),
    // Colours and sizes of every output, and an agency's own.
    ("looks", &[]),
    ("project", &["language", "looks"]),
    ("statistics", &[]),
    ("store", &["contract"]),
    ("ingest", &["contract", "store"]),
    ("query", &["contract", "project", "store"]),
    ("quality", &["built_in", "contract", "project", "query", "store"]),
    ("measure", &["built_in", "contract", "project", "query", "statistics", "store"]),
    ("release", &["measure", "statistics"]),
    ("chart", &["language", "looks", "measure", "release"]),
    (
        "report",
        &["built_in", "chart", "contract", "language", "looks", "measure", "project", "release", "statistics", "store"],
    ),
    ("synth", &["contract"]),
    (
        "cli",
        &[
            "built_in",
            "chart",
            "contract",
            "ingest",
            "language",
            "looks",
            "measure",
            "project",
            "quality",
            "query",
            "release",
            "report",
            "statistics",
            "store",
            "synth",
        ],
    ),
    // `main.rs` and `lib.rs`: the way in.
    (ENTRANCE, &["cli"]),
];

const ENTRANCE: &str = "the entrance";
/// Longer files say why at the top.
const LONG: usize = 400;
/// How the reason begins.
const REASON: &str = "//! Long because";
/// Ways to end the program that data must never be able to take.
const ABORTS: &[&str] = &[".unwrap()", ".expect(", "panic!(", "unreachable!(", "todo!(", "unimplemented!("];
/// What the comment above one says, with the proof.
const PROOF: &str = "cannot fire";
/// How many lines above the comment may stand.
const NEAR: usize = 2;

/// A file of the source: its path with `/`, from the package's root.
struct Source {
    path: String,
    text: String,
}

#[test]
fn no_room_reaches_up() {
    let found: Vec<String> = sources(&["src"]).iter().flat_map(breaches).collect();
    assert!(found.is_empty(), "imports against the rule of the house:\n{}", found.join("\n"));
}

#[test]
fn every_room_is_known_and_none_is_invented() {
    let mut rooms: BTreeSet<String> = sources(&["src"]).iter().map(|source| room(&source.path).to_string()).collect();
    rooms.insert("built_in".into());
    assert_eq!(rooms, MAY_USE.iter().map(|(name, _)| (*name).to_string()).collect());
}

#[test]
fn the_rule_itself_has_no_circle() {
    assert_eq!(circle(MAY_USE), BTreeSet::new());
    assert_eq!(circle(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"]), ("d", &[])]), BTreeSet::from(["a", "b", "c"]));
}

#[test]
fn every_file_says_what_it_is_for_and_a_long_one_why_it_is_long() {
    let found: Vec<String> = sources(&["src", "tests", "benches", "build.rs"]).iter().filter_map(unexplained).collect();
    assert!(found.is_empty(), "files without their reason:\n{}", found.join("\n"));
}

#[test]
fn nothing_aborts_without_a_proof_that_it_cannot() {
    let sources = sources(&["src"]);
    let tests: Vec<String> = sources.iter().flat_map(test_modules).collect();
    let found: Vec<String> = sources
        .iter()
        .filter(|source| !tests.iter().any(|test| is_within(&source.path, test)))
        .flat_map(unproven)
        .collect();
    assert!(found.is_empty(), "say in a comment above why it \"{PROOF}\", or return an error:\n{}", found.join("\n"));
}

#[test]
fn the_checks_catch_what_they_are_for() {
    let breach = |path: &str, text: &str| breaches(&made_up(path, text));
    assert_eq!(
        breach("src/query/engine.rs", "//! Up.\nuse crate::store::Store;\nuse crate::report::Document;\n"),
        ["src/query/engine.rs:3: query uses report"]
    );
    assert_eq!(
        breach(
            "src/statistics/mean.rs",
            "use crate::{\n    statistics::LEVEL, // ours\n    measure::{Estimate, release},\n    cli,\n};"
        ),
        ["src/statistics/mean.rs:1: statistics uses measure", "src/statistics/mean.rs:1: statistics uses cli"]
    );
    assert_eq!(
        breach("src/store/mod.rs", "fn f() { crate :: ingest::run() }"),
        ["src/store/mod.rs:1: store uses ingest"]
    );
    assert_eq!(
        breach("src/store/manifest.rs", "#[cfg(test)]\nmod tests {\n    use super::super::super::synth;\n}"),
        ["src/store/manifest.rs:3: store uses synth"]
    );
    assert_eq!(breach("src/store/manifest.rs", "use super::super::{cli::Job, contract};").len(), 1);
    assert_eq!(
        breach("src/main.rs", "fn main() { attain::ingest::run() }"),
        ["src/main.rs:1: the entrance uses ingest"]
    );
    let innocent = "// crate::cli\n/* crate::cli /* crate::cli */ */\nconst A: &str = \"crate::cli \\\" crate::cli\";\n\
        const B: &str = r#\"crate::cli\" crate::cli\"#;\nconst C: char = '\"';\nfn f<'a>(x: &'a str) {}\nuse super::cli_words;\n";
    assert_eq!(breach("src/store/mod.rs", innocent), Vec::<String>::new());
    assert_eq!(breach("src/store/mod.rs", &format!("{innocent}use crate::cli;\n")).len(), 1);

    let abort = |text: &str| unproven(&made_up("src/store/mod.rs", text)).len();
    assert_eq!(abort("fn f() { g().unwrap() }"), 1);
    assert_eq!(abort("// why not\nfn f() {\n    unreachable!(\"never\")\n}"), 1);
    assert_eq!(abort("fn f() {\n    // Cannot fire: g always answers.\n    g()\n        .expect(\"an answer\")\n}"), 0);
    assert_eq!(abort("fn f() {\n    // Cannot fire.\n    g();\n    h();\n    i().unwrap();\n}"), 1);
    assert_eq!(abort("#[cfg(test)]\nmod tests {\n    fn f() { g().unwrap() }\n}"), 0);
    assert_eq!(abort("#[cfg(test)]\nmod tests {\n    fn f() {}\n}\nfn f() { g().unwrap() }"), 1);
    assert_eq!(abort("/// `x.unwrap()`\nfn f() -> &'static str { \".unwrap()\" }"), 0);

    let reason = |text: &str| unexplained(&made_up("src/store/mod.rs", text)).is_some();
    let long = "\n".repeat(LONG);
    assert!(reason("use std::fs;\n") && !reason("//! Why.\n"));
    assert!(reason(&format!("//! Why.\n{long}")) && !reason(&format!("//! Why.\n//! Long because of it.\n{long}")));

    let parent =
        made_up("src/chart/mod.rs", "mod axis;\n#[cfg(test)]\npub(crate) mod tests;\n#[cfg(test)]\nmod more {}");
    assert_eq!(test_modules(&parent), ["src/chart/tests"]);
}

fn made_up(path: &str, text: &str) -> Source {
    Source { path: path.into(), text: text.into() }
}

/// Every `.rs` file at or below the places, in order of path.
fn sources(places: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for place in places.iter().map(|place| root.join(place)).filter(|place| place.exists()) {
        collect(&place, &mut files);
    }
    files.sort();
    assert!(!files.is_empty(), "no source in {places:?}");
    let path = |file: &PathBuf| file.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
    files.iter().map(|file| Source { path: path(file), text: fs::read_to_string(file).unwrap() }).collect()
}

fn collect(place: &Path, files: &mut Vec<PathBuf>) {
    if place.is_dir() {
        for entry in fs::read_dir(place).unwrap() {
            collect(&entry.unwrap().path(), files);
        }
    } else if place.extension().is_some_and(|extension| extension == "rs") {
        files.push(place.to_path_buf());
    }
}

/// The room a file belongs to: the first folder below `src`, or the file of that name.
fn room(path: &str) -> &str {
    match path.strip_prefix("src/").unwrap_or(path).split_once('/') {
        Some((room, _)) => room,
        None => match path.strip_prefix("src/").and_then(|file| file.strip_suffix(".rs")) {
            Some("main" | "lib") | None => ENTRANCE,
            Some(room) => room,
        },
    }
}

/// The imports of a file that its room may not make.
fn breaches(source: &Source) -> Vec<String> {
    let home = room(&source.path);
    let allowed = MAY_USE.iter().find(|(name, _)| *name == home).map_or(&[][..], |(_, allowed)| allowed);
    let code = code_only(&source.text);
    let words = words(&code);
    let mut found = Vec::new();
    for (at, (place, word)) in words.iter().enumerate() {
        // `crate::…`, and `super::super::…` as far up as the root.
        let first = match *word {
            "crate" => at + 1,
            "attain" if home == ENTRANCE => at + 1,
            "super" if at < 2 || words[at - 1].1 != "::" || words[at - 2].1 != "super" => {
                let mut after = at + 1;
                while words.get(after + 1).is_some_and(|(_, next)| words[after].1 == "::" && *next == "super") {
                    after += 2;
                }
                let levels = (after - at).div_ceil(2);
                if levels < depth(&source.path) {
                    continue;
                }
                after
            }
            _ => continue,
        };
        if words.get(first).is_none_or(|(_, word)| *word != "::") {
            continue;
        }
        let line = code[..*place].lines().count().max(1);
        for used in first_names(&words[first + 1..]) {
            let is_room = MAY_USE.iter().any(|(name, _)| *name == used);
            if is_room && used != home && !allowed.contains(&used) {
                found.push(format!("{}:{line}: {home} uses {used}", source.path));
            }
        }
    }
    found
}

/// How many levels a file's module lies below the root.
fn depth(path: &str) -> usize {
    let inner = path.strip_prefix("src/").unwrap_or(path).split('/').count();
    if path.ends_with("/mod.rs") || room(path) == ENTRANCE { inner - 1 } else { inner }
}

/// The names that stand first after a `::`: one, or those of a group in braces.
fn first_names<'a>(words: &[(usize, &'a str)]) -> Vec<&'a str> {
    if words.first().is_none_or(|(_, word)| *word != "{") {
        return words.first().map(|(_, word)| *word).into_iter().collect();
    }
    let (mut level, mut fresh, mut names) = (0, false, Vec::new());
    for (_, word) in words {
        match *word {
            "{" => {
                level += 1;
                fresh = level == 1;
            }
            "}" if level == 1 => break,
            "}" => level -= 1,
            "," => fresh = level == 1,
            name if fresh => {
                names.push(name);
                fresh = false;
            }
            _ => {}
        }
    }
    names
}

/// Why a file breaks the rules on how it begins.
fn unexplained(source: &Source) -> Option<String> {
    let top: Vec<&str> = source.text.lines().take_while(|line| line.starts_with("//!")).collect();
    let lines = source.text.lines().count();
    if top.is_empty() {
        Some(format!("{}: the first line is no //! that says what it is for", source.path))
    } else if lines > LONG && !top.iter().any(|line| line.starts_with(REASON)) {
        Some(format!("{}: {lines} lines, and no line \"{REASON} …\" at the top", source.path))
    } else {
        None
    }
}

/// The places of a file, tests aside, where the program could be aborted and no proof stands near.
fn unproven(source: &Source) -> Vec<String> {
    let code = without_tests(&code_only(&source.text));
    let lines: Vec<&str> = source.text.lines().collect();
    let is_proven =
        |at: usize| lines[at.saturating_sub(NEAR)..=at].iter().any(|line| line.to_lowercase().contains(PROOF));
    let aborts = |line: &str| ABORTS.iter().find(|abort| line.contains(**abort)).copied();
    code.lines()
        .enumerate()
        .filter_map(|(at, line)| Some((at, aborts(line).filter(|_| !is_proven(at))?)))
        .map(|(at, abort)| format!("{}:{}: {abort}", source.path, at + 1))
        .collect()
}

/// Paths, without extension, of the modules that a file declares for tests only.
fn test_modules(source: &Source) -> Vec<String> {
    let code = code_only(&source.text);
    let folder = source.path.strip_suffix("/mod.rs").or_else(|| source.path.strip_suffix(".rs")).unwrap_or_default();
    test_items(&code)
        .into_iter()
        .filter_map(|(start, end)| code[start..end].strip_suffix(';'))
        .filter_map(|item| item.split_once("mod "))
        .map(|(_, name)| format!("{folder}/{}", name.trim()))
        .collect()
}

fn is_within(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// The rooms that are part of, or lead into, a circle.
fn circle<'a>(rule: &[(&'a str, &[&str])]) -> BTreeSet<&'a str> {
    let mut left: BTreeMap<&str, &[&str]> = rule.iter().copied().collect();
    while let Some(free) =
        left.iter().find(|(_, uses)| uses.iter().all(|used| !left.contains_key(used))).map(|(name, _)| *name)
    {
        left.remove(free);
    }
    left.into_keys().collect()
}
