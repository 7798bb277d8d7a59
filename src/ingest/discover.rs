//! Which files a project's sources name, what is in them, and which tables each part is read for.

use super::export::{Beginning, Export, MappedPart, OnDisk};
use super::export_says::{self, Says};
use super::header::{HeaderAt, about, normal};
use super::ids::Ids;
use super::open::{Limits, OpenError, Part, Written, parts};
use super::places::{Met, hint, literal_start, natural, walk};
use super::plan::InUse;
use super::shown::escaped;
use super::wanted::Known;
use super::{Content, IngestError, Source};
use crate::contract::{CONTRACT, Finding, Table};
use globset::GlobBuilder;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What all sources hold.
#[derive(Default)]
pub struct Exports {
    /// By table in the contract's order.
    pub tables: Vec<Vec<Export>>,
    /// Files and parts that are none of the tables, and whether that is expected of a mapped source.
    pub unknown: Vec<(OnDisk, bool)>,
    /// The paths of all parts; a part's number is its place here.
    pub paths: Vec<String>,
    /// What has a file's name and is none, and what it is instead. Never opened: a pipe would wait for ever.
    pub no_files: Vec<(String, &'static str)>,
    /// Every file that something is read from.
    pub on_disk: Vec<OnDisk>,
    /// Files whose parts cannot be told.
    pub broken: Vec<OpenError>,
    /// For each source, its mapped parts.
    pub mapped: Vec<Vec<MappedPart>>,
    /// What the exports say of themselves.
    pub says: Vec<Says>,
    /// What was found out about parts, and about what the exports say of themselves.
    pub findings: Vec<Finding>,
}

/// Finds the files of all sources: source by source, then in the natural order of their paths without endings, so that
/// `clients.csv` comes before `clients-2.csv` and that before `clients-10.csv`.
pub fn exports(root: &Path, sources: &[Source], ids: &[Option<Arc<Ids>>]) -> Result<Exports, IngestError> {
    let mut seen: BTreeMap<PathBuf, &str> = BTreeMap::new();
    let mut found = Exports { tables: CONTRACT.tables.iter().map(|_| Vec::new()).collect(), ..Exports::default() };
    let mut generation = 0;
    for (at, source) in sources.iter().enumerate() {
        let pattern = source.files.replace('\\', "/");
        let pattern = pattern.strip_prefix("./").unwrap_or(&pattern);
        let glob = GlobBuilder::new(pattern)
            .literal_separator(true)
            .case_insensitive(true)
            .build()
            .map_err(|error| IngestError::BadPattern { source: source.name.clone(), reason: error.to_string() })?
            .compile_matcher();
        let mut files = Vec::new();
        let mut no_files = Vec::new();
        let start = literal_start(pattern);
        walk(&root.join(start), start, &mut |path, place, met| {
            if glob.is_match(path) {
                match met {
                    Met::File(bytes) => files.push(OnDisk { path: escaped(path), place, bytes, is_plain: true }),
                    Met::NoFile(what) => no_files.push((escaped(path), what)),
                }
            }
        })?;
        files.sort_by_cached_key(|file| natural(&file.path));
        no_files.sort_unstable();
        if files.is_empty() && no_files.is_empty() {
            let hint = hint(root, pattern);
            return Err(IngestError::NoFiles { source: source.name.clone(), pattern: pattern.to_owned(), hint });
        }
        for no_file in no_files {
            if !found.no_files.contains(&no_file) {
                found.no_files.push(no_file);
            }
        }
        let mut reading = Reading {
            source,
            at,
            ids: ids.get(at).cloned().flatten(),
            generation,
            found: &mut found,
            mapped: Vec::new(),
            says: Says::of(source.content == Content::Changes),
        };
        for file in files {
            if let Some(first) = seen.get(&file.place) {
                let message = format!("\"{}\" names it too; it is read as part of \"{first}\"", source.name);
                reading.found.findings.push(about(&file.path, None, "file-of-two-sources", message));
                continue;
            }
            seen.insert(file.place.clone(), &source.name);
            reading.file(file);
            // Of exports of changes each is newer than the one before it.
            reading.generation += u32::from(source.content == Content::Changes);
        }
        let Reading { mapped, says, generation: next, .. } = reading;
        generation = next + u32::from(source.content == Content::Full);
        found.mapped.push(mapped);
        found.says.push(says);
    }
    Ok(found)
}

/// One source's files, one after the other.
struct Reading<'a> {
    source: &'a Source,
    at: usize,
    ids: Option<Arc<Ids>>,
    generation: u32,
    found: &'a mut Exports,
    mapped: Vec<MappedPart>,
    says: Says,
}

/// What a part is read for.
struct For {
    table: usize,
    rule: Option<InUse>,
}

