//! What stands in a report's definition: rows of the first page, sections, further figures; and what cannot be meant.

use super::definition::Definition;
use super::words::dashed;
use crate::measure::{Catalogue, Dimension, Kind};
use crate::project::nearest;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// A row of the first page.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScorecardEntry {
    pub group: String,
    pub metric: String,
    /// Show the latest month whose every unit was followed that long.
    #[serde(default)]
    pub follow_up_days: u32,
    /// Show so many months together.
    #[serde(default)]
    pub cohort_months: Option<u16>,
    /// Counts of a breakdown instead of a denominator: "41 new · 271 carried over".
    #[serde(default)]
    pub split: Option<Split>,
}

/// A breakdown said in words.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    pub dimension: String,
    pub values: Vec<String>,
    pub words: Vec<String>,
}

/// A section after the first page: a question, and what answers it, in the order of these keys.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SectionEntry {
    pub heading: String,
    /// Begins a page of its own.
    #[serde(default)]
    pub new_page: bool,
    /// Paragraphs that stand in every edition.
    #[serde(default)]
    pub text: Vec<String>,
    /// The metric that its sentences and figures are about.
    #[serde(default)]
    pub metric: Option<String>,
    #[serde(default)]
    pub figures: Vec<FigureKind>,
    /// The lines of the first page that have a target: target, actual, counts, status.
    #[serde(default)]
    pub objectives: bool,
    /// Metrics by quarter of the fiscal year and for the year to date.
    #[serde(default)]
    pub quarters: Vec<String>,
    /// A count of people by who they are.
    #[serde(default)]
    pub people: Option<People>,
    /// A table to write in.
    #[serde(default)]
    pub form: Option<Form>,
}

impl SectionEntry {
    /// A metric's own section is called by the metric, whatever its heading says.
    pub fn id(&self) -> String {
        dashed(self.metric.as_ref().unwrap_or(&self.heading))
    }

    /// Whether it shows anything that was computed.
    pub fn has_figures(&self) -> bool {
        self.metric.is_some() || self.objectives || !self.quarters.is_empty() || self.people.is_some()
    }
}

/// A count by one breakdown after the other.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    pub metric: String,
    pub by: Vec<String>,
}

/// Headings and empty rows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    pub columns: Vec<String>,
    pub rows: u8,
}

/// Metrics that get a line each.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Others {
    pub heading: String,
    pub metrics: Vec<String>,
    /// Metric → show the latest month whose every unit was followed that long.
    #[serde(default)]
    pub follow_up_days: BTreeMap<String, u32>,
}

/// A chart that fits a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureKind {
    Trend,
    ShareByDay,
    ReturnCurve,
    GoalsByDomain,
    Programs,
}

impl Definition {
    /// What cannot be meant.
    ///
    /// # Errors
    /// At the place that names what is not known.
    pub(super) fn check(&self, catalogue: &Catalogue) -> Result<(), String> {
        let known = |name: &str, place: &str| {
            catalogue.get(name).ok_or_else(|| {
                let near = nearest(name, catalogue.names()).map_or(String::new(), |n| format!("; did you mean {n}?"));
                format!("{place} names \"{name}\", which is no metric{near}")
            })
        };
        for entry in &self.scorecard {
            let metric = known(&entry.metric, "[[scorecard]]")?;
            if let Some(split) = &entry.split
                && Dimension::named(&split.dimension, metric).is_none()
            {
                return Err(format!("[[scorecard]] {} cannot be split by \"{}\"", entry.metric, split.dimension));
            }
        }
        let mut ids = BTreeSet::new();
        for section in &self.sections {
            if !ids.insert(section.id()) {
                return Err(format!("two sections are called \"{}\", so that neither could be named", section.id()));
            }
            let place = format!("the section \"{}\"", section.heading);
            if let Some(name) = &section.metric {
                known(name, &place)?;
            } else if !section.figures.is_empty() {
                return Err(format!("{place} has figures, and no metric that they are of"));
            }
            for name in &section.quarters {
                known(name, &place)?;
            }
            if let Some(people) = &section.people {
                let metric = known(&people.metric, &place)?;
                if let Some(stray) = people.by.iter().find(|name| Dimension::named(name, metric).is_none()) {
                    let near = nearest(stray, Dimension::names(metric))
                        .map_or(String::new(), |n| format!("; did you mean {n}?"));
                    return Err(format!("{place}: {} cannot be broken down by \"{stray}\"{near}", people.metric));
                }
                if metric.header.kind != Kind::Count {
                    return Err(format!("{place}: people are counted, and {} is no count", people.metric));
                }
            }
        }
        for name in self.others.iter().flat_map(|others| others.metrics.iter().chain(others.follow_up_days.keys())) {
            known(name, "[others]")?;
        }
        for name in self.labels.keys() {
            known(name, "[labels]")?;
        }
        Ok(())
    }
}
