//! Jobs as resolved: the project opened, its store and key, its exports named.

use super::console::Console;
use super::failure::Failure;
use super::key::key;
use crate::ingest::mapping::{BUILT_IN, Mapping};
use crate::ingest::{Content, Crosswalk, IngestJob, Source};
use crate::project::{self, IdsOf, PROJECT_FILE, Project, SourceFile, nearest};
use crate::store::{BirthDates, Store};
use jiff::civil::Date;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What every command knows.
#[derive(Debug, Clone)]
pub struct Context {
    pub console: Console,
    /// `--project`.
    pub project: Option<PathBuf>,
    pub memory: Option<usize>,
    pub threads: Option<u16>,
}

impl Context {
    /// The project's folder: the command's own argument, `--project`, or the current folder.
    pub fn folder(&self, argument: Option<&Path>) -> Result<PathBuf, Failure> {
        match (argument, &self.project) {
            (Some(given), Some(option)) if given != option => Err(Failure::Usage(format!(
                "two projects are named, {} and {}; name one",
                given.display(),
                option.display()
            ))),
            (Some(folder), _) => Ok(folder.to_path_buf()),
            (None, Some(folder)) => Ok(folder.clone()),
            (None, None) => Ok(PathBuf::from(".")),
        }
    }

    /// The project in that folder.
    pub fn project(&self, argument: Option<&Path>) -> Result<Project, Failure> {
        Ok(Project::load(&self.folder(argument)?)?)
    }

    pub fn threads(&self) -> usize {
        self.threads.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from)
    }

    /// Bytes for queries: as asked for, or half of the machine's memory.
    pub fn memory(&self) -> usize {
        self.memory.unwrap_or_else(|| {
            let mut system = sysinfo::System::new();
            system.refresh_memory();
            usize::try_from(system.total_memory() / 2).unwrap_or(usize::MAX).max(256 << 20)
        })
    }
}

/// The project's store. A key that cannot be read matters only where the store is encrypted, and is said then.
pub fn store(project: &Project) -> Store {
    let store = Store::at(project.root.join("store"));
    match key(project) {
        Ok(key) => store.with_key(&key),
        Err(failure) => store.without_key(failure.to_string()),
    }
}

/// How much of birth dates is kept.
fn birth_dates(setting: project::BirthDate) -> BirthDates {
    match setting {
        project::BirthDate::Date => BirthDates::Date,
        project::BirthDate::Month => BirthDates::Month,
        project::BirthDate::Year => BirthDates::Year,
    }
}

/// What ingest is asked to do for a project.
pub fn ingest_job(
    context: &Context,
    project: &Project,
    as_of: Option<Date>,
    new_key: bool,
) -> Result<IngestJob, Failure> {
    if project.sources.is_empty() {
        return Err(Failure::Usage(format!(
            "{} names no exports\nhint: add a [[sources]] with files = \"exports/**/*.csv\"",
            project.root.join(crate::project::PROJECT_FILE).display()
        )));
    }
    Ok(IngestJob {
        root: project.root.clone(),
        sources: project.sources.iter().map(|file| source(project, file)).collect::<Result<_, _>>()?,
        as_of: as_of.or(project.as_of),
        key: key(project)?,
        new_key,
        encrypt: project.privacy.encrypt_store,
        birth_dates: birth_dates(project.privacy.birth_date),
        fiscal_year_starts: u8::try_from(project.fiscal_year.first_month()).unwrap_or(1),
        threads: context.threads(),
        memory: None,
    })
}

/// A source with its mapping read.
fn source(project: &Project, file: &SourceFile) -> Result<Source, Failure> {
    Ok(Source {
        name: file.name.clone(),
        files: file.files.clone(),
        mapping: Arc::new(mapping(project, &file.name, &file.mapping)?),
        content: match file.content {
            project::Content::Full => Content::Full,
            project::Content::Changes => Content::Changes,
        },
        system: file.system.clone().unwrap_or_else(|| file.name.clone()),
        own_ids: file.ids == IdsOf::Own,
        crosswalk: file.crosswalk.as_ref().map(|crosswalk| Crosswalk {
            file: crosswalk.file.clone(),
            id: crosswalk.id.clone(),
            person: crosswalk.person.clone(),
        }),
    })
}

/// The mapping a source names: a file of the project's own (beside `attain.toml` or in `mappings/`), or a built-in one.
fn mapping(project: &Project, source: &str, name: &str) -> Result<Mapping, Failure> {
    let is_file = has_toml_ending(name) || name.contains('/');
    let file_name = if has_toml_ending(name) { name.to_owned() } else { format!("{name}.toml") };
    for shown in [file_name.clone(), format!("mappings/{file_name}")] {
        let path = project.root.join(&shown);
        if path.is_file() && shown != PROJECT_FILE {
            let text = std::fs::read_to_string(&path)
                .map_err(|error| Failure::Usage(format!("{} cannot be read: {error}", path.display())))?;
            let shown = path.display().to_string();
            return Mapping::parse(name, &shown, &text).map_err(|errors| Failure::Usage(errors.to_string()));
        }
    }
    if let Some(built_in) = Mapping::built_in(name) {
        return built_in.map_err(|errors| Failure::Usage(errors.to_string()));
    }
    let hint = if is_file {
        "paths are relative to attain.toml".to_owned()
    } else {
        let known: Vec<&str> = BUILT_IN.iter().map(|mapping| mapping.name).collect();
        let or = "or name a file of your own: mapping = \"our-export.toml\"";
        match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"? {or}"),
            None => format!("built in are {}; {or}", known.join(", ")),
        }
    };
    let message = format!("source \"{source}\": there is no mapping \"{name}\"");
    Err(Failure::Project(project.mistake(name, &message, Some(hint))))
}

fn has_toml_ending(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
}
