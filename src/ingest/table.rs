//! The blocks of one table, put back in order: keys used twice, rows set aside, counts; what remains is written.
//!
//! Long because every way a row can go is counted here, and the counts must add up.

use super::export::Export;
use super::filling::Filling;
use super::found::{Counts, Found};
use super::keys::{Fingerprint, KeySet};
use super::mapping::Duplicates;
use super::newest::{Newest, Row as Candidate, Twice, Verdict};
use super::plan::Plan;
use super::quarantine::{Quarantine, SetAside};
use super::records::cells_of;
use super::row::{fix, orphan};
use super::rows::{Checks, NO_DATA, Parsed, Problem, RowAt};
use super::shown::{escaped, is_about_people, shown};
use super::write::Place;
use super::{FileRead, IngestError};
use crate::contract::{Finding, Severity};
use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use std::collections::HashSet;
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
    /// Of a table whose rows may take each other's place: for each row written, whether it counts.
    pub survives: Option<Vec<bool>>,
    /// What rows that count take from rows before them.
    pub filling: Filling,
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
    /// Of the file being read.
    records: u64,
    collected: Vec<bool>,
    new_codes: HashSet<String>,
    held: Vec<Held>,
    rows: u64,
    days: Option<(i32, i32)>,
    whole: bool,
    /// Where rows may take each other's place.
    newest: Option<Newest>,
    /// Rows that were written and count no more.
    replaced: u64,
    file: FileNow,
}

/// What matters of the file being read.
#[derive(Default)]
struct FileNow {
    generation: u32,
    is_changes: bool,
    /// Whether records that are no rows are told here.
    tells: bool,
}

/// Rows of a table that refers to itself, kept back until all its keys are known.
struct Held {
    batch: RecordBatch,
    references: Vec<(Fingerprint, String)>,
    places: Vec<(Arc<Plan>, u64, u64)>,
}

impl<'a> Gathering<'a> {
    /// `place` is the snapshot in the making; without one nothing is written.
    pub fn new(checks: &'a Checks, files: &[Export], place: Option<Place<'_>>) -> Self {
        let name = &checks.table.name;
        let seal = || place.and_then(|place| place.seal.cloned());
        let beside = |folder: &str, file: String| place.map(|place| place.dir.join(folder).join(file));
        Self {
            checks,
            keys: KeySet::new(),
            found: Found::new(beside("findings", format!("{name}.jsonl")), seal()),
            quarantine: Quarantine::new(beside("quarantine", format!("{name}.csv")), seal()),
            files: Vec::new(),
            lines_before: Vec::new(),
            lines: 0,
            records: 0,
            collected: vec![false; checks.table.columns.len()],
            new_codes: HashSet::new(),
            held: Vec::new(),
            rows: 0,
            days: None,
            whole: true,
            newest: may_take_places(files).then(Newest::default),
            replaced: 0,
            file: FileNow::default(),
        }
    }

    /// The next file begins.
    pub fn begin(
        &mut self,
        export: &Export,
        plan: &Plan,
        findings: Vec<Finding>,
        tells: bool,
    ) -> Result<(), IngestError> {
        self.lines_before.push(self.lines);
        self.records = 0;
        self.new_codes.clear();
        self.files.push(FileRead {
            path: escaped(&export.path),
            sha256: String::new(),
            table: Some(self.checks.table.name.clone()),
            rows: 0,
            loaded: 0,
            quarantined: 0,
            left_out: 0,
            bytes: 0,
            replaced: 0,
        });
        self.file = FileNow { generation: export.generation, is_changes: export.is_changes, tells };
        self.whole &= plan.loadable;
        if plan.loadable {
            for (position, collected) in self.collected.iter_mut().enumerate() {
                *collected |= plan.collects(position);
            }
        }
        if let Some(newest) = &mut self.newest {
            newest.begin((0..self.collected.len()).map(|position| plan.loadable && plan.collects(position)).collect());
        }
        for finding in findings {
            self.found.add(finding)?;
        }
        Ok(())
    }

    /// What kept the file from being read whole.
    pub fn told(&mut self, finding: Finding) -> Result<(), IngestError> {
        self.whole = false;
        self.note(finding)
    }

    /// Something more is to be said, and the file is whole.
    pub fn note(&mut self, finding: Finding) -> Result<(), IngestError> {
        self.found.add(finding)
    }

