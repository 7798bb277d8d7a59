//! A block of a file → typed columns, and everything that is wrong with its rows. Needs no other block, so any number
//! of workers can do it at once; what needs the rows before (keys used twice) is left to `table`.
//!
//! Long because a cell's way through all its checks is best read in one place.

use super::blocks::Block;
use super::cells::{self, Code, Codes};
use super::columns::{self, Builder};
use super::header::Plan;
use super::identity::{ColumnPseudonyms, Pseudonyms};
use super::keys::{Fingerprint, Key, KeySet};
use super::moments::{self, DAY_AFTER_LAST, FIRST_DAY, Moment};
use super::numbers::{self, Number};
use super::records::{self, Cells, Record};
use super::runs::Ordered;
use super::shown::{harmless, is_about_people, pattern, shown};
use crate::contract::{Column, ColumnType, Rule, Sensitivity, Severity, Table, finding_kind};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
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
}

impl Checks {
    /// What is the matter with a date that nobody can mean.
    fn out_of_range(&self, column: &Column, day: i32) -> Option<&'static str> {
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
    /// The records with the right number of cells, one row of `batch` each.
    pub rows: Vec<RowAt>,
    pub keep: Vec<bool>,
    pub keys: Vec<Key>,
    pub batch: Option<RecordBatch>,
    /// The records that are no row.
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
pub fn parse(checks: &Checks, plan: Arc<Plan>, block: Block, memory: &mut Memory) -> Result<Parsed, ArrowError> {
    let mut reader = Reader::new(checks, &plan, &block, memory);
    records::each_record(&block.data, &*plan, |record| reader.take(record));
    let rows = reader.rows.len();
    let batch = if plan.loadable && rows > 0 {
        let stored = reader.columns.iter_mut().filter(|column| columns::is_stored(column.column));
        let arrays = stored.map(|column| match &mut column.builder {
            Some(builder) => builder.finish(),
            None => Ok(columns::not_collected(column.column.kind, rows)),
        });
        let places =
            columns::places(plan.file_id, reader.rows.iter().map(|row| reader.first_line + u64::from(row.line)));
        let arrays = arrays.chain(places.map(Ok));
        Some(RecordBatch::try_new(checks.schema.clone(), arrays.collect::<Result<_, _>>()?)?)
    } else {
        None
    };
    for (at, column) in reader.columns.iter_mut().enumerate() {
        if let Some(pseudonyms) = column.pseudonyms.take() {
            memory.insert((&checks.table.name, at), pseudonyms);
        }
    }
    let Reader { records, rows, keep, keys, misshapen, problems, own_references, days, .. } = reader;
    Ok(Parsed { plan, block, records, rows, keep, keys, batch, misshapen, problems, own_references, days })
}

struct ColumnReader<'c> {
    column: &'static Column,
    cell: usize,
    /// Absent when the column is not in the file.
    builder: Option<Builder>,
    codes: Codes,
    pseudonyms: Option<ColumnPseudonyms>,
    parent: Option<&'c KeySet>,
    /// The last references that resolved, by a few bits: rows of one case follow each other, partners come again.
    resolved: [Fingerprint; 64],
    fingerprinted: bool,
}

struct Reader<'c> {
    checks: &'c Checks,
    plan: &'c Plan,
    text_is_sound: bool,
    /// Whether a cell can hold a comma or a line break.
    cells_may_break: bool,
    first_line: u64,
    columns: Vec<ColumnReader<'c>>,
    /// The row's values as far as rules need them: seconds of a date or time, anything of another kind.
    known: Vec<Option<i64>>,
    records: u32,
    rows: Vec<RowAt>,
    keep: Vec<bool>,
    keys: Vec<Key>,
    misshapen: Vec<RowAt>,
    problems: Vec<Problem>,
    own_references: Vec<(Fingerprint, String)>,
    days: Option<(i32, i32)>,
}

