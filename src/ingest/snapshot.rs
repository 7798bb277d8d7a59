//! Everything around the one pass: which files, whether it was all done before, the as-of date, the calendar, the
//! manifest, the commit.

use super::about_export::{about_crosswalks, about_files, not_checked, one_of_each, unreadable};
use super::calendar;
use super::crosswalk;
use super::discover::{self, Exports};
use super::export::OnDisk;
use super::export_says::Says;
use super::header::about;
use super::identity::Pseudonyms;
use super::lineage;
use super::lookups;
use super::mapping::Lookups;
use super::pipeline::{self, Setup, TableDone};
use super::snapshot_id::{contract_digest, id_of};
use super::write::{Place, TableWriter};
use super::{Content, FileRead, IngestError, IngestJob, Outcome, Progress};
use crate::contract::{CONTRACT, Finding, Severity, Table};
use crate::store::{
    AsOfSource, FindingCount, Input, InputFile, Manifest, STORE_FORMAT, Seal, Snapshot, SourceUsed, Store, StoredFile,
    StoredTable, beside, digest_of,
};
use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Room a block takes from its bytes to its columns, several times over.
const BYTES_PER_BLOCK: u64 = 24 << 20;
const FINDINGS: &str = "findings.json";

/// `findings.json` of a snapshot: what `attain check --json` prints.
#[derive(Serialize, Deserialize)]
struct Told {
    files: Vec<FileRead>,
    findings: Vec<Finding>,
    not_checked: Vec<String>,
}

/// Reads and keeps.
pub fn make(job: &IngestJob, store: &Store, progress: &dyn Progress) -> Result<Outcome, IngestError> {
    if job.key.is_empty() {
        return Err(IngestError::NoKey);
    }
    let (as_of, exports) = find(job)?;
    if let Some(error) = exports.broken.first() {
        return Err(IngestError::Open(error.clone()));
    }
    let sources = sources_used(job)?;
    let store = &store.clone().with_key(&job.key);
    let lock = store.lock()?;
    if let Some((snapshot, check_value)) = store.made_with()
        && check_value != job.key.check_value()
        && !job.new_key
    {
        return Err(IngestError::OtherKey { snapshot });
    }
    // A damaged current snapshot is no reason to stop: this run replaces it.
    if let Ok(Some(current)) = store.current()
        && let Some(outcome) = made_before(job, as_of, &exports, &sources, current)?
    {
        return Ok(outcome);
    }
    let staging = store.staging(&lock)?;
    let seal = job.encrypt.then(|| Seal::of(&job.key));
    let place = Place { dir: staging.dir(), seal: seal.as_ref() };
    let read = Read::all(job, as_of, &exports, Some(place), progress)?;
    if as_of.0.is_none() && !read.dated {
        return Err(IngestError::NoAsOf);
    }
    let manifest = read.keep(job, as_of.1, &exports, sources, place)?;
    let snapshot = store.commit(&lock, staging, &manifest)?;
    Ok(read.outcome(Some(snapshot)))
}

/// Reads and keeps nothing.
pub fn look(job: &IngestJob, progress: &dyn Progress) -> Result<Outcome, IngestError> {
    let (as_of, exports) = find(job)?;
    Ok(Read::all(job, as_of, &exports, None, progress)?.outcome(None))
}

/// The day through which the export is complete, if anybody says it, and who does.
type AsOf = (Option<Date>, AsOfSource);

/// The files, and what they say of themselves.
fn find(job: &IngestJob) -> Result<(AsOf, Exports), IngestError> {
    sound_as_of(job.as_of)?;
    let (ids, findings) = crosswalk::of_sources(&job.root, &job.sources)?;
    let mut exports = discover::exports(&job.root, &job.sources, &ids)?;
    exports.findings.extend(findings);
    let as_of = match (job.as_of, Says::of_all(&exports.says)) {
        (Some(day), _) => (Some(day), AsOfSource::Given),
        (None, Some(day)) => (Some(day), AsOfSource::Export),
        (None, None) => (None, AsOfSource::Data),
    };
    sound_as_of(as_of.0)?;
    Ok((as_of, exports))
}

