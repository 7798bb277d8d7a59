//! A rule or look-up fitted to one file's header: every name is a cell, every SQL text a plan.

use super::super::file::{JoinFile, SplitFile};
use super::super::lookup::{Lookup, Lookups};
use super::super::{Converter, From, Mapping, MappingError};
use super::scope::{Cell, Scope, Seen, Slot};
use super::sql::Expression;
use super::template::{Part, parts};
use super::wanted::Wanted;
use super::{Place, Problem};
use std::sync::Arc;

/// Where a value is, for a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Unknown,
    /// The same in every row.
    Same(String),
    /// A cell of the record.
    Input(usize),
    /// For each group of a repeat, a cell of the record.
    Grouped(Vec<Option<usize>>),
    /// The single value of a split.
    Piece,
    /// The value of `x`.
    Group,
    Joined {
        join: usize,
        column: usize,
    },
    /// The record's line.
    Line,
    Template(usize),
    Sql(usize),
}

/// A cell that is read, and what is done with it first.
#[derive(Debug)]
pub struct Input {
    /// Which of the needed cells.
    pub needed: usize,
    pub converter: Option<Converter>,
    pub cell: Cell,
    /// What the mapping calls it, where its name has settings.
    pub name: String,
}

#[derive(Debug)]
pub struct FittedJoin {
    pub lookup: Arc<Lookup>,
    pub on: Vec<Value>,
    pub late: bool,
}

#[derive(Debug)]
pub struct FittedSplit {
    pub value: Value,
    /// The longest first.
    pub separators: Vec<String>,
    pub strip: Vec<char>,
}

#[derive(Debug)]
pub struct FittedRepeat {
    /// Cells of which one must be known for the group to make a row.
    pub tested: Vec<Value>,
    pub keep_empty: bool,
}

/// A rule or look-up fitted to a header.
#[derive(Debug)]
pub struct Fitted {
    /// The cells that are read, by their place in the header.
    pub needed: Vec<usize>,
    pub inputs: Vec<Input>,
    pub joins: Vec<FittedJoin>,
    pub split: Option<FittedSplit>,
    pub repeat: Option<FittedRepeat>,
    /// The values of `x`.
    pub groups: Vec<String>,
    pub filter: Option<usize>,
    pub deleted: Option<usize>,
    pub latest: Option<Value>,
    /// What is made, in the order asked for.
    pub values: Vec<Value>,
    pub templates: Vec<Vec<Part<Value>>>,
    pub sql: Vec<Expression>,
    /// What SQL reads, and how it is called there.
    pub sql_columns: Vec<(String, Value)>,
    /// What pieces of a split that mean unknown look like.
    pub plain: Converter,
    pub absent: Vec<String>,
}

impl Fitted {
    /// Fits what is wanted to a header.
    pub fn new(
        wanted: &Wanted<'_>,
        mapping: &Mapping,
        header: &[String],
        lookups: &Lookups,
        place: &Place<'_>,
    ) -> Result<Self, MappingError> {
        let fitted = Self {
            needed: Vec::new(),
            inputs: Vec::new(),
            joins: Vec::new(),
            split: None,
            repeat: None,
            groups: Vec::new(),
            filter: None,
            deleted: None,
            latest: None,
            values: Vec::new(),
            templates: Vec::new(),
            sql: Vec::new(),
            sql_columns: Vec::new(),
            plain: mapping.plain.clone(),
            absent: Vec::new(),
        };
        let scope = Scope::new(mapping, wanted.names, header, lookups);
        let mut fitting = Fitting { wanted, mapping, place, scope, fitted };
        match fitting.fit() {
            Ok(()) => Ok(fitting.fitted),
            Err(problem) => Err(problem.located(mapping, wanted.setting)),
        }
    }

    /// The place in the header of the cell whose text the value is.
    pub fn cell_of(&self, value: &Value, group: Option<usize>) -> Option<usize> {
        match value {
            Value::Input(input) => self.cell(*input),
            Value::Grouped(cells) => self.cell(cells.get(group?).copied().flatten()?),
            Value::Piece => self.cell_of(&self.split.as_ref()?.value, group),
            Value::Template(at) => {
                let values = self.templates.get(*at)?.iter().filter_map(|part| match part {
                    Part::Value(value) => Some(value),
                    Part::Text(_) => None,
                });
                self.only_cell(values, group)
            }
            Value::Sql(at) => {
                let read = self.sql.get(*at)?.reads.iter();
                self.only_cell(read.filter_map(|column| self.sql_columns.get(*column)).map(|(_, value)| value), group)
            }
            Value::Unknown | Value::Same(_) | Value::Group | Value::Joined { .. } | Value::Line => None,
        }
    }

