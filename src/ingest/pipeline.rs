//! All tables, parents before the tables that refer to them, each file in one pass.
//!
//! For each table one thread cuts its files into blocks, one puts the read blocks back in order, one writes Parquet;
//! the workers in between are shared. Only so many blocks are under way at once, so memory does not grow with the
//! files, and what comes out does not depend on the number of workers.
//!
//! Long because who waits for whom, and who ends when another fails, is best read in one place.

use super::bind::{self, Bound};
use super::blocks::{Block, Blocks};
use super::columns;
use super::export::Export;
use super::header::about;
use super::identity::Pseudonyms;
use super::keys::KeySet;
use super::mapping::Lookups;
use super::open::{Form, Limits, OpenError};
use super::plan::Plan;
use super::rows::{Checks, Memory, Parsed, parse};
use super::table::{Gathering, TableRead, may_take_places};
use super::unread;
use super::write::{Place, TableWriter, days_in, without_those_that_lost};
use super::{IngestError, Progress};
use crate::contract::{CONTRACT, Column, ColumnType, Finding, Table};
use crate::store::{BirthDates, StoredFile};
use arrow::array::RecordBatch;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

/// What all tables share.
pub struct Setup<'a> {
    /// By table in the contract's order.
    pub files: &'a [Vec<Export>],
    /// Of each source.
    pub lookups: &'a [Lookups],
    /// The snapshot in the making; without one nothing is written.
    pub place: Option<Place<'a>>,
    pub pseudonyms: Pseudonyms,
    pub birth_dates: BirthDates,
    /// Days since 1970, and as written.
    pub as_of: Option<(i32, String)>,
    pub threads: usize,
    pub blocks_under_way: usize,
    pub progress: &'a dyn Progress,
}

/// A table, read and, if there is a folder for it, written.
pub struct TableDone {
    pub read: TableRead,
    pub stored: Option<StoredFile>,
}

/// What reaches the thread that puts a table's blocks in order.
enum Arrived {
    Begin {
        file: usize,
        plan: Arc<Plan>,
        findings: Vec<Finding>,
        /// Whether what is the matter with its records is told here.
        tells: bool,
    },
    Block(Box<Parsed>, Permit),
    /// Reading ended before the file did.
    Broken(Finding),
    End {
        lines: u64,
        bytes: u64,
        sha256: String,
    },
    Failed(IngestError),
    Done,
}

type Ordered = (u64, Arrived);

/// A block for the workers.
struct Work {
    number: u64,
    checks: Arc<Checks>,
    plan: Arc<Plan>,
    block: Block,
    permit: Permit,
    answer: Sender<Ordered>,
}

/// Reads every table. In the contract's order.
pub fn run(setup: &Setup<'_>) -> Result<Vec<TableDone>, IngestError> {
    let tables: &'static [Table] = &CONTRACT.tables;
    let mut done: BTreeMap<usize, TableDone> = BTreeMap::new();
    let mut loaded: BTreeMap<&str, Arc<KeySet>> = BTreeMap::new();
    for generation in generations(tables) {
        let checks: Vec<(usize, Arc<Checks>)> =
            generation.iter().filter_map(|at| Some((*at, checks(setup, *at, tables.get(*at)?, &loaded)))).collect();
        for (at, mut table) in read_generation(setup, &checks)? {
            let name = tables.get(at).map_or("", |table| table.name.as_str());
            let referred_to =
                tables.iter().flat_map(|t| &t.columns).any(|c| c.target().is_some_and(|(t, _)| t == name));
            // Only keys that others refer to are kept: those of the largest tables are not.
            let mut keys = std::mem::replace(&mut table.read.keys, KeySet::new());
            if referred_to && table.read.whole && !table.read.files.is_empty() {
                keys.settle();
                loaded.insert(name, Arc::new(keys));
            }
            done.insert(at, table);
        }
    }
    Ok(done.into_values().collect())
}

/// Tables whose parents are all in earlier generations.
fn generations(tables: &[Table]) -> Vec<Vec<usize>> {
    let mut generation_of: BTreeMap<&str, usize> = BTreeMap::new();
    let mut generations: Vec<Vec<usize>> = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        let parents =
            table.columns.iter().filter_map(|c| c.target()).filter_map(|(parent, _)| generation_of.get(parent));
        let generation = parents.max().map_or(0, |parent| parent + 1);
        generation_of.insert(&table.name, generation);
        if generations.len() <= generation {
            generations.resize_with(generation + 1, Vec::new);
        }
        if let Some(members) = generations.get_mut(generation) {
            members.push(at);
        }
    }
    generations
}

