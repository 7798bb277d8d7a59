//! What is left of a number without another: the year without its last month. Whose the units are there is not in any figure,
//! and is asked for by itself.

use super::ledger::Ledger;
use super::lines::Line;
use super::policy::Policy;
use super::sheet::{Place, Sheet, tables};
use crate::measure::{Estimate, Group};
use std::collections::{BTreeMap, BTreeSet};

/// Times of a metric of which it matters whose the units are: first day and the day after the last, and breakdowns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rest {
    pub times: BTreeSet<(String, String)>,
    pub breakdowns: BTreeSet<Vec<String>>,
}

/// Metric → what is left where the periods that are told now, and were told before, are taken from each other. Only of
/// metrics of which a client has several units.
#[must_use]
pub fn rest_of(estimates: &[Estimate], ledger: &Ledger, policy: Policy) -> BTreeMap<String, Rest> {
    let mut all: BTreeMap<String, Rest> = BTreeMap::new();
    for (table, sheets) in tables(estimates) {
        if !sheets.iter().any(has_several) {
            continue;
        }
        let told = ledger.of(&table);
        let now: Vec<&Place> = sheets.iter().map(|sheet| &sheet.place).collect();
        let large: Vec<&Place> =
            sheets.iter().filter(|sheet| !sheet.is_sensitive(policy)).map(|sheet| &sheet.place).collect();
        let before: Vec<&Place> =
            told.iter().filter(|(_, parts)| parts.values().any(Option::is_some)).map(|(place, _)| place).collect();
        let known: BTreeSet<&Place> = now.iter().copied().collect();
        // Of what was told before some may not hold any more; of what is asked for now the small is not told.
        for places in [&now, &large, &[now.as_slice(), &before].concat(), &[large.as_slice(), &before].concat()] {
            let mut lines: BTreeMap<&Group, Line> = BTreeMap::new();
            for place in places {
                lines.entry(&place.group).or_default().tie(&place.start, &place.end, 0);
            }
            for (group, line) in lines {
                for (start, end, _) in line.steps() {
                    let place = Place { start: start.to_owned(), end: end.to_owned(), group: group.clone() };
                    if !known.contains(&place) {
                        let rest = all.entry(table.metric.clone()).or_default();
                        rest.times.insert((place.start, place.end));
                        rest.breakdowns.insert(group.0.iter().map(|(name, _)| name.clone()).collect());
                    }
                }
            }
        }
    }
    all
}

/// Whether some client has several of the units of a part.
fn has_several(sheet: &Sheet) -> bool {
    let is_less = |(part, n): (&String, &i64)| {
        let people = sheet.people_of(part).and_then(|people| i64::try_from(people).ok());
        people.is_some_and(|people| people < *n)
    };
    sheet.parts.iter().any(is_less)
}