impl<'c> Reader<'c> {
    fn new(checks: &'c Checks, plan: &'c Plan, block: &Block, memory: &mut Memory) -> Self {
        const TYPICAL_ROW: usize = 100;
        let rows = block.data.len() / TYPICAL_ROW;
        let columns = checks.table.columns.iter().enumerate().map(|(at, column)| {
            let cell = plan.cells.get(at).copied().flatten();
            let parent = checks.parents.get(at).and_then(Option::as_deref);
            let identifier = column.sensitivity == Sensitivity::Identifier;
            ColumnReader {
                column,
                cell: cell.unwrap_or_default(),
                builder: cell.map(|_| Builder::new(column.kind, rows)),
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
        Self {
            checks,
            plan,
            text_is_sound: is_sound(&block.data),
            cells_may_break: memchr::memchr(b'"', &block.data).is_some() || has_lone_return(&block.data),
            first_line: block.first_line,
            columns: columns.collect(),
            known: vec![None; checks.table.columns.len()],
            records: 0,
            rows: Vec::with_capacity(rows),
            keep: Vec::with_capacity(rows),
            keys: Vec::with_capacity(rows),
            misshapen: Vec::new(),
            problems: Vec::new(),
            own_references: Vec::new(),
            days: None,
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
            Cells::Read { .. } => {
                self.row(&at, record);
                return;
            }
        };
        let mut hint = fix(code);
        if code == "long-row" && cells == width + 1 {
            hint = Some("put the cell that holds a comma into double quotes".to_owned());
        }
        self.problems.push(Problem {
            record: at.record,
            line: at.line,
            cell: None,
            field: None,
            code,
            severity: Severity::Error,
            message,
            hint,
            once: None,
        });
        self.misshapen.push(at);
    }

    fn row(&mut self, at: &RowAt, record: &Record<'_>) {
        // One bad byte must not make every cell of the block be looked at.
        let sound = self.text_is_sound || record.cells.bytes().is_some_and(is_sound);
        let mut row = Row {
            at,
            hides: !sound,
            may_break: self.cells_may_break,
            keep: true,
            key: Key::NONE,
            own: (Fingerprint::NONE, String::new()),
            latest: i32::MIN,
            earliest: i32::MAX,
            problems: &mut self.problems,
        };
        for (position, (column, known)) in self.columns.iter_mut().zip(&mut self.known).enumerate() {
            *known = None;
            if column.builder.is_some() {
                let own = self.checks.refers_to_itself == Some(position);
                *known = row.cell(self.checks, column, record.cells.get(column.cell), sound, own);
            }
        }
        for rule in &self.checks.table.rules {
            row.rule(self.checks.table, rule, &self.known, self.plan, record);
        }
        if row.keep && row.earliest <= row.latest {
            let (first, last) = self.days.unwrap_or((row.earliest, row.latest));
            self.days = Some((first.min(row.earliest), last.max(row.latest)));
        }
        self.keep.push(row.keep);
        self.keys.push(row.key);
        if self.checks.refers_to_itself.is_some() {
            self.own_references.push(row.own);
        }
        self.rows.push(at.clone());
    }
}

/// The row being read.
struct Row<'r> {
    at: &'r RowAt,
    /// Whether its values are shown as patterns only: its bytes are not what they should be.
    hides: bool,
    may_break: bool,
    keep: bool,
    key: Key,
    own: (Fingerprint, String),
    earliest: i32,
    latest: i32,
    problems: &'r mut Vec<Problem>,
}

impl Row<'_> {
    /// Types and checks one cell. Gives what rules need to know of it.
    fn cell(
        &mut self,
        checks: &Checks,
        reader: &mut ColumnReader<'_>,
        cell: &[u8],
        sound: bool,
        own: bool,
    ) -> Option<i64> {
        let column = reader.column;
        let builder = reader.builder.as_mut()?;
        if cell.is_empty() {
            builder.unknown();
            if column.required {
                let message = format!("{} is empty", column.name);
                self.problem(reader.cell, column, "missing-value", message, fix("missing-value"));
            }
            return None;
        }
        if column.sensitivity == Sensitivity::Drop {
            builder.unknown();
            return None;
        }
        if !sound && let Some(message) = unsound(column, cell) {
            builder.unknown();
            let hint = if cell.contains(&0) { Some("remove the NUL bytes".to_owned()) } else { fix("invalid-utf8") };
            self.problem(reader.cell, column, "invalid-utf8", message, hint);
            self.keep = false;
            return None;
        }
        if self.may_break
            && matches!(column.kind, ColumnType::Id | ColumnType::Code)
            && memchr::memchr3(b',', b'\n', b'\r', cell).is_some()
        {
            builder.unknown();
            let code = if column.kind == ColumnType::Id { "bad-id" } else { "unknown-code" };
            let message = format!("{} {} holds a comma or a line break", column.name, pattern(cell));
            self.problem(reader.cell, column, code, message, fix(code));
            return None;
        }
        let fingerprint = if reader.fingerprinted { Fingerprint::of(cell) } else { Fingerprint::NONE };
        if column.key {
            self.key = Key { print: fingerprint, ordered: Ordered::of(cell) };
        }
        if own {
            self.own = (fingerprint, self.shown(column, cell));
        }
        // Only what resolved has been given a pseudonym.
        if let Some(known) = reader.pseudonyms.as_ref().and_then(|pseudonyms| pseudonyms.known(fingerprint)) {
            builder.bytes(known);
            return Some(0);
        }
        if let Some(parent) = reader.parent
            && let Some(resolved) = reader.resolved.get_mut((fingerprint.bits() % 64) as usize)
            && *resolved != fingerprint
        {
            if !parent.contains(fingerprint) {
                builder.unknown();
                let hides = is_about_people(checks.table);
                let shown = if hides { pattern(cell) } else { self.shown(column, cell) };
                self.problem(reader.cell, column, "orphan", orphan(column, &shown), fix("orphan"));
                return None;
            }
            *resolved = fingerprint;
        }
        if let Some(pseudonyms) = &mut reader.pseudonyms {
            builder.bytes(pseudonyms.of(fingerprint, cell));
            return Some(0);
        }
        if column.kind == ColumnType::Code {
            return self.code(reader, cell);
        }
        if column.kind == ColumnType::Id {
            builder.bytes(cell);
            return Some(0);
        }
        // What nearly all cells are, without a detour.
        let moment = match (column.kind, &mut *builder) {
            (ColumnType::Number, Builder::Number(builder)) => {
                if let Number::Is(number) = numbers::number(cell)
                    && cells::outside(column, number).is_none()
                {
                    builder.push(number);
                    return Some(0);
                }
                Moment::Unreadable
            }
            (ColumnType::Date, _) => moments::date(cell),
            (ColumnType::Timestamp, _) => moments::timestamp(cell),
            _ => Moment::Unreadable,
        };
        if let Moment::At(day, seconds) = moment {
            return self.moment(checks, reader, cell, (day, seconds));
        }
        // By reference: copying the value would cost more than reading the cell.
        match &cells::read(column, cell) {
            Ok(value) => {
                builder.value(value);
                Some(0)
            }
            Err(trouble) => {
                builder.unknown();
                let message = format!("{} {} {}", column.name, self.shown(column, cell), trouble.what);
                let hint = trouble.hint.clone().or_else(|| fix(trouble.code));
                self.problem(reader.cell, column, trouble.code, message, hint);
                None
            }
        }
    }

    /// A day or time that is in the calendar: kept if somebody can mean it.
    #[inline]
    fn moment(
        &mut self,
        checks: &Checks,
        reader: &mut ColumnReader<'_>,
        cell: &[u8],
        (day, seconds): (i32, i64),
    ) -> Option<i64> {
        let column = reader.column;
        let builder = reader.builder.as_mut()?;
        if let Some(what) = checks.out_of_range(column, day) {
            builder.unknown();
            let message = format!("{} {} {what}", column.name, self.shown(column, cell));
            self.problem(reader.cell, column, "out-of-range", message, fix("out-of-range"));
            return None;
        }
        if !column.may_be_future {
            if checks.as_of.is_some_and(|as_of| day > as_of) {
                builder.unknown();
                let message = format!(
                    "{} {} is after the as-of date {}",
                    column.name,
                    self.shown(column, cell),
                    checks.as_of_text
                );
                self.problem(reader.cell, column, "after-as-of", message, fix("after-as-of"));
                return None;
            }
            self.earliest = self.earliest.min(day);
            self.latest = self.latest.max(day);
        }
        builder.moment(day, seconds);
        Some(seconds)
    }

    fn code(&mut self, reader: &mut ColumnReader<'_>, cell: &[u8]) -> Option<i64> {
        let column = reader.column;
        let builder = reader.builder.as_mut()?;
        match reader.codes.read(cell) {
            Code::Is(code) => builder.text(code),
            Code::New(code) => {
                builder.text(code);
                let value = match harmless(column, cell) {
                    Some(_) if !self.hides => format!("\"{code}\""),
                    _ => pattern(cell),
                };
                let message = format!("{} {value} is not in the contract's list; it is kept", column.name);
                let once = Some(format!("{}={code}", column.name));
                self.problem(reader.cell, column, "new-code", message, fix("new-code"));
                if let Some(problem) = self.problems.last_mut() {
                    problem.once = once;
                }
            }
            Code::Empty => {
                builder.unknown();
                if column.required {
                    let message = format!("{} is empty", column.name);
                    self.problem(reader.cell, column, "missing-value", message, fix("missing-value"));
                }
                return None;
            }
            Code::Unknown => {
                builder.unknown();
                let text = String::from_utf8_lossy(cell);
                let message = format!("{} {} is not one of the codes", column.name, self.shown(column, cell));
                self.problem(reader.cell, column, "unknown-code", message, reader.codes.hint(&text));
                return None;
            }
        }
        Some(0)
    }

    fn rule(
        &mut self,
        table: &'static Table,
        rule: &'static Rule,
        known: &[Option<i64>],
        plan: &Plan,
        record: &Record<'_>,
    ) {
        let value = |name: &String| {
            let position = table.position(name)?;
            known.get(position).copied().flatten().map(|value| (position, value))
        };
        match rule {
            Rule::AnyOf(names) => {
                if names.iter().all(|name| value(name).is_none()) {
                    let message = format!("at least one of {} is needed", names.join(", "));
                    self.push(None, None, "any-of-missing", Severity::Error, message, fix("any-of-missing"));
                }
            }
            Rule::Order(names) => {
                let mut earlier: Option<(usize, i64)> = None;
                for (position, at) in names.iter().filter_map(value) {
                    if let Some((before, must_be)) = earlier
                        && at < must_be
                        && let (Some(first), Some(second)) = (table.columns.get(before), table.columns.get(position))
                    {
                        let text = |position: usize, column: &Column| {
                            let cell = plan.cells.get(position).copied().flatten().unwrap_or_default();
                            self.shown(column, record.cells.get(cell))
                        };
                        let message = format!(
                            "{} {} is before {} {}",
                            second.name,
                            text(position, second),
                            first.name,
                            text(before, first)
                        );
                        let cell = plan.cells.get(position).copied().flatten();
                        self.push(cell, Some(&second.name), "date-order", Severity::Error, message, fix("date-order"));
                    }
                    earlier = Some((position, at));
                }
            }
        }
    }

    fn shown(&self, column: &Column, cell: &[u8]) -> String {
        if self.hides { pattern(cell) } else { shown(column, cell) }
    }

    /// A problem with a cell: where the column is required, the row is set aside.
    fn problem(
        &mut self,
        cell: usize,
        column: &'static Column,
        code: &'static str,
        message: String,
        hint: Option<String>,
    ) {
        let severity = match (code, finding_kind(code).map_or(Severity::Error, |kind| kind.severity)) {
            (_, Severity::Note) => Severity::Note,
            _ if column.required => Severity::Error,
            ("orphan", _) => Severity::Warning,
            (_, severity) => severity,
        };
        self.push(Some(cell), Some(&column.name), code, severity, message, hint);
    }

    fn push(
        &mut self,
        cell: Option<usize>,
        field: Option<&'static str>,
        code: &'static str,
        severity: Severity,
        message: String,
        hint: Option<String>,
    ) {
        self.keep &= severity < Severity::Error;
        let cell = cell.map(|cell| cell as u32 + 1);
        let RowAt { record, line, .. } = *self.at;
        self.problems.push(Problem { record, line, cell, field, code, severity, message, hint, once: None });
    }
}

/// What is said about a reference that leads nowhere.
pub fn orphan(column: &Column, shown: &str) -> String {
    let parent = column.target().map_or("rows", |(table, _)| table);
    format!("{} {shown} is not among the loaded {parent}", column.name)
}

/// Whether a carriage return stands anywhere but before a newline.
fn has_lone_return(data: &[u8]) -> bool {
    memchr::memchr_iter(b'\r', data).any(|at| !matches!(data.get(at + 1), None | Some(b'\n')))
}

fn is_sound(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok() && memchr::memchr(0, text).is_none()
}

fn unsound(column: &Column, cell: &[u8]) -> Option<String> {
    match std::str::from_utf8(cell) {
        Err(error) => {
            let byte = cell.get(error.valid_up_to()).copied().unwrap_or_default();
            let place = error.valid_up_to() + 1;
            Some(format!("{} is not UTF-8 text: byte {place} is 0x{byte:02x}", column.name))
        }
        Ok(text) if text.contains('\0') => Some(format!("{} holds a NUL byte", column.name)),
        Ok(_) => None,
    }
}

pub fn fix(code: &str) -> Option<String> {
    finding_kind(code).map(|kind| kind.fix.clone())
}