fn checks(setup: &Setup<'_>, at: usize, table: &'static Table, loaded: &BTreeMap<&str, Arc<KeySet>>) -> Arc<Checks> {
    let parent = |column: &'static Column| column.target().map(|(parent, _)| parent);
    Arc::new(Checks {
        table,
        schema: columns::schema(table),
        parents: table
            .columns
            .iter()
            .map(|column| parent(column).and_then(|parent| loaded.get(parent).cloned()))
            .collect(),
        refers_to_itself: table.columns.iter().position(|column| parent(column) == Some(table.name.as_str())),
        as_of: setup.as_of.as_ref().map(|(day, _)| *day),
        as_of_text: setup.as_of.as_ref().map(|(_, text)| text.clone()).unwrap_or_default(),
        pseudonyms: setup.pseudonyms.clone(),
        birth_dates: setup.birth_dates,
        compares: setup.files.get(at).is_some_and(|files| may_take_places(files)),
    })
}

fn read_generation(setup: &Setup<'_>, tables: &[(usize, Arc<Checks>)]) -> Result<Vec<(usize, TableDone)>, IngestError> {
    let permits =
        Arc::new(Permits { free: Mutex::new(vec![Vec::new(); setup.blocks_under_way]), changed: Condvar::new() });
    let stop = AtomicBool::new(false);
    let (work, workload) = channel::<Work>();
    let workload = Mutex::new(workload);
    thread::scope(|scope| {
        let mut gatherings = Vec::new();
        for (at, checks) in tables {
            let files = setup.files.get(*at).map(Vec::as_slice).unwrap_or_default();
            let (answer, arrivals) = channel::<Ordered>();
            let cutter =
                Cutter { setup, checks, permits: &permits, stop: &stop, work: work.clone(), answer, number: 0 };
            scope.spawn(move || cutter.run(files));
            let stop = &stop;
            gatherings.push((
                *at,
                scope.spawn(move || {
                    let result = gather(setup, checks, files, arrivals);
                    if result.is_err() {
                        stop.store(true, Ordering::Relaxed);
                    }
                    result
                }),
            ));
        }
        drop(work);
        for _ in 0..setup.threads.max(1) {
            scope.spawn(|| worker(&workload));
        }
        let results: Vec<_> = gatherings
            .into_iter()
            .map(|(at, handle)| match handle.join() {
                Ok(result) => result.map(|done| (at, done)),
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect();
        // Where one table failed the others were told to stop: the cause, not "stopped", is what is to be told.
        let (mut cause, mut done) = (None, Vec::new());
        for result in results {
            match (result, &cause) {
                (Ok(table), _) => done.push(table),
                (Err(error), None | Some(IngestError::Stopped)) => cause = Some(error),
                (Err(_), Some(_)) => {}
            }
        }
        cause.map_or(Ok(done), Err)
    })
}

fn worker(workload: &Mutex<Receiver<Work>>) {
    let mut memory = Memory::new();
    loop {
        let next = workload.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Work { number, checks, plan, block, permit, answer }) = next else { return };
        let arrived = match parse(&checks, plan, block, &mut memory) {
            Ok(mut parsed) => {
                unread::add(&mut parsed);
                Arrived::Block(Box::new(parsed), permit)
            }
            Err(error) => Arrived::Failed(error),
        };
        // Nobody listens any more when the table failed.
        let _ = answer.send((number, arrived));
    }
}

/// Reads a table's files and hands out their blocks.
struct Cutter<'a> {
    setup: &'a Setup<'a>,
    checks: &'a Arc<Checks>,
    permits: &'a Arc<Permits>,
    stop: &'a AtomicBool,
    work: Sender<Work>,
    answer: Sender<Ordered>,
    number: u64,
}

