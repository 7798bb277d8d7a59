//! One row's cells → typed values, and everything that is wrong with them.
//!
//! Long because a cell's way through all its checks is best read in one place.

use super::cells::{self, Code};
use super::columns::{Builder, Value};
use super::keys::{Fingerprint, Key};
use super::mapping::{Converted, Reshaped};
use super::moments::{self, Moment};
use super::numbers::{self, Number};
use super::plan::Plan;
use super::records::Record;
use super::rows::{Checks, ColumnReader, Problem, RowAt};
use super::runs::Ordered;
use super::shown::{harmless, is_about_people, pattern, shown};
use crate::contract::{Column, ColumnType, Rule, Sensitivity, Severity, Table, finding_kind, visible};

/// No name and no id is longer; what is, was meant for another column and would fill every page it is shown on.
const LONGEST_TEXT: usize = 500;

/// Where a row's texts are.
#[derive(Clone, Copy)]
pub enum Texts<'t> {
    /// In the cells of a record.
    Record(&'t Record<'t>),
    /// In a row that a mapping's rule made of a record.
    Reshaped(&'t Reshaped, usize),
}

impl<'t> Texts<'t> {
    /// The text of the contract's column at that position, before it is converted.
    fn of(self, plan: &'t Plan, position: usize) -> &'t [u8] {
        if let Some(Some(value)) = plan.values.get(position) {
            return value.as_bytes();
        }
        match self {
            Self::Record(record) => {
                let cell = plan.cells.get(position).copied().flatten();
                cell.map_or(&[], |cell| record.cells.get(cell))
            }
            Self::Reshaped(reshaped, row) => reshaped.text(position, row).trim_ascii(),
        }
    }

    /// The cell of the record that the text stood in, if it is the text of one.
    fn cell(self, plan: &Plan, position: usize) -> Option<usize> {
        match (self, &plan.reshape) {
            (Self::Reshaped(reshaped, row), Some(reshape)) => reshape.cell_of(position, reshaped.group(row)),
            _ => plan.cells.get(position).copied().flatten(),
        }
    }
}

/// Room for a cell's text while it is converted.
#[derive(Default)]
pub struct Scratch {
    converted: Vec<u8>,
    common: Vec<u8>,
}

/// The row being read.
pub struct Row<'r> {
    pub at: &'r RowAt,
    pub plan: &'r Plan,
    pub texts: Texts<'r>,
    /// Whether its values are shown as patterns only: its bytes are not what they should be.
    pub hides: bool,
    pub may_break: bool,
    pub keep: bool,
    pub key: Key,
    pub own: (Fingerprint, String),
    pub earliest: i32,
    pub latest: i32,
    /// Of the value read last: the same for the same content, never 0.
    pub content: u16,
    /// The id that stands in the key's cell and the system it is of.
    pub origin: Fingerprint,
    pub problems: &'r mut Vec<Problem>,
}