    /// The file is read to its end.
    pub fn end(&mut self, lines: u64, bytes: u64, sha256: String) {
        self.lines += lines;
        if let Some(file) = self.files.last_mut() {
            file.bytes = bytes;
            file.sha256 = sha256;
        }
    }

    /// The next block. Gives the rows that stay, and the block's bytes, of which nothing is needed any more.
    pub fn block(&mut self, mut parsed: Parsed) -> Result<(Option<RecordBatch>, Vec<u8>), IngestError> {
        let records_before = self.records;
        self.records += u64::from(parsed.records);
        self.no_rows(&mut parsed);
        if self.newest.is_some() {
            self.select(&mut parsed);
        } else {
            self.duplicates(&mut parsed);
        }
        self.tell(&mut parsed, records_before)?;
        if let Some((first, last)) = parsed.days {
            let (earliest, latest) = self.days.unwrap_or((first, last));
            self.days = Some((earliest.min(first), latest.max(last)));
        }
        let Parsed { plan, block, batch, keep, rows, own_references, .. } = parsed;
        let kept = keep.iter().filter(|keep| **keep).count();
        if let Some(file) = self.files.last_mut() {
            file.loaded += kept as u64;
        }
        self.rows += kept as u64;
        let Some(batch) = batch else { return Ok((None, block.data)) };
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

    /// Counts the rows set aside and those that are no rows of this table: left out by the mapping, deleted, or told
    /// where the file was read for another table.
    fn no_rows(&mut self, parsed: &mut Parsed) {
        let deleted = parsed.deleted.iter().filter(|deleted| **deleted).count();
        let mut aside = parsed.keep.iter().filter(|keep| !**keep).count() - deleted + parsed.misshapen.len();
        let mut left_out = deleted + parsed.left_out;
        if !parsed.plan.loadable {
            // Of a file that cannot be loaded records are counted, and nothing more is known of them.
            aside = parsed.records as usize;
        } else if !self.file.tells {
            let is_told = |problem: &Problem| {
                NO_DATA.contains(&problem.code)
                    || parsed.misshapen.binary_search_by_key(&problem.record, |row| row.record).is_ok()
            };
            let mut elsewhere: Vec<u32> = parsed.problems.iter().filter(|p| is_told(p)).map(|p| p.record).collect();
            elsewhere.dedup();
            parsed.problems.retain(|problem| elsewhere.binary_search(&problem.record).is_err());
            aside = aside.saturating_sub(elsewhere.len());
            left_out += elsewhere.len();
        }
        if let Some(file) = self.files.last_mut() {
            file.quarantined += aside as u64;
            file.left_out += left_out as u64;
        }
    }

    /// Where a line stands, counted through all files of the table.
    fn place(&self, place: u64) -> (&str, u64) {
        let file = self.lines_before.partition_point(|before| *before < place).saturating_sub(1);
        match (self.files.get(file), self.lines_before.get(file)) {
            (Some(file), Some(before)) => (file.path.as_str(), place - before),
            _ => ("", place),
        }
    }

    /// A problem with the row's key.
    fn of_key(
        &self,
        parsed: &Parsed,
        row: usize,
        code: &'static str,
        message: impl Fn(&str) -> String,
    ) -> Option<Problem> {
        let key = self.checks.table.key()?;
        let at = parsed.rows.get(row)?;
        let position = self.checks.table.position(&key.name)?;
        let cell = parsed.plan.cell_of(position);
        let raw = parsed.block.data.get(at.at.start as usize..at.at.end as usize).unwrap_or_default();
        let value = cell.and_then(|cell| cells_of(raw, parsed.plan.form).into_iter().nth(cell)).unwrap_or_default();
        let severity = crate::contract::finding_kind(code).map_or(Severity::Error, |kind| kind.severity);
        Some(Problem {
            record: at.record,
            line: at.line,
            cell: cell.map(|cell| cell as u32 + 1),
            field: Some(&key.name),
            code,
            severity,
            message: message(&if cell.is_some() { shown(key, &value) } else { "of this row".to_owned() }),
            hint: fix(code),
            once: None,
        })
    }

    fn duplicates(&mut self, parsed: &mut Parsed) {
        let Some(key) = self.checks.table.key() else { return };
        let before = self.lines_before.last().copied().unwrap_or_default() + parsed.block.first_line;
        let line_of = |row: usize| before + parsed.rows.get(row).map_or(0, |row: &RowAt| u64::from(row.line));
        let used = self.keys.add(&parsed.keys, &parsed.keep, line_of);
        let expected = parsed.plan.rule().is_some_and(|rule| rule.duplicates == Duplicates::First);
        let mut twice = Vec::new();
        let mut aside = 0;
        for (row, place) in &used {
            let Some(keep) = parsed.keep.get_mut(*row) else { continue };
            let was_kept = std::mem::replace(keep, false);
            aside += u64::from(was_kept);
            if !expected {
                let (path, line) = self.place(*place);
                let message = |value: &str| format!("{} {value} was already used at {path}:{line}", key.name);
                twice.extend(self.of_key(parsed, *row, "duplicate-key", message));
            }
        }
        if let Some(file) = self.files.last_mut() {
            *(if expected { &mut file.left_out } else { &mut file.quarantined }) += aside;
        }
        if !twice.is_empty() {
            parsed.problems.extend(twice);
            parsed.problems.sort_by_key(|problem| problem.record);
        }
    }

    /// Where rows may take each other's place: which of those with one key counts.
    fn select(&mut self, parsed: &mut Parsed) {
        let Some(mut newest) = self.newest.take() else { return };
        let Some(key) = self.checks.table.key() else { return };
        let before = self.lines_before.last().copied().unwrap_or_default() + parsed.block.first_line;
        let file = self.files.len().saturating_sub(1);
        let first_counts = parsed.plan.rule().is_some_and(|rule| rule.duplicates == Duplicates::First);
        let mut told = Vec::new();
        for row in 0..parsed.keep.len() {
            let deleted = parsed.deleted.get(row).copied().unwrap_or(false);
            let (Some(true), Some(own), Some(at)) =
                (parsed.keep.get(row).map(|keep| *keep || deleted), parsed.keys.get(row), parsed.rows.get(row))
            else {
                continue;
            };
            let candidate = Candidate {
                place: before + u64::from(at.line),
                file: file as u32,
                generation: self.file.generation,
                is_changes: self.file.is_changes,
                deleted,
                content: parsed.contents.get_mut(row).map(std::mem::take).unwrap_or_default(),
                origin: parsed.origins.get(row).copied().unwrap_or(Fingerprint::NONE),
                twice: match parsed.latest.get(row) {
                    Some(value) => Twice::Latest(value.clone()),
                    None if first_counts => Twice::First,
                    None => Twice::Error,
                },
            };
            let verdict = newest.add(*own, candidate);
            self.lost_and_found(verdict);
            match verdict {
                Verdict::Counts | Verdict::Deletes { .. } | Verdict::Waits => {}
                Verdict::Replaces { place, disagrees, .. } => {
                    if disagrees {
                        let (path, line) = self.place(place);
                        let message = |value: &str| {
                            format!("{} {value} says something else at {path}:{line}; this newer row counts", key.name)
                        };
                        told.extend(self.of_key(parsed, row, "conflicting-row", message));
                    }
                }
                Verdict::LeftOut => {
                    if let Some(keep) = parsed.keep.get_mut(row)
                        && let Some(file) = self.files.last_mut()
                        && std::mem::replace(keep, false)
                    {
                        file.left_out += 1;
                    }
                }
                Verdict::Used(place) => {
                    if let Some(keep) = parsed.keep.get_mut(row)
                        && let Some(file) = self.files.last_mut()
                    {
                        *keep = false;
                        file.quarantined += 1;
                    }
                    let (path, line) = self.place(place);
                    let message = |value: &str| format!("{} {value} was already used at {path}:{line}", key.name);
                    told.extend(self.of_key(parsed, row, "duplicate-key", message));
                }
            }
        }
        self.newest = Some(newest);
        if !told.is_empty() {
            parsed.problems.extend(told);
            parsed.problems.sort_by_key(|problem| problem.record);
        }
    }

    /// Counts the rows that were written and count no more, and those that count again.
    fn lost_and_found(&mut self, verdict: Verdict) {
        let (lost, found) = match verdict {
            Verdict::Replaces { file, .. } => (Some(file as usize), None),
            Verdict::Deletes { file, revives } => (Some(file as usize), revives.map(|file| file as usize)),
            Verdict::Waits => (self.files.len().checked_sub(1), None),
            Verdict::Counts | Verdict::LeftOut | Verdict::Used(_) => (None, None),
        };
        if let Some(file) = lost.and_then(|file| self.files.get_mut(file)) {
            self.replaced += 1;
            file.replaced += 1;
            file.left_out += 1;
        }
        if let Some(file) = found.and_then(|file| self.files.get_mut(file)) {
            self.replaced -= 1;
            file.replaced -= 1;
            file.left_out -= 1;
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
            if of_record.iter().any(Problem::sets_aside) {
                let place = |rows: &[RowAt]| {
                    rows.binary_search_by_key(&first.record, |row| row.record).ok().and_then(|at| rows.get(at).cloned())
                };
                let row = place(&parsed.rows);
                let of_bytes = of_record.iter().any(|problem| problem.code == "invalid-utf8");
                let shaped = row.is_some() && !of_bytes && !self.may_be_shifted(of_record);
                let at = row.or_else(|| place(&parsed.misshapen)).map_or(0..0, |row| row.at);
                let raw = parsed.block.data.get(at.start as usize..at.end as usize).unwrap_or_default();
                let errors = || of_record.iter().filter(|problem| problem.sets_aside());
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
        let mut held = std::mem::take(&mut self.held);
        let mut survives = None;
        let mut filling = Filling::default();
        if let Some(newest) = self.newest.take() {
            let (survivors, keys, fills) = newest.finish();
            self.keys = keys;
            if held.is_empty() {
                (survives, filling) = (Some(survivors), fills);
            } else {
                self.keep_those_that_count(&mut held, &survivors, &fills)?;
            }
        } else if !held.is_empty() {
            self.keys.settle();
        }
        let mut batches = Vec::new();
        for held in held {
            batches.push(self.resolve(held)?);
        }
        for file in &mut self.files {
            file.loaded -= file.replaced;
            file.rows = file.loaded + file.quarantined;
        }
        let (findings, counts) = self.found.finish()?;
        self.quarantine.finish()?;
        let Self { files, rows, replaced, collected, keys, days, whole, .. } = self;
        let rows = rows - replaced;
        Ok((batches, TableRead { files, rows, collected, keys, findings, counts, days, whole, survives, filling }))
    }

    fn keep_those_that_count(
        &self,
        held: &mut [Held],
        survives: &[bool],
        filling: &Filling,
    ) -> Result<(), IngestError> {
        let older = filling.older(held.iter().map(|held| Ok(held.batch.clone())))?;
        let names = |position: usize| self.checks.table.columns.get(position).map(|column| column.name.as_str());
        let (mut rest, mut begins) = (survives, 0);
        for held in held {
            let rows = held.batch.num_rows();
            if let Some(older) = &older {
                held.batch = filling.filled(&held.batch, begins, older, &names)?;
            }
            let (of_batch, after) = rest.split_at(rows.min(rest.len()));
            held.keep(of_batch)?;
            (rest, begins) = (after, begins + rows);
        }
        Ok(())
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
            let cell = plan.cell_of(position);
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

impl Held {
    /// Keeps the rows that count.
    fn keep(&mut self, survives: &[bool]) -> Result<(), IngestError> {
        self.batch = filter_record_batch(&self.batch, &BooleanArray::from(survives.to_vec()))?;
        let mut of_references = survives.iter();
        self.references.retain(|_| of_references.next().copied().unwrap_or(true));
        let mut of_places = survives.iter();
        self.places.retain(|_| of_places.next().copied().unwrap_or(true));
        Ok(())
    }
}

/// Whether rows of these files may take each other's place: they come from several exports, or a rule says which counts.
pub fn may_take_places(files: &[Export]) -> bool {
    let generations = |files: &[Export]| {
        files.windows(2).any(|two| two.first().map(|f| f.generation) != two.last().map(|f| f.generation))
    };
    let by_rule = |export: &Export| {
        let rule = export.rule.as_ref().and_then(super::plan::InUse::rule);
        rule.is_some_and(|rule| rule.deleted.is_some() || rule.latest_by.is_some())
    };
    generations(files) || files.iter().any(|export| export.is_changes || by_rule(export))
}
