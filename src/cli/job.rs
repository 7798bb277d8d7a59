//! Jobs as resolved: the project opened, its key read, its exports named.

use super::console::Console;
use super::failure::Failure;
use crate::ingest::mapping::{BUILT_IN, Mapping};
use crate::ingest::{Content, Crosswalk, IngestJob, Source};
use crate::project::{self, IdsOf, PROJECT_FILE, Project, ProjectError, SourceFile, nearest};
use crate::store::Store;
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

/// The project's store.
pub fn store(project: &Project) -> Store {
    Store::at(project.root.join("store"))
}

/// What ingest is asked to do for a project.
pub fn ingest_job(context: &Context, project: &Project, as_of: Option<Date>) -> Result<IngestJob, Failure> {
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
        mapping: Arc::new(mapping(&project.root, &file.name, &file.mapping)?),
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
fn mapping(root: &Path, source: &str, name: &str) -> Result<Mapping, Failure> {
    let is_file = has_toml_ending(name) || name.contains('/');
    let file_name = if has_toml_ending(name) { name.to_owned() } else { format!("{name}.toml") };
    for shown in [file_name.clone(), format!("mappings/{file_name}")] {
        let path = root.join(&shown);
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
    let place = root.join(PROJECT_FILE);
    // It was read a moment ago; if it is gone, the message is without a line.
    let text = std::fs::read_to_string(&place).unwrap_or_default();
    let message = format!("source \"{source}\": there is no mapping \"{name}\"");
    let mut error = ProjectError::at(&place, &text, name, &message);
    error.hint = Some(hint);
    Err(Failure::Project(error))
}

fn has_toml_ending(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
}

/// The key for pseudonymous ids, from the file or the environment variable that the project names.
fn key(project: &Project) -> Result<Vec<u8>, Failure> {
    const LEAST: usize = 16;
    let privacy = &project.privacy;
    if privacy.key_env.is_some() && privacy.key_file.is_some() {
        return Err(Failure::Usage(format!(
            "{} names two keys for pseudonymous ids, key_file and key_env\nhint: keep the one that was used so far; with another key the same people get other ids",
            project.root.join(crate::project::PROJECT_FILE).display()
        )));
    }
    let (text, place) = if let Some(variable) = &privacy.key_env {
        let text = std::env::var(variable).map_err(|_| {
            Failure::Usage(format!("the key for pseudonymous ids is not in the environment variable {variable}"))
        })?;
        (text, variable.clone())
    } else if let Some(file) = &privacy.key_file {
        let path = project.root.join(file);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Failure::Usage(format!(
                "the key for pseudonymous ids cannot be read: {}: {error}\nhint: the same key must be used every time, or people cannot be followed; attain init makes one for a new project",
                path.display()
            ))
        })?;
        (text, path.display().to_string())
    } else {
        return Err(Failure::Usage(format!(
            "{} names no key for pseudonymous ids\nhint: set key_file or key_env under [privacy]; attain init shows how",
            project.root.join(crate::project::PROJECT_FILE).display()
        )));
    };
    let key = text.trim().as_bytes().to_vec();
    if key.len() < LEAST {
        return Err(Failure::Usage(format!(
            "the key for pseudonymous ids in {place} is shorter than {LEAST} characters"
        )));
    }
    Ok(key)
}