/// What the content depends on besides the files: each source's mapping and settings.
fn sources_used(job: &IngestJob) -> Result<Vec<SourceUsed>, IngestError> {
    let used = |source: &super::Source| {
        let crosswalk = source.crosswalk.as_ref().map(|crosswalk| {
            let place = job.root.join(&crosswalk.file);
            let digest = digest_of(&place).map_err(|source| IngestError::Read { path: place.clone(), source })?;
            Ok::<_, IngestError>(format!("{} {} {} {digest}", crosswalk.file, crosswalk.id, crosswalk.person))
        });
        Ok(SourceUsed {
            name: source.name.clone(),
            mapping: source.mapping.name.clone(),
            mapping_sha256: source.mapping.text_digest.clone(),
            changes: source.content == Content::Changes,
            system: source.system.clone(),
            own_ids: source.own_ids,
            crosswalk: crosswalk.transpose()?,
        })
    };
    job.sources.iter().map(used).collect()
}

/// The calendar reaches from the first date to the as-of date: a slip of the pen must not make it endless.
fn sound_as_of(as_of: Option<Date>) -> Result<(), IngestError> {
    as_of.filter(|day| !(1900..2200).contains(&day.year())).map_or(Ok(()), |day| Err(IngestError::AsOf(day)))
}

/// The outcome of the current snapshot, if it was made from these very files.
fn made_before(
    job: &IngestJob,
    (as_of, says): AsOf,
    exports: &Exports,
    sources: &[SourceUsed],
    current: Snapshot,
) -> Result<Option<Outcome>, IngestError> {
    let manifest = &current.manifest;
    let same_as_of = manifest.as_of_source == says && as_of.is_none_or(|day| manifest.as_of == day.to_string());
    let same_files = exports.on_disk.len() == manifest.files_read.len()
        && exports
            .on_disk
            .iter()
            .zip(&manifest.files_read)
            .all(|(file, input)| file.path == input.path && file.bytes == input.bytes);
    if !same_as_of
        || !same_files
        || manifest.store_format != STORE_FORMAT
        || manifest.contract_sha256 != contract_digest()
        || manifest.key_fingerprint != job.key.check_value()
        || manifest.encrypted != job.encrypt
        || manifest.birth_dates != job.birth_dates
        || manifest.fiscal_year_starts != job.fiscal_year_starts
        || manifest.sources != sources
    {
        return Ok(None);
    }
    let Some(told) = beside::read(&current.dir.join(FINDINGS), current.seal.as_ref())
        .ok()
        .and_then(|text| serde_json::from_slice::<Told>(&text).ok())
    else {
        return Ok(None);
    };
    // What is said about files that are not read comes first.
    let about_files = about_files(exports);
    if !told.findings.starts_with(&about_files) {
        return Ok(None);
    }
    for (file, input) in exports.on_disk.iter().zip(&manifest.files_read) {
        let digest = digest_of(&file.place).map_err(|source| IngestError::Read { path: file.place.clone(), source })?;
        if digest != input.sha256 {
            return Ok(None);
        }
    }
    if current.check_digests().is_err() {
        return Ok(None);
    }
    let counts = current.manifest.findings.clone();
    let Told { files, findings, not_checked } = told;
    let unreadable = unreadable(&findings);
    Ok(Some(Outcome { snapshot: Some(current), files, findings, counts, not_checked, unreadable, reused: true }))
}

/// The whole export, read.
struct Read {
    tables: Vec<TableDone>,
    files: Vec<FileRead>,
    findings: Vec<Finding>,
    counts: Vec<FindingCount>,
    not_checked: Vec<String>,
    as_of: Date,
    /// Whether there is a date in the data.
    dated: bool,
    first_day: Date,
}

