//! A program's own edition of a report: the same definition, of one program, with nothing beside it.

use super::build::Facts;
use super::definition::{Definition, Wanted};
use crate::language::Words;
use crate::measure::{Catalogue, PROGRAM};

/// The program whose edition it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnEdition {
    pub id: String,
    /// What it is called; with its id where another program is called the same.
    pub name: String,
    /// What the report shows of the agency and cannot show of a program.
    pub left_out: Vec<String>,
}

impl OwnEdition {
    /// "Monthly review, Harbor Housing": the title without the period.
    pub(super) fn title(&self, title: &str) -> String {
        format!("{title}, {}", self.name)
    }

    /// What this edition lacks, for "Read with care".
    pub(super) fn not_by_program(&self, words: &Words) -> Option<String> {
        let metrics = words.list(&self.left_out);
        (!self.left_out.is_empty()).then(|| words.with("edition.not-by-program", &[("metrics", &metrics)]))
    }
}

/// Whose the counts of files and findings are, in a program's own edition.
pub(super) fn whose_limits(facts: &Facts<'_>) -> Option<String> {
    let edition = facts.edition?;
    Some(facts.words.with("edition.whose-limits", &[("program", &edition.name)]))
}

impl Definition {
    /// The definition of a program's own edition, and what is left out of it: metrics that know no program. Programs are
    /// not put side by side.
    pub fn of_program(&self, by_program: impl Fn(&str) -> bool) -> (Self, Vec<String>) {
        let mut own = Self { of_one_program: true, ..self.clone() };
        own.scorecard.retain(|entry| by_program(&entry.metric));
        for entry in &mut own.scorecard {
            entry.split = entry.split.take().filter(|split| split.dimension != PROGRAM);
        }
        own.sections.retain(|section| section.metric.as_ref().is_none_or(|metric| by_program(metric)));
        for section in &mut own.sections {
            section.figures.retain(|kind| !kind.is_of_programs());
            // Which programs are behind with their work is no question to one of them.
            section.overdue.clear();
            section.quarters.retain(|metric| by_program(metric));
            section.people = section.people.take().filter(|people| by_program(&people.metric));
            if let Some(people) = &mut section.people {
                people.by.retain(|dimension| dimension != PROGRAM);
            }
        }
        if let Some(others) = &mut own.others {
            others.metrics.retain(|metric| by_program(metric));
        }
        let left_out = self.metrics().into_iter().filter(|metric| !by_program(metric)).map(str::to_owned).collect();
        (own, left_out)
    }
}

impl Definition {
    /// What metrics are called in a sentence.
    pub fn called(&self, metrics: &[String], catalogue: &Catalogue) -> Vec<String> {
        metrics.iter().filter_map(|metric| Some(super::words::small(&self.label(catalogue.get(metric)?)))).collect()
    }
}

impl Wanted {
    /// The same of each program.
    #[must_use]
    pub fn of_each_program(mut self) -> Self {
        for breakdown in &mut self.breakdowns {
            breakdown.insert(0, PROGRAM.into());
        }
        self
    }
}
