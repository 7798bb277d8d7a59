//! A session: a project's snapshot opened for queries and metrics.

use super::assessed;
use super::console::Console;
use super::failure::Failure;
use super::job::{Context, store};
use super::key::key;
use super::temporary;
use crate::measure::{Benchmarks, Catalogue, Collected, Dimension, NotCollected, Study, Targets, merge, settle};
use crate::project::{Project, ProjectError, nearest};
use crate::quality::Assessment;
use crate::query::{Engine, Limits};
use crate::store::Snapshot;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Everything a study needs, owned.
pub struct Session {
    pub project: Project,
    pub snapshot: Snapshot,
    pub engine: Engine,
    pub catalogue: Catalogue,
    pub as_of: Date,
    /// The first day of the data.
    pub first: Date,
    /// The day from which on the export holds more than those who were there already.
    pub begins: Date,
    collected: Collected,
    targets: Targets,
    pub benchmarks: Benchmarks,
    parameters: BTreeMap<String, toml::Table>,
    limits: Limits,
}

/// An earlier snapshot of the project, opened.
pub struct Earlier {
    pub snapshot: Snapshot,
    pub as_of: Date,
    pub begins: Date,
    engine: Engine,
    collected: Collected,
}

/// What a project declares about its metrics, checked before anything is read.
pub struct Declared {
    catalogue: Catalogue,
    parameters: BTreeMap<String, toml::Table>,
    targets: Targets,
    benchmarks: Benchmarks,
}

impl Declared {
    /// The project's metrics, their parameters and targets. `set` holds `--set KEY=VALUE`.
    pub fn read(project: &Project, set: &[String]) -> Result<Self, Failure> {
        let mut catalogue = Catalogue::load(&own_queries(&project.root)?)?;
        let parameters = parameters(project, &catalogue, set)?;
        settle(&mut catalogue, &parameters)?;
        let tables = || crate::contract::CONTRACT.tables.iter().map(|table| table.name.as_str());
        if let Some(stray) = project.complete_from.keys().find(|name| tables().all(|table| table != **name)) {
            let hint = nearest(stray, tables()).map(|n| format!("did you mean {n}?"));
            let message = format!("attain.toml: [complete_from] names \"{stray}\", which is no table");
            return Err(ProjectError::new(message, hint).into());
        }
        collapsing(project, &catalogue)?;
        let targets = Targets::read(&project.targets, &catalogue)?;
        let benchmarks = Benchmarks::read(&project.benchmarks, &catalogue)?;
        Ok(Self { catalogue, parameters, targets, benchmarks })
    }

    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }
}

/// Checks that what is collapsed is a breakdown of some metric, and no value goes two ways.
fn collapsing(project: &Project, catalogue: &Catalogue) -> Result<(), Failure> {
    let known: BTreeSet<&str> = catalogue.all().flat_map(Dimension::names).collect();
    for (name, groups) in &project.privacy.collapse {
        if !known.contains(name.as_str()) {
            let hint = nearest(name, known.iter().copied()).map(|n| format!("did you mean {n}?"));
            let message =
                format!("attain.toml: [privacy.collapse] names \"{name}\", which no metric is broken down by");
            return Err(ProjectError::new(message, hint).into());
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = groups.values().flatten().find(|value| !seen.insert(*value)) {
            let message = format!("attain.toml: [privacy.collapse] {name} puts \"{twice}\" in two groups");
            return Err(ProjectError::new(message, None).into());
        }
    }
    Ok(())
}

impl Session {
    /// Opens the project's current snapshot. `set` holds `--set KEY=VALUE`.
    pub fn open(context: &Context, project: Project, set: &[String]) -> Result<Self, Failure> {
        let snapshot = store(&project).current()?.ok_or_else(|| {
            Failure::Usage(format!(
                "{} has no snapshot yet\nhint: attain ingest {} makes one; attain run makes it and the reports",
                project.root.display(),
                project.root.display()
            ))
        })?;
        if let Ok(key) = key(&project)
            && key.check_value() != snapshot.manifest.key_fingerprint
        {
            Console::warn(&format!(
                "warning: snapshot {} was made with another key than the project's: its ids are not those of an export read now, and its people cannot be found in other snapshots",
                snapshot.id
            ));
        }
        let Declared { catalogue, parameters, targets, benchmarks } = Declared::read(&project, set)?;
        let limits = Limits { memory: context.memory(), threads: context.threads(), scratch: temporary::folder()? };
        let Earlier { snapshot, as_of, begins, engine, collected } = opened(snapshot, &limits)?;
        let first = earliest(&engine, FIRST_SEEN)?.unwrap_or(as_of);
        let session = Self {
            project,
            snapshot,
            engine,
            catalogue,
            as_of,
            first,
            begins,
            collected,
            targets,
            benchmarks,
            parameters,
            limits,
        };
        session.study().add_instruments(&session.project.instruments)?;
        Ok(session)
    }

    /// The first day on which anybody left, where no service says when the export begins. An export of whoever is there since
    /// some day holds nobody who left before, and of earlier times only those who stayed.
    pub fn first_left(&self) -> Result<Option<Date>, Failure> {
        if earliest(&self.engine, FIRST_SERVED)?.is_some() {
            return Ok(None);
        }
        earliest(&self.engine, FIRST_LEFT)
    }

    /// The study of this session.
    pub fn study(&self) -> Study<'_> {
        Study {
            engine: &self.engine,
            catalogue: &self.catalogue,
            as_of: self.as_of,
            collected: &self.collected,
            parameters: &self.parameters,
            targets: &self.targets,
            complete_from: &self.project.complete_from,
            not_collected: NotCollected::default(),
        }
    }

    /// Another snapshot of the project, to compute the same on it.
    pub fn earlier(&self, snapshot: Snapshot) -> Result<Earlier, Failure> {
        let earlier = opened(snapshot, &Limits { scratch: temporary::folder()?, ..self.limits.clone() })?;
        self.earlier_study(&earlier).add_instruments(&self.project.instruments)?;
        Ok(earlier)
    }

    /// The study of an earlier snapshot, by the present definitions.
    pub fn earlier_study<'a>(&'a self, earlier: &'a Earlier) -> Study<'a> {
        Study { engine: &earlier.engine, as_of: earlier.as_of, collected: &earlier.collected, ..self.study() }
    }

    /// What the rules over several rows and tables say of the snapshot, and its scores.
    pub fn assessment(&self, context: &Context) -> Result<Assessment, Failure> {
        let rules = assessed::rules(&self.project)?;
        assessed::of_snapshot(context, &store(&self.project), &self.snapshot, &rules, Some(&self.engine))
    }

    /// How many things are worked on at a time.
    pub fn threads(&self) -> usize {
        self.limits.threads
    }

    pub fn targets(&self) -> &Targets {
        &self.targets
    }
}

