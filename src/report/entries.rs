//! What stands in a report's definition: rows of the first page, sections, further figures; and what cannot be meant.

use super::definition::Definition;
use super::figure_kinds::FigureKind;
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
    /// Show the latest month whose every unit was followed that long, where the metric has no line of its own elsewhere.
    #[serde(default)]
    pub follow_up_days: Option<u32>,
    #[serde(default)]
    pub figures: Vec<FigureKind>,
    /// Metrics of work that has not been done in time: how much of it, and where.
    #[serde(default)]
    pub overdue: Vec<String>,
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
        // Its rows are waits in a stage: all of them together are nothing that has a figure.
        let one_figure = |name: &str, place: &str| match known(name, place)? {
            way if way.header.stages.is_empty() => Ok(way),
            way => Err(format!("{place}: {} has stages and no figure of its own; it can stand in a section", way.name)),
        };
        for entry in &self.scorecard {
            let metric = one_figure(&entry.metric, "[[scorecard]]")?;
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
            let metric = section.metric.as_ref().map(|name| known(name, &place)).transpose()?;
            for kind in &section.figures {
                kind.check(metric).map_err(|message| format!("{place}: {message}"))?;
            }
            if let Some(way) = metric.filter(|metric| !metric.header.stages.is_empty())
                && section.figures.is_empty()
            {
                let name = FigureKind::ClientPath.name();
                return Err(format!("{place}: {} is told by its figure: figures = [\"{name}\"]", way.name));
            }
            if let Some(name) = section.metric.as_ref().filter(|_| section.follow_up_days.is_some())
                && self.scorecard.iter().any(|entry| entry.metric == *name)
            {
                return Err(format!("{place}: {name} stands on the first page, and its follow_up_days with it"));
            }
            for name in &section.overdue {
                if known(name, &place)?.header.overdue.is_none() {
                    let say = catalogue.all().filter(|metric| metric.header.overdue.is_some());
                    let say = say.map(|metric| metric.name.as_str()).collect::<Vec<_>>().join(", ");
                    return Err(format!(
                        "{place}: {name} does not say what is overdue (its header's overdue); {say} do"
                    ));
                }
            }
            for name in &section.quarters {
                one_figure(name, &place)?;
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
            one_figure(name, "[others]")?;
        }
        for name in self.labels.keys() {
            known(name, "[labels]")?;
        }
        Ok(())
    }
}
