//! A block of a file → typed columns, and everything that is wrong with its rows. Needs no other block, so any number
//! of workers can do it at once; what needs the rows before (keys used twice) is left to `table`.
//!
//! A record is a row, or, where a mapping's rule reshapes, becomes any number of them: then the texts that the rule
//! needs are collected, reshaped all at once when the block is read, and go the same way.
//!
//! Long because a row's two ways share nearly every step.

use super::IngestError;
use super::birth_dates;
use super::blocks::Block;
use super::cells::Codes;
use super::columns::{self, Builder};
use super::header::normal;
use super::identity::{ColumnPseudonyms, Pseudonyms};
use super::keys::{Fingerprint, Key, KeySet};
use super::mapping::{Converter, TextColumn};
use super::moments::{DAY_AFTER_LAST, FIRST_DAY};
use super::plan::Plan;
use super::records::{self, Cells, Record, cells_of};
use super::row::{Row, Scratch, Texts, fix};
use crate::contract::{Column, Sensitivity, Severity, Table};
use crate::store::BirthDates;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// What every worker knows about a table.
pub struct Checks {
    pub table: &'static Table,
    pub schema: SchemaRef,
    /// For each column, the keys it must resolve to. `None`: it refers to nothing, or to a table that is not exported.
    pub parents: Vec<Option<Arc<KeySet>>>,
    /// The column that refers to the table itself; it is checked when all rows are read.
    pub refers_to_itself: Option<usize>,
    /// No date may lie after this day.
    pub as_of: Option<i32>,
    pub as_of_text: String,
    pub pseudonyms: Pseudonyms,
    pub birth_dates: BirthDates,
    /// Whether rows of several sources are compared.
    pub compares: bool,
}

impl Checks {
    /// What is the matter with a date that nobody can mean.
    pub fn out_of_range(&self, column: &Column, day: i32) -> Option<&'static str> {
        const CENTURY: i32 = 36_525;
        if day < FIRST_DAY {
            return Some("is before 1850");
        }
        match self.as_of {
            None if day >= DAY_AFTER_LAST => Some("is after 2199"),
            Some(as_of) if column.may_be_future && day > as_of + CENTURY => {
                Some("is more than a hundred years after the as-of date")
            }
            _ => None,
        }
    }
}

/// A finding before its file, record and line are counted out.
pub struct Problem {
    /// Record of the block, and line of the block.
    pub record: u32,
    pub line: u32,
    pub cell: Option<u32>,
    pub field: Option<&'static str>,
    pub code: &'static str,
    pub severity: Severity,
    pub message: String,
    pub hint: Option<String>,
    /// Told once in a file for each of these.
    pub once: Option<String>,
}

impl Problem {
    /// Whether its row is set aside.
    pub fn sets_aside(&self) -> bool {
        self.severity == Severity::Error || NO_DATA.contains(&self.code)
    }
}

/// Rows that are set aside without being wrong: a header in the middle of a file, a sum.
pub const NO_DATA: [&str; 2] = ["repeated-header", "total-row"];

/// Where a record stands in its block.
#[derive(Clone)]
pub struct RowAt {
    pub record: u32,
    pub line: u32,
    pub at: Range<u32>,
}

/// A block, read.
pub struct Parsed {
    pub plan: Arc<Plan>,
    pub block: Block,
    /// Records of any kind.
    pub records: u32,
    /// The rows of `batch` and their records, in the records' order. Several may come from one record.
    pub rows: Vec<RowAt>,
    pub keep: Vec<bool>,
    pub keys: Vec<Key>,
    /// For each row, whether it says that what has its key is deleted. Empty where no row can.
    pub deleted: Vec<bool>,
    /// For each row, its content; empty where rows are not compared.
    pub contents: Vec<Box<[u16]>>,
    /// For each row, the id in its key's cell and the system it is of; empty where rows are not compared.
    pub origins: Vec<Fingerprint>,
    /// For each row, the value by which the latest counts; empty where none does.
    pub latest: Vec<Box<[u8]>>,
    /// Records that a mapping makes no row of.
    pub left_out: usize,
    pub batch: Option<RecordBatch>,
    /// The records that have no row because of their form.
    pub misshapen: Vec<RowAt>,
    /// In the order of the records.
    pub problems: Vec<Problem>,
    /// For a table that refers to itself: what each row refers to, and how to show it.
    pub own_references: Vec<(Fingerprint, String)>,
    /// First and last day among the dates that may not lie in the future.
    pub days: Option<(i32, i32)>,
}

