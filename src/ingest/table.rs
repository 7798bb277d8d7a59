//! The blocks of one table, put back in order: keys used twice, rows set aside, counts; what remains is written.

use super::discover::Export;
use super::found::{Counts, Found};
use super::header::Plan;
use super::keys::{Fingerprint, KeySet};
use super::quarantine::{Quarantine, SetAside};
use super::records::cells_of;
use super::rows::{Checks, Parsed, Problem, RowAt, fix, orphan};
use super::shown::{escaped, is_about_people, shown};
use super::{FileRead, IngestError};
use crate::contract::{Finding, Severity};
use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

/// More new codes than this in one file are no code list.
const NEW_CODES_TOLD: usize = 10_000;

/// What is known of a table when all its blocks are read.
pub struct TableRead {
    pub files: Vec<FileRead>,
    pub rows: u64,
    pub collected: Vec<bool>,
    pub keys: KeySet,
    pub findings: Vec<Finding>,
    pub counts: Counts,
    /// First and last day in the rows.
    pub days: Option<(i32, i32)>,
    /// Whether every file of it was read and could be loaded: otherwise a key that is not there proves nothing.
    pub whole: bool,
}

/// Takes the blocks of a table, in order.
pub struct Gathering<'a> {
    checks: &'a Checks,
    keys: KeySet,
    found: Found,
    quarantine: Quarantine,
    files: Vec<FileRead>,
    /// Lines of the files before each file.
    lines_before: Vec<u64>,
    lines: u64,
    collected: Vec<bool>,
    new_codes: HashSet<String>,
    held: Vec<Held>,
    rows: u64,
    days: Option<(i32, i32)>,
    whole: bool,
}

/// Rows of a table that refers to itself, kept back until all its keys are known.
struct Held {
    batch: RecordBatch,
    references: Vec<(Fingerprint, String)>,
    places: Vec<(Arc<Plan>, u64, u64)>,
}

impl<'a> Gathering<'a> {
    /// `dir` is the snapshot in the making; without one nothing is written.
    pub fn new(checks: &'a Checks, dir: Option<&Path>) -> Self {
        let name = &checks.table.name;
        Self {
            checks,
            keys: KeySet::new(),
            found: Found::new(dir.map(|dir| dir.join("findings").join(format!("{name}.jsonl")))),
            quarantine: Quarantine::new(dir.map(|dir| dir.join("quarantine").join(format!("{name}.csv")))),
            files: Vec::new(),
            lines_before: Vec::new(),
            lines: 0,
            collected: vec![false; checks.table.columns.len()],
            new_codes: HashSet::new(),
            held: Vec::new(),
            rows: 0,
            days: None,
            whole: true,
        }
    }

    /// The next file begins.
    pub fn begin(&mut self, export: &Export, plan: &Plan, findings: Vec<Finding>) -> Result<(), IngestError> {
        self.lines_before.push(self.lines);
        self.new_codes.clear();
        self.files.push(FileRead {
            path: escaped(&export.path),
            sha256: String::new(),
            table: Some(self.checks.table.name.clone()),
            rows: 0,
            loaded: 0,
            quarantined: 0,
            bytes: 0,
        });
        self.whole &= plan.loadable;
        if plan.loadable {
            for (collected, cell) in self.collected.iter_mut().zip(&plan.cells) {
                *collected |= cell.is_some();
            }
        }
        for finding in findings {
            self.found.add(finding)?;
        }
        Ok(())
    }

    /// The file is read to its end.
    pub fn end(&mut self, lines: u64, bytes: u64, sha256: String) {
        self.lines += lines;
        if let Some(file) = self.files.last_mut() {
            file.bytes = bytes;
            file.sha256 = sha256;
            file.quarantined = file.rows - file.loaded;
        }
    }