/// A snapshot opened, with what it says of itself.
fn opened(snapshot: Snapshot, limits: &Limits) -> Result<Earlier, Failure> {
    let as_of =
        snapshot.manifest.as_of.parse::<Date>().map_err(|error| {
            Failure::Usage(format!("snapshot {}: its as-of date cannot be read: {error}", snapshot.id))
        })?;
    let tables = snapshot.manifest.tables.iter();
    let collected = tables.flat_map(|t| t.collected.iter().map(|column| (t.name.clone(), column.clone()))).collect();
    let engine = Engine::of_snapshot(&snapshot, limits)?;
    // People who are there when an export begins are in it with the day they came. Nobody is who left before, and nothing that
    // was done: who came before anything was done for anybody, and before anybody left, are those who stayed.
    let first = earliest(&engine, FIRST_SEEN)?.unwrap_or(as_of);
    let begins = match earliest(&engine, FIRST_SERVED)? {
        Some(served) => first.max(earliest(&engine, FIRST_LEFT)?.map_or(served, |left| left.min(served))),
        None => first,
    };
    Ok(Earlier { snapshot, as_of, begins, engine, collected })
}

/// The first day on which anybody was referred or taken in; `all` begins there.
const FIRST_SEEN: &str = "select cast(min(coalesce(least(e.referred_on, e.intake_on), e.referred_on, e.intake_on)) as varchar) as first_day from enrollments as e";
const FIRST_SERVED: &str = "select cast(min(s.provided_on) as varchar) as first_day from services as s";
const FIRST_LEFT: &str = "select cast(min(e.exited_on) as varchar) as first_day from enrollments as e";

fn earliest(engine: &Engine, sql: &str) -> Result<Option<Date>, Failure> {
    let query = crate::query::QueryFile::parse("first day", sql)?;
    let rows = engine.run(&query, &crate::query::Bindings::new())?;
    Ok(rows.text(0, 0).and_then(|day| day.parse().ok()))
}

/// The project's own queries: path as shown and text of `queries/**/*.sql`.
pub fn own_queries(root: &Path) -> Result<Vec<(String, String)>, Failure> {
    own_files(root, "queries", ".sql")
}

/// The project's own files of a folder, whose names end so, however deep: path as shown and text.
pub fn own_files(root: &Path, folder: &str, ending: &str) -> Result<Vec<(String, String)>, Failure> {
    let mut files = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                let text = std::fs::read_to_string(&path)
                    .map_err(|error| Failure::Usage(format!("{} cannot be read: {error}", path.display())))?;
                let shown = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                files.push((shown, text));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// `[metrics]` of the project, with `--set metric.key=value` on top.
fn parameters(
    project: &Project,
    catalogue: &Catalogue,
    set: &[String],
) -> Result<BTreeMap<String, toml::Table>, Failure> {
    let mut parameters = project.metrics.clone();
    for word in set {
        let wrong = || {
            Failure::Usage(format!(
                "--set {word}: write METRIC.KEY=VALUE with a TOML value, such as recidivism.horizons=[182,365]"
            ))
        };
        let (key, value) = word.split_once('=').ok_or_else(wrong)?;
        let (metric, key) = key.trim().split_once('.').ok_or_else(wrong)?;
        let table: toml::Table = format!("{key} = {value}").parse().map_err(|_| wrong())?;
        merge(parameters.entry(metric.to_string()).or_default(), &table);
    }
    for name in parameters.keys() {
        if catalogue.get(name).is_none() {
            let hint = crate::project::nearest(name, catalogue.names()).map(|n| format!("did you mean {n}?"));
            return Err(crate::project::ProjectError::new(
                format!("[metrics] names \"{name}\", which is no metric"),
                hint,
            )
            .into());
        }
    }
    Ok(parameters)
}

impl Session {
    /// The parameters this project sets for a metric.
    pub fn parameters_of(&self, metric: &str) -> toml::Table {
        self.parameters.get(metric).cloned().unwrap_or_default()
    }

    /// Digest of `attain.toml` as it stands.
    pub fn project_file_sha256(&self) -> Result<String, Failure> {
        let path = self.project.root.join(crate::project::PROJECT_FILE);
        let bytes = std::fs::read(&path)
            .map_err(|error| Failure::Usage(format!("{} cannot be read: {error}", path.display())))?;
        Ok(crate::contract::sha256_hex(&bytes))
    }
}