/// What a worker keeps from one block to the next: the pseudonyms of each identifier column, by table and position.
pub type Memory = BTreeMap<(&'static str, usize), ColumnPseudonyms>;

/// Reads a block.
pub fn parse(checks: &Checks, plan: Arc<Plan>, block: Block, memory: &mut Memory) -> Result<Parsed, IngestError> {
    let mut reader = Reader::new(checks, &plan, &block, memory);
    records::each_record(&block.data, plan.form, &*plan, |record| reader.take(record));
    reader.reshape()?;
    let rows = reader.rows.len();
    let batch = if plan.loadable && rows > 0 {
        let stored = reader.columns.iter_mut().filter(|column| columns::is_stored(column.column));
        let arrays = stored.map(|column| match &mut column.builder {
            Some(builder) => builder.finish(),
            None => Ok(columns::not_collected(column.column.kind, rows)),
        });
        let lines = reader.rows.iter().map(|row| block.first_line + u64::from(row.line));
        let arrays = arrays.chain(columns::places(plan.file_id, lines).map(Ok));
        let batch = RecordBatch::try_new(checks.schema.clone(), arrays.collect::<Result<_, _>>()?)?;
        Some(birth_dates::kept(batch, checks.table, checks.birth_dates)?)
    } else {
        None
    };
    for (at, column) in reader.columns.iter_mut().enumerate() {
        if let Some(pseudonyms) = column.pseudonyms.take() {
            memory.insert((&checks.table.name, at), pseudonyms);
        }
    }
    let Reader { records, rows, keep, keys, deleted, contents, of_origins, latest, left_out, misshapen, .. } = reader;
    let Reader { problems, own_references, days, .. } = reader;
    Ok(Parsed {
        plan,
        block,
        records,
        rows,
        keep,
        keys,
        deleted,
        contents,
        origins: of_origins,
        latest,
        left_out,
        batch,
        misshapen,
        problems,
        own_references,
        days,
    })
}

/// What is kept of a column from row to row.
pub struct ColumnReader<'c> {
    pub column: &'static Column,
    pub position: usize,
    /// The record's cell; for a value that is the same in every row, that value.
    cell: usize,
    value: Option<&'c [u8]>,
    pub converter: Option<&'c Converter>,
    /// Absent when the column is not in the file.
    pub builder: Option<Builder>,
    pub codes: Codes,
    pub pseudonyms: Option<ColumnPseudonyms>,
    pub parent: Option<&'c KeySet>,
    /// The last references that resolved, by a few bits: rows of one case follow each other, partners come again.
    pub resolved: [Fingerprint; 64],
    pub fingerprinted: bool,
}

struct Reader<'c> {
    checks: &'c Checks,
    plan: &'c Plan,
    data: &'c [u8],
    text_is_sound: bool,
    /// Whether a cell can hold a comma or a line break.
    cells_may_break: bool,
    first_line: u64,
    columns: Vec<ColumnReader<'c>>,
    scratch: Scratch,
    /// The row's values as far as rules need them: seconds of a date or time, anything of another kind.
    known: Vec<Option<i64>>,
    records: u32,
    rows: Vec<RowAt>,
    keep: Vec<bool>,
    keys: Vec<Key>,
    deleted: Vec<bool>,
    contents: Vec<Box<[u16]>>,
    of_origins: Vec<Fingerprint>,
    latest: Vec<Box<[u8]>>,
    left_out: usize,
    misshapen: Vec<RowAt>,
    problems: Vec<Problem>,
    own_references: Vec<(Fingerprint, String)>,
    days: Option<(i32, i32)>,
    /// Of a rule that reshapes: the texts it needs, and the records they come from.
    texts: Vec<TextColumn>,
    origins: Vec<RowAt>,
}