impl Cutter<'_> {
    fn run(mut self, files: &[Export]) {
        for (file, export) in files.iter().enumerate() {
            match self.file(file, export) {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    self.tell(Arrived::Failed(error));
                    return;
                }
            }
        }
        self.tell(Arrived::Done);
    }

    fn tell(&mut self, arrived: Arrived) {
        // Nobody listens any more when the table failed.
        let _ = self.answer.send((self.number, arrived));
        self.number += 1;
    }

    /// Whether to go on.
    fn file(&mut self, file: usize, export: &Export) -> Result<bool, IngestError> {
        let opened = match export.part.open(&export.written, &Limits::default()) {
            Ok(opened) => opened,
            Err(error) => return self.broken(file, export, error),
        };
        let form = opened.form;
        let tally = opened.tally();
        let mut findings = Vec::new();
        if export.tells && !opened.said.is_empty() {
            findings.push(about(&export.path, None, "read-as", format!("read as {}", opened.said.join(", "))));
        }
        let mut blocks = Blocks::new(opened.reader, form);
        let head = match blocks.head() {
            Ok(head) => head,
            Err(error) => return self.broken(file, export, export.part.stopped(&error)),
        };
        let none = Lookups::default();
        let lookups = self.setup.lookups.get(export.source).unwrap_or(&none);
        let tells = !bind::told_before(export, lookups, (head, form))?;
        let Bound { plan, findings: of_header, bytes, lines } =
            bind::bind(self.checks.table, file, export, lookups, (head, form))?;
        findings.extend(of_header);
        blocks.skip(bytes, lines);
        let plan = Arc::new(plan);
        self.tell(Arrived::Begin { file, plan: plan.clone(), findings, tells });
        loop {
            let (permit, buffer) = Permits::take(self.permits);
            let block = match blocks.next(&*plan, buffer) {
                Ok(Some(block)) => block,
                Ok(None) => break,
                Err(error) => {
                    let error = export.part.stopped(&error);
                    if self.setup.place.is_some() {
                        return Err(IngestError::Open(error));
                    }
                    self.tell(Arrived::Broken(unreadable(&error)));
                    break;
                }
            };
            if self.stop.load(Ordering::Relaxed) {
                return Ok(false);
            }
            self.setup.progress.read(&export.path, block.data.len() as u64);
            let work = Work {
                number: self.number,
                checks: self.checks.clone(),
                plan: plan.clone(),
                block,
                permit,
                answer: self.answer.clone(),
            };
            self.number += 1;
            if self.work.send(work).is_err() {
                return Ok(false);
            }
        }
        let (bytes, sha256) = tally.so_far();
        self.tell(Arrived::End { lines: blocks.lines(), bytes, sha256 });
        Ok(true)
    }

    /// A part that cannot be read: a snapshot is not made without it; a check goes on.
    fn broken(&mut self, file: usize, export: &Export, error: OpenError) -> Result<bool, IngestError> {
        if self.setup.place.is_some() {
            return Err(IngestError::Open(error));
        }
        let mut plan = Plan::straight(self.checks.table, Form::CSV, &[], Vec::new());
        (plan.loadable, plan.file, plan.file_id) = (false, file, export.id);
        self.tell(Arrived::Begin { file, plan: Arc::new(plan), findings: vec![unreadable(&error)], tells: false });
        self.tell(Arrived::End { lines: 0, bytes: 0, sha256: String::new() });
        Ok(true)
    }
}

/// A part that cannot be read, or not to its end.
pub fn unreadable(error: &OpenError) -> Finding {
    let mut finding = about(&error.path, None, "unreadable-file", error.what.clone());
    finding.hint = Some(error.fix.clone());
    finding
}

fn gather(
    setup: &Setup<'_>,
    checks: &Checks,
    files: &[Export],
    arrivals: Receiver<Ordered>,
) -> Result<TableDone, IngestError> {
    // Keys do not repeat, times to the second and references to cases hardly do.
    let distinct = |c: &&Column| c.key || c.kind == ColumnType::Timestamp || (c.required && c.references.is_some());
    let distinct = checks.table.columns.iter().filter(distinct);
    let distinct: Vec<&str> = distinct.map(|column| column.name.as_str()).collect();
    let writer = setup.place.map(|place| {
        TableWriter::new(place, format!("{}.parquet", checks.table.name), checks.schema.clone(), &distinct)
    });
    let writer = writer.transpose()?;
    thread::scope(|scope| {
        let (batches, to_write) = sync_channel::<RecordBatch>(2);
        let writing = writer.map(|mut writer| {
            scope.spawn(move || {
                for batch in to_write {
                    writer.write(&batch)?;
                }
                writer.finish()
            })
        });
        let batches = writing.is_some().then_some(batches);
        let read = in_order(setup, checks, files, &arrivals, batches.as_ref());
        // The writer ends when nothing more can come; a reader that failed leaves workers nobody to answer to.
        drop((batches, arrivals));
        let stored = match writing.map(thread::ScopedJoinHandle::join) {
            None => None,
            Some(Ok(stored)) => Some(stored?),
            Some(Err(panic)) => std::panic::resume_unwind(panic),
        };
        let mut read = read?;
        let stored = match (stored, setup.place, &read.survives) {
            (Some(stored), Some(place), Some(survives)) if survives.iter().any(|survives| !survives) => {
                let of_table = (checks.table, checks.schema.clone());
                Some(without_those_that_lost(place, &stored.name, of_table, (survives, &read.filling), &distinct)?)
            }
            (stored, ..) => stored,
        };
        if let (None, Some(stored), Some(place)) = (&setup.as_of, &stored, setup.place) {
            // The last day says through when the export is complete: only rows that count may say so.
            read.days = days_in(place, &stored.name, checks.table)?;
        }
        Ok(TableDone { read, stored })
    })
}

