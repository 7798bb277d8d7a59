//! `attain mapping`: the mappings there are, their pages, the language's guide, and what is wrong with a mapping file.

use super::super::args::{MappingVerb, Mappings};
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::job::Context;
use crate::ingest::mapping::{BUILT_IN, GUIDE, Mapping, built_in_text};
use crate::project::{PROJECT_FILE, nearest};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

pub fn mapping(context: &Context, words: Mappings) -> Result<(), Failure> {
    match words.verb.unwrap_or(MappingVerb::List) {
        MappingVerb::List => Console::give(list(&context.folder(None)?).as_bytes()),
        MappingVerb::Guide => Console::give(GUIDE.as_bytes()),
        MappingVerb::Show { name, toml } => Console::give(shown(&context.folder(None)?, &name, toml)?.as_bytes()),
        MappingVerb::Check { file } => {
            let text = read(&file)?;
            let shown = file.display().to_string();
            let mapping = Mapping::parse(&shown, &shown, &text).map_err(|errors| Failure::Usage(errors.to_string()))?;
            let rules: usize = mapping.tables.iter().map(Vec::len).sum();
            let tables = mapping.tables.iter().filter(|rules| !rules.is_empty()).count();
            context.console.say(&format!(
                "{shown} is a mapping: {tables} tables, {rules} rules, {} look-ups",
                mapping.lookups.len()
            ));
        }
    }
    Ok(())
}

/// A line for each: its name and what it is for.
fn list(folder: &Path) -> String {
    let mut lines: Vec<(String, String)> = Vec::new();
    for built_in in BUILT_IN {
        let about = match Mapping::built_in(built_in.name) {
            Some(Ok(mapping)) if !mapping.about.is_empty() => mapping.about,
            _ => title(built_in.page).to_owned(),
        };
        lines.push((built_in.name.to_owned(), about));
    }
    for path in own(folder) {
        let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        let about = match std::fs::read_to_string(&path).map(|text| Mapping::parse(&name, &name, &text)) {
            Ok(Ok(mapping)) => mapping.about,
            _ => format!("(has mistakes: attain mapping check {})", path.display()),
        };
        lines.push((name, about));
    }
    let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for (name, about) in lines {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name:<width$}  {about}");
    }
    text
}

/// The first heading of a page.
fn title(page: &str) -> &str {
    page.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default()
}

/// The mapping files of a project: beside its own file, and in `mappings/`.
fn own(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = [folder.to_path_buf(), folder.join("mappings")]
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flat_map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml") && !path.ends_with(PROJECT_FILE))
        .filter(|path| std::fs::read_to_string(path).is_ok_and(|text| is_mapping(&text)))
        .collect();
    found.sort();
    found
}

/// Whether a TOML file is meant as a mapping: it makes tables.
fn is_mapping(text: &str) -> bool {
    text.lines().any(|line| line.trim_start().trim_start_matches('[').starts_with("tables."))
}

fn shown(folder: &Path, name: &str, toml: bool) -> Result<String, Failure> {
    if let Some(built_in) = BUILT_IN.iter().find(|mapping| mapping.name == name) {
        if !toml {
            return Ok(built_in.page.to_owned());
        }
        return built_in_text(name).map(str::to_owned).ok_or_else(|| {
            Failure::Usage(format!("{name} maps nothing: tables and columns are named as the contract names them"))
        });
    }
    let path = folder.join(name);
    if path.is_file() {
        return read(&path);
    }
    let known: Vec<String> = BUILT_IN
        .iter()
        .map(|mapping| mapping.name.to_owned())
        .chain(own(folder).iter().map(|path| path.strip_prefix(folder).unwrap_or(path).display().to_string()))
        .collect();
    let near =
        nearest(name, known.iter().map(String::as_str)).map_or(String::new(), |n| format!("; did you mean {n}?"));
    Err(Failure::Usage(format!("\"{name}\" is no mapping{near}\nhint: attain mapping list names them")))
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::Usage(format!("{} cannot be read: {error}", path.display())))
}