impl Reading<'_> {
    fn file(&mut self, mut file: OnDisk) {
        let straight = self.source.mapping.is_case_export;
        let name = file.path.rsplit('/').next().unwrap_or_default();
        // What can hold other files or sheets is opened; any other file is told by its name.
        let parts = if straight && !may_hold_parts(name) {
            Ok(vec![Part::plain(&file.path, &file.place)])
        } else {
            parts(&file.path, &file.place, &Limits::default())
        };
        let parts = match parts {
            Ok(parts) => parts,
            Err(error) => {
                self.found.broken.push(error);
                return;
            }
        };
        file.is_plain = parts.iter().all(Part::is_plain);
        let mut is_read = false;
        for mut part in parts.clone() {
            if part.bytes == 0 {
                part.bytes = file.bytes;
            }
            is_read |= if straight { self.straight(&file, &part, &parts) } else { self.mapped(&file, &part) };
        }
        if is_read {
            self.found.on_disk.push(file);
        }
    }

    /// A part whose name is a table's. Whether it is read.
    fn straight(&mut self, file: &OnDisk, part: &Part, all: &[Part]) -> bool {
        let visible = all.iter().filter(|part| !part.hidden).count();
        let table = match &part.sheet {
            None => table_of(&part.name),
            Some(_) if part.hidden => None,
            // A workbook of one sheet may have the table's name itself.
            Some(sheet) => {
                table_named(sheet).or_else(|| (visible == 1).then(|| table_named(stem(&part.name))).flatten())
            }
        };
        let Some(table) = table else {
            let unknown = OnDisk { path: part.path.clone(), ..file.clone() };
            self.found.unknown.push((unknown, part.hidden));
            return false;
        };
        let known = Arc::new(Known::of_table(table));
        let table = position(table);
        self.read(part, &[For { table, rule: None }], &known, &Written::default(), HeaderAt::default());
        true
    }

    /// A part that rules or look-ups of the mapping read. Whether any does.
    fn mapped(&mut self, file: &OnDisk, part: &Part) -> bool {
        let mapping = &self.source.mapping;
        let form = mapping.form(&part.path, &part.name);
        let written =
            form.map(|form| Written { encoding: form.encoding.clone(), delimiter: form.delimiter }).unwrap_or_default();
        let at = form.map(HeaderAt::from).unwrap_or_default();
        let fits = |files: &super::mapping::Patterns, sheets: Option<&super::mapping::Patterns>| {
            files.fit_file(&part.path, &part.name)
                && match (&part.sheet, sheets) {
                    (None, _) => true,
                    (Some(_), None) => !part.hidden,
                    (Some(sheet), Some(sheets)) => sheets.fit_word(sheet),
                }
        };
        let rules: Vec<InUse> = mapping
            .tables
            .iter()
            .enumerate()
            .flat_map(|(table, rules)| {
                let fitting = rules.iter().enumerate().filter(|(_, rule)| fits(&rule.files, rule.sheets.as_ref()));
                fitting.map(move |(rule, _)| (table, rule))
            })
            .map(|(table, rule)| InUse { mapping: mapping.clone(), table, rule })
            .collect();
        let lookups: Vec<usize> = mapping
            .lookups
            .iter()
            .enumerate()
            .filter(|(_, lookup)| fits(&lookup.files, lookup.sheets.as_ref()))
            .map(|(at, _)| at)
            .collect();
        let cells = [&mapping.export.as_of, &mapping.export.version];
        let says = cells.into_iter().flatten().any(|cell| fits(&cell.files, None));
        if rules.is_empty() && lookups.is_empty() && !says {
            let unknown = OnDisk { path: part.path.clone(), ..file.clone() };
            self.found.unknown.push((unknown, true));
            return false;
        }
        let known = Arc::new(Known::of_mapping(mapping, &rules, &lookups));
        // What is wrong with it is told when it is read.
        let beginning = Beginning::read(part, &written, at, &known).unwrap_or_default();
        let has = |alternatives: &Vec<String>| {
            let comparable = |name: &String| mapping.comparable(name);
            let names: Vec<String> = beginning.names.iter().map(comparable).collect();
            alternatives.iter().any(|wanted| names.contains(&mapping.comparable(wanted)))
        };
        let wanted = rules.into_iter().filter(|in_use| in_use.rule().is_some_and(|rule| rule.having.iter().all(has)));
        let wanted: Vec<For> = wanted.map(|in_use| For { table: in_use.table, rule: Some(in_use) }).collect();
        if says {
            let (about, findings) = export_says::read(mapping, part, &beginning);
            self.says.add(about);
            self.found.findings.extend(findings);
        }
        self.mapped.push(MappedPart {
            part: part.clone(),
            path: part.path.clone(),
            written: written.clone(),
            header: at,
            known: known.clone(),
            names: beginning.names,
        });
        self.read(part, &wanted, &known, &written, at);
        true
    }

    /// The part is read for these tables.
    fn read(&mut self, part: &Part, wanted: &[For], known: &Arc<Known>, written: &Written, header: HeaderAt) {
        let id = i32::try_from(self.found.paths.len()).unwrap_or(i32::MAX);
        self.found.paths.push(part.path.clone());
        for (at, For { table, rule }) in wanted.iter().enumerate() {
            let Some(exports) = self.found.tables.get_mut(*table) else { continue };
            exports.push(Export {
                path: part.path.clone(),
                file: part.name.clone(),
                part: part.clone(),
                bytes: part.bytes,
                id,
                written: written.clone(),
                header,
                known: known.clone(),
                rule: rule.clone(),
                source: self.at,
                generation: self.generation,
                is_changes: self.source.content == Content::Changes,
                tells: at == 0,
                before: wanted.iter().take(at).map(|before| (before.table, before.rule.clone())).collect(),
                ids: self.ids.clone(),
            });
        }
    }
}

