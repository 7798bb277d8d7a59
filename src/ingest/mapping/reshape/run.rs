//! A block's records → rows, as a fitted rule says.

use super::super::{Converted, Converter, MappingError};
use super::comparable::Comparables;
use super::fitted::{Fitted, FittedSplit, Value};
use super::seen::inputs;
use super::sql::SqlRows;
use super::template::Part;
use super::text::{TextColumn, polars_column};
use super::told::Told;
use std::sync::Arc;

/// For a key that is not in a look-up.
const NOT_FOUND: u32 = u32::MAX;

/// Which record a row was made of, and what part of it.
#[derive(Debug, Clone, Copy)]
struct Row {
    record: u32,
    group: u32,
    /// Where the single value stands in the text that is split.
    piece: (u32, u32),
}

/// What became of a block's records.
#[derive(Debug)]
pub struct Reshaped {
    fitted: Arc<Fitted>,
    records: usize,
    inputs: Vec<Arc<TextColumn>>,
    lines: TextColumn,
    /// For each look-up, the row found: by record, or by row where it is late.
    found: Vec<Vec<u32>>,
    rows: Vec<Row>,
    deleted: Vec<bool>,
    templates: Vec<TextColumn>,
    /// By number of the expression; those of conditions stay empty.
    sql: Vec<TextColumn>,
    /// By row, where one of several counts by a value.
    latest: Comparables,
    told: Told,
}

impl Reshaped {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The record a row was made of; never less than the row's before.
    pub fn origin(&self, row: usize) -> usize {
        self.rows.get(row).map_or(0, |row| row.record as usize)
    }

    /// Whether the row says that the one with its key is deleted.
    pub fn is_deleted(&self, row: usize) -> bool {
        self.deleted.get(row).copied().unwrap_or_default()
    }

    /// Which value of a repeat the row was made for.
    pub fn group(&self, row: usize) -> Option<usize> {
        self.fitted.repeat.as_ref()?;
        self.rows.get(row).map(|row| row.group as usize)
    }

    /// The text of what was asked for at that position, before a converter of its own; empty if unknown.
    pub fn text(&self, position: usize, row: usize) -> &[u8] {
        self.fitted.values.get(position).and_then(|value| self.get(value, row)).unwrap_or_default().as_bytes()
    }

    /// The same; `None` if unknown.
    pub(in super::super) fn get_text(&self, position: usize, row: usize) -> Option<&str> {
        self.fitted.values.get(position).and_then(|value| self.get(value, row))
    }

    /// What decides which of several rows with a key counts: the greatest counts. Empty if unknown.
    pub fn latest(&self, row: usize) -> &[u8] {
        self.latest.get(row)
    }

    /// What the records tell beside their rows.
    pub(in super::super) fn told(&mut self) -> Told {
        std::mem::take(&mut self.told)
    }

    /// How many records have no row.
    pub fn left_out(&self) -> usize {
        let mut with_row = 0;
        let mut last = None;
        for row in &self.rows {
            with_row += usize::from(last != Some(row.record));
            last = Some(row.record);
        }
        self.records - with_row
    }

    pub(in super::super) fn new(
        fitted: &Arc<Fitted>,
        texts: Vec<TextColumn>,
        lines: &[u64],
    ) -> Result<Self, MappingError> {
        let records = lines.len();
        let mut numbers = TextColumn::with_capacity(if fitted.reads_lines() { records } else { 0 });
        if fitted.reads_lines() {
            for line in lines {
                numbers.push_exact(&line.to_string());
            }
        }
        let mut told = Told::default();
        let mut made = Self {
            fitted: fitted.clone(),
            records,
            inputs: inputs(fitted, texts, lines, &mut told.unread),
            lines: numbers,
            found: Vec::new(),
            rows: Vec::new(),
            deleted: Vec::new(),
            templates: Vec::new(),
            sql: Vec::new(),
            latest: Comparables::default(),
            told,
        };
        made.told.settle();
        let mut scratch = Vec::new();
        for at in 0..fitted.joins.len() {
            made.found.push(Vec::new());
            made.look_up(at, false, records);
        }
        made.make_rows(&mut scratch);
        for at in 0..fitted.joins.len() {
            made.look_up(at, true, made.rows.len());
        }
        made.compute(lines)?;
        made.compare(lines);
        Ok(made)
    }

