//! Names in a rule → what they stand for in this file.

use super::super::file::{JoinFile, RepeatFile, SplitFile};
use super::super::lookup::{Lookup, Lookups};
use super::super::{Mapping, Name};
use super::Problem;
use crate::ingest::header::nearest;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What stands for the value of a repeat in a name.
const GROUP_MARK: &str = "{x}";
/// The column that holds it.
const GROUP_NAME: &str = "x";

/// A cell of the file as a name sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Its place in the header.
    pub at: usize,
    pub seen: Seen,
}

/// What is done with a cell first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Nothing: a converter of its own follows.
    AsItStands,
    /// What every cell goes through.
    Plain,
    /// What the name with that number says.
    Named(usize),
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    Cell(Cell),
    /// For each group of a repeat, its cell.
    Grouped(Vec<Option<Cell>>),
    /// The single value of a split.
    Piece,
    /// The value of `x`.
    Group,
    /// A column of a look-up.
    Joined {
        join: usize,
        column: usize,
    },
    File,
    Sheet,
    Line,
    /// The file has no such column.
    Absent,
}

/// A look-up in use.
pub struct Join {
    pub lookup: Arc<Lookup>,
    /// What is looked up.
    pub on: Vec<Slot>,
    /// Whether it needs the rows that split and repeat make.
    pub late: bool,
}

/// The names known in a rule.
pub struct Scope<'r> {
    mapping: &'r Mapping,
    names: &'r [Name],
    header: BTreeMap<String, usize>,
    written: &'r [String],
    lookups: &'r Lookups,
    pub joins: Vec<Join>,
    join_names: Vec<&'r str>,
    /// What is split, and the single value's name if it has one of its own.
    split: Option<(Slot, Option<&'r str>)>,
    /// The values of `x`.
    pub groups: Option<Vec<String>>,
    /// Names that the file lacks, in the order they were met.
    pub absent: Vec<String>,
}

impl<'r> Scope<'r> {
    pub fn new(mapping: &'r Mapping, names: &'r [Name], written: &'r [String], lookups: &'r Lookups) -> Self {
        let mut header = BTreeMap::new();
        for (at, name) in written.iter().enumerate() {
            // Of two columns with the same name the first counts.
            header.entry(mapping.comparable(name)).or_insert(at);
        }
        Self {
            mapping,
            names,
            header,
            written,
            lookups,
            joins: Vec::new(),
            join_names: Vec::new(),
            split: None,
            groups: None,
            absent: Vec::new(),
        }
    }

    /// Makes the values of `x` known.
    pub fn repeat(&mut self, repeat: &RepeatFile) -> Vec<Slot> {
        self.groups = Some(match &repeat.values {
            Some(values) => values.clone(),
            None => self.groups_in_header(repeat.columns.all()),
        });
        repeat
            .columns
            .all()
            .iter()
            .map(|pattern| self.slot(pattern, "repeat.columns").unwrap_or(Slot::Absent))
            .collect()
    }

    fn groups_in_header(&self, patterns: &[String]) -> Vec<String> {
        // A character that no name has, so that the pattern is made comparable as a whole.
        const PLACE: &str = "\u{1}";
        let ends: Vec<(String, String)> = patterns
            .iter()
            .filter_map(|pattern| {
                let comparable = self.mapping.comparable(&pattern.replace(GROUP_MARK, PLACE));
                comparable.split_once(PLACE).map(|(before, after)| (before.to_owned(), after.to_owned()))
            })
            .collect();
        let mut seen: Vec<String> = Vec::new();
        let mut groups = Vec::new();
        for written in self.written {
            let name = self.mapping.comparable(written);
            for (before, after) in &ends {
                let Some(value) = name.strip_prefix(before.as_str()).and_then(|rest| rest.strip_suffix(after.as_str()))
                else {
                    continue;
                };
                if !value.trim().is_empty() && !seen.iter().any(|seen| seen == value) {
                    seen.push(value.to_owned());
                    groups.push(self.as_written(value, written, after));
                }
            }
        }
        groups
    }

    /// The value of `x` with the capitals of the header.
    fn as_written(&self, value: &str, written: &str, after: &str) -> String {
        let written: Vec<char> = written.trim().chars().collect();
        let end = written.len().saturating_sub(after.chars().count());
        let begin = end.saturating_sub(value.chars().count());
        let candidate: String = written.get(begin..end).unwrap_or_default().iter().collect();
        if self.mapping.comparable(&candidate) == self.mapping.comparable(value) { candidate } else { value.to_owned() }
    }