/// Endings of files that hold several parts, or one that is packed.
fn may_hold_parts(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    [".zip", ".gz", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"].iter().any(|ending| lower.ends_with(ending))
}

fn position(table: &Table) -> usize {
    CONTRACT.tables.iter().position(|t| t.name == table.name).unwrap_or(usize::MAX)
}

/// The table a file holds, by its name: `services.csv`, `services-2026-06.csv`, `Services_2.CSV`.
pub fn table_of(path: &str) -> Option<&'static Table> {
    let name = path.rsplit('/').next()?;
    let lower = name.to_ascii_lowercase();
    [".csv", ".tsv", ".txt"].iter().any(|ending| lower.ends_with(ending)).then(|| table_named(stem(name))).flatten()
}

fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn table_named(name: &str) -> Option<&'static Table> {
    let name = normal(name).replace('.', "_");
    CONTRACT
        .tables
        .iter()
        .filter(|table| name.strip_prefix(&table.name).is_some_and(|rest| rest.is_empty() || rest.starts_with('_')))
        .max_by_key(|table| table.name.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_files_name_tells_its_table() {
        let name = |path| table_of(path).map(|table| table.name.as_str());
        assert_eq!(name("exports/services.csv"), Some("services"));
        assert_eq!(name("exports/services-2026-06.csv"), Some("services"));
        assert_eq!(name("Services_2.CSV"), Some("services"));
        assert_eq!(name("outcome events 2026.csv"), Some("outcome_events"));
        assert_eq!(name("servicesold.csv"), None);
        assert_eq!(name("services.xlsx"), None);
        assert_eq!(name("my_services.csv"), None);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_told_and_not_opened() {
        let dir = tempfile::tempdir().expect("dir");
        fs::create_dir(dir.path().join("clients.csv")).expect("made");
        std::os::unix::fs::symlink("nowhere", dir.path().join("staff.csv")).expect("made");
        std::os::unix::net::UnixListener::bind(dir.path().join("plans.csv")).expect("made");
        let found = exports(dir.path(), &[Source::of_files("test", "*.csv")], &[]).expect("found");
        let told: Vec<(&str, &str)> = found.no_files.iter().map(|(path, what)| (path.as_str(), *what)).collect();
        assert_eq!(
            told,
            [
                ("clients.csv", "a folder"),
                ("plans.csv", "a pipe or a device"),
                ("staff.csv", "a link that leads nowhere")
            ]
        );
        assert!(found.tables.iter().all(Vec::is_empty));
    }

    #[test]
    fn files_come_in_order_and_outputs_are_left_alone() {
        let dir = tempfile::tempdir().expect("dir");
        for path in [
            "exports/b/clients.csv",
            "exports/a/clients.csv",
            "store/clients.csv",
            "exports/read.csv",
            "exports/clients.xlsx",
        ] {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, "x").expect("written");
        }
        let source = |files: &str| vec![Source::of_files("test", files)];
        let found = exports(dir.path(), &source("**/*.csv"), &[]).expect("found");
        let paths: Vec<&str> = found.tables[0].iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["exports/a/clients.csv", "exports/b/clients.csv"]);
        assert_eq!(found.unknown.len(), 1);
        assert!(matches!(exports(dir.path(), &source("nowhere/*.csv"), &[]), Err(IngestError::NoFiles { .. })));
        let in_capitals = exports(dir.path(), &source("Exports/*.csv"), &[]);
        let Err(IngestError::NoFiles { hint: Some(hint), .. }) = in_capitals else { panic!("a hint") };
        assert_eq!(hint, "the folder is named \"exports\": capitals matter");
    }
}