impl Read {
    fn all(
        job: &IngestJob,
        (said, says): AsOf,
        exports: &Exports,
        place: Option<Place<'_>>,
        progress: &dyn Progress,
    ) -> Result<Self, IngestError> {
        let inputs = exports.tables.iter().flatten();
        progress.begin(inputs.clone().count(), inputs.map(|file| file.bytes).sum());
        let (lookups, of_lookups): (Vec<Lookups>, Vec<Finding>) =
            lookups::read(&job.sources, &exports.mapped, &exports.tables)?;
        let threads = job.threads.max(1);
        let by_memory = job.memory.map_or(usize::MAX, |bytes| (bytes / BYTES_PER_BLOCK) as usize);
        let setup = Setup {
            files: &exports.tables,
            lookups: &lookups,
            place,
            pseudonyms: Pseudonyms::new(&job.key),
            birth_dates: job.birth_dates,
            as_of: said.map(|day| (calendar::days_since_1970(day), day.to_string())),
            threads,
            blocks_under_way: (threads * 2 + 2).min(by_memory).max(2),
            progress,
        };
        let mut tables = pipeline::run(&setup)?;
        let days = tables.iter().filter_map(|table| table.read.days);
        let (first, last) = (days.clone().map(|(first, _)| first).min(), days.map(|(_, last)| last).max());
        let as_of = said.or_else(|| last.and_then(calendar::day_since_1970)).unwrap_or(date(1970, 1, 1));
        let first_day = first.and_then(calendar::day_since_1970).unwrap_or(as_of);
        let dated = last.is_some();
        let mut findings = about_files(exports);
        findings.extend(exports.broken.iter().map(pipeline::unreadable));
        findings.extend(lookups::not_told(of_lookups, tables.iter().flat_map(|table| &table.read.findings)));
        findings.extend(about_crosswalks(job, exports));
        if says == AsOfSource::Export {
            let message = format!("as of {as_of}, as the export says");
            findings.push(about("", None, "as-of-of-export", message));
        }
        if said.is_none() {
            let message = if dated {
                format!("as of {as_of}, the latest date in the data")
            } else {
                "no date could be read from the data".to_owned()
            };
            findings.push(about("", None, "as-of-guessed", message));
        }
        let mut counts = BTreeMap::new();
        for finding in &findings {
            *counts.entry((None, finding.code.clone(), finding.severity)).or_insert(0) += 1;
        }
        let mut counts: Vec<FindingCount> = counts.into_iter().map(counted).collect();
        for (table, contract) in tables.iter_mut().zip(&CONTRACT.tables) {
            table.read.files = one_of_each(std::mem::take(&mut table.read.files));
            findings.append(&mut table.read.findings);
            let of_table = std::mem::take(&mut table.read.counts).into_iter();
            let name = Some(contract.name.clone());
            counts.extend(of_table.map(|((code, severity), count)| counted(((name.clone(), code, severity), count))));
        }
        let mut files: Vec<FileRead> = tables.iter().flat_map(|table| table.read.files.clone()).collect();
        for (file, _) in &exports.unknown {
            let sha256 = digest_of(&file.place).unwrap_or_default();
            files.push(FileRead { path: file.path.clone(), sha256, bytes: file.bytes, ..FileRead::default() });
        }
        let broken: Vec<&str> = tables
            .iter()
            .zip(&CONTRACT.tables)
            .filter_map(|(done, table)| (!done.read.whole).then_some(table.name.as_str()))
            .collect();
        let not_checked = not_checked(said, exports, &broken);
        Ok(Self { tables, files, findings, counts, not_checked, as_of, dated, first_day })
    }