fn in_order(
    setup: &Setup<'_>,
    checks: &Checks,
    files: &[Export],
    arrivals: &Receiver<Ordered>,
    batches: Option<&SyncSender<RecordBatch>>,
) -> Result<TableRead, IngestError> {
    let write = |batch: RecordBatch| match batches {
        Some(batches) => batches.send(batch).map_err(|_| IngestError::Stopped),
        None => Ok(()),
    };
    let mut gathering = Gathering::new(checks, files, setup.place);
    let mut early: BTreeMap<u64, Arrived> = BTreeMap::new();
    let mut next = 0;
    let mut now: Option<(&Export, Arc<Plan>)> = None;
    while let Ok((number, arrived)) = arrivals.recv() {
        early.insert(number, arrived);
        while let Some(arrived) = early.remove(&next) {
            next += 1;
            match arrived {
                Arrived::Begin { file, plan, findings, tells } => {
                    if let Some(export) = files.get(file) {
                        gathering.begin(export, &plan, findings, tells)?;
                        now = Some((export, plan));
                    }
                }
                Arrived::Block(parsed, permit) => {
                    let (batch, buffer) = gathering.block(*parsed)?;
                    if let Some(batch) = batch {
                        write(batch)?;
                    }
                    permit.give_back(buffer);
                }
                Arrived::Broken(finding) => gathering.told(finding)?,
                Arrived::End { lines, bytes, sha256 } => {
                    gathering.end(lines, bytes, sha256);
                    for note in now.take().iter().flat_map(|(export, plan)| unread::notes(&export.path, plan)) {
                        gathering.note(note)?;
                    }
                }
                Arrived::Failed(error) => return Err(error),
                Arrived::Done => {
                    let (held, read) = gathering.finish()?;
                    for batch in held {
                        write(batch)?;
                    }
                    return Ok(read);
                }
            }
        }
    }
    Err(IngestError::Stopped)
}

/// How many blocks may still be taken up, and the buffers for them.
struct Permits {
    free: Mutex<Vec<Vec<u8>>>,
    changed: Condvar,
}

/// One block under way; given back when dropped.
struct Permit {
    permits: Arc<Permits>,
    /// What the next block is read into.
    buffer: Vec<u8>,
}

impl Permits {
    /// Waits for one. A table's blocks take theirs in order, so the block that is waited for always has one.
    fn take(permits: &Arc<Self>) -> (Permit, Vec<u8>) {
        let mut free = permits.free.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(buffer) = free.pop() {
                return (Permit { permits: permits.clone(), buffer: Vec::new() }, buffer);
            }
            free = permits.changed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Permit {
    /// A buffer that one very long line made large is not kept.
    const LARGEST_KEPT: usize = 8 << 20;

    fn give_back(mut self, buffer: Vec<u8>) {
        if buffer.capacity() <= Self::LARGEST_KEPT {
            self.buffer = buffer;
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.buffer);
        self.permits.free.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
        self.permits.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_come_in_earlier_generations() {
        let generations = generations(&CONTRACT.tables);
        let generation_of = |name: &str| {
            generations.iter().position(|g| g.iter().any(|at| CONTRACT.tables[*at].name == name)).expect("a table")
        };
        assert_eq!(generations.iter().map(Vec::len).sum::<usize>(), CONTRACT.tables.len());
        for table in &CONTRACT.tables {
            for (parent, _) in table.columns.iter().filter_map(|c| c.target()).filter(|(p, _)| *p != table.name) {
                assert!(generation_of(parent) < generation_of(&table.name), "{parent} before {}", table.name);
            }
        }
    }
}