impl<'c> Reader<'c> {
    fn new(checks: &'c Checks, plan: &'c Plan, block: &'c Block, memory: &mut Memory) -> Self {
        const TYPICAL_ROW: usize = 100;
        let rows = block.data.len() / TYPICAL_ROW;
        let columns = checks.table.columns.iter().enumerate().map(|(at, column)| {
            let cell = plan.cells.get(at).copied().flatten();
            let value = plan.values.get(at).and_then(Option::as_deref);
            let parent = checks.parents.get(at).and_then(Option::as_deref);
            let identifier = column.sensitivity == Sensitivity::Identifier;
            ColumnReader {
                column,
                position: at,
                cell: cell.unwrap_or_default(),
                value: value.map(str::as_bytes),
                converter: plan.converter(at),
                builder: plan.collects(at).then(|| Builder::new(column.kind, rows)),
                codes: Codes::new(column),
                pseudonyms: identifier.then(|| {
                    let kept = memory.remove(&(checks.table.name.as_str(), at));
                    kept.unwrap_or_else(|| ColumnPseudonyms::new(&checks.pseudonyms, column))
                }),
                parent,
                resolved: [Fingerprint::NONE; 64],
                fingerprinted: column.key || identifier || column.references.is_some(),
            }
        });
        let needed = plan.reshape.as_ref().map_or(0, |reshape| reshape.needed().len());
        let quoted = plan.form.quotes && memchr::memchr(b'"', &block.data).is_some();
        Self {
            checks,
            plan,
            data: &block.data,
            text_is_sound: is_sound(&block.data),
            cells_may_break: quoted || has_lone_return(&block.data) || !plan.form.quotes || plan.form.delimiter != b',',
            first_line: block.first_line,
            columns: columns.collect(),
            scratch: Scratch::default(),
            known: vec![None; checks.table.columns.len()],
            records: 0,
            rows: Vec::with_capacity(rows),
            keep: Vec::with_capacity(rows),
            keys: Vec::with_capacity(rows),
            deleted: Vec::new(),
            contents: Vec::new(),
            of_origins: Vec::new(),
            latest: Vec::new(),
            left_out: 0,
            misshapen: Vec::new(),
            problems: Vec::new(),
            own_references: Vec::new(),
            days: None,
            texts: (0..needed).map(|_| TextColumn::with_capacity(rows)).collect(),
            origins: Vec::new(),
        }
    }

    fn take(&mut self, record: &Record<'_>) {
        let at = RowAt { record: self.records, line: record.line, at: record.at.start as u32..record.at.end as u32 };
        self.records += 1;
        if !self.plan.loadable {
            return;
        }
        let (cells, width) = (record.cells.len(), self.plan.width);
        let (code, message) = match record.cells {
            Cells::Runaway { opened } if opened == record.line => {
                ("runaway-quote", "a quote opens in this line and is not closed, or not where a cell ends".to_owned())
            }
            Cells::Runaway { opened } => {
                let opened = self.first_line + u64::from(opened);
                ("runaway-quote", format!("this line may belong to the quote that opens in line {opened}"))
            }
            Cells::Read { .. } if cells < width => {
                ("short-row", format!("the row has {cells} cells, the header has {width}"))
            }
            Cells::Read { .. } if cells > width => {
                ("long-row", format!("the row has {cells} cells, the header has {width}"))
            }
            Cells::Read { .. } if self.may_be_no_data(record) && self.told_no_data(&at) => return,
            Cells::Read { .. } if self.plan.reshape.is_some() => {
                self.collect(at, record);
                return;
            }
            Cells::Read { .. } => {
                let sound = self.text_is_sound || record.cells.are_sound();
                self.row(&at, Texts::Record(record), sound);
                return;
            }
        };
        let mut hint = fix(code);
        if code == "long-row" && cells == width + 1 {
            hint = Some("put the cell that holds a comma into double quotes".to_owned());
        }
        self.misshapen(at, code, message, hint);
    }