    /// Finds the rows of a look-up. One that is early needs only the records.
    fn look_up(&mut self, at: usize, late: bool, count: usize) {
        let fitted = self.fitted.clone();
        let Some(join) = fitted.joins.get(at).filter(|join| join.late == late) else { return };
        let mut found = Vec::with_capacity(count);
        let mut parts = Vec::with_capacity(join.on.len());
        for at in 0..count {
            parts.clear();
            for on in &join.on {
                let text = if late { self.get(on, at) } else { self.of_record(on, at) };
                let Some(text) = text else { break };
                parts.push(text);
            }
            let row = if parts.len() == join.on.len() { join.lookup.find(&parts) } else { None };
            found.push(row.unwrap_or(NOT_FOUND));
        }
        if let Some(slot) = self.found.get_mut(at) {
            *slot = found;
        }
    }

    /// A row for each record, single value and group.
    fn make_rows(&mut self, scratch: &mut Vec<u8>) {
        let fitted = self.fitted.clone();
        let groups = fitted.groups.len() as u32;
        let mut rows = Vec::with_capacity(self.records);
        let mut pieces: Vec<(u32, u32)> = Vec::new();
        for record in 0..self.records {
            pieces.clear();
            match &fitted.split {
                None => pieces.push((0, 0)),
                Some(split) => {
                    let text = self.of_record(&split.value, record).unwrap_or_default();
                    cut(text, split, &fitted.plain, scratch, &mut pieces);
                }
            }
            let record = record as u32;
            for piece in &pieces {
                match &fitted.repeat {
                    None => rows.push(Row { record, group: 0, piece: *piece }),
                    Some(repeat) => {
                        for group in 0..groups {
                            let row = Row { record, group, piece: *piece };
                            let known = |value| self.at(value, &row, None).is_some();
                            if repeat.keep_empty || repeat.tested.iter().any(known) {
                                rows.push(row);
                            }
                        }
                    }
                }
            }
        }
        self.rows = rows;
    }

    /// Filters, and computes what is not in a cell.
    fn compute(&mut self, lines: &[u64]) -> Result<(), MappingError> {
        let fitted = self.fitted.clone();
        let conditions = [fitted.filter, fitted.deleted];
        let others: Vec<usize> = (0..fitted.sql.len()).filter(|at| !conditions.contains(&Some(*at))).collect();
        let after = others.iter().chain(&fitted.deleted).filter_map(|at| fitted.sql.get(*at));
        let mut reads: Vec<usize> = after.flat_map(|sql| sql.reads.iter().copied()).collect();
        reads.sort_unstable();
        reads.dedup();
        let mut frame: Option<SqlRows> = None;
        let filter = fitted.filter.and_then(|at| fitted.sql.get(at));
        if let Some(filter) = filter.filter(|_| !self.rows.is_empty()) {
            let rows = self.sql_rows(&filter.reads)?;
            let answers = rows.answers(filter)?;
            for (row, _) in self.rows.iter().zip(&answers).filter(|(_, answer)| answer.is_none()) {
                self.told.notes.undecided.add(lines.get(row.record as usize).copied().unwrap_or_default());
            }
            let keep: Vec<bool> = answers.into_iter().map(|answer| answer == Some(true)).collect();
            if keep.contains(&false) {
                self.keep_only(&keep);
            } else if reads.iter().all(|read| filter.reads.contains(read)) {
                frame = Some(rows);
            }
        }
        self.sql = fitted.sql.iter().map(|_| TextColumn::default()).collect();
        if !self.rows.is_empty() && (fitted.deleted.is_some() || !others.is_empty()) {
            let frame = match frame {
                Some(frame) => frame,
                None => self.sql_rows(&reads)?,
            };
            if let Some(deleted) = fitted.deleted.and_then(|at| fitted.sql.get(at)) {
                self.deleted = frame.answers(deleted)?.into_iter().map(|answer| answer == Some(true)).collect();
            }
            let expressions: Vec<_> = others.iter().filter_map(|at| fitted.sql.get(*at)).collect();
            let texts = if expressions.is_empty() { Vec::new() } else { frame.texts(&expressions)? };
            for (at, texts) in others.into_iter().zip(texts) {
                if let Some(slot) = self.sql.get_mut(at) {
                    *slot = texts;
                }
            }
        }
        let filled: Vec<TextColumn> = fitted.templates.iter().map(|parts| self.fill(parts)).collect();
        self.templates = filled;
        Ok(())
    }

    /// Makes the values comparable by which one of several rows counts.
    fn compare(&mut self, lines: &[u64]) {
        let fitted = self.fitted.clone();
        let Some(value) = &fitted.latest else { return };
        let mut latest = Comparables::default();
        for (number, row) in self.rows.iter().enumerate() {
            if let Some(kind) = latest.push(self.get(value, number)) {
                let line = lines.get(row.record as usize).copied().unwrap_or_default();
                self.told.notes.latest.entry(kind).or_default().add(line);
            }
        }
        self.latest = latest;
    }