impl Row<'_> {
    /// Types and checks one cell. Gives what rules need to know of it.
    #[allow(clippy::too_many_lines)] // one cell's way through all its checks
    pub fn cell(
        &mut self,
        checks: &Checks,
        reader: &mut ColumnReader<'_>,
        original: &[u8],
        scratch: &mut Scratch,
        (sound, own): (bool, bool),
    ) -> Option<i64> {
        let column = reader.column;
        let builder = reader.builder.as_mut()?;
        if original.is_empty() && reader.converter.is_none() {
            builder.unknown();
            self.missing(reader);
            return None;
        }
        if column.sensitivity == Sensitivity::Drop {
            builder.unknown();
            return None;
        }
        if !sound && let Some(message) = unsound(column, original) {
            builder.unknown();
            let nul = original.contains(&0);
            let hint = if nul { Some("remove the NUL bytes".to_owned()) } else { fix("invalid-utf8") };
            self.problem(reader, "invalid-utf8", message, hint);
            self.keep = false;
            return None;
        }
        let cell = match reader.converter.map(|converter| converter.convert(original, &mut scratch.converted)) {
            None => original,
            Some(Converted::Text(text)) if !text.is_empty() => text,
            Some(Converted::Text(_) | Converted::Unknown) => {
                builder.unknown();
                self.missing(reader);
                return None;
            }
            Some(Converted::Trouble(trouble)) => {
                builder.unknown();
                let message = format!("{} {} {}", column.name, self.shown(column, original), trouble.what);
                self.problem(reader, trouble.code, message, trouble.hint.or_else(|| fix(trouble.code)));
                return None;
            }
        };
        let cell = match &self.plan.ids {
            Some(ids) if column.kind == ColumnType::Id => ids.common(column, cell, &mut scratch.common),
            _ => cell,
        };
        if self.may_break
            && matches!(column.kind, ColumnType::Id | ColumnType::Code)
            && memchr::memchr3(b',', b'\n', b'\r', cell).is_some()
        {
            builder.unknown();
            let code = if column.kind == ColumnType::Id { "bad-id" } else { "unknown-code" };
            let message = format!("{} {} holds a comma or a line break", column.name, pattern(cell));
            self.problem(reader, code, message, fix(code));
            return None;
        }
        if checks.compares {
            self.content = (Fingerprint::of(cell).bits() as u16).max(2);
        }
        let fingerprint = if reader.fingerprinted { Fingerprint::of(cell) } else { Fingerprint::NONE };
        if column.key && checks.compares {
            self.origin = match &self.plan.ids {
                Some(ids) => Fingerprint::of(&[ids.system.as_bytes(), b"\0", original].concat()),
                None => fingerprint,
            };
        }
        if column.key {
            self.key = Key { print: fingerprint, ordered: Ordered::of(cell) };
        }
        if own {
            self.own = (fingerprint, self.shown(column, original));
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
                let shown = if hides { pattern(original) } else { self.shown(column, original) };
                self.problem(reader, "orphan", orphan(column, &shown), fix("orphan"));
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
        if matches!(column.kind, ColumnType::Id | ColumnType::Text) && cell.len() > LONGEST_TEXT {
            builder.unknown();
            let message = format!("{} {} is longer than {LONGEST_TEXT} bytes", column.name, pattern(cell));
            self.problem(reader, "too-long", message, fix("too-long"));
            return None;
        }
        if column.kind == ColumnType::Id {
            // What most ids are, letters and digits, needs no look.
            let is_plain = cell.iter().all(|byte| (0x20..0x7f).contains(byte));
            match std::str::from_utf8(cell) {
                Ok(text) if !is_plain => builder.text(&visible(text)),
                _ => builder.bytes(cell),
            }
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
            return self.moment(checks, reader, original, (day, seconds));
        }
        // By reference: copying the value would cost more than reading the cell.
        match &cells::read(column, cell) {
            Ok(Value::Text(text)) => {
                builder.text(&visible(text));
                Some(0)
            }
            Ok(value) => {
                builder.value(value);
                Some(0)
            }
            Err(trouble) => {
                builder.unknown();
                let message = format!("{} {} {}", column.name, self.shown(column, original), trouble.what);
                let hint = trouble.hint.clone().or_else(|| fix(trouble.code));
                self.problem(reader, trouble.code, message, hint);
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
            self.problem(reader, "out-of-range", message, fix("out-of-range"));
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
                self.problem(reader, "after-as-of", message, fix("after-as-of"));
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
                self.problem(reader, "new-code", message, fix("new-code"));
                if let Some(problem) = self.problems.last_mut() {
                    problem.once = once;
                }
            }
            Code::Empty => {
                builder.unknown();
                self.missing(reader);
                return None;
            }
            Code::Text => {
                builder.unknown();
                let message = format!("{} {} is no code", column.name, pattern(cell));
                self.problem(reader, "text-in-code", message, fix("text-in-code"));
                return None;
            }
            Code::Unknown => {
                builder.unknown();
                let text = String::from_utf8_lossy(cell);
                let message = format!("{} {} is not one of the codes", column.name, self.shown(column, cell));
                self.problem(reader, "unknown-code", message, reader.codes.hint(&text));
                return None;
            }
        }
        Some(0)
    }

    /// An empty cell, or one that a mapping says is unknown.
    fn missing(&mut self, reader: &ColumnReader<'_>) {
        if reader.column.required {
            let message = format!("{} is empty", reader.column.name);
            self.problem(reader, "missing-value", message, fix("missing-value"));
        }
    }

    /// Checks what must hold between the row's values.
    pub fn rule(&mut self, table: &'static Table, rule: &'static Rule, known: &[Option<i64>]) {
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
                        let text =
                            |position: usize, column: &Column| self.shown(column, self.texts.of(self.plan, position));
                        let message = format!(
                            "{} {} is before {} {}",
                            second.name,
                            text(position, second),
                            first.name,
                            text(before, first)
                        );
                        let cell = self.texts.cell(self.plan, position);
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
    fn problem(&mut self, reader: &ColumnReader<'_>, code: &'static str, message: String, hint: Option<String>) {
        let column = reader.column;
        let severity = match (code, finding_kind(code).map_or(Severity::Error, |kind| kind.severity)) {
            (_, Severity::Note) => Severity::Note,
            _ if column.required => Severity::Error,
            ("orphan", _) => Severity::Warning,
            (_, severity) => severity,
        };
        let cell = self.texts.cell(self.plan, reader.position);
        self.push(cell, Some(&column.name), code, severity, message, hint);
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

/// The fix that findings of that code have.
pub fn fix(code: &str) -> Option<String> {
    finding_kind(code).map(|kind| kind.fix.clone())
}