    /// Whether the first cell that holds something could be a sum's label, or the first column's name.
    #[inline]
    fn may_be_no_data(&self, record: &Record<'_>) -> bool {
        const LABELS: std::ops::RangeInclusive<usize> = 3..=20;
        let first = (0..record.cells.len()).map(|cell| record.cells.get(cell)).find(|cell| !cell.is_empty());
        first.is_some_and(|cell| {
            (LABELS.contains(&cell.len()) && !cell.iter().any(u8::is_ascii_digit)) || self.plan.begins_header(cell)
        })
    }

    /// Sets aside what was never meant as a row. Whether it is such.
    fn told_no_data(&mut self, at: &RowAt) -> bool {
        let Some(problem) = self.no_data(at, at.record, at.line) else { return false };
        self.problems.push(problem);
        self.misshapen.push(at.clone());
        true
    }

    /// A record that has no row.
    fn misshapen(&mut self, at: RowAt, code: &'static str, message: String, hint: Option<String>) {
        let (record, line, severity) = (at.record, at.line, Severity::Error);
        let no_data = self.no_data(&at, record, line);
        let wrong = || Problem { record, line, cell: None, field: None, code, severity, message, hint, once: None };
        self.problems.push(no_data.unwrap_or_else(wrong));
        self.misshapen.push(at);
    }

    /// Keeps the texts of a record that a rule needs.
    fn collect(&mut self, at: RowAt, record: &Record<'_>) {
        let Some(reshape) = &self.plan.reshape else { return };
        let sound = self.text_is_sound || record.cells.are_sound();
        if !sound && reshape.needed().iter().any(|cell| !is_sound(record.cells.get(*cell))) {
            let message = "a cell is not UTF-8 text, or holds a NUL byte".to_owned();
            self.misshapen(at, "invalid-utf8", message, fix("invalid-utf8"));
            return;
        }
        for (texts, cell) in self.texts.iter_mut().zip(reshape.needed()) {
            // Sound, as was just seen; anything else would have been set aside.
            texts.push(std::str::from_utf8(record.cells.get(*cell)).unwrap_or_default());
        }
        self.origins.push(at);
    }

    /// The records collected become rows.
    fn reshape(&mut self) -> Result<(), IngestError> {
        let Some(reshape) = &self.plan.reshape else { return Ok(()) };
        let origins = std::mem::take(&mut self.origins);
        let lines: Vec<u64> = origins.iter().map(|at| self.first_line + u64::from(at.line)).collect();
        let reshaped = reshape.run(std::mem::take(&mut self.texts), &lines).map_err(IngestError::mapping)?;
        self.left_out += reshaped.left_out();
        let has_latest = self.plan.rule().is_some_and(|rule| rule.latest_by.is_some());
        for row in 0..reshaped.rows() {
            let Some(at) = origins.get(reshaped.origin(row)) else { continue };
            if reshaped.is_deleted(row) {
                self.deleted.resize(self.rows.len(), false);
                self.deleted.push(true);
            }
            if has_latest {
                self.latest.push(reshaped.latest(row).into());
            }
            self.row(at, Texts::Reshaped(&reshaped, row), true);
        }
        if !self.deleted.is_empty() {
            self.deleted.resize(self.rows.len(), false);
        }
        Ok(())
    }