    /// Makes the look-up's columns known.
    pub fn join(&mut self, at: usize, join: &'r JoinFile) -> Result<(), Problem> {
        let setting = format!("joins[{at}]");
        let Some(lookup) = self.lookups.get(&join.lookup) else {
            return Err(Problem::new(&setting, format!("there is no look-up {}", join.lookup)));
        };
        let on = join.on.all();
        if on.len() != lookup.key_parts() {
            let message = format!("on names {}, and the key of {} has {}", on.len(), join.lookup, lookup.key_parts());
            return Err(Problem::new(&format!("{setting}.on"), message));
        }
        let on: Vec<Slot> =
            on.iter().map(|name| self.slot(name, &format!("{setting}.on"))).collect::<Result<_, _>>()?;
        let late = on.iter().any(|slot| self.is_late(slot));
        self.joins.push(Join { lookup: lookup.clone(), on, late });
        self.join_names.push(&join.lookup);
        Ok(())
    }

    fn is_late(&self, slot: &Slot) -> bool {
        match slot {
            Slot::Grouped(_) | Slot::Piece | Slot::Group => true,
            Slot::Joined { join, .. } => self.joins.get(*join).is_some_and(|join| join.late),
            Slot::Cell(_) | Slot::File | Slot::Sheet | Slot::Line | Slot::Absent => false,
        }
    }

    /// What is split; from here on its name, or the name of its own, is the single value.
    pub fn split(&mut self, split: &'r SplitFile) -> Result<Slot, Problem> {
        let slot = self.slot(&split.column, "split.column")?;
        if self.is_late(&slot) {
            let message = format!("\"{}\" is known only after the rows are split and repeated", split.column);
            return Err(Problem::new("split.column", message)
                .hint("split a column of the file, or of a look-up that is joined on such columns"));
        }
        self.split = Some((slot.clone(), split.name.as_deref()));
        Ok(slot)
    }

    /// What a name stands for. One that the file lacks is noted.
    pub fn slot(&mut self, name: &str, setting: &str) -> Result<Slot, Problem> {
        self.first_of(&[name], setting)
    }

    /// The first of these names that the file has; for a repeat, in each group.
    pub fn first_of(&mut self, names: &[&str], setting: &str) -> Result<Slot, Problem> {
        let mut found = Slot::Absent;
        for (at, name) in names.iter().enumerate() {
            let next = self.own(name, setting)?;
            // What is looked up in a file that is not there gives way to the alternatives after it.
            if self.is_void(&next) && at + 1 < names.len() {
                continue;
            }
            found = match (found, next) {
                (Slot::Absent, next) => next,
                (Slot::Grouped(cells), Slot::Grouped(others)) => {
                    Slot::Grouped(cells.into_iter().zip(others).map(|(cell, other)| cell.or(other)).collect())
                }
                (Slot::Grouped(cells), Slot::Cell(other)) => {
                    Slot::Grouped(cells.into_iter().map(|cell| cell.or(Some(other))).collect())
                }
                (found, _) => found,
            };
            if !matches!(found, Slot::Absent | Slot::Grouped(_)) {
                break;
            }
        }
        if found == Slot::Absent
            && let Some(name) = names.first()
            && !self.absent.iter().any(|absent| absent == name)
        {
            self.absent.push((*name).to_owned());
        }
        Ok(match &self.split {
            Some((split, None)) if *split == found && found != Slot::Absent => Slot::Piece,
            _ => found,
        })
    }

    /// Whether it is a look-up's column that none of its files has.
    fn is_void(&self, slot: &Slot) -> bool {
        let Slot::Joined { join, column } = slot else { return false };
        self.joins.get(*join).is_none_or(|join| !join.lookup.collects(*column))
    }

