//! What an export says of itself: through which day it is complete, and which version of its form it has.

use super::export::Beginning;
use super::header::about;
use super::mapping::{Converted, ExportCell, Mapping};
use super::open::Part;
use super::shown::{escaped, pattern};
use crate::contract::Finding;
use jiff::civil::Date;

/// Through which day a source is complete.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Says {
    pub as_of: Option<Date>,
    /// Whether it goes on where the sources before it end.
    pub is_changes: bool,
}

impl Says {
    /// Nothing yet.
    pub fn of(is_changes: bool) -> Self {
        Self { as_of: None, is_changes }
    }

    /// Of several files of one export the earliest day counts; of several exports of changes the latest.
    pub fn add(&mut self, day: Option<Date>) {
        self.as_of = match (self.as_of, day) {
            (Some(known), Some(day)) if self.is_changes => Some(known.max(day)),
            (Some(known), Some(day)) => Some(known.min(day)),
            (known, day) => known.or(day),
        };
    }

    /// Through which day all sources are complete: changes go on where the export before them ends, and of several
    /// systems the earliest counts. None where one of them does not say.
    pub fn of_all(all: &[Self]) -> Option<Date> {
        let mut systems: Vec<Option<Date>> = Vec::new();
        for says in all {
            match systems.last_mut() {
                Some(last) if says.is_changes => *last = (*last).max(says.as_of),
                _ => systems.push(says.as_of),
            }
        }
        systems.into_iter().collect::<Option<Vec<Date>>>()?.into_iter().min()
    }
}

/// Reads a part that the mapping says holds such cells.
pub fn read(mapping: &Mapping, part: &Part, beginning: &Beginning) -> (Option<Date>, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut as_of = None;
    let fits = |cell: &&ExportCell| cell.files.fit_file(&part.path, &part.name);
    if let Some(cell) = mapping.export.as_of.as_ref().filter(fits) {
        let mut scratch = Vec::new();
        for text in cells(mapping, cell, beginning) {
            match cell.converter.convert(text.as_bytes(), &mut scratch) {
                Converted::Text(text) => {
                    let day: Option<Date> =
                        std::str::from_utf8(text).ok().and_then(|text| text.get(..10)?.parse().ok());
                    as_of = match (as_of, day) {
                        (Some(one), Some(other)) => Some(std::cmp::min::<Date>(one, other)),
                        (one, other) => one.or(other),
                    };
                }
                Converted::Unknown => {}
                Converted::Trouble(trouble) => {
                    let message = format!("the day through which the export is complete {}", trouble.what);
                    let mut finding = about(&part.path, None, trouble.code, message);
                    finding.hint = trouble.hint.or(finding.hint);
                    findings.push(finding);
                }
            }
        }
    }
    if let Some(cell) = mapping.export.version.as_ref().filter(fits) {
        let version = cells(mapping, cell, beginning).find(|text| !text.trim().is_empty());
        let is_supported = |text: &str| cell.supported.as_ref().is_none_or(|supported| supported.fit_word(text));
        let words = cell.supported_words.join(", ");
        match version {
            Some(version) if !is_supported(version) => {
                let plain = version.len() <= 40 && version.chars().all(|c| c.is_alphanumeric() || " .-_/".contains(c));
                let shown = if plain { escaped(version) } else { pattern(version.as_bytes()) };
                let message = format!("the export says that it is version \"{shown}\"; the mapping is for {words}");
                findings.push(about(&part.path, None, "other-version", message));
            }
            None if cell.supported.is_some() => {
                let message = format!("the export does not say its version; it is read as one of {words}");
                findings.push(about(&part.path, None, "other-version", message));
            }
            Some(_) | None => {}
        }
    }
    (as_of, findings)
}

fn cells<'b>(mapping: &'b Mapping, cell: &'b ExportCell, beginning: &'b Beginning) -> impl Iterator<Item = &'b str> {
    let position = |column: &String| {
        let wanted = mapping.comparable(column);
        beginning.names.iter().position(|name| mapping.comparable(name) == wanted)
    };
    let cells = cell.columns.iter().filter_map(position).filter_map(|at| beginning.first.get(at));
    cells.map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_go_on_and_the_earliest_system_counts() {
        let day = |text: &str| text.parse::<Date>().ok();
        let full = |text| Says { as_of: day(text), is_changes: false };
        let changes = |text| Says { as_of: day(text), is_changes: true };
        assert_eq!(Says::of_all(&[full("2026-05-31"), changes("2026-06-30")]), day("2026-06-30"));
        assert_eq!(Says::of_all(&[full("2026-05-31"), full("2026-06-30")]), day("2026-05-31"));
        assert_eq!(Says::of_all(&[full("2026-05-31"), full("")]), None);
        assert_eq!(Says::of_all(&[]), None);
        let mut says = Says::of(false);
        says.add(day("2026-05-31"));
        says.add(day("2026-05-01"));
        assert_eq!(says.as_of, day("2026-05-01"));
    }
}