    fn sql_rows(&self, columns: &[usize]) -> Result<SqlRows, MappingError> {
        let rows = self.rows.len();
        let columns = columns.iter().filter_map(|at| self.fitted.sql_columns.get(*at));
        let columns = columns.map(|(name, value)| polars_column(name, rows, (0..rows).map(|row| self.get(value, row))));
        SqlRows::new(rows, columns.collect(), self.fitted.sql.first())
    }

    fn keep_only(&mut self, keep: &[bool]) {
        retain(&mut self.rows, keep);
        for (join, found) in self.fitted.joins.iter().zip(&mut self.found) {
            if join.late {
                retain(found, keep);
            }
        }
    }

    /// Puts the values in. Unknown where any of them is; the value of `x` may be empty.
    fn fill(&self, parts: &[Part<Value>]) -> TextColumn {
        let mut filled = String::new();
        let mut texts = TextColumn::with_capacity(self.rows.len());
        for row in 0..self.rows.len() {
            filled.clear();
            let known = parts.iter().all(|part| match part {
                Part::Text(text) => {
                    filled.push_str(text);
                    true
                }
                Part::Value(Value::Group) => {
                    filled.push_str(self.group_text(row).unwrap_or_default());
                    true
                }
                Part::Value(value) => self.get(value, row).inspect(|value| filled.push_str(value)).is_some(),
            });
            if known {
                texts.push(&filled);
            } else {
                texts.push_unknown();
            }
        }
        texts
    }

    fn group_text(&self, row: usize) -> Option<&str> {
        let row = self.rows.get(row)?;
        self.fitted.groups.get(row.group as usize).map(String::as_str)
    }

    fn of_record<'s>(&'s self, value: &'s Value, record: usize) -> Option<&'s str> {
        self.at(value, &Row { record: record as u32, group: 0, piece: (0, 0) }, None)
    }

    fn get<'s>(&'s self, value: &'s Value, row: usize) -> Option<&'s str> {
        match value {
            Value::Template(at) => self.templates.get(*at)?.get(row),
            Value::Sql(at) => self.sql.get(*at)?.get(row),
            _ => self.at(value, self.rows.get(row)?, Some(row)),
        }
    }

    /// A value that is not computed; `number` is the row's where rows are made.
    fn at<'s>(&'s self, value: &'s Value, row: &Row, number: Option<usize>) -> Option<&'s str> {
        let record = row.record as usize;
        match value {
            Value::Input(input) => self.inputs.get(*input)?.get(record),
            Value::Same(text) => Some(text.as_str()),
            Value::Grouped(cells) => self.inputs.get((*cells.get(row.group as usize)?)?)?.get(record),
            Value::Joined { join, column } => {
                let found = self.found.get(*join)?;
                let joined = self.fitted.joins.get(*join)?;
                let row = if joined.late { *found.get(number?)? } else { *found.get(record)? };
                if row == NOT_FOUND { None } else { joined.lookup.value(row, *column) }
            }
            Value::Piece => {
                let text = self.of_record(&self.fitted.split.as_ref()?.value, record)?;
                text.get(row.piece.0 as usize..row.piece.1 as usize).filter(|piece| !piece.is_empty())
            }
            Value::Group => {
                self.fitted.groups.get(row.group as usize).map(String::as_str).filter(|group| !group.is_empty())
            }
            Value::Line => self.lines.get(record),
            Value::Unknown | Value::Template(_) | Value::Sql(_) => None,
        }
    }
}

/// The single values of a text, as places in it. Those that mean unknown are none.
fn cut(text: &str, split: &FittedSplit, plain: &Converter, scratch: &mut Vec<u8>, pieces: &mut Vec<(u32, u32)>) {
    let mut start = 0;
    while start <= text.len() {
        let rest = text.get(start..).unwrap_or_default();
        let first = split
            .separators
            .iter()
            .filter_map(|separator| rest.find(separator.as_str()).map(|at| (at, separator.len())))
            .min_by_key(|(at, length)| (*at, std::cmp::Reverse(*length)));
        let (length, next) = first.map_or((rest.len(), rest.len() + 1), |(at, width)| (at, at + width));
        let part = rest.get(..length).unwrap_or_default();
        let stripped = |c: char| c.is_whitespace() || split.strip.contains(&c);
        let begin = part.len() - part.trim_start_matches(stripped).len();
        let piece = part.trim_matches(stripped);
        if !piece.is_empty() && !matches!(plain.convert(piece.as_bytes(), scratch), Converted::Unknown) {
            let at = start + begin;
            pieces.push((at as u32, (at + piece.len()) as u32));
        }
        start += next;
    }
}

fn retain<T>(items: &mut Vec<T>, keep: &[bool]) {
    let mut kept = keep.iter();
    items.retain(|_| kept.next().copied().unwrap_or_default());
}
