//! Names in a rule → where their values come from in this file.

use super::super::file::{JoinFile, RepeatFile, SplitFile};
use super::super::lookup::{Lookup, Lookups};
use super::Problem;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What stands for the value of a repeat in a name.
pub const GROUP_MARK: &str = "{x}";
/// The column that holds it.
const GROUP_NAME: &str = "x";

/// The names in a file's first record.
pub struct Header<'h> {
    /// As they are written.
    pub names: &'h [String],
    /// A name as it is compared: two names are one if this gives the same.
    pub comparable: &'h dyn Fn(&str) -> String,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    /// Cell of the header position.
    Cell(usize),
    /// For each group of a repeat, the header position.
    Grouped(Vec<Option<usize>>),
    /// The single value of a split.
    Piece,
    /// The value of `x`.
    Group,
    /// A column of a look-up.
    Joined { join: usize, column: usize },
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
    names: &'r BTreeMap<String, super::super::file::OneOrMany>,
    header: Vec<String>,
    written: &'r [String],
    comparable: &'r dyn Fn(&str) -> String,
    pub joins: Vec<Join>,
    join_names: Vec<&'r str>,
    /// What is split, and the single value's name if it has one of its own.
    split: Option<(Slot, Option<&'r str>)>,
    /// The values of `x`.
    pub groups: Option<Vec<String>>,
    /// Names that the file lacks.
    pub absent: Vec<String>,
    /// Whether any column was looked for, and any found.
    pub sought: bool,
    pub found: bool,
}

impl<'r> Scope<'r> {
    pub fn new(names: &'r BTreeMap<String, super::super::file::OneOrMany>, header: &Header<'r>) -> Self {
        Self {
            names,
            header: header.names.iter().map(|name| (header.comparable)(name)).collect(),
            written: header.names,
            comparable: header.comparable,
            joins: Vec::new(),
            join_names: Vec::new(),
            split: None,
            groups: None,
            absent: Vec::new(),
            sought: false,
            found: false,
        }
    }

    /// Makes the values of `x` known.
    pub fn repeat(&mut self, repeat: &RepeatFile) -> Result<Vec<Slot>, Problem> {
        for pattern in repeat.columns.all() {
            if pattern.matches(GROUP_MARK).count() != 1 {
                let message = format!("\"{pattern}\" must have {GROUP_MARK} in it once");
                return Err(Problem::new("repeat.columns", message)
                    .hint("write it where the columns' names differ: \"Dose {x} date\""));
            }
        }
        self.groups = Some(match &repeat.values {
            Some(values) => values.clone(),
            None => self.groups_in_header(repeat.columns.all()),
        });
        Ok(repeat.columns.all().iter().map(|pattern| self.grouped(&[pattern.as_str()])).collect())
    }