    /// What a name in SQL stands for. There a name that is neither in the file nor declared is more likely mistyped
    /// than left out by the export, and would silently decide over rows.
    pub fn sql_slot(&mut self, name: &str, setting: &str) -> Result<Slot, Problem> {
        let slot = self.slot(name, setting)?;
        if slot != Slot::Absent || self.is_declared(name) || name.contains(GROUP_MARK) {
            return Ok(slot);
        }
        if let Some((lookup, _)) = name.split_once('.')
            && self.lookups.get(lookup).is_some()
        {
            let hint = format!("add joins = [{{ lookup = \"{lookup}\", on = \"…\" }}]");
            return Err(Problem::new(setting, format!("the look-up {lookup} is not joined here")).hint(hint));
        }
        let message = format!("there is no column \"{name}\" in the file, and no such name in the rule");
        let problem = Problem::new(setting, message);
        Err(match self.near(name) {
            Some(near) => problem.hint(format!("did you mean {near}?")),
            None => problem
                .hint("a text stands in 'single quotes'; a column that only some exports have is named under names"),
        })
    }

    fn is_declared(&self, name: &str) -> bool {
        self.names.iter().any(|known| known.name == name)
            || self.split.as_ref().is_some_and(|(_, own)| *own == Some(name))
    }

    /// The known name that is most likely meant.
    fn near(&self, name: &str) -> Option<String> {
        let mut known: Vec<(String, String)> =
            self.names.iter().map(|n| (n.name.to_lowercase(), n.name.clone())).collect();
        known.extend(self.written.iter().map(|name| (self.mapping.comparable(name), name.trim().to_owned())));
        for (join, lookup) in self.joins.iter().zip(&self.join_names) {
            known.extend(join.lookup.names().iter().map(|column| {
                let name = format!("{lookup}.{column}");
                (name.clone(), name)
            }));
        }
        let near = nearest(&self.mapping.comparable(name), known.iter().map(|(comparable, _)| comparable.as_str()))?;
        known.iter().find(|(comparable, _)| comparable == near).map(|(_, written)| written.clone())
    }

    fn own(&mut self, name: &str, setting: &str) -> Result<Slot, Problem> {
        if self.groups.is_some() && name == GROUP_NAME {
            return Ok(Slot::Group);
        }
        match name {
            "_line" => return Ok(Slot::Line),
            "_file" => return Ok(Slot::File),
            "_sheet" => return Ok(Slot::Sheet),
            _ => {}
        }
        if let Some(at) = self.names.iter().position(|known| known.name == name) {
            let known = self.names.get(at).map(|known| (known.alternatives.as_slice(), known.converter.is_some()));
            let (alternatives, converted) = known.unwrap_or_default();
            let seen = if converted { Seen::Named(at) } else { Seen::Plain };
            return Ok(self.of_file(alternatives, seen));
        }
        if self.split.as_ref().is_some_and(|(_, own)| *own == Some(name)) {
            return Ok(Slot::Piece);
        }
        if let Some((lookup, column)) = name.split_once('.')
            && let Some(join) = self.join_names.iter().position(|joined| *joined == lookup)
        {
            return self.joined(join, lookup, column, setting);
        }
        Ok(self.of_file(&[name.to_owned()], Seen::Plain))
    }

    fn joined(&self, join: usize, lookup: &str, column: &str, setting: &str) -> Result<Slot, Problem> {
        let columns = self.joins.get(join).map(|join| join.lookup.names()).unwrap_or_default();
        if let Some(column) = columns.iter().position(|name| name == column) {
            return Ok(Slot::Joined { join, column });
        }
        let problem = Problem::new(setting, format!("the look-up {lookup} has no column {column}"));
        Err(match nearest(column, columns.iter().map(String::as_str)) {
            Some(near) => problem.hint(format!("did you mean {lookup}.{near}?")),
            None => problem.hint(format!("it has {}", columns.join(", "))),
        })
    }

    /// The first of these names that is in the header.
    fn of_file(&self, names: &[String], seen: Seen) -> Slot {
        let cell = |name: &str| self.header.get(&self.mapping.comparable(name)).map(|at| Cell { at: *at, seen });
        if let Some(groups) = &self.groups
            && names.iter().any(|name| name.contains(GROUP_MARK))
        {
            let in_group = |group: &String| names.iter().find_map(|name| cell(&name.replace(GROUP_MARK, group)));
            let cells: Vec<Option<Cell>> = groups.iter().map(in_group).collect();
            return if cells.iter().all(Option::is_none) { Slot::Absent } else { Slot::Grouped(cells) };
        }
        names.iter().find_map(|name| cell(name)).map_or(Slot::Absent, Slot::Cell)
    }
}