    /// The cell, if there is only one that the values are made of.
    fn only_cell<'v>(&self, values: impl Iterator<Item = &'v Value>, group: Option<usize>) -> Option<usize> {
        let mut cells = values.filter_map(|value| self.cell_of(value, group));
        let first = cells.next()?;
        cells.all(|cell| cell == first).then_some(first)
    }

    fn cell(&self, input: usize) -> Option<usize> {
        self.inputs.get(input).map(|input| input.cell.at)
    }

    /// Whether the file, or what is looked up, has anything that the value could be made of.
    pub fn is_collected(&self, value: &Value) -> bool {
        match value {
            Value::Unknown => false,
            Value::Joined { join, column } => self.joins.get(*join).is_some_and(|join| join.lookup.collects(*column)),
            Value::Template(at) => self.templates.get(*at).is_some_and(|parts| {
                parts.iter().all(|part| match part {
                    Part::Value(value) => self.is_collected(value),
                    Part::Text(_) => true,
                })
            }),
            Value::Sql(at) => self.sql.get(*at).is_some_and(|sql| {
                let mut read = sql.reads.iter().filter_map(|column| self.sql_columns.get(*column));
                sql.says_without || read.any(|(_, value)| self.is_collected(value))
            }),
            _ => true,
        }
    }

    /// Whether any value is the record's line.
    pub fn reads_lines(&self) -> bool {
        let on = self.joins.iter().flat_map(|join| &join.on);
        let parts = self.templates.iter().flatten().filter_map(|part| match part {
            Part::Value(value) => Some(value),
            Part::Text(_) => None,
        });
        let tested = self.repeat.iter().flat_map(|repeat| &repeat.tested);
        let others = self.values.iter().chain(&self.latest).chain(self.split.iter().map(|split| &split.value));
        let sql = self.sql_columns.iter().map(|(_, value)| value);
        on.chain(parts).chain(tested).chain(others).chain(sql).any(|value| *value == Value::Line)
    }
}

struct Fitting<'f, 'r> {
    wanted: &'f Wanted<'r>,
    mapping: &'f Mapping,
    place: &'f Place<'f>,
    scope: Scope<'f>,
    fitted: Fitted,
}