    /// The next block. Gives the rows that stay, and the block's bytes, of which nothing is needed any more.
    pub fn block(&mut self, mut parsed: Parsed) -> Result<(Option<RecordBatch>, Vec<u8>), IngestError> {
        let records_before = self.files.last().map_or(0, |file| file.rows);
        if let Some(file) = self.files.last_mut() {
            file.rows += u64::from(parsed.records);
        }
        self.duplicates(&mut parsed);
        self.tell(&mut parsed, records_before)?;
        if let Some((first, last)) = parsed.days {
            let (earliest, latest) = self.days.unwrap_or((first, last));
            self.days = Some((earliest.min(first), latest.max(last)));
        }
        let Parsed { plan, block, batch, keep, rows, own_references, .. } = parsed;
        let Some(batch) = batch else { return Ok((None, block.data)) };
        let kept = keep.iter().filter(|keep| **keep).count();
        if let Some(file) = self.files.last_mut() {
            file.loaded += kept as u64;
        }
        self.rows += kept as u64;
        let all = kept == batch.num_rows();
        let batch = if all { batch } else { filter_record_batch(&batch, &BooleanArray::from(keep.clone()))? };
        if self.checks.refers_to_itself.is_none() {
            return Ok(((kept > 0).then_some(batch), block.data));
        }
        let kept_rows = rows.iter().zip(own_references).zip(&keep).filter(|(_, keep)| **keep);
        let (places, references) = kept_rows
            .map(|((row, reference), _)| {
                let record = records_before + u64::from(row.record) + 1;
                ((plan.clone(), block.first_line + u64::from(row.line), record), reference)
            })
            .unzip();
        self.held.push(Held { batch, references, places });
        Ok((None, block.data))
    }

    fn duplicates(&mut self, parsed: &mut Parsed) {
        let Some(key) = self.checks.table.key() else { return };
        let before = self.lines_before.last().copied().unwrap_or_default() + parsed.block.first_line;
        let line_of = |row: usize| before + parsed.rows.get(row).map_or(0, |row: &RowAt| u64::from(row.line));
        let used = self.keys.add(&parsed.keys, &parsed.keep, line_of);
        for (row, place) in &used {
            let (Some(keep), Some(at)) = (parsed.keep.get_mut(*row), parsed.rows.get(*row)) else { continue };
            *keep = false;
            let cell =
                self.checks.table.position(&key.name).and_then(|key| parsed.plan.cells.get(key).copied().flatten());
            let raw = parsed.block.data.get(at.at.start as usize..at.at.end as usize).unwrap_or_default();
            let value = cell.and_then(|cell| cells_of(raw).into_iter().nth(cell)).unwrap_or_default();
            let file = self.lines_before.partition_point(|before| before < place).saturating_sub(1);
            let (path, line) = match (self.files.get(file), self.lines_before.get(file)) {
                (Some(file), Some(before)) => (file.path.as_str(), place - before),
                _ => ("", *place),
            };
            parsed.problems.push(Problem {
                record: at.record,
                line: at.line,
                cell: cell.map(|cell| cell as u32 + 1),
                field: Some(&key.name),
                code: "duplicate-key",
                severity: Severity::Error,
                message: format!("{} {} was already used at {path}:{line}", key.name, shown(key, &value)),
                hint: fix("duplicate-key"),
                once: None,
            });
        }
        if !used.is_empty() {
            parsed.problems.sort_by_key(|problem| problem.record);
        }
    }

    /// Whether the cells of a row may stand in other columns than they should, and may say who somebody is.
    fn may_be_shifted(&self, of_record: &[Problem]) -> bool {
        let of_cells = of_record.iter().filter(|problem| problem.severity > Severity::Note && problem.cell.is_some());
        is_about_people(self.checks.table)
            && (of_cells.count() > 1 || of_record.iter().any(|problem| matches!(problem.code, "orphan" | "bad-id")))
    }

