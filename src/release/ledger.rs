//! What has been told outside the agency: figures, not people, kept so that a later release can be audited beside them.
//!
//! One line of JSON for every edition of a report, in the order of release. Everybody outside is taken as one reader: what
//! the board reads, a funder may come to know.

use super::Audience;
use super::protect::Told;
use super::sheet::{Layer, Place, Sheet, TableKey};
use crate::measure::Group;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One edition: which report, for whom, from what, and what it told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edition {
    pub report: String,
    pub audience: Audience,
    /// The month it is about: "2026-06".
    pub period: String,
    pub snapshot: String,
    /// The threshold then; not kept by the first editions of this program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub small_cell: Option<u32>,
    /// Why it was released without regard to earlier editions, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_reason: Option<String>,
    /// Definitions of the reports that were told → whether programs' own editions were.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub definitions: BTreeMap<String, bool>,
    /// Breakdown → name → the values that were taken together under it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub collapse: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    pub told: Vec<Figure>,
}

/// One figure: the parts of what a sheet says, or, where it is withheld, that it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    pub metric: String,
    pub version: String,
    pub layer: Layer,
    pub start: String,
    pub end: String,
    /// Dimension, value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<(String, Option<String>)>,
    /// Name → count; none where it is withheld. That somebody is there is told by that too.
    pub parts: BTreeMap<String, Option<i64>>,
}

impl Figure {
    pub(super) fn place(&self) -> Place {
        Place { start: self.start.clone(), end: self.end.clone(), group: Group(self.group.clone()) }
    }
}

/// All editions, the first released first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    editions: Vec<Edition>,
}

impl Ledger {
    /// Reads the lines of a ledger.
    ///
    /// # Errors
    /// At the line, counted from 1, that cannot be read: a ledger with a gap would let figures out that it should hold back.
    pub fn read(text: &str) -> Result<Self, (usize, String)> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let editions = lines
            .map(|(i, line)| serde_json::from_str(line).map_err(|error| (i + 1, error.to_string())))
            .collect::<Result<_, _>>()?;
        Ok(Self { editions })
    }

    /// The lines of the ledger.
    ///
    /// # Errors
    /// When an edition cannot be written as JSON.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        let lines = self.editions.iter().map(|edition| Ok(serde_json::to_string(edition)? + "\n"));
        lines.collect()
    }

    /// Adds an edition. The same report told again is told once: what it did not tell before stands in a line of its own.
    pub fn add(&mut self, edition: Edition) {
        let known: Vec<&Figure> = self.editions.iter().flat_map(|earlier| &earlier.told).collect();
        let told: Vec<Figure> = edition.told.iter().filter(|figure| !known.contains(figure)).cloned().collect();
        let of_it = |earlier: &Edition| {
            earlier.report == edition.report && earlier.audience == edition.audience && earlier.period == edition.period
        };
        if !told.is_empty() || edition.override_reason.is_some() || !self.editions.iter().any(of_it) {
            self.editions.push(Edition { told, ..edition });
        }
    }

    pub fn editions(&self) -> &[Edition] {
        &self.editions
    }

    /// Definitions of all reports that were told → whether programs' own editions were.
    #[must_use]
    pub fn definitions(&self) -> BTreeMap<&str, bool> {
        let mut all = BTreeMap::new();
        for (name, of_programs) in self.editions.iter().flat_map(|edition| &edition.definitions) {
            *all.entry(name.as_str()).or_default() |= of_programs;
        }
        all
    }

    /// What was told of a table, the latest first; by whatever definition: where a metric was defined anew, those who make the
    /// difference are people too.
    pub(super) fn of(&self, table: &TableKey) -> Told {
        let figures = self.editions.iter().rev().flat_map(|edition| &edition.told);
        figures
            .filter(|f| f.metric == table.metric && f.layer == table.layer)
            .map(|f| (f.place(), f.parts.clone()))
            .collect()
    }
}

/// What a sheet tells, to be kept.
pub(super) fn figure(table: &TableKey, sheet: &Sheet, is_withheld: bool) -> Figure {
    let TableKey { metric, version, layer } = table.clone();
    let Place { start, end, group } = sheet.place.clone();
    let parts = sheet.parts.iter().map(|(name, n)| (name.clone(), Some(*n).filter(|_| !is_withheld))).collect();
    Figure { metric, version, layer, start, end, group: group.0, parts }
}