    /// Writes what goes beside the tables. Gives the manifest.
    fn keep(
        &self,
        job: &IngestJob,
        as_of_source: AsOfSource,
        exports: &Exports,
        sources: Vec<SourceUsed>,
        place: Place<'_>,
    ) -> Result<Manifest, IngestError> {
        let paths = exports.paths.as_slice();
        let Place { dir, seal } = place;
        let mut days = TableWriter::new(place, "calendar.parquet".to_owned(), calendar::schema(), &[])?;
        let batch = calendar::calendar(self.first_day, self.as_of, job.fiscal_year_starts)?;
        days.write(&batch)?;
        let calendar = StoredTable {
            name: "calendar".to_owned(),
            rows: batch.num_rows() as u64,
            files: vec![days.finish()?],
            collected: batch.schema().fields().iter().map(|field| field.name().clone()).collect(),
        };
        let told =
            Told { files: self.files.clone(), findings: self.findings.clone(), not_checked: self.not_checked.clone() };
        let path = dir.join(FINDINGS);
        // Cannot fire: plain structs with text keys always serialise.
        let mut text = serde_json::to_string_pretty(&told).expect("findings serialise");
        text.push('\n');
        beside::write(&path, seal, text.as_bytes()).map_err(IngestError::write(&path))?;
        let more = [calendar, lineage::source_files(place, paths)?, lineage::findings(place, paths)?];
        let name = beside::place(Path::new(FINDINGS), seal);
        let mut other_files = vec![stored(dir, &name.to_string_lossy())?];
        for folder in ["findings", "quarantine"] {
            let mut names: Vec<String> = fs::read_dir(dir.join(folder))
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| format!("{folder}/{}", entry.file_name().to_string_lossy()))
                .collect();
            names.sort_unstable();
            for name in names {
                other_files.push(stored(dir, &name)?);
            }
        }
        let tables = self.tables.iter().zip(&CONTRACT.tables).map(|(done, table)| StoredTable {
            name: table.name.clone(),
            rows: done.read.rows,
            files: done.stored.iter().cloned().collect(),
            collected: collected(table, &done.read.collected),
        });
        let inputs = self.tables.iter().flat_map(|table| &table.read.files).map(|file| Input {
            path: file.path.clone(),
            sha256: file.sha256.clone(),
            bytes: file.bytes,
            table: file.table.clone().unwrap_or_default(),
            rows: file.rows,
            loaded: file.loaded,
            quarantined: file.quarantined,
            left_out: file.left_out,
        });
        let mut manifest = Manifest {
            id: String::new(),
            as_of: self.as_of.to_string(),
            as_of_source,
            contract_version: CONTRACT.version,
            contract_sha256: contract_digest(),
            store_format: STORE_FORMAT,
            key_fingerprint: job.key.check_value(),
            encrypted: seal.is_some(),
            birth_dates: job.birth_dates,
            fiscal_year_starts: job.fiscal_year_starts,
            sources,
            files_read: self.files_read(exports)?,
            inputs: inputs.collect(),
            tables: tables.chain(more).collect(),
            other_files,
            findings: self.counts.clone(),
        };
        manifest.id = id_of(&manifest);
        Ok(manifest)
    }

    /// Every file something was read from, with its digest: known already where its text was read as it stands.
    fn files_read(&self, exports: &Exports) -> Result<Vec<InputFile>, IngestError> {
        let digest = |file: &OnDisk| {
            let known = self.files.iter().find(|read| file.is_plain && read.path == file.path && read.table.is_some());
            match known.filter(|read| !read.sha256.is_empty() && read.bytes == file.bytes) {
                Some(read) => Ok(read.sha256.clone()),
                None => digest_of(&file.place).map_err(|source| IngestError::Read { path: file.place.clone(), source }),
            }
        };
        let input = |file: &OnDisk| Ok(InputFile { path: file.path.clone(), sha256: digest(file)?, bytes: file.bytes });
        exports.on_disk.iter().map(input).collect()
    }

    fn outcome(self, snapshot: Option<Snapshot>) -> Outcome {
        let Self { files, findings, counts, not_checked, .. } = self;
        let unreadable = unreadable(&findings);
        Outcome { snapshot, files, findings, counts, not_checked, unreadable, reused: false }
    }
}

fn collected(table: &Table, marks: &[bool]) -> Vec<String> {
    table.columns.iter().zip(marks).filter(|(_, mark)| **mark).map(|(column, _)| column.name.clone()).collect()
}

fn counted(((table, code, severity), count): ((Option<String>, String, Severity), u64)) -> FindingCount {
    FindingCount { code, table, severity, count }
}

fn stored(dir: &Path, name: &str) -> Result<StoredFile, IngestError> {
    let path = dir.join(name);
    let digest = digest_of(&path).map_err(IngestError::write(&path))?;
    let bytes = fs::metadata(&path).map_err(IngestError::write(&path))?.len();
    Ok(StoredFile { name: name.to_owned(), sha256: digest, bytes })
}