    /// Findings, and the rows set aside.
    fn tell(&mut self, parsed: &mut Parsed, records_before: u64) -> Result<(), IngestError> {
        let path = self.files.last().map(|file| file.path.clone()).unwrap_or_default();
        let problems = std::mem::take(&mut parsed.problems);
        for of_record in problems.chunk_by(|a, b| a.record == b.record) {
            let Some(first) = of_record.first() else { continue };
            let line = parsed.block.first_line + u64::from(first.line);
            let record = records_before + u64::from(first.record) + 1;
            if of_record.iter().any(|problem| problem.severity == Severity::Error) {
                let place = |rows: &[RowAt]| {
                    rows.binary_search_by_key(&first.record, |row| row.record).ok().and_then(|at| rows.get(at).cloned())
                };
                let row = place(&parsed.rows);
                let of_bytes = of_record.iter().any(|problem| problem.code == "invalid-utf8");
                let shaped = row.is_some() && !of_bytes && !self.may_be_shifted(of_record);
                let at = row.or_else(|| place(&parsed.misshapen)).map_or(0..0, |row| row.at);
                let raw = parsed.block.data.get(at.start as usize..at.end as usize).unwrap_or_default();
                let errors = || of_record.iter().filter(|problem| problem.severity == Severity::Error);
                let codes: Vec<&str> = errors().map(|problem| problem.code).collect();
                let messages: Vec<&str> = errors().map(|problem| problem.message.as_str()).collect();
                let (codes, messages) = (codes.join("; "), messages.join("; "));
                let row = SetAside { file: &path, line, record, codes: &codes, messages: &messages, shaped };
                self.quarantine.add(&row, &parsed.plan, raw)?;
            }
            for problem in of_record {
                if let Some(once) = &problem.once
                    && (self.new_codes.len() >= NEW_CODES_TOLD || !self.new_codes.insert(once.clone()))
                {
                    continue;
                }
                self.found.add(Finding {
                    code: problem.code.to_owned(),
                    severity: problem.severity,
                    file: path.clone(),
                    line: Some(line),
                    column: problem.cell.map(u64::from),
                    field: problem.field.map(str::to_owned),
                    record: Some(record),
                    message: problem.message.clone(),
                    hint: problem.hint.clone(),
                })?;
            }
        }
        Ok(())
    }

    /// All files are read. Gives the rows that were kept back, and what is known of the table.
    pub fn finish(mut self) -> Result<(Vec<RecordBatch>, TableRead), IngestError> {
        let held = std::mem::take(&mut self.held);
        if !held.is_empty() {
            self.keys.settle();
        }
        let mut batches = Vec::new();
        for held in held {
            batches.push(self.resolve(held)?);
        }
        let (findings, counts) = self.found.finish()?;
        self.quarantine.finish()?;
        let Self { files, rows, collected, keys, days, whole, .. } = self;
        Ok((batches, TableRead { files, rows, collected, keys, findings, counts, days, whole }))
    }

    fn resolve(&mut self, held: Held) -> Result<RecordBatch, IngestError> {
        let Some((position, column)) =
            self.checks.refers_to_itself.and_then(|at| self.checks.table.columns.get(at).map(|column| (at, column)))
        else {
            return Ok(held.batch);
        };
        let mut lost = vec![false; held.references.len()];
        for ((lost, (reference, shown)), (plan, line, record)) in
            lost.iter_mut().zip(&held.references).zip(&held.places)
        {
            if !self.whole || *reference == Fingerprint::NONE || self.keys.contains(*reference) {
                continue;
            }
            *lost = true;
            let cell = plan.cells.get(position).copied().flatten();
            self.found.add(Finding {
                code: "orphan".to_owned(),
                severity: Severity::Warning,
                file: self.files.get(plan.file).map(|file| file.path.clone()).unwrap_or_default(),
                line: Some(*line),
                column: cell.map(|cell| cell as u64 + 1),
                field: Some(column.name.clone()),
                record: Some(*record),
                message: orphan(column, shown),
                hint: fix("orphan"),
            })?;
        }
        let name = held.batch.schema().index_of(&column.name)?;
        let mut arrays = held.batch.columns().to_vec();
        if let Some(array) = arrays.get_mut(name) {
            *array = super::columns::without(array, &lost)?;
        }
        Ok(RecordBatch::try_new(held.batch.schema(), arrays)?)
    }
}