impl<'f> Fitting<'f, '_> {
    fn fit(&mut self) -> Result<(), Problem> {
        let wanted = self.wanted;
        if let Some(repeat) = wanted.repeat {
            let slots = self.scope.repeat(repeat);
            self.fitted.groups = self.scope.groups.clone().unwrap_or_default();
            let tested = slots.iter().map(|slot| self.value(slot, Seen::Plain)).collect();
            self.fitted.repeat = Some(FittedRepeat { tested, keep_empty: repeat.keep_empty });
        }
        // A look-up that needs the single value is joined after the split; any other before, for its column may be
        // what is split.
        let piece = wanted.split.map(|split| split.name.as_deref().unwrap_or(&split.column));
        let needs_piece = |join: &JoinFile| join.on.all().iter().any(|on| Some(on.as_str()) == piece);
        let mut split = wanted.split;
        for (at, join) in wanted.joins.iter().enumerate() {
            if needs_piece(join)
                && let Some(split) = split.take()
            {
                self.split(split)?;
            }
            self.scope.join(at, join)?;
        }
        if let Some(split) = split {
            self.split(split)?;
        }
        let joins = std::mem::take(&mut self.scope.joins);
        for join in &joins {
            let on = join.on.iter().map(|slot| self.value(slot, Seen::Plain)).collect();
            self.fitted.joins.push(FittedJoin { lookup: join.lookup.clone(), on, late: join.late });
        }
        self.scope.joins = joins;
        self.fitted.filter = wanted.filter.map(|sql| self.condition(sql, "where")).transpose()?;
        self.fitted.deleted = wanted.deleted.map(|sql| self.condition(sql, "deleted")).transpose()?;
        if let Some(name) = wanted.latest_by {
            let slot = self.scope.slot(name, "latest_by")?;
            self.fitted.latest = Some(self.value(&slot, Seen::Plain));
        }
        for (setting, from, seen) in &wanted.columns {
            let value = match from {
                Some(from) => self.source(setting, from, *seen)?,
                None => Value::Unknown,
            };
            self.fitted.values.push(value);
        }
        self.fitted.absent = std::mem::take(&mut self.scope.absent);
        Ok(())
    }

    fn split(&mut self, split: &'f SplitFile) -> Result<(), Problem> {
        let slot = self.scope.split(split)?;
        let mut separators = split.separators.all().to_vec();
        separators.sort_by_key(|separator| std::cmp::Reverse(separator.len()));
        let value = self.value(&slot, Seen::Plain);
        self.fitted.split = Some(FittedSplit { value, separators, strip: split.strip.chars().collect() });
        Ok(())
    }

    fn source(&mut self, setting: &str, from: &From, seen: Seen) -> Result<Value, Problem> {
        match from {
            From::Value(value) => Ok(Value::Same(value.clone())),
            From::Column(names) => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let slot = self.scope.first_of(&names, setting)?;
                Ok(self.value(&slot, seen))
            }
            From::Template(template) => {
                let mut fitted = Vec::new();
                for part in parts(template, setting)? {
                    fitted.push(match part {
                        Part::Text(text) => Part::Text(text),
                        Part::Value(name) => {
                            let slot = self.scope.slot(&name, setting)?;
                            Part::Value(self.value(&slot, Seen::Plain))
                        }
                    });
                }
                self.fitted.templates.push(fitted);
                Ok(Value::Template(self.fitted.templates.len() - 1))
            }
            From::Sql(sql) => {
                let expression = self.expression(sql, setting)?;
                if let Some((_, value)) = expression.sole_column().and_then(|at| self.fitted.sql_columns.get(at)) {
                    return Ok(value.clone());
                }
                self.fitted.sql.push(expression);
                Ok(Value::Sql(self.fitted.sql.len() - 1))
            }
        }
    }

    fn condition(&mut self, sql: &str, setting: &str) -> Result<usize, Problem> {
        let expression = self.expression(sql, setting)?;
        if !expression.is_condition() {
            return Err(Problem::new(setting, format!("{setting} must be true or false for a row, and is neither"))
                .hint("compare a column with something: status = 'open', or status is not null"));
        }
        self.fitted.sql.push(expression);
        Ok(self.fitted.sql.len() - 1)
    }

    fn expression(&mut self, sql: &str, setting: &str) -> Result<Expression, Problem> {
        let (mapping, within) = (self.mapping, self.wanted.setting);
        let column = |name: &str| {
            let slot = self.scope.sql_slot(name, setting)?;
            let value = self.value(&slot, Seen::Plain);
            let columns = &mut self.fitted.sql_columns;
            if let Some((at, (called, _))) = columns.iter().enumerate().find(|(_, (_, known))| *known == value) {
                return Ok((called.clone(), at));
            }
            // Names that polars takes for patterns are numbered.
            let is_plain = name.chars().all(|c| c.is_alphanumeric() || " _.-/()".contains(c));
            let called = if is_plain { name.to_owned() } else { format!("#{}", columns.len() + 1) };
            columns.push((called.clone(), value));
            Ok((called, columns.len() - 1))
        };
        Expression::new(sql, setting, column, |problem| problem.located(mapping, within))
    }

    fn value(&mut self, slot: &Slot, seen: Seen) -> Value {
        match slot {
            Slot::Cell(cell) => Value::Input(self.input(*cell, seen)),
            Slot::Grouped(cells) => {
                Value::Grouped(cells.iter().map(|cell| cell.map(|cell| self.input(cell, seen))).collect())
            }
            Slot::Piece => Value::Piece,
            Slot::Group => Value::Group,
            Slot::Joined { join, column } => Value::Joined { join: *join, column: *column },
            Slot::File => Value::Same(self.place.file.to_owned()),
            Slot::Sheet if self.place.sheet.is_empty() => Value::Unknown,
            Slot::Sheet => Value::Same(self.place.sheet.to_owned()),
            Slot::Line => Value::Line,
            Slot::Absent => Value::Unknown,
        }
    }

    /// The input for a cell; what has a name with settings is seen as those say.
    fn input(&mut self, cell: Cell, seen: Seen) -> usize {
        let cell = if cell.seen == Seen::Plain { Cell { seen, ..cell } } else { cell };
        let fitted = &mut self.fitted;
        if let Some(known) = fitted.inputs.iter().position(|input| input.cell == cell) {
            return known;
        }
        let needed = fitted.needed.iter().position(|at| *at == cell.at).unwrap_or_else(|| {
            fitted.needed.push(cell.at);
            fitted.needed.len() - 1
        });
        let converter = match cell.seen {
            Seen::AsItStands => None,
            Seen::Plain => Some(self.mapping.plain.clone()),
            Seen::Named(at) => self.wanted.names.get(at).and_then(|name| name.converter.clone()),
        };
        let name = match cell.seen {
            Seen::Named(at) => self.wanted.names.get(at).map(|name| name.name.clone()),
            Seen::AsItStands | Seen::Plain => None,
        };
        fitted.inputs.push(Input { needed, converter, cell, name: name.unwrap_or_default() });
        fitted.inputs.len() - 1
    }
}
