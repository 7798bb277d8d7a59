//! Whether groups wait equally long over the whole course, not only at one day: the log-rank test where there is one way
//! out, Gray's where there are several.

use super::compute::{Ready, Study};
use super::groups::Comparing;
use super::metric::Kind;
use super::sufficient::Body;
use crate::query::QueryError;
use crate::statistics::gray::gray;
use crate::statistics::log_rank::log_rank;
use crate::statistics::survival::{End, Spell};
use serde::Serialize;
use std::collections::BTreeMap;

/// A test of "all groups are alike".
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WholeCourse {
    pub method: String,
    /// Chi-square.
    pub statistic: f64,
    pub degrees_of_freedom: usize,
    pub p: f64,
    /// The groups that take part, by name: those that are known and large enough.
    pub groups: Vec<String>,
}

impl Study<'_> {
    /// The test over the groups of a duration; `None` for other kinds, with fewer than two groups that are large enough,
    /// or where nothing happened.
    pub(super) fn whole_course(&self, comparing: &Comparing<'_>) -> Result<Option<WholeCourse>, QueryError> {
        let periods = std::slice::from_ref(comparing.period);
        let Ready { metric, bindings, columns, .. } = self.ready(comparing.metric, periods)?;
        if metric.header.kind != Kind::Duration {
            return Ok(None);
        }
        let dimension = [comparing.dimension.to_owned()];
        if !self.missing(&metric, &bindings, columns, &dimension)?.is_empty() {
            return Ok(None);
        }
        let causes: Vec<&String> = metric.header.events.iter().chain(&metric.header.competing).collect();
        let mut spells: BTreeMap<String, Vec<Spell>> = BTreeMap::new();
        for ((_, values), sums) in self.cells(&metric, &bindings, columns, &dimension, periods)? {
            let (Some(Some(group)), Body::Duration(waits)) = (values.first(), sums.body) else { continue };
            spells.entry(group.clone()).or_default().extend(waits.iter().map(|((days, outcome), n)| Spell {
                entry: None,
                time: f64::from(*days),
                end: causes.iter().position(|cause| *cause == outcome).map_or(End::Censored, End::Event),
                count: *n,
            }));
        }
        spells.retain(|_, spells| spells.iter().map(|spell| spell.count).sum::<u64>() >= metric.header.minimum_n);
        let groups: Vec<&[Spell]> = spells.values().map(Vec::as_slice).collect();
        let several = causes.len() > 1;
        let found = if several {
            gray(&groups, 0).map(|test| (test.statistic, test.degrees_of_freedom, test.p_value))
        } else {
            log_rank(&groups).map(|test| (test.statistic, test.degrees_of_freedom, test.p_value))
        };
        Ok(found.map(|(statistic, degrees_of_freedom, p)| WholeCourse {
            method: if several { "gray" } else { "log-rank" }.into(),
            statistic,
            degrees_of_freedom,
            p,
            groups: spells.into_keys().collect(),
        }))
    }
}
