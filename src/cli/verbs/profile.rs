//! `attain profile`: what is in files nobody has described yet, and a mapping drafted from them.

use super::super::args::Profile as Words;
use super::super::console::{Console, counted};
use super::super::failure::Failure;
use super::super::job::Context;
use super::super::outputs::{json, write_for_owner};
use crate::ingest::open::Limits;
use crate::ingest::profile::{Profile, draft, profile as look, recognised, text};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Lines are broken at this width where nobody says how wide the screen is.
const WIDTH: usize = 100;
/// What a folder is searched for.
const ENDINGS: [&str; 12] = ["csv", "tsv", "tab", "txt", "dat", "zip", "gz", "xlsx", "xlsm", "xlsb", "xls", "ods"];

pub fn profile(context: &Context, words: &Words) -> Result<(), Failure> {
    let mut paths = words.paths.clone();
    let mut target = words.draft_mapping.clone();
    // `--draft-mapping clients.csv` means the file to look at, not one to write over.
    if let Some(given) = target.take_if(|target| target.as_os_str() != STDOUT && !is_toml(target)) {
        paths.insert(0, given);
        target = Some(PathBuf::from(STDOUT));
    }
    let files = files(&paths)?;
    if let Some(target) = &target
        && target.as_os_str() != STDOUT
        && target.exists()
        && !words.force
    {
        return Err(Failure::Usage(format!(
            "{} is there already\nhint: name another file, or add --force to write over it",
            target.display()
        )));
    }
    let bar = context.console.reading();
    let found = look(&files, &Limits::default(), &bar);
    drop(bar);
    match &target {
        Some(target) => give_draft(context, &found, target)?,
        None if words.json => {
            Console::give(&json(&found)?);
        }
        None => {
            Console::show(&text(&found, width()));
            say_next(context, &found);
        }
    }
    if found.unreadable.is_empty() { Ok(()) } else { Err(Failure::Unreadable(found.unreadable)) }
}

/// Where a draft goes that no file is named for.
pub const STDOUT: &str = "-";

fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
}

fn give_draft(context: &Context, found: &Profile, target: &Path) -> Result<(), Failure> {
    let draft = draft(found);
    let count = |mark: &str| draft.lines().filter(|line| line.contains(mark)).count() as u64;
    let (guesses, questions) = (count("# guess"), count("# ?"));
    let tally =
        format!("{}, {} for you", counted(guesses, "guess", "guesses"), counted(questions, "question", "questions"));
    if target.as_os_str() == STDOUT {
        Console::give(draft.as_bytes());
        context.console.say(&tally);
        return Ok(());
    }
    write_for_owner(target, draft.as_bytes()).map_err(|error| Failure::Write(target.to_path_buf(), error))?;
    context.console.say(&format!(
        "wrote {0}: {tally}\nNext:\n  1. look for \"# ?\" in {0}; attain mapping guide explains every key\n  2. attain mapping check {0}\n  3. mapping = \"{0}\" in the source of attain.toml, then attain check",
        target.display()
    ));
    Ok(())
}

fn say_next(context: &Context, found: &Profile) {
    if found.files.is_empty() {
        return;
    }
    if let Some(name) = recognised(found) {
        context.console.say(&format!(
            "These look like files of the built-in mapping {name}: mapping = \"{name}\" in attain.toml (attain mapping show {name})"
        ));
    }
    context.console.say("Next: the same command with --draft-mapping mapping.toml writes a mapping to finish");
}

/// The screen's width where the shell tells it.
fn width() -> usize {
    std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok())
        .map_or(WIDTH, |columns: usize| columns.clamp(60, 200))
}

/// The files named, and those of the folders named, as they are shown and where they are.
fn files(paths: &[PathBuf]) -> Result<Vec<(String, PathBuf)>, Failure> {
    if paths.is_empty() {
        return Err(Failure::Usage("no file is named\nhint: attain profile exports/*.csv, or a folder".into()));
    }
    let mut found = Vec::new();
    for path in paths {
        match std::fs::metadata(path) {
            Ok(data) if data.is_dir() => {
                let before = found.len();
                walk(path, &mut found)?;
                if found.len() == before {
                    return Err(Failure::Usage(format!(
                        "{} holds no export\nhint: files that end with {} are looked for",
                        path.display(),
                        ENDINGS.join(", ")
                    )));
                }
            }
            Ok(_) => found.push(path.clone()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(Failure::Usage(format!("{} is not there", path.display())));
            }
            Err(error) => return Err(Failure::Unreadable(vec![format!("{}: {error}", path.display())])),
        }
    }
    Ok(found
        .into_iter()
        .map(|path| (crate::ingest::escaped(&path.display().to_string().replace('\\', "/")), path))
        .collect())
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::Unreadable(vec![format!("{}: {error}", folder.display())]);
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        entries.push(entry.map_err(failed)?.path());
    }
    entries.sort();
    for path in entries {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with(['.', '~']) {
            continue;
        }
        // A link to a folder could lead round in a circle.
        if path.is_dir() && !path.is_symlink() {
            walk(&path, found)?;
        } else if path.is_file()
            && path.extension().is_some_and(|end| ENDINGS.contains(&end.to_string_lossy().to_lowercase().as_str()))
        {
            found.push(path);
        }
    }
    Ok(())
}