    fn row(&mut self, at: &RowAt, texts: Texts<'_>, sound: bool) {
        let problems_before = self.problems.len();
        // One bad byte must not make every cell of the block be looked at.
        let mut row = Row {
            at,
            plan: self.plan,
            texts,
            hides: !sound,
            may_break: self.cells_may_break,
            keep: true,
            key: Key::NONE,
            own: (Fingerprint::NONE, String::new()),
            latest: i32::MIN,
            earliest: i32::MAX,
            content: 0,
            origin: Fingerprint::NONE,
            problems: &mut self.problems,
        };
        let mut contents = vec![0; if self.checks.compares { self.columns.len() } else { 0 }];
        for (position, (column, known)) in self.columns.iter_mut().zip(&mut self.known).enumerate() {
            *known = None;
            if column.builder.is_some() {
                let own = self.checks.refers_to_itself == Some(position);
                let text = match (column.value, texts) {
                    (Some(value), _) => value,
                    (None, Texts::Record(record)) => record.cells.get(column.cell),
                    (None, Texts::Reshaped(reshaped, row)) => reshaped.text(position, row).trim_ascii(),
                };
                // Of a cell without a value.
                row.content = 1;
                *known = row.cell(self.checks, column, text, &mut self.scratch, (sound, own));
                if let Some(content) = contents.get_mut(position).filter(|_| !column.column.key) {
                    *content = row.content;
                }
            }
        }
        for rule in &self.checks.table.rules {
            row.rule(self.checks.table, rule, &self.known);
        }
        let Row { mut keep, key, own, latest, earliest, origin, .. } = row;
        if self.deleted.len() > self.rows.len() {
            // Of a deleted row only the key counts, and nothing that is wrong with it; without a key nothing is deleted.
            keep = false;
            if key.print == Fingerprint::NONE {
                self.deleted.truncate(self.rows.len());
            } else {
                self.problems.truncate(problems_before);
            }
        }
        if keep && earliest <= latest {
            let (first, last) = self.days.unwrap_or((earliest, latest));
            self.days = Some((first.min(earliest), last.max(latest)));
        }
        self.keep.push(keep);
        self.keys.push(key);
        if self.checks.compares {
            self.contents.push(contents.into());
            self.of_origins.push(origin);
        }
        if self.checks.refers_to_itself.is_some() {
            self.own_references.push(own);
        }
        self.rows.push(at.clone());
    }

    /// What a record is that has something wrong with it and was never meant as a row.
    fn no_data(&self, at: &RowAt, record: u32, line: u32) -> Option<Problem> {
        let raw = self.data.get(at.at.start as usize..at.at.end as usize)?;
        let cells = cells_of(raw, self.plan.form);
        let (code, message) = if self.plan.is_header(&cells) {
            ("repeated-header", "the header stands here again")
        } else if is_total(&cells, self.plan.key_cell()) {
            ("total-row", "a row of totals")
        } else {
            return None;
        };
        let message = message.to_owned();
        let severity = Severity::Note;
        Some(Problem { record, line, cell: None, field: None, code, severity, message, hint: fix(code), once: None })
    }
}

/// Whether the row is a sum over others: it says so in its first cell that is not empty, holds numbers otherwise, and
/// has no key.
fn is_total(cells: &[Vec<u8>], key: Option<usize>) -> bool {
    const WORDS: [&str; 14] = [
        "total",
        "totals",
        "grand_total",
        "subtotal",
        "sub_total",
        "sum",
        "count",
        "row_count",
        "records",
        "total_rows",
        "total_records",
        "gesamt",
        "summe",
        "total_general",
    ];
    let Some(label) = cells.iter().position(|cell| !cell.is_empty()) else { return false };
    // What has a key is a row, whatever it is called.
    if key.is_some_and(|key| key != label && cells.get(key).is_some_and(|cell| !cell.is_empty())) {
        return false;
    }
    let mut told = cells.iter().skip(label).filter(|cell| !cell.is_empty());
    let Some(first) = told.next() else { return false };
    let text = String::from_utf8_lossy(first);
    let label = text.trim_end_matches(|c: char| !c.is_alphabetic());
    let is_number = |cell: &Vec<u8>| cell.iter().any(u8::is_ascii_digit) && !cell.iter().any(u8::is_ascii_alphabetic);
    WORDS.contains(&normal(label).as_str()) && told.all(is_number)
}

/// Whether a carriage return stands anywhere but before a newline.
fn has_lone_return(data: &[u8]) -> bool {
    memchr::memchr_iter(b'\r', data).any(|at| !matches!(data.get(at + 1), None | Some(b'\n')))
}

fn is_sound(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok() && memchr::memchr(0, text).is_none()
}