    fn groups_in_header(&self, patterns: &[String]) -> Vec<String> {
        // A character that no name has, so that the pattern is made comparable as a whole.
        const PLACE: &str = "\u{1}";
        let ends: Vec<(String, String)> = patterns
            .iter()
            .filter_map(|pattern| {
                let comparable = (self.comparable)(&pattern.replace(GROUP_MARK, PLACE));
                comparable.split_once(PLACE).map(|(before, after)| (before.to_owned(), after.to_owned()))
            })
            .collect();
        let mut seen: Vec<String> = Vec::new();
        let mut groups = Vec::new();
        for (name, written) in self.header.iter().zip(self.written) {
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
        if (self.comparable)(&candidate) == (self.comparable)(value) { candidate } else { value.to_owned() }
    }

    /// Makes the look-up's columns known.
    pub fn join(&mut self, at: usize, join: &'r JoinFile, lookups: &Lookups) -> Result<(), Problem> {
        let setting = format!("joins[{at}]");
        let Some(lookup) = lookups.get(&join.lookup) else {
            return Err(Problem::new(&setting, format!("there is no look-up \"{}\"", join.lookup))
                .hint("declare it under [lookups], before look-ups that use it"));
        };
        if self.join_names.contains(&join.lookup.as_str()) {
            return Err(Problem::new(&setting, format!("the look-up \"{}\" is already joined", join.lookup)));
        }
        let on = join.on.all();
        if on.len() != lookup.key_parts() {
            let message =
                format!("on names {} columns, the key of \"{}\" has {}", on.len(), join.lookup, lookup.key_parts());
            return Err(Problem::new(&setting, message));
        }
        let on: Vec<Slot> = on.iter().map(|name| self.slot(name, &setting)).collect::<Result<_, _>>()?;
        let late = on.iter().any(|slot| self.is_late(slot));
        self.joins.push(Join { lookup: lookup.clone(), on, late });
        self.join_names.push(&join.lookup);
        Ok(())
    }

    fn is_late(&self, slot: &Slot) -> bool {
        match slot {
            Slot::Cell(_) | Slot::Absent => false,
            Slot::Grouped(_) | Slot::Piece | Slot::Group => true,
            Slot::Joined { join, .. } => self.joins.get(*join).is_some_and(|join| join.late),
        }
    }

    /// Makes the single value known. Gives what is split.
    pub fn split(&mut self, split: &'r SplitFile) -> Result<Slot, Problem> {
        let slot = self.slot(&split.column, "split.column")?;
        if self.is_late(&slot) {
            let message = format!("\"{}\" is known only after the rows are split and repeated", split.column);
            return Err(Problem::new("split.column", message)
                .hint("split a column of the file, or of a look-up that is joined on such columns"));
        }
        Ok(slot)
    }

    /// From here on the split column is the single value, or its name stands for it.
    pub fn begin_split(&mut self, slot: Slot, split: &'r SplitFile) {
        self.split = Some((slot, split.name.as_deref()));
    }

    /// What a name stands for. One that the file lacks is noted.
    pub fn slot(&mut self, name: &str, setting: &str) -> Result<Slot, Problem> {
        self.first_of(&[name], setting)
    }

    /// The first of these names that the file has.
    pub fn first_of(&mut self, names: &[&str], setting: &str) -> Result<Slot, Problem> {
        let mut found = Slot::Absent;
        for name in names {
            found = self.own(name, setting)?;
            if found != Slot::Absent {
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

    fn own(&mut self, name: &str, setting: &str) -> Result<Slot, Problem> {
        if self.groups.is_some() && name == GROUP_NAME {
            return Ok(Slot::Group);
        }
        if let Some(alternatives) = self.names.get(name) {
            let alternatives: Vec<&str> = alternatives.all().iter().map(String::as_str).collect();
            return Ok(self.of_file(&alternatives));
        }
        if self.split.as_ref().is_some_and(|(_, own)| *own == Some(name)) {
            return Ok(Slot::Piece);
        }
        if let Some((lookup, column)) = name.split_once('.')
            && let Some(join) = self.join_names.iter().position(|joined| *joined == lookup)
        {
            return self.joined(join, lookup, column, setting);
        }
        Ok(self.of_file(&[name]))
    }

    fn joined(&self, join: usize, lookup: &str, column: &str, setting: &str) -> Result<Slot, Problem> {
        let columns = self.joins.get(join).map(|join| join.lookup.names()).unwrap_or_default();
        match columns.iter().position(|name| name == column) {
            Some(column) => Ok(Slot::Joined { join, column }),
            None => Err(Problem::new(setting, format!("the look-up \"{lookup}\" has no column \"{column}\""))
                .hint(format!("it has {}", columns.join(", ")))),
        }
    }

    /// The first of these names that is in the header.
    fn of_file(&mut self, names: &[&str]) -> Slot {
        self.sought = true;
        if self.groups.is_some() && names.iter().any(|name| name.contains(GROUP_MARK)) {
            return self.grouped(names);
        }
        names.iter().find_map(|name| self.position(name)).map_or(Slot::Absent, |at| {
            self.found = true;
            Slot::Cell(at)
        })
    }

    fn grouped(&mut self, names: &[&str]) -> Slot {
        self.sought = true;
        let groups = self.groups.as_deref().unwrap_or_default();
        let cells: Vec<Option<usize>> = groups
            .iter()
            .map(|group| names.iter().find_map(|name| self.position(&name.replace(GROUP_MARK, group))))
            .collect();
        if cells.iter().all(Option::is_none) {
            return Slot::Absent;
        }
        self.found = true;
        Slot::Grouped(cells)
    }

    fn position(&self, name: &str) -> Option<usize> {
        let name = (self.comparable)(name);
        self.header.iter().position(|known| *known == name)
    }
}
