//! Which files a project's sources name, what is in them, and which tables each part is read for.

use super::export_says::{self, Says};
use super::header::{self, HeaderAt, normal};
use super::ids::Ids;
use super::open::{Limits, OpenError, Part, Written, parts};
use super::places::{Met, hint, literal_start, natural, walk};
use super::plan::InUse;
use super::shown::escaped;
use super::wanted::Known;
use super::{Content, IngestError, Source};
use crate::contract::{CONTRACT, Finding, Table};
use globset::GlobBuilder;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A part of a file (itself, a file in an archive, a sheet) that is read for a table.
#[derive(Debug)]
pub struct Export {
    /// As it is shown, relative to the project.
    pub path: String,
    /// The file's or archive member's own name, for a mapping's `_file`.
    pub file: String,
    pub part: Part,
    /// What is to be read, for progress.
    pub bytes: u64,
    /// Its number among all parts of the sources.
    pub id: i32,
    pub written: Written,
    pub header: HeaderAt,
    /// The columns somebody asks for.
    pub known: Arc<Known>,
    /// The mapping's rule; none where the columns have the contract's names.
    pub rule: Option<InUse>,
    /// The source's place among the project's.
    pub source: usize,
    /// Rows of a later generation take the place of those of an earlier one.
    pub generation: u32,
    /// Whether the last row with a key counts, rather than the first.
    pub is_changes: bool,
    /// Whether what is the matter with the part itself is told here: it may be read for several tables.
    pub tells: bool,
    pub ids: Option<Arc<Ids>>,
}

impl Export {
    /// A plain file of a table, by itself.
    #[cfg(test)]
    pub fn of_table(table: &'static Table, path: &str) -> Self {
        Self {
            path: path.to_owned(),
            file: path.to_owned(),
            part: Part::plain(path, Path::new(path)),
            bytes: 0,
            id: 0,
            written: Written::default(),
            header: HeaderAt::default(),
            known: Arc::new(Known::of_table(table)),
            rule: None,
            source: 0,
            generation: 0,
            is_changes: false,
            tells: true,
            ids: None,
        }
    }
}

/// A file as it lies on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnDisk {
    pub path: String,
    pub place: PathBuf,
    pub bytes: u64,
    /// Whether its text is read as it stands, so that a part's digest is the file's.
    pub is_plain: bool,
}

/// A part of a mapped source, with what a look-up needs to read it.
#[derive(Debug)]
pub struct MappedPart {
    pub part: Part,
    pub path: String,
    pub written: Written,
    pub header: HeaderAt,
    pub known: Arc<Known>,
    pub names: Vec<String>,
}

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
    let mut seen = BTreeSet::new();
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
            if seen.insert(file.place.clone()) {
                reading.file(file);
                // Of exports of changes each is newer than the one before it.
                reading.generation += u32::from(source.content == Content::Changes);
            }
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
        self.read(part, &[For { table, rule: None }], &known, Written::default(), HeaderAt::default());
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
        self.read(part, &wanted, &known, written, at);
        true
    }

    /// The part is read for these tables.
    fn read(&mut self, part: &Part, wanted: &[For], known: &Arc<Known>, written: Written, header: HeaderAt) {
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
                ids: self.ids.clone(),
            });
        }
    }
}

/// The first lines of a part.
#[derive(Debug, Default)]
pub struct Beginning {
    pub names: Vec<String>,
    /// The cells of the first row.
    pub first: Vec<String>,
}

impl Beginning {
    /// Opens a part and reads its header and its first row.
    fn read(part: &Part, written: &Written, at: HeaderAt, known: &Known) -> Result<Self, OpenError> {
        const HEAD: u64 = 256 << 10;
        let opened = part.open(written, &Limits::default())?;
        let mut head = Vec::new();
        let mut reader = opened.reader;
        // What cannot be read is told when the part is.
        let _ = std::io::Read::read_to_end(&mut std::io::Read::take(&mut reader, HEAD), &mut head);
        let found = header::find(&head, opened.form, at, &|name| known.has(name));
        let rest = head.get(found.ends..).unwrap_or_default();
        let line = rest.split(|byte| *byte == opened.form.terminator).find(|line| !line.trim_ascii().is_empty());
        let cells = super::records::cells_of(line.unwrap_or_default(), opened.form);
        let first = cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
        Ok(Self { names: found.names, first })
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
